use domain::Quality;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{NOON, PATIENCE, Reading, Stores, Town};

/// The platform on a real socket.
struct Served {
    town: Town,
    addr: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Served {
    async fn new() -> Self {
        let stores = Stores::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let addr = listener.local_addr().expect("bound");
        let (stop, stopped) = oneshot::channel();
        let parts = stores.parts();
        let task = tokio::spawn(crate::serve(parts, listener, async {
            stopped.await.ok();
        }));
        Self { town: Town::over(stores).await, addr, stop, task }
    }

    async fn follow(&self, path: &str, last_event_id: Option<&str>) -> Stream {
        let mut socket = TcpStream::connect(self.addr).await.expect("connects");
        let last = last_event_id.map_or(String::new(), |id| format!("Last-Event-ID: {id}\r\n"));
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n{last}\r\n");
        socket.write_all(request.as_bytes()).await.expect("sends");
        Stream { socket, buffer: String::new() }
    }
}

struct Stream {
    socket: TcpStream,
    buffer: String,
}

#[derive(Debug)]
struct Event {
    name: String,
    id: Option<String>,
    data: Value,
}

impl Stream {
    /// The next event that is no heart-beat.
    async fn next(&mut self) -> Event {
        loop {
            let event = self.any().await.expect("the stream goes on");
            if event.name != "heartbeat" {
                return event;
            }
        }
    }

    /// The next event; `None` at the end of the stream.
    async fn any(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.buffer.find("\n\n") {
                let block: String = self.buffer.drain(..end + 2).collect();
                if let Some(event) = read_event(&block) {
                    return Some(event);
                }
                continue;
            }
            let mut bytes = vec![0; 64 * 1024];
            let read = tokio::time::timeout(PATIENCE, self.socket.read(&mut bytes));
            let count = read.await.expect("something within a minute").unwrap_or(0);
            if count == 0 {
                return None;
            }
            self.buffer.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
    }
}

/// Fields of an event; whatever HTTP puts around it (head, chunk sizes) has no such lines.
fn read_event(block: &str) -> Option<Event> {
    let field = |name: &str| {
        let lines = block.lines().rev();
        lines.filter_map(|line| line.strip_prefix(name)).map(str::trim).next()
    };
    Some(Event {
        name: field("event:")?.to_owned(),
        id: field("id:").map(str::to_owned),
        data: serde_json::from_str(field("data:")?).expect("JSON on one line"),
    })
}

#[tokio::test]
async fn a_screen_gets_a_snapshot_then_deltas_and_resumes_where_it_was() {
    let mut served = Served::new().await;
    let mut screen = served.follow("/api/v1/live", None).await;
    let snapshot = screen.next().await;
    assert_eq!(snapshot.name, "snapshot");
    assert_eq!(snapshot.data["objects"].as_array().expect("objects").len(), 7);
    let profiles = snapshot.data["profiles"].as_array().expect("profiles");
    let tracker = profiles.iter().find(|p| p["id"] == "gps-tracker").expect("the tracker");
    assert_eq!(tracker["thresholds"]["fresh_ms"], 30_000);

    served.town.commit("air-2", NOON, &[("pm25", 12.5), ("noise", 60.0)]);
    let first = screen.next().await;
    assert_eq!(first.name, "delta");
    let patch = &first.data["objects"][0];
    assert_eq!(patch["id"], "air-2");
    assert_eq!(patch["state"], "fresh");
    assert_eq!(patch["values"], serde_json::json!({ "pm25": 12.5 }), "key values only");
    assert!(patch.get("lat").is_none(), "only what changed: {patch}");
    drop(screen);

    let tram = Reading {
        values: &[("lat", 46.47), ("lon", 30.72), ("bearing", 90.0), ("ignition", 1.0)],
        texts: &[("route", "5")],
        quality: Quality::GOOD,
    };
    served.town.commit_reading("tram-4021", NOON, &tram);
    served.town.get_when("/api/v1/objects/tram-4021", |o| o["state"] == "fresh").await;
    let mut screen = served.follow("/api/v1/live", first.id.as_deref()).await;
    let missed = screen.next().await;
    assert_eq!(missed.name, "delta", "no snapshot: it goes on where it was");
    assert_eq!(missed.data["objects"][0]["id"], "tram-4021");
    assert_eq!(missed.data["objects"][0]["texts"]["route"], "5");
    assert_eq!(missed.data["objects"][0]["lon"], 30.72);

    let mut stranger = served.follow("/api/v1/live?layers=air", Some("another-boot-7")).await;
    let snapshot = stranger.next().await;
    assert_eq!(snapshot.name, "snapshot", "an id of another start means nothing");
    assert_eq!(snapshot.data["objects"].as_array().expect("objects").len(), 3);
    served.town.commit("tram-4021", NOON.plus_ms(1000), &[("speed", 8.0)]);
    served.town.commit("air-10", NOON, &[("pm10", 20.0)]);
    let delta = stranger.next().await;
    assert_eq!(delta.data["objects"][0]["id"], "air-10", "not the tram: {}", delta.data);
}

#[tokio::test]
async fn every_second_is_heard_and_the_end_ends_the_stream() {
    let served = Served::new().await;
    let mut screen = served.follow("/api/v1/live", None).await;
    let snapshot = screen.any().await.expect("a snapshot");
    assert_eq!(snapshot.name, "snapshot");
    for _ in 0..2 {
        let beat = screen.any().await.expect("a heart-beat");
        assert_eq!((beat.name.as_str(), beat.id), ("heartbeat", None));
        assert_eq!(beat.data["at"], NOON.millis());
    }
    served.stop.send(()).expect("it listens");
    while screen.any().await.is_some() {}
    let ended = tokio::time::timeout(PATIENCE, served.task).await.expect("it ends");
    ended.expect("no panic").expect("no failure");
}

#[tokio::test]
async fn a_new_device_appears_on_screens_whole() {
    let served = Served::new().await;
    let mut screen = served.follow("/api/v1/live", None).await;
    screen.next().await;
    let device = serde_json::json!({
        "id": "leak-1", "community": "odesa", "kind": "water", "profile": "leak-sensor",
        "name": "Датчик 1", "lat": 46.5, "lon": 30.7, "funding": "odesa-city-2024/23.2",
        "owner": "Водоканал", "zone": "dma-3",
    });
    let answer = served.town.ask(axum::http::Method::POST, "/api/v1/devices", Some(device)).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    let delta = screen.next().await;
    assert_eq!(delta.data["replaced"][0]["id"], "leak-1");
    assert_eq!(delta.data["replaced"][0]["state"], "no-data");
    assert_eq!(delta.data["objects"], serde_json::json!([]));
}
