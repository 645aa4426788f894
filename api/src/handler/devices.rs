//! Devices: list, one, register.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::filter::Filter;
use crate::extract::{Body, Id, Params};
use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::view::{DeviceCreated, DevicePage, DeviceView, NewDevice};

/// Devices that fit the filter, a page at a time.
#[utoipa::path(
    get,
    path = "/devices",
    tag = "devices",
    params(Filter),
    responses(
        (status = 200, body = DevicePage),
        (status = 400, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn list_devices(
    State(api): State<Arc<Api>>,
    Params(_filter): Params<Filter>,
) -> Result<Json<DevicePage>, Problem> {
    let _ = api;
    Err(Problem::new(Code::Unavailable, "this part of the server is not there yet"))
}

/// Registers one device, as a row of the device file would; the token is shown this once.
#[utoipa::path(
    post,
    path = "/devices",
    tag = "devices",
    request_body = NewDevice,
    responses(
        (status = 201, body = DeviceCreated),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn create_device(
    State(api): State<Arc<Api>>,
    Body(_new): Body<NewDevice>,
) -> Result<(StatusCode, Json<DeviceCreated>), Problem> {
    let _ = api;
    Err(Problem::new(Code::Unavailable, "this part of the server is not there yet"))
}

/// One device with its papers and the balance of its readings.
#[utoipa::path(
    get,
    path = "/devices/{id}",
    tag = "devices",
    params(("id" = String, Path, description = "device id")),
    responses(
        (status = 200, body = DeviceView),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn get_device(
    State(api): State<Arc<Api>>,
    Id(_id): Id<String>,
) -> Result<Json<DeviceView>, Problem> {
    let _ = api;
    Err(Problem::new(Code::Unavailable, "this part of the server is not there yet"))
}
