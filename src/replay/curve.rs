//! The values that rules compare on one domain, minute by minute: what a chart shows.

use std::collections::{BTreeMap, BTreeSet};

use super::track::Track;
use crate::engine::{Ruleset, SeriesEngine};
use crate::lang::Program;
use crate::lang::ast::Comparator;
use crate::lang::program::{Node, NodeId, Tier, Type};
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

/// Returns the curves of all rules about a series, at most `most`, those of the first rules first,
/// from the minute `first` on.
pub fn curves(
    ruleset: Ruleset<'_>,
    program: &Program,
    track: &Track,
    (first, most): (Minute, usize),
) -> Vec<Curve> {
    let mut places: BTreeMap<NodeId, usize> = BTreeMap::new();
    let mut found: Vec<Curve> = Vec::new();
    let domain = track.series.domain.as_str();
    let rules = ruleset.rules.iter();
    for rule in rules.filter(|rule| rule.domains.matches(domain)) {
        for tier in &rule.compiled.tiers {
            let compared = compared(program, tier);
            for part in tier.parts.iter().filter(|part| part.of != Type::Condition) {
                if found.len() == most && !places.contains_key(&part.node) {
                    continue;
                }
                let place = *places.entry(part.node).or_insert_with(|| {
                    found.push(Curve {
                        text: part.text.clone(),
                        of: part.of,
                        thresholds: Vec::new(),
                        values: Vec::new(),
                    });
                    found.len() - 1
                });
                let lines = compared.iter().filter(|(node, _)| *node == part.node);
                let lines = lines.map(|(_, value)| Line {
                    value: *value,
                    rule: rule.name.clone(),
                    severity: tier.severity,
                });
                for line in lines {
                    if let Some(curve) = found.get_mut(place)
                        && !curve.thresholds.contains(&line)
                    {
                        curve.thresholds.push(line);
                    }
                }
            }
        }
    }
    fill(ruleset, track, first, (&places, &mut found));
    found
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

/// Returns which values a tier compares with which constants.
fn compared(program: &Program, tier: &Tier) -> Vec<(NodeId, Decimal)> {
    let node = |id: NodeId| program.nodes.get(id.0 as usize).copied();
    let literal = |id: NodeId| match node(id) {
        Some(Node::Literal(value)) => Some(value),
        _ => None,
    };
    let (mut seen, mut open) = (BTreeSet::new(), vec![tier.condition]);
    open.extend(tier.until);
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
