//! Differences of two codes that were perhaps meant as ranges.
//!
//! ## What it finds
//!
//! `500-504`: the proportion of one code less that of another, where the codes are of one class
//! and the lesser stands first, as in a range.
//!
//! ## Why it matters
//!
//! The codes between the two count for nothing, and the second one counts against the first: the
//! rule hardly ever fires.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 500-504 > 10% given requests >= 50 for 3m until 500-504 < 5% for 5m
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 500..504 > 10% given requests >= 50 for 3m until 500..504 < 5% for 5m
//! ```

use super::Checked;
use crate::diag::{Code, Diagnostic};
use crate::lang::ast::{Codes, Expr, Kind, Operator};
use crate::lint::conditions::{FINDINGS_MAX, texts};

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let found = texts(checked.outline).flat_map(|text| {
        let parts = text.parts();
        let found = parts.filter_map(of_part);
        let placed = found.map(|found| text.written.relocate(found));
        placed.collect::<Vec<_>>()
    });
    found.take(FINDINGS_MAX).collect()
}

fn of_part(part: &Expr) -> Option<Diagnostic> {
    let Kind::Arithmetic(Operator::Subtract, first, last) = &part.value else {
        return None;
    };
    let (first, last) = (one(first)?, one(last)?);
    if first >= last || first / 100 != last / 100 {
        return None;
    }
    let message = format!("this is the proportion of {first} less that of {last}, and no range");
    let found = Diagnostic::new(Code::Range, part.span, message);
    Some(found.help(format!("if a range is meant, write `{first}..{last}`")))
}

/// Returns the code of an expression that is one code.
fn one(expr: &Expr) -> Option<u16> {
    let Kind::Selector(members) = &expr.value else {
        return None;
    };
    match members.as_slice() {
        [only] => match only.value {
            Codes::One(code) => Some(code),
            _ => None,
        },
        _ => None,
    }
}
