//! Bulk exports: made, listed, fetched.

use std::sync::Arc;

use axum::Json;
use axum::body::Body as AnswerBody;
use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::ObjectNo;
use domain::profile::Kind;

use super::filter::{Filter, MapFilter};
use super::objects;
use crate::bulk::{Choice, Download, Named};
use crate::extract::{Body, Id};
use crate::page::Selection;
use crate::problem::Problem;
use crate::state::Api;
use crate::view::{ExportList, ExportView, NewExport};

/// Makes an export of the raw readings of many objects; its file is fetched at `file`.
#[utoipa::path(
    post,
    path = "/exports",
    tag = "observations",
    request_body = NewExport,
    responses(
        (status = 201, body = ExportView, headers(("location" = String))),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create_export(
    State(api): State<Arc<Api>>,
    Body(new): Body<NewExport>,
) -> Result<Response, Problem> {
    api.exports.check_turn()?;
    let NewExport { filter, objects, properties, from, to, format } = new;
    let named = match (filter, objects) {
        (filter, ids) if ids.is_empty() => fitting(&api, filter.unwrap_or_default())?,
        (None, ids) => by_id(&api, &ids)?,
        (Some(_), _) => {
            let detail = "filter and objects are both given, expected one of them";
            return Err(Problem::bad_request(detail));
        }
    };
    let directory = api.directory.load_full();
    let choice =
        api.ask(move |_| Choice::new(named, &properties, (from, to), format, &directory)).await?;
    let view = api.exports.add(choice, api.feed.boot(), api.now()).view();
    let location = [(header::LOCATION, format!("/api/v1/exports/{}", view.id))];
    Ok((StatusCode::CREATED, location, Json(view)).into_response())
}

/// The newest exports and how far they are.
#[utoipa::path(
    get,
    path = "/exports",
    tag = "observations",
    responses((status = 200, body = ExportList)),
)]
pub(crate) async fn list_exports(State(api): State<Arc<Api>>) -> Json<ExportList> {
    let exports = api.exports.all(api.now()).iter().map(|export| export.view()).collect();
    Json(ExportList { exports })
}

/// How far an export is.
#[utoipa::path(
    get,
    path = "/exports/{id}",
    tag = "observations",
    params(("id" = String, Path, description = "export id")),
    responses(
        (status = 200, body = ExportView),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_export(
    State(api): State<Arc<Api>>,
    Id(id): Id<String>,
) -> Result<Json<ExportView>, Problem> {
    Ok(Json(api.exports.find(&id, api.now())?.view()))
}

/// The file of an export, as it is read; one that breaks off is not whole. It can be fetched again.
#[utoipa::path(
    get,
    path = "/exports/{id}/file",
    tag = "observations",
    params(("id" = String, Path, description = "export id")),
    responses(
        (status = 200, description = "raw readings", content(
            (String = "text/csv"),
            (String = "application/x-ndjson"),
        )),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_export_file(
    State(api): State<Arc<Api>>,
    Id(id): Id<String>,
    method: Method,
) -> Result<Response, Problem> {
    let export = api.exports.find(&id, api.now())?;
    let (name, content_type) = export.choice.file();
    let headers = [
        (header::CONTENT_TYPE, content_type.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    // Who asks for the headers alone fetches nothing.
    let body = match method {
        Method::HEAD => AnswerBody::empty(),
        _ => Download::begin(&api.exports, export, api.sources())?.body(),
    };
    Ok((headers, body).into_response())
}

fn fitting(api: &Api, filter: MapFilter) -> Result<Named, Problem> {
    let community = filter.community.clone();
    let kind = filter.kind.map(|kind| Kind::from(kind).as_str());
    let selection = Selection::new(Filter::from(filter))?;
    let objects: Vec<ObjectNo> = api.feed.read(|view| {
        view.entries().filter(|entry| selection.takes(entry)).map(|entry| entry.object.no).collect()
    });
    let words: Vec<&str> = community.as_deref().into_iter().chain(kind).collect();
    Ok(Named { objects, word: words.join("-") })
}

fn by_id(api: &Api, ids: &[String]) -> Result<Named, Problem> {
    let directory = api.directory.load();
    let find = |id: &String| {
        directory.object_by_id(id).map(|object| object.no).ok_or_else(|| objects::unknown(id))
    };
    let objects = ids.iter().map(find).collect::<Result<_, _>>()?;
    Ok(Named { objects, word: String::new() })
}
