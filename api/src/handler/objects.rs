//! Objects: list, one, replacement of a device on one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::filter::Filter;
use crate::extract::{Body, Id, Params};
use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::view::{ObjectPage, ObjectView, Replacement};

/// Objects that fit the filter, a page at a time.
#[utoipa::path(
    get,
    path = "/objects",
    tag = "objects",
    params(Filter),
    responses(
        (status = 200, body = ObjectPage),
        (status = 400, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn list_objects(
    State(api): State<Arc<Api>>,
    Params(_filter): Params<Filter>,
) -> Result<Json<ObjectPage>, Problem> {
    let _ = api;
    Err(Problem::new(Code::Unavailable, "this part of the server is not there yet"))
}

/// One object: papers, devices, datastreams with newest values, money.
#[utoipa::path(
    get,
    path = "/objects/{id}",
    tag = "objects",
    params(("id" = String, Path, description = "object id")),
    responses(
        (status = 200, body = ObjectView),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn get_object(
    State(api): State<Arc<Api>>,
    Id(_id): Id<String>,
) -> Result<Json<ObjectView>, Problem> {
    let _ = api;
    Err(Problem::new(Code::Unavailable, "this part of the server is not there yet"))
}

/// Puts one device in the place of another; the history of the object goes on.
#[utoipa::path(
    post,
    path = "/objects/{id}/replace",
    tag = "objects",
    params(("id" = String, Path, description = "object id")),
    request_body = Replacement,
    responses(
        (status = 200, body = ObjectView),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn replace_device(
    State(api): State<Arc<Api>>,
    Id(_id): Id<String>,
    Body(_replacement): Body<Replacement>,
) -> Result<Json<ObjectView>, Problem> {
    let _ = api;
    Err(Problem::new(Code::Unavailable, "this part of the server is not there yet"))
}
