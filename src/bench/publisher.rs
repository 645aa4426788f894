//! A lean publisher: one connection, one frame whose packet id and time are written in place. The
//! packets themselves are made and read by `rumqttc`'s codec.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use bytes::BytesMut;
use domain::Timestamp;
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v4::{Connect, Login, Packet, Publish};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::ledger::Ledger;

/// Largest packet that a broker sends to a publisher.
const ANSWER_BYTES_MAX: usize = 1024;
const RECONNECT: Duration = Duration::from_millis(50);

/// What one connection does.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) broker: SocketAddr,
    pub(super) device: String,
    pub(super) token: String,
    pub(super) topic: String,
    /// Fields of each reading.
    pub(super) fields: Vec<&'static str>,
    /// Messages in flight at most.
    pub(super) window: usize,
    /// Pause between messages; none: as fast as the acknowledgements come.
    pub(super) pause: Option<Duration>,
    /// When to stop sending.
    pub(super) until: Instant,
}

/// Publishes until the plan's end and until everything sent is acknowledged. A lost connection is
/// made again, and what was not acknowledged is sent again.
pub(super) async fn publish(plan: Plan, begin: Timestamp) -> anyhow::Result<Ledger> {
    let mut ledger = Ledger { device: plan.device.clone(), begin, ..Ledger::default() };
    let frame = Frame::new(&plan)?;
    let mut sent_max = 0;
    loop {
        let connected = connect(&plan).await;
        let ended = match connected {
            Ok(stream) => session(stream, &plan, &frame, &mut ledger, &mut sent_max).await.is_ok(),
            Err(_) => false,
        };
        if ended {
            return Ok(ledger);
        }
        if plan.until.elapsed() > Duration::from_mins(1) {
            bail!("connection of `{}` was lost for good", plan.device);
        }
        tokio::time::sleep(RECONNECT).await;
    }
}

async fn connect(plan: &Plan) -> anyhow::Result<TcpStream> {
    let mut stream = TcpStream::connect(plan.broker).await?;
    stream.set_nodelay(true)?;
    let mut connect = Connect::new(plan.device.clone());
    connect.keep_alive = 60;
    connect.login = Some(Login::new(plan.device.clone(), plan.token.clone()));
    let mut bytes = BytesMut::new();
    connect.write(&mut bytes).context("CONNECT")?;
    stream.write_all(&bytes).await?;
    let mut answer = BytesMut::with_capacity(64);
    loop {
        if stream.read_buf(&mut answer).await? == 0 {
            bail!("closed before CONNACK");
        }
        match Packet::read(&mut answer, ANSWER_BYTES_MAX) {
            Ok(Packet::ConnAck(ack)) if ack.code == rumqttc::ConnectReturnCode::Success => {
                return Ok(stream);
            }
            Ok(other) => bail!("refused: {other:?}"),
            Err(rumqttc::mqttbytes::Error::InsufficientBytes(_)) => {}
            Err(error) => bail!("answer: {error}"),
        }
    }
}

/// One connection's life; `Ok` when the plan is done.
async fn session(
    mut stream: TcpStream,
    plan: &Plan,
    frame: &Frame,
    ledger: &mut Ledger,
    sent_max: &mut u64,
) -> anyhow::Result<()> {
    let mut next = ledger.acked;
    let mut in_flight: VecDeque<Instant> = VecDeque::with_capacity(plan.window);
    let (mut out, mut answers) = (Vec::new(), BytesMut::with_capacity(4096));
    loop {
        let is_over = Instant::now() >= plan.until;
        if is_over && in_flight.is_empty() && next >= *sent_max {
            return Ok(());
        }
        out.clear();
        let now = Instant::now();
        // After a loss, what had been sent goes out again even past the end.
        while in_flight.len() < plan.window && (!is_over || next < *sent_max) {
            frame.write(next, ledger.begin, &mut out);
            in_flight.push_back(now);
            next += 1;
            if plan.pause.is_some() {
                break;
            }
        }
        *sent_max = next.max(*sent_max);
        stream.write_all(&out).await?;
        if stream.read_buf(&mut answers).await? == 0 {
            bail!("closed by the broker");
        }
        take_acks(&mut answers, &mut in_flight, ledger)?;
        if let Some(pause) = plan.pause {
            tokio::time::sleep_until((now + pause).into()).await;
        }
    }
}

fn take_acks(
    answers: &mut BytesMut,
    in_flight: &mut VecDeque<Instant>,
    ledger: &mut Ledger,
) -> anyhow::Result<()> {
    loop {
        match Packet::read(answers, ANSWER_BYTES_MAX) {
            Ok(Packet::PubAck(ack)) => {
                if ack.pkid != packet_id(ledger.acked) {
                    bail!("PUBACK {} out of order", ack.pkid);
                }
                let sent = in_flight.pop_front().context("PUBACK for nothing")?;
                ledger.acked += 1;
                let waited = u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX);
                ledger.ack_us.push(waited);
            }
            Ok(_) => {}
            Err(rumqttc::mqttbytes::Error::InsufficientBytes(_)) => return Ok(()),
            Err(error) => bail!("answer: {error}"),
        }
    }
}

/// Packet ids go round below 2¹⁶ and are never 0.
fn packet_id(number: u64) -> u16 {
    (number % 65_535) as u16 + 1
}

/// A PUBLISH with places for packet id, time and one digit of the values.
struct Frame {
    bytes: Vec<u8>,
    packet_id_at: usize,
    time_at: usize,
    digits_at: Vec<usize>,
}

const TIME_PLACE: &str = "1000000000000";

impl Frame {
    fn new(plan: &Plan) -> anyhow::Result<Self> {
        let values: Vec<String> =
            plan.fields.iter().map(|field| format!("\"{field}\":12.0")).collect();
        let payload = format!("{{\"ts\":{TIME_PLACE},\"values\":{{{}}}}}", values.join(","));
        let mut publish = Publish::new(&plan.topic, QoS::AtLeastOnce, payload.clone());
        publish.pkid = 1;
        let mut bytes = BytesMut::new();
        publish.write(&mut bytes).context("PUBLISH")?;
        let payload_at = bytes.len() - payload.len();
        let time_at = payload_at + payload.find(TIME_PLACE).context("place of the time")?;
        let digits_at =
            payload.match_indices("12.0").map(|(at, found)| payload_at + at + found.len() - 1);
        let digits_at = digits_at.collect();
        Ok(Self { packet_id_at: payload_at - 2, time_at, digits_at, bytes: bytes.to_vec() })
    }

    fn write(&self, number: u64, begin: Timestamp, out: &mut Vec<u8>) {
        let at = out.len();
        out.extend_from_slice(&self.bytes);
        let frame = &mut out[at..];
        frame[self.packet_id_at..self.packet_id_at + 2]
            .copy_from_slice(&packet_id(number).to_be_bytes());
        let mut time = begin.millis().unsigned_abs() + number;
        for place in frame[self.time_at..self.time_at + TIME_PLACE.len()].iter_mut().rev() {
            *place = b'0' + (time % 10) as u8;
            time /= 10;
        }
        for (i, place) in self.digits_at.iter().enumerate() {
            frame[*place] = b'0' + ((number + i as u64) % 10) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_carries_its_number_and_time() {
        let plan = Plan {
            broker: ([127, 0, 0, 1], 1883).into(),
            device: "a".to_owned(),
            token: String::new(),
            topic: "obrii/v1/odesa/air/a/telemetry".to_owned(),
            fields: vec!["pm25", "pm10"],
            window: 1,
            pause: None,
            until: Instant::now(),
        };
        let mut out = Vec::new();
        let frame = Frame::new(&plan).expect("a frame");
        frame.write(65_536, Timestamp(1_795_256_100_000), &mut out);
        let mut bytes = BytesMut::from(&out[..]);
        let Ok(Packet::Publish(publish)) = Packet::read(&mut bytes, 1024) else {
            panic!("no PUBLISH");
        };
        assert_eq!(publish.pkid, 2);
        assert_eq!(publish.topic, plan.topic);
        assert_eq!(
            std::str::from_utf8(&publish.payload).expect("text"),
            r#"{"ts":1795256165536,"values":{"pm25":12.6,"pm10":12.7}}"#
        );
    }
}
