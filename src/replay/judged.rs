//! What came of a backtest.

use std::collections::BTreeMap;

use super::members::Members;
use crate::engine::{Passed, StillFiring, Transition};
use crate::unit::Minute;

/// What happened, and what still fires at the end.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Judged {
    /// What happened to alerts, by minute, then rule, then domain.
    pub transitions: Vec<Transition>,
    /// What fires after the last minute, in no order that means anything.
    pub still_firing: Vec<StillFiring>,
    /// From when on as many domains as must were bad, by the rule of many domains and the minute at which it fired.
    pub enough_since: BTreeMap<(String, Minute), Minute>,
    /// Whether a condition of each rule, by its place, was known in a minute that was judged. Of rules beyond its
    /// end, none was.
    pub tried: Vec<bool>,
    /// When samples said that a minute had passed.
    pub passed: Passed,
    /// The series that rules over many domains count.
    pub members: Members,
}
