//! Conditions that cannot fail.
//!
//! ## What it finds
//!
//! A condition that no sample can make false: it is true, or unknown. As a warning, one side of an `and`,
//! such as `requests > -5`; where it changes nothing at all, that is told as `redundant`. As a warning, too:
//! a rule about errors alone that is true while there are none, `5xx < 10% until 5xx > 15%`, unless its severity
//! is `info`.
//!
//! ## Why it matters
//!
//! The alert fires with the first sample and never ends; with `on_unknown: clear` it ends only while the condition is
//! unknown.
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

use super::super::conditions::Condition;
use super::super::proofs::{Standing, Tier};
use super::super::well;
use super::Checked;
use crate::diag::{Code, Diagnostic};
use crate::proof::Asked;

/// Finds a condition that is true while all is well.
pub(super) fn of_condition(
    checked: &Checked<'_>,
    condition: &Condition<'_>,
    found: &mut Vec<Diagnostic>,
) {
    found.extend(well::fires(&checked.proofs, condition));
}

pub(super) fn run(_: &Checked<'_>, tier: &Tier<'_>, found: &mut Vec<Diagnostic>) {
    if tier.standing != Standing::Certain {
        return;
    }
    let condition = &tier.written.when.condition;
    let what = (Code::AlwaysTrue, "this condition is never false");
    let otherwise = "write a threshold that some minutes pass and others do not";
    found.push(tier.told(condition, Asked::False, what, otherwise));
}
