//! Tests of sources against a real Mosquitto: `apt-get install mosquitto` when it is missing.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use domain::intake::Reason;
use prost::Message as _;
use tempfile::TempDir;

use super::SourceConfig;
use crate::Config;
use crate::testing::{
    City, Client, Fault, Login, MQTT_5, NOW, PATIENCE, Running, eventually, payload, topic,
};
use codec::sparkplug;

/// A Mosquitto with its sessions on disk, that can be killed and started again on its port.
struct Mosquitto {
    folder: TempDir,
    address: SocketAddr,
    process: Child,
}

fn binary() -> PathBuf {
    let places = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&places).collect();
    // Debian installs it where an ordinary user's PATH does not look.
    folders.push("/usr/sbin".into());
    folders
        .into_iter()
        .map(|folder| folder.join("mosquitto"))
        .find(|file| file.is_file())
        .expect("no `mosquitto` found: install it with `apt-get install mosquitto`")
}

fn spawn(folder: &TempDir, address: SocketAddr) -> Child {
    let configuration = folder.path().join("mosquitto.conf");
    let text = format!(
        "listener {} 127.0.0.1\nallow_anonymous true\npersistence true\nautosave_on_changes true\n\
         autosave_interval 1\npersistence_location {}/\nmax_queued_messages 100000\nuser root\n",
        address.port(),
        folder.path().display()
    );
    std::fs::write(&configuration, text).expect("written");
    let process = Command::new(binary())
        .arg("-c")
        .arg(&configuration)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("mosquitto starts");
    let begun_at = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(begun_at.elapsed() < PATIENCE, "mosquitto does not listen");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    process
}

impl Mosquitto {
    fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("bound");
        drop(free);
        let folder = tempfile::tempdir().expect("a folder");
        let process = spawn(&folder, address);
        Self { folder, address, process }
    }

    fn kill(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("gone");
    }

    fn start_again(&mut self) {
        self.process = spawn(&self.folder, self.address);
    }

    async fn publisher(&self) -> Client {
        let login = Login::new(MQTT_5, "publisher", "any");
        Client::connect(self.address, &login).await.0
    }

    fn config(&self) -> Config {
        let source = SourceConfig {
            name: "mosquitto".into(),
            host: self.address.ip().to_string(),
            port: self.address.port(),
            credentials: None,
            client_id: "obrii-test".into(),
            topics: vec!["obrii/v1/+/+/+/telemetry".into()],
            gateway: None,
        };
        Config {
            mqtt: None,
            mqtts: None,
            sources: vec![source],
            teltonika: None,
            wialon: None,
            trusted_proxies: Vec::new(),
            service_areas: HashMap::new(),
        }
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        // It may have been killed by its test already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

async fn connected(running: &Running) {
    eventually("connected", || running.ingest.health().sources[0].1).await;
}

fn air() -> String {
    topic("air", "air-01", "telemetry")
}

fn reading(second: i64) -> String {
    payload(-second, &[("pm25", second as f64)])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_external_broker_brings_is_stored_and_acknowledged_to_it() {
    let mosquitto = Mosquitto::start();
    let running = City::new().start_with(mosquitto.config()).await;
    connected(&running).await;
    let mut publisher = mosquitto.publisher().await;
    for second in 0..200 {
        assert_eq!(publisher.publish(&air(), reading(second)).await, Some(0));
    }
    let metrics = std::sync::Arc::clone(running.ingest.metrics());
    eventually("stored", || metrics.stored.get() == 200).await;
    let city = running.stop().await;

    // All were acknowledged: the session, which the broker kept, brings none of them again.
    let running = city.start_with(mosquitto.config()).await;
    connected(&running).await;
    publisher.publish(&air(), reading(200)).await;
    let metrics = std::sync::Arc::clone(running.ingest.metrics());
    eventually("the next one", || metrics.stored.get() == 1).await;
    assert_eq!(metrics.duplicate.get(), 0);
    let city = running.stop().await;
    assert_eq!(city.values("air-01", "pm25").len(), 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_stored_comes_again_when_the_store_is_back() {
    let mosquitto = Mosquitto::start();
    let running = City::new().start_with(mosquitto.config()).await;
    connected(&running).await;
    running.city.series.set(Fault::Fails);
    let mut publisher = mosquitto.publisher().await;
    for second in 0..50 {
        publisher.publish(&air(), reading(second)).await;
    }
    let metrics = std::sync::Arc::clone(running.ingest.metrics());
    eventually("given back", || metrics.retries.get() > 0).await;
    running.city.series.set(Fault::None);
    eventually("stored", || metrics.stored.get() == 50).await;
    let city = running.stop().await;
    assert_eq!(city.values("air-01", "pm25").len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_killed_is_found_again_and_subscribed_to() {
    let mut mosquitto = Mosquitto::start();
    let running = City::new().start_with(mosquitto.config()).await;
    connected(&running).await;
    mosquitto.kill();
    eventually("noticed", || !running.ingest.health().is_ready()).await;
    // Nothing of the session is left: the topics have to be asked for again.
    drop(std::fs::remove_file(mosquitto.folder.path().join("mosquitto.db")));
    mosquitto.start_again();
    connected(&running).await;
    let mut publisher = mosquitto.publisher().await;
    publisher.publish(&air(), reading(1)).await;
    let metrics = std::sync::Arc::clone(running.ingest.metrics());
    eventually("stored", || metrics.stored.get() == 1).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_messages_and_quality_0_do_not_stop_a_source() {
    let mosquitto = Mosquitto::start();
    let running = City::new().start_with(mosquitto.config()).await;
    connected(&running).await;
    let mut publisher = mosquitto.publisher().await;
    publisher.publish(&air(), "nonsense").await;
    publisher.publish(&topic("air", "nobody", "telemetry"), reading(1)).await;
    // Beyond our maximum packet size the broker drops it by itself.
    publisher.publish(&air(), vec![b' '; 2 * 1024 * 1024]).await;
    publisher.send_publish(&air(), reading(2).as_bytes(), None, false).await;
    publisher.publish(&air(), reading(3)).await;
    let metrics = std::sync::Arc::clone(running.ingest.metrics());
    eventually("stored", || metrics.stored.get() == 2).await;
    let city = running.stop().await;
    assert_eq!(city.reasons(), [Reason::NotJson, Reason::UnknownDevice]);
    assert_eq!(city.quarantine()[0].gateway, "mosquitto");
    assert_eq!(city.tally("air-01").qos0, 1);
}

/// The test city with a gateway `lora` that speaks for `well-1`, and `well-2` that is nobody's.
fn city_with_wells() -> City {
    let mut city = City::new();
    city.import(
        "gateway,external_id,object",
        &[
            "lora,odesa,gateway,gateway,LoRaWAN,,,own:test,Власник,,,,,",
            "well-1,odesa,water,leak-sensor,К 1,46.4,30.7,own:test,Власник,,,lora,aa01,",
            "well-2,odesa,water,leak-sensor,К 2,46.4,30.7,own:test,Власник,,,cabinet-1,aa02,",
        ],
    );
    city
}

/// Says a battery level for each well in two formats.
async fn speak_for_wells(mosquitto: &Mosquitto) {
    let mut publisher = mosquitto.publisher().await;
    let uplink = r#"{"object":{"battery_level":88}}"#;
    for eui in ["aa01", "aa02"] {
        publisher.publish(&format!("application/1/device/{eui}/event/up"), uplink).await;
    }
    for well in ["well-1", "well-2"] {
        let native = payload(-1, &[("temperature", 4.5)]);
        publisher.publish(&topic("water", well, "telemetry"), native).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_a_gateway_speaks_for_the_devices_bound_to_it_and_for_no_others() {
    let mosquitto = Mosquitto::start();
    let mut config = mosquitto.config();
    config.sources[0].topics.push("application/#".into());
    config.sources[0].gateway = Some(crate::testing::device("lora"));
    let running = city_with_wells().start_with(config).await;
    connected(&running).await;
    speak_for_wells(&mosquitto).await;
    let metrics = std::sync::Arc::clone(running.ingest.metrics());
    eventually("all came", || metrics.messages.get() == 4).await;
    let city = running.stop().await;
    assert_eq!(city.values("well-1", "battery_level"), [88.0]);
    assert_eq!(city.values("well-1", "temperature"), [4.5]);
    assert!(city.values("well-2", "battery_level").is_empty());
    assert_eq!(city.reasons(), [Reason::NotBound; 2]);
    let kept = city.quarantine();
    assert_eq!(kept[0].speaker.as_deref(), Some("lora"));
    assert_eq!(kept[0].detail, "`lora` is not the gateway of `well-2`");

    // Once it is bound, the very messages can be taken again.
    let mut city = city;
    city.import(
        "gateway,external_id,object",
        &["well-2,odesa,water,leak-sensor,К 2,46.4,30.7,own:test,Власник,,,lora,aa02,"],
    );
    let running = city.start().await;
    let all = store::intake::Choice::default();
    let replayed = running.ingest.replayer().replay(all, 10).await.expect("replayed");
    assert_eq!((replayed.replayed, replayed.unusable.len()), (2, 0));
    let city = running.stop().await;
    assert_eq!(city.values("well-2", "battery_level"), [88.0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_without_a_gateway_is_trusted_by_its_own_rules() {
    let mosquitto = Mosquitto::start();
    let mut config = mosquitto.config();
    config.sources[0].topics.push("application/#".into());
    let running = city_with_wells().start_with(config).await;
    connected(&running).await;
    speak_for_wells(&mosquitto).await;
    let metrics = std::sync::Arc::clone(running.ingest.metrics());
    eventually("stored", || metrics.stored.get() == 4).await;
    let city = running.stop().await;
    assert_eq!(city.values("well-2", "battery_level"), [88.0]);
}

#[test]
fn a_source_whose_gateway_is_not_registered_says_so() {
    let directory = city_with_wells().parts.directory.load_full();
    let source = |gateway: Option<&str>| SourceConfig {
        name: "city".into(),
        host: "h".into(),
        port: 1883,
        credentials: None,
        client_id: "obrii-test".into(),
        topics: Vec::new(),
        gateway: gateway.map(crate::testing::device),
    };
    assert_eq!(source(None).mistake(&directory), None);
    assert_eq!(source(Some("lora")).mistake(&directory), None);
    let told = source(Some("nobody")).mistake(&directory).expect("a mistake");
    assert!(told.starts_with("source `city`: gateway `nobody` is not registered"), "{told}");
    let told = source(Some("air-01")).mistake(&directory).expect("a mistake");
    assert!(told.contains("gateway `air-01` is nobody's gateway"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edge_node_behind_an_external_broker_is_asked_for_its_birth_there() {
    let mosquitto = Mosquitto::start();
    let mut city = City::new();
    city.import(
        "external_id",
        &["edge-7,odesa,light,lighting-cabinet,Вузол,46.4,30.7,own:test,Власник,,,odesa/cabinet"],
    );
    let mut config = mosquitto.config();
    config.sources[0].topics = vec!["spBv1.0/#".into()];
    let running = city.start_with(config).await;
    connected(&running).await;
    let mut edge = mosquitto.publisher().await;
    assert_eq!(edge.subscribe("spBv1.0/odesa/NCMD/cabinet").await, Some(0));
    let data = sparkplug::Payload {
        timestamp: Some(NOW.millis() as u64),
        seq: Some(5),
        metrics: vec![sparkplug::Metric {
            name: Some("power".into()),
            value: Some(sparkplug::Held::Double(61.0)),
            ..sparkplug::Metric::default()
        }],
    };
    edge.send_publish("spBv1.0/odesa/NDATA/cabinet", &data.encode_to_vec(), None, false).await;
    let (_, asked) = edge.next().await.expect("a command").message();
    assert_eq!(asked, sparkplug::rebirth_request(NOW));
    let metrics = std::sync::Arc::clone(running.ingest.metrics());
    eventually("our own command came back", || metrics.messages.get() == 2).await;
    let city = running.stop().await;
    assert_eq!(city.values("edge-7", "power"), [61.0]);
    assert!(city.quarantine().is_empty(), "a command is no reading");
}
