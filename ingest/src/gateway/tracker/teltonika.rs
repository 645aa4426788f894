//! The Teltonika conversation: the tracker says its IMEI and is let in or not; then each frame is
//! answered with the count of its records. A tracker that is not answered sends the frame again.

use std::io;

use domain::intake::LoginReason;
use domain::limits::TRACKER_FRAME_BYTES_MAX;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{
    Caller, FRAME_WAIT, IDLE_WAIT, LOGIN_WAIT, Logged, NotTaken, dismiss, invalid, within,
};
use codec::teltonika::{HEAD_BYTES, TAIL_BYTES, count};

/// How it is named wherever the way of a message stands, and the first word of its topics.
pub(super) const GATEWAY: &str = "teltonika";
/// "Do not come in."
pub(super) const REFUSAL: &[u8] = &[0];
/// "None of the frame's records was taken": the tracker sends it again.
const NO_RECORD: &[u8] = &0u32.to_be_bytes();
/// Digits of an IMEI, and room for firmware that says a little more.
const IMEI_BYTES_MAX: usize = 20;
/// Sent between frames to keep the connection open.
const PING: u8 = 0xFF;

pub(super) async fn talk(mut stream: TcpStream, caller: &Caller) -> io::Result<()> {
    let Some(logged) = within(LOGIN_WAIT, login(&mut stream, caller)).await? else {
        return Ok(());
    };
    loop {
        let first = match within(IDLE_WAIT, stream.read_u8()).await {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            first => first?,
        };
        if first == PING {
            continue;
        }
        let frame = within(FRAME_WAIT, read_frame(&mut stream, first)).await?;
        let counted = count(&frame);
        if let Err(not_taken) = caller.hand_over(&logged, frame).await {
            if let NotTaken::TooOften(_) = not_taken {
                dismiss(&mut stream, NO_RECORD).await;
            }
            return Err(not_taken.into());
        }
        match counted {
            Ok(records) => {
                within(FRAME_WAIT, stream.write_all(&u32::from(records).to_be_bytes())).await?;
            }
            // Where the next frame begins, nobody knows.
            Err(unusable) => {
                dismiss(&mut stream, NO_RECORD).await;
                return Err(invalid(unusable.detail));
            }
        }
    }
}

/// Length and IMEI; answered with 1 (come in) or 0.
async fn login(stream: &mut TcpStream, caller: &Caller) -> io::Result<Option<Logged>> {
    let length = usize::from(stream.read_u16().await?);
    if length == 0 || length > IMEI_BYTES_MAX {
        caller.entrance.refuse(GATEWAY, "", caller.address, LoginReason::UnknownUser);
        return Err(invalid(format!("an IMEI of {length} bytes")));
    }
    let mut imei = vec![0; length];
    stream.read_exact(&mut imei).await?;
    let imei = String::from_utf8_lossy(&imei).into_owned();
    let admitted = caller.entrance.admit_by_name(GATEWAY, &imei, caller.address);
    stream.write_all(&[u8::from(admitted.is_ok())]).await?;
    Ok(admitted.ok().map(|entry| Logged::new(GATEWAY, &imei, &entry)))
}

/// The whole frame; of one that cannot be, its head.
async fn read_frame(stream: &mut TcpStream, first: u8) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; HEAD_BYTES];
    frame[0] = first;
    stream.read_exact(&mut frame[1..]).await?;
    let length = frame[4..].iter().fold(0usize, |length, byte| length << 8 | usize::from(*byte));
    if frame[..4] != [0; 4] || length + HEAD_BYTES + TAIL_BYTES > TRACKER_FRAME_BYTES_MAX {
        return Ok(frame);
    }
    frame.resize(HEAD_BYTES + length + TAIL_BYTES, 0);
    stream.read_exact(&mut frame[HEAD_BYTES..]).await?;
    Ok(frame)
}
