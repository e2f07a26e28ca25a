//! Whether the service lives, whether it is ready, what it counts; and having its rules read again.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tokio::sync::oneshot;

use super::Shown;

/// Returns what supervisors and Prometheus ask for, by the names of both worlds.
pub(super) fn routes() -> Router<Shown> {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/-/healthy", get(alive))
        .route("/-/ready", get(ready))
        .route("/-/reload", post(reload))
}

async fn alive() -> &'static str {
    "alive\n"
}

async fn ready(State(shown): State<Shown>) -> (StatusCode, String) {
    let missing = shown.health.not_ready();
    if missing.is_empty() {
        (StatusCode::OK, "ready\n".to_owned())
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("not ready: {}\n", missing.join("; ")),
        )
    }
}

async fn metrics(State(shown): State<Shown>) -> impl IntoResponse {
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        shown.metrics.text(),
    )
}

/// Has the rules file read again, and says what is wrong with it, as far as it holds no secret.
async fn reload(State(shown): State<Shown>) -> (StatusCode, String) {
    let (done, outcome) = oneshot::channel();
    if shown.reloads.try_send(done).is_err() {
        let busy = "the rules file is being read already\n".to_owned();
        return (StatusCode::SERVICE_UNAVAILABLE, busy);
    }
    match outcome.await {
        Ok(Ok(())) => (StatusCode::OK, String::new()),
        Ok(Err(why)) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{why}\n")),
        Err(_) => {
            let stops = "the service stops\n".to_owned();
            (StatusCode::SERVICE_UNAVAILABLE, stops)
        }
    }
}
