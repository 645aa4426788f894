//! The platform about itself.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::view::StatusView;

/// Names, counts, clock, version, tiles.
#[utoipa::path(
    get,
    path = "/status",
    tag = "status",
    responses(
        (status = 200, body = StatusView),
    ),
)]
pub async fn get_status(State(api): State<Arc<Api>>) -> Result<Json<StatusView>, Problem> {
    let _ = api;
    Err(Problem::new(Code::Unavailable, "this part of the server is not there yet"))
}
