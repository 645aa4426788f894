//! Tests of the embedded broker over raw sockets: each row of the identity table of docs/WIRE.md.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use domain::intake::{LoginReason, Reason};
use domain::limits::{LOGIN_FAILURES_PER_S_MAX, PACKET_BYTES_MAX, QUARANTINE_TOO_LARGE_BYTES_MAX};

use crate::testing::{
    City, Client, Fault, Login, MQTT_3, MQTT_5, NOW, Running, device, eventually, payload, topic,
};

const BOTH: [u8; 2] = [MQTT_3, MQTT_5];

async fn login_code(running: &Running, login: &Login) -> u8 {
    Client::connect(running.address(), login).await.1.reason()
}

fn login(running: &Running, version: u8, device: &str) -> Login {
    Login::new(version, device, &running.city.tokens[device])
}

fn air(device: &str) -> String {
    topic("air", device, "telemetry")
}

fn reading(seconds: i64) -> String {
    payload(seconds, &[("pm25", 12.5)])
}

/// The reasons that were noted, after the platform has stopped.
fn refusals(city: &City) -> Vec<(String, LoginReason, u64)> {
    let mut rows: Vec<_> = city
        .parts
        .intake
        .login_refusals(100)
        .expect("readable")
        .into_iter()
        .map(|row| (row.user, row.reason, row.count))
        .collect();
    rows.sort();
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_puback_means_on_disk() {
    let running = City::new().start().await;
    for (version, second) in [(MQTT_3, 1), (MQTT_5, 2)] {
        let mut client = running.client(version, "air-01").await;
        assert_eq!(client.publish(&air("air-01"), reading(second)).await, Some(0));
        assert_eq!(running.city.values("air-01", "pm25").len(), second as usize);
    }
    let city = running.stop().await;
    assert_eq!(city.tally("air-01").stored, 2);
    assert!(city.reasons().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_puback_never_leaves_before_the_commit() {
    let running = City::new().start().await;
    running.city.series.set(Fault::Waits);
    let mut client = running.client(MQTT_3, "air-01").await;
    client.send_publish(&air("air-01"), reading(0).as_bytes(), Some(1), false).await;
    let early = tokio::time::timeout(Duration::from_millis(300), client.next()).await;
    assert!(early.is_err(), "{early:?}");
    running.city.series.set(Fault::None);
    assert_eq!(client.next().await.expect("a PUBACK").kind, 4);
    assert_eq!(running.city.values("air-01", "pm25"), [12.5]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_stored_is_never_acknowledged() {
    let running = City::new().start().await;
    running.city.series.set(Fault::Fails);
    let mut old = running.client(MQTT_3, "air-01").await;
    let mut new = running.client(MQTT_5, "air-02").await;
    let (topic_1, topic_2) = (air("air-01"), air("air-02"));
    let (closed, refused) =
        tokio::join!(old.publish(&topic_1, reading(0)), new.publish(&topic_2, reading(0)));
    assert_eq!((closed, refused), (None, Some(0x83)));
    assert!(!running.ingest.health().store_ok);

    running.city.series.set(Fault::None);
    assert_eq!(new.publish(&topic_2, reading(0)).await, Some(0), "the connection was kept");
    assert!(running.ingest.health().is_ready());
    let mut old = running.client(MQTT_3, "air-01").await;
    assert_eq!(old.publish(&topic_1, reading(0)).await, Some(0), "it is no offence");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_the_right_token() {
    let running = City::new().start().await;
    for (version, bad, refused) in [(MQTT_3, 4, 5), (MQTT_5, 0x86, 0x87)] {
        let good = login(&running, version, "air-01");
        let with_password = |password: &str| Login { password: password.into(), ..good.clone() };
        assert_eq!(login_code(&running, &with_password("wrong")).await, bad);
        assert_eq!(login_code(&running, &with_password("")).await, bad);
        assert_eq!(login_code(&running, &with_password(&running.city.tokens["air-02"])).await, bad);
        let nobody = Login { user: Some("nobody".into()), ..good.clone() };
        assert_eq!(login_code(&running, &nobody).await, bad);
        let anonymous = Login { user: None, ..good.clone() };
        assert_ne!(login_code(&running, &anonymous).await, 0);
        for keep_alive_s in [0, 10] {
            let impatient = Login { keep_alive_s, ..good.clone() };
            assert_eq!(login_code(&running, &impatient).await, refused, "{keep_alive_s} s");
        }
        assert_eq!(login_code(&running, &Login { keep_alive_s: 11, ..good }).await, 0);
    }
    let noted = refusals(&running.stop().await);
    for expected in [
        ("air-01".to_owned(), LoginReason::WrongToken, 6),
        ("air-01".to_owned(), LoginReason::KeepAlive, 4),
        ("nobody".to_owned(), LoginReason::UnknownUser, 2),
    ] {
        assert!(noted.contains(&expected), "{expected:?} in {noted:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_tries_many_names_is_noted_once_and_right_credentials_never_wait() {
    let running = City::new().start().await;
    let tried = LOGIN_FAILURES_PER_S_MAX * 60 * 2;
    let mut too_often = 0;
    for number in 0..tried {
        let guess = Login::new(MQTT_5, &format!("guess-{number}"), "wrong");
        too_often += u32::from(login_code(&running, &guess).await == 0x87);
    }
    assert!(too_often > 0, "all of {tried} were answered like the first");
    assert_eq!(login_code(&running, &login(&running, MQTT_5, "air-01")).await, 0);
    let text = running.ingest.metrics().render();
    let counted = format!("obrii_rate_refusals_total{{of=\"login-failure\"}} {too_often}\n");
    assert!(text.contains(&counted), "{text}");
    let city = running.stop().await;
    let noted = city.parts.intake.login_refusals(1000).expect("readable");
    let names = noted.iter().filter(|row| row.reason == LoginReason::UnknownUser).count();
    assert_eq!(names as u32, tried - too_often);
    let rest: Vec<_> = noted.iter().filter(|row| row.reason == LoginReason::TooOften).collect();
    assert_eq!((rest.len(), rest[0].user.as_str()), (1, ""));
    assert_eq!(rest[0].count, u64::from(too_often));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_out_of_operation_is_shown_the_door() {
    let running = City::new().start().await;
    let mut client = running.client(MQTT_5, "air-01").await;
    running.city.parts.registry.decommission(&device("air-01"), NOW).expect("decommissioned");
    running.refresh();
    assert!(client.next().await.is_none_or(|packet| packet.kind == 14), "kicked");
    assert_eq!(login_code(&running, &login(&running, MQTT_5, "air-01")).await, 0x87);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_token_ends_the_session_and_only_that() {
    let running = City::new().start().await;
    let mut rotated = running.client(MQTT_3, "air-01").await;
    let mut other = running.client(MQTT_3, "air-02").await;
    let token = running.city.parts.registry.rotate_token(&device("air-01"), NOW).expect("rotated");
    running.refresh();
    assert_eq!(rotated.next().await, None);
    assert_eq!(login_code(&running, &login(&running, MQTT_3, "air-01")).await, 4);
    let fresh = Login::new(MQTT_3, "air-01", token.reveal());
    assert_eq!(login_code(&running, &fresh).await, 0);
    assert_eq!(other.publish(&air("air-02"), reading(0)).await, Some(0));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_will_may_say_only_that_the_device_itself_is_gone() {
    let running = City::new().start().await;
    for (version, refused) in [(MQTT_3, 5), (MQTT_5, 0x87)] {
        let with_will =
            |will: String| Login { will_topic: Some(will), ..login(&running, version, "air-01") };
        for foreign in [
            topic("air", "air-02", "status"),
            topic("water", "air-01", "status"),
            topic("air", "air-01", "command"),
            air("air-01"),
            "somewhere/else".into(),
        ] {
            assert_eq!(
                login_code(&running, &with_will(foreign.clone())).await,
                refused,
                "{foreign}"
            );
        }
        assert_eq!(login_code(&running, &with_will(topic("air", "air-01", "status"))).await, 0);
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_id_stays_with_the_user_whose_session_it_is() {
    let running = City::new().start().await;
    for (version, refused) in [(MQTT_3, 5), (MQTT_5, 0x87)] {
        let mut owner = running.client(version, "air-01").await;
        let thief = Login { client_id: "air-01".into(), ..login(&running, version, "air-02") };
        assert_eq!(login_code(&running, &thief).await, refused);
        assert_eq!(owner.publish(&air("air-01"), reading(0)).await, Some(0), "not kicked");
        let again = login(&running, version, "air-01");
        assert_eq!(login_code(&running, &again).await, 0, "its owner may take it over");
        assert!(owner.next().await.is_none_or(|packet| packet.kind == 14));
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disallowed_publish_is_told_so_or_closed_but_never_acknowledged() {
    let disallowed = [
        air("air-02"),
        topic("air", "+", "telemetry"),
        "obrii/v1/odesa/air/#".to_owned(),
        topic("air", "air-01", "command"),
        topic("water", "air-01", "status"),
        "somewhere/else".to_owned(),
    ];
    for topic in disallowed {
        let running = City::new().start().await;
        let mut new = running.client(MQTT_5, "air-01").await;
        assert_eq!(new.publish(&topic, reading(0)).await, Some(0x87), "{topic}");
        assert_eq!(new.publish(&air("air-01"), reading(1)).await, Some(0), "{topic}: kept");
        drop(new);
        let mut old = running.client(MQTT_3, "air-01").await;
        assert_eq!(old.publish(&topic, reading(0)).await, None, "{topic}");
        let city = running.stop().await;
        assert_eq!(city.values("air-01", "pm25").len(), 1);
        assert!(city.values("air-02", "pm25").is_empty());
        assert!(city.reasons().is_empty(), "a refused publish is no quarantine");
        assert_eq!(refusals(&city), [("air-01".to_owned(), LoginReason::ForeignTopic, 2)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_topic_is_not_acknowledged() {
    let running = City::new().start().await;
    let mut new = running.client(MQTT_5, "air-01").await;
    assert_ne!(new.publish("", reading(0)).await, Some(0));
    let mut old = running.client(MQTT_3, "air-02").await;
    assert_eq!(old.publish("", reading(0)).await, None);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_closed_connections_in_a_minute_shut_the_door_for_a_minute() {
    let running = City::new().start().await;
    for _ in 0..3 {
        let mut client = running.client(MQTT_3, "air-01").await;
        assert_eq!(client.publish(&air("air-02"), reading(0)).await, None);
    }
    assert_eq!(login_code(&running, &login(&running, MQTT_3, "air-01")).await, 5);
    assert_eq!(login_code(&running, &login(&running, MQTT_3, "air-02")).await, 0);
    running.city.clock.advance_ms(60_000);
    assert_eq!(login_code(&running, &login(&running, MQTT_3, "air-01")).await, 0);
    let noted = refusals(&running.stop().await);
    assert!(noted.contains(&("air-01".into(), LoginReason::TooOften, 1)), "{noted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_hears_its_own_commands_and_nothing_else() {
    let running = City::new().start().await;
    for (version, refused) in [(MQTT_3, 0x80), (MQTT_5, 0x87)] {
        let mut client = running.client(version, "air-01").await;
        for foreign in [
            topic("air", "air-02", "command"),
            topic("air", "+", "command"),
            "#".into(),
            "$SYS/#".into(),
            format!("$share/g/{}", topic("air", "air-01", "command")),
            air("air-01"),
        ] {
            assert_eq!(client.subscribe(&foreign).await, Some(refused), "{foreign}");
        }
        assert_eq!(client.subscribe(&topic("air", "air-01", "command")).await, Some(0));
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_reads_what_it_was_given_and_publishes_nothing() {
    let city = City::new();
    let registry = city.parts.registry.clone();
    let token = registry.add_credential("grafana", "obrii/v1/odesa/#", NOW).expect("made");
    let running = city.start().await;
    for version in BOTH {
        let reader = Login::new(version, "grafana", token.reveal());
        let (mut reader, answer) = Client::connect(running.address(), &reader).await;
        assert_eq!(answer.reason(), 0);
        assert_ne!(reader.subscribe("obrii/v1/rozdilna/#").await, Some(0));
        assert_eq!(reader.subscribe("obrii/v1/odesa/#").await, Some(0));
        let mut device = running.client(version, "air-01").await;
        assert_eq!(device.publish(&air("air-01"), reading(0)).await, Some(0));
        let heard = reader.next().await.expect("the reading").message();
        assert_eq!(heard, (air("air-01"), reading(0).into_bytes()));
        assert_ne!(reader.publish(&air("air-01"), reading(1)).await, Some(0));
    }
    registry.revoke_credential("grafana", NOW).expect("revoked");
    running.refresh();
    let revoked = Login::new(MQTT_5, "grafana", token.reveal());
    assert_eq!(login_code(&running, &revoked).await, 0x86);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_speaks_for_the_devices_bound_to_it() {
    let running = City::new().start().await;
    let lamp = topic("light", "lamp-1", "telemetry");
    let mut cabinet = running.client(MQTT_5, "cabinet-1").await;
    let lit = payload(0, &[("level", 80.0)]);
    assert_eq!(cabinet.publish(&lamp, &lit).await, Some(0));
    assert_eq!(cabinet.subscribe(&topic("light", "lamp-1", "command")).await, Some(0));
    assert_eq!(cabinet.publish(&air("air-01"), reading(0)).await, Some(0x87));
    let mut stranger = running.client(MQTT_5, "air-01").await;
    assert_eq!(stranger.publish(&lamp, &lit).await, Some(0x87));
    let city = running.stop().await;
    assert_eq!(city.values("lamp-1", "level"), [80.0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_is_kept_over_a_restart_and_telemetry_is_not() {
    let city = City::new();
    let registry = city.parts.registry.clone();
    let token = registry.add_credential("screen", "obrii/v1/#", NOW).expect("made");
    let running = city.start().await;
    let mut client = running.client(MQTT_3, "air-01").await;
    let status = topic("air", "air-01", "status");
    client.send_publish(&status, b"{\"state\":\"online\"}", Some(1), true).await;
    assert_eq!(client.next().await.expect("a PUBACK").kind, 4);
    client.send_publish(&air("air-01"), reading(0).as_bytes(), Some(2), true).await;
    assert_eq!(client.next().await.expect("a PUBACK").kind, 4);
    let running = running.stop().await.start().await;
    let login = Login::new(MQTT_3, "screen", token.reveal());
    let (mut reader, _) = Client::connect(running.address(), &login).await;
    assert_eq!(reader.subscribe("obrii/v1/#").await, Some(0));
    let kept = reader.next().await.expect("the status").message();
    assert_eq!(kept, (status, b"{\"state\":\"online\"}".to_vec()));
    let more = tokio::time::timeout(Duration::from_millis(200), reader.next()).await;
    assert!(more.is_err(), "{more:?}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_payloads_are_put_aside_and_huge_ones_close_the_connection() {
    let running = City::new().start().await;
    for version in BOTH {
        let mut client = running.client(version, "air-01").await;
        assert_eq!(client.publish(&air("air-01"), vec![b'x'; 300 * 1024]).await, Some(0));
        client
            .send_publish(&air("air-01"), &vec![b'x'; PACKET_BYTES_MAX + 8192], Some(1), false)
            .await;
        assert!(client.next().await.is_none_or(|packet| packet.kind == 14));
    }
    let metrics = std::sync::Arc::clone(running.ingest.metrics());
    eventually("counted", || metrics.refused_too_large.get() == 2).await;
    let city = running.stop().await;
    let mut rows = city.quarantine();
    rows.sort_by_key(|row| row.payload_bytes);
    let large = (Reason::TooLarge, QUARANTINE_TOO_LARGE_BYTES_MAX, 300 * 1024);
    let told =
        |row: &store::intake::Quarantined| (row.reason, row.payload.len(), row.payload_bytes);
    assert_eq!((told(&rows[0]), told(&rows[1])), (large, large));
    for huge in &rows[2..] {
        assert_eq!((huge.reason, huge.device.as_str()), (Reason::RefusedTooLarge, "air-01"));
        assert!(huge.payload_bytes > PACKET_BYTES_MAX as u64);
    }
    assert_eq!((rows.len(), city.tally("air-01").quarantined), (4, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_is_free_again_at_once() {
    let running = City::new().start().await;
    let address = running.address();
    let _client = running.client(MQTT_3, "air-01").await;
    let config = crate::Config {
        mqtt: Some(address),
        mqtts: None,
        sources: Vec::new(),
        teltonika: None,
        wialon: None,
        trusted_proxies: Vec::new(),
        service_areas: std::collections::HashMap::new(),
    };
    let running = running.stop().await.start_with(config.clone()).await;
    assert_eq!(running.address(), address);
    let second = crate::Ingest::start(running.city.parts.clone(), config).await;
    let refused = second.err().expect("the port is taken").to_string();
    assert!(refused.contains(&address.to_string()), "{refused}");
    running.stop().await;
}

/// The reason code of a CONNACK that came over TLS.
fn login_over_tls(
    address: std::net::SocketAddr,
    certificate: rustls::pki_types::CertificateDer<'static>,
    login: &Login,
) -> u8 {
    let mut trusted = rustls::RootCertStore::empty();
    trusted.add(certificate).expect("a certificate");
    let config =
        rustls::ClientConfig::builder().with_root_certificates(trusted).with_no_client_auth();
    let name = "localhost".try_into().expect("a name");
    let session = rustls::ClientConnection::new(std::sync::Arc::new(config), name);
    let socket = std::net::TcpStream::connect(address).expect("connected");
    socket.set_read_timeout(Some(crate::testing::PATIENCE)).expect("a timeout");
    let mut stream = rustls::StreamOwned::new(session.expect("a session"), socket);
    stream.write_all(&login.packet()).expect("written");
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).expect("a CONNACK");
    assert_eq!(answer[0], 0x20);
    answer[3]
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_from_outside_come_in_over_tls() {
    // Another test of this process may have installed it.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("made");
    let folder = tempfile::tempdir().expect("a folder");
    let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    std::fs::write(&chain, made.cert.pem()).expect("written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    let config = crate::Config {
        mqtt: None,
        mqtts: Some((std::net::SocketAddr::from(([127, 0, 0, 1], 0)), chain, key)),
        sources: Vec::new(),
        teltonika: None,
        wialon: None,
        trusted_proxies: Vec::new(),
        service_areas: std::collections::HashMap::new(),
    };
    let running = City::new().start_with(config).await;
    assert_eq!(running.ingest.mqtt_addr(), None);
    let address = running.ingest.mqtts_addr().expect("a listener");
    let good = login(&running, MQTT_3, "air-01");
    let bad = Login { password: "wrong".into(), ..good.clone() };
    let certificate = made.cert.der().clone();
    let codes = tokio::task::spawn_blocking(move || {
        [good, bad].map(|login| login_over_tls(address, certificate.clone(), &login))
    });
    assert_eq!(codes.await.expect("no panic"), [0, 4]);
    running.stop().await;
}
