//! The map as GeoJSON.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::filter::Filter;
use crate::extract::Params;
use crate::problem::{Code, Problem};
use crate::state::Api;

/// All objects with a place that fit, with their state, as a GeoJSON FeatureCollection (lon, lat).
#[utoipa::path(
    get,
    path = "/map",
    tag = "objects",
    params(Filter),
    responses(
        (status = 200, description = "FeatureCollection of points", body = Object, content_type = "application/geo+json"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn get_map(
    State(api): State<Arc<Api>>,
    Params(_filter): Params<Filter>,
) -> Result<Response, Problem> {
    let _ = api;
    Err(Problem::new(Code::Unavailable, "this part of the server is not there yet"))
}
