//! A worse severity that holds more easily than a lesser one.
//!
//! ## What it finds
//!
//! A rule of several severities of which a worse one is true whenever a lesser one is, and in
//! other minutes besides. Where both are true in the same minutes, `shadowed` tells it. And two rules
//! of one severity each that stand so to each other, are about the same domains, have the same labels
//! and compare the same values. And a worse severity that asks for less of each minute than a lesser one
//! of its rule does, only for longer; or that compares averages with the same levels over fewer minutes.
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

use super::super::proofs::Tier;
use super::super::severities::Between;
use super::Checked;
use crate::diag::{Code, Diagnostic};

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let implied = checked.implied();
    let severities = implied.severities.iter();
    let mut found: Vec<Diagnostic> = severities
        .filter_map(|(lesser, worse, between)| of_severities(lesser, worse, *between))
        .collect();
    let rules = implied.inverted.iter();
    found.extend(rules.map(|(lesser, worse)| of_rules(lesser, worse)));
    found
}

fn of_severities(lesser: &Tier<'_>, worse: &Tier<'_>, between: Between) -> Option<Diagnostic> {
    let (low, high) = (lesser.written.severity, worse.written.severity);
    let (message, help) = match between {
        Between::Equal => return None,
        Between::Inverted { is_hidden: true } => (
            format!("`{high}` holds more easily than `{low}`, which is never seen"),
            format!("exchange the two levels, or remove `{low}`"),
        ),
        Between::Inverted { is_hidden: false } => (
            format!(
                "`{high}` holds more easily than `{low}`, which is seen only once it has ended"
            ),
            "exchange the two levels".to_owned(),
        ),
        Between::Longer => (
            format!(
                "`{high}` asks for less than `{low}`, only for longer: each minute that is bad enough for `{low}` is so for `{high}`, and others are besides"
            ),
            "exchange the two levels".to_owned(),
        ),
        Between::Sooner => (
            format!(
                "`{high}` has the levels of `{low}` over fewer minutes: where it gets worse at once, that holds first"
            ),
            format!("give `{high}` levels of its own, or change the two windows"),
        ),
    };
    let mut finding = worse.written.place.finding(Code::InvertedSeverity, message);
    finding
        .secondary
        .push(lesser.written.place.label(format!("`{low}`")));
    Some(finding.help(help))
}

fn of_rules(lesser: &Tier<'_>, worse: &Tier<'_>) -> Diagnostic {
    let named = |tier: &Tier<'_>| format!("`{}` ({})", tier.rule.name, tier.written.severity);
    let message = format!("{} holds more easily than {}", named(worse), named(lesser));
    let mut finding = worse.written.place.finding(Code::InvertedSeverity, message);
    let other = format!("`{}`", lesser.rule.name);
    finding.secondary.push(lesser.written.place.label(other));
    finding.help("exchange the two levels, or the two severities")
}
