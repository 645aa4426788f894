//! The Wialon IPS conversation: a login line with the device's token as password, then lines that
//! are answered each with what became of it.

use std::io;

use domain::intake::{LoginReason, Reason};
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::line::{Next, Room, read_line};
use super::{Caller, FRAME_WAIT, LOGIN_WAIT, Logged, NotTaken, dismiss, invalid, within};
use codec::wialon::{self, Kind};

/// How it is named wherever the way of a message stands, and the first word of its topics.
pub(super) const GATEWAY: &str = "wialon";
/// "The server refuses the connection."
pub(super) const REFUSAL: &[u8] = b"#AL#0\r\n";
/// "None of the box's records was registered."
const NONE_OF_BOX: &[u8] = b"#AB#0\r\n";

pub(super) async fn talk(stream: TcpStream, caller: &Caller) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let Some(logged) = within(LOGIN_WAIT, login(&mut stream, caller)).await? else {
        return Ok(());
    };
    loop {
        let line = match read_line(&mut stream, &caller.room).await? {
            Next::Line(line) => line,
            Next::NoRoom => {
                caller.entrance.count_retry();
                dismiss(&mut stream, NONE_OF_BOX).await;
                return Err(invalid("no room for its black box"));
            }
            Next::Gone => return Ok(()),
        };
        let is_too_large = line.is_too_large();
        let answer = answer(&line.bytes, caller.entrance.now()).unwrap_or_default();
        let is_box = line.bytes.starts_with(b"#B#");
        let (bytes, room) = line.into_parts();
        let taken = caller.hand_over(&logged, bytes).await;
        drop(room);
        if let Err(not_taken) = taken {
            if let NotTaken::TooOften(_) = not_taken {
                // No code of a line says "later": any but 1 tells that the line itself is wrong.
                dismiss(&mut stream, if is_box { NONE_OF_BOX } else { REFUSAL }).await;
            }
            return Err(not_taken.into());
        }
        if is_too_large {
            // Where the next line begins, nobody knows.
            dismiss(&mut stream, answer.as_bytes()).await;
            return Err(invalid("a line that is too large"));
        }
        within(FRAME_WAIT, stream.write_all(answer.as_bytes())).await?;
    }
}

/// `#L#imei;password`, or `#L#2.0;imei;password;checksum`. Answered with 1 (come in), 01 (wrong
/// password), 10 (wrong checksum) or 0.
async fn login(stream: &mut BufReader<TcpStream>, caller: &Caller) -> io::Result<Option<Logged>> {
    // A stranger has no room for more than a frame.
    let Next::Line(line) = read_line(stream, &Room::of_pieces(0)).await? else { return Ok(None) };
    let text = String::from_utf8_lossy(&line.bytes);
    let Some((Kind::Login, body)) = wialon::split(text.trim_end()) else {
        caller.entrance.refuse(GATEWAY, "", caller.address, LoginReason::UnknownUser);
        return Err(invalid("a line before the login"));
    };
    let is_version_2 = body.starts_with("2.");
    let body = if is_version_2 { wialon::without_checksum(body) } else { Some(body) };
    let admitted = match body {
        None => Err("10"),
        Some(body) => {
            let mut words = body.split(';').skip(usize::from(is_version_2));
            let (name, secret) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
            let admitted = caller.entrance.admit(GATEWAY, name, secret, caller.address);
            admitted
                .map(|entry| Logged::new(GATEWAY, name, &entry))
                .map_err(|reason| if reason == LoginReason::WrongToken { "01" } else { "0" })
        }
    };
    let code = admitted.as_ref().err().unwrap_or(&"1");
    stream.write_all(format!("#AL#{code}\r\n").as_bytes()).await?;
    Ok(admitted.ok())
}

/// What a line is answered once it is on disk, be it in quarantine; `None`: nothing.
fn answer(line: &[u8], now: domain::Timestamp) -> Option<String> {
    let text = String::from_utf8_lossy(line);
    let (kind, _) = wialon::split(text.trim_end())?;
    // Short lines have codes up to 13, long ones up to 16; the last is the checksum's.
    let code = |of_checksum: &'static str| match wialon::decode(line, now) {
        Err(unusable) if unusable.reason == Reason::BadFrame => of_checksum,
        Err(_) => "-1",
        Ok(decoded) => match decoded.unusable.first().map(|unusable| unusable.reason) {
            None => "1",
            Some(Reason::BadTime) => "0",
            Some(_) => "-1",
        },
    };
    let answer = match kind {
        Kind::Login => return None,
        Kind::Short => format!("#ASD#{}", code("13")),
        Kind::Long => format!("#AD#{}", code("16")),
        Kind::BlackBox => match wialon::count(line) {
            Ok(records) => format!("#AB#{records}"),
            // Without a number: the checksum.
            Err(unusable) if unusable.reason == Reason::BadFrame => "#AB#".to_owned(),
            Err(_) => "#AB#0".to_owned(),
        },
        Kind::Ping => "#AP#".to_owned(),
        Kind::Message => "#AM#1".to_owned(),
    };
    Some(answer + "\r\n")
}
