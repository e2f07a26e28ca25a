//! Levels that are finer than the data.
//!
//! ## What it finds
//!
//! A proportion that is compared with less than what one request weighs, where the guard says how
//! many there are at least: `5xx > 0.5% given requests >= 50`, where one failure is 2 %. In a
//! window the requests of all its minutes count. At the other end as well: `2xx < 99.5%`. Not where
//! more failures than one are asked for besides, `requests(5xx) >= 2`.
//!
//! ## Why it matters
//!
//! At the level of the guard such a condition does not ask how many requests fail, but whether
//! any does.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 0.5% given requests >= 50 for 5m until 5xx < 0.2% for 5m
//! ```
//!
//! ## Instead
//!
//! Ask for as many requests as the level needs, or look at more minutes at once:
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 0.5% given requests >= 200 for 5m until 5xx < 0.2% for 5m
//!   - name: origin-5xx-lasting
//!     when: share(5xx over 10m) > 0.5% given avg(requests over 10m) >= 50
//! ```

use super::{Checked, fraction};
use crate::diag::{Code, Diagnostic};
use crate::lang::ast::{Aggregate, Comparator, Expr, Kind};
use crate::lint::conditions::{Condition, Leaf, tell};
use crate::lint::measures::{self, Measure, Of, Threshold};
use crate::lint::traffic::{self, Demand};
use crate::unit::Decimal;

/// How many parts beside a leaf are looked at.
const PARTS_MAX: usize = 64;

pub(super) fn run(checked: &Checked<'_>, condition: &Condition<'_>, found: &mut Vec<Diagnostic>) {
    for leaf in condition.judged() {
        // One number that is too small is told once.
        if let Some(one) = of_leaf(condition, leaf)
            && fraction::of_leaf(checked, condition, leaf).is_none()
        {
            tell(found, one);
        }
    }
}

fn of_leaf(condition: &Condition<'_>, leaf: &Leaf<'_>) -> Option<Diagnostic> {
    let threshold = measures::threshold(leaf, condition.names)?;
    let (distance, over) = distance(&threshold, condition, leaf)?;
    let requests = requests(condition, leaf)?;
    let all = requests.checked_mul(Decimal::from_integer(i64::from(over))?)?;
    let step = Decimal::HUNDRED.checked_div(all)?;
    if distance <= Decimal::ZERO || step <= distance || asks_for_several(condition, leaf) {
        return None;
    }
    let value = threshold.measured;
    let level = threshold.level;
    let unit = if threshold.is_number { "" } else { "%" };
    let within = match over {
        1 => String::new(),
        over => format!(" in {over} minutes"),
    };
    let message = format!(
        "`{value}` is compared with {level}{unit}, and one of {all:.0} requests{within} is {step:.2} %: any single failure is too much"
    );
    let found = condition.at(Code::Coarse, leaf.seat, message);
    let enough = Decimal::HUNDRED.checked_div(distance)?;
    let enough = enough.checked_div(Decimal::from_integer(i64::from(over))?)?;
    let enough = whole(enough)?;
    let more = format!("ask for more requests, `given requests >= {enough}`");
    Some(found.help(match other_level(&threshold, step, condition) {
        Some(level) => format!("{more}, look at more minutes at once, or {level}"),
        None => format!("{more}, or look at more minutes at once"),
    }))
}

/// Returns which level one request does not reach, if there is one.
fn other_level(
    threshold: &Threshold<'_>,
    step: Decimal,
    condition: &Condition<'_>,
) -> Option<String> {
    let rest = Decimal::HUNDRED.checked_sub(step)?;
    if rest <= Decimal::ZERO {
        return None;
    }
    if threshold.is_below() {
        return Some(format!("lower the level to less than {rest:.2} %"));
    }
    let measured = measures::meant(threshold.measured, condition.names);
    Some(match &measured.value {
        Kind::Burn { objective, .. } => {
            let budget = Decimal::HUNDRED.checked_sub(*objective)?;
            format!("raise the level above {:.2}", step.checked_div(budget)?)
        }
        _ => format!("raise the level above {step:.2} %"),
    })
}

/// Whether more failures than one are asked for beside a leaf: `requests(5xx) >= 2`.
fn asks_for_several(condition: &Condition<'_>, leaf: &Leaf<'_>) -> bool {
    let names = condition.names;
    let beside =
        traffic::beside(leaf).filter_map(|(part, is_negated)| (!is_negated).then_some(part));
    let mut open: Vec<&Expr> = traffic::guards(leaf).chain(beside).collect();
    for _ in 0..PARTS_MAX {
        let Some(part) = open.pop() else {
            return false;
        };
        let part = measures::meant(part, names);
        if let Kind::And(parts) = &part.value {
            open.extend(parts);
            continue;
        }
        let several = measures::level_of(part, false, names).filter(|threshold| {
            let measured = measures::measures(threshold.measured, names);
            let is_of_some = |measure: &Measure| matches!(measure.of, Of::Some(_));
            !measured.is_empty() && measured.iter().all(is_of_some)
        });
        if several.is_some_and(|asked| match asked.comparator {
            Comparator::Greater => Decimal::ONE <= asked.level,
            Comparator::GreaterOrEqual => Decimal::ONE < asked.level,
            _ => false,
        }) {
            return true;
        }
    }
    false
}

/// Returns how far the level is from none or from all, in percent, and over how many minutes the
/// value is taken.
fn distance(
    threshold: &Threshold<'_>,
    condition: &Condition<'_>,
    leaf: &Leaf<'_>,
) -> Option<(Decimal, u32)> {
    let measured = measures::meant(threshold.measured, condition.names);
    let level = match (&measured.value, threshold.is_number) {
        (Kind::Burn { objective, .. }, _) => {
            let budget = Decimal::HUNDRED.checked_sub(*objective)?;
            threshold.level.checked_mul(budget)?
        }
        (_, false) => threshold.level,
        (_, true) => return None,
    };
    if matches!(measured.value, Kind::Arithmetic(..) | Kind::Negative(_)) {
        return None;
    }
    let [measure] = measures::of_leaf(leaf, condition.names) else {
        return None;
    };
    if !measure.is_proportion() || measure.is_past() {
        return None;
    }
    let over = match measure.window {
        None | Some((Aggregate::Max, _)) if threshold.is_above() => 1,
        None | Some((Aggregate::Min, _)) if threshold.is_below() => 1,
        Some((Aggregate::Avg, over)) => over,
        // One request does not move these, or what it does depends on the others.
        _ => return None,
    };
    if threshold.is_above() {
        Some((level, over))
    } else if threshold.is_below() {
        Some((Decimal::HUNDRED.checked_sub(level)?, over))
    } else {
        None
    }
}

/// Returns how many requests a minute has at least, where a leaf counts.
pub(super) fn requests(condition: &Condition<'_>, leaf: &Leaf<'_>) -> Option<Decimal> {
    let names = condition.names;
    let guards = traffic::guards(leaf).map(|guard| (guard, false));
    let around = guards.chain(traffic::beside(leaf));
    let demands =
        around.flat_map(|(expr, is_negated)| traffic::demands_of(expr, is_negated, names));
    let plain = demands.filter(|demand: &Demand| demand.is_plain);
    let levels = plain.filter_map(|demand| demand.level);
    levels.filter(|level| Decimal::ZERO < *level).max()
}

/// Returns the next whole number, rounded up to one or two digits that people write.
fn whole(value: Decimal) -> Option<Decimal> {
    let mut unit = Decimal::ONE;
    let ten = Decimal::from_integer(10)?;
    while unit.checked_mul(Decimal::HUNDRED)? < value {
        unit = unit.checked_mul(ten)?;
    }
    let steps = value.checked_div(unit)?;
    let floor = steps.units() / Decimal::ONE.units();
    let up = if steps.is_integer() {
        floor
    } else {
        floor.checked_add(1)?
    };
    Decimal::from_integer(up)?.checked_mul(unit)
}
