//! A worse severity that holds more easily than a lesser one.
//!
//! ## What it finds
//!
//! A rule of several severities of which a worse one is true whenever a lesser one is, and in
//! other minutes besides. Where both are true in the same minutes, `shadowed` tells it. And two rules
//! of one severity each that stand so to each other, are about the same domains, have the same labels
//! and compare the same values.
//!
//! ## Why it matters
//!
//! People are woken by what was meant to wait until morning, and the lesser one is seen at most when the worse one
//! has ended before it: most likely the two levels stand the wrong way round.
//!
//! ## Example
//!
//! ```yaml
//! when:
//!   warning: 5xx > 20%
//!   critical: 5xx > 10%
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! when:
//!   warning: 5xx > 10%
//!   critical: 5xx > 20%
//! ```

use super::super::implied::Between;
use super::super::proofs::Tier;
use super::Checked;
use crate::diag::{Code, Diagnostic};

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let implied = checked.implied();
    let inverted = implied
        .severities
        .iter()
        .filter_map(|(lesser, worse, between)| match between {
            Between::Inverted { is_hidden } => Some((lesser, worse, *is_hidden)),
            Between::Equal => None,
        });
    let mut found: Vec<Diagnostic> = inverted
        .map(|(lesser, worse, is_hidden)| {
            let (low, high) = (lesser.written.severity, worse.written.severity);
            let (seen, help) = if is_hidden {
                (
                    "which is never seen",
                    format!("change the two levels, or remove `{low}`"),
                )
            } else {
                (
                    "which is seen only once it has ended",
                    "change the two levels".to_owned(),
                )
            };
            let message = format!("`{high}` holds more easily than `{low}`, {seen}");
            let mut finding = worse.written.place.finding(Code::InvertedSeverity, message);
            finding
                .secondary
                .push(lesser.written.place.label(format!("`{low}`")));
            finding.help(help)
        })
        .collect();
    let rules = implied.inverted.iter();
    found.extend(rules.map(|(lesser, worse)| of_rules(lesser, worse)));
    found
}

fn of_rules(lesser: &Tier<'_>, worse: &Tier<'_>) -> Diagnostic {
    let named = |tier: &Tier<'_>| format!("`{}` ({})", tier.rule.name, tier.written.severity);
    let message = format!("{} holds more easily than {}", named(worse), named(lesser));
    let mut finding = worse.written.place.finding(Code::InvertedSeverity, message);
    let other = format!("`{}`", lesser.rule.name);
    finding.secondary.push(lesser.written.place.label(other));
    finding.help("change the two levels, or the two severities")
}
