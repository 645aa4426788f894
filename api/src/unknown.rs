//! Devices that nobody registered, once each: what quarantine keeps of them and the logins that
//! were refused them, by the name that they claim.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::directory::Directory;
use domain::intake::{LoginReason, Reason};
use store::intake::{LoginRefusal, QuarantineGroup};

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unknown {
    /// The name that it claims.
    pub(crate) name: String,
    /// Why its messages are kept, the newest first; empty: it never got as far as to send one.
    pub(crate) reasons: Vec<Reason>,
    /// Messages kept of it.
    pub(crate) messages: u64,
    /// Messages that had to go for newer ones.
    pub(crate) dropped: u64,
    /// Its refused logins.
    pub(crate) logins: Logins,
    /// First heard of.
    pub(crate) first: Timestamp,
    /// Last heard of.
    pub(crate) last: Timestamp,
}

/// Refused logins of one name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Logins {
    /// How many.
    pub(crate) count: u64,
    /// The way and the address of the newest.
    pub(crate) newest: Option<(String, String)>,
}

impl Unknown {
    fn new(name: &str, first: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            reasons: Vec::new(),
            messages: 0,
            dropped: 0,
            logins: Logins::default(),
            first,
            last: first,
        }
    }

    fn hear(&mut self, first: Timestamp, last: Timestamp) {
        self.first = self.first.min(first);
        self.last = self.last.max(last);
    }

    /// Where it stands in the list: the newest first, those of one moment by name.
    pub(crate) fn place(&self) -> (std::cmp::Reverse<i64>, &str) {
        (std::cmp::Reverse(self.last.millis()), &self.name)
    }
}

/// Gathers them, the one heard of last first. `groups` and `refusals` come newest first.
pub(crate) fn gather(
    groups: &[QuarantineGroup],
    refusals: &[LoginRefusal],
    directory: &Directory,
) -> Vec<Unknown> {
    let mut found: BTreeMap<&str, Unknown> = BTreeMap::new();
    for group in groups.iter().filter(|group| is_of_unknown(group)) {
        let name = group.device.as_str();
        let unknown = found.entry(name).or_insert_with(|| Unknown::new(name, group.first));
        unknown.reasons.push(group.reason);
        unknown.messages += group.count;
        unknown.dropped += group.dropped;
        unknown.hear(group.first, group.last);
    }
    for refusal in refusals.iter().filter(|refusal| is_still_unknown(refusal, directory)) {
        let name = refusal.user.as_str();
        let unknown = found.entry(name).or_insert_with(|| Unknown::new(name, refusal.first));
        unknown.logins.count += refusal.count;
        let newest = || (refusal.gateway.clone(), refusal.address.clone());
        unknown.logins.newest.get_or_insert_with(newest);
        unknown.hear(refusal.first, refusal.last);
    }
    let mut all: Vec<Unknown> = found.into_values().collect();
    all.sort_by(|a, b| a.place().cmp(&b.place()));
    all
}

/// Does registering, or binding to a gateway, help?
fn is_of_unknown(group: &QuarantineGroup) -> bool {
    let is_of_papers = matches!(group.reason, Reason::UnknownDevice | Reason::NotBound);
    is_of_papers && group.count > 0 && !group.device.is_empty()
}

/// A refused login is of the past once somebody registered that name.
fn is_still_unknown(refusal: &LoginRefusal, directory: &Directory) -> bool {
    let name = refusal.user.as_str();
    refusal.reason == LoginReason::UnknownUser
        && !name.is_empty()
        && directory.device(name).is_none()
        && directory.device_by_external_id(&name.to_lowercase()).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(device: &str, reason: Reason, count: u64, last: i64) -> QuarantineGroup {
        let (first, last) = (Timestamp(1), Timestamp(last));
        QuarantineGroup { reason, device: device.to_owned(), count, dropped: 2, first, last }
    }

    fn refusal(user: &str, reason: LoginReason, last: i64) -> LoginRefusal {
        LoginRefusal {
            user: user.to_owned(),
            address: "192.0.2.7".to_owned(),
            reason,
            gateway: "teltonika".to_owned(),
            first: Timestamp(3),
            last: Timestamp(last),
            count: 5,
        }
    }

    #[test]
    fn each_name_stands_once_with_all_that_is_known_of_it() {
        let groups = [
            group("eui", Reason::UnknownDevice, 7, 40),
            group("eui", Reason::NotBound, 1, 30),
            group("air-1", Reason::NotJson, 4, 20),
            group("", Reason::UnknownDevice, 9, 10),
            group("gone", Reason::UnknownDevice, 0, 10),
        ];
        let refusals = [
            refusal("imei", LoginReason::UnknownUser, 50),
            refusal("eui", LoginReason::UnknownUser, 45),
            refusal("", LoginReason::UnknownUser, 45),
            refusal("air-1", LoginReason::WrongToken, 44),
        ];
        let all = gather(&groups, &refusals, &Directory::default());
        let names: Vec<&str> = all.iter().map(|unknown| unknown.name.as_str()).collect();
        assert_eq!(names, ["imei", "eui"]);
        let eui = &all[1];
        assert_eq!(eui.reasons, [Reason::UnknownDevice, Reason::NotBound]);
        assert_eq!((eui.messages, eui.dropped, eui.logins.count), (8, 4, 5));
        assert_eq!((eui.first, eui.last), (Timestamp(1), Timestamp(45)));
        let newest = all[0].logins.newest.as_ref().expect("refused");
        assert_eq!(newest, &("teltonika".to_owned(), "192.0.2.7".to_owned()));
    }
}
