//! The page.
use axum::Router;
use super::Shown;
pub(super) fn routes() -> Router<Shown> { Router::new() }
