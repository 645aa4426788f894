//! For machines that watch the platform: alive, ready, metrics.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::metrics::{CONTENT_TYPE, text_of_devices};
use crate::problem::Problem;
use crate::state::Api;

/// The process answers.
pub(crate) async fn get_live() -> &'static str {
    "alive\n"
}

/// The store takes writes and all sources are connected; else 503 with what is missing.
pub(crate) async fn get_ready(State(api): State<Arc<Api>>) -> Response {
    let health = (api.health)();
    if health.ready {
        return "ready\n".into_response();
    }
    let missing = health.missing.join("\n") + "\n";
    (StatusCode::SERVICE_UNAVAILABLE, missing).into_response()
}

/// `OpenMetrics` text of the API and of the pipeline.
pub(crate) async fn get_metrics(State(api): State<Arc<Api>>) -> Response {
    let more = (api.ingest_metrics)();
    let followers = api.feed.followers();
    let balance = match api.ask(|stores| Ok(stores.intake.tally_total()?)).await {
        Ok(balance) => Some(balance),
        Err(problem) => {
            tracing::warn!(?problem, "the balance could not be read for the metrics");
            None
        }
    };
    let text = api.feed.read(|view| api.metrics.text(view, followers, balance, &more));
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response()
}

/// `OpenMetrics` text of the balance of each device: apart, because there may be many of them.
pub(crate) async fn get_device_metrics(State(api): State<Arc<Api>>) -> Result<Response, Problem> {
    let text = api.ask(|stores| Ok(text_of_devices(stores.intake.tallies()?))).await?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response())
}
