//! What an `until` was probably meant to be.

use super::measures::{Threshold, level_of, meant};
use super::proofs::Part;
use super::rewrite;
use super::sides::Compared;
use crate::lang::ast::{Comparator, Expr, Kind};
use crate::lang::{Names, parse_expr};
use crate::unit::Decimal;

/// How many parts of a condition are looked at, names put in.
const PARTS_MAX: usize = 200;

/// A rule's condition and its `until`.
#[derive(Clone, Copy)]
pub(super) struct Pair<'e> {
    pub(super) names: &'e Names,
    pub(super) condition: Part<'e>,
    pub(super) until: Part<'e>,
}

/// Says what a part is; of a name, what stands behind it.
pub(super) fn here(what: &str, part: &Compared<'_>) -> String {
    if part.span == part.expr.span {
        what.to_owned()
    } else {
        format!("{what}: here `{}`", part.expr)
    }
}

/// Says what to write for `until`, where that is plain: about the value of the condition's part.
pub(super) fn help(
    pair: Pair<'_>,
    first: Compared<'_>,
    second: Compared<'_>,
    otherwise: &str,
) -> String {
    help_about(pair, &first, (&first, &second), otherwise)
}

/// As [`help`], about the value of the one part or the other, whose levels are of one scale.
pub(super) fn help_about(
    pair: Pair<'_>,
    about: &Compared<'_>,
    (first, second): (&Compared<'_>, &Compared<'_>),
    otherwise: &str,
) -> String {
    // Beside an `or`, whatever else makes the condition true would have to be left out too.
    let mended = mended(about, (first, second), pair.names);
    let mended = mended.filter(|_| !has_or(pair.condition.expr, pair.names));
    let Some(text) = mended else {
        return otherwise.to_owned();
    };
    let (until, part) = (pair.until.expr, parse_expr(&text).0);
    // What else it asks for stays: a guard, a hold, what stands beside.
    let is_bare = !second.is_negated && !matches!(until.value, Kind::Name(_));
    if let Some(part) = part.filter(|_| is_bare) {
        let until = rewrite::replaced(until, second.span, &part);
        return format!("write `until {until}`");
    }
    match &meant(until, pair.names).value {
        Kind::For(_, hold) => format!("write `until {text} for {hold}`"),
        _ => format!("write `until {text}`"),
    }
}

pub(super) fn level_of_part<'e>(part: &Compared<'e>, names: &Names) -> Option<Threshold<'e>> {
    level_of(part.expr, part.is_negated, names)
}

/// Returns what `until` was probably meant to be: the other way round than the condition, and no
/// nearer to it than written.
fn mended(
    about: &Compared<'_>,
    (condition, until): (&Compared<'_>, &Compared<'_>),
    names: &Names,
) -> Option<String> {
    let fires = level_of_part(condition, names)?;
    let given = level_of_part(until, names)?;
    let value = level_of_part(about, names)?.measured;
    let (level, given) = (fires.level, given.level);
    let unit = if fires.is_number { "" } else { "%" };
    let least = Decimal::ZERO;
    let most = Some(Decimal::HUNDRED).filter(|_| !fires.is_number);
    match fires.comparator {
        Comparator::Greater | Comparator::GreaterOrEqual => {
            let nearer = Some(given).filter(|given| least < *given && *given < level);
            let level = nearer.unwrap_or(level);
            let how = if level <= least { "<=" } else { "<" };
            Some(format!("{value} {how} {level}{unit}"))
        }
        Comparator::Less | Comparator::LessOrEqual => {
            let nearer =
                Some(given).filter(|given| level < *given && most.is_none_or(|most| *given < most));
            let level = nearer.unwrap_or(level);
            let how = if most.is_some_and(|most| most <= level) {
                ">="
            } else {
                ">"
            };
            Some(format!("{value} {how} {level}{unit}"))
        }
        Comparator::Equal | Comparator::NotEqual => None,
    }
}

/// Whether an `or` stands anywhere in a condition, or what is one: `not (… and …)`.
pub(super) fn has_or(condition: &Expr, names: &Names) -> bool {
    let mut open = vec![condition];
    for _ in 0..PARTS_MAX {
        let Some(expr) = open.pop() else {
            return false;
        };
        let expr = meant(expr, names);
        match &expr.value {
            Kind::Or(_) => return true,
            Kind::Not(of) if matches!(meant(of, names).value, Kind::And(_)) => return true,
            _ => open.extend(expr.operands()),
        }
    }
    true
}
