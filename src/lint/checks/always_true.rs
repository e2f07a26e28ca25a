//! Conditions that cannot fail.
//!
//! ## What it finds
//!
//! A condition that no sample can make false: it is true, or unknown.
//!
//! ## Why it matters
//!
//! The alert fires with the first sample and never ends.
//!
//! ## Example
//!
//! ```yaml
//! when: 5xx >= 0%
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! when: 5xx > 0%
//! ```

use super::super::numbers;
use super::super::proofs::{Standing, Tier, explained};
use super::Checked;
use crate::diag::{Code, Diagnostic};
use crate::proof::Asked;

pub(super) fn run(_: &Checked<'_>, tier: &Tier<'_>, found: &mut Vec<Diagnostic>) {
    if tier.standing != Standing::Certain {
        return;
    }
    let condition = &tier.written.when.condition;
    let reason = tier.reason(condition, Asked::False);
    let what = "this condition is never false";
    let finding = explained(Code::AlwaysTrue, what, condition, reason.as_ref());
    let demands = reason.as_ref().map_or(&[][..], |reason| &reason.demands);
    let number = numbers::advice(condition, tier.names, demands);
    let otherwise = "write a threshold that some minutes pass and others do not";
    let help = number.unwrap_or_else(|| otherwise.to_owned());
    found.push(tier.written.written.relocate(finding.help(help)));
}
