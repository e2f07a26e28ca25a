//! Rules that flap.
//!
//! ## What it finds
//!
//! A rule without `until`, or with one at the very level at which it fires (`5xx > 10% until 5xx
//! <= 10%`), whose condition can come and go within three minutes: it has one level
//! for both ways, and neither a `for` of three minutes nor a window of five that smooths it.
//! `for 2 of 5m` is enough, because it takes four good minutes to end. Not `no data` and `no
//! traffic`, which have no level.
//!
//! ## Why it matters
//!
//! A value that hovers about its level fires and resolves every few minutes. Each time somebody
//! is told, and after the third time nobody looks.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% given requests >= 50 for 2m
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 5m
//! ```

use super::{Checked, equality};
use crate::diag::{Code, Diagnostic};
use crate::lang::ast::{Aggregate, Expr, Hold, Kind, When};
use crate::lint::conditions::{Condition, Leaf, PARTS_MAX, needed};
use crate::lint::measures::{self, Measure};
use crate::lint::proofs::{Standing, Tier};
use crate::lint::{rewrite, traffic};
use crate::unit::{Decimal, Minutes};

/// A hold of so many minutes keeps a rule from flapping.
const HOLD: u32 = 3;
/// A window of so many minutes does as well.
const WINDOW: u32 = 5;

pub(super) fn run(_: &Checked<'_>, condition: &Condition<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(of_rule(condition));
}

/// Whether this is told of a condition that ends with `for 1m`: to remove that is no mend for it.
pub(super) fn is_told_though_held(checked: &Checked<'_>, tier: &Tier<'_>) -> bool {
    if tier.standing != Standing::Open || !is_held_for_one(&tier.written.when.condition) {
        return false;
    }
    let condition = Condition::of(tier, checked.outline, &mut { PARTS_MAX });
    of_rule(&condition).is_some()
}

fn of_rule(condition: &Condition<'_>) -> Option<Diagnostic> {
    // A part that stands as a key beside the condition is told for that.
    let mut parts = ["for", "hold", "until"].into_iter();
    let is_beside = parts.any(|part| condition.rule.keys.get(part).is_some());
    let may_flap = !is_beside && is_of_one_level(condition);
    may_flap.then(|| of_condition(condition))?
}

fn is_held_for_one(condition: &Expr) -> bool {
    matches!(condition.value, Kind::For(_, hold) if hold.over == Minutes::ONE)
}

/// Whether nothing says when it is over but that the condition is not true: there is no `until`,
/// or just its opposite, `5xx > 10% until 5xx <= 10%`.
fn is_of_one_level(condition: &Condition<'_>) -> bool {
    let Some(until) = &condition.tier.when.until else {
        return true;
    };
    let names = condition.names;
    let mut judged = condition.judged();
    let (Some(only), None) = (judged.next(), judged.next()) else {
        return false;
    };
    let (mut until, mut is_negated) = (measures::meant(until, names), false);
    loop {
        until = match &until.value {
            Kind::For(_, hold) if is_steady(*hold) => return false,
            Kind::Not(of) => {
                is_negated = !is_negated;
                measures::meant(of, names)
            }
            Kind::For(of, _) | Kind::Given(of, _) => measures::meant(of, names),
            _ => break,
        };
    }
    let begins = measures::threshold(only, names);
    let ends = measures::level_of(until, is_negated, names);
    let (Some(begins), Some(ends)) = (begins, ends) else {
        return false;
    };
    let value = |of| measures::meant(of, names).unplaced();
    let is_opposite = begins.is_above() && ends.is_below() || begins.is_below() && ends.is_above();
    is_opposite && begins.level == ends.level && value(begins.measured) == value(ends.measured)
}

fn of_condition(condition: &Condition<'_>) -> Option<Diagnostic> {
    let leaf = condition.judged().find(|leaf| flaps(condition, leaf))?;
    let held = leaf.held();
    let message = match held {
        1 if is_held_for_one(&condition.tier.when.condition) => {
            "one level for both ways, and `for 1m` holds nothing: the alert comes and goes with every minute"
                .to_owned()
        }
        1 => "one level for both ways and no `for`: the alert comes and goes with every minute"
            .to_owned(),
        held => {
            format!("one level for both ways and a hold of {held} minutes: the alert will flap")
        }
    };
    let found = condition.at(Code::NoHysteresis, leaf.seat, message);
    Some(found.help(help(condition, leaf)))
}

fn flaps(condition: &Condition<'_>, leaf: &Leaf<'_>) -> bool {
    let names = condition.names;
    if !matches!(leaf.expr.value, Kind::Comparison(..))
        || equality::is_hardly_ever(leaf.expr, names)
        || traffic::demand(leaf.expr, leaf.is_negated(), names).is_some_and(|found| found.is_plain)
    {
        return false;
    }
    let measures = measures::of_leaf(leaf, names);
    if measures.iter().all(|measure| measure.is_past()) {
        return false;
    }
    let present = measures.iter().filter(|measure| !measure.is_past());
    let window = present.map(|measure| smooths(*measure)).min().unwrap_or(1);
    !leaf.holds().any(is_steady) && leaf.held() < HOLD && leaf.held() + window - 1 < WINDOW
}

/// Returns over how many minutes a measure moves slowly.
fn smooths(measure: Measure) -> u32 {
    match measure.window {
        Some((Aggregate::Change, _)) | None => 1,
        Some((_, over)) => over,
    }
}

/// Whether what is held takes three good minutes to end.
fn is_steady(hold: Hold) -> bool {
    HOLD <= needed(hold) || HOLD <= hold.over.get() - needed(hold) + 1
}

fn help(condition: &Condition<'_>, leaf: &Leaf<'_>) -> String {
    let when = &condition.tier.when;
    let held = held(&when.condition);
    let until = condition
        .judged()
        .count()
        .eq(&1)
        .then(|| calmer(condition, leaf))
        .flatten();
    let Some(until) = until else {
        let when = When {
            condition: held,
            ..when.clone()
        };
        return rewrite::write(&when, "hold it: `… for 3m`")
            + ", or say below which level it is over, `until …`";
    };
    let when = When {
        condition: held,
        until: Some(until),
        fleet: when.fleet,
    };
    rewrite::write(
        &when,
        "hold it, and say when it is over: `… for 3m until …`",
    )
}

/// Returns the condition held for three minutes.
fn held(condition: &Expr) -> Expr {
    let of = match &condition.value {
        Kind::For(of, _) => of.as_ref(),
        _ => condition,
    };
    for_minutes(of.clone(), HOLD)
}

fn for_minutes(of: Expr, minutes: u32) -> Expr {
    let over = Minutes::new(minutes).unwrap_or(Minutes::ONE);
    let needed = None;
    let span = of.span;
    let value = Kind::For(Box::new(of), Hold { needed, over });
    Expr { value, span }
}

/// Returns when the value of a leaf is well on the good side of its level, for five minutes.
fn calmer(condition: &Condition<'_>, leaf: &Leaf<'_>) -> Option<Expr> {
    let threshold = measures::threshold(leaf, condition.names)?;
    let two = Decimal::from_integer(2)?;
    let level = threshold.level;
    let (comparator, level) = if threshold.is_above() {
        (crate::lang::ast::Comparator::Less, level.checked_div(two)?)
    } else if !threshold.is_below() {
        return None;
    } else {
        let twice = level.checked_mul(two)?;
        let half_way = Decimal::HUNDRED.checked_add(level)?.checked_div(two)?;
        let calm = if threshold.is_number {
            twice
        } else {
            twice.min(half_way)
        };
        (crate::lang::ast::Comparator::Greater, calm)
    };
    if level <= Decimal::ZERO || !threshold.is_number && Decimal::HUNDRED <= level {
        return None;
    }
    let span = leaf.expr.span;
    let value = if threshold.is_number {
        Kind::Number(level)
    } else {
        Kind::Proportion(level)
    };
    let level = Expr { value, span };
    let measured = threshold.measured.clone();
    let value = Kind::Comparison(comparator, Box::new(measured), Box::new(level));
    Some(for_minutes(Expr { value, span }, WINDOW))
}
