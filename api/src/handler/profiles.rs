//! Device profiles and zones.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::view::{ProfileList, ZoneList};

/// All device profiles.
#[utoipa::path(
    get,
    path = "/profiles",
    tag = "registry",
    responses(
        (status = 200, body = ProfileList),
    ),
)]
pub async fn list_profiles(State(api): State<Arc<Api>>) -> Result<Json<ProfileList>, Problem> {
    let _ = api;
    Err(Problem::new(Code::Unavailable, "this part of the server is not there yet"))
}

/// All zones: districts, metered areas, feeders, depots.
#[utoipa::path(
    get,
    path = "/zones",
    tag = "registry",
    responses(
        (status = 200, body = ZoneList),
    ),
)]
pub async fn list_zones(State(api): State<Arc<Api>>) -> Result<Json<ZoneList>, Problem> {
    let _ = api;
    Err(Problem::new(Code::Unavailable, "this part of the server is not there yet"))
}
