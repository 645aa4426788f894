//! How often one device or address may come. Whoever comes too often is told so, counted, and let
//! in again after the time he is told. Right credentials never wait: ten thousand devices behind
//! one address come back together after a blackout.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use domain::DeviceId;
use domain::limits::{
    HTTP_REQUESTS_PER_ADDRESS_PER_S_MAX, HTTP_REQUESTS_PER_S_MAX, LOGIN_FAILURES_PER_S_MAX,
    TRACKER_CONNECTIONS_PER_S_MAX, TRACKER_FRAMES_PER_S_MAX,
};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::metrics::{Metrics, Turn};

/// What one may save up for a burst: a minute's worth.
const BURST_S: u32 = 60;
/// Devices or addresses that are remembered before the quiet ones are forgotten.
const KEYS_MAX: usize = 10_000;
/// After so many looks the quiet ones are looked for.
const LOOKS_PER_SWEEP: u32 = 4_096;

/// Somebody has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooOften {
    /// What he did too often.
    pub(crate) turn: Turn,
    /// How long he has to wait.
    pub(crate) wait: Duration,
}

/// The turns of all who come.
pub(crate) struct Turns {
    device_requests: Limiter<DeviceId>,
    address_requests: Limiter<IpAddr>,
    device_frames: Limiter<DeviceId>,
    address_connections: Limiter<IpAddr>,
    login_failures: Limiter<IpAddr>,
    metrics: Arc<Metrics>,
}

impl Turns {
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        Self {
            device_requests: Limiter::new(HTTP_REQUESTS_PER_S_MAX),
            address_requests: Limiter::new(HTTP_REQUESTS_PER_ADDRESS_PER_S_MAX),
            device_frames: Limiter::new(TRACKER_FRAMES_PER_S_MAX),
            address_connections: Limiter::new(TRACKER_CONNECTIONS_PER_S_MAX),
            login_failures: Limiter::new(LOGIN_FAILURES_PER_S_MAX),
            metrics,
        }
    }

    /// A request of a device over HTTP.
    pub(crate) fn request_of(&self, device: &DeviceId) -> Result<(), TooOften> {
        self.told(Turn::DeviceRequest, self.device_requests.look(device))
    }

    /// A request from an address over HTTP.
    pub(crate) fn request_from(&self, address: IpAddr) -> Result<(), TooOften> {
        self.told(Turn::AddressRequest, self.address_requests.look(&network(address)))
    }

    /// A frame or line of a tracker.
    pub(crate) fn frame_of(&self, device: &DeviceId) -> Result<(), TooOften> {
        self.told(Turn::TrackerFrame, self.device_frames.look(device))
    }

    /// A tracker's connection.
    pub(crate) fn connection_from(&self, address: IpAddr) -> Result<(), TooOften> {
        self.told(Turn::TrackerConnection, self.address_connections.look(&network(address)))
    }

    /// A login that failed, by whatever way.
    pub(crate) fn failure_from(&self, address: IpAddr) -> Result<(), TooOften> {
        self.told(Turn::LoginFailure, self.login_failures.look(&network(address)))
    }

    fn told(&self, turn: Turn, look: Result<(), Duration>) -> Result<(), TooOften> {
        look.map_err(|wait| {
            self.metrics.count_turn(turn);
            TooOften { turn, wait }
        })
    }
}

/// The address, or of IPv6 the network of 64 bits that one subscriber has.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        canonical @ IpAddr::V4(_) => canonical,
    }
}

struct Limiter<K: Clone + Eq + Hash> {
    keyed: DefaultKeyedRateLimiter<K>,
    looks: AtomicU32,
}

impl<K: Clone + Eq + Hash> Limiter<K> {
    fn new(per_second: u32) -> Self {
        let at_least_1 = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let burst = at_least_1(per_second.saturating_mul(BURST_S));
        let quota = Quota::per_second(at_least_1(per_second)).allow_burst(burst);
        Self { keyed: RateLimiter::keyed(quota), looks: AtomicU32::new(0) }
    }

    /// Is it his turn? `Err`: how long he has to wait for it.
    fn look(&self, key: &K) -> Result<(), Duration> {
        let looks = self.looks.fetch_add(1, Ordering::Relaxed);
        if looks.is_multiple_of(LOOKS_PER_SWEEP) && self.keyed.len() > KEYS_MAX {
            self.keyed.retain_recent();
        }
        let until = self.keyed.check_key(key);
        until.map_err(|until| until.wait_time_from(DefaultClock::default().now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn one_address_waits_while_the_others_do_not_and_it_is_counted() {
        let metrics = Arc::new(Metrics::default());
        let turns = Turns::new(Arc::clone(&metrics));
        let (busy, calm) = (address("192.0.2.7"), address("192.0.2.8"));
        let burst = LOGIN_FAILURES_PER_S_MAX * BURST_S;
        assert!((0..burst).all(|_| turns.failure_from(busy).is_ok()));
        let refused = (0..).find_map(|_| turns.failure_from(busy).err()).expect("refused at last");
        assert_eq!(refused.turn, Turn::LoginFailure);
        assert!(refused.wait <= Duration::from_secs(1), "{:?}", refused.wait);
        assert!(turns.failure_from(calm).is_ok());
        assert!(turns.connection_from(busy).is_ok(), "what it did too often is one thing");
        let text = metrics.render();
        assert!(text.contains("obrii_rate_refusals_total{of=\"login-failure\"} 1\n"), "{text}");
    }

    #[test]
    fn who_has_a_network_has_one_turn() {
        assert_eq!(network(address("2001:db8::1")), network(address("2001:db8::ffff:2")));
        assert_ne!(network(address("2001:db8::1")), network(address("2001:db8:0:1::1")));
        assert_eq!(network(address("::ffff:192.0.2.7")), address("192.0.2.7"));
    }

    #[test]
    fn the_quiet_ones_are_forgotten() {
        let limiter = Limiter::new(1_000_000);
        for key in 0..100_000_u32 {
            assert!(limiter.look(&key).is_ok());
        }
        assert!(limiter.keyed.len() < 100_000, "{} are remembered", limiter.keyed.len());
    }
}
