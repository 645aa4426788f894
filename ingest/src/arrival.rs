//! What a gateway hands over, and the token by which it learns what became of it. Answering the
//! token is the acknowledgement, whatever the transport.

use std::sync::Arc;

use bytes::Bytes;
use domain::{DeviceId, Timestamp};
use tokio::sync::oneshot;

use crate::gateway::mqtt::Delivery;
use crate::replay::Replay;

/// What became of an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// On disk: in the series, or in quarantine.
    Stored,
    /// Not on disk; the sender keeps it and sends it again.
    Retry,
}

/// Who waits for the verdict.
#[derive(Debug, Default)]
pub(crate) enum Token {
    /// Nobody any more: it is answered.
    #[default]
    Answered,
    /// A publish hook or an HTTP request. A token that is dropped answers nothing, and whoever
    /// waits takes that for [`Verdict::Retry`].
    Waiter(oneshot::Sender<Verdict>),
    /// A publish hook, of a message with quality of service 0. No client is told, but its
    /// connection waits: otherwise one that floods would fill the memory.
    Unasked(oneshot::Sender<Verdict>),
    /// A message of an external broker.
    Delivery(Box<Delivery>),
}

impl Token {
    /// Was the message sent with quality of service 0?
    pub(crate) fn is_quality_0(&self) -> bool {
        match self {
            Self::Answered | Self::Waiter(_) => false,
            Self::Unasked(_) => true,
            Self::Delivery(delivery) => delivery.is_quality_0(),
        }
    }

    /// Tells the verdict. Who does not wait any more is not told.
    pub(crate) fn answer(self, verdict: Verdict) {
        match self {
            Self::Answered => {}
            Self::Waiter(waiter) | Self::Unasked(waiter) => drop(waiter.send(verdict)),
            Self::Delivery(delivery) => delivery.answer(verdict),
        }
    }
}

/// A message as it came.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// The topic it was published on, or the native one that it would have had.
    pub(crate) topic: String,
    /// The bytes.
    pub(crate) payload: Bytes,
    /// When it came.
    pub(crate) received_at: Timestamp,
    /// Through which gateway: `broker`, `http`, the name of a source …
    pub(crate) gateway: Arc<str>,
    /// The device that brought it, when it need not be the one that it is of; `None`: whoever
    /// handed it over has seen to that.
    pub(crate) speaker: Option<DeviceId>,
    /// Who waits.
    pub(crate) token: Token,
    /// Set when it was kept aside and comes again.
    pub(crate) replay: Option<Box<Replay>>,
}
