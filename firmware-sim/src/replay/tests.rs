use serde_json::Value as Json;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn written(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().expect("inside the folder")).expect("made");
        if file.extension().is_some_and(|e| e == "gz") {
            let out = std::fs::File::create(&file).expect("made");
            let mut packed = flate2::write::GzEncoder::new(out, flate2::Compression::fast());
            std::io::Write::write_all(&mut packed, text.as_bytes()).expect("written");
            packed.finish().expect("written");
        } else {
            std::fs::write(file, text).expect("written");
        }
    }
    folder
}

fn messages(recording: Recording) -> Vec<(String, Json)> {
    let community = "replay".parse().expect("a slug");
    let voices = recording.voices(&community);
    let all = voices.into_iter().flat_map(|v| v.messages.map(move |m| (v.user.to_string(), m)));
    all.map(|(user, m)| (user, serde_json::from_slice(&m.payload).expect("JSON"))).collect()
}

const MYDATA: &str = "\
date,ws,wd,nox,no2,o3,pm10,so2,co,pm25
1998-01-01T00:00:00Z,0.6,280,285,39,1,29,4.7225,3.3725,
1998-01-01T01:00:00Z,,,,,,,,,
1998-01-01T02:00:00Z,2.76,190,,,3,34,6.83,9.6025,12
";

#[test]
fn openair_rows_go_out_with_their_own_names_numbers_and_hours() {
    let folder = written(&[("mydata.csv", MYDATA)]);
    let recording =
        Recording::read(Source::Openair, folder.path(), Span::ALL).expect("well-formed");
    assert_eq!(recording.messages(), 2, "a row of empty cells is no message");
    let sent = messages(recording);
    assert_eq!(sent[0].0, "openair-marylebone");
    let first = serde_json::json!({"ts": "1998-01-01T00:00:00Z", "values": {"ws": 0.6,
        "wd": 280.0, "nox": 285.0, "no2": 39.0, "o3": 1.0, "pm10": 29.0, "so2": 4.7225,
        "co": 3.3725}});
    assert_eq!(sent[0].1, first);
    assert!(sent[1].1["values"].get("no2").is_none());
}

#[test]
fn a_span_is_half_open_and_an_empty_one_is_an_error() {
    let folder = written(&[("mydata.csv", MYDATA)]);
    let read = |from: &str, until: &str| {
        let span = Span { from: at(from), until: at(until) };
        Recording::read(Source::Openair, folder.path(), span).map(|r| r.messages())
    };
    assert_eq!(read("1998-01-01T00:00:00Z", "1998-01-01T02:00:00Z").expect("one row"), 1);
    assert!(matches!(
        read("2001-01-01T00:00:00Z", "2002-01-01T00:00:00Z"),
        Err(BadRecording::Empty(..))
    ));
}

#[test]
fn a_bad_cell_is_named_with_its_line() {
    let text = MYDATA.replace("6.83", "six");
    let folder = written(&[("mydata.csv", &text)]);
    let error = Recording::read(Source::Openair, folder.path(), Span::ALL).expect_err("bad");
    assert!(error.to_string().ends_with("line 4: `six` is no number"), "{error}");
}

#[test]
fn uba_hours_begin_an_hour_before_their_index_in_central_european_time() {
    let stations = "station_code,station_name,station_latitude_d,station_longitude_d\n\
                    DENW053,Köln-Chorweiler,51.019345,6.884636\n";
    let folder = written(&[
        ("raw/stations_active.csv", stations),
        ("raw/201401/DENW053/NO2/1SMW.json", r#"{"20140101": [41, -999, "38.876"]}"#),
        ("raw/201401/DENW053/O3/1SMW.json", r#"{"20140101": [7]}"#),
        ("raw/201401/DENW053/O3/8SMW.json", r#"{"20140101": [9]}"#),
    ]);
    let recording = Recording::read(Source::Uba, folder.path(), Span::ALL).expect("well-formed");
    let place = recording.devices[0].place.expect("a listed station has a place");
    assert!((place.lat - 51.019_345).abs() < 1e-9);
    let sent = messages(recording);
    assert_eq!(sent.len(), 2);
    let first = serde_json::json!(
        {"ts": "2013-12-31T23:00:00Z", "values": {"no2": 41.0, "o3": 7.0}});
    assert_eq!(sent[0], ("uba-denw053".to_owned(), first));
    assert_eq!(sent[1].1["values"]["no2"], 38.876);
}

const FIXES: &str = "\
vehicle_id,timestamp,speed,route_id,trip_id,latitude,longitude,trip_headsign
2010,2015-03-07T10:05:34-06:00,5.36448,320,1388007,30.231535,-97.73347,NORTHBOUND
2010,2015-03-07T10:03:34-06:00,0.0,320,1388007,30.231535,-97.73347,NORTHBOUND
8907,2015-03-07T08:15:59-06:00,,3,,30.163252,-97.7912,
";

#[test]
fn packed_positions_become_vehicles_in_order_of_time() {
    let folder = written(&[("vehicle_positions_2015-03-07.csv.gz", FIXES)]);
    let recording =
        Recording::read(Source::Capmetro, folder.path(), Span::ALL).expect("well-formed");
    let rows = recording.device_csv(&"replay".parse().expect("a slug"));
    assert_eq!(rows.lines().count(), 3);
    assert!(rows.contains("capmetro-2010,replay,vehicle,gtfs-rt-vehicle,"), "{rows}");
    let sent = messages(recording);
    let stamps: Vec<&str> = sent.iter().map(|(_, m)| m["ts"].as_str().expect("text")).collect();
    assert_eq!(stamps, ["2015-03-07T16:03:34Z", "2015-03-07T16:05:34Z", "2015-03-07T14:15:59Z"]);
    assert_eq!(sent[1].1["values"]["speed"], 5.36448);
    let sparse = serde_json::json!({"lat": 30.163_252, "lon": -97.7912, "route": "3"});
    assert_eq!(sent[2].1["values"], sparse);
}

#[test]
fn a_shifted_recording_catches_up_with_now_and_keeps_whole_hours() {
    let folder = written(&[("mydata.csv", MYDATA)]);
    let read = || Recording::read(Source::Openair, folder.path(), Span::ALL).expect("well-formed");
    let now = at("2026-11-22T10:20:00Z");
    let life = read().shifted_to(now, 1.0).ends();
    assert_eq!(life, (at("2026-11-22T10:00:00Z"), at("2026-11-22T12:00:00Z")));
    let at_once = read().shifted_to(now, f64::INFINITY).ends();
    assert_eq!(at_once, (at("2026-11-22T08:00:00Z"), at("2026-11-22T10:00:00Z")));
}
