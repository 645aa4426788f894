//! `ChirpStack` v4 in its JSON form: uplinks with the object that the server's own codec made, and
//! the battery of a device status. What is zero may be missing, and what is missing may be null.

use std::borrow::Cow;

use domain::intake::Reason;
use domain::unit::Unit;
use domain::{Quality, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::{Decoded, Reading, Unusable, Value, from_json, object, quantity};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Uplink<'a> {
    #[serde(borrow, default)]
    time: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    data: Option<Cow<'a, str>>,
    #[serde(default)]
    object: Option<Map<String, Json>>,
    #[serde(borrow, default)]
    rx_info: Option<Vec<Reception<'a>>>,
}

/// What one gateway heard.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reception<'a> {
    #[serde(borrow, default)]
    gw_time: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    ns_time: Option<Cow<'a, str>>,
    #[serde(default)]
    rssi: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    #[serde(borrow, default)]
    time: Option<Cow<'a, str>>,
    #[serde(default)]
    external_power_source: Option<bool>,
    #[serde(default)]
    battery_level_unavailable: Option<bool>,
    #[serde(default)]
    battery_level: Option<f64>,
}

/// Reads an event. Those that carry no readings (`join`, `ack`, `log` …) are read as none.
pub fn decode<'a>(
    event: &str,
    payload: &'a [u8],
    arrived_at: Timestamp,
) -> Result<Decoded<'a>, Unusable> {
    match event {
        "up" => uplink(from_json(super::text(payload)?)?, arrived_at),
        "status" => status(&from_json(super::text(payload)?)?, arrived_at),
        _ => Ok(Decoded::default()),
    }
}

fn uplink<'a>(uplink: Uplink<'_>, arrived_at: Timestamp) -> Result<Decoded<'a>, Unusable> {
    let Uplink { time, data, object, rx_info } = uplink;
    let receptions = rx_info.unwrap_or_default();
    let mut fields = object::fields(object.unwrap_or_default())?;
    if fields.is_empty() {
        if object::is_bare(data.as_deref()) {
            return Ok(Decoded::default());
        }
        let detail = "an uplink without `object`: the server has no codec for this device";
        return Err(Unusable::message(Reason::NoKnownField, detail));
    }
    let loudest = receptions.iter().map(|reception| reception.rssi.unwrap_or(0.0));
    if let Some(rssi) = loudest.max_by(f64::total_cmp)
        && fields.iter().all(|(name, _)| name != "rssi")
    {
        fields.push(("rssi".into(), quantity(rssi, Unit::DecibelMilliwatt)));
    }
    // Older servers have the time where newer ones have the gateway's and the server's own.
    let of_gateway = receptions.iter().find_map(|r| r.gw_time.as_ref().or(r.ns_time.as_ref()));
    let (time, flags) = settle_time(time.as_deref().or(of_gateway.map(AsRef::as_ref)), arrived_at)?;
    let reading = Reading { element: None, time, flags, fields };
    Ok(Decoded { readings: vec![reading], unusable: Vec::new() })
}

fn status<'a>(status: &Status<'_>, arrived_at: Timestamp) -> Result<Decoded<'a>, Unusable> {
    let is_set = |flag: Option<bool>| flag.unwrap_or(false);
    if is_set(status.external_power_source) || is_set(status.battery_level_unavailable) {
        return Ok(Decoded::default());
    }
    let level = quantity(status.battery_level.unwrap_or(0.0), Unit::Percent);
    let fields: Vec<(Cow<'a, str>, Value<'a>)> = vec![("battery_level".into(), level)];
    let (time, flags) = settle_time(status.time.as_deref(), arrived_at)?;
    let reading = Reading { element: None, time, flags, fields };
    Ok(Decoded { readings: vec![reading], unusable: Vec::new() })
}

fn settle_time(
    text: Option<&str>,
    arrived_at: Timestamp,
) -> Result<(Timestamp, Quality), Unusable> {
    match text.map(str::parse) {
        None => Ok((arrived_at, Quality::NO_DEVICE_TIME)),
        Some(Ok(time)) => Ok((time, Quality::GOOD)),
        Some(Err(error)) => {
            let error: domain::time::NotATime = error;
            Err(Unusable::message(Reason::BadTime, error.to_string()))
        }
    }
}

#[cfg(test)]
mod tests;
