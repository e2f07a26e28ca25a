//! Conditions written anew, as help that can be pasted.

use crate::config::{Place, Written};
use crate::diag::{Files, Span};
use crate::lang::ast::{Aggregate, Comparator, Expr, Kind, When};
use crate::unit::{Decimal, Minutes};

/// The longest condition that is written out whole, in bytes.
const TEXT_MAX: usize = 300;
/// How many requests a guard asks for, in examples: with 50, one failure is 2 %.
const REQUESTS: i64 = 50;

/// Says what to write: the condition, or, if that is very long, other words.
pub(super) fn write(when: &When, otherwise: &str) -> String {
    let text = when.to_string();
    if text.len() <= TEXT_MAX {
        format!("write `{text}`")
    } else {
        otherwise.to_owned()
    }
}

/// Returns a guard of the traffic, of one minute or on the average of some.
pub(super) fn traffic_guard(over: u32) -> Expr {
    let at = |value| Expr {
        value,
        span: Span::default(),
    };
    let requests = at(Kind::Requests(None));
    let counted = match Minutes::new(over) {
        None | Some(Minutes::ONE) => requests,
        Some(over) => at(Kind::Window {
            aggregate: Aggregate::Avg,
            of: Box::new(requests),
            over,
        }),
    };
    let least = at(Kind::Number(
        Decimal::from_integer(REQUESTS).unwrap_or(Decimal::HUNDRED),
    ));
    let comparator = Comparator::GreaterOrEqual;
    at(Kind::Comparison(
        comparator,
        Box::new(counted),
        Box::new(least),
    ))
}

/// Returns a condition with a guard for the parts at these places: as far outside as it holds
/// for nothing else, and inside of `for`.
pub(super) fn guarded(expr: &Expr, guard: &Expr, places: &[Span]) -> Expr {
    let has = |part: &Expr| places.iter().any(|place| is_within(*place, part.span));
    let each = |parts: &[Expr]| {
        let each = parts.iter().map(|part| {
            if has(part) {
                guarded(part, guard, places)
            } else {
                part.clone()
            }
        });
        each.collect::<Vec<Expr>>()
    };
    let value = match &expr.value {
        Kind::For(of, hold) => Kind::For(Box::new(guarded(of, guard, places)), *hold),
        Kind::Or(parts) if !(parts.iter().all(has) && parts.iter().all(is_momentary)) => {
            Kind::Or(each(parts))
        }
        Kind::And(parts) if !parts.iter().all(is_momentary) => Kind::And(each(parts)),
        Kind::Given(of, old) => {
            let mut parts = match &old.value {
                Kind::And(parts) => parts.clone(),
                _ => vec![old.as_ref().clone()],
            };
            parts.push(guard.clone());
            let span = old.span;
            let value = Kind::And(parts);
            Kind::Given(of.clone(), Box::new(Expr { value, span }))
        }
        _ => Kind::Given(Box::new(expr.clone()), Box::new(guard.clone())),
    };
    let span = expr.span;
    Expr { value, span }
}

/// Whether a part is about values of the judged minute, and about nothing that a guard would
/// make unknown or that has a guard.
fn is_momentary(expr: &Expr) -> bool {
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        match &expr.value {
            Kind::For(..) | Kind::Given(..) | Kind::NoData | Kind::NoTraffic => return false,
            Kind::Comparison(..) => {}
            _ => open.extend(expr.operands()),
        }
    }
    true
}

/// Returns a condition with another part at a place.
pub(super) fn replaced(expr: &Expr, place: Span, part: &Expr) -> Expr {
    if expr.span == place {
        return part.clone();
    }
    if !is_within(place, expr.span) {
        return expr.clone();
    }
    let one = |of: &Expr| Box::new(replaced(of, place, part));
    let all = |parts: &[Expr]| parts.iter().map(|of| replaced(of, place, part)).collect();
    let value = match &expr.value {
        Kind::And(parts) => Kind::And(all(parts)),
        Kind::Or(parts) => Kind::Or(all(parts)),
        Kind::Not(of) => Kind::Not(one(of)),
        Kind::For(of, hold) => Kind::For(one(of), *hold),
        Kind::Given(of, guard) => Kind::Given(one(of), one(guard)),
        Kind::Comparison(comparator, a, b) => Kind::Comparison(*comparator, one(a), one(b)),
        other => other.clone(),
    };
    let span = expr.span;
    Expr { value, span }
}

fn is_within(inner: Span, outer: Span) -> bool {
    outer.start() <= inner.start() && inner.end() <= outer.end()
}

/// Whether a place of a text can be written anew: it is all there in the file, on one line and
/// without a comment.
pub(super) fn is_plain(written: &Written, span: Span, files: &Files) -> bool {
    written.is_exact() && is_on_one_line(files, written.locate(span))
}

/// Whether a place is on one line and without a comment.
pub(super) fn is_on_one_line(files: &Files, place: Place) -> bool {
    let file = files.get(place.file);
    let slice = file.and_then(|file| file.text.get(place.span.range()));
    slice.is_some_and(|slice| !slice.contains(['#', '\n']))
}
