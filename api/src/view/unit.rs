//! Units as they are printed, and the way from the canonical unit to that of the trade.

use domain::property::Property;
use domain::unit::{Conversion, Unit};
use serde::Serialize;
use utoipa::ToSchema;

/// From the canonical unit to that of the trade: `display = canonical · factor + offset`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DisplayUnit {
    /// Label of the unit.
    pub unit: String,
    /// Label as printed in Ukrainian texts.
    pub unit_uk: String,
    /// Factor.
    pub factor: f64,
    /// Offset.
    pub offset: f64,
    /// Digits after the decimal comma.
    pub digits: u8,
}

/// The conversion of a property to the unit of its trade.
pub fn to_display(property: &Property) -> Conversion {
    // Both measure the same thing: a test of `domain::property` walks all of them.
    property.canonical.to(property.display).unwrap_or(Conversion::NONE)
}

/// The unit of the trade of a property.
pub fn display_unit(property: &Property) -> DisplayUnit {
    let Conversion { factor, offset } = to_display(property);
    DisplayUnit {
        unit: label(property.display).to_owned(),
        unit_uk: label_uk(property.display).to_owned(),
        factor,
        offset,
        digits: property.digits,
    }
}

/// The label of a unit; a number without unit has none.
pub fn label(unit: Unit) -> &'static str {
    if unit == Unit::One { "" } else { unit.label() }
}

/// The label of a unit as Ukrainian texts abbreviate it.
pub fn label_uk(unit: Unit) -> &'static str {
    match unit {
        Unit::MicrogramPerCubicMetre => "мкг/м³",
        Unit::MilligramPerCubicMetre => "мг/м³",
        Unit::Hectopascal => "гПа",
        Unit::Pascal => "Па",
        Unit::MillimetreOfMercury => "мм рт. ст.",
        Unit::MetrePerSecond => "м/с",
        Unit::KilometrePerHour => "км/год",
        Unit::Metre => "м",
        Unit::Kilometre => "км",
        Unit::Millimetre => "мм",
        Unit::LitrePerSecond => "л/с",
        Unit::CubicMetrePerHour => "м³/год",
        Unit::CubicMetre => "м³",
        Unit::Litre => "л",
        Unit::Bar => "бар",
        Unit::Kilopascal => "кПа",
        Unit::MetreOfWater => "м вод. ст.",
        Unit::Watt => "Вт",
        Unit::Kilowatt => "кВт",
        Unit::WattHour => "Вт·год",
        Unit::KilowattHour => "кВт·год",
        Unit::Volt => "В",
        Unit::Millivolt => "мВ",
        Unit::Ampere => "А",
        Unit::Lux => "лк",
        Unit::MicrosievertPerHour => "мкЗв/год",
        Unit::Decibel => "дБ",
        Unit::DecibelMilliwatt => "дБм",
        Unit::Second => "с",
        Unit::One => "",
        Unit::PartsPerBillion
        | Unit::PartsPerMillion
        | Unit::Celsius
        | Unit::Fahrenheit
        | Unit::Kelvin
        | Unit::Percent
        | Unit::Fraction
        | Unit::Degree => unit.label(),
    }
}
