//! HFP 2.0, the high-frequency positioning of vehicles over MQTT: the event `vp`. Third parties
//! send numbers for texts and texts for numbers; what they mean is taken, whatever it is written
//! as. `odo` counts metres since the begin of the trip; `acc` is an acceleration, no accuracy.

use std::borrow::Cow;

use domain::intake::Reason;
use domain::unit::Unit;
use domain::{Quality, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::{Decoded, Reading, Unusable, Value, from_json, object, quantity};

/// The event of the topic that carries a vehicle's position.
const POSITION: &str = "vp";

/// Fields of HFP 2.0 that are known and not taken. Every other one that is not read below is an
/// unknown field.
const PASSED_OVER: &[&str] = &[
    // Who it is: the topic says it.
    "oper",
    "veh",
    "label",
    "seq",
    // m/s², derived from the last two speeds.
    "acc",
    // The trip by its plan, and the stop of the event.
    "oday",
    "jrn",
    "line",
    "start",
    "stop",
    "ttarr",
    "ttdep",
    // Where the place is from, and a load that most vehicles say as empty or full.
    "loc",
    "occu",
    // What other events tell of drivers and of priority at signals.
    "dr-type",
    "sid",
    "signal-groupid",
    "tlp-requestid",
    "tlp-requesttype",
    "tlp-prioritylevel",
    "tlp-reason",
    "tlp-att-seq",
    "tlp-decision",
    "tlp-signalgroupnbr",
    "tlp-line-configid",
    "tlp-point-configid",
    "tlp-frequency",
    "tlp-protocol",
];

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "VP")]
    position: Position,
}

/// Every field may be missing, null, a number or a text.
#[derive(Deserialize)]
#[serde(transparent)]
struct Position(Map<String, Json>);

impl Position {
    /// Takes a field out; what is null is not there.
    fn take(&mut self, name: &str) -> Option<Json> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    /// Takes a number out, whatever it is written as; one that is none is not finite.
    fn number(&mut self, name: &str) -> Option<f64> {
        self.take(name).map(|value| number(&value).unwrap_or(f64::NAN))
    }
}

fn number(value: &Json) -> Option<f64> {
    match value {
        Json::Number(number) => number.as_f64(),
        Json::Bool(truth) => Some(f64::from(u8::from(*truth))),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn text(value: Json) -> Option<String> {
    match value {
        Json::Number(number) => number.as_f64().map(|number| number.to_string()),
        Json::Bool(truth) => Some(truth.to_string()),
        Json::String(text) => Some(text),
        _ => None,
    }
}

/// Reads an event. Those that carry no position of their own (`due`, `arr`, `doo` …) are read as
/// none, and so is what a vehicle says of a journey it has not begun (`upcoming`).
pub fn decode<'a>(
    event: &str,
    payload: &'a [u8],
    arrived_at: Timestamp,
) -> Result<Decoded<'a>, Unusable> {
    if event != POSITION {
        return Ok(Decoded::default());
    }
    let Message { mut position } = from_json(super::text(payload)?)?;
    let (time, flags) = settle_time(position.take("tst"), position.number("tsi"), arrived_at)?;
    let known = known(&mut position);
    for name in PASSED_OVER {
        position.0.remove(*name);
    }
    // What nobody knows goes by its own name, before what HFP says: of two the last one counts.
    let mut fields: Vec<(Cow<'a, str>, Value<'a>)> = object::fields(position.0)?;
    fields.extend(known.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)));
    object::bounded(&fields)?;
    if fields.is_empty() {
        return Err(Unusable::message(Reason::NoKnownField, "no field of a position in `VP`"));
    }
    let reading = Reading { element: None, time, flags, fields };
    Ok(Decoded { readings: vec![reading], unusable: Vec::new() })
}

/// Takes the fields out that have a native name.
fn known(position: &mut Position) -> Vec<(&'static str, Value<'static>)> {
    let mut fields = Vec::with_capacity(9);
    let mut put = |name, value: Option<Value<'static>>| fields.extend(value.map(|v| (name, v)));
    let degrees = |number| quantity(number, Unit::Degree);
    // A vehicle without a fix sends null for both.
    put("lat", position.number("lat").map(degrees));
    put("lon", position.number("long").map(degrees));
    // In m/s by the specification; of third parties that send km/h the profile says so.
    put("speed", position.number("spd").map(plain));
    put("bearing", position.number("hdg").map(degrees));
    put("odometer", position.number("odo").map(|metres| quantity(metres, Unit::Metre)));
    put("door", position.number("drst").map(plain));
    put("delay", position.number("dl").map(delay));
    // The line as passengers know it; the route's id only without it.
    let (line, route) = (position.take("desi"), position.take("route"));
    let line = line.or(route).map(text);
    put("route", line.map(|line| line.map_or(NO_TEXT, |line| Value::Text(line.into()))));
    put("direction", position.take("dir").map(direction));
    fields
}

const NO_TEXT: Value<'static> = Value::Unusable("no text");

fn plain(number: f64) -> Value<'static> {
    if number.is_finite() { Value::Number(number) } else { super::NOT_FINITE }
}

/// The offset from the schedule: `dl` is positive when the vehicle is ahead and negative when it is
/// late. Ours is the delay of GTFS-Realtime, positive when it is late.
fn delay(ahead_s: f64) -> Value<'static> {
    // From zero, so that a vehicle on time has no negative zero.
    quantity(0.0 - ahead_s, Unit::Second)
}

/// Directions are 1 and 2 here, and 0 and 1 everywhere else.
fn direction(written: Json) -> Value<'static> {
    match text(written).as_deref().map(str::trim) {
        Some("1") => Value::Text("0".into()),
        Some("2") => Value::Text("1".into()),
        _ => Value::Unusable("no direction 1 or 2"),
    }
}

fn settle_time(
    tst: Option<Json>,
    tsi: Option<f64>,
    arrived_at: Timestamp,
) -> Result<(Timestamp, Quality), Unusable> {
    if let Some(Json::String(text)) = tst {
        return match text.parse() {
            Ok(time) => Ok((time, Quality::GOOD)),
            Err(error) => {
                let error: domain::time::NotATime = error;
                Err(Unusable::message(Reason::BadTime, error.to_string()))
            }
        };
    }
    match tsi {
        Some(seconds) if seconds.abs() < 1e11 => {
            Ok((Timestamp((seconds * 1000.0).round() as i64), Quality::GOOD))
        }
        _ => Ok((arrived_at, Quality::NO_DEVICE_TIME)),
    }
}

#[cfg(test)]
mod tests;
