//! The entrance that HTTP and the trackers share: who may come in, how often, and the handing over
//! of what they bring. Here, as at the broker, nothing is acknowledged before its verdict.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use domain::directory::{DeviceEntry, Directory};
use domain::intake::{LoginReason, Tally};
use domain::limits::COMMIT_WAIT_MS_MAX;
use domain::profile::Kind;
use domain::{DeviceId, Timestamp};
use store::clock::Clock;
use store::registry::Token as Secret;
use tokio::sync::{mpsc, oneshot};

use super::turns::Turns;
use crate::arrival::{Arrival, Token, Verdict};
use crate::aside;
use crate::handover::Handover;
use crate::metrics::Metrics;
use crate::prepared::Prepared;
use crate::refusals::Refusals;
use codec::Unusable;

/// Who may come in, and the way to the pipeline.
pub(crate) struct Entrance {
    directory: Arc<ArcSwap<Directory>>,
    /// Weak: a router that outlives the pipeline does not hold it open.
    arrivals: mpsc::WeakSender<Arrival>,
    handover: Arc<Handover>,
    refusals: Arc<Refusals>,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
    is_draining: AtomicBool,
    /// How often they may come.
    pub(crate) turns: Arc<Turns>,
}

/// What somebody brings.
pub(crate) struct Brought {
    pub(crate) topic: String,
    pub(crate) payload: Bytes,
    /// Through which gateway: `http`, `teltonika`, `wialon`.
    pub(crate) gateway: Arc<str>,
    /// Who came in.
    pub(crate) speaker: DeviceId,
}

impl Entrance {
    pub(crate) fn new(
        directory: Arc<ArcSwap<Directory>>,
        arrivals: &mpsc::Sender<Arrival>,
        handover: Arc<Handover>,
        refusals: Arc<Refusals>,
        turns: Arc<Turns>,
        metrics: Arc<Metrics>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            directory,
            arrivals: arrivals.downgrade(),
            handover,
            refusals,
            metrics,
            clock,
            is_draining: AtomicBool::new(false),
            turns,
        }
    }

    pub(crate) fn directory(&self) -> Arc<Directory> {
        self.directory.load_full()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Takes nothing any more.
    pub(crate) fn stop_taking(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    /// The device of a user name, which may also be the name that its format gives it.
    pub(crate) fn admit(
        &self,
        gateway: &str,
        user: &str,
        secret: &str,
        address: IpAddr,
    ) -> Result<Arc<DeviceEntry>, LoginReason> {
        let directory = self.directory.load();
        let foreign = user.to_lowercase();
        let entry = directory.device(user).or_else(|| directory.device_by_external_id(&foreign));
        let admitted = match entry {
            None => Err(LoginReason::UnknownUser),
            Some(entry) => match &entry.token_sha256 {
                None => Err(LoginReason::NoToken),
                Some(kept) if !Secret::matches(kept, secret) => Err(LoginReason::WrongToken),
                Some(_) if entry.is_decommissioned() => Err(LoginReason::Decommissioned),
                Some(_) => Ok(Arc::clone(entry)),
            },
        };
        admitted.map_err(|reason| self.refuse(gateway, user, address, reason))
    }

    /// The vehicle's device of a tracker that says its IMEI (15 digits, 3GPP TS 23.003, 6.2.1) and
    /// has no secret. Nobody else comes in without one, whatever other numbers devices go by.
    pub(crate) fn admit_by_name(
        &self,
        gateway: &str,
        name: &str,
        address: IpAddr,
    ) -> Result<Arc<DeviceEntry>, LoginReason> {
        let directory = self.directory.load();
        let is_imei = name.len() == 15 && name.bytes().all(|digit| digit.is_ascii_digit());
        let named = directory.device_by_external_id(name);
        let admitted = match named.filter(|e| is_imei && e.device.kind == Kind::Vehicle) {
            None => Err(LoginReason::UnknownUser),
            Some(entry) if entry.is_decommissioned() => Err(LoginReason::Decommissioned),
            Some(entry) => Ok(Arc::clone(entry)),
        };
        admitted.map_err(|reason| self.refuse(gateway, name, address, reason))
    }

    /// The device of a token that came without a name.
    pub(crate) fn admit_bearer(
        &self,
        gateway: &str,
        secret: &str,
        address: IpAddr,
    ) -> Result<Arc<DeviceEntry>, LoginReason> {
        let directory = self.directory.load();
        let entry = directory.device_by_token(&Secret::sha256(secret)).map(Arc::clone);
        entry.ok_or_else(|| self.refuse(gateway, "", address, LoginReason::WrongToken))
    }

    /// Notes a login that failed, and why.
    pub(crate) fn refuse(
        &self,
        gateway: &str,
        user: &str,
        address: IpAddr,
        reason: LoginReason,
    ) -> LoginReason {
        self.refusals.note_login(gateway, user, Some(address), reason)
    }

    /// Notes who came or sent too often, among the login refusals: a name or an address that does
    /// so again and again stays one line of them. How often, the turns have counted.
    pub(crate) fn note_too_often(&self, gateway: &str, user: &str, address: IpAddr) {
        let address = address.to_canonical().to_string();
        self.refusals.note(gateway, user, &address, LoginReason::TooOften);
    }

    /// Counts a message that is to be sent again before it reached the pipeline.
    pub(crate) fn count_retry(&self) {
        self.metrics.retries.increment();
    }

    /// Gives a message to the pipeline and waits for its verdict.
    pub(crate) async fn hand_over(&self, brought: Brought) -> Verdict {
        let Some(arrivals) = self.arrivals.upgrade() else { return Verdict::Retry };
        if self.is_draining.load(Ordering::Relaxed) {
            return Verdict::Retry;
        }
        let (arrival, verdict) = self.arrival(brought);
        let answer = async {
            arrivals.send(arrival).await.ok()?;
            verdict.await.ok()
        };
        in_time(answer).await
    }

    /// Puts a message of `sender` aside of which it is known already that nothing in it can be read,
    /// counts it for him, and waits until it is on disk.
    pub(crate) async fn put_aside(
        &self,
        brought: Brought,
        sender: Arc<DeviceEntry>,
        why: &Unusable,
    ) -> Verdict {
        if self.is_draining.load(Ordering::Relaxed) {
            return Verdict::Retry;
        }
        let (arrival, verdict) = self.arrival(brought);
        let (mut prepared, mut tally) = (Prepared::new(), Tally::default());
        let mark = prepared.mark();
        let device = sender.device.id.as_str();
        let why = (why.reason, why.detail.as_str());
        aside::put_whole(&arrival, device, why, &mut tally, &mut prepared.quarantined);
        prepared.close(mark, arrival, Some(sender), tally);
        if self.handover.try_put(prepared).is_err() {
            self.count_retry();
            return Verdict::Retry;
        }
        in_time(async { verdict.await.ok() }).await
    }

    /// What was brought, as it arrives now, and where its verdict will be told.
    fn arrival(&self, brought: Brought) -> (Arrival, oneshot::Receiver<Verdict>) {
        let Brought { topic, payload, gateway, speaker } = brought;
        let (waiter, verdict) = oneshot::channel();
        let arrival = Arrival {
            topic,
            payload,
            received_at: self.clock.now(),
            gateway,
            speaker: Some(speaker),
            token: Token::Waiter(waiter),
            replay: None,
        };
        (arrival, verdict)
    }
}

/// The verdict; one that is not told in time means that it has to be sent again.
async fn in_time(verdict: impl Future<Output = Option<Verdict>>) -> Verdict {
    let wait = Duration::from_millis(COMMIT_WAIT_MS_MAX);
    match tokio::time::timeout(wait, verdict).await {
        Ok(Some(verdict)) => verdict,
        Ok(None) | Err(_) => Verdict::Retry,
    }
}
