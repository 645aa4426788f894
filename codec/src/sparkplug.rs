//! Sparkplug B 3.0: metrics of an edge node and of the devices behind it. What an alias stands for
//! was told by a birth; who remembers births gives them to the codec.

use std::borrow::Cow;
use std::collections::HashMap;

use domain::intake::Reason;
use domain::limits::FIELDS_PER_READING_MAX;
use domain::{Quality, Timestamp};
use prost::Message as _;

use super::{Decoded, NOT_FINITE, Reading, Unusable, Value};

mod message;

pub use message::{Held, Metric, Payload, Properties, Property};

/// Type of a truth.
const BOOLEAN: u32 = 11;
/// The property that says how good a value is, and its number for a good one.
const QUALITY: &str = "Quality";
const QUALITY_GOOD: u32 = 192;
/// The metric that asks for new births.
const REBIRTH: &str = "Node Control/Rebirth";
/// The metric that says to which session births and deaths belong.
const BD_SEQ: &str = "bdSeq";
/// Begins of the names of metrics that measure nothing.
const CONTROLS: [&str; 3] = ["Node Control/", "Device Control/", "Properties/"];

/// What a birth told of the metrics of a node or device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Birth {
    /// Name and type by the alias.
    aliases: HashMap<u64, (String, u32)>,
    /// Type by the name.
    types: HashMap<String, u32>,
}

impl Birth {
    /// Reads the metrics of a birth.
    pub fn of(payload: &Payload) -> Self {
        let mut birth = Self::default();
        for metric in &payload.metrics {
            let Some(name) = &metric.name else { continue };
            let datatype = metric.datatype.unwrap_or(0);
            birth.types.insert(name.clone(), datatype);
            if let Some(alias) = metric.alias {
                birth.aliases.insert(alias, (name.clone(), datatype));
            }
        }
        birth
    }

    /// How many metrics it has.
    pub fn metric_count(&self) -> usize {
        self.types.len()
    }

    /// Can every metric of the payload be named?
    pub fn names_all(&self, payload: &Payload) -> bool {
        payload.metrics.iter().all(|metric| self.name_and_type(metric).is_some())
    }

    fn name_and_type<'m>(&'m self, metric: &'m Metric) -> Option<(&'m str, u32)> {
        let (name, known) = match (&metric.name, metric.alias) {
            (Some(name), _) if !name.is_empty() => {
                (name.as_str(), self.types.get(name).copied().unwrap_or(0))
            }
            (_, Some(alias)) => {
                self.aliases.get(&alias).map(|(name, kind)| (name.as_str(), *kind))?
            }
            _ => return None,
        };
        Some((name, metric.datatype.unwrap_or(known)))
    }
}

/// Reads the bytes of a payload.
pub fn read(payload: &[u8]) -> Result<Payload, Unusable> {
    Payload::decode(super::bounded(payload)?)
        .map_err(|error| Unusable::message(Reason::BadElement, error.to_string()))
}

/// The number of the session that a birth or death of a node belongs to.
pub fn bd_seq(payload: &Payload) -> Option<u64> {
    let metric = payload.metrics.iter().find(|m| m.name.as_deref() == Some(BD_SEQ))?;
    match metric.value {
        Some(Held::Long(number)) => Some(number),
        Some(Held::Int(number)) => Some(number.into()),
        _ => None,
    }
}

/// The command that asks a node to publish all its births again.
pub fn rebirth_request(at: Timestamp) -> Vec<u8> {
    let timestamp = u64::try_from(at.millis()).ok();
    let rebirth = Metric {
        name: Some(REBIRTH.to_owned()),
        timestamp,
        datatype: Some(BOOLEAN),
        value: Some(Held::Boolean(true)),
        ..Metric::default()
    };
    Payload { timestamp, metrics: vec![rebirth], seq: None }.encode_to_vec()
}

/// Reads a message of a node or device that was born so. Metrics of one time are one reading.
/// Deaths carry none.
pub fn decode<'a>(
    event: &str,
    birth: &Birth,
    payload: &[u8],
    arrived_at: Timestamp,
) -> Result<Decoded<'a>, Unusable> {
    if event.ends_with("DEATH") {
        return Ok(Decoded::default());
    }
    let payload = read(payload)?;
    let mut decoded = Decoded::default();
    let mut place_of: HashMap<Option<u64>, usize> = HashMap::new();
    for (index, metric) in payload.metrics.iter().enumerate() {
        let Some((name, datatype)) = birth.name_and_type(metric) else {
            let alias = metric.alias.map_or_else(|| "none".to_owned(), |alias| alias.to_string());
            decoded.unusable.push(Unusable {
                element: u32::try_from(index).ok(),
                reason: Reason::BadElement,
                detail: format!("no birth told what alias `{alias}` stands for"),
            });
            continue;
        };
        if name == BD_SEQ || CONTROLS.iter().any(|begin| name.starts_with(begin)) {
            continue;
        }
        let Some(value) = value(metric, datatype) else { continue };
        let told = metric.timestamp.or(payload.timestamp);
        let place = *place_of.entry(told).or_insert_with(|| {
            decoded.readings.push(reading_at(told, arrived_at));
            decoded.readings.len() - 1
        });
        decoded.readings[place].fields.push((Cow::Owned(name.to_owned()), value));
    }
    let widest = decoded.readings.iter().map(|reading| reading.fields.len()).max().unwrap_or(0);
    if widest > FIELDS_PER_READING_MAX {
        let detail = format!("{widest} metrics, expected at most {FIELDS_PER_READING_MAX}");
        return Err(Unusable::message(Reason::TooMany, detail));
    }
    Ok(decoded)
}

fn reading_at<'a>(told: Option<u64>, arrived_at: Timestamp) -> Reading<'a> {
    let (time, flags) = match told {
        None => (arrived_at, Quality::NO_DEVICE_TIME),
        Some(millis) => (Timestamp(i64::try_from(millis).unwrap_or(i64::MAX)), Quality::GOOD),
    };
    Reading { element: None, time, flags, fields: Vec::new() }
}

/// The value of a metric; `None`: it has none at this time.
fn value<'a>(metric: &Metric, datatype: u32) -> Option<Value<'a>> {
    if metric.is_null.unwrap_or(false) {
        return None;
    }
    if quality(metric).is_some_and(|quality| quality != QUALITY_GOOD) {
        return Some(Value::Unusable("marked bad or stale by its node"));
    }
    let number = |number: f64| if number.is_finite() { Value::Number(number) } else { NOT_FINITE };
    Some(match metric.value.as_ref()? {
        Held::Int(bits) => number(match datatype {
            // Some send the narrow form, some the one with the sign stretched to 32 bits.
            1 => f64::from((*bits & 0xff) as u8 as i8),
            2 => f64::from((*bits & 0xffff) as u16 as i16),
            3 => f64::from(*bits as i32),
            _ => f64::from(*bits),
        }),
        Held::Long(bits) if datatype == 4 => number(*bits as i64 as f64),
        Held::Long(bits) => number(*bits as f64),
        Held::Float(value) => number(f64::from(*value)),
        Held::Double(value) => number(*value),
        Held::Boolean(truth) => Value::Boolean(*truth),
        Held::Text(text) => Value::Text(Cow::Owned(text.clone())),
        Held::Bytes(_) => Value::Unusable("bytes, a file or an array"),
        Held::DataSet(_) => Value::Unusable("a data set"),
        Held::Template(_) => Value::Unusable("a template"),
        Held::Extension(_) => Value::Unusable("an extension"),
    })
}

fn quality(metric: &Metric) -> Option<u32> {
    let properties = metric.properties.as_ref()?;
    let place = properties.keys.iter().position(|key| key == QUALITY)?;
    properties.values.get(place)?.int
}

#[cfg(test)]
mod tests;
