//! The edge nodes of Sparkplug B: what their births told, and whether a message of theirs is
//! missing. Then a rebirth is asked for, seldom enough that a node in trouble is not stormed.

use std::collections::{BTreeSet, HashMap};

use domain::Timestamp;
use domain::change::Presence;
use domain::limits::{METRICS_PER_EDGE_MAX, REBIRTH_WAIT_MS_MAX, REBIRTH_WAIT_MS_MIN};

use codec::sparkplug::{Birth, Payload, bd_seq};

/// Births that came again and are remembered at one time.
const AGAIN_MAX: usize = 1_000;

/// What is remembered of edge nodes.
#[derive(Debug, Default)]
pub(crate) struct Edges {
    /// The registered ones, by `group/node`.
    nodes: HashMap<String, Edge>,
    /// Births that came out of quarantine again, by `group/node` and `group/node/device`: what was
    /// kept beside them may need them.
    again: HashMap<String, Told>,
}

/// A birth, and when it was told.
#[derive(Debug)]
struct Told {
    at: Timestamp,
    birth: Birth,
}

/// One edge node.
#[derive(Debug)]
struct Edge {
    /// The session of its birth; `None`: it is not born, as far as we heard.
    session: Option<Session>,
    /// The number of the session that ended last: its death may be delivered again.
    ended: Option<u64>,
    /// Who was born in the session, or in the one that ended last.
    born: BTreeSet<String>,
    /// When a rebirth may be asked for again, and the wait after that, milliseconds.
    may_ask_from: Timestamp,
    wait_ms: i64,
}

/// What a message told.
#[derive(Debug, PartialEq, Eq)]
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
    births: HashMap<String, Told>,
}

impl Default for Edge {
    fn default() -> Self {
        let may_ask_from = Timestamp(i64::MIN);
        let (session, ended, born) = (None, None, BTreeSet::new());
        Self { session, ended, born, may_ask_from, wait_ms: REBIRTH_WAIT_MS_MIN }
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
        let edge = match self.nodes.get_mut(node) {
            Some(edge) => edge,
            None => self.nodes.entry(node.to_owned()).or_default(),
        };
        let signs = edge.signs(node, device, event, payload);
        let knows_all = edge.hear(device, event, payload, at);
        Heard { wants_rebirth: !knows_all && edge.may_ask(at), signs }
    }

    /// The birth of a node or device.
    pub(crate) fn birth(&self, node: &str, device: &str) -> Option<&Birth> {
        Some(&self.told(node, device)?.birth)
    }

    /// Takes note of a birth that came out of quarantine again.
    pub(crate) fn hear_again(&mut self, device: &str, payload: &Payload, at: Timestamp) {
        if self.again.len() >= AGAIN_MAX && !self.again.contains_key(device) {
            self.again.clear();
        }
        self.again.insert(device.to_owned(), Told { at, birth: Birth::of(payload) });
    }

    /// The birth that a message which came at that time builds on, for one that comes again.
    pub(crate) fn birth_then(&self, node: &str, device: &str, at: Timestamp) -> Option<&Birth> {
        let known = [self.told(node, device), self.again.get(device)].into_iter().flatten();
        Some(&known.filter(|told| told.at <= at).max_by_key(|told| told.at)?.birth)
    }

    fn told(&self, node: &str, device: &str) -> Option<&Told> {
        self.nodes.get(node)?.session.as_ref()?.births.get(device)
    }
}

impl Edge {
    /// Is all known that the message builds on?
    fn hear(&mut self, device: &str, event: &str, payload: &Payload, at: Timestamp) -> bool {
        match (event, &mut self.session) {
            ("NBIRTH", session) => {
                let told = Told { at, birth: Birth::of(payload) };
                let births = HashMap::from([(device.to_owned(), told)]);
                // It may begin with any number.
                let seq = payload.seq.unwrap_or(0);
                *session = Some(Session { bd_seq: bd_seq(payload), seq, births });
                true
            }
            ("NDEATH", session) => {
                // The will of an earlier connection may come after the birth of this one.
                let ended = session.take_if(|session| session.bd_seq == bd_seq(payload));
                self.ended = ended.map_or(self.ended, |session| session.bd_seq);
                true
            }
            (_, None) => false,
            (event, Some(session)) => {
                let follows = session.follows(payload.seq);
                session.take(device, event, payload, at) && follows
            }
        }
    }

    /// Who came and who took leave with a message. A node that is born anew has its devices born
    /// anew, too: until then they are away.
    fn signs(
        &mut self,
        node: &str,
        device: &str,
        event: &str,
        payload: &Payload,
    ) -> Vec<(String, Presence)> {
        let sign = |name: &str, presence| (name.to_owned(), presence);
        match event {
            "NBIRTH" => {
                let before = std::mem::take(&mut self.born);
                let away = before.into_iter().filter(|name| name != node);
                let mut signs: Vec<_> = away.map(|name| (name, Presence::Gone)).collect();
                self.born.insert(node.to_owned());
                signs.push(sign(node, Presence::Here));
                signs
            }
            "DBIRTH" => {
                if self.session.is_some() && self.born.len() < METRICS_PER_EDGE_MAX {
                    self.born.insert(device.to_owned());
                }
                vec![sign(device, Presence::Here)]
            }
            "DDEATH" => {
                self.born.remove(device);
                vec![sign(device, Presence::Gone)]
            }
            "NDEATH" => {
                let said = bd_seq(payload);
                let is_meant = match &self.session {
                    Some(session) => session.bd_seq == said,
                    None => self.ended.is_some() && self.ended == said,
                };
                let born = self.born.iter().filter(|_| is_meant);
                born.map(|name| sign(name, Presence::Gone)).collect()
            }
            _ => Vec::new(),
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

    fn take(&mut self, device: &str, event: &str, payload: &Payload, at: Timestamp) -> bool {
        match event {
            "DBIRTH" => {
                self.births.remove(device);
                let birth = Birth::of(payload);
                let known: usize = self.births.values().map(|told| told.birth.metric_count()).sum();
                let has_room = known + birth.metric_count() <= METRICS_PER_EDGE_MAX;
                if has_room {
                    self.births.insert(device.to_owned(), Told { at, birth });
                } else {
                    tracing::warn!(device, "births of more metrics than are remembered of a node");
                }
                true
            }
            "DDEATH" => {
                self.births.remove(device);
                true
            }
            _ => self.births.get(device).is_some_and(|told| told.birth.names_all(payload)),
        }
    }
}

#[cfg(test)]
mod tests;
