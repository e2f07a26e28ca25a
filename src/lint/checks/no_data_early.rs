//! `no data` that takes lateness for silence.
//!
//! ## What it finds
//!
//! `no data` that fires after fewer than five minutes without data, or after one, where it has
//! no `for`.
//!
//! ## Why it matters
//!
//! The source is minutes late as a matter of course, for one domain more than for another, and
//! leaves out a minute now and then. When it does, a short `no data` fires for every domain at
//! once, and nothing is wrong with any of them. Ten minutes of silence is news.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-silent
//!     when: (no data for 3m) and avg(requests over 10m) offset 1d > 50
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: origin-silent
//!     when: (no data for 10m) and avg(requests over 10m) offset 1d > 50
//! ```

use super::Checked;
use crate::diag::{Code, Diagnostic};
use crate::lang::ast::Kind;
use crate::lint::conditions::Condition;

/// For how many minutes the source is usually behind or leaves something out.
const LATE: u32 = 5;

pub(super) fn run(_: &Checked<'_>, condition: &Condition<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(of_condition(condition));
}

fn of_condition(condition: &Condition<'_>) -> Option<Diagnostic> {
    let leaf = condition.judged().find(|leaf| {
        matches!(leaf.expr.value, Kind::NoData) && !leaf.is_negated() && leaf.held() < LATE
    })?;
    let message = match leaf.held() {
        1 => {
            "`no data` without a `for`: one minute that is late looks like a dead origin".to_owned()
        }
        held => {
            format!("`no data` for {held} minutes: the source is as late as that while all is well")
        }
    };
    let found = condition.at(Code::NoDataEarly, leaf.seat, message);
    Some(found.help("wait for ten minutes: `no data for 10m`; beside other conditions `(no data for 10m) and …`"))
}
