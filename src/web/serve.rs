//! Connections: how many, how long, and how much a client may say before it is heard.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::room::{Place, Room};
use super::{Shown, router};

/// How many connections there may be at a time: some screens and programs, each with a few. One
/// more takes the place of the one that has said nothing for the longest.
const CONNECTIONS_MAX: usize = 256;
/// How long a request's head may take, and a connection that is kept open may be silent.
const HEAD_MAX: Duration = Duration::from_secs(15);
/// The longest head of a request, in bytes: a long query and a browser's headers.
pub(super) const HEAD_BYTES_MAX: usize = 32 * 1024;
/// The most headers of a request.
const HEADERS_MAX: usize = 64;
/// How long a connection is kept at the most, so that those who read slowly make room.
const CONNECTION_MAX: Duration = Duration::from_mins(5);
/// How long what is under way may take when a connection is to end.
const ENDING_MAX: Duration = Duration::from_secs(3);
/// How long to rest when no connection can be taken, as when there are no files left.
const ACCEPT_REST: Duration = Duration::from_millis(200);

/// Where a request came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

/// Serves until it is told to stop; what is under way then is finished, but for not long.
///
/// # Errors
///
/// None: a connection that cannot be taken is logged, and the next one is waited for.
pub async fn serve(
    listener: TcpListener,
    shown: Shown,
    stop: CancellationToken,
) -> Result<(), Infallible> {
    let app = router(shown);
    let room = Room::new(CONNECTIONS_MAX);
    let mut connections = JoinSet::new();
    loop {
        let (stream, peer) = tokio::select! {
            () = stop.cancelled() => break,
            taken = listener.accept() => match taken {
                Ok(taken) => taken,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(ACCEPT_REST).await;
                    continue;
                }
            },
        };
        let (app, stop, place) = (app.clone(), stop.clone(), room.enter());
        connections.spawn(async move {
            tokio::select! {
                () = place.left() => {}
                () = converse(stream, peer, app, (&place, &stop)) => {}
            }
        });
        // Those that are over are forgotten.
        while connections.try_join_next().is_some() {}
    }
    connections.join_all().await;
    Ok(())
}

/// Returns how many bytes the head of a request has, as it is usually written.
pub(super) fn head_bytes<B>(request: &Request<B>) -> usize {
    let target = request.uri().path_and_query();
    let target = target.map_or(0, |target| target.as_str().len());
    let fields = request.headers().iter();
    let fields = fields.map(|(name, value)| name.as_str().len() + ": \r\n".len() + value.len());
    target + fields.sum::<usize>()
}

/// Serves one connection.
async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    (place, stop): (&Place, &CancellationToken),
) {
    let app = TowerToHyperService::new(app);
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        place.asked();
        let answer = app.call(request);
        async move {
            let answer = answer.await;
            place.answered();
            answer
        }
    });
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // What a client did wrong is its own affair.
        _ = connection.as_mut() => return,
        () = stop.cancelled() => {}
        () = tokio::time::sleep(CONNECTION_MAX) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(ENDING_MAX, connection).await;
}
