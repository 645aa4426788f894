//! Login refusals and offences of connected clients: gathered here by whoever refuses, written
//! once a second by the thread of the ledger, so that a flood of them never waits for a disk.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::Timestamp;
use domain::intake::LoginReason;
use domain::limits::{ID_CHARS_MAX, LOGIN_REFUSALS_MAX};
use store::clock::Clock;
use store::intake::{Intake, LoginRefusal};

use crate::gateway::turns::{Turns, network};
use crate::metrics::Metrics;

type Key = (String, String, LoginReason);

/// What was gathered of one user name, address and reason.
struct Pending {
    /// The way it came, the last time.
    gateway: String,
    first: Timestamp,
    last: Timestamp,
    count: u64,
}

/// The refusals since they were last written. A std mutex: held for one look into a map.
pub(crate) struct Refusals {
    pending: Mutex<HashMap<Key, Pending>>,
    turns: Arc<Turns>,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
}

impl Refusals {
    pub(crate) fn new(turns: Arc<Turns>, metrics: Arc<Metrics>, clock: Arc<dyn Clock>) -> Self {
        Self { pending: Mutex::default(), turns, metrics, clock }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Pending>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a login that failed, by `gateway`. Of an address that fails too often the names are
    /// not noted any more, and of IPv6 only the network: who tries many of them would hide those
    /// that people look for.
    pub(crate) fn note_login(
        &self,
        gateway: &str,
        user: &str,
        address: Option<IpAddr>,
        reason: LoginReason,
    ) -> LoginReason {
        let too_often = address.is_some_and(|address| self.turns.failure_from(address).is_err());
        let (user, address, reason) = if too_often {
            ("", address.map(network), LoginReason::TooOften)
        } else {
            (user, address, reason)
        };
        let address = address.map(|address| address.to_string()).unwrap_or_default();
        self.note(gateway, user, &address, reason);
        reason
    }

    /// Notes one that came by `gateway`. Beyond the bound of the table new ones are only counted.
    pub(crate) fn note(&self, gateway: &str, user: &str, address: &str, reason: LoginReason) {
        self.metrics.count_login(reason);
        let now = self.clock.now();
        let user = user.chars().take(ID_CHARS_MAX).collect();
        let mut pending = self.lock();
        let is_full = pending.len() as u64 >= LOGIN_REFUSALS_MAX;
        match pending.entry((user, address.to_owned(), reason)) {
            Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                gateway.clone_into(&mut known.gateway);
                (known.last, known.count) = (now, known.count + 1);
            }
            Entry::Vacant(entry) if !is_full => {
                let gateway = gateway.to_owned();
                entry.insert(Pending { gateway, first: now, last: now, count: 1 });
            }
            Entry::Vacant(_) => {}
        }
    }

    /// Writes what was gathered. What cannot be written is lost with a warning: refusals are a
    /// help for people, not a record.
    pub(crate) fn flush(&self, intake: &Intake) {
        let pending = std::mem::take(&mut *self.lock());
        if pending.is_empty() {
            return;
        }
        let rows: Vec<_> = pending
            .into_iter()
            .map(|((user, address, reason), Pending { gateway, first, last, count })| {
                LoginRefusal { user, address, reason, gateway, first, last, count }
            })
            .collect();
        if let Err(error) = intake.refuse_logins(&rows) {
            tracing::warn!(%error, "login refusals could not be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;
    use crate::testing::City;

    #[test]
    fn who_fails_too_often_from_one_network_is_noted_once_whatever_its_address() {
        let metrics = Arc::new(Metrics::default());
        let turns = Arc::new(Turns::new(Arc::clone(&metrics)));
        let clock = City::new().parts.clock;
        let refusals = Refusals::new(turns, metrics, clock);
        let network = Ipv6Addr::new(0x2001, 0xdb8, 0, 7, 0, 0, 0, 0);
        for host in 1..1_000 {
            let address = Ipv6Addr::from_bits(network.to_bits() + host);
            let (user, reason) = (host.to_string(), LoginReason::UnknownUser);
            refusals.note_login("http", &user, Some(address.into()), reason);
        }
        let pending = refusals.lock();
        let too_often = pending.keys().filter(|(.., reason)| *reason == LoginReason::TooOften);
        let too_often: Vec<_> = too_often.map(|(user, address, _)| (&**user, &**address)).collect();
        assert_eq!(too_often, [("", "2001:db8:0:7::")]);
    }
}
