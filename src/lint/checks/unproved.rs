//! What was too large to be proved.
//!
//! ## What it finds
//!
//! A rule that has so many comparisons, or is one of so many about the same domains, that not
//! everything about it could be proved: whether it can be true, whether a part of it adds
//! nothing, whether another rule says the same.
//!
//! ## Why it matters
//!
//! `never-true`, `always-true`, `never-resolves`, `until-overlap`, `redundant`, `shadowed` and
//! `inverted-severity` were looked for only in part. That none of them is told of this rule does not say that
//! there is none.
//!
//! ## Example
//!
//! A condition of some hundred comparisons, all joined by `and` and `or` in turn.
//!
//! ## Instead
//!
//! Several rules, each about one thing.

use super::Checked;
use crate::diag::{Code, Diagnostic};

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let rules = &checked.outline.rules;
    let unproved = checked.proofs.unproved().into_iter();
    unproved
        .filter_map(|at| rules.get(at))
        .map(|rule| {
            let message = format!("not everything about `{}` could be proved", rule.name);
            let finding = rule.place.finding(Code::Unproved, message);
            finding.help("make several smaller rules of it, or allow this finding here")
        })
        .collect()
}
