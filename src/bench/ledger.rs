//! What the publishers know: how many messages of each connection were acknowledged, and how long
//! each took. It lives outside of the platform, so no crash of the platform can touch it.

use domain::Timestamp;

/// The ledger of one connection. Message `n` carries the time `begin + n` ms, and QoS 1 on one
/// connection is acknowledged in order, so a count is the whole truth.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Whose it is; the device's object has the same id.
    pub(super) device: String,
    /// Time of message 0.
    pub(super) begin: Timestamp,
    /// Messages acknowledged: those numbered below.
    pub(super) acked: u64,
    /// Publish to PUBACK, microseconds, in order.
    pub(super) ack_us: Vec<u32>,
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
