//! The units of `SenML`: the registry of RFC 8428 and the secondary units of RFC 8798, as far as
//! devices of a city measure in them.

use domain::unit::Unit;

use crate::Value;

/// Label, our unit, and the factor by which a value becomes one of it.
const UNITS: &[(&str, Unit, f64)] = &[
    ("m", Unit::Metre, 1.0),
    ("Cel", Unit::Celsius, 1.0),
    ("K", Unit::Kelvin, 1.0),
    ("A", Unit::Ampere, 1.0),
    ("V", Unit::Volt, 1.0),
    ("W", Unit::Watt, 1.0),
    ("J", Unit::WattHour, 1.0 / 3600.0),
    ("lx", Unit::Lux, 1.0),
    ("Pa", Unit::Pascal, 1.0),
    ("s", Unit::Second, 1.0),
    ("m/s", Unit::MetrePerSecond, 1.0),
    ("m3", Unit::CubicMetre, 1.0),
    ("m3/s", Unit::LitrePerSecond, 1000.0),
    ("l", Unit::Litre, 1.0),
    ("l/s", Unit::LitrePerSecond, 1.0),
    ("rad", Unit::Degree, 180.0 / std::f64::consts::PI),
    ("lat", Unit::Degree, 1.0),
    ("lon", Unit::Degree, 1.0),
    ("dB", Unit::Decibel, 1.0),
    ("dBm", Unit::DecibelMilliwatt, 1.0),
    ("/", Unit::Fraction, 1.0),
    ("%", Unit::Percent, 1.0),
    ("%RH", Unit::Percent, 1.0),
    ("%EL", Unit::Percent, 1.0),
    ("count", Unit::One, 1.0),
    ("ms", Unit::Second, 0.001),
    ("min", Unit::Second, 60.0),
    ("h", Unit::Second, 3600.0),
    ("kW", Unit::Kilowatt, 1.0),
    ("Wh", Unit::WattHour, 1.0),
    ("kWh", Unit::KilowattHour, 1.0),
    ("mV", Unit::Millivolt, 1.0),
    ("mA", Unit::Ampere, 0.001),
    ("hPa", Unit::Hectopascal, 1.0),
    ("mm", Unit::Millimetre, 1.0),
    ("cm", Unit::Millimetre, 10.0),
    ("km", Unit::Kilometre, 1.0),
    ("km/h", Unit::KilometrePerHour, 1.0),
    ("ppm", Unit::PartsPerMillion, 1.0),
    ("ug/m3", Unit::MicrogramPerCubicMetre, 1.0),
    ("deg", Unit::Degree, 1.0),
    ("/100", Unit::Percent, 1.0),
    ("/1000", Unit::Percent, 0.1),
];

/// A value in the unit of a label; `None` when the label is not known.
pub(super) fn read<'a>(label: &str, value: f64) -> Option<Value<'a>> {
    let (_, unit, factor) = UNITS.iter().find(|(known, ..)| *known == label)?;
    Some(Value::Quantity(value * factor, *unit))
}
