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
    for figure in ["messages_per_s", "observations_per_s", "commit_ms", "rss_mb"] {
        assert!(report[figure].as_f64() > Some(0.0), "{figure}: {report}");
    }
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
    let load = ["--connections", "20", "--seconds", "30", "--rate", "100"];
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

#[test]
fn a_filled_folder_is_sealed_and_starts_with_its_devices() {
    let platform = Platform::prepared();
    let last = |output: String| -> Value {
        serde_json::from_str(output.lines().last().expect("a report")).expect("JSON")
    };
    let size = ["--devices", "4", "--observations", "1e4"];
    let filled = last(platform.succeed(&[&["bench", "fill"], &size[..]].concat()));
    assert_eq!(filled["observations"], 10_000, "{filled}");
    assert_eq!(filled["sealed"], filled["rows"], "{filled}");
    let again = platform.command(&["bench", "fill"]);
    assert_eq!(again.status.code(), Some(64), "a folder in use is not filled");
    let started = last(platform.succeed(&["bench", "start", "--rounds", "1", "--seconds", "0"]));
    assert!(started["start_after_kill_ms"].as_f64() > Some(0.0), "{started}");
    let devices = platform.succeed(&["--json", "device", "list"]);
    assert!(devices.contains("bench-3"), "{devices}");
}

#[test]
fn every_question_of_the_reads_is_answered() {
    let folder = tempfile::tempdir().expect("a folder");
    let hour = |hour| format!("{hour},0.6,280,285,39,1,{},4.7,3.4,", 20 + hour % 9);
    let hours: Vec<String> = (0..600).map(hour).collect();
    let text = format!("date,ws,wd,nox,no2,o3,pm10,so2,co,pm25\n{}\n", hours.join("\n"));
    std::fs::write(folder.path().join("mydata.csv"), text).expect("written");
    let air = folder.path().to_str().expect("text");
    let report = bench(&["read", "--rounds", "1", "--share", "0.005", "--air", air]);
    for figure in ["latest_ms", "year_of_minutes_by_day_ms", "month_of_stations_by_hour_ms"] {
        assert!(report[figure].as_f64() > Some(0.0), "{figure}: {report}");
    }
    for figure in ["vehicle_day_ms", "bytes_per_position", "air_bytes_per_observation"] {
        assert!(report[figure].as_f64() > Some(0.0), "{figure}: {report}");
    }
}
