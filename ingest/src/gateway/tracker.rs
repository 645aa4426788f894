//! Vehicle trackers over TCP: Teltonika and Wialon IPS, each on a port of its own. A bounded number
//! of connections, none of which may be mute, slow or oversized for long. What a tracker is
//! answered after its records are on disk is the acknowledgement.

mod teltonika;
mod wialon;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::DeviceId;
use domain::directory::DeviceEntry;
use domain::limits::{
    TRACKER_CONNECTIONS_MAX, TRACKER_FRAME_MS_MAX, TRACKER_IDLE_MS_MAX, TRACKER_LOGIN_MS_MAX,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::entrance::{Brought, Entrance};
use super::turns::TooOften;
use crate::StartError;
use crate::arrival::Verdict;

const LOGIN_WAIT: Duration = Duration::from_millis(TRACKER_LOGIN_MS_MAX);
const FRAME_WAIT: Duration = Duration::from_millis(TRACKER_FRAME_MS_MAX);
const IDLE_WAIT: Duration = Duration::from_millis(TRACKER_IDLE_MS_MAX);
/// Pause after a failed `accept`: no file descriptor may be free.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long connections get to end when the platform stops.
const DRAIN_WAIT: Duration = Duration::from_secs(5);

/// Which protocol a port speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Teltonika,
    Wialon,
}

/// Where trackers come in.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Addresses {
    pub(crate) teltonika: Option<SocketAddr>,
    pub(crate) wialon: Option<SocketAddr>,
}

/// The running gateway.
#[derive(Debug)]
pub(crate) struct Trackers {
    tasks: TaskTracker,
    stopping: CancellationToken,
    /// Where the ports are, in fact.
    pub(crate) addresses: Addresses,
}

impl Trackers {
    /// Opens the ports.
    pub(crate) async fn start(
        asked: Addresses,
        entrance: &Arc<Entrance>,
    ) -> Result<Self, StartError> {
        let (tasks, stopping) = (TaskTracker::new(), CancellationToken::new());
        let mut addresses = Addresses::default();
        for (protocol, asked, given) in [
            (Protocol::Teltonika, asked.teltonika, &mut addresses.teltonika),
            (Protocol::Wialon, asked.wialon, &mut addresses.wialon),
        ] {
            let Some(address) = asked else { continue };
            let refused =
                |error: io::Error| StartError::Bind { address, reason: error.to_string() };
            let listener = TcpListener::bind(address).await.map_err(refused)?;
            *given = Some(listener.local_addr().map_err(refused)?);
            let port = Port { protocol, entrance: Arc::clone(entrance), tasks: tasks.clone() };
            tasks.spawn(port.accept(listener, stopping.clone()));
        }
        Ok(Self { tasks, stopping, addresses })
    }

    /// Takes nothing any more: what was not answered, the trackers send again.
    pub(crate) fn stop_taking(&self) {
        self.stopping.cancel();
    }

    pub(crate) async fn stop(self) {
        self.stopping.cancel();
        self.tasks.close();
        if tokio::time::timeout(DRAIN_WAIT, self.tasks.wait()).await.is_err() {
            tracing::warn!(open = self.tasks.len(), "trackers did not end in time");
        }
    }
}

struct Port {
    protocol: Protocol,
    entrance: Arc<Entrance>,
    tasks: TaskTracker,
}

impl Port {
    async fn accept(self, listener: TcpListener, stopping: CancellationToken) {
        let turns = Arc::new(Semaphore::new(TRACKER_CONNECTIONS_MAX));
        loop {
            let turn = tokio::select! {
                () = stopping.cancelled() => return,
                turn = Arc::clone(&turns).acquire_owned() => turn,
            };
            let accepted = tokio::select! {
                () = stopping.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            let (stream, from) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::debug!(%error, "a tracker was not accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            if self.entrance.turns.connection_from(from.ip()).is_err() {
                continue;
            }
            let caller = Caller { entrance: Arc::clone(&self.entrance), address: from.ip() };
            let (protocol, stopping) = (self.protocol, stopping.clone());
            self.tasks.spawn(async move {
                tokio::select! {
                    () = stopping.cancelled() => {}
                    ended = talk(protocol, stream, &caller) => if let Err(error) = ended {
                        tracing::debug!(%error, address = %caller.address, "a tracker is gone");
                    },
                }
                drop(turn);
            });
        }
    }
}

async fn talk(protocol: Protocol, stream: TcpStream, caller: &Caller) -> io::Result<()> {
    stream.set_nodelay(true)?;
    match protocol {
        Protocol::Teltonika => teltonika::talk(stream, caller).await,
        Protocol::Wialon => wialon::talk(stream, caller).await,
    }
}

/// Who called, and the way in.
struct Caller {
    entrance: Arc<Entrance>,
    address: IpAddr,
}

/// A tracker that was let in.
struct Logged {
    topic: String,
    gateway: Arc<str>,
    device: DeviceId,
}

impl Logged {
    fn new(protocol: &str, name: &str, entry: &DeviceEntry) -> Self {
        Self {
            topic: format!("{protocol}/{name}"),
            gateway: protocol.into(),
            device: entry.device.id.clone(),
        }
    }
}

impl Caller {
    /// Gives a frame to the pipeline; `Err`: it is not stored, and the tracker has to send it again
    /// on another connection.
    async fn hand_over(&self, logged: &Logged, payload: impl Into<Bytes>) -> io::Result<()> {
        let Logged { topic, gateway, device } = logged;
        let too_often = |of: TooOften| invalid(format!("too often, {:?} to wait", of.wait));
        self.entrance.turns.frame_of(device).map_err(too_often)?;
        let brought = Brought {
            topic: topic.clone(),
            payload: payload.into(),
            gateway: Arc::clone(gateway),
            speaker: device.clone(),
        };
        match self.entrance.hand_over(brought).await {
            Verdict::Stored => Ok(()),
            Verdict::Retry => Err(invalid("not stored yet")),
        }
    }
}

/// Waits no longer than `wait`.
async fn within<T>(wait: Duration, what: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(wait, what).await.map_err(|_| io::ErrorKind::TimedOut)?
}

fn invalid(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

#[cfg(test)]
mod tests;
