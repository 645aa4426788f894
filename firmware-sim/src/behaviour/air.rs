//! Air posts: two rush hours on working days, heating in cold evenings, ozone from the sun, and
//! the weather over all of it. Levels are those of measured kerbside and background stations.

use domain::Timestamp;

use super::weather::weather;
use super::{Reading, Value};
use crate::civil::{HOUR_MS, MINUTE_MS, at_hour, civil};
use crate::noise::Key;
use crate::plan::Site;

/// Traffic of a working day, share of the busiest hour.
const WORKING_DAY: [f64; 24] = [
    0.14, 0.09, 0.07, 0.06, 0.08, 0.16, 0.38, 0.74, 1.0, 0.86, 0.72, 0.70, 0.72, 0.72, 0.74, 0.80,
    0.92, 1.0, 0.96, 0.74, 0.54, 0.42, 0.32, 0.22,
];
/// Traffic of a weekend.
const WEEKEND: [f64; 24] = [
    0.22, 0.16, 0.12, 0.09, 0.07, 0.09, 0.15, 0.24, 0.36, 0.48, 0.58, 0.62, 0.62, 0.60, 0.58, 0.58,
    0.60, 0.62, 0.58, 0.50, 0.42, 0.36, 0.32, 0.27,
];
/// Stoves and boilers over the day.
const HEATING: [f64; 24] = [
    0.7, 0.6, 0.5, 0.5, 0.5, 0.6, 0.8, 0.8, 0.7, 0.5, 0.4, 0.4, 0.4, 0.4, 0.4, 0.5, 0.7, 0.9, 1.0,
    1.0, 1.0, 1.0, 0.9, 0.8,
];

/// How much of each source reaches a post.
struct Exposure {
    traffic: f64,
    heating: f64,
    industry: f64,
}

fn exposure(site: Site) -> Exposure {
    let (traffic, heating, industry) = match site {
        Site::Traffic => (1.0, 0.6, 0.1),
        Site::Urban => (0.5, 0.9, 0.15),
        Site::Background => (0.2, 0.4, 0.05),
        Site::Industrial => (0.6, 0.6, 1.0),
    };
    Exposure { traffic, heating, industry }
}

/// What a post at a site measures.
pub(super) fn reading(seed: u64, post: Key, site: Site, at: Timestamp) -> Reading {
    let w = weather(seed, at);
    let now = civil(at);
    let day = if now.weekend { &WEEKEND } else { &WORKING_DAY };
    let near = exposure(site);
    let wobble = |what: &str, share: f64| {
        let slow = post.part(what).smooth(at, 2 * HOUR_MS);
        let fast = post.part(what).part("fast").smooth(at, 3 * MINUTE_MS);
        1.0 + share * (0.7 * slow + 0.3 * fast)
    };
    let traffic = near.traffic * at_hour(day, now.hour) * wobble("traffic", 0.3);
    let cold = ((16.0 - w.temperature) / 16.0).clamp(0.0, 1.5);
    let heating = near.heating * cold * at_hour(&HEATING, now.hour) * wobble("heating", 0.3);
    let plume = near.industry * post.part("plume").smooth(at, 5 * HOUR_MS).max(0.0);
    let sun = ((now.hour - 13.5) / 24.0 * std::f64::consts::TAU).cos().max(0.0)
        * ((w.temperature + 5.0) / 30.0).clamp(0.1, 1.2);
    let still = w.stagnation;
    let no2 = (6.0 + 46.0 * traffic * still + 7.0 * heating * still) * wobble("no2", 0.08);
    let no = 2.0 + 38.0 * traffic * traffic * still;
    let pm25 =
        (5.0 + 7.0 * traffic * still + 17.0 * heating * still + 12.0 * plume) * wobble("pm25", 0.1);
    // Coarse dust is raised by traffic and by strong wind.
    let coarse = 6.0 + 12.0 * traffic + 1.5 * (w.wind_speed - 5.0).max(0.0) + 10.0 * plume;
    let o3 = (28.0 + 75.0 * sun - 0.45 * no2 - 0.2 * no).max(2.0) * wobble("o3", 0.05);
    let mut values = vec![
        ("pm1", Value::number(pm25 * 0.62, 1)),
        ("pm25", Value::number(pm25, 1)),
        ("pm10", Value::number(pm25 + coarse * wobble("coarse", 0.2), 1)),
        ("no2", Value::number(no2, 1)),
        ("o3", Value::number(o3, 1)),
        ("co", Value::number(230.0 + 520.0 * traffic * still + 160.0 * heating * still, 0)),
        ("temperature", Value::number(w.temperature + post.between(1, -0.6, 0.6), 1)),
        ("humidity", Value::number((w.humidity + post.between(2, -3.0, 3.0)).min(100.0), 0)),
        ("pressure", Value::number(w.pressure, 1)),
        ("wind_speed", Value::number(w.wind_speed * post.between(3, 0.6, 1.1), 1)),
        ("wind_direction", Value::number(w.wind_direction, 0)),
    ];
    if matches!(site, Site::Traffic) {
        values.push(("no", Value::number(no, 1)));
    }
    if matches!(site, Site::Industrial) {
        values.push(("so2", Value::number(4.0 + 60.0 * plume + 5.0 * heating, 1)));
        values.push(("h2s", Value::number(1.0 + 6.0 * plume, 1)));
    }
    Reading { at, values }
}
