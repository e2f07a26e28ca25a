//! An `until` on the wrong side of its condition.
//!
//! ## What it finds
//!
//! A condition and its `until` that compare the same value and are both true in some minute, and
//! an `until` that is true whenever the condition is. An `until` about something else, such as
//! `requests < 10`, is none of these. As a warning: an `until` about other codes that is true when
//! every answer has a code that the condition is about, as in `5xx > 10% until 404 < 5%`.
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

use std::collections::BTreeSet;

use super::super::proofs::{self, Part, Proofs, Standing, Tier};
use super::Checked;
use crate::diag::{Code, Diagnostic};
use crate::lang::ast::{Comparator, Expr, Kind};
use crate::lang::program::{Node, NodeId, Reduce};
use crate::proof::{Asked, EFFORT, Witness};
use crate::unit::{Decimal, StatusSet};

/// How many sides of a condition are compared with how many of its `until`.
const SIDES_MAX: usize = 16;

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let proofs = &checked.proofs;
    let tiers = proofs
        .tiers()
        .filter(|tier| tier.standing == Standing::Open);
    tiers.filter_map(|tier| overlap(proofs, &tier)).collect()
}

fn overlap(proofs: &Proofs<'_>, tier: &Tier<'_>) -> Option<Diagnostic> {
    let (node, until) = (tier.compiled.until?, tier.written.when.until.as_ref()?);
    let is_dead = proofs.is_impossible(tier.at, &[(node, Asked::True)]);
    if is_dead {
        return None;
    }
    let condition = Part {
        node: tier.compiled.condition,
        expr: &tier.written.when.condition,
    };
    let until = Part { node, expr: until };
    if let Some((shown, [first, second])) = shared(proofs, condition, until) {
        let message = "`until` is on the wrong side: it is true while the condition is";
        let finding = Diagnostic::new(Code::UntilOverlap, second.span, message)
            .label(shown)
            .also(first.span, "the condition");
        // Beside an `or`, whatever else makes the condition true would have to be left out too.
        let mended = mended(first, second).filter(|_| !has_or(condition.expr));
        let finding = match (mended, &until.expr.value) {
            (Some(text), Kind::For(_, hold)) => {
                finding.help(format!("write `until {text} for {hold}`"))
            }
            (Some(text), _) => finding.help(format!("write `until {text}`")),
            (None, _) => finding.help("write an `until` that is true when all is well again"),
        };
        return Some(tier.written.written.relocate(finding));
    }
    if !proofs.is_implied(tier.at, node, condition.node) {
        let found = beside(proofs, condition, until)?;
        return Some(tier.written.written.relocate(found));
    }
    let message = "the alert never fires: whenever its condition is true, `until` is too";
    let finding = Diagnostic::new(Code::UntilOverlap, until.expr.span, message)
        .also(condition.expr.span, "the condition")
        .help("write an `until` that is true when all is well again");
    Some(tier.written.written.relocate(finding))
}

/// Finds an `until` about other codes that is true in the very outage: when every answer has a
/// code that the condition is about.
fn beside(proofs: &Proofs<'_>, condition: Part<'_>, until: Part<'_>) -> Option<Diagnostic> {
    let (sets, others) = (
        code_sets(proofs, condition.node),
        code_sets(proofs, until.node),
    );
    let is_apart = |set: &StatusSet| others.iter().all(|o| o.intersection(*set).is_empty());
    if others.is_empty() || !sets.iter().all(is_apart) {
        return None;
    }
    let is_so = |claims: &[(NodeId, Asked)], code| {
        proofs.with_prover(|prover| prover.is_so_of(claims, code))
    };
    let codes = sets.iter().filter_map(StatusSet::first);
    let bad = codes.filter(|code| is_so(&[(condition.node, Asked::True)], *code));
    let bad: Vec<u16> = bad.collect();
    let code = *bad.first()?;
    if !bad
        .iter()
        .all(|code| is_so(&[(until.node, Asked::True)], *code))
    {
        return None;
    }
    let message = format!(
        "when every answer is a {code}, the condition is true and so is `until`: the alert does not fire"
    );
    let found = Diagnostic::new(Code::UntilOverlap, until.expr.span, message)
        .also(condition.expr.span, "the condition")
        .warning();
    let (first, second) = (compared(proofs, condition), compared(proofs, until));
    let meant = match (first.as_slice(), second.as_slice()) {
        ([first], [second]) if !has_or(condition.expr) => mended(first.expr, second.expr),
        _ => None,
    };
    Some(match (meant, &until.expr.value) {
        (Some(text), Kind::For(_, hold)) => found.help(format!("write `until {text} for {hold}`")),
        (Some(text), _) => found.help(format!("write `until {text}`")),
        (None, _) => found.help("write an `until` about what the condition is about"),
    })
}

/// Returns the sets of codes whose proportions stand in a condition.
fn code_sets(proofs: &Proofs<'_>, whole: NodeId) -> Vec<StatusSet> {
    let (mut open, mut found) = (vec![whole], Vec::new());
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        match proofs.nodes()[id.0 as usize] {
            Node::Codes(codes) | Node::Share(codes, _) => found.push(codes),
            node => open.extend(node.operands()),
        }
    }
    found
}

/// Says what makes both true: by the value that they compare, where it is one of codes.
fn shown(proofs: &Proofs<'_>, witness: &Witness, compared: Part<'_>) -> String {
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
                Node::Codes(codes) => {
                    let value = witness.proportion_of(&codes)?;
                    return Some(format!("{text} at {value}% makes both true"));
                }
                Node::Window(Reduce::Sum | Reduce::Stddev, ..) => return None,
                Node::Offset(of, _) | Node::Window(_, of, _) => of,
                _ => return None,
            };
        }
    });
    known.unwrap_or_else(|| format!("{witness} makes both true"))
}

/// A side of an `or`: what must be true for it, and what it compares.
struct Side<'e> {
    claims: Vec<(NodeId, Asked)>,
    compared: Vec<Part<'e>>,
}

/// Returns what makes a side of the condition and one of `until` true that compare the same value,
/// in words, and the two comparisons.
fn shared<'e>(
    proofs: &Proofs<'_>,
    condition: Part<'e>,
    until: Part<'e>,
) -> Option<(String, [&'e Expr; 2])> {
    let untils = sides(proofs, until);
    for first in sides(proofs, condition) {
        for second in &untils {
            let same = first.compared.iter().find_map(|a| {
                let is_same = |b: &&Part<'e>| is_one_value(proofs, a.node, b.node);
                second.compared.iter().find(is_same).map(|b| (a, b.expr))
            });
            let Some((a, b)) = same else { continue };
            if are_apart(proofs, &first, second) {
                continue;
            }
            let mut claims = first.claims.clone();
            claims.extend(&second.claims);
            let witness = proofs.with_prover(|prover| prover.witness(&claims, EFFORT));
            if let Some(witness) = witness {
                return Some((shown(proofs, &witness, *a), [a.expr, b]));
            }
        }
    }
    None
}

/// Returns the sides of a condition's `or`s, below its holds and guards.
fn sides<'e>(proofs: &Proofs<'_>, whole: Part<'e>) -> Vec<Side<'e>> {
    let mut found = Vec::new();
    let mut open = vec![(whole, Vec::new())];
    while let Some((part, guards)) = open.pop() {
        let inner = proofs::parts(proofs.nodes(), part);
        match (&part.expr.value, inner.as_slice()) {
            (Kind::For(..), [of]) => open.push((*of, guards)),
            (Kind::Given(..), [of, guard]) => {
                let mut guards = guards;
                guards.push((guard.node, Asked::True));
                open.push((*of, guards));
            }
            (Kind::Or(_), all) => open.extend(all.iter().rev().map(|of| (*of, guards.clone()))),
            _ => {
                let mut claims = guards;
                claims.push((part.node, Asked::True));
                let compared = compared(proofs, part);
                found.push(Side { claims, compared });
            }
        }
        if SIDES_MAX <= found.len() {
            break;
        }
    }
    found
}

/// Returns the comparisons that must all hold, guards left out; those of counts only where there
/// are no others, because they say how much there is to go by.
fn compared<'e>(proofs: &Proofs<'_>, whole: Part<'e>) -> Vec<Part<'e>> {
    let (mut open, mut found) = (vec![whole], Vec::new());
    while let Some(part) = open.pop() {
        match &part.expr.value {
            Kind::Comparison(..) => found.push(part),
            Kind::And(_) | Kind::For(..) => open.extend(proofs::parts(proofs.nodes(), part)),
            Kind::Given(..) => {
                let inner = proofs::parts(proofs.nodes(), part);
                open.extend(inner.first().copied());
            }
            _ => {}
        }
    }
    let is_count = |part: &Part<'_>| {
        let Kind::Comparison(_, a, b) = &part.expr.value else {
            return false;
        };
        [a, b]
            .iter()
            .any(|side| matches!(side.value, Kind::Requests(_)))
    };
    if !found.iter().all(is_count) {
        found.retain(|part| !is_count(part));
    }
    found
}

/// Whether both comparisons are of one value with a number.
fn is_one_value(proofs: &Proofs<'_>, a: NodeId, b: NodeId) -> bool {
    let value = |id| value_of(proofs, id).map(|(value, _)| value);
    value(a).is_some() && value(a) == value(b)
}

/// Whether two comparisons of one value rule each other out: seen at once, without a search.
fn are_apart(proofs: &Proofs<'_>, first: &Side<'_>, second: &Side<'_>) -> bool {
    let ranges = |side: &Side<'_>| -> Vec<(NodeId, i64, i64)> {
        let parts = side.compared.iter();
        parts
            .filter_map(|part| range_of(proofs, part.node))
            .collect()
    };
    let others = ranges(second);
    ranges(first).into_iter().any(|(value, low, high)| {
        let mut same = others.iter().filter(|(other, ..)| *other == value);
        same.any(|(_, least, most)| high < *least || *most < low)
    })
}

/// Returns a value that is compared with a number, and between which bounds, in billionths, it is
/// where that is true.
fn range_of(proofs: &Proofs<'_>, id: NodeId) -> Option<(NodeId, i64, i64)> {
    let (value, side) = value_of(proofs, id)?;
    let Node::Compare(comparator, a, b) = proofs.nodes()[id.0 as usize] else {
        return None;
    };
    let literal = if side == Literal::Right { b } else { a };
    let Node::Literal(level) = proofs.nodes()[literal.0 as usize] else {
        return None;
    };
    let (level, is_right) = (level.units(), side == Literal::Right);
    let (low, high) = match (comparator, is_right) {
        (Comparator::Greater, true) | (Comparator::Less, false) => (level + 1, i64::MAX),
        (Comparator::GreaterOrEqual, true) | (Comparator::LessOrEqual, false) => (level, i64::MAX),
        (Comparator::Less, true) | (Comparator::Greater, false) => (i64::MIN, level - 1),
        (Comparator::LessOrEqual, true) | (Comparator::GreaterOrEqual, false) => (i64::MIN, level),
        (Comparator::Equal, _) => (level, level),
        (Comparator::NotEqual, _) => return None,
    };
    Some((value, low, high))
}

/// On which side of a comparison the number stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Literal {
    Left,
    Right,
}

/// Returns the value that is compared with a number.
fn value_of(proofs: &Proofs<'_>, id: NodeId) -> Option<(NodeId, Literal)> {
    let nodes = proofs.nodes();
    let Node::Compare(_, a, b) = nodes[id.0 as usize] else {
        return None;
    };
    let is_literal = |of: NodeId| matches!(nodes[of.0 as usize], Node::Literal(_));
    match (is_literal(a), is_literal(b)) {
        (false, true) => Some((a, Literal::Right)),
        (true, false) => Some((b, Literal::Left)),
        _ => None,
    }
}

/// Returns what `until` was probably meant to be: the other way round than the condition, and no
/// nearer to it than written.
fn mended(condition: &Expr, until: &Expr) -> Option<String> {
    let (Kind::Comparison(fires, value, level), Kind::Comparison(_, _, written)) =
        (&condition.value, &until.value)
    else {
        return None;
    };
    let (Kind::Proportion(level) | Kind::Number(level)) = level.value else {
        return None;
    };
    let (Kind::Proportion(given) | Kind::Number(given)) = written.value else {
        return None;
    };
    let unit = if matches!(written.value, Kind::Proportion(_)) {
        "%"
    } else {
        ""
    };
    let least = Decimal::ZERO;
    let most = Some(Decimal::HUNDRED).filter(|_| unit == "%");
    match fires {
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

/// Whether an `or` stands anywhere in a condition.
fn has_or(condition: &Expr) -> bool {
    let mut open = vec![condition];
    while let Some(expr) = open.pop() {
        if matches!(expr.value, Kind::Or(_) | Kind::Name(_)) {
            return true;
        }
        open.extend(expr.operands());
    }
    false
}
