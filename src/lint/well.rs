//! Conditions that are true while all is well.

use super::conditions::{Condition, Leaf};
use super::measures;
use super::outage::WELL;
use super::proofs::Proofs;
use super::rewrite;
use crate::diag::{Code, Diagnostic};
use crate::lang::Names;
use crate::lang::ast::{Aggregate, Expr, Kind, When};
use crate::proof::Asked;
use crate::unit::{Severity, StatusSet};

/// Finds a condition about errors, and nothing else, that is true when there are none:
/// `5xx < 10% until 5xx > 15%`. One of severity `info` may tell just that.
pub(super) fn fires(proofs: &Proofs<'_>, condition: &Condition<'_>) -> Option<Diagnostic> {
    let mut judged = condition.judged();
    let first = judged.next()?;
    let is_few = |leaf: &Leaf<'_>| asks_for_few_errors(leaf, condition.names);
    if condition.tier.severity == Severity::Info || !is_few(first) || !judged.all(is_few) {
        return None;
    }
    let claims = [(condition.compiled.condition, Asked::True)];
    if !proofs.with_prover(|prover| prover.is_so_of(&claims, WELL)) {
        return None;
    }
    let not = if first.is_negated() { "not " } else { "" };
    let message = format!(
        "`{not}{}` is true when every answer is a {WELL}: the rule fires while all is well",
        first.expr
    );
    let found = condition.at(Code::AlwaysTrue, first.seat, message);
    let is_alone = condition.judged().count() == 1;
    let turned = turned(condition, first).filter(|_| is_alone);
    let help = turned.unwrap_or_else(|| "`<` and `>` are perhaps turned round".to_owned());
    Some(found.warning().help(format!(
        "{help}; what is to tell that all is well has `severity: info`"
    )))
}

/// Whether a comparison asks for a proportion, or a number, of failed answers below a level.
fn asks_for_few_errors(leaf: &Leaf<'_>, names: &Names) -> bool {
    let errors = StatusSet::range(400, 599);
    let Some(threshold) = measures::threshold(leaf, names) else {
        return false;
    };
    // Most ask for many, which costs nothing to see.
    if !threshold.is_below() {
        return false;
    }
    let [measure] = measures::of_leaf(leaf, names) else {
        return false;
    };
    let codes = measure.codes();
    let is_level = !matches!(
        measure.window,
        Some((Aggregate::Stddev | Aggregate::Change, _))
    );
    is_level
        && !measure.is_past()
        && codes.is_some_and(|codes| !codes.is_empty() && codes.difference(errors).is_empty())
}

/// Says what to write: the comparison of `until` in the place of the condition's, and the reverse.
fn turned(condition: &Condition<'_>, leaf: &Leaf<'_>) -> Option<String> {
    let (when, names) = (&condition.tier.when, condition.names);
    let until = when.until.as_ref()?;
    let end = compared(until)?;
    let (own, level) = (
        measures::threshold(leaf, names)?,
        measures::level_of(end, false, names)?,
    );
    let is_of_one = own.measured.unplaced() == level.measured.unplaced();
    if !is_of_one || !level.is_above() || leaf.is_negated() || leaf.seat.name.is_some() {
        return None;
    }
    let turned = When {
        condition: rewrite::replaced(&when.condition, leaf.expr.span, end),
        until: Some(rewrite::replaced(until, end.span, leaf.expr)),
        fleet: when.fleet,
    };
    Some(rewrite::write(
        &turned,
        "`<` and `>` are perhaps turned round",
    ))
}

/// Returns the one comparison that an `until` is, below a hold and before a guard.
fn compared(until: &Expr) -> Option<&Expr> {
    match &until.value {
        Kind::Comparison(..) => Some(until),
        Kind::For(of, _) | Kind::Given(of, _) => compared(of),
        _ => None,
    }
}
