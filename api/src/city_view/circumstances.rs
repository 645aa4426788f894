//! The state of an object, and what excuses its silence: a vehicle that is not in service, a lamp
//! whose cabinet has no voltage or has switched it off, an object that is being serviced.

use std::collections::HashMap;

use domain::freshness::{Circumstances, Freshness, age_ms, freshness};
use domain::profile::{Profile, Regime};
use domain::{CommunityId, Timestamp, ZoneId};

use super::entry::Entry;
use crate::view::StateWord;

/// State of the supply of each zone, as its cabinets tell it.
#[derive(Debug, Default)]
pub(crate) struct Supply(HashMap<(CommunityId, ZoneId), Line>);

#[derive(Debug, Clone, Copy)]
struct Line {
    energised: bool,
    switched_on: bool,
}

impl Supply {
    /// Reads the cabinets among the objects: those that tell `supply_loss` or `contactor`.
    pub(crate) fn of<'a>(entries: impl Iterator<Item = &'a Entry>) -> Self {
        let mut lines = HashMap::new();
        for entry in entries {
            let (loss, contactor) = (entry.number("supply_loss"), entry.number("contactor"));
            let Some(zone) = entry.object.zone.clone() else { continue };
            if loss.is_none() && contactor.is_none() {
                continue;
            }
            let line = Line {
                energised: loss.is_none_or(|loss| loss == 0.0),
                switched_on: contactor.is_none_or(|contactor| contactor != 0.0),
            };
            lines.insert((entry.object.community.clone(), zone), line);
        }
        Self(lines)
    }

    fn line(&self, entry: &Entry) -> Option<Line> {
        let zone = entry.object.zone.clone()?;
        self.0.get(&(entry.object.community.clone(), zone)).copied()
    }
}

/// Its state at `now`. By phenomenon time: a backlog that arrives now does not make yesterday's
/// value fresh.
pub(super) fn state(entry: &Entry, now: Timestamp, supply: &Supply) -> StateWord {
    let Some(profile) = &entry.profile else { return StateWord::NoData };
    let age_ms = entry.measured_at.map(|measured| age_ms(profile, measured, now));
    // Who took leave is silent at once, unless something excuses it.
    let told_age_ms = age_ms.filter(|_| !entry.is_gone);
    match freshness(profile, told_age_ms, circumstances(entry, profile, supply)) {
        Freshness::Silent if age_ms.is_none() => StateWord::NoData,
        freshness => freshness.into(),
    }
}

/// What is known about an object besides the age of its newest reading.
fn circumstances(entry: &Entry, profile: &Profile, supply: &Supply) -> Circumstances {
    let maintenance = entry.text("status") == Some("maintenance");
    match profile.regime {
        Regime::InService => Circumstances {
            in_service: is_in_service(entry),
            maintenance,
            ..Circumstances::EXPECTED
        },
        Regime::WhileEnergised => match supply.line(entry) {
            Some(line) => Circumstances {
                energised: line.energised,
                in_service: line.switched_on,
                maintenance,
            },
            None => Circumstances { maintenance, ..Circumstances::EXPECTED },
        },
        Regime::Periodic | Regime::HeartbeatAndEvents => Circumstances {
            energised: entry.number("supply_loss").is_none_or(|loss| loss == 0.0),
            maintenance,
            ..Circumstances::EXPECTED
        },
    }
}

/// With the ignition on; of a vehicle that does not tell its ignition: with a run. A run says
/// nothing beside an ignition that is off: in the depot it is still the newest text.
fn is_in_service(entry: &Entry) -> bool {
    let has_run = entry.text("run").map(|run| !run.is_empty());
    let is_on = entry.number("ignition").map(|ignition| ignition != 0.0);
    is_on.or(has_run).unwrap_or(true)
}
