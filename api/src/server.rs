//! The accept loop: a bounded number of connections, none of which may be mute or deaf for long,
//! and an end that lets answers finish.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Extension;
use axum::extract::ConnectInfo;
use domain::change::Changes;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, broadcast};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Layer as _;

use crate::config::{ACCEPT_PAUSE, CONNECTIONS_MAX, DRAIN_MAX, HEADER_READ_MAX, WRITE_STALL_MAX};
use crate::live::{Feed, Keeper};
use crate::router::router;
use crate::state::{Api, Parts};

/// Answers on `listener` until `stop` resolves; then open answers get a few seconds to finish. It
/// fails when nobody keeps the live view any more: screens would freeze and not tell.
pub async fn serve(
    parts: Parts,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let ended = CancellationToken::new();
    // Subscribed before the store is read: what is committed between the two is heard.
    let changes = parts.changes.subscribe();
    let keeper = keeper(&parts);
    keeper.fill().await;
    let api = Arc::new(Api::new(&parts, Arc::clone(&keeper), ended.clone()));
    let app = router(api, parts.dashboard);
    let tasks = TaskTracker::new();
    let kept = tasks.spawn(keep(keeper, changes, ended.clone()));
    let turns = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let end = async {
        tokio::select! {
            () = stop => Ok(()),
            kept = kept => Err(kept.map_or_else(io::Error::other, |()| {
                io::Error::other("the live view heard that nothing changes any more")
            })),
        }
    };
    tokio::pin!(end);
    let result = loop {
        let turn = tokio::select! {
            result = &mut end => break result,
            turn = Arc::clone(&turns).acquire_owned() => turn,
        };
        let Ok(turn) = turn else { break Ok(()) }; // never closed
        let (socket, peer) = tokio::select! {
            result = &mut end => break result,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) if is_of_one_connection(&error) => continue,
                // Whatever the others are (no descriptor, no memory, a network that is down), they
                // pass, and the platform does more than answer questions.
                Err(error) => {
                    tracing::warn!(%error, "no connection can be taken for now");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
        };
        let connection = answer(socket, peer, app.clone(), ended.clone());
        tasks.spawn(async move {
            connection.await;
            drop(turn);
        });
    };
    ended.cancel();
    tasks.close();
    if tokio::time::timeout(DRAIN_MAX, tasks.wait()).await.is_err() {
        tracing::warn!(open = tasks.len(), "connections did not end in time and are cut");
    }
    result
}

/// The view of the city and what it is kept from.
pub(crate) fn keeper(parts: &Parts) -> Arc<Keeper> {
    let boot = format!("{:x}", parts.clock.now().millis());
    Arc::new(Keeper {
        feed: Arc::new(Feed::new(boot)),
        series: Arc::clone(&parts.series),
        registry: parts.registry.clone(),
        directory: Arc::clone(&parts.directory),
        clock: Arc::clone(&parts.clock),
    })
}

async fn keep(
    keeper: Arc<Keeper>,
    changes: broadcast::Receiver<Arc<Changes>>,
    ended: CancellationToken,
) {
    tokio::select! {
        () = keeper.run(changes) => {}
        () = ended.cancelled() => {}
    }
}

async fn answer(socket: TcpStream, peer: SocketAddr, app: axum::Router, ended: CancellationToken) {
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "a connection was gone at once");
        return;
    }
    let mut stream = TimeoutStream::new(socket);
    stream.set_write_timeout(Some(WRITE_STALL_MAX));
    let app = Extension(ConnectInfo(peer)).layer(app);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_MAX)
        .serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(app));
    tokio::pin!(connection);
    let result = tokio::select! {
        result = &mut connection => result,
        () = ended.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        // Clients come and go; what is wrong with one of them is nobody else's business.
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Failures of `accept` that are one connection's.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
