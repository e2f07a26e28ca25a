//! What the service serves: whether it lives, whether it is ready, and what it counts.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::telemetry::{Health, Metrics};

/// What the pages speak of.
#[derive(Clone)]
pub struct Shown {
    /// What the service knows of itself.
    pub health: Health,
    /// What it counts.
    pub metrics: Metrics,
}

/// Serves until it is told to stop.
///
/// # Errors
///
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    shown: Shown,
    stop: CancellationToken,
) -> Result<(), std::io::Error> {
    let app = Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(shown);
    axum::serve(listener, app)
        .with_graceful_shutdown(stop.cancelled_owned())
        .await
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
