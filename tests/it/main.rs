//! The integration tests: one binary, one module for each area.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has found what it looks for"
)]

mod config;
mod generate;
mod lang;
