//! The integration tests, in one binary.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod config;
mod engine;
mod lang;
mod naive;
mod receiver;
//! The integration tests: one binary, one module for each part.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says so by a panic"
)]

mod simulator;
//! Tests of what the rooms promise each other, in one binary.

mod store;
