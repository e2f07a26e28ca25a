//! The graph in the making: equal nodes stand once, and each knows its reach.

use std::collections::BTreeMap;
use std::hash::{Hash as _, Hasher};

use crate::lang::program::{Node, NodeId, Program};

/// The nodes of all that was lowered so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    program: Program,
    /// The places of the nodes by what they hash to, or by the next free number after it.
    places: BTreeMap<u64, NodeId>,
    /// How many minutes each node looks at, its own included.
    reach: Vec<u32>,
    /// In which walk each node was seen last.
    seen: Vec<u32>,
    /// How many walks there were.
    walks: u32,
}

impl Graph {
    /// Returns the place of a node, which is put in if no equal one is there.
    pub(super) fn add(&mut self, node: Node) -> NodeId {
        let (hash, found) = self.find(&node);
        if let Some(place) = found {
            return place;
        }
        let place = NodeId(u32::try_from(self.program.nodes.len()).unwrap_or(u32::MAX));
        self.reach.push(self.reach_of(&node));
        self.seen.push(0);
        self.program.nodes.push(node);
        self.places.insert(hash, place);
        place
    }

    /// Returns the number by which a node is found, and its place if it is there.
    fn find(&self, node: &Node) -> (u64, Option<NodeId>) {
        let mut hash = Mixed::default();
        node.hash(&mut hash);
        let mut number = hash.finish();
        while let Some(place) = self.places.get(&number) {
            if self.node(*place) == *node {
                return (number, Some(*place));
            }
            number = number.wrapping_add(1);
        }
        (number, None)
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
        // The last are taken out first, so that none is left behind a number that is free.
        while len < self.program.nodes.len() {
            if let Some(node) = self.program.nodes.last().copied() {
                let (hash, _) = self.find(&node);
                self.places.remove(&hash);
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
        let mut used = Vec::new();
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

/// A hash of nodes: each word is mixed in by a multiplication. Nothing but the speed depends on it.
#[derive(Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for word in bytes.chunks(8) {
            let mut whole = [0; 8];
            whole[..word.len()].copy_from_slice(word);
            self.write_u64(u64::from_le_bytes(whole));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(u64::from(word));
    }

    fn write_i64(&mut self, word: i64) {
        self.write_u64(word.cast_unsigned());
    }

    fn write_isize(&mut self, word: isize) {
        self.write_u64(word.cast_unsigned() as u64);
    }
}
