//! MQTT 3.1.1 with QoS 1 and the native telemetry. The packets are made and read by `rumqttc`'s
//! codec; of a message that is made once, packet id, times and digits are then written in place.

use anyhow::{Context as _, bail};
use bytes::BytesMut;
use domain::Timestamp;
use rumqttc::ConnectReturnCode;
use rumqttc::mqttbytes::v4::{Connect, Login, Packet, Publish};
use rumqttc::mqttbytes::{Error, QoS};

use super::Wire;

/// Largest packet that a broker sends to a publisher.
const ANSWER_BYTES_MAX: usize = 1024;
const KEEP_ALIVE_S: u16 = 60;
/// Where a time will stand; as many digits as milliseconds since 1970 have until 2286.
const TIME_PLACE: &str = "1000000000000";
/// Where a value will stand, of which the last digit changes.
const VALUE_PLACE: &str = "12.0";

/// A device that publishes its telemetry.
pub(crate) struct Mqtt {
    hello: BytesMut,
    publish: BytesMut,
    packet_id_at: usize,
    readings: Vec<Places>,
}

/// What changes of a reading from message to message.
struct Places {
    time_at: usize,
    digits_at: Vec<usize>,
}

impl Mqtt {
    /// A device with a token, which publishes so many readings in each message.
    pub(crate) fn new(
        device: &str,
        token: &str,
        topic: &str,
        fields: &[&str],
        readings: u16,
    ) -> anyhow::Result<Self> {
        let mut connect = Connect::new(device);
        connect.keep_alive = KEEP_ALIVE_S;
        connect.login = Some(Login::new(device, token));
        let mut hello = BytesMut::new();
        connect.write(&mut hello).context("CONNECT")?;

        let payload = payload(fields, readings);
        let mut packet = Publish::new(topic, QoS::AtLeastOnce, payload.clone());
        packet.pkid = 1;
        let mut publish = BytesMut::new();
        packet.write(&mut publish).context("PUBLISH")?;
        let payload_at = publish.len() - payload.len();
        let times = payload.match_indices(TIME_PLACE).map(|(at, _)| payload_at + at);
        let digits: Vec<usize> = payload
            .match_indices(VALUE_PLACE)
            .map(|(at, found)| payload_at + at + found.len() - 1)
            .collect();
        let readings = times
            .zip(digits.chunks(fields.len().max(1)))
            .map(|(time_at, digits_at)| Places { time_at, digits_at: digits_at.to_vec() })
            .collect();
        Ok(Self { hello, publish, packet_id_at: payload_at - 2, readings })
    }
}

/// One reading stands as it is, several as an array.
fn payload(fields: &[&str], readings: u16) -> String {
    let values: Vec<String> = fields.iter().map(|f| format!("\"{f}\":{VALUE_PLACE}")).collect();
    let reading = format!("{{\"ts\":{TIME_PLACE},\"values\":{{{}}}}}", values.join(","));
    match readings {
        1 => reading,
        many => format!("[{}]", vec![reading; many.into()].join(",")),
    }
}

impl Wire for Mqtt {
    fn hello(&self) -> &[u8] {
        &self.hello
    }

    fn take_welcome(&self, answers: &mut BytesMut) -> anyhow::Result<bool> {
        match Packet::read(answers, ANSWER_BYTES_MAX) {
            Ok(Packet::ConnAck(ack)) if ack.code == ConnectReturnCode::Success => Ok(true),
            Ok(other) => bail!("refused: {other:?}"),
            Err(Error::InsufficientBytes(_)) => Ok(false),
            Err(error) => bail!("answer: {error}"),
        }
    }

    fn write(&self, message: u64, begin: Timestamp, out: &mut Vec<u8>) {
        let at = out.len();
        out.extend_from_slice(&self.publish);
        let packet = &mut out[at..];
        packet[self.packet_id_at..self.packet_id_at + 2]
            .copy_from_slice(&packet_id(message).to_be_bytes());
        for (reading, places) in (message * self.readings.len() as u64..).zip(&self.readings) {
            let mut time = begin.millis().unsigned_abs() + reading;
            let place = places.time_at..places.time_at + TIME_PLACE.len();
            for digit in packet[place].iter_mut().rev() {
                *digit = b'0' + (time % 10) as u8;
                time /= 10;
            }
            for (value, digit_at) in (reading..).zip(&places.digits_at) {
                packet[*digit_at] = b'0' + (value % 10) as u8;
            }
        }
    }

    fn take_ack(&self, message: u64, answers: &mut BytesMut) -> anyhow::Result<bool> {
        match Packet::read(answers, ANSWER_BYTES_MAX) {
            Ok(Packet::PubAck(ack)) if ack.pkid == packet_id(message) => Ok(true),
            Ok(other) => bail!("{other:?} instead of PUBACK {}", packet_id(message)),
            Err(Error::InsufficientBytes(_)) => Ok(false),
            Err(error) => bail!("answer: {error}"),
        }
    }
}

/// Packet ids go round below 2¹⁶ and are never 0.
fn packet_id(message: u64) -> u16 {
    (message % 65_535) as u16 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: Timestamp = Timestamp(1_795_256_100_000);

    fn written(readings: u16, message: u64) -> Publish {
        let fields = ["pm25", "pm10"];
        let wire =
            Mqtt::new("a", "", "obrii/v1/odesa/air/a/telemetry", &fields, readings).expect("made");
        let mut out = Vec::new();
        wire.write(message, BEGIN, &mut out);
        let mut bytes = BytesMut::from(&out[..]);
        match Packet::read(&mut bytes, 1024) {
            Ok(Packet::Publish(publish)) => publish,
            other => panic!("{other:?} is no PUBLISH"),
        }
    }

    #[test]
    fn a_message_carries_its_number_and_time() {
        let publish = written(1, 65_536);
        assert_eq!((publish.pkid, publish.topic.as_str()), (2, "obrii/v1/odesa/air/a/telemetry"));
        assert_eq!(
            std::str::from_utf8(&publish.payload).expect("text"),
            r#"{"ts":1795256165536,"values":{"pm25":12.6,"pm10":12.7}}"#
        );
    }

    #[test]
    fn an_array_goes_on_where_the_message_before_ended() {
        let text = |message| {
            let payload = written(2, message).payload;
            String::from_utf8(payload.to_vec()).expect("text")
        };
        let (first, second) = (text(0), text(1));
        assert!(first.starts_with(r#"[{"ts":1795256100000,"#) && first.ends_with("}]"), "{first}");
        assert!(first.contains(r#"{"ts":1795256100001,"values":{"pm25":12.1,"pm10":12.2}}"#));
        assert!(second.contains(r#"{"ts":1795256100002,"#), "{second}");
        assert!(second.contains(r#"{"ts":1795256100003,"#), "{second}");
    }
}
