use std::collections::{HashMap, HashSet};

use super::*;

fn count(plan: &Plan, profile: &str) -> usize {
    plan.devices.iter().filter(|d| d.profile == profile).count()
}

#[test]
fn the_city_has_the_devices_it_promises() {
    let plan = Plan::new(1);
    assert!(count(&plan, "air-post") >= 24);
    assert!(count(&plan, "gps-tracker") >= 120);
    assert!(count(&plan, "luminaire") >= 2_000, "{}", count(&plan, "luminaire"));
    assert!(count(&plan, "lighting-cabinet") >= 25);
    let water = ["leak-sensor", "flow-meter", "pressure-meter"].map(|p| count(&plan, p));
    assert!(water.iter().sum::<usize>() >= 60 && count(&plan, "flow-meter") >= 6);
    let routes: HashSet<(u8, &str)> = plan
        .devices
        .iter()
        .filter_map(|d| match &d.role {
            Role::Tracker(t) => Some((t.route.mode as u8, t.route.number.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(routes.len(), 14);
    let ids: HashSet<&str> = plan.devices.iter().map(|d| d.id.as_str()).collect();
    assert_eq!(ids.len(), plan.devices.len());
}

#[test]
fn every_feeder_lights_some_street_and_every_luminaire_speaks_through_its_cabinet() {
    let plan = Plan::new(1);
    let mut lamps: HashMap<&str, usize> = HashMap::new();
    for device in plan.devices.iter().filter(|d| d.profile == "luminaire") {
        let gateway = device.gateway.as_ref().expect("a luminaire has a gateway");
        let cabinet = plan.device(gateway.as_str()).expect("its cabinet is planned");
        assert_eq!((cabinet.profile, &cabinet.zone), ("lighting-cabinet", &device.zone));
        *lamps.entry(gateway.as_str()).or_default() += 1;
    }
    assert_eq!(lamps.len(), plan.feeders());
    for device in &plan.devices {
        if let Role::Cabinet(cabinet) = &device.role {
            let planned: u16 = cabinet.led.iter().chain(&cabinet.sodium).sum();
            assert_eq!(usize::from(planned), lamps[device.id.as_str()]);
        }
    }
}

#[test]
fn each_device_leads_to_the_money_that_fits_it() {
    let plan = Plan::new(1);
    for device in &plan.devices {
        device.funding.parse::<domain::funding::Funding>().expect("a funding");
        let expected = match (device.profile, device.community.as_str()) {
            ("air-post", "odesa") => "odesa-city-2024/14.2",
            ("air-post", "chornomorsk") => "grant:EGAP",
            ("air-post", "rozdilna") => "rozdilna-2026/3.5",
            ("gps-tracker", _) => "odesa-city-2024/4.2.1",
            ("luminaire" | "lighting-cabinet", _) => "own:КП «Одесміськсвітло»",
            (_, "rozdilna") => "rozdilna-2026/3.4",
            _ => "odesa-city-2024/23.2",
        };
        assert_eq!(device.funding, expected, "{}", device.id);
    }
}

#[test]
fn the_device_file_reads_back_and_leaves_vehicles_without_a_place() {
    let plan = Plan::new(1);
    let text = device_csv(&plan);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<HashMap<String, String>> =
        reader.deserialize().collect::<Result<_, _>>().expect("well-formed CSV");
    assert_eq!(rows.len(), plan.devices.len());
    for (row, device) in rows.iter().zip(&plan.devices) {
        assert_eq!(row["id"], device.id.as_str());
        assert_eq!(row["simulated"], "true");
        assert_eq!(row["lat"].is_empty(), device.kind == Kind::Vehicle, "{}", device.id);
        assert!(row["zone"].parse::<domain::ZoneId>().is_ok(), "{}", row["zone"]);
        assert_ne!(row["zone_name"], row["zone"], "a zone has a name for people");
        assert!(!row["name"].is_empty() && !row["owner"].is_empty());
    }
}

#[test]
fn one_seed_is_one_city() {
    let city = |seed| device_csv(&Plan::new(seed));
    assert_eq!(city(5), city(5));
    assert_ne!(city(5), city(6));
}
