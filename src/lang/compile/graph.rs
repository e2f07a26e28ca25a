//! The graph in the making: equal nodes stand once, and each knows its reach.

use std::hash::{Hash as _, Hasher};

use crate::lang::program::{Node, NodeId, Program};
use crate::unit::MixedHash;

/// How many nodes a condition is made of at most, as a rule.
const USED_USUAL: usize = 16;

/// How many slots there are at first: a single expression needs no more.
const SLOTS_MIN: usize = 64;

/// How many names that do not exist are sought among those that do: whoever has more begins with
/// these.
const SOUGHT_MAX: usize = 100;

/// The nodes of all that was lowered so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    program: Program,
    /// The places of the nodes, each at what it hashes to or in the next free slot after it. At
    /// least half of the slots are free, and their number is a power of two.
    slots: Vec<Option<NodeId>>,
    /// How many minutes each node looks at, its own included.
    reach: Vec<u32>,
    /// In which walk each node was seen last.
    seen: Vec<u32>,
    /// How many walks there were.
    walks: u32,
    /// How many names that do not exist came up.
    pub(super) sought: usize,
}

impl Graph {
    /// Whether one more name that does not exist is sought among those that do.
    pub(super) fn seeks(&mut self) -> bool {
        self.sought += 1;
        self.sought <= SOUGHT_MAX
    }

    /// Makes room for so many nodes more.
    pub(super) fn reserve(&mut self, nodes: usize) {
        self.program.nodes.reserve(nodes);
        self.reach.reserve(nodes);
        self.seen.reserve(nodes);
        let slots = 2 * (self.program.nodes.len() + nodes);
        if self.slots.len() < slots {
            self.widen(slots);
        }
    }

    /// Returns the place of a node, which is put in if no equal one is there.
    pub(super) fn add(&mut self, node: Node) -> NodeId {
        if self.slots.len() <= 2 * self.program.nodes.len() {
            self.widen(2 * self.slots.len());
        }
        let (slot, found) = self.find(&node);
        if let Some(place) = found {
            return place;
        }
        let place = NodeId(u32::try_from(self.program.nodes.len()).unwrap_or(u32::MAX));
        self.reach.push(self.reach_of(&node));
        self.seen.push(0);
        self.program.nodes.push(node);
        self.slots[slot] = Some(place);
        place
    }

    /// Makes at least so many slots.
    fn widen(&mut self, slots: usize) {
        self.slots = vec![None; slots.next_power_of_two().max(SLOTS_MIN)];
        // In the order in which they came, so that they can be taken out in the opposite one.
        for place in (0..).map(NodeId).take(self.program.nodes.len()) {
            let (slot, _) = self.find(&self.node(place));
            self.slots[slot] = Some(place);
        }
    }

    /// Returns the slot that a node is in or would be put in, and its place if it is there.
    fn find(&self, node: &Node) -> (usize, Option<NodeId>) {
        let mut hash = MixedHash::default();
        node.hash(&mut hash);
        let last = self.slots.len() - 1;
        // The lowest bits are mixed as well as all others.
        let mut slot = usize::try_from(hash.finish() & last as u64).unwrap_or(0);
        while let Some(place) = self.slots[slot] {
            if self.node(place) == *node {
                return (slot, Some(place));
            }
            slot = (slot + 1) & last;
        }
        (slot, None)
    }

    pub(super) fn node(&self, place: NodeId) -> Node {
        self.program.nodes[place.0 as usize]
    }

    /// Returns how many minutes, its own included, the node looks at.
    pub(super) fn reach(&self, place: NodeId) -> u32 {
        self.reach[place.0 as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.program.nodes.len()
    }

    /// Takes out all nodes from the place `len` on.
    pub(super) fn truncate(&mut self, len: usize) {
        // The last are taken out first, so that none is left behind a slot that is free.
        while len < self.program.nodes.len() {
            if let Some(node) = self.program.nodes.last().copied() {
                let (slot, _) = self.find(&node);
                self.slots[slot] = None;
            }
            self.program.nodes.pop();
        }
        self.reach.truncate(len);
        self.seen.truncate(len);
    }

    /// Returns the nodes that the given ones are made of, themselves included, each once.
    ///
    /// The work is that of these nodes, however many others there are.
    pub(super) fn used_by(&mut self, roots: impl IntoIterator<Item = NodeId>) -> Vec<NodeId> {
        self.walks = self.walks.checked_add(1).unwrap_or_else(|| {
            self.seen.fill(0);
            1
        });
        let mut used = Vec::with_capacity(USED_USUAL);
        for root in roots {
            self.see(root, &mut used);
        }
        let mut at = 0;
        while let Some(place) = used.get(at) {
            for operand in self.node(*place).operands() {
                self.see(operand, &mut used);
            }
            at += 1;
        }
        used
    }

    /// Takes in a node that was not seen in this walk.
    fn see(&mut self, place: NodeId, used: &mut Vec<NodeId>) {
        let seen = &mut self.seen[place.0 as usize];
        if *seen != self.walks {
            *seen = self.walks;
            used.push(place);
        }
    }

    pub(super) fn finish(self) -> Program {
        self.program
    }

    fn reach_of(&self, node: &Node) -> u32 {
        let widest = node.operands().map(|of| self.reach(of)).max().unwrap_or(0);
        match *node {
            Node::Literal(_) => 0,
            Node::Codes(_)
            | Node::Requests
            | Node::RequestsOf(_)
            | Node::NoData
            | Node::NoTraffic => 1,
            Node::Share(_, over) => over,
            Node::Offset(_, by) => widest.saturating_add(by),
            // What looks at no minute is the same in all of them.
            Node::Window(_, _, over) | Node::Hold { over, .. } => match widest {
                0 => 0,
                _ => widest.saturating_add(over - 1),
            },
            Node::Negative(_)
            | Node::Add(..)
            | Node::Subtract(..)
            | Node::Multiply(..)
            | Node::Divide(..)
            | Node::OrElse(..)
            | Node::Compare(..)
            | Node::And(..)
            | Node::Or(..)
            | Node::Not(_)
            | Node::Given(..) => widest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::Decimal;

    fn literal(value: i64) -> Node {
        Node::Literal(Decimal::from_integer(value).unwrap())
    }

    #[test]
    fn a_node_keeps_its_place_while_others_come_and_go() {
        let many = 10 * i64::try_from(SLOTS_MIN).unwrap();
        let place = |value: i64| NodeId(u32::try_from(value).unwrap());
        let mut graph = Graph::default();
        for value in 0..many {
            assert_eq!(graph.add(literal(value)), place(value));
        }
        for value in 0..many {
            assert_eq!(graph.add(literal(value)), place(value));
        }
        graph.truncate(SLOTS_MIN);
        let left = i64::try_from(SLOTS_MIN).unwrap();
        for value in 0..left {
            assert_eq!(graph.add(literal(value)), place(value));
        }
        for value in 0..many {
            let after = place(left + value);
            assert_eq!(graph.add(literal(many + value)), after);
        }
        assert_eq!(graph.add(literal(left)), place(left + many));
    }
}
