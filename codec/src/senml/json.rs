//! The JSON form of a pack: an array of objects with short labels.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use super::Record;

/// A text, borrowed unless it has escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Record<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = Record<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a record of labels")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record<'de>, A::Error> {
                let mut record = Record::default();
                while let Some(Text(label)) = map.next_key()? {
                    put(&mut record, &label, &mut map)?;
                }
                Ok(record)
            }
        }
        deserializer.deserialize_map(Map)
    }
}

fn put<'de, A: MapAccess<'de>>(
    record: &mut Record<'de>,
    label: &str,
    map: &mut A,
) -> Result<(), A::Error> {
    let number = |map: &mut A| map.next_value::<f64>().map(Some);
    let text = |map: &mut A| map.next_value::<Text<'de>>().map(|Text(text)| Some(text));
    match label {
        "bver" => record.base_version = map.next_value().map(Some)?,
        "bn" => record.base_name = text(map)?,
        "bt" => record.base_time = number(map)?,
        "bu" => record.base_unit = text(map)?,
        "bv" => record.base_value = number(map)?,
        "n" => record.name = text(map)?,
        "u" => record.unit = text(map)?,
        "v" => record.value = number(map)?,
        "vs" => record.string = text(map)?,
        "vb" => record.boolean = map.next_value().map(Some)?,
        "vd" => record.has_data = map.next_value::<Text<'de>>().map(|_| true)?,
        "s" => record.sum = number(map)?,
        "t" => record.time = number(map)?,
        _ if label.ends_with('_') => {
            return Err(A::Error::custom(format_args!("label `{label}` must be understood")));
        }
        _ => drop(map.next_value::<IgnoredAny>()?),
    }
    Ok(())
}
