//! Zones of the communities.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::search::natural_cmp;
use domain::{CommunityId, ZoneId};

use crate::problem::Problem;
use crate::state::Api;
use crate::view::{ZoneList, ZoneView};

/// All zones: districts, metered areas, feeders, depots.
#[utoipa::path(
    get,
    path = "/zones",
    tag = "registry",
    responses(
        (status = 200, body = ZoneList),
    ),
)]
pub(crate) async fn list_zones(State(api): State<Arc<Api>>) -> Result<Json<ZoneList>, Problem> {
    Ok(api.feed.read(|view| {
        let mut objects: HashMap<(&CommunityId, &ZoneId), u64> = HashMap::new();
        for entry in view.entries() {
            if let Some(zone) = &entry.object.zone {
                *objects.entry((&entry.object.community, zone)).or_default() += 1;
            }
        }
        let zones = view.zones().iter().map(|zone| ZoneView {
            id: zone.id.to_string(),
            community: zone.community.to_string(),
            kind: zone.kind.as_str().to_owned(),
            name: zone.name.clone(),
            objects: objects.get(&(&zone.community, &zone.id)).copied().unwrap_or_default(),
        });
        let mut zones: Vec<ZoneView> = zones.collect();
        zones.sort_by(|a, b| a.kind.cmp(&b.kind).then_with(|| natural_cmp(&a.id, &b.id)));
        Json(ZoneList { zones })
    }))
}
