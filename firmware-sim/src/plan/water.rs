//! The water network: for each DMA a flow meter and a pressure meter at the inlet, a pressure
//! meter at its far end, and leak sensors on its valves. Ten DMAs of Odesa are on the map, two of
//! Rozdilna are laid around the town's centre.

use std::sync::Arc;

use domain::place::Place;
use domain::profile::Kind;
use domain::registry::Access;
use geo::{BoundingRect, Centroid};

use super::map::{Area, CityMap};
use super::{Device, Role, WaterPoint, moved, own_id};
use crate::noise::Key;

const ODESA_OWNER: &str = "КП «Одеські інженерні мережі»";
const ROZDILNA_OWNER: &str = "Управління житлово-комунального господарства та інфраструктури \
                              Роздільнянської міської ради";
/// Leak sensors of one DMA.
pub(crate) const LEAK_SENSORS: usize = 4;
/// Names of the two areas of Rozdilna, metres east and north of the centre.
const ROZDILNA: [(&str, f64, f64); 2] =
    [("Роздільна-Північ", -250.0, 600.0), ("Роздільна-Південь", 300.0, -700.0)];

/// A DMA before its devices are made.
struct Dma {
    number: usize,
    title: String,
    rozdilna: bool,
    inlet: Place,
    far_end: Place,
    valves: Vec<Place>,
}

/// `Зона обліку ЗО-01 «Центр»` → `Центр`.
fn title(name: &str) -> &str {
    name.split(['«', '»']).nth(1).unwrap_or(name)
}

/// Places inside an area, by drawing from the box around it; its centre when none fits.
fn inside(area: &Area, key: Key, count: usize) -> Vec<Place> {
    let (Some(frame), Some(centre)) = (area.polygon.bounding_rect(), area.polygon.centroid())
    else {
        return Vec::new();
    };
    let draw = |n: i64| Place {
        lat: key.part("lat").between(n, frame.min().y, frame.max().y),
        lon: key.part("lon").between(n, frame.min().x, frame.max().x),
    };
    let mut places: Vec<Place> =
        (0..1_000).map(draw).filter(|p| area.contains(*p)).take(count).collect();
    places.resize(count, Place { lat: centre.y(), lon: centre.x() });
    places
}

fn dmas(seed: u64, map: &CityMap) -> Vec<Dma> {
    let mut dmas = Vec::new();
    for (number, (area, inlet)) in (1..).zip(map.dmas.iter().zip(&map.inlets)) {
        let mut places = inside(area, Key::new(seed, &area.reference, "valves"), LEAK_SENSORS + 1);
        let to_inlet = |p: &Place| p.distance_m(inlet.place);
        places.sort_by(|a, b| to_inlet(a).total_cmp(&to_inlet(b)));
        let far_end = places.pop().unwrap_or(inlet.place);
        let title = title(&area.name_uk).to_owned();
        dmas.push(Dma {
            number,
            title,
            rozdilna: false,
            inlet: inlet.place,
            far_end,
            valves: places,
        });
    }
    let centre = map.centres.iter().find(|c| c.of == "rozdilna");
    for (number, (title, east_m, north_m)) in (1..).zip(ROZDILNA) {
        let Some(centre) = centre else { continue };
        let inlet = moved(centre.place, east_m, north_m);
        let key = Key::new(seed, title, "valves");
        let around = |n: i64| {
            moved(inlet, key.between(2 * n, -450.0, 450.0), key.between(2 * n + 1, -450.0, 450.0))
        };
        let valves = (0..LEAK_SENSORS as i64).map(around).collect();
        let far_end = moved(inlet, 420.0, 380.0);
        dmas.push(Dma { number, title: title.to_owned(), rozdilna: true, inlet, far_end, valves });
    }
    dmas
}

impl Dma {
    /// Ids and zones of Rozdilna begin with its name.
    fn prefix(&self) -> &'static str {
        if self.rozdilna { "rozdilna-" } else { "" }
    }

    fn zone(&self) -> String {
        format!("{}dma-{:02}", self.prefix(), self.number)
    }

    /// A device `word` (with its number, when there are several) of this DMA.
    fn device(&self, word: &str, title: &str, place: Place, role: Role) -> Device {
        let (word, suffix) = word.split_once('-').unwrap_or((word, ""));
        let dash = if suffix.is_empty() { "" } else { "-" };
        let (community, funding, owner, commissioned_on) = if self.rozdilna {
            ("rozdilna", "rozdilna-2026/3.4", ROZDILNA_OWNER, "2026-07-01")
        } else {
            ("odesa", "odesa-city-2024/23.2", ODESA_OWNER, "2025-11-01")
        };
        let (profile, access) = match role {
            Role::FlowMeter(_) => ("flow-meter", Access::Restricted),
            Role::PressureMeter(_) => ("pressure-meter", Access::Restricted),
            _ => ("leak-sensor", Access::Internal),
        };
        Device {
            id: own_id(&format!("{}{word}-{:02}{dash}{suffix}", self.prefix(), self.number)),
            community: own_id(community),
            kind: Kind::Water,
            profile,
            name: format!("{title} «{}»", self.title),
            place: Some(place),
            address: None,
            funding,
            owner,
            zone: Arc::from(self.zone()),
            supply_queue: None,
            access,
            commissioned_on,
            gateway: None,
            role,
        }
    }
}

fn points_of(seed: u64, n: usize, dma: &Dma) -> Vec<Device> {
    let key = Key::new(seed, &dma.zone(), "water");
    // Ten measured DMAs of a European city had means of 4–78 l/s; a small town has less.
    let mean_l_s = if dma.rozdilna { key.between(0, 4.0, 9.0) } else { key.between(0, 12.0, 60.0) };
    let inlet_bar = key.between(1, 3.8, 5.2);
    let point = |lower_bar: f64, valve: u8| WaterPoint {
        dma: n as u16,
        valve,
        mean_l_s,
        pressure_bar: inlet_bar - lower_bar,
    };
    let flow = Role::FlowMeter(point(0.0, 0));
    let (at_inlet, at_end) =
        (Role::PressureMeter(point(0.0, 0)), Role::PressureMeter(point(0.9, 0)));
    let mut devices = vec![
        dma.device("flow", "Витратомір, ввід зони", dma.inlet, flow),
        dma.device("pressure-1", "Датчик тиску, ввід зони", dma.inlet, at_inlet),
        dma.device("pressure-2", "Датчик тиску, край зони", dma.far_end, at_end),
    ];
    devices.extend((1_u8..).zip(&dma.valves).map(|(leak, place)| {
        let title = format!("Датчик витоку {leak}, зона");
        dma.device(&format!("leak-{leak}"), &title, *place, Role::LeakSensor(point(0.4, leak - 1)))
    }));
    devices
}

/// All points.
pub(super) fn points(seed: u64, map: &CityMap) -> Vec<Device> {
    dmas(seed, map).iter().enumerate().flat_map(|(n, dma)| points_of(seed, n, dma)).collect()
}
