//! A rule as the engine judges it.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::lang::program::{Compiled, NodeId, Tier};
use crate::unit::{GlobList, Severity};

/// What an unknown condition means for an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OnUnknown {
    /// It changes nothing.
    Hold,
    /// It reads as false, and an unknown `until` as true.
    Clear,
    /// It reads as true.
    Fire,
}

/// A rule, checked and lowered into the graph of the program that it came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, unique in the program.
    pub name: String,
    /// The domains that it is about.
    pub domains: GlobList,
    /// What an unknown condition means.
    pub on_unknown: OnUnknown,
    /// Its conditions.
    pub compiled: Arc<Compiled>,
}

impl Rule {
    /// Whether the rule is one alert over many domains.
    pub fn is_fleet(&self) -> bool {
        self.compiled.tiers.iter().any(|tier| tier.fleet.is_some())
    }

    /// Returns what it says of one severity, if it has that.
    pub fn tier(&self, severity: Severity) -> Option<&Tier> {
        let mut tiers = self.compiled.tiers.iter();
        tiers.find(|tier| tier.severity == severity)
    }

    /// Returns what decides what the rule means, as text: a rule whose meaning has not changed
    /// keeps its alerts when a file is read again. `meanings` are the
    /// [program's](crate::lang::Program::meanings), so that a changed name changes its users.
    pub fn meaning(&self, meanings: &[String]) -> String {
        let of = |node: NodeId| meanings[node.0 as usize].as_str();
        let mut text = format!("{:?}", self.on_unknown);
        for tier in &self.compiled.tiers {
            let until = tier.until.map_or("-", of);
            let (severity, condition, fleet) = (tier.severity, of(tier.condition), tier.fleet);
            let _ = write!(text, "; {severity} {condition} {until} {fleet:?}");
        }
        text
    }
}
