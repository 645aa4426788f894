//! Is a position to be believed? GPS spoofing is daily life in Odesa: fixes jump, land outside of
//! the service area, or pile up many vehicles in one point. A fix that is not believed is kept and
//! flagged; the last credible place is what is drawn.

use std::collections::HashMap;

use crate::ids::{CommunityId, ObjectNo};
use crate::limits::{
    POSITION_CONSISTENT_FIXES_MIN, POSITION_JUMP_M_S_MAX, POSITION_PILE_MS,
    POSITION_PILE_VEHICLES_MIN,
};
use crate::object_map::ObjectMap;
use crate::place::Place;
use crate::time::Timestamp;

/// Where a community's vehicles can be at all: a ring of places, closed by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Area(geo::Polygon);

impl Area {
    /// An area inside of a ring.
    pub fn within(ring: &[Place]) -> Self {
        let points = ring.iter().map(|p| geo::Coord { x: p.lon, y: p.lat }).collect();
        Self(geo::Polygon::new(geo::LineString::new(points), Vec::new()))
    }

    /// The box between a south-western and a north-eastern corner.
    pub fn between(south_west: Place, north_east: Place) -> Self {
        let corner = |lat, lon| Place { lat, lon };
        Self::within(&[
            south_west,
            corner(south_west.lat, north_east.lon),
            north_east,
            corner(north_east.lat, south_west.lon),
        ])
    }

    /// Is the place inside, or on the border?
    pub fn contains(&self, place: Place) -> bool {
        use geo::Intersects;
        self.0.intersects(&geo::Point::new(place.lon, place.lat))
    }
}

/// A place and its time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fix {
    /// Where.
    pub place: Place,
    /// When it was measured.
    pub time: Timestamp,
}

impl Fix {
    /// Could a vehicle have driven from here to there? Times closer than a second count as one:
    /// the noise of two fixes in one second is no speed.
    fn reaches(self, later: Self) -> bool {
        let seconds = (later.time.since_ms(self.time) as f64 / 1000.0).max(1.0);
        self.place.distance_m(later.place) <= POSITION_JUMP_M_S_MAX * seconds
    }
}

/// What is remembered of one vehicle.
#[derive(Clone, Copy, Debug)]
struct Track {
    credible: Option<Fix>,
    newest: Fix,
    /// Fixes in a row that agree with each other while they disagree with the credible one.
    agreeing: usize,
}

/// Judges the positions of all vehicles.
#[derive(Debug, Default)]
pub struct Positions {
    areas: HashMap<CommunityId, Area>,
    tracks: ObjectMap<Track>,
    /// Who was seen in a square of about a metre, and when.
    squares: HashMap<(i32, i32), Vec<(ObjectNo, Timestamp)>>,
    swept_at: Timestamp,
}

impl Positions {
    /// Judges by these service areas; a community without one has no bounds.
    pub fn new(areas: HashMap<CommunityId, Area>) -> Self {
        Self { areas, ..Self::default() }
    }

    /// Takes over the last credible fix that the store knows, unless there is one already.
    pub fn recall(&mut self, object: ObjectNo, fix: Fix) {
        self.tracks.entry(object).or_insert(Track {
            credible: Some(fix),
            newest: fix,
            agreeing: 0,
        });
    }

    /// Is the fix suspect? A fix older than the newest one known is judged by the area alone.
    pub fn is_suspect(&mut self, object: ObjectNo, community: &CommunityId, fix: Fix) -> bool {
        let outside = self.areas.get(community).is_some_and(|area| !area.contains(fix.place));
        let before = self.tracks.get(&object).copied();
        if before.is_some_and(|track| fix.time <= track.newest.time) {
            return outside;
        }
        let impossible = self.is_piled(object, fix) || outside;
        let track = next_track(before, fix, impossible);
        self.tracks.insert(object, track);
        track.credible != Some(fix)
    }

    /// Do enough other vehicles stand in the same point within a minute?
    fn is_piled(&mut self, object: ObjectNo, fix: Fix) -> bool {
        self.sweep(fix.time);
        let seen = self.squares.entry(square(fix.place)).or_default();
        seen.retain(|(other, time)| {
            *other != object && fix.time.since_ms(*time).abs() <= POSITION_PILE_MS
        });
        if seen.len() < POSITION_PILE_VEHICLES_MIN {
            seen.push((object, fix.time));
        }
        seen.len() >= POSITION_PILE_VEHICLES_MIN
    }

    /// Forgets squares nobody was seen in lately, once in the time they are kept.
    fn sweep(&mut self, now: Timestamp) {
        if now.since_ms(self.swept_at) <= POSITION_PILE_MS {
            return;
        }
        self.swept_at = now;
        self.squares.retain(|_, seen| {
            seen.retain(|(_, time)| now.since_ms(*time) <= POSITION_PILE_MS);
            !seen.is_empty()
        });
    }
}

/// Believes a fix that the last credible one reaches, or that enough agreeing ones led to.
fn next_track(before: Option<Track>, fix: Fix, impossible: bool) -> Track {
    let credible = before.and_then(|track| track.credible);
    if impossible {
        return Track { credible, newest: fix, agreeing: 0 };
    }
    let Some(track) = before else {
        return Track { credible: Some(fix), newest: fix, agreeing: 0 };
    };
    let follows_newest = track.newest.reaches(fix);
    let in_doubt = track.credible != Some(track.newest);
    let reached = credible.is_some_and(|c| c.reaches(fix));
    if reached && !(in_doubt && follows_newest) {
        return Track { credible: Some(fix), newest: fix, agreeing: 0 };
    }
    let agreeing = if in_doubt && follows_newest { track.agreeing + 1 } else { 1 };
    let credible = if agreeing >= POSITION_CONSISTENT_FIXES_MIN { Some(fix) } else { credible };
    Track { credible, newest: fix, agreeing }
}

/// A square of 10⁻⁵ degrees: 1.1 m by 0.8 m in Odesa.
fn square(place: Place) -> (i32, i32) {
    ((place.lat * 1e5).round() as i32, (place.lon * 1e5).round() as i32)
}

#[cfg(test)]
mod tests;
