//! Proportions of however few requests.
//!
//! ## What it finds
//!
//! A proportion that is compared without a word about the traffic: neither `given requests >=
//! …`, nor a count that must be reached beside it (`and requests(5xx) >= 20`). One finding for
//! each condition. Not what is taken over 30 minutes and more, holds counted, and not what stands
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
use crate::lang::ast::{Kind, When};
use crate::lint::conditions::{Condition, FINDINGS_MAX, Leaf, Seat};
use crate::lint::traffic::{self, LONG};
use crate::lint::{measures, rewrite};

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let conditions = checked.conditions.iter();
    conditions
        .filter_map(of_condition)
        .take(FINDINGS_MAX)
        .collect()
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
    let when = When {
        condition: rewrite::guarded(&condition.tier.when.condition, &guard, &spans),
        ..condition.tier.when.clone()
    };
    Some(found.help(rewrite::write(
        &when,
        "judge only minutes with enough requests: `… given requests >= 50`",
    )))
}

fn is_unguarded(condition: &Condition<'_>, leaf: &Leaf<'_>) -> bool {
    let names = condition.names;
    let demands = |expr| !traffic::demands(expr, names).is_empty();
    traffic::is_ratio(leaf, names)
        && traffic::breadth(leaf, names) < LONG
        && !traffic::guards(leaf).any(demands)
        && !traffic::beside(leaf).any(demands)
        && !traffic::beside(leaf).any(|part| is_broad(condition, part))
}

/// Whether a part is about proportions over a long time.
fn is_broad(condition: &Condition<'_>, part: &crate::lang::ast::Expr) -> bool {
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
    let present = measures.filter(|measure| !measure.is_past);
    let windows = present.map(|measure| measure.window.map_or(1, |(_, over)| over));
    windows.min().unwrap_or(1)
}
