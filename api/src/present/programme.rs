//! Programmes and measures as the API shows them, with the devices that they paid for.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::directory::DeviceEntry;
use domain::profile::Kind;
use domain::programme::{Document, Level, Measure, StatedTotal};
use domain::programme_check::{Disagreement, Note, Subject, check};
use domain::{MeasureId, ProgrammeId};

use super::device::device_state;
use crate::city_view::CityView;
use crate::view::{
    DeviceCounts, DisagreementView, MeasureRow, MoneyOfYear, ProgrammeView, StateWord,
    StatedTotalView,
};

/// The rows of a document as a tree.
pub(crate) struct MeasureTree<'a> {
    by_id: HashMap<&'a MeasureId, &'a Measure>,
    children: HashMap<Option<&'a MeasureId>, Vec<&'a Measure>>,
}

impl<'a> MeasureTree<'a> {
    /// Reads the tree; a row whose parent the document does not have stands at the top.
    pub(crate) fn new(document: &'a Document) -> Self {
        let by_id: HashMap<_, _> = document.measures.iter().map(|m| (&m.id, m)).collect();
        let mut children: HashMap<_, Vec<&Measure>> = HashMap::new();
        for measure in &document.measures {
            let parent = measure.parent.as_ref().filter(|parent| by_id.contains_key(parent));
            children.entry(parent).or_default().push(measure);
        }
        Self { by_id, children }
    }

    /// All rows with their depths, each after its parent.
    pub(crate) fn rows(&self) -> Vec<(&'a Measure, u32)> {
        let mut rows = Vec::with_capacity(self.by_id.len());
        let mut waiting: Vec<(&Measure, u32)> =
            self.children(None).iter().rev().map(|m| (*m, 0)).collect();
        while let Some((measure, depth)) = waiting.pop() {
            rows.push((measure, depth));
            waiting.extend(self.children(Some(&measure.id)).iter().rev().map(|m| (*m, depth + 1)));
        }
        rows
    }

    /// One row.
    pub(crate) fn row(&self, id: &MeasureId) -> Option<&'a Measure> {
        self.by_id.get(id).copied()
    }

    /// A row and all rows below it.
    pub(crate) fn with_all_below(&self, row: &'a Measure) -> HashSet<&'a MeasureId> {
        let mut found = HashSet::new();
        let mut waiting = vec![&row.id];
        while let Some(id) = waiting.pop() {
            if found.insert(id) {
                waiting.extend(self.children(Some(id)).iter().map(|m| &m.id));
            }
        }
        found
    }

    /// Rows directly below one.
    pub(crate) fn children(&self, of: Option<&'a MeasureId>) -> &[&'a Measure] {
        self.children.get(&of).map_or(&[], Vec::as_slice)
    }

    /// Rows above one, outermost first.
    pub(crate) fn ancestors(&self, of: &MeasureId) -> Vec<&'a Measure> {
        let mut ancestors: Vec<&Measure> = Vec::new();
        let mut below = self.by_id.get(of).copied();
        while let Some(parent) = below.and_then(|m| self.by_id.get(m.parent.as_ref()?)) {
            if ancestors.iter().any(|a| a.id == parent.id) {
                break; // a circle: the registry refuses one
            }
            ancestors.push(parent);
            below = Some(parent);
        }
        ancestors.reverse();
        ancestors
    }

    /// The row and all rows above it: where its devices are counted.
    fn counted_in(&self, measure: &MeasureId) -> Vec<&'a MeasureId> {
        let own = self.by_id.get(measure).map(|m| &m.id);
        self.ancestors(measure).into_iter().map(|m| &m.id).chain(own).collect()
    }
}

/// Devices of a programme by row (of the row and of all rows below it), and of all of it. Gateways
/// measure nothing and are not counted among them.
pub(crate) fn counts<'a>(
    programme: &ProgrammeId,
    tree: &MeasureTree<'a>,
    view: &CityView,
) -> (HashMap<&'a MeasureId, DeviceCounts>, DeviceCounts) {
    let mut by_row: HashMap<&MeasureId, DeviceCounts> = HashMap::new();
    let mut all = DeviceCounts::default();
    let measure = |device: &&Arc<DeviceEntry>| device.device.kind != Kind::Gateway;
    for device in view.directory().devices().filter(measure) {
        let measures = device.device.funding.measures();
        let of_programme: Vec<&MeasureId> = measures
            .filter(|(reference, _)| reference.programme == *programme)
            .map(|(reference, _)| &reference.measure)
            .collect();
        if of_programme.is_empty() {
            continue;
        }
        let state = device_state(device, view);
        count(&mut all, device, state);
        let rows: HashSet<&MeasureId> =
            of_programme.into_iter().flat_map(|m| tree.counted_in(m)).collect();
        for row in rows {
            count(by_row.entry(row).or_default(), device, state);
        }
    }
    (by_row, all)
}

fn count(counts: &mut DeviceCounts, device: &DeviceEntry, state: StateWord) {
    let is_commissioned = device.device.commissioned_on.is_some();
    match state {
        StateWord::Decommissioned => return,
        StateWord::Fresh | StateWord::Delayed => counts.live += 1,
        StateWord::Stale | StateWord::Silent | StateWord::NoData => {
            counts.silent += u64::from(is_commissioned);
        }
        StateWord::DeEnergised | StateWord::Maintenance | StateWord::OutOfService => {
            counts.excused += 1;
        }
    }
    counts.registered += 1;
    counts.commissioned += u64::from(is_commissioned);
}

/// A programme.
pub(crate) fn programme_view(document: &Document, devices: DeviceCounts) -> ProgrammeView {
    let programme = &document.programme;
    let decision = programme.decision();
    let of_all_sources = document.totals.iter().find(|t| t.source_uk.is_none());
    let is_measure = |m: &&Measure| m.level == Level::Measure;
    ProgrammeView {
        id: programme.id.to_string(),
        community: programme.community.to_string(),
        title_uk: programme.title_uk.clone(),
        authority_uk: programme.authority_uk.clone(),
        year_from: programme.years.0,
        year_to: programme.years.1,
        status: programme.status.clone(),
        draft: programme.is_draft(),
        decided_on: decision.map(|d| d.on.to_owned()),
        decision_no: decision.map(|d| d.no.to_owned()),
        source_document: programme.source_document.clone(),
        measures: document.measures.iter().filter(is_measure).count() as u64,
        stated_total_kuah: of_all_sources.and_then(|t| t.total_kuah),
        devices,
        disagreements: check(document).disagreements.len() as u64,
    }
}

/// A row.
pub(crate) fn measure_row(measure: &Measure, depth: u32, devices: DeviceCounts) -> MeasureRow {
    let by_year =
        measure.stated_by_year.iter().map(|(year, kuah)| MoneyOfYear { year: *year, kuah: *kuah });
    MeasureRow {
        id: measure.id.to_string(),
        parent: measure.parent.as_ref().map(ToString::to_string),
        depth,
        level: measure.level.as_str().to_owned(),
        title_uk: measure.title_uk.clone(),
        executor_uk: measure.executor_uk.clone(),
        funding_source_uk: measure.funding_source_uk.clone(),
        year_from: measure.years.map(|(from, _)| from),
        year_to: measure.years.map(|(_, to)| to),
        stated_total_kuah: measure.stated_total_kuah,
        by_year: by_year.collect(),
        telemetry_kind: measure.telemetry_kind.clone(),
        indicator_unit_uk: measure.indicator_unit_uk.clone(),
        indicator_total: measure.indicator_total,
        source_line: measure.source_line,
        devices,
    }
}

/// A total that the document states for itself.
pub(crate) fn total_view(total: &StatedTotal, first_year: i32) -> StatedTotalView {
    let by_year = (first_year..).zip(&total.by_year);
    StatedTotalView {
        source_uk: total.source_uk.clone(),
        total_kuah: total.total_kuah,
        by_year: by_year
            .filter_map(|(year, kuah)| kuah.map(|kuah| MoneyOfYear { year, kuah }))
            .collect(),
        source_line: total.source_line,
    }
}

/// A disagreement of the document with itself.
pub(crate) fn disagreement_view(disagreement: &Disagreement) -> DisagreementView {
    let (code, measure, year) = match &disagreement.subject {
        Subject::RowTotal(id) => ("row-total", Some(id), None),
        Subject::ParentTotal(id) => ("parent-total", Some(id), None),
        Subject::ParentYear(id, year) => ("parent-year", Some(id), Some(*year)),
        Subject::ProgrammeTotal => ("programme-total", None, None),
        Subject::ProgrammeYear(year) => ("programme-year", None, Some(*year)),
        Subject::SourceTotal(_) => ("source-total", None, None),
        Subject::OutsideTerm(id, year, _) => ("outside-term", Some(id), Some(*year)),
    };
    let source_uk = match &disagreement.subject {
        Subject::SourceTotal(source) => source.clone(),
        _ => None,
    };
    DisagreementView {
        code: code.to_owned(),
        measure: measure.map(ToString::to_string),
        year,
        source_uk,
        telemetry_kind: None,
        stated_kuah: Some(disagreement.stated_kuah),
        computed_kuah: Some(disagreement.computed_kuah),
        source_document: disagreement.source_document.clone(),
        source_line: disagreement.source_line,
        text: disagreement.subject.to_string(),
    }
}

/// A note: a telemetry measure without money.
pub(crate) fn note_view(note: &Note) -> DisagreementView {
    DisagreementView {
        code: "no-money".to_owned(),
        measure: Some(note.measure.measure.to_string()),
        year: None,
        source_uk: None,
        telemetry_kind: Some(note.telemetry_kind.clone()),
        stated_kuah: None,
        computed_kuah: None,
        source_document: note.source_document.clone(),
        source_line: note.source_line,
        text: format!("row {}: telemetry without money", note.measure.measure),
    }
}
