//! The map as GeoJSON (RFC 7946).

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::filter::{Filter, MapFilter};
use crate::extract::Params;
use crate::page::Selection;
use crate::present::object_row;
use crate::problem::Problem;
use crate::state::Api;
use crate::view::ObjectRow;

#[derive(Serialize)]
struct FeatureCollection {
    #[serde(rename = "type")]
    kind: &'static str,
    features: Vec<Feature>,
}

#[derive(Serialize)]
struct Feature {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    geometry: Point,
    properties: ObjectRow,
}

#[derive(Serialize)]
struct Point {
    #[serde(rename = "type")]
    kind: &'static str,
    /// Longitude first, as GeoJSON has it.
    coordinates: [f64; 2],
}

/// All objects with a place that fit, with their state, as a `GeoJSON` `FeatureCollection`.
#[utoipa::path(
    get,
    path = "/map",
    tag = "objects",
    params(MapFilter),
    responses(
        (status = 200, description = "points with the properties of an ObjectRow", body = Object,
            content_type = "application/geo+json"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_map(
    State(api): State<Arc<Api>>,
    Params(filter): Params<MapFilter>,
) -> Result<Response, Problem> {
    let selection = Selection::new(Filter::from(filter))?;
    let features: Vec<Feature> = api.feed.read(|view| {
        let placed = view.entries().filter(|entry| selection.takes(entry)).filter_map(|entry| {
            let place = entry.place()?;
            Some(Feature {
                kind: "Feature",
                id: entry.object.id.to_string(),
                geometry: Point { kind: "Point", coordinates: [place.lon, place.lat] },
                properties: object_row(entry),
            })
        });
        placed.collect()
    });
    let collection = FeatureCollection { kind: "FeatureCollection", features };
    let body = serde_json::to_vec(&collection).map_err(|error| Problem::internal(&error))?;
    Ok(([(header::CONTENT_TYPE, "application/geo+json")], body).into_response())
}
