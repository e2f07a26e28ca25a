//! What was too large to be proved.
//!
//! ## What it finds
//!
//! A rule that has so many comparisons that not everything about it could be proved: whether it can
//! be true, whether a part of it adds nothing. And the first of so many rules about the same domains
//! that not all were compared: whether another one says the same.
//!
//! ## Why it matters
//!
//! `never-true`, `always-true`, `never-resolves`, `until-overlap`, `redundant`, `shadowed` and
//! `inverted-severity` were looked for only in part. That none of them is told of this rule does not say that
//! there is none.
//!
//! ## Example
//!
//! ```yaml
//! when: >-
//!   (500 + 400 > 30% or 503 + 411 > 31% or 506 + 422 > 32%) and
//!   (507 + 405 > 31% or 510 + 416 > 32% or 513 + 427 > 33%) and
//!   (514 + 410 > 32% or 517 + 421 > 33% or 520 + 432 > 34%) and
//!   (521 + 415 > 33% or 524 + 426 > 34% or 527 + 437 > 30%) and
//!   (528 + 420 > 34% or 531 + 431 > 30% or 534 + 442 > 31%) and
//!   (535 + 425 > 30% or 538 + 436 > 31% or 541 + 447 > 32%) and
//!   (542 + 430 > 31% or 545 + 441 > 32% or 548 + 452 > 33%) and
//!   (549 + 435 > 32% or 552 + 446 > 33% or 555 + 457 > 34%)
//! ```
//!
//! ## Instead
//!
//! Several rules, each about one thing:
//!
//! ```yaml
//! - name: gateway
//!   when: 502|503|504 > 30%
//! - name: not-found
//!   when: 404 > 30%
//! ```

use super::Checked;
use crate::config::RuleOutline;
use crate::diag::{Code, Diagnostic};
use crate::lint::implied::PAIRS_MAX;

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let rules = &checked.outline.rules;
    let unproved = checked.proofs.unproved().into_iter();
    let unproved = unproved.filter_map(|at| rules.get(at)).map(too_large);
    let uncompared = checked.proofs.uncompared();
    let uncompared = uncompared.and_then(|at| rules.get(at)).map(too_many);
    unproved.chain(uncompared).collect()
}

fn too_large(rule: &RuleOutline) -> Diagnostic {
    let message = format!("not everything about `{}` could be proved", rule.name);
    let finding = rule.place.finding(Code::Unproved, message);
    finding.help("make several smaller rules of it, or allow this finding here")
}

/// One finding for all: of thousands of rules each is as good as the other.
fn too_many(rule: &RuleOutline) -> Diagnostic {
    let message = format!(
        "`{}`, and rules behind it, were not compared with all others about the same domains",
        rule.name
    );
    let finding = rule.place.finding(Code::Unproved, message);
    finding.help(format!(
        "{PAIRS_MAX} pairs were compared, which is the limit of a file: with fewer rules about the same domains all are"
    ))
}
