//! Conditions that are true while all is well.

use super::Checked;
use super::conditions::{Condition, Leaf, PARTS_MAX};
use super::measures;
use super::outage::WELL;
use super::proofs::{Standing, Tier};
use super::rewrite;
use crate::diag::{Code, Diagnostic};
use crate::lang::Names;
use crate::lang::ast::{Aggregate, Expr, Kind, When};
use crate::proof::Asked;
use crate::unit::{Severity, StatusSet};

/// Finds a condition about errors, and nothing else, that is true when there are none:
/// `5xx < 10% until 5xx > 15%`. One of severity `info` may tell just that.
pub(super) fn fires(checked: &Checked<'_>, tier: &Tier<'_>) -> Option<Diagnostic> {
    let node = tier.compiled.condition;
    if tier.standing != Standing::Open || tier.written.severity == Severity::Info {
        return None;
    }
    let claims = [(node, Asked::True)];
    let is_so = checked
        .proofs
        .with_prover(|prover| prover.is_so_of(&claims, WELL));
    if !is_so {
        return None;
    }
    let mut left = PARTS_MAX;
    let condition = Condition::of(tier, checked.outline, &mut left);
    let judged: Vec<&Leaf<'_>> = condition.judged().collect();
    let is_few = |leaf: &&Leaf<'_>| asks_for_few_errors(leaf, tier.names);
    let first = judged.first()?;
    if !judged.iter().all(is_few) {
        return None;
    }
    let not = if first.is_negated() { "not " } else { "" };
    let message = format!(
        "`{not}{}` is true when every answer is a {WELL}: the rule fires while all is well",
        first.expr
    );
    let found = condition.at(Code::AlwaysTrue, first.seat, message);
    let turned = turned(tier, first).filter(|_| judged.len() == 1);
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
    let [measure] = measures::of_leaf(leaf, names) else {
        return false;
    };
    let codes = measure.codes();
    let is_level = !matches!(
        measure.window,
        Some((Aggregate::Stddev | Aggregate::Change, _))
    );
    threshold.is_below()
        && is_level
        && !measure.is_past()
        && codes.is_some_and(|codes| !codes.is_empty() && codes.difference(errors).is_empty())
}

/// Says what to write: the comparison of `until` in the place of the condition's, and the reverse.
fn turned(tier: &Tier<'_>, leaf: &Leaf<'_>) -> Option<String> {
    let when = &tier.written.when;
    let until = when.until.as_ref()?;
    let end = compared(until)?;
    let (own, level) = (
        measures::threshold(leaf, tier.names)?,
        measures::level_of(end, false, tier.names)?,
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
