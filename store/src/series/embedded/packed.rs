//! Packed columns: numbers of one kind as `pco` packs them, after the length in bytes. A reader
//! always knows how many numbers to expect, so that a damaged length allocates nothing.

use pco::ChunkConfig;
use pco::data_types::Number;
use pco::standalone::{simple_compress, simple_decompress_into};

use super::layout::{damaged, put_varint, take_varint};
use crate::series::SeriesError;

pub(super) fn put_packed<T: Number>(out: &mut Vec<u8>, numbers: &[T]) -> Result<(), SeriesError> {
    let packed = simple_compress(numbers, &ChunkConfig::default())
        .map_err(|e| SeriesError::Engine(format!("a column does not pack: {e}")))?;
    put_varint(out, packed.len() as u64);
    out.extend_from_slice(&packed);
    Ok(())
}

pub(super) fn unpack<T: Number + Default>(
    packed: &[u8],
    count: usize,
) -> Result<Vec<T>, SeriesError> {
    let mut numbers = vec![T::default(); count];
    match simple_decompress_into(packed, &mut numbers) {
        Ok(progress) if progress.n_processed == count && progress.finished => Ok(numbers),
        _ => Err(damaged("packed column", packed)),
    }
}

/// Reads a packed column.
pub(super) fn take_packed<T: Number + Default>(rest: &mut &[u8], count: usize) -> Option<Vec<T>> {
    unpack(take_slice(rest)?, count).ok()
}

/// Bytes after their length.
pub(super) fn take_slice<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_varint(rest)?).ok()?;
    let (slice, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(slice)
}
