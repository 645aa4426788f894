//! A bad configuration is one readable message and exit 64 before any port opens.

use crate::platform::{Platform, obrii, root};

fn refused(flags: &[&str], expected: &str) {
    let platform = Platform::prepared();
    let mut arguments = vec!["--config", "none.toml", "up"];
    arguments.extend(flags);
    let output = platform.command(&arguments);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(64), "{flags:?}: {told}");
    assert!(told.contains(expected), "{flags:?}: {told}");
    assert!(!platform.data().exists(), "{flags:?}: nothing is made before the check");
}

#[test]
fn addresses_beyond_loopback_are_refused() {
    refused(&["--http", "0.0.0.0:0"], "is not loopback");
    refused(&["--mqtt", "0.0.0.0:0"], "--insecure-plain-mqtt");
}

#[test]
fn flags_that_do_not_fit_are_refused() {
    refused(&["--mqtt", "nonsense"], "nonsense");
    refused(&["--mqtts", "127.0.0.1:0"], "--tls-cert");
    refused(
        &["--mqtts", "127.0.0.1:0", "--tls-cert", "none.pem", "--tls-key", "none.key"],
        "none.pem",
    );
    refused(&["--source", "http://host"], "source");
    refused(&["--demo", "--no-mqtt"], "--demo needs");
    refused(&["--unheard-of"], "--unheard-of");
}

#[test]
fn a_wrong_key_in_the_file_is_refused() {
    let platform = Platform::prepared();
    let file = platform.file("obrii.toml", "htpp = \"127.0.0.1:0\"\n");
    let output = platform.command(&["--config", file.to_str().expect("text"), "up"]);
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&output.stderr).contains("htpp"));
}

#[test]
fn the_sample_names_every_variable() {
    let mut named: Vec<String> = std::fs::read_to_string(root().join("deploy/env.sample"))
        .expect("the sample")
        .lines()
        .filter_map(|line| line.trim_start_matches('#').split_once('='))
        .map(|(name, _)| name.to_owned())
        .filter(|name| name.starts_with("OBRII_"))
        .collect();
    let mut known: Vec<String> = Vec::new();
    for command in [&["--help"][..], &["up", "--help"]] {
        let output = obrii().args(command).output().expect("help");
        let help = String::from_utf8(output.stdout).expect("text");
        let variables = help.split("[env: ").skip(1);
        known.extend(variables.filter_map(|v| v.split(['=', ']']).next()).map(str::to_owned));
    }
    known.sort();
    known.dedup();
    named.sort();
    assert_eq!(named, known, "deploy/env.sample against the flags");
}
