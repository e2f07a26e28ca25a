//! From a program to its [`Plan`].

use std::collections::BTreeMap;

use super::cell::Cell;
use super::count::{Counts, Rank, Verdict};
use super::look_back::eras;
use super::plan::{Plan, Ring, RingOf, Step, TruthRing, WindowPlan, Work, place};
use super::point::{Point, Scale};
use super::sliding::is_long;
use super::window::worth_filled;
use crate::lang::Program;
use crate::lang::ast::Comparator;
use crate::lang::program::{Node, NodeId, Reduce};
use crate::unit::StatusSet;

impl Plan {
    /// Lays out a program.
    pub fn new(program: &Program) -> Self {
        let mut draft = Draft::default();
        draft.measure(program);
        draft.lay_out();
        for (at, node) in program.nodes.iter().enumerate() {
            draft.add(at, node);
        }
        draft.for_blocks(program);
        draft.keep_leaves(program);
        draft.plan.leaves.index();
        draft.plan.eras = eras(program, &draft.counted, (&draft.plan, &draft.steps));
        draft.plan
    }
}

/// A plan in the making.
#[derive(Default)]
struct Draft {
    plan: Plan,
    /// What is worked out in a minute, in order.
    steps: Vec<Step>,
    /// Whether each value can change from minute to minute.
    varies: Vec<bool>,
    is_condition: Vec<bool>,
    /// How far each value is looked back upon.
    looks: BTreeMap<usize, u32>,
    /// The ring of each value that has one.
    ring_of: BTreeMap<usize, RingOf>,
    /// For each share, the places of what it counts.
    counted: BTreeMap<usize, (usize, usize)>,
}

impl Draft {
    /// Finds the leaves, and what is looked back upon and how far.
    fn measure(&mut self, program: &Program) {
        self.plan.before = vec![Cell::UNKNOWN; program.nodes.len()];
        for (at, node) in program.nodes.iter().enumerate() {
            let varies = match node {
                Node::Literal(_) => false,
                Node::Share(..) => true,
                _ if is_leaf(node) => true,
                _ => node.operands().any(|id| self.varies[place(id)]),
            };
            self.varies.push(varies);
            let is_condition = match *node {
                Node::Offset(of, _) => self.is_condition[place(of)],
                _ => is_condition(node),
            };
            self.is_condition.push(is_condition);
            self.measure_node(at, node);
        }
        for (at, node) in program.nodes.iter().enumerate() {
            if let Node::Share(codes, over) = *node {
                let counted = (self.count_place(codes), self.requests_place());
                self.counted.insert(at, counted);
                self.look(counted.0, over);
                self.look(counted.1, over);
            }
        }
    }

    fn measure_node(&mut self, at: usize, node: &Node) {
        let leaves = &mut self.plan.leaves;
        match *node {
            Node::Codes(codes) => leaves.add_proportion(codes, at),
            Node::Requests => leaves.add_requests(at),
            Node::RequestsOf(codes) => leaves.add_count(codes, at),
            Node::NoData => leaves.add_no_data(at),
            Node::NoTraffic => leaves.add_no_traffic(at),
            Node::Offset(of, over) | Node::Window(_, of, over) | Node::Hold { of, over, .. } => {
                self.look(place(of), over);
            }
            Node::Literal(_)
            | Node::Negative(_)
            | Node::Add(..)
            | Node::Subtract(..)
            | Node::Multiply(..)
            | Node::Divide(..)
            | Node::OrElse(..)
            | Node::Share(..)
            | Node::Compare(..)
            | Node::And(..)
            | Node::Or(..)
            | Node::Not(_)
            | Node::Given(..) => {}
        }
    }

    /// Notes that a value is looked back upon; what never changes needs no past.
    fn look(&mut self, of: usize, minutes: u32) {
        if self.varies[of] {
            let longest = self.looks.entry(of).or_default();
            *longest = minutes.max(*longest);
        }
    }

    fn count_place(&mut self, codes: StatusSet) -> usize {
        self.plan.leaves.count_place(codes).unwrap_or_else(|| {
            let hidden = self.hidden_place();
            self.plan.leaves.add_count(codes, hidden);
            hidden
        })
    }

    fn requests_place(&mut self) -> usize {
        self.plan.leaves.requests_place().unwrap_or_else(|| {
            let hidden = self.hidden_place();
            self.plan.leaves.add_requests(hidden);
            hidden
        })
    }

    /// Returns a place for a count that is no node's own.
    fn hidden_place(&mut self) -> usize {
        self.plan.before.push(Cell::UNKNOWN);
        self.varies.push(true);
        self.is_condition.push(false);
        self.plan.before.len() - 1
    }

    /// Gives each value that is looked back upon a ring.
    fn lay_out(&mut self) {
        for (of, minutes) in &self.looks {
            let len = *minutes as usize;
            let ring = if self.is_condition[*of] {
                // What it was at first is known once its node is worked out.
                self.plan.truths.push(TruthRing {
                    len,
                    before: Cell::UNKNOWN,
                    is_of_rank: false,
                });
                RingOf::Truths(self.plan.truths.len() - 1)
            } else {
                self.plan.rings.push(Ring {
                    of: *of,
                    len,
                    has_squares: false,
                });
                self.plan.slots += len;
                RingOf::Values(self.plan.rings.len() - 1)
            };
            self.ring_of.insert(*of, ring);
        }
    }

    /// Works out a node's first value and, if it can change, its work.
    fn add(&mut self, at: usize, node: &Node) {
        let (before, work) = match *node {
            Node::Literal(value) => (Cell(value.units()), None),
            Node::Codes(_)
            | Node::Requests
            | Node::RequestsOf(_)
            | Node::NoData
            | Node::NoTraffic => (Cell::UNKNOWN, None),
            Node::Offset(of, minutes) => self.offset(place(of), minutes),
            Node::Window(reduce, of, over) => self.window(reduce, place(of), over),
            Node::Share(_, over) => self.share(at, over),
            Node::Hold { of, needed, over } => self.hold(place(of), needed, over),
            Node::Negative(of) => self.point(Point::Negative(place(of))),
            Node::Add(a, b) => self.point(Point::Add(place(a), place(b))),
            Node::Subtract(a, b) => self.point(Point::Subtract(place(a), place(b))),
            Node::Multiply(a, b) => self.multiply(place(a), place(b)),
            Node::Divide(a, b) => self.point(Point::Divide(place(a), place(b))),
            Node::OrElse(a, b) => self.point(Point::OrElse(place(a), place(b))),
            Node::Compare(how, a, b) => self.compare(how, place(a), place(b)),
            Node::And(a, b) => self.point(Point::And(place(a), place(b))),
            Node::Or(a, b) => self.point(Point::Or(place(a), place(b))),
            Node::Not(of) => self.point(Point::Not(place(of))),
            Node::Given(of, guard) => self.point(Point::Given(place(of), place(guard))),
        };
        self.plan.before[at] = before;
        let ring = self.ring_of.get(&at).copied();
        if let Some(RingOf::Truths(ring)) = ring {
            self.plan.truths[ring].before = before;
        }
        if let (true, Some(work)) = (self.varies[at], work) {
            let place = at;
            self.steps.push(Step { place, work, ring });
        }
    }

    fn multiply(&self, a: usize, b: usize) -> (Cell, Option<Work>) {
        let (before, _) = self.point(Point::Multiply(a, b));
        let literal = |at: usize| (!self.varies[at]).then(|| self.plan.before[at].0);
        let point = match (literal(a), literal(b)) {
            (Some(units), None) if units != Cell::UNKNOWN.0 => Point::Scale(b, Scale::new(units)),
            (None, Some(units)) if units != Cell::UNKNOWN.0 => Point::Scale(a, Scale::new(units)),
            _ => Point::Multiply(a, b),
        };
        (before, Some(Work::Point(point)))
    }

    fn compare(&self, how: Comparator, a: usize, b: usize) -> (Cell, Option<Work>) {
        let (before, _) = self.point(Point::Compare(how, a, b));
        let literal = |at: usize| {
            let cell = self.plan.before[at];
            (!self.varies[at] && cell.is_known()).then_some(cell.0)
        };
        let point = match (literal(a), literal(b)) {
            (_, Some(units)) => Point::Test(how, a, units),
            (Some(units), None) => Point::Test(how.mirrored(), b, units),
            (None, None) => Point::Compare(how, a, b),
        };
        (before, Some(Work::Point(point)))
    }

    fn point(&self, point: Point) -> (Cell, Option<Work>) {
        (
            point.of(|at| self.plan.before[at]),
            Some(Work::Point(point)),
        )
    }

    fn offset(&self, of: usize, minutes: u32) -> (Cell, Option<Work>) {
        let minutes = minutes as usize;
        let work = self.ring_of.get(&of).map(|ring| match *ring {
            RingOf::Values(ring) => Work::Back { ring, minutes },
            RingOf::Truths(ring) => Work::BackTruth { ring, minutes },
        });
        (self.plan.before[of], work)
    }

    /// Returns the ring of a value.
    fn values_of(&self, of: usize) -> Option<usize> {
        match self.ring_of.get(&of) {
            Some(RingOf::Values(ring)) => Some(*ring),
            Some(RingOf::Truths(_)) | None => None,
        }
    }

    fn window(&mut self, reduce: Reduce, of: usize, over: u32) -> (Cell, Option<Work>) {
        let before = self.plan.before[of];
        let work = self.values_of(of).map(|ring| {
            self.plan.rings[ring].has_squares |= reduce == Reduce::Stddev && is_long(over);
            let leaves = &mut self.plan.leaves;
            match reduce {
                Reduce::Avg | Reduce::Sum | Reduce::Stddev => leaves.summed.insert(of),
                Reduce::Min | Reduce::Max => is_long(over) && leaves.exact.insert(of),
                Reduce::Percentile(_) => false,
            };
            self.plan.windows.push(WindowPlan { reduce, over, ring });
            let window = self.plan.windows.len() - 1;
            Work::Window { window }
        });
        (worth_filled(reduce, over, before), work)
    }

    fn share(&mut self, at: usize, over: u32) -> (Cell, Option<Work>) {
        let rings = self.counted.get(&at).map(|(part, whole)| (*part, *whole));
        let rings =
            rings.and_then(|(part, whole)| Some((self.values_of(part)?, self.values_of(whole)?)));
        let work = rings.map(|(part, whole)| {
            self.plan.shares += 1;
            let share = self.plan.shares - 1;
            Work::Share {
                share,
                part,
                whole,
                over,
            }
        });
        (Cell::UNKNOWN, work)
    }

    fn hold(&mut self, of: usize, needed: u32, over: u32) -> (Cell, Option<Work>) {
        let first = Counts::filled(over, self.plan.before[of]);
        let work = match self.ring_of.get(&of) {
            Some(RingOf::Truths(ring)) => {
                self.plan.counts.push(first);
                Some(Work::Hold {
                    counts: self.plan.counts.len() - 1,
                    ring: *ring,
                    of,
                    needed,
                    over,
                })
            }
            Some(RingOf::Values(_)) | None => None,
        };
        (Verdict::Hold { needed }.of(first), work)
    }

    /// Draws up the work of blocks: comparisons of a rank with a literal count truths, and the
    /// windows that nothing else looks at are put off.
    fn for_blocks(&mut self, program: &Program) {
        let mut is_asked = vec![false; program.nodes.len()];
        let mut ranks = BTreeMap::new();
        for (at, node) in program.nodes.iter().enumerate() {
            let rank = self.varies[at].then(|| rank(program, node)).flatten();
            match rank {
                Some(rank) => {
                    ranks.insert(at, rank);
                }
                None => node.operands().for_each(|of| is_asked[place(of)] = true),
            }
        }
        let of_rank: Vec<usize> = ranks.values().map(|(window, ..)| *window).collect();
        self.plan.work = vec![None; self.plan.before.len()];
        for (row, (_, place)) in self.plan.leaves.proportions.iter().enumerate() {
            self.plan.work[*place] = Some(Work::Narrow(row));
        }
        for mut step in self.steps.clone() {
            if let Some((_, of, over, rank)) = ranks.get(&step.place) {
                step.work = self.count_rank(*of, *over, *rank);
            }
            self.plan.work[step.place] = Some(step.work);
            if is_asked[step.place] || !of_rank.contains(&step.place) {
                self.plan.block_steps.push(step);
            }
        }
    }

    fn count_rank(&mut self, of: usize, over: u32, rank: Rank) -> Work {
        let before = rank.counts(self.plan.before[of]);
        self.plan.truths.push(TruthRing {
            len: over as usize,
            before,
            is_of_rank: true,
        });
        self.plan.counts.push(Counts::filled(over, before));
        Work::Rank {
            counts: self.plan.counts.len() - 1,
            ring: self.plan.truths.len() - 1,
            of,
            over,
            rank,
        }
    }

    /// Notes the rings of what is put in rather than worked out.
    fn keep_leaves(&mut self, program: &Program) {
        for (of, ring) in &self.ring_of {
            if program.nodes.get(*of).is_none_or(is_leaf) {
                self.plan.leaf_rings.push((*of, *ring));
            }
        }
    }
}

/// Whether a node looks at the minute itself.
fn is_leaf(node: &Node) -> bool {
    matches!(
        node,
        Node::Codes(_) | Node::Requests | Node::RequestsOf(_) | Node::NoData | Node::NoTraffic
    )
}

/// Whether a node is a condition whatever its operand is.
fn is_condition(node: &Node) -> bool {
    matches!(
        node,
        Node::Compare(..)
            | Node::And(..)
            | Node::Or(..)
            | Node::Not(_)
            | Node::NoData
            | Node::NoTraffic
            | Node::Given(..)
            | Node::Hold { .. }
    )
}

/// Returns the window of a comparison that is one of a rank with a literal, what it is over
/// and how long, and what is to be counted.
fn rank(program: &Program, node: &Node) -> Option<(usize, usize, u32, Rank)> {
    let Node::Compare(how, a, b) = *node else {
        return None;
    };
    let node_of = |id: NodeId| program.nodes.get(place(id));
    let (how, window, literal) = match (node_of(a)?, node_of(b)?) {
        (Node::Window(..), Node::Literal(literal)) => (how, a, literal),
        (Node::Literal(literal), Node::Window(..)) => (how.mirrored(), b, literal),
        _ => return None,
    };
    let Node::Window(reduce, of, over) = *node_of(window)? else {
        return None;
    };
    let rank = Rank::new(how, reduce, over, literal.units())?;
    Some((place(window), place(of), over, rank))
}
