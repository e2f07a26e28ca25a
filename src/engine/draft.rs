//! From a program to its [`Plan`].

use std::collections::BTreeMap;

use super::cell::Cell;
use super::plan::{Plan, Ring, Step, WindowPlan, Work, held, place};
use super::point::Point;
use super::window::worth_filled;
use crate::lang::Program;
use crate::lang::program::{Node, Reduce};
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
        draft.plan.leaves.index();
        draft.plan
    }
}

/// A plan in the making.
#[derive(Default)]
struct Draft {
    plan: Plan,
    /// Whether each value can change from minute to minute.
    varies: Vec<bool>,
    is_condition: Vec<bool>,
    /// How far each value is looked back upon.
    looks: BTreeMap<usize, u32>,
    /// The ring of each value that has one, among those of its kind.
    ring_of: BTreeMap<usize, usize>,
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
            let rings = if self.is_condition[*of] {
                &mut self.plan.truths
            } else {
                &mut self.plan.rings
            };
            self.ring_of.insert(*of, rings.len());
            rings.push(Ring {
                of: *of,
                len,
                start: self.plan.slots,
            });
            if !self.is_condition[*of] {
                self.plan.slots += len;
            }
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
            Node::Multiply(a, b) => self.point(Point::Multiply(place(a), place(b))),
            Node::Divide(a, b) => self.point(Point::Divide(place(a), place(b))),
            Node::OrElse(a, b) => self.point(Point::OrElse(place(a), place(b))),
            Node::Compare(how, a, b) => self.point(Point::Compare(how, place(a), place(b))),
            Node::And(a, b) => self.point(Point::And(place(a), place(b))),
            Node::Or(a, b) => self.point(Point::Or(place(a), place(b))),
            Node::Not(of) => self.point(Point::Not(place(of))),
            Node::Given(of, guard) => self.point(Point::Given(place(of), place(guard))),
        };
        self.plan.before[at] = before;
        if let (true, Some(work)) = (self.varies[at], work) {
            self.plan.steps.push(Step { place: at, work });
        }
    }

    fn point(&self, point: Point) -> (Cell, Option<Work>) {
        (point.of(&self.plan.before), Some(Work::Point(point)))
    }

    fn offset(&self, of: usize, minutes: u32) -> (Cell, Option<Work>) {
        let minutes = minutes as usize;
        let work = self.ring_of.get(&of).map(|ring| {
            if self.is_condition[of] {
                Work::BackTruth {
                    ring: *ring,
                    minutes,
                }
            } else {
                Work::Back {
                    ring: *ring,
                    minutes,
                }
            }
        });
        (self.plan.before[of], work)
    }

    fn window(&mut self, reduce: Reduce, of: usize, over: u32) -> (Cell, Option<Work>) {
        let before = self.plan.before[of];
        let work = self.ring_of.get(&of).map(|ring| {
            self.plan.windows.push(WindowPlan {
                reduce,
                over,
                ring: *ring,
            });
            let window = self.plan.windows.len() - 1;
            Work::Window { window, of }
        });
        (worth_filled(reduce, over, before), work)
    }

    fn share(&mut self, at: usize, over: u32) -> (Cell, Option<Work>) {
        let work = self.counted.get(&at).map(|(part, whole)| {
            self.plan.shares += 1;
            Work::Share {
                share: self.plan.shares - 1,
                part: self.ring_of[part],
                whole: self.ring_of[whole],
                over,
            }
        });
        (Cell::UNKNOWN, work)
    }

    fn hold(&mut self, of: usize, needed: u32, over: u32) -> (Cell, Option<Work>) {
        let first = match self.plan.before[of] {
            Cell::TRUE => (over, 0),
            Cell::FALSE => (0, 0),
            _ => (0, over),
        };
        let work = self.ring_of.get(&of).map(|ring| {
            self.plan.holds.push(first);
            Work::Hold {
                hold: self.plan.holds.len() - 1,
                ring: *ring,
                of,
                needed,
                over,
            }
        });
        (held(first, needed), work)
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
