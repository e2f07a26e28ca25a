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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Worth {
    Unknown,
    Units(i128),
    Truth(bool),
}

/// Whether all that is asked is so if every minute is this one. `used` are the nodes that the
/// claims are made of, in ascending order.
pub(super) fn holds(
    nodes: &[Node],
    used: &[NodeId],
    claims: &[(NodeId, Asked)],
    minute: &Witness,
) -> bool {
    let mut worth: Vec<Worth> = Vec::with_capacity(used.len());
    for id in used {
        let value = work(nodes[id.0 as usize], minute, |of| found(used, &worth, of));
        worth.push(value);
    }
    claims.iter().all(|(id, asked)| {
        let value = found(used, &worth, *id);
        asked.is_met(truth(value))
    })
}

fn found(used: &[NodeId], worth: &[Worth], id: NodeId) -> Worth {
    let place = used.binary_search(&id).ok();
    let value = place.and_then(|place| worth.get(place));
    value.copied().unwrap_or(Worth::Unknown)
}

fn work(node: Node, minute: &Witness, of: impl Fn(NodeId) -> Worth) -> Worth {
    let number = |id| units(of(id));
    match node {
        Node::Literal(value) => Worth::Units(value.units().into()),
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
        Node::NoData => Worth::Truth(!matches!(minute, Witness::Codes(_))),
        Node::NoTraffic => match minute {
            Witness::Codes(_) => Worth::Truth(false),
            Witness::Empty => Worth::Truth(true),
            Witness::Absent => Worth::Unknown,
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
    match units.filter(|units| units.abs() <= UNITS_MAX) {
        Some(units) => Worth::Units(units),
        None => Worth::Unknown,
    }
}

fn units(worth: Worth) -> Option<i128> {
    match worth {
        Worth::Units(units) => Some(units),
        Worth::Unknown | Worth::Truth(_) => None,
    }
}

fn truth(worth: Worth) -> Option<bool> {
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

fn proportion(minute: &Witness, codes: StatusSet) -> Option<i128> {
    let Witness::Codes(parts) = minute else {
        return None;
    };
    if let (Some(part), Some(whole)) = (counted(parts, Some(codes)), counted(parts, None)) {
        return Some(div_half_even(part * 100 * ONE, whole));
    }
    let proportions = selected(parts, codes).map(|part| i128::from(part.proportion.units()));
    Some(proportions.sum())
}

fn requests(minute: &Witness, codes: Option<StatusSet>) -> Option<i128> {
    match minute {
        Witness::Codes(parts) => counted(parts, codes).map(|count| count * ONE),
        Witness::Empty => Some(0),
        Witness::Absent => None,
    }
}

fn share(minute: &Witness, codes: StatusSet) -> Option<i128> {
    let Witness::Codes(parts) = minute else {
        return None;
    };
    let whole = counted(parts, None).filter(|whole| whole * ONE <= UNITS_MAX)?;
    let part = counted(parts, Some(codes))?;
    Some(div_half_even(part * 100 * ONE, whole))
}
