//! Guards that stand after `and`.
//!
//! ## What it finds
//!
//! `and requests >= 50`, or so many on the average of some minutes, beside a proportion. Not
//! counts of some codes (`and requests(5xx) >= 20`), not numbers above 1 000 a minute, which are
//! about load, and not windows of 30 minutes and more.
//!
//! ## Why it matters
//!
//! With `and`, a quiet minute makes the condition false. A false condition resolves the alert,
//! also when the minute is quiet because the origin is dead. With `given` the minute is unknown:
//! nothing begins, and what fires goes on until it is seen to be well. Where there is an `until`,
//! the alert does not resolve by it, but a minute that nobody can judge is still shown as good.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% and requests >= 50 for 3m
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% given requests >= 50 for 3m
//! ```

use std::collections::BTreeSet;

use super::Checked;
use crate::diag::{Code, Diagnostic, Span};
use crate::lang::ast::{Expr, Kind, When};
use crate::lint::conditions::{Condition, Leaf, Seat, Step};
use crate::lint::{measures, rewrite, traffic};
use crate::unit::Decimal;

/// More requests a minute than this are a statement about load, and no guard.
const GUARD_MAX: i64 = 1_000;
/// How many parts of an `and` are looked at.
const PARTS_MAX: usize = 64;

pub(super) fn run(_: &Checked<'_>, condition: &Condition<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen: BTreeSet<Span> = BTreeSet::new();
    for leaf in condition.judged() {
        if !traffic::is_ratio(leaf, condition.names) {
            continue;
        }
        let mut is_negated = false;
        for step in &leaf.path {
            let (whole, parts, seat) = match step {
                Step::And {
                    whole, parts, seat, ..
                } if !is_negated => (whole, parts, seat),
                Step::Not => {
                    is_negated = !is_negated;
                    continue;
                }
                _ => continue,
            };
            // Told once for each `and`: others of its proportions come by here again.
            if !seen.insert(whole.span) {
                continue;
            }
            let around = Around { whole, seat: *seat };
            found.extend(of_all(condition, leaf, parts, &around));
        }
    }
}

/// An `and`, and where it stands.
struct Around<'a> {
    whole: &'a Expr,
    seat: Seat<'a>,
}

fn of_all(
    condition: &Condition<'_>,
    leaf: &Leaf<'_>,
    parts: &[Expr],
    around: &Around<'_>,
) -> Option<Diagnostic> {
    let is_guard = |part: &&Expr| guards(condition, part);
    let guard = parts.iter().take(PARTS_MAX).find(is_guard)?;
    let seat = match leaf.seat.name {
        Some(_) => leaf.seat,
        None => Seat {
            span: guard.span,
            name: None,
        },
    };
    let ends = match condition.tier.when.until {
        None => "is false and resolves the alert, also when the origin is dead",
        Some(_) => "is false, though nobody knows whether the origin is well",
    };
    let message = format!("`{guard}` stands after `and`: a quiet minute {ends}");
    let found = condition.at(Code::GuardByAnd, seat, message);
    let given = given(parts, &is_guard)?;
    if around.seat.name.is_some() {
        return Some(found.help(format!("write `{given}` in its definition")));
    }
    let when = When {
        condition: rewrite::replaced(&condition.tier.when.condition, around.whole.span, &given),
        ..condition.tier.when.clone()
    };
    // Which minutes count is the author's choice: no program makes it.
    Some(found.help(rewrite::write(&when, &format!("write `{given}`"))))
}

/// Whether a part is a lower bound of the requests, small enough to be a guard. One that is never
/// below is told as such.
fn guards(condition: &Condition<'_>, part: &Expr) -> bool {
    let mut part = measures::meant(part, condition.names);
    let mut is_negated = false;
    while let Kind::Not(of) = &part.value {
        part = measures::meant(of, condition.names);
        is_negated = !is_negated;
    }
    let most = Decimal::from_integer(GUARD_MAX).unwrap_or(Decimal::HUNDRED);
    let demand = traffic::demand(part, is_negated, condition.names);
    let is_guard = |level| Decimal::ZERO < level && level <= most;
    demand.is_some_and(|demand| demand.is_plain && demand.level.is_some_and(is_guard))
}

/// Returns the parts with the guards after `given`.
fn given(parts: &[Expr], is_guard: &impl Fn(&&Expr) -> bool) -> Option<Expr> {
    let (guards, rest): (Vec<&Expr>, Vec<&Expr>) = parts.iter().partition(is_guard);
    let joined = |parts: Vec<&Expr>| {
        let mut parts: Vec<Expr> = parts.into_iter().cloned().collect();
        let span = crate::lang::ast::span_of(&parts);
        match parts.len() {
            0 => None,
            1 => parts.pop(),
            _ => Some(Expr {
                value: Kind::And(parts),
                span,
            }),
        }
    };
    let (rest, guards) = (joined(rest)?, joined(guards)?);
    let span = rest.span.to(guards.span);
    let value = Kind::Given(Box::new(rest), Box::new(guards));
    Some(Expr { value, span })
}
