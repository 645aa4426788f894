//! Which format a topic carries and which device it speaks of. One place knows the topics of all
//! formats, native and foreign; what comes by HTTP or from a tracker has a topic of the same kind.

use std::borrow::Cow;
use std::sync::Arc;

use domain::directory::{DeviceEntry, Directory};
use domain::intake::Reason;
use domain::limits::ID_CHARS_MAX;
use domain::profile::Profile;
use domain::topic::{Channel, PREFIX, Topic};
use domain::{DeviceId, ExternalId, Timestamp};
use smallvec::SmallVec;

use codec::{
    Decoded, Unusable, airrohr, chirpstack, hfp, mapped, native, senml, sparkplug, teltonika,
    things_stack, wialon,
};

/// How a payload is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Native,
    Senml,
    Airrohr,
    Chirpstack,
    ThingsStack,
    Hfp,
    Teltonika,
    Wialon,
    Tasmota,
    Zigbee2Mqtt,
    Esphome,
    Sparkplug,
}

impl Format {
    /// The word of the API.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Senml => "senml",
            Self::Airrohr => "airrohr",
            Self::Chirpstack => "chirpstack",
            Self::ThingsStack => "things-stack",
            Self::Hfp => "hfp",
            Self::Teltonika => "teltonika",
            Self::Wialon => "wialon",
            Self::Tasmota => "tasmota",
            Self::Zigbee2Mqtt => "zigbee2mqtt",
            Self::Esphome => "esphome",
            Self::Sparkplug => "sparkplug",
        }
    }
}

/// What a topic says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route<'a> {
    pub(crate) format: Format,
    /// The device: its id on native topics, the format's own name for it on the others.
    pub(crate) device: Cow<'a, str>,
    /// Community and kind, on native topics.
    home: Option<(&'a str, &'a str)>,
    /// What happened to the device; formats tell of more than readings.
    event: &'a str,
}

/// Why an arrival is of no device of ours.
#[derive(Debug)]
pub(crate) struct Refused {
    /// The device that it claims to be of.
    pub(crate) claimed: String,
    pub(crate) reason: Reason,
    pub(crate) detail: String,
}

impl<'a> Route<'a> {
    /// Reads a topic; `Err` says what is wrong with it.
    pub(crate) fn of(topic: &'a str) -> Result<Self, Refused> {
        match topic.strip_prefix(PREFIX) {
            Some(rest) => Self::native(topic, rest),
            None => Self::foreign(topic).ok_or_else(|| no_topic(topic, "")),
        }
    }

    fn native(topic: &'a str, rest: &'a str) -> Result<Self, Refused> {
        let mut words = rest.splitn(4, '/');
        let (community, kind, id) = (words.next(), words.next(), words.next());
        let (Some(community), Some(kind), Some(id)) = (community, kind, id) else {
            return Err(no_topic(topic, ""));
        };
        let format = match words.next() {
            Some(word) if word == Channel::Telemetry.as_str() => Format::Native,
            Some(word) if word == Channel::Senml.as_str() => Format::Senml,
            _ => return Err(no_topic(topic, id)),
        };
        Ok(Self { format, device: id.into(), home: Some((community, kind)), event: "" })
    }

    /// A topic of a foreign format; `None`: it is of none.
    pub(crate) fn foreign(topic: &'a str) -> Option<Self> {
        if topic.starts_with(PREFIX) || topic.contains(['+', '#']) {
            return None;
        }
        if let Some(rest) = topic.strip_prefix("zigbee2mqtt/") {
            return zigbee_device(rest);
        }
        let words: SmallVec<[&str; 10]> = topic.splitn(10, '/').collect();
        let (format, device, event) = match *words.as_slice() {
            // The topics of HFP begin with a slash, or do not.
            ["", "hfp", "v2", _, time, event, _, operator, vehicle, ..]
            | ["hfp", "v2", _, time, event, _, operator, vehicle, ..] => {
                return hfp_vehicle(
                    operator,
                    vehicle,
                    if time == "upcoming" { time } else { event },
                );
            }
            ["application", _, "device", device, "event", event] => {
                (Format::Chirpstack, device, event)
            }
            ["v3", _, "devices", device, event, ..] => (Format::ThingsStack, device, event),
            ["airrohr", device] => (Format::Airrohr, device, ""),
            ["teltonika", device] => (Format::Teltonika, device, ""),
            ["wialon", device] => (Format::Wialon, device, ""),
            ["spBv1.0", group, event @ ("NBIRTH" | "NDEATH" | "NDATA"), node] => {
                return edge_device(&[group, node], event);
            }
            ["spBv1.0", group, event @ ("DBIRTH" | "DDEATH" | "DDATA"), node, device] => {
                return edge_device(&[group, node, device], event);
            }
            ["tele", device, event] => (Format::Tasmota, device, event),
            _ => return esphome_device(topic),
        };
        let device = Cow::Borrowed(device);
        (!device.is_empty()).then_some(Self { format, device, home: None, event })
    }

    /// What happened to the device.
    pub(crate) fn event(&self) -> &str {
        self.event
    }

    /// The Sparkplug edge node by which the device is reached, or which it is: `group/node`.
    pub(crate) fn edge_node(&self) -> Option<&str> {
        let name = self.device.as_ref();
        let is_edge = self.format == Format::Sparkplug;
        let end = name.match_indices('/').nth(1).map_or(name.len(), |(end, _)| end);
        is_edge.then(|| &name[..end])
    }

    /// Does it speak of the gateway itself? Then it carries no readings.
    pub(crate) fn is_of_gateway(&self) -> bool {
        self.device.is_empty()
    }

    /// Does it say no more than that a device, or the gateway itself, comes or goes?
    pub(crate) fn is_presence(&self) -> bool {
        match self.format {
            Format::Tasmota => self.event == "LWT",
            Format::Zigbee2Mqtt => self.event == "bridge/state" || self.event == "availability",
            Format::Esphome => self.event == STATUS,
            Format::Sparkplug => self.event == "NDEATH",
            _ => false,
        }
    }

    /// Is each of its messages one value of many that the device has?
    pub(crate) fn says_one_value(&self) -> bool {
        self.format == Format::Esphome
    }

    /// Is it the topic of a device that is itself a client of a broker, and is the user that
    /// device? Of the other formats only gateways speak.
    pub(crate) fn is_own(&self, directory: &Directory, user: &str) -> bool {
        matches!(self.format, Format::Tasmota | Format::Esphome)
            && self.look_up(directory, &[]).is_some_and(|entry| entry.device.id.as_str() == user)
    }

    /// Reads a payload of a device of the profile.
    pub(crate) fn decode<'p>(
        &self,
        profile: &Profile,
        payload: &'p [u8],
        arrived_at: Timestamp,
    ) -> Result<Decoded<'p>, Unusable> {
        match self.format {
            Format::Native => native::decode(payload, arrived_at),
            Format::Senml => senml::decode(payload, arrived_at),
            Format::Airrohr => airrohr::decode(payload, arrived_at),
            Format::Chirpstack => chirpstack::decode(self.event, payload, arrived_at),
            Format::ThingsStack => things_stack::decode(self.event, payload, arrived_at),
            Format::Hfp => hfp::decode(self.event, payload, arrived_at),
            Format::Teltonika => teltonika::decode(payload, arrived_at),
            Format::Wialon => wialon::decode(payload, arrived_at),
            Format::Tasmota => mapped::tasmota(self.event, profile, payload, arrived_at),
            Format::Zigbee2Mqtt => mapped::zigbee2mqtt(self.event, profile, payload, arrived_at),
            Format::Esphome if self.event == STATUS => Ok(Decoded::default()),
            Format::Esphome => mapped::esphome(self.event, profile, payload, arrived_at),
            Format::Sparkplug => {
                sparkplug::decode(self.event, &sparkplug::Birth::default(), payload, arrived_at)
            }
        }
    }

    /// The device, when it is registered and in operation and `speaker` may speak for it. No
    /// speaker: whoever handed the message over has seen to that.
    pub(crate) fn find(
        &self,
        directory: &Directory,
        payload: &[u8],
        speaker: Option<&DeviceId>,
    ) -> Result<Arc<DeviceEntry>, Refused> {
        let Some(entry) = self.look_up(directory, payload) else {
            let (claimed, reason) = (self.claimed(), Reason::UnknownDevice);
            let detail = format!("device `{}` is not registered", self.device);
            return Err(Refused { claimed, reason, detail });
        };
        self.admit(entry, speaker)?;
        Ok(Arc::clone(entry))
    }

    /// Is a message of the device what the topic says, and may `speaker` speak for it?
    pub(crate) fn admit(
        &self,
        entry: &DeviceEntry,
        speaker: Option<&DeviceId>,
    ) -> Result<(), Refused> {
        let refused = |reason, detail| Refused { claimed: self.claimed(), reason, detail };
        let device = &entry.device;
        if let Some((community, kind)) = self.home
            && (device.community.as_str() != community || device.kind.as_str() != kind)
        {
            let detail = format!(
                "topic says `{community}/{kind}`, expected `{}/{}`",
                device.community, device.kind
            );
            return Err(refused(Reason::TopicMismatch, detail));
        }
        if entry.is_decommissioned() {
            let detail = format!("device `{}` is out of operation", device.id);
            return Err(refused(Reason::Decommissioned, detail));
        }
        match speaker {
            Some(speaker) if *speaker != device.id && entry.gateway.as_ref() != Some(speaker) => {
                let detail = format!("`{speaker}` is not the gateway of `{}`", device.id);
                Err(refused(Reason::NotBound, detail))
            }
            _ => Ok(()),
        }
    }

    /// The device that the topic claims to be of.
    fn claimed(&self) -> String {
        self.device.chars().take(ID_CHARS_MAX).collect()
    }

    /// The community that a native topic names.
    pub(crate) fn community(&self) -> Option<&'a str> {
        self.home.map(|(community, _)| community)
    }

    /// The device, whoever speaks for it.
    pub(crate) fn look_up<'d>(
        &self,
        directory: &'d Directory,
        payload: &[u8],
    ) -> Option<&'d Arc<DeviceEntry>> {
        if self.home.is_some() {
            return directory.device(&self.device);
        }
        let by_name = |name: &str| directory.device_by_external_id(&name.to_lowercase());
        // A device without a name of the format's goes by its own.
        self.dev_eui(payload)
            .and_then(|eui| by_name(&eui))
            .or_else(|| by_name(&self.device))
            .or_else(|| directory.device(&self.device))
    }

    /// The Things Stack makes the device's id of its devEUI, unless a person chose another; of a
    /// payload that cannot be read only the id is known.
    fn dev_eui(&self, payload: &[u8]) -> Option<String> {
        if self.format != Format::ThingsStack {
            return None;
        }
        let of_id = || self.device.strip_prefix("eui-").map(ToOwned::to_owned);
        things_stack::dev_eui(payload).or_else(of_id)
    }

    /// The name by which the format would find the device in the registry; `None` on native topics,
    /// which bear its id.
    pub(crate) fn external_id(&self, payload: &[u8]) -> Option<ExternalId> {
        if self.home.is_some() {
            return None;
        }
        let name = self.dev_eui(payload);
        let name = name.as_deref().unwrap_or(&self.device).to_lowercase();
        name.parse().ok()
    }

    /// Community and kind, as a native topic says them.
    pub(crate) fn home(&self) -> Option<(&'a str, &'a str)> {
        self.home
    }
}

/// A vehicle is its operator and its number, without the zeros before them.
fn hfp_vehicle<'a>(operator: &str, vehicle: &str, event: &'a str) -> Option<Route<'a>> {
    let number = |text: &str| text.parse::<u32>().ok();
    let device = format!("{}/{}", number(operator)?, number(vehicle)?).into();
    Some(Route { format: Format::Hfp, device, home: None, event })
}

fn edge_device<'a>(names: &[&str], event: &'a str) -> Option<Route<'a>> {
    let device = names.join("/").into();
    let is_named = names.iter().all(|name| !name.is_empty());
    is_named.then_some(Route { format: Format::Sparkplug, device, home: None, event })
}

/// Does a Sparkplug host say it: a command, ours or another's, or that it is there? A filter such as
/// `spBv1.0/#` brings them too.
pub(crate) fn is_of_a_host(topic: &str) -> bool {
    let Some(rest) = topic.strip_prefix("spBv1.0/") else { return false };
    let mut words = rest.split('/');
    words.next() == Some("STATE") || matches!(words.next(), Some("NCMD" | "DCMD"))
}

/// What `ESPHome` says on it is that a device comes or goes.
const STATUS: &str = "status";

/// The device is the prefix of its topics, which may itself have slashes; the event is the sensor.
fn esphome_device(topic: &str) -> Option<Route<'_>> {
    let mut words = topic.rsplitn(4, '/');
    let (last, sensor, component) = (words.next()?, words.next(), words.next());
    let (device, event) = match (component, sensor, last) {
        (Some("sensor" | "binary_sensor" | "text_sensor"), Some(sensor), "state") => {
            (words.next()?, sensor)
        }
        (_, Some(_), STATUS) => (topic.strip_suffix("/status")?, STATUS),
        _ => return None,
    };
    let is_named = !device.is_empty() && !event.is_empty();
    let device = Cow::Borrowed(device);
    is_named.then_some(Route { format: Format::Esphome, device, home: None, event })
}

/// The friendly name of a device may itself have slashes; what stands behind it is known.
fn zigbee_device(rest: &str) -> Option<Route<'_>> {
    let (device, event) = match rest.rsplit_once('/') {
        _ if rest.starts_with("bridge/") => ("", rest),
        Some((_, "set" | "get")) => return None,
        Some((device, "availability")) => (device, "availability"),
        _ => (rest, ""),
    };
    let is_named = !device.is_empty() || !event.is_empty();
    let device = Cow::Borrowed(device);
    is_named.then_some(Route { format: Format::Zigbee2Mqtt, device, home: None, event })
}

fn no_topic(topic: &str, claimed: &str) -> Refused {
    let detail = match Topic::parse(topic) {
        Ok(_) => format!("topic `{topic}` carries no readings"),
        Err(error) => error.to_string(),
    };
    let claimed = claimed.chars().take(ID_CHARS_MAX).collect();
    Refused { claimed, reason: Reason::TopicMismatch, detail }
}

#[cfg(test)]
mod tests;
