use std::collections::HashMap;

use domain::place::Place;
use domain::profile::Kind;

use super::*;
use crate::civil::HOUR_MS;
use crate::plan::Site;

fn plan() -> Plan {
    Plan::new(1)
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn number(reading: &Reading, field: &str) -> f64 {
    match reading.values.iter().find(|(name, _)| *name == field) {
        Some((_, Value::Number(number))) => *number,
        other => panic!("{field}: {other:?}"),
    }
}

fn flag(reading: &Reading, field: &str) -> bool {
    match reading.values.iter().find(|(name, _)| *name == field) {
        Some((_, Value::Flag(flag))) => *flag,
        other => panic!("{field}: {other:?}"),
    }
}

fn place(reading: &Reading) -> Place {
    Place { lat: number(reading, "lat"), lon: number(reading, "lon") }
}

/// Monday, quiet city.
fn calm(plan: &Plan) -> Scene {
    Scene::new(plan, at("2026-11-23T00:00:00Z"), false)
}

#[test]
fn rush_hours_are_dirtier_than_nights_at_the_kerb() {
    let plan = plan();
    let scene = calm(&plan);
    let mean_no2 = |hours: [i64; 2]| {
        let posts = plan.devices.iter().filter(|d| matches!(d.role, Role::AirPost(Site::Traffic)));
        let moments = (0..20).flat_map(|day| hours.map(|h| day * 24 + h));
        let moments: Vec<Timestamp> = moments.map(|h| scene.start().plus_ms(h * HOUR_MS)).collect();
        let values: Vec<f64> = posts
            .flat_map(|post| moments.iter().filter_map(|m| scene.reading(post, *m)))
            .map(|r| number(&r, "no2"))
            .collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    // 08:00 and 17:00 against 02:00 and 03:00 in Kyiv.
    let (rush, night) = (mean_no2([6, 15]), mean_no2([0, 1]));
    assert!(rush > 1.8 * night && rush < 150.0, "{rush} {night}");
}

#[test]
fn every_value_is_a_field_of_the_native_format_and_finite() {
    let plan = plan();
    let scene = Scene::new(&plan, at("2026-11-23T00:00:00Z"), true);
    for device in &plan.devices {
        for hour in [0, 7, 13] {
            let Some(reading) = scene.reading(device, scene.start().plus_ms(hour * HOUR_MS)) else {
                continue;
            };
            for (name, value) in &reading.values {
                assert!(domain::property::property(name).is_some(), "{name} of {}", device.id);
                if let Value::Number(number) = value {
                    assert!(number.is_finite(), "{name} of {}", device.id);
                }
            }
        }
    }
}

#[test]
fn most_vehicles_are_on_the_line_by_day_and_few_at_night() {
    let plan = plan();
    let scene = calm(&plan);
    let vehicles: Vec<&Device> = plan.devices.iter().filter(|d| d.kind == Kind::Vehicle).collect();
    let on_line = |m: &str| {
        let seen = vehicles.iter().filter_map(|d| scene.reading(d, at(m)));
        seen.filter(|r| flag(r, "ignition")).count()
    };
    let by_day = on_line("2026-11-23T10:00:00Z");
    assert!(by_day > vehicles.len() * 9 / 10, "{by_day} of {}", vehicles.len());
    let by_night = on_line("2026-11-24T01:00:00Z");
    assert!((10..vehicles.len() / 3).contains(&by_night), "{by_night} of {}", vehicles.len());
}

#[test]
fn vehicles_never_jump_and_their_odometers_count_the_way() {
    let plan = plan();
    let scene = calm(&plan);
    for device in plan.devices.iter().filter(|d| d.kind == Kind::Vehicle).step_by(13) {
        let seen = |m: Timestamp| scene.reading(device, m).expect("trackers always answer");
        let mut before = seen(scene.start());
        for step in 1..24 * 60 * 6 {
            let now = seen(scene.start().plus_ms(step * 10_000));
            let metres = place(&before).distance_m(place(&now));
            assert!(metres < 250.0, "{} jumps {metres} m at {}", device.id, now.at);
            let driven = number(&now, "odometer") - number(&before, "odometer");
            assert!((0.0..0.25).contains(&driven), "{} drives {driven} at {}", device.id, now.at);
            before = now;
        }
    }
}

#[test]
fn odometers_go_on_over_weekends() {
    let plan = plan();
    let scene = calm(&plan);
    for device in plan.devices.iter().filter(|d| d.kind == Kind::Vehicle) {
        let seen = |hour: i64| {
            let moment = scene.start().plus_ms(hour * HOUR_MS);
            number(&scene.reading(device, moment).expect("trackers always answer"), "odometer")
        };
        for hour in 0..10 * 24 {
            let driven = seen(hour + 1) - seen(hour);
            assert!((0.0..30.0).contains(&driven), "{} drives {driven} km", device.id);
        }
    }
}

#[test]
fn lamps_are_lit_by_night_only_and_draw_what_they_give() {
    let plan = plan();
    let scene = calm(&plan);
    let lit = |m: &str| {
        let lamps = plan.devices.iter().filter(|d| d.profile == "luminaire");
        let readings: Vec<Reading> = lamps.filter_map(|d| scene.reading(d, at(m))).collect();
        let lit = readings.iter().filter(|r| number(r, "power") > 5.0).count();
        lit as f64 / readings.len() as f64
    };
    assert!(lit("2026-11-23T20:00:00Z") > 0.98);
    assert!(lit("2026-11-23T12:00:00Z") < 0.02);
}

#[test]
fn a_troubled_city_has_a_dark_feeder_a_leak_and_a_spell_of_spoofing() {
    let plan = plan();
    let scene = Scene::new(&plan, at("2026-11-23T16:00:00Z"), true);
    let after = |minutes: i64| scene.start().plus_ms(minutes * MINUTE_MS);
    let dark: Vec<&Device> = plan
        .devices
        .iter()
        .filter(|d| matches!(d.role, Role::Cabinet(_)))
        .filter(|d| flag(&scene.reading(d, after(10)).expect("has a battery"), "supply_loss"))
        .collect();
    assert_eq!(dark.len(), 1);
    for device in plan.devices.iter().filter(|d| d.profile == "luminaire") {
        let silent = scene.reading(device, after(10)).is_none();
        assert_eq!(silent, device.gateway.as_ref() == Some(&dark[0].id), "{}", device.id);
    }
    let leaking: Vec<&Device> = plan
        .devices
        .iter()
        .filter(|d| matches!(d.role, Role::LeakSensor(_)))
        .filter(|d| flag(&scene.reading(d, after(30)).expect("has a battery"), "leak"))
        .collect();
    assert_eq!(leaking.len(), 1);
    let soon = scene.next_at(leaking[0], after(1));
    assert!(soon.since_ms(after(6)) < 30_000, "the leak is told at once, not at {soon}");
    let mut points: HashMap<String, usize> = HashMap::new();
    for device in plan.devices.iter().filter(|d| d.kind == Kind::Vehicle) {
        let reading = scene.reading(device, after(5)).expect("trackers always answer");
        *points.entry(format!("{:?}", place(&reading))).or_default() += 1;
    }
    let pile = points.values().max().copied().unwrap_or(0);
    assert!((8..40).contains(&pile), "{pile} vehicles in one point");
}

#[test]
fn counters_of_a_day_grow_and_carry_over_a_restart() {
    let plan = plan();
    let first = Scene::new(&plan, at("2026-11-23T00:00:00Z"), false);
    let second = Scene::new(&plan, at("2026-11-23T12:00:00Z"), false);
    for (profile, field) in [("flow-meter", "volume"), ("luminaire", "energy")] {
        for device in plan.devices.iter().filter(|d| d.profile == profile).take(40) {
            let mut before = 0.0;
            for hour in 0..36 {
                let scene = if hour < 12 { &first } else { &second };
                let moment = first.start().plus_ms(hour * HOUR_MS);
                let now = number(&scene.reading(device, moment).expect("energised"), field);
                assert!(now >= before, "{} {field} at hour {hour}", device.id);
                before = now;
            }
        }
    }
}

#[test]
fn a_luminaire_that_was_without_supply_counted_no_energy_meanwhile() {
    let plan = plan();
    let scene = Scene::new(&plan, at("2026-11-23T16:00:00Z"), true);
    let after = |minutes: i64| scene.start().plus_ms(minutes * MINUTE_MS);
    let dark = |d: &&Device| scene.reading(d, after(10)).is_none();
    let was_dark: Vec<&Device> = plan.devices.iter().filter(dark).collect();
    assert!(!was_dark.is_empty());
    let energy =
        |d: &Device, minutes| scene.reading(d, after(minutes)).map(|r| number(&r, "energy"));
    for device in was_dark {
        let before = energy(device, 3).expect("not dark yet");
        let back = (5..60).find_map(|m| energy(device, m)).expect("the supply returns");
        // At most the two minutes at its ends, of a lamp of 150 W.
        assert!((0.0..8.0).contains(&(back - before)), "{} Wh", back - before);
    }
}
