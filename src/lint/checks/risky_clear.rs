//! Critical rules that take silence for health.
//!
//! ## What it finds
//!
//! `on_unknown: clear` on a rule with the severity `critical`. Not on one that only asks for
//! `no data` or `no traffic`, or for earlier times: it does not depend on what the origin
//! answers now.
//!
//! ## Why it matters
//!
//! A minute without answers is unknown, and `clear` reads it as good. An origin that fails first
//! answers with errors and then not at all: at that moment the alert would resolve, and with an
//! `until` as well.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 5m
//!     severity: critical
//!     on_unknown: clear
//!     summary: "{{ domain }}: {{ value }} of the origin's answers are 5xx"
//!     runbook_url: https://wiki.example.com/origin-5xx
//! ```
//!
//! ## Instead
//!
//! Leave it out: `hold` is the default, and lets an alert fire on until the origin is seen to be
//! well.
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
use crate::config::RuleOutline;
use crate::diag::{Code, Diagnostic};
use crate::engine::OnUnknown;
use crate::lint::conditions::Condition;
use crate::lint::measures;
use crate::unit::Severity;

pub(super) fn run(_: &Checked<'_>, condition: &Condition<'_>, found: &mut Vec<Diagnostic>) {
    if condition.tier.severity == Severity::Critical
        && condition.rule.on_unknown == OnUnknown::Clear
        && depends_on_answers(condition)
    {
        found.extend(of_rule(condition.rule));
    }
}

/// Whether it compares what the origin answers in the judged minutes.
fn depends_on_answers(condition: &Condition<'_>) -> bool {
    condition.judged().any(|leaf| {
        let measures = measures::of_leaf(leaf, condition.names);
        measures.iter().any(|measure| !measure.is_past())
    })
}

fn of_rule(rule: &RuleOutline) -> Option<Diagnostic> {
    let (_, value) = rule.keys.get("on_unknown")?;
    let message = format!(
        "`{}` is critical and reads unknown minutes as good: a dead origin answers nothing, and its alert would resolve",
        rule.name
    );
    let found = Diagnostic::new(Code::RiskyClear, value.span, message);
    let help = "write `hold`, the default: the alert fires on until the origin is seen to be well";
    Some(found.help(help).relocate(value.file, |span| span))
}
