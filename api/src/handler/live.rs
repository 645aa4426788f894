//! The live stream (server-sent events).

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::extract::Params;
use crate::live::{Follower, Layers};
use crate::problem::Problem;
use crate::state::Api;
use crate::view::LiveSnapshot;

/// What to follow.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LiveQuery {
    /// Layers, comma-separated: air, vehicle, light, water; left out: all.
    #[serde(default)]
    pub(crate) layers: Option<String>,
}

/// The city as it changes: event `snapshot` (`LiveSnapshot`) first, then `delta` (`LiveDelta`) each
/// 100 ms when something changed, and `heartbeat` (`LiveHeartbeat`) each second. A request with
/// `Last-Event-ID` goes on from there, when it is no more than a minute ago.
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
pub(crate) async fn follow_live(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    Params(query): Params<LiveQuery>,
) -> Result<Response, Problem> {
    let layers = match query.layers.as_deref() {
        Some(text) => Layers::parse(text).map_err(Problem::bad_request)?,
        None => Layers::ALL,
    };
    let last_event_id = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let follower = Follower::new(&api.feed, layers, last_event_id, api.now().millis());
    let events = stream::unfold((follower, api.ended()), |(mut follower, ended)| async move {
        let sent = tokio::select! {
            sent = follower.next() => sent?,
            () = ended.cancelled() => return None,
        };
        let event = Event::default().event(sent.name).data(sent.data);
        let event = match sent.id {
            Some(id) => event.id(id),
            None => event,
        };
        Some((Ok::<_, Infallible>(event), (follower, ended)))
    });
    // A proxy that gathers the stream before it passes it on would make it late.
    Ok(([("x-accel-buffering", "no")], Sse::new(events)).into_response())
}
