use std::sync::Arc;

use domain::change::{Change, Latest};
use domain::directory::{Directory, Parts};
use domain::place::Place;
use domain::profile::Kind;
use domain::registry::{Access, Datastream, Object};
use domain::{ObjectNo, Quality, Timestamp};

use super::{Feed, Follower, Layers};
use crate::config::{LIVE_EVENTS_BEHIND_MAX, LIVE_RING_CHANGES_MAX, LIVE_RING_MS};
use crate::view::KindWord;

const AIR: ObjectNo = ObjectNo(1);

fn feed() -> Feed {
    let object = Object {
        no: AIR,
        id: "air-1".parse().expect("valid"),
        community: "odesa".parse().expect("valid"),
        kind: Kind::Air,
        name: "Пост 1".to_owned(),
        place: Place::new(46.48, 30.73),
        address: None,
        zone: None,
        supply_queue: None,
        access: Access::Public,
        simulated: true,
    };
    let pm25 = Datastream { object: AIR, slot: 0, property: "pm25".parse().expect("valid") };
    let parts = Parts { objects: vec![object], datastreams: vec![pm25], ..Parts::default() };
    let feed = Feed::new("boot".to_owned());
    feed.change(|view| view.take_directory(&Arc::new(Directory::new(parts)), Vec::new()));
    feed.publish(Timestamp(0));
    feed
}

/// One changed value, published at `at`.
fn publish(feed: &Feed, at: i64, value: f64) {
    let time = Timestamp(at);
    let change = Change {
        object: AIR,
        device: "air-1".parse().expect("valid"),
        measured_at: time,
        arrived_at: time,
        values: vec![(0, Latest { time, arrival: time, value, quality: Quality::GOOD })],
        texts: Vec::new(),
        position: None,
        is_gone: false,
    };
    assert!(feed.change(|view| view.apply(&[change], time)), "the object is known");
    feed.publish(time);
}

async fn names(follower: &mut Follower, count: usize) -> Vec<(&'static str, Option<String>)> {
    let mut names = Vec::new();
    for _ in 0..count {
        let sent = follower.next().await.expect("an event");
        names.push((sent.name, sent.id));
    }
    names
}

#[tokio::test]
async fn what_was_missed_comes_in_order_and_nothing_twice() {
    let feed = feed();
    for n in 1..=3 {
        publish(&feed, n, n as f64);
    }
    let mut follower = Follower::new(&feed, Layers::ALL, Some("boot-2"), 3);
    publish(&feed, 4, 4.0);
    feed.beat(Timestamp(5));
    let expected = [
        ("delta", Some("boot-3".to_owned())),
        ("delta", Some("boot-4".to_owned())),
        ("delta", Some("boot-5".to_owned())),
        ("heartbeat", None),
    ];
    assert_eq!(names(&mut follower, 4).await, expected);
}

#[tokio::test]
async fn an_id_that_is_too_old_unknown_or_of_the_future_gets_a_snapshot() {
    let feed = feed();
    publish(&feed, 1, 1.0);
    publish(&feed, LIVE_RING_MS + 2, 2.0);
    for id in ["boot-1", "boot-4", "other-2", "boot-x", "boot", ""] {
        let mut follower = Follower::new(&feed, Layers::ALL, Some(id), 0);
        let first = names(&mut follower, 1).await;
        assert_eq!(first, [("snapshot", Some("boot-3".to_owned()))], "{id}");
    }
}

#[tokio::test]
async fn the_ring_keeps_a_bounded_number_of_changes() {
    let feed = feed();
    let changes = LIVE_RING_CHANGES_MAX as i64 + 5;
    for n in 1..=changes {
        publish(&feed, 1, n as f64);
    }
    assert_eq!(feed.lock().ring.len(), LIVE_RING_CHANGES_MAX);
    let oldest = feed.lock().ring.front().expect("events").number;
    assert_eq!(feed.lock().since(oldest - 1).expect("all there").len(), LIVE_RING_CHANGES_MAX);
    assert!(feed.lock().since(oldest - 2).is_none());
}

#[tokio::test]
async fn a_screen_that_is_too_slow_is_cut_off_and_others_go_on() {
    let feed = feed();
    let mut slow = Follower::new(&feed, Layers::ALL, None, 0);
    for n in 0..=LIVE_EVENTS_BEHIND_MAX {
        publish(&feed, 1, n as f64 + 0.5);
    }
    assert_eq!(slow.next().await.expect("the snapshot").name, "snapshot");
    assert_eq!(slow.next().await, None, "cut off");
    let mut quick = Follower::new(&feed, Layers::ALL, None, 0);
    publish(&feed, 2, -1.0);
    assert_eq!(names(&mut quick, 2).await[1].0, "delta");
}

#[tokio::test]
async fn a_change_of_nothing_is_not_told() {
    let feed = feed();
    publish(&feed, 1, 7.0);
    publish(&feed, 1, 7.0);
    assert_eq!(feed.lock().number, 2, "the new object, and the value once");
}

#[test]
fn layers_are_named_one_by_one() {
    let layers = Layers::parse("air, water").expect("valid");
    assert!(layers.has(KindWord::Air) && layers.has(KindWord::Water));
    assert!(!layers.has(KindWord::Vehicle) && !layers.has(KindWord::Light));
    assert_eq!(Layers::parse("air,vehicle,light,water"), Ok(Layers::ALL));
    assert!(Layers::parse("").is_err());
}
