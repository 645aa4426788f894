//! Vehicles: as many on each route as its timetable needs.

use std::sync::Arc;

use domain::profile::Kind;
use domain::registry::Access;

use super::map::CityMap;
use super::timetable::{Mode, Route};
use super::{Device, Role, Tracker, own_id};
use crate::noise::Key;

/// Of how many vehicles of a route one runs at night; small routes keep one.
const NIGHT_DUTY_ONE_OF: u32 = 8;

/// First fleet number, word of the id, word of the name.
fn series(mode: Mode) -> (u32, &'static str, &'static str) {
    match mode {
        Mode::Tram => (4001, "tram", "Трамвай"),
        Mode::Trolleybus => (2001, "trolleybus", "Тролейбус"),
        Mode::Bus => (1001, "bus", "Автобус"),
    }
}

/// Carrier and depot. Carriers are nobody real.
fn keeper(mode: Mode, route: &str) -> (&'static str, &'static str) {
    match (mode, route) {
        (Mode::Tram, "7" | "10") => ("Перевізник А", "tram-depot-2"),
        (Mode::Tram, _) => ("Перевізник А", "tram-depot-1"),
        (Mode::Trolleybus, _) => ("Перевізник А", "trolleybus-depot-1"),
        (Mode::Bus, "Д1" | "Д4") => ("Перевізник Б", "bus-depot-1"),
        (Mode::Bus, _) => ("Перевізник В", "bus-depot-2"),
    }
}

/// All trackers.
pub(super) fn trackers(seed: u64, map: &CityMap) -> Vec<Device> {
    let mut devices = Vec::new();
    let mut taken = [0_u32; 3];
    for on_map in &map.routes {
        let Some(mode) = Mode::parse(&on_map.mode) else { continue };
        let key = Key::new(seed, &format!("{} {}", on_map.mode, on_map.number), "route");
        let route = Arc::new(Route::new(on_map, mode, key));
        let (first, word, word_uk) = series(mode);
        let (carrier, depot) = keeper(mode, &route.number);
        let zone: Arc<str> = Arc::from(depot);
        for rank in 0..route.vehicles {
            let number = first + taken[mode as usize];
            taken[mode as usize] += 1;
            devices.push(Device {
                id: own_id(&format!("{word}-{number}")),
                community: own_id("odesa"),
                kind: Kind::Vehicle,
                profile: "gps-tracker",
                name: format!("{word_uk} борт {number}"),
                place: None,
                address: None,
                funding: "odesa-city-2024/4.2.1",
                owner: carrier,
                zone: Arc::clone(&zone),
                supply_queue: None,
                access: Access::Public,
                commissioned_on: "2025-03-01",
                gateway: None,
                role: Role::Tracker(Tracker {
                    route: Arc::clone(&route),
                    rank,
                    night_duty: rank % NIGHT_DUTY_ONE_OF == 0,
                }),
            });
        }
    }
    devices
}
