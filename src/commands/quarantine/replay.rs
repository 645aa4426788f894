//! Replays from the command line. The series has one owner: a platform that runs on the folder is
//! asked, otherwise the command runs the pipeline itself.

use std::path::Path;

use domain::limits::QUARANTINE_ROWS_PER_CALL_MAX;
use store::intake::{Choice, Replayed};

use crate::commands::registry;
use crate::exit::Exit;
use crate::file::Blocks;
use crate::up::{Alone, ask_replay, service_areas};

/// Replays all rows of a choice, a call's worth at a time.
pub(super) async fn all(data: &Path, blocks: &Blocks, choice: Choice) -> anyhow::Result<Replayed> {
    if let Some(first) = ask_replay(data, &choice)? {
        let gone = || anyhow::anyhow!("the platform ended before everything was replayed");
        return go_on(first, choice, async |rest| ask_replay(data, rest)?.ok_or_else(gone)).await;
    }
    let (areas, mistakes) = service_areas(&blocks.service_areas);
    if !mistakes.is_empty() {
        return Err(Exit::usage(mistakes.join("\n")).into());
    }
    let alone = Alone::start(data, areas).await?;
    let replayer = alone.replayer();
    let call = async |rest: &Choice| {
        let done = replayer.replay(rest.clone(), QUARANTINE_ROWS_PER_CALL_MAX).await;
        done.map_err(registry::refused)
    };
    let done = match call(&choice).await {
        Ok(first) => go_on(first, choice, call).await,
        Err(error) => Err(error),
    };
    alone.stop().await;
    done
}

/// Calls again behind the last row as long as rows are left; what all calls did.
async fn go_on(
    first: Replayed,
    mut choice: Choice,
    call: impl AsyncFn(&Choice) -> anyhow::Result<Replayed>,
) -> anyhow::Result<Replayed> {
    let mut done = first;
    loop {
        if done.put_off > 0 {
            let (used, late) = (done.replayed, done.put_off);
            anyhow::bail!("the store took {used} messages and put {late} off, try again");
        }
        match done.last {
            Some(last) if done.left > 0 => choice.after = last,
            _ => return Ok(done),
        }
        let Replayed { replayed, unusable, put_off, left, last } = call(&choice).await?;
        done.replayed += replayed;
        done.unusable.extend(unusable);
        (done.put_off, done.left, done.last) = (put_off, left, last);
    }
}
