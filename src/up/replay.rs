//! A replay as it is asked for at the socket, and what came out of it.

use std::sync::Arc;

use domain::intake::Reason;
use domain::limits::QUARANTINE_ROWS_PER_CALL_MAX;
use ingest::Replayer;
use serde::{Deserialize, Serialize};
use store::intake::{Choice, Replayed};
use tracing::info;

use super::follow::Follower;

/// Which rows of quarantine, as [`Choice`] says.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    ids: Option<Vec<i64>>,
    device: Option<String>,
    /// The reason's code.
    reason: Option<String>,
    after: i64,
}

/// What became of them, as [`Replayed`] says.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Done {
    replayed: u64,
    /// Number, the reason's code, the same in words.
    unusable: Vec<(i64, String, String)>,
    put_off: u64,
    left: u64,
    last: Option<i64>,
}

impl From<&Choice> for Asked {
    fn from(choice: &Choice) -> Self {
        let Choice { ids, device, reason, after } = choice.clone();
        Self { ids, device, reason: reason.map(|reason| reason.as_str().to_owned()), after }
    }
}

impl Asked {
    fn choice(self) -> anyhow::Result<Choice> {
        let Self { ids, device, reason, after } = self;
        let reason = reason.as_deref().map(reason_of).transpose()?;
        Ok(Choice { ids, device, reason, after })
    }
}

impl Done {
    /// As whoever asked works with it.
    pub(super) fn replayed(self) -> anyhow::Result<Replayed> {
        let Self { replayed, unusable, put_off, left, last } = self;
        let row = |(id, reason, detail): (i64, String, String)| {
            anyhow::Ok((id, reason_of(&reason)?, detail))
        };
        let unusable = unusable.into_iter().map(row).collect::<anyhow::Result<_>>()?;
        Ok(Replayed { replayed, unusable, put_off, left, last })
    }
}

fn reason_of(code: &str) -> anyhow::Result<Reason> {
    Reason::parse(code).ok_or_else(|| anyhow::anyhow!("`{code}` is no code of a reason"))
}

/// Replays the first rows of a choice, one call's worth.
pub(super) async fn replay(
    replayer: &Replayer,
    follower: &Arc<Follower>,
    asked: Asked,
) -> anyhow::Result<Done> {
    let choice = asked.choice()?;
    // A device that was registered a moment ago counts.
    let follower = Arc::clone(follower);
    tokio::task::spawn_blocking(move || follower.refresh()).await??;
    let done = replayer.replay(choice, QUARANTINE_ROWS_PER_CALL_MAX).await?;
    let Replayed { replayed, unusable, put_off, left, last } = done;
    info!(replayed, unusable = unusable.len(), "a command replayed quarantine");
    let row =
        |(id, reason, detail): (i64, Reason, String)| (id, reason.as_str().to_owned(), detail);
    let unusable = unusable.into_iter().map(row).collect();
    Ok(Done { replayed, unusable, put_off, left, last })
}
