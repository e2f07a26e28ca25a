//! What is always so between quantities, whatever a rule asks of them.

use super::form::{Frame, Linear, Quantity, Source, WHOLE};
use super::model::Column;
use super::simplex::Var;
use super::values::Values;
use crate::lang::program::Reduce;
use crate::unit::StatusSet;

/// A sum of variables is at most so much.
pub(super) struct Fact {
    pub(super) terms: Vec<(i128, Var)>,
    pub(super) most: i128,
}

/// Returns between which bounds a sum lies whose quantities are known.
pub(super) fn bounds_of(values: &Values<'_>, linear: &Linear) -> (i128, i128) {
    let mut bounds = (linear.constant, linear.constant);
    for term in &linear.terms {
        let known = values.quantity(term.of);
        let ends = [known.low, known.high].map(|end| end.saturating_mul(term.factor));
        bounds.0 = bounds.0.saturating_add(ends[0].min(ends[1]));
        bounds.1 = bounds.1.saturating_add(ends[0].max(ends[1]));
    }
    bounds
}

/// Returns what is always so between two quantities that are known or unknown together.
pub(super) fn always(values: &Values<'_>, a: Column, b: Column) -> Vec<Fact> {
    if !known_together(values, a, b) {
        return Vec::new();
    }
    let mut facts = in_order(values, a, b);
    if are_apart(values, a, b) {
        facts.push(Fact {
            terms: vec![(1, a.var), (1, b.var)],
            most: WHOLE * 2,
        });
    }
    facts
}

/// Returns what is so between two other quantities where both are known.
pub(super) fn together(values: &Values<'_>, a: Column, b: Column) -> Vec<Fact> {
    if known_together(values, a, b) {
        return Vec::new();
    }
    let mut facts = in_order(values, a, b);
    facts.extend(counted(values, a, b));
    facts.extend(counted(values, b, a));
    facts
}

/// Codes of which no response was counted have no proportion either: that is at most the whole for
/// each response.
fn counted(values: &Values<'_>, proportion: Column, count: Column) -> Option<Fact> {
    let (Quantity::Proportion(Frame::Minute, codes), Quantity::Count(Some(of))) = (
        &values.quantity(proportion.of).quantity,
        &values.quantity(count.of).quantity,
    ) else {
        return None;
    };
    let is_part = codes.union(*of) == *of && proportion.back == count.back;
    let mut terms = vec![(1, proportion.var), (-WHOLE, count.var)];
    terms.sort_by_key(|(_, var)| *var);
    is_part.then_some(Fact { terms, most: 0 })
}

fn known_together(values: &Values<'_>, a: Column, b: Column) -> bool {
    let frame = |column: Column| match values.quantity(column.of).quantity {
        Quantity::Proportion(frame, _) => Some(frame),
        Quantity::Fold(Source::Codes(_), over, _) => Some(Frame::Mean(over)),
        Quantity::Fold(Source::Node(node), over, _) => Some(Frame::Of(node, over)),
        _ => None,
    };
    let is_count =
        |column: Column| matches!(values.quantity(column.of).quantity, Quantity::Count(_));
    if a.back != b.back {
        return false;
    }
    match (frame(a), frame(b)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => is_count(a) && is_count(b),
        _ => false,
    }
}

/// Whether both are proportions of one whole that have no code in common.
///
/// Each may be rounded up by half a unit, but only to an even number of units, so that two of them
/// are never more than the whole together.
fn are_apart(values: &Values<'_>, a: Column, b: Column) -> bool {
    match (
        &values.quantity(a.of).quantity,
        &values.quantity(b.of).quantity,
    ) {
        (Quantity::Proportion(_, a), Quantity::Proportion(_, b)) => a.intersection(*b).is_empty(),
        _ => false,
    }
}

fn in_order(values: &Values<'_>, a: Column, b: Column) -> Vec<Fact> {
    let (Some(first), Some(second)) = (Seen::of(values, a), Seen::of(values, b)) else {
        return Vec::new();
    };
    let at_most = |low: Var, high: Var| Fact {
        terms: if low < high {
            vec![(1, low), (-1, high)]
        } else {
            vec![(-1, high), (1, low)]
        },
        most: 0,
    };
    let mut facts = Vec::new();
    if first.is_never_above(&second) {
        facts.push(at_most(a.var, b.var));
    }
    if second.is_never_above(&first) {
        facts.push(at_most(b.var, a.var));
    }
    facts
}

/// A quantity as a value of some minutes.
struct Seen {
    what: What,
    of: Of,
    back: u32,
    over: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// The value itself.
    Point,
    /// The value of this rank, 0 the least and 100 the greatest.
    Rank(u8),
    /// A mean of one kind or another.
    Mean(Frame),
    Sum,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Codes(StatusSet),
    Counts(Option<StatusSet>),
    Node(crate::lang::program::NodeId),
}

impl Seen {
    fn of(values: &Values<'_>, column: Column) -> Option<Self> {
        let (what, of, over) = match values.quantity(column.of).quantity {
            Quantity::Proportion(Frame::Minute, codes) => (What::Point, Of::Codes(codes), 1),
            Quantity::Proportion(frame, codes) => match frame {
                Frame::Mean(over) | Frame::Share(over) | Frame::Spent(over) => {
                    (What::Mean(frame), Of::Codes(codes), over)
                }
                Frame::Minute | Frame::Of(..) => return None,
            },
            Quantity::Count(codes) => (What::Point, Of::Counts(codes), 1),
            Quantity::Fold(source, over, reduce) => {
                let of = match source {
                    Source::Codes(codes) => Of::Codes(codes),
                    Source::Node(node) => Of::Node(node),
                };
                let what = match reduce {
                    Reduce::Min => What::Rank(0),
                    Reduce::Max => What::Rank(100),
                    Reduce::Percentile(rank) => What::Rank(rank),
                    Reduce::Avg => What::Mean(Frame::Mean(over)),
                    Reduce::Sum => What::Sum,
                    Reduce::Stddev => return None,
                };
                (what, of, over)
            }
            Quantity::Rounded { .. } | Quantity::Ratio { .. } | Quantity::Opaque(_) => return None,
        };
        let back = column.back;
        Some(Self {
            what,
            of,
            back,
            over,
        })
    }

    /// Whether it is at most the other at every moment at which both are known.
    fn is_never_above(&self, other: &Self) -> bool {
        let (is_plain, is_part) = match (self.of, other.of) {
            (Of::Codes(a), Of::Codes(b)) | (Of::Counts(Some(a)), Of::Counts(Some(b))) => {
                (true, a.union(b) == b)
            }
            (Of::Counts(_), Of::Counts(None)) => (true, true),
            (Of::Node(a), Of::Node(b)) => (false, a == b),
            _ => return false,
        };
        let is_same = (self.back, self.over) == (other.back, other.over);
        is_part
            && match (self.what, other.what) {
                (What::Sum, What::Sum) => is_same && is_plain,
                (What::Sum, _) => false,
                (_, What::Sum) => is_plain && self.is_within(other),
                (What::Point, What::Point) => is_same,
                (What::Mean(a), What::Mean(b)) => is_same && a == b,
                (What::Rank(a), What::Rank(b)) if is_same => a <= b,
                (What::Rank(0), _) => other.is_within(self),
                (_, What::Rank(100)) => self.is_within(other),
                _ => false,
            }
    }

    /// Whether its minutes are all among the other's.
    fn is_within(&self, other: &Self) -> bool {
        other.back <= self.back && self.back + self.over <= other.back + other.over
    }
}
