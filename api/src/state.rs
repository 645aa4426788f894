//! What every handler holds: the stores behind a bounded number of threads, the live view, and
//! the documents of the programmes, read again only when the registry changed.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};
use axum::http::HeaderValue;
use domain::change::Changes;
use domain::directory::Directory;
use domain::intake::Glimpse;
use domain::profile::Profile;
use domain::programme::{Document, Measure};
use domain::trial::{Message, Trial};
use domain::{MeasureRef, ProgrammeId, Timestamp};
use futures_util::future::BoxFuture;
use store::clock::Clock;
use store::intake::{Choice, Intake, Quarantined, Replayed};
use store::registry::{EditError, Registry, RegistryError};
use store::series::{Series, SeriesError};
use tokio::sync::{Semaphore, broadcast};
use tokio_util::sync::CancellationToken;

use crate::bulk::{Exports, Sources};
use crate::config::{STORE_QUESTIONS_MAX, STORE_WAIT_MAX};
use crate::live::{Feed, Keeper};
use crate::metrics::Metrics;
use crate::problem::{Code, Problem};

/// Is the platform able to do its work?
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// The store takes writes and all sources are connected.
    pub ready: bool,
    /// What is missing, in words; empty when ready.
    pub missing: Vec<String>,
}

/// Takes the registry's newest state over into the directory, here and in the pipeline, without
/// waiting for the next look at it. Blocks.
pub type Refresh = Arc<dyn Fn() -> Result<(), RegistryError> + Send + Sync>;

/// Puts the first open rows of a choice through the pipeline again, at most so many.
pub type Replay =
    Arc<dyn Fn(Choice, usize) -> BoxFuture<'static, Result<Replayed, RegistryError>> + Send + Sync>;

/// Says what an unregistered device seems to be, by its messages, the newest first.
pub type Glimpsing = fn(&Directory, &[Quarantined]) -> Glimpse;

/// Says what a profile makes of a message, as the pipeline would, and stores nothing.
pub type TryOut = Arc<dyn Fn(&Arc<Profile>, Message) -> Trial + Send + Sync>;

/// What the API is made of.
pub struct Parts {
    /// The store of observations.
    pub series: Arc<dyn Series>,
    /// Programmes, objects, devices.
    pub registry: Registry,
    /// Quarantine, refused logins, the balance.
    pub intake: Intake,
    /// Snapshot of the registry, swapped by the platform.
    pub directory: Arc<ArcSwap<Directory>>,
    /// What the pipeline tells; the API subscribes.
    pub changes: broadcast::Sender<Arc<Changes>>,
    /// Called after the API wrote the registry.
    pub refresh: Refresh,
    /// Asked to replay what is in quarantine.
    pub replay: Replay,
    /// Asked what an unregistered device seems to be.
    pub glimpse: Glimpsing,
    /// Asked to try a profile on a message.
    pub try_out: TryOut,
    /// Asked for readiness.
    pub health: Arc<dyn Fn() -> Health + Send + Sync>,
    /// Prometheus text of the pipeline, appended to the API's own.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Answers everything that is none of the API's.
    pub dashboard: axum::Router,
    /// Digests of the dashboard's inline scripts, as `script-src` writes them.
    pub script_digests: String,
    /// Where `*.pmtiles` may lie.
    pub data_dir: PathBuf,
    /// URL template of an online tile server.
    pub tile_url: Option<String>,
}

/// The documents of all programmes, as one version of the registry had them.
#[derive(Debug)]
pub(crate) struct Documents {
    version: u64,
    documents: Vec<Document>,
}

impl Documents {
    /// All of them, in the registry's order.
    pub(crate) fn all(&self) -> &[Document] {
        &self.documents
    }

    /// One programme's.
    pub(crate) fn of(&self, programme: &ProgrammeId) -> Option<&Document> {
        self.documents.iter().find(|d| d.programme.id == *programme)
    }

    /// The programme and the row of a measure.
    pub(crate) fn measure(&self, reference: &MeasureRef) -> Option<(&Document, Option<&Measure>)> {
        let document = self.of(&reference.programme)?;
        Some((document, document.measures.iter().find(|m| m.id == reference.measure)))
    }
}

/// The running API.
pub(crate) struct Api {
    series: Arc<dyn Series>,
    registry: Registry,
    intake: Intake,
    pub(crate) directory: Arc<ArcSwap<Directory>>,
    pub(crate) feed: Arc<Feed>,
    pub(crate) replay: Replay,
    pub(crate) glimpse: Glimpsing,
    pub(crate) try_out: TryOut,
    pub(crate) health: Arc<dyn Fn() -> Health + Send + Sync>,
    pub(crate) ingest_metrics: Arc<dyn Fn() -> String + Send + Sync>,
    pub(crate) metrics: Metrics,
    pub(crate) data_dir: PathBuf,
    pub(crate) tile_url: Option<String>,
    pub(crate) content_security_policy: HeaderValue,
    refresh: Refresh,
    clock: Arc<dyn Clock>,
    turns: Arc<Semaphore>,
    documents: ArcSwapOption<Documents>,
    keeper: Arc<Keeper>,
    ended: CancellationToken,
    pub(crate) exports: Exports,
}

/// The stores, as a question that blocks gets them.
pub(crate) struct Stores {
    /// Observations.
    pub(crate) series: Arc<dyn Series>,
    /// Programmes, objects, devices.
    pub(crate) registry: Registry,
    /// Quarantine, refused logins, the balance.
    pub(crate) intake: Intake,
    /// After a write to the registry.
    pub(crate) refresh: Refresh,
}

impl Api {
    /// The API around a live view and the task that keeps it.
    pub(crate) fn new(parts: &Parts, keeper: Arc<Keeper>, ended: CancellationToken) -> Self {
        Self {
            series: Arc::clone(&parts.series),
            registry: parts.registry.clone(),
            intake: parts.intake.clone(),
            directory: Arc::clone(&parts.directory),
            feed: Arc::clone(&keeper.feed),
            replay: Arc::clone(&parts.replay),
            glimpse: parts.glimpse,
            try_out: Arc::clone(&parts.try_out),
            health: Arc::clone(&parts.health),
            ingest_metrics: Arc::clone(&parts.metrics),
            metrics: Metrics::new(),
            data_dir: parts.data_dir.clone(),
            tile_url: parts.tile_url.clone(),
            content_security_policy: content_security_policy(
                &parts.script_digests,
                parts.tile_url.as_deref(),
            ),
            ended,
            refresh: Arc::clone(&parts.refresh),
            clock: Arc::clone(&parts.clock),
            turns: Arc::new(Semaphore::new(STORE_QUESTIONS_MAX)),
            documents: ArcSwapOption::empty(),
            keeper,
            exports: Exports::new(),
        }
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Cancelled when the server stops: endless answers end.
    pub(crate) fn ended(&self) -> CancellationToken {
        self.ended.clone()
    }

    /// Asks the stores on a thread of their own; at most [`STORE_QUESTIONS_MAX`] at a time.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Stores) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = tokio::time::timeout(STORE_WAIT_MAX, Arc::clone(&self.turns).acquire_owned());
        let Ok(Ok(turn)) = turn.await else {
            return Err(Problem::new(Code::Unavailable, "the stores are busy, try again"));
        };
        let stores = Stores {
            series: Arc::clone(&self.series),
            registry: self.registry.clone(),
            intake: self.intake.clone(),
            refresh: Arc::clone(&self.refresh),
        };
        let answer = tokio::task::spawn_blocking(move || {
            let answer = question(&stores);
            drop(turn);
            answer
        });
        answer.await.unwrap_or_else(|error| Err(Problem::internal(&error)))
    }

    /// What the fetch of an export reads; it takes no turn at the stores, its own are few.
    pub(crate) fn sources(&self) -> Sources {
        Sources {
            series: Arc::clone(&self.series),
            directory: self.directory.load_full(),
            clock: Arc::clone(&self.clock),
            ended: self.ended(),
        }
    }

    /// Brings the live view up to the registry's snapshot, after a write of ours.
    pub(crate) async fn take_directory(&self) {
        self.keeper.take_directory().await;
    }

    /// The documents of all programmes.
    pub(crate) async fn documents(&self) -> Result<Arc<Documents>, Problem> {
        let version = self.directory.load().version();
        if let Some(known) = self.documents.load_full().filter(|d| d.version == version) {
            return Ok(known);
        }
        let documents = self.ask(|stores| Ok(stores.registry.programmes()?)).await?;
        let documents = Arc::new(Documents { version, documents });
        self.documents.store(Some(Arc::clone(&documents)));
        Ok(documents)
    }
}

/// Nothing from elsewhere, but the tile server when one is configured. The map's worker is a blob;
/// Svelte and the map set styles on elements.
fn content_security_policy(scripts: &str, tile_url: Option<&str>) -> HeaderValue {
    let tiles = tile_url.and_then(origin).map(|origin| format!(" {origin}")).unwrap_or_default();
    let policy = format!(
        "default-src 'self'; script-src 'self' {scripts}; worker-src 'self' blob:; \
         style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:{tiles}; \
         connect-src 'self'{tiles}; frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'"
    );
    HeaderValue::try_from(policy).expect("origins and digests are plain ASCII")
}

/// Scheme, host and port of a URL template.
fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    // `{s}` stands for any of the server's subdomains.
    let host = rest.split('/').next()?.replace("{s}", "*");
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '*');
    let is_origin =
        matches!(scheme, "http" | "https") && !host.is_empty() && host.chars().all(is_plain);
    is_origin.then(|| format!("{scheme}://{host}"))
}

impl From<RegistryError> for Problem {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Unknown { what, ref id } => {
                let code = match what {
                    "device" => Code::UnknownDevice,
                    "object" => Code::UnknownObject,
                    "profile" => Code::UnknownProfile,
                    _ => Code::Refused,
                };
                Self::unknown(code, error.to_string(), id)
            }
            RegistryError::Conflict(refusal) => Self::refused(refusal),
            other => Self::internal(&other),
        }
    }
}

impl From<EditError> for Problem {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Refused(mistakes) => mistakes.into(),
            EditError::Registry(error) => error.into(),
        }
    }
}

impl From<SeriesError> for Problem {
    fn from(error: SeriesError) -> Self {
        match error {
            SeriesError::TooMany { .. } => Self::new(Code::TooManyObservations, error.to_string()),
            other => Self::internal(&other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_origin_of_the_tile_server_is_let_in() {
        let of = |url: &str| content_security_policy("'sha256-x'", Some(url));
        let policy = of("https://{s}.tiles.example:8443/{z}/{x}/{y}.png");
        let policy = policy.to_str().expect("ASCII");
        assert!(policy.contains("connect-src 'self' https://*.tiles.example:8443;"), "{policy}");
        for url in ["javascript:alert(1)", "https://a b/", "https://x;script-src/", "tiles"] {
            assert_eq!(of(url), content_security_policy("'sha256-x'", None), "{url}");
        }
    }
}
