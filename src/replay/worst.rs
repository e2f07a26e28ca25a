//! Which firings were the worst: those that a reader must see first.
//!
//! By severity; then by how many domains fired at once; then by how far beyond its threshold the
//! value was, in tenths of the way to the worst that it can be; then by how long it fired.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::curve::compared;
use super::firing::Firing;
use crate::engine::{Rule, Subject};
use crate::lang::Program;
use crate::lang::program::{Node, NodeId, Reduce, Tier, Worst};
use crate::unit::{Decimal, DomainName, Minute};

/// How many of the most severe firings are weighed against each other: with each other, that is the
/// square of it.
const WEIGHED_MAX: usize = 3_000;

/// How many minutes before a rule of many an alert on one domain may have begun that is of the same
/// outage: its threshold may be lower.
const LEAD: i64 = 10;

/// What happened, by the firing that stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage<'a> {
    /// The firing.
    pub firing: &'a Firing,
    /// The other rules that fired on its domains at the same time, by their names.
    pub also: Vec<&'a str>,
    /// How many domains fired by its rule at once, this one included; of a rule of many, how many it
    /// counted.
    pub domains: usize,
}

/// Returns the worst of what happened, at most `most`, the worst first.
///
/// A rule of many domains stands for the firings that began on its domains while it fired; of the
/// firings of one rule and severity that were at once on several domains, and of those of other rules that
/// were at once on these, the worst stands for all.
pub fn worst<'a>(
    firings: &'a [Firing],
    (program, rules): (&Program, &[Rule]),
    last: Minute,
    most: usize,
) -> Vec<Outage<'a>> {
    let weigh = |firing: &'a Firing| {
        let tier = tier_of(rules, firing);
        let beyond = tier.map_or(0, |tier| tenths_beyond(program, tier, firing));
        ((firing.severity, beyond, firing.minutes(last)), firing)
    };
    let mut weighed: Vec<_> = firings.iter().map(weigh).collect();
    weighed.sort_by_key(|(weight, firing)| (Reverse(*weight), firing.fired));
    weighed.truncate(WEIGHED_MAX);
    let mut ranked: Vec<_> = weighed
        .iter()
        .map(|(weight, firing)| {
            let domains = match firing.domain() {
                Some(_) => at_once(firing, weighed.iter().map(|(_, of)| *of)).len(),
                None => counted(firing),
            };
            let (severity, beyond, minutes) = *weight;
            let is_fleet = firing.domain().is_none();
            let rank = (severity, domains, is_fleet, beyond, minutes);
            (rank, (*firing, domains))
        })
        .collect();
    ranked.sort_by_key(|(rank, (firing, _))| (Reverse(*rank), firing.fired));
    let mut shown: Vec<(Outage<'a>, BTreeSet<&DomainName>)> = Vec::new();
    for (_, (firing, domains)) in ranked {
        if shown.len() == most {
            break;
        }
        let is_told = |(of, on): &(Outage<'_>, BTreeSet<&DomainName>)| {
            stands_for(of.firing, on, firing, rules)
        };
        if !shown.iter().any(is_told) {
            let on = at_once(firing, weighed.iter().map(|(_, of)| *of));
            let also = others_on(&on, firing, firings);
            shown.push((
                Outage {
                    firing,
                    also,
                    domains,
                },
                on,
            ));
        }
    }
    shown.into_iter().map(|(outage, _)| outage).collect()
}

/// Returns the other rules that fire on these domains while a firing does.
fn others_on<'a>(on: &BTreeSet<&DomainName>, firing: &Firing, all: &'a [Firing]) -> Vec<&'a str> {
    let others = all.iter().filter(|of| {
        let is_there = of.domain().is_some_and(|domain| on.contains(domain));
        of.key.rule != firing.key.rule && is_there && meets(firing, of)
    });
    let names: BTreeSet<&str> = others.map(|of| of.key.rule.as_str()).collect();
    names.into_iter().collect()
}

/// Whether the value that an evidence shows is of another time than the minute that is judged, such
/// as yesterday's traffic: then it says nothing of what was wrong.
pub fn is_reference(program: &Program, tier: &Tier) -> bool {
    let first = tier.parts.first();
    let node = first.and_then(|part| program.nodes.get(part.node.0 as usize));
    matches!(node, Some(Node::Offset(..)))
}

/// Returns the severity of a rule whose condition a firing was of at its worst.
pub fn tier_of<'a>(rules: &'a [Rule], firing: &Firing) -> Option<&'a Tier> {
    let rule = rules.iter().find(|rule| rule.name == firing.key.rule)?;
    rule.tier(firing.severity)
}

/// Returns how many domains a rule of many counted at the worst.
fn counted(firing: &Firing) -> usize {
    let counted = firing.peak.as_ref();
    let counted = counted.map_or(1, |peak| peak.value.units() / Decimal::ONE.units());
    usize::try_from(counted.max(1)).unwrap_or(1)
}

/// Returns the domains that fired by a rule, at this severity and at the same time as this firing, its own
/// among them.
fn at_once<'a>(
    firing: &'a Firing,
    all: impl Iterator<Item = &'a Firing>,
) -> BTreeSet<&'a DomainName> {
    let of_rule = all.filter(|of| of.key.rule == firing.key.rule);
    let at_once = of_rule.filter(|of| of.severity == firing.severity && meets(firing, of));
    at_once
        .filter_map(Firing::domain)
        .chain(firing.domain())
        .collect()
}

/// Whether two firings have a minute in common in which both fire.
fn meets(one: &Firing, other: &Firing) -> bool {
    let begins_before_end = |a: &Firing, b: &Firing| b.end.is_none_or(|end| a.fired < end);
    begins_before_end(one, other) && begins_before_end(other, one)
}

/// Whether what is told of one firing, which was on these domains at once, tells of the other as well.
fn stands_for(told: &Firing, on: &BTreeSet<&DomainName>, other: &Firing, rules: &[Rule]) -> bool {
    match (&told.key.subject, other.domain()) {
        (Subject::Fleet, Some(domain)) => {
            let rule = rules.iter().find(|rule| rule.name == told.key.rule);
            let is_its = rule.is_some_and(|rule| rule.domains.matches(domain.as_str()));
            let began_before_end = told.end.is_none_or(|end| other.since < end);
            let began = other.since.epoch() - told.since.epoch();
            is_its && -LEAD <= began && began_before_end
        }
        (Subject::Series(_), Some(domain)) => {
            let is_of_rule = told.key.rule == other.key.rule && told.severity == other.severity;
            let is_again = is_of_rule && told.key == other.key;
            is_again || (is_of_rule || on.contains(domain)) && meets(told, other)
        }
        (Subject::Fleet | Subject::Series(_) | Subject::Account { .. }, _) => false,
    }
}

/// Returns how far beyond its threshold the worst value was, in tenths: 0 at the threshold, 10 at the
/// worst that it can be. Of a value without an end, how much of it lies beyond.
fn tenths_beyond(program: &Program, tier: &Tier, firing: &Firing) -> u8 {
    let (Some(part), Some(peak)) = (tier.parts.first(), firing.peak.as_ref()) else {
        return 0;
    };
    let thresholds = compared(program, [tier.condition]);
    let thresholds = thresholds
        .into_iter()
        .filter(|(node, _)| *node == part.node);
    let thresholds = thresholds.map(|(_, value)| i128::from(value.units()));
    let peak = i128::from(peak.value.units());
    let (beyond, way) = match part.worst {
        Worst::Greatest => {
            let Some(threshold) = thresholds.min() else {
                return 0;
            };
            let most = most(program, part.node).unwrap_or(peak);
            (peak - threshold, most - threshold.min(most))
        }
        Worst::Least => {
            let Some(threshold) = thresholds.max() else {
                return 0;
            };
            (threshold - peak, threshold)
        }
    };
    if way <= 0 {
        return 0;
    }
    u8::try_from((10 * beyond / way).clamp(0, 10)).unwrap_or(0)
}

/// Returns the greatest that a value can be, in units; `None` if it has no end.
fn most(program: &Program, id: NodeId) -> Option<i128> {
    match program.nodes.get(id.0 as usize).copied()? {
        Node::Codes(_) | Node::Share(..) => Some(i128::from(Decimal::HUNDRED.units())),
        Node::Offset(of, _)
        | Node::Window(Reduce::Avg | Reduce::Min | Reduce::Max | Reduce::Percentile(_), of, _) => {
            most(program, of)
        }
        Node::OrElse(of, _) => most(program, of),
        // Such as a burn rate: a share by what of it may be lost.
        Node::Divide(of, by) => match program.nodes.get(by.0 as usize) {
            Some(Node::Literal(by)) if Decimal::ZERO < *by => {
                let one = i128::from(Decimal::ONE.units());
                Some(most(program, of)? * one / i128::from(by.units()))
            }
            _ => None,
        },
        Node::Literal(value) => Some(i128::from(value.units())),
        Node::Requests
        | Node::RequestsOf(_)
        | Node::Negative(_)
        | Node::Add(..)
        | Node::Subtract(..)
        | Node::Multiply(..)
        | Node::Window(Reduce::Sum | Reduce::Stddev, ..)
        | Node::Compare(..)
        | Node::And(..)
        | Node::Or(..)
        | Node::Not(_)
        | Node::NoData
        | Node::NoTraffic
        | Node::Given(..)
        | Node::Hold { .. } => None,
    }
}
