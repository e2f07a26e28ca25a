//! An `until` on the wrong side of its condition.
//!
//! ## What it finds
//!
//! A condition and its `until` that compare the same value and are both true in some minute, and
//! an `until` that is true whenever the condition is, or counts as true by `on_unknown: clear`. An `until` about something else, such as
//! `requests < 10`, is none of these. A name counts as what it stands for, and a value as the same
//! however it is written. As a warning: an `until` about other codes that is true when every answer
//! has a code that the condition, or one side of its `or`, is about, as in `5xx > 10% until 404 < 5%`
//! or `5xx > 10% or 4xx > 20% until 5xx < 5% or 4xx < 10%`, or when enough do, as in
//! `502 > 10% until 5xx < 20%`; an `until` that asks for so few good answers that there is room for the bad ones, as
//! in `5xx > 10% until 2xx > 80%`; an `until` that asks for few bad answers beside a condition that asks for few good
//! ones, where other bad ones are left, as in `2xx < 80% until 500..503 < 1%`; an `until` for some of the very minutes
//! that the condition counts, of which that leaves enough, as in `5xx > 10% for 3 of 5m until 5xx < 5% for 2 of 5m`;
//! and an `until` about the same codes over other minutes that is true
//! while the condition is if every minute is like the other, as in
//! `5xx > 10% until avg(5xx over 5m) < 20%` or `requests > 1000 until avg(requests over 5m) > 500`.
//!
//! ## Why it matters
//!
//! An alert fires only while `until` is not true. In the minutes in which both are, it does not
//! fire although the condition says so, or it resolves while all is as bad as before.
//!
//! ## Example
//!
//! ```yaml
//! when: 5xx > 10% until 5xx < 20%
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! when: 5xx > 10% until 5xx < 5%
//! ```

use super::super::measures::{Threshold, meant};
use super::super::named_levels;
use super::super::proofs::{Part, Proofs, Standing, Tier};
use super::super::sides::{
    Compared, Literal, Side, are_apart, are_levels_apart, are_of_same_values, code_sets,
    common_count, common_value, of_whole, sides, value_of,
};
use super::super::tally::{left_over, room_for_both};
use super::super::way_back::{
    Pair, has_or, help, help_about, help_either, here, joined, level_of_part, never_fires,
};
use super::Checked;
use crate::diag::{Code, Diagnostic};
use crate::lang::Names;
use crate::lang::ast::Kind;
use crate::lang::program::{Node, NodeId, Reduce};
use crate::proof::{Asked, CommonCodes, EFFORT, Overlap, Witness};
use crate::unit::StatusSet;

pub(super) fn run(checked: &Checked<'_>, tier: &Tier<'_>, found: &mut Vec<Diagnostic>) {
    if tier.standing == Standing::Open
        && let Some(one) = overlap(&checked.proofs, tier)
    {
        named_levels::tell(checked, tier, one, found);
    }
}

fn overlap(proofs: &Proofs<'_>, tier: &Tier<'_>) -> Option<Diagnostic> {
    let (node, until) = (tier.compiled.until?, tier.written.when.until.as_ref()?);
    let is_dead = proofs.is_impossible(tier.at, &[(node, Asked::True)]);
    if is_dead {
        return None;
    }
    let pair = Pair {
        names: tier.names,
        condition: Part {
            node: tier.compiled.condition,
            expr: &tier.written.when.condition,
        },
        until: Part { node, expr: until },
    };
    let found = wrong_side(proofs, tier.at, pair)
        .or_else(|| never_fires(proofs, tier, pair))
        .or_else(|| among(proofs, pair))
        .or_else(|| beside(proofs, pair))
        .or_else(|| left_over(proofs, pair))
        .or_else(|| {
            let is_one = |a: &Compared<'_>, b: &Compared<'_>| is_one_value(proofs, a, b);
            room_for_both(proofs, tier.at, pair, is_one)
        })?;
    Some(tier.written.written.relocate(found))
}

/// Finds an `until` about the very value that the condition is about.
fn wrong_side(proofs: &Proofs<'_>, rule: usize, pair: Pair<'_>) -> Option<Diagnostic> {
    let (shown, [first, second]) = shared(proofs, rule, pair)?;
    let otherwise = "write an `until` that is true when all is well again";
    if !is_one_value(proofs, &first, &second) {
        // Beside high values of the other side both are true, beside low ones they are not.
        let message = format!("{shown}: the alert does not fire then");
        let found = Diagnostic::new(Code::UntilOverlap, second.span, message)
            .also(first.span, here("the condition", &first));
        return Some(found.warning().help(otherwise));
    }
    let message = "`until` is on the wrong side: it is true while the condition is";
    let found = Diagnostic::new(Code::UntilOverlap, second.span, message)
        .label(shown)
        .also(first.span, here("the condition", &first));
    Some(found.help(help_either(pair, first, second, otherwise)))
}

/// Finds an `until` about more or fewer codes, or about other minutes, that is true while there
/// are enough of those that the condition is about: `502 > 10% until 5xx < 20%`, or
/// `5xx > 10% until avg(5xx over 5m) > 5%`.
fn among(proofs: &Proofs<'_>, pair: Pair<'_>) -> Option<Diagnostic> {
    let ends = sides(proofs, pair.names, pair.until);
    for side in sides(proofs, pair.names, pair.condition) {
        for end in &ends {
            if let Some(found) = of_one_count(proofs, pair, (&side, end)) {
                return Some(found);
            }
            let pairs = side.compared.iter();
            let pairs =
                pairs.flat_map(|first| end.compared.iter().map(move |other| (first, other)));
            let mut alike = pairs.filter_map(|(first, second)| {
                let common = common_codes(proofs, first, second)?;
                let is_found = is_among(proofs, pair.names, (first, second), common)
                    && (common.overlap == Overlap::Same || ends.len() == 1);
                is_found.then_some((first, second, common))
            });
            let Some((first, second, common)) = alike.next() else {
                continue;
            };
            if are_apart(proofs, &side, end) {
                continue;
            }
            let claims = [side.claims.as_slice(), &end.claims].concat();
            let Some(witness) = proofs.with_prover(|prover| prover.witness(&claims, EFFORT)) else {
                continue;
            };
            let shown = witness.to_string();
            let when = if common.is_one_window {
                format!("in {shown}")
            } else {
                shown.replacen("a minute", "if every minute is one", 1)
            };
            let message =
                format!("{when} the condition is true and so is `until`: the alert does not fire");
            let found = Diagnostic::new(Code::UntilOverlap, second.span, message)
                .also(first.span, here("the condition", first))
                .warning();
            let keeps_window = common.overlap == Overlap::Same && common.is_one_scale;
            let about = if keeps_window { second } else { first };
            let otherwise = "write an `until` about what the condition is about";
            // What else `until` asks for would be lost.
            let text = match end.compared.as_slice() {
                [_] if ends.len() == 1 => help_about(pair, about, (first, second), otherwise),
                _ => otherwise.to_owned(),
            };
            return Some(found.help(text));
        }
    }
    None
}

/// Says that an `until` about the count that the condition is about, over other minutes, is true
/// while the condition is: `requests > 1000 until avg(requests over 5m) > 500`.
fn of_one_count(
    proofs: &Proofs<'_>,
    pair: Pair<'_>,
    (side, end): (&Side<'_>, &Side<'_>),
) -> Option<Diagnostic> {
    let ([first], [second]) = (side.compared.as_slice(), end.compared.as_slice()) else {
        return None;
    };
    // Beside others they may not be true together after all.
    let is_alone = |side: &Side<'_>, part: &Compared<'_>| {
        let whole = side.claims.last();
        whole.is_some_and(|(node, _)| *node == part.node)
    };
    if !is_alone(side, first) || !is_alone(end, second) {
        return None;
    }
    let count = common_count(proofs, first, second)?;
    let claims = [side.claims.as_slice(), &end.claims].concat();
    // With a guard they may not be true together after all.
    if 2 < claims.len() {
        proofs.with_prover(|prover| prover.witness(&claims, EFFORT))?;
    }
    let mut counted = level_of_part(first, pair.names)?.measured;
    while let Kind::Window { of, .. } = &meant(counted, pair.names).value {
        counted = of;
    }
    let message = format!(
        "if `{counted}` is {count} in every minute, the condition is true and so is `until`: the alert does not fire"
    );
    let found = Diagnostic::new(Code::UntilOverlap, second.span, message)
        .also(first.span, here("the condition", first))
        .warning();
    let otherwise = "write an `until` that is true when all is well again";
    Some(found.help(help(pair, *first, *second, otherwise)))
}

/// Whether an `until` that compares the second is most likely a mistake beside a condition that
/// compares the first, if both can be true at once.
fn is_among(
    proofs: &Proofs<'_>,
    names: &Names,
    (first, second): (&Compared<'_>, &Compared<'_>),
    common: CommonCodes,
) -> bool {
    let levels = level_of_part(first, names).zip(level_of_part(second, names));
    let Some((fires, ends)) = levels else {
        return false;
    };
    let is_level = |level: &Threshold<'_>| level.is_above() || level.is_below();
    match common.overlap {
        Overlap::Same if common.is_one_window => false,
        Overlap::Same if common.is_one_scale && are_levels_apart(proofs, first, second) => false,
        Overlap::Same => is_level(&fires) && is_level(&ends),
        Overlap::Part if fires.is_above() && ends.is_above() => true,
        Overlap::Part | Overlap::Some => fires.is_above() && ends.is_below(),
        // That there are many good answers leaves room for as many bad ones as the condition asks for.
        Overlap::None => {
            let sets = code_sets(proofs, &[(second.node, Asked::True)]);
            let good = StatusSet::range(100, 399);
            let are_good = sets.iter().all(|set| set.difference(good).is_empty());
            are_good && fires.is_above() && ends.is_above()
        }
    }
}

fn common_codes(
    proofs: &Proofs<'_>,
    first: &Compared<'_>,
    second: &Compared<'_>,
) -> Option<CommonCodes> {
    proofs.with_prover(|prover| prover.common_codes(first.node, second.node))
}

/// Finds an `until` about other codes than a side of the condition that is true in the very outage:
/// when every answer has a code that this side is about.
fn beside(proofs: &Proofs<'_>, pair: Pair<'_>) -> Option<Diagnostic> {
    let Pair {
        condition, until, ..
    } = pair;
    let others = code_sets(proofs, &[(until.node, Asked::True)]);
    let is_apart = |set: &StatusSet| others.iter().all(|o| o.intersection(*set).is_empty());
    let sets = code_sets(proofs, &[(condition.node, Asked::True)]);
    // One side of an `or` is enough, also one that is about what the outage leaves alone.
    let is_choice = has_or(until.expr, pair.names);
    // Most rules end by what they begin with.
    if others.is_empty() || !is_choice && !sets.iter().any(is_apart) {
        return None;
    }
    let is_so = |claims: &[(NodeId, Asked)], code| {
        proofs.with_prover(|prover| prover.is_so_of(claims, code))
    };
    let sides = sides(proofs, pair.names, condition);
    let (side, code) = sides.iter().find_map(|side| {
        let sets = code_sets(proofs, &side.claims);
        if !is_choice && !sets.iter().all(is_apart) {
            return None;
        }
        let codes = sets.iter().filter_map(StatusSet::first);
        let bad: Vec<u16> = codes.filter(|code| is_so(&side.claims, *code)).collect();
        let mut ends = bad
            .iter()
            .map(|code| is_so(&[(until.node, Asked::True)], *code));
        let code = *bad.first()?;
        ends.all(|is_so| is_so).then_some((side, code))
    })?;
    let message = format!(
        "when every answer is a {code}, the condition is true and so is `until`: the alert does not fire"
    );
    let found = Diagnostic::new(Code::UntilOverlap, until.expr.span, message).warning();
    let found = match side.compared.as_slice() {
        [first] if 1 < sides.len() => {
            found.also(first.span, here("a side of the condition", first))
        }
        _ => found.also(condition.expr.span, "the condition"),
    };
    if let Some(text) = joined(proofs, until, |node| is_so(&[(node, Asked::True)], code)) {
        return Some(found.help(format!(
            "one side of an `or` is enough: write `until {text}`"
        )));
    }
    if 1 < sides.len() {
        return Some(found.help("write an `until` about all that the condition is about"));
    }
    let compared = |part| of_whole(proofs, pair.names, part);
    let (first, second) = (compared(condition), compared(until));
    let otherwise = "write an `until` about what the condition is about";
    Some(found.help(match (first.as_slice(), second.as_slice()) {
        ([first], [second]) => help(pair, *first, *second, otherwise),
        _ => otherwise.to_owned(),
    }))
}

/// Says what makes both true: by the value that they compare, where it is one of codes.
fn shown(proofs: &Proofs<'_>, witness: &Witness, compared: &Compared<'_>) -> String {
    let known = value_of(proofs, compared.node).and_then(|(mut node, literal)| {
        let Kind::Comparison(_, a, b) = &compared.expr.value else {
            return None;
        };
        let text = match literal {
            Literal::Right => a,
            Literal::Left => b,
        };
        loop {
            node = match proofs.nodes()[node.0 as usize] {
                Node::Codes(codes) | Node::Share(codes, _) => {
                    let value = witness.proportion_of(&codes)?;
                    return Some(format!("{text} at {value}% makes both true"));
                }
                Node::Requests => {
                    let count = witness.requests()?;
                    return Some(format!("{text} at {count} makes both true"));
                }
                Node::Window(Reduce::Sum | Reduce::Stddev, ..) => return None,
                Node::Offset(of, _) | Node::Window(_, of, _) => of,
                _ => return None,
            };
        }
    });
    known.unwrap_or_else(|| format!("{witness} makes both true"))
}

/// Returns what makes a side of the condition and one of `until` true that compare the same value,
/// in words, and the two comparisons.
fn shared<'e>(
    proofs: &Proofs<'_>,
    rule: usize,
    pair: Pair<'e>,
) -> Option<(String, [Compared<'e>; 2])> {
    let untils = sides(proofs, pair.names, pair.until);
    for first in sides(proofs, pair.names, pair.condition) {
        for second in &untils {
            let same = first.compared.iter().find_map(|a| {
                let is_same = |b: &&Compared<'e>| {
                    is_one_value(proofs, a, b) || are_of_same_values(proofs, a.node, b.node)
                };
                second.compared.iter().find(is_same).map(|b| (a, *b))
            });
            let Some((a, b)) = same else { continue };
            if are_apart(proofs, &first, second) {
                continue;
            }
            let claims = [first.claims.as_slice(), &second.claims].concat();
            let witness = proofs.with_prover(|prover| prover.witness(&claims, EFFORT));
            if let Some(witness) = witness {
                return Some((shown(proofs, &witness, a), [*a, b]));
            }
            // What no steady minute shows, such as a change, may be so in others.
            if let Some(value) = common_value(proofs, a, &b, pair.names)
                && !proofs.is_impossible(rule, &claims)
            {
                return Some((format!("{value} makes both true"), [*a, b]));
            }
        }
    }
    None
}

/// Whether both comparisons are of one value with a number.
fn is_one_value(proofs: &Proofs<'_>, a: &Compared<'_>, b: &Compared<'_>) -> bool {
    let value = |part: &Compared<'_>| value_of(proofs, part.node).map(|(value, _)| value);
    let is_one = |common: CommonCodes| common.overlap == Overlap::Same && common.is_one_window;
    value(a).is_some() && value(a) == value(b)
        || proofs.with_prover(|prover| prover.are_of_one_value(a.node, b.node))
        || common_codes(proofs, a, b).is_some_and(is_one)
}
