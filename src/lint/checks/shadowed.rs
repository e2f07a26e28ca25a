//! Rules and severities that never say anything of their own.
//!
//! ## What it finds
//!
//! - A rule such that another one, about the same domains with the same severities and labels,
//!   fires whenever it does and ends no sooner. Of two rules that say the same, the later one. Only rules that
//!   compare the same values are held against each other, or the same of more or fewer codes: not `503 / 2 > 10%`
//!   against `503 > 5%`, nor a rule against one that asks for something else besides; nor where a route, an
//!   inhibition or a silence of the file is about one of the two alone.
//! - A severity that is true exactly when a worse one of the same rule is: the alert always shows the worse.
//!
//! ## Why it matters
//!
//! Every alert comes twice, or never: and whoever changes one of the two believes that it counts.
//!
//! ## Example
//!
//! ```yaml
//! - name: errors
//!   when: 5xx > 10%
//! - name: many-errors
//!   when: 5xx > 20%
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! - name: errors
//!   when:
//!     warning: 5xx > 10%
//!     critical: 5xx > 20%
//! ```

use super::super::proofs::Tier;
use super::super::severities::Between;
use super::Checked;
use crate::diag::{Code, Diagnostic};

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let implied = checked.implied();
    let rules = implied.rules.iter();
    let mut found: Vec<Diagnostic> = rules.map(|(tier, by)| of_rules(tier, by)).collect();
    let equal = implied
        .severities
        .iter()
        .filter(|(.., between)| *between == Between::Equal);
    found.extend(equal.map(|(lesser, worse, _)| of_severities(lesser, worse)));
    found
}

fn of_rules(tier: &Tier<'_>, by: &Tier<'_>) -> Diagnostic {
    let (name, other) = (&tier.rule.name, &by.rule.name);
    let message = format!("`{name}` tells nothing new: whenever it fires, `{other}` does");
    let mut finding = tier.written.place.finding(Code::Shadowed, message);
    finding
        .secondary
        .push(by.written.place.label(format!("`{other}`")));
    finding.help(format!(
        "remove `{name}`, or let it say more: another severity, other domains, or a level that `{other}` does not reach first"
    ))
}

fn of_severities(lesser: &Tier<'_>, worse: &Tier<'_>) -> Diagnostic {
    let (low, high) = (lesser.written.severity, worse.written.severity);
    let message = format!("`{low}` is never seen: `{high}` is true in the same minutes");
    let mut finding = lesser.written.place.finding(Code::Shadowed, message);
    finding
        .secondary
        .push(worse.written.place.label(format!("`{high}`")));
    finding.help(format!(
        "give `{low}` a level that comes sooner, or remove it"
    ))
}
