//! A stand-in for Alibaba Cloud's API: the same operations, signatures and errors over plain
//! HTTP, with traffic that it makes up.
//!
//! What the traffic is like, and how the source misbehaves, a [`Scenario`] says. [`Weather`]
//! turns it into samples: a pure function of a seed, a domain and a minute, so that any of the
//! last seven days can be asked for, in any order, and is the same on every machine. [`serve`]
//! puts both behind HTTP: in `foghorn simulate`, and in-process for `source: simulator`, where
//! the service's real client talks to it.
//!
//! The scenario's format is described in `docs/scenarios.md`.

mod answer;
mod call;
mod dice;
mod fault;
mod operation;
mod refusal;
mod replay_guard;
pub mod scenario;
mod server;
mod throttle;
mod verify;
mod weather;

pub use scenario::{Scenario, ScenarioError};
pub use server::{Settings, serve};
pub use weather::Weather;
