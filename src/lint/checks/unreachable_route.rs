//! Routes behind one that takes everything.
//!
//! ## What it finds
//!
//! A route that never takes an alert, because an earlier route without `continue: true` takes
//! all that it matches.
//!
//! ## Why it matters
//!
//! Its receivers are never told, and nobody notices until they should have been.
//!
//! ## Example
//!
//! ```yaml
//! routes:
//!   - to: [chat]
//!   - match: {severity: critical}
//!     to: [oncall]
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! routes:
//!   - match: {severity: critical}
//!     to: [oncall]
//!   - to: [chat]
//! ```

use super::Checked;
use crate::config::Place;
use crate::diag::{Code, Diagnostic};
use crate::dispatch::{Match, Onward, Route};

/// How many pairs of routes are compared: a thousand routes have half a million.
const PAIRS_MAX: usize = 1_000_000;

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let Some((_, routes)) = &checked.outline.routes else {
        return Vec::new();
    };
    let mut pairs = 0;
    let mut found = Vec::new();
    let mut ends: Vec<&(Route, Place)> = Vec::new();
    for entry in routes {
        let (route, place) = entry;
        pairs += ends.len();
        if pairs > PAIRS_MAX {
            return found;
        }
        let earlier = ends
            .iter()
            .find(|(end, _)| takes_all_of(&end.matchers, &route.matchers));
        if let Some((end, first)) = earlier {
            let message = "no alert comes to this route: an earlier one takes them all";
            let mut finding = place.finding(Code::UnreachableRoute, message);
            let what = if end.matchers.is_empty() {
                "this one takes everything"
            } else {
                "this one takes whatever that one would"
            };
            finding.secondary.push(first.label(what));
            let help = "move it before the other, or add `continue: true` to the other";
            found.push(finding.help(help));
        } else if route.onward == Onward::Stop {
            ends.push(entry);
        }
    }
    found
}

/// Whether the first takes every alert that the second takes.
fn takes_all_of(first: &Match, second: &Match) -> bool {
    first.iter().all(|(name, glob)| {
        let takes_any = glob.as_str().chars().all(|c| c == '*') && !glob.as_str().is_empty();
        takes_any
            || second.get(name).is_some_and(|other| {
                let is_plain = !other.as_str().contains(['*', '?']);
                other == glob || (is_plain && glob.matches(other.as_str()))
            })
    })
}
