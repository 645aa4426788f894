//! Quarantine as a work list: rows are replayed after a mapping was put right, or discarded with a
//! remark. One call takes a bounded number of rows and says how many are left.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::limits::{QUARANTINE_ROWS_PER_CALL_MAX, REMARK_CHARS_MAX};
use store::intake::{Choice, Replayed};

use super::quarantine::reason;
use crate::extract::Body;
use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::view::{
    DiscardQuarantined, QuarantineDiscarded, QuarantineReplayed, ReplayQuarantined, StillUnusable,
};

/// Puts rows through the pipeline again, with the time at which they arrived.
#[utoipa::path(
    post,
    path = "/quarantine/replay",
    tag = "quarantine",
    request_body = ReplayQuarantined,
    responses(
        (status = 200, body = QuarantineReplayed),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn replay_quarantined(
    State(api): State<Arc<Api>>,
    Body(asked): Body<ReplayQuarantined>,
) -> Result<Json<QuarantineReplayed>, Problem> {
    let ReplayQuarantined { ids, device, reason, after } = asked;
    let choice = choice(ids, device, reason.as_deref(), after)?;
    // A device that was registered a moment ago counts.
    api.ask(|stores| Ok((stores.refresh)()?)).await?;
    let Replayed { replayed, unusable, put_off, left, last } =
        (api.replay)(choice, QUARANTINE_ROWS_PER_CALL_MAX).await?;
    if put_off > 0 {
        let detail = format!("the store took {replayed} rows and put {put_off} off, try again");
        return Err(Problem::new(Code::Unavailable, detail));
    }
    let unusable = unusable
        .into_iter()
        .map(|(id, reason, detail)| StillUnusable {
            id,
            reason: reason.as_str().to_owned(),
            detail,
        })
        .collect();
    Ok(Json(QuarantineReplayed { replayed, unusable, left, next: last.filter(|_| left > 0) }))
}

/// Takes rows off the list that are of no use; the remark says why.
#[utoipa::path(
    post,
    path = "/quarantine/discard",
    tag = "quarantine",
    request_body = DiscardQuarantined,
    responses(
        (status = 200, body = QuarantineDiscarded),
        (status = 400, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn discard_quarantined(
    State(api): State<Arc<Api>>,
    Body(asked): Body<DiscardQuarantined>,
) -> Result<Json<QuarantineDiscarded>, Problem> {
    let DiscardQuarantined { ids, device, reason, remark } = asked;
    let choice = choice(ids, device, reason.as_deref(), None)?;
    let remark = remark.trim().to_owned();
    let chars = remark.chars().count();
    if !(1..=REMARK_CHARS_MAX).contains(&chars) {
        let detail = format!("remark has {chars} characters, expected 1 to {REMARK_CHARS_MAX}");
        return Err(Problem::bad_request(detail));
    }
    let now = api.now();
    let done = api
        .ask(move |stores| {
            Ok(stores.intake.discard(&choice, &remark, now, QUARANTINE_ROWS_PER_CALL_MAX)?)
        })
        .await?;
    Ok(Json(QuarantineDiscarded { discarded: done.discarded, left: done.left }))
}

fn choice(
    ids: Option<Vec<i64>>,
    device: Option<String>,
    reason_code: Option<&str>,
    after: Option<i64>,
) -> Result<Choice, Problem> {
    if ids.is_none() && device.is_none() && reason_code.is_none() {
        return Err(Problem::bad_request("nothing is chosen, expected ids, device or reason"));
    }
    let asked = ids.as_ref().map_or(0, Vec::len);
    if asked > QUARANTINE_ROWS_PER_CALL_MAX {
        let detail = format!("{asked} ids, expected at most {QUARANTINE_ROWS_PER_CALL_MAX}");
        return Err(Problem::bad_request(detail));
    }
    let reason = reason_code.map(reason).transpose()?;
    Ok(Choice { ids, device, reason, after: after.unwrap_or(0) })
}
