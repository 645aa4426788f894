//! What the store knows of an object, taken over when its first reading since the start comes.

use domain::change::{Latest, Position};
use domain::city::Known;
use domain::directory::Directory;
use domain::place::Place;
use domain::position::{Fix, Positions};
use domain::quality::Memory;
use domain::{Cell, DatastreamId, ObjectNo, Quality};
use store::series::{Series, SeriesError};

/// How far back the last credible place is looked for when the newest one is suspect.
const CREDIBLE_WITHIN_MS: i64 = 15 * 60 * 1000;
const CREDIBLE_ROWS_MAX: usize = 2_000;

/// Reads the newest values, texts and place of an object.
pub(super) fn known(
    series: &dyn Series,
    directory: &Directory,
    object: ObjectNo,
    has_texts: bool,
) -> Result<Known, SeriesError> {
    let ids: Vec<_> = directory
        .datastreams(object)
        .iter()
        .map(|datastream| DatastreamId { object, slot: datastream.slot })
        .collect();
    let latest = series.latest(&ids)?;
    let values: Vec<_> =
        ids.iter().zip(latest).filter_map(|(id, latest)| Some((id.slot, latest?))).collect();
    let texts = if has_texts { series.latest_texts(object)? } else { Vec::new() };
    let position = last_place(series, directory, object, &values)?;
    Ok(Known { values, texts, position })
}

/// Hands what is known to those who judge.
pub(super) fn remember(
    memory: &mut Memory,
    positions: &mut Positions,
    object: ObjectNo,
    known: &Known,
) {
    for (slot, latest) in &known.values {
        memory.recall(*slot, latest.time, latest.value);
    }
    for (property, text) in &known.texts {
        if property.as_str() == "status" {
            memory.note_status(text.time, &text.text);
        }
    }
    if let Some(Position { place, time, .. }) = known.position {
        positions.recall(object, Fix { place, time });
    }
}

fn last_place(
    series: &dyn Series,
    directory: &Directory,
    object: ObjectNo,
    values: &[(u16, Latest)],
) -> Result<Option<Position>, SeriesError> {
    let slots = directory.slot(object, "lat").zip(directory.slot(object, "lon"));
    let find = |slot| values.iter().find(|(s, _)| *s == slot).map(|(_, latest)| *latest);
    let Some((lat, lon)) = slots.and_then(|(lat, lon)| find(lat).zip(find(lon))) else {
        return Ok(None);
    };
    if !lat.quality.has(Quality::POSITION_SUSPECT) {
        let place = Place::new(lat.value, lon.value);
        return Ok(place.map(|place| Position { place, time: lat.time, suspect: false }));
    }
    let from = lat.time.plus_ms(-CREDIBLE_WITHIN_MS);
    let rows =
        series.rows(object, from, lat.time, CREDIBLE_ROWS_MAX).or_else(|error| match error {
            SeriesError::TooMany { .. } => Ok(Vec::new()),
            other => Err(other),
        })?;
    let credible = rows.iter().rev().find_map(|row| {
        let cell = |slot| {
            row.cells
                .iter()
                .find(|c: &&Cell| Some(c.slot) == slot && !c.quality.has(Quality::POSITION_SUSPECT))
        };
        let (lat, lon) = (cell(slots.map(|s| s.0))?, cell(slots.map(|s| s.1))?);
        let place = Place::new(lat.value, lon.value)?;
        Some(Position { place, time: row.time, suspect: true })
    });
    Ok(credible)
}

#[cfg(test)]
mod tests {
    use domain::Row;
    use smallvec::smallvec;
    use store::series::Batch;

    use super::*;
    use crate::testing::{City, NOW};

    #[test]
    fn too_many_suspect_places_leave_the_rest_of_an_object_known() {
        let city = City::new();
        let directory = city.parts.directory.load();
        let object = directory.object_by_id("tram-1").expect("an object").no;
        let slot = |property| directory.slot(object, property).expect("a slot");
        let cell = |slot, value| Cell { slot, value, quality: Quality::POSITION_SUSPECT };
        let row = |n: usize| Row {
            object,
            time: NOW.plus_ms(n as i64 * 100),
            arrival: NOW,
            cells: smallvec![cell(slot("lat"), 45.0), cell(slot("lon"), 34.0)],
        };
        let rows = (0..=CREDIBLE_ROWS_MAX + 1).map(row).collect();
        city.series.append(&Batch { rows, ..Batch::default() }).expect("stored");
        let known = known(&*city.series, &directory, object, false).expect("readable");
        assert_eq!((known.values.len(), known.position), (2, None));
    }
}
