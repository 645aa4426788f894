//! Objects: list, one, replacement of a device on one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::{DeviceId, ObjectId};
use store::Refusal;

use super::filter::Filter;
use crate::city_view::CityView;
use crate::extract::{Body, Id, Params};
use crate::page::Selection;
use crate::present::{object_row, object_view};
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
pub(crate) async fn list_objects(
    State(api): State<Arc<Api>>,
    Params(filter): Params<Filter>,
) -> Result<Json<ObjectPage>, Problem> {
    let selection = Selection::new(filter)?;
    Ok(api.feed.read(|view| {
        let fit = view.entries().filter(|entry| selection.takes(entry)).collect();
        let (page, meta) = selection.page(fit, |entry| entry.object.id.as_str());
        let objects = page.into_iter().map(object_row).collect();
        Json(ObjectPage { objects, meta })
    }))
}

/// One object: papers, devices and what became of their readings, datastreams with newest values,
/// money.
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
pub(crate) async fn get_object(
    State(api): State<Arc<Api>>,
    Id(id): Id<String>,
) -> Result<Json<ObjectView>, Problem> {
    let documents = api.documents().await?;
    let found = api.feed.read(|view: &CityView| {
        let no = view.directory().object_by_id(&id)?.no;
        view.entry(no).map(|entry| object_view(entry, view, &documents))
    });
    let mut object = found.ok_or_else(|| unknown(&id))?;
    let devices: Vec<String> =
        object.installations.iter().map(|stay| stay.device.id.clone()).collect();
    let tallies = api.ask(move |stores| {
        let tallies = devices.iter().map(|device| stores.intake.tally_of(device));
        Ok(tallies.collect::<Result<Vec<_>, _>>()?)
    });
    for (stay, tally) in object.installations.iter_mut().zip(tallies.await?) {
        stay.device.tally = Some(tally.into());
    }
    Ok(Json(object))
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
pub(crate) async fn replace_device(
    State(api): State<Arc<Api>>,
    Id(id): Id<String>,
    Body(replacement): Body<Replacement>,
) -> Result<Json<ObjectView>, Problem> {
    let bad = |error: domain::ids::BadId| {
        Problem::refused(Refusal::new("bad-id", error.to_string()).about("id", error.text))
    };
    let object: ObjectId = id.parse().map_err(bad)?;
    let old: DeviceId = replacement.old.parse().map_err(bad)?;
    let new: DeviceId = replacement.new.parse().map_err(bad)?;
    let (at, now) = (replacement.at.0, api.now());
    if at > now {
        let detail = format!("`at` is {at}, expected a time that is not after now ({now})");
        return Err(Problem::refused(Refusal::new("time-ahead", detail).about("now", now)));
    }
    api.ask(move |stores| {
        stores.registry.replace_device(&object, &old, &new, at)?;
        (stores.refresh)()?;
        Ok(())
    })
    .await?;
    api.take_directory().await;
    get_object(State(api), Id(id)).await
}

/// The problem of an id that names no object.
pub(super) fn unknown(id: &str) -> Problem {
    Problem::unknown(Code::UnknownObject, format!("object `{id}` is not in the registry"), id)
}
