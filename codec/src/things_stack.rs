//! The Things Stack v3: uplinks with the payload that the stack's own formatter decoded. Empty,
//! zero and false fields are left out of every message.

use std::borrow::Cow;

use domain::intake::Reason;
use domain::unit::Unit;
use domain::{Quality, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::{Decoded, Reading, Unusable, from_json, object, quantity};

/// How much earlier than the server a gateway may have heard an uplink, milliseconds: beyond it
/// the gateway's clock is wrong.
const BACKHAUL_MS_MAX: i64 = 60 * 1000;
/// How much later: clocks differ a little.
const CLOCK_MS_MAX: i64 = 5 * 1000;

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    received_at: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "uplink_message")]
    uplink: Option<Uplink<'a>>,
    #[serde(default)]
    simulated: Option<bool>,
}

#[derive(Deserialize)]
struct Uplink<'a> {
    #[serde(borrow, default)]
    frm_payload: Option<Cow<'a, str>>,
    #[serde(default)]
    decoded_payload: Option<Map<String, Json>>,
    #[serde(borrow, default)]
    rx_metadata: Option<Vec<Reception<'a>>>,
    #[serde(borrow, default)]
    received_at: Option<Cow<'a, str>>,
}

/// What one gateway heard.
#[derive(Deserialize)]
struct Reception<'a> {
    #[serde(borrow, default)]
    time: Option<Cow<'a, str>>,
    #[serde(default)]
    rssi: Option<f64>,
}

/// The devEUI that a message names.
pub fn dev_eui(payload: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Envelope {
        end_device_ids: Ids,
    }
    #[derive(Deserialize)]
    struct Ids {
        dev_eui: String,
    }
    let envelope: Envelope = serde_json::from_slice(super::bounded(payload).ok()?).ok()?;
    Some(envelope.end_device_ids.dev_eui)
}

/// Reads an event. Those that carry no readings (`join`, `down/…`, `service` …) are read as none.
pub fn decode<'a>(
    event: &str,
    payload: &'a [u8],
    arrived_at: Timestamp,
) -> Result<Decoded<'a>, Unusable> {
    if event != "up" {
        return Ok(Decoded::default());
    }
    let message: Message<'_> = from_json(super::text(payload)?)?;
    if message.simulated.unwrap_or(false) {
        let detail = "the uplink is marked `simulated`: it is no measurement";
        return Err(Unusable::message(Reason::BadElement, detail));
    }
    let Some(uplink) = message.uplink else {
        return Err(Unusable::message(Reason::BadElement, "no `uplink_message`"));
    };
    let mut fields = object::fields(uplink.decoded_payload.unwrap_or_default())?;
    if fields.is_empty() {
        if object::is_bare(uplink.frm_payload.as_deref()) {
            return Ok(Decoded::default());
        }
        let detail = "an uplink without `decoded_payload`: the stack has no formatter for it";
        return Err(Unusable::message(Reason::NoKnownField, detail));
    }
    let receptions = uplink.rx_metadata.unwrap_or_default();
    let loudest = receptions.iter().map(|reception| reception.rssi.unwrap_or(0.0));
    if let Some(rssi) = loudest.max_by(f64::total_cmp)
        && fields.iter().all(|(name, _)| name != "rssi")
    {
        fields.push(("rssi".into(), quantity(rssi, Unit::DecibelMilliwatt)));
    }
    let received_at = uplink.received_at.or(message.received_at);
    let (time, flags) = settle_time(&receptions, received_at.as_deref(), arrived_at)?;
    let reading = Reading { element: None, time, flags, fields };
    Ok(Decoded { readings: vec![reading], unusable: Vec::new() })
}

/// The earliest gateway whose clock can be right, else the server.
fn settle_time(
    receptions: &[Reception<'_>],
    received_at: Option<&str>,
    arrived_at: Timestamp,
) -> Result<(Timestamp, Quality), Unusable> {
    let (received_at, flags) = match received_at.map(str::parse::<Timestamp>) {
        None => (arrived_at, Quality::NO_DEVICE_TIME),
        Some(Ok(time)) => (time, Quality::GOOD),
        Some(Err(error)) => return Err(Unusable::message(Reason::BadTime, error.to_string())),
    };
    let is_plausible =
        |time: &Timestamp| (-CLOCK_MS_MAX..=BACKHAUL_MS_MAX).contains(&received_at.since_ms(*time));
    let heard = receptions.iter().filter_map(|r| r.time.as_ref()?.parse().ok());
    Ok(match heard.filter(is_plausible).min() {
        Some(time) => (time, Quality::GOOD),
        None => (received_at, flags),
    })
}

#[cfg(test)]
mod tests;
