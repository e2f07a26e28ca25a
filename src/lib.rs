//! Foghorn: alerting on the origin status codes of sites behind Alibaba Cloud CDN.

pub mod diag;
pub mod engine;
pub mod lang;
pub mod unit;
