//! Tests of the tracker gateway over real sockets: byte streams cut at every position, and an
//! acknowledgement that leaves after the commit only.

use domain::intake::{LoginReason, Reason};
use futures_util::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::testing::{City, Fault, PATIENCE, Running};

mod black_box;

const IMEI: &str = "356307042441013";
/// The vendor's published frame of Codec 8 Extended: one record without a fix, of 2019.
const FRAME: &str = "000000000000004A8E010000016B412CEE000100000000000000000000000000000000010005000100010100010011\
     001D00010010015E2C880002000B000000003544C87A000E000000001DD7E06A00000100002994";

/// A place by Wialon, at the time that each test puts in its stead.
const RECORD: &str = "221126;101400;4628.9500;N;03043.3980;E;36;184;40;9";

/// The frame with its record so many seconds before the clock of the test city.
fn frame_of(seconds_ago: i64) -> Vec<u8> {
    let digits: Vec<u32> = FRAME.chars().filter_map(|c| c.to_digit(16)).collect();
    let mut frame: Vec<u8> = digits.chunks(2).map(|p| (p[0] * 16 + p[1]) as u8).collect();
    let time = crate::testing::NOW.plus_ms(-1000 * seconds_ago).millis().to_be_bytes();
    frame[10..18].copy_from_slice(&time);
    sealed(frame)
}

/// The frame with its length, count of records behind them, and checksum.
fn sealed(mut frame: Vec<u8>) -> Vec<u8> {
    let end = frame.len() - 4;
    let checksum = codec::checksum::crc16(&frame[8..end]);
    frame[end..].copy_from_slice(&u32::from(checksum).to_be_bytes());
    frame
}

fn frame() -> Vec<u8> {
    frame_of(60)
}

/// A frame of many records, one a second, the first so many seconds ago.
fn backlog_of(records: u8, seconds_ago: i64) -> Vec<u8> {
    let of = |second: u8| frame_of(seconds_ago - i64::from(second));
    let record = |frame: Vec<u8>| frame[10..frame.len() - 5].to_vec();
    let records_bytes: Vec<u8> = (0..records).flat_map(|second| record(of(second))).collect();
    let length = (records_bytes.len() as u32 + 3).to_be_bytes();
    let head = [&[0; 4][..], &length, &[0x8E, records]].concat();
    sealed([&head, &records_bytes[..], &[records], &[0; 4]].concat())
}

fn hello() -> Vec<u8> {
    [&(IMEI.len() as u16).to_be_bytes()[..], IMEI.as_bytes()].concat()
}

async fn started() -> Running {
    let mut city = City::new();
    let bus = format!("bus-1,odesa,vehicle,gps-tracker,Автобус,,,own:test,Власник,,,{IMEI}");
    city.import("external_id", &[&bus]);
    city.start().await
}

async fn connected(address: Option<SocketAddr>) -> TcpStream {
    TcpStream::connect(address.expect("a port")).await.expect("connected")
}

/// Says it all, cut into two packets.
async fn sent_in_two(address: Option<SocketAddr>, stream: &[u8], cut: usize) -> TcpStream {
    let mut tracker = connected(address).await;
    tracker.set_nodelay(true).expect("set");
    tracker.write_all(&stream[..cut]).await.expect("sent");
    tokio::task::yield_now().await;
    tracker.write_all(&stream[cut..]).await.expect("sent");
    tracker
}

/// Some of the conversations at a time, so that they share commits.
async fn all(conversations: impl Iterator<Item = impl Future<Output = ()>>) {
    let mut talking = futures_util::stream::iter(conversations).buffer_unordered(32);
    while talking.next().await.is_some() {}
}

async fn read(stream: &mut TcpStream, bytes: usize) -> Vec<u8> {
    let mut read = vec![0; bytes];
    let what = stream.read_exact(&mut read);
    tokio::time::timeout(PATIENCE, what).await.expect("in time").expect("an answer");
    read
}

/// All that comes until the platform closes the connection.
async fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut read = Vec::new();
    let what = stream.read_to_end(&mut read);
    tokio::time::timeout(PATIENCE, what).await.expect("closed in time").expect("closed");
    read
}

async fn read_line(stream: &mut TcpStream) -> String {
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        line.extend(read(stream, 1).await);
    }
    String::from_utf8(line).expect("text").trim_end().to_owned()
}

/// A connection that was let in by the Wialon protocol of the version: empty, or `2.0`.
async fn logged_in(running: &Running, version: &str) -> TcpStream {
    let token = &running.city.tokens["bus-1"];
    let login = match version {
        "" => format!("#L#{IMEI};{token}\r\n"),
        version => format!("#L#{}\r\n", signed(&format!("{version};{IMEI};{token};"))),
    };
    let mut tracker = connected(running.ingest.wialon_addr()).await;
    tracker.set_nodelay(true).expect("set");
    tracker.write_all(login.as_bytes()).await.expect("sent");
    assert_eq!(read_line(&mut tracker).await, "#AL#1");
    tracker
}

fn signed(body: &str) -> String {
    format!("{body}{:X}", codec::checksum::crc16(body.as_bytes()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_teltonika_stream_may_be_cut_anywhere() {
    let running = started().await;
    let stream = [hello(), frame_of(60), vec![0xFF], backlog_of(2, 58), frame_of(50)].concat();
    let address = running.ingest.teltonika_addr();
    let at_every_cut = (0..stream.len()).map(|cut| {
        let stream = &stream;
        async move {
            let mut tracker = sent_in_two(address, stream, cut).await;
            let counts = read(&mut tracker, 13).await;
            assert_eq!(counts, [1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1], "cut at {cut}");
        }
    });
    all(at_every_cut).await;
    let odometer = running.city.stored("bus-1", "odometer");
    let told: Vec<_> =
        odometer.iter().map(|o| (crate::testing::NOW.since_ms(o.time), o.value)).collect();
    let expected = [60_000, 58_000, 57_000, 50_000].map(|ago| (ago, 22_949.0));
    assert_eq!(told, expected, "in km; the same records wherever the stream was cut");
    // Of a frame that ends in the middle nothing is taken.
    let mut tracker = connected(running.ingest.teltonika_addr()).await;
    tracker.write_all(&stream[..40]).await.expect("sent");
    tracker.shutdown().await.expect("shut");
    assert_eq!(read_to_end(&mut tracker).await, [1]);
    let city = running.stop().await;
    let tally = city.tally("bus-1");
    // Of the six fields the profile knows satellites and odometer.
    assert_eq!(tally.received, 6 * 4 * stream.len() as u64);
    assert_eq!((tally.stored, tally.unknown_field * 3), (8, tally.received * 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_never_leaves_before_the_commit_and_never_without_it() {
    let running = started().await;
    running.city.series.set(Fault::Waits);
    let mut tracker = connected(running.ingest.teltonika_addr()).await;
    tracker.write_all(&[hello(), frame()].concat()).await.expect("sent");
    assert_eq!(read(&mut tracker, 1).await, [1]);
    let early = tokio::time::timeout(Duration::from_millis(300), tracker.read_u8()).await;
    assert!(early.is_err(), "counted before the commit");
    running.city.series.set(Fault::None);
    assert_eq!(read(&mut tracker, 4).await, [0, 0, 0, 1]);
    running.city.series.set(Fault::Fails);
    tracker.write_all(&frame()).await.expect("sent");
    assert!(read_to_end(&mut tracker).await.is_empty(), "not stored, so not counted");
    running.city.series.set(Fault::None);
    let city = running.stop().await;
    assert_eq!(city.tally("bus-1").stored, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_of_thousands_is_counted_frame_by_frame_after_its_commit() {
    let running = started().await;
    running.city.series.set(Fault::Waits);
    let mut tracker = connected(running.ingest.teltonika_addr()).await;
    let frames = 16;
    let backlog = (0..frames).flat_map(|frame| backlog_of(250, 5_000 - 250 * frame));
    let stream: Vec<u8> = hello().into_iter().chain(backlog).collect();
    tracker.write_all(&stream).await.expect("sent");
    assert_eq!(read(&mut tracker, 1).await, [1]);
    let early = tokio::time::timeout(Duration::from_millis(300), tracker.read_u8()).await;
    assert!(early.is_err(), "counted before the commit");
    running.city.series.set(Fault::None);
    let counts = read(&mut tracker, 4 * frames as usize).await;
    assert_eq!(counts, [0, 0, 0, 250].repeat(frames as usize));
    assert_eq!(running.city.values("bus-1", "odometer").len(), 4_000);
    running.stop().await;
}

/// Attempts before a turn that is always taken must have been refused: a new one comes within
/// milliseconds, so that a single attempt may meet it.
const ATTEMPTS: usize = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_tracker_that_sends_too_often_is_closed() {
    let running = started().await;
    let (turns, bus) = (&running.ingest.entrance().turns, crate::testing::device("bus-1"));
    let mut refused = false;
    for _ in 0..ATTEMPTS {
        let mut tracker = connected(running.ingest.teltonika_addr()).await;
        tracker.write_all(&hello()).await.expect("sent");
        assert_eq!(read(&mut tracker, 1).await, [1], "let in");
        while turns.frame_of(&bus).is_ok() {}
        tracker.write_all(&frame()).await.expect("sent");
        tracker.shutdown().await.expect("shut");
        refused = read_to_end(&mut tracker).await == [0; 4];
        if refused {
            break;
        }
    }
    assert!(refused, "every frame was counted");
    let city = running.stop().await;
    assert_eq!(too_often(&city), [("bus-1".to_owned(), "127.0.0.1".to_owned())]);
}

/// Who is shown among the login refusals as one who came or sent too often.
fn too_often(city: &City) -> Vec<(String, String)> {
    let refusals = city.parts.intake.login_refusals(10).expect("readable");
    let often = refusals.into_iter().filter(|refusal| refusal.reason == LoginReason::TooOften);
    often.map(|refusal| (refusal.user, refusal.address)).collect()
}

/// No code of a line says "later": the tracker must not take the line for a wrong one.
#[tokio::test(flavor = "multi_thread")]
async fn a_wialon_tracker_that_sends_too_often_is_told_and_named() {
    let running = started().await;
    let (turns, bus) = (&running.ingest.entrance().turns, crate::testing::device("bus-1"));
    for (line, expected) in [("#SD#", "#AL#0\r\n"), ("#D#", "#AL#0\r\n"), ("#B#", "#AB#0\r\n")] {
        let mut refused = false;
        for _ in 0..ATTEMPTS {
            let mut tracker = logged_in(&running, "").await;
            while turns.frame_of(&bus).is_ok() {}
            tracker.write_all(format!("{line}{RECORD}\r\n").as_bytes()).await.expect("sent");
            tracker.shutdown().await.expect("shut");
            refused = read_to_end(&mut tracker).await == expected.as_bytes();
            if refused {
                break;
            }
        }
        assert!(refused, "every {line} was taken");
    }
    let city = running.stop().await;
    assert_eq!(too_often(&city), [("bus-1".to_owned(), "127.0.0.1".to_owned())]);
    assert!(city.reasons().is_empty(), "the tracker sends them again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_connects_too_often_is_told_and_listed() {
    let running = started().await;
    let turns = &running.ingest.entrance().turns;
    let login = format!("#L#{IMEI};{}\r\n", running.city.tokens["bus-1"]);
    let (wialon, teltonika) = (running.ingest.wialon_addr(), running.ingest.teltonika_addr());
    for (address, login, refusal) in
        [(wialon, login.into_bytes(), &b"#AL#0\r\n"[..]), (teltonika, hello(), &[0])]
    {
        let mut refused = false;
        for _ in 0..ATTEMPTS {
            while turns.connection_from(IpAddr::from([127, 0, 0, 1])).is_ok() {}
            let mut tracker = connected(address).await;
            // Who is refused may have been told before he says who he is.
            drop(tracker.write_all(&login).await);
            drop(tracker.shutdown().await);
            refused = read_to_end(&mut tracker).await == refusal;
            if refused {
                break;
            }
        }
        assert!(refused, "every connection was taken");
    }
    let text = running.ingest.metrics().render();
    assert!(!text.contains("{of=\"tracker-connection\"} 0\n"), "{text}");
    let city = running.stop().await;
    assert_eq!(too_often(&city), [(String::new(), "127.0.0.1".to_owned())], "one line");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_that_cannot_be_is_kept_and_the_tracker_is_told() {
    let running = started().await;
    let mut changed = frame();
    changed[20] ^= 1;
    let oversized = [&[0; 4][..], &(10 * 1024 * 1024_u32).to_be_bytes()].concat();
    for broken in [changed, oversized, b"GET / HTTP/1.1\r\n".to_vec()] {
        let mut tracker = connected(running.ingest.teltonika_addr()).await;
        tracker.write_all(&hello()).await.expect("sent");
        assert_eq!(read(&mut tracker, 1).await, [1]);
        tracker.write_all(&broken).await.expect("sent");
        assert_eq!(read(&mut tracker, 4).await, [0; 4], "nothing is counted");
    }
    let city = running.stop().await;
    assert_eq!(city.reasons(), [Reason::BadFrame; 3]);
    let kept = &city.quarantine()[0];
    assert_eq!((kept.device.as_str(), kept.gateway.as_str()), ("bus-1", "teltonika"));
    assert_eq!(kept.topic, format!("teltonika/{IMEI}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_imei_is_refused_at_the_login_and_shown() {
    let running = started().await;
    let mut tracker = connected(running.ingest.teltonika_addr()).await;
    tracker.write_all(b"\x00\x0f999999999999999").await.expect("sent");
    assert_eq!(read_to_end(&mut tracker).await, [0]);
    for login in ["#L#999999999999999;NA\r\n", &format!("#L#{IMEI};wrong\r\n")] {
        let mut tracker = connected(running.ingest.wialon_addr()).await;
        tracker.write_all(login.as_bytes()).await.expect("sent");
        let expected = if login.contains("wrong") { "#AL#01\r\n" } else { "#AL#0\r\n" };
        assert_eq!(String::from_utf8_lossy(&read_to_end(&mut tracker).await), expected);
    }
    let city = running.stop().await;
    let refusals = city.parts.intake.login_refusals(10).expect("readable");
    let mut shown: Vec<_> = refusals.iter().map(|r| (r.user.as_str(), r.reason, r.count)).collect();
    shown.sort_unstable();
    let unknown = ("999999999999999", LoginReason::UnknownUser, 2);
    assert_eq!(shown, [(IMEI, LoginReason::WrongToken, 1), unknown]);
    assert!(refusals.iter().all(|r| r.address == "127.0.0.1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_no_vehicles_imei_opens_nothing_without_a_secret() {
    let mut running = started().await;
    let leak =
        "leak-1,odesa,water,leak-sensor,Датчик,46.4,30.7,own:test,Власник,,,a84041000181c061";
    running.city.import("external_id", &[leak]);
    let mut tracker = connected(running.ingest.teltonika_addr()).await;
    tracker.write_all(b"\x00\x10a84041000181c061").await.expect("sent");
    assert_eq!(read_to_end(&mut tracker).await, [0]);
    drop(running.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wialon_conversation_is_answered_line_by_line_wherever_it_is_cut() {
    let running = started().await;
    let token = running.city.tokens["bus-1"].clone();
    let record = RECORD;
    let body = format!("{record};");
    let signed = format!("{body}{:X}", codec::checksum::crc16(body.as_bytes()));
    let lines = [
        (format!("#L#{IMEI};{token}\r\n"), "#AL#1"),
        ("#P#\r\n".to_owned(), "#AP#"),
        (format!("#SD#{record}\r\n"), "#ASD#1"),
        (format!("#SD#{signed}\r\n"), "#ASD#1"),
        (format!("#SD#{body}1234\r\n"), "#ASD#13"),
        (format!("#D#{record};0.8;NA;NA;NA;NA;ignition:1:1\r\n"), "#AD#1"),
        (format!("#D#{}\r\n", record.replace("221126", "991326")), "#AD#0"),
        (format!("#B#{record}|{}\r\n", record.replace("101400", "101401")), "#AB#2"),
        ("#M#привіт\r\n".to_owned(), "#AM#1"),
    ];
    let stream: Vec<u8> = lines.iter().flat_map(|(line, _)| line.bytes()).collect();
    let expected: Vec<&str> = lines.iter().map(|(_, answer)| *answer).collect();
    let conversations = stream.len();
    let address = running.ingest.wialon_addr();
    let at_every_cut = (0..conversations).map(|cut| {
        let (stream, expected) = (&stream, &expected);
        async move {
            let mut tracker = sent_in_two(address, stream, cut).await;
            for answer in expected {
                assert_eq!(read_line(&mut tracker).await, *answer, "cut at {cut}");
            }
        }
    });
    all(at_every_cut).await;
    assert_eq!(running.city.values("bus-1", "ignition"), [1.0]);
    assert_eq!(running.city.values("bus-1", "speed"), [10.0, 10.0], "36 km/h in m/s");
    let city = running.stop().await;
    // Of each conversation a wrong checksum and a wrong time, and no more.
    assert_eq!(city.tally("bus-1").quarantined, 2 * conversations as u64);
    assert!(city.reasons().iter().all(|r| [Reason::BadFrame, Reason::BadTime].contains(r)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mute_or_slow_tracker_is_shown_the_door() {
    let running = started().await;
    let mut callers = Vec::new();
    for said in [&b""[..], b"\x00", &hello()[..10]] {
        let mut tracker = connected(running.ingest.teltonika_addr()).await;
        tracker.write_all(said).await.expect("sent");
        callers.push(tracker);
        let mut tracker = connected(running.ingest.wialon_addr()).await;
        tracker.write_all(said).await.expect("sent");
        callers.push(tracker);
    }
    for mut tracker in callers {
        assert!(read_to_end(&mut tracker).await.is_empty(), "closed, and nobody was let in");
    }
    running.stop().await;
}
