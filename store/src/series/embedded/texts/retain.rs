//! Retention of texts: steps go with the rows of their time.

use domain::{ObjectNo, PropertyId, Timestamp};
use fjall::OwnedWriteBatch;

use super::{attribute_key, parse_text_key, text_key};
use crate::series::SeriesError;
use crate::series::embedded::engine::{Engine, REMOVALS_PER_COMMIT_MAX, pair};

/// Drops some of an object's steps that held only within `from <= time < to`; `false` when there
/// are none. The step that holds at `to`, and so the newest of all, stays.
pub(in crate::series::embedded) fn remove_texts(
    engine: &Engine,
    object: ObjectNo,
    properties: &[PropertyId],
    span: (Timestamp, Timestamp),
) -> Result<bool, SeriesError> {
    let mut batch = engine.batch_unsynced(0);
    for property in properties {
        remove_steps(engine, object, property, span, &mut batch)?;
    }
    let removes = !batch.is_empty();
    batch.commit()?;
    Ok(removes)
}

fn remove_steps(
    engine: &Engine,
    object: ObjectNo,
    property: &PropertyId,
    (from, to): (Timestamp, Timestamp),
    batch: &mut OwnedWriteBatch,
) -> Result<(), SeriesError> {
    let mut end = attribute_key(object, property);
    end.extend_from_slice(&[u8::MAX; 8]);
    let mut standing = None;
    for entry in engine.texts.range(text_key(object, property, from)..=end) {
        let (key, _) = pair(entry)?;
        let (_, _, time) = parse_text_key(&key)?;
        if time > to || batch.len() == REMOVALS_PER_COMMIT_MAX {
            break;
        }
        if let Some(ended) = standing.replace(key) {
            batch.remove(&engine.texts, ended);
        }
    }
    Ok(())
}
