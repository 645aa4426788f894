//! Reading a tracker's line, bounded in its bytes, in the time that each piece of it takes, and in
//! the bytes that the lines of all trackers hold.

use std::io;
use std::sync::Arc;

use codec::wialon::bytes_max;
use domain::limits::{TRACKER_BOXES_BYTES_MAX, TRACKER_FRAME_BYTES_MAX};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{FRAME_WAIT, IDLE_WAIT, within};

/// Bytes that are read, and room that is taken, at a time.
const PIECE_BYTES: usize = TRACKER_FRAME_BYTES_MAX;

/// Room for the black boxes of all trackers; clones share it.
#[derive(Clone)]
pub(super) struct Room(Arc<Semaphore>);

impl Room {
    /// As much as there is for all trackers.
    pub(super) fn new() -> Self {
        Self::of_pieces(TRACKER_BOXES_BYTES_MAX / PIECE_BYTES)
    }

    pub(super) fn of_pieces(pieces: usize) -> Self {
        Self(Arc::new(Semaphore::new(pieces)))
    }

    /// Room for one piece more. Nobody waits for it: trackers that hold some and wait for more
    /// would wait for each other.
    fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).try_acquire_owned().ok()
    }
}

/// A line that was read.
pub(super) struct Line {
    /// With its end; of one that is too large one byte more than [`bytes_max`].
    pub(super) bytes: Vec<u8>,
    /// The room that it takes.
    room: Vec<OwnedSemaphorePermit>,
}

impl Line {
    /// Is there more of it than a line may have?
    pub(super) fn is_too_large(&self) -> bool {
        self.bytes.len() > bytes_max(&self.bytes)
    }

    /// The bytes, and the room that they take until both are let go.
    pub(super) fn into_parts(self) -> (Vec<u8>, Vec<OwnedSemaphorePermit>) {
        (self.bytes, self.room)
    }
}

/// What came.
pub(super) enum Next {
    Line(Line),
    /// A black box for which there is no room now.
    NoRoom,
    /// The tracker has gone.
    Gone,
}

/// Waits for a line and reads it.
pub(super) async fn read_line(
    stream: &mut (impl AsyncBufRead + Unpin),
    room: &Room,
) -> io::Result<Next> {
    if within(IDLE_WAIT, stream.fill_buf()).await?.is_empty() {
        return Ok(Next::Gone);
    }
    let mut line = Line { bytes: Vec::new(), room: Vec::new() };
    // One byte more tells a line that is too large.
    let mut piece = PIECE_BYTES + 1;
    loop {
        let wanted = line.bytes.len() + piece;
        let mut bounded = (&mut *stream).take(piece as u64);
        within(FRAME_WAIT, bounded.read_until(b'\n', &mut line.bytes)).await?;
        if line.bytes.ends_with(b"\n") || line.is_too_large() {
            return Ok(Next::Line(line));
        }
        if line.bytes.len() < wanted {
            return Ok(Next::Gone);
        }
        let Some(taken) = room.take() else { return Ok(Next::NoRoom) };
        line.room.push(taken);
        piece = PIECE_BYTES;
        // Not twice as much as there is, as a vector that grows by itself.
        line.bytes.reserve_exact(piece);
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt as _, BufReader};

    use super::*;

    const BOX: usize = domain::limits::TRACKER_BOX_BYTES_MAX;

    /// A line of so many bytes with its end.
    fn line_of(head: &str, bytes: usize) -> Vec<u8> {
        let mut line = head.as_bytes().to_vec();
        line.resize(bytes - 1, b'x');
        line.push(b'\n');
        line
    }

    /// What is read when all of it is there: bytes of the line, and pieces of room that it takes.
    async fn read(said: &[u8], room: &Room) -> Option<(usize, usize)> {
        let (mut tracker, ours) = tokio::io::duplex(said.len());
        tracker.write_all(said).await.expect("sent");
        drop(tracker);
        match read_line(&mut BufReader::new(ours), room).await.expect("in time") {
            Next::Line(line) => Some((line.bytes.len(), line.room.len())),
            Next::NoRoom | Next::Gone => None,
        }
    }

    #[tokio::test]
    async fn only_a_black_box_is_read_beyond_a_frame_and_none_beyond_its_own_bound() {
        let room = Room::new();
        let (frame, pieces) = (TRACKER_FRAME_BYTES_MAX, BOX / PIECE_BYTES);
        for (head, bytes, expected) in [
            ("#D#", frame, (frame, 0)),
            ("#D#", frame + 1, (frame + 1, 0)),
            ("#D#", 2 * frame, (frame + 1, 0)),
            ("#B#", frame, (frame, 0)),
            ("#B#", frame + 2, (frame + 2, 1)),
            ("#B#", BOX, (BOX, pieces - 1)),
            ("#B#", BOX + 1, (BOX + 1, pieces - 1)),
            ("#B#", 2 * BOX, (BOX + 1, pieces - 1)),
        ] {
            let read = read(&line_of(head, bytes), &room).await;
            assert_eq!(read, Some(expected), "{head} of {bytes} bytes");
        }
        assert_eq!(room.0.available_permits(), TRACKER_BOXES_BYTES_MAX / PIECE_BYTES);
        assert_eq!(read(b"#B#without an end", &room).await, None);
    }

    #[tokio::test]
    async fn a_box_without_room_is_not_taken_and_a_line_needs_none() {
        let room = Room::of_pieces(1);
        let larger = line_of("#B#", 3 * PIECE_BYTES);
        assert_eq!(read(&larger, &room).await, None);
        assert_eq!(read(&line_of("#B#", 2 * PIECE_BYTES), &room).await, Some((131_072, 1)));
        let none = Room::of_pieces(0);
        assert_eq!(read(&line_of("#D#", PIECE_BYTES), &none).await, Some((65_536, 0)));
    }
}
