//! Devices that nobody registered: a list from which they are.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::directory::Directory;
use domain::intake::Glimpse;
use domain::limits::{LOGIN_REFUSALS_MAX, PAGE_ROWS_MAX};
use domain::profile::Kind;
use serde::Deserialize;
use store::intake::{QuarantineFilter, Quarantined};
use utoipa::IntoParams;

use crate::config::{GLIMPSE_MESSAGES, PAGE_ROWS};
use crate::extract::Params;
use crate::problem::Problem;
use crate::state::{Api, Stores};
use crate::unknown::{Unknown, gather};
use crate::view::{PageMeta, SentField, SuggestedProfile, UnknownDevicePage, UnknownDeviceView};

/// Which of them, and which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UnknownQuery {
    /// Only the one that claims this name.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// Only those behind this place: `meta.next` of the page before.
    #[serde(default)]
    pub(crate) after: Option<String>,
    /// Rows of a page, at most 1000; left out: 100.
    #[serde(default)]
    pub(crate) limit: Option<usize>,
}

/// Devices that were heard of and that nobody registered, once each, the one heard of last first.
#[utoipa::path(
    get,
    path = "/unknown-devices",
    tag = "devices",
    params(UnknownQuery),
    responses(
        (status = 200, body = UnknownDevicePage),
        (status = 400, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_unknown_devices(
    State(api): State<Arc<Api>>,
    Params(query): Params<UnknownQuery>,
) -> Result<Json<UnknownDevicePage>, Problem> {
    let limit = query.limit.unwrap_or(PAGE_ROWS);
    if !(1..=PAGE_ROWS_MAX).contains(&limit) {
        let detail = format!("limit is {limit}, expected 1 to {PAGE_ROWS_MAX}");
        return Err(Problem::bad_request(detail));
    }
    let after = query.after.as_deref().map(place).transpose()?;
    let (directory, glimpse) = (api.directory.load_full(), api.glimpse);
    let page = api.ask(move |stores| {
        let refusals = stores.intake.login_refusals(LOGIN_REFUSALS_MAX as usize)?;
        let mut all = gather(&stores.intake.summary()?, &refusals, &directory);
        all.retain(|unknown| query.name.as_ref().is_none_or(|name| unknown.name == *name));
        let total = all.len() as u64;
        if let Some((last, name)) = after {
            all.retain(|unknown| unknown.place() > (std::cmp::Reverse(last), name.as_str()));
        }
        let has_more = all.len() > limit;
        all.truncate(limit);
        let next = all.last().filter(|_| has_more);
        let next = next.map(|unknown| format!("{}~{}", unknown.last.millis(), unknown.name));
        let view = |unknown: Unknown| {
            let messages = newest(stores, &unknown)?;
            let glimpse = glimpse(&directory, &messages);
            Ok(unknown_view(unknown, messages.first(), glimpse, &directory))
        };
        let unknown_devices = all.into_iter().map(view).collect::<Result<_, Problem>>()?;
        Ok(UnknownDevicePage { unknown_devices, meta: PageMeta { total, next } })
    });
    Ok(Json(page.await?))
}

/// Reads where a page ended.
fn place(after: &str) -> Result<(i64, String), Problem> {
    let (last, name) = after.split_once('~').unwrap_or_default();
    let last = last.parse();
    last.map(|last| (last, name.to_owned())).map_err(|_| {
        Problem::bad_request(format!("after is `{after}`, expected `meta.next` of a page"))
    })
}

/// The newest of its messages.
fn newest(stores: &Stores, unknown: &Unknown) -> Result<Vec<Quarantined>, Problem> {
    let Some(reason) = unknown.reasons.first() else { return Ok(Vec::new()) };
    let of_it = QuarantineFilter { device: Some(unknown.name.clone()), reason: Some(*reason) };
    let rows = stores.intake.list(&of_it, None, GLIMPSE_MESSAGES)?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

fn unknown_view(
    unknown: Unknown,
    newest: Option<&Quarantined>,
    glimpse: Glimpse,
    directory: &Directory,
) -> UnknownDeviceView {
    let (login_gateway, address) = unknown.logins.newest.unzip();
    let login_gateway = login_gateway.filter(|gateway| !gateway.is_empty());
    let tracker = login_gateway.as_deref().filter(|g| matches!(*g, "teltonika" | "wialon"));
    // Who never got in has shown no topic; of a tracker the way says enough.
    let external_id = glimpse.external_id.map(|id| id.to_string());
    let external_id = external_id.or_else(|| tracker.map(|_| unknown.name.to_lowercase()));
    let profiles: Vec<_> = glimpse
        .profiles
        .iter()
        .filter_map(|(id, known)| Some((directory.profile(id.as_str())?, *known)))
        .collect();
    let kind = glimpse.kind.or_else(|| profiles.first().map(|(profile, _)| profile.kind));
    UnknownDeviceView {
        messages: unknown.messages,
        dropped: unknown.dropped,
        refused_logins: unknown.logins.count,
        reasons: unknown.reasons.iter().map(|reason| reason.as_str().to_owned()).collect(),
        first: unknown.first.into(),
        last: unknown.last.into(),
        format: glimpse.format.or(tracker).map(str::to_owned),
        kind: kind.or(tracker.map(|_| Kind::Vehicle)).map(Into::into),
        topic: newest.map(|row| row.topic.clone()),
        speaker: newest.and_then(|row| row.speaker.clone()),
        gateway: newest.map(|row| row.gateway.clone()).or(login_gateway),
        address,
        device: glimpse.device.map(|id| id.to_string()),
        external_id,
        community: glimpse.community.map(|id| id.to_string()),
        fields: glimpse.fields.into_iter().map(|(name, value)| SentField { name, value }).collect(),
        profiles: profiles
            .into_iter()
            .map(|(profile, known)| SuggestedProfile {
                id: profile.id.to_string(),
                title_uk: profile.title_uk.clone(),
                title_en: profile.title_en.clone(),
                known_fields: known as u64,
            })
            .collect(),
        name: unknown.name,
    }
}
