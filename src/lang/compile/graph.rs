//! The graph in the making: equal nodes stand once, and each knows its reach.

use std::collections::{BTreeMap, BTreeSet};

use crate::lang::program::{Node, NodeId, Program};

/// The nodes of all that was lowered so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    program: Program,
    places: BTreeMap<Node, NodeId>,
    /// How many minutes each node looks at, its own included.
    reach: Vec<u32>,
}

impl Graph {
    /// Returns the place of a node, which is put in if no equal one is there.
    pub(super) fn add(&mut self, node: Node) -> NodeId {
        if let Some(place) = self.places.get(&node) {
            return *place;
        }
        let place = NodeId(u32::try_from(self.program.nodes.len()).unwrap_or(u32::MAX));
        self.reach.push(self.reach_of(&node));
        self.program.nodes.push(node);
        self.places.insert(node, place);
        place
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
        for node in self.program.nodes.drain(len..) {
            self.places.remove(&node);
        }
        self.reach.truncate(len);
    }

    /// Returns the nodes that the given ones are made of, themselves included, each once.
    ///
    /// The work is that of these nodes, however many others there are.
    pub(super) fn used_by(&self, roots: &[NodeId]) -> BTreeSet<NodeId> {
        let mut used = BTreeSet::new();
        let mut open = roots.to_vec();
        while let Some(place) = open.pop() {
            if used.insert(place) {
                open.extend(self.node(place).operands());
            }
        }
        used
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
