//! A name, key, word or file that does not exist.
//!
//! ## What it finds
//!
//! A key that a map of the file does not have; a word that is none of those that can stand there; a
//! name in a condition that no `let:` defines; a function that the language does not have; a further
//! file that is not there; a label in `group_by:`, in `equal:`, or in what routes, inhibitions and silences match, that no alert has.
//! The nearest one that exists is named, where one is near. As a warning, a severity or a domain that a rule test
//! expects of a rule that never has it.
//!
//! ## Why it matters
//!
//! A misspelt key says nothing: a rule with `sumary:` would page without a summary, one with
//! `on_unkown:` would behave as if it said nothing. So keys that mean nothing are refused. With
//! `equal: [domian]` an inhibition would mute the alerts of all domains: a label that neither
//! alert has is the same in both; and with `match: {severty: critical}` a route takes none.
//!
//! ## Example
//!
//! ```yaml
//! let:
//!   bad: 5xx
//! rules:
//!   - name: origin-5xx
//!     when: badd > 10%
//!     severty: critical
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! let:
//!   bad: 5xx
//! rules:
//!   - name: origin-5xx
//!     when: bad > 10%
//!     severity: critical
//! ```

use std::collections::BTreeSet;

use super::{Checked, Extent};
use crate::config::{BUILT_IN_LABELS, Outline};
use crate::diag::{Code, Diagnostic, nearest};
use crate::dispatch::{CAUSE, Match};

/// How many findings are told: whoever has more begins with these.
const FINDINGS_MAX: usize = 100;

/// Finds the labels that no alert has; what is unknown otherwise is found by reading.
pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let outline = checked.outline;
    // What could not be read may have the label.
    if checked.labels == Extent::Part || outline.label_uses.is_empty() {
        return Vec::new();
    }
    let known = labels(outline);
    let uses = outline.label_uses.iter();
    let unknown = uses.filter(|(name, _)| !known.contains(name.as_str()));
    let told = unknown.take(FINDINGS_MAX).map(|(name, place)| {
        let found = place.finding(Code::UnknownName, format!("no alert has a label `{name}`"));
        let meant = foreign(name).or_else(|| nearest(name, known.iter().copied()));
        found.help(meant.map_or_else(|| all(&known), |meant| format!("did you mean `{meant}`?")))
    });
    told.collect()
}

fn all(known: &BTreeSet<&str>) -> String {
    let shown: Vec<&str> = known.iter().take(20).copied().collect();
    format!("the labels are {}", shown.join(", "))
}

/// Whether a match asks for a value of a label that no alert has, which is told of the label.
pub(super) fn asks_for_unknown(matchers: &Match, labels: &BTreeSet<&str>) -> bool {
    let mut asked = matchers.iter().filter(|(_, glob)| !glob.matches(""));
    asked.any(|(name, _)| !labels.contains(name.as_str()))
}

/// Returns the labels that alerts can have.
pub(super) fn labels(outline: &Outline) -> BTreeSet<&str> {
    let of_rules = outline.rules.iter().flat_map(|rule| rule.labels.keys());
    let entries = outline.labels.iter();
    let of_domains = entries.flat_map(|entry| entry.entry.labels.keys());
    let own = of_rules.chain(of_domains).map(String::as_str);
    own.chain(BUILT_IN_LABELS).chain([CAUSE]).collect()
}

/// Returns what a label that others have is called here.
fn foreign(name: &str) -> Option<&'static str> {
    match name {
        "alertname" => Some("rule"),
        "instance" | "host" => Some("domain"),
        "job" => Some("account"),
        _ => None,
    }
}
