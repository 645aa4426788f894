//! Budget programmes, their measures, and one measure with its devices and data capture.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::capture::Span;
use domain::directory::DeviceEntry;
use domain::programme::{Document, Measure};
use domain::programme_check::{Subject, check};
use domain::search::natural_cmp;
use serde::Deserialize;
use utoipa::IntoParams;

use super::observations;
use crate::capture::{Captured, captured};
use crate::city_view::CityView;
use crate::extract::{Id, Params};
use crate::present::{
    MeasureTree, counts, device_view, disagreement_view, measure_row, note_view, programme_view,
    total_view,
};
use crate::problem::{Code, Problem};
use crate::state::{Api, Documents};
use crate::view::{MeasureDetail, Moment, ProgrammeList, ProgrammeMeasures};

/// Period of the data capture.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Period {
    /// Begin, inclusive; left out: 24 h before `to`.
    #[serde(default)]
    #[param(required = false)]
    pub(crate) from: Option<Moment>,
    /// End, exclusive; left out: now.
    #[serde(default)]
    #[param(required = false)]
    pub(crate) to: Option<Moment>,
}

/// All programmes, newest edition of each.
#[utoipa::path(
    get,
    path = "/programmes",
    tag = "programmes",
    responses(
        (status = 200, body = ProgrammeList),
    ),
)]
pub(crate) async fn list_programmes(
    State(api): State<Arc<Api>>,
) -> Result<Json<ProgrammeList>, Problem> {
    let documents = api.documents().await?;
    Ok(api.feed.read(|view| {
        let programme = |document: &Document| {
            let tree = MeasureTree::new(document);
            programme_view(document, counts(&document.programme.id, &tree, view).1)
        };
        Json(ProgrammeList { programmes: documents.all().iter().map(programme).collect() })
    }))
}

/// All rows of a programme in the order of the document, with money by year and device counts.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/measures",
    tag = "programmes",
    params(("programme" = String, Path, description = "programme id")),
    responses(
        (status = 200, body = ProgrammeMeasures),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_measures(
    State(api): State<Arc<Api>>,
    Id(programme): Id<String>,
) -> Result<Json<ProgrammeMeasures>, Problem> {
    let documents = api.documents().await?;
    let document = find(&documents, &programme)?;
    let tree = MeasureTree::new(document);
    let (by_row, all) = api.feed.read(|view| counts(&document.programme.id, &tree, view));
    let row = |(measure, depth): (&Measure, u32)| {
        measure_row(measure, depth, by_row.get(&measure.id).copied().unwrap_or_default())
    };
    let findings = check(document);
    let first_year = document.programme.years.0;
    Ok(Json(ProgrammeMeasures {
        programme: programme_view(document, all),
        measures: tree.rows().into_iter().map(row).collect(),
        totals: document.totals.iter().map(|t| total_view(t, first_year)).collect(),
        disagreements: findings.disagreements.iter().map(disagreement_view).collect(),
        notes: findings.notes.iter().map(note_view).collect(),
    }))
}

/// One measure: money, devices, data capture in the period, disagreements of the document.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/measures/{measure}",
    tag = "programmes",
    params(("programme" = String, Path, description = "programme id"), ("measure" = String, Path, description = "number inside the programme"), Period),
    responses(
        (status = 200, body = MeasureDetail),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_measure(
    State(api): State<Arc<Api>>,
    Id((programme, measure)): Id<(String, String)>,
    Params(period): Params<Period>,
) -> Result<Json<MeasureDetail>, Problem> {
    let Span { from, to } = observations::period(period.from, period.to, api.now())?;
    let span = Span { from, to: to.min(api.now()) };
    let documents = api.documents().await?;
    let document = find(&documents, &programme)?;
    let tree = MeasureTree::new(document);
    let unknown = || unknown_measure(&programme, &measure);
    let row = measure.parse().ok().and_then(|id| tree.row(&id)).ok_or_else(unknown)?;
    let below = tree.with_all_below(row);
    let directory = api.feed.read(|view| Arc::clone(view.directory()));
    let mut paid: Vec<Arc<DeviceEntry>> = directory
        .devices()
        .filter(|device| {
            device.device.funding.measures().any(|(reference, _)| {
                reference.programme == document.programme.id && below.contains(&reference.measure)
            })
        })
        .map(Arc::clone)
        .collect();
    paid.sort_by(|a, b| natural_cmp(a.device.id.as_str(), b.device.id.as_str()));
    let devices = paid.clone();
    let captured =
        api.ask(move |stores| Ok(captured(&*stores.series, &directory, &devices, span)?)).await?;
    let page = Page { document, tree: &tree, row, paid: &paid, captured, span };
    Ok(Json(api.feed.read(|view| page.detail(view, &documents))))
}

fn find<'a>(documents: &'a Documents, programme: &str) -> Result<&'a Document, Problem> {
    let id = programme.parse().ok();
    id.and_then(|id| documents.of(&id)).ok_or_else(|| {
        let detail = format!("programme `{programme}` is not in the registry");
        Problem::unknown(Code::UnknownProgramme, detail, programme)
    })
}

fn unknown_measure(programme: &str, measure: &str) -> Problem {
    let detail = format!("programme `{programme}` has no measure `{measure}`");
    Problem::unknown(Code::UnknownMeasure, detail, measure)
}

/// The page of one measure, put together.
struct Page<'a> {
    document: &'a Document,
    tree: &'a MeasureTree<'a>,
    row: &'a Measure,
    paid: &'a [Arc<DeviceEntry>],
    captured: Captured,
    span: Span,
}

impl Page<'_> {
    fn detail(&self, view: &CityView, documents: &Documents) -> MeasureDetail {
        let (by_row, all) = counts(&self.document.programme.id, self.tree, view);
        let rows = self.tree.rows();
        let row = |measure: &Measure| {
            let depth = rows.iter().find(|(m, _)| m.id == measure.id).map_or(0, |(_, d)| *d);
            measure_row(measure, depth, by_row.get(&measure.id).copied().unwrap_or_default())
        };
        let findings = check(self.document);
        let is_of_row = |subject: &Subject| match subject {
            Subject::RowTotal(id)
            | Subject::ParentTotal(id)
            | Subject::ParentYear(id, _)
            | Subject::OutsideTerm(id, ..) => *id == self.row.id,
            Subject::ProgrammeTotal | Subject::ProgrammeYear(_) | Subject::SourceTotal(_) => false,
        };
        let disagreements = findings.disagreements.iter().filter(|d| is_of_row(&d.subject));
        let notes = findings.notes.iter().filter(|n| n.measure.measure == self.row.id);
        let devices = self.paid.iter().map(|d| device_view(d, view, documents));
        MeasureDetail {
            programme: programme_view(self.document, all),
            measure: row(self.row),
            ancestors: self.tree.ancestors(&self.row.id).into_iter().map(row).collect(),
            children: self.tree.children(Some(&self.row.id)).iter().map(|m| row(m)).collect(),
            devices: devices.collect(),
            capture: self.captured.view(self.span),
            disagreements: disagreements.map(disagreement_view).collect(),
            notes: notes.map(note_view).collect(),
        }
    }
}
