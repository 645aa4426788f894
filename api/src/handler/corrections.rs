//! Corrections of an object or of a device: what was told twice for one time, with both values.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::directory::Directory;
use serde::Deserialize;
use utoipa::IntoParams;

use super::observations::{period, properties};
use super::{devices, objects};
use crate::extract::{Id, Params};
use crate::observe::{Asked, CorrectionsPage, newest_corrections};
use crate::page::page_limit;
use crate::problem::Problem;
use crate::state::Api;
use crate::view::{CorrectionsView, Moment, NewestCorrectionsView, UnitsWord};

/// What is asked for.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CorrectionsQuestion {
    /// Properties, comma-separated; left out: all of the object.
    #[param(required = false)]
    #[serde(default)]
    property: Option<String>,
    /// Begin of the phenomenon time, inclusive; left out: 24 h before `to`.
    #[serde(default)]
    #[param(required = false)]
    from: Option<Moment>,
    /// End, exclusive; left out: now.
    #[serde(default)]
    #[param(required = false)]
    to: Option<Moment>,
    /// Units of the values; left out: canonical.
    #[serde(default)]
    units: Option<UnitsWord>,
}

/// What was corrected of the objects on which the device sat, while it sat there.
#[utoipa::path(
    get,
    path = "/devices/{id}/corrections",
    tag = "observations",
    params(("id" = String, Path, description = "device id"), CorrectionsQuestion),
    responses(
        (status = 200, body = CorrectionsView),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_device_corrections(
    State(api): State<Arc<Api>>,
    Id(id): Id<String>,
    Params(question): Params<CorrectionsQuestion>,
) -> Result<Json<CorrectionsView>, Problem> {
    let device = devices::find(&api, &id)?;
    let period = period(question.from, question.to, api.now())?;
    let directory = api.directory.load_full();
    answer(&api, Asked::of_device(&device, period)?, question, directory).await
}

/// What was corrected of an object, whichever devices brought it.
#[utoipa::path(
    get,
    path = "/objects/{id}/corrections",
    tag = "observations",
    params(("id" = String, Path, description = "object id"), CorrectionsQuestion),
    responses(
        (status = 200, body = CorrectionsView),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_object_corrections(
    State(api): State<Arc<Api>>,
    Id(id): Id<String>,
    Params(question): Params<CorrectionsQuestion>,
) -> Result<Json<CorrectionsView>, Problem> {
    let period = period(question.from, question.to, api.now())?;
    let directory = api.directory.load_full();
    let object = directory.object_by_id(&id).ok_or_else(|| objects::unknown(&id))?;
    let asked = Asked::of_object(object, period);
    answer(&api, asked, question, directory).await
}

/// Which page of the corrections of any time.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NewestQuestion {
    /// Units of the values; left out: canonical.
    #[serde(default)]
    #[param(required = false)]
    units: Option<UnitsWord>,
    /// Only rows after this one: `meta.next` of the page before.
    #[serde(default)]
    after: Option<String>,
    /// Rows of a page, at most 1000; left out: 100.
    #[serde(default)]
    limit: Option<usize>,
}

/// What was corrected of an object, of whatever phenomenon time, the newest arrival first.
#[utoipa::path(
    get,
    path = "/objects/{id}/corrections/newest",
    tag = "observations",
    params(("id" = String, Path, description = "object id"), NewestQuestion),
    responses(
        (status = 200, body = NewestCorrectionsView),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_newest_corrections(
    State(api): State<Arc<Api>>,
    Id(id): Id<String>,
    Params(question): Params<NewestQuestion>,
) -> Result<Json<NewestCorrectionsView>, Problem> {
    let limit = page_limit(question.limit)?;
    let after = question.after.as_deref().map(str::parse).transpose()?;
    let units = question.units.unwrap_or(UnitsWord::Canonical);
    let directory = api.directory.load_full();
    let object = Arc::clone(directory.object_by_id(&id).ok_or_else(|| objects::unknown(&id))?);
    let page = CorrectionsPage { after, limit };
    let ask = move |stores: &crate::state::Stores| {
        newest_corrections(&*stores.series, &directory, &object, units, page)
    };
    api.ask(ask).await.map(Json)
}

async fn answer(
    api: &Api,
    asked: Asked,
    question: CorrectionsQuestion,
    directory: Arc<Directory>,
) -> Result<Json<CorrectionsView>, Problem> {
    let properties = properties(question.property.as_deref())?;
    let units = question.units.unwrap_or(UnitsWord::Canonical);
    let ask = move |stores: &crate::state::Stores| {
        asked.corrections(&*stores.series, &directory, properties, units)
    };
    api.ask(ask).await.map(Json)
}
