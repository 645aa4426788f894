//! Counter-based random numbers: every draw is a pure function of a key and a counter, so a device
//! can be asked about any moment in any order, and no device's draws depend on another's.

use domain::Timestamp;

/// A family of draws. Two keys that differ in seed, owner or purpose are independent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(u64);

impl Key {
    /// The key of one purpose (`"faults"`, `"weather"`) of one owner (a device id) of a seed.
    pub(crate) fn new(seed: u64, owner: &str, purpose: &str) -> Self {
        // FNV-1a over both texts, the owner closed by a byte that no text contains.
        let bytes = owner.bytes().chain([0xff]).chain(purpose.bytes());
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(mix(hash ^ mix(seed)))
    }

    /// A further family below this one.
    pub(crate) fn part(self, part: &str) -> Self {
        Self::new(self.0, part, "part")
    }

    /// The draw number `n`, all 64 bits.
    pub(crate) fn bits(self, n: i64) -> u64 {
        mix(self.0 ^ mix(n as u64))
    }

    /// The draw number `n`, 0 ≤ x < 1.
    pub(crate) fn unit(self, n: i64) -> f64 {
        // 53 bits fill the mantissa exactly.
        (self.bits(n) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The draw number `n`, low ≤ x < high.
    pub(crate) fn between(self, n: i64, low: f64, high: f64) -> f64 {
        low + self.unit(n) * (high - low)
    }

    /// The draw number `n` as a place in a list of `len`; 0 for an empty list.
    pub(crate) fn index(self, n: i64, len: usize) -> usize {
        ((self.unit(n) * len as f64) as usize).min(len.saturating_sub(1))
    }

    /// A curve through random knots each `period_ms`, −1 … 1, smooth (cosine between knots).
    pub(crate) fn smooth(self, at: Timestamp, period_ms: i64) -> f64 {
        let knot = at.millis().div_euclid(period_ms);
        let part = at.millis().rem_euclid(period_ms) as f64 / period_ms as f64;
        let weight = (1.0 - (std::f64::consts::PI * part).cos()) / 2.0;
        let (from, to) = (self.between(knot, -1.0, 1.0), self.between(knot + 1, -1.0, 1.0));
        from + (to - from) * weight
    }
}

/// The finaliser of `SplitMix64` (Steele, Lea, Flood, 2014).
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_even_and_depend_on_every_part_of_the_key() {
        let key = Key::new(7, "air-01", "faults");
        let mean = (0..10_000).map(|n| key.unit(n)).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
        for other in [
            Key::new(8, "air-01", "faults"),
            Key::new(7, "air-02", "faults"),
            Key::new(7, "air-01", "noise"),
            Key::new(7, "air-0", "1faults"),
            key.part("x"),
        ] {
            assert_ne!(key.bits(0), other.bits(0));
        }
    }

    #[test]
    fn a_smooth_curve_has_no_steps() {
        let key = Key::new(1, "city", "wind");
        let curve = |ms: i64| key.smooth(Timestamp(ms), 60_000);
        let step = (0..600_000).step_by(100).map(|ms| (curve(ms + 100) - curve(ms)).abs());
        assert!(step.fold(0.0, f64::max) < 0.01);
        assert!((-100..100).all(|n| curve(n * 7_919).abs() <= 1.0));
    }
}
