//! Percentages that were perhaps meant as fractions.
//!
//! ## What it finds
//!
//! A level below 1 %, such as `5xx > 0.1%`, where other levels of the same codes in the same
//! files are at least twenty times as high, and near to what the number is as a fraction: `0.1`
//! is 10 %. Not in windows of 30 minutes and more, `share` and `burn`, where small levels are
//! usual, not where a guard asks for so many requests that one failure is within the level, and
//! not where the level is worked out.
//!
//! ## Why it matters
//!
//! Elsewhere a tenth is written `0.1`. A rule that fires at one failure in a thousand fires all
//! day.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 20% given requests >= 50 for 3m until 5xx < 5% for 5m
//!   - name: api-5xx
//!     when: 5xx > 0.1% given requests >= 50 for 5m until 5xx < 0.05% for 5m
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 20% given requests >= 50 for 3m until 5xx < 5% for 5m
//!   - name: api-5xx
//!     when: 5xx > 10% given requests >= 50 for 5m until 5xx < 5% for 5m
//! ```
//!
//! If a thousandth is meant, say over which time: `share(5xx over 1h) > 0.1%`.

use std::collections::BTreeSet;

use super::{Checked, coarse};
use crate::config::Outline;
use crate::diag::{Code, Diagnostic};
use crate::lang::ast::{Expr, Kind, When};
use crate::lint::conditions::{Condition, Leaf, PARTS_OF_FILE_MAX, tell};
use crate::lint::measures::{self, Threshold};
use crate::lint::proofs::{Proofs, Standing};
use crate::lint::rewrite;
use crate::lint::traffic::LONG;
use crate::unit::{Decimal, StatusSet};

/// How many levels of other rules are compared with.
const LEVELS_MAX: usize = 1_000;
/// How many times higher the other levels are, at least.
const HIGHER: i64 = 20;
/// How many times another level may differ from the fraction and be near it.
const NEAR: i64 = 2;

pub(super) fn run(checked: &Checked<'_>, condition: &Condition<'_>, found: &mut Vec<Diagnostic>) {
    for leaf in condition.judged() {
        if let Some(one) = of_leaf(checked, condition, leaf) {
            tell(found, one);
        }
    }
}

/// The level of a proportion, and of which codes.
pub(in crate::lint) type Level = (StatusSet, Decimal);

/// Returns the levels of all conditions that can hold and can fail, those below 1 % left out.
pub(in crate::lint) fn levels(proofs: &Proofs<'_>, outline: &Outline) -> BTreeSet<Level> {
    let mut left = PARTS_OF_FILE_MAX;
    let mut levels = BTreeSet::new();
    for tier in proofs
        .tiers()
        .filter(|tier| tier.standing == Standing::Open)
    {
        let condition = Condition::of(&tier, outline, &mut left);
        let of_leaves = condition
            .judged()
            .filter_map(|leaf| level(&condition, leaf));
        let whole = of_leaves.filter(|(_, level, _)| Decimal::ONE <= *level);
        levels.extend(whole.map(|(codes, level, _)| (codes, level)));
    }
    levels.into_iter().take(LEVELS_MAX).collect()
}

/// Returns the level of a leaf that is a plain proportion above something, with its codes.
fn level<'a>(
    condition: &Condition<'_>,
    leaf: &Leaf<'a>,
) -> Option<(StatusSet, Decimal, Threshold<'a>)> {
    let threshold = measures::threshold(leaf, condition.names)?;
    if threshold.is_number || !threshold.is_above() || threshold.level <= Decimal::ZERO {
        return None;
    }
    let measured = measures::meant(threshold.measured, condition.names);
    if matches!(measured.value, Kind::Share { .. } | Kind::Arithmetic(..)) {
        return None;
    }
    let [measure] = measures::of_leaf(leaf, condition.names) else {
        return None;
    };
    let is_long = measure.window.is_some_and(|(_, over)| LONG <= over);
    if measure.is_past() || is_long {
        return None;
    }
    Some((measure.codes()?, threshold.level, threshold))
}

/// Whether a guard asks for so many requests that one failure among them is no more than the
/// level: then the level was chosen with the guard, and is meant.
fn fits_guard(condition: &Condition<'_>, leaf: &Leaf<'_>, level: Decimal) -> bool {
    let requests = coarse::requests(condition, leaf);
    let failures = requests.and_then(|requests| requests.checked_mul(level));
    failures.is_some_and(|failures| Decimal::HUNDRED <= failures)
}

/// Tells a level that was perhaps meant as a fraction.
pub(super) fn of_leaf(
    checked: &Checked<'_>,
    condition: &Condition<'_>,
    leaf: &Leaf<'_>,
) -> Option<Diagnostic> {
    let (codes, level, threshold) = level(condition, leaf)?;
    if Decimal::ONE <= level {
        return None;
    }
    let is_alike = |other: &StatusSet| {
        let both = codes.intersection(*other);
        both == codes || both == *other
    };
    let levels = checked.levels().iter();
    let others = levels.filter(|(other, _)| is_alike(other));
    let others: Vec<Decimal> = others.map(|(_, level)| *level).collect();
    let times = |value: Decimal, factor| value.checked_mul(Decimal::from_integer(factor)?);
    let meant = times(level, 100)?;
    let floor = times(level, HIGHER)?;
    let is_near = |other: &Decimal| {
        times(*other, NEAR).is_some_and(|twice| meant <= twice)
            && times(meant, NEAR).is_some_and(|twice| *other <= twice)
    };
    if others.iter().any(|other| *other < floor) {
        return None;
    }
    let near = *others.iter().find(|other| is_near(other))?;
    if fits_guard(condition, leaf, level) {
        return None;
    }
    let value = threshold.measured;
    let message = format!(
        "`{value}` is compared with {level}%, and elsewhere with {near}%: {level} may have been meant as a fraction"
    );
    let found = condition.at(Code::Fraction, leaf.seat, message);
    let meant = whole(condition, leaf, meant).unwrap_or_else(|| format!("{meant}%"));
    Some(found.help(format!(
        "write `{meant}` if that was meant; a level as low as {level}% is better asked of a longer time, `share(… over 1h)`"
    )))
}

/// Returns the rule with a hundred times the level of a part, where `until` has a fraction as well:
/// that would hardly ever be reached again.
fn whole(condition: &Condition<'_>, leaf: &Leaf<'_>, meant: Decimal) -> Option<String> {
    let (when, names) = (&condition.tier.when, condition.names);
    let mut end = when.until.as_ref()?;
    while let Kind::For(of, _) | Kind::Given(of, _) = &end.value {
        end = of;
    }
    let ends = measures::level_of(end, false, names)?;
    let own = measures::threshold(leaf, names)?;
    let is_of_one = ends.measured.unplaced() == own.measured.unplaced();
    let is_fraction = !ends.is_number && Decimal::ZERO < ends.level && ends.level < Decimal::ONE;
    if !is_of_one || !is_fraction || !ends.is_below() || leaf.seat.name.is_some() {
        return None;
    }
    let level = ends.level.checked_mul(Decimal::HUNDRED)?;
    let new = When {
        condition: rewrite::replaced(
            &when.condition,
            leaf.expr.span,
            &with_level(leaf.expr, meant)?,
        ),
        until: Some(rewrite::replaced(
            when.until.as_ref()?,
            end.span,
            &with_level(end, level)?,
        )),
        fleet: when.fleet,
    };
    Some(new.to_string())
}

/// Returns a comparison with another level in the place of its own.
fn with_level(compared: &Expr, level: Decimal) -> Option<Expr> {
    let Kind::Comparison(comparator, a, b) = &compared.value else {
        return None;
    };
    let of = |side: &Expr| {
        let value = match &side.value {
            Kind::Proportion(_) => Kind::Proportion(level),
            other => other.clone(),
        };
        let span = side.span;
        Box::new(Expr { value, span })
    };
    let is_level = |side: &Expr| matches!(side.value, Kind::Proportion(_));
    let value = Kind::Comparison(*comparator, of(a), of(b));
    let span = compared.span;
    (is_level(a) != is_level(b)).then_some(Expr { value, span })
}
