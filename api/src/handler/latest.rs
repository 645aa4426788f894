//! Newest values of all objects that fit.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::filter::Filter;
use crate::extract::Params;
use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::view::LatestList;

/// Newest value of each datastream of the objects that fit; pages are of objects.
#[utoipa::path(
    get,
    path = "/latest",
    tag = "observations",
    params(Filter),
    responses(
        (status = 200, body = LatestList),
        (status = 400, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn list_latest(
    State(api): State<Arc<Api>>,
    Params(_filter): Params<Filter>,
) -> Result<Json<LatestList>, Problem> {
    let _ = api;
    Err(Problem::new(Code::Unavailable, "this part of the server is not there yet"))
}
