//! Critical rules that do not say what to do.
//!
//! ## What it finds
//!
//! A rule with the severity `critical` and without `runbook_url:`.
//!
//! ## Why it matters
//!
//! Whoever is woken by it is not always who wrote it. A page that says what to look at, and whom
//! to call, saves the first ten minutes.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 5m
//!     severity: critical
//!     summary: "{{ domain }}: {{ value }} of the origin's answers are 5xx"
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

use super::{Checked, no_summary};
use crate::diag::{Code, Diagnostic};
use crate::lint::conditions::FINDINGS_MAX;

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let found = no_summary::critical_without(checked, "runbook_url").map(|rule| {
        let message = format!("`{}` is critical and has no `runbook_url:`", rule.name);
        let found = Diagnostic::new(Code::NoRunbook, rule.place.span, message);
        let help = format!(
            "link to what is to be done, for example `runbook_url: https://wiki.example.com/{}`",
            rule.name
        );
        found.help(help).relocate(rule.place.file, |span| span)
    });
    checked.told(FINDINGS_MAX, found)
}
