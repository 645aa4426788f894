//! Device profiles and zones.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::profile::{Field, Profile, Stamp};
use domain::property::property;
use domain::search::natural_cmp;
use domain::{CommunityId, ZoneId};

use crate::problem::Problem;
use crate::state::Api;
use crate::view::{
    FieldView, ProfileList, ProfileView, ZoneList, ZoneView, display_unit, label, thresholds_view,
};

/// All device profiles.
#[utoipa::path(
    get,
    path = "/profiles",
    tag = "registry",
    responses(
        (status = 200, body = ProfileList),
    ),
)]
pub(crate) async fn list_profiles(
    State(api): State<Arc<Api>>,
) -> Result<Json<ProfileList>, Problem> {
    let directory = api.directory.load();
    let mut profiles: Vec<ProfileView> = directory.profiles().map(|p| profile_view(p)).collect();
    profiles.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(Json(ProfileList { profiles }))
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

fn profile_view(profile: &Profile) -> ProfileView {
    let stamp = match profile.stamp {
        Stamp::Instant => "instant",
        Stamp::Begin => "begin",
        Stamp::End => "end",
    };
    ProfileView {
        id: profile.id.to_string(),
        kind: profile.kind.into(),
        title_uk: profile.title_uk.clone(),
        title_en: profile.title_en.clone(),
        regime: profile.regime.as_str().to_owned(),
        interval_s: profile.interval_s,
        stamp: stamp.to_owned(),
        averaging_s: profile.averaging_s,
        retention_days: profile.retention_days,
        thresholds: thresholds_view(profile),
        fields: profile.fields.iter().filter_map(field_view).collect(),
    }
}

fn field_view(field: &Field) -> Option<FieldView> {
    let property = property(field.property.as_str())?;
    Some(FieldView {
        name: field.name.clone(),
        property: property.id.to_owned(),
        title_uk: property.title_uk.to_owned(),
        title_en: property.title_en.to_owned(),
        unit: label(field.unit).to_owned(),
        canonical_unit: label(property.canonical).to_owned(),
        display: display_unit(property),
        range: field.range.map(|(low, high)| [low, high]),
        rate_per_s_max: field.rate_per_s_max,
        flat_s_max: field.flat_s_max,
    })
}
