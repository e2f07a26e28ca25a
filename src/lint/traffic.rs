//! What a condition demands of the traffic, and which values need that it does.

use super::conditions::{Leaf, Step};
use super::measures::{self, Measure, Of, Threshold};
use crate::lang::Names;
use crate::lang::ast::{Aggregate, Comparator, Expr, Kind, Operator};
use crate::unit::Decimal;

/// How many parts of a guard are looked at.
const PARTS_MAX: usize = 32;
/// How many parts beside another are looked at.
const BESIDE_MAX: usize = 24;
/// From so many minutes on, a quiet minute weighs little in what is taken over them.
pub(super) const LONG: u32 = 30;
/// From so many minutes ago on, the traffic says nothing of that of the judged minute.
const LONG_AGO: u32 = 60;

/// A lower bound of the traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Demand {
    /// How many requests a minute, if it is a number.
    pub(super) level: Option<Decimal>,
    /// Whether it is about all requests of the judged minute, or of the last few.
    pub(super) is_plain: bool,
}

/// Returns the lower bounds of the traffic that a condition sets, wherever they stand in it.
pub(super) fn demands(condition: &Expr, names: &Names) -> Vec<Demand> {
    demands_of(condition, false, names)
}

/// Returns the lower bounds of the traffic that a condition sets where it is true, or where it is false.
pub(super) fn demands_of(condition: &Expr, is_negated: bool, names: &Names) -> Vec<Demand> {
    let mut left = PARTS_MAX;
    within(condition, is_negated, names, &mut left)
}

fn within(expr: &Expr, is_negated: bool, names: &Names, left: &mut usize) -> Vec<Demand> {
    if *left == 0 {
        return Vec::new();
    }
    *left -= 1;
    let mut parts = |parts: &[Expr]| -> Vec<Vec<Demand>> {
        let parts = parts.iter().take(BESIDE_MAX);
        parts
            .map(|part| within(part, is_negated, names, left))
            .collect()
    };
    match (&expr.value, is_negated) {
        (Kind::And(all), false) | (Kind::Or(all), true) => parts(all).concat(),
        (Kind::Or(any), false) => {
            // Where there is no data there is nothing to be judged, and nothing to be kept out.
            let is_absent = |side: &&Expr| matches!(side.value, Kind::NoData | Kind::NoTraffic);
            let others: Vec<Expr> = any
                .iter()
                .filter(|side| !is_absent(side))
                .cloned()
                .collect();
            lowest(&parts(&others))
        }
        (Kind::And(any), true) => lowest(&parts(any)),
        (Kind::Not(of), _) => within(of, !is_negated, names, left),
        (Kind::For(of, _) | Kind::Given(of, _), _) => within(of, is_negated, names, left),
        (Kind::Name(name), _) => {
            let meaning = names.get(name).map(|(meaning, _)| meaning);
            meaning.map_or(Vec::new(), |of| within(of, is_negated, names, left))
        }
        (Kind::NoTraffic, true) => vec![Demand {
            level: Some(Decimal::ONE),
            is_plain: true,
        }],
        (Kind::Comparison(..), _) => demand(expr, is_negated, names).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Returns what is demanded where one of some sides is enough: the least of theirs, if each has one.
fn lowest(sides: &[Vec<Demand>]) -> Vec<Demand> {
    if sides.is_empty() || sides.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    let highest = |side: &Vec<Demand>| side.iter().filter_map(|demand| demand.level).max();
    let levels: Option<Vec<Decimal>> = sides.iter().map(highest).collect();
    vec![Demand {
        level: levels.and_then(|levels| levels.into_iter().min()),
        is_plain: sides.iter().flatten().all(|demand| demand.is_plain),
    }]
}

/// Returns the lower bound that a comparison is, if it is one.
pub(super) fn demand(expr: &Expr, is_negated: bool, names: &Names) -> Option<Demand> {
    if let Some(threshold) = measures::level_of(expr, is_negated, names) {
        let measures = measures::measures(threshold.measured, names);
        let is_above = threshold.is_above()
            || threshold.comparator == Comparator::NotEqual && threshold.level == Decimal::ZERO
            || threshold.comparator == Comparator::Equal && Decimal::ZERO < threshold.level;
        if !is_above || !is_of_requests(&measures) || is_long_ago(&measures) {
            return None;
        }
        let level = a_minute(least(&threshold, names), &measures);
        let is_recent = |measure: &Measure| {
            measure.of == Of::All
                && !measure.is_past()
                && measure.window.is_none_or(|(_, over)| over < LONG)
        };
        let is_plain = measures.iter().all(is_recent);
        return Some(Demand { level, is_plain });
    }
    let Kind::Comparison(comparator, a, b) = &expr.value else {
        return None;
    };
    let above = match (comparator, is_negated) {
        (Comparator::Greater | Comparator::GreaterOrEqual, false)
        | (Comparator::Less | Comparator::LessOrEqual, true) => a,
        (Comparator::Less | Comparator::LessOrEqual, false)
        | (Comparator::Greater | Comparator::GreaterOrEqual, true) => b,
        (Comparator::Equal | Comparator::NotEqual, _) => return None,
    };
    let measures = measures::measures(above, names);
    let is_demand = is_of_requests(&measures) && !is_long_ago(&measures);
    // A share of the requests asks for no number of them.
    (is_demand && !is_share(expr, names)).then_some(Demand {
        level: None,
        is_plain: false,
    })
}

/// Returns the least number that is as high as the level asks: requests are whole ones.
fn least(threshold: &Threshold<'_>, names: &Names) -> Decimal {
    let level = threshold.level;
    let is_above = |comparator| threshold.comparator == comparator;
    let is_whole = match &measures::meant(threshold.measured, names).value {
        Kind::Requests(_) => true,
        Kind::Window { aggregate, of, .. } => {
            let is_of_some = matches!(aggregate, Aggregate::Avg | Aggregate::Stddev);
            !is_of_some && matches!(measures::meant(of, names).value, Kind::Requests(_))
        }
        _ => false,
    };
    let is_next = is_above(Comparator::Greater) || is_above(Comparator::NotEqual);
    if is_whole && is_next && level.is_integer() {
        level.checked_add(Decimal::ONE).unwrap_or(level)
    } else {
        level
    }
}

/// Returns a bound of the traffic with what is below on the one side turned to the other:
/// `requests >= 50` for `requests < 50`; `None` of what is no upper bound.
pub(super) fn turned(expr: &Expr, names: &Names) -> Option<Expr> {
    if let Kind::Not(of) = &expr.value {
        demand(of, false, names)?;
        return Some(of.as_ref().clone());
    }
    let Kind::Comparison(comparator, a, b) = &expr.value else {
        return None;
    };
    demand(expr, true, names)?.level?;
    let value = Kind::Comparison(comparator.opposite(), a.clone(), b.clone());
    let span = expr.span;
    Some(Expr { value, span })
}

fn is_of_requests(measures: &[Measure]) -> bool {
    !measures.is_empty() && measures.iter().all(|measure| !measure.is_proportion())
}

/// Whether all is of another hour, or day.
fn is_long_ago(measures: &[Measure]) -> bool {
    measures.iter().all(|measure| LONG_AGO <= measure.back)
}

/// Whether a condition asks for the traffic of another hour, or day.
pub(super) fn is_of_another_time(expr: &Expr, names: &Names) -> bool {
    let threshold = measures::level_of(measures::meant(expr, names), false, names);
    threshold.is_some_and(|threshold| {
        let measures = measures::measures(threshold.measured, names);
        threshold.is_above() && is_of_requests(&measures) && is_long_ago(&measures)
    })
}

/// Returns the level for one minute: a sum is of many.
fn a_minute(level: Decimal, measures: &[Measure]) -> Option<Decimal> {
    match measures {
        [
            Measure {
                window: Some((Aggregate::Sum, over)),
                ..
            },
        ] => level.checked_div(Decimal::from_integer(i64::from(*over))?),
        _ => Some(level),
    }
}

/// Returns the parts of the condition that must be so together with a leaf, at any height, or must be
/// false: those beside it by `and`, and by `or` under `not`.
pub(super) fn beside<'a>(leaf: &Leaf<'a>) -> impl Iterator<Item = (&'a Expr, bool)> {
    let mut is_negated = false;
    let steps = leaf.path.iter().map(move |step| {
        is_negated ^= matches!(step, Step::Not);
        (step, is_negated)
    });
    let steps: Vec<(&Step<'a>, bool)> = steps.collect();
    let beside = steps.into_iter().rev().flat_map(|(step, is_negated)| {
        let (parts, index): (&[Expr], usize) = match (step, is_negated) {
            (Step::And { parts, index, .. }, false) | (Step::Or { parts, index, .. }, true) => {
                (parts, *index)
            }
            _ => (&[], 0),
        };
        let others = parts.iter().take(BESIDE_MAX).enumerate();
        others.filter_map(move |(at, part)| (at != index).then_some((part, is_negated)))
    });
    beside.take(BESIDE_MAX)
}

/// Returns the guards that a leaf stands under.
pub(super) fn guards<'a>(leaf: &Leaf<'a>) -> impl Iterator<Item = &'a Expr> {
    leaf.path.iter().filter_map(|step| match step {
        Step::Given(guard) => Some(*guard),
        _ => None,
    })
}

/// Whether a comparison is about a proportion, also one of counts.
pub(super) fn is_ratio(leaf: &Leaf<'_>, names: &Names) -> bool {
    let measures = measures::of_leaf(leaf, names);
    let mut sides = measures::sides(leaf.expr, names).into_iter();
    measures.iter().any(|measure| measure.is_proportion())
        || sides.any(|side| is_quotient(side, names))
        || is_share(leaf.expr, names)
}

/// Whether a comparison is one of counts alone, some of some codes, that says the same of however many
/// requests: `requests(5xx) > 0.1 * requests`.
fn is_share(expr: &Expr, names: &Names) -> bool {
    let Kind::Comparison(_, a, b) = &expr.value else {
        return false;
    };
    let measures = [measures::measures(a, names), measures::measures(b, names)].concat();
    let is_some = |measure: &Measure| matches!(measure.of, Of::Some(_));
    let other = measures.first();
    2 <= measures.len()
        && measures.iter().any(is_some)
        && measures
            .iter()
            .any(|measure| Some(measure.of) != other.map(|other| other.of))
        && measures.iter().all(|measure| !measure.is_past())
        && is_of_requests(&measures)
        && scales(a, names)
        && scales(b, names)
}

/// Whether a number is so many times larger if there are so many times as many requests.
fn scales(expr: &Expr, names: &Names) -> bool {
    let expr = measures::meant(expr, names);
    if measures::literal(expr, true, names).is_some_and(|value| value == Decimal::ZERO) {
        return true;
    }
    let is_literal = |of| measures::literal(of, true, names).is_some();
    match &expr.value {
        Kind::Requests(_) => true,
        Kind::Negative(of) => scales(of, names),
        Kind::Window { aggregate, of, .. } => *aggregate != Aggregate::Change && scales(of, names),
        Kind::Arithmetic(Operator::Add | Operator::Subtract, a, b) => {
            scales(a, names) && scales(b, names)
        }
        Kind::Arithmetic(Operator::Multiply, a, b) => {
            is_literal(a) && scales(b, names) || is_literal(b) && scales(a, names)
        }
        Kind::Arithmetic(Operator::Divide, a, b) => is_literal(b) && scales(a, names),
        _ => false,
    }
}

/// Whether a value is the number of some requests divided by that of all.
fn is_quotient(expr: &Expr, names: &Names) -> bool {
    let Kind::Arithmetic(Operator::Divide, a, b) = &measures::meant(expr, names).value else {
        return false;
    };
    let (some, all) = (measures::measures(a, names), measures::measures(b, names));
    let is_some = |measure: &Measure| matches!(measure.of, Of::Some(_));
    some.iter().any(is_some) && all.iter().any(|measure| measure.of == Of::All)
}

/// Returns over how many minutes the proportions of a leaf are taken, the fewest of several, and
/// its holds counted: for so long a few requests cannot decide alone.
pub(super) fn breadth(leaf: &Leaf<'_>, names: &Names) -> u32 {
    let measures = measures::of_leaf(leaf, names);
    let is_present = |measure: &&Measure| !measure.is_past();
    let any_present = measures.iter().any(|measure| !measure.is_past());
    let counted = measures.iter().filter(|m| is_present(m) || !any_present);
    let minutes = counted.map(|measure| match measure.window {
        Some((Aggregate::Stddev | Aggregate::Change | Aggregate::Max, _)) | None => 1,
        Some((
            Aggregate::Avg
            | Aggregate::Sum
            | Aggregate::Min
            | Aggregate::Median
            | Aggregate::Percentile(_),
            over,
        )) => over,
    });
    let fewest = minutes.min().unwrap_or(1);
    fewest.saturating_add(leaf.held() - 1)
}
