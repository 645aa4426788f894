//! An external broker as a source: MQTT 5 with a persistent session and manual acknowledgements.
//! Here the promise begins at our PUBACK to that broker, which leaves after the commit.
//!
//! One task polls the connection and does nothing else. Acknowledgements go through a lock with
//! the connection's epoch: one that belongs to a connection that is gone is dropped, because on
//! the next connection its packet id may mean another message.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::DeviceId;
use domain::directory::Directory;
use domain::limits::{COMMIT_WAIT_MS_MAX, PACKET_BYTES_MAX};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Filter, Packet, Publish, SubscribeReasonCode};
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use store::clock::Clock;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::arrival::{Arrival, Token, Verdict};
use crate::backoff::Backoff;

/// Publishes a broker may have open at us: all packet ids there are, for the receive maximum
/// bounds only a connection's first window.
const UNACKED_MAX: usize = u16::MAX as usize;
/// Bytes of payloads that wait for their verdict.
const UNANSWERED_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How long a full pipeline may hold the connection before it is dropped on purpose; the session
/// then sends everything again.
const FULL_WAIT: Duration = Duration::from_secs(2);
const KEEP_ALIVE: Duration = Duration::from_secs(10);
const RETRY_FIRST: Duration = Duration::from_millis(250);
const RETRY_CEILING: Duration = Duration::from_secs(15);
/// How long a broker keeps our session and its messages while we are away, seconds.
const SESSION_EXPIRY_S: u32 = 7 * 24 * 3600;
/// Publishes the broker sends before it waits for us: what comes while one commit runs, and while a
/// broker of one thread goes round its publishers. A quarter of the queue.
const RECEIVE_MAXIMUM: u16 = 4_096;

/// An external broker.
#[derive(Clone, Debug)]
pub struct SourceConfig {
    /// Its name in logs, health and quarantine.
    pub name: String,
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User name and password.
    pub credentials: Option<(String, String)>,
    /// The client id, under which the broker keeps our session. One for each platform.
    pub client_id: String,
    /// Topic filters.
    pub topics: Vec<String>,
    /// The registered gateway as which the broker speaks: for the devices bound to it, and for no
    /// others. `None`: who may speak for whom is the business of that broker's own rules.
    pub gateway: Option<DeviceId>,
}

impl SourceConfig {
    /// What is wrong with the gateway that it names, by the registry as it stands. That may change
    /// while the platform runs; what is of no device bound to it goes to quarantine all the time.
    pub(crate) fn mistake(&self, directory: &Directory) -> Option<String> {
        let gateway = self.gateway.as_ref()?;
        let fault = match directory.device(gateway.as_str()) {
            None => "is not registered",
            Some(entry) if entry.is_decommissioned() => "is out of operation",
            Some(_) if !directory.is_gateway(gateway.as_str()) => "is nobody's gateway",
            Some(_) => return None,
        };
        let expected = "expected a device to which others are bound";
        Some(format!("source `{}`: gateway `{gateway}` {fault}, {expected}", self.name))
    }
}

/// A message that waits for its acknowledgement.
#[derive(Debug)]
pub(crate) struct Delivery {
    link: Arc<Link>,
    epoch: u64,
    publish: Publish,
    bytes: usize,
}

impl Delivery {
    /// Was it sent with quality of service 0?
    pub(crate) fn is_quality_0(&self) -> bool {
        self.publish.qos == QoS::AtMostOnce
    }

    /// Acknowledges the message; or makes the broker send it again, by dropping the connection.
    pub(crate) fn answer(self, verdict: Verdict) {
        let epoch = self.link.lock();
        if *epoch != self.epoch || self.is_quality_0() {
            return;
        }
        let is_acked =
            verdict == Verdict::Stored && self.link.client.try_ack(&self.publish).is_ok();
        if !is_acked {
            self.link.is_broken.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.link.unanswered_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// The connection as acknowledgements see it.
struct Link {
    client: AsyncClient,
    /// Rises with each connection that is lost. A std mutex: an acknowledgement is put into its
    /// queue under it, so that none slips over to the next connection.
    epoch: Mutex<u64>,
    /// A message has to be sent again: the connection is dropped at the next event.
    is_broken: AtomicBool,
    is_stopping: AtomicBool,
    unanswered_bytes: AtomicUsize,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

impl Link {
    fn lock(&self) -> MutexGuard<'_, u64> {
        self.epoch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running source.
#[derive(Debug)]
pub(crate) struct Source {
    link: Arc<Link>,
    task: JoinHandle<()>,
}

impl Source {
    /// Connects in the background, for as long as it takes.
    pub(crate) fn start(
        config: SourceConfig,
        arrivals: mpsc::Sender<Arrival>,
        clock: Arc<dyn Clock>,
        is_connected: Arc<AtomicBool>,
    ) -> Self {
        let (client, events) = AsyncClient::new(options(&config), UNACKED_MAX);
        let link = Arc::new(Link {
            client,
            epoch: Mutex::new(0),
            is_broken: AtomicBool::new(false),
            is_stopping: AtomicBool::new(false),
            unanswered_bytes: AtomicUsize::new(0),
        });
        let filters = config
            .topics
            .iter()
            .map(|topic| Filter::new(topic.clone(), QoS::AtLeastOnce))
            .collect();
        let poller = Poller {
            gateway: config.name.into(),
            speaker: config.gateway,
            filters,
            link: Arc::clone(&link),
            arrivals,
            clock,
            is_connected,
            is_greeted: false,
        };
        let task = tokio::spawn(poller.run(events));
        Self { link, task }
    }

    /// A client that publishes on its connection.
    pub(crate) fn client(&self) -> AsyncClient {
        self.link.client.clone()
    }

    /// Takes no more messages; acknowledgements still go out.
    pub(crate) fn stop_taking(&self) {
        self.link.is_stopping.store(true, Ordering::Relaxed);
    }

    /// Says goodbye, after the last acknowledgement: each message that waits for one holds the
    /// link, as do this source and its task.
    pub(crate) async fn stop(mut self) {
        let answered = async {
            while Arc::strong_count(&self.link) > 2 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let wait = Duration::from_millis(COMMIT_WAIT_MS_MAX);
        if tokio::time::timeout(wait, answered).await.is_err() {
            tracing::warn!("messages were not acknowledged; the external broker keeps them");
        }
        let goodbye = self.link.client.try_disconnect().is_ok();
        let ended = tokio::time::timeout(Duration::from_secs(2), &mut self.task).await;
        if !goodbye || ended.is_err() {
            self.task.abort();
        }
    }
}

fn options(config: &SourceConfig) -> MqttOptions {
    let mut options = MqttOptions::new(&config.client_id, &config.host, config.port);
    options
        .set_keep_alive(KEEP_ALIVE)
        .set_clean_start(false)
        .set_manual_acks(true)
        .set_session_expiry_interval(Some(SESSION_EXPIRY_S))
        .set_receive_maximum(Some(RECEIVE_MAXIMUM))
        // Without it a larger message makes an endless loop of reconnects.
        .set_max_packet_size(Some(PACKET_BYTES_MAX as u32));
    if let Some((user, password)) = &config.credentials {
        options.set_credentials(user, password);
    }
    options
}

/// The task that polls.
struct Poller {
    gateway: Arc<str>,
    /// As whom it speaks; `None`: its topics are what the operator wrote down for it.
    speaker: Option<DeviceId>,
    filters: Vec<Filter>,
    link: Arc<Link>,
    arrivals: mpsc::Sender<Arrival>,
    clock: Arc<dyn Clock>,
    is_connected: Arc<AtomicBool>,
    /// The broker greeted since the last break. What comes before is left over from the
    /// connection that broke, and will come again.
    is_greeted: bool,
}

/// What to do with the connection after an event.
#[derive(PartialEq, Eq)]
enum Next {
    Go,
    Break,
}

impl Poller {
    async fn run(mut self, mut events: EventLoop) {
        let mut backoff = Backoff::new(RETRY_FIRST, RETRY_CEILING);
        loop {
            let next = match events.poll().await {
                Ok(event) => self.take(event, &mut backoff).await,
                Err(error) => {
                    if self.link.is_stopping.load(Ordering::Relaxed) {
                        break;
                    }
                    if self.is_connected.load(Ordering::Relaxed) {
                        tracing::warn!(source = %self.gateway, %error, "external broker lost");
                    }
                    Next::Break
                }
            };
            let is_broken = self.link.is_broken.swap(false, Ordering::Relaxed);
            if next == Next::Break || is_broken {
                self.break_off(&mut events);
                tokio::time::sleep(backoff.next()).await;
            }
        }
        self.is_connected.store(false, Ordering::Relaxed);
    }

    /// Ends the epoch: acknowledgements on their way are void, and those in the queue are cleared.
    fn break_off(&mut self, events: &mut EventLoop) {
        let mut epoch = self.link.lock();
        *epoch += 1;
        events.clean();
        drop(epoch);
        self.is_greeted = false;
        self.is_connected.store(false, Ordering::Relaxed);
    }

    async fn take(&mut self, event: Event, backoff: &mut Backoff) -> Next {
        match event {
            Event::Incoming(Packet::ConnAck(_)) => {
                self.is_greeted = true;
                let asked = self.link.client.try_subscribe_many(self.filters.iter().cloned());
                if asked.is_ok() { Next::Go } else { Next::Break }
            }
            Event::Incoming(Packet::SubAck(ack)) => {
                let is_granted =
                    |code: &SubscribeReasonCode| matches!(code, SubscribeReasonCode::Success(_));
                if ack.return_codes.iter().all(is_granted) {
                    backoff.reset();
                    self.is_connected.store(true, Ordering::Relaxed);
                    tracing::info!(source = %self.gateway, "external broker connected");
                } else {
                    let codes = &ack.return_codes;
                    tracing::error!(source = %self.gateway, ?codes, "a topic was refused");
                }
                Next::Go
            }
            Event::Incoming(Packet::Publish(publish)) if self.is_greeted => {
                self.hand_over(publish).await
            }
            _ => Next::Go,
        }
    }

    /// Waits until the payloads that wait for a verdict are fewer bytes than they may be.
    async fn has_room(&self) -> bool {
        let begun_at = Instant::now();
        while self.link.unanswered_bytes.load(Ordering::Relaxed) >= UNANSWERED_BYTES_MAX {
            if begun_at.elapsed() > FULL_WAIT {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        true
    }

    async fn hand_over(&self, mut publish: Publish) -> Next {
        if self.link.is_stopping.load(Ordering::Relaxed) {
            return Next::Go;
        }
        let payload = std::mem::take(&mut publish.payload);
        let topic = String::from_utf8_lossy(&publish.topic).into_owned();
        if !self.has_room().await {
            return Next::Break;
        }
        let bytes = payload.len();
        self.link.unanswered_bytes.fetch_add(bytes, Ordering::Relaxed);
        let (link, epoch) = (Arc::clone(&self.link), *self.link.lock());
        let token = Token::Delivery(Box::new(Delivery { link, epoch, publish, bytes }));
        let arrival = Arrival {
            topic,
            payload,
            received_at: self.clock.now(),
            gateway: Arc::clone(&self.gateway),
            speaker: self.speaker.clone(),
            token,
            replay: None,
        };
        match self.arrivals.send_timeout(arrival, FULL_WAIT).await {
            Ok(()) => Next::Go,
            Err(_) => Next::Break,
        }
    }
}

#[cfg(test)]
mod tests;
