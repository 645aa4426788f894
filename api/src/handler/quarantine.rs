//! Quarantine, refused logins, and the balance of readings.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::directory::Directory;
use domain::intake::{Reason, Tally};
use domain::search::{Haystack, Needle, natural_cmp};
use serde::Deserialize;
use store::intake::{Filed, QuarantineFilter};
use utoipa::IntoParams;

use crate::city_view::CityView;
use crate::config::{BALANCE_DEVICES_MAX, LOGIN_REFUSALS_SHOWN_MAX, QUARANTINE_SHOWN_BYTES_MAX};
use crate::extract::{Id, Params};
use crate::page::{finds_device, page_limit};
use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::view::{
    BalanceView, DeviceBalance, LoginRefusalView, LoginRefusals, QuarantineGroupView,
    QuarantinePage, QuarantineRow, QuarantineStateWord, QuarantineSummary,
};

/// Which rows.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct QuarantineQuery {
    /// Only of this device, as claimed.
    #[serde(default)]
    pub(crate) device: Option<String>,
    /// Only with this reason's code.
    #[serde(default)]
    pub(crate) reason: Option<String>,
    /// Only rows in this state; left out: open ones.
    #[serde(default)]
    #[param(required = false)]
    pub(crate) state: QuarantineStateWord,
    /// Only rows older than this number: `next` of the page before.
    #[serde(default)]
    pub(crate) before: Option<i64>,
    /// Rows of a page, at most 1000; left out: 100.
    #[serde(default)]
    pub(crate) limit: Option<usize>,
}

/// Messages that could not be used, newest first: those that are open, or those that were settled.
#[utoipa::path(
    get,
    path = "/quarantine",
    tag = "quarantine",
    params(QuarantineQuery),
    responses(
        (status = 200, body = QuarantinePage),
        (status = 400, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_quarantine(
    State(api): State<Arc<Api>>,
    Params(query): Params<QuarantineQuery>,
) -> Result<Json<QuarantinePage>, Problem> {
    let limit = page_limit(query.limit)?;
    let reason = query.reason.as_deref().map(reason).transpose()?;
    let filter = QuarantineFilter { device: query.device, reason };
    let (settled, before) = (query.state.settled(), query.before);
    let rows = api
        .ask(move |stores| Ok(stores.intake.list_filed(settled, &filter, before, limit)?))
        .await?;
    let next = rows.last().filter(|_| rows.len() == limit).map(|filed| filed.id);
    let directory = api.directory.load();
    let row = |filed| quarantine_row(filed, QUARANTINE_SHOWN_BYTES_MAX, &directory);
    let quarantine = rows.into_iter().map(row).collect();
    Ok(Json(QuarantinePage { quarantine, next }))
}

/// One quarantined message with all its kept bytes, and what became of it.
#[utoipa::path(
    get,
    path = "/quarantine/{id}",
    tag = "quarantine",
    params(("id" = i64, Path, description = "its number")),
    responses(
        (status = 200, body = QuarantineRow),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_quarantined(
    State(api): State<Arc<Api>>,
    Id(id): Id<i64>,
) -> Result<Json<QuarantineRow>, Problem> {
    let filed = quarantined(&api, id).await?;
    Ok(Json(quarantine_row(filed, usize::MAX, &api.directory.load())))
}

/// A row that is kept, open or not.
pub(super) async fn quarantined(api: &Api, id: i64) -> Result<Filed, Problem> {
    let found = api.ask(move |stores| Ok(stores.intake.find(id)?)).await?;
    found.ok_or_else(|| {
        Problem::new(Code::NotFound, format!("nothing in quarantine has the number {id}"))
    })
}

/// Quarantine by reason and device, with the balance of all readings.
#[utoipa::path(
    get,
    path = "/quarantine/summary",
    tag = "quarantine",
    responses(
        (status = 200, body = QuarantineSummary),
    ),
)]
pub(crate) async fn get_quarantine_summary(
    State(api): State<Arc<Api>>,
) -> Result<Json<QuarantineSummary>, Problem> {
    let (groups, balance) =
        api.ask(|stores| Ok((stores.intake.summary()?, stores.intake.tally_total()?))).await?;
    let mut groups: Vec<QuarantineGroupView> = groups
        .into_iter()
        .map(|group| QuarantineGroupView {
            reason: group.reason.as_str().to_owned(),
            device: group.device,
            count: group.count,
            dropped: group.dropped,
            first: group.first.into(),
            last: group.last.into(),
        })
        .collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.count + group.dropped));
    Ok(Json(QuarantineSummary { groups, balance: balance.into() }))
}

/// Who was refused at the broker and the other ways in, newest first.
#[utoipa::path(
    get,
    path = "/login-refusals",
    tag = "quarantine",
    responses(
        (status = 200, body = LoginRefusals),
    ),
)]
pub(crate) async fn list_login_refusals(
    State(api): State<Arc<Api>>,
) -> Result<Json<LoginRefusals>, Problem> {
    let refusals =
        api.ask(|stores| Ok(stores.intake.login_refusals(LOGIN_REFUSALS_SHOWN_MAX)?)).await?;
    let login_refusals = refusals
        .into_iter()
        .map(|refusal| LoginRefusalView {
            user: refusal.user,
            address: refusal.address,
            reason: refusal.reason.as_str().to_owned(),
            gateway: refusal.gateway,
            count: refusal.count,
            first: refusal.first.into(),
            last: refusal.last.into(),
        })
        .collect();
    Ok(Json(LoginRefusals { login_refusals }))
}

/// Of which devices the balance is asked.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BalanceQuery {
    /// Only of this one; empty: of what belongs to none. Left out: the 1000 with the most in
    /// quarantine.
    #[serde(default)]
    pub(crate) device: Option<String>,
    /// Words that stand in id or name of the device, or in the papers of its object.
    #[serde(default)]
    pub(crate) q: Option<String>,
}

/// What became of all readings, in all and by device.
#[utoipa::path(
    get,
    path = "/balance",
    tag = "quarantine",
    params(BalanceQuery),
    responses(
        (status = 200, body = BalanceView),
    ),
)]
pub(crate) async fn get_balance(
    State(api): State<Arc<Api>>,
    Params(query): Params<BalanceQuery>,
) -> Result<Json<BalanceView>, Problem> {
    let mut tallies = api.ask(|stores| Ok(stores.intake.tallies()?)).await?;
    let total = total(&tallies).into();
    if let Some(device) = query.device {
        tallies.retain(|(of, _)| *of == device);
    }
    if let Some(needle) = query.q.as_deref().map(Needle::new) {
        api.feed.read(|view| tallies.retain(|(device, _)| is_found(&needle, device, view)));
    }
    let found = tallies.len() as u64;
    tallies.sort_by(|(a_id, a), (b_id, b)| {
        b.quarantined.cmp(&a.quarantined).then_with(|| natural_cmp(a_id, b_id))
    });
    let devices = tallies
        .into_iter()
        .take(BALANCE_DEVICES_MAX)
        .map(|(device, tally)| DeviceBalance { device, tally: tally.into() })
        .collect();
    Ok(Json(BalanceView { total, devices, found }))
}

fn is_found(needle: &Needle, id: &str, view: &CityView) -> bool {
    let Some(device) = view.directory().device(id) else {
        return needle.is_in(&Haystack::default(), &[id]);
    };
    let binding = device.bindings.last();
    finds_device(needle, device, binding.and_then(|binding| view.entry(binding.object.no)))
}

pub(super) fn reason(code: &str) -> Result<Reason, Problem> {
    Reason::parse(code).ok_or_else(|| {
        let known: Vec<&str> = Reason::ALL.iter().map(|r| r.as_str()).collect();
        Problem::bad_request(format!("reason `{code}`, expected one of {}", known.join(", ")))
    })
}

fn total(tallies: &[(String, Tally)]) -> Tally {
    let mut total = Tally::default();
    for (_, tally) in tallies {
        total += *tally;
    }
    total
}

fn quarantine_row(filed: Filed, shown_bytes_max: usize, directory: &Directory) -> QuarantineRow {
    let Filed { id, row, kept_bytes, settlement } = filed;
    let shown = &row.payload[..row.payload.len().min(shown_bytes_max)];
    QuarantineRow {
        id,
        payload_text: String::from_utf8_lossy(shown).into_owned(),
        payload_hex: hex(shown),
        kept_bytes,
        profile: directory.device(&row.device).map(|entry| entry.profile.id.to_string()),
        device: row.device,
        topic: row.topic,
        payload_bytes: row.payload_bytes,
        reason: row.reason.as_str().to_owned(),
        detail: row.detail,
        elements: row.elements.map(|elements| elements.to_string()),
        readings: row.readings,
        arrived_at: row.arrived_at.into(),
        gateway: row.gateway,
        state: settlement.as_ref().map_or_else(Default::default, |settled| settled.how.into()),
        settled_at: settlement.as_ref().map(|settled| settled.at.into()),
        remark: settlement.and_then(|settled| settled.remark),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;

    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing into a string cannot fail");
    }
    text
}
