mod flow;
mod tap;

use axum::http::{Method, StatusCode};
use domain::Quality;
use serde_json::{Value, json};

use super::{Answer, HOUR_MS, NOON, Reading, Town};

const FROM: &str = "2026-11-22T00:00:00Z";
const TO: &str = "2026-11-23T00:00:00Z";

/// Three posts with two readings each, one of them corrected; a tram with a position, a speed
/// without one, and a route that a spreadsheet would take for a formula.
async fn town() -> Town {
    let mut town = Town::new().await;
    for (post, value) in [("post-italiiska", 10.0), ("air-2", 20.5), ("air-10", 0.1)] {
        for hours in [-2, -1] {
            let time = NOON.plus_ms(hours * HOUR_MS);
            town.commit(post, time, &[("pm25", value + hours as f64), ("no2", value)]);
        }
    }
    let late = Reading { values: &[("no2", -7.25)], quality: Quality::LATE, ..Reading::default() };
    town.stores.clock.advance_ms(60_000);
    town.commit_reading("air-2", NOON.plus_ms(-2 * HOUR_MS), &late);
    let fix = Reading {
        values: &[("lat", 46.5), ("lon", 30.7), ("speed", 12.5), ("odometer", 7.0), ("door", 1.0)],
        texts: &[("route", "=5")],
        quality: Quality::POSITION_SUSPECT,
    };
    town.commit_reading("tram-4021", NOON.plus_ms(-HOUR_MS + 500), &fix);
    town.commit("tram-4021", NOON.plus_ms(-HOUR_MS + 1500), &[("speed", 3.0), ("lat", 1.0)]);
    town
}

/// A body of a request: a day of `more`.
fn day(more: Value, format: &str) -> Value {
    let mut body = json!({ "from": FROM, "to": TO, "format": format });
    let Value::Object(more) = more else { panic!("not an object") };
    body.as_object_mut().expect("an object").extend(more);
    body
}

async fn create(town: &Town, body: Value) -> Value {
    let answer = town.ask(Method::POST, "/api/v1/exports", Some(body)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let view = answer.json();
    let id = view["id"].as_str().expect("an id");
    assert_eq!(answer.header("location"), format!("/api/v1/exports/{id}"));
    view
}

async fn fetch(town: &Town, export: &Value) -> Answer {
    let answer = town.ask(Method::GET, export["file"].as_str().expect("an address"), None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer
}

async fn progress(town: &Town, export: &Value) -> Value {
    town.get(&format!("/api/v1/exports/{}", export["id"].as_str().expect("an id"))).await
}

fn records(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
    let record = |r: csv::StringRecord| r.iter().map(str::to_owned).collect();
    reader.records().map(|r| record(r.expect("csv with as many cells in each row"))).collect()
}

#[tokio::test]
async fn csv_of_several_objects_holds_what_was_stored_in_a_stated_order() {
    let town = town().await;
    let body = day(json!({ "filter": { "kind": "air" } }), "csv");
    let export = create(&town, body).await;
    assert_eq!(export["objects"], 3);
    assert_eq!(export["state"], "waiting");
    let file = fetch(&town, &export).await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8; header=present");
    let name = "attachment; filename=\"air-3-objects_2026-11-22_2026-11-23.csv\"";
    assert_eq!(file.header("content-disposition"), name);
    let rows = records(&file.body);
    let names = [
        "object",
        "device",
        "property",
        "unit",
        "measured",
        "arrived",
        "value",
        "text",
        "lat [°]",
        "lon [°]",
        "speed [m/s]",
        "bearing [°]",
        "odometer [km]",
        "quality",
        "simulated",
    ];
    assert_eq!(rows[0], names);
    let row = |object: &str, device: &str, of: (&str, &str), time: (&str, &str), flags: &str| {
        let (property, value) = of;
        let [measured, arrived] = [time.0, time.1].map(|t| format!("2026-11-22T{t}Z"));
        let mut row = vec![object.to_owned(), device.to_owned(), property.to_owned()];
        row.extend(["µg/m³".to_owned(), measured, arrived, value.to_owned()]);
        row.extend(["", "", "", "", "", "", flags, ""].map(str::to_owned));
        row
    };
    let noon = "10:00:00";
    let expected = [
        row("air-2", "air-2", ("pm25", "18.5"), ("08:00:00", noon), ""),
        row("air-2", "air-2", ("no2", "-7.25"), ("08:00:00", "10:01:00"), "late corrected"),
        row("air-2", "air-2", ("pm25", "19.5"), ("09:00:00", noon), ""),
        row("air-2", "air-2", ("no2", "20.5"), ("09:00:00", noon), ""),
        row("air-10", "air-10", ("pm25", "-1.9"), ("08:00:00", noon), ""),
        row("air-10", "air-10", ("no2", "0.1"), ("08:00:00", noon), ""),
        row("air-10", "air-10", ("pm25", "-0.9"), ("09:00:00", noon), ""),
        row("air-10", "air-10", ("no2", "0.1"), ("09:00:00", noon), ""),
        row("post-italiiska", "air-1", ("pm25", "8"), ("08:00:00", noon), ""),
        row("post-italiiska", "air-1", ("no2", "10"), ("08:00:00", noon), ""),
        row("post-italiiska", "air-1", ("pm25", "9"), ("09:00:00", noon), ""),
        row("post-italiiska", "air-1", ("no2", "10"), ("09:00:00", noon), ""),
    ];
    assert_eq!(rows[1..], expected);
    assert!(file.text().contains("\r\n"), "RFC 4180 ends a row with both");
}

#[tokio::test]
async fn json_lines_have_types_and_a_position_is_one_line() {
    let town = town().await;
    let properties = ["lat", "lon", "speed", "odometer", "door", "route", "pm25"];
    let objects = ["tram-4021", "post-italiiska", "tram-4021"];
    let body = day(json!({ "objects": objects, "properties": properties }), "jsonl");
    let export = create(&town, body).await;
    assert_eq!((&export["objects"], &export["simulated"]), (&json!(2), &json!(true)));
    assert_eq!(export["datastreams"], 7);
    let file = fetch(&town, &export).await;
    assert_eq!(file.header("content-type"), "application/x-ndjson");
    assert!(file.header("content-disposition").contains("\"demo-2-objects_2026-11-22_"));
    let lines: Vec<Value> =
        file.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let post = json!({
        "object": "post-italiiska", "device": "air-1", "property": "pm25", "unit": "µg/m³",
        "measured": "2026-11-22T08:00:00Z", "arrived": "2026-11-22T10:00:00Z", "value": 8.0,
    });
    assert_eq!(lines[0], post);
    let of_tram = |time: &str, more: Value| {
        let mut line = json!({
            "object": "tram-4021", "device": "tram-4021", "simulated": true,
            "measured": format!("2026-11-22T09:00:{time}Z"), "arrived": "2026-11-22T10:01:00Z",
        });
        let Value::Object(more) = more else { panic!("not an object") };
        line.as_object_mut().expect("an object").extend(more);
        line
    };
    let flags = ["position-suspect", "speed:position-suspect", "odometer:position-suspect"];
    let expected = [
        of_tram(
            "00.5",
            json!({ "property": "position", "lat": 46.5, "lon": 30.7, "speed": 12.5,
                    "odometer": 7.0, "quality": flags }),
        ),
        of_tram("00.5", json!({ "property": "door", "value": 1.0, "quality": flags[..1] })),
        of_tram("01.5", json!({ "property": "lat", "unit": "°", "value": 1.0 })),
        of_tram("01.5", json!({ "property": "speed", "unit": "m/s", "value": 3.0 })),
        of_tram("00.5", json!({ "property": "route", "text": "=5" })),
    ];
    assert_eq!(lines[2..], expected);
}

#[tokio::test]
async fn a_text_is_no_formula_in_csv() {
    let town = town().await;
    let body = day(json!({ "objects": ["tram-4021"], "properties": ["route"] }), "csv");
    let rows = records(&fetch(&town, &create(&town, body).await).await.body);
    assert_eq!((rows[1][2].as_str(), rows[1][7].as_str()), ("route", "'=5"));
}

#[tokio::test]
async fn a_device_stands_beside_what_was_measured_while_it_sat_there() {
    let mut town = town().await;
    let at = "2026-11-22T08:30:00Z";
    let body = json!({ "old": "air-1", "new": "air-spare", "at": at });
    let answer = town.ask(Method::POST, "/api/v1/objects/post-italiiska/replace", Some(body)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let long_ago = NOON.plus_ms(-70 * 24 * HOUR_MS);
    town.commit("post-italiiska", long_ago, &[("pm25", 1.0)]);
    let body = json!({ "objects": ["post-italiiska"], "properties": ["pm25"], "format": "csv",
                       "from": "2026-01-01T00:00:00Z", "to": TO });
    let rows = records(&fetch(&town, &create(&town, body).await).await.body);
    let devices: Vec<&str> = rows[1..].iter().map(|row| row[1].as_str()).collect();
    assert_eq!(devices, ["air-1", "air-1", "air-spare"], "the first also for what came before it");
}

#[tokio::test]
async fn progress_counts_what_was_given_and_a_file_may_be_fetched_again() {
    let mut town = town().await;
    let export = create(&town, day(json!({}), "csv")).await;
    assert_eq!(export["objects"], 7, "without a filter all of them");
    let waiting = progress(&town, &export).await;
    assert_eq!((&waiting["state"], &waiting["rows"]), (&json!("waiting"), &json!(0)));
    assert!(waiting.get("begun_at").is_none(), "{waiting}");
    let head = town.ask(Method::HEAD, export["file"].as_str().expect("an address"), None).await;
    assert!(head.header("content-disposition").contains("demo-7-objects"));
    assert_eq!(progress(&town, &export).await["state"], "waiting", "headers are no fetch");
    for rows in [17, 18] {
        let file = fetch(&town, &export).await;
        assert_eq!(records(&file.body).len(), rows + 1);
        let done = progress(&town, &export).await;
        assert_eq!(done["state"], "complete");
        assert_eq!((&done["rows"], &done["bytes"]), (&json!(rows), &json!(file.body.len())));
        assert_eq!(
            (&done["datastreams_done"], &done["share"]),
            (&export["datastreams"], &json!(1.0))
        );
        assert!(done["begun_at"].is_string() && done["ended_at"].is_string(), "{done}");
        town.commit("air-10", NOON, &[("pm25", 3.0)]);
    }
    let other = create(&town, day(json!({ "objects": ["air-2"] }), "jsonl")).await;
    let list = town.get("/api/v1/exports").await;
    assert_eq!(super::ids(&list["exports"]), [&other["id"], &export["id"]]);
}

#[tokio::test]
async fn what_cannot_be_exported_is_refused_with_what_was_expected() {
    let town = town().await;
    let (bad, missing) = (StatusCode::BAD_REQUEST, StatusCode::NOT_FOUND);
    let air = json!({ "filter": { "kind": "air" } });
    for (body, status, code, says) in [
        (day(json!({ "filter": { "kind": "gas" } }), "csv"), bad, "bad-request", "`air`"),
        (day(json!({ "filter": { "colour": "red" } }), "csv"), bad, "bad-request", "`zone`"),
        (day(json!({ "filter": { "measure": "4/" } }), "csv"), bad, "bad-request", "measure"),
        (day(air.clone(), "xlsx"), bad, "bad-request", "`jsonl`"),
        (day(json!({ "filter": { "q": "nowhere" } }), "csv"), bad, "bad-request", "at least one"),
        (
            day(json!({ "filter": {}, "objects": ["air-2"] }), "csv"),
            bad,
            "bad-request",
            "one of them",
        ),
        (
            day(json!({ "objects": ["air-2", "air-3"] }), "csv"),
            missing,
            "unknown-object",
            "`air-3`",
        ),
        (
            day(json!({ "filter": { "kind": "air" }, "properties": ["speed"] }), "csv"),
            missing,
            "unknown-property",
            "pm25, pm10",
        ),
        (
            json!({ "from": TO, "to": FROM, "format": "csv" }),
            bad,
            "bad-request",
            "expected a time before to",
        ),
    ] {
        let answer = town.ask(Method::POST, "/api/v1/exports", Some(body.clone())).await;
        assert_eq!(answer.problem(status), code, "{body}");
        assert!(answer.text().contains(says), "{body}: {}", answer.text());
    }
    assert_eq!(town.get("/api/v1/exports").await["exports"], json!([]));
    for path in ["/api/v1/exports/nothing", "/api/v1/exports/nothing/file"] {
        let answer = town.ask(Method::GET, path, None).await;
        assert_eq!(answer.problem(missing), "not-found");
        assert!(answer.text().contains("newest 50 of the last 24 h"), "{}", answer.text());
    }
}

#[tokio::test]
async fn fifty_are_remembered_for_a_day() {
    let town = Town::new().await;
    let body = day(json!({ "objects": ["air-2"] }), "csv");
    let first = create(&town, body.clone()).await;
    for _ in 0..50 {
        create(&town, body.clone()).await;
    }
    let list = town.get("/api/v1/exports").await;
    let ids = super::ids(&list["exports"]);
    assert_eq!(ids.len(), 50);
    assert!(!ids.contains(&first["id"].as_str().expect("an id")), "the oldest went");
    town.stores.clock.advance_ms(24 * HOUR_MS);
    assert_eq!(town.get("/api/v1/exports").await["exports"], json!([]));
}
