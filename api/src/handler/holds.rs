//! What of an object is held as evidence. Made and released on the command line only.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::Timestamp;
use domain::evidence::Evidence;
use store::registry::Hold;

use super::objects;
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::Api;
use crate::view::{HoldList, HoldView};

/// Readings of an object that retention passes over, and those that were held before.
#[utoipa::path(
    get,
    path = "/objects/{id}/holds",
    tag = "objects",
    params(("id" = String, Path, description = "object id")),
    responses(
        (status = 200, body = HoldList),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_object_holds(
    State(api): State<Arc<Api>>,
    Id(id): Id<String>,
) -> Result<Json<HoldList>, Problem> {
    let now = api.now();
    let directory = api.directory.load_full();
    let object = directory.object_by_id(&id).ok_or_else(|| objects::unknown(&id))?.id.clone();
    let held = api.ask(move |stores| Ok(stores.registry.holds(Some(&object))?)).await?;
    let holds = held.into_iter().map(|hold| hold_view(hold, now)).collect();
    Ok(Json(HoldList { holds }))
}

fn hold_view(hold: Hold, now: Timestamp) -> HoldView {
    let in_force = hold.is_in_force(now);
    let Evidence { from, to, kind, reason, until, .. } = hold.evidence;
    let (released_at, remark) = hold.released.unzip();
    HoldView {
        no: hold.no,
        from: from.into(),
        to: to.into(),
        kind: kind.as_str().to_owned(),
        reason,
        made_at: hold.made_at.into(),
        until: until.into(),
        in_force,
        released_at: released_at.map(Into::into),
        remark,
    }
}
