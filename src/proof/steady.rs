//! What conditions are worth in a history in which every minute is like every other.
//!
//! In such a history windows, offsets and holds are worth what the minute is, so that one pass
//! over the nodes tells. Most questions are settled by a few of them.

use super::asked::Asked;
use super::form::{ONE, UNITS_MAX};
use super::witness::{Part, Witness};
use crate::lang::ast::Comparator;
use crate::lang::program::{Node, NodeId, Reduce};
use crate::unit::{StatusSet, div_half_even};

/// The largest magnitude of a value whose deviation is worked out, in units.
const SPREAD_MAX: i128 = 1_000_000 * ONE;

/// What a node is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    Unknown,
    // Within `UNITS_MAX`; worked with as `i128`, in which no step overflows.
    Units(i64),
    Truth(bool),
}

/// A minute that every minute is like.
#[derive(Clone, Copy)]
pub(super) enum Minute<'p> {
    Codes(&'p [Part]),
    Empty,
    Absent,
}

impl<'p> From<&'p Witness> for Minute<'p> {
    fn from(witness: &'p Witness) -> Self {
        match witness {
            Witness::Codes(parts) => Self::Codes(parts),
            Witness::Empty => Self::Empty,
            Witness::Absent => Self::Absent,
        }
    }
}

/// What some claims are made of, to be worked out for one minute after the other.
pub(super) struct Steps {
    /// The nodes in ascending order; an operand is named by its place among them.
    nodes: Vec<Node>,
    claims: Vec<(NodeId, Asked)>,
}

impl Steps {
    /// Makes steps of the `used` nodes, those that the claims are made of, in ascending order.
    pub(super) fn new(nodes: &[Node], used: &[NodeId], claims: &[(NodeId, Asked)]) -> Self {
        let place = |id: NodeId| {
            let place = used.binary_search(&id).ok();
            let place = place.and_then(|place| u32::try_from(place).ok());
            NodeId(place.unwrap_or(u32::MAX))
        };
        Self {
            nodes: used
                .iter()
                .map(|id| nodes[id.0 as usize].with(place))
                .collect(),
            claims: claims
                .iter()
                .map(|(id, asked)| (place(*id), *asked))
                .collect(),
        }
    }

    /// Whether all that is asked is so if every minute is this one. What the nodes are worth then
    /// is left in `worth`.
    pub(super) fn hold(&self, minute: Minute<'_>, worth: &mut Vec<Worth>) -> bool {
        work_all(&self.nodes, minute, worth);
        let mut claims = self.claims.iter();
        claims.all(|(id, asked)| asked.is_met(truth(found(worth, *id))))
    }
}

/// Works out what each of some nodes is worth if every minute is this one; an operand is named by its
/// place among them.
pub(super) fn work_all(nodes: &[Node], minute: Minute<'_>, worth: &mut Vec<Worth>) {
    worth.clear();
    for node in nodes {
        let value = work(*node, minute, |of| found(worth, of));
        worth.push(value);
    }
}

fn found(worth: &[Worth], id: NodeId) -> Worth {
    worth.get(id.0 as usize).copied().unwrap_or(Worth::Unknown)
}

fn work(node: Node, minute: Minute<'_>, of: impl Fn(NodeId) -> Worth) -> Worth {
    let number = |id| units(of(id));
    match node {
        Node::Literal(value) => Worth::Units(value.units()),
        Node::Codes(codes) => known(proportion(minute, codes)),
        Node::Requests => known(requests(minute, None)),
        Node::RequestsOf(codes) => known(requests(minute, Some(codes))),
        Node::Share(codes, _) => known(share(minute, codes)),
        Node::Offset(a, _) | Node::Hold { of: a, .. } => of(a),
        Node::Negative(a) => known(number(a).map(|a| -a)),
        Node::Add(a, b) => both(number(a), number(b), |a, b| Some(a + b)),
        Node::Subtract(a, b) => both(number(a), number(b), |a, b| Some(a - b)),
        Node::Multiply(a, b) => both(number(a), number(b), |a, b| {
            Some(div_half_even(a.checked_mul(b)?, ONE))
        }),
        Node::Divide(a, b) => both(number(a), number(b), |a, b| {
            (b != 0).then(|| div_half_even(a * ONE, b))
        }),
        Node::OrElse(a, b) => match of(a) {
            Worth::Unknown => of(b),
            value => value,
        },
        Node::Window(reduce, a, over) => known(number(a).and_then(|a| match reduce {
            Reduce::Avg | Reduce::Min | Reduce::Max | Reduce::Percentile(_) => Some(a),
            Reduce::Sum => Some(a * i128::from(over)),
            Reduce::Stddev => (a.abs() <= SPREAD_MAX).then_some(0),
        })),
        Node::Compare(how, a, b) => match (number(a), number(b)) {
            (Some(a), Some(b)) => Worth::Truth(is_so(how, a, b)),
            _ => Worth::Unknown,
        },
        Node::And(a, b) => match (truth(of(a)), truth(of(b))) {
            (Some(false), _) | (_, Some(false)) => Worth::Truth(false),
            (Some(true), Some(true)) => Worth::Truth(true),
            _ => Worth::Unknown,
        },
        Node::Or(a, b) => match (truth(of(a)), truth(of(b))) {
            (Some(true), _) | (_, Some(true)) => Worth::Truth(true),
            (Some(false), Some(false)) => Worth::Truth(false),
            _ => Worth::Unknown,
        },
        Node::Not(a) => truth(of(a)).map_or(Worth::Unknown, |a| Worth::Truth(!a)),
        Node::NoData => Worth::Truth(!matches!(minute, Minute::Codes(_))),
        Node::NoTraffic => match minute {
            Minute::Codes(_) => Worth::Truth(false),
            Minute::Empty => Worth::Truth(true),
            Minute::Absent => Worth::Unknown,
        },
        Node::Given(a, guard) => match truth(of(guard)) {
            Some(true) => of(a),
            _ => Worth::Unknown,
        },
    }
}

fn is_so(how: Comparator, a: i128, b: i128) -> bool {
    match how {
        Comparator::Greater => b < a,
        Comparator::GreaterOrEqual => b <= a,
        Comparator::Less => a < b,
        Comparator::LessOrEqual => a <= b,
        Comparator::Equal => a == b,
        Comparator::NotEqual => a != b,
    }
}

fn both(a: Option<i128>, b: Option<i128>, with: impl FnOnce(i128, i128) -> Option<i128>) -> Worth {
    known(a.zip(b).and_then(|(a, b)| with(a, b)))
}

/// Returns a value, unknown beyond the range.
fn known(units: Option<i128>) -> Worth {
    let kept = units.filter(|units| units.abs() <= UNITS_MAX);
    match kept.and_then(|units| i64::try_from(units).ok()) {
        Some(units) => Worth::Units(units),
        None => Worth::Unknown,
    }
}

fn units(worth: Worth) -> Option<i128> {
    match worth {
        Worth::Units(units) => Some(units.into()),
        Worth::Unknown | Worth::Truth(_) => None,
    }
}

/// Returns what a condition is; `None` for what is unknown or none.
pub(super) fn truth(worth: Worth) -> Option<bool> {
    match worth {
        Worth::Truth(truth) => Some(truth),
        Worth::Unknown | Worth::Units(_) => None,
    }
}

fn selected(parts: &[Part], codes: StatusSet) -> impl Iterator<Item = &Part> {
    let is_selected = move |part: &&Part| part.code.is_some_and(|code| codes.contains(code));
    parts.iter().filter(is_selected)
}

/// Returns the number of responses with these codes, or of all; not yet as a value.
fn counted(parts: &[Part], codes: Option<StatusSet>) -> Option<i128> {
    let mut total = 0;
    for part in parts {
        total += i128::from(part.count?);
    }
    match codes {
        _ if total == 0 => None,
        None => Some(total),
        Some(codes) => Some(
            selected(parts, codes)
                .filter_map(|part| part.count)
                .map(i128::from)
                .sum(),
        ),
    }
}

fn proportion(minute: Minute<'_>, codes: StatusSet) -> Option<i128> {
    let Minute::Codes(parts) = minute else {
        return None;
    };
    if let (Some(part), Some(whole)) = (counted(parts, Some(codes)), counted(parts, None)) {
        return Some(div_half_even(part * 100 * ONE, whole));
    }
    let proportions = selected(parts, codes).map(|part| i128::from(part.proportion.units()));
    Some(proportions.sum())
}

fn requests(minute: Minute<'_>, codes: Option<StatusSet>) -> Option<i128> {
    match minute {
        Minute::Codes(parts) => counted(parts, codes).map(|count| count * ONE),
        Minute::Empty => Some(0),
        Minute::Absent => None,
    }
}

fn share(minute: Minute<'_>, codes: StatusSet) -> Option<i128> {
    let Minute::Codes(parts) = minute else {
        return None;
    };
    let whole = counted(parts, None).filter(|whole| whole * ONE <= UNITS_MAX)?;
    let part = counted(parts, Some(codes))?;
    Some(div_half_even(part * 100 * ONE, whole))
}
