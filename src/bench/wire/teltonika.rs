//! Teltonika Codec 8 over TCP: the IMEI, then frames of records, each answered with the count of
//! its records. A bus drives north at 11 m/s: a step of latitude, 10⁻⁷ degrees, each millisecond.

use anyhow::bail;
use bytes::{Buf as _, BytesMut};
use codec::checksum::crc16;
use domain::Timestamp;

use super::Wire;

/// Values of a record: latitude, longitude, speed, bearing, satellites and ignition.
pub(crate) const VALUES: u8 = 6;

/// Where the latitude stands in a record: behind time, priority and longitude.
const LATITUDE_AT: usize = 8 + 1 + 4;
const CODEC_8: u8 = 0x08;
/// What lies behind the latitude: altitude 40 m, bearing 0, 9 satellites, 40 km/h, no event, one
/// input of one byte — ignition (239) is on — and none of two, four and eight.
const REST: [u8; 15] = [0, 40, 0, 0, 9, 0, 40, 0, 1, 1, 239, 1, 0, 0, 0];
const RECORD_BYTES: usize = LATITUDE_AT + 4 + REST.len();

/// A tracker.
pub(crate) struct Teltonika {
    hello: Vec<u8>,
    records: u8,
    /// Where it begins, in steps of 10⁻⁷ degrees.
    latitude: i32,
    longitude: i32,
}

impl Teltonika {
    /// A tracker that begins at a place and sends so many records in each frame.
    pub(crate) fn new(imei: &str, (latitude, longitude): (i32, i32), records: u8) -> Self {
        let hello = [&(imei.len() as u16).to_be_bytes()[..], imei.as_bytes()].concat();
        Self { hello, records, latitude, longitude }
    }
}

impl Wire for Teltonika {
    fn hello(&self) -> &[u8] {
        &self.hello
    }

    fn take_welcome(&self, answers: &mut BytesMut) -> anyhow::Result<bool> {
        match answers.try_get_u8() {
            Err(_) => Ok(false),
            Ok(1) => Ok(true),
            Ok(other) => bail!("the IMEI is answered with {other}"),
        }
    }

    fn write(&self, message: u64, begin: Timestamp, out: &mut Vec<u8>) {
        // Codec id, the count, and the count once more behind the records.
        let length = 3 + usize::from(self.records) * RECORD_BYTES;
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&(length as u32).to_be_bytes());
        let data_at = out.len();
        out.extend_from_slice(&[CODEC_8, self.records]);
        let first = message * u64::from(self.records);
        for reading in first..first + u64::from(self.records) {
            let time = begin.millis().unsigned_abs() + reading;
            out.extend_from_slice(&time.to_be_bytes());
            out.push(0); // priority
            out.extend_from_slice(&self.longitude.to_be_bytes());
            out.extend_from_slice(&self.latitude.wrapping_add(reading as i32).to_be_bytes());
            out.extend_from_slice(&REST);
        }
        out.push(self.records);
        let checksum = crc16(&out[data_at..]);
        out.extend_from_slice(&u32::from(checksum).to_be_bytes());
    }

    fn take_ack(&self, message: u64, answers: &mut BytesMut) -> anyhow::Result<bool> {
        match answers.try_get_u32() {
            Err(_) => Ok(false),
            Ok(count) if count == u32::from(self.records) => Ok(true),
            Ok(count) => bail!("frame {message} of {} records is answered {count}", self.records),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_as_records_that_go_on_in_time_and_place() {
        let begin = Timestamp(1_795_256_100_000);
        let wire = Teltonika::new("356307042441013", (464_825_000, 307_233_000), 2);
        assert_eq!(wire.hello(), b"\x00\x0f356307042441013");
        let mut frame = Vec::new();
        wire.write(3, begin, &mut frame);
        let decoded = codec::teltonika::decode(&frame, begin).expect("a frame");
        assert!(decoded.unusable.is_empty());
        for (number, reading) in (6..).zip(&decoded.readings) {
            assert_eq!(reading.time, begin.plus_ms(number));
            assert_eq!(reading.fields.len(), usize::from(VALUES));
            let latitude = (464_825_000 + number) as f64 * 1e-7;
            let expected = codec::Value::Quantity(latitude, domain::unit::Unit::Degree);
            assert_eq!(reading.fields[0], ("lat".into(), expected));
        }
        assert_eq!(decoded.readings.len(), 2);
    }

    #[test]
    fn an_answer_is_taken_when_it_is_whole() {
        let wire = Teltonika::new("356307042441013", (0, 0), 2);
        let mut answers = BytesMut::from(&[1, 0, 0, 0][..]);
        assert!(wire.take_welcome(&mut answers).expect("let in"));
        assert!(!wire.take_ack(0, &mut answers).expect("in part"));
        answers.extend_from_slice(&[2]);
        assert!(wire.take_ack(0, &mut answers).expect("counted"));
        assert!(wire.take_ack(1, &mut BytesMut::from(&[0; 4][..])).is_err());
    }
}
