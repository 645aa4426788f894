//! The timetable of one route: a cycle there and back, cut into stands (stops, red lights,
//! layovers) and runs between them, the same each cycle, so that a position is a function of time.

use super::line::Line;
use super::map::RouteOnMap;
use crate::noise::Key;

/// Acceleration and braking of a full vehicle, m/s²: gentle enough for standing passengers.
const ACCELERATION: f64 = 1.0;
/// Half of the track distance between both directions, metres.
const TRACK_OFFSET_M: f64 = 4.0;

/// A stretch of the cycle: a stand when it has no length.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Leg {
    until_ms: i64,
    until_m: f64,
    at_stop: bool,
}

/// A route and its cycle.
#[derive(Debug)]
pub struct Route {
    /// What runs on it: `tram`, `trolleybus`, `bus`.
    pub mode: Mode,
    /// Its number as people say it.
    pub number: String,
    /// Time between two vehicles, milliseconds.
    pub headway_ms: i64,
    /// Vehicles on it.
    pub vehicles: u32,
    line: Line,
    legs: Vec<Leg>,
}

/// What runs on a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Трамвай.
    Tram,
    /// Тролейбус.
    Trolleybus,
    /// Автобус.
    Bus,
}

impl Mode {
    /// Reads the word of the map.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "tram" => Some(Self::Tram),
            "trolleybus" => Some(Self::Trolleybus),
            "bus" => Some(Self::Bus),
            _ => None,
        }
    }
}

/// Where a vehicle is in its cycle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Progress {
    /// Metres from the first terminus, there and back: 0 … 2 × length.
    pub(crate) along_m: f64,
    /// m/s.
    pub(crate) speed: f64,
    /// 0 there, 1 back.
    pub(crate) direction: u8,
    /// It stands at a stop with its doors open.
    pub(crate) at_stop: bool,
}

impl Route {
    /// Lays the stops at equal distances and fits the runs into headway × vehicles.
    pub(crate) fn new(map: &RouteOnMap, mode: Mode, key: Key) -> Self {
        let headway_ms = i64::from(map.headway_min) * 60_000;
        let cycle_ms = headway_ms * i64::from(map.vehicles);
        Self {
            mode,
            number: map.number.clone(),
            headway_ms,
            vehicles: map.vehicles,
            line: map.line.clone(),
            legs: legs(map, cycle_ms, key),
        }
    }

    /// There and back with both layovers, milliseconds.
    pub(crate) fn cycle_ms(&self) -> i64 {
        self.headway_ms * i64::from(self.vehicles)
    }

    /// There and back, metres.
    pub(crate) fn cycle_m(&self) -> f64 {
        2.0 * self.line.length_m()
    }

    /// Where a vehicle is `phase_ms` after it left the first terminus.
    pub(crate) fn progress(&self, phase_ms: i64) -> Progress {
        let n = self.legs.partition_point(|leg| leg.until_ms <= phase_ms);
        let Some(leg) = self.legs.get(n) else {
            let along_m = self.cycle_m();
            return Progress { along_m, speed: 0.0, direction: 1, at_stop: true };
        };
        let (from_ms, from_m) =
            n.checked_sub(1).map_or((0, 0.0), |n| (self.legs[n].until_ms, self.legs[n].until_m));
        let metres = leg.until_m - from_m;
        let seconds = (leg.until_ms - from_ms) as f64 / 1000.0;
        let (run_m, speed) = trapezoid(metres, seconds, (phase_ms - from_ms) as f64 / 1000.0);
        let along_m = from_m + run_m;
        let direction = u8::from(along_m >= self.line.length_m() && n > 0);
        Progress { along_m, speed, direction, at_stop: leg.at_stop }
    }

    /// The place and the bearing of a progress along the cycle, each direction on its own track.
    pub(crate) fn place(&self, progress: Progress) -> (domain::place::Place, f64) {
        if progress.direction == 0 {
            return self.line.at(progress.along_m, TRACK_OFFSET_M);
        }
        let (place, bearing) = self.line.at(self.cycle_m() - progress.along_m, -TRACK_OFFSET_M);
        (place, (bearing + 180.0).rem_euclid(360.0))
    }
}

/// The stands and runs of one cycle: dwell 18–36 s at each stop (mean 27 s, as measured on
/// trams and buses), a red light of 12–40 s on two legs of five, the rest is running.
fn legs(map: &RouteOnMap, cycle_ms: i64, key: Key) -> Vec<Leg> {
    let length = map.line.length_m();
    let intervals = (length / map.stop_spacing_m).round().max(1.0) as i64;
    let layover_ms = (cycle_ms / 24).max(60_000);
    let dwell_ms = |n: i64| (key.part("dwell").between(n, 18.0, 36.0) * 1000.0) as i64;
    let red_ms = |n: i64| {
        let red = key.part("red").unit(n);
        if red < 0.4 { 12_000 + (red * 70_000.0) as i64 } else { 0 }
    };
    let stands_ms = |n: i64| {
        let last_of_direction = n % intervals == intervals - 1;
        red_ms(n) + if last_of_direction { layover_ms } else { dwell_ms(n) }
    };
    let standing_ms: i64 = (0..2 * intervals).map(stands_ms).sum();
    let running_ms = (cycle_ms - standing_ms).max(cycle_ms / 3);
    let run_ms = running_ms / (2 * intervals);
    let mut legs = Vec::with_capacity(4 * intervals as usize);
    let (mut now_ms, mut now_m) = (0, 0.0);
    let mut add = |ms: i64, metres: f64, at_stop: bool| {
        if ms > 0 {
            now_ms += ms;
            now_m += metres;
            legs.push(Leg { until_ms: now_ms, until_m: now_m, at_stop });
        }
    };
    let leg_m = length / intervals as f64;
    for n in 0..2 * intervals {
        let red = red_ms(n);
        if red > 0 {
            let before = key.part("light").between(n, 0.3, 0.7);
            let before_ms = (run_ms as f64 * before) as i64;
            add(before_ms, leg_m * before, false);
            add(red, 0.0, false);
            add(run_ms - before_ms, leg_m * (1.0 - before), false);
        } else {
            add(run_ms, leg_m, false);
        }
        add(stands_ms(n) - red, 0.0, true);
    }
    legs
}

/// Metres done and speed after `t` of `seconds`, for a run of `metres` from stand to stand: speed
/// up, hold, slow down.
fn trapezoid(metres: f64, seconds: f64, t: f64) -> (f64, f64) {
    if metres <= 0.0 || seconds <= 0.0 {
        return (0.0, 0.0);
    }
    // A run too short for the gentle rate takes a harder one, 5 % above the triangle's need.
    let rate = ACCELERATION.max(4.2 * metres / (seconds * seconds));
    let root = (rate * rate * seconds * seconds - 4.0 * rate * metres).max(0.0).sqrt();
    let cruise = (rate * seconds - root) / 2.0;
    let ramp = cruise / rate;
    if t < ramp {
        (rate * t * t / 2.0, rate * t)
    } else if t < seconds - ramp {
        (cruise * (t - ramp / 2.0), cruise)
    } else {
        let left = (seconds - t).max(0.0);
        (metres - rate * left * left / 2.0, rate * left)
    }
}

#[cfg(test)]
mod tests {
    use super::super::map::{CityMap, ODESA};
    use super::*;

    fn routes() -> Vec<Route> {
        let map = CityMap::parse(ODESA).expect("the map is sound");
        let route = |r: &RouteOnMap| {
            let mode = Mode::parse(&r.mode).expect("a mode");
            Route::new(r, mode, Key::new(1, &r.number, "route"))
        };
        map.routes.iter().map(route).collect()
    }

    #[test]
    fn vehicles_start_stop_and_never_jump_or_race() {
        for route in routes() {
            let (mut before, mut top, mut stands) = (0.0, 0.0_f64, 0);
            for second in 0..route.cycle_ms() / 1000 {
                let p = route.progress(second * 1000);
                let step = p.along_m - before;
                assert!((-1e-6..22.0).contains(&step), "{} jumps {step} m", route.number);
                assert!((step - p.speed).abs() < 3.0, "{} at {second} s", route.number);
                (before, top) = (p.along_m, top.max(p.speed));
                stands += usize::from(p.speed == 0.0);
            }
            assert!((before - route.cycle_m()).abs() < 1.0, "{} ends at {before}", route.number);
            assert!((5.0..22.0).contains(&top), "{} does {top} m/s", route.number);
            assert!(stands > 300, "{} stands {stands} s only", route.number);
        }
    }

    #[test]
    fn there_and_back_are_two_directions_on_two_tracks() {
        let route = &routes()[0];
        let outward = route.progress(route.cycle_ms() / 4);
        let back = route.progress(route.cycle_ms() * 3 / 4);
        assert_eq!((outward.direction, back.direction), (0, 1));
        let mirrored =
            Progress { along_m: route.cycle_m() - outward.along_m, direction: 1, ..back };
        let ((there, a), (here, b)) = (route.place(outward), route.place(mirrored));
        assert!((there.distance_m(here) - 2.0 * TRACK_OFFSET_M).abs() < 0.1);
        assert!(((a - b).abs() - 180.0).abs() < 0.1);
    }
}
