//! Which firings were the worst: those that a reader must see first.
//!
//! By severity; then by how many domains fired at once; then by how far beyond its threshold the
//! value was, in tenths of the way to the worst that it can be; then by how long it fired.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::curve::compared;
use super::firing::Firing;
use crate::engine::{AlertKey, Rule, Subject};
use crate::lang::Program;
use crate::lang::program::{Node, NodeId, Reduce, Tier, Worst};
use crate::unit::{Decimal, DomainName, Minute, Severity};

/// How many of the most severe are weighed against each other: with each other, that is the square of it.
const WEIGHED_MAX: usize = 3_000;

/// How many minutes before an alert another may have begun that is of the same outage: its threshold may be lower.
const LEAD: i64 = 10;

/// How many minutes after its end an alert may fire again that is of the same outage: after as many, one that flaps is
/// taken to be at rest.
const AGAIN: i64 = 30;

/// What happened, by the firing that stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage<'a> {
    /// The worst firing.
    pub firing: &'a Firing,
    /// How often its alert fired, each time soon after the last.
    pub times: usize,
    /// When it began: with the first of its alerts.
    pub fired: Minute,
    /// The first minute at which it fired no longer; `None` if it fires at the end.
    pub end: Option<Minute>,
    /// The other rules that fired on its domains at the same time, each with the minute in which it did so first,
    /// by their names.
    pub also: Vec<(&'a str, Minute)>,
    /// How many domains fired by its rule at once, this one included; of a rule of many, how many it
    /// counted.
    pub domains: usize,
    /// Of a rule of many, the worst alert on one of its domains.
    pub worst_on: Option<&'a Firing>,
    /// The alerts that are as severe and began with it, or a little before, its own first.
    pub alerts: Vec<&'a Firing>,
}

impl<'a> Outage<'a> {
    /// Returns what is told of a firing by itself.
    pub fn alone(firing: &'a Firing) -> Self {
        Self {
            firing,
            times: 1,
            fired: firing.fired,
            end: firing.end,
            also: Vec::new(),
            domains: 1,
            worst_on: None,
            alerts: vec![firing],
        }
    }

    /// Returns how many minutes there are from when it fired first to its end, or to `last`.
    pub fn minutes(&self, last: Minute) -> u64 {
        let end = self.end.unwrap_or(last.next());
        u64::try_from(end.epoch() - self.fired.epoch()).unwrap_or(0)
    }
}

/// How bad a firing was: its severity, how far it was beyond its threshold, for how long.
type Weight = (Severity, u16, u64);

/// The firings of one alert, each soon after the last.
struct Episode<'a> {
    firings: Vec<&'a Firing>,
    /// The worst of them, and how bad it was.
    worst: &'a Firing,
    weight: Weight,
}

impl<'a> Episode<'a> {
    fn first(&self) -> &'a Firing {
        self.firings.first().copied().unwrap_or(self.worst)
    }

    fn end(&self) -> Option<Minute> {
        self.firings.last().copied().unwrap_or(self.worst).end
    }

    /// Returns those of its firings that were on while another was.
    fn during(&self, other: &Firing) -> impl Iterator<Item = &'a Firing> {
        let is_over = |of: &&Firing| of.end.is_some_and(|end| end <= other.fired);
        let first = self.firings.partition_point(is_over);
        let begun = |of: &&Firing| other.end.is_none_or(|end| of.fired < end);
        let begun = self.firings.partition_point(begun);
        let during = self.firings.get(first..begun).unwrap_or_default();
        during.iter().copied()
    }

    /// Whether both were on in some minute, or between two firings.
    fn meets(&self, other: &Self) -> bool {
        let begins_before_end =
            |a: &Self, b: &Self| b.end().is_none_or(|end| a.first().fired < end);
        begins_before_end(self, other) && begins_before_end(other, self)
    }
}

/// Returns the worst of what happened, at most `most`, the worst first.
///
/// An alert that fires again soon after its end is told once. A rule of many domains stands for the alerts that
/// began on its domains while it fired; of the alerts of one rule and severity that fired at once on several
/// domains, and of those of other rules that did so on these, the worst stands for all.
pub fn worst<'a>(
    firings: &'a [Firing],
    (program, rules): (&Program, &[Rule]),
    last: Minute,
    most: usize,
) -> Vec<Outage<'a>> {
    let weigh = |firing: &Firing| {
        let tier = tier_of(rules, firing);
        let beyond = tier.map_or(0, |tier| beyond(program, tier, firing));
        (firing.severity, beyond, firing.minutes(last))
    };
    let mut episodes = episodes(firings, weigh);
    episodes.sort_by_key(|of| (Reverse(of.weight), of.first().fired));
    let weighed = &episodes[..episodes.len().min(WEIGHED_MAX)];
    let mut ranked: Vec<_> = weighed
        .iter()
        .map(|of| {
            let on = at_once(of.worst, weighed);
            let is_fleet = of.worst.domain().is_none();
            let domains = if is_fleet {
                counted(of.worst)
            } else {
                on.len()
            };
            let (severity, beyond, _) = of.weight;
            let minutes: u64 = of.firings.iter().map(|of| of.minutes(last)).sum();
            let rank = (severity, domains, is_fleet, beyond / STEP, minutes);
            (rank, (of, on, domains))
        })
        .collect();
    ranked.sort_by_key(|(rank, (of, ..))| (Reverse(*rank), of.first().fired));
    let mut shown: Vec<(Outage<'a>, &Episode<'a>, BTreeSet<&DomainName>)> = Vec::new();
    for (_, (episode, on, domains)) in ranked {
        if shown.len() == most {
            break;
        }
        let is_told = shown
            .iter()
            .any(|(_, told, on)| stands_for(told, on, episode, rules));
        if !is_told {
            let told = episodes.iter().filter(|other| {
                other.worst.key != episode.worst.key && stands_for(episode, &on, other, rules)
            });
            let told: Vec<&Episode<'a>> = told.collect();
            shown.push((outage(episode, &told, domains), episode, on));
        }
    }
    shown.into_iter().map(|(outage, ..)| outage).collect()
}

/// Returns the firings of each alert, those together that follow one another soon.
fn episodes<'a>(firings: &'a [Firing], weigh: impl Fn(&Firing) -> Weight) -> Vec<Episode<'a>> {
    let mut episodes: Vec<Episode<'a>> = Vec::new();
    let mut latest: BTreeMap<&AlertKey, usize> = BTreeMap::new();
    for firing in firings {
        let weight = weigh(firing);
        let known = latest.get(&firing.key).copied();
        let known = known.and_then(|at| Some((at, episodes.get_mut(at)?)));
        let known = known.filter(|(_, of)| {
            let end = of.end();
            end.is_some_and(|end| firing.fired.epoch() - end.epoch() <= AGAIN)
        });
        if let Some((_, episode)) = known {
            episode.firings.push(firing);
            if episode.weight < weight {
                (episode.worst, episode.weight) = (firing, weight);
            }
        } else {
            latest.insert(&firing.key, episodes.len());
            episodes.push(Episode {
                firings: vec![firing],
                worst: firing,
                weight,
            });
        }
    }
    episodes
}

/// Returns what is told of an episode, together with others.
fn outage<'a>(of: &Episode<'a>, told: &[&Episode<'a>], domains: usize) -> Outage<'a> {
    let own = of.first().fired;
    // Of what is as severe, what fired long before is no part of it.
    let is_part = |other: &&&Episode<'a>| {
        let before = own.epoch() - other.first().fired.epoch();
        of.worst.severity <= other.weight.0 && before <= LEAD
    };
    let parts = told.iter().filter(is_part);
    let fired = parts.clone().map(|other| other.first().fired).min();
    let fired = fired.map_or(own, |fired| fired.min(own));
    let mut also: BTreeMap<&str, Minute> = BTreeMap::new();
    for other in told {
        let fired = other.first().fired;
        let first = also.entry(&other.worst.key.rule).or_insert(fired);
        *first = fired.min(*first);
    }
    also.remove(of.worst.key.rule.as_str());
    let with_value = told.iter().filter(|other| other.worst.peak.is_some());
    let worst_on = with_value.max_by_key(|other| (other.weight, Reverse(other.first().fired)));
    let parts = parts.flat_map(|other| &other.firings);
    Outage {
        firing: of.worst,
        times: of.firings.len(),
        fired,
        end: of.end(),
        also: also.into_iter().collect(),
        domains,
        worst_on: worst_on
            .filter(|_| of.worst.domain().is_none())
            .map(|other| other.worst),
        alerts: of.firings.iter().chain(parts).copied().collect(),
    }
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

/// Returns the domains on which a rule fired at this severity in the minute of this firing in which it did so on the
/// most, its own among them; of a rule of many, those that it counted at first.
fn at_once<'a>(firing: &'a Firing, all: &[Episode<'a>]) -> BTreeSet<&'a DomainName> {
    let Some(own) = firing.domain() else {
        return firing.on.iter().map(|of| &of.domain).collect();
    };
    let of_rule = all
        .iter()
        .filter(|of| of.worst.key.rule == firing.key.rule && of.worst.domain().is_some())
        .flat_map(|of| of.during(firing));
    let spans = of_rule.filter(|of| of.severity == firing.severity);
    let spans = spans.map(|of| {
        let end = match (of.end, firing.end) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        (of.fired.max(firing.fired), end, of)
    });
    let spans: Vec<(Minute, Option<Minute>, &Firing)> = spans.collect();
    // It fires on the most where one begins.
    let mut begins: Vec<Minute> = spans.iter().map(|(from, ..)| *from).collect();
    begins.sort_unstable();
    let mut ends: Vec<Minute> = spans.iter().filter_map(|(_, end, _)| *end).collect();
    ends.sort_unstable();
    let count = |at: Minute| {
        let begun = begins.partition_point(|begin| *begin <= at);
        begun - ends.partition_point(|end| *end <= at)
    };
    let fullest = begins
        .iter()
        .copied()
        .max_by_key(|at| (count(*at), Reverse(*at)));
    let fullest = fullest.unwrap_or(firing.fired);
    let on = spans
        .iter()
        .filter(|(from, end, _)| *from <= fullest && end.is_none_or(|end| fullest < end));
    on.filter_map(|(.., of)| of.domain()).chain([own]).collect()
}

/// Whether what is told of one, which was on these domains at once, tells of the other as well.
fn stands_for(
    told: &Episode<'_>,
    on: &BTreeSet<&DomainName>,
    other: &Episode<'_>,
    rules: &[Rule],
) -> bool {
    match (&told.worst.key.subject, other.worst.domain()) {
        (Subject::Fleet, Some(domain)) => {
            let rule = rules.iter().find(|rule| rule.name == told.worst.key.rule);
            let is_its = rule.is_some_and(|rule| rule.domains.matches(domain.as_str()));
            let since = other.first().since;
            let began_before_end = told.end().is_none_or(|end| since < end);
            let began = since.epoch() - told.first().since.epoch();
            is_its && -LEAD <= began && began_before_end
        }
        (Subject::Series(_), Some(domain)) => on.contains(domain) && told.meets(other),
        (Subject::Fleet | Subject::Series(_) | Subject::Account { .. }, _) => false,
    }
}

/// How many of the steps in which it is said how far a value was beyond its threshold are a tenth of the way: of two
/// alerts, less says nothing.
const STEP: u16 = 1_000;

/// Returns how far beyond its threshold the worst value was: 0 at the threshold, ten [`STEP`]s at the
/// worst that it can be. Of a value without an end, how much of it lies beyond.
fn beyond(program: &Program, tier: &Tier, firing: &Firing) -> u16 {
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
    let most = i128::from(10 * STEP);
    u16::try_from((most * beyond / way).clamp(0, most)).unwrap_or(0)
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
