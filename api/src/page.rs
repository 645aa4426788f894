//! One page of a list that is sorted by id, and the filter before it.

use std::cmp::Ordering;

use domain::directory::DeviceEntry;
use domain::limits::PAGE_ROWS_MAX;
use domain::search::{Haystack, Needle, natural_cmp};
use domain::{MeasureRef, ProgrammeId};

use crate::city_view::Entry;
use crate::config::PAGE_ROWS;
use crate::handler::filter::Filter;
use crate::problem::Problem;
use crate::view::{PageMeta, StateWord};

/// Rows of a page, as many as were asked for.
pub(crate) fn page_limit(asked: Option<usize>) -> Result<usize, Problem> {
    let limit = asked.unwrap_or(PAGE_ROWS);
    let is_fit = (1..=PAGE_ROWS_MAX).contains(&limit);
    is_fit.then_some(limit).ok_or_else(|| {
        Problem::bad_request(format!("limit is {limit}, expected 1 to {PAGE_ROWS_MAX}"))
    })
}

/// Whose money.
#[derive(Debug, Clone)]
enum Money {
    Programme(ProgrammeId),
    Measure(MeasureRef),
}

impl Money {
    fn parse(text: &str) -> Result<Self, Problem> {
        let bad = |error| Problem::bad_request(format!("measure: {error}"));
        if text.contains('/') {
            text.parse().map(Self::Measure).map_err(bad)
        } else {
            text.parse().map(Self::Programme).map_err(bad)
        }
    }

    /// Is it this measure's, or that of a row below the one asked for (4.2.1 is below 4.2)?
    fn is_of(&self, measure: &MeasureRef) -> bool {
        match self {
            Self::Programme(programme) => measure.programme == *programme,
            Self::Measure(asked) => {
                let below = measure.measure.as_str().strip_prefix(asked.measure.as_str());
                measure.programme == asked.programme
                    && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            }
        }
    }
}

/// A checked filter.
#[derive(Debug)]
pub(crate) struct Selection {
    filter: Filter,
    money: Option<Money>,
    needle: Option<Needle>,
    limit: usize,
}

impl Selection {
    /// Checks a filter.
    pub(crate) fn new(filter: Filter) -> Result<Self, Problem> {
        let limit = page_limit(filter.limit)?;
        let money = filter.measure.as_deref().map(Money::parse).transpose()?;
        let needle = filter.q.as_deref().map(Needle::new);
        Ok(Self { filter, money, needle, limit })
    }

    /// Does the object fit?
    pub(crate) fn takes(&self, entry: &Entry) -> bool {
        self.takes_papers(entry)
            && self.filter.kind.is_none_or(|kind| kind == entry.object.kind.into())
            && self.filter.state.is_none_or(|state| state == entry.state)
            && self.money.as_ref().is_none_or(|m| entry.measures.iter().any(|r| m.is_of(r)))
            && self.needle.as_ref().is_none_or(|n| n.is_in(&entry.haystack, &entry.words()))
    }

    /// Does the device fit, sitting on this object in this state?
    pub(crate) fn takes_device(
        &self,
        device: &DeviceEntry,
        on: Option<&Entry>,
        state: StateWord,
    ) -> bool {
        let papers = &device.device;
        let of_community = |id: &str| papers.community.as_str() == id;
        let mut measures = papers.funding.measures();
        self.filter.kind.is_none_or(|kind| kind == papers.kind.into())
            && self.filter.community.as_deref().is_none_or(of_community)
            && self.filter.state.is_none_or(|asked| asked == state)
            && self.filter.zone.as_ref().is_none_or(|zone| on.is_some_and(|e| is_in(e, zone)))
            && self.money.as_ref().is_none_or(|m| measures.any(|(r, _)| m.is_of(r)))
            && self.needle.as_ref().is_none_or(|needle| finds_device(needle, device, on))
    }

    fn takes_papers(&self, entry: &Entry) -> bool {
        let of_community = |id: &str| entry.object.community.as_str() == id;
        self.filter.community.as_deref().is_none_or(of_community)
            && self.filter.zone.as_ref().is_none_or(|zone| is_in(entry, zone))
    }

    /// Cuts the page out of all rows that fit, which are in natural order of their ids.
    pub(crate) fn page<T>(&self, rows: Vec<T>, id: impl Fn(&T) -> &str) -> (Vec<T>, PageMeta) {
        let total = rows.len() as u64;
        let is_before = |row: &T| {
            let order = self.filter.after.as_deref().map(|after| natural_cmp(id(row), after));
            order.is_some_and(|order| order != Ordering::Greater)
        };
        let begin = rows.partition_point(is_before);
        let has_more = rows.len() - begin > self.limit;
        let page: Vec<T> = rows.into_iter().skip(begin).take(self.limit).collect();
        let next = page.last().filter(|_| has_more).map(|last| id(last).to_owned());
        (page, PageMeta { total, next })
    }
}

/// Is what was typed in the papers of the device, or of the object on which it sits?
pub(crate) fn finds_device(needle: &Needle, device: &DeviceEntry, on: Option<&Entry>) -> bool {
    let own = [device.device.id.as_str(), device.device.name.as_str()];
    on.map_or_else(
        || needle.is_in(&Haystack::default(), &own),
        |entry| needle.is_in(&entry.haystack, &own),
    )
}

fn is_in(entry: &Entry, zone: &str) -> bool {
    entry.object.zone.as_ref().is_some_and(|z| z.as_str() == zone)
}
