//! The CBOR form of a pack: an array of maps with small integers for labels (RFC 8428, section 6,
//! table 4).

use domain::intake::Reason;
use minicbor::data::{IanaTag, Tag, Type};
use minicbor::decode::{Decoder, Error};

use super::{RECORDS_MAX, Record};
use crate::Unusable;

/// Is this the head of an array (major type 4)?
pub(super) fn is_array(payload: &[u8]) -> bool {
    payload.first().is_some_and(|head| head >> 5 == 4)
}

/// Reads the records of a pack.
pub(super) fn read(payload: &[u8]) -> Result<Vec<Record<'_>>, Unusable> {
    let refused = |error: Error| {
        let reason = if error.is_end_of_input() { Reason::BadFrame } else { Reason::BadElement };
        Unusable::message(reason, format!("no pack of CBOR: {error}"))
    };
    let mut decoder = Decoder::new(payload);
    let records = pack(&mut decoder).map_err(refused)?;
    if decoder.position() < payload.len() {
        let detail = format!("{} bytes after the pack", payload.len() - decoder.position());
        return Err(Unusable::message(Reason::BadFrame, detail));
    }
    Ok(records)
}

fn pack<'a>(decoder: &mut Decoder<'a>) -> Result<Vec<Record<'a>>, Error> {
    let count = decoder
        .array()?
        .ok_or_else(|| Error::message("an array of no definite length, expected a definite one"))?;
    if count > RECORDS_MAX as u64 {
        return Err(Error::message(format!("{count} records, expected at most {RECORDS_MAX}")));
    }
    (0..count).map(|_| record(decoder)).collect()
}

fn record<'a>(decoder: &mut Decoder<'a>) -> Result<Record<'a>, Error> {
    let labels = decoder
        .map()?
        .ok_or_else(|| Error::message("a map of no definite length, expected a definite one"))?;
    let mut record = Record::default();
    for _ in 0..labels {
        if decoder.datatype()? == Type::String {
            let label = decoder.str()?;
            if label.ends_with('_') {
                return Err(Error::message(format!("label `{label}` must be understood")));
            }
            decoder.skip()?;
            continue;
        }
        match decoder.i64()? {
            -1 => record.base_version = Some(decoder.u64()?),
            -2 => record.base_name = Some(decoder.str()?.into()),
            -3 => record.base_time = Some(number(decoder)?),
            -4 => record.base_unit = Some(decoder.str()?.into()),
            -5 => record.base_value = Some(number(decoder)?),
            0 => record.name = Some(decoder.str()?.into()),
            1 => record.unit = Some(decoder.str()?.into()),
            2 => record.value = Some(number(decoder)?),
            3 => record.string = Some(decoder.str()?.into()),
            4 => record.boolean = Some(decoder.bool()?),
            5 => record.sum = Some(number(decoder)?),
            6 => record.time = Some(number(decoder)?),
            8 => record.has_data = decoder.bytes().map(|_| true)?,
            _ => decoder.skip()?,
        }
    }
    Ok(record)
}

/// An integer, a float or a decimal fraction (tag 4: exponent of ten, then mantissa).
fn number(decoder: &mut Decoder<'_>) -> Result<f64, Error> {
    let value = match decoder.datatype()? {
        Type::F16 => half(decoder)?,
        Type::F32 => f64::from(decoder.f32()?),
        Type::F64 => decoder.f64()?,
        Type::Tag => {
            if decoder.tag()? != Tag::from(IanaTag::Decimal) || decoder.array()? != Some(2) {
                return Err(Error::message("a tag other than 4, expected a decimal fraction"));
            }
            let (exponent, mantissa) = (decoder.i16()?, integer(decoder)?);
            mantissa * 10f64.powi(exponent.into())
        }
        _ => integer(decoder)?,
    };
    if value.is_finite() { Ok(value) } else { Err(Error::message("a number that is not finite")) }
}

fn integer(decoder: &mut Decoder<'_>) -> Result<f64, Error> {
    decoder.int().map(|int| i128::from(int) as f64)
}

/// A float of 16 bits (IEEE 754 binary16), which the parser leaves to others.
fn half(decoder: &mut Decoder<'_>) -> Result<f64, Error> {
    let at = decoder.position();
    let Some([_, high, low]) = decoder.input().get(at..at + 3) else {
        return Err(Error::end_of_input());
    };
    decoder.set_position(at + 3);
    let bits = u16::from_be_bytes([*high, *low]);
    let (exponent, fraction) = ((bits >> 10) & 0x1f, f64::from(bits & 0x3ff) / 1024.0);
    let magnitude = match exponent {
        0 => fraction * 2f64.powi(-14),
        0x1f => f64::NAN,
        _ => (1.0 + fraction) * 2f64.powi(i32::from(exponent) - 15),
    };
    Ok(if bits >> 15 == 1 { -magnitude } else { magnitude })
}
