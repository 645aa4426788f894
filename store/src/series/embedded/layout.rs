//! The layout of keys and values on disk. It has a version and golden bytes (`layout/tests.rs`):
//! what is written here must be readable for ever (style rule 61).
//!
//! A row's key is its object (u32, big-endian) and its time (i64, big-endian, sign flipped), so
//! that one object's rows lie together in the order of time. Its value is
//! - the arrival of its first cell in seconds after the row's time (zigzag varint), then cells
//!   until the end, ordered by slot, each of
//! - a head byte: bits 0–2 the form of the value, bit 3 "flags follow", bit 4 "own arrival
//!   follows", bits 5–7 how many slots were skipped, 7 for "7 and the varint that follows",
//! - the skipped slots beyond 7 (varint), the quality flags (varint), the arrival in seconds after
//!   that of the first cell (zigzag varint), each only when the head byte says so,
//! - the value: forms 0–5 are decimals, a zigzag varint over 10⁰, 10¹, 10², 10³, 10⁵, 10⁷; form 6
//!   is an f32, form 7 an f64, both little-endian.

use domain::{Cell, ObjectNo, Quality, Row, Timestamp};
use smallvec::SmallVec;

use crate::series::SeriesError;

/// Version of everything that is written.
pub(super) const LAYOUT_VERSION: u32 = 1;

/// Divisors of the decimal forms. 10⁵ and 10⁷ are those of positions.
pub(super) const DIVISORS: [f64; 6] = [1.0, 1e1, 1e2, 1e3, 1e5, 1e7];
/// Decimals up to here take at most 6 bytes.
const DECIMAL_MAX: f64 = (1_u64 << 41) as f64;
/// Integers up to here are all f64 values.
pub(super) const INTEGER_MAX: f64 = (1_u64 << 53) as f64;
/// Decimals from here on take 5 bytes and more, an f32 always 4.
const DECIMAL_LONGER_THAN_F32: u64 = 1 << 27;
const FORM_F32: u8 = 6;
pub(super) const FORM_F64: u8 = 7;
const HAS_QUALITY: u8 = 1 << 3;
const HAS_ARRIVAL: u8 = 1 << 4;
const SKIP_SHIFT: u8 = 5;
const SKIP_MORE: u64 = 7;

/// One cell as it is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct StoredCell {
    pub(super) slot: u16,
    pub(super) quality: Quality,
    /// Arrival, seconds since 1970.
    pub(super) arrival_s: i64,
    pub(super) value: f64,
}

/// Cells of one row, ordered by slot.
pub(super) type StoredCells = SmallVec<[StoredCell; 6]>;

/// Arrival as it is kept: whole seconds.
pub(super) fn arrival_s(arrival: Timestamp) -> i64 {
    arrival.0.div_euclid(1000)
}

/// Back from whole seconds.
pub(super) fn arrival(arrival_s: i64) -> Timestamp {
    Timestamp(arrival_s.saturating_mul(1000))
}

impl StoredCell {
    pub(super) fn new(cell: &Cell, arrival_s: i64) -> Self {
        Self { slot: cell.slot, quality: cell.quality, arrival_s, value: cell.value }
    }

    pub(super) fn cell(&self) -> Cell {
        Cell { slot: self.slot, value: self.value, quality: self.quality }
    }
}

/// The row as the trait speaks of it; it arrived when the last of its cells did.
pub(super) fn row(object: ObjectNo, time: Timestamp, cells: &[StoredCell]) -> Row {
    let newest = cells.iter().map(|c| c.arrival_s).max().unwrap_or_default();
    let cells = cells.iter().map(StoredCell::cell).collect();
    Row { object, time, arrival: arrival(newest), cells }
}

pub(super) type RowKey = [u8; 12];

pub(super) fn row_key(object: ObjectNo, time: Timestamp) -> RowKey {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&object.0.to_be_bytes());
    key[4..].copy_from_slice(&time_bytes(time));
    key
}

pub(super) fn parse_row_key(key: &[u8]) -> Result<(ObjectNo, Timestamp), SeriesError> {
    let key = <RowKey>::try_from(key).map_err(|_| damaged("row key", key))?;
    let [o0, o1, o2, o3, time @ ..] = key;
    Ok((ObjectNo(u32::from_be_bytes([o0, o1, o2, o3])), time_of(time)))
}

/// Time in the order of bytes.
pub(super) fn time_bytes(time: Timestamp) -> [u8; 8] {
    ((time.0 as u64) ^ (1 << 63)).to_be_bytes()
}

pub(super) fn time_of(bytes: [u8; 8]) -> Timestamp {
    Timestamp((u64::from_be_bytes(bytes) ^ (1 << 63)) as i64)
}

/// Writes a row's value behind what stands in `out`.
pub(super) fn encode_row(time: Timestamp, cells: &[StoredCell], out: &mut Vec<u8>) {
    let first_arrival_s = cells.first().map_or(0, |c| c.arrival_s);
    put_signed(out, first_arrival_s.wrapping_sub(arrival_s(time)));
    let mut next_slot = 0_u64;
    for cell in cells {
        let skipped = u64::from(cell.slot) - next_slot;
        next_slot = u64::from(cell.slot) + 1;
        let form = form_of(cell.value);
        let mut head = form.number() | (skipped.min(SKIP_MORE) as u8) << SKIP_SHIFT;
        head |= if cell.quality == Quality::GOOD { 0 } else { HAS_QUALITY };
        head |= if cell.arrival_s == first_arrival_s { 0 } else { HAS_ARRIVAL };
        out.push(head);
        if skipped >= SKIP_MORE {
            put_varint(out, skipped - SKIP_MORE);
        }
        if head & HAS_QUALITY != 0 {
            put_varint(out, cell.quality.0.into());
        }
        if head & HAS_ARRIVAL != 0 {
            put_signed(out, cell.arrival_s.wrapping_sub(first_arrival_s));
        }
        match form {
            Form::Decimal { scaled, .. } => put_signed(out, scaled),
            Form::F32(value) => out.extend_from_slice(&value.to_le_bytes()),
            Form::F64(value) => out.extend_from_slice(&value.to_le_bytes()),
        }
    }
}

enum Form {
    Decimal { number: u8, scaled: i64 },
    F32(f32),
    F64(f64),
}

impl Form {
    const fn number(&self) -> u8 {
        match self {
            Self::Decimal { number, .. } => *number,
            Self::F32(_) => FORM_F32,
            Self::F64(_) => FORM_F64,
        }
    }
}

/// The shortest form from which the very same bits are read back.
fn form_of(value: f64) -> Form {
    let short = value as f32;
    let is_f32 = f64::from(short).to_bits() == value.to_bits();
    for (number, divisor) in DIVISORS.iter().enumerate() {
        if (value * divisor).abs() >= DECIMAL_MAX {
            break;
        }
        if let Some(scaled) = exact_decimal(value, *divisor) {
            let is_longer = is_f32 && scaled.unsigned_abs() >= DECIMAL_LONGER_THAN_F32;
            let decimal = Form::Decimal { number: number as u8, scaled };
            return if is_longer { Form::F32(short) } else { decimal };
        }
    }
    if is_f32 { Form::F32(short) } else { Form::F64(value) }
}

/// The integer that, divided by `divisor`, is the very same value, bit for bit.
pub(super) fn exact_decimal(value: f64, divisor: f64) -> Option<i64> {
    let scaled = (value * divisor).round();
    if scaled.abs() >= INTEGER_MAX {
        return None;
    }
    let scaled = scaled as i64; // of −0.0 the sign is lost here, and seen in the next line
    ((scaled as f64 / divisor).to_bits() == value.to_bits()).then_some(scaled)
}

/// Reads a row's cells one by one.
pub(super) struct Cells<'a> {
    rest: &'a [u8],
    first_arrival_s: i64,
    next_slot: u64,
}

impl<'a> Cells<'a> {
    /// Begins with the value of the row of `time`.
    pub(super) fn read(time: Timestamp, value: &'a [u8]) -> Result<Self, SeriesError> {
        let mut rest = value;
        let delta = take_signed(&mut rest).ok_or_else(|| damaged("row", value))?;
        Ok(Self { rest, first_arrival_s: arrival_s(time).wrapping_add(delta), next_slot: 0 })
    }

    fn take(&mut self) -> Option<StoredCell> {
        let (head, rest) = self.rest.split_first()?;
        self.rest = rest;
        let mut skipped = u64::from(head >> SKIP_SHIFT);
        if skipped == SKIP_MORE {
            skipped = skipped.checked_add(take_varint(&mut self.rest)?)?;
        }
        let slot = u16::try_from(self.next_slot.checked_add(skipped)?).ok()?;
        self.next_slot = u64::from(slot) + 1;
        let quality = match head & HAS_QUALITY {
            0 => 0,
            _ => u16::try_from(take_varint(&mut self.rest)?).ok()?,
        };
        let own = if head & HAS_ARRIVAL == 0 { 0 } else { take_signed(&mut self.rest)? };
        let value = match head & 7 {
            FORM_F32 => f64::from(f32::from_le_bytes(take_bytes(&mut self.rest)?)),
            FORM_F64 => f64::from_le_bytes(take_bytes(&mut self.rest)?),
            decimal => take_signed(&mut self.rest)? as f64 / DIVISORS[usize::from(decimal)],
        };
        let arrival_s = self.first_arrival_s.wrapping_add(own);
        Some(StoredCell { slot, quality: Quality(quality), arrival_s, value })
    }
}

impl Iterator for Cells<'_> {
    type Item = Result<StoredCell, SeriesError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let at = self.rest;
        let cell = self.take().ok_or_else(|| damaged("cell", at));
        if cell.is_err() {
            self.rest = &[]; // nothing behind it can be read
        }
        Some(cell)
    }
}

/// All cells of a row.
pub(super) fn decode_row(time: Timestamp, value: &[u8]) -> Result<StoredCells, SeriesError> {
    Cells::read(time, value)?.collect()
}

/// The cell of one slot; nothing behind it is read.
pub(super) fn find_cell(
    time: Timestamp,
    value: &[u8],
    slot: u16,
) -> Result<Option<StoredCell>, SeriesError> {
    for cell in Cells::read(time, value)? {
        let cell = cell?;
        if cell.slot >= slot {
            return Ok((cell.slot == slot).then_some(cell));
        }
    }
    Ok(None)
}

/// What was stored is not what was written: said with its first bytes.
pub(super) fn damaged(what: &str, bytes: &[u8]) -> SeriesError {
    let shown = &bytes[..bytes.len().min(24)];
    SeriesError::Damaged(format!("{what} `{shown:02x?}` of {} bytes", bytes.len()))
}

/// Seven bits a byte, lowest first, the high bit set on all but the last.
pub(super) fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Zigzag: small numbers of either sign are short.
pub(super) fn put_signed(out: &mut Vec<u8>, number: i64) {
    put_varint(out, ((number << 1) ^ (number >> 63)) as u64);
}

pub(super) fn take_varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

pub(super) fn take_signed(rest: &mut &[u8]) -> Option<i64> {
    let number = take_varint(rest)?;
    Some((number >> 1) as i64 ^ -((number & 1) as i64))
}

pub(super) fn take_bytes<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*bytes)
}

#[cfg(test)]
mod tests;
