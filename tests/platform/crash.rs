//! kill -9 at random moments: the publishers' ledger against what the store holds.

use crate::platform::Platform;

#[test]
fn twenty_kills_lose_nothing_that_was_acknowledged() {
    let platform = Platform::prepared();
    let work = platform.data();
    let work = work.to_str().expect("text");
    let output = platform.succeed(&[
        "bench",
        "ingest",
        "--connections",
        "20",
        "--seconds",
        "20",
        "--kills",
        "20",
        "--rate",
        "2000",
        "--work",
        work,
    ]);
    let report = output.lines().last().expect("a report");
    let report: serde_json::Value = serde_json::from_str(report).expect("JSON");
    assert_eq!(report["kills"], 20);
    assert_eq!(report["missing"], 0, "{report}");
    assert!(report["acked"].as_u64() > Some(100), "{report}");
    assert!(report["stored"].as_u64() >= report["acked"].as_u64(), "{report}");
    let checked = platform.command(&["--json", "store", "check"]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}
