//! What an `until` was probably meant to be.

use super::measures::{Threshold, level_of, meant, measures};
use super::proofs::{self, Part, Proofs, Tier};
use super::rewrite;
use super::sides::Compared;
use crate::diag::{Code, Diagnostic};
use crate::engine::OnUnknown;
use crate::lang::ast::{Comparator, Expr, Kind};
use crate::lang::program::{Node, NodeId};
use crate::lang::{Names, parse_expr};
use crate::proof::Asked;
use crate::unit::{Decimal, StatusSet};

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

/// As [`help`], and what to write if the condition itself is turned round: one that is true when many
/// answers are well, or few are failures.
pub(super) fn help_either(
    pair: Pair<'_>,
    first: Compared<'_>,
    second: Compared<'_>,
    otherwise: &str,
) -> String {
    let text = help(pair, first, second, otherwise);
    match turned(pair, &first, &second) {
        Some(turned) => format!("{text}; or, if the condition is turned round, `{turned}` there"),
        None => text,
    }
}

/// Returns the condition's part the other way round, if that, and not `until`, may be at fault.
fn turned(pair: Pair<'_>, first: &Compared<'_>, second: &Compared<'_>) -> Option<Expr> {
    let fires = level_of_part(first, pair.names)?;
    let ends = level_of_part(second, pair.names)?;
    let [measure] = measures(fires.measured, pair.names)[..] else {
        return None;
    };
    let among = |least, most| {
        let codes = measure.codes();
        codes.is_some_and(|codes| codes.difference(StatusSet::range(least, most)).is_empty())
    };
    let is_turned =
        fires.is_above() && ends.is_above() && fires.level <= ends.level && among(100, 399)
            || fires.is_below() && ends.is_below() && ends.level <= fires.level && among(400, 599);
    let is_bare = !first.is_negated && first.span == first.expr.span;
    let Kind::Comparison(how, a, b) = &first.expr.value else {
        return None;
    };
    if !is_turned || !is_bare {
        return None;
    }
    let value = Kind::Comparison(how.mirrored(), a.clone(), b.clone());
    let span = first.span;
    Some(Expr { value, span })
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

/// Says of an `until` that is true whenever the condition is, or counts so, that the alert never fires.
pub(super) fn never_fires(
    proofs: &Proofs<'_>,
    tier: &Tier<'_>,
    pair: Pair<'_>,
) -> Option<Diagnostic> {
    let (condition, until) = (pair.condition.node, pair.until.node);
    // While a history is too short for the rule, what is unknown holds, whatever the rule says: only of a
    // condition that is never true so early is it known that it never fires.
    let held = match proofs.nodes()[condition.0 as usize] {
        Node::Hold { needed, over, .. } if needed == over => over,
        _ => 1,
    };
    let compiled = tier.rule.compiled.as_ref();
    let is_covered = compiled.is_some_and(|compiled| compiled.reach == held);
    let is_always_unknown = || {
        let claims = [(condition, Asked::True), (until, Asked::False)];
        is_covered && proofs.is_impossible(tier.at, &claims)
    };
    let message = match tier.rule.on_unknown {
        OnUnknown::Hold | OnUnknown::Clear if proofs.is_implied(tier.at, until, condition) => {
            "the alert never fires: whenever its condition is true, `until` is too"
        }
        OnUnknown::Clear if is_always_unknown() => {
            "with `on_unknown: clear` the alert never fires: whenever its condition is true, `until` is true or unknown, which counts as true"
        }
        // With `fire` it fires while both are unknown.
        OnUnknown::Hold | OnUnknown::Clear | OnUnknown::Fire => return None,
    };
    let finding = Diagnostic::new(Code::UntilOverlap, pair.until.expr.span, message)
        .also(pair.condition.expr.span, "the condition");
    Some(finding.help("write an `until` that is true when all is well again"))
}

/// Returns an `until` that is an `or` with `and` in its place, if that is not true in an outage in
/// which one side of it is.
pub(super) fn joined(
    proofs: &Proofs<'_>,
    until: Part<'_>,
    is_so: impl Fn(NodeId) -> bool,
) -> Option<Expr> {
    let of_hold = match &until.expr.value {
        Kind::For(_, hold) => Some((*hold, proofs::parts(proofs.nodes(), until).pop()?)),
        _ => None,
    };
    let whole = of_hold.map_or(until, |(_, of)| of);
    let Kind::Or(parts) = &whole.expr.value else {
        return None;
    };
    let inner = proofs::parts(proofs.nodes(), whole);
    if inner.iter().all(|part| is_so(part.node)) {
        return None;
    }
    let span = until.expr.span;
    let all = Expr {
        value: Kind::And(parts.clone()),
        span,
    };
    Some(match of_hold {
        None => all,
        Some((hold, _)) => Expr {
            value: Kind::For(Box::new(all), hold),
            span,
        },
    })
}
