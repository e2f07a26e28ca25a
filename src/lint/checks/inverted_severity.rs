//! A worse severity that holds more easily than a lesser one.
//!
//! ## What it finds
//!
//! A rule of several severities of which a worse one is true whenever a lesser one is, and in
//! other minutes besides. Where both are true in the same minutes, `shadowed` tells it.
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

use super::super::implied::{self, Between};
use super::Checked;
use crate::diag::{Code, Diagnostic};

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let severities = implied::severities(&checked.proofs);
    let inverted = severities
        .iter()
        .filter_map(|(lesser, worse, between)| match between {
            Between::Inverted { is_hidden } => Some((lesser, worse, *is_hidden)),
            Between::Equal => None,
        });
    inverted
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
        .collect()
}
