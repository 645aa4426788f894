//! Plays speakers against a broker, each on a connection of its own, at a chosen speed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::{DeviceId, Timestamp};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::behaviour::Scene;
use crate::link::{Account, Link, speak};
use crate::noise::Key;
use crate::plan::Plan;
use crate::stream::{Misbehaviour, Publication, speakers};

pub use crate::link::Counters;

/// Connections are made over this time, so that the broker is not stormed.
const CONNECT_SPREAD_MS: f64 = 4_000.0;
/// Longest wait that is put on a timer at once: a replay may have gaps of years.
const WAIT_S_MAX: f64 = 365.0 * 86_400.0;

/// Which city, where and how fast.
#[derive(Clone, Debug)]
pub struct Config {
    /// The broker, `host:port`.
    pub broker: String,
    /// Token of each device, by device id.
    pub tokens: HashMap<String, String>,
    /// Seed of the city.
    pub seed: u64,
    /// Simulated seconds of one real second; infinite: as fast as the broker acknowledges.
    pub speed: f64,
    /// Simulated time at the begin.
    pub start: Timestamp,
    /// Do things go wrong?
    pub misbehaviour: Misbehaviour,
    /// What happens, to be watched meanwhile.
    pub counters: Arc<Counters>,
}

impl Config {
    /// The whole city with all its faults, from now on, as fast as life.
    pub fn new(broker: String, tokens: HashMap<String, String>, seed: u64) -> Self {
        Self {
            broker,
            tokens,
            seed,
            speed: 1.0,
            start: now(),
            misbehaviour: Misbehaviour::AsDrawn,
            counters: Arc::default(),
        }
    }

    fn stage(&self) -> Result<Stage, RunError> {
        Stage::new(&self.broker, &self.tokens, self.speed, &self.counters)
    }
}

/// The time of this machine's clock.
pub fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(since_1970.as_millis() as i64)
}

/// Why nothing can be played.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RunError {
    /// Not `host:port`.
    #[error("broker `{0}` is no address, expected host:port")]
    Broker(String),
    /// Not above zero.
    #[error("speed `{0}` is no factor, expected a number above 0 or `inf`")]
    Speed(String),
    /// No device has a token.
    #[error("none of the {0} devices has a token, expected a file with the columns id,token")]
    NoToken(usize),
}

/// Where voices are heard: the checked part of a configuration.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    host: String,
    port: u16,
    tokens: HashMap<String, String>,
    speed: f64,
    counters: Arc<Counters>,
}

impl Stage {
    pub(crate) fn new(
        broker: &str,
        tokens: &HashMap<String, String>,
        speed: f64,
        counters: &Arc<Counters>,
    ) -> Result<Self, RunError> {
        let bad = || RunError::Broker(broker.to_owned());
        let (host, port) = broker.rsplit_once(':').ok_or_else(bad)?;
        let port = port.parse().map_err(|_| bad())?;
        if host.is_empty() {
            return Err(bad());
        }
        if speed.is_nan() || speed <= 0.0 {
            return Err(RunError::Speed(speed.to_string()));
        }
        let (host, tokens) = (host.to_owned(), tokens.clone());
        Ok(Self { host, port, tokens, speed, counters: Arc::clone(counters) })
    }

    /// The account of a voice, when it has a token.
    fn account<I>(&self, voice: &Voice<I>) -> Option<Account> {
        Some(Account {
            host: self.host.clone(),
            port: self.port,
            user: voice.user.to_string(),
            token: self.tokens.get(voice.user.as_str())?.clone(),
            status_topic: voice.status_topic.clone(),
        })
    }

    /// How long after the begin something `ms` simulated milliseconds away is due.
    fn wait(&self, ms: i64) -> Duration {
        let seconds = ms as f64 / 1000.0 / self.speed;
        Duration::from_secs_f64(seconds.clamp(0.0, WAIT_S_MAX))
    }
}

/// One connection: whose it is and what it says.
pub(crate) struct Voice<I> {
    pub(crate) user: DeviceId,
    pub(crate) status_topic: String,
    pub(crate) messages: I,
}

/// Plays the city until `stop`.
pub async fn run(config: Config, stop: CancellationToken) -> Result<(), RunError> {
    let plan = Plan::new(config.seed);
    let troubled = config.misbehaviour == Misbehaviour::AsDrawn;
    let scene = Arc::new(Scene::new(&plan, config.start, troubled));
    let voices = speakers(&plan, &scene, config.misbehaviour).into_iter().map(|speaker| Voice {
        user: speaker.user.clone(),
        status_topic: speaker.status_topic.clone(),
        messages: speaker,
    });
    let voices = voices.collect();
    // Streams hold what they need of it; the rest need not stay in memory.
    drop(plan);
    play(voices, config.start, config.stage()?, stop).await
}

/// Plays voices whose times count from `start`; returns when all have ended, or after `stop`.
pub(crate) async fn play<I>(
    voices: Vec<Voice<I>>,
    start: Timestamp,
    stage: Stage,
    stop: CancellationToken,
) -> Result<(), RunError>
where
    I: Iterator<Item = Publication> + Send + 'static,
{
    let all = voices.len();
    let begin = Instant::now();
    let stage = Arc::new(stage);
    let mut tasks = JoinSet::new();
    for voice in voices {
        let Some(account) = stage.account(&voice) else { continue };
        let (stage, stop) = (Arc::clone(&stage), stop.clone());
        tasks.spawn(async move {
            let spread = Key::new(0, voice.user.as_str(), "connect").unit(0) * CONNECT_SPREAD_MS;
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(spread as u64)) => {}
                () = stop.cancelled() => return,
            }
            let (link, poller) = Link::new(&account, &stage.counters);
            let messages = voice.messages.map(|publication| {
                let due = begin + stage.wait(publication.at.since_ms(start));
                (due, publication.topic, publication.payload)
            });
            // A link stops polling only after its speaker has said goodbye.
            let said = CancellationToken::new();
            let speaking = async {
                speak(link, messages, stop).await;
                said.cancel();
            };
            tokio::join!(speaking, poller.run(said.clone()));
        });
    }
    if tasks.is_empty() && all > 0 {
        return Err(RunError::NoToken(all));
    }
    if tasks.len() < all {
        tracing::warn!(devices = all - tasks.len(), "devices without a token stay silent");
    }
    while let Some(ended) = tasks.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a simulated device failed");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
