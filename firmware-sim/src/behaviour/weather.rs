//! The weather over the city: one for all posts, slow curves around the climate of Odesa.

use std::f64::consts::TAU;

use domain::Timestamp;

use crate::civil::{HOUR_MS, civil};
use crate::noise::Key;

/// Mean temperature of January … December, °C (Odesa, rounded to half a degree).
const MONTHLY_C: [f64; 12] = [-0.5, 0.0, 4.0, 10.0, 16.0, 21.0, 23.5, 23.5, 18.0, 12.0, 6.5, 2.0];

/// What all posts share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Weather {
    /// °C
    pub(crate) temperature: f64,
    /// %
    pub(crate) humidity: f64,
    /// hPa
    pub(crate) pressure: f64,
    /// m/s
    pub(crate) wind_speed: f64,
    /// Degrees, where it blows from.
    pub(crate) wind_direction: f64,
    /// How poorly the air is mixed: 1 on an ordinary day, above on still nights.
    pub(crate) stagnation: f64,
}

/// The weather of a seed at a moment.
pub(crate) fn weather(seed: u64, at: Timestamp) -> Weather {
    let key = |what: &str| Key::new(seed, "weather", what);
    let now = civil(at);
    let season = (now.day as f64 / 365.2425 * 12.0 - 0.5).rem_euclid(12.0);
    let (month, part) = (season as usize % 12, season.fract());
    let mean = MONTHLY_C[month] + (MONTHLY_C[(month + 1) % 12] - MONTHLY_C[month]) * part;
    // Warmest about 15:00; the swing is small in winter and large in summer.
    let swing = 2.0 + 2.5 * ((season - 6.0) / 12.0 * TAU).cos().max(0.0);
    let daily = ((now.hour - 15.0) / 24.0 * TAU).cos();
    let temperature = mean + swing * daily + 4.0 * key("front").smooth(at, 60 * HOUR_MS);
    let humidity = 74.0 - 9.0 * daily + 14.0 * key("humidity").smooth(at, 18 * HOUR_MS);
    let wind_speed = (4.2
        + 1.2 * daily
        + 2.8 * key("wind").smooth(at, 9 * HOUR_MS)
        + 0.7 * key("gust").smooth(at, HOUR_MS / 4))
    .max(0.2);
    let turned = 340.0
        + 130.0 * key("turn").smooth(at, 30 * HOUR_MS)
        + 15.0 * key("sway").smooth(at, HOUR_MS / 3);
    Weather {
        temperature,
        humidity: humidity.clamp(25.0, 100.0),
        pressure: 1015.0 + 11.0 * key("pressure").smooth(at, 48 * HOUR_MS),
        wind_speed,
        wind_direction: turned.rem_euclid(360.0),
        stagnation: (1.6 / (0.4 + wind_speed / 3.5)).clamp(0.4, 3.0) * (1.0 - 0.2 * daily),
    }
}
