//! The native JSON of a device: one record, or an array of them, oldest first.

use domain::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::behaviour::Value;

/// How a device writes its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// RFC 3339, UTC.
    Text,
    /// Milliseconds since 1970.
    Millis,
}

/// A record as it goes on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) at: Timestamp,
    pub(crate) clock: Clock,
    pub(crate) seq: Option<u32>,
    pub(crate) values: Vec<(&'static str, Value)>,
}

struct Values<'a>(&'a [(&'static str, Value)]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.clock {
            Clock::Text => map.serialize_entry("ts", &self.at.to_string())?,
            Clock::Millis => map.serialize_entry("ts", &self.at.millis())?,
        }
        if let Some(seq) = self.seq {
            map.serialize_entry("seq", &seq)?;
        }
        map.serialize_entry("values", &Values(&self.values))?;
        map.end()
    }
}

/// The bytes of one record.
pub(crate) fn one(record: &Record) -> Vec<u8> {
    bytes(record)
}

/// The bytes of several records, as an array.
pub(crate) fn several(records: &[Record]) -> Vec<u8> {
    bytes(&records)
}

fn bytes(json: &impl Serialize) -> Vec<u8> {
    // Keys are strings and numbers are finite: nothing that serde_json could refuse.
    serde_json::to_vec(json).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_written_as_the_wire_asks() {
        let mut record = Record {
            at: Timestamp(1_795_342_500_000),
            clock: Clock::Text,
            seq: Some(7),
            values: vec![
                ("pm25", Value::Number(12.5)),
                ("door", Value::Flag(true)),
                ("route", Value::Text("5".to_owned())),
            ],
        };
        let text = concat!(
            r#"{"ts":"2026-11-22T10:15:00Z","seq":7,"#,
            r#""values":{"pm25":12.5,"door":true,"route":"5"}}"#,
        );
        assert_eq!(String::from_utf8(one(&record)).expect("UTF-8"), text);
        record.clock = Clock::Millis;
        record.seq = None;
        record.values.truncate(1);
        let text = r#"[{"ts":1795342500000,"values":{"pm25":12.5}}]"#;
        assert_eq!(String::from_utf8(several(&[record])).expect("UTF-8"), text);
    }
}
