//! The commands as a person types them.

use crate::platform::{Platform, root};

#[test]
fn the_documents_disagree_with_themselves_eleven_times() {
    let platform = Platform::prepared();
    let facts = root().join("data/programmes");
    let facts = facts.to_str().expect("text");
    platform.succeed(&["programme", "import", facts]);
    platform.succeed(&["programme", "import", facts]);
    let listed: serde_json::Value =
        serde_json::from_str(&platform.succeed(&["--json", "programme", "list"])).expect("JSON");
    assert_eq!(listed.as_array().map(Vec::len), Some(5), "{listed}");
    let output = platform.command(&["--json", "programme", "check"]);
    let findings: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(findings["disagreements"].as_array().map(Vec::len), Some(11), "{findings}");
    assert_eq!(findings["notes"].as_array().map(Vec::len), Some(9), "{findings}");
}

#[test]
fn a_device_without_money_is_refused_with_its_line() {
    const HEAD: &str = "id;community;kind;profile;name;lat;lon;funding;owner;zone;commissioned_on\n\
         air-1;odesa;air;air-post;Пост;46,48;30,72;odesa-city-2024/14.2;Місто;;2026-01-01\n";
    let platform = Platform::prepared();
    let facts = root().join("data/programmes");
    platform.succeed(&["programme", "import", facts.to_str().expect("text")]);
    let tokens = platform.file("tokens.csv", "id,token\n");
    for (funding, expected) in [("", "funding is empty"), ("odesa-city-2024/99.9", "99.9")] {
        let row = format!("air-2;odesa;air;air-post;Пост;46,48;30,72;{funding};Місто;;2026-01-01");
        let csv = platform.file("devices.csv", &format!("{HEAD}{row}\n"));
        let (csv, tokens) = (csv.to_str().expect("text"), tokens.to_str().expect("text"));
        let output = platform.command(&["device", "import", csv, "--tokens", tokens]);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(65), "{told}");
        assert!(told.contains("devices.csv:3") && told.contains(expected), "{told}");
    }
    let listed = platform.succeed(&["--json", "device", "list"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!(listed.as_array().map(Vec::len), Some(0), "all or nothing: {listed}");
}
