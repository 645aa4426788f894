//! Sunrise and sunset by the NOAA steps (Meeus, low accuracy: within half a minute at our
//! latitudes). Always in UTC; nobody's civil time is a matter of this file.

use domain::Timestamp;
use domain::place::Place;

const DAY_MS: i64 = 86_400_000;
/// Julian day of 1970-01-01T00:00Z.
const UNIX_EPOCH_JD: f64 = 2_440_587.5;
/// Zenith of the sun at sunrise and sunset, degrees: refraction and the half disc included.
pub(crate) const HORIZON: f64 = 90.833;

/// Declination, radians, and equation of time, minutes.
fn declination_and_equation_of_time(at: Timestamp) -> (f64, f64) {
    let jd = UNIX_EPOCH_JD + at.millis() as f64 / DAY_MS as f64;
    let t = (jd - 2_451_545.0) / 36_525.0;
    let mean_longitude = (280.466_46 + t * (36_000.769_83 + t * 0.000_303_2)).to_radians();
    let anomaly = (357.529_11 + t * (35_999.050_29 - t * 0.000_153_7)).to_radians();
    let eccentricity = 0.016_708_634 - t * (0.000_042_037 + t * 0.000_000_126_7);
    let centre = anomaly.sin() * (1.914_602 - t * (0.004_817 + t * 0.000_014))
        + (2.0 * anomaly).sin() * (0.019_993 - t * 0.000_101)
        + (3.0 * anomaly).sin() * 0.000_289;
    let node = (125.04 - 1934.136 * t).to_radians();
    let apparent = mean_longitude + (centre - 0.005_69 - 0.004_78 * node.sin()).to_radians();
    let obliquity = (23.439_291 - t * 0.013_004_2 + 0.002_56 * node.cos()).to_radians();
    let declination = (obliquity.sin() * apparent.sin()).asin();
    let y = (obliquity / 2.0).tan().powi(2);
    let equation = y * (2.0 * mean_longitude).sin() - 2.0 * eccentricity * anomaly.sin()
        + 4.0 * eccentricity * y * anomaly.sin() * (2.0 * mean_longitude).cos()
        - 0.5 * y * y * (4.0 * mean_longitude).sin()
        - 1.25 * eccentricity * eccentricity * (2.0 * anomaly).sin();
    (declination, 4.0 * equation.to_degrees())
}

/// Which side of noon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The sun comes up through the zenith angle.
    Rise,
    /// It goes down through it.
    Set,
}

/// The moment on the UTC day of `day` (days since 1970) at which the sun passes `zenith` degrees
/// at `place`; `None` when it does not on that day.
pub(crate) fn event(place: Place, day: i64, zenith: f64, event: Event) -> Option<Timestamp> {
    let midnight = Timestamp(day * DAY_MS);
    let latitude = place.lat.to_radians();
    let mut at = midnight.plus_ms(DAY_MS / 2);
    for _ in 0..3 {
        let (declination, equation) = declination_and_equation_of_time(at);
        let cosine = zenith.to_radians().cos() / (latitude.cos() * declination.cos())
            - latitude.tan() * declination.tan();
        if cosine.abs() > 1.0 {
            return None;
        }
        let half_day_min = 4.0 * cosine.acos().to_degrees();
        let noon_min = 720.0 - 4.0 * place.lon - equation;
        let minute = match event {
            Event::Rise => noon_min - half_day_min,
            Event::Set => noon_min + half_day_min,
        };
        at = midnight.plus_ms((minute * 60_000.0) as i64);
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors computed once with an independent algorithm, Europe/Kyiv time written as an offset.
    #[test]
    fn sun_events_agree_with_the_vectors_within_a_minute() {
        let odesa = Place { lat: 46.4825, lon: 30.7233 };
        let rozdilna = Place { lat: 46.845, lon: 30.0797 };
        for (place, rise, set) in [
            (odesa, "2026-01-15T07:37:03+02:00", "2026-01-15T16:36:15+02:00"),
            (odesa, "2026-03-29T06:43:09+03:00", "2026-03-29T19:21:25+03:00"),
            (odesa, "2026-06-21T05:04:31+03:00", "2026-06-21T20:53:17+03:00"),
            (odesa, "2026-10-25T06:28:31+02:00", "2026-10-25T16:53:06+02:00"),
            (rozdilna, "2026-12-21T07:42:08+02:00", "2026-12-21T16:13:16+02:00"),
        ] {
            for (text, which) in [(rise, Event::Rise), (set, Event::Set)] {
                let expected: Timestamp = text.parse().expect("a time");
                let day = expected.millis().div_euclid(DAY_MS);
                let got = event(place, day, HORIZON, which).expect("the sun passes");
                assert!(got.since_ms(expected).abs() < 60_000, "{text}: {got}");
            }
        }
    }

    #[test]
    fn beyond_the_polar_circle_the_sun_need_not_rise() {
        let north = Place { lat: 78.2, lon: 15.6 };
        let winter: Timestamp = "2026-12-21T00:00:00Z".parse().expect("a time");
        assert!(event(north, winter.millis() / DAY_MS, HORIZON, Event::Rise).is_none());
    }
}
