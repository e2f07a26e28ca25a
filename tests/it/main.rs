//! The integration tests: one binary, one module for each area.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has found what it looks for"
)]

mod alerts;
mod engine;
mod generate;
mod lang;
mod naive;
