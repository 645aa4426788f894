//! The live stream (server-sent events).

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::extract::Params;
use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::view::LiveSnapshot;

/// What to follow.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LiveQuery {
    /// Layers, comma-separated: air, vehicle, light, water; left out: all.
    #[serde(default)]
    pub layers: Option<String>,
}

/// Event `snapshot` (LiveSnapshot) first, then `delta` (LiveDelta) each 100 ms when something changed, and `heartbeat` (LiveHeartbeat) each second. `Last-Event-ID` resumes.
#[utoipa::path(
    get,
    path = "/live",
    tag = "live",
    params(LiveQuery),
    responses(
        (status = 200, body = LiveSnapshot, content_type = "text/event-stream"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn follow_live(
    State(api): State<Arc<Api>>,
    Params(_query): Params<LiveQuery>,
) -> Result<Response, Problem> {
    let _ = api;
    Err(Problem::new(Code::Unavailable, "this part of the server is not there yet"))
}
