//! Budget programmes, their measures, and one measure with its devices and data capture.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::extract::{Id, Params};
use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::view::{MeasureDetail, Moment, ProgrammeList, ProgrammeMeasures};

/// Period of the data capture.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Period {
    /// Begin, inclusive; left out: 24 h before `to`.
    #[serde(default)]
    #[param(required = false)]
    pub from: Option<Moment>,
    /// End, exclusive; left out: now.
    #[serde(default)]
    #[param(required = false)]
    pub to: Option<Moment>,
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
pub async fn list_programmes(State(api): State<Arc<Api>>) -> Result<Json<ProgrammeList>, Problem> {
    let _ = api;
    Err(Problem::new(Code::Unavailable, "this part of the server is not there yet"))
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
pub async fn list_measures(
    State(api): State<Arc<Api>>,
    Id(_programme): Id<String>,
) -> Result<Json<ProgrammeMeasures>, Problem> {
    let _ = api;
    Err(Problem::new(Code::Unavailable, "this part of the server is not there yet"))
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
pub async fn get_measure(
    State(api): State<Arc<Api>>,
    Id((_programme, _measure)): Id<(String, String)>,
    Params(_period): Params<Period>,
) -> Result<Json<MeasureDetail>, Problem> {
    let _ = api;
    Err(Problem::new(Code::Unavailable, "this part of the server is not there yet"))
}
