//! The service: one poller per account, one judge, one sender, and what keeps them informed.
//!
//! The parts talk through the store and bounded channels. They stop in the order poller, judge,
//! sender, web, so that nothing that was taken in is lost. A part that ends by itself ends the
//! process: all that matters is stored, and the supervisor starts it again.

pub mod agenda;
mod answers;
mod assemble;
mod chart;
mod complaints;
mod delivery_log;
mod disk;
pub mod drill;
mod faulty;
mod judge;
pub mod lane;
mod lasting;
mod listing;
mod ongoing;
mod peers;
mod poller;
mod polling;
pub mod rebuild;
mod refusals;
mod reload;
mod sender;
pub mod setup;
pub mod sources;
mod upkeep;
mod wants;
mod watchdog;

pub use assemble::{CLOCK_NOTE, Options, run};
pub use disk::Disk;
pub use judge::PendingOrder;

/// A part of a running service that ended without being told to.
///
/// All that matters is stored, so another start may well do better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} has ended by itself")]
pub struct PartEnded(pub &'static str);
