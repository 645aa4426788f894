//! Device profiles: in force, by edition, and the next edition that somebody makes.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::ProfileId;
use domain::directory::Directory;
use domain::ids::BadId;
use domain::profile::{Field, Profile};
use domain::property::{PROPERTIES, property};
use serde::Deserialize;
use store::profile_file::{BadProfile, Fault, Form, Mistake, Place};
use store::registry::{Edit, Edition};
use utoipa::IntoParams;

use crate::extract::{Body, Id, Params};
use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::view::{
    EditProfile, FieldView, ProfileDetail, ProfileDraft, ProfileList, ProfileView, PropertyList,
    display_unit, label, thresholds_view,
};

/// All device profiles, as they are in force.
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
    let editions = api.ask(|stores| Ok(stores.registry.profile_editions()?)).await?;
    let devices = devices_by_profile(&api.directory.load());
    let profile = |edition: &Edition| {
        let (_, profile) = read(edition)?;
        Ok(profile_view(&profile, edition, &devices))
    };
    let profiles: Vec<ProfileView> =
        editions.iter().map(profile).collect::<Result<_, Problem>>()?;
    Ok(Json(ProfileList { profiles }))
}

/// Which edition.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EditionQuery {
    /// Its number; left out: the one in force.
    #[serde(default)]
    pub(crate) edition: Option<u32>,
}

/// One profile with its readable file and all its editions.
#[utoipa::path(
    get,
    path = "/profiles/{id}",
    tag = "registry",
    params(("id" = String, Path, description = "profile id"), EditionQuery),
    responses(
        (status = 200, body = ProfileDetail),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_profile(
    State(api): State<Arc<Api>>,
    Id(id): Id<String>,
    Params(query): Params<EditionQuery>,
) -> Result<Json<ProfileDetail>, Problem> {
    let unknown = |error: BadId| Problem::new(Code::UnknownProfile, error.to_string());
    let id: ProfileId = id.parse().map_err(unknown)?;
    detail(&api, id, query.edition).await.map(Json)
}

/// Makes the next edition of a profile, or a new profile. Devices follow it at once; what is stored
/// stays as it is, and the old editions stay readable. A draft that says the same as the edition in
/// force makes none.
#[utoipa::path(
    put,
    path = "/profiles/{id}",
    tag = "registry",
    params(("id" = String, Path, description = "profile id")),
    request_body = EditProfile,
    responses(
        (status = 200, body = ProfileDetail),
        (status = 201, body = ProfileDetail, description = "a new profile"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn edit_profile(
    State(api): State<Arc<Api>>,
    Id(id): Id<String>,
    Body(asked): Body<EditProfile>,
) -> Result<(StatusCode, Json<ProfileDetail>), Problem> {
    let EditProfile { draft, author, remark, based_on, drops, drops_after_days } = asked;
    let text = draft_text(draft)?;
    let profile = Form::read(&text)?.check()?;
    if profile.id.as_str() != id {
        let reason = format!("`{}` is another profile, expected `{id}`", profile.id);
        let (place, given) = (Place::Key("id"), profile.id.to_string());
        return Err(
            BadProfile::from(Mistake { place, fault: Fault::OtherId, given, reason }).into()
        );
    }
    let (edit, now) = (Edit { text, author, remark, based_on, drops, drops_after_days }, api.now());
    let made = api
        .ask(move |stores| {
            let made = stores.registry.edit_profile(&edit, now)?;
            (stores.refresh)()?;
            Ok(made)
        })
        .await?;
    api.take_directory().await;
    let is_first = made.is_new && made.edition == 1;
    let status = if is_first { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(detail(&api, made.profile, Some(made.edition)).await?)))
}

/// What devices can report, and in which units.
#[utoipa::path(
    get,
    path = "/properties",
    tag = "registry",
    responses(
        (status = 200, body = PropertyList),
    ),
)]
pub(crate) async fn list_properties() -> Json<PropertyList> {
    Json(PropertyList { properties: PROPERTIES.iter().map(Into::into).collect() })
}

/// The file of a draft, whichever way it came.
pub(super) fn draft_text(draft: ProfileDraft) -> Result<String, Problem> {
    match draft {
        ProfileDraft { form: Some(form), text: None } => Ok(Form::from(form).write()),
        ProfileDraft { form: None, text: Some(text) } => Ok(text),
        _ => Err(Problem::bad_request("a draft is expected as `form` or as `text`, one of them")),
    }
}

async fn detail(api: &Api, id: ProfileId, number: Option<u32>) -> Result<ProfileDetail, Problem> {
    let asked = id.clone();
    let editions = api.ask(move |stores| Ok(stores.registry.editions_of(&asked)?)).await?;
    let shown = editions.iter().find(|edition| number.is_none_or(|n| n == edition.number));
    let shown = shown.ok_or_else(|| {
        let number = number.unwrap_or_default();
        Problem::new(Code::UnknownProfile, format!("profile `{id}` has no edition {number}"))
    })?;
    let (form, profile) = read(shown)?;
    Ok(ProfileDetail {
        profile: profile_view(&profile, shown, &devices_by_profile(&api.directory.load())),
        form: form.into(),
        text: shown.text.clone(),
        editions: editions.iter().map(Into::into).collect(),
    })
}

/// What the registry keeps reads.
fn read(edition: &Edition) -> Result<(Form, Profile), Problem> {
    let read = || {
        let form = Form::read(&edition.text)?;
        let profile = form.check()?;
        Ok((form, profile))
    };
    read().map_err(|error: BadProfile| Problem::internal(&error))
}

/// Devices in operation.
fn devices_by_profile(directory: &Directory) -> HashMap<ProfileId, u64> {
    let mut devices: HashMap<ProfileId, u64> = HashMap::new();
    for entry in directory.devices().filter(|entry| !entry.is_decommissioned()) {
        *devices.entry(entry.device.profile.clone()).or_default() += 1;
    }
    devices
}

fn profile_view(
    profile: &Profile,
    edition: &Edition,
    devices: &HashMap<ProfileId, u64>,
) -> ProfileView {
    ProfileView {
        id: profile.id.to_string(),
        kind: profile.kind.into(),
        title_uk: profile.title_uk.clone(),
        title_en: profile.title_en.clone(),
        regime: profile.regime.as_str().to_owned(),
        interval_s: profile.interval_s,
        stamp: profile.stamp.as_str().to_owned(),
        averaging_s: profile.averaging_s,
        retention_days: profile.retention_days,
        thresholds: thresholds_view(profile),
        fields: profile.fields.iter().filter_map(field_view).collect(),
        edition: edition.into(),
        devices: devices.get(&profile.id).copied().unwrap_or_default(),
    }
}

fn field_view(field: &Field) -> Option<FieldView> {
    let property = property(field.property.as_str())?;
    Some(FieldView {
        name: field.name.clone(),
        pointer: field.pointer.clone(),
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
