//! Tests of the HTTP gateway: each answer, and that a 2xx leaves after the commit only.

use std::io::Write as _;
use std::time::Duration;

use axum::body::Body;
use domain::intake::Reason;
use domain::limits::HTTP_REQUESTS_PER_S_MAX;
use tower::ServiceExt as _;

use super::*;
use crate::testing::{City, Fault, Running, payload};

const TELEMETRY: &str = "/ingest/v1/telemetry";
const AIRROHR: &str = "/ingest/v1/airrohr";
const STATION: &str = r#"{"esp8266id":"12345678","sensordatavalues":[
    {"value_type":"SDS_P1","value":"12.34"},{"value_type":"SDS_P2","value":"5.67"},
    {"value_type":"BME280_pressure","value":"100912.34"},{"value_type":"samples","value":"9"}]}"#;

/// The test city with an airRohr station `station-1`, and `post-9` that is nobody's.
async fn started() -> Running {
    let mut city = City::new();
    city.import(
        "external_id",
        &[
            "station-1,odesa,air,air-post,С 1,46.4,30.7,own:test,Власник,,,esp8266-12345678",
            "station-2,odesa,air,air-post,С 2,46.4,30.7,own:test,Власник,,,esp32-0a1b2c",
        ],
    );
    city.start().await
}

fn basic(user: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{secret}")))
}

fn own(running: &Running, device: &str) -> String {
    basic(device, &running.city.tokens[device])
}

fn request(path: &str, authorization: &str, body: impl Into<Body>) -> Request {
    let request = Request::post(path).header(header::AUTHORIZATION, authorization);
    request.body(body.into()).expect("a request")
}

async fn answer(running: &Running, request: Request) -> Response {
    running.ingest.http_router().oneshot(request).await.expect("an answer")
}

async fn status(running: &Running, request: Request) -> u16 {
    answer(running, request).await.status().as_u16()
}

/// The stable code and the detail of a problem.
async fn problem(response: Response) -> (String, String) {
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), 10_000).await.expect("a body");
    let problem: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(problem["status"], status);
    let text = |key: &str| problem[key].as_str().expect("a text").to_owned();
    (text("type").replace("urn:obrii:problem:", ""), text("detail"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_2xx_never_leaves_before_the_commit() {
    let running = started().await;
    let authorization = own(&running, "air-01");
    running.city.series.set(Fault::Waits);
    let router = running.ingest.http_router();
    let body = payload(1, &[("pm25", 12.5)]);
    let sent = request(TELEMETRY, &authorization, body);
    let mut asked = tokio::spawn(router.oneshot(sent));
    let early = tokio::time::timeout(Duration::from_millis(300), &mut asked).await;
    assert!(early.is_err(), "answered before the commit");
    running.city.series.set(Fault::None);
    let answered = asked.await.expect("no panic").expect("an answer");
    assert_eq!(answered.status(), StatusCode::NO_CONTENT);
    assert_eq!(running.city.values("air-01", "pm25"), [12.5]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_is_answered_with_503_and_when_to_come_again() {
    let running = started().await;
    running.city.series.set(Fault::Fails);
    let body = payload(1, &[("pm25", 12.5)]);
    let sent = request(TELEMETRY, &own(&running, "air-01"), body.clone());
    let answered = answer(&running, sent).await;
    assert_eq!(answered.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answered.headers().contains_key(header::RETRY_AFTER));
    assert_eq!(problem(answered).await.0, "unavailable");
    running.city.series.set(Fault::None);
    assert_eq!(status(&running, request(TELEMETRY, &own(&running, "air-01"), body)).await, 204);
    let city = running.stop().await;
    assert_eq!(city.tally("air-01").stored, 1, "nothing of the first attempt is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_airrohr_station_is_known_by_its_chip() {
    let running = started().await;
    let secret = &running.city.tokens["station-1"];
    let mut sent = request(AIRROHR, &basic("esp8266-12345678", secret), STATION);
    sent.headers_mut().insert(SENSOR, HeaderValue::from_static("esp8266-12345678"));
    assert_eq!(status(&running, sent).await, 204);
    for (property, value) in [("pm10", 12.34), ("pm25", 5.67), ("pressure", 1009.1234)] {
        assert_eq!(running.city.values("station-1", property), [value], "{property}");
    }
    // Without the header the chip stands in the message; an ESP32 has one in hexadecimal.
    assert_eq!(status(&running, request(AIRROHR, &own(&running, "station-1"), STATION)).await, 204);
    let mut sent = request(AIRROHR, &own(&running, "station-2"), STATION);
    sent.headers_mut().insert(SENSOR, HeaderValue::from_static("esp32-0A1B2C"));
    assert_eq!(status(&running, sent).await, 204);
    let of_another = answer(&running, request(AIRROHR, &own(&running, "station-2"), STATION)).await;
    assert_eq!(of_another.status(), StatusCode::FORBIDDEN);
    assert!(problem(of_another).await.1.contains("not the gateway of `station-1`"));
    let values = STATION.replace(r#""esp8266id":"12345678","#, "");
    for nameless in [values.as_str(), "{\"sensor", r#"{"esp8266id":" "}"#] {
        let sent = request(AIRROHR, &own(&running, "station-1"), nameless.to_owned());
        assert_eq!(problem(answer(&running, sent).await).await.0, "bad-request", "{nameless}");
    }
    let city = running.stop().await;
    let expected = [Reason::NotBound, Reason::BadElement, Reason::NotJson, Reason::BadElement];
    assert_eq!(city.reasons(), expected);
    let kept = &city.quarantine()[1];
    assert_eq!((kept.device.as_str(), kept.payload.as_slice()), ("station-1", values.as_bytes()));
    assert!(kept.detail.contains("X-Sensor"), "{}", kept.detail);
    let tally = city.tally("station-1");
    assert_eq!((tally.received, tally.unknown_field, tally.quarantined), (8 + 3, 2, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_says_what_was_expected() {
    let running = started().await;
    let authorization = own(&running, "air-01");
    let body = || payload(1, &[("pm25", 1.0)]);
    let token = running.city.tokens["air-01"].clone();
    for (path, authorization, code) in [
        (TELEMETRY, String::new(), "unauthorised"),
        (TELEMETRY, "Digest x".to_owned(), "unauthorised"),
        (TELEMETRY, basic("air-01", "wrong"), "unauthorised"),
        (TELEMETRY, basic("nobody", &token), "unauthorised"),
        (TELEMETRY, "Bearer wrong".to_owned(), "unauthorised"),
    ] {
        let answered = answer(&running, request(path, &authorization, body())).await;
        assert_eq!(answered.headers()[header::WWW_AUTHENTICATE], "Basic realm=\"obrii\"");
        assert_eq!(problem(answered).await.0, code, "{authorization}");
    }
    let large = request(TELEMETRY, &authorization, vec![b' '; PAYLOAD_BYTES_MAX + 1]);
    assert_eq!(problem(answer(&running, large).await).await.0, "too-large");
    let no_json = answer(&running, request(TELEMETRY, &authorization, "{")).await;
    assert_eq!(problem(no_json).await.0, "bad-request");
    let bearer = request(TELEMETRY, &format!("Bearer {token}"), body());
    assert_eq!(status(&running, bearer).await, 204);
    let get = Request::get(TELEMETRY).body(Body::empty()).expect("a request");
    assert_eq!(status(&running, get).await, 405);
    let city = running.stop().await;
    assert_eq!(city.reasons(), [Reason::NotJson], "it is kept, and the sender knows");
    let refusals = city.parts.intake.login_refusals(10).expect("readable");
    let users: Vec<_> = refusals.iter().map(|r| (r.user.as_str(), r.reason)).collect();
    for expected in [
        ("air-01", LoginReason::WrongToken),
        ("nobody", LoginReason::UnknownUser),
        ("", LoginReason::WrongToken),
    ] {
        assert!(users.contains(&expected), "{expected:?} is not among {users:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_may_be_compressed_and_never_unpacks_beyond_the_limit() {
    let running = started().await;
    let zip = |bytes: &[u8]| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(bytes).expect("packed");
        packer.finish().expect("packed")
    };
    let send = |body: Vec<u8>, encoding: &'static str| {
        let mut sent = request(TELEMETRY, &own(&running, "air-01"), body);
        let encoding = HeaderValue::from_static(encoding);
        sent.headers_mut().insert(header::CONTENT_ENCODING, encoding);
        sent
    };
    let small = zip(payload(1, &[("pm25", 3.5)]).as_bytes());
    assert_eq!(status(&running, send(small, "gzip")).await, 204);
    let bomb = zip(&vec![b' '; 64 * PAYLOAD_BYTES_MAX]);
    assert!(bomb.len() < PAYLOAD_BYTES_MAX);
    assert_eq!(status(&running, send(bomb.clone(), "gzip")).await, 413);
    assert_eq!(status(&running, send(b"no gzip".to_vec(), "gzip")).await, 400);
    assert_eq!(status(&running, send(b"{}".to_vec(), "br")).await, 400);
    let torn = zip(payload(2, &[("pm25", 4.5)]).as_bytes());
    assert_eq!(status(&running, send(torn[..torn.len() - 6].to_vec(), "gzip")).await, 400);
    assert_eq!(running.city.values("air-01", "pm25"), [3.5]);
    let metrics = Arc::clone(running.ingest.metrics());
    let city = running.stop().await;
    let broken = Reason::BadFrame;
    assert_eq!(city.reasons(), [Reason::TooLarge, broken, broken, broken]);
    let kept = city.quarantine();
    assert!(bomb.starts_with(&kept[0].payload), "as it came, not unpacked");
    assert_eq!(kept[0].payload_bytes, bomb.len() as u64);
    assert_eq!((kept[1].payload.as_slice(), kept[1].gateway.as_str()), (&b"no gzip"[..], "http"));
    assert!(
        kept.iter().all(|row| row.topic == crate::testing::topic("air", "air-01", "telemetry"))
    );
    let tally = city.tally("air-01");
    assert_eq!((tally.received, tally.stored, tally.quarantined), (5, 1, 4));
    assert_eq!((metrics.received.get(), metrics.quarantined.get()), (5, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_unpacked_is_not_answered_before_it_is_on_disk() {
    let running = started().await;
    let send = || {
        let mut sent = request(TELEMETRY, &own(&running, "air-01"), "no gzip");
        let gzip = HeaderValue::from_static("gzip");
        sent.headers_mut().insert(header::CONTENT_ENCODING, gzip);
        sent
    };
    // A reading that waits for the store holds the batches behind it.
    running.city.series.set(Fault::Waits);
    let reading = request(TELEMETRY, &own(&running, "air-01"), payload(1, &[("pm25", 1.0)]));
    let mut first = tokio::spawn(running.ingest.http_router().oneshot(reading));
    let wait = Duration::from_millis(300);
    assert!(tokio::time::timeout(wait, &mut first).await.is_err(), "the store waits");
    let mut asked = tokio::spawn(running.ingest.http_router().oneshot(send()));
    let early = tokio::time::timeout(wait, &mut asked).await;
    assert!(early.is_err(), "answered before the commit");
    running.city.series.set(Fault::None);
    assert_eq!(asked.await.expect("no panic").expect("an answer").status(), 400);
    assert_eq!(first.await.expect("no panic").expect("an answer").status(), 204);
    assert_eq!(running.city.reasons(), [Reason::BadFrame]);
    running.stop().await;
}

/// The request as it comes from an address.
fn from(address: &str, mut request: Request) -> Request {
    let address: IpAddr = address.parse().expect("an address");
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, 40_000)));
    request
}

/// The first refusal while all turns are taken. A new one comes within milliseconds, and a single
/// request may meet it.
async fn refused_at_last(
    running: &Running,
    sent: impl Fn() -> Request,
    takes: impl Fn() -> bool,
) -> Response {
    for _ in 0..1_000 {
        while takes() {}
        let answered = answer(running, sent()).await;
        if answered.status() == StatusCode::TOO_MANY_REQUESTS {
            return answered;
        }
    }
    panic!("every request was served");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_asks_too_often_is_told_and_others_are_served() {
    let running = started().await;
    let turns = &running.ingest.entrance().turns;
    let (busy, calm) = (crate::testing::device("air-01"), crate::testing::device("air-02"));
    let burst = HTTP_REQUESTS_PER_S_MAX * 60;
    let served = (0..burst * 2).filter(|_| turns.request_of(&busy).is_ok()).count();
    assert!(served >= burst as usize && served < burst as usize * 2, "{served}");
    let body = || payload(1, &[("pm25", 1.0)]);
    let sent = || request(TELEMETRY, &own(&running, "air-01"), body());
    let refused = refused_at_last(&running, sent, || turns.request_of(&busy).is_ok()).await;
    assert_eq!(refused.headers()[header::RETRY_AFTER], "1");
    assert!(problem(refused).await.1.ends_with("of one device"));
    assert!(turns.request_of(&calm).is_ok());
    assert_eq!(status(&running, request(TELEMETRY, &own(&running, "air-02"), body())).await, 204);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_asks_or_fails_too_often_is_told_and_others_are_served() {
    let running = started().await;
    let turns = &running.ingest.entrance().turns;
    let sent = |address: &str, token: &str| {
        let body = payload(1, &[("pm25", 1.0)]);
        from(address, request(TELEMETRY, &basic("air-01", token), body))
    };
    let token = &running.city.tokens["air-01"];
    let (busy, guessing) = ("192.0.2.7", "192.0.2.8");
    let address = busy.parse().expect("an address");
    let takes = || turns.request_from(address).is_ok();
    let refused = refused_at_last(&running, || sent(busy, token), takes).await;
    assert!(problem(refused).await.1.ends_with("of one address"));
    let stranger = status(&running, sent(busy, "wrong")).await;
    assert_eq!(stranger, 401, "who is refused at the door takes nobody's turn");
    let address = guessing.parse().expect("an address");
    let takes = || turns.failure_from(address).is_ok();
    let refused = refused_at_last(&running, || sent(guessing, "wrong"), takes).await;
    assert!(refused.headers().contains_key(header::RETRY_AFTER));
    assert_eq!(status(&running, sent(guessing, token)).await, 204, "who is right never waits");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_is_believed_about_addresses_only_when_it_is_trusted() {
    let running = started().await;
    let trusted_proxies = ["127.0.0.1", "10.0.0.1"].map(|proxy| proxy.parse().expect("an address"));
    let gate =
        Gate { entrance: running.ingest.entrance(), trusted_proxies: trusted_proxies.into() };
    for (peer, said, expected) in [
        ("127.0.0.1", None, "127.0.0.1"),
        ("127.0.0.1", Some("192.0.2.7"), "192.0.2.7"),
        ("::ffff:127.0.0.1", Some("192.0.2.7"), "192.0.2.7"),
        ("127.0.0.1", Some("198.51.100.1, 192.0.2.7, 10.0.0.1"), "192.0.2.7"),
        ("127.0.0.1", Some("198.51.100.1, unknown"), "127.0.0.1"),
        ("192.0.2.8", Some("192.0.2.7"), "192.0.2.8"),
    ] {
        let mut sent = from(peer, request(TELEMETRY, "", "{}"));
        if let Some(said) = said {
            sent.headers_mut().insert(FORWARDED_FOR, HeaderValue::from_static(said));
        }
        assert_eq!(gate.address(&sent).to_string(), expected, "{peer} said {said:?}");
    }
    drop(gate);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_outlives_the_pipeline_takes_nothing() {
    let running = started().await;
    let (router, authorization) = (running.ingest.http_router(), own(&running, "air-01"));
    running.stop().await;
    let sent = request(TELEMETRY, &authorization, payload(1, &[("pm25", 1.0)]));
    let answered = router.oneshot(sent).await.expect("an answer");
    assert_eq!(answered.status(), StatusCode::SERVICE_UNAVAILABLE);
}
