//! A condition and an `until` that leave room for each other: they count the same minutes, or look at some bad answers
//! and at the good ones, and at no others.

use super::proofs::{self, Part, Proofs};
use super::sides::{Compared, code_sets, sides};
use super::way_back::{Pair, help_about, here, level_of_part};
use crate::diag::{Code, Diagnostic};
use crate::lang::ast::{Expr, Hold, Kind};
use crate::proof::{Asked, EFFORT};
use crate::unit::StatusSet;

/// The bad answer that is shown where it can be: the one that most people know.
const COMMON: u16 = 404;

/// Finds an `until` for some of the minutes of which the condition leaves as many over:
/// `5xx > 10% for 3 of 5m until 5xx < 10% for 2 of 5m`.
pub(super) fn room_for_both(
    proofs: &Proofs<'_>,
    rule: usize,
    pair: Pair<'_>,
    is_one_value: impl Fn(&Compared<'_>, &Compared<'_>) -> bool,
) -> Option<Diagnostic> {
    let ((first, fires), (second, ends)) =
        (held(proofs, pair.condition)?, held(proofs, pair.until)?);
    let over = fires.over.get();
    let count = |hold: Hold| hold.needed.unwrap_or(over);
    let (bad, good) = (count(fires), count(ends));
    if ends.over != fires.over || over <= good || over < bad + good {
        return None;
    }
    let sides = [first, second].map(|part| sides(proofs, pair.names, part));
    let ([side], [end]) = (sides[0].as_slice(), sides[1].as_slice()) else {
        return None;
    };
    let mut pairs = side.compared.iter();
    let is_same = pairs.any(|first| {
        end.compared
            .iter()
            .any(|second| is_one_value(first, second))
    });
    let claims = [first, second].map(|part| (part.node, Asked::True));
    // Each must be so in some minute, and what is both in one is told otherwise.
    let is_seen = |claim| {
        proofs
            .with_prover(|prover| prover.witness(&[claim], EFFORT))
            .is_some()
    };
    if !is_same || !claims.into_iter().all(is_seen) || !proofs.is_impossible(rule, &claims) {
        return None;
    }
    let message = format!(
        "when `{}` is true in {bad} of the last {over} minutes and `{}` in {good}, the condition is true and so is \
         `until`: the alert does not fire",
        first.expr, second.expr
    );
    let needed = over - bad + 1;
    let hold = Hold {
        needed: (needed < over).then_some(needed),
        over: ends.over,
    };
    let meant = Expr {
        value: Kind::For(Box::new(second.expr.clone()), hold),
        span: pair.until.expr.span,
    };
    let found = Diagnostic::new(Code::UntilOverlap, pair.until.expr.span, message).warning();
    let found = found.also(pair.condition.expr.span, "the condition");
    Some(found.help(format!(
        "write `until {meant}`, which leaves no room for the condition"
    )))
}

/// Finds an `until` about few bad answers beside a condition about few good ones that is true when every answer is one of
/// the bad ones that it does not look at: `2xx < 80% until 500..503 < 1%`.
pub(super) fn left_over(proofs: &Proofs<'_>, pair: Pair<'_>) -> Option<Diagnostic> {
    let bad = StatusSet::range(400, 599);
    let asks_for_few = |part: &Compared<'_>, of: StatusSet| {
        let sets = code_sets(proofs, &[(part.node, Asked::True)]);
        let is_few = level_of_part(part, pair.names).is_some_and(|level| level.is_below());
        is_few && !sets.is_empty() && sets.iter().all(|set| set.difference(of).is_empty())
    };
    let good = StatusSet::range(100, 399);
    let asks = |part, of| {
        let sides = sides(proofs, pair.names, part);
        let [side] = sides.as_slice() else {
            return None;
        };
        side.compared
            .iter()
            .copied()
            .find(|part| asks_for_few(part, of))
    };
    let good = asks(pair.condition, good)?;
    let ends = asks(pair.until, bad)?;
    let claims = [
        (pair.condition.node, Asked::True),
        (pair.until.node, Asked::True),
    ];
    let seen = code_sets(proofs, &claims);
    let rest = seen.iter().fold(bad, |rest, set| rest.difference(*set));
    let code = if rest.contains(COMMON) {
        COMMON
    } else {
        rest.first()?
    };
    if !proofs.with_prover(|prover| prover.is_so_of(&claims, code)) {
        return None;
    }
    let message = format!(
        "when every answer is a {code}, the condition is true and so is `until`: the alert does not fire"
    );
    let found = Diagnostic::new(Code::UntilOverlap, ends.span, message).warning();
    let found = found.also(good.span, here("the condition", &good));
    let otherwise = "write an `until` about what the condition is about";
    Some(found.help(help_about(pair, &good, (&good, &ends), otherwise)))
}

/// Returns what a condition holds, and how long.
fn held<'e>(proofs: &Proofs<'_>, whole: Part<'e>) -> Option<(Part<'e>, Hold)> {
    let Kind::For(_, hold) = &whole.expr.value else {
        return None;
    };
    Some((proofs::parts(proofs.nodes(), whole).pop()?, *hold))
}
