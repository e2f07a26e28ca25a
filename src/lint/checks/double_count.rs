//! Sums that count a status code twice.
//!
//! ## What it finds
//!
//! A sum of which two terms have a code in common and are measured alike: `5xx + 502`,
//! `share(4xx over 5m) + share(404 over 5m)`, `requests(5xx) + requests(502)`, also through
//! names. Not differences (`5xx - 502`), and not terms with weights (`5xx + 2 * 502`).
//!
//! ## Why it matters
//!
//! Each answer with such a code counts twice, and the sum can be more than 100 %. The rule fires
//! at half of what it says.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx + 502 > 10% given requests >= 50 for 3m
//! ```
//!
//! ## Instead
//!
//! A set counts each code once, however often it is named. (Here the set of all 5xx has the 502
//! already.)
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% given requests >= 50 for 3m
//! ```

use std::collections::BTreeSet;

use super::Checked;
use crate::diag::{Code, Diagnostic, Files, Span, Spanned};
use crate::lang::Names;
use crate::lang::ast::{Aggregate, Codes, Expr, Kind, Operator, Selector};
use crate::lint::conditions::Text;
use crate::lint::{measures, rewrite};
use crate::unit::StatusSet;

/// How many terms of a sum are compared with each other.
const TERMS_MAX: usize = 32;
/// How many parts of a sum are looked at, names put in.
const PARTS_MAX: usize = 200;

pub(super) fn run(checked: &Checked<'_>, text: &Text<'_>, found: &mut Vec<Diagnostic>) {
    let is_sum = |expr: &Expr| {
        matches!(
            expr.value,
            Kind::Arithmetic(Operator::Add | Operator::Subtract, ..)
        )
    };
    let parts = text.parts.iter().copied();
    let sums: Vec<&Expr> = parts.filter(|part| is_sum(part)).collect();
    let inner: BTreeSet<Span> = sums
        .iter()
        .flat_map(|sum| sum.operands())
        .filter(|part| is_sum(part))
        .map(|part| part.span)
        .collect();
    let outermost = sums.into_iter().filter(|sum| !inner.contains(&sum.span));
    found.extend(outermost.flat_map(|sum| of_sum(sum, text, checked.files)));
}

/// A term of a sum.
struct Term<'a> {
    /// What it is.
    expr: &'a Expr,
    /// Where it stands: the place of a name for what the name stands for.
    span: Span,
    /// Whether it is what a name of a sum stands for, or a part of that.
    is_of_name: bool,
    is_negative: bool,
    /// How it is measured: the term with its codes taken out.
    shape: Expr,
    codes: StatusSet,
}

/// Finds each term of which an earlier one counts codes already.
fn of_sum(sum: &Expr, text: &Text<'_>, files: &Files) -> Vec<Diagnostic> {
    let mut terms = terms(sum, text.names);
    // Beside a number, what looks like a code is one as well.
    if measures::is_number(sum, text.names) {
        terms.retain(|term| !matches!(term.expr.value, Kind::Selector(_) | Kind::Name(_)));
    }
    let overlaps = |a: &Term<'_>, b: &Term<'_>| {
        // Within one name it is told where that is defined.
        a.span != b.span
            && a.is_negative == b.is_negative
            && a.shape == b.shape
            && !a.codes.intersection(b.codes).is_empty()
    };
    let pairs = terms.iter().enumerate().filter_map(|(at, b)| {
        let a = terms[..at].iter().find(|a| overlaps(a, b))?;
        Some((a, b))
    });
    pairs
        .map(|(a, b)| of_pair(sum, a, b, text, files))
        .collect()
}

fn of_pair(sum: &Expr, a: &Term<'_>, b: &Term<'_>, text: &Text<'_>, files: &Files) -> Diagnostic {
    let written = text.written;
    let message = format!(
        "`{sum}` counts {} twice",
        counted(a.codes.intersection(b.codes))
    );
    let found = Diagnostic::new(Code::DoubleCount, b.span, message).label("and here");
    let mut found = found.also(a.span, "counted here");
    if a.is_of_name || b.is_of_name {
        let help = "leave one of the two out, or join the codes with `|`";
        return written.relocate(found.help(help));
    }
    let joined = joined(a, b);
    let of_two = matches!(&sum.value, Kind::Arithmetic(_, left, right) if left.span == a.span && right.span == b.span);
    let text = match whole(sum, text.names) {
        _ if of_two => format!("write `{joined}`"),
        Some(whole) => format!("write `{whole}` for the whole sum"),
        None => format!("write `{joined}` for the two"),
    };
    found = found.help(format!("a set counts each code once: {text}"));
    // In `a + b` the two are next to each other, and the whole can be written anew.
    if of_two && !b.is_negative && rewrite::is_plain(written, sum.span, files) {
        found = found.fix(sum.span, joined.to_string());
    }
    written.relocate(found)
}

/// Returns one term for all of a sum, if each is a set of codes, measured alike, and none is subtracted.
fn whole(sum: &Expr, names: &Names) -> Option<Expr> {
    let terms = terms(sum, names);
    let (first, more) = terms.split_first()?;
    let is_alike =
        |term: &Term<'_>| !term.is_negative && !term.is_of_name && term.shape == first.shape;
    if addends(sum) != terms.len() || !terms.iter().all(is_alike) {
        return None;
    }
    let mut all: Vec<&Term<'_>> = vec![first];
    for term in more {
        let is_within = |of: &&Term<'_>| term.codes.difference(of.codes).is_empty();
        if !all.iter().any(is_within) {
            all.retain(|of| !of.codes.difference(term.codes).is_empty());
            all.push(term);
        }
    }
    let codes: Vec<Spanned<Codes>> = all.into_iter().flat_map(members).collect();
    with_codes(first.expr, &codes)
}

/// Returns how many values a sum adds up.
fn addends(sum: &Expr) -> usize {
    match &sum.value {
        Kind::Arithmetic(Operator::Add | Operator::Subtract, a, b) => addends(a) + addends(b),
        _ => 1,
    }
}

/// Returns the terms of a sum that have just one set of codes, names of sums put in.
fn terms<'a>(sum: &'a Expr, names: &'a Names) -> Vec<Term<'a>> {
    let mut found: Vec<Term<'a>> = Vec::new();
    let mut open: Vec<(&Expr, bool, Option<Span>)> = vec![(sum, false, None)];
    for _ in 0..PARTS_MAX {
        let Some((expr, is_negative, named)) = open.pop() else {
            break;
        };
        match &expr.value {
            Kind::Arithmetic(operator @ (Operator::Add | Operator::Subtract), a, b) => {
                let turns = *operator == Operator::Subtract;
                open.push((b, is_negative != turns, named));
                open.push((a, is_negative, named));
                continue;
            }
            Kind::Negative(of) => {
                open.push((of, !is_negative, named));
                continue;
            }
            Kind::Name(name) => {
                if let Some((meaning, _)) = names.get(name)
                    && !matches!(meaning.value, Kind::Selector(_))
                {
                    open.push((meaning, is_negative, named.or(Some(expr.span))));
                    continue;
                }
            }
            _ => {}
        }
        if let Some((shape, codes)) = shape(expr, names)
            && found.len() < TERMS_MAX
        {
            found.push(Term {
                expr,
                span: named.unwrap_or(expr.span),
                is_of_name: named.is_some(),
                is_negative,
                shape,
                codes,
            });
        }
    }
    found
}

/// Takes the codes out of a term in which they count alike, however many there are.
fn shape(expr: &Expr, names: &Names) -> Option<(Expr, StatusSet)> {
    let set = match codes_in(expr)? {
        Found::Selector(selector) => names.codes(selector)?,
        Found::Name(name) => names.codes(&[of_name(name)])?,
    };
    Some((with_codes(expr, &[])?.unplaced(), set))
}

enum Found<'a> {
    Selector(&'a Selector),
    Name(&'a str),
}

fn codes_in(expr: &Expr) -> Option<Found<'_>> {
    match &expr.value {
        Kind::Selector(codes) | Kind::Requests(Some(codes)) => Some(Found::Selector(codes)),
        Kind::Share { codes, .. } | Kind::Burn { codes, .. } => Some(Found::Selector(&codes.value)),
        Kind::Name(name) => Some(Found::Name(name)),
        Kind::Window {
            aggregate: Aggregate::Avg | Aggregate::Sum,
            of,
            ..
        }
        | Kind::Offset(of, _) => codes_in(of),
        _ => None,
    }
}

/// Returns the term with these codes in the place of its own.
fn with_codes(expr: &Expr, codes: &[Spanned<Codes>]) -> Option<Expr> {
    let codes = codes.to_vec();
    let value = match &expr.value {
        Kind::Selector(_) | Kind::Name(_) => Kind::Selector(codes),
        Kind::Requests(Some(_)) => Kind::Requests(Some(codes)),
        Kind::Share { codes: old, over } => Kind::Share {
            codes: Box::new(Spanned {
                value: codes,
                span: old.span,
            }),
            over: *over,
        },
        Kind::Burn {
            codes: old,
            over,
            objective,
        } => Kind::Burn {
            codes: Box::new(Spanned {
                value: codes,
                span: old.span,
            }),
            over: *over,
            objective: *objective,
        },
        Kind::Window {
            aggregate,
            of,
            over,
        } => Kind::Window {
            aggregate: *aggregate,
            of: Box::new(with_codes(of, &codes)?),
            over: *over,
        },
        Kind::Offset(of, by) => Kind::Offset(Box::new(with_codes(of, &codes)?), *by),
        _ => return None,
    };
    let span = expr.span;
    Some(Expr { value, span })
}

fn of_name(name: &str) -> Spanned<Codes> {
    let span = Span::default();
    Spanned {
        value: Codes::Name(name.to_owned()),
        span,
    }
}

/// Returns one term for two: the one that has the other's codes, or both codes joined.
fn joined(a: &Term<'_>, b: &Term<'_>) -> Expr {
    let all = a.codes.union(b.codes);
    if let Some(larger) = [a, b].into_iter().find(|term| term.codes == all) {
        return larger.expr.clone();
    }
    let mut codes = members(a);
    codes.extend(members(b));
    with_codes(a.expr, &codes).unwrap_or_else(|| a.expr.clone())
}

fn members(term: &Term<'_>) -> Vec<Spanned<Codes>> {
    match codes_in(term.expr) {
        Some(Found::Selector(codes)) => codes.clone(),
        Some(Found::Name(name)) => vec![of_name(name)],
        None => Vec::new(),
    }
}

/// Says which codes: as a class where all of one are there.
fn counted(codes: StatusSet) -> String {
    const SHOWN: usize = 3;
    let mut words: Vec<String> = Vec::new();
    for hundred in 1..=5_u16 {
        let class = StatusSet::range(hundred * 100, hundred * 100 + 99);
        let shared = codes.intersection(class);
        if shared == class {
            words.push(format!("`{hundred}xx`"));
        } else {
            words.extend(shared.iter().map(|code| format!("`{code}`")));
        }
    }
    let more = words.len().saturating_sub(SHOWN);
    words.truncate(SHOWN);
    let shown = words.join(", ");
    match more {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
