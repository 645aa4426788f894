//! Units of measurement and the conversions between them. Inside the platform every value stands
//! in the canonical unit of its property (invariant I10); conversion happens at the border only.

use std::fmt;
use std::str::FromStr;

/// A unit, as profiles and the API write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// µg/m³
    MicrogramPerCubicMetre,
    /// mg/m³
    MilligramPerCubicMetre,
    /// Parts per billion by volume; becomes µg/m³ only with the gas's factor in its field.
    PartsPerBillion,
    /// Parts per million by volume.
    PartsPerMillion,
    /// °C
    Celsius,
    /// °F
    Fahrenheit,
    /// K
    Kelvin,
    /// hPa
    Hectopascal,
    /// Pa
    Pascal,
    /// mm Hg
    MillimetreOfMercury,
    /// %
    Percent,
    /// A share of one, 0–1.
    Fraction,
    /// m/s
    MetrePerSecond,
    /// km/h
    KilometrePerHour,
    /// Plane angle, °.
    Degree,
    /// m
    Metre,
    /// km
    Kilometre,
    /// mm
    Millimetre,
    /// l/s
    LitrePerSecond,
    /// m³/h
    CubicMetrePerHour,
    /// m³
    CubicMetre,
    /// l
    Litre,
    /// bar
    Bar,
    /// kPa
    Kilopascal,
    /// Metres of water column.
    MetreOfWater,
    /// W
    Watt,
    /// kW
    Kilowatt,
    /// Wh
    WattHour,
    /// kWh
    KilowattHour,
    /// V
    Volt,
    /// mV
    Millivolt,
    /// A
    Ampere,
    /// lux
    Lux,
    /// µSv/h
    MicrosievertPerHour,
    /// dB, dB(A): a level.
    Decibel,
    /// dBm: a level of power against 1 mW. It converts to dB one to one, as profiles that
    /// declare their signal in dB mean it.
    DecibelMilliwatt,
    /// s
    Second,
    /// A number without unit (count, ratio, state 0/1).
    One,
}

/// Label, and factor and offset to the first unit of its group: `base = value · factor + offset`.
type Entry = (Unit, &'static str, u8, f64, f64);

/// Sources of the factors: SI Brochure 9th ed. (2019), tables 8 and 9; the metre of water column at
/// 4 °C is 98.0665 hPa, mm Hg 1.333 223 874 hPa (ISO 80000-4).
const TABLE: &[Entry] = &[
    (Unit::MicrogramPerCubicMetre, "µg/m³", 0, 1.0, 0.0),
    (Unit::MilligramPerCubicMetre, "mg/m³", 0, 1000.0, 0.0),
    (Unit::PartsPerBillion, "ppb", 1, 1.0, 0.0),
    (Unit::PartsPerMillion, "ppm", 1, 1000.0, 0.0),
    (Unit::Celsius, "°C", 2, 1.0, 0.0),
    (Unit::Fahrenheit, "°F", 2, 5.0 / 9.0, -160.0 / 9.0),
    (Unit::Kelvin, "K", 2, 1.0, -273.15),
    (Unit::Hectopascal, "hPa", 3, 1.0, 0.0),
    (Unit::Pascal, "Pa", 3, 0.01, 0.0),
    (Unit::MillimetreOfMercury, "mmHg", 3, 1.333_223_874, 0.0),
    (Unit::Bar, "bar", 3, 1000.0, 0.0),
    (Unit::Kilopascal, "kPa", 3, 10.0, 0.0),
    (Unit::MetreOfWater, "mH2O", 3, 98.0665, 0.0),
    (Unit::Percent, "%", 4, 1.0, 0.0),
    (Unit::Fraction, "ratio", 4, 100.0, 0.0),
    (Unit::MetrePerSecond, "m/s", 5, 1.0, 0.0),
    (Unit::KilometrePerHour, "km/h", 5, 1.0 / 3.6, 0.0),
    (Unit::Degree, "°", 6, 1.0, 0.0),
    (Unit::Metre, "m", 7, 1.0, 0.0),
    (Unit::Kilometre, "km", 7, 1000.0, 0.0),
    (Unit::Millimetre, "mm", 7, 0.001, 0.0),
    (Unit::LitrePerSecond, "l/s", 8, 1.0, 0.0),
    (Unit::CubicMetrePerHour, "m³/h", 8, 1.0 / 3.6, 0.0),
    (Unit::CubicMetre, "m³", 9, 1.0, 0.0),
    (Unit::Litre, "l", 9, 0.001, 0.0),
    (Unit::Watt, "W", 10, 1.0, 0.0),
    (Unit::Kilowatt, "kW", 10, 1000.0, 0.0),
    (Unit::WattHour, "Wh", 11, 1.0, 0.0),
    (Unit::KilowattHour, "kWh", 11, 1000.0, 0.0),
    (Unit::Volt, "V", 12, 1.0, 0.0),
    (Unit::Millivolt, "mV", 12, 0.001, 0.0),
    (Unit::Ampere, "A", 13, 1.0, 0.0),
    (Unit::Lux, "lx", 14, 1.0, 0.0),
    (Unit::MicrosievertPerHour, "µSv/h", 15, 1.0, 0.0),
    (Unit::Decibel, "dB", 16, 1.0, 0.0),
    (Unit::DecibelMilliwatt, "dBm", 16, 1.0, 0.0),
    (Unit::Second, "s", 17, 1.0, 0.0),
    (Unit::One, "1", 18, 1.0, 0.0),
];

/// A straight line from one unit to another: `to = from · factor + offset`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conversion {
    /// Multiplied first.
    pub factor: f64,
    /// Added then.
    pub offset: f64,
}

impl Conversion {
    /// Changes nothing; the bits of a value stay as they came.
    pub const NONE: Self = Self { factor: 1.0, offset: 0.0 };

    /// The converted value.
    pub fn apply(self, value: f64) -> f64 {
        if self == Self::NONE { value } else { value * self.factor + self.offset }
    }
}

impl Unit {
    fn entry(self) -> &'static Entry {
        // Every variant stands in the table; the test `every_unit_has_a_label` walks them.
        TABLE.iter().find(|e| e.0 == self).unwrap_or(&TABLE[TABLE.len() - 1])
    }

    /// All units, those that measure the same thing together.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|entry| entry.0)
    }

    /// The label of the API, profiles and machine formats.
    pub fn label(self) -> &'static str {
        self.entry().1
    }

    /// How to get from `self` to `other`; `None` when they measure different things.
    pub fn to(self, other: Self) -> Option<Conversion> {
        let (from, into) = (self.entry(), other.entry());
        if from.2 != into.2 {
            return None;
        }
        if from.0 == into.0 {
            return Some(Conversion::NONE);
        }
        Some(Conversion { factor: from.3 / into.3, offset: (from.4 - into.4) / into.3 })
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// A label that names no unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no unit that Obrii knows, expected a label like µg/m³, °C or l/s")]
pub struct UnknownUnit(pub String);

impl FromStr for Unit {
    type Err = UnknownUnit;

    fn from_str(text: &str) -> Result<Self, UnknownUnit> {
        let same = text.replace('μ', "µ");
        TABLE
            .iter()
            .find(|e| e.1 == same)
            .map(|e| e.0)
            .ok_or_else(|| UnknownUnit(text.chars().take(32).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_has_a_label() {
        for entry in TABLE {
            assert_eq!(entry.1.parse::<Unit>(), Ok(entry.0));
            assert_eq!(entry.0.label(), entry.1);
        }
    }

    #[test]
    fn conversions_are_those_of_the_trade() {
        let to =
            |from: Unit, into: Unit, value: f64| from.to(into).expect("same kind").apply(value);
        assert!((to(Unit::LitrePerSecond, Unit::CubicMetrePerHour, 10.0) - 36.0).abs() < 1e-12);
        assert!((to(Unit::Bar, Unit::MetreOfWater, 4.0) - 40.788_648_519).abs() < 1e-6);
        assert!((to(Unit::Fahrenheit, Unit::Celsius, 212.0) - 100.0).abs() < 1e-9);
        assert!((to(Unit::Celsius, Unit::Fahrenheit, 100.0) - 212.0).abs() < 1e-9);
        assert!(Unit::PartsPerBillion.to(Unit::MicrogramPerCubicMetre).is_none());
        assert_eq!(
            Unit::Decibel.to(Unit::DecibelMilliwatt),
            Some(Conversion { factor: 1.0, offset: 0.0 })
        );
    }
}
