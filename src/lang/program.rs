//! Expressions as the engine runs them: one graph of typed nodes for all rules.
//!
//! Every node stands once, however many rules share it, and after those that it uses. Names,
//! parentheses, `change` and `burn` are gone: they are written with what is left.

use std::collections::BTreeMap;

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
        self.mapped(|_| NodeId(0))
    }

    /// Returns the node with other operands.
    fn mapped(self, of: impl Fn(NodeId) -> NodeId) -> Self {
        match self {
            Self::Offset(a, minutes) => Self::Offset(of(a), minutes),
            Self::Negative(a) => Self::Negative(of(a)),
            Self::Add(a, b) => Self::Add(of(a), of(b)),
            Self::Subtract(a, b) => Self::Subtract(of(a), of(b)),
            Self::Multiply(a, b) => Self::Multiply(of(a), of(b)),
            Self::Divide(a, b) => Self::Divide(of(a), of(b)),
            Self::OrElse(a, b) => Self::OrElse(of(a), of(b)),
            Self::Window(reduce, a, over) => Self::Window(reduce, of(a), over),
            Self::Compare(comparator, a, b) => Self::Compare(comparator, of(a), of(b)),
            Self::And(a, b) => Self::And(of(a), of(b)),
            Self::Or(a, b) => Self::Or(of(a), of(b)),
            Self::Not(a) => Self::Not(of(a)),
            Self::Given(a, b) => Self::Given(of(a), of(b)),
            Self::Hold {
                of: a,
                needed,
                over,
            } => Self::Hold {
                of: of(a),
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

/// The graph of all nodes, operands before users.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Program {
    /// The nodes.
    pub nodes: Vec<Node>,
}

impl Program {
    /// Returns what a node needs and nothing else, with the node's place in it, which is the last.
    ///
    /// # Panics
    ///
    /// If the node is of another program.
    #[must_use]
    pub fn only(&self, node: NodeId) -> (Self, NodeId) {
        let mut places: BTreeMap<NodeId, NodeId> = BTreeMap::new();
        let mut open = vec![node];
        while let Some(id) = open.pop() {
            if places.insert(id, id).is_none() {
                open.extend(self.nodes[id.0 as usize].operands());
            }
        }
        // Operands stand before their users, and go on to: ids are taken in ascending order.
        for (place, new) in (0..).zip(places.values_mut()) {
            *new = NodeId(place);
        }
        let nodes = places
            .keys()
            .map(|id| self.nodes[id.0 as usize].mapped(|of| places[&of]))
            .collect();
        (Self { nodes }, places[&node])
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
