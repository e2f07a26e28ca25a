//! Status codes that were perhaps meant as a range, a number or a count.
//!
//! ## What it finds
//!
//! - `500-504`, `500-504|520`: the proportion of one code less that of another, where the codes are
//!   of one class and the lesser stands first, as in a range.
//! - `5xx > 500`: the proportion of several codes beside that of one, which is a number in other
//!   languages.
//! - `5xx / requests`, `sum(5xx over 5m) / sum(requests over 5m)`: a proportion of all requests by
//!   their number.
//! - `sum(5xx over 5m) > 5%`: the proportions of some minutes added up, beside a level that their
//!   average can reach.
//!
//! ## Why it matters
//!
//! Of `500-504` the codes between count for nothing, and the last one counts against the first: the
//! rule hardly ever fires. `5xx > 500` fires at a single 502, and `5xx / requests` is next to
//! nothing. `sum(5xx over 5m)` is up to 500 %: it is above 5 % when 1 % fail.
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
use crate::lang::ast::{Aggregate, Codes, Expr, Kind, Operator};
use crate::lint::conditions::Text;
use crate::lint::measures::{level_of, meant};
use crate::unit::{Decimal, Minutes};

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
            let code = || level(part, first, last, names);
            code()
                .or_else(|| level(part, last, first, names))
                .or_else(|| added_up(part, names))
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

/// `5xx / requests`, `sum(5xx over 5m) / sum(requests over 5m)`
fn quotient(part: &Expr, codes: &Expr, by: &Expr, names: &Names) -> Option<Diagnostic> {
    let ((value, over), (counted, counted_over)) = (windowed(codes, names), windowed(by, names));
    let (proportion, count) = (meant(value, names), meant(counted, names));
    let is_share = matches!(proportion.value, Kind::Share { .. });
    let is_codes = matches!(proportion.value, Kind::Selector(_));
    if !is_codes && !is_share || !matches!(count.value, Kind::Requests(_)) {
        return None;
    }
    let is_of_all = matches!(count.value, Kind::Requests(None));
    let message = if over.is_none() && is_codes && is_of_all {
        format!("`{codes}` is a proportion of all requests as it stands")
    } else {
        format!("this divides the proportion `{codes}` by a number of requests")
    };
    let found = Diagnostic::new(Code::Range, part.span, message);
    let is_sum = |window: Option<(Aggregate, Minutes)>| {
        window.filter(|(how, _)| matches!(how, Aggregate::Sum | Aggregate::Avg))
    };
    Some(found.help(match (is_sum(over), is_sum(counted_over)) {
        (Some((_, minutes)), Some((_, same))) if is_codes && is_of_all && minutes == same => {
            format!("write `share({value} over {minutes})`")
        }
        (Some((Aggregate::Sum, minutes)), _) if is_codes => {
            format!("write `avg({value} over {minutes})`")
        }
        _ => format!("write `{codes}` without `/ {by}`"),
    }))
}

/// Takes a window, and how it is taken over, off a value.
fn windowed<'e>(value: &'e Expr, names: &'e Names) -> (&'e Expr, Option<(Aggregate, Minutes)>) {
    match &meant(value, names).value {
        Kind::Window {
            aggregate,
            of,
            over,
        } => (of, Some((*aggregate, *over))),
        _ => (value, None),
    }
}

/// `sum(5xx over 5m) > 5%`
fn added_up(part: &Expr, names: &Names) -> Option<Diagnostic> {
    let threshold = level_of(part, false, names)?;
    let measured = threshold.measured;
    let (codes, Some((Aggregate::Sum, over))) = windowed(measured, names) else {
        return None;
    };
    let is_codes = matches!(meant(codes, names).value, Kind::Selector(_));
    let is_reached = Decimal::ZERO < threshold.level && threshold.level <= Decimal::HUNDRED;
    if !is_codes || !is_reached || over == Minutes::ONE {
        return None;
    }
    let message = format!(
        "`{measured}` adds up {} proportions and can be {}00%: an average was perhaps meant",
        over.get(),
        over.get()
    );
    let found = Diagnostic::new(Code::Range, part.span, message);
    Some(found.help(format!(
        "write `avg({codes} over {over})`, or `share({codes} over {over})` for the proportion of all of their requests"
    )))
}
