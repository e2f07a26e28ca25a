//! How long a request may take, and whose fault it is when that is too long.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};

/// How long a request may take, its body included.
const REQUEST_MAX: Duration = Duration::from_secs(20);

/// What a request waited for when its time was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Late {
    /// The rest of its body, which its client has not sent.
    Client,
    /// Its answer.
    Service,
}

/// Has a request answered, if that does not take too long.
pub(super) async fn in_time<F: Future<Output = Response>>(
    request: Request,
    answer: impl FnOnce(Request) -> F,
) -> Result<Response, Late> {
    let is_awaited = Arc::new(AtomicBool::new(false));
    let request = request.map(|inner| {
        Body::new(WatchedBody {
            inner,
            is_awaited: is_awaited.clone(),
        })
    });
    let answered = tokio::time::timeout(REQUEST_MAX, answer(request)).await;
    answered.map_err(|_| {
        if is_awaited.load(Ordering::Relaxed) {
            Late::Client
        } else {
            Late::Service
        }
    })
}

/// A body that notes whether it is waited for.
struct WatchedBody {
    inner: Body,
    is_awaited: Arc<AtomicBool>,
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.inner).poll_frame(context);
        this.is_awaited
            .store(polled.is_pending(), Ordering::Relaxed);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;

    use super::*;

    /// A body of which nothing comes.
    struct SlowBody;

    impl HttpBody for SlowBody {
        type Data = Bytes;
        type Error = axum::Error;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
            Poll::Pending
        }
    }

    async fn read(request: Request) {
        let _ = axum::body::to_bytes(request.into_body(), 1_000).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_its_clients_fault_and_an_answer_that_does_not_is_not() {
        let whole = || Request::new(Body::from("all of it"));
        let answered = in_time(whole(), |request| async {
            read(request).await;
            "done".into_response()
        });
        assert!(answered.await.is_ok());
        let never = |request| async {
            read(request).await;
            std::future::pending::<Response>().await
        };
        assert_eq!(in_time(whole(), never).await.err(), Some(Late::Service));
        let slow = Request::new(Body::new(SlowBody));
        assert_eq!(in_time(slow, never).await.err(), Some(Late::Client));
    }
}
