use std::collections::HashSet;
use std::net::TcpListener as StdListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use tokio::io::{AsyncReadExt as _, copy};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// Everything that a test waits for comes within this time, on slow machines too.
const DEADLINE: Duration = Duration::from_mins(1);
/// Messages of each device in these tests.
const MESSAGES: usize = 40;

/// A Mosquitto of our own on a free port; it ends with the test.
struct Mosquitto {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Mosquitto {
    fn start() -> Self {
        let port = StdListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let folder = tempfile::tempdir().expect("a folder for its configuration");
        let file = folder.path().join("mosquitto.conf");
        let text =
            format!("listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n");
        std::fs::write(&file, text).expect("its configuration is written");
        let program = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"]
            .into_iter()
            .find(|path| std::path::Path::new(path).exists())
            .unwrap_or("mosquitto");
        let child = Command::new(program)
            .arg("-c")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("this test needs Mosquitto: `apt-get install mosquitto`");
        Self { child, port, _folder: folder }
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.child.kill().and_then(|()| self.child.wait()).expect("our own child ends");
    }
}

/// Listens to everything of the city, once the broker answers.
async fn listen(port: u16) -> EventLoop {
    let mut options = MqttOptions::new("listener", "127.0.0.1", port);
    options.set_max_packet_size(Some(1024 * 1024));
    let (client, mut events) = AsyncClient::new(options, 10);
    client.subscribe("obrii/v1/#", QoS::AtLeastOnce).await.expect("the queue is empty");
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Packet::SubAck(_))) => return events,
            Ok(_) => {}
            Err(_) => {
                client.subscribe("obrii/v1/#", QoS::AtLeastOnce).await.expect("a short queue");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

type Heard = Vec<(String, Vec<u8>)>;

/// Telemetry and states, until so many different telemetry messages were heard.
async fn hear(events: &mut EventLoop, different: usize) -> (Heard, Heard) {
    let (mut telemetry, mut states) = (Vec::new(), Vec::new());
    let mut known = HashSet::new();
    let all = async {
        while known.len() < different {
            let Event::Incoming(Packet::Publish(publish)) =
                events.poll().await.expect("the listener's own connection holds")
            else {
                continue;
            };
            let topic = String::from_utf8(publish.topic.to_vec()).expect("a topic is text");
            let message = (topic, publish.payload.to_vec());
            if message.0.ends_with("/telemetry") {
                known.insert(message.clone());
                telemetry.push(message);
            } else {
                states.push(message);
            }
        }
    };
    timeout(all).await;
    (telemetry, states)
}

async fn timeout<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future).await.expect("within the deadline")
}

/// Three cabinets with their luminaires, some vehicles, posts and sensors; finite and faultless.
fn small_city() -> (Vec<Voice<std::vec::IntoIter<Publication>>>, Timestamp, HashSet<String>) {
    let names = ["cab-01", "cab-05", "cab-14", "tram-4001", "bus-1003", "air-01", "flow-01"];
    let plan = Plan::new(1).only(|d| names.contains(&d.gateway.as_ref().unwrap_or(&d.id).as_str()));
    let start = "2026-11-23T15:00:00Z".parse().expect("a time");
    let scene = Arc::new(Scene::new(&plan, start, false));
    let voices: Vec<_> = speakers(&plan, &scene, Misbehaviour::None)
        .into_iter()
        .map(|speaker| Voice {
            user: speaker.user.clone(),
            status_topic: speaker.status_topic.clone(),
            messages: speaker.take(MESSAGES).collect::<Vec<_>>().into_iter(),
        })
        .collect();
    let users = voices.iter().map(|v| v.user.to_string()).collect();
    (voices, start, users)
}

fn stage(port: u16, users: HashSet<String>) -> (Stage, Arc<Counters>) {
    let tokens = users.into_iter().map(|user| (user, "any".to_owned())).collect();
    let counters = Arc::new(Counters::default());
    let stage = Stage::new(&format!("127.0.0.1:{port}"), &tokens, f64::INFINITY, &counters);
    (stage.expect("an address and a speed"), counters)
}

fn sent(voices: &[Voice<std::vec::IntoIter<Publication>>]) -> HashSet<(String, Vec<u8>)> {
    let all = voices.iter().flat_map(|v| v.messages.as_slice());
    all.map(|p| (p.topic.to_string(), p.payload.clone())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_city_arrives_at_mosquitto_whole_and_says_goodbye() {
    let broker = Mosquitto::start();
    let mut events = timeout(listen(broker.port)).await;
    let (voices, start, users) = small_city();
    let (expected, devices) = (sent(&voices), users.len());
    let (stage, counters) = stage(broker.port, users);
    let playing = play(voices, start, stage, CancellationToken::new());
    let (played, (heard, states)) =
        timeout(async { tokio::join!(playing, hear(&mut events, expected.len())) }).await;
    played.expect("the configuration is sound");
    assert_eq!(heard.len(), devices * MESSAGES, "each message once");
    assert_eq!(heard.into_iter().collect::<HashSet<_>>(), expected);
    assert_eq!(Counters::of(&counters.acknowledged), (devices * MESSAGES) as u64);
    assert_eq!(Counters::of(&counters.connected), 0);
    assert!(states.iter().all(|(_, payload)| payload.ends_with(br#""online"}"#)), "no will");
}

/// Stands between the devices and the broker and cuts the first `cuts` connections in the middle
/// of what they say.
async fn cutting_proxy(listener: TcpListener, broker: u16, cuts: Arc<AtomicUsize>) {
    let mut wires = JoinSet::new();
    loop {
        let Ok((mut device, _)) = listener.accept().await else { return };
        let left = cuts.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        let cut = left.is_ok();
        wires.spawn(async move {
            let mut broker = TcpStream::connect(("127.0.0.1", broker)).await.expect("it listens");
            let bytes_max = if cut { 2_500 } else { u64::MAX };
            let ((from_device, mut to_device), (mut from_broker, mut to_broker)) =
                (device.split(), broker.split());
            let mut some = from_device.take(bytes_max);
            tokio::select! {
                _ = copy(&mut some, &mut to_broker) => {}
                _ = copy(&mut from_broker, &mut to_device) => {}
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_the_wire_is_cut_again_and_again() {
    let broker = Mosquitto::start();
    let mut events = timeout(listen(broker.port)).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let cuts = Arc::new(AtomicUsize::new(12));
    let proxy = tokio::spawn(cutting_proxy(listener, broker.port, Arc::clone(&cuts)));
    let (voices, start, users) = small_city();
    let expected = sent(&voices);
    let (stage, counters) = stage(port, users);
    let playing = play(voices, start, stage, CancellationToken::new());
    let (played, (heard, _)) =
        timeout(async { tokio::join!(playing, hear(&mut events, expected.len())) }).await;
    played.expect("the configuration is sound");
    proxy.abort();
    assert_eq!(cuts.load(Ordering::SeqCst), 0, "all cuts happened");
    assert!(Counters::of(&counters.failures) >= 12);
    assert_eq!(heard.into_iter().collect::<HashSet<_>>(), expected);
}

#[tokio::test]
async fn what_cannot_be_played_is_said_before_anything_connects() {
    let run_with = |broker: &str, speed: f64| {
        let config = Config { speed, ..Config::new(broker.to_owned(), HashMap::new(), 1) };
        run(config, CancellationToken::new())
    };
    assert_eq!(run_with("here", 1.0).await, Err(RunError::Broker("here".into())));
    assert_eq!(run_with(":1883", 1.0).await, Err(RunError::Broker(":1883".into())));
    assert_eq!(run_with("h:1883", 0.0).await, Err(RunError::Speed("0".into())));
    assert!(matches!(run_with("h:1883", 1.0).await, Err(RunError::NoToken(_))));
}
