//! An MQTT client that writes its packets by hand, so that it can write wrong ones.

use std::io::ErrorKind;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::PATIENCE;

/// Protocol level of MQTT 3.1.1.
pub(crate) const MQTT_3: u8 = 4;
/// Protocol level of MQTT 5.
pub(crate) const MQTT_5: u8 = 5;

/// What a client says when it connects.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) version: u8,
    pub(crate) client_id: String,
    pub(crate) user: Option<String>,
    pub(crate) password: String,
    pub(crate) keep_alive_s: u16,
    pub(crate) will_topic: Option<String>,
    pub(crate) will: Vec<u8>,
}

impl Login {
    pub(crate) fn new(version: u8, user: &str, password: &str) -> Self {
        Self {
            version,
            client_id: user.to_owned(),
            user: Some(user.to_owned()),
            password: password.to_owned(),
            keep_alive_s: 60,
            will_topic: None,
            will: br#"{"state":"offline"}"#.to_vec(),
        }
    }

    /// The CONNECT packet.
    pub(crate) fn packet(&self) -> Vec<u8> {
        let mut body = Vec::new();
        string(&mut body, b"MQTT");
        let user = if self.user.is_some() { 0b1100_0000 } else { 0 };
        let will = if self.will_topic.is_some() { 0b100 } else { 0 };
        body.extend([self.version, user | will | 0b10]);
        body.extend(self.keep_alive_s.to_be_bytes());
        no_properties(self.version, &mut body);
        string(&mut body, self.client_id.as_bytes());
        if let Some(topic) = &self.will_topic {
            no_properties(self.version, &mut body);
            string(&mut body, topic.as_bytes());
            string(&mut body, &self.will);
        }
        if let Some(user) = &self.user {
            string(&mut body, user.as_bytes());
            string(&mut body, self.password.as_bytes());
        }
        framed(0x10, &body)
    }
}

/// A packet from the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    /// The upper half of the first byte.
    pub(crate) kind: u8,
    pub(crate) body: Vec<u8>,
    version: u8,
}

impl Packet {
    /// The reason code of CONNACK, PUBACK and (the first) of SUBACK.
    pub(crate) fn reason(&self) -> u8 {
        match (self.kind, self.version) {
            (2, _) => self.body[1],
            (4, _) => self.body.get(2).copied().unwrap_or(0),
            (9, MQTT_5) => self.body[3 + usize::from(self.body[2])],
            (9, _) => self.body[2],
            _ => panic!("no reason in {self:?}"),
        }
    }

    /// Topic and payload of a PUBLISH with QoS 0.
    pub(crate) fn message(&self) -> (String, Vec<u8>) {
        assert_eq!(self.kind, 3, "{self:?}");
        let length = usize::from(u16::from_be_bytes([self.body[0], self.body[1]]));
        let topic = String::from_utf8(self.body[2..2 + length].to_vec()).expect("utf-8");
        let properties =
            if self.version == MQTT_5 { 1 + self.body[2 + length] as usize } else { 0 };
        (topic, self.body[2 + length + properties..].to_vec())
    }
}

/// A connection.
pub(crate) struct Client {
    stream: TcpStream,
    version: u8,
}

fn string(into: &mut Vec<u8>, text: &[u8]) {
    into.extend((text.len() as u16).to_be_bytes());
    into.extend(text);
}

/// MQTT 5 has properties everywhere; these clients have none to say.
fn no_properties(version: u8, body: &mut Vec<u8>) {
    if version == MQTT_5 {
        body.push(0);
    }
}

fn framed(first: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![first];
    let mut left = body.len();
    loop {
        let byte = (left % 128) as u8;
        left /= 128;
        packet.push(if left > 0 { byte | 128 } else { byte });
        if left == 0 {
            break;
        }
    }
    packet.extend(body);
    packet
}

impl Client {
    /// Connects and reads the CONNACK. While the broker still buries the last session of the
    /// same client id it answers "server unavailable"; a device would try again, and so do we.
    pub(crate) async fn connect(address: SocketAddr, login: &Login) -> (Self, Packet) {
        let unavailable = if login.version == MQTT_5 { 0x88 } else { 3 };
        let begun_at = std::time::Instant::now();
        loop {
            let (client, answer) = Self::try_connect(address, login).await;
            if answer.reason() != unavailable || begun_at.elapsed() > PATIENCE {
                return (client, answer);
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    async fn try_connect(address: SocketAddr, login: &Login) -> (Self, Packet) {
        let stream = TcpStream::connect(address).await.expect("connected");
        let mut client = Self { stream, version: login.version };
        client.send(&login.packet()).await;
        let answer = client.next().await.expect("a CONNACK");
        assert_eq!(answer.kind, 2, "{answer:?}");
        (client, answer)
    }

    /// Writes what the broker is willing to read: when it closes in between, the next read says so.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        if let Err(error) = self.stream.write_all(bytes).await {
            let closed = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
            assert!(closed.contains(&error.kind()), "{error}");
        }
    }

    /// The next packet; `None`: the broker closed the connection.
    pub(crate) async fn next(&mut self) -> Option<Packet> {
        tokio::time::timeout(PATIENCE, self.read()).await.expect("an answer in time")
    }

    async fn read(&mut self) -> Option<Packet> {
        let first = self.stream.read_u8().await.ok()?;
        let (mut length, mut shift) = (0usize, 0);
        loop {
            let byte = self.stream.read_u8().await.ok()?;
            length |= usize::from(byte & 127) << shift;
            shift += 7;
            if byte & 128 == 0 {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.ok()?;
        Some(Packet { kind: first >> 4, body, version: self.version })
    }

    /// Sends a PUBLISH; with a packet id it is QoS 1.
    pub(crate) async fn send_publish(
        &mut self,
        topic: &str,
        payload: &[u8],
        packet_id: Option<u16>,
        retain: bool,
    ) {
        let mut body = Vec::new();
        string(&mut body, topic.as_bytes());
        if let Some(id) = packet_id {
            body.extend(id.to_be_bytes());
        }
        no_properties(self.version, &mut body);
        body.extend(payload);
        let qos = if packet_id.is_some() { 0b10 } else { 0 };
        self.send(&framed(0x30 | qos | u8::from(retain), &body)).await;
    }

    /// Publishes with QoS 1; the reason code of the PUBACK, `None` when the connection was closed.
    pub(crate) async fn publish(&mut self, topic: &str, payload: impl AsRef<[u8]>) -> Option<u8> {
        self.send_publish(topic, payload.as_ref(), Some(7), false).await;
        let answer = self.next().await?;
        assert_eq!(answer.kind, 4, "{answer:?}");
        Some(answer.reason())
    }

    /// Subscribes with QoS 0; the reason code.
    pub(crate) async fn subscribe(&mut self, filter: &str) -> Option<u8> {
        let mut body = vec![0, 9];
        no_properties(self.version, &mut body);
        string(&mut body, filter.as_bytes());
        body.push(0);
        self.send(&framed(0x82, &body)).await;
        let answer = self.next().await?;
        assert_eq!(answer.kind, 9, "{answer:?}");
        Some(answer.reason())
    }
}
