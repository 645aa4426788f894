//! Street lighting: a luminaire each 48 m of street, on the feeder in whose area it stands, and a
//! cabinet for each feeder, which is the gateway of its luminaires.

use std::sync::Arc;

use domain::DeviceId;
use domain::place::Place;
use domain::profile::Kind;
use domain::registry::Access;

use super::map::CityMap;
use super::{Cabinet, Device, Lamp, Luminaire, Role, own_id};
use crate::noise::Key;

/// Distance between luminaires along a street, metres.
const SPACING_M: f64 = 48.0;
/// Poles stand this far from the middle of the street, on both sides in turn, metres.
const POLE_OFFSET_M: f64 = 8.0;
/// Share of streets that still have sodium lamps.
const SODIUM_STREETS: f64 = 0.3;

const OWNER: &str = "КП «Одесміськсвітло»";
const FUNDING: &str = "own:КП «Одесміськсвітло»";

struct Pole {
    place: Place,
    feeder: usize,
    street: Arc<str>,
    lamp: Lamp,
}

/// The feeder whose area holds the place, otherwise the one with the nearest cabinet.
fn feeder(map: &CityMap, place: Place) -> usize {
    map.feeders.iter().position(|f| f.contains(place)).unwrap_or_else(|| {
        let to_cabinet = |n: &usize| map.cabinets[*n].place.distance_m(place);
        let nearest =
            (0..map.cabinets.len()).min_by(|a, b| to_cabinet(a).total_cmp(&to_cabinet(b)));
        nearest.unwrap_or(0)
    })
}

fn poles(seed: u64, map: &CityMap) -> Vec<Pole> {
    let mut poles = Vec::new();
    for street in &map.streets {
        let name: Arc<str> = Arc::from(street.name_uk.as_str());
        let sodium = Key::new(seed, &name, "lamps").unit(0) < SODIUM_STREETS;
        let lamp = if sodium { Lamp::Sodium } else { Lamp::Led };
        let count = (street.line.length_m() / SPACING_M) as u32;
        for n in 0..count {
            let side = if n % 2 == 0 { POLE_OFFSET_M } else { -POLE_OFFSET_M };
            let (place, _) = street.line.at((f64::from(n) + 0.5) * SPACING_M, side);
            let feeder = feeder(map, place);
            poles.push(Pole { place, feeder, street: Arc::clone(&name), lamp });
        }
    }
    poles
}

fn cabinet(map: &CityMap, n: usize, role: Cabinet) -> Device {
    let spot = &map.cabinets[n];
    let (_, title) = spot.name_uk.split_once("ШК").unwrap_or(("", &spot.name_uk));
    Device {
        id: own_id(&format!("cab-{:02}", n + 1)),
        community: own_id("odesa"),
        kind: Kind::Light,
        profile: "lighting-cabinet",
        name: format!("Шафа керування ШК{title}"),
        place: Some(spot.place),
        address: None,
        funding: FUNDING,
        owner: OWNER,
        zone: Arc::from(spot.of.to_lowercase()),
        supply_queue: map.feeders.get(n).map(|f| Arc::from(f.outage_queue.as_str())),
        access: Access::Restricted,
        commissioned_on: "2025-09-01",
        gateway: None,
        role: Role::Cabinet(role),
    }
}

fn luminaire(cabinet: &Device, pole: &Pole, n: usize, gateway: &DeviceId) -> Device {
    let feeder = pole.feeder + 1;
    Device {
        id: own_id(&format!("lum-{feeder:02}-{n:03}")),
        profile: "luminaire",
        name: format!("Світильник ЛО-{feeder:02}/{n:03}"),
        place: Some(pole.place),
        address: Some(Arc::clone(&pole.street)),
        gateway: Some(gateway.clone()),
        role: Role::Luminaire(Luminaire {
            feeder: pole.feeder as u16,
            phase: (n % 3) as u8,
            lamp: pole.lamp,
        }),
        ..cabinet.clone()
    }
}

/// Each cabinet, followed by its luminaires.
pub(super) fn cabinets_and_luminaires(seed: u64, map: &CityMap) -> Vec<Device> {
    let mut behind: Vec<Vec<Pole>> = map.cabinets.iter().map(|_| Vec::new()).collect();
    for pole in poles(seed, map) {
        behind[pole.feeder].push(pole);
    }
    let mut devices = Vec::new();
    for (feeder, poles) in behind.iter().enumerate() {
        let mut role = Cabinet { feeder: feeder as u16, led: [0; 3], sodium: [0; 3] };
        for (n, pole) in (1..).zip(poles) {
            let lamps = match pole.lamp {
                Lamp::Led => &mut role.led,
                Lamp::Sodium => &mut role.sodium,
            };
            lamps[n % 3] += 1;
        }
        let cabinet = cabinet(map, feeder, role);
        let gateway = cabinet.id.clone();
        let luminaires: Vec<Device> =
            (1..).zip(poles).map(|(n, pole)| luminaire(&cabinet, pole, n, &gateway)).collect();
        devices.push(cabinet);
        devices.extend(luminaires);
    }
    devices
}
