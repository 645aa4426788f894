//! Observations of an object or of a device: raw or in buckets, as JSON or as a file.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::extract::{Id, Params};
use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::view::{BucketWord, CalendarWord, FormatWord, Moment, ObservationsView, UnitsWord};

/// What is asked for.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Question {
    /// Properties, comma-separated; left out: all of the object.
    #[param(required = false)]
    #[serde(default)]
    pub property: Option<String>,
    /// Begin, inclusive; left out: 24 h before `to`.
    #[serde(default)]
    #[param(required = false)]
    pub from: Option<Moment>,
    /// End, exclusive; left out: now.
    #[serde(default)]
    #[param(required = false)]
    pub to: Option<Moment>,
    /// Length of the buckets; left out: raw observations.
    #[serde(default)]
    pub bucket: Option<BucketWord>,
    /// Values of the buckets, comma-separated: count, mean, min, max, first, last; left out: all.
    #[serde(default)]
    pub function: Option<String>,
    /// Whose days and months.
    #[serde(default)]
    pub calendar: Option<CalendarWord>,
    /// Form of the answer.
    #[serde(default)]
    pub format: Option<FormatWord>,
    /// Units of the values; left out: canonical for json and csv, of the trade for csv-excel and
    /// xlsx.
    #[serde(default)]
    pub units: Option<UnitsWord>,
}

/// Observations of the objects on which the device sat, while it sat there.
#[utoipa::path(
    get,
    path = "/devices/{id}/observations",
    tag = "observations",
    params(("id" = String, Path, description = "device id"), Question),
    responses(
        (status = 200, description = "observations", content(
            (ObservationsView = "application/json"),
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn get_device_observations(
    State(api): State<Arc<Api>>,
    Id(_id): Id<String>,
    Params(_question): Params<Question>,
) -> Result<Response, Problem> {
    let _ = api;
    Err(Problem::new(Code::Unavailable, "this part of the server is not there yet"))
}

/// Observations of an object, whichever devices brought them.
#[utoipa::path(
    get,
    path = "/objects/{id}/observations",
    tag = "observations",
    params(("id" = String, Path, description = "object id"), Question),
    responses(
        (status = 200, description = "observations", content(
            (ObservationsView = "application/json"),
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn get_object_observations(
    State(api): State<Arc<Api>>,
    Id(_id): Id<String>,
    Params(_question): Params<Question>,
) -> Result<Response, Problem> {
    let _ = api;
    Err(Problem::new(Code::Unavailable, "this part of the server is not there yet"))
}
