//! Tests of what is remembered of edge nodes, and of a node on its way through the embedded broker.

use prost::Message as _;

use super::*;
use crate::testing::{City, Client, Login, MQTT_5, NOW, eventually};
use codec::sparkplug::{Held, Metric};
use store::intake::Choice;

const NODE: &str = "odesa/cabinet";
const DEVICE: &str = "odesa/cabinet/meter";

fn metric(name: &str, alias: Option<u64>, value: Held) -> Metric {
    let name = (!name.is_empty()).then(|| name.to_owned());
    Metric { name, alias, value: Some(value), ..Metric::default() }
}

fn message(seq: u64, metrics: Vec<Metric>) -> Payload {
    Payload { timestamp: Some(NOW.millis() as u64), metrics, seq: Some(seq) }
}

fn birth(seq: u64, bd_seq: u64) -> Payload {
    message(seq, vec![metric("bdSeq", None, Held::Long(bd_seq))])
}

fn death(bd_seq: u64) -> Payload {
    Payload { seq: None, timestamp: None, ..birth(0, bd_seq) }
}

fn power(seq: u64, name: &str, watts: f64) -> Payload {
    message(seq, vec![metric(name, Some(3), Held::Double(watts))])
}

/// Hears messages of the node a day apart, so that each may ask; those that asked.
fn asked(messages: &[(&str, &str, Payload)]) -> Vec<usize> {
    let mut edges = Edges::default();
    let mut at = NOW;
    let mut asked = Vec::new();
    for (index, (device, event, payload)) in messages.iter().enumerate() {
        at = at.plus_ms(24 * 3600 * 1000);
        if edges.hear(NODE, device, event, payload, at).wants_rebirth {
            asked.push(index);
        }
    }
    asked
}

#[test]
fn a_session_begins_with_any_number_and_goes_round_at_255() {
    let none: [usize; 0] = [];
    let told = [
        (NODE, "NBIRTH", birth(253, 0)),
        (DEVICE, "DBIRTH", power(254, "power", 1.0)),
        (DEVICE, "DDATA", power(255, "", 2.0)),
        (DEVICE, "DDATA", power(255, "", 2.0)),
        (DEVICE, "DDATA", power(0, "", 3.0)),
        (NODE, "NDATA", message(1, Vec::new())),
    ];
    assert_eq!(asked(&told), none, "a repeat is no gap");
}

#[test]
fn a_missing_message_or_birth_asks_for_a_rebirth() {
    let told = [
        (DEVICE, "DDATA", power(9, "power", 1.0)),
        (NODE, "NBIRTH", birth(0, 0)),
        (DEVICE, "DDATA", power(1, "power", 1.0)),
        (DEVICE, "DBIRTH", power(2, "power", 1.0)),
        (DEVICE, "DDATA", power(4, "", 1.0)),
        (DEVICE, "DDATA", power(5, "", 1.0)),
        (DEVICE, "DDATA", message(6, vec![metric("", Some(8), Held::Int(1))])),
        (DEVICE, "DDEATH", message(7, Vec::new())),
        (DEVICE, "DDATA", power(8, "", 1.0)),
    ];
    assert_eq!(asked(&told), [0, 2, 4, 6, 8]);
}

#[test]
fn a_death_ends_the_session_that_it_belongs_to_and_no_other() {
    let told = [
        (NODE, "NDEATH", death(0)),
        (NODE, "NBIRTH", birth(0, 1)),
        (NODE, "NDEATH", death(0)),
        (NODE, "NDATA", message(1, Vec::new())),
        (NODE, "NDEATH", death(1)),
        (NODE, "NDATA", message(2, Vec::new())),
    ];
    assert_eq!(asked(&told), [5]);
}

#[test]
fn births_and_deaths_say_who_is_there() {
    let mut edges = Edges::default();
    let lamp = "odesa/cabinet/lamp";
    let mut hear = |device: &str, event: &str, payload: Payload| {
        let mut signs = edges.hear(NODE, device, event, &payload, NOW).signs;
        signs.sort();
        signs
    };
    let here = |name: &str| vec![(name.to_owned(), Presence::Here)];
    let gone = |name: &str| (name.to_owned(), Presence::Gone);
    assert_eq!(hear(NODE, "NDEATH", death(0)), [], "of a session that nobody knows");
    assert_eq!(hear(NODE, "NBIRTH", birth(0, 1)), here(NODE));
    assert_eq!(hear(DEVICE, "DBIRTH", power(1, "power", 1.0)), here(DEVICE));
    assert_eq!(hear(lamp, "DBIRTH", power(2, "power", 1.0)), here(lamp));
    assert_eq!(hear(DEVICE, "DDATA", power(3, "", 1.0)), []);
    assert_eq!(hear(DEVICE, "DDEATH", message(4, Vec::new())), [gone(DEVICE)]);
    assert_eq!(hear(NODE, "NDEATH", death(0)), [], "of an earlier session");
    let all = [gone(NODE), gone(lamp)];
    assert_eq!(hear(NODE, "NDEATH", death(1)), all);
    assert_eq!(hear(NODE, "NDEATH", death(1)), all, "it was not acknowledged, and comes again");
    assert_eq!(hear(DEVICE, "DDEATH", message(5, Vec::new())), [gone(DEVICE)], "of no session");
    let mut again = here(NODE);
    again.push(gone(lamp));
    assert_eq!(hear(NODE, "NBIRTH", birth(0, 2)), again, "its devices are born after it");
    assert_eq!(hear(NODE, "NDEATH", death(1)), [], "its session has ended long ago");
    assert_eq!(hear(NODE, "NDEATH", death(2)), [gone(NODE)]);
}

#[test]
fn a_node_in_trouble_is_asked_ever_less_often_and_after_peace_at_once() {
    let mut edges = Edges::default();
    let minutes: Vec<i64> = (0..24 * 60)
        .filter(|minute| {
            let at = NOW.plus_ms(minute * 60_000);
            edges.hear(NODE, NODE, "NDATA", &message(0, Vec::new()), at).wants_rebirth
        })
        .collect();
    assert_eq!(minutes[..8], [0, 1, 3, 7, 15, 31, 63, 123]);
    let after = NOW.plus_ms((24 + 3) * 3600 * 1000);
    for (ms, is_asked) in [(0, true), (59_999, false), (60_000, true)] {
        let hear = edges.hear(NODE, NODE, "NDATA", &message(0, Vec::new()), after.plus_ms(ms));
        assert_eq!(hear.wants_rebirth, is_asked, "{ms}");
    }
}

#[test]
fn births_of_a_node_are_remembered_up_to_a_bound() {
    let mut edges = Edges::default();
    edges.hear(NODE, NODE, "NBIRTH", &birth(0, 0), NOW);
    let many = |count: usize| {
        let metric = |n: usize| metric(&n.to_string(), Some(n as u64), Held::Int(1));
        message(1, (0..count).map(metric).collect())
    };
    edges.hear(NODE, DEVICE, "DBIRTH", &many(METRICS_PER_EDGE_MAX - 1), NOW);
    assert!(edges.birth(NODE, DEVICE).is_some());
    edges.hear(NODE, "odesa/cabinet/lamp", "DBIRTH", &many(1), NOW);
    assert!(edges.birth(NODE, "odesa/cabinet/lamp").is_none());
    edges.hear(NODE, DEVICE, "DBIRTH", &many(1), NOW);
    edges.hear(NODE, "odesa/cabinet/lamp", "DBIRTH", &many(1), NOW);
    assert!(edges.birth(NODE, "odesa/cabinet/lamp").is_some(), "the newer birth made room");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cabinet_that_speaks_sparkplug_is_asked_for_its_birth_and_then_read_by_aliases() {
    let mut city = City::new();
    city.import(
        "gateway,external_id,object",
        &[
            "edge-7,odesa,gateway,gateway,Вузол,,,own:test,Власник,,,,odesa/cabinet,",
            "meter-7,odesa,light,lighting-cabinet,Лічильник,46.4,30.7,own:test,Власник,,,edge-7,\
             odesa/cabinet/meter,",
        ],
    );
    let mut changes = city.parts.changes.subscribe();
    let running = city.start().await;
    let mut login = Login::new(MQTT_5, "edge-7", &running.city.tokens["edge-7"]);
    login.will_topic = Some("spBv1.0/Odesa/NDEATH/Cabinet".to_owned());
    login.will = death(0).encode_to_vec();
    let (mut edge, answer) = Client::connect(running.address(), &login).await;
    assert_eq!(answer.reason(), 0, "its death is its will");
    assert_eq!(edge.subscribe("spBv1.0/Odesa/NCMD/Other").await, Some(0x87));
    assert_eq!(edge.subscribe("spBv1.0/Odesa/NCMD/Cabinet/#").await, Some(0));

    let data = "spBv1.0/Odesa/DDATA/Cabinet/Meter";
    let early = power(9, "", 1.0).encode_to_vec();
    edge.send_publish(data, &early, None, false).await;
    let (topic, request) = edge.next().await.expect("a command").message();
    assert_eq!(topic, "spBv1.0/Odesa/NCMD/Cabinet");
    let request = Payload::decode(&request[..]).expect("a payload");
    assert_eq!(request.metrics[0].name.as_deref(), Some("Node Control/Rebirth"));
    assert_eq!(request.metrics[0].value, Some(Held::Boolean(true)));

    let later = |seq, watts| {
        let timestamp = Some(NOW.millis() as u64 + 1_000);
        Payload { timestamp, ..power(seq, "", watts) }
    };
    for (topic, payload) in [
        ("spBv1.0/Odesa/NBIRTH/Cabinet", birth(0, 0)),
        ("spBv1.0/Odesa/DBIRTH/Cabinet/Meter", power(1, "power", 61.0)),
        (data, later(2, 62.0)),
    ] {
        edge.send_publish(topic, &payload.encode_to_vec(), None, false).await;
    }
    eventually("both are stored", || running.city.values("meter-7", "power").len() == 2).await;
    assert_eq!(running.city.values("meter-7", "power"), [61.0, 62.0]);

    let messages = &running.ingest.metrics().messages;
    // Readings can be read a moment before their message is counted.
    eventually("all four are counted", || messages.get() == 4).await;
    drop(edge);
    eventually("its death is heard", || messages.get() == 5).await;
    let mut told = Vec::new();
    while let Ok(commit) = changes.try_recv() {
        told.extend(
            commit.objects.iter().map(|change| (change.device.to_string(), change.is_gone)),
        );
    }
    assert_eq!(told.last(), Some(&("meter-7".to_owned(), true)), "{told:?}");
    running.city.clock.set(NOW.plus_ms(REBIRTH_WAIT_MS_MIN));
    let (mut edge, _) = Client::connect(running.address(), &login).await;
    assert_eq!(edge.subscribe("spBv1.0/Odesa/NCMD/Cabinet").await, Some(0));
    edge.send_publish(data, &later(3, 63.0).encode_to_vec(), None, false).await;
    let (topic, _) = edge.next().await.expect("a command").message();
    assert_eq!(topic, "spBv1.0/Odesa/NCMD/Cabinet", "what its births told died with it");
    let city = running.stop().await;
    let kept = city.quarantine();
    assert_eq!(kept.len(), 2, "{kept:?}");
    assert_eq!((kept[0].device.as_str(), kept[0].payload.as_slice()), ("meter-7", &early[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_by_alias_is_read_with_the_birth_of_its_time() {
    let node = "edge-7,odesa,gateway,gateway,Вузол,,,own:test,Власник,,,,odesa/cabinet,";
    let meter = "meter-7,odesa,light,lighting-cabinet,Лічильник,46.4,30.7,own:test,Власник,,,edge-7,\
                 odesa/cabinet/meter,";
    let columns = "gateway,external_id,object";
    let data = "spBv1.0/Odesa/DDATA/Cabinet/Meter";
    let told = |seq: u64, watts: f64| {
        let timestamp = Some((NOW.millis() + 1000 * seq as i64) as u64);
        Payload { timestamp, ..power(seq, "", watts) }
    };
    // Whether its node is known when it speaks or not: then its births are kept beside the data.
    for known in [true, false] {
        let mut city = City::new();
        if known {
            city.import(columns, &[node]);
        }
        let mut running = city.start().await;
        for (second, topic, payload) in [
            (0, data, told(9, 60.0)),
            (1, "spBv1.0/Odesa/NBIRTH/Cabinet", birth(0, 0)),
            (2, "spBv1.0/Odesa/DBIRTH/Cabinet/Meter", power(1, "power", 61.0)),
            (3, data, told(2, 62.0)),
            (4, data, told(3, 63.0)),
        ] {
            running.city.clock.set(NOW.plus_ms(1000 * second));
            running.arrive(topic, payload.encode_to_vec()).await;
        }
        running.city.import(columns, &[node, meter]);
        let replayer = running.ingest.replayer();
        let done = replayer.replay(Choice::default(), 100).await.expect("replays");
        assert_eq!(done.unusable.len(), 1, "that of before its birth: {done:?}");
        let city = running.stop().await;
        assert_eq!(city.values("meter-7", "power"), [61.0, 62.0, 63.0], "node known: {known}");
    }
}
