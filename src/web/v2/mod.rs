//! Alertmanager's API, version 2, so that its clients work: `amtool`, Karma, Grafana.
//!
//! Source: prometheus/alertmanager, `api/v2/openapi.yaml`. Errors are bare JSON strings. Labels are those
//! that routes match, with `alertname` for the rule.

mod alerts;
mod query;
mod silences;
mod status;

use axum::Router;
use axum::routing::get;
use chrono::{DateTime, SecondsFormat, Utc};

use super::Shown;

/// Returns the routes below `/api/v2`.
pub(super) fn routes() -> Router<Shown> {
    Router::new()
        .route("/status", get(status::status))
        .route("/receivers", get(status::receivers))
        .route("/alerts", get(alerts::list).post(alerts::refused))
        .route("/alerts/groups", get(alerts::groups))
        .route("/silences", get(silences::list).post(silences::set))
        .route("/silence/{id}", get(silences::one).delete(silences::expire))
        .fallback(super::gate::nothing_here)
}

/// Returns a time as Alertmanager prints it.
pub(super) fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Returns a minute of a message as Alertmanager prints it.
pub(super) fn minute(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), time)
}
