//! Retained messages: births and wills of devices, kept in the store and refilled at the start.
//! The broker's own storage is in memory only, forgets after some minutes and is off by default.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::topic::{Channel, Topic};
use rmqtt::codec::types::Publish as CodecPublish;
use rmqtt::retain::{DefaultRetainStorage, RetainStorage};
use rmqtt::types::{From, Id, Publish, QoS, Retain, TopicFilter, TopicName};

use crate::ledger::Ledger;

/// Bytes of a status that is retained; a larger one is delivered and forgotten.
const STATUS_BYTES_MAX: usize = 4 * 1024;

/// The storage that the broker asks.
pub(super) struct Retained {
    messages: DefaultRetainStorage,
    ledger: Arc<Ledger>,
}

impl Retained {
    /// Refilled from the store.
    pub(super) async fn open(
        kept: Vec<(String, Vec<u8>)>,
        ledger: Arc<Ledger>,
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
        Ok(Self { messages, ledger })
    }
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
        self.ledger.note_status(topic, kept);
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
