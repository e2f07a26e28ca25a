//! The values that rules compare on one domain, minute by minute: what a chart shows.

use std::collections::{BTreeMap, BTreeSet};

use super::track::Track;
use crate::engine::{Rule, Ruleset, SeriesEngine};
use crate::lang::Program;
use crate::lang::ast::Comparator;
use crate::lang::program::{Node, NodeId, Part, Tier, Type};
use crate::unit::{Decimal, Minute, Severity};

/// A value over time, and what it is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Curve {
    /// The value, in canonical form.
    pub text: String,
    /// Its type.
    pub of: Type,
    /// What it is compared with, by which rule.
    pub thresholds: Vec<Line>,
    /// The value of each minute from the track's first to its last; `None` is unknown.
    pub values: Vec<Option<Decimal>>,
}

/// A constant that a value is compared with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// The constant.
    pub value: Decimal,
    /// The rule.
    pub rule: String,
    /// The severity.
    pub severity: Severity,
}

/// The curves of a series, and how many there is no room for.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Curves {
    /// Those that are shown.
    pub shown: Vec<Curve>,
    /// How many further values rules look at.
    pub left: usize,
}

/// Returns the curves of the rules about a series, at most `most`, from the minute `first` on: the
/// main values of the rules in `ahead` first, in their order, then what else these look at, then the
/// values of the others as they stand in the file.
pub fn curves(
    ruleset: Ruleset<'_>,
    program: &Program,
    track: &Track,
    (ahead, first, most): (&[&str], Minute, usize),
) -> Curves {
    let domain = track.series.domain.as_str();
    let rules = ruleset.rules.iter();
    let mut rules: Vec<&Rule> = rules.filter(|rule| rule.domains.matches(domain)).collect();
    let place = |rule: &Rule| ahead.iter().position(|name| *name == rule.name);
    rules.sort_by_key(|rule| place(rule).unwrap_or(ahead.len()));
    let of_ahead = rules.iter().filter(|rule| place(rule).is_some());
    let mains = of_ahead.flat_map(|rule| rule.compiled.tiers.iter().rev());
    let mains = mains.filter_map(|tier| values(tier).next());
    let all = rules.iter().flat_map(|rule| &rule.compiled.tiers);
    let mut places: BTreeMap<NodeId, usize> = BTreeMap::new();
    let mut found: Vec<Curve> = Vec::new();
    let mut left: BTreeSet<NodeId> = BTreeSet::new();
    for part in mains.chain(all.flat_map(values)) {
        if places.contains_key(&part.node) {
            continue;
        }
        if found.len() == most {
            left.insert(part.node);
            continue;
        }
        places.insert(part.node, found.len());
        found.push(Curve {
            text: part.text.clone(),
            of: part.of,
            thresholds: Vec::new(),
            values: Vec::new(),
        });
    }
    for rule in rules {
        mark(rule, program, (&places, &mut found));
    }
    fill(ruleset, track, first, (&places, &mut found));
    Curves {
        shown: found,
        left: left.len(),
    }
}

/// Returns the parts of a severity that are values, the main one first.
fn values(tier: &Tier) -> impl Iterator<Item = &Part> {
    tier.parts.iter().filter(|part| part.of != Type::Condition)
}

/// Adds what a rule compares values with.
fn mark(
    rule: &Rule,
    program: &Program,
    (places, found): (&BTreeMap<NodeId, usize>, &mut Vec<Curve>),
) {
    for tier in &rule.compiled.tiers {
        let conditions = [tier.condition].into_iter().chain(tier.until);
        let of_parts: BTreeSet<NodeId> = values(tier).map(|part| part.node).collect();
        for (node, value) in compared(program, conditions) {
            let line = Line {
                value,
                rule: rule.name.clone(),
                severity: tier.severity,
            };
            let place = places.get(&node).filter(|_| of_parts.contains(&node));
            if let Some(curve) = place.and_then(|place| found.get_mut(*place))
                && !curve.thresholds.contains(&line)
            {
                curve.thresholds.push(line);
            }
        }
    }
}

fn fill(
    ruleset: Ruleset<'_>,
    track: &Track,
    first: Minute,
    (places, found): (&BTreeMap<NodeId, usize>, &mut Vec<Curve>),
) {
    let mut engine = SeriesEngine::new(track.series.clone(), track.history_begin, ruleset);
    for (minute, observation) in track.observations() {
        engine.advance(minute, observation, ruleset, |_| false);
        if minute < first {
            continue;
        }
        for (node, place) in places {
            if let Some(curve) = found.get_mut(*place) {
                curve.values.push(engine.values().decimal(*node));
            }
        }
    }
}

/// Returns which values conditions compare with which constants.
pub(super) fn compared(
    program: &Program,
    conditions: impl IntoIterator<Item = NodeId>,
) -> Vec<(NodeId, Decimal)> {
    let node = |id: NodeId| program.nodes.get(id.0 as usize).copied();
    let literal = |id: NodeId| match node(id)? {
        Node::Literal(value) => Some(value),
        Node::Negative(of) => match node(of)? {
            Node::Literal(value) => Some(-value),
            _ => None,
        },
        _ => None,
    };
    let mut seen = BTreeSet::new();
    let mut open: Vec<NodeId> = conditions.into_iter().collect();
    let mut found = Vec::new();
    while let Some(id) = open.pop() {
        let Some(node) = node(id).filter(|_| seen.insert(id)) else {
            continue;
        };
        if let Node::Compare(comparator, a, b) = node
            && comparator != Comparator::NotEqual
        {
            found.extend(literal(b).map(|value| (a, value)));
            found.extend(literal(a).map(|value| (b, value)));
        }
        open.extend(node.operands());
    }
    found
}
