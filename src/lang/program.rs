//! Expressions as the engine runs them: one graph of typed nodes for all rules.
//!
//! Every node stands once, however many rules share it, and after those that it uses. Names,
//! parentheses, `change` and `burn` are gone: they are written with what is left.

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
        const ANY: NodeId = NodeId(0);
        match self {
            Self::Offset(_, minutes) => Self::Offset(ANY, minutes),
            Self::Negative(_) => Self::Negative(ANY),
            Self::Add(..) => Self::Add(ANY, ANY),
            Self::Subtract(..) => Self::Subtract(ANY, ANY),
            Self::Multiply(..) => Self::Multiply(ANY, ANY),
            Self::Divide(..) => Self::Divide(ANY, ANY),
            Self::OrElse(..) => Self::OrElse(ANY, ANY),
            Self::Window(reduce, _, over) => Self::Window(reduce, ANY, over),
            Self::Compare(comparator, ..) => Self::Compare(comparator, ANY, ANY),
            Self::And(..) => Self::And(ANY, ANY),
            Self::Or(..) => Self::Or(ANY, ANY),
            Self::Not(_) => Self::Not(ANY),
            Self::Given(..) => Self::Given(ANY, ANY),
            Self::Hold { needed, over, .. } => Self::Hold {
                of: ANY,
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
