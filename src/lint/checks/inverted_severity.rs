//! A worse severity that holds more easily than a lesser one.
//!
//! ## What it finds
//!
//! A rule of several severities of which a worse one is true whenever a lesser one is, and in
//! other minutes besides. Where both are true in the same minutes, `shadowed` tells it.
//!
//! ## Why it matters
//!
//! The lesser one is never seen, and people are woken by what was meant to wait until morning:
//! most likely the two levels stand the wrong way round.
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
        .filter(|(.., between)| *between == Between::Inverted);
    inverted
        .map(|(lesser, worse, _)| {
            let (low, high) = (lesser.written.severity, worse.written.severity);
            let message = format!("`{high}` holds more easily than `{low}`, which is never seen");
            let mut finding = worse.written.place.finding(Code::InvertedSeverity, message);
            finding
                .secondary
                .push(lesser.written.place.label(format!("`{low}`")));
            finding.help(format!("change the two levels, or remove `{low}`"))
        })
        .collect()
}
