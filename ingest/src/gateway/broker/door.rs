//! Who may come in, publish where and subscribe to what. Decided from snapshots in memory; every
//! question has an explicit answer, and what is not allowed is refused.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use domain::directory::{DeviceEntry, Directory};
use domain::intake::LoginReason;
use domain::limits::KEEP_ALIVE_S_MIN;
use domain::topic::{BadTopic, Channel, Topic};
use domain::{DeviceId, Timestamp};
use smallvec::SmallVec;
use store::registry::{Credential, Token};

use crate::route::Route;

/// Disallowed publishes that closed a connection within [`OFFENCE_MS`] before logins are refused.
const OFFENCES_MAX: usize = 3;
/// For how long an offence counts, and for how long logins are then refused, milliseconds.
const OFFENCE_MS: i64 = 60 * 1000;

/// What a client shows when it connects.
#[derive(Clone, Copy, Debug)]
pub(super) struct Login<'a> {
    pub(super) user: &'a str,
    pub(super) password: &'a [u8],
    pub(super) keep_alive_s: u16,
    pub(super) will_topic: Option<&'a str>,
}

/// What an allowed publish carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Carries {
    /// Readings for the pipeline, of a device that the client may speak for.
    Readings,
    /// Readings of a foreign format: whether the client may speak for their device, the pipeline
    /// finds out.
    Foreign(DeviceId),
    /// Something between clients: a status, an answer to a command.
    Message,
}

/// The one who stands at the door.
pub(super) struct Doorkeeper {
    directory: Arc<ArcSwap<Directory>>,
    readers: ArcSwap<HashMap<String, Credential>>,
    /// When connections of a user were closed for what they published. A std mutex: held for one
    /// look into a map.
    offences: Mutex<HashMap<String, VecDeque<Timestamp>>>,
}

impl Doorkeeper {
    pub(super) fn new(directory: Arc<ArcSwap<Directory>>) -> Self {
        let readers = ArcSwap::from_pointee(HashMap::new());
        Self { directory, readers, offences: Mutex::default() }
    }

    /// Replaces the read-only credentials; the names of those that do not hold any more.
    pub(super) fn set_readers(&self, credentials: Vec<Credential>) -> Vec<String> {
        let valid: HashMap<_, _> = credentials
            .into_iter()
            .filter(|credential| credential.revoked_at.is_none())
            .map(|credential| (credential.name.clone(), credential))
            .collect();
        let before = self.readers.load();
        let holds = |old: &&Credential| {
            valid
                .get(&old.name)
                .is_some_and(|new| new.token_sha256 == old.token_sha256 && new.filter == old.filter)
        };
        let gone = before.values().filter(|old| !holds(old)).map(|old| old.name.clone()).collect();
        self.readers.store(Arc::new(valid));
        gone
    }

    /// May the client come in?
    pub(super) fn admit(&self, login: Login<'_>, now: Timestamp) -> Result<(), LoginReason> {
        if self.is_locked_out(login.user, now) {
            return Err(LoginReason::TooOften);
        }
        let password = std::str::from_utf8(login.password).map_err(|_| LoginReason::WrongToken)?;
        let directory = self.directory.load();
        if let Some(entry) = directory.device(login.user) {
            let Some(kept) = &entry.token_sha256 else { return Err(LoginReason::NoToken) };
            if !Token::matches(kept, password) {
                return Err(LoginReason::WrongToken);
            }
            if entry.is_decommissioned() {
                return Err(LoginReason::Decommissioned);
            }
        } else {
            let readers = self.readers.load();
            let reader = readers.get(login.user).ok_or(LoginReason::UnknownUser)?;
            if !Token::matches(&reader.token_sha256, password) {
                return Err(LoginReason::WrongToken);
            }
        }
        if login.keep_alive_s < KEEP_ALIVE_S_MIN {
            return Err(LoginReason::KeepAlive);
        }
        // A will is never asked about again: it may say only that a device is gone.
        match login.will_topic {
            Some(topic)
                if !is_own_status(&directory, login.user, topic)
                    && !is_foreign_presence(&directory, login.user, topic) =>
            {
                Err(LoginReason::ForeignWill)
            }
            _ => Ok(()),
        }
    }

    /// May the user publish on the topic? `Err` says why not.
    pub(super) fn may_publish(&self, user: &str, topic: &str) -> Result<Carries, String> {
        let directory = self.directory.load();
        let Some(device) = directory.device(user) else {
            return Err(format!("`{user}` may read only"));
        };
        if device.is_decommissioned() {
            return Err(format!("device `{user}` is out of operation"));
        }
        if carries_own_readings(&directory, user, topic) {
            return Ok(Carries::Readings);
        }
        if let Some(route) = Route::foreign(topic) {
            return if directory.is_gateway(user) || route.is_own(&directory, user) {
                Ok(Carries::Foreign(device.device.id.clone()))
            } else {
                Err(format!("`{user}` is nobody's gateway, expected a topic of its own"))
            };
        }
        let topic = Topic::parse(topic).map_err(|error: BadTopic| error.to_string())?;
        let Some(entry) = spoken_for(&directory, user, topic.device.as_str()) else {
            return Err(format!("topic of `{}`, expected one of `{user}`", topic.device));
        };
        match topic.channel {
            Channel::Telemetry | Channel::Senml => Ok(Carries::Readings),
            Channel::Status | Channel::CommandAck if is_at_home(entry, &topic) => {
                Ok(Carries::Message)
            }
            Channel::Status | Channel::CommandAck => Err(format!(
                "topic `{topic}`, expected `{}/{}`",
                entry.device.community, entry.device.kind
            )),
            Channel::Command => Err("nothing is taken on `command`".to_owned()),
        }
    }

    /// May the user subscribe to the filter?
    pub(super) fn may_subscribe(&self, user: &str, filter: &str) -> bool {
        let directory = self.directory.load();
        if directory.device(user).is_some_and(|entry| !entry.is_decommissioned()) {
            let is_own_command = Topic::parse(filter).is_ok_and(|topic| {
                topic.channel == Channel::Command
                    && spoken_for(&directory, user, topic.device.as_str())
                        .is_some_and(|entry| is_at_home(entry, &topic))
            });
            return is_own_command || is_edge_command(&directory, user, filter);
        }
        let readers = self.readers.load();
        readers.get(user).is_some_and(|reader| covers(&reader.filter, filter))
    }

    /// Notes that a connection of the user was closed for what it published.
    pub(super) fn note_offence(&self, user: &str, now: Timestamp) {
        let mut offences = self.offences.lock().unwrap_or_else(PoisonError::into_inner);
        offences.retain(|_, times| times.back().is_some_and(|t| now.since_ms(*t) <= OFFENCE_MS));
        let times = offences.entry(user.to_owned()).or_default();
        times.push_back(now);
        while times.len() > OFFENCES_MAX {
            times.pop_front();
        }
    }

    /// Were there [`OFFENCES_MAX`] offences in a minute, and was the last less than one ago?
    fn is_locked_out(&self, user: &str, now: Timestamp) -> bool {
        let offences = self.offences.lock().unwrap_or_else(PoisonError::into_inner);
        offences.get(user).is_some_and(|times| {
            let (Some(first), Some(last)) = (times.front(), times.back()) else { return false };
            times.len() >= OFFENCES_MAX
                && last.since_ms(*first) <= OFFENCE_MS
                && now.since_ms(*last) < OFFENCE_MS
        })
    }
}

/// Is it the topic of readings of a device that the user may speak for, as nearly every one is?
/// Nothing is copied to find out.
fn carries_own_readings(directory: &Directory, user: &str, topic: &str) -> bool {
    let Ok(route) = Route::of(topic) else { return false };
    let Some((community, kind)) = route.home() else { return false };
    spoken_for(directory, user, &route.device).is_some_and(|entry| {
        entry.device.community.as_str() == community && entry.device.kind.as_str() == kind
    })
}

/// The device, when it is the user itself or bound to it as its gateway.
fn spoken_for<'d>(directory: &'d Directory, user: &str, device: &str) -> Option<&'d DeviceEntry> {
    let entry = directory.device(device)?;
    let is_gateway = entry.gateway.as_ref().is_some_and(|gateway| gateway.as_str() == user);
    (device == user || is_gateway).then_some(entry)
}

fn is_at_home(entry: &DeviceEntry, topic: &Topic) -> bool {
    entry.device.community == topic.community && entry.device.kind == topic.kind
}

fn is_own_status(directory: &Directory, user: &str, topic: &str) -> bool {
    Topic::parse(topic).is_ok_and(|topic| {
        topic.channel == Channel::Status
            && spoken_for(directory, user, topic.device.as_str())
                .is_some_and(|entry| is_at_home(entry, &topic))
    })
}

/// Is it a topic on which the software of a gateway, or of the device itself, says that it is gone?
fn is_foreign_presence(directory: &Directory, user: &str, topic: &str) -> bool {
    let may_say = |route: &Route<'_>| directory.is_gateway(user) || route.is_own(directory, user);
    Route::foreign(topic).is_some_and(|route| route.is_presence() && may_say(&route))
}

/// Is it a filter for commands to the Sparkplug edge node that the user is, or is the gateway of?
fn is_edge_command(directory: &Directory, user: &str, filter: &str) -> bool {
    let Some(rest) = filter.strip_prefix("spBv1.0/") else { return false };
    let words: SmallVec<[&str; 4]> = rest.splitn(4, '/').collect();
    let [group, "NCMD" | "DCMD", node, ..] = *words.as_slice() else { return false };
    let name = format!("{group}/{node}").to_lowercase();
    let entry = directory.device_by_external_id(&name);
    entry.is_some_and(|entry| spoken_for(directory, user, entry.device.id.as_str()).is_some())
}

/// Does everything that matches `asked` match `granted` too?
fn covers(granted: &str, asked: &str) -> bool {
    // Topics of the broker itself, and shared groups, are nobody's.
    if asked.starts_with('$') {
        return false;
    }
    let mut asked = asked.split('/');
    for level in granted.split('/') {
        match (level, asked.next()) {
            ("#", _) => return true,
            ("+", Some(word)) if word != "#" => {}
            (_, Some(word)) if word == level => {}
            _ => return false,
        }
    }
    asked.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_may_ask_for_less_than_its_filter_and_never_for_more() {
        for (granted, asked) in [
            ("obrii/v1/odesa/#", "obrii/v1/odesa/#"),
            ("obrii/v1/odesa/#", "obrii/v1/odesa/air/+/telemetry"),
            ("obrii/v1/+/air/+/telemetry", "obrii/v1/odesa/air/+/telemetry"),
            ("#", "obrii/v1/#"),
        ] {
            assert!(covers(granted, asked), "{granted} {asked}");
        }
        for (granted, asked) in [
            ("obrii/v1/odesa/#", "#"),
            ("obrii/v1/odesa/#", "obrii/v1/+/air"),
            ("obrii/v1/odesa/#", "obrii/v1/rozdilna/#"),
            ("obrii/v1/odesa/#", "$share/g/obrii/v1/odesa/#"),
            ("#", "$SYS/#"),
            ("obrii/v1/+/air", "obrii/v1/#"),
            ("obrii/v1/+", "obrii/v1/odesa/air"),
            ("obrii/v1/odesa/air", "obrii/v1/odesa"),
        ] {
            assert!(!covers(granted, asked), "{granted} {asked}");
        }
    }

    #[test]
    fn three_offences_in_a_minute_shut_the_door_for_a_minute() {
        let door = Doorkeeper::new(Arc::default());
        let at = |seconds: i64| Timestamp(1_795_342_500_000 + seconds * 1000);
        for second in [0, 10] {
            door.note_offence("a", at(second));
            assert!(!door.is_locked_out("a", at(second)));
        }
        door.note_offence("a", at(60));
        assert!(door.is_locked_out("a", at(60)));
        assert!(door.is_locked_out("a", at(119)));
        assert!(!door.is_locked_out("a", at(120)));
        assert!(!door.is_locked_out("b", at(60)));
        door.note_offence("a", at(200));
        assert!(!door.is_locked_out("a", at(200)), "the first three are long over");
    }
}
