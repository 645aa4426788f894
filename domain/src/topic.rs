//! The native topics: `obrii/v1/{community}/{kind}/{device}/{channel}`.

use std::fmt;

use crate::ids::{BadId, CommunityId, DeviceId};
use crate::profile::Kind;

/// What a native topic carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// Readings of the device, JSON.
    Telemetry,
    /// Readings of the device, `SenML`.
    Senml,
    /// Birth and last will.
    Status,
    /// Commands to the device.
    Command,
    /// The device's answers to commands.
    CommandAck,
}

impl Channel {
    const ALL: [Self; 5] =
        [Self::Telemetry, Self::Senml, Self::Status, Self::Command, Self::CommandAck];

    /// The last part of the topic.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Telemetry => "telemetry",
            Self::Senml => "senml",
            Self::Status => "status",
            Self::Command => "command",
            Self::CommandAck => "command/ack",
        }
    }
}

/// A native topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Community.
    pub community: CommunityId,
    /// Kind.
    pub kind: Kind,
    /// Device.
    pub device: DeviceId,
    /// What it carries.
    pub channel: Channel,
}

/// Begin of every native topic.
pub const PREFIX: &str = "obrii/v1/";

/// Why a topic is none of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTopic {
    /// Not of our form.
    #[error("topic `{0}` is not obrii/v1/(community)/(kind)/(device)/(channel)")]
    Form(String),
    /// One of its parts is wrong.
    #[error("topic `{topic}`: {reason}")]
    Part {
        /// The topic, cut.
        topic: String,
        /// The part's own error.
        reason: BadId,
    },
}

impl Topic {
    /// Reads a topic.
    pub fn parse(text: &str) -> Result<Self, BadTopic> {
        let cut = || text.chars().take(200).collect::<String>();
        let form = || BadTopic::Form(cut());
        let part = |reason| BadTopic::Part { topic: cut(), reason };
        let rest = text.strip_prefix(PREFIX).ok_or_else(form)?;
        let mut parts = rest.splitn(4, '/');
        let mut next = || parts.next().ok_or_else(form);
        let (community, kind, device, channel) = (next()?, next()?, next()?, next()?);
        let channel = Channel::ALL.into_iter().find(|c| c.as_str() == channel).ok_or_else(form)?;
        Ok(Self {
            community: community.parse().map_err(part)?,
            kind: kind.parse().map_err(part)?,
            device: device.parse().map_err(part)?,
            channel,
        })
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { community, kind, device, channel } = self;
        write!(f, "{PREFIX}{community}/{kind}/{device}/{}", channel.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_read_and_printed_one_way() {
        for text in
            ["obrii/v1/odesa/air/air-01/telemetry", "obrii/v1/odesa-oblast/light/cab-7/command/ack"]
        {
            assert_eq!(Topic::parse(text).expect("ours").to_string(), text);
        }
        for text in [
            "obrii/v1/odesa/air/air-01",
            "obrii/v1/odesa/air/air-01/telemetry/x",
            "obrii/v1/odesa/bird/air-01/telemetry",
            "obrii/v1/odesa/air/+/telemetry",
            "",
        ] {
            assert!(Topic::parse(text).is_err(), "{text}");
        }
    }
}
