//! The API's own metrics, in the `OpenMetrics` text of `prometheus-client`. Labels have few values:
//! a route's pattern, never a path.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::http::Method;
use domain::intake::Tally;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::city_view::CityView;

/// The type of the text.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// What ends the text.
const END: &str = "# EOF\n";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ObjectLabels {
    kind: &'static str,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BalanceLabels {
    part: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct DeviceLabels {
    device: String,
    part: &'static str,
}

/// The balance as it stands on the page: gauges, since a replay takes readings out of quarantine.
fn balance_family(tally: &Tally) -> Family<BalanceLabels, Gauge> {
    let balance: Family<BalanceLabels, Gauge> = Family::default();
    for (part, count) in parts(tally) {
        balance.get_or_create(&BalanceLabels { part }).set(count as i64);
    }
    balance
}

/// The parts of a balance, by the names of their labels.
const fn parts(tally: &Tally) -> [(&'static str, u64); 6] {
    [
        ("received", tally.received),
        ("stored", tally.stored),
        ("corrected", tally.corrected),
        ("duplicate", tally.duplicate),
        ("quarantined", tally.quarantined),
        ("unknown_field", tally.unknown_field),
    ]
}

/// The text of the balance of each device; the empty id stands for all that belongs to none.
pub(crate) fn text_of_devices(tallies: Vec<(String, Tally)>) -> String {
    let balance: Family<DeviceLabels, Gauge> = Family::default();
    for (device, tally) in tallies {
        for (part, count) in parts(&tally) {
            let labels = DeviceLabels { device: device.clone(), part };
            balance.get_or_create(&labels).set(count as i64);
        }
    }
    let mut registry = Registry::with_prefix("obrii");
    let help = "What became of all readings that ever came of a device";
    registry.register("device_balance_readings", help, balance);
    let mut text = String::new();
    if let Err(error) = encode(&mut text, &registry) {
        tracing::error!(%error, "metrics of devices cannot be written");
    }
    text
}

/// The label of a method. Clients may invent methods: all of those share one label.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Counters and durations of requests.
#[derive(Debug)]
pub(crate) struct Metrics {
    requests: Family<RequestLabels, Counter<u64, AtomicU64>>,
    durations: Histogram,
}

impl Metrics {
    /// Nothing counted yet.
    pub(crate) fn new() -> Self {
        let seconds = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0];
        Self { requests: Family::default(), durations: Histogram::new(seconds) }
    }

    /// Counts a request.
    pub(crate) fn count(&self, method: &Method, route: &str, status: u16, took: Duration) {
        let labels =
            RequestLabels { method: method_label(method), route: route.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
        self.durations.observe(took.as_secs_f64());
    }

    /// The text: requests, the city by state, screens, the balance when it could be read, and then
    /// `more`, another such text.
    pub(crate) fn text(
        &self,
        view: &CityView,
        followers: usize,
        balance: Option<Tally>,
        more: &str,
    ) -> String {
        let mut registry = Registry::with_prefix("obrii");
        registry.register("http_requests", "Requests answered", self.requests.clone());
        registry.register(
            "http_request_duration_seconds",
            "Time to answer a request, the live stream apart",
            self.durations.clone(),
        );
        let live: Gauge = Gauge::default();
        live.set(followers as i64);
        registry.register("live_followers", "Screens that follow the live stream", live);
        let objects: Family<ObjectLabels, Gauge> = Family::default();
        for ((kind, state), count) in view.counts() {
            let labels = ObjectLabels { kind: kind.as_str(), state: state.as_str() };
            objects.get_or_create(&labels).set(count as i64);
        }
        registry.register("objects", "Objects by kind and state", objects);
        if let Some(tally) = balance {
            let help = "What became of all readings that ever came, of all devices together";
            registry.register("balance_readings", help, balance_family(&tally));
        }
        let mut text = String::new();
        if let Err(error) = encode(&mut text, &registry) {
            tracing::error!(%error, "metrics cannot be written");
        }
        let own = text.strip_suffix(END).unwrap_or(&text);
        let more = more.strip_suffix(END).unwrap_or(more);
        format!("{own}{more}{END}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_that_clients_invent_share_one_label() {
        let metrics = Metrics::new();
        for name in ["BREW", "WHEN"] {
            let method = Method::from_bytes(name.as_bytes()).expect("a token");
            metrics.count(&method, "none", 405, Duration::from_millis(1));
        }
        let text = metrics.text(&CityView::default(), 0, None, "# EOF\n");
        assert!(text.contains(r#"{method="other",route="none",status="405"} 2"#), "{text}");
        assert!(!text.contains("BREW"), "{text}");
    }

    #[test]
    fn two_texts_become_one_with_one_end() {
        let metrics = Metrics::new();
        metrics.count(&Method::GET, "/api/v1/status", 200, Duration::from_millis(5));
        let text = metrics.text(&CityView::default(), 2, None, "obrii_stored_total 7\n# EOF\n");
        let expected =
            r#"obrii_http_requests_total{method="GET",route="/api/v1/status",status="200"} 1"#;
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("obrii_live_followers 2"), "{text}");
        assert!(text.ends_with("obrii_stored_total 7\n# EOF\n"), "{text}");
        assert_eq!(text.matches("# EOF").count(), 1);
    }
}
