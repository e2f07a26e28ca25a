//! Which values may say something of each other: one and the same, or the same of more or fewer
//! codes, as `avg(503 over 5m)` and `avg(5xx over 5m)`.

use std::collections::BTreeMap;

use crate::lang::program::{Node, NodeId};
use crate::unit::StatusSet;

/// How many different values of rules that share their ground are held against each other: people
/// have a dozen. Beyond, a value is compared with itself alone.
const VALUES_MAX: usize = 128;

/// The values of some rules, each with those that are of more or of fewer codes.
pub(super) struct Kin(BTreeMap<NodeId, Vec<NodeId>>);

impl Kin {
    /// Finds out which of the `values` are alike to which of the `firsts`, by which rules are
    /// looked up.
    pub(super) fn of(
        nodes: &[Node],
        firsts: impl Iterator<Item = NodeId>,
        values: &[&[NodeId]],
    ) -> Self {
        let mut all: Vec<NodeId> = values
            .iter()
            .copied()
            .flatten()
            .copied()
            .chain(firsts)
            .collect();
        all.sort_unstable();
        all.dedup();
        let mut kin: BTreeMap<NodeId, Vec<NodeId>> = BTreeMap::new();
        if VALUES_MAX < all.len() {
            return Self(kin);
        }
        for (at, a) in all.iter().enumerate() {
            for b in &all[at + 1..] {
                if are_alike(nodes, *a, *b) {
                    kin.entry(*a).or_default().push(*b);
                    kin.entry(*b).or_default().push(*a);
                }
            }
        }
        Self(kin)
    }

    /// Returns the values that are of more or fewer codes than this one, and else the same.
    pub(super) fn of_value(&self, value: NodeId) -> &[NodeId] {
        self.0.get(&value).map_or(&[], Vec::as_slice)
    }

    /// Whether each of the values is among the others, or one like it is. Rules that say one
    /// thing by way of other values (`2xx < 80%` for `5xx > 20%`) are not looked for.
    pub(super) fn is_among(&self, values: &[NodeId], among: &[NodeId]) -> bool {
        values.iter().all(|value| {
            let mut alike = self.of_value(*value).iter();
            among.contains(value) || alike.any(|value| among.contains(value))
        })
    }
}

/// Whether two values are the same, but that the one is of some of the codes of the other.
fn are_alike(nodes: &[Node], a: NodeId, b: NodeId) -> bool {
    let (mut a, mut b) = (a, b);
    loop {
        (a, b) = match (nodes[a.0 as usize], nodes[b.0 as usize]) {
            (Node::Codes(a), Node::Codes(b)) | (Node::RequestsOf(a), Node::RequestsOf(b)) => {
                return is_part(a, b);
            }
            (Node::Share(a, over), Node::Share(b, other)) => return over == other && is_part(a, b),
            (Node::Window(reduce, a, over), Node::Window(other, b, long))
                if reduce == other && over == long =>
            {
                (a, b)
            }
            (Node::Offset(a, by), Node::Offset(b, other)) if by == other => (a, b),
            _ => return false,
        };
    }
}

/// Whether one of two sets has all codes of the other.
fn is_part(a: StatusSet, b: StatusSet) -> bool {
    let both = a.intersection(b);
    both == a || both == b
}
