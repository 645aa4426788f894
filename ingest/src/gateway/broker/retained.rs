//! Retained messages: births and wills of devices, kept in the store and refilled at the start.
//! The broker's own storage is in memory only, forgets after some minutes and is off by default.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::topic::{Channel, Topic};
use rmqtt::codec::types::Publish as CodecPublish;
use rmqtt::retain::{DefaultRetainStorage, RetainStorage};
use rmqtt::types::{From, Id, Publish, QoS, Retain, TopicFilter, TopicName};
use store::intake::Intake;
use store::registry::RegistryError;

/// Bytes of a status that is retained; a larger one is delivered and forgotten.
const STATUS_BYTES_MAX: usize = 4 * 1024;
/// Changes are written together, this often.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// Changes on their way to the store: the payload by topic, `None` when it was cleared.
#[derive(Default)]
pub(super) struct Changed {
    pending: Mutex<HashMap<String, Option<Vec<u8>>>>,
    written: Condvar,
    is_stopping: AtomicBool,
}

impl Changed {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Option<Vec<u8>>>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes on a thread of its own until it is stopped: a city that comes back after a blackout
    /// changes ten thousand statuses at once, and no commit shall wait for them.
    pub(super) fn write_to(self: &Arc<Self>, intake: Intake) -> std::io::Result<JoinHandle<()>> {
        let changed = Arc::clone(self);
        std::thread::Builder::new().name("obrii-retained".into()).spawn(move || {
            loop {
                let is_stopping = changed.is_stopping.load(Ordering::Acquire);
                for (topic, payload) in std::mem::take(&mut *changed.lock()) {
                    if let Err(error) = intake.retain(&topic, payload.as_deref()) {
                        tracing::warn!(%error, topic, "a status could not be kept");
                    }
                }
                if is_stopping {
                    return;
                }
                let pending = changed.lock();
                drop(changed.written.wait_timeout(pending, WRITE_EVERY));
            }
        })
    }

    /// Writes what is left and ends.
    pub(super) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Release);
        self.written.notify_all();
    }
}

/// The storage that the broker asks.
pub(super) struct Retained {
    messages: DefaultRetainStorage,
    changed: Arc<Changed>,
}

impl Retained {
    /// Refilled from the store.
    pub(super) async fn open(
        kept: Vec<(String, Vec<u8>)>,
        changed: Arc<Changed>,
    ) -> rmqtt::Result<Self> {
        let messages = DefaultRetainStorage::new();
        for (topic, payload) in kept {
            let publish = CodecPublish {
                dup: false,
                retain: true,
                qos: QoS::AtLeastOnce,
                topic: topic.as_str().into(),
                packet_id: None,
                payload: Bytes::from(payload),
                properties: None,
            };
            let id = Id::new(0, 0, None, None, "obrii".into(), None);
            let publish = Publish::new(Box::new(publish), None, None, None);
            let retain = Retain { msg_id: None, from: From::from_system(id), publish };
            messages.set_with_timeout(&topic.as_str().into(), retain, None).await?;
        }
        Ok(Self { messages, changed })
    }
}

/// What the store kept.
pub(super) fn kept(intake: &Intake) -> Result<Vec<(String, Vec<u8>)>, RegistryError> {
    intake.retained()
}

#[async_trait]
impl RetainStorage for Retained {
    fn enable(&self) -> bool {
        true
    }

    async fn set(
        &self,
        topic: &TopicName,
        retain: Retain,
        _expiry: Option<Duration>,
    ) -> rmqtt::Result<()> {
        let is_status = Topic::parse(topic).is_ok_and(|t| t.channel == Channel::Status);
        let payload = &retain.publish.payload;
        if !is_status || payload.len() > STATUS_BYTES_MAX {
            return Ok(());
        }
        let kept = (!payload.is_empty()).then(|| payload.to_vec());
        self.changed.lock().insert(topic.to_string(), kept);
        self.messages.set_with_timeout(topic, retain, None).await
    }

    async fn get(&self, filter: &TopicFilter) -> rmqtt::Result<Vec<(TopicName, Retain)>> {
        self.messages.get_message(filter).await
    }

    async fn count(&self) -> isize {
        self.messages.count().await
    }

    async fn max(&self) -> isize {
        self.messages.max().await
    }
}
