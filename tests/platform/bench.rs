//! Each mode of `obrii bench` with small numbers: that it measures what it says, not how fast.

use serde_json::Value;

use crate::platform::Platform;

/// Runs a mode; its last line.
fn bench(arguments: &[&str]) -> Value {
    let platform = Platform::prepared();
    let output = platform.succeed(&[&["bench"], arguments].concat());
    serde_json::from_str(output.lines().last().expect("a report")).expect("JSON")
}

/// Everything acknowledged was found in the store.
fn assert_whole(report: &Value) {
    assert_eq!(report["missing"], 0, "{report}");
    assert!(report["acked"].as_u64() > Some(0), "{report}");
    assert!(report["stored"].as_u64() >= report["acked"].as_u64(), "{report}");
    assert!(report["messages_per_s"].as_f64() > Some(0.0), "{report}");
}

#[test]
fn arrays_are_counted_by_their_readings() {
    let load = ["--connections", "5", "--seconds", "1", "--rate", "50", "--array", "10"];
    let report = bench(&[&["ingest"], &load[..]].concat());
    assert_whole(&report);
    assert_eq!(report["acked"].as_u64().map(|acked| acked % 10), Some(0), "{report}");
    assert_eq!(report["road"], "broker");
}

#[test]
fn what_mosquitto_acknowledged_is_waited_for_and_found_even_after_a_kill() {
    let load = ["--connections", "5", "--seconds", "2", "--rate", "100"];
    let report = bench(&[&["ingest", "--source", "--kills", "1"], &load[..]].concat());
    assert_whole(&report);
    assert_eq!((&report["road"], &report["kills"]), (&"source".into(), &1.into()));
}

#[test]
fn records_of_trackers_are_found() {
    let load = ["--connections", "3", "--seconds", "1", "--rate", "30", "--array", "2"];
    let report = bench(&[&["ingest", "--teltonika"], &load[..]].concat());
    assert_whole(&report);
    assert_eq!(report["values_per_reading"], 6);
    let observations = report["observations_per_s"].as_f64().expect("a figure");
    let readings = report["readings_per_s"].as_f64().expect("a figure");
    assert!((observations - 6.0 * readings).abs() < 1.0, "{report}");
}

#[test]
fn a_platform_that_keeps_up_passes_the_soak() {
    let load = ["--connections", "20", "--seconds", "20", "--rate", "100"];
    let report = bench(&[&["soak"], &load[..]].concat());
    assert_whole(&report);
    assert!(report["rss_begin_mb"].as_f64() > Some(1.0), "{report}");
}

#[test]
fn a_platform_that_cannot_keep_up_fails_the_soak() {
    let platform = Platform::prepared();
    // One connection waits for each acknowledgement: a million a second cannot be.
    let load = ["--connections", "1", "--seconds", "3", "--rate", "1000000"];
    let output = platform.command(&[&["bench", "soak"], &load[..]].concat());
    assert_eq!(output.status.code(), Some(65));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("the backlog grew from"), "{told}");
}
