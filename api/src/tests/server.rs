use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::{PATIENCE, Stores};

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

async fn read_to_end(socket: &mut TcpStream) -> String {
    let mut text = String::new();
    let read = tokio::time::timeout(PATIENCE, socket.read_to_string(&mut text));
    read.await.expect("closed in time").expect("readable");
    text
}
