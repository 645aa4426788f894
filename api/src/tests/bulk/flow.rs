//! How a file flows: bounded, ended by whoever goes away, broken off when it cannot be whole.

use std::io::Read;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use domain::Timestamp;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use store::series::Series;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::super::{NOON, PATIENCE, Stores, Town};
use super::tap::{MEASURED, Mode, Tap, values_at};
use super::{create, day, fetch, progress};
use crate::config::{EXPORT_PART_BYTES, EXPORT_PARTS_AHEAD_MAX, EXPORT_VALUES_PER_READ};

/// A month of thirty days, in seconds.
const MONTH_S: u64 = 30 * 24 * 3600;

async fn over(mode: Mode) -> (Town, Arc<Tap>) {
    let stores = Stores::new();
    let tap = Tap::new(&stores.series, mode);
    let mut parts = stores.parts();
    parts.series = Arc::clone(&tap) as Arc<dyn Series>;
    (Town::with(stores, parts).await, tap)
}

/// A month of the tram's positions.
async fn month(town: &Town, format: &str) -> Value {
    let body = json!({ "objects": ["tram-4021"], "properties": MEASURED, "format": format,
                       "from": "2026-10-01T00:00:00Z", "to": "2026-10-31T00:00:00Z" });
    create(town, body).await
}

async fn open(town: &Town, export: &Value) -> Body {
    open_as(town, export, "identity").await
}

async fn open_as(town: &Town, export: &Value, encoding: &str) -> Body {
    let answer = town.open(export["file"].as_str().expect("an address"), encoding).await;
    assert_eq!(answer.status(), StatusCode::OK);
    answer.into_body()
}

/// The next bytes; `None` at the end.
async fn frame(body: &mut Body) -> Option<Result<Vec<u8>, axum::Error>> {
    let frame = body.frame().await?;
    Some(frame.map(|frame| frame.into_data().expect("data").to_vec()))
}

/// Ends of lines.
fn lines_in(part: &[u8]) -> u64 {
    part.split(|byte| *byte == b'\n').count() as u64 - 1
}

#[tokio::test]
async fn a_month_of_positions_each_second_is_given_whole() {
    let (town, tap) = over(Mode::EachSecond).await;
    let export = month(&town, "csv").await;
    let mut body = open(&town, &export).await;
    let (mut lines, mut bytes, mut first) = (0, 0, Vec::new());
    let mut last = Vec::new();
    while let Some(part) = frame(&mut body).await {
        let part = part.expect("whole");
        lines += lines_in(&part);
        bytes += part.len() as u64;
        if first.is_empty() {
            first.clone_from(&part);
        }
        last = part;
    }
    assert_eq!((lines - 1, tap.given()), (MONTH_S, MONTH_S));
    let done = progress(&town, &export).await;
    assert_eq!((&done["state"], &done["rows"]), (&json!("complete"), &json!(MONTH_S)));
    assert_eq!((&done["bytes"], &done["datastreams_done"]), (&json!(bytes), &json!(5)));
    let begin = Timestamp(1_790_812_800_000);
    for (text, line, time) in
        [(first, 1, begin), (last, usize::MAX, begin.plus_ms((MONTH_S as i64 - 1) * 1000))]
    {
        let text = String::from_utf8(text).expect("UTF-8");
        let lines: Vec<&str> = text.lines().collect();
        let cells: Vec<&str> = lines[line.min(lines.len() - 1)].split(',').collect();
        assert_eq!((cells[2], cells[4]), ("position", time.to_string().as_str()));
        let values = cells[8..13].iter().map(|cell| cell.parse::<f64>().expect("a number"));
        assert_eq!(values.collect::<Vec<_>>(), values_at(time));
    }
}

#[tokio::test]
async fn more_than_one_answer_carries_comes_whole_from_rows_and_sealed_blocks() {
    let (town, _) = over(Mode::Plain).await;
    let (begin, many) = (NOON.plus_ms(-(48 * 3600 + 20_000) * 1000), 41_000);
    town.stores.fill("tram-4021", (begin, many), MEASURED, values_at);
    let sealed = town.stores.series.seal(NOON).expect("seals");
    assert!(sealed > 0 && sealed < many as u64, "{sealed} of {many}");
    let path = "/api/v1/objects/tram-4021/observations?from=2026-11-01T00:00:00Z";
    let refused = town.ask(Method::GET, path, None).await;
    assert_eq!(refused.problem(StatusCode::UNPROCESSABLE_ENTITY), "too-many-observations");
    let body = json!({ "filter": { "kind": "vehicle" }, "properties": MEASURED, "format": "jsonl",
                       "from": "2026-11-01T00:00:00Z", "to": "2026-12-01T00:00:00Z" });
    let file = fetch(&town, &create(&town, body).await).await;
    let mut seconds = 0;
    for line in file.text().lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let time = begin.plus_ms(seconds * 1000);
        assert_eq!(line["measured"], time.to_string());
        let values = MEASURED.map(|id| line[id].as_f64().expect("a number"));
        assert_eq!(values.to_vec(), values_at(time));
        seconds += 1;
    }
    assert_eq!(seconds, many);
}

#[tokio::test]
async fn a_reader_that_does_not_read_stops_the_reading() {
    let (town, tap) = over(Mode::EachSecond).await;
    let export = month(&town, "jsonl").await;
    let mut body = open(&town, &export).await;
    let first = frame(&mut body).await.expect("begins").expect("whole");
    let length = first.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
    // A part is handed over when it is full; one more waits to be, and one page was read for it.
    let of_part = (EXPORT_PART_BYTES / (length - 20) + 1) as u64;
    let ahead = (EXPORT_PARTS_AHEAD_MAX as u64 + 1) * of_part + EXPORT_VALUES_PER_READ as u64 / 5;
    let mut taken = lines_in(&first);
    for _ in 0..5 {
        // Others are served meanwhile, and the reading does not run away from its reader.
        for _ in 0..10 {
            let mut body = day(json!({ "objects": ["tram-4021"] }), "csv");
            body["to"] = json!("2026-11-22T00:10:00Z");
            let before = tap.given();
            fetch(&town, &create(&town, body).await).await;
            assert!(tap.given() >= before + 600);
            taken += 600;
            assert!(tap.given() <= taken + ahead, "{} of {taken} and {ahead}", tap.given());
        }
        for _ in 0..3 {
            let part = frame(&mut body).await.expect("goes on").expect("whole");
            taken += lines_in(&part);
        }
    }
    let running = progress(&town, &export).await;
    assert_eq!((&running["state"], &running["datastreams_done"]), (&json!("running"), &json!(0)));
    let share = running["share"].as_f64().expect("a number");
    assert!(share > 0.0 && share < 0.1, "{share}");
}

#[tokio::test]
async fn a_reader_that_goes_away_ends_it_at_once() {
    let (town, tap) = over(Mode::EachSecond).await;
    let export = month(&town, "jsonl").await;
    let mut body = open(&town, &export).await;
    frame(&mut body).await.expect("begins").expect("whole");
    drop(body);
    let left = progress(&town, &export).await;
    assert_eq!((&left["state"], left["ended_at"].is_string()), (&json!("abandoned"), true));
    // Its turn is given back when its thread has ended: two others may run.
    let small = day(json!({ "objects": ["air-2"] }), "csv");
    let (one, other) = (create(&town, small.clone()).await, create(&town, small).await);
    let _held = open(&town, &one).await;
    let (address, begin) = (other["file"].as_str().expect("an address"), Instant::now());
    while town.open(address, "identity").await.status() != StatusCode::OK {
        assert!(begin.elapsed() < PATIENCE, "the turn of who went away is held");
        tokio::task::yield_now().await;
    }
    assert!(tap.given() < MONTH_S / 10, "{} readings of a month", tap.given());
}

#[tokio::test]
async fn two_run_at_one_time_and_the_third_is_told_when_to_come_again() {
    let (town, _) = over(Mode::EachSecond).await;
    let [one, two, three] =
        [month(&town, "csv").await, month(&town, "csv").await, month(&town, "csv").await];
    let first = open(&town, &one).await;
    let again = town.ask(Method::GET, one["file"].as_str().expect("an address"), None).await;
    assert_eq!(again.problem(StatusCode::SERVICE_UNAVAILABLE), "busy");
    assert!(again.text().contains("is being fetched"), "{}", again.text());
    let second = open(&town, &two).await;
    let third = town.ask(Method::GET, three["file"].as_str().expect("an address"), None).await;
    assert_eq!(third.problem(StatusCode::SERVICE_UNAVAILABLE), "busy");
    assert_eq!(third.header("retry-after"), "15");
    let body = day(json!({ "objects": ["air-2"] }), "csv");
    let refused = town.ask(Method::POST, "/api/v1/exports", Some(body)).await;
    assert_eq!(refused.problem(StatusCode::SERVICE_UNAVAILABLE), "busy");
    assert!(refused.text().contains("at most 2"), "{}", refused.text());
    drop((first, second));
    assert_eq!(progress(&town, &three).await["state"], "waiting");
}

#[tokio::test]
async fn a_failure_breaks_the_file_off_and_says_why() {
    for (mode, reason, encoding) in [
        (Mode::Damaged, "store", "identity"),
        (Mode::Damaged, "store", "gzip"),
        (Mode::Panics, "internal", "identity"),
    ] {
        let (town, _) = over(mode).await;
        let export = month(&town, "csv").await;
        let mut body = open_as(&town, &export, encoding).await;
        let end = loop {
            match frame(&mut body).await {
                Some(Ok(part)) => assert!(!part.is_empty()),
                end => break end,
            }
        };
        assert!(matches!(end, Some(Err(_))), "a part never looks like the whole: {end:?}");
        let failed = progress(&town, &export).await;
        assert_eq!((&failed["state"], &failed["reason"]), (&json!("failed"), &json!(reason)));
        assert!(failed["rows"].as_u64().expect("a number") > 0, "{failed}");
    }
}

#[tokio::test]
async fn over_the_wire_a_broken_file_has_no_end() {
    let stores = Stores::new();
    let mut parts = stores.parts();
    parts.series = Tap::new(&stores.series, Mode::Damaged) as Arc<dyn Series>;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let addr = listener.local_addr().expect("bound");
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(crate::serve(parts, listener, async {
        stopped.await.ok();
    }));
    let ask = async |request: String| {
        let mut socket = TcpStream::connect(addr).await.expect("connects");
        socket.write_all(request.as_bytes()).await.expect("sends");
        let mut answer = Vec::new();
        let read = tokio::time::timeout(PATIENCE, socket.read_to_end(&mut answer));
        read.await.expect("closed in time").ok();
        String::from_utf8_lossy(&answer).into_owned()
    };
    let body = day(json!({ "objects": ["tram-4021"] }), "csv").to_string();
    let created = ask(format!(
        "POST /api/v1/exports HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ))
    .await;
    let address = created.lines().find_map(|line| line.strip_prefix("location: "));
    let address = address.expect("an address");
    let file =
        ask(format!("GET {address}/file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await;
    assert!(file.starts_with("HTTP/1.1 200") && file.contains("transfer-encoding: chunked"));
    assert!(file.contains(",position,"), "it began");
    assert!(!file.ends_with("0\r\n\r\n"), "no last chunk: it is not whole");
    stop.send(()).expect("it listens");
    served.await.expect("no panic").expect("no failure");
}

#[tokio::test]
async fn a_compressed_file_is_the_same_file() {
    let (mut town, _) = over(Mode::Plain).await;
    let begin = Timestamp(1_795_305_600_000);
    town.stores.fill("tram-4021", (begin, 5_000), ["speed"], |time| [(time.0 / 1000 % 17) as f64]);
    town.commit("air-2", begin, &[("pm25", 1.0)]);
    let export = create(&town, day(json!({}), "csv")).await;
    let plain = fetch(&town, &export).await;
    let body = open_as(&town, &export, "gzip").await.collect().await.expect("whole").to_bytes();
    assert!(body.len() < plain.body.len() / 4, "{} of {}", body.len(), plain.body.len());
    let mut unpacked = String::new();
    flate2::read::GzDecoder::new(&*body).read_to_string(&mut unpacked).expect("whole");
    assert_eq!(unpacked, plain.text());
    let done = progress(&town, &export).await;
    assert_eq!(done["bytes"], plain.body.len(), "before compression");
}

#[tokio::test]
async fn a_server_that_stops_breaks_the_file_off() {
    let (town, _) = over(Mode::EachSecond).await;
    let mut body = open(&town, &month(&town, "csv").await).await;
    frame(&mut body).await.expect("begins").expect("whole");
    town.ended.cancel();
    let mut end = frame(&mut body).await;
    while matches!(end, Some(Ok(_))) {
        end = frame(&mut body).await;
    }
    assert!(end.is_some(), "it does not look whole");
}

#[tokio::test]
async fn what_comes_late_neither_breaks_nor_repeats_anything() {
    let (mut town, tap) = over(Mode::Plain).await;
    let begin = Timestamp(1_795_305_600_000);
    let many = 20_000_i64;
    town.stores.fill("tram-4021", (begin, many), ["speed"], |time| [(time.0 / 1000 % 17) as f64]);
    let body = json!({ "objects": ["tram-4021"], "properties": ["speed"], "format": "jsonl",
                       "from": "2026-11-22T00:00:00Z", "to": "2026-11-23T00:00:00Z" });
    let export = create(&town, body).await;
    let mut body = open(&town, &export).await;
    let mut text = frame(&mut body).await.expect("begins").expect("whole");
    assert!(tap.given() < many as u64, "it is still being read");
    // Before what was given, and behind what was read; one value is corrected.
    town.commit("tram-4021", begin.plus_ms(500), &[("speed", 1.0)]);
    town.commit("tram-4021", begin, &[("speed", 99.0)]);
    town.commit("tram-4021", begin.plus_ms((many - 1) * 1000 + 500), &[("speed", 2.0)]);
    while let Some(part) = frame(&mut body).await {
        text.extend(part.expect("whole"));
    }
    let text = String::from_utf8(text).expect("UTF-8");
    let measured = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let time: Timestamp = line["measured"].as_str().expect("a time").parse().expect("a time");
        (time, line["value"].as_f64().expect("a number"))
    };
    let rows: Vec<(Timestamp, f64)> = text.lines().map(measured).collect();
    assert!(rows.is_sorted_by(|a, b| a.0 < b.0), "each time once, in order");
    assert_eq!(rows.len() as i64, many + 1);
    assert_eq!((rows[0], rows[rows.len() - 1].1), ((begin, (begin.0 / 1000 % 17) as f64), 2.0));
}
