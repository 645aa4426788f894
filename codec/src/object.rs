//! A JSON object of any shape: what `LoRaWAN` servers decode, and what vendors add to HFP. Fields of
//! objects within it get the names of their way, joined by dots.

use std::borrow::Cow;

use domain::intake::Reason;
use domain::limits::FIELDS_PER_READING_MAX;
use serde_json::{Map, Value as Json};

use super::{Unusable, Value};

type Fields = Vec<(Cow<'static, str>, Value<'static>)>;

/// The fields of an object, in the order of their names. What is null has no value.
pub(super) fn fields(object: Map<String, Json>) -> Result<Fields, Unusable> {
    let mut fields = Vec::with_capacity(object.len());
    take("", object, &mut fields);
    bounded(&fields)?;
    Ok(fields)
}

/// Refuses more fields than a reading may have.
pub(super) fn bounded(fields: &[(Cow<'_, str>, Value<'_>)]) -> Result<(), Unusable> {
    if fields.len() > FIELDS_PER_READING_MAX {
        let detail = format!("{} fields, expected at most {FIELDS_PER_READING_MAX}", fields.len());
        return Err(Unusable::message(Reason::TooMany, detail));
    }
    Ok(())
}

fn take(way: &str, object: Map<String, Json>, fields: &mut Fields) {
    for (name, value) in object {
        let name = if way.is_empty() { name } else { format!("{way}.{name}") };
        let value = match value {
            Json::Null => continue,
            Json::Object(inner) => {
                take(&name, inner, fields);
                continue;
            }
            Json::Bool(truth) => Value::Boolean(truth),
            Json::Number(number) => number.as_f64().map_or(super::NOT_FINITE, Value::Number),
            Json::String(text) => Value::Text(text.into()),
            Json::Array(_) => Value::Unusable("an array"),
        };
        fields.push((name.into(), value));
    }
}

/// Did the device send no payload at all? Then nothing could be decoded.
pub(super) fn is_bare(data: Option<&str>) -> bool {
    data.is_none_or(str::is_empty)
}
