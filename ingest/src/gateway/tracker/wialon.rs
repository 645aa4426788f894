//! The Wialon IPS conversation: a login line with the device's token as password, then lines that
//! are answered each with what became of it.

use std::io;

use domain::intake::{LoginReason, Reason};
use domain::limits::TRACKER_FRAME_BYTES_MAX;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::{Caller, FRAME_WAIT, IDLE_WAIT, LOGIN_WAIT, Logged, invalid, within};
use codec::wialon::{self, Kind};

/// How it is named wherever the way of a message stands, and the first word of its topics.
const GATEWAY: &str = "wialon";

pub(super) async fn talk(stream: TcpStream, caller: &Caller) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let Some(logged) = within(LOGIN_WAIT, login(&mut stream, caller)).await? else {
        return Ok(());
    };
    while let Some(line) = read_line(&mut stream).await? {
        let answer = answer(&line, caller.entrance.now());
        caller.hand_over(&logged, line).await?;
        if let Some(answer) = answer {
            within(FRAME_WAIT, stream.write_all(answer.as_bytes())).await?;
        }
    }
    Ok(())
}

/// `#L#imei;password`, or `#L#2.0;imei;password;checksum`. Answered with 1 (come in), 01 (wrong
/// password), 10 (wrong checksum) or 0.
async fn login(stream: &mut BufReader<TcpStream>, caller: &Caller) -> io::Result<Option<Logged>> {
    let Some(line) = read_line(stream).await? else { return Ok(None) };
    let text = String::from_utf8_lossy(&line);
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

/// A line with its end; `None` when the tracker has gone.
async fn read_line(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Vec<u8>>> {
    if within(IDLE_WAIT, stream.fill_buf()).await?.is_empty() {
        return Ok(None);
    }
    let mut line = Vec::new();
    let mut bounded = (&mut *stream).take(TRACKER_FRAME_BYTES_MAX as u64);
    within(FRAME_WAIT, bounded.read_until(b'\n', &mut line)).await?;
    match line.last() {
        Some(b'\n') => Ok(Some(line)),
        _ if line.len() == TRACKER_FRAME_BYTES_MAX => Err(invalid("a line without an end")),
        _ => Ok(None),
    }
}

/// What a line is answered once it is on disk, be it in quarantine; `None`: nothing.
fn answer(line: &[u8], now: domain::Timestamp) -> Option<String> {
    let text = String::from_utf8_lossy(line);
    let (kind, _) = wialon::split(text.trim_end())?;
    let decoded = wialon::decode(line, now);
    // Short lines have codes up to 13, long ones up to 16; the last is the checksum's.
    let code = |of_checksum: &'static str| match &decoded {
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
        Kind::BlackBox => match &decoded {
            Ok(decoded) => format!("#AB#{}", decoded.readings.len() + decoded.unusable.len()),
            Err(_) => "#AB#".to_owned(),
        },
        Kind::Ping => "#AP#".to_owned(),
        Kind::Message => "#AM#1".to_owned(),
    };
    Some(answer + "\r\n")
}
