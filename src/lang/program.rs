//! Expressions as the engine runs them: one graph of typed nodes for all rules.
//!
//! Every node stands once, however many rules share it, and after those that it uses. Names,
//! parentheses, `change` and `burn` are gone: they are written with what is left.

use std::collections::{BTreeMap, BTreeSet};

use super::ast::{Comparator, Fleet};
use crate::unit::{Decimal, Severity, StatusSet, stable_id};

/// The place of a node in [`Program::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// What a value is a value of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// A proportion, in percent.
    Proportion,
    /// A plain number.
    Number,
    /// A truth.
    Condition,
}

/// One step of the work of a minute. Operands stand before their users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// The same value at every minute, also before the history begins.
    Literal(Decimal),
    /// The proportion of these codes in the minute, in percent.
    Codes(StatusSet),
    /// The number of responses in the minute.
    Requests,
    /// The number of responses with these codes.
    RequestsOf(StatusSet),
    /// The value of so many minutes ago.
    Offset(NodeId, u32),
    /// The value negated.
    Negative(NodeId),
    /// The sum.
    Add(NodeId, NodeId),
    /// The difference.
    Subtract(NodeId, NodeId),
    /// The product.
    Multiply(NodeId, NodeId),
    /// The quotient.
    Divide(NodeId, NodeId),
    /// The first where it is known, else the second.
    OrElse(NodeId, NodeId),
    /// A function of the known values of the last so many minutes.
    Window(Reduce, NodeId, u32),
    /// The proportion of these codes among all responses of the last so many minutes.
    Share(StatusSet, u32),
    /// A comparison of two values.
    Compare(Comparator, NodeId, NodeId),
    /// Both, by Kleene.
    And(NodeId, NodeId),
    /// Either, by Kleene.
    Or(NodeId, NodeId),
    /// The opposite, by Kleene.
    Not(NodeId),
    /// Whether the source had nothing for the minute.
    NoData,
    /// Whether the minute had no traffic.
    NoTraffic,
    /// The first where the second is true, else unknown.
    Given(NodeId, NodeId),
    /// Whether the condition was true in `needed` of the last `over` minutes.
    Hold {
        /// The condition.
        of: NodeId,
        /// In how many minutes, 1 to `over`.
        needed: u32,
        /// Of how many.
        over: u32,
    },
}

/// What a window makes of its known values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reduce {
    /// The mean.
    Avg,
    /// The sum.
    Sum,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The value of rank ⌈n·N/100⌉ in ascending order, N from 1 to 99.
    Percentile(u8),
    /// The population's standard deviation.
    Stddev,
}

impl Node {
    /// Returns the nodes that this one uses: none, one or two.
    pub fn operands(&self) -> impl Iterator<Item = NodeId> {
        let (first, second) = match *self {
            Self::Literal(_)
            | Self::Codes(_)
            | Self::Requests
            | Self::RequestsOf(_)
            | Self::Share(..)
            | Self::NoData
            | Self::NoTraffic => (None, None),
            Self::Offset(of, _)
            | Self::Negative(of)
            | Self::Window(_, of, _)
            | Self::Not(of)
            | Self::Hold { of, .. } => (Some(of), None),
            Self::Add(a, b)
            | Self::Subtract(a, b)
            | Self::Multiply(a, b)
            | Self::Divide(a, b)
            | Self::OrElse(a, b)
            | Self::Compare(_, a, b)
            | Self::And(a, b)
            | Self::Or(a, b)
            | Self::Given(a, b) => (Some(a), Some(b)),
        };
        first.into_iter().chain(second)
    }
}

impl Node {
    /// Returns the node with every operand named alike: what it is by itself.
    fn alone(self) -> Self {
        self.with(|_| NodeId(0))
    }

    /// Returns the node with other names for its operands.
    pub(crate) fn with(self, name: impl Fn(NodeId) -> NodeId) -> Self {
        match self {
            Self::Offset(of, minutes) => Self::Offset(name(of), minutes),
            Self::Negative(of) => Self::Negative(name(of)),
            Self::Add(a, b) => Self::Add(name(a), name(b)),
            Self::Subtract(a, b) => Self::Subtract(name(a), name(b)),
            Self::Multiply(a, b) => Self::Multiply(name(a), name(b)),
            Self::Divide(a, b) => Self::Divide(name(a), name(b)),
            Self::OrElse(a, b) => Self::OrElse(name(a), name(b)),
            Self::Window(reduce, of, over) => Self::Window(reduce, name(of), over),
            Self::Compare(comparator, a, b) => Self::Compare(comparator, name(a), name(b)),
            Self::And(a, b) => Self::And(name(a), name(b)),
            Self::Or(a, b) => Self::Or(name(a), name(b)),
            Self::Not(of) => Self::Not(name(of)),
            Self::Given(a, b) => Self::Given(name(a), name(b)),
            Self::Hold { of, needed, over } => Self::Hold {
                of: name(of),
                needed,
                over,
            },
            Self::Literal(_)
            | Self::Codes(_)
            | Self::Requests
            | Self::RequestsOf(_)
            | Self::Share(..)
            | Self::NoData
            | Self::NoTraffic => self,
        }
    }
}

/// Up to how many nodes are looked through one by one: nearly all conditions have a dozen.
const FEW: usize = 32;

/// Returns the nodes of a graph that the roots are made of, themselves included, each once and in
/// ascending order: operands before their users.
pub(crate) fn used_by(nodes: &[Node], roots: impl IntoIterator<Item = NodeId>) -> Vec<NodeId> {
    let (mut used, mut seen) = (Vec::with_capacity(FEW), BTreeSet::new());
    let mut take = |id: NodeId, used: &mut Vec<NodeId>| {
        let is_new = if used.len() < FEW {
            !used.contains(&id)
        } else {
            if seen.is_empty() {
                seen.extend(used.iter().copied());
            }
            seen.insert(id)
        };
        if is_new {
            used.push(id);
        }
    };
    for root in roots {
        take(root, &mut used);
    }
    let mut at = 0;
    while let Some(id) = used.get(at).copied() {
        for of in nodes[id.0 as usize].operands() {
            take(of, &mut used);
        }
        at += 1;
    }
    used.sort_unstable();
    used
}

/// The graph of all nodes, operands before users.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Program {
    /// The nodes.
    pub nodes: Vec<Node>,
}

impl Program {
    /// Returns the nodes that the roots are made of, as a program of their own, and the name of
    /// each there.
    pub fn part(
        &self,
        roots: impl IntoIterator<Item = NodeId>,
    ) -> (Self, BTreeMap<NodeId, NodeId>) {
        let used = used_by(&self.nodes, roots);
        let mut names: BTreeMap<NodeId, NodeId> = BTreeMap::new();
        let mut nodes = Vec::with_capacity(used.len());
        for id in used {
            let name = |of: NodeId| names.get(&of).copied().unwrap_or(of);
            let node = self.nodes[id.0 as usize].with(name);
            names.insert(id, NodeId(u32::try_from(nodes.len()).unwrap_or(u32::MAX)));
            nodes.push(node);
        }
        (Self { nodes }, names)
    }

    /// Returns a name for each node that says what it means: the same for equal expressions in
    /// any program, however they are written and whatever stands beside them.
    pub fn meanings(&self) -> Vec<String> {
        let mut meanings: Vec<String> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let alone = format!("{:?}", node.alone());
            let mut parts = vec![alone.as_str()];
            parts.extend(node.operands().map(|of| meanings[of.0 as usize].as_str()));
            meanings.push(stable_id(&parts));
        }
        meanings
    }
}

/// What one severity of a rule looks at, in the program's graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier {
    /// How bad it is.
    pub severity: Severity,
    /// When it fires.
    pub condition: NodeId,
    /// The condition without its `for`s: when it is pending.
    pub unheld: NodeId,
    /// When it resolves, if not just when the condition is false.
    pub until: Option<NodeId>,
    /// How many domains must fire at once, if the rule is of many.
    pub fleet: Option<Fleet>,
    /// How many minutes a run that leads to firing may be interrupted: the largest `D − M` of
    /// the condition's `for M of D`.
    pub slack: u32,
    /// The values that the condition compares, in the order in which they stand, each with its
    /// canonical text.
    pub parts: Vec<Part>,
    /// The condition, `until` and `on …` in canonical form.
    pub text: String,
}

impl Tier {
    /// Returns the nodes that it looks at.
    pub fn roots(&self) -> impl Iterator<Item = NodeId> {
        let parts = self.parts.iter().map(|part| part.node);
        [self.condition, self.unheld]
            .into_iter()
            .chain(self.until)
            .chain(parts)
    }

    /// Gives its nodes the names that they have in a [part](Program::part) of the program.
    pub fn rename(&mut self, names: &BTreeMap<NodeId, NodeId>) {
        let parts = self.parts.iter_mut().map(|part| &mut part.node);
        let roots = [&mut self.condition, &mut self.unheld];
        for root in roots.into_iter().chain(&mut self.until).chain(parts) {
            *root = names.get(root).copied().unwrap_or(*root);
        }
    }
}

/// A value that a condition compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its canonical text.
    pub text: String,
    /// Its node.
    pub node: NodeId,
    /// Its type, for its unit.
    pub of: Type,
    /// Whether the greatest value is the worst (`>`), or the least (`<`).
    pub worst: Worst,
}

/// Which end of a part's values is the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Worst {
    /// The condition asks whether it is above something.
    Greatest,
    /// The condition asks whether it is below something.
    Least,
}

/// A rule's conditions, lowered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// One for each severity, from the least to the worst.
    pub tiers: Vec<Tier>,
    /// How many minutes, the judged one included, a value may look at: the largest of the
    /// conditions' and the `until`s'.
    pub reach: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_roots_are_made_of_is_found_once_each_and_in_order_however_many_there_are() {
        for length in [1, 30, 31, 32, 33, 100] {
            // Each node is made of the two before it, so that all are reached by many ways.
            let mut nodes = vec![Node::Requests, Node::NoData];
            nodes.extend((0..length).map(|at| Node::And(NodeId(at), NodeId(at + 1))));
            nodes.push(Node::NoTraffic);
            let last = NodeId(length + 1);
            let all: Vec<NodeId> = (0..=last.0).map(NodeId).collect();
            assert_eq!(used_by(&nodes, [last, last, NodeId(0)]), all, "{length}");
        }
    }
}
