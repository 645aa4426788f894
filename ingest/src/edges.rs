//! The edge nodes of Sparkplug B: what their births told, and whether a message of theirs is
//! missing. Then a rebirth is asked for, seldom enough that a node in trouble is not stormed.

use std::collections::HashMap;

use domain::Timestamp;
use domain::change::Presence;
use domain::limits::{METRICS_PER_EDGE_MAX, REBIRTH_WAIT_MS_MAX, REBIRTH_WAIT_MS_MIN};

use codec::sparkplug::{Birth, Payload, bd_seq};

/// What is remembered of the registered edge nodes, by `group/node`.
#[derive(Debug, Default)]
pub(crate) struct Edges(HashMap<String, Edge>);

/// One edge node.
#[derive(Debug)]
struct Edge {
    /// The session of its birth; `None`: it is not born, as far as we heard.
    session: Option<Session>,
    /// When a rebirth may be asked for again, and the wait after that, milliseconds.
    may_ask_from: Timestamp,
    wait_ms: i64,
}

/// What a message told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// Something is missing, and a rebirth is to be asked for.
    pub(crate) wants_rebirth: bool,
    /// Who came and who took leave, the node among them, by `group/node` and `group/node/device`.
    pub(crate) signs: Vec<(String, Presence)>,
}

#[derive(Debug)]
struct Session {
    bd_seq: Option<u64>,
    /// The place of the last message.
    seq: u64,
    /// By `group/node` and `group/node/device`.
    births: HashMap<String, Birth>,
}

impl Default for Edge {
    fn default() -> Self {
        let may_ask_from = Timestamp(i64::MIN);
        Self { session: None, may_ask_from, wait_ms: REBIRTH_WAIT_MS_MIN }
    }
}

impl Edges {
    /// Takes note of a message of the node, or of a device behind it.
    pub(crate) fn hear(
        &mut self,
        node: &str,
        device: &str,
        event: &str,
        payload: &Payload,
        at: Timestamp,
    ) -> Heard {
        let edge = match self.0.get_mut(node) {
            Some(edge) => edge,
            None => self.0.entry(node.to_owned()).or_default(),
        };
        let mut heard = Heard::default();
        let knows_all = edge.hear(device, event, payload, &mut heard.signs);
        heard.wants_rebirth = !knows_all && edge.may_ask(at);
        heard
    }

    /// The birth of a node or device.
    pub(crate) fn birth(&self, node: &str, device: &str) -> Option<&Birth> {
        self.0.get(node)?.session.as_ref()?.births.get(device)
    }
}

impl Edge {
    /// Is all known that the message builds on?
    fn hear(
        &mut self,
        device: &str,
        event: &str,
        payload: &Payload,
        signs: &mut Vec<(String, Presence)>,
    ) -> bool {
        match (event, &mut self.session) {
            ("NBIRTH", session) => {
                let births = HashMap::from([(device.to_owned(), Birth::of(payload))]);
                // It may begin with any number.
                let seq = payload.seq.unwrap_or(0);
                *session = Some(Session { bd_seq: bd_seq(payload), seq, births });
                signs.push((device.to_owned(), Presence::Here));
                true
            }
            ("NDEATH", session) => {
                // The will of an earlier connection may come after the birth of this one.
                let ended = session.take_if(|session| session.bd_seq == bd_seq(payload));
                let born = ended.into_iter().flat_map(|session| session.births.into_keys());
                signs.extend(born.map(|name| (name, Presence::Gone)));
                true
            }
            (_, None) => false,
            (event, Some(session)) => {
                let follows = session.follows(payload.seq);
                let presence = match event {
                    "DBIRTH" => Some(Presence::Here),
                    "DDEATH" => Some(Presence::Gone),
                    _ => None,
                };
                signs.extend(presence.map(|presence| (device.to_owned(), presence)));
                session.take(device, event, payload) && follows
            }
        }
    }

    /// May a rebirth be asked for already? Each time the wait doubles; it begins anew once the
    /// node did without for long enough.
    fn may_ask(&mut self, at: Timestamp) -> bool {
        if at < self.may_ask_from {
            return false;
        }
        let is_settled = at.since_ms(self.may_ask_from) > REBIRTH_WAIT_MS_MAX;
        let wait_ms = if is_settled { REBIRTH_WAIT_MS_MIN } else { self.wait_ms };
        self.may_ask_from = at.plus_ms(wait_ms);
        self.wait_ms = (wait_ms * 2).min(REBIRTH_WAIT_MS_MAX);
        true
    }
}

impl Session {
    /// Is it the message after the last one, or that one again?
    fn follows(&mut self, seq: Option<u64>) -> bool {
        let Some(seq) = seq else { return true };
        let follows = seq == self.seq || seq == (self.seq + 1) % 256;
        self.seq = seq % 256;
        follows
    }

    fn take(&mut self, device: &str, event: &str, payload: &Payload) -> bool {
        match event {
            "DBIRTH" => {
                self.births.remove(device);
                let birth = Birth::of(payload);
                let known: usize = self.births.values().map(Birth::metric_count).sum();
                let has_room = known + birth.metric_count() <= METRICS_PER_EDGE_MAX;
                if has_room {
                    self.births.insert(device.to_owned(), birth);
                } else {
                    tracing::warn!(device, "births of more metrics than are remembered of a node");
                }
                true
            }
            "DDEATH" => {
                self.births.remove(device);
                true
            }
            _ => self.births.get(device).is_some_and(|birth| birth.names_all(payload)),
        }
    }
}

#[cfg(test)]
mod tests;
