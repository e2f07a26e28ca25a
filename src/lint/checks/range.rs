//! Status codes that were perhaps meant as a range, a number or a count.
//!
//! ## What it finds
//!
//! - `500-504`, `500-504|520`: the proportion of one code less that of another, where the codes are
//!   of one class and the lesser stands first, as in a range.
//! - `5xx > 500`: the proportion of several codes beside that of one, which is a number in other
//!   languages.
//! - `5xx / requests`: a proportion of all requests by their number.
//!
//! ## Why it matters
//!
//! Of `500-504` the codes between count for nothing, and the last one counts against the first: the
//! rule hardly ever fires. `5xx > 500` fires at a single 502, and `5xx / requests` is next to
//! nothing.
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
use crate::diag::{Code, Diagnostic, Spanned};
use crate::lang::Names;
use crate::lang::ast::{Codes, Expr, Kind, Operator};
use crate::lint::conditions::Text;
use crate::lint::measures::meant;

pub(super) fn run(_: &Checked<'_>, text: &Text<'_>, found: &mut Vec<Diagnostic>) {
    let parts = text.parts.iter();
    let ranges = parts.filter_map(|part| of_part(part, text.names));
    found.extend(ranges.map(|range| text.written.relocate(range)));
}

fn of_part(part: &Expr, names: &Names) -> Option<Diagnostic> {
    match &part.value {
        Kind::Arithmetic(Operator::Subtract, first, last) => difference(part, first, last),
        Kind::Arithmetic(Operator::Divide, codes, by) => quotient(part, codes, by, names),
        Kind::Comparison(_, first, last) => {
            level(part, first, last, names).or_else(|| level(part, last, first, names))
        }
        _ => None,
    }
}

/// `500-504`, `500-504|520`
fn difference(part: &Expr, first: &Expr, last: &Expr) -> Option<Diagnostic> {
    let (Kind::Selector(before), Kind::Selector(behind)) = (&first.value, &last.value) else {
        return None;
    };
    // The formatter leaves out what is named for the second time.
    let is_first = |at: &usize| {
        !before[..*at]
            .iter()
            .any(|code| code.value == before[*at].value)
    };
    let from = (0..before.len()).rev().find(is_first)?;
    let (Codes::One(from), Codes::One(to)) = (&before[from].value, &behind.first()?.value) else {
        return None;
    };
    let (from, to) = (*from, *to);
    if from >= to || from / 100 != to / 100 {
        return None;
    }
    let message = format!("this is the proportion of {first} less that of {last}, and no range");
    let found = Diagnostic::new(Code::Range, part.span, message);
    let range = Spanned {
        value: Codes::Range(from, to),
        span: part.span,
    };
    let without = |codes: &[Spanned<Codes>], end: u16| {
        let others = codes.iter().filter(|code| code.value != Codes::One(end));
        others.cloned().collect::<Vec<_>>()
    };
    let meant = Expr {
        value: Kind::Selector([without(before, from), vec![range], without(behind, to)].concat()),
        span: part.span,
    };
    Some(found.help(format!("if a range is meant, write `{meant}`")))
}

/// `5xx > 500`
fn level(part: &Expr, codes: &Expr, code: &Expr, names: &Names) -> Option<Diagnostic> {
    // Who writes 404 or 503 means the code; numbers that people think of are round.
    let level = code.one_code().filter(|code| code % 10 == 0)?;
    let value = meant(codes, names);
    let measured = match &value.value {
        Kind::Window { of, .. } | Kind::Offset(of, _) => meant(of, names),
        _ => value,
    };
    let members = match &measured.value {
        Kind::Selector(members) => members,
        Kind::Share { codes, .. } => &codes.value,
        _ => return None,
    };
    let has_several = names.codes(members)?.iter().nth(1).is_some();
    if !has_several {
        return None;
    }
    let counted = Expr {
        value: Kind::Requests(Some(members.clone())),
        span: part.span,
    };
    let message =
        format!("`{codes}` is compared with the proportion of {level}, and not with a number");
    let found =
        Diagnostic::new(Code::Range, part.span, message).also(code.span, "this is a status code");
    Some(found.help(format!(
        "write a proportion such as `10%`, or `{counted}` if responses are to be counted"
    )))
}

/// `5xx / requests`
fn quotient(part: &Expr, codes: &Expr, by: &Expr, names: &Names) -> Option<Diagnostic> {
    let is_codes = matches!(meant(codes, names).value, Kind::Selector(_));
    let is_all = matches!(meant(by, names).value, Kind::Requests(None));
    if !is_codes || !is_all {
        return None;
    }
    let message = format!("`{codes}` is a proportion of all requests as it stands");
    let found = Diagnostic::new(Code::Range, part.span, message);
    Some(found.help(format!("write `{codes}` without `/ {by}`")))
}
