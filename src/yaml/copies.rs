//! What anchors name and aliases copy: a small text must not become a large tree.

use std::collections::BTreeMap;

use super::node::{Kind, Node};
use crate::diag::{Code, Diagnostic, Span};

/// How many nodes aliases may copy in all: enough for any reuse, too few for a bomb.
const NODES_MAX: usize = 10_000;
/// How many bytes of scalars aliases may copy in all.
const BYTES_MAX: usize = 1 << 20;

/// What anchors name, and how much of it was copied.
#[derive(Default)]
pub(super) struct Copies<'t> {
    /// What can be copied, by the parser's numbers of anchors; `None` is too large.
    named: BTreeMap<usize, Option<(Node<'t>, Weight)>>,
    copied: Weight,
}

impl<'t> Copies<'t> {
    /// Keeps what an anchor names.
    pub(super) fn keep(&mut self, anchor: usize, node: &Node<'t>) {
        let weight = Weight::of(node);
        let kept = weight.map(|weight| (node.clone(), weight));
        self.named.insert(anchor, kept);
    }

    /// Returns a copy of what an anchor names, and how many levels it has.
    pub(super) fn copy(
        &mut self,
        anchor: usize,
        alias: Span,
    ) -> Result<(Node<'t>, usize), Box<Diagnostic>> {
        let Some(named) = self.named.get(&anchor) else {
            let message = "this alias stands within what it names";
            return Err(Box::new(Diagnostic::new(Code::Cycle, alias, message)));
        };
        if let Some((node, weight)) = named {
            self.copied.nodes += weight.nodes;
            self.copied.bytes += weight.bytes;
            if self.copied.nodes <= NODES_MAX && self.copied.bytes <= BYTES_MAX {
                return Ok((node.clone(), weight.depth));
            }
        }
        let message = "the aliases of this file multiply to more than 10000 nodes or 1 MiB";
        let fault = Diagnostic::new(Code::Limit, alias, message);
        Err(Box::new(fault.help("write it out")))
    }
}

/// What a copy of a node costs.
#[derive(Clone, Copy, Default)]
struct Weight {
    nodes: usize,
    bytes: usize,
    depth: usize,
}

impl Weight {
    /// Counts the nodes, the bytes of scalars and the levels; `None` beyond what may be copied.
    fn of(node: &Node<'_>) -> Option<Self> {
        let mut weight = Self::default();
        let mut left = vec![(node, 1)];
        while let Some((node, depth)) = left.pop() {
            weight.nodes += 1;
            weight.depth = weight.depth.max(depth);
            if weight.nodes > NODES_MAX || weight.bytes > BYTES_MAX {
                return None;
            }
            match &node.kind {
                Kind::Scalar(scalar) => weight.bytes += scalar.text.len(),
                Kind::Map(pairs) => {
                    let parts = pairs.iter().flat_map(|(key, value)| [key, value]);
                    left.extend(parts.map(|part| (part, depth + 1)));
                }
                Kind::List(items) => left.extend(items.iter().map(|item| (item, depth + 1))),
                Kind::Unread => {}
            }
        }
        Some(weight)
    }
}
