//! Observed properties: what the native fields of `docs/WIRE.md` mean, in which unit they are
//! kept and in which unit of the trade they are shown.

use crate::unit::Unit;

/// How values of a property behave over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueKind {
    /// A quantity: means and extremes make sense.
    Number,
    /// A state that holds until the next one, kept as 0 and 1.
    Boolean,
    /// A counter that only grows until it is reset.
    Counter,
    /// A direction, 0–360°: an ordinary mean would be wrong.
    Angle,
    /// A short text, kept as an attribute of the object with its history, not as a number.
    Text,
}

/// One property that devices report.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Property {
    /// The native field name.
    pub id: &'static str,
    /// Behaviour over time.
    pub kind: ValueKind,
    /// The unit inside the platform (invariant I10).
    pub canonical: Unit,
    /// The unit of the trade on screen.
    pub display: Unit,
    /// Digits after the decimal comma on screen.
    pub digits: u8,
    /// Name in Ukrainian.
    pub title_uk: &'static str,
    /// Name in English.
    pub title_en: &'static str,
}

const fn number(
    id: &'static str,
    canonical: Unit,
    display: Unit,
    digits: u8,
    title_uk: &'static str,
    title_en: &'static str,
) -> Property {
    Property { id, kind: ValueKind::Number, canonical, display, digits, title_uk, title_en }
}

const fn boolean(id: &'static str, title_uk: &'static str, title_en: &'static str) -> Property {
    Property {
        id,
        kind: ValueKind::Boolean,
        canonical: Unit::One,
        display: Unit::One,
        digits: 0,
        title_uk,
        title_en,
    }
}

const fn text(id: &'static str, title_uk: &'static str, title_en: &'static str) -> Property {
    Property {
        id,
        kind: ValueKind::Text,
        canonical: Unit::One,
        display: Unit::One,
        digits: 0,
        title_uk,
        title_en,
    }
}

const fn of_kind(mut property: Property, kind: ValueKind) -> Property {
    property.kind = kind;
    property
}

use Unit::{
    Ampere, Bar, Celsius, CubicMetre, CubicMetrePerHour, Decibel, DecibelMilliwatt, Degree,
    Hectopascal, Kilometre, KilometrePerHour, KilowattHour, LitrePerSecond, Lux, MetreOfWater,
    MetrePerSecond, MicrogramPerCubicMetre, MicrosievertPerHour, Millimetre, One, Percent, Second,
    Volt, Watt, WattHour,
};

const UG: Unit = MicrogramPerCubicMetre;

/// All native fields. Order is the order of columns in exports.
pub const PROPERTIES: &[Property] = &[
    number("pm1", UG, UG, 1, "Пил PM1", "PM1"),
    number("pm25", UG, UG, 1, "Пил PM2.5", "PM2.5"),
    number("pm10", UG, UG, 1, "Пил PM10", "PM10"),
    number("no2", UG, UG, 1, "Діоксид азоту NO₂", "Nitrogen dioxide NO₂"),
    number("no", UG, UG, 1, "Оксид азоту NO", "Nitric oxide NO"),
    number("so2", UG, UG, 1, "Діоксид сірки SO₂", "Sulphur dioxide SO₂"),
    number("o3", UG, UG, 1, "Озон O₃", "Ozone O₃"),
    number("co", UG, Unit::MilligramPerCubicMetre, 2, "Оксид вуглецю CO", "Carbon monoxide CO"),
    number("nh3", UG, UG, 1, "Аміак NH₃", "Ammonia NH₃"),
    number("h2s", UG, UG, 1, "Сірководень H₂S", "Hydrogen sulphide H₂S"),
    number("ch2o", UG, UG, 1, "Формальдегід CH₂O", "Formaldehyde CH₂O"),
    number("temperature", Celsius, Celsius, 1, "Температура", "Temperature"),
    number("humidity", Percent, Percent, 0, "Відносна вологість", "Relative humidity"),
    number("pressure", Hectopascal, Hectopascal, 1, "Атмосферний тиск", "Air pressure"),
    number("wind_speed", MetrePerSecond, MetrePerSecond, 1, "Швидкість вітру", "Wind speed"),
    of_kind(
        number("wind_direction", Degree, Degree, 0, "Вітер, звідки дме", "Wind from"),
        ValueKind::Angle,
    ),
    number("rain", Millimetre, Millimetre, 1, "Опади", "Rain"),
    number("gamma", MicrosievertPerHour, MicrosievertPerHour, 2, "Гамма-фон", "Gamma background"),
    number("noise", Decibel, Decibel, 0, "Рівень шуму", "Noise level"),
    text("status", "Стан вимірювання", "Measuring state"),
    number("averaging_s", Second, Second, 0, "Час осереднення", "Averaging time"),
    number("lat", Degree, Degree, 5, "Широта", "Latitude"),
    number("lon", Degree, Degree, 5, "Довгота", "Longitude"),
    number("speed", MetrePerSecond, KilometrePerHour, 0, "Швидкість", "Speed"),
    of_kind(number("bearing", Degree, Degree, 0, "Курс", "Bearing"), ValueKind::Angle),
    number("accuracy", Unit::Metre, Unit::Metre, 0, "Точність координат", "Position accuracy"),
    number("hdop", One, One, 1, "HDOP", "HDOP"),
    number("satellites", One, One, 0, "Супутники", "Satellites"),
    boolean("ignition", "Запалювання", "Ignition"),
    boolean("door", "Двері", "Door"),
    of_kind(number("odometer", Kilometre, Kilometre, 1, "Пробіг", "Odometer"), ValueKind::Counter),
    text("route", "Маршрут", "Route"),
    text("run", "Випуск", "Run"),
    text("trip", "Рейс", "Trip"),
    text("direction", "Напрямок", "Direction"),
    // Behind the schedule positive, ahead of it negative, as `delay` of GTFS-Realtime.
    number("delay", Second, Second, 0, "Відставання від розкладу", "Delay behind schedule"),
    number("level_asked", Percent, Percent, 0, "Рівень світла, задано", "Level asked"),
    number("level_in_effect", Percent, Percent, 0, "Рівень світла, діє", "Level in effect"),
    number("level", Percent, Percent, 0, "Рівень світла, фактично", "Level, actual"),
    boolean("lamp_failure", "Несправність світильника", "Lamp failure"),
    number("power", Watt, Watt, 0, "Потужність", "Power"),
    of_kind(
        number("energy", WattHour, KilowattHour, 1, "Електроенергія", "Energy"),
        ValueKind::Counter,
    ),
    number("voltage", Volt, Volt, 0, "Напруга", "Voltage"),
    number("current", Ampere, Ampere, 2, "Струм", "Current"),
    number("power_factor", One, One, 2, "Коефіцієнт потужності", "Power factor"),
    number("illuminance", Lux, Lux, 0, "Освітленість", "Illuminance"),
    number("voltage_l1", Volt, Volt, 0, "Напруга, фаза 1", "Voltage, phase 1"),
    number("voltage_l2", Volt, Volt, 0, "Напруга, фаза 2", "Voltage, phase 2"),
    number("voltage_l3", Volt, Volt, 0, "Напруга, фаза 3", "Voltage, phase 3"),
    number("current_l1", Ampere, Ampere, 1, "Струм, фаза 1", "Current, phase 1"),
    number("current_l2", Ampere, Ampere, 1, "Струм, фаза 2", "Current, phase 2"),
    number("current_l3", Ampere, Ampere, 1, "Струм, фаза 3", "Current, phase 3"),
    boolean("supply_loss", "Втрата живлення", "Supply loss"),
    boolean("cabinet_door", "Двері шафи", "Cabinet door"),
    boolean("contactor", "Контактор", "Contactor"),
    number("flow", LitrePerSecond, CubicMetrePerHour, 1, "Витрата", "Flow"),
    of_kind(number("volume", CubicMetre, CubicMetre, 1, "Об’єм", "Volume"), ValueKind::Counter),
    number("pressure_water", Bar, MetreOfWater, 1, "Тиск води", "Water pressure"),
    number("noise_level", Decibel, Decibel, 0, "Рівень акустичного шуму", "Acoustic noise level"),
    number("noise_spread", Decibel, Decibel, 0, "Розкид акустичного шуму", "Acoustic spread"),
    boolean("leak", "Ознака витоку", "Leak suspected"),
    boolean("burst", "Порив", "Burst"),
    boolean("reverse", "Зворотний потік", "Reverse flow"),
    boolean("dry", "Сухий трубопровід", "Dry pipe"),
    boolean("tamper", "Втручання", "Tamper"),
    number("battery", Volt, Volt, 2, "Напруга батареї", "Battery voltage"),
    number("battery_level", Percent, Percent, 0, "Заряд батареї", "Battery level"),
    number("rssi", Decibel, DecibelMilliwatt, 0, "Рівень сигналу", "Signal level"),
];

/// The property of a native field name.
pub fn property(id: &str) -> Option<&'static Property> {
    PROPERTIES.iter().find(|p| p.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_units_measure_the_same_thing() {
        for p in PROPERTIES {
            assert!(p.canonical.to(p.display).is_some(), "{}", p.id);
            assert!(p.id.parse::<crate::PropertyId>().is_ok(), "{}", p.id);
            assert_eq!(PROPERTIES.iter().filter(|q| q.id == p.id).count(), 1, "{} twice", p.id);
        }
    }
}
