//! What came of a backtest.

use crate::engine::{StillFiring, Transition};

/// What happened, and what still fires at the end.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Judged {
    /// What happened to alerts, by minute, then rule, then domain.
    pub transitions: Vec<Transition>,
    /// What fires after the last minute, in no order that means anything.
    pub still_firing: Vec<StillFiring>,
}
