//! What the pipeline counts, and the text in which Prometheus reads it. Labels have few values:
//! never a device id. Counters say what came since the start and how it was judged when it came:
//! a replay is no arrival. How readings stand now is said by the balance (`docs/WIRE.md`).

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use domain::intake::{LoginReason, Reason, Tally};

/// Upper bounds of the commit time histogram, microseconds.
const COMMIT_BOUNDS_US: [u64; 12] =
    [250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000];

/// What is bounded in how often it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// A request of a device over HTTP.
    DeviceRequest,
    /// A request from an address over HTTP.
    AddressRequest,
    /// A frame or line of a tracker.
    TrackerFrame,
    /// A connection of a tracker from an address.
    TrackerConnection,
    /// A login from an address that failed.
    LoginFailure,
}

impl Turn {
    /// All of them with their words, in their order.
    const ALL: [(Self, &str); 5] = [
        (Self::DeviceRequest, "device-request"),
        (Self::AddressRequest, "address-request"),
        (Self::TrackerFrame, "tracker-frame"),
        (Self::TrackerConnection, "tracker-connection"),
        (Self::LoginFailure, "login-failure"),
    ];
}

/// A counter.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn increment(&self) {
        self.add(1);
    }

    /// `n` more.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }

    /// As it stands.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }

    fn set(&self, value: u64) {
        self.0.store(value, Relaxed);
    }
}

/// All counters of the pipeline.
#[derive(Debug)]
pub struct Metrics {
    /// Readings that arrived.
    pub received: Counter,
    /// New ones on disk.
    pub stored: Counter,
    /// Ones that replaced another value.
    pub corrected: Counter,
    /// Ones that were there already.
    pub duplicate: Counter,
    /// Ones in quarantine.
    pub quarantined: Counter,
    /// Fields that no profile knows.
    pub unknown_field: Counter,
    /// Late ones.
    pub late: Counter,
    /// Ones of quality of service 0.
    pub qos0: Counter,
    /// Messages that arrived.
    pub messages: Counter,
    /// Commits that succeeded.
    pub commits: Counter,
    /// Attempts to commit that failed.
    pub commit_failures: Counter,
    /// Messages that were answered with "send again".
    pub retries: Counter,
    /// Quarantine rows that were dropped to keep its bounds.
    pub quarantine_dropped: Counter,
    /// Connections closed because of a packet beyond the broker's limit.
    pub refused_too_large: Counter,
    /// Publishes that were not allowed.
    pub publish_refusals: Counter,
    /// Messages in the queue between gateways and pipeline.
    queue_arrivals: Counter,
    quarantine_reasons: Vec<Counter>,
    login_reasons: Vec<Counter>,
    turns: [Counter; Turn::ALL.len()],
    commit_us: [Counter; COMMIT_BOUNDS_US.len() + 1],
    commit_us_sum: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        let counters = |n| std::iter::repeat_with(Counter::default).take(n).collect();
        Self {
            received: Counter::default(),
            stored: Counter::default(),
            corrected: Counter::default(),
            duplicate: Counter::default(),
            quarantined: Counter::default(),
            unknown_field: Counter::default(),
            late: Counter::default(),
            qos0: Counter::default(),
            messages: Counter::default(),
            commits: Counter::default(),
            commit_failures: Counter::default(),
            retries: Counter::default(),
            quarantine_dropped: Counter::default(),
            refused_too_large: Counter::default(),
            publish_refusals: Counter::default(),
            queue_arrivals: Counter::default(),
            quarantine_reasons: counters(Reason::ALL.len()),
            login_reasons: counters(LoginReason::ALL.len()),
            turns: Default::default(),
            commit_us: Default::default(),
            commit_us_sum: Counter::default(),
        }
    }
}

impl Metrics {
    /// What became of all that came since the start, as it was judged then.
    pub fn tally(&self) -> Tally {
        Tally {
            received: self.received.get(),
            stored: self.stored.get(),
            corrected: self.corrected.get(),
            duplicate: self.duplicate.get(),
            quarantined: self.quarantined.get(),
            unknown_field: self.unknown_field.get(),
            late: self.late.get(),
            qos0: self.qos0.get(),
        }
    }

    pub(crate) fn count(&self, tally: Tally) {
        self.received.add(tally.received);
        self.stored.add(tally.stored);
        self.corrected.add(tally.corrected);
        self.duplicate.add(tally.duplicate);
        self.quarantined.add(tally.quarantined);
        self.unknown_field.add(tally.unknown_field);
        self.late.add(tally.late);
        self.qos0.add(tally.qos0);
    }

    pub(crate) fn count_reason(&self, reason: Reason) {
        self.quarantine_reasons[reason as usize].increment();
    }

    pub(crate) fn count_login(&self, reason: LoginReason) {
        self.login_reasons[reason as usize].increment();
    }

    pub(crate) fn count_turn(&self, turn: Turn) {
        self.turns[turn as usize].increment();
    }

    pub(crate) fn set_queue(&self, arrivals: usize) {
        self.queue_arrivals.set(arrivals as u64);
    }

    pub(crate) fn count_commit(&self, took: Duration) {
        let us = took.as_micros() as u64;
        let bucket = COMMIT_BOUNDS_US.iter().position(|bound| us <= *bound);
        self.commit_us[bucket.unwrap_or(COMMIT_BOUNDS_US.len())].increment();
        self.commit_us_sum.add(us);
        self.commits.increment();
    }

    /// The text of the Prometheus exposition format, version 0.0.4.
    pub fn render(&self) -> String {
        let mut text = String::with_capacity(8192);
        for (name, help, counter) in self.plain() {
            head(&mut text, name, help, "counter");
            line(&mut text, name, "", counter.get());
        }
        let name = "obrii_ingest_queue_arrivals";
        head(&mut text, name, "Messages between gateways and pipeline.", "gauge");
        line(&mut text, name, "", self.queue_arrivals.get());
        let name = "obrii_quarantine_rows_total";
        head(&mut text, name, "Quarantine rows by reason.", "counter");
        for (reason, counter) in Reason::ALL.iter().zip(&self.quarantine_reasons) {
            line(&mut text, name, &format!("{{reason=\"{reason}\"}}"), counter.get());
        }
        let name = "obrii_login_refusals_total";
        head(&mut text, name, "Refused logins and disallowed clients by reason.", "counter");
        for (reason, counter) in LoginReason::ALL.iter().zip(&self.login_reasons) {
            line(&mut text, name, &format!("{{reason=\"{reason}\"}}"), counter.get());
        }
        let name = "obrii_rate_refusals_total";
        head(&mut text, name, "What came too often and had to wait.", "counter");
        for (turn, word) in Turn::ALL {
            let counter = &self.turns[turn as usize];
            line(&mut text, name, &format!("{{of=\"{word}\"}}"), counter.get());
        }
        self.render_commits(&mut text);
        text
    }

    fn plain(&self) -> [(&'static str, &'static str, &Counter); 14] {
        [
            ("obrii_readings_received_total", "Readings that arrived.", &self.received),
            ("obrii_readings_stored_total", "New readings on disk.", &self.stored),
            ("obrii_readings_corrected_total", "Readings with a new value.", &self.corrected),
            ("obrii_readings_duplicate_total", "Readings already known.", &self.duplicate),
            ("obrii_readings_quarantined_total", "Readings put aside.", &self.quarantined),
            ("obrii_readings_unknown_field_total", "Unknown fields.", &self.unknown_field),
            ("obrii_readings_late_total", "Readings older than 30 days.", &self.late),
            ("obrii_readings_qos0_total", "Readings sent with QoS 0.", &self.qos0),
            ("obrii_messages_received_total", "Messages that arrived.", &self.messages),
            ("obrii_commit_failures_total", "Failed attempts to commit.", &self.commit_failures),
            ("obrii_messages_retry_total", "Messages to be sent again.", &self.retries),
            (
                "obrii_quarantine_dropped_rows_total",
                "Quarantine rows dropped to keep its bounds.",
                &self.quarantine_dropped,
            ),
            (
                "obrii_connections_refused_too_large_total",
                "Connections closed because of a packet beyond 1 MiB.",
                &self.refused_too_large,
            ),
            ("obrii_publish_refusals_total", "Publishes not allowed.", &self.publish_refusals),
        ]
    }

    fn render_commits(&self, text: &mut String) {
        let name = "obrii_commit_seconds";
        head(text, name, "Time from the batch to the disk.", "histogram");
        let mut below = 0;
        for (bound, counter) in COMMIT_BOUNDS_US.iter().zip(&self.commit_us) {
            below += counter.get();
            let seconds = *bound as f64 / 1e6;
            line(text, &format!("{name}_bucket"), &format!("{{le=\"{seconds}\"}}"), below);
        }
        below += self.commit_us[COMMIT_BOUNDS_US.len()].get();
        line(text, &format!("{name}_bucket"), "{le=\"+Inf\"}", below);
        let seconds = self.commit_us_sum.get() as f64 / 1e6;
        line(text, &format!("{name}_sum"), "", seconds);
        line(text, &format!("{name}_count"), "", below);
    }
}

fn head(text: &mut String, name: &str, help: &str, kind: &str) {
    text.extend(["# HELP ", name, " ", help, "\n# TYPE ", name, " ", kind, "\n"]);
}

fn line(text: &mut String, name: &str, labels: &str, value: impl std::fmt::Display) {
    text.extend([name, labels, " ", &value.to_string(), "\n"]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_what_prometheus_reads() {
        let metrics = Metrics::default();
        metrics.count(Tally { received: 3, stored: 2, quarantined: 1, ..Tally::default() });
        metrics.count_reason(Reason::NotJson);
        metrics.count_login(LoginReason::WrongToken);
        metrics.count_turn(Turn::LoginFailure);
        metrics.count_commit(Duration::from_micros(300));
        metrics.count_commit(Duration::from_mins(1));
        let text = metrics.render();
        for expected in [
            "obrii_readings_received_total 3\n",
            "obrii_quarantine_rows_total{reason=\"not-json\"} 1\n",
            "obrii_login_refusals_total{reason=\"wrong-token\"} 1\n",
            "obrii_rate_refusals_total{of=\"device-request\"} 0\n",
            "obrii_rate_refusals_total{of=\"login-failure\"} 1\n",
            "obrii_commit_seconds_bucket{le=\"0.00025\"} 0\n",
            "obrii_commit_seconds_bucket{le=\"0.0005\"} 1\n",
            "obrii_commit_seconds_bucket{le=\"5\"} 1\n",
            "obrii_commit_seconds_bucket{le=\"+Inf\"} 2\n",
            "obrii_commit_seconds_count 2\n",
        ] {
            assert!(text.contains(expected), "{expected} is not in\n{text}");
        }
        for line in text.lines().filter(|l| !l.starts_with('#')) {
            let value = line.rsplit(' ').next().expect("a value");
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
        assert!(metrics.tally().is_balanced());
    }
}
