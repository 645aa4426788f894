//! Quarantine, refused logins, and the balance of readings.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::extract::Params;
use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::view::{BalanceView, LoginRefusals, QuarantinePage, QuarantineSummary};

/// Which rows.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct QuarantineQuery {
    /// Only of this device, as claimed.
    #[serde(default)]
    pub device: Option<String>,
    /// Only with this reason's code.
    #[serde(default)]
    pub reason: Option<String>,
    /// Only rows older than this number: `next` of the page before.
    #[serde(default)]
    pub before: Option<i64>,
    /// Rows of a page, at most 1000; left out: 100.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// Messages that could not be used, newest first.
#[utoipa::path(
    get,
    path = "/quarantine",
    tag = "quarantine",
    params(QuarantineQuery),
    responses(
        (status = 200, body = QuarantinePage),
        (status = 400, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn list_quarantine(
    State(api): State<Arc<Api>>,
    Params(_query): Params<QuarantineQuery>,
) -> Result<Json<QuarantinePage>, Problem> {
    let _ = api;
    Err(Problem::new(Code::Unavailable, "this part of the server is not there yet"))
}

/// Quarantine by reason and device, with the balance of all readings.
#[utoipa::path(
    get,
    path = "/quarantine/summary",
    tag = "quarantine",
    responses(
        (status = 200, body = QuarantineSummary),
    ),
)]
pub async fn get_quarantine_summary(
    State(api): State<Arc<Api>>,
) -> Result<Json<QuarantineSummary>, Problem> {
    let _ = api;
    Err(Problem::new(Code::Unavailable, "this part of the server is not there yet"))
}

/// Who was refused at the broker, newest first.
#[utoipa::path(
    get,
    path = "/login-refusals",
    tag = "quarantine",
    responses(
        (status = 200, body = LoginRefusals),
    ),
)]
pub async fn list_login_refusals(
    State(api): State<Arc<Api>>,
) -> Result<Json<LoginRefusals>, Problem> {
    let _ = api;
    Err(Problem::new(Code::Unavailable, "this part of the server is not there yet"))
}

/// What became of all readings, in all and by device.
#[utoipa::path(
    get,
    path = "/balance",
    tag = "quarantine",
    responses(
        (status = 200, body = BalanceView),
    ),
)]
pub async fn get_balance(State(api): State<Arc<Api>>) -> Result<Json<BalanceView>, Problem> {
    let _ = api;
    Err(Problem::new(Code::Unavailable, "this part of the server is not there yet"))
}
