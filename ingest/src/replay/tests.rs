//! Replays from the kept row to the store, and what they leave of the balance.

use domain::intake::{Reason, Tally};
use store::intake::{Choice, Replayed};
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
    assert_eq!((first.replayed, first.put_off), (2, 0));
    let told: Vec<_> = first.unusable.iter().map(|(_, reason, _)| *reason).collect();
    assert_eq!(told, [Reason::BadElement], "what of them is still bad");
    let again = replay(&running, of(Reason::UnknownDevice)).await;
    assert_eq!(again, Replayed::default(), "nothing of it is open any more");
    let metrics = std::sync::Arc::clone(running.ingest.metrics());
    let city = running.stop().await;
    assert_eq!(city.values("air-03", "pm25"), [1.0, 3.0, 4.0]);
    assert!(city.stored("air-03", "pm25").iter().all(|o| o.arrival == NOW));
    assert_eq!(city.reasons(), [Reason::BadElement], "what is still bad is kept by itself");
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
    assert_eq!(told, [Reason::TooLarge, Reason::BadElement]);
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
