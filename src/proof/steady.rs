//! What conditions are worth in histories in which every minute is like every other.
//!
//! In such a history windows, offsets and holds are worth what the minute is, so that one pass
//! over the nodes tells, and it tells of many such histories at once. Most questions are settled
//! by a few of them, and most that compare with the past by one that [turned](Steps::hold_after):
//! there an offset is worth what the minutes were before.

use super::asked::Asked;
use super::form::{ONE, UNITS_MAX};
use super::minute::{Minute, proportion, requests, share};
use crate::lang::ast::Comparator;
use crate::lang::program::{Node, NodeId, Reduce};
use crate::unit::div_half_even;

/// The largest magnitude of a value whose deviation is worked out, in units.
const SPREAD_MAX: i128 = 1_000_000 * ONE;

/// How many minutes are worked out at once: each is a bit.
pub(super) const TOGETHER: usize = 64;

/// How many values are kept at once: they take 16 MB.
const VALUES_MAX: usize = 2 << 20;

/// A value that is unknown; known ones are within [`UNITS_MAX`].
const UNKNOWN: i64 = i64::MIN;

/// In which minutes a condition is true, and in which it is false: a bit for each.
#[derive(Clone, Copy, Default)]
pub(super) struct Truths {
    is_true: u64,
    is_false: u64,
}

impl Truths {
    /// Returns the minutes in which it is what is asked, and bits of none.
    pub(super) fn met(self, asked: Asked) -> u64 {
        match asked {
            Asked::True => self.is_true,
            Asked::NotTrue => !self.is_true,
            Asked::False => self.is_false,
            Asked::NotFalse => !self.is_false,
        }
    }

    fn add(&mut self, others: Self, shifted: usize) {
        self.is_true |= others.is_true << shifted;
        self.is_false |= others.is_false << shifted;
    }
}

/// What some claims are made of, to be worked out for minutes.
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

    /// Returns the first of the minutes of which all that is asked is so if every minute is that one.
    pub(super) fn first<'p>(&self, minutes: &[Minute<'p>]) -> Option<Minute<'p>> {
        self.found(&mut Work::default(), minutes)
    }

    /// Whether all that is asked is so where the last minutes are all like one of these, and all
    /// before them were like another.
    pub(super) fn hold_after(&self, before: Minute<'_>, minutes: &[Minute<'_>]) -> bool {
        let mut work = Work::default();
        work.pass(&self.nodes, &[before]);
        work.turn();
        self.found(&mut work, minutes).is_some()
    }

    fn found<'p>(&self, work: &mut Work, minutes: &[Minute<'p>]) -> Option<Minute<'p>> {
        minutes.chunks(together(&self.nodes)).find_map(|minutes| {
            work.pass(&self.nodes, minutes);
            let met = |(id, asked): &(NodeId, Asked)| work.truths(*id).met(*asked);
            let met = self.claims.iter().map(met);
            let met = met.fold(all(minutes.len()), |all, met| all & met);
            minutes.get(met.trailing_zeros() as usize).copied()
        })
    }

    /// Whether there are offsets, and each looks behind all that is looked at without them: then
    /// the history may have [turned](Self::hold_after) in between.
    pub(super) fn look_behind(&self) -> bool {
        let mut reach: Vec<u32> = Vec::with_capacity(self.nodes.len());
        let mut nearest = None;
        for node in &self.nodes {
            let of = |id: NodeId| reach.get(id.0 as usize).copied().unwrap_or(u32::MAX);
            let widest = node.operands().map(of).max().unwrap_or(0).max(1);
            reach.push(match *node {
                Node::Offset(_, by) => {
                    nearest = Some(nearest.map_or(by, |nearest: u32| nearest.min(by)));
                    1
                }
                Node::Share(_, over) => over,
                Node::Window(_, _, over) | Node::Hold { over, .. } => {
                    widest.saturating_add(over).saturating_sub(1)
                }
                _ => widest,
            });
        }
        let of = |(id, _): &(NodeId, Asked)| reach.get(id.0 as usize).copied();
        let widest = self.claims.iter().map(of).max().flatten();
        matches!((widest, nearest), (Some(widest), Some(nearest)) if widest <= nearest)
    }
}

/// Works out what each of some nodes is if every minute is one of these, of which there are no more
/// than [so many](TOGETHER); an operand is named by its place among the nodes.
pub(super) fn truths(nodes: &[Node], minutes: &[Minute<'_>]) -> Vec<Truths> {
    let mut found = vec![Truths::default(); nodes.len()];
    let mut work = Work::default();
    let together = together(nodes);
    for (at, minutes) in minutes.chunks(together).enumerate() {
        work.pass(nodes, minutes);
        for (found, id) in found.iter_mut().zip((0..).map(NodeId)) {
            found.add(work.truths(id), at * together);
        }
    }
    found
}

/// Returns how many minutes are worked out in one pass.
fn together(nodes: &[Node]) -> usize {
    (VALUES_MAX / nodes.len().max(1)).clamp(1, TOGETHER)
}

/// Returns a bit for each of so many minutes.
pub(super) fn all(minutes: usize) -> u64 {
    u64::MAX
        .checked_shr(u32::try_from(TOGETHER.saturating_sub(minutes)).unwrap_or(0))
        .unwrap_or(0)
}

/// What a node is worth in each of some minutes.
#[derive(Clone, Copy)]
enum Worth {
    /// A condition.
    Truths(Truths),
    /// A value, the same in all minutes.
    Same(i64),
    /// A value for each minute, of which the first has this place.
    Each(usize),
}

/// What nodes are worth.
#[derive(Default)]
struct Work {
    worth: Vec<Worth>,
    values: Vec<i64>,
    /// What the nodes were worth in the minutes that offsets look at; empty where those are like all
    /// others.
    before: Vec<Worth>,
}

impl Work {
    /// Lets what was worked out for one minute be what was before.
    fn turn(&mut self) {
        let bits = |bits: u64| if bits & 1 == 1 { u64::MAX } else { 0 };
        let before = self.worth.iter().map(|worth| match *worth {
            Worth::Truths(truths) => Worth::Truths(Truths {
                is_true: bits(truths.is_true),
                is_false: bits(truths.is_false),
            }),
            Worth::Same(value) => Worth::Same(value),
            Worth::Each(first) => Worth::Same(self.values[first]),
        });
        self.before = before.collect();
    }

    fn pass(&mut self, nodes: &[Node], minutes: &[Minute<'_>]) {
        self.worth.clear();
        self.values.clear();
        self.worth.reserve(nodes.len());
        // What a comparison compares is about half of all.
        self.values.reserve(nodes.len().div_ceil(2) * minutes.len());
        for node in nodes {
            let worth = self.work(*node, minutes);
            self.worth.push(worth);
        }
    }

    fn work(&mut self, node: Node, minutes: &[Minute<'_>]) -> Worth {
        let count = minutes.len();
        match node {
            Node::Literal(value) => Worth::Same(value.units()),
            Node::Codes(codes) => self.of_minutes(minutes, |at| proportion(at, codes)),
            Node::Requests => self.of_minutes(minutes, |at| requests(at, None)),
            Node::RequestsOf(codes) => self.of_minutes(minutes, |at| requests(at, Some(codes))),
            Node::Share(codes, _) => self.of_minutes(minutes, |at| share(at, codes)),
            Node::Offset(a, _) => {
                let before = self.before.get(a.0 as usize);
                before.copied().unwrap_or_else(|| self.of(a))
            }
            Node::Hold { of: a, .. } => self.of(a),
            Node::Negative(a) => self.of_one(a, count, |a| Some(-a)),
            Node::Add(a, b) => self.of_two((a, b), count, |a, b| Some(a + b)),
            Node::Subtract(a, b) => self.of_two((a, b), count, |a, b| Some(a - b)),
            Node::Multiply(a, b) => self.of_two((a, b), count, |a, b| {
                Some(div_half_even(a.checked_mul(b)?, ONE))
            }),
            Node::Divide(a, b) => self.of_two((a, b), count, |a, b| {
                (b != 0).then(|| div_half_even(a * ONE, b))
            }),
            Node::OrElse(a, b) => self.each(count, |work, at| {
                work.value(a, at).or_else(|| work.value(b, at))
            }),
            Node::Window(reduce, a, over) => match reduce {
                Reduce::Avg | Reduce::Min | Reduce::Max | Reduce::Percentile(_) => self.of(a),
                Reduce::Sum => self.of_one(a, count, |a| Some(a * i128::from(over))),
                Reduce::Stddev => self.of_one(a, count, |a| (a.abs() <= SPREAD_MAX).then_some(0)),
            },
            Node::Compare(how, a, b) => Worth::Truths(self.compare(how, (a, b), count)),
            Node::And(a, b) => {
                let (a, b) = (self.truths(a), self.truths(b));
                Worth::Truths(Truths {
                    is_true: a.is_true & b.is_true,
                    is_false: a.is_false | b.is_false,
                })
            }
            Node::Or(a, b) => {
                let (a, b) = (self.truths(a), self.truths(b));
                Worth::Truths(Truths {
                    is_true: a.is_true | b.is_true,
                    is_false: a.is_false & b.is_false,
                })
            }
            Node::Not(a) => {
                let a = self.truths(a);
                Worth::Truths(Truths {
                    is_true: a.is_false,
                    is_false: a.is_true,
                })
            }
            Node::NoData => Worth::Truths(Truths {
                is_true: bits(minutes, |at| !matches!(at, Minute::Codes(_))),
                is_false: bits(minutes, |at| matches!(at, Minute::Codes(_))),
            }),
            Node::NoTraffic => Worth::Truths(Truths {
                is_true: bits(minutes, |at| matches!(at, Minute::Empty)),
                is_false: bits(minutes, |at| matches!(at, Minute::Codes(_))),
            }),
            Node::Given(a, guard) => {
                let (a, guard) = (self.truths(a), self.truths(guard));
                Worth::Truths(Truths {
                    is_true: a.is_true & guard.is_true,
                    is_false: a.is_false & guard.is_true,
                })
            }
        }
    }

    fn of(&self, id: NodeId) -> Worth {
        let worth = self.worth.get(id.0 as usize);
        worth.copied().unwrap_or(Worth::Same(UNKNOWN))
    }

    /// Returns what a condition is; in no minute true or false for what is none.
    fn truths(&self, id: NodeId) -> Truths {
        match self.of(id) {
            Worth::Truths(truths) => truths,
            Worth::Same(_) | Worth::Each(_) => Truths::default(),
        }
    }

    /// Returns the value in one of the minutes; `None` for what is unknown, or no value.
    fn value(&self, id: NodeId, at: usize) -> Option<i128> {
        let units = match self.of(id) {
            Worth::Same(units) => units,
            Worth::Each(first) => self.values[first + at],
            Worth::Truths(_) => UNKNOWN,
        };
        (units != UNKNOWN).then(|| units.into())
    }

    fn each(&mut self, count: usize, of: impl Fn(&Self, usize) -> Option<i128>) -> Worth {
        let first = self.values.len();
        for at in 0..count {
            let value = known(of(self, at));
            self.values.push(value);
        }
        Worth::Each(first)
    }

    fn of_minutes(
        &mut self,
        minutes: &[Minute<'_>],
        of: impl Fn(Minute<'_>) -> Option<i128>,
    ) -> Worth {
        self.each(minutes.len(), |_, at| of(minutes[at]))
    }

    fn of_one(&mut self, a: NodeId, count: usize, with: impl Fn(i128) -> Option<i128>) -> Worth {
        self.each(count, |work, at| with(work.value(a, at)?))
    }

    fn of_two(
        &mut self,
        (a, b): (NodeId, NodeId),
        count: usize,
        with: impl Fn(i128, i128) -> Option<i128>,
    ) -> Worth {
        self.each(count, |work, at| {
            with(work.value(a, at)?, work.value(b, at)?)
        })
    }

    fn compare(&self, how: Comparator, (a, b): (NodeId, NodeId), count: usize) -> Truths {
        let values = |first: usize| &self.values[first..first + count];
        match (self.of(a), self.of(b)) {
            (Worth::Each(a), Worth::Same(b)) => compared(how, values(a).iter().map(|a| (*a, b))),
            (Worth::Same(a), Worth::Each(b)) => compared(how, values(b).iter().map(|b| (a, *b))),
            (Worth::Each(a), Worth::Each(b)) => {
                let values = values(a).iter().zip(values(b));
                compared(how, values.map(|(a, b)| (*a, *b)))
            }
            (Worth::Same(a), Worth::Same(b)) => compared(how, std::iter::repeat_n((a, b), count)),
            (Worth::Truths(_), _) | (_, Worth::Truths(_)) => Truths::default(),
        }
    }
}

/// Returns the bits of the minutes that are such.
fn bits(minutes: &[Minute<'_>], is_such: impl Fn(&Minute<'_>) -> bool) -> u64 {
    let such = minutes
        .iter()
        .enumerate()
        .filter(|(_, minute)| is_such(minute));
    such.fold(0, |bits, (at, _)| bits | 1 << at)
}

/// Compares values of one minute after the other.
fn compared(how: Comparator, values: impl Iterator<Item = (i64, i64)>) -> Truths {
    let mut truths = Truths::default();
    for (at, (a, b)) in values.enumerate() {
        let is_known = a != UNKNOWN && b != UNKNOWN;
        let is_so = how.holds(a, b);
        truths.is_true |= u64::from(is_known && is_so) << at;
        truths.is_false |= u64::from(is_known && !is_so) << at;
    }
    truths
}

/// Returns a value as it is kept, unknown beyond the range.
fn known(units: Option<i128>) -> i64 {
    let kept = units.filter(|units| units.abs() <= UNITS_MAX);
    kept.and_then(|units| i64::try_from(units).ok())
        .unwrap_or(UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::example;
    use crate::unit::{Decimal, StatusSet};

    #[test]
    fn what_is_worked_out_in_several_passes_is_what_each_minute_says_by_itself() {
        let level = |percent: i64| Decimal::from_integer(percent).unwrap();
        let mut nodes = vec![Node::Codes(StatusSet::range(500, 599))];
        // More than are kept for all minutes at once.
        for at in 0..VALUES_MAX / TOGETHER / 2 {
            let place = NodeId(u32::try_from(nodes.len()).unwrap());
            nodes.push(Node::Literal(level((at % 100).try_into().unwrap())));
            nodes.push(Node::Compare(Comparator::Greater, NodeId(0), place));
        }
        assert!(together(&nodes) < TOGETHER);
        let parts: Vec<_> = (0..TOGETHER)
            .map(|at| example::at_level((Some(502), level(at.try_into().unwrap())), None, None))
            .collect();
        let minutes: Vec<_> = parts.iter().map(|parts| Minute::Codes(parts)).collect();
        let found = truths(&nodes, &minutes);
        for (at, id) in [(0, 2), (7, 16), (63, 128), (99, 200)] {
            let is_above = |minute: &usize| at < *minute;
            let wanted = (0..TOGETHER)
                .filter(is_above)
                .fold(0, |all, at| all | 1 << at);
            assert_eq!(found[id].met(Asked::True), wanted, "{at}");
            assert_eq!(found[id].met(Asked::False), !wanted, "{at}");
        }
        let steps = Steps {
            claims: vec![(NodeId(128), Asked::True), (NodeId(16), Asked::True)],
            nodes,
        };
        assert!(steps.first(&minutes).is_none());
        let higher = example::at_level((Some(502), level(64)), None, None);
        assert!(
            steps
                .first(&[minutes[63], Minute::Codes(&higher)])
                .is_some()
        );
    }
}
