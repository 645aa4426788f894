//! HFP 2.0, the high-frequency positioning of vehicles over MQTT: the event `vp`. Third parties
//! send numbers for texts and texts for numbers; what they mean is taken, whatever it is written
//! as. `odo` counts metres since the begin of the trip; `acc` is an acceleration, no accuracy.

use std::borrow::Cow;

use domain::intake::Reason;
use domain::unit::Unit;
use domain::{Quality, Timestamp};
use serde::Deserialize;

use super::{Decoded, Reading, Unusable, Value, from_json, quantity};

/// The event of the topic that carries a vehicle's position.
const POSITION: &str = "vp";

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, rename = "VP")]
    position: Position<'a>,
}

/// Every field may be missing, null, a number or a text.
#[derive(Deserialize)]
struct Position<'a> {
    #[serde(borrow, default)]
    desi: Option<Loose<'a>>,
    #[serde(borrow, default)]
    route: Option<Loose<'a>>,
    #[serde(borrow, default)]
    dir: Option<Loose<'a>>,
    #[serde(borrow, default)]
    tst: Option<Loose<'a>>,
    #[serde(borrow, default)]
    tsi: Option<Loose<'a>>,
    #[serde(borrow, default)]
    spd: Option<Loose<'a>>,
    #[serde(borrow, default)]
    hdg: Option<Loose<'a>>,
    #[serde(borrow, default)]
    lat: Option<Loose<'a>>,
    #[serde(borrow, default)]
    long: Option<Loose<'a>>,
    #[serde(borrow, default)]
    odo: Option<Loose<'a>>,
    #[serde(borrow, default)]
    drst: Option<Loose<'a>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Loose<'a> {
    Number(f64),
    Boolean(bool),
    Text(#[serde(borrow)] Cow<'a, str>),
}

impl<'a> Loose<'a> {
    fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Boolean(truth) => Some(f64::from(u8::from(*truth))),
            Self::Text(text) => text.trim().parse().ok(),
        }
    }

    fn text(self) -> Cow<'a, str> {
        match self {
            Self::Number(number) => number.to_string().into(),
            Self::Boolean(truth) => truth.to_string().into(),
            Self::Text(text) => text,
        }
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
    let Message { position } = from_json(super::text(payload)?)?;
    let (time, flags) = settle_time(position.tst, position.tsi.as_ref(), arrived_at)?;
    let mut fields: Vec<(Cow<'a, str>, Value<'a>)> = Vec::new();
    let mut put = |name: &'static str, value: Option<Value<'a>>| {
        fields.extend(value.map(|value| (Cow::Borrowed(name), value)));
    };
    let number = |loose: Option<Loose<'_>>, of: fn(f64) -> Value<'static>| {
        Some(of(loose?.number().unwrap_or(f64::NAN)))
    };
    let degrees = |number| quantity(number, Unit::Degree);
    // A vehicle without a fix sends null for both.
    put("lat", number(position.lat, degrees));
    put("lon", number(position.long, degrees));
    // In m/s by the specification; of third parties that send km/h the profile says so.
    put("speed", number(position.spd, plain));
    put("bearing", number(position.hdg, degrees));
    put("odometer", number(position.odo, |metres| quantity(metres, Unit::Metre)));
    put("door", number(position.drst, plain));
    // The line as passengers know it; the route's id only without it.
    let line = position.desi.or(position.route).map(|line| Value::Text(line.text()));
    put("route", line);
    put("direction", position.dir.map(direction));
    if fields.is_empty() {
        return Err(Unusable::message(Reason::NoKnownField, "no field of a position in `VP`"));
    }
    let reading = Reading { element: None, time, flags, fields };
    Ok(Decoded { readings: vec![reading], unusable: Vec::new() })
}

fn plain(number: f64) -> Value<'static> {
    if number.is_finite() { Value::Number(number) } else { super::NOT_FINITE }
}

/// Directions are 1 and 2 here, and 0 and 1 everywhere else.
fn direction<'a>(written: Loose<'_>) -> Value<'a> {
    match written.text().trim() {
        "1" => Value::Text("0".into()),
        "2" => Value::Text("1".into()),
        _ => Value::Unusable("no direction 1 or 2"),
    }
}

fn settle_time(
    tst: Option<Loose<'_>>,
    tsi: Option<&Loose<'_>>,
    arrived_at: Timestamp,
) -> Result<(Timestamp, Quality), Unusable> {
    if let Some(Loose::Text(text)) = tst {
        return match text.parse() {
            Ok(time) => Ok((time, Quality::GOOD)),
            Err(error) => {
                let error: domain::time::NotATime = error;
                Err(Unusable::message(Reason::BadTime, error.to_string()))
            }
        };
    }
    match tsi.and_then(Loose::number) {
        Some(seconds) if seconds.abs() < 1e11 => {
            Ok((Timestamp((seconds * 1000.0).round() as i64), Quality::GOOD))
        }
        _ => Ok((arrived_at, Quality::NO_DEVICE_TIME)),
    }
}

#[cfg(test)]
mod tests;
