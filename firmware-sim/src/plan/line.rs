//! Lines on the ground in metres: where one is after so many metres of a street or a route, and
//! which way one looks there. Flat geometry, good to centimetres over a city.

use domain::place::Place;

/// Metres of one degree of latitude (mean earth radius 6 371 008.8 m, as `Place::distance_m`).
const METRES_PER_DEGREE: f64 = 111_195.08;

/// The place `east` and `north` metres away.
pub(crate) fn moved(from: Place, east_m: f64, north_m: f64) -> Place {
    Place {
        lat: from.lat + north_m / METRES_PER_DEGREE,
        lon: from.lon + east_m / (METRES_PER_DEGREE * from.lat.to_radians().cos()),
    }
}

/// A polyline measured in metres from its begin.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Corner points with their distance from the begin, metres.
    points: Vec<(Place, f64)>,
}

impl Line {
    /// The line through the points; `None` when it has no length.
    pub fn new(points: &[Place]) -> Option<Self> {
        let mut measured: Vec<(Place, f64)> = Vec::with_capacity(points.len());
        for &point in points {
            let at_m = match measured.last() {
                Some((last, at_m)) => at_m + last.distance_m(point),
                None => 0.0,
            };
            if measured.last().is_none_or(|(_, before)| at_m > *before) {
                measured.push((point, at_m));
            }
        }
        (measured.len() >= 2).then_some(Self { points: measured })
    }

    /// Length, metres.
    pub fn length_m(&self) -> f64 {
        self.points.last().map_or(0.0, |(_, at_m)| *at_m)
    }

    /// The place `at_m` metres along and the bearing of the line there (degrees, north 0, east
    /// 90), moved `right_m` metres to the right of it. Beyond the ends: the ends.
    pub fn at(&self, at_m: f64, right_m: f64) -> (Place, f64) {
        let at_m = at_m.clamp(0.0, self.length_m());
        let after = self.points.partition_point(|(_, m)| *m < at_m);
        let after = after.clamp(1, self.points.len() - 1);
        let ((from, from_m), (to, to_m)) = (self.points[after - 1], self.points[after]);
        let part = (at_m - from_m) / (to_m - from_m);
        let on_line = Place {
            lat: from.lat + (to.lat - from.lat) * part,
            lon: from.lon + (to.lon - from.lon) * part,
        };
        let north = to.lat - from.lat;
        let east = (to.lon - from.lon) * from.lat.to_radians().cos();
        let bearing = east.atan2(north);
        let place = moved(on_line, right_m * bearing.cos(), -right_m * bearing.sin());
        (place, bearing.to_degrees().rem_euclid(360.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_walked_in_metres() {
        let begin = Place { lat: 46.48, lon: 30.72 };
        let corner = moved(begin, 0.0, 300.0);
        let end = moved(corner, 400.0, 0.0);
        let line = Line::new(&[begin, corner, corner, end]).expect("it has a length");
        assert!((line.length_m() - 700.0).abs() < 0.5, "{}", line.length_m());
        let (place, bearing) = line.at(500.0, 0.0);
        assert!(place.distance_m(moved(corner, 200.0, 0.0)) < 0.5);
        assert!((bearing - 90.0).abs() < 0.1);
        let (right, north) = line.at(100.0, 10.0);
        assert!(right.distance_m(moved(begin, 10.0, 100.0)) < 0.5 && north.abs() < 0.1);
        assert!(line.at(9_999.0, 0.0).0.distance_m(end) < 0.01);
        assert!(Line::new(&[begin, begin]).is_none());
    }
}
