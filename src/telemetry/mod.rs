//! What the service knows and counts of itself.
//!
//! The daemon writes it, the pages show it: so it is a room of its own, which knows neither.

mod health;
mod metrics;

pub use health::{AccountHealth, Health, OngoingFault};
pub use metrics::{CallOutcome, Metrics};
