//! `obrii up`: the whole platform in one process. This file is the list of its parts, in the order
//! in which they start and, backwards, stop.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use arc_swap::ArcSwap;
use domain::change::Changes;
use domain::directory::Directory;
use ingest::Ingest;
use store::clock::{Clock, SystemClock};
use store::intake::Intake;
use store::registry::Registry;
use store::series::{Embedded, Series, SeriesError};
use tokio::sync::broadcast;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::commands;
use crate::exit::Exit;

mod alone;
mod config;
mod demo;
mod follow;
mod keep;
mod replay;
mod snapshot;
mod socket;

pub(crate) use alone::Alone;
pub(crate) use config::{Args, Config, service_areas};
use follow::Follower;
pub(crate) use snapshot::Snapshot;
use socket::Desk;
pub(crate) use socket::{ask_replay, ask_snapshot};

/// Commits that a slow reader of changes may lag behind before it must read the snapshot again.
const CHANGES_LAG_MAX: usize = 4_096;

/// The intake's file in the data folder.
pub(crate) const INTAKE_FILE: &str = "intake.db";
/// The folder of the series in the data folder.
const SERIES_FOLDER: &str = "series";

/// What all parts stand on.
#[derive(Clone)]
pub(crate) struct Ground {
    registry: Registry,
    intake: Intake,
    series: Arc<dyn Series>,
    directory: Arc<ArcSwap<Directory>>,
    changes: broadcast::Sender<Arc<Changes>>,
    clock: Arc<dyn Clock>,
}

impl Ground {
    /// Opens everything that lies in the data folder. Blocks.
    pub(crate) fn open(data: &std::path::Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(data)
            .with_context(|| format!("data folder `{}`", data.display()))?;
        let series: Arc<dyn Series> = Arc::new(open_series(data)?);
        let registry = Registry::open(&commands::registry::file(data))?;
        let intake = Intake::open(&data.join(INTAKE_FILE))?;
        let directory = Arc::new(ArcSwap::from_pointee(registry.directory()?));
        let (changes, _) = broadcast::channel(CHANGES_LAG_MAX);
        let clock = Arc::new(SystemClock);
        Ok(Self { registry, intake, series, directory, changes, clock })
    }
}

/// One process has the series; a second one on the same folder is the asker's mistake.
fn open_series(data: &std::path::Path) -> anyhow::Result<Embedded> {
    Embedded::open(&data.join(SERIES_FOLDER)).map_err(|error| match error {
        SeriesError::InUse(_) => Exit::usage(format!("{error}: a platform runs on it")).into(),
        other => other.into(),
    })
}

/// Ends when the process is asked to stop: SIGINT or SIGTERM.
pub(crate) async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => info!("stopping on SIGINT: draining"),
        _ = terminate.recv() => info!("stopping on SIGTERM: draining"),
    }
}

/// Runs the platform until `stop` ends, then drains it.
pub(crate) async fn run(
    config: Config,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind(config.http)
        .await
        .with_context(|| format!("http address `{}`", config.http))?;
    let http = listener.local_addr()?;
    let (data, wants_demo, seed) = (config.data.clone(), config.demo, config.demo_seed);
    let (ground, tokens) = tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
        let ground = Ground::open(&data)?;
        let tokens = wants_demo.then(|| demo::prepare(&ground, &data, seed)).transpose()?;
        Ok((ground, tokens))
    })
    .await??;
    let ingest = Arc::new(Ingest::start(ingest_parts(&ground), config.ingest()).await?);
    let follower = Arc::new(Follower::new(&ground, &ingest));
    let stopping = CancellationToken::new();
    let mut parts = JoinSet::new();
    let served = api::serve(
        api_parts(&ground, &ingest, &follower, &config),
        listener,
        stopping.clone().cancelled_owned(),
    );
    parts.spawn(async { served.await.context("the API ended") });
    parts.spawn(Arc::clone(&follower).run(stopping.clone()));
    parts.spawn(keep::run(
        Arc::clone(&ground.series),
        ground.registry.clone(),
        Arc::clone(&ground.directory),
        Arc::clone(&ground.clock),
        stopping.clone(),
    ));
    let desk = Desk {
        ground: ground.clone(),
        replayer: ingest.replayer(),
        follower: Arc::clone(&follower),
    };
    parts.spawn(socket::run(config.data.clone(), desk, stopping.clone()));
    if let Some((tokens, broker)) = tokens.zip(ingest.mqtt_addr()) {
        parts.spawn(demo::run(broker, tokens, config.demo_seed, stopping.clone()));
    }
    say_what_runs(http, &ingest, &ground, config.demo);
    let mut ended = tokio::select! {
        () = stop => Ok(()),
        // A platform without one of its parts is none: what has arrived is committed, and whoever
        // keeps services running starts it anew.
        Some(ended) = parts.join_next() => ended.context("a part ended").flatten(),
    };
    stopping.cancel();
    while let Some(part) = parts.join_next().await {
        ended = ended.and(part.context("a part ended").flatten());
    }
    drop(follower);
    if let Some(ingest) = Arc::into_inner(ingest) {
        ingest.stop().await;
        info!("drained");
    } else {
        warn!("a question to the registry still runs: what waits is not drained");
    }
    ended
}

fn ingest_parts(ground: &Ground) -> ingest::Parts {
    ingest::Parts {
        series: Arc::clone(&ground.series),
        registry: ground.registry.clone(),
        intake: ground.intake.clone(),
        directory: Arc::clone(&ground.directory),
        changes: ground.changes.clone(),
        clock: Arc::clone(&ground.clock),
    }
}

fn api_parts(
    ground: &Ground,
    ingest: &Arc<Ingest>,
    follower: &Arc<Follower>,
    config: &Config,
) -> api::Parts {
    let health = ingest.health_reader();
    let metrics = Arc::clone(ingest.metrics());
    let follower = Arc::downgrade(follower);
    let replayer = ingest.replayer();
    api::Parts {
        series: Arc::clone(&ground.series),
        registry: ground.registry.clone(),
        intake: ground.intake.clone(),
        directory: Arc::clone(&ground.directory),
        changes: ground.changes.clone(),
        refresh: Arc::new(move || follower.upgrade().map_or(Ok(()), |f| f.refresh())),
        replay: Arc::new(move |choice, limit| {
            let replayer = replayer.clone();
            Box::pin(async move { replayer.replay(choice, limit).await })
        }),
        glimpse: ingest::glimpse,
        try_out: Arc::new(ingest::try_out),
        health: Arc::new(move || api_health(&health())),
        metrics: Arc::new(move || metrics.render()),
        clock: Arc::clone(&ground.clock),
        dashboard: ingest.http_router().merge(dashboard::router()),
        script_digests: dashboard::script_digests(),
        data_dir: config.data.clone(),
        tile_url: config.tile_url.clone(),
    }
}

fn api_health(health: &ingest::Health) -> api::Health {
    let away = health.sources.iter().filter(|(_, connected)| !connected);
    let mut missing: Vec<String> = away.map(|(name, _)| format!("source {name}")).collect();
    if !health.store_ok {
        missing.push("store".to_owned());
    }
    if !health.taking {
        missing.push("stopping".to_owned());
    }
    api::Health { ready: health.is_ready(), missing }
}

/// What a person who started it wants to see first.
fn say_what_runs(http: SocketAddr, ingest: &Ingest, ground: &Ground, demo: bool) {
    let directory = ground.directory.load();
    let broker = ingest.mqtt_addr().map_or_else(|| "none".to_owned(), |a| format!("mqtt://{a}"));
    let trackers = [("Teltonika", ingest.teltonika_addr()), ("Wialon", ingest.wialon_addr())];
    let trackers: String = trackers
        .into_iter()
        .filter_map(|(protocol, address)| Some(format!("\n  trackers  {protocol} on {}", address?)))
        .collect();
    println!(
        "\nObrii {}\n  page      http://{http}/\n  API       http://{http}/api/docs\n  broker    \
         {broker}{trackers}\n  objects   {}\n  devices   {}\n  demo      {}\n\nCtrl-C stops it; \
         what was acknowledged is on disk.",
        env!("CARGO_PKG_VERSION"),
        directory.objects().len(),
        directory.devices().len(),
        if demo { "ДЕМО-ДАНІ: a simulated city publishes" } else { "off" },
    );
}
