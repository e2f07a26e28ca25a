//! Why a rule was unknown in every minute: then that it never fired says nothing about it.

use std::collections::BTreeSet;
use std::slice::from_ref;

use super::only::Only;
use super::track::Track;
use crate::engine::{Coverage, Observation, Rule, SeriesEngine};
use crate::lang::Program;
use crate::lang::program::{Node, NodeId, Tier};
use crate::unit::Minute;

/// Why a rule was unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blind {
    /// It looks back further than the data goes.
    Short {
        /// How many minutes it looks at, its own included.
        reach: u64,
        /// Of how many minutes anything is known.
        minutes: u64,
    },
    /// It counts requests, and no sample does.
    Uncounted,
    /// This value, in canonical form, was unknown in every minute.
    Value(String),
    /// What stands behind its `given` was never true.
    Guarded,
    /// All of its values were known in some minutes, but not when they would have had to be.
    Whole,
}

/// Returns why a rule was unknown in every minute of a series that it is about, from the minute `first` on.
pub fn blind(program: &Program, rule: &Rule, track: &Track, first: Minute) -> Blind {
    let reach = rule.compiled.reach;
    let begin = track.history_begin.unwrap_or(track.first);
    if track.last < Coverage::begin(reach, begin) {
        let minutes = track.last.next().epoch() - begin.epoch();
        return Blind::Short {
            reach: reach.into(),
            minutes: u64::try_from(minutes).unwrap_or(0),
        };
    }
    let only = Only::of(
        program,
        from_ref(rule),
        &BTreeSet::from([rule.name.clone()]),
    );
    let (ruleset, program) = (only.ruleset(), only.program());
    let tiers = ruleset.rules.iter().flat_map(|rule| &rule.compiled.tiers);
    let parts = tiers.flat_map(|tier: &Tier| &tier.parts);
    let mut unknown: Vec<_> = parts.collect();
    let guards = program.nodes.iter().filter_map(|node| match node {
        Node::Given(_, guard) => Some(*guard),
        _ => None,
    });
    let mut untrue: Vec<NodeId> = guards.collect();
    let mut is_counted = false;
    let mut engine = SeriesEngine::new(track.series.clone(), track.history_begin, ruleset);
    for (minute, observation) in track.observations() {
        engine.advance(minute, observation, ruleset, |_| false);
        if let Observation::Sample(sample) = observation {
            is_counted |= sample.requests().is_some();
        }
        if first <= minute {
            let values = engine.values();
            unknown.retain(|part| !values.is_known(part.node));
            untrue.retain(|guard| values.truth(*guard) != Some(true));
        }
    }
    match unknown.first() {
        Some(part) if !is_counted && counts(program, part.node) => Blind::Uncounted,
        Some(part) => Blind::Value(part.text.clone()),
        None if !untrue.is_empty() => Blind::Guarded,
        None => Blind::Whole,
    }
}

/// Whether a value is made of counts of requests.
fn counts(program: &Program, id: NodeId) -> bool {
    let (part, _) = program.part([id]);
    let is_count =
        |node: &Node| matches!(node, Node::Requests | Node::RequestsOf(_) | Node::Share(..));
    part.nodes.iter().any(is_count)
}
