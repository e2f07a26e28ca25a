//! What the pipeline goes by: the rules, whom to tell, and which domains there are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::intake::Settling;
use crate::dispatch::Policy;
use crate::engine::{Plan, Rule, Ruleset};
use crate::lang::Program;
use crate::lang::program::{Node, NodeId};
use crate::unit::{AccountName, DomainName};

/// Which domains of an account are judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watched {
    /// These.
    Listed(Vec<DomainName>),
    /// Those of the account's listings.
    Discovered,
}

/// What a checked rules file means to the pipeline.
#[derive(Clone, Debug)]
pub struct Setup {
    program: Arc<Program>,
    plan: Plan,
    rules: Vec<Rule>,
    /// What each rule means, in the rules' order.
    meanings: Vec<String>,
    /// The places of the rules of many domains.
    fleets: Vec<usize>,
    /// The places of the rules that ask for the absence of data or traffic.
    of_absence: BTreeSet<usize>,
    /// Whom to tell, and in which words.
    pub policy: Policy,
    /// When a minute is judged.
    pub settling: Settling,
    /// Which domains each account has.
    pub accounts: BTreeMap<AccountName, Watched>,
}

impl Setup {
    /// Returns the setup of these rules, which were lowered into this program.
    pub fn new(
        program: &Program,
        rules: Vec<Rule>,
        policy: Policy,
        settling: Settling,
        accounts: BTreeMap<AccountName, Watched>,
    ) -> Self {
        let nodes = program.meanings();
        let absent = nodes_of_absence(program);
        let asks = |rule: &Rule| {
            rule.compiled
                .tiers
                .iter()
                .any(|tier| absent.contains(&tier.condition))
        };
        let of_absence = rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| asks(rule))
            .map(|(at, _)| at)
            .collect();
        let fleets = rules.iter().enumerate().filter(|(_, rule)| rule.is_fleet());
        Self {
            fleets: fleets.map(|(at, _)| at).collect(),
            program: Arc::new(program.clone()),
            plan: Plan::new(program),
            meanings: rules.iter().map(|rule| rule.meaning(&nodes)).collect(),
            rules,
            of_absence,
            policy,
            settling,
            accounts,
        }
    }

    /// Returns the rules as the engine takes them.
    pub fn ruleset(&self) -> Ruleset<'_> {
        Ruleset {
            plan: &self.plan,
            rules: &self.rules,
        }
    }

    /// Returns the program that the rules were lowered into.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Returns the rules, in order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Returns the places of the rules of many domains.
    pub fn fleets(&self) -> impl Iterator<Item = usize> {
        self.fleets.iter().copied()
    }

    /// Returns what a rule means, by its place.
    pub fn meaning(&self, place: usize) -> &str {
        &self.meanings[place]
    }

    /// Returns the place of a rule by its name.
    pub fn place_of(&self, name: &str) -> Option<usize> {
        self.rules.iter().position(|rule| rule.name == name)
    }

    /// Whether a rule asks for the absence of data or traffic.
    pub fn is_of_absence(&self, name: &str) -> bool {
        self.place_of(name)
            .is_some_and(|place| self.of_absence.contains(&place))
    }
}

/// Returns the nodes that `no data` or `no traffic` is a part of. Operands stand before users.
fn nodes_of_absence(program: &Program) -> BTreeSet<NodeId> {
    let mut found = BTreeSet::new();
    for (id, node) in (0..).map(NodeId).zip(&program.nodes) {
        if matches!(node, Node::NoData | Node::NoTraffic)
            || node.operands().any(|of| found.contains(&of))
        {
            found.insert(id);
        }
    }
    found
}
