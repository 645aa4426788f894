//! Water: demand with a morning and an evening peak and a night minimum of 55–80 % of the mean,
//! pressure that falls when more flows, and leaks that add to the flow until they are repaired.

use domain::Timestamp;

use super::events::Leaked;
use super::{Reading, Value};
use crate::civil::{DAY_MS, HOUR_MS, MINUTE_MS, at_hour, civil};
use crate::noise::Key;
use crate::plan::WaterPoint;

/// Demand of consumers over the day; its mean is 1.
const DEMAND: [f64; 24] = [
    0.55, 0.36, 0.28, 0.26, 0.32, 0.58, 1.05, 1.48, 1.52, 1.30, 1.14, 1.06, 1.05, 1.02, 0.98, 0.98,
    1.05, 1.22, 1.42, 1.55, 1.50, 1.36, 1.10, 0.87,
];
/// Share of the mean flow that runs day and night: big users and what the pipes lose.
const STEADY: f64 = 0.42;
/// A leak of the demo, l/s.
const LEAK_L_S: f64 = 5.5;
/// Bar that such a leak takes from the pressure around it.
const LEAK_BAR: f64 = 0.35;
/// 2026-01-01, the day on which volumes were read last.
const VOLUME_DAY: i64 = 20_454;

/// Flow without a leak over the mean, at a moment.
fn demand(hour: f64) -> f64 {
    STEADY + (1.0 - STEADY) * at_hour(&DEMAND, hour)
}

/// Flow meter: momentary flow and counted volume.
pub(super) fn flow(point: &WaterPoint, dma: Key, leaked: Leaked, at: Timestamp) -> Reading {
    let now = civil(at);
    let weekend = if now.weekend { 1.06 } else { 1.0 };
    let uneven = 1.0
        + 0.05 * dma.part("uneven").smooth(at, 40 * MINUTE_MS)
        + 0.02 * dma.part("flicker").smooth(at, MINUTE_MS);
    let leak = if leaked.now { LEAK_L_S } else { 0.0 };
    let flow = point.mean_l_s * demand(now.hour) * weekend * uneven + leak;
    // The counter is the demand without its unevenness, summed exactly: it never runs backwards.
    let days = (at.millis() - VOLUME_DAY * DAY_MS).div_euclid(DAY_MS);
    let today_ms = (at.millis() - VOLUME_DAY * DAY_MS).rem_euclid(DAY_MS);
    let seconds = days as f64 * 86_400.0 * mean_demand() + demand_seconds(today_ms);
    let litres = point.mean_l_s * seconds + LEAK_L_S * leaked.ms as f64 / 1000.0;
    let volume = dma.between(10, 100_000.0, 900_000.0) + litres / 1000.0;
    let mut values = battery(dma, at);
    values.insert(0, ("flow", Value::number(flow, 2)));
    values.insert(1, ("volume", Value::number(volume, 2)));
    values.insert(2, ("reverse", Value::Flag(false)));
    Reading { at, values }
}

fn mean_demand() -> f64 {
    STEADY + (1.0 - STEADY) * DEMAND.iter().sum::<f64>() / 24.0
}

/// Integral of the demand over the first `ms` of a day of UTC+2, seconds of mean flow.
fn demand_seconds(ms: i64) -> f64 {
    let local = |n: i64| (n + 2) as f64;
    let whole = ms / HOUR_MS;
    let hour = |n: i64| demand(local(n)).midpoint(demand(local(n + 1))) * 3600.0;
    let part_s = (ms % HOUR_MS) as f64 / 1000.0;
    let end = demand(local(whole) + part_s / 3600.0);
    (0..whole).map(hour).sum::<f64>() + demand(local(whole)).midpoint(end) * part_s
}

/// Pressure meter.
pub(super) fn pressure(point: &WaterPoint, meter: Key, leaks: bool, at: Timestamp) -> Reading {
    let load = demand(civil(at).hour);
    // Friction grows with the square of the flow.
    let friction = 0.25 * (load * load - 1.0);
    let uneven = 0.06 * meter.part("uneven").smooth(at, 20 * MINUTE_MS);
    let lost = if leaks { LEAK_BAR } else { 0.0 };
    let bar = (point.pressure_bar - friction - lost + uneven).max(0.0);
    let mut values = battery(meter, at);
    values.insert(0, ("pressure_water", Value::number(bar, 3)));
    Reading { at, values }
}

/// Acoustic leak sensor: a leak is a high level with a narrow spread.
pub(super) fn leak(sensor: Key, leaks: bool, at: Timestamp) -> Reading {
    let street = at_hour(&DEMAND, civil(at).hour);
    let rustle = sensor.part("rustle").smooth(at, 3 * HOUR_MS);
    let (level, spread) = if leaks {
        (52.0 + 3.0 * rustle, 3.5 + rustle)
    } else {
        (18.0 + 9.0 * street + 3.0 * rustle, 12.0 + 3.0 * rustle)
    };
    let mut values = battery(sensor, at);
    values.insert(0, ("noise_level", Value::number(level, 0)));
    values.insert(1, ("noise_spread", Value::number(spread, 0)));
    values.insert(2, ("leak", Value::Flag(leaks)));
    Reading { at, values }
}

/// Lithium cell that sinks a little each month, and the radio.
fn battery(device: Key, at: Timestamp) -> Vec<(&'static str, Value)> {
    let months = (at.millis() - VOLUME_DAY * DAY_MS) as f64 / DAY_MS as f64 / 30.0;
    let volts = (device.between(11, 3.55, 3.65) - 0.003 * months).clamp(3.0, 3.7);
    let rssi = device.between(12, -108.0, -82.0) + 4.0 * device.part("rssi").smooth(at, HOUR_MS);
    vec![("battery", Value::number(volts, 2)), ("rssi", Value::number(rssi, 0))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_follows_the_demand_over_midnight() {
        assert!((mean_demand() - 1.0).abs() < 0.01, "{}", mean_demand());
        let day = demand_seconds(DAY_MS);
        assert!((day - 86_400.0 * mean_demand()).abs() < 1e-6, "{day}");
        for ms in (0..DAY_MS).step_by(7 * MINUTE_MS as usize) {
            assert!(demand_seconds(ms + 60_000) > demand_seconds(ms));
        }
    }

    #[test]
    fn the_night_minimum_is_that_of_measured_areas() {
        let night = (0..24).map(|h| demand(f64::from(h))).fold(f64::MAX, f64::min);
        assert!((0.5..0.8).contains(&night), "{night}");
    }
}
