//! A lean publisher: one connection of one device, whatever its protocol.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use bytes::BytesMut;
use domain::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::ledger::Ledger;
use super::wire::Wire;

const RECONNECT: Duration = Duration::from_millis(50);
/// How long a connection may be lost before the measurement is given up.
const PATIENCE: Duration = Duration::from_mins(1);

/// What one connection does.
pub(super) struct Plan {
    pub(super) device: String,
    pub(super) address: SocketAddr,
    pub(super) wire: Box<dyn Wire>,
    /// Time of its first reading.
    pub(super) begin: Timestamp,
    /// Messages in flight at most.
    pub(super) window: usize,
    /// When messages are due; `None`: as fast as the acknowledgements come.
    pub(super) pace: Option<Pace>,
    /// How many messages to send at most.
    pub(super) messages_max: u64,
    /// When to stop sending.
    pub(super) until: Instant,
    /// Messages acknowledged on all connections together.
    pub(super) acked: Arc<AtomicU64>,
}

/// A steady rate: message `n` is due at `first + n · every`, however long others were waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) first: Instant,
    pub(super) every: Duration,
}

impl Pace {
    fn due(&self, message: u64) -> Instant {
        self.first + Duration::from_secs_f64(self.every.as_secs_f64() * message as f64)
    }
}

impl Plan {
    fn is_over(&self, message: u64, now: Instant) -> bool {
        now >= self.until || message >= self.messages_max
    }

    fn is_due(&self, message: u64, now: Instant) -> bool {
        self.pace.is_none_or(|pace| pace.due(message) <= now)
    }
}

/// Publishes until the plan's end and until everything sent is acknowledged. A lost connection is
/// made again, and what was not acknowledged is sent again.
pub(super) async fn publish(plan: Plan) -> anyhow::Result<Ledger> {
    let mut ledger = Ledger { device: plan.device.clone(), begin: plan.begin, ..Ledger::default() };
    let mut sent_max = 0;
    let mut heard = (0, Instant::now());
    loop {
        let ended = match connect(&plan).await {
            Ok(stream) => session(stream, &plan, &mut ledger, &mut sent_max).await,
            Err(error) => Err(error),
        };
        let Err(error) = ended else { return Ok(ledger) };
        if ledger.acked > heard.0 {
            heard = (ledger.acked, Instant::now());
        } else if heard.1.elapsed() > PATIENCE {
            return Err(error).with_context(|| format!("connection of `{}`", plan.device));
        }
        tokio::time::sleep(RECONNECT).await;
    }
}

async fn connect(plan: &Plan) -> anyhow::Result<TcpStream> {
    let mut stream = TcpStream::connect(plan.address).await?;
    stream.set_nodelay(true)?;
    stream.write_all(plan.wire.hello()).await?;
    let mut answer = BytesMut::with_capacity(64);
    while !plan.wire.take_welcome(&mut answer)? {
        if stream.read_buf(&mut answer).await? == 0 {
            bail!("closed before the login was answered");
        }
    }
    Ok(stream)
}

/// One connection's life; `Ok` when the plan is done.
async fn session(
    mut stream: TcpStream,
    plan: &Plan,
    ledger: &mut Ledger,
    sent_max: &mut u64,
) -> anyhow::Result<()> {
    let mut next = ledger.acked;
    let mut in_flight: VecDeque<Instant> = VecDeque::with_capacity(plan.window);
    let (mut out, mut answers) = (Vec::new(), BytesMut::with_capacity(4096));
    loop {
        let now = Instant::now();
        out.clear();
        while in_flight.len() < plan.window {
            // After a loss, what had been sent goes out again even past the end.
            let is_again = next < *sent_max;
            if !is_again && (plan.is_over(next, now) || !plan.is_due(next, now)) {
                break;
            }
            plan.wire.write(next, ledger.begin, &mut out);
            in_flight.push_back(now);
            next += 1;
        }
        *sent_max = next.max(*sent_max);
        stream.write_all(&out).await?;
        if in_flight.is_empty() {
            if plan.is_over(next, now) {
                return Ok(());
            }
            let due = plan.pace.map_or(now, |pace| pace.due(next)).min(plan.until);
            tokio::time::sleep_until(due.into()).await;
            continue;
        }
        if stream.read_buf(&mut answers).await? == 0 {
            bail!("closed by the other side");
        }
        while let Some(sent) = in_flight.front() {
            if !plan.wire.take_ack(ledger.acked, &mut answers)? {
                break;
            }
            ledger.acked += 1;
            ledger.ack_us.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
            plan.acked.fetch_add(1, Ordering::Relaxed);
            in_flight.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_does_not_drift() {
        let first = Instant::now();
        let pace = Pace { first, every: Duration::from_secs(1) / 3 };
        let late_ms = pace.due(300).duration_since(first + Duration::from_secs(100)).as_millis();
        assert!(late_ms < 1, "{late_ms}");
    }
}
