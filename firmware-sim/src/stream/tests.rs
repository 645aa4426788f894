use std::collections::{BTreeMap, HashSet};

use domain::limits::PAYLOAD_BYTES_MAX;
use sha2::{Digest, Sha256};

use super::*;
use crate::civil::{HOUR_MS, MINUTE_MS};

fn start() -> Timestamp {
    "2026-11-23T05:00:00Z".parse().expect("a time")
}

/// A tenth of the city, all kinds of devices in it.
fn part(seed: u64) -> Plan {
    let whole = Plan::new(seed);
    let own = whole.devices.iter().filter(|d| d.gateway.is_none());
    let kept: HashSet<DeviceId> = own.step_by(10).map(|d| d.id.clone()).collect();
    whole.only(|d| kept.contains(d.gateway.as_ref().unwrap_or(&d.id)))
}

fn scene(plan: &Plan) -> Arc<Scene> {
    Arc::new(Scene::new(plan, start(), true))
}

fn until(stream: impl Iterator<Item = Publication>, minutes: i64) -> Vec<Publication> {
    let end = start().plus_ms(minutes * MINUTE_MS);
    stream.take_while(|p| p.at < end).collect()
}

fn digest(seed: u64) -> String {
    let plan = part(seed);
    let scene = scene(&plan);
    let mut hash = Sha256::new();
    for speaker in speakers(&plan, &scene, Misbehaviour::AsDrawn) {
        for publication in until(speaker, 30) {
            hash.update(publication.at.millis().to_be_bytes());
            hash.update(publication.topic.as_bytes());
            hash.update(&publication.payload);
        }
    }
    format!("{:x}", hash.finalize())
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_gives_others() {
    assert_eq!(digest(3), digest(3));
    assert_ne!(digest(3), digest(4));
}

#[test]
fn a_device_without_a_fault_sends_the_same_with_faults_on_and_off() {
    let plan = part(5);
    let scene = scene(&plan);
    let (mut same, mut other) = (0, 0);
    for device in &plan.devices {
        let sent = |misbehaviour| until(Stream::new(&scene, device, misbehaviour), 90);
        let (drawn, clean) = (sent(Misbehaviour::AsDrawn), sent(Misbehaviour::None));
        let faults = Stream::new(&scene, device, Misbehaviour::AsDrawn).faults.expect("drawn");
        let spared =
            clean.iter().all(|p| faults.episode(p.at).is_none() && faults.mishap(p.at).is_none());
        assert_eq!(drawn == clean, spared, "{}", device.id);
        if spared {
            same += 1;
        } else {
            other += 1;
        }
    }
    assert!(same > 100 && other > 20, "{same} spared, {other} hit");
}

#[test]
fn a_device_sends_the_same_whether_or_not_others_are_there() {
    let plan = Plan::new(6);
    let whole = scene(&plan);
    for name in ["air-01", "tram-4001"] {
        let device = plan.device(name).expect("planned");
        let alone = Plan { seed: plan.seed, devices: vec![device.clone()] };
        let alone = scene(&alone);
        let sent = |scene| until(Stream::new(scene, device, Misbehaviour::AsDrawn), 60);
        assert_eq!(sent(&whole), sent(&alone), "{name}");
    }
}

#[test]
fn every_device_speaks_within_ten_seconds_and_time_never_runs_backwards() {
    let plan = part(7);
    let scene = scene(&plan);
    let mut heard: HashSet<Arc<str>> = HashSet::new();
    for speaker in speakers(&plan, &scene, Misbehaviour::None) {
        let mut before = start();
        for publication in until(speaker, 20) {
            assert!(publication.at >= before);
            before = publication.at;
            if publication.at.since_ms(start()) <= 10_000 {
                heard.insert(publication.topic);
            }
        }
    }
    assert_eq!(heard.len(), plan.devices.len());
}

#[test]
fn faults_of_all_kinds_show_in_a_day_of_all_posts() {
    let plan = Plan::new(8).only(|d| d.profile == "air-post");
    let scene = scene(&plan);
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut count = |what, hit: bool| *seen.entry(what).or_default() += usize::from(hit);
    for device in &plan.devices {
        let (mut before, mut last_seq, mut last_values) = (None, 0, None);
        // The first message is what the post kept of the day before.
        for sent in until(Stream::new(&scene, device, Misbehaviour::AsDrawn), 24 * 60).drain(1..) {
            count("repeated", before.as_ref() == Some(&sent));
            count("garbled", std::str::from_utf8(&sent.payload).is_err());
            let json = serde_json::from_slice::<serde_json::Value>(&sent.payload);
            count("broken", json.is_err());
            if let Ok(serde_json::Value::Array(records)) = &json {
                assert!(records.len() > 1 && sent.payload.len() < 256 * 1024);
                count("backlog", true);
            } else if let Ok(record) = json {
                let seq = record["seq"].as_u64().expect("a number");
                count("reboot", seq + 10 < last_seq);
                count("overtaken", seq + 1 == last_seq);
                last_seq = seq;
                let stamp: Timestamp =
                    record["ts"].as_str().expect("text").parse().expect("a time");
                count("wrong clock", sent.at.since_ms(stamp).abs() > HOUR_MS / 4);
                let values = Some(record["values"].clone());
                count("stuck", values == last_values);
                last_values = values;
            }
            before = Some(sent);
        }
    }
    for (what, least) in [
        ("repeated", 100),
        ("garbled", 5),
        ("broken", 20),
        ("backlog", 2),
        ("reboot", 1),
        ("overtaken", 100),
        ("wrong clock", 30),
        ("stuck", 60),
    ] {
        assert!(seen[what] >= least, "{what}: {seen:?}");
    }
}

#[test]
fn what_was_kept_of_the_day_before_comes_first_and_is_small() {
    let plan = Plan::new(9);
    let scene = scene(&plan);
    let mut bytes = 0;
    for device in plan.devices.iter().filter(|d| d.gateway.is_none()) {
        let first = Stream::new(&scene, device, Misbehaviour::None).next().expect("endless");
        if first.payload.starts_with(b"[") {
            assert!(first.payload.len() <= PAYLOAD_BYTES_MAX, "{}", device.id);
            bytes += first.payload.len();
            let records: Vec<serde_json::Value> =
                serde_json::from_slice(&first.payload).expect("an array");
            let stamp = |n: usize| records[n]["ts"].as_str().expect("text").parse::<Timestamp>();
            let oldest = stamp(0).expect("a time");
            assert!(start().since_ms(oldest) <= 25 * HOUR_MS, "{}", device.id);
            assert!(stamp(records.len() - 1).expect("a time") < start());
        }
    }
    assert!((500_000..6_000_000).contains(&bytes), "{bytes} bytes");
}
