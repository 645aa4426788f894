//! Replays from the kept row to the store, and what they leave of the balance.

use domain::intake::{Reason, Tally};
use proptest::prelude::*;
use store::intake::{Choice, Replayed};
use store::registry::Edit;
use tokio::sync::oneshot;

use crate::arrival::{Token, Verdict};
use crate::testing::{City, Fault, NOW, Running, payload, topic};

const COLUMNS: &str = "object,gateway";

fn late() -> String {
    topic("air", "air-03", "telemetry")
}

async fn arrive(running: &Running, topic: &str, payload: impl Into<bytes::Bytes>) {
    assert_eq!(running.arrive(topic, payload).await, Some(Verdict::Stored));
}

async fn replay(running: &Running, choice: Choice) -> Replayed {
    running.ingest.replayer().replay(choice, 1_000).await.expect("replays")
}

fn of(reason: Reason) -> Choice {
    Choice { reason: Some(reason), ..Choice::default() }
}

fn register(running: &mut Running) {
    let line = "air-03,odesa,air,air-post,Пост 3,46.48,30.72,own:test,Власник,center,,,";
    running.city.import(COLUMNS, &[line]);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_a_device_that_is_registered_later_are_stored_and_counted_once() {
    let mut running = City::new().start().await;
    arrive(&running, &late(), payload(0, &[("pm25", 1.0), ("colour", 2.0)])).await;
    let mixed = format!("[{},{},7]", payload(1, &[("pm25", 3.0)]), payload(2, &[("pm25", 4.0)]));
    arrive(&running, &late(), mixed).await;
    let before = replay(&running, of(Reason::UnknownDevice)).await;
    assert_eq!((before.replayed, before.unusable.len(), before.left), (0, 2, 0));
    register(&mut running);
    let first =
        replay(&running, Choice { device: Some("air-03".into()), ..Choice::default() }).await;
    assert_eq!((first.replayed, first.put_off), (1, 0));
    let told: Vec<_> = first.unusable.iter().map(|(_, reason, _)| *reason).collect();
    assert_eq!(told, [Reason::BadElement], "what of the second is still bad");
    let again = replay(&running, of(Reason::UnknownDevice)).await;
    assert_eq!(again, Replayed::default(), "nothing of it is open any more");
    let metrics = std::sync::Arc::clone(running.ingest.metrics());
    let city = running.stop().await;
    assert_eq!(city.values("air-03", "pm25"), [1.0, 3.0, 4.0]);
    assert!(city.stored("air-03", "pm25").iter().all(|o| o.arrival == NOW));
    assert_eq!(city.reasons(), [Reason::BadElement], "the row stays for what is still bad");
    let expected =
        Tally { received: 5, stored: 3, unknown_field: 1, quarantined: 1, ..Tally::default() };
    assert_eq!(city.tally("air-03"), expected);
    assert_eq!(city.tally(""), Tally::default(), "no longer of a device that nobody knows");
    let arrived = Tally { received: 2, quarantined: 2, ..Tally::default() };
    assert_eq!((metrics.messages.get(), metrics.tally()), (2, arrived), "a replay is no arrival");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_never_wins_over_what_came_later() {
    let mut running = City::new().start().await;
    arrive(&running, &late(), payload(0, &[("pm25", 1.0)])).await;
    register(&mut running);
    running.city.clock.set(NOW.plus_ms(60_000));
    arrive(&running, &late(), payload(0, &[("pm25", 2.0)])).await;
    assert_eq!(replay(&running, of(Reason::UnknownDevice)).await.replayed, 1);
    let city = running.stop().await;
    assert_eq!(city.values("air-03", "pm25"), [2.0]);
    let expected = Tally { received: 2, stored: 1, corrected: 1, ..Tally::default() };
    assert_eq!(city.tally("air-03"), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_yet_is_filed_under_its_new_reason_and_counted_once() {
    let mut running = City::new().start().await;
    arrive(&running, &late(), r#"{"values":{"colour":1}}"#).await;
    register(&mut running);
    let done = replay(&running, of(Reason::UnknownDevice)).await;
    assert_eq!((done.replayed, done.unusable[0].1), (0, Reason::NoKnownField));
    let groups = running.city.parts.intake.summary().expect("reads");
    assert_eq!((groups.len(), groups[0].reason, groups[0].count), (1, Reason::NoKnownField, 1));
    let city = running.stop().await;
    assert_eq!(city.tally(""), Tally::default());
    let expected = Tally { received: 1, quarantined: 1, ..Tally::default() };
    assert_eq!(city.tally("air-03"), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_value_gives_nothing_twice_of_the_reading_that_it_stands_in() {
    let running = City::new().start().await;
    let bad = r#"{"ts":1795342500000,"values":{"pm25":1,"pm10":"high","colour":3}}"#;
    arrive(&running, &topic("air", "air-01", "telemetry"), bad).await;
    let array = format!("[{},{bad}]", payload(5, &[("pm25", 6.0)]));
    arrive(&running, &topic("air", "air-02", "telemetry"), array).await;
    for _ in 0..2 {
        let done = replay(&running, of(Reason::BadValue)).await;
        assert_eq!((done.replayed, done.unusable.len()), (0, 2));
    }
    let city = running.stop().await;
    assert_eq!(city.values("air-02", "pm25"), [1.0, 6.0]);
    let of_1 =
        Tally { received: 3, stored: 1, quarantined: 1, unknown_field: 1, ..Tally::default() };
    assert_eq!(city.tally("air-01"), of_1);
    assert_eq!(city.tally("air-02"), Tally { received: 4, stored: 2, ..of_1 });
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_and_nested_payloads_are_refused_with_what_is_wrong() {
    let running = City::new().start().await;
    let own = topic("air", "air-01", "telemetry");
    arrive(&running, &own, vec![b' '; 300 * 1024]).await;
    arrive(&running, &own, format!("[[{}]]", payload(0, &[("pm25", 1.0)]))).await;
    let done =
        replay(&running, Choice { device: Some("air-01".into()), ..Choice::default() }).await;
    let told: Vec<_> = done.unusable.iter().map(|(_, reason, _)| *reason).collect();
    assert_eq!(told, [Reason::TooLarge, Reason::BadTime], "as when they came");
    assert!(done.unusable[0].2.contains("of its 307200 bytes"), "{}", done.unusable[0].2);
    let city = running.stop().await;
    assert!(city.values("air-01", "pm25").is_empty());
    assert_eq!(city.tally("air-01").received, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_a_pack_comes_again_with_what_stands_before_it() {
    let running = City::new().start().await;
    let pack = r#"[{"bn":"air-01:","bt":1795342500,"n":"pm25","u":"ug/m3","v":1},
        {"n":"colour","t":60,"v":2}]"#;
    arrive(&running, &topic("air", "air-01", "senml"), pack).await;
    let done = replay(&running, of(Reason::NoKnownField)).await;
    let told: Vec<_> = done.unusable.iter().map(|(_, reason, _)| *reason).collect();
    assert_eq!(told, [Reason::NoKnownField], "not a pack without its base");
    let city = running.stop().await;
    assert_eq!(city.quarantine()[0].payload, pack.as_bytes());
    assert_eq!(city.tally("air-01").received, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_the_store_never_takes_stays_poisoned_and_stops_no_other() {
    let mut running = City::new().start().await;
    for second in 0..20_i32 {
        arrive(&running, &late(), payload(second.into(), &[("pm25", second.into())])).await;
    }
    register(&mut running);
    running.city.series.set(Fault::Waits);
    let rows = running.city.parts.intake.chosen(&Choice::default(), 20).expect("reads");
    let mut verdicts = Vec::new();
    for (id, row) in rows {
        let (waiter, verdict) = oneshot::channel();
        let arrival = super::arrival(id, row, Token::Waiter(waiter));
        running.ingest.arrivals().send(arrival).await.expect("the pipeline runs");
        verdicts.push(verdict);
    }
    running.city.series.set(Fault::ChokesOn(13.0));
    for verdict in verdicts {
        assert_eq!(verdict.await, Ok(Verdict::Stored));
    }
    assert_eq!(running.city.reasons(), [Reason::Poisoned]);
    running.city.series.set(Fault::None);
    assert_eq!(replay(&running, of(Reason::Poisoned)).await.replayed, 1);
    let city = running.stop().await;
    assert!(city.reasons().is_empty());
    let expected = Tally { received: 20, stored: 20, ..Tally::default() };
    assert_eq!(city.tally("air-03"), expected);
}

/// Puts the fields of the profile `air-post` right: what it called `status` is a truth, and its
/// `averaging_s` a text.
fn mend(running: &Running, names: &[&str]) {
    let registry = &running.city.parts.registry;
    let editions = registry.editions_of(&"air-post".parse().expect("an id")).expect("reads");
    let mut text = editions[0].text.clone();
    for name in names {
        let (from, to) = match *name {
            "status" => (r#"{ name = "status" }"#, r#"{ name = "status", property = "burst" }"#),
            "averaging_s" => (
                r#"{ name = "averaging_s", unit = "s", range = [1, 86400] }"#,
                r#"{ name = "averaging_s", property = "route" }"#,
            ),
            other => panic!("`{other}` is not mended here"),
        };
        assert!(text.contains(from), "`{from}` is not in the profile");
        text = text.replace(from, to);
    }
    let edit = Edit {
        text,
        author: "test".to_owned(),
        remark: "mends".to_owned(),
        drops: names.iter().map(|&name| name.to_owned()).collect(),
        ..Edit::default()
    };
    registry.edit_profile(&edit, NOW).expect("an edition");
    let directory = registry.directory().expect("reads");
    running.city.parts.directory.store(std::sync::Arc::new(directory));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_bad_values_the_one_that_is_mended_is_stored_and_the_other_waits() {
    let running = City::new().start().await;
    let own = topic("air", "air-01", "telemetry");
    let bad = r#"{"ts":1795342500000,"values":{"pm10":4,"pm25":"n/a","status":true,"colour":1}}"#;
    arrive(&running, &own, bad).await;
    mend(&running, &["status"]);
    for _ in 0..2 {
        let done = replay(&running, of(Reason::BadValue)).await;
        assert_eq!((done.replayed, done.unusable.len()), (0, 1));
    }
    let city = running.stop().await;
    assert_eq!(
        (city.values("air-01", "burst"), city.values("air-01", "pm10")),
        (vec![1.0], vec![4.0])
    );
    let rows = city.quarantine();
    assert_eq!((rows.len(), rows[0].readings), (1, 1));
    assert!(rows[0].detail.contains("`pm25`"), "{}", rows[0].detail);
    let expected =
        Tally { received: 4, stored: 2, quarantined: 1, unknown_field: 1, ..Tally::default() };
    assert_eq!(city.tally("air-01"), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_bad_values_that_are_both_mended_are_counted_once_each() {
    let running = City::new().start().await;
    let own = topic("air", "air-01", "telemetry");
    arrive(&running, &own, payload(5, &[("pm25", 1.0)])).await;
    let bad = r#"{"ts":1795342500000,"values":{"status":true,"averaging_s":"abc"}}"#;
    arrive(&running, &own, bad).await;
    mend(&running, &["status", "averaging_s"]);
    assert_eq!(replay(&running, of(Reason::BadValue)).await.replayed, 1);
    let city = running.stop().await;
    assert!(city.reasons().is_empty());
    assert_eq!(city.tally("air-01"), Tally { received: 3, stored: 3, ..Tally::default() });
}

#[tokio::test(flavor = "multi_thread")]
async fn all_readings_of_a_long_array_come_back_once_their_device_is_installed() {
    let mut running = City::new().start().await;
    let line = "air-03,odesa,air,air-post,Пост 3,46.48,30.72,own:test,Власник,center,,-,";
    running.city.import(COLUMNS, &[line]);
    let element = |n: i64| payload(n, &[("pm25", n as f64), ("pm10", 1.0)]);
    let array = (0..300).map(element).collect::<Vec<_>>().join(",");
    arrive(&running, &late(), format!("[{array},7]")).await;
    let kept = running.city.quarantine();
    let told: Vec<_> = kept.iter().map(|row| (row.reason, row.readings)).collect();
    assert_eq!(told, [(Reason::BadElement, 1), (Reason::NotInstalled, 300)]);
    running.city.import(COLUMNS, &[&line.replace(",-,", ",air-03,")]);
    let done =
        replay(&running, Choice { device: Some("air-03".into()), ..Choice::default() }).await;
    assert_eq!((done.replayed, done.unusable.len()), (1, 1));
    let city = running.stop().await;
    assert_eq!(city.values("air-03", "pm25").len(), 300);
    let expected = Tally { received: 601, stored: 600, quarantined: 1, ..Tally::default() };
    assert_eq!(city.tally("air-03"), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn untimed_elements_keep_their_times_when_one_of_them_is_mended() {
    let running = City::new().start().await;
    let own = topic("air", "air-01", "telemetry");
    let array =
        r#"[{"values":{"pm25":1}},{"values":{"pm25":2,"status":true}},{"values":{"pm25":3}}]"#;
    arrive(&running, &own, array).await;
    mend(&running, &["status"]);
    assert_eq!(replay(&running, of(Reason::BadValue)).await.replayed, 1);
    let city = running.stop().await;
    assert_eq!(city.values("air-01", "pm25"), [1.0, 2.0, 3.0]);
    assert_eq!(city.stored("air-01", "burst")[0].time, city.stored("air-01", "pm25")[1].time);
    assert_eq!(city.tally("air-01"), Tally { received: 4, stored: 4, ..Tally::default() });
}

fn any_message() -> impl Strategy<Value = (String, String)> {
    let field = prop_oneof![
        (0..3_u8).prop_map(|value| format!(r#""pm25":{value}"#)),
        (0..3_u8).prop_map(|value| format!(r#""pm10":{value}"#)),
        Just(r#""no2":"n/a""#.to_owned()),
        Just(r#""status":true"#.to_owned()),
        Just(r#""averaging_s":"abc""#.to_owned()),
        Just(r#""colour":1"#.to_owned()),
    ];
    let element = (0..3_i64, prop::collection::vec(field, 1..5)).prop_map(|(second, fields)| {
        let time = NOW.millis() - 1000 * second;
        format!(r#"{{"ts":{time},"values":{{{}}}}}"#, fields.join(","))
    });
    let element = prop_oneof![9 => element, 1 => Just("7".to_owned())];
    let message = prop_oneof![
        element.clone(),
        prop::collection::vec(element, 1..5).prop_map(|all| format!("[{}]", all.join(","))),
    ];
    let device = prop::sample::select(vec!["air-01", "air-03"]);
    (device.prop_map(|id| topic("air", id, "telemetry")), message)
}

/// What is stored and counted of messages when all is put right before they come, or after them.
async fn outcome(messages: &[(String, String)], is_late: bool) -> (Vec<Vec<f64>>, [Tally; 3]) {
    let mut running = City::new().start().await;
    let put_right = |running: &mut Running| {
        mend(running, &["status", "averaging_s"]);
        register(running);
    };
    if !is_late {
        put_right(&mut running);
    }
    for (second, (topic, message)) in (1..).zip(messages) {
        running.city.clock.set(NOW.plus_ms(second * 1000));
        arrive(&running, topic, message.clone()).await;
    }
    if is_late {
        put_right(&mut running);
        for _ in 0..2 {
            assert_eq!(replay(&running, Choice::default()).await.put_off, 0);
        }
    }
    let city = running.stop().await;
    let values = ["air-01", "air-03"]
        .into_iter()
        .flat_map(|device| ["pm25", "pm10", "burst"].map(|property| city.values(device, property)));
    // A sound value beside a mended one is met again: when it was corrected meanwhile, it is
    // counted as that, and the other one as the duplicate.
    let tallies = ["air-01", "air-03", ""].map(|device| {
        let Tally { corrected, duplicate, .. } = city.tally(device);
        let repeated = corrected + duplicate;
        Tally { corrected: 0, duplicate: repeated, ..city.tally(device) }
    });
    (values.collect(), tallies)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Nothing is lost, stored twice or counted twice by what was wrong for a while.
    #[test]
    fn what_is_put_right_late_ends_as_if_it_had_been_right_from_the_start(
        messages in prop::collection::vec(any_message(), 1..12),
    ) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let late = runtime.block_on(outcome(&messages, true));
        let early = runtime.block_on(outcome(&messages, false));
        prop_assert_eq!(late, early);
    }
}
