//! What becomes of everything that arrives: why something was kept aside (quarantine), why a login
//! was refused, and the balance that has to come out even. Counted in readings: every field value
//! of a record is one; a message or array element that cannot be read at all counts one.

use std::fmt;

use crate::ids::{CommunityId, DeviceId, ExternalId, ProfileId};
use crate::profile::Kind;

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$item])* $variant,)*
        }

        impl $name {
            /// All of them, in the order of the interface.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable code of the store, the API and metrics.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }

            /// Reads the code.
            pub fn parse(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|c| c.as_str() == code)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

codes! {
    /// Why a message, or one element of it, stands in quarantine.
    Reason {
        /// The payload is no JSON.
        NotJson = "not-json",
        /// The payload is no UTF-8 text.
        NotUtf8 = "not-utf8",
        /// The payload is larger than [`crate::limits::PAYLOAD_BYTES_MAX`].
        TooLarge = "too-large",
        /// The packet was larger than [`crate::limits::PACKET_BYTES_MAX`]; the connection was
        /// closed and only its size is known.
        RefusedTooLarge = "refused-too-large",
        /// The topic's community, kind or device is not the registry's.
        TopicMismatch = "topic-mismatch",
        /// No device of that id is registered.
        UnknownDevice = "unknown-device",
        /// The device is out of operation.
        Decommissioned = "decommissioned",
        /// A gateway spoke for a device that is not bound to it.
        NotBound = "not-bound",
        /// The device sat on no object at the time of the reading.
        NotInstalled = "not-installed",
        /// None of its fields is in the device's profile.
        NoKnownField = "no-known-field",
        /// Its time lies more than [`crate::limits::FUTURE_MS_MAX`] in the future.
        FutureTime = "future-time",
        /// Its time is older than the profile's retention: it would be dropped at once.
        ExpiredTime = "expired-time",
        /// Its time is none, or has no offset.
        BadTime = "bad-time",
        /// An element of an array is no reading.
        BadElement = "bad-element",
        /// A field's value is not of the field's type.
        BadValue = "bad-value",
        /// More readings than [`crate::limits::READINGS_PER_MESSAGE_MAX`].
        TooMany = "too-many",
        /// A frame of a binary protocol is broken (length, checksum).
        BadFrame = "bad-frame",
        /// The store took the rest of its batch, but not this.
        Poisoned = "poisoned",
    }
}

codes! {
    /// How a row of quarantine left the work list.
    SettledAs {
        /// It was put through the pipeline again, and used.
        Replayed = "replayed",
        /// Somebody said that it is of no use, and why.
        Discarded = "discarded",
    }
}

codes! {
    /// Why a connection was refused, or a connected client was shown the door.
    LoginReason {
        /// No device, gateway or credential of that name.
        UnknownUser = "unknown-user",
        /// The token is not the one that was given.
        WrongToken = "wrong-token",
        /// The device has no token yet.
        NoToken = "no-token",
        /// The device is out of operation, or the credential was revoked.
        Decommissioned = "decommissioned",
        /// Keep-alive of 0, or below [`crate::limits::KEEP_ALIVE_S_MIN`].
        KeepAlive = "keep-alive",
        /// A will on a topic that the client might not publish to.
        ForeignWill = "foreign-will",
        /// The client id's session belongs to another user name.
        ForeignClientId = "foreign-client-id",
        /// Published to a topic that is not its own.
        ForeignTopic = "foreign-topic",
        /// Subscribed to a filter that is not its own.
        ForeignFilter = "foreign-filter",
        /// Refused for a while after repeated offences.
        TooOften = "too-often",
    }
}

/// What a device that nobody registered seems to be, by its latest messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glimpse {
    /// How its messages are written: `native`, `chirpstack`, `teltonika` …
    pub format: Option<&'static str>,
    /// The name under which its format would find it in the registry.
    pub external_id: Option<ExternalId>,
    /// The device of the registry that it is by now.
    pub device: Option<DeviceId>,
    /// Its community, where the topic says it.
    pub community: Option<CommunityId>,
    /// Its kind, where the topic or the format says it.
    pub kind: Option<Kind>,
    /// Its fields as it names them, each with the last value in words.
    pub fields: Vec<(String, String)>,
    /// The profiles that know some of the fields and how many, the best first.
    pub profiles: Vec<(ProfileId, usize)>,
}

/// The balance of one device, or of all, in readings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Readings that arrived.
    pub received: u64,
    /// New ones, on disk.
    pub stored: u64,
    /// Ones that replaced another value of the same key.
    pub corrected: u64,
    /// Ones that were there already.
    pub duplicate: u64,
    /// Ones in quarantine.
    pub quarantined: u64,
    /// Fields that the profile does not know.
    pub unknown_field: u64,
    /// Of the stored, corrected and duplicate: flagged `late`. Outside of the balance.
    pub late: u64,
    /// Of the received: came with `QoS` 0. Outside of the balance.
    pub qos0: u64,
}

impl Tally {
    /// received = stored + corrected + duplicate + quarantined + unknown field.
    pub const fn is_balanced(&self) -> bool {
        self.received
            == self.stored + self.corrected + self.duplicate + self.quarantined + self.unknown_field
    }

    /// Nothing was counted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.received += other.received;
        self.stored += other.stored;
        self.corrected += other.corrected;
        self.duplicate += other.duplicate;
        self.quarantined += other.quarantined;
        self.unknown_field += other.unknown_field;
        self.late += other.late;
        self.qos0 += other.qos0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_they_are_written() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.as_str()), Some(*reason));
        }
        for reason in LoginReason::ALL {
            assert_eq!(LoginReason::parse(reason.as_str()), Some(*reason));
        }
        assert_eq!(Reason::parse("no-such-reason"), None);
    }

    #[test]
    fn a_balance_counts_every_reading_once() {
        let mut all = Tally { received: 3, stored: 1, duplicate: 1, ..Tally::default() };
        assert!(!all.is_balanced());
        all += Tally { quarantined: 1, late: 1, ..Tally::default() };
        assert!(all.is_balanced());
    }
}
