//! Guards that stand after `and`.
//!
//! ## What it finds
//!
//! `and requests >= 50`, or so many on the average of some minutes, beside a proportion; `or requests < 50`
//! within `not` is the same. Not where a `given` around it asks for as many, not
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
use super::no_traffic_guard::GUARD_MAX;
use crate::diag::{Code, Diagnostic, Span};
use crate::lang::ast::{Expr, Kind, When};
use crate::lint::conditions::{Condition, Leaf, Seat, Step};
use crate::lint::{measures, rewrite, traffic};
use crate::unit::Decimal;

/// How many parts of an `and` are looked at.
const PARTS_MAX: usize = 64;

pub(super) fn run(_: &Checked<'_>, condition: &Condition<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen: BTreeSet<Span> = BTreeSet::new();
    for leaf in condition.judged() {
        if !traffic::is_ratio(leaf, condition.names) {
            continue;
        }
        let mut is_negated = false;
        let mut given: Option<Decimal> = None;
        for step in &leaf.path {
            let around = match (step, is_negated) {
                (
                    Step::And {
                        whole, parts, seat, ..
                    },
                    false,
                )
                | (
                    Step::Or {
                        whole, parts, seat, ..
                    },
                    true,
                ) => Around {
                    whole,
                    parts,
                    seat: *seat,
                    is_negated,
                    given,
                },
                (Step::Not, _) => {
                    is_negated = !is_negated;
                    continue;
                }
                (Step::Given(guard), _) => {
                    let demands = traffic::demands(guard, condition.names).into_iter();
                    let plain = demands.filter(|demand| demand.is_plain);
                    given = given.max(plain.filter_map(|demand| demand.level).max());
                    continue;
                }
                _ => continue,
            };
            // Told once for each `and`: others of its proportions come by here again.
            if seen.insert(around.whole.span) {
                found.extend(of_all(condition, leaf, &around));
            }
        }
    }
}

/// Parts of which all must be so, or under `not` all must be false, and where they stand.
struct Around<'a> {
    whole: &'a Expr,
    parts: &'a [Expr],
    seat: Seat<'a>,
    is_negated: bool,
    /// How many requests a `given` around it asks for: with fewer it is unknown, and not false.
    given: Option<Decimal>,
}

fn of_all(condition: &Condition<'_>, leaf: &Leaf<'_>, around: &Around<'_>) -> Option<Diagnostic> {
    let is_guard = |part: &&Expr| guards(condition, part, around);
    let guard = around.parts.iter().take(PARTS_MAX).find(is_guard)?;
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
    if around.is_negated {
        let message = format!("`{guard}` stands within `not`: where it is true, the whole {ends}");
        let help = "write what must be so without the `not`, and the requests behind `given`";
        return Some(condition.at(Code::GuardByAnd, seat, message).help(help));
    }
    let message = format!("`{guard}` stands after `and`: a quiet minute {ends}");
    let found = condition.at(Code::GuardByAnd, seat, message);
    let given = given(around.parts, &is_guard)?;
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
/// below is told as such, and so is one that asks for no more than a `given` around it does.
fn guards(condition: &Condition<'_>, part: &Expr, around: &Around<'_>) -> bool {
    let mut part = measures::meant(part, condition.names);
    let mut is_negated = around.is_negated;
    while let Kind::Not(of) = &part.value {
        part = measures::meant(of, condition.names);
        is_negated = !is_negated;
    }
    let most = Decimal::from_integer(GUARD_MAX).unwrap_or(Decimal::HUNDRED);
    let demand = traffic::demand(part, is_negated, condition.names);
    let is_guard = |level| {
        let is_given = around.given.is_some_and(|given| level <= given);
        Decimal::ZERO < level && level <= most && !is_given
    };
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
