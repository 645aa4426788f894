//! How a device speaks to whoever takes its messages: it is let in, and each message is acknowledged
//! in the order in which it was sent. The publisher knows no more of a protocol than this.

mod mqtt;
mod teltonika;

use bytes::BytesMut;
use domain::Timestamp;

pub(super) use mqtt::Mqtt;
pub(super) use teltonika::{Teltonika, VALUES as TELTONIKA_VALUES};

/// One device's side of a protocol.
pub(super) trait Wire: Send + Sync {
    /// The first bytes of a connection.
    fn hello(&self) -> &[u8];

    /// Takes the answer to [`Self::hello`]; `false` while it is not whole.
    fn take_welcome(&self, answers: &mut BytesMut) -> anyhow::Result<bool>;

    /// Writes a message. Its readings are those that follow the readings of the messages before,
    /// and reading `n` of a device is of the time `begin + n` ms.
    fn write(&self, message: u64, begin: Timestamp, out: &mut Vec<u8>);

    /// Takes the acknowledgement of a message; `false` while it is not whole.
    fn take_ack(&self, message: u64, answers: &mut BytesMut) -> anyhow::Result<bool>;
}
