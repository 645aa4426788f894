use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::Timestamp;
use store::clock::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::{NOON, PATIENCE, Stores};

#[tokio::test]
async fn a_connection_that_never_says_what_it_wants_is_closed() {
    let stores = Stores::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let addr = listener.local_addr().expect("bound");
    let (stop, stopped) = oneshot::channel::<()>();
    let parts = stores.parts();
    let served = tokio::spawn(crate::serve(parts, listener, async {
        stopped.await.ok();
    }));
    let mut mute = TcpStream::connect(addr).await.expect("connects");
    let mut slow = TcpStream::connect(addr).await.expect("connects");
    slow.write_all(b"GET /health/live HTTP/1.1\r\nHost: x\r\n").await.expect("sends");
    let mut quick = TcpStream::connect(addr).await.expect("connects");
    let request = b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    quick.write_all(request).await.expect("sends");
    let answer = read_to_end(&mut quick).await;
    assert!(answer.ends_with("alive\n"), "others are answered meanwhile: {answer}");
    assert_eq!(read_to_end(&mut mute).await, "");
    let refused = read_to_end(&mut slow).await;
    assert!(refused.is_empty() || refused.starts_with("HTTP/1.1 408"), "{refused}");
    stop.send(()).expect("it listens");
    served.await.expect("no panic").expect("no failure");
}

/// A clock that panics once it is broken.
#[derive(Default)]
struct Breakable(AtomicBool);

impl Clock for Breakable {
    fn now(&self) -> Timestamp {
        assert!(!self.0.load(Ordering::Relaxed), "made to panic");
        NOON
    }
}

#[tokio::test]
async fn a_live_view_that_nobody_keeps_ends_the_server_with_an_error() {
    let stores = Stores::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let addr = listener.local_addr().expect("bound");
    let clock = Arc::new(Breakable::default());
    let mut parts = stores.parts();
    parts.clock = Arc::<Breakable>::clone(&clock);
    let served = tokio::spawn(crate::serve(parts, listener, std::future::pending()));
    let mut socket = TcpStream::connect(addr).await.expect("connects");
    let request = b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    socket.write_all(request).await.expect("sends");
    assert!(read_to_end(&mut socket).await.ends_with("alive\n"), "it serves, with a view");
    clock.0.store(true, Ordering::Relaxed);
    let ended = tokio::time::timeout(PATIENCE, served).await.expect("in time").expect("no panic");
    let error = ended.expect_err("the view is kept no more").to_string();
    assert!(error.contains("panicked"), "{error}");
}

async fn read_to_end(socket: &mut TcpStream) -> String {
    let mut text = String::new();
    let read = tokio::time::timeout(PATIENCE, socket.read_to_string(&mut text));
    read.await.expect("closed in time").expect("readable");
    text
}
