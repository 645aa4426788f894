//! Luminaires and cabinets. A luminaire reports while its line is under voltage; its cabinet has a
//! battery and says when the supply is lost.

use domain::Timestamp;

use super::night::Hours;
use super::{Reading, Value};
use crate::civil::{HOUR_MS, MINUTE_MS};
use crate::noise::Key;
use crate::plan::{Cabinet, Lamp, Luminaire};

/// Standby of a controller whose lamp is off, W.
const STANDBY_W: f64 = 0.6;
/// Run-up of a sodium lamp (a real cabinet of discharge lamps needed 7 minutes).
const RUN_UP_MS: f64 = 7.0 * 60_000.0;
/// Of a thousand luminaires: dead ones, and ones that burn by day.
const DEAD: f64 = 0.008;
const DAY_BURNER: f64 = 0.002;

/// Share of nominal power at a level in %: 0.72 at 75 %, as measured on 28 luminaires.
fn power_share(level: f64) -> f64 {
    if level <= 0.0 { 0.0 } else { 0.03 + 0.97 * (level / 100.0).powf(1.2) }
}

/// Level that a lamp gives when the programme asks for `asked` %: sodium lamps do not dim.
fn level_of(lamp: Lamp, asked: f64) -> f64 {
    match lamp {
        Lamp::Led => asked,
        Lamp::Sodium if asked > 0.0 => 100.0,
        Lamp::Sodium => 0.0,
    }
}

/// Share of full power that a lamp has reached since it was switched on.
fn warmth(lamp: Lamp, on_for_ms: i64) -> f64 {
    match lamp {
        Lamp::Led => 1.0,
        Lamp::Sodium => (0.25 + 0.75 * on_for_ms as f64 / RUN_UP_MS).clamp(0.25, 1.0),
    }
}

/// Voltage of a phase of a feeder, V.
fn voltage(line: Key, phase: usize, at: Timestamp) -> f64 {
    let phase = line.part(["l1", "l2", "l3"][phase]);
    229.0 + 5.0 * phase.smooth(at, 2 * HOUR_MS) + 1.5 * phase.part("fast").smooth(at, 2 * MINUTE_MS)
}

/// The line behind a luminaire or a cabinet.
pub(super) struct Supply {
    /// Draws of the feeder.
    pub(super) line: Key,
    /// When its light came on, by dusk or after an outage.
    pub(super) lit_from: Timestamp,
}

/// What a luminaire reports, of which the programme asks `asked` % and which burned so long.
pub(super) fn luminaire(
    facts: &Luminaire,
    lamp: Key,
    supply: &Supply,
    asked: f64,
    hours: Hours,
    at: Timestamp,
) -> Reading {
    let nominal = facts.lamp.nominal_w() * lamp.between(0, 0.96, 1.04);
    let fate = lamp.part("fate").unit(0);
    let (dead, day_burner) = (fate < DEAD, fate > 1.0 - DAY_BURNER);
    let in_effect = if day_burner { 100.0 } else { level_of(facts.lamp, asked) };
    let level = if dead { 0.0 } else { in_effect };
    let lit = level > 0.0;
    let power = if lit {
        nominal * power_share(level) * warmth(facts.lamp, at.since_ms(supply.lit_from))
    } else {
        STANDBY_W
    };
    let dimmed_share = power_share(level_of(facts.lamp, 60.0));
    let burned = if dead { 0.0 } else { hours.full + hours.dimmed * dimmed_share };
    let energy = lamp.between(1, 20_000.0, 60_000.0) + nominal * burned;
    let volts = voltage(supply.line, usize::from(facts.phase), at);
    let power_factor = if lit { 0.97 - 0.12 * (1.0 - level / 100.0).powf(0.9) } else { 0.35 };
    let values = vec![
        ("level_asked", Value::number(asked, 0)),
        ("level_in_effect", Value::number(in_effect, 0)),
        ("level", Value::number(level, 0)),
        ("lamp_failure", Value::Flag(dead)),
        ("power", Value::number(power, 1)),
        ("energy", Value::number(energy, 0)),
        ("voltage", Value::number(volts, 1)),
        ("current", Value::number(power / (volts * power_factor), 3)),
        ("power_factor", Value::number(power_factor, 2)),
    ];
    Reading { at, values }
}

/// What a cabinet reports, of whose lamps the programme asks `asked` %.
pub(super) fn cabinet(
    facts: &Cabinet,
    supply: &Supply,
    asked: f64,
    dark: bool,
    at: Timestamp,
) -> Reading {
    let watts = |lamp: Lamp, count: u16| {
        let lit = power_share(level_of(lamp, asked)) * warmth(lamp, at.since_ms(supply.lit_from));
        f64::from(count) * (lamp.nominal_w() * lit).max(STANDBY_W)
    };
    let volts = |phase: usize| if dark { 0.0 } else { voltage(supply.line, phase, at) };
    let amperes = |phase: usize| {
        let load = watts(Lamp::Led, facts.led[phase]) + watts(Lamp::Sodium, facts.sodium[phase]);
        if dark { 0.0 } else { load / (volts(phase) * 0.93) }
    };
    // A crew opens the door for a quarter of an hour, now and then.
    let visit = supply.line.part("visit").unit(at.millis().div_euclid(15 * MINUTE_MS)) < 0.001;
    let values = vec![
        ("voltage_l1", Value::number(volts(0), 1)),
        ("voltage_l2", Value::number(volts(1), 1)),
        ("voltage_l3", Value::number(volts(2), 1)),
        ("current_l1", Value::number(amperes(0), 2)),
        ("current_l2", Value::number(amperes(1), 2)),
        ("current_l3", Value::number(amperes(2), 2)),
        ("supply_loss", Value::Flag(dark)),
        ("cabinet_door", Value::Flag(visit)),
        ("contactor", Value::Flag(!dark)),
    ];
    Reading { at, values }
}
