//! Newest values of all objects that fit.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::property::property;

use super::filter::Filter;
use crate::city_view::{CityView, Entry};
use crate::extract::Params;
use crate::page::Selection;
use crate::present::value_view;
use crate::problem::Problem;
use crate::state::Api;
use crate::view::{LatestEntry, LatestList, label};

/// Newest value of each datastream of the objects that fit; pages are of objects.
#[utoipa::path(
    get,
    path = "/latest",
    tag = "observations",
    params(Filter),
    responses(
        (status = 200, body = LatestList),
        (status = 400, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_latest(
    State(api): State<Arc<Api>>,
    Params(filter): Params<Filter>,
) -> Result<Json<LatestList>, Problem> {
    let selection = Selection::new(filter)?;
    Ok(api.feed.read(|view| {
        let fit = view.entries().filter(|entry| selection.takes(entry)).collect();
        let (page, meta) = selection.page(fit, |entry| entry.object.id.as_str());
        let latest = page.into_iter().flat_map(|entry| newest(entry, view)).collect();
        Json(LatestList { latest, meta })
    }))
}

fn newest(entry: &Entry, view: &CityView) -> Vec<LatestEntry> {
    let datastreams = view.directory().datastreams(entry.object.no);
    datastreams
        .iter()
        .filter_map(|datastream| {
            let property = property(datastream.property.as_str())?;
            let latest = entry.latest(property.id)?;
            Some(LatestEntry {
                object: entry.object.id.to_string(),
                property: property.id.to_owned(),
                unit: label(property.canonical).to_owned(),
                simulated: entry.object.simulated,
                value: value_view(latest, property),
            })
        })
        .collect()
}
