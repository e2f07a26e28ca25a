//! Foghorn's own API, version 1. It is described at `/api/v1/openapi.json`, which a test holds against
//! the routes and their answers.
//!
//! Times are RFC 3339, in UTC; errors are `{"error": "…"}`.

mod alerts;
mod delivery;
mod domains;
mod history;
mod silences;
mod status;

use axum::Router;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::handler::Handler;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, delete, get, post};
use chrono::{DateTime, SecondsFormat, Utc};

use super::Shown;
use super::fault::Fault;

/// How many things an answer has, unless more or fewer are asked for.
const LIMIT: u32 = 100;
/// How many it has at the most.
const LIMIT_MAX: u32 = 1_000;

/// The description of this API, by `OpenAPI` 3.1.
pub const DESCRIPTION: &str = include_str!("openapi.json");

/// The routes below `/api/v1`, with a list of them, so that their description can be held against it.
#[derive(Default)]
pub struct Routes {
    router: Router<Shown>,
    /// Method and path of each.
    pub list: Vec<(&'static str, &'static str)>,
}

impl Routes {
    fn get<T: 'static>(self, path: &'static str, handler: impl Handler<T, Shown>) -> Self {
        self.with("get", path, get(handler))
    }

    fn post<T: 'static>(self, path: &'static str, handler: impl Handler<T, Shown>) -> Self {
        self.with("post", path, post(handler))
    }

    fn delete<T: 'static>(self, path: &'static str, handler: impl Handler<T, Shown>) -> Self {
        self.with("delete", path, delete(handler))
    }

    fn with(mut self, method: &'static str, path: &'static str, to: MethodRouter<Shown>) -> Self {
        self.list.push((method, path));
        self.router = self.router.route(path, to);
        self
    }

    /// Returns the routes as they are served.
    pub(super) fn into_router(self) -> Router<Shown> {
        self.router.fallback(super::gate::nothing_here)
    }
}

/// Returns the routes below `/api/v1`.
pub fn routes() -> Routes {
    Routes::default()
        .get("/status", status::status)
        .get("/rules", status::rules)
        .get("/alerts", alerts::list)
        .get("/alerts/{id}", alerts::one)
        .post("/alerts/{id}/ack", alerts::acknowledge)
        .get("/acknowledgements", alerts::acknowledgements)
        .get("/history", history::list)
        .get("/domains", domains::list)
        .get("/domains/{domain}/samples", domains::samples)
        .get("/receivers", delivery::receivers)
        .get("/deliveries", delivery::deliveries)
        .get("/dead-letters", delivery::dead_letters)
        .post("/dead-letters/resend", delivery::resend_all)
        .post("/dead-letters/{id}/resend", delivery::resend)
        .get("/silences", silences::list)
        .post("/silences", silences::set)
        .post("/silences/preview", silences::preview)
        .get("/silences/{id}", silences::one)
        .delete("/silences/{id}", silences::expire)
        .get("/openapi.json", description)
}

async fn description() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], DESCRIPTION)
}

/// The parameters of a query, or why they are none.
type QueryParams<T> = Result<Query<T>, QueryRejection>;

/// Returns how many things an answer is to have.
fn limit(asked: Option<u32>) -> Result<u32, Fault> {
    match asked {
        None => Ok(LIMIT),
        Some(limit) if (1..=LIMIT_MAX).contains(&limit) => Ok(limit),
        Some(_) => Err(Fault::bad(format!("`limit` is from 1 to {LIMIT_MAX}"))),
    }
}

/// Returns a time as this API writes it.
fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
