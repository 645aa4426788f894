//! One MQTT 5 connection that loses nothing: a window of unacknowledged messages is kept here and
//! sent again after each reconnect, whatever the broker remembers of the session.
//!
//! Two tasks belong to a link. One only polls (a poll that is cancelled could lose a request); the
//! other waits until its messages are due and puts them into the window.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{ConnectReturnCode, LastWill, Packet, PubAckReason};
use rumqttc::v5::{AsyncClient, ConnectionError, Event, EventLoop, MqttOptions};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::noise::Key;

/// Messages of a connection that may wait for their PUBACK.
const WINDOW_MESSAGES_MAX: usize = 10;
/// Keep-alive, well above the smallest that the platform allows.
const KEEP_ALIVE: Duration = Duration::from_mins(1);
/// First and longest pause before the next attempt to connect.
const PAUSE_MIN: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// How long a stopping link waits for its last acknowledgements.
const DRAIN: Duration = Duration::from_secs(3);
/// The largest packet the broker may send us; it only ever sends acknowledgements.
const INCOMING_BYTES_MAX: u32 = 64 * 1024;

const ONLINE: &str = r#"{"state":"online"}"#;
const OFFLINE: &str = r#"{"state":"offline"}"#;

/// How to reach the broker, and under whose name.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) token: String,
    /// Birth and will go here.
    pub(crate) status_topic: String,
}

/// Counts of all links of a run.
#[derive(Debug, Default)]
pub struct Counters {
    /// Links that hold a connection now.
    pub connected: AtomicU64,
    /// Messages handed over to a link.
    pub published: AtomicU64,
    /// Messages that the broker acknowledged.
    pub acknowledged: AtomicU64,
    /// Messages that the broker refused for good (not authorised, topic, format).
    pub refused: AtomicU64,
    /// Connections that were refused or broke.
    pub failures: AtomicU64,
}

impl Counters {
    /// One of the counts, now.
    pub fn of(count: &AtomicU64) -> u64 {
        count.load(Ordering::Relaxed)
    }

    fn add(count: &AtomicU64) {
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// A message in the window.
#[derive(Clone, Debug)]
struct Message {
    topic: Arc<str>,
    payload: Vec<u8>,
    retain: bool,
}

/// What the two tasks share. A std mutex: held for a few pushes, never over an await.
#[derive(Debug, Default)]
struct Window {
    connected: bool,
    /// Unacknowledged, oldest first; brokers acknowledge in the order of arrival (MQTT 4.6).
    waiting: VecDeque<(Message, Option<OwnedSemaphorePermit>)>,
}

/// The writing half of a link.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    client: AsyncClient,
    window: Arc<Mutex<Window>>,
    places: Arc<Semaphore>,
    counters: Arc<Counters>,
}

impl Link {
    /// A link and its poller, which the caller runs to its end.
    pub(crate) fn new(account: &Account, counters: &Arc<Counters>) -> (Self, Poller) {
        let mut options = MqttOptions::new(&account.user, &account.host, account.port);
        options
            .set_credentials(&account.user, &account.token)
            .set_clean_start(true)
            .set_keep_alive(KEEP_ALIVE)
            .set_max_packet_size(Some(INCOMING_BYTES_MAX))
            // One more for the birth. The client's tables are made for this many at once.
            .set_outgoing_inflight_upper_limit(WINDOW_MESSAGES_MAX as u16 + 1)
            .set_last_will(LastWill::new(
                &account.status_topic,
                OFFLINE,
                QoS::AtLeastOnce,
                true,
                None,
            ));
        let (client, events) = AsyncClient::new(options, WINDOW_MESSAGES_MAX + 2);
        let link = Self {
            client,
            window: Arc::default(),
            places: Arc::new(Semaphore::new(WINDOW_MESSAGES_MAX)),
            counters: Arc::clone(counters),
        };
        let poller = Poller {
            link: link.clone(),
            events,
            birth: Message {
                topic: Arc::from(account.status_topic.as_str()),
                payload: ONLINE.into(),
                retain: true,
            },
            jitter: Key::new(0, &account.user, "reconnect"),
            attempts: 0,
        };
        (link, poller)
    }

    fn window(&self) -> std::sync::MutexGuard<'_, Window> {
        // A panic under this lock leaves a queue that is still a queue.
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a message into the window, waiting for a place in it.
    pub(crate) async fn publish(&self, topic: Arc<str>, payload: Vec<u8>) {
        // The semaphore is never closed.
        let Ok(place) = Arc::clone(&self.places).acquire_owned().await else { return };
        Counters::add(&self.counters.published);
        let message = Message { topic, payload, retain: false };
        let mut window = self.window();
        if window.connected {
            self.hand_over(&message);
        }
        window.waiting.push_back((message, Some(place)));
    }

    /// Gives a message to the client, whose queue is longer than the window.
    fn hand_over(&self, message: &Message) {
        let Message { topic, payload, retain } = message;
        let handed = self.client.try_publish(&**topic, QoS::AtLeastOnce, *retain, payload.clone());
        if let Err(error) = handed {
            tracing::error!(%error, topic = &**topic, "a message did not fit the client's queue");
        }
    }

    /// Waits until everything is acknowledged.
    async fn drained(&self) {
        // All places are free only when nothing is left in the window; they are never closed.
        drop(self.places.acquire_many(WINDOW_MESSAGES_MAX as u32).await);
    }

    /// Says goodbye, so that the broker does not publish the will.
    pub(crate) async fn close(&self) {
        if timeout(DRAIN, self.drained()).await.is_err() {
            tracing::debug!("messages were left unacknowledged at the end");
        }
        if self.client.try_disconnect().is_err() {
            tracing::debug!("the client's queue was full at the end");
        }
    }
}

/// The polling half of a link.
pub(crate) struct Poller {
    link: Link,
    events: EventLoop,
    birth: Message,
    jitter: Key,
    attempts: i64,
}

impl Poller {
    /// Keeps the connection until `stop`, then until the goodbye is said or its time is up.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        loop {
            let polled = if stop.is_cancelled() {
                match timeout(DRAIN + DRAIN, self.events.poll()).await {
                    Ok(polled) => polled,
                    Err(_) => break,
                }
            } else {
                self.events.poll().await
            };
            match polled {
                Ok(event) => {
                    if self.take(&event) {
                        continue;
                    }
                    self.cut();
                }
                Err(error) => {
                    self.cut();
                    if !stop.is_cancelled() {
                        self.complain(&error);
                    }
                }
            }
            if stop.is_cancelled() {
                break;
            }
            tokio::select! {
                () = sleep(self.pause()) => {}
                () = stop.cancelled() => {}
            }
        }
        self.cut();
    }

    /// Deals with an event; false when the connection must be made anew.
    fn take(&mut self, event: &Event) -> bool {
        match event {
            Event::Incoming(Packet::ConnAck(_)) => self.connected(),
            Event::Incoming(Packet::PubAck(ack)) => return self.acknowledged(ack.reason),
            Event::Incoming(Packet::Disconnect(_)) => return false,
            Event::Incoming(_) | Event::Outgoing(_) => {}
        }
        true
    }

    /// Sends the birth and the whole window, oldest first.
    fn connected(&mut self) {
        self.attempts = 0;
        let mut window = self.link.window();
        window.connected = true;
        self.link.counters.connected.fetch_add(1, Ordering::Relaxed);
        window.waiting.push_front((self.birth.clone(), None));
        for (message, _) in &window.waiting {
            self.link.hand_over(message);
        }
    }

    fn acknowledged(&mut self, reason: PubAckReason) -> bool {
        let counters = &self.link.counters;
        match reason {
            PubAckReason::Success | PubAckReason::NoMatchingSubscribers => {
                if self.link.window().waiting.pop_front().is_some_and(|(m, _)| !m.retain) {
                    Counters::add(&counters.acknowledged);
                }
                true
            }
            PubAckReason::NotAuthorized
            | PubAckReason::TopicNameInvalid
            | PubAckReason::PayloadFormatInvalid => {
                self.link.window().waiting.pop_front();
                Counters::add(&counters.refused);
                true
            }
            // Not stored yet: everything from this message on is sent again after a pause.
            PubAckReason::UnspecifiedError
            | PubAckReason::ImplementationSpecificError
            | PubAckReason::PacketIdentifierInUse
            | PubAckReason::QuotaExceeded => false,
        }
    }

    /// Forgets the connection; the window alone knows what is still to be sent.
    fn cut(&mut self) {
        let mut window = self.link.window();
        if std::mem::take(&mut window.connected) {
            self.link.counters.connected.fetch_sub(1, Ordering::Relaxed);
        }
        window.waiting.retain(|(message, _)| !message.retain);
        self.events.clean();
        self.events.pending.clear();
        self.events.state.events.clear();
    }

    fn complain(&mut self, error: &ConnectionError) {
        Counters::add(&self.link.counters.failures);
        let user = &self.events.options.client_id();
        if let ConnectionError::ConnectionRefused(
            ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized,
        ) = error
        {
            tracing::warn!(device.id = user, %error, "the broker refused a device's login");
        } else {
            tracing::debug!(device.id = user, %error, "a device lost its connection");
        }
    }

    /// Doubles with each attempt up to its ceiling, and differs from device to device.
    fn pause(&mut self) -> Duration {
        let doubled = PAUSE_MIN.saturating_mul(1 << self.attempts.min(10));
        self.attempts += 1;
        doubled.min(PAUSE_MAX).mul_f64(self.jitter.between(self.attempts, 0.5, 1.0))
    }
}

/// Publishes messages when they are due, until they end or `stop`; then closes the link.
pub(crate) async fn speak(
    link: Link,
    messages: impl Iterator<Item = (Instant, Arc<str>, Vec<u8>)>,
    stop: CancellationToken,
) {
    let all = async {
        for (due, topic, payload) in messages {
            sleep_until(due).await;
            link.publish(topic, payload).await;
        }
        link.drained().await;
    };
    tokio::select! {
        () = all => {}
        () = stop.cancelled() => {}
    }
    link.close().await;
}
