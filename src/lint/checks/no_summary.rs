//! Critical rules that do not say what is wrong.
//!
//! ## What it finds
//!
//! A rule with the severity `critical` and without `summary:`.
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
use crate::config::{Outline, RuleOutline};
use crate::diag::{Code, Diagnostic};
use crate::lint::conditions::FINDINGS_MAX;
use crate::unit::Severity;

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let without = critical_without(checked.outline, "summary");
    without
        .map(|rule| {
            let message = format!("`{}` is critical and has no `summary:`", rule.name);
            let found = Diagnostic::new(Code::NoSummary, rule.place.span, message);
            let line = match rule.is_fleet {
                Some(true) => "summary: \"{{ domains | join(', ') }}: {{ value }}\"",
                _ => "summary: \"{{ domain }}: {{ value }}\"",
            };
            let help = format!("say what is wrong in words, for example `{line}`");
            found.help(help).relocate(rule.place.file, |span| span)
        })
        .collect()
}

/// Returns the critical rules that do not have a key.
pub(super) fn critical_without<'a>(
    outline: &'a Outline,
    key: &'a str,
) -> impl Iterator<Item = &'a RuleOutline> {
    let rules = outline.rules.iter();
    let critical = rules.filter(|rule| rule.severities.contains(&Severity::Critical));
    let without = critical.filter(move |rule| rule.keys.get(key).is_none());
    without.take(FINDINGS_MAX)
}
