//! The demo: the five programmes, a simulated city with devices bound to fitting funding, and its
//! publisher. Everything it makes is marked as simulated.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::Ground;
use crate::commands;

/// The simulated devices' tokens, so that the next start goes on with the same city.
const TOKENS_FILE: &str = "demo-tokens.csv";

/// Device id → token.
pub(super) type Tokens = HashMap<String, String>;

/// Imports programmes and devices when they are not there yet, and finds their tokens: what was done
/// to a device of the demo (changed, replaced, decommissioned) stays done. Blocks.
pub(super) fn prepare(ground: &Ground, data: &Path, seed: u64) -> anyhow::Result<Tokens> {
    let now = ground.clock.now();
    if ground.registry.programmes()?.is_empty() {
        let documents = store::programme_file::shipped()
            .map_err(|errors| anyhow::anyhow!("shipped programmes: {errors:?}"))?;
        ground.registry.import_programmes(&documents, now)?;
        info!(programmes = documents.len(), "imported the programmes of the demo");
    }
    let plan = firmware_sim::plan::Plan::new(seed);
    let csv = firmware_sim::plan::device_csv(&plan);
    let rows = store::device_file::read(csv.as_bytes(), "demo")
        .map_err(|errors| anyhow::anyhow!("devices of the demo: {errors:?}"))?;
    let file = data.join(TOKENS_FILE);
    let mut tokens = commands::device::read_tokens(&file)?;
    let known = ground.directory.load_full();
    let (present, new): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| known.device(row.id.as_str()).is_some());
    let made = ground.registry.import_devices(&new, now)?;
    let mut is_changed = !made.is_empty();
    tokens.extend(made.into_iter().map(|(id, token)| (id.to_string(), token.reveal().to_owned())));
    for row in present {
        let is_over = known.device(row.id.as_str()).is_some_and(|d| d.is_decommissioned());
        if !is_over && !tokens.contains_key(row.id.as_str()) {
            let token = ground.registry.rotate_token(&row.id, now)?;
            tokens.insert(row.id.to_string(), token.reveal().to_owned());
            is_changed = true;
        }
    }
    if is_changed {
        commands::device::write_tokens(&file, &tokens).context("tokens of the demo")?;
    }
    ground.directory.store(ground.registry.directory()?.into());
    Ok(tokens.into_iter().collect())
}

/// Publishes the city until `stop`.
pub(super) async fn run(
    broker: SocketAddr,
    tokens: Tokens,
    seed: u64,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let city = firmware_sim::run::Config::new(broker.to_string(), tokens, seed);
    firmware_sim::run::run(city, stop).await.context("the simulated city")
}
