//! Proportions of however few requests.
//!
//! ## What it finds
//!
//! A proportion that is compared without a word about the traffic: neither `given requests >=
//! …`, nor a count that must be reached beside it (`and requests(5xx) >= 20`). A guard that keeps
//! no quiet minute out is none: `given requests >= 0`, `given requests < 50`, one with an `or`
//! that lets them pass, `given requests >= 50 or 501 > 10%`, and one about another hour or day, `given requests
//! offset 1d >= 50`. Counts that are compared with each other are a proportion as well: `requests(5xx) > 0.1 *
//! requests`. And a guard that stands after `or`. One finding for
//! each condition. And a count of other codes, `given requests(2xx) >= 100` beside `5xx > 10%`: in a total
//! outage no answer has them. Not what is taken over 30 minutes and more, holds counted, and not what stands
//! beside such a value by `and`: there one failure weighs little. (On a domain with a request a
//! minute it does not: give those a guard of their own.)
//!
//! ## Why it matters
//!
//! One failure among three requests is 33 %. At night, or on a domain that hardly anybody visits,
//! the rule fires for a single visitor's bad luck.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m until 5xx < 5% for 5m
//! ```
//!
//! ## Instead
//!
//! A minute with fewer requests is unknown then, and changes nothing. The number is yours to
//! choose: with 50 requests, one failure is 2 %.
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 5m
//! ```

use super::Checked;
use crate::diag::{Code, Diagnostic, Span};
use crate::lang::Names;
use crate::lang::ast::{Expr, Kind, When};
use crate::lint::conditions::{Condition, Leaf, Seat, Step};
use crate::lint::proofs::Tier;
use crate::lint::traffic::{self, Demand, LONG};
use crate::lint::{measures, outage, rewrite};
use crate::unit::Decimal;

/// More requests a minute than this are a statement about load, and no guard.
pub(super) const GUARD_MAX: i64 = 1_000;

/// Finds a guard that keeps out a total outage.
pub(super) fn of_tier(checked: &Checked<'_>, tier: &Tier<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(outage::blind_guard(checked, tier));
}

pub(super) fn run(_: &Checked<'_>, condition: &Condition<'_>, found: &mut Vec<Diagnostic>) {
    // One that stands as a key beside the condition is told for that.
    if condition.rule.keys.get("given").is_none() {
        found.extend(of_condition(condition));
    }
}

fn of_condition(condition: &Condition<'_>) -> Option<Diagnostic> {
    let unguarded: Vec<&Leaf<'_>> = condition
        .judged()
        .filter(|leaf| is_unguarded(condition, leaf))
        .collect();
    let first = unguarded.first()?;
    let message = "a proportion of however few requests: one failure among three is 33 %";
    let mut found = condition.at(Code::NoTrafficGuard, first.seat, message);
    let spans: Vec<Span> = unguarded.iter().map(|leaf| leaf.seat.span).collect();
    for span in spans
        .iter()
        .skip(1)
        .filter(|span| **span != first.seat.span)
    {
        let place = condition.tier.written.locate(*span);
        found.secondary.push(crate::diag::Label {
            file: place.file,
            span: place.span,
            text: "this one as well".to_owned(),
        });
    }
    let over = unguarded.iter().map(|leaf| window(condition, leaf)).min();
    let guard = rewrite::traffic_guard(over.unwrap_or(1));
    if let Some((message, help)) = guard_by_or(condition, first) {
        found.message = message;
        return Some(found.help(help));
    }
    if let Some((message, help)) = other_guard(condition, first, &guard) {
        found.message = message;
        return Some(found.help(help));
    }
    let mut around = traffic::guards(first).chain(
        traffic::beside(first).filter_map(|(part, is_negated)| (!is_negated).then_some(part)),
    );
    if let Some(past) = around.find(|part| traffic::is_of_another_time(part, condition.names)) {
        found.message =
            format!("`{past}` is about another time: this minute may have however few requests");
    }
    if traffic::guards(first).any(|guard| lets_only_quiet(guard, condition.names)) {
        // One more guard would leave no minute at all.
        return Some(
            found.help("its guard keeps out the busy minutes: turn it round, `requests >= 50`"),
        );
    }
    let mut beside = unguarded.iter().flat_map(|leaf| traffic::beside(leaf));
    let is_quiet =
        |(part, is_negated): &(&Expr, bool)| !is_negated && lets_only_quiet(part, condition.names);
    if let Some((part, _)) = beside.find(is_quiet) {
        let help = format!("beside it `{part}` lets only quiet minutes count: turn that round");
        return Some(found.help(help));
    }
    let whole = &condition.tier.when.condition;
    let idle = implied_guard(condition, first).filter(|_| spans.len() == 1);
    let when = When {
        condition: match idle {
            Some(idle) => rewrite::replaced(whole, idle.span, &guard),
            None => rewrite::guarded(whole, &guard, &spans),
        },
        ..condition.tier.when.clone()
    };
    Some(found.help(rewrite::write(
        &when,
        "judge only minutes with enough requests: `… given requests >= 50`",
    )))
}

/// Says of a guard that stands after `or` that it is enough by itself.
fn guard_by_or(condition: &Condition<'_>, leaf: &Leaf<'_>) -> Option<(String, String)> {
    let (whole, parts, index) = leaf.path.iter().find_map(|step| match step {
        Step::Or {
            whole,
            parts,
            index,
            seat,
        } if seat.name.is_none() => Some((*whole, *parts, *index)),
        _ => None,
    })?;
    if leaf.is_negated() || parts.len() != 2 || parts[index].span != leaf.expr.span {
        return None;
    }
    let (own, guard) = (&parts[index], &parts[1 - index]);
    let most = Decimal::from_integer(GUARD_MAX)?;
    let demand = traffic::demand(guard, false, condition.names)?;
    let is_small = |level| Decimal::ZERO < level && level <= most;
    if !demand.is_plain || !demand.level.is_some_and(is_small) {
        return None;
    }
    let given = Expr {
        value: Kind::Given(Box::new(own.clone()), Box::new(guard.clone())),
        span: whole.span,
    };
    let when = When {
        condition: rewrite::replaced(&condition.tier.when.condition, whole.span, &given),
        ..condition.tier.when.clone()
    };
    let message = format!("`{guard}` stands after `or`: every minute with so many requests is bad");
    Some((message, rewrite::write(&when, &format!("write `{given}`"))))
}

/// Returns the guard of a part that asks for less of the very value that the part compares: it guards
/// nothing.
fn implied_guard<'a>(condition: &Condition<'_>, leaf: &Leaf<'a>) -> Option<&'a Expr> {
    let names = condition.names;
    let own = measures::threshold(leaf, names)?;
    let is_implied = |guard: &&Expr| {
        let Some(other) = measures::level_of(guard, false, names) else {
            return false;
        };
        let is_less = own.is_above() && other.is_above() && other.level < own.level
            || own.is_below() && other.is_below() && own.level < other.level;
        is_less && own.measured.unplaced() == other.measured.unplaced()
    };
    // What stands behind a name is not written anew here.
    let is_written = |guard: &&Expr| guarded_by(&condition.tier.when.condition, guard).is_some();
    traffic::guards(leaf).find(|guard| is_implied(guard) && is_written(guard))
}

/// Whether a guard keeps out the minutes with many requests, also by a name.
fn lets_only_quiet(guard: &Expr, names: &Names) -> bool {
    let meaning = match &guard.value {
        Kind::Name(name) => names.get(name).map(|(meaning, _)| meaning),
        _ => Some(guard),
    };
    let turned = meaning.and_then(|guard| traffic::turned(guard, names));
    turned.is_some_and(|turned| is_enough(&turned, names))
}

/// Says of a guard that is there and guards nothing what it does, and what to write.
fn other_guard(
    condition: &Condition<'_>,
    leaf: &Leaf<'_>,
    guard: &Expr,
) -> Option<(String, String)> {
    let names = condition.names;
    let when = &condition.tier.when;
    let own = traffic::guards(leaf).next()?;
    // What stands behind a name is not written anew here.
    let of = guarded_by(&when.condition, own)?;
    let write = |condition: Expr| {
        let when = When {
            condition,
            ..when.clone()
        };
        rewrite::write(&when, "judge only minutes with enough requests")
    };
    if let Kind::Or(sides) = &own.value {
        let (enough, any) = beside_guard(names, of, sides)?;
        let new = rewrite::replaced(&when.condition, own.span, enough);
        let new = rewrite::replaced(&new, of.span, &any);
        let message =
            format!("`or` behind `given` is part of the guard: `{own}` lets quiet minutes pass");
        return Some((message, write(new)));
    }
    let parts = match &own.value {
        Kind::And(parts) => parts.as_slice(),
        _ => std::slice::from_ref(own),
    };
    parts.iter().find_map(|part| {
        let turned = traffic::turned(part, names);
        let (what, new) = match turned.filter(|turned| is_enough(turned, names)) {
            Some(turned) => ("keeps out the busy minutes, and not the quiet ones", turned),
            None if traffic::demands(part, names).is_empty() => return None,
            None => ("keeps no quiet minute out", guard.clone()),
        };
        let new = rewrite::replaced(&when.condition, part.span, &new);
        Some((format!("the guard `{part}` {what}"), write(new)))
    })
}

/// Returns what a guard of the text is about.
fn guarded_by<'e>(condition: &'e Expr, guard: &Expr) -> Option<&'e Expr> {
    let mut open = vec![condition];
    while let Some(part) = open.pop() {
        match &part.value {
            Kind::Given(of, by) if std::ptr::eq(by.as_ref(), guard) => return Some(of),
            _ => open.extend(part.operands()),
        }
    }
    None
}

/// Returns `g` and `a or b` for `a given g or b`.
fn beside_guard<'e>(names: &Names, of: &Expr, sides: &'e [Expr]) -> Option<(&'e Expr, Expr)> {
    let (enough, others): (Vec<&Expr>, Vec<&Expr>) =
        sides.iter().partition(|side| is_enough(side, names));
    let ([enough], false) = (enough.as_slice(), others.is_empty()) else {
        return None;
    };
    let mut all = vec![of.clone()];
    all.extend(others.into_iter().cloned());
    let span = of.span;
    let value = Kind::Or(all);
    Some((*enough, Expr { value, span }))
}

/// Whether a condition sets a lower bound of the traffic that keeps anything out.
fn is_enough(expr: &Expr, names: &Names) -> bool {
    are_enough(&traffic::demands(expr, names))
}

fn are_enough(demands: &[Demand]) -> bool {
    let mut demands = demands.iter();
    demands.any(|demand| demand.level.is_none_or(|level| Decimal::ZERO < level))
}

fn is_unguarded(condition: &Condition<'_>, leaf: &Leaf<'_>) -> bool {
    let names = condition.names;
    let demands = |expr| is_enough(expr, names);
    traffic::is_ratio(leaf, names)
        && traffic::breadth(leaf, names) < LONG
        && !traffic::guards(leaf).any(demands)
        && !traffic::beside(leaf).any(|(part, is_negated)| {
            are_enough(&traffic::demands_of(part, is_negated, names)) || is_broad(condition, part)
        })
}

/// Whether a part is about proportions over a long time.
fn is_broad(condition: &Condition<'_>, part: &Expr) -> bool {
    let names = condition.names;
    let part = measures::meant(part, names);
    let part = match &part.value {
        Kind::For(of, _) | Kind::Given(of, _) => measures::meant(of, names),
        _ => part,
    };
    let (span, name) = (part.span, None);
    let leaf = Leaf::new(part, Seat { span, name }, Vec::new());
    traffic::is_ratio(&leaf, names) && LONG <= traffic::breadth(&leaf, names)
}

/// Returns over how many minutes a leaf's present values are taken; 1 without a window.
fn window(condition: &Condition<'_>, leaf: &Leaf<'_>) -> u32 {
    let measures = measures::of_leaf(leaf, condition.names).iter();
    let present = measures.filter(|measure| !measure.is_past());
    let windows = present.map(|measure| measure.window.map_or(1, |(_, over)| over));
    windows.min().unwrap_or(1)
}
