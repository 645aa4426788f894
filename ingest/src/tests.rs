//! Tests of the pipeline from the arrival to the store: what is kept, what is put aside, and that
//! the balance comes out even whatever comes in.

use std::collections::HashMap;

use domain::Quality;
use domain::elements::Elements;
use domain::intake::{Reason, Tally};
use domain::place::Place;
use domain::position::Area;
use proptest::prelude::*;

use crate::Config;
use crate::arrival::Verdict;
use crate::testing::{City, Fault, NOW, PATIENCE, Running, device, payload, topic};

fn air() -> String {
    topic("air", "air-01", "telemetry")
}

fn tram() -> String {
    topic("vehicle", "tram-1", "telemetry")
}

async fn stored(running: &Running, topic: &str, payload: impl Into<bytes::Bytes>) {
    assert_eq!(running.arrive(topic, payload).await, Some(Verdict::Stored));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_message_is_put_aside_with_its_reason_and_acknowledged() {
    let late = NOW.millis() - 401 * 24 * 3600 * 1000;
    let far = NOW.millis() + 6 * 60 * 1000;
    let own = air();
    let cases: Vec<(String, Vec<u8>, Reason)> = vec![
        (own.clone(), b"nonsense".to_vec(), Reason::NotJson),
        (own.clone(), b"\xff\xfe{}".to_vec(), Reason::NotUtf8),
        (own.clone(), vec![b' '; 300 * 1024], Reason::TooLarge),
        (own.clone(), b"[1]".to_vec(), Reason::BadElement),
        (own.clone(), br#"{"ts":"10:15","values":{"pm25":1}}"#.to_vec(), Reason::BadTime),
        (
            own.clone(),
            format!(r#"{{"ts":{far},"values":{{"pm25":1}}}}"#).into(),
            Reason::FutureTime,
        ),
        (
            own.clone(),
            format!(r#"{{"ts":{late},"values":{{"pm25":1}}}}"#).into(),
            Reason::ExpiredTime,
        ),
        (own.clone(), br#"{"values":{"colour":1}}"#.to_vec(), Reason::NoKnownField),
        (own.clone(), br#"{"values":{}}"#.to_vec(), Reason::NoKnownField),
        (own.clone(), br#"{"values":{"pm25":"high"}}"#.to_vec(), Reason::BadValue),
        (topic("water", "air-01", "telemetry"), b"{}".to_vec(), Reason::TopicMismatch),
        ("obrii/v1/rozdilna/air/air-01/telemetry".into(), b"{}".to_vec(), Reason::TopicMismatch),
        ("something/else".into(), b"{}".to_vec(), Reason::TopicMismatch),
        (topic("air", "air-99", "telemetry"), b"{}".to_vec(), Reason::UnknownDevice),
    ];
    let running = City::new().start().await;
    for (topic, payload, _) in &cases {
        stored(&running, topic, payload.clone()).await;
    }
    let city = running.stop().await;
    let expected: Vec<_> = cases.iter().map(|(_, _, reason)| *reason).collect();
    assert_eq!(city.reasons(), expected);
    let sum = city.tallies();
    assert_eq!((sum.received, sum.quarantined), (expected.len() as u64, expected.len() as u64));
    assert!(city.values("air-01", "pm25").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn good_elements_are_stored_and_bad_ones_are_kept_by_reason_with_their_places() {
    let running = City::new().start().await;
    let good = [payload(1, &[("pm25", 1.0)]), payload(2, &[("pm25", 2.0), ("colour", 3.0)])];
    let bad = r#"{"ts":"no time","values":{"pm25":9}}"#;
    let mixed = format!("[{},{bad},{},{}]", good[0], good[1], r#"{"values":{"pm25":true}}"#);
    stored(&running, &air(), mixed.clone()).await;
    let city = running.stop().await;
    assert_eq!(city.values("air-01", "pm25"), [1.0, 2.0]);
    let rows = city.quarantine();
    let told: Vec<_> = rows.iter().map(|row| (row.elements.clone(), row.reason)).collect();
    let place = |place| Some(Elements::one(place));
    assert_eq!(told, [(place(1), Reason::BadTime), (place(3), Reason::BadValue)]);
    assert_eq!(rows[0].payload, mixed.as_bytes());
    assert_eq!((rows[0].device.as_str(), rows[0].gateway.as_str()), ("air-01", "test"));
    let expected =
        Tally { received: 5, stored: 2, quarantined: 2, unknown_field: 1, ..Tally::default() };
    assert_eq!(city.tally("air-01"), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_which_all_is_bad_makes_one_row_that_counts_it() {
    let running = City::new().start().await;
    stored(&running, &air(), format!("[{}]", vec!["1"; 500].join(","))).await;
    let city = running.stop().await;
    let rows = city.quarantine();
    assert_eq!((rows.len(), rows[0].readings), (1, 500));
    assert!(rows[0].detail.ends_with("; and 497 more of this message"), "{}", rows[0].detail);
    let tally = city.tally("air-01");
    assert_eq!((tally.received, tally.quarantined), (500, 500));
}

#[tokio::test(flavor = "multi_thread")]
async fn repeats_are_duplicates_and_new_values_are_corrections() {
    let running = City::new().start().await;
    for value in [1.0, 1.0, 2.0] {
        stored(&running, &air(), payload(0, &[("pm25", value)])).await;
    }
    let city = running.stop().await;
    assert_eq!(city.values("air-01", "pm25"), [2.0]);
    let expected = Tally { received: 3, stored: 1, duplicate: 1, corrected: 1, ..Tally::default() };
    assert_eq!(city.tally("air-01"), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_without_a_time_never_overwrite_each_other() {
    let running = City::new().start().await;
    for value in 0..5 {
        stored(&running, &air(), format!(r#"{{"values":{{"pm25":{value}}}}}"#)).await;
    }
    let city = running.stop().await;
    let rows = city.stored("air-01", "pm25");
    assert_eq!(rows.iter().map(|o| o.value).collect::<Vec<_>>(), [0.0, 1.0, 2.0, 3.0, 4.0]);
    assert!(rows.iter().all(|o| o.quality.has(Quality::NO_DEVICE_TIME)));
    assert!(!rows[0].quality.has(Quality::CLOCK) && rows[1].quality.has(Quality::CLOCK));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_speaks_against_a_value_is_flagged_and_the_value_kept() {
    let running = City::new().start().await;
    stored(&running, &air(), payload(0, &[("pm25", -5.0)])).await;
    stored(&running, &air(), r#"{"values":{"status":"span"}}"#).await;
    stored(&running, &air(), payload(1, &[("pm25", 400.0)])).await;
    let month_ago = -31 * 24 * 3600;
    stored(&running, &air(), payload(month_ago, &[("pm25", 7.0)])).await;
    let city = running.stop().await;
    let qualities: Vec<_> = city.stored("air-01", "pm25").iter().map(|o| o.quality).collect();
    assert_eq!(qualities, [Quality::LATE, Quality::RANGE, Quality::NOT_MEASURING]);
    assert_eq!(city.tally("air-01").late, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jump_is_flagged_told_and_remembered_over_a_restart() {
    let running = City::new().start().await;
    let mut changes = running.city.parts.changes.subscribe();
    let at = |second, lat| payload(second, &[("lat", lat), ("lon", 30.74), ("speed", 8.0)]);
    stored(&running, &tram(), at(0, 46.48)).await;
    stored(&running, &tram(), at(10, 46.40)).await;
    let mut told = Vec::new();
    while told.len() < 2 {
        let change = tokio::time::timeout(PATIENCE, changes.recv()).await.expect("in time");
        told.extend(change.expect("a change").objects.iter().filter_map(|c| c.position));
    }
    assert!(!told[0].suspect && told[1].suspect);
    assert_eq!(told[0].place, told[1].place);

    let running = running.stop().await.start().await;
    stored(&running, &tram(), at(20, 46.4801)).await;
    stored(&running, &tram(), at(30, 46.30)).await;
    let city = running.stop().await;
    let suspects: Vec<_> = city
        .stored("tram-1", "lat")
        .iter()
        .map(|o| o.quality.has(Quality::POSITION_SUSPECT))
        .collect();
    assert_eq!(suspects, [false, true, false, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_position_outside_of_the_service_area_is_suspect_already() {
    let corner = |lat, lon| Place { lat, lon };
    let odesa = Area::between(corner(46.25, 30.45), corner(46.70, 31.00));
    let config = Config {
        mqtt: None,
        mqtts: None,
        sources: Vec::new(),
        teltonika: None,
        wialon: None,
        trusted_proxies: Vec::new(),
        service_areas: HashMap::from([("odesa".parse().expect("an id"), odesa)]),
    };
    let running = City::new().start_with(config).await;
    stored(&running, &tram(), payload(0, &[("lat", 45.05), ("lon", 33.97)])).await;
    let city = running.stop().await;
    assert_eq!(city.stored("tram-1", "lat")[0].quality, Quality::POSITION_SUSPECT);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_tell_values_texts_and_who_sent_them() {
    let running = City::new().start().await;
    let mut changes = running.city.parts.changes.subscribe();
    let sent = r#"{"ts":1795342500000,"values":{"lat":46.48,"lon":30.74,"route":5,"run":"3"}}"#;
    stored(&running, &tram(), sent).await;
    let change = tokio::time::timeout(PATIENCE, changes.recv()).await.expect("in time");
    let change = change.expect("a change");
    let [object] = change.objects.as_slice() else { panic!("{change:?}") };
    assert_eq!(object.device, device("tram-1"));
    assert_eq!((object.measured_at, object.values.len()), (NOW, 2));
    let texts: HashMap<_, _> =
        object.texts.iter().map(|(p, t)| (p.as_str(), t.text.as_ref())).collect();
    assert_eq!(texts, HashMap::from([("route", "5"), ("run", "3")]));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_message_is_put_aside_and_the_rest_of_its_batch_is_stored() {
    for fault in [Fault::ChokesOn(666.0), Fault::PanicsOn(666.0)] {
        let running = City::new().start().await;
        running.city.series.set(Fault::Waits);
        let mut verdicts = vec![running.send(&air(), payload(0, &[("pm25", 0.0)])).await];
        for second in 1..40 {
            let value = if second == 17 { 666.0 } else { f64::from(second) };
            let message = payload(i64::from(second), &[("pm25", value)]);
            verdicts.push(running.send(&air(), message).await);
        }
        running.city.series.set(fault);
        for verdict in verdicts {
            assert_eq!(verdict.await, Ok(Verdict::Stored));
        }
        let city = running.stop().await;
        assert_eq!(city.reasons(), [Reason::Poisoned]);
        assert_eq!(city.values("air-01", "pm25").len(), 39);
        let tally = city.tally("air-01");
        assert_eq!((tally.received, tally.stored, tally.quarantined), (40, 39, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_puts_nothing_aside_and_loses_nothing() {
    let running = City::new().start().await;
    running.city.series.set(Fault::Fails);
    let mut verdicts = Vec::new();
    for second in 0..20 {
        verdicts.push(running.send(&air(), payload(second, &[("pm25", 1.0)])).await);
    }
    for verdict in verdicts {
        assert_eq!(verdict.await, Ok(Verdict::Retry));
    }
    assert!(!running.ingest.health().is_ready());
    running.city.series.set(Fault::None);
    for second in 0..20 {
        stored(&running, &air(), payload(second, &[("pm25", 1.0)])).await;
    }
    assert!(running.ingest.health().is_ready());
    let city = running.stop().await;
    assert!(city.reasons().is_empty());
    assert_eq!(city.values("air-01", "pm25").len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_commits_what_was_taken() {
    let running = City::new().start().await;
    let mut verdicts = Vec::new();
    for second in -500..0 {
        verdicts.push(running.send(&air(), payload(second, &[("pm25", 1.0)])).await);
    }
    let city = running.stop().await;
    for verdict in verdicts {
        assert_eq!(verdict.await, Ok(Verdict::Stored));
    }
    assert_eq!(city.values("air-01", "pm25").len(), 500);
}

/// Messages as devices might send them: good, bad, repeated, with fields nobody knows.
fn any_message() -> impl Strategy<Value = (String, Vec<u8>)> {
    let value = prop_oneof![
        (-10.0..2000.0f64).prop_map(|v| v.to_string()),
        Just("true".to_owned()),
        Just("\"x\"".to_owned()),
        Just("null".to_owned()),
        Just("[1]".to_owned()),
    ];
    let field = prop::sample::select(vec!["pm25", "pm10", "status", "lat", "lon", "route", "zzz"]);
    let fields = prop::collection::vec((field, value), 0..6).prop_map(|fields| {
        let all: Vec<_> = fields.iter().map(|(n, v)| format!("\"{n}\":{v}")).collect();
        format!("{{{}}}", all.join(","))
    });
    let seconds = prop_oneof![-10i64..10, Just(-40 * 24 * 3600), Just(400), Just(-1_000_000_000)];
    let element = (seconds, fields, 0..8u8).prop_map(|(seconds, fields, kind)| match kind {
        0 => "17".to_owned(),
        1 => format!("{{\"values\":{fields}}}"),
        2 => format!("{{\"ts\":\"today\",\"values\":{fields}}}"),
        _ => format!("{{\"ts\":{},\"values\":{fields}}}", NOW.millis() + seconds * 1000),
    });
    let payload = prop_oneof![
        4 => element.clone().prop_map(String::into_bytes),
        4 => prop::collection::vec(element, 0..6)
            .prop_map(|elements| format!("[{}]", elements.join(",")).into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ];
    let topics = vec![air(), tram(), topic("air", "nobody", "telemetry"), "else".to_owned()];
    (prop::sample::select(topics), payload)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    #[test]
    fn the_balance_comes_out_even_whatever_arrives(
        messages in prop::collection::vec(any_message(), 1..40),
    ) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let (sent, tallied, counted, aside) = runtime.block_on(async {
            let running = City::new().start().await;
            let metrics = std::sync::Arc::clone(running.ingest.metrics());
            for (topic, payload) in &messages {
                stored(&running, topic, payload.clone()).await;
            }
            let city = running.stop().await;
            let tallied = city.tallies();
            let aside = city.quarantine().iter().map(|row| row.readings).sum::<u64>();
            (metrics.messages.get(), tallied, metrics.tally(), aside)
        });
        prop_assert_eq!(sent, messages.len() as u64);
        prop_assert!(tallied.is_balanced(), "{:?}", tallied);
        prop_assert_eq!(tallied, counted);
        prop_assert_eq!(tallied.quarantined, aside);
    }
}
