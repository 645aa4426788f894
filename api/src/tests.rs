//! The API over real stores in temporary folders, through the real router and, where it matters,
//! over a real socket.

mod bulk;
mod corrections;
mod exports;
mod holds;
mod intake;
mod lists;
mod live;
mod pages;
mod profiles;
mod programmes;
mod register;
mod server;
mod unknown;

use std::ffi::OsString;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header, request};
use axum::response::Response;
use domain::change::{Change, Changes, Latest, LatestText, Position};
use domain::directory::Directory;
use domain::intake::{Glimpse, Reason};
use domain::place::Place;
use domain::profile::Profile;
use domain::trial::{Measured, Message, Trial, TriedReading, TriedUnusable, TriedValue};
use domain::{Cell, Quality, Row, Timestamp};
use http_body_util::BodyExt;
use serde_json::Value;
use store::clock::{Clock, ManualClock};
use store::intake::{Intake, Quarantined, Replayed, Settled};
use store::registry::Registry;
use store::series::{Batch, Embedded, Series, Text};
use tempfile::TempDir;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::server::keeper;
use crate::state::{Api, Health, Parts, Replay};

/// 2026-11-22T12:00:00+02:00.
pub(super) const NOON: Timestamp = Timestamp(1_795_341_600_000);
pub(super) const HOUR_MS: i64 = 3_600_000;
/// Longer than any machine needs; nothing waits it out unless a test fails.
const PATIENCE: Duration = Duration::from_mins(1);

const DEVICES: &str = "\
id,community,kind,profile,name,lat,lon,funding,owner,zone,commissioned_on,object,address,access,simulated
air-1,odesa,air,air-post,Пост 1,46.48,30.73,odesa-city-2024/14.2,Департамент екології,prymorskyi,2026-11-01,post-italiiska,\"вулиця Італійська, 12\",public,false
air-2,odesa,air,air-post,Пост 2,46.47,30.74,odesa-city-2024/14.2=0.5;grant:EGAP=0.5,Департамент екології,prymorskyi,2026-11-01,,,public,false
air-10,odesa,air,air-post,Пост 10,46.46,30.75,odesa-city-2024/14.2,Департамент екології,kyivskyi,,,,public,false
air-spare,odesa,air,air-post,Запасний,,,grant:EGAP,Департамент екології,,,-,,public,false
tram-4021,odesa,vehicle,gps-tracker,Трамвай 4021,,,odesa-city-2024/4.2.1,Перевізник А,depot-1,2026-11-01,,,internal,true
cab-7,odesa,light,lighting-cabinet,Шафа 7,46.45,30.71,own:Міськсвітло,Міськсвітло,feeder-7,2026-11-01,,,restricted,true
lamp-7-2,odesa,light,luminaire,Світильник 2,46.451,30.712,own:Міськсвітло,Міськсвітло,feeder-7,2026-11-01,,,internal,true
lamp-7-10,odesa,light,luminaire,Світильник 10,46.452,30.713,own:Міськсвітло,Міськсвітло,feeder-7,2026-11-01,,,internal,true
";

/// A registry with the programmes and devices of the town, made once and copied for each test: the
/// database and its log.
static REGISTRY: LazyLock<Vec<(OsString, Vec<u8>)>> = LazyLock::new(|| {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("registry.db");
    let registry = Registry::open(&file).expect("opens");
    let documents = store::programme_file::shipped().expect("shipped programmes are right");
    registry.import_programmes(&documents, NOON).expect("imports");
    let rows = store::device_file::read(DEVICES.as_bytes(), "devices.csv").expect("right");
    registry.import_devices(&rows, NOON.plus_ms(-60 * 24 * HOUR_MS)).expect("imports");
    drop(registry);
    let files = std::fs::read_dir(folder.path()).expect("reads").map(|file| file.expect("reads"));
    files
        .filter(|file| !file.file_name().to_string_lossy().ends_with("-shm"))
        .map(|file| (file.file_name(), std::fs::read(file.path()).expect("reads")))
        .collect()
});

/// The stores of a town in a temporary folder.
pub(super) struct Stores {
    pub(super) series: Arc<Embedded>,
    pub(super) registry: Registry,
    pub(super) intake: Intake,
    pub(super) clock: ManualClock,
    directory: Arc<ArcSwap<Directory>>,
    changes: broadcast::Sender<Arc<Changes>>,
    pub(super) folder: TempDir,
}

impl Stores {
    /// At noon: programmes and devices registered, nothing measured yet.
    pub(super) fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        for (name, bytes) in &*REGISTRY {
            std::fs::write(folder.path().join(name), bytes).expect("writes");
        }
        let registry = Registry::open(&folder.path().join("registry.db")).expect("opens");
        let directory = registry.directory().expect("reads");
        let series = Embedded::open(&folder.path().join("series")).expect("opens");
        Self {
            series: Arc::new(series),
            intake: Intake::open(&folder.path().join("intake.db")).expect("opens"),
            clock: ManualClock::new(NOON),
            directory: Arc::new(ArcSwap::from_pointee(directory)),
            changes: broadcast::channel(1024).0,
            registry,
            folder,
        }
    }

    /// What `serve` is given.
    pub(super) fn parts(&self) -> Parts {
        let (registry, directory) = (self.registry.clone(), Arc::clone(&self.directory));
        Parts {
            series: Arc::clone(&self.series) as Arc<dyn Series>,
            registry: self.registry.clone(),
            intake: self.intake.clone(),
            directory: Arc::clone(&self.directory),
            changes: self.changes.clone(),
            refresh: Arc::new(move || {
                directory.store(Arc::new(registry.directory()?));
                Ok(())
            }),
            replay: pipeline(self.intake.clone()),
            glimpse: look,
            try_out: Arc::new(bench),
            health: Arc::new(|| Health { ready: true, missing: Vec::new() }),
            metrics: Arc::new(|| "obrii_stored_total 7\n# EOF\n".to_owned()),
            clock: Arc::new(self.clock.clone()),
            dashboard: Router::new().fallback(|| async { "the dashboard" }),
            data_dir: self.folder.path().to_owned(),
            script_digests: String::new(),
            tile_url: None,
        }
    }

    /// Commits so many readings, one each second from `begin` on, in one batch that nobody is told
    /// of; `values` says what is measured at a time.
    pub(super) fn fill<const N: usize>(
        &self,
        object: &str,
        (begin, seconds): (Timestamp, i64),
        properties: [&str; N],
        values: impl Fn(Timestamp) -> [f64; N],
    ) {
        let directory = self.directory.load();
        let object = directory.object_by_id(object).expect("known").no;
        let slots = properties.map(|p| directory.slot(object, p).expect("a datastream"));
        let (arrival, quality) = (self.clock.now(), Quality::GOOD);
        let row = |second| {
            let time = begin.plus_ms(second * 1000);
            let cell = |(slot, value)| Cell { slot, value, quality };
            Row {
                object,
                time,
                arrival,
                cells: slots.into_iter().zip(values(time)).map(cell).collect(),
            }
        };
        let rows = (0..seconds).map(row).collect();
        self.series.append(&Batch { rows, texts: Vec::new() }).expect("stores");
    }

    /// Commits one reading as the pipeline would; what it tells of it.
    fn append(&self, object: &str, time: Timestamp, reading: &Reading<'_>) -> Change {
        let directory = self.directory.load();
        let object = directory.object_by_id(object).expect("known");
        let arrival = self.clock.now();
        let quality = reading.quality;
        let mut row = Row { object: object.no, time, arrival, cells: smallvec::smallvec![] };
        for (property, value) in reading.values {
            let slot = directory.slot(object.no, property).expect("a datastream");
            row.cells.push(Cell { slot, value: *value, quality });
        }
        row.cells.sort_by_key(|cell| cell.slot);
        let text = |(property, text): &(&str, &str)| Text {
            object: object.no,
            property: property.parse().expect("a property"),
            time,
            arrival,
            text: (*text).to_owned(),
        };
        let texts: Vec<Text> = reading.texts.iter().map(text).collect();
        let value = |id: &str| reading.values.iter().find(|(p, _)| *p == id).map(|(_, v)| *v);
        let place = value("lat").zip(value("lon")).and_then(|(lat, lon)| Place::new(lat, lon));
        let suspect = quality.has(Quality::POSITION_SUSPECT);
        let latest = |cell: &Cell| Latest { time, arrival, value: cell.value, quality };
        let latest_text = |text: &Text| LatestText { time, text: text.text.as_str().into() };
        let change = Change {
            object: object.no,
            device: directory.installations(object.no)[0].device.clone(),
            measured_at: time,
            arrived_at: arrival,
            values: row.cells.iter().map(|c| (c.slot, latest(c))).collect(),
            texts: texts.iter().map(|t| (t.property.clone(), latest_text(t))).collect(),
            position: place.filter(|_| !suspect).map(|place| Position { place, time, suspect }),
            is_gone: false,
        };
        self.series.append(&Batch { rows: vec![row], texts }).expect("stores");
        change
    }
}

/// In place of the codecs: every message is of a leak sensor behind a devEUI.
fn look(directory: &Directory, messages: &[Quarantined]) -> Glimpse {
    let Some(newest) = messages.first() else { return Glimpse::default() };
    let device = directory.device(&newest.device);
    Glimpse {
        format: Some("chirpstack"),
        external_id: newest.device.parse().ok(),
        device: device.map(|entry| entry.device.id.clone()),
        fields: vec![("messages".to_owned(), messages.len().to_string())],
        profiles: vec![("leak-sensor".parse().expect("an id"), 1)],
        ..Glimpse::default()
    }
}

/// In place of the pipeline: uses up what is replayed, but what claims to be of `nobody`, and is
/// away for what claims to be of `later`.
fn pipeline(intake: Intake) -> Replay {
    Arc::new(move |mut choice, limit| {
        let intake = intake.clone();
        Box::pin(async move {
            let mut done = Replayed::default();
            for (id, row) in intake.chosen(&choice, limit)? {
                done.last = Some(id);
                match row.device.as_str() {
                    "nobody" => done.unusable.push((id, row.reason, row.detail)),
                    "later" => done.put_off += 1,
                    _ => {
                        done.replayed += 1;
                        let used = Settled { id, refiled: None };
                        intake.quarantine_and_settle(&[], &[used], NOON)?;
                    }
                }
            }
            choice.after = done.last.unwrap_or(choice.after);
            done.left = intake.count_chosen(&choice)?;
            Ok(done)
        })
    })
}

/// In place of the pipeline's decoding: a number as the payload is the value of the first field,
/// and nothing else is one.
fn bench(profile: &Arc<Profile>, message: Message) -> Trial {
    let Message { topic, payload, arrived_at, elements } = message;
    let element = elements.and_then(|elements| elements.to_string().parse().ok());
    let text = String::from_utf8_lossy(&payload).into_owned();
    let Ok(number) = text.parse::<f64>() else {
        let (reason, detail) = (Reason::NotJson, format!("`{text}` on `{topic}`"));
        let unusable = vec![TriedUnusable { element, reason, detail }];
        return Trial { unusable, ..Trial::default() };
    };
    let value = Measured::Number(profile.fields[0].conversion.apply(number));
    let reading = TriedReading {
        element,
        time: arrived_at,
        quality: Quality::NO_DEVICE_TIME,
        values: vec![TriedValue { field: 0, value, quality: Quality::RANGE }],
        unknown: vec![("mood".to_owned(), "good".to_owned())],
    };
    Trial { readings: vec![reading], left: 3, unusable: Vec::new() }
}

/// What a test measures.
#[derive(Default)]
pub(super) struct Reading<'a> {
    pub(super) values: &'a [(&'a str, f64)],
    pub(super) texts: &'a [(&'a str, &'a str)],
    pub(super) quality: Quality,
}

/// A platform without a pipeline: tests commit what they please.
pub(super) struct Town {
    pub(super) stores: Stores,
    router: Router,
    ended: CancellationToken,
    commits: u64,
}

impl Drop for Town {
    fn drop(&mut self) {
        self.ended.cancel();
    }
}

impl Town {
    /// The town at noon.
    pub(super) async fn new() -> Self {
        Self::over(Stores::new()).await
    }

    /// A platform started over stores that may have something in them.
    pub(super) async fn over(stores: Stores) -> Self {
        let parts = stores.parts();
        Self::with(stores, parts).await
    }

    /// A platform of which parts may be others than the stores'.
    pub(super) async fn with(stores: Stores, parts: Parts) -> Self {
        let ended = CancellationToken::new();
        let told = parts.changes.subscribe();
        let keeper = keeper(&parts);
        keeper.fill().await;
        let api = Api::new(&parts, Arc::clone(&keeper), ended.clone());
        let router = crate::router::router(Arc::new(api), parts.dashboard);
        let keeping = ended.clone();
        tokio::spawn(async move { keeping.run_until_cancelled(keeper.run(told)).await });
        Self { stores, router, ended, commits: 0 }
    }

    /// Commits values as the pipeline would, and tells them.
    pub(super) fn commit(&mut self, object: &str, time: Timestamp, values: &[(&str, f64)]) {
        self.commit_reading(object, time, &Reading { values, ..Reading::default() });
    }

    /// Commits a reading as the pipeline would, and tells it.
    pub(super) fn commit_reading(&mut self, object: &str, time: Timestamp, reading: &Reading<'_>) {
        let change = self.stores.append(object, time, reading);
        self.tell(change);
    }

    /// Tells a change as the pipeline would.
    pub(super) fn tell(&mut self, change: Change) {
        self.commits += 1;
        let committed_at = self.stores.clock.now();
        let changes = Changes { number: self.commits, committed_at, objects: vec![change] };
        self.stores.changes.send(Arc::new(changes)).expect("the live view listens");
    }

    /// Asks and gets the answer's bytes.
    pub(super) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.send(Request::builder().method(method).uri(path), body).await
    }

    /// Posts what must not be there yet.
    pub(super) async fn ask_if_new(&self, path: &str, body: &Value) -> Answer {
        let request = Request::builder().method(Method::POST).uri(path);
        self.send(request.header(header::IF_NONE_MATCH, "*"), Some(body.clone())).await
    }

    /// Asks and gets the answer with its body unread, in an encoding.
    pub(super) async fn open(&self, path: &str, encoding: &str) -> Response {
        let request = Request::builder().uri(path).header(header::ACCEPT_ENCODING, encoding);
        let request = request.body(Body::empty()).expect("a request");
        self.router.clone().oneshot(request).await.expect("infallible")
    }

    async fn send(&self, mut request: request::Builder, body: Option<Value>) -> Answer {
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = request.body(body).expect("a request");
        Answer::of(self.router.clone().oneshot(request).await.expect("infallible")).await
    }

    /// Asks for JSON that must be there.
    pub(super) async fn get(&self, path: &str) -> Value {
        let answer = self.ask(Method::GET, path, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        answer.json()
    }

    /// Asks until the answer is as expected.
    pub(super) async fn get_when(&self, path: &str, is_there: impl Fn(&Value) -> bool) -> Value {
        let begin = Instant::now();
        loop {
            let answer = self.get(path).await;
            if is_there(&answer) {
                return answer;
            }
            assert!(begin.elapsed() < PATIENCE, "{path} stays {answer:#}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// An answer, read to its end.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: axum::http::HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    async fn of(response: Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.into_body().collect().await.expect("a body").to_bytes().to_vec();
        Self { status, headers, body }
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// The problem's code, after checking that it is a problem.
    pub(super) fn problem(&self, status: StatusCode) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let json = self.json();
        assert_eq!(json["status"], status.as_u16());
        json["type"].as_str().expect("a code").trim_start_matches("urn:obrii:problem:").to_owned()
    }
}

/// Ids of the rows of a list.
pub(super) fn ids(rows: &Value) -> Vec<&str> {
    rows.as_array().expect("rows").iter().map(|row| row["id"].as_str().expect("an id")).collect()
}
