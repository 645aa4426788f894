//! Readings by HTTP: `POST /ingest/v1/{telemetry,senml,airrohr}` with the device's token. The
//! answer is the acknowledgement: a 2xx leaves after the commit, never before. What cannot be used
//! is kept in quarantine, and the sender is told so; what cannot even be unpacked, or names no
//! station, is kept as it came and counted for the sender.

use std::borrow::Cow;
use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequest as _, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::ExternalId;
use domain::directory::DeviceEntry;
use domain::intake::{LoginReason, Reason};
use domain::limits::{
    HTTP_REQUESTS_PER_ADDRESS_PER_S_MAX, HTTP_REQUESTS_PER_S_MAX, PAYLOAD_BYTES_MAX,
};
use domain::topic::{Channel, Topic};
use serde::Deserialize;
use serde_json::error::Category;

use super::entrance::{Brought, Entrance};
use super::turns::TooOften;
use crate::arrival::Verdict;
use crate::metrics::Turn;
use crate::route::Route;
use codec::Unusable;

/// How it is named wherever the way of a message stands.
const GATEWAY: &str = "http";
/// The header in which airRohr names its chip.
const SENSOR: HeaderName = HeaderName::from_static("x-sensor");
/// Where a proxy says whom it speaks for, the last one at the end.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// After how many seconds somebody whose reading was not stored shall come again.
const RETRY_AFTER_S: u64 = 5;

/// Why a request was not taken.
#[derive(Debug)]
enum Refusal {
    NoCredentials,
    Login(LoginReason),
    TooOften(TooOften),
    TooLarge,
    Unreadable(String),
    /// Of no device that the sender may speak for.
    Foreign(String),
    NotStored,
}

/// What the handlers share.
struct Gate {
    entrance: Arc<Entrance>,
    /// Proxies that are believed when they say whom they speak for.
    trusted_proxies: Vec<IpAddr>,
}

/// The routes, for the server of the API, which says from where a request comes.
pub(crate) fn router(entrance: Arc<Entrance>, trusted_proxies: Vec<IpAddr>) -> Router {
    Router::new()
        .route("/ingest/v1/telemetry", post(post_telemetry))
        .route("/ingest/v1/senml", post(post_senml))
        .route("/ingest/v1/airrohr", post(post_airrohr))
        .layer(DefaultBodyLimit::max(PAYLOAD_BYTES_MAX))
        .with_state(Arc::new(Gate { entrance, trusted_proxies }))
}

/// What is posted where.
#[derive(Clone, Copy)]
enum Way {
    Native(Channel),
    Airrohr,
}

async fn post_telemetry(
    State(gate): State<Arc<Gate>>,
    request: Request,
) -> Result<StatusCode, Refusal> {
    take(&gate, request, Way::Native(Channel::Telemetry)).await
}

async fn post_senml(
    State(gate): State<Arc<Gate>>,
    request: Request,
) -> Result<StatusCode, Refusal> {
    take(&gate, request, Way::Native(Channel::Senml)).await
}

async fn post_airrohr(
    State(gate): State<Arc<Gate>>,
    request: Request,
) -> Result<StatusCode, Refusal> {
    take(&gate, request, Way::Airrohr).await
}

impl Way {
    /// The topic of a message, by the device that it is of; `Err`: it does not say which.
    fn topic(
        self,
        sender: &DeviceEntry,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<String, Unusable> {
        match self {
            Self::Native(_) => Ok(self.own_topic(sender)),
            Self::Airrohr => Ok(format!("airrohr/{}", chip(headers, body)?)),
        }
    }

    /// The topic of the sender itself.
    fn own_topic(self, sender: &DeviceEntry) -> String {
        let device = &sender.device;
        match self {
            Self::Native(channel) => {
                let (community, id) = (device.community.clone(), device.id.clone());
                Topic { community, kind: device.kind, device: id, channel }.to_string()
            }
            Self::Airrohr => format!("airrohr/{}", device.id),
        }
    }
}

/// One road for all: who is it, is it his turn, what does he bring, is it stored.
async fn take(gate: &Gate, request: Request, way: Way) -> Result<StatusCode, Refusal> {
    let entrance = &gate.entrance;
    let address = gate.address(&request);
    let entry = admit(entrance, request.headers(), address)?;
    // After the login: a stranger behind the same address uses up nobody's turns.
    entrance.turns.request_from(address).map_err(Refusal::TooOften)?;
    let speaker = entry.device.id.clone();
    entrance.turns.request_of(&speaker).map_err(Refusal::TooOften)?;
    let headers = request.headers().clone();
    let body = Bytes::from_request(request, &()).await.map_err(|error| body_refused(&error))?;
    let payload = match unpack(&headers, &body) {
        Ok(payload) => payload,
        Err(why) => return Err(put_aside(entrance, way, entry, body, why).await),
    };
    let topic = match way.topic(&entry, &headers, &payload) {
        Ok(topic) => topic,
        Err(why) => return Err(put_aside(entrance, way, entry, payload, why).await),
    };
    let brought = Brought {
        topic: topic.clone(),
        payload: payload.clone(),
        gateway: GATEWAY.into(),
        speaker: speaker.clone(),
    };
    match entrance.hand_over(brought).await {
        Verdict::Stored => {}
        Verdict::Retry => return Err(Refusal::NotStored),
    }
    // It is on disk; what of it went to quarantine as a whole, the sender can mend.
    let route = Route::of(&topic).map_err(|refused| Refusal::Foreign(refused.detail))?;
    let entry = route
        .find(&entrance.directory(), &payload, Some(&speaker))
        .map_err(|refused| Refusal::Foreign(refused.detail))?;
    route
        .decode(&entry.profile, &payload, entrance.now())
        .map_err(|unusable| Refusal::Unreadable(unusable.detail))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Keeps what no format can be asked about: as it came, under the sender's own topic. How he is
/// answered once it is on disk.
async fn put_aside(
    entrance: &Entrance,
    way: Way,
    sender: Arc<DeviceEntry>,
    payload: Bytes,
    why: Unusable,
) -> Refusal {
    let (topic, speaker) = (way.own_topic(&sender), sender.device.id.clone());
    let brought = Brought { topic, payload, gateway: GATEWAY.into(), speaker };
    match entrance.put_aside(brought, sender, &why).await {
        Verdict::Retry => Refusal::NotStored,
        Verdict::Stored if why.reason == Reason::TooLarge => Refusal::TooLarge,
        Verdict::Stored => Refusal::Unreadable(why.detail),
    }
}

impl Gate {
    /// The address of the sender: behind trusted proxies the one that the first of them saw. What
    /// stands before it in the header, anybody may have written.
    fn address(&self, request: &Request) -> IpAddr {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let mut address = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.0.ip());
        let said = request.headers().get_all(FORWARDED_FOR).iter();
        let said: Vec<&str> =
            said.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(',')).collect();
        for next in said.into_iter().rev() {
            match next.trim().parse() {
                Ok(next) if self.trusted_proxies.contains(&address.to_canonical()) => {
                    address = next;
                }
                _ => break,
            }
        }
        address.to_canonical()
    }
}

fn admit(
    entrance: &Entrance,
    headers: &HeaderMap,
    address: IpAddr,
) -> Result<Arc<DeviceEntry>, Refusal> {
    let credentials = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, value) =
        credentials.and_then(|text| text.split_once(' ')).ok_or(Refusal::NoCredentials)?;
    let value = value.trim();
    let admitted = if scheme.eq_ignore_ascii_case("bearer") {
        entrance.admit_bearer(GATEWAY, value, address)
    } else if scheme.eq_ignore_ascii_case("basic") {
        let pair = STANDARD.decode(value).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let pair = pair.ok_or(Refusal::NoCredentials)?;
        let (user, secret) = pair.split_once(':').ok_or(Refusal::NoCredentials)?;
        entrance.admit(GATEWAY, user, secret, address)
    } else {
        return Err(Refusal::NoCredentials);
    };
    admitted.map_err(Refusal::Login)
}

fn body_refused(error: &BytesRejection) -> Refusal {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Refusal::TooLarge;
    }
    Refusal::Unreadable(error.body_text())
}

fn unusable(reason: Reason, detail: impl Into<String>) -> Unusable {
    Unusable { element: None, reason, detail: detail.into() }
}

/// The body without its compression, of which no more is unpacked than is taken.
fn unpack(headers: &HeaderMap, body: &Bytes) -> Result<Bytes, Unusable> {
    match headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Ok(body.clone()),
        Some(b"gzip") => {
            let mut unpacked = Vec::new();
            flate2::read::GzDecoder::new(&body[..])
                .take(PAYLOAD_BYTES_MAX as u64 + 1)
                .read_to_end(&mut unpacked)
                .map_err(|error| unusable(Reason::BadFrame, format!("no gzip: {error}")))?;
            if unpacked.len() > PAYLOAD_BYTES_MAX {
                let detail = format!("unpacked larger than {PAYLOAD_BYTES_MAX} bytes");
                return Err(unusable(Reason::TooLarge, detail));
            }
            Ok(unpacked.into())
        }
        Some(other) => {
            let other: String = String::from_utf8_lossy(other).chars().take(40).collect();
            let detail = format!("content encoding `{other}`, expected gzip");
            Err(unusable(Reason::BadFrame, detail))
        }
    }
}

/// The chip of an airRohr station: from its header, or of the form of the header made from the
/// body, which names it without its type.
fn chip(headers: &HeaderMap, body: &[u8]) -> Result<ExternalId, Unusable> {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        esp8266id: Cow<'a, str>,
    }
    let name = match headers.get(SENSOR) {
        Some(chip) => String::from_utf8_lossy(chip.as_bytes()).into_owned(),
        None => match serde_json::from_slice::<Named<'_>>(body) {
            Ok(named) => format!("esp8266-{}", named.esp8266id),
            Err(error) if error.classify() == Category::Data => {
                let detail = "no header `X-Sensor` and no `esp8266id` in the message";
                return Err(unusable(Reason::BadElement, detail));
            }
            Err(error) => return Err(unusable(Reason::NotJson, error.to_string())),
        },
    };
    name.to_lowercase()
        .parse()
        .map_err(|error: domain::ids::BadId| unusable(Reason::BadElement, error.to_string()))
}

impl Refusal {
    /// Status, stable code, title and what was wrong this time.
    fn told(self) -> (StatusCode, &'static str, &'static str, String) {
        match self {
            Self::NoCredentials => {
                let detail = "expected a device's token, as Basic or Bearer credentials";
                (StatusCode::UNAUTHORIZED, "unauthorised", "No credentials", detail.to_owned())
            }
            Self::Login(LoginReason::TooOften) => {
                let detail = "too many logins from this address failed".to_owned();
                (StatusCode::TOO_MANY_REQUESTS, "too-often", "Too often", detail)
            }
            Self::Login(reason) => {
                let detail = format!("the credentials were refused: {reason}");
                (StatusCode::UNAUTHORIZED, "unauthorised", "Not let in", detail)
            }
            Self::TooOften(TooOften { turn, .. }) => {
                let (who, most) = match turn {
                    Turn::DeviceRequest => ("device", HTTP_REQUESTS_PER_S_MAX),
                    _ => ("address", HTTP_REQUESTS_PER_ADDRESS_PER_S_MAX),
                };
                let detail = format!("more than {most} requests a second of one {who}");
                (StatusCode::TOO_MANY_REQUESTS, "too-often", "Too often", detail)
            }
            Self::TooLarge => {
                let detail = format!("expected at most {PAYLOAD_BYTES_MAX} bytes");
                (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large", detail)
            }
            Self::Unreadable(detail) => {
                (StatusCode::BAD_REQUEST, "bad-request", "Not readable", detail)
            }
            Self::Foreign(detail) => {
                (StatusCode::FORBIDDEN, "foreign-device", "Not the sender's device", detail)
            }
            Self::NotStored => {
                let detail = "not stored yet, send it again".to_owned();
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not stored", detail)
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        // Whole seconds, and never none.
        let retry_after_s = match &self {
            Self::TooOften(TooOften { wait, .. }) => wait.as_secs() + 1,
            _ => RETRY_AFTER_S,
        };
        let (status, code, title, detail) = self.told();
        let problem = serde_json::json!({
            "type": format!("urn:obrii:problem:{code}"),
            "title": title,
            "status": status.as_u16(),
            "detail": detail,
        });
        let mut response = (status, problem.to_string()).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        match status {
            StatusCode::UNAUTHORIZED => {
                let asked = HeaderValue::from_static("Basic realm=\"obrii\"");
                headers.insert(header::WWW_AUTHENTICATE, asked);
            }
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(header::RETRY_AFTER, retry_after_s.into());
            }
            _ => {}
        }
        response
    }
}

#[cfg(test)]
mod tests;
