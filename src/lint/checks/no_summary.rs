//! Critical rules that do not say what is wrong.
//!
//! ## What it finds
//!
//! A rule with the severity `critical` and without `summary:`, or with an empty one.
//!
//! ## Why it matters
//!
//! The summary is the first line of the mail that wakes somebody. Without one it is the rule's
//! name and a number, and what that means has to be looked up.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 5m
//!     severity: critical
//!     runbook_url: https://wiki.example.com/origin-5xx
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 5m
//!     severity: critical
//!     summary: "{{ domain }}: {{ value }} of the origin's answers are 5xx"
//!     runbook_url: https://wiki.example.com/origin-5xx
//! ```

use super::Checked;
use crate::config::{Place, RuleOutline};
use crate::diag::{Code, Diagnostic};
use crate::lint::conditions::FINDINGS_MAX;
use crate::unit::Severity;

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let found = critical_without(checked, "summary").map(|rule| {
        let message = format!("`{}` is critical and has no `summary:`", rule.name);
        let found = Diagnostic::new(Code::NoSummary, rule.place.span, message);
        let line = match rule.is_fleet {
            Some(true) => "summary: \"{{ domains | join(', ') }}: {{ value }}\"",
            _ => "summary: \"{{ domain }}: {{ value }}\"",
        };
        let help = format!("say what is wrong in words, for example `{line}`");
        found.help(help).relocate(rule.place.file, |span| span)
    });
    checked.told(FINDINGS_MAX, found)
}

/// Returns the critical rules that do not have a key, or an empty text there.
pub(super) fn critical_without<'a>(
    checked: &'a Checked<'_>,
    key: &'a str,
) -> impl Iterator<Item = &'a RuleOutline> {
    let rules = checked.outline.rules.iter();
    let critical = rules.filter(|rule| rule.severities.contains(&Severity::Critical));
    let says = |rule: &RuleOutline| {
        let place = rule.keys.get(key).map(|(_, value)| value);
        place.is_some_and(|place| !is_blank(checked, place))
    };
    critical.filter(move |rule| !says(rule))
}

/// Whether a text stands at a place that is in quotes and has nothing in it.
fn is_blank(checked: &Checked<'_>, place: Place) -> bool {
    let file = checked.files.get(place.file);
    let written = file.and_then(|file| file.text.get(place.span.range()));
    written.is_some_and(|written| {
        let within = written.trim_matches(['"', '\'']).trim();
        within.is_empty() && !written.is_empty()
    })
}
