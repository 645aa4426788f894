//! The embedded broker: rmqtt on a runtime and threads of its own. Its publish hook waits for the
//! commit, so the PUBACK that a device receives means "on disk".

mod door;
mod hooks;
mod retained;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use domain::directory::Directory;
use domain::limits::PACKET_BYTES_MAX;
use rmqtt::context::ServerContext;
use rmqtt::hook::Type;
use rmqtt::net::{Builder, Listener};
use rmqtt::server::MqttServer;
use rmqtt::types::{CodecPublish, From, Id, Publish, QoS};
use store::clock::Clock;
use store::intake::Intake;
use store::registry::Credential;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use crate::StartError;
use crate::arrival::Arrival;
use crate::ledger::Ledger;
use crate::metrics::Metrics;
use crate::refusals::Refusals;
use door::Doorkeeper;
use hooks::{Hooks, Shared};
use retained::Retained;

/// Threads of the broker's runtime.
const WORKERS: usize = 2;
/// Sessions at one time.
const SESSIONS_MAX: isize = 100_000;
/// Messages that wait for a client that is slow or away.
const MESSAGES_PER_SESSION_MAX: usize = 1_000;
/// Longest client id, bytes.
const CLIENT_ID_BYTES_MAX: usize = 128;
/// How long a session outlives its connection, and a message waits for it.
const SESSION_EXPIRY: Duration = Duration::from_hours(2);
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// A fixed header, a topic and properties beside a payload of the largest size.
const PACKET_OVERHEAD_BYTES: usize = 4 * 1024;

/// Where the broker listens.
#[derive(Clone, Debug, Default)]
pub(crate) struct Addresses {
    /// Plain MQTT.
    pub(crate) mqtt: Option<SocketAddr>,
    /// MQTT over TLS with certificate chain and key, both PEM.
    pub(crate) mqtts: Option<(SocketAddr, PathBuf, PathBuf)>,
}

/// What the broker needs of the platform.
pub(crate) struct Surroundings {
    pub(crate) directory: Arc<ArcSwap<Directory>>,
    pub(crate) credentials: Vec<Credential>,
    pub(crate) intake: Intake,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) arrivals: mpsc::Sender<Arrival>,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// The running broker.
pub(crate) struct Broker {
    runtime: Runtime,
    context: ServerContext,
    server: AbortHandle,
    door: Arc<Doorkeeper>,
    is_draining: Arc<AtomicBool>,
    pub(crate) mqtt: Option<SocketAddr>,
    pub(crate) mqtts: Option<SocketAddr>,
}

/// Publishes as the platform itself.
#[derive(Clone)]
pub(crate) struct Publisher(ServerContext);

impl Publisher {
    /// Gives a message with quality of service 0 to whoever subscribed to its topic; `false`: it
    /// could not be given to all of them.
    pub(crate) async fn publish(&self, topic: String, payload: Vec<u8>) -> bool {
        let Self(context) = self;
        let inner = Box::new(CodecPublish {
            dup: false,
            retain: false,
            qos: QoS::AtMostOnce,
            topic: topic.into(),
            packet_id: None,
            payload: payload.into(),
            properties: None,
        });
        let publish =
            Publish { inner, target_clientid: None, delay_interval: None, create_time: None };
        let id = Id::new(context.node.id(), 0, None, None, "obrii".into(), None);
        let shared = context.extends.shared().await;
        shared.forwards(None, From::from_system(id), publish).await.is_ok()
    }
}

impl Broker {
    /// A way to publish that outlives a borrow.
    pub(crate) fn publisher(&self) -> Publisher {
        Publisher(self.context.clone())
    }

    pub(crate) async fn start(
        addresses: Addresses,
        surroundings: Surroundings,
    ) -> Result<Self, StartError> {
        // Before the runtime, which may not be dropped inside of another one.
        let kept = surroundings.intake.retained().map_err(StartError::Registry)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_name("obrii-broker")
            .enable_all()
            .build()
            .map_err(StartError::Thread)?;
        let door = Arc::new(Doorkeeper::new(Arc::clone(&surroundings.directory)));
        door.set_readers(surroundings.credentials.clone());
        let is_draining = Arc::new(AtomicBool::new(false));
        let opening =
            open(addresses, surroundings, Arc::clone(&door), Arc::clone(&is_draining), kept);
        let opened = runtime.spawn(opening).await;
        let opened = opened.map_err(|error| StartError::Broker(error.to_string()))?;
        let Opened { context, server, mqtt, mqtts } = match opened {
            Ok(opened) => opened,
            Err(error) => {
                runtime.shutdown_background();
                return Err(error);
            }
        };
        let server = runtime.spawn(server.run()).abort_handle();
        Ok(Self { runtime, context, server, door, is_draining, mqtt, mqtts })
    }

    /// Takes over new read-only credentials; sessions of those that do not hold any more end.
    pub(crate) fn set_credentials(&self, credentials: Vec<Credential>) {
        for name in self.door.set_readers(credentials) {
            self.kick(name);
        }
    }

    /// Ends the sessions of a user, with all that waits in them.
    pub(crate) fn kick(&self, user: String) {
        let context = self.context.clone();
        self.runtime.spawn(async move {
            kick_all(&context, |name| name == user).await;
        });
    }

    /// No new connections, and no new messages: what comes now is answered with "send again".
    pub(crate) fn stop_taking(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
        self.server.abort();
    }

    /// Closes all connections. The hooks answer to the last moment.
    pub(crate) async fn stop(self) {
        let context = self.context.clone();
        let kicked = self.runtime.spawn(async move { kick_all(&context, |_| true).await });
        if let Err(error) = kicked.await {
            tracing::warn!(%error, "connections could not be closed in order");
        }
        let ended = tokio::task::spawn_blocking(move || {
            self.runtime.shutdown_timeout(Duration::from_secs(2));
        });
        if let Err(error) = ended.await {
            tracing::warn!(%error, "the broker's threads did not end in order");
        }
    }
}

/// Ends sessions, all at the same time: one that is inside of a hook lets wait for seconds.
async fn kick_all(context: &ServerContext, is_meant: impl Fn(&str) -> bool) {
    let shared = context.extends.shared().await;
    let ids: Vec<_> =
        shared.iter().map(|entry| entry.id()).filter(|id| is_meant(id.username_ref())).collect();
    let mut kicks = JoinSet::new();
    for id in ids {
        let mut entry = shared.entry(id);
        kicks.spawn(async move { entry.kick(true, true, true).await.map(|_| ()) });
    }
    drop(shared);
    while let Some(kicked) = kicks.join_next().await {
        if let Ok(Err(error)) = kicked {
            tracing::debug!(%error, "a session was gone before it could be ended");
        }
    }
}

struct Opened {
    context: ServerContext,
    server: MqttServer,
    mqtt: Option<SocketAddr>,
    mqtts: Option<SocketAddr>,
}

/// Registers the hooks and binds the listeners; nobody is let in before both are done.
async fn open(
    addresses: Addresses,
    surroundings: Surroundings,
    door: Arc<Doorkeeper>,
    is_draining: Arc<AtomicBool>,
    kept: Vec<(String, Vec<u8>)>,
) -> Result<Opened, StartError> {
    let broker_error = |error: rmqtt::Error| StartError::Broker(error.to_string());
    let context =
        ServerContext::new().busy_check_enable(false).mqtt_max_sessions(SESSIONS_MAX).build().await;
    let hooks = Arc::new(Hooks {
        context: context.clone(),
        door,
        arrivals: surroundings.arrivals.downgrade(),
        refusals: surroundings.refusals,
        metrics: surroundings.metrics,
        ledger: Arc::clone(&surroundings.ledger),
        clock: surroundings.clock,
        gateway: "broker".into(),
        is_draining,
    });
    let register = context.extends.hook_mgr().register();
    for kind in [
        Type::ClientAuthenticate,
        Type::ClientSubscribeCheckAcl,
        Type::MessagePublishCheckAcl,
        Type::MessagePublish,
        Type::ClientDisconnected,
    ] {
        register.add(kind, Box::new(Shared(Arc::clone(&hooks)))).await;
    }
    register.start().await;
    let storage = Retained::open(kept, surroundings.ledger).await.map_err(broker_error)?;
    *context.extends.retain_mut().await = Box::new(storage);

    let mut server = MqttServer::new(context.clone());
    let (mut mqtt, mut mqtts) = (None, None);
    if let Some(address) = addresses.mqtt {
        let listener = listen(address, None).map_err(|e| bind_error(address, &e))?;
        mqtt = Some(listener.local_addr().map_err(|e| bind_error(address, &e))?);
        server = server.listener_by_id(listener, 1);
    }
    if let Some((address, chain, key)) = addresses.mqtts {
        let listener =
            listen(address, Some((&chain, &key))).map_err(|e| bind_error(address, &e))?;
        mqtts = Some(listener.local_addr().map_err(|e| bind_error(address, &e))?);
        server = server.listener_by_id(listener, 2);
    }
    Ok(Opened { context, server: server.build(), mqtt, mqtts })
}

fn bind_error(address: SocketAddr, error: &rmqtt::Error) -> StartError {
    StartError::Bind { address, reason: format!("{error:#}") }
}

fn listen(address: SocketAddr, tls: Option<(&Path, &Path)>) -> rmqtt::Result<Listener> {
    let builder = Builder::new()
        .name("obrii")
        .laddr(address)
        // Without it the port of a stopped process with live clients stays taken.
        .reuseaddr(Some(true))
        .nodelay(true)
        .allow_anonymous(false)
        .allow_zero_keepalive(false)
        .max_clientid_len(CLIENT_ID_BYTES_MAX)
        .max_packet_size((PACKET_BYTES_MAX + PACKET_OVERHEAD_BYTES) as u32)
        .max_mqueue_len(MESSAGES_PER_SESSION_MAX)
        .message_expiry_interval(SESSION_EXPIRY)
        .session_expiry_interval(SESSION_EXPIRY)
        .max_session_expiry_interval(SESSION_EXPIRY)
        .handshake_timeout(HANDSHAKE_TIMEOUT);
    match tls {
        None => builder.bind()?.tcp(),
        Some((chain, key)) => builder
            .tls_cert(Some(chain.to_string_lossy()))
            .tls_key(Some(key.to_string_lossy()))
            .bind()?
            .tls(),
    }
}

#[cfg(test)]
mod tests;
