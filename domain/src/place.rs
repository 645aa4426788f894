//! Places: a point on the WGS 84 globe, as devices and registry files give it.

/// A point, degrees WGS 84.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Latitude, −90…90.
    pub lat: f64,
    /// Longitude, −180…180.
    pub lon: f64,
}

impl Place {
    /// The point, when both numbers are finite and on the globe, and it is not the (0, 0) of a
    /// receiver without a fix.
    pub fn new(lat: f64, lon: f64) -> Option<Self> {
        let on_globe = lat.abs() <= 90.0 && lon.abs() <= 180.0;
        let without_fix = lat == 0.0 && lon == 0.0;
        (on_globe && !without_fix).then_some(Self { lat, lon })
    }

    /// Great-circle distance, metres (mean earth radius, haversine).
    pub fn distance_m(self, other: Self) -> f64 {
        use geo::{Distance, Haversine, Point};
        Haversine.distance(Point::new(self.lon, self.lat), Point::new(other.lon, other.lat))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_fix_is_no_place() {
        assert!(Place::new(0.0, 0.0).is_none());
        assert!(Place::new(f64::NAN, 30.0).is_none());
        assert!(Place::new(46.48, 200.0).is_none());
        let opera = Place::new(46.4854, 30.7409).expect("on the globe");
        let station = Place::new(46.4669, 30.7408).expect("on the globe");
        assert!((opera.distance_m(station) - 2057.0).abs() < 5.0);
    }
}
