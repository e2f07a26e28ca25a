//! The sides of a condition, names put in: what must be so for each, and what it compares.

use std::collections::BTreeSet;

use super::measures::{level_of, meant};
use super::proofs::{self, Part, Proofs};
use crate::diag::Span;
use crate::lang::Names;
use crate::lang::ast::{Comparator, Expr, Kind};
use crate::lang::program::{Node, NodeId, Reduce, used_by};
use crate::proof::Asked;
use crate::unit::{Decimal, StatusSet};

/// How many sides of a condition are looked at.
const SIDES_MAX: usize = 16;
/// How many units of a decimal are one.
const UNITS_OF_ONE: i64 = Decimal::ONE.units();
/// How many parts of a side are looked at, names put in.
const PARTS_MAX: usize = 64;

/// A side of an `or`: what must be so for it, and what it compares.
pub(super) struct Side<'e> {
    pub(super) claims: Vec<(NodeId, Asked)>,
    pub(super) compared: Vec<Compared<'e>>,
}

/// A part of a condition that must be so, or under `not` must be false.
#[derive(Clone, Copy)]
pub(super) struct Compared<'e> {
    pub(super) node: NodeId,
    pub(super) expr: &'e Expr,
    /// Where it stands in the text: itself, or the name that it is behind.
    pub(super) span: Span,
    /// Whether it must be false.
    pub(super) is_negated: bool,
}

/// On which side of a comparison the number stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Literal {
    Left,
    Right,
}

impl<'e> Compared<'e> {
    /// Returns a condition that must be so, as a whole.
    pub(super) fn whole(part: Part<'e>) -> Self {
        Self {
            node: part.node,
            expr: part.expr,
            span: part.expr.span,
            is_negated: false,
        }
    }

    /// Returns what a name stands for in its place.
    fn put_in(self, names: &'e Names) -> Self {
        let expr = meant(self.expr, names);
        Self { expr, ..self }
    }

    /// Returns the conditions that one with names put in is directly made of.
    fn parts(self, proofs: &Proofs<'_>, names: &'e Names) -> Vec<Self> {
        let Self { node, expr, .. } = self;
        let inner = proofs::parts(proofs.nodes(), Part { node, expr });
        let is_negated = self.is_negated != matches!(expr.value, Kind::Not(_));
        let is_behind_name = self.span != expr.span;
        let part = |Part { node, expr }: Part<'e>| Self {
            node,
            expr,
            span: if is_behind_name { self.span } else { expr.span },
            is_negated,
        };
        inner.into_iter().map(|of| part(of).put_in(names)).collect()
    }

    fn claim(self) -> (NodeId, Asked) {
        let asked = if self.is_negated {
            Asked::False
        } else {
            Asked::True
        };
        (self.node, asked)
    }

    /// Whether one of its parts is enough.
    fn is_choice(self) -> bool {
        matches!(
            (&self.expr.value, self.is_negated),
            (Kind::Or(_), false) | (Kind::And(_), true)
        )
    }
}

/// Returns the sides of a condition's `or`s, below its holds and guards.
pub(super) fn sides<'e>(proofs: &Proofs<'_>, names: &'e Names, whole: Part<'e>) -> Vec<Side<'e>> {
    let mut found = Vec::new();
    let mut open = vec![(Compared::whole(whole).put_in(names), Vec::new())];
    while let Some((part, mut claims)) = open.pop() {
        let inner = part.parts(proofs, names);
        match (&part.expr.value, inner.as_slice()) {
            (Kind::For(..) | Kind::Not(_), [of]) => open.push((*of, claims)),
            (Kind::Given(..), [of, guard]) => {
                // Without its guard it is unknown, and so is its `not`.
                claims.push((guard.node, Asked::True));
                open.push((*of, claims));
            }
            (_, [_, ..]) if part.is_choice() => {
                open.extend(inner.iter().rev().map(|of| (*of, claims.clone())));
            }
            _ => {
                claims.push(part.claim());
                let compared = compared(proofs, names, part);
                found.push(Side { claims, compared });
            }
        }
        if SIDES_MAX <= found.len() {
            break;
        }
    }
    found
}

/// Returns the comparisons of a condition that must all be so, guards left out; those of counts
/// only where there are no others, because they say how much there is to go by.
pub(super) fn of_whole<'e>(
    proofs: &Proofs<'_>,
    names: &'e Names,
    whole: Part<'e>,
) -> Vec<Compared<'e>> {
    compared(proofs, names, Compared::whole(whole).put_in(names))
}

fn compared<'e>(proofs: &Proofs<'_>, names: &'e Names, whole: Compared<'e>) -> Vec<Compared<'e>> {
    let (mut open, mut found) = (vec![whole], Vec::new());
    for _ in 0..PARTS_MAX {
        let Some(part) = open.pop() else { break };
        match &part.expr.value {
            Kind::Comparison(..) => found.push(part),
            Kind::And(_) | Kind::Or(_) if part.is_choice() => {}
            Kind::And(_) | Kind::Or(_) | Kind::Not(_) | Kind::For(..) => {
                open.extend(part.parts(proofs, names));
            }
            Kind::Given(..) => open.extend(part.parts(proofs, names).first().copied()),
            _ => {}
        }
    }
    let is_count = |part: &Compared<'_>| {
        let Kind::Comparison(_, a, b) = &part.expr.value else {
            return false;
        };
        let mut sides = [a, b].into_iter().map(|side| meant(side, names));
        sides.any(|side| matches!(side.value, Kind::Requests(_)))
    };
    if !found.iter().all(is_count) {
        found.retain(|part| !is_count(part));
    }
    found
}

/// Whether two comparisons of one value rule each other out: seen at once, without a search.
pub(super) fn are_apart(proofs: &Proofs<'_>, first: &Side<'_>, second: &Side<'_>) -> bool {
    let ranges = |side: &Side<'_>| -> Vec<(NodeId, i64, i64)> {
        let parts = side.compared.iter();
        parts.filter_map(|part| range_of(proofs, part)).collect()
    };
    let others = ranges(second);
    ranges(first).into_iter().any(|(value, low, high)| {
        let mut same = others.iter().filter(|(other, ..)| *other == value);
        same.any(|(_, least, most)| high < *least || *most < low)
    })
}

/// Whether two comparisons with a number rule each other out if their values are the same: seen
/// at once, without a search.
pub(super) fn are_levels_apart(
    proofs: &Proofs<'_>,
    first: &Compared<'_>,
    second: &Compared<'_>,
) -> bool {
    let ranges = range_of(proofs, first).zip(range_of(proofs, second));
    ranges.is_some_and(|((_, low, high), (_, least, most))| high < least || most < low)
}

/// Returns how many there are in every minute, for example, if two comparisons of one count with a
/// level are both true: over other minutes than each other, of which all are alike.
pub(super) fn common_count(
    proofs: &Proofs<'_>,
    first: &Compared<'_>,
    second: &Compared<'_>,
) -> Option<i64> {
    let ((a, low, high), (b, least, most)) = (range_of(proofs, first)?, range_of(proofs, second)?);
    if a == b || count_of(proofs, a)? != count_of(proofs, b)? {
        return None;
    }
    let (low, high) = (low.max(least), high.min(most));
    let count = if low == i64::MIN {
        high.div_euclid(UNITS_OF_ONE)
    } else {
        low.max(0)
            .checked_add(UNITS_OF_ONE - 1)?
            .div_euclid(UNITS_OF_ONE)
    };
    let is_common = 0 <= count && (low..=high).contains(&(count * UNITS_OF_ONE));
    is_common.then_some(count)
}

/// Returns, in words, what makes two comparisons of one value with a number true, if something does
/// as far as that is seen at once: `change(5xx over 10m) at 25%`.
pub(super) fn common_value(
    proofs: &Proofs<'_>,
    first: &Compared<'_>,
    second: &Compared<'_>,
    names: &Names,
) -> Option<String> {
    let ((a, low, high), (b, least, most)) = (range_of(proofs, first)?, range_of(proofs, second)?);
    let (low, high) = (low.max(least), high.min(most));
    if a != b || high < low {
        return None;
    }
    let is_counted = count_of(proofs, a).is_some();
    let steps = (0..9).map(|places| UNITS_OF_ONE / 10_i64.pow(places));
    let mut steps = steps.take(if is_counted { 1 } else { 9 });
    let value = steps.find_map(|step| {
        let middle = match (low, high) {
            (i64::MIN, high) => high,
            (low, i64::MAX) => low,
            (low, high) => low.midpoint(high),
        };
        let near = [middle.div_euclid(step), middle.div_euclid(step) + 1];
        let mut near = near.into_iter().filter_map(|times| times.checked_mul(step));
        near.find(|value| (low..=high).contains(value))
    })?;
    let threshold = level_of(first.expr, first.is_negated, names)?;
    let sign = if threshold.is_number { "" } else { "%" };
    let (measured, value) = (threshold.measured, Decimal::from_units(value)?);
    Some(format!("{measured} at {value}{sign}"))
}

/// Whether two comparisons share a side, and their others are made of the same values:
/// `5xx > 4xx + 10%` and `5xx < 4xx + 15%`.
pub(super) fn are_of_same_values(proofs: &Proofs<'_>, a: NodeId, b: NodeId) -> bool {
    let nodes = proofs.nodes();
    let (Node::Compare(_, left, right), Node::Compare(_, other, counterpart)) =
        (nodes[a.0 as usize], nodes[b.0 as usize])
    else {
        return false;
    };
    let (first, second) = if left == other {
        (right, counterpart)
    } else if right == counterpart {
        (left, other)
    } else {
        return false;
    };
    let values = made_of(nodes, first);
    !values.is_empty() && values == made_of(nodes, second)
}

/// Returns the values that sums and products are made of, numbers left out.
fn made_of(nodes: &[Node], value: NodeId) -> BTreeSet<NodeId> {
    let (mut open, mut found) = (vec![value], BTreeSet::new());
    while let Some(id) = open.pop() {
        match nodes[id.0 as usize] {
            Node::Literal(_) => {}
            node @ (Node::Add(..)
            | Node::Subtract(..)
            | Node::Multiply(..)
            | Node::Divide(..)
            | Node::Negative(_)) => open.extend(node.operands()),
            _ => drop(found.insert(id)),
        }
        if PARTS_MAX < open.len() + found.len() {
            break;
        }
    }
    found
}

/// Returns the count of which a value is that of a usual minute: itself, or within windows.
fn count_of(proofs: &Proofs<'_>, mut value: NodeId) -> Option<NodeId> {
    loop {
        value = match proofs.nodes()[value.0 as usize] {
            Node::Window(Reduce::Sum | Reduce::Stddev, ..) => return None,
            Node::Window(_, of, _) => of,
            Node::Requests | Node::RequestsOf(_) => return Some(value),
            _ => return None,
        };
    }
}

/// Returns the sets of codes whose proportions stand in some conditions.
pub(super) fn code_sets(proofs: &Proofs<'_>, claims: &[(NodeId, Asked)]) -> Vec<StatusSet> {
    let nodes = proofs.nodes();
    let used = used_by(nodes, claims.iter().map(|(node, _)| *node)).into_iter();
    let sets = used.filter_map(|id| match nodes[id.0 as usize] {
        Node::Codes(codes) | Node::Share(codes, _) => Some(codes),
        _ => None,
    });
    sets.collect()
}

/// Returns a value that is compared with a number, and between which bounds, in billionths, it is
/// where that is so.
fn range_of(proofs: &Proofs<'_>, part: &Compared<'_>) -> Option<(NodeId, i64, i64)> {
    let (value, side) = value_of(proofs, part.node)?;
    let Node::Compare(comparator, a, b) = proofs.nodes()[part.node.0 as usize] else {
        return None;
    };
    let literal = if side == Literal::Right { b } else { a };
    let Node::Literal(level) = proofs.nodes()[literal.0 as usize] else {
        return None;
    };
    let comparator = if part.is_negated {
        comparator.opposite()
    } else {
        comparator
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

/// Returns the value that is compared with a number.
pub(super) fn value_of(proofs: &Proofs<'_>, id: NodeId) -> Option<(NodeId, Literal)> {
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
