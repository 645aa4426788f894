//! Texts of objects (route, run, trip, status) as steps: an entry stands where the text changed,
//! and holds until the next. Equal neighbours in time are kept once.

mod retain;

use std::collections::BTreeMap;
use std::ops::Bound;

use domain::change::LatestText;
use domain::{ObjectNo, Outcome, PropertyId, Timestamp};
use fjall::OwnedWriteBatch;

use super::engine::{Engine, pair};
use super::heads::Heads;
use super::layout::{
    arrival, arrival_s, damaged, put_signed, take_bytes, take_signed, time_bytes, time_of,
};
use crate::series::{SeriesError, Text};

pub(super) use retain::remove_texts;

/// Key and value.
type Entry = (Vec<u8>, Vec<u8>);

/// Ends the property in a key; no property contains it.
const PROPERTY_END: u8 = 0;

/// Begin of the keys of one attribute: object (u32, big-endian), property, a zero byte.
pub(super) fn attribute_key(object: ObjectNo, property: &PropertyId) -> Vec<u8> {
    let property = property.as_str().as_bytes();
    let mut key = Vec::with_capacity(4 + property.len() + 1 + 8);
    key.extend_from_slice(&object.0.to_be_bytes());
    key.extend_from_slice(property);
    key.push(PROPERTY_END);
    key
}

/// The attribute's key, then the time as in a row's key.
pub(super) fn text_key(object: ObjectNo, property: &PropertyId, time: Timestamp) -> Vec<u8> {
    let mut key = attribute_key(object, property);
    key.extend_from_slice(&time_bytes(time));
    key
}

pub(super) fn parse_text_key(key: &[u8]) -> Result<(ObjectNo, PropertyId, Timestamp), SeriesError> {
    take_text_key(key).ok_or_else(|| damaged("text key", key))
}

fn take_text_key(key: &[u8]) -> Option<(ObjectNo, PropertyId, Timestamp)> {
    let mut rest = key;
    let object = ObjectNo(u32::from_be_bytes(take_bytes(&mut rest)?));
    let end = rest.iter().position(|byte| *byte == PROPERTY_END)?;
    let property = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
    let time = time_of(rest[end + 1..].try_into().ok()?);
    Some((object, property, time))
}

/// A text's value: arrival in seconds after its time (zigzag varint), then the text.
fn encode_text(text: &Text) -> Vec<u8> {
    let mut value = Vec::with_capacity(text.text.len() + 4);
    put_signed(&mut value, arrival_s(text.arrival).wrapping_sub(arrival_s(text.time)));
    value.extend_from_slice(text.text.as_bytes());
    value
}

pub(super) fn decode_text(value: &[u8]) -> Result<&str, SeriesError> {
    decode(value).map(|(_, text)| text)
}

/// The arrival in seconds after the text's time, and the text.
fn decode(value: &[u8]) -> Result<(i64, &str), SeriesError> {
    let mut rest = value;
    take_signed(&mut rest)
        .and_then(|later_s| Some((later_s, std::str::from_utf8(rest).ok()?)))
        .ok_or_else(|| damaged("text", value))
}

/// Texts of one attribute, oldest first.
pub(super) fn read_texts(
    engine: &Engine,
    object: ObjectNo,
    property: &PropertyId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<LatestText>, SeriesError> {
    if to <= from {
        return Ok(Vec::new());
    }
    let range = text_key(object, property, from)..text_key(object, property, to);
    let mut texts = Vec::new();
    for entry in engine.texts.range(range) {
        let (key, value) = pair(entry)?;
        let (_, _, time) = parse_text_key(&key)?;
        texts.push(LatestText { time, text: decode_text(&value)?.into() });
    }
    Ok(texts)
}

/// The first texts of one attribute, at most `limit`, with their arrivals.
pub(super) fn read_first_texts(
    engine: &Engine,
    object: ObjectNo,
    property: &PropertyId,
    (from, to): (Timestamp, Timestamp),
    limit: usize,
) -> Result<Vec<Text>, SeriesError> {
    if to <= from {
        return Ok(Vec::new());
    }
    let range = text_key(object, property, from)..text_key(object, property, to);
    let mut texts = Vec::new();
    for entry in engine.texts.range(range).take(limit) {
        let (key, value) = pair(entry)?;
        let (_, _, time) = parse_text_key(&key)?;
        let (later_s, text) = decode(&value)?;
        let arrival = arrival(arrival_s(time).wrapping_add(later_s));
        texts.push(Text { object, property: property.clone(), time, arrival, text: text.into() });
    }
    Ok(texts)
}

/// What a batch does to texts, before it is committed.
#[derive(Debug, Default)]
pub(super) struct TextStage {
    /// By key: the new value, or `None` where the entry goes.
    entries: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// Newest texts of the attributes that were touched.
    heads: Heads,
}

impl TextStage {
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.heads.texts.clear();
    }

    /// Takes one text in.
    pub(super) fn stage(
        &mut self,
        engine: &Engine,
        known: &Heads,
        text: &Text,
    ) -> Result<Outcome, SeriesError> {
        let newest = self
            .heads
            .text(text.object, &text.property)
            .or_else(|| known.text(text.object, &text.property));
        match newest {
            Some(newest) if text.time <= newest.time => return self.insert(engine, text),
            Some(newest) if *newest.text == *text.text => return Ok(Outcome::Duplicate),
            Some(_) | None => {}
        }
        let key = text_key(text.object, &text.property, text.time);
        self.entries.insert(key, Some(encode_text(text)));
        let newest = LatestText { time: text.time, text: text.text.as_str().into() };
        self.heads.set_text(text.object, &text.property, newest);
        Ok(Outcome::Stored)
    }

    /// Puts a text between older and newer ones.
    fn insert(&mut self, engine: &Engine, text: &Text) -> Result<Outcome, SeriesError> {
        let attribute = attribute_key(text.object, &text.property);
        let key = text_key(text.object, &text.property, text.time);
        let standing = self.get(engine, &key)?;
        let before = self.last(engine, attribute.clone(), Bound::Excluded(key.clone()))?;
        let is_equal = |value: &[u8]| decode_text(value).map(|known| known == text.text);
        let outcome = match &standing {
            Some(value) if is_equal(value)? => return Ok(Outcome::Duplicate),
            Some(_) => Outcome::Corrected,
            None => Outcome::Stored,
        };
        let repeats = match &before {
            Some((_, value)) => is_equal(value)?,
            None => false,
        };
        if repeats && standing.is_none() {
            return Ok(Outcome::Duplicate);
        }
        self.entries.insert(key.clone(), (!repeats).then(|| encode_text(text)));
        if let Some((after, value)) = self.first_after(engine, &key, &attribute)?
            && is_equal(&value)?
        {
            self.entries.insert(after, None);
        }
        let end = text_key(text.object, &text.property, Timestamp(i64::MAX));
        if let Some((key, value)) = self.last(engine, attribute, Bound::Included(end))? {
            let (_, _, time) = parse_text_key(&key)?;
            let newest = LatestText { time, text: decode_text(&value)?.into() };
            self.heads.set_text(text.object, &text.property, newest);
        }
        Ok(outcome)
    }

    fn get(&self, engine: &Engine, key: &[u8]) -> Result<Option<Vec<u8>>, SeriesError> {
        match self.entries.get(key) {
            Some(staged) => Ok(staged.clone()),
            None => Ok(engine.texts.get(key)?.map(|value| value.to_vec())),
        }
    }

    /// The last entry of an attribute up to `end`, staged or stored.
    fn last(
        &self,
        engine: &Engine,
        begin: Vec<u8>,
        end: Bound<Vec<u8>>,
    ) -> Result<Option<Entry>, SeriesError> {
        let range = (Bound::Included(begin), end);
        let staged = self
            .entries
            .range(range.clone())
            .rev()
            .find_map(|(key, value)| Some((key.clone(), value.clone()?)));
        for entry in engine.texts.range(range).rev() {
            let (key, value) = pair(entry)?;
            if !self.entries.contains_key(&*key) {
                let stored = Some((key.to_vec(), value.to_vec()));
                return Ok(stored.max(staged));
            }
        }
        Ok(staged)
    }

    /// The first entry of an attribute after `key`, staged or stored.
    fn first_after(
        &self,
        engine: &Engine,
        key: &[u8],
        attribute: &[u8],
    ) -> Result<Option<Entry>, SeriesError> {
        let mut end = attribute.to_vec();
        end.extend_from_slice(&[u8::MAX; 8]);
        let range = (Bound::Excluded(key.to_vec()), Bound::Included(end));
        let staged = self
            .entries
            .range(range.clone())
            .find_map(|(key, value)| Some((key.clone(), value.clone()?)));
        for entry in engine.texts.range(range) {
            let (key, value) = pair(entry)?;
            if !self.entries.contains_key(&*key) {
                let stored = (key.to_vec(), value.to_vec());
                return Ok(Some(staged.map_or(stored.clone(), |staged| staged.min(stored))));
            }
        }
        Ok(staged)
    }

    pub(super) fn write(&self, engine: &Engine, batch: &mut OwnedWriteBatch) {
        for (key, value) in &self.entries {
            match value {
                Some(value) => batch.insert(&engine.texts, key, value),
                None => batch.remove(&engine.texts, key),
            }
        }
    }

    /// After the commit: what was touched is what is known now.
    pub(super) fn publish(&mut self, known: &mut Heads) {
        for (object, texts) in self.heads.texts.drain() {
            for (property, text) in texts {
                known.set_text(object, &property, text);
            }
        }
    }
}

#[cfg(test)]
mod tests;
