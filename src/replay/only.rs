//! Some of the rules, and nothing of what only the others look at.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::{Plan, Rule, Ruleset};
use crate::lang::Program;
use crate::lang::program::Tier;

/// Rules that are run by themselves.
pub(super) struct Only {
    program: Program,
    plan: Plan,
    rules: Vec<Rule>,
}

impl Only {
    /// Returns the rules with these names, in order.
    pub(super) fn of(program: &Program, rules: &[Rule], names: &BTreeSet<String>) -> Self {
        let chosen = rules.iter().filter(|rule| names.contains(&rule.name));
        let mut rules: Vec<Rule> = chosen.cloned().collect();
        let tiers = rules.iter().flat_map(|rule| &rule.compiled.tiers);
        let (part, renamed) = program.part(tiers.flat_map(Tier::roots));
        for rule in &mut rules {
            for tier in &mut Arc::make_mut(&mut rule.compiled).tiers {
                tier.rename(&renamed);
            }
        }
        Self {
            plan: Plan::new(&part),
            program: part,
            rules,
        }
    }

    /// Returns the program that they were lowered into.
    pub(super) fn program(&self) -> &Program {
        &self.program
    }

    /// Returns them as the engine takes them.
    pub(super) fn ruleset(&self) -> Ruleset<'_> {
        Ruleset {
            plan: &self.plan,
            rules: &self.rules,
        }
    }
}
