//! Which rules and severities say no more than another: found once, told by two checks.

use std::collections::BTreeMap;

use super::kin::Kin;
use super::proofs::{Proofs, Standing, Tier};
use super::severities::{Between, begins_with, between, compared, ends_with, fleets, severities};
use super::{Checked, Extent};
use crate::config::RuleOutline;
use crate::engine::OnUnknown;
use crate::lang::ast::Fleet;
use crate::lang::program::NodeId;
use crate::unit::GlobList;

/// How many pairs of rules of one file are compared: ten thousand rules, five of a domain, have
/// fewer. A pair takes some microseconds: these take some tenths of a second at the most.
pub(super) const PAIRS_MAX: usize = 30_000;

/// Which rules and severities say no more than another.
pub(super) struct Implied<'a> {
    /// The severities of rules that a worse one never lets be seen, with that one.
    pub(super) severities: Vec<(Tier<'a>, Tier<'a>, Between)>,
    /// The rules that never say anything that another does not say, each with that one.
    pub(super) rules: Vec<(Tier<'a>, Tier<'a>)>,
    /// The rules that hold whenever one of a lesser severity does that compares the same values, and
    /// in other minutes besides: the lesser one, and that.
    pub(super) inverted: Vec<(Tier<'a>, Tier<'a>)>,
}

impl<'a> Implied<'a> {
    pub(super) fn of(checked: &Checked<'a>) -> Self {
        let open = open(checked);
        Self {
            severities: severities(&checked.proofs),
            rules: rules(checked, &open),
            inverted: inverted(checked, &open),
        }
    }
}

/// A rule whose conditions can be true and can be false.
struct Open<'p, 'a> {
    tiers: &'p [Tier<'a>],
    /// Rules of one number share their [`Ground`].
    ground: usize,
    /// The values that its conditions are made of, in ascending order.
    values: Vec<NodeId>,
}

fn open<'p, 'a>(checked: &'p Checked<'a>) -> Vec<Open<'p, 'a>> {
    let proofs = &checked.proofs;
    let mut grounds = BTreeMap::new();
    // Of a rule of which not every severity is sound, nobody knows all that it says.
    let is_open = |tiers: &&[Tier<'a>]| {
        let mut all = tiers.iter();
        all.all(|tier| tier.standing == Standing::Open && tier.rule.compiled.is_some())
    };
    let open = proofs.by_rule().filter(is_open);
    let mut found = Vec::with_capacity(checked.outline.rules.len());
    found.extend(open.filter_map(|tiers| {
        let next = grounds.len();
        let ground = *grounds
            .entry(ground(checked, tiers.first()?.rule))
            .or_insert(next);
        let conditions = tiers.iter().map(|tier| tier.compiled.condition);
        let values = compared(proofs, conditions);
        Some(Open {
            tiers,
            ground,
            values,
        })
    }));
    found
}

/// What two rules must share for one to be able to say what the other says, beside their severities.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Ground<'a> {
    domains: GlobList,
    labels: &'a BTreeMap<String, String>,
    hours: Option<&'a str>,
    on_unknown: u8,
}

/// How a severity counts its domains.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Counts {
    Each,
    Number,
    Proportion,
}

fn rules<'a>(checked: &Checked<'a>, open: &[Open<'_, 'a>]) -> Vec<(Tier<'a>, Tier<'a>)> {
    let mut grounds: BTreeMap<_, Vec<&Open<'_, 'a>>> = BTreeMap::new();
    for rule in open {
        let severities = rule.tiers.iter();
        let severities: Vec<_> = severities
            .map(|tier| (tier.compiled.severity, counts(tier)))
            .collect();
        grounds
            .entry((rule.ground, severities))
            .or_default()
            .push(rule);
    }
    let mut found = Vec::new();
    let mut pairs = 0;
    for all in grounds.into_values().filter(|all| 1 < all.len()) {
        found.extend(of_ground(&checked.proofs, all, &mut pairs));
    }
    found.retain(|(tier, by)| !are_told_apart(checked, &tier.rule.name, &by.rule.name));
    found
}

fn inverted<'a>(checked: &Checked<'a>, open: &[Open<'_, 'a>]) -> Vec<(Tier<'a>, Tier<'a>)> {
    let proofs = &checked.proofs;
    let mut groups: BTreeMap<_, Vec<Tier<'a>>> = BTreeMap::new();
    for rule in open {
        if let [only] = rule.tiers {
            let group = groups.entry((rule.ground, counts(only), &rule.values));
            group.or_default().push(*only);
        }
    }
    let (mut found, mut pairs) = (Vec::new(), 0);
    for all in groups.into_values() {
        for lesser in &all {
            let severity = lesser.compiled.severity;
            for worse in all.iter().filter(|w| severity < w.compiled.severity) {
                pairs += 1;
                if PAIRS_MAX < pairs {
                    proofs.leave_uncompared(lesser.at);
                    return found;
                }
                let between = between(proofs, lesser, worse);
                if matches!(between, Some(Between::Inverted { .. }))
                    && !are_told_apart(checked, &lesser.rule.name, &worse.rule.name)
                {
                    found.push((*lesser, *worse));
                    break;
                }
            }
        }
    }
    found
}

/// Whether a route tells other people of the one rule than of the other, or one of them mutes, or
/// is muted, where the other does not.
fn are_told_apart(checked: &Checked<'_>, rule: &str, other: &str) -> bool {
    let outline = checked.outline;
    let may_be_routed = checked.labels == Extent::Part || !outline.receivers.is_empty();
    // They could not be read, or what mutes could not; or one of two rules of one name is called otherwise tomorrow.
    if outline.whole_routes().is_none() && may_be_routed || outline.lacks_mutes || rule == other {
        return true;
    }
    let routes = outline.routes.iter().flat_map(|of| &of.routes);
    let routes = routes.map(|(route, _)| &route.matchers);
    let mutes = outline.inhibitions.iter();
    let mutes = mutes.flat_map(|mute| [&mute.source, &mute.target]);
    let silences = outline.silences.iter().map(|(matchers, _)| matchers);
    let mut all = routes.chain(mutes).chain(silences);
    all.any(|matchers| {
        let named = matchers.get("rule");
        named.is_some_and(|glob| glob.matches(rule) != glob.matches(other))
    })
}

/// What a severity of a rule says: its condition, `until`, and how many domains it asks for.
type Said = (NodeId, Option<NodeId>, Option<Fleet>);

fn of_ground<'a>(
    proofs: &Proofs<'a>,
    all: Vec<&Open<'_, 'a>>,
    pairs: &mut usize,
) -> Vec<(Tier<'a>, Tier<'a>)> {
    let mut found = Vec::new();
    let mut distinct: Vec<&Open<'_, 'a>> = Vec::new();
    let mut seen: BTreeMap<Vec<Said>, usize> = BTreeMap::new();
    // Equal rules are found without comparing pairs: equal conditions are one node.
    for rule in all {
        let nodes = rule.tiers.iter();
        let nodes = nodes.map(|t| (t.compiled.condition, t.compiled.until, t.compiled.fleet));
        let nodes: Vec<_> = nodes.collect();
        if let Some(first) = seen.get(&nodes) {
            found.extend(told(rule.tiers, distinct[*first].tiers));
        } else {
            seen.insert(nodes, distinct.len());
            distinct.push(rule);
        }
    }
    let values: Vec<&[NodeId]> = distinct.iter().map(|rule| &*rule.values).collect();
    // A rule can only say what another says if it compares nothing else, or the same of more or
    // fewer codes: it is looked up by the first of its values.
    let mut by_first: BTreeMap<NodeId, Vec<usize>> = BTreeMap::new();
    for (at, values) in values.iter().enumerate() {
        if let Some(first) = values.first() {
            by_first.entry(*first).or_default().push(at);
        }
    }
    let kin = Kin::of(proofs.nodes(), by_first.keys().copied(), &values);
    for (at, rule) in distinct.iter().enumerate() {
        let tiers = rule.tiers;
        let same = values[at].iter();
        let near = same
            .clone()
            .chain(same.flat_map(|value| kin.of_value(*value)));
        let near = near.filter_map(|value| by_first.get(value));
        for other in near.flatten().copied() {
            let others = distinct[other].tiers;
            if at == other || !kin.is_among(values[other], values[at]) {
                continue;
            }
            *pairs += 1;
            if PAIRS_MAX < *pairs {
                proofs.leave_uncompared(tiers[0].at);
                return found;
            }
            let is_mutual = || other > at && says_all_of(proofs, tiers, others);
            if says_all_of(proofs, others, tiers) && !is_mutual() {
                found.extend(told(tiers, others));
                break;
            }
        }
    }
    found
}

fn told<'a>(tiers: &[Tier<'a>], others: &[Tier<'a>]) -> Option<(Tier<'a>, Tier<'a>)> {
    Some((*tiers.first()?, *others.first()?))
}

/// Whether the first rules out at once that it is needed: whenever one of its severities fires,
/// the same of the other does.
fn says_all_of(proofs: &Proofs<'_>, others: &[Tier<'_>], tiers: &[Tier<'_>]) -> bool {
    let mut pairs = others.iter().zip(tiers);
    pairs.all(|(other, tier)| {
        // The one may read what is unknown otherwise while the other has no history yet.
        let is_plain = tier.rule.on_unknown == OnUnknown::Hold;
        let asks = fleets(tier.compiled.fleet, other.compiled.fleet);
        is_plain
            && asks.is_some()
            && begins_with(proofs, tier, other)
            && ends_with(proofs, tier, other)
    })
}

fn counts(tier: &Tier<'_>) -> Counts {
    match tier.compiled.fleet {
        None => Counts::Each,
        Some(Fleet::Count(_)) => Counts::Number,
        Some(Fleet::Proportion(_)) => Counts::Proportion,
    }
}

fn ground<'a>(checked: &Checked<'a>, rule: &'a RuleOutline) -> Ground<'a> {
    let hours = rule.keys.get("active_hours").and_then(|(_, value)| {
        let file = checked.files.get(value.file)?;
        file.text.get(value.span.range())
    });
    Ground {
        domains: rule.domains.list.in_any_order(),
        labels: &rule.labels,
        hours,
        on_unknown: match rule.on_unknown {
            OnUnknown::Hold => 0,
            OnUnknown::Clear => 1,
            OnUnknown::Fire => 2,
        },
    }
}
