//! Vehicle trackers over TCP: Teltonika and Wialon IPS, each on a port of its own. A bounded number
//! of connections, none of which may be mute, slow or oversized for long. What a tracker is
//! answered after its records are on disk is the acknowledgement. One that comes or sends too often
//! is told so, as far as its protocol has a word for it, and listed among the login refusals.

mod line;
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
    TRACKER_CONNECTIONS_MAX, TRACKER_FRAME_BYTES_MAX, TRACKER_FRAME_MS_MAX, TRACKER_IDLE_MS_MAX,
    TRACKER_LOGIN_MS_MAX,
};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::entrance::{Brought, Entrance};
use super::turns::{TooOften, network};
use crate::StartError;
use crate::arrival::Verdict;
use line::Room;

const LOGIN_WAIT: Duration = Duration::from_millis(TRACKER_LOGIN_MS_MAX);
const FRAME_WAIT: Duration = Duration::from_millis(TRACKER_FRAME_MS_MAX);
const IDLE_WAIT: Duration = Duration::from_millis(TRACKER_IDLE_MS_MAX);
/// Pause after a failed `accept`: no file descriptor may be free.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long somebody who is sent away is heard out. What he has sent and nobody has read would
/// reset the connection, and the answer might be lost with it.
const DISMISSAL_WAIT: Duration = Duration::from_secs(2);
/// Connections that are told at one time that they came too often; the others are only closed.
const DISMISSALS_MAX: usize = 256;
/// How long connections get to end when the platform stops.
const DRAIN_WAIT: Duration = Duration::from_secs(5);

/// Which protocol a port speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Teltonika,
    Wialon,
}

impl Protocol {
    const fn gateway(self) -> &'static str {
        match self {
            Self::Teltonika => teltonika::GATEWAY,
            Self::Wialon => wialon::GATEWAY,
        }
    }

    /// What a tracker is answered that may not come in.
    const fn refusal(self) -> &'static [u8] {
        match self {
            Self::Teltonika => teltonika::REFUSAL,
            Self::Wialon => wialon::REFUSAL,
        }
    }
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
        let (dismissals, room) = (Arc::new(Semaphore::new(DISMISSALS_MAX)), Room::new());
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
            let port = Port {
                protocol,
                entrance: Arc::clone(entrance),
                tasks: tasks.clone(),
                dismissals: Arc::clone(&dismissals),
                room: room.clone(),
            };
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
    /// Turns of those who are sent away.
    dismissals: Arc<Semaphore>,
    room: Room,
}

impl Port {
    async fn accept(self, listener: TcpListener, stopping: CancellationToken) {
        let turns = Arc::new(Semaphore::new(TRACKER_CONNECTIONS_MAX));
        loop {
            let turn = tokio::select! {
                () = stopping.cancelled() => return,
                turn = Arc::clone(&turns).acquire_owned() => turn,
            };
            let Ok(turn) = turn else { return };
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
                self.send_away(stream, from.ip(), turn);
                continue;
            }
            let (entrance, room) = (Arc::clone(&self.entrance), self.room.clone());
            let caller = Caller { entrance, address: from.ip(), room };
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

    /// Tells a connection of an address that connects too often that it may not come in. Who it is
    /// was not asked: the address is listed, of IPv6 the network, once each second at most.
    fn send_away(&self, mut stream: TcpStream, from: IpAddr, turn: OwnedSemaphorePermit) {
        self.entrance.note_too_often(self.protocol.gateway(), "", network(from));
        let Ok(dismissal) = Arc::clone(&self.dismissals).try_acquire_owned() else { return };
        let refusal = self.protocol.refusal();
        self.tasks.spawn(async move {
            dismiss(&mut stream, refusal).await;
            drop((turn, dismissal));
        });
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
    /// For lines that are larger than a frame.
    room: Room,
}

/// Why a frame was not taken.
enum NotTaken {
    TooOften(TooOften),
    NotStored,
}

impl From<NotTaken> for io::Error {
    fn from(why: NotTaken) -> Self {
        match why {
            NotTaken::TooOften(of) => invalid(format!("too often, {:?} to wait", of.wait)),
            NotTaken::NotStored => invalid("not stored yet"),
        }
    }
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
    async fn hand_over(&self, logged: &Logged, payload: impl Into<Bytes>) -> Result<(), NotTaken> {
        let Logged { topic, gateway, device } = logged;
        let payload = payload.into();
        // A black box takes as many turns as there are frames in it.
        let mut frames = payload.chunks(TRACKER_FRAME_BYTES_MAX);
        if let Err(too_often) = frames.try_for_each(|_| self.entrance.turns.frame_of(device)) {
            self.entrance.note_too_often(gateway, device.as_str(), self.address);
            return Err(NotTaken::TooOften(too_often));
        }
        let brought = Brought {
            topic: topic.clone(),
            payload,
            gateway: Arc::clone(gateway),
            speaker: device.clone(),
        };
        match self.entrance.hand_over(brought).await {
            Verdict::Stored => Ok(()),
            Verdict::Retry => Err(NotTaken::NotStored),
        }
    }
}

/// Tells a tracker a last word, and hears it out until it closes.
async fn dismiss(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), last_word: &[u8]) {
    let told = async {
        stream.write_all(last_word).await?;
        stream.shutdown().await?;
        let mut unheard = [0; 1024];
        while stream.read(&mut unheard).await? > 0 {}
        io::Result::Ok(())
    };
    if let Err(error) = within(DISMISSAL_WAIT, told).await {
        tracing::debug!(%error, "a tracker that was sent away did not close");
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
