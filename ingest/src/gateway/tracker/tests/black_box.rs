//! Wialon's black boxes over real sockets: thousands of records in one line, lines that are too
//! large, and such as never end.

use domain::limits::{TRACKER_BOX_BYTES_MAX, TRACKER_BOXES_BYTES_MAX, TRACKER_FRAME_BYTES_MAX};

use store::intake::Choice;

use super::*;

/// A black box of so many records, one a second, the last a second before the clock of the city.
fn black_box(records: i64, version: &str) -> String {
    let record = |ago: i64| {
        let written = crate::testing::NOW.plus_ms(-1000 * ago).to_string();
        let (date, time) = (&written[..10], &written[11..19]);
        let date = [&date[8..], &date[5..7], &date[2..4]].concat();
        RECORD.replace("221126;101400", &format!("{date};{}", time.replace(':', "")))
    };
    let body: Vec<String> = (1..=records).rev().map(record).collect();
    match version {
        "" => format!("#B#{}\r\n", body.join("|")),
        _ => format!("#B#{}\r\n", signed(&(body.join("|") + "|"))),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_black_box_of_thousands_is_answered_after_its_commit_in_both_versions() {
    let running = started().await;
    for version in ["", "2.0"] {
        let mut tracker = logged_in(&running, version).await;
        let boxed = black_box(1_500, version);
        assert!(boxed.len() > TRACKER_FRAME_BYTES_MAX, "{}", boxed.len());
        running.city.series.set(Fault::Waits);
        tracker.write_all(boxed.as_bytes()).await.expect("sent");
        let early = tokio::time::timeout(Duration::from_millis(300), tracker.read_u8()).await;
        assert!(early.is_err(), "answered before the commit");
        running.city.series.set(Fault::None);
        assert_eq!(read_line(&mut tracker).await, "#AB#1500", "version {version}");
    }
    assert_eq!(running.city.values("bus-1", "speed").len(), 1_500);
    // As many as a message may have, and then the connection serves on.
    let mut tracker = logged_in(&running, "2.0").await;
    tracker.write_all(black_box(10_000, "2.0").as_bytes()).await.expect("sent");
    assert_eq!(read_line(&mut tracker).await, "#AB#10000");
    let wrong = black_box(1_500, "2.0").replacen(";36;", ";37;", 1);
    tracker.write_all(wrong.as_bytes()).await.expect("sent");
    assert_eq!(read_line(&mut tracker).await, "#AB#", "the checksum");
    tracker.write_all(black_box(10_001, "2.0").as_bytes()).await.expect("sent");
    assert_eq!(read_line(&mut tracker).await, "#AB#0");
    assert_eq!(running.city.values("bus-1", "speed").len(), 10_000);
    let city = running.stop().await;
    assert_eq!(city.reasons(), [Reason::BadFrame, Reason::TooMany]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_big_black_box_may_be_cut_anywhere() {
    let running = started().await;
    let (stream, plain) = (black_box(1_500, "2.0"), black_box(1_500, ""));
    let pieces = TRACKER_FRAME_BYTES_MAX..TRACKER_FRAME_BYTES_MAX + 3;
    let ends = (0..6).chain(stream.len() - 8..stream.len()).chain(pieces);
    let cuts: Vec<usize> = ends.chain((0..stream.len()).step_by(4_999)).collect();
    let conversations = cuts.len() as u64;
    let at_every_cut = cuts.into_iter().map(|cut| {
        let (running, stream) = (&running, &stream);
        async move {
            let mut tracker = logged_in(running, "2.0").await;
            tracker.write_all(&stream.as_bytes()[..cut]).await.expect("sent");
            tokio::task::yield_now().await;
            tracker.write_all(&stream.as_bytes()[cut..]).await.expect("sent");
            assert_eq!(read_line(&mut tracker).await, "#AB#1500", "cut at {cut}");
        }
    });
    all(at_every_cut).await;
    // Of a box that ends in the middle nothing is taken.
    let mut tracker = logged_in(&running, "").await;
    tracker.write_all(&plain.as_bytes()[..plain.len() - 2]).await.expect("sent");
    tracker.shutdown().await.expect("shut");
    assert!(read_to_end(&mut tracker).await.is_empty());
    let city = running.stop().await;
    let tally = city.tally("bus-1");
    // Of the fields of a record the profile knows place, speed, course and satellites.
    assert_eq!(tally.received, 1_500 * 5 * conversations);
    assert_eq!((tally.stored, tally.quarantined), (1_500 * 5, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_too_large_is_kept_by_its_begin_and_the_tracker_is_told() {
    let running = started().await;
    let limit = TRACKER_BOX_BYTES_MAX;
    for (head, bytes, expected) in [
        ("#B#", limit + 1, "#AB#0\r\n"),
        ("#B#", limit + 100_000, "#AB#0\r\n"),
        ("#D#", TRACKER_FRAME_BYTES_MAX + 1, "#AD#-1\r\n"),
        ("xxx", TRACKER_FRAME_BYTES_MAX + 1, ""),
    ] {
        let mut tracker = logged_in(&running, "").await;
        let mut endless = head.as_bytes().to_vec();
        endless.resize(bytes, b'1');
        // It may be sent away before it has said all.
        drop(tracker.write_all(&endless).await);
        let told = read_to_end(&mut tracker).await;
        assert_eq!(String::from_utf8_lossy(&told), expected, "{head} of {bytes} bytes");
    }
    let city = running.stop().await;
    assert_eq!(city.reasons(), [Reason::TooLarge; 4]);
    let kept = city.quarantine();
    assert_eq!((kept[0].device.as_str(), kept[0].gateway.as_str()), ("bus-1", "wialon"));
    assert_eq!((kept[1].payload.len(), kept[1].payload_bytes), (64 * 1024, limit as u64 + 1));
    assert_eq!(city.tally("bus-1").quarantined, 4);
}

/// The trackers hold all the room there is, and give it back when they go.
#[tokio::test(flavor = "multi_thread")]
async fn a_box_for_which_there_is_no_room_is_sent_again_later() {
    let running = started().await;
    let mut endless = b"#B#".to_vec();
    endless.resize(TRACKER_BOX_BYTES_MAX - 1, b'1');
    let boxes = TRACKER_BOXES_BYTES_MAX / TRACKER_BOX_BYTES_MAX + 2;
    let said = (0..boxes).map(|_| async {
        let mut tracker = logged_in(&running, "").await;
        drop(tracker.write_all(&endless).await);
        read_line(&mut tracker).await
    });
    let mut said: futures_util::stream::FuturesUnordered<_> = said.collect();
    assert_eq!(said.next().await.as_deref(), Some("#AB#0"));
    drop(said);
    assert!(running.ingest.metrics().retries.get() > 0);
    let boxed = black_box(1_500, "2.0");
    loop {
        let mut tracker = logged_in(&running, "2.0").await;
        tracker.write_all(boxed.as_bytes()).await.expect("sent");
        match read_line(&mut tracker).await.as_str() {
            "#AB#0" => {}
            answer => break assert_eq!(answer, "#AB#1500"),
        }
    }
    running.stop().await;
}

/// A connection may be slow, but for no piece of a black box for ever; others are served.
#[tokio::test(flavor = "multi_thread")]
async fn a_black_box_that_stops_in_its_middle_is_shown_the_door() {
    let running = started().await;
    let stream = black_box(1_500, "2.0");
    let mut callers = Vec::new();
    for cut in [10, TRACKER_FRAME_BYTES_MAX + 100] {
        let mut tracker = logged_in(&running, "2.0").await;
        tracker.write_all(&stream.as_bytes()[..cut]).await.expect("sent");
        callers.push(tracker);
    }
    let mut other = logged_in(&running, "2.0").await;
    other.write_all(stream.as_bytes()).await.expect("sent");
    assert_eq!(read_line(&mut other).await, "#AB#1500");
    for mut tracker in callers {
        assert!(read_to_end(&mut tracker).await.is_empty(), "closed without an answer");
    }
    let city = running.stop().await;
    assert!(city.reasons().is_empty());
}

/// Boxes and frames of a vehicle that sits on no object yet are kept whole, however large.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_vehicle_sent_from_the_store_room_comes_back_once_it_is_installed() {
    let bus = |object: &str| {
        format!("bus-1,odesa,vehicle,gps-tracker,Автобус,,,own:test,Власник,,,{IMEI},{object}")
    };
    let columns = "external_id,object";
    let mut city = City::new();
    city.import(columns, &[&bus("-")]);
    let mut running = city.start().await;
    let boxed = black_box(6_000, "2.0");
    assert!(boxed.len() > domain::limits::PAYLOAD_BYTES_MAX, "{}", boxed.len());
    let mut tracker = logged_in(&running, "2.0").await;
    for _ in 0..2 {
        tracker.write_all(boxed.as_bytes()).await.expect("sent");
        assert_eq!(read_line(&mut tracker).await, "#AB#6000");
    }
    let kept = running.city.quarantine();
    let told: Vec<_> = kept.iter().map(|row| (row.reason, row.readings)).collect();
    assert_eq!(told, [(Reason::NotInstalled, 6_000); 2]);
    running.city.import(columns, &[&bus("bus-1")]);
    let replayed = running.ingest.replayer().replay(Choice::default(), 100).await;
    assert_eq!(replayed.expect("replays").replayed, 2);
    let city = running.stop().await;
    assert_eq!(city.values("bus-1", "speed").len(), 6_000);
    let tally = city.tally("bus-1");
    assert_eq!((tally.quarantined, tally.stored, tally.duplicate), (0, 30_000, 30_000));
    assert!(tally.is_balanced());
}
