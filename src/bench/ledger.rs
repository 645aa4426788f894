//! What the publishers know: how many messages of each connection were acknowledged, and how long
//! each took. It lives outside of the platform, so no crash of the platform can touch it.

use std::path::Path;

use anyhow::Context as _;
use domain::Timestamp;
use store::registry::Registry;
use store::series::{Embedded, Series as _};

use crate::commands::registry;

/// The ledger of one connection. Messages are acknowledged in the order in which they were sent,
/// and reading `n` carries the time `begin + n` ms: so a count is the whole truth.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Whose it is; the device's object has the same id.
    pub(super) device: String,
    /// Time of reading 0.
    pub(super) begin: Timestamp,
    /// Messages acknowledged: those numbered below.
    pub(super) acked: u64,
    /// Publish to acknowledgement, microseconds, in order.
    pub(super) ack_us: Vec<u32>,
}

/// What the ledgers and the store say of each other.
#[derive(Debug, Default)]
pub(super) struct Audit {
    /// Readings acknowledged.
    pub(super) acked: u64,
    /// Readings found in the store.
    pub(super) stored: u64,
    /// Readings acknowledged that are not in the store.
    pub(super) missing: u64,
    /// Bytes of the series' folder for each observation in it.
    pub(super) bytes_per_observation: f64,
}

impl Audit {
    /// Opens what the platform left and looks for every acknowledged reading.
    pub(super) fn of(data: &Path, ledgers: &[Ledger], readings: u64) -> anyhow::Result<Self> {
        let series = Embedded::open(&data.join("series"))?;
        let directory = Registry::open(&registry::file(data))?.directory()?;
        let size = series.size()?;
        let mut audit = Self {
            bytes_per_observation: size.bytes as f64 / size.observations.max(1) as f64,
            ..Self::default()
        };
        for ledger in ledgers {
            let object = directory.object_by_id(&ledger.device).context("a device's object")?.no;
            let count = |to| -> anyhow::Result<u64> {
                let counts = series.count_rows(&[object], ledger.begin, to)?;
                counts.first().copied().context("a count for the object")
            };
            // What was acknowledged is a span of time without a hole.
            let acked = ledger.acked * readings;
            let found = count(ledger.begin.plus_ms(acked.cast_signed()))?;
            audit.acked += acked;
            audit.missing += acked.saturating_sub(found);
            audit.stored += count(Timestamp(i64::MAX))?;
        }
        Ok(audit)
    }
}

/// All waiting times of the ledgers, ascending, microseconds.
pub(super) fn sorted_ack_us(ledgers: &[Ledger]) -> Vec<u32> {
    let mut times: Vec<u32> = ledgers.iter().flat_map(|l| l.ack_us.iter().copied()).collect();
    times.sort_unstable();
    times
}

/// The `share` (0–1) of all waiting times, milliseconds; 0 when nothing was acknowledged.
pub(super) fn percentile_ms(sorted_us: &[u32], share: f64) -> f64 {
    if sorted_us.is_empty() {
        return 0.0;
    }
    let last = sorted_us.len() - 1;
    f64::from(sorted_us[(last as f64 * share).round() as usize]) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_sorted_times() {
        let times: Vec<u32> = (0..=100).map(|ms| ms * 1000).collect();
        assert!((percentile_ms(&times, 0.5) - 50.0).abs() < 1e-9);
        assert!((percentile_ms(&times, 0.99) - 99.0).abs() < 1e-9);
        assert!(percentile_ms(&[], 0.5).abs() < 1e-9);
    }
}
