//! The platform about itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::CommunityId;
use domain::profile::Kind;

use super::tiles;
use crate::city_view::CityView;
use crate::problem::Problem;
use crate::state::Api;
use crate::view::{CommunityView, KindCounts, StatusView};

/// Names, counts, clock, version, tiles.
#[utoipa::path(
    get,
    path = "/status",
    tag = "status",
    responses(
        (status = 200, body = StatusView),
    ),
)]
pub(crate) async fn get_status(State(api): State<Arc<Api>>) -> Result<Json<StatusView>, Problem> {
    let documents = api.documents().await?;
    let size = api.ask(|stores| Ok(stores.series.size()?)).await?;
    let health = (api.health)();
    let tiles = tiles::names(&api.data_dir).await;
    Ok(api.feed.read(|view| {
        let objects = view.entries().map(|e| &e.object.community);
        let programmes = documents.all().iter().map(|d| &d.programme.community);
        let communities: BTreeSet<&CommunityId> = objects.chain(programmes).collect();
        Json(StatusView {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            boot: api.feed.boot().to_owned(),
            server_time: api.now().into(),
            communities: communities.into_iter().map(community_view).collect(),
            demo: view.entries().any(|e| e.object.simulated),
            objects: kind_counts(view),
            devices: view.directory().devices().len() as u64,
            observations: size.observations,
            series_bytes: size.bytes,
            ready: health.ready,
            missing: health.missing,
            tiles,
            tile_url: api.tile_url.clone(),
        })
    }))
}

fn kind_counts(view: &CityView) -> Vec<KindCounts> {
    let counts = view.counts();
    let of_kind = |kind: Kind| {
        let by_state: std::collections::BTreeMap<String, u64> = counts
            .iter()
            .filter(|((of, _), _)| *of == kind)
            .map(|((_, state), count)| (state.as_str().to_owned(), *count))
            .collect();
        KindCounts { kind: kind.into(), total: by_state.values().sum(), by_state }
    };
    Kind::OF_OBJECTS.into_iter().map(of_kind).collect()
}

/// Communities by the names they carry themselves; one that is not among them shows its id.
fn community_view(id: &CommunityId) -> CommunityView {
    let (name_uk, name_en) = match id.as_str() {
        "odesa" => ("Одеська громада", "Odesa"),
        "odesa-oblast" => ("Одеська область", "Odesa Oblast"),
        "chornomorsk" => ("Чорноморська громада", "Chornomorsk"),
        "rozdilna" => ("Роздільнянська громада", "Rozdilna"),
        "zaporizhzhia" => ("Запорізька громада", "Zaporizhzhia"),
        other => (other, other),
    };
    CommunityView { id: id.to_string(), name_uk: name_uk.to_owned(), name_en: name_en.to_owned() }
}
