//! Foghorn: alerting on the origin status codes of sites behind Alibaba Cloud CDN.

pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod diag;
pub mod dispatch;
pub mod engine;
pub mod lang;
pub mod lint;
pub mod pipeline;
pub mod receiver;
pub mod replay;
pub mod samples;
pub mod source;
pub mod store;
pub mod unit;
pub mod web;
