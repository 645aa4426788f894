//! Vehicles: the position is a function of the timetable and of a delay that comes and goes. A
//! vehicle without a cycle to run stands beside the first terminus with its ignition off.

use domain::Timestamp;

use super::{Reading, Value};
use crate::civil::{DAY_MS, HOUR_MS, MINUTE_MS, civil, weekday};
use crate::noise::Key;
use crate::plan::{Tracker, moved};

/// First departure of the first vehicle, after the begin of the civil day.
const FIRST_DEPARTURE_MS: i64 = 5 * HOUR_MS;
/// No cycle of an ordinary vehicle begins later than this after the first departure.
const SERVICE_MS: i64 = 18 * HOUR_MS;
/// A vehicle on night duty runs around the clock, also on the day of 23 hours.
const NIGHT_DUTY_MS: i64 = 23 * HOUR_MS;
/// Driving from the parking place to the terminus, and back.
const PULL_OUT_MS: i64 = 90_000;
/// Largest delay or advance against the timetable.
const DELAY_MS: f64 = 70_000.0;
/// One vehicle of so many stays in the depot on weekends.
const WEEKEND_REST_ONE_OF: u32 = 4;
/// 2026-01-01, the day on which odometers were read last.
const ODOMETER_DAY: i64 = 20_454;

/// Where a vehicle is in its working day.
enum Duty {
    /// On its `cycle` of the day, `phase_ms` into it.
    Running { cycle: i64, phase_ms: i64 },
    /// Driving between the parking place and the terminus: share of the way still away from it.
    Pulling { away: f64, cycles_done: i64 },
    /// Parked.
    Parked { cycles_done: i64 },
}

fn cycles_of_day(tracker: &Tracker) -> i64 {
    let service_ms = if tracker.night_duty { NIGHT_DUTY_MS } else { SERVICE_MS };
    let cycle_ms = tracker.route.cycle_ms();
    let own_ms = service_ms - i64::from(tracker.rank) * tracker.route.headway_ms;
    if tracker.night_duty { service_ms / cycle_ms } else { (own_ms / cycle_ms).max(1) }
}

fn rests_on_weekends(tracker: &Tracker) -> bool {
    !tracker.night_duty && tracker.rank % WEEKEND_REST_ONE_OF == WEEKEND_REST_ONE_OF - 1
}

/// Working days from the odometer's day up to `day`, exclusive.
fn days_worked(tracker: &Tracker, day: i64) -> i64 {
    if !rests_on_weekends(tracker) {
        return day - ODOMETER_DAY;
    }
    // Working days from a Monday far back up to a day, five of each week.
    let up_to = |day: i64| (day - weekday(day)) / 7 * 5 + weekday(day).min(5);
    up_to(day) - up_to(ODOMETER_DAY)
}

/// The vehicle's service day, which begins with its own first departure, and what it does.
fn duty(tracker: &Tracker, at: Timestamp) -> (i64, Duty) {
    let cycle_ms = tracker.route.cycle_ms();
    // Every second vehicle on night duty has its short rest in the afternoon, not before dawn.
    let shift_ms =
        if tracker.night_duty && tracker.rank > 0 { 9 * HOUR_MS / cycle_ms * cycle_ms } else { 0 };
    let first_ms =
        FIRST_DEPARTURE_MS + shift_ms + i64::from(tracker.rank) * tracker.route.headway_ms;
    let mut now = civil(at);
    let mut since_first = at.since_ms(now.begin) - first_ms;
    if since_first < -PULL_OUT_MS {
        now = civil(now.begin.plus_ms(-DAY_MS / 2));
        since_first = at.since_ms(now.begin) - first_ms;
    }
    let works = !(now.weekend && rests_on_weekends(tracker));
    let cycles = if works { cycles_of_day(tracker) } else { 0 };
    let end_ms = cycles * cycle_ms;
    let duty = if works && since_first < 0 {
        Duty::Pulling { away: -since_first as f64 / PULL_OUT_MS as f64, cycles_done: 0 }
    } else if since_first < end_ms {
        Duty::Running { cycle: since_first / cycle_ms, phase_ms: since_first % cycle_ms }
    } else if works && since_first < end_ms + PULL_OUT_MS {
        let away = (since_first - end_ms) as f64 / PULL_OUT_MS as f64;
        Duty::Pulling { away, cycles_done: cycles }
    } else {
        Duty::Parked { cycles_done: cycles }
    };
    (now.day, duty)
}

/// Is the vehicle on the line or on its way there?
pub(super) fn in_service(tracker: &Tracker, vehicle: Key, at: Timestamp) -> bool {
    !matches!(duty(tracker, delayed(vehicle, at)).1, Duty::Parked { .. })
}

fn delayed(vehicle: Key, at: Timestamp) -> Timestamp {
    let delay = vehicle.part("delay").smooth(at, 15 * MINUTE_MS) * DELAY_MS;
    at.plus_ms(delay as i64)
}

/// What the tracker reports.
pub(super) fn reading(tracker: &Tracker, vehicle: Key, at: Timestamp) -> Reading {
    let route = &tracker.route;
    let (day, duty) = duty(tracker, delayed(vehicle, at));
    let (cycle, phase_ms) = match duty {
        Duty::Running { cycle, phase_ms } => (cycle, phase_ms),
        Duty::Pulling { cycles_done, .. } | Duty::Parked { cycles_done } => (cycles_done, 0),
    };
    let progress = route.progress(phase_ms);
    let (on_line, bearing) = route.place(progress);
    let away = match duty {
        Duty::Running { .. } => 0.0,
        Duty::Pulling { away, .. } => away,
        Duty::Parked { .. } => 1.0,
    };
    // Parked in a row beside the terminus, 9 m from one to the next; and the fix wanders a little.
    let (row_m, beside_m) = (away * (12.0 + 9.0 * f64::from(tracker.rank)), away * 15.0);
    let wander = |axis: &str| 2.5 * vehicle.part(axis).smooth(at, 25_000);
    let place = moved(on_line, beside_m + wander("east"), wander("north") - row_m);
    let pulling = away > 0.0 && away < 1.0;
    let pull_speed = row_m / away.max(f64::EPSILON) * 1000.0 / PULL_OUT_MS as f64;
    let speed = if pulling { pull_speed } else { progress.speed };
    let cycles_before = days_worked(tracker, day) * cycles_of_day(tracker) + cycle;
    let odometer_km = vehicle.between(0, 20_000.0, 400_000.0)
        + (cycles_before as f64 * route.cycle_m() + progress.along_m) / 1000.0;
    let mut values = vec![
        ("lat", Value::number(place.lat, 6)),
        ("lon", Value::number(place.lon, 6)),
        ("speed", Value::number(speed, 1)),
        ("bearing", Value::number(bearing, 0)),
        ("hdop", Value::number(0.9 + 0.4 * vehicle.part("hdop").smooth(at, 60_000), 1)),
        ("satellites", Value::number(11.0 + 3.0 * vehicle.part("sats").smooth(at, 90_000), 0)),
        ("ignition", Value::Flag(!matches!(duty, Duty::Parked { .. }))),
        ("odometer", Value::number(odometer_km, 3)),
    ];
    if let Duty::Running { cycle, .. } = duty {
        let run = format!("{:02}", tracker.rank + 1);
        let half = cycle * 2 + i64::from(progress.direction) + 1;
        values.push(("door", Value::Flag(progress.at_stop)));
        values.push(("route", Value::Text(route.number.clone())));
        values.push(("trip", Value::Text(format!("{}-{run}-{half:02}", route.number))));
        values.push(("run", Value::Text(run)));
        values.push(("direction", Value::Text(progress.direction.to_string())));
    }
    Reading { at, values }
}
