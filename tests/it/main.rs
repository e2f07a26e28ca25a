//! The integration tests, in one binary.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod advice;
mod alerts;
mod aliyun;
mod backtest;
mod cases;
mod config;
mod desk;
mod engine;
mod explain;
mod format;
mod from_alert;
mod generate;
mod lang;
mod lint;
mod lsp;
mod naive;
mod one_file;
mod pipeline;
mod proof;
mod readme;
mod receiver;
mod service;
mod simulator;
mod soak;
mod start;
mod store;
mod tidy;
mod web;
mod why;
