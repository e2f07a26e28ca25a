//! How severities stand to each other, those of one rule and those of two.

use std::collections::BTreeSet;

use super::proofs::{Proofs, Standing, Tier};
use crate::engine::OnUnknown;
use crate::lang::ast::Fleet;
use crate::lang::program::{Node, NodeId, Reduce};
use crate::proof::Asked;

/// How a severity of a rule stands to a worse one of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Between {
    /// The worse one is true whenever the lesser is, and not the other way round; or it asks for
    /// fewer domains.
    Inverted {
        /// Whether the lesser one has ended whenever the worse one ends, so that it is never seen.
        is_hidden: bool,
    },
    /// Every minute that is bad enough for the lesser is bad enough for the worse one, and others are
    /// besides: only for longer.
    Longer,
    /// They are the same but for windows, of which the worse one has shorter ones: it is true first, and
    /// whenever it gets worse at once.
    Sooner,
    /// Both are true in the same minutes, and the lesser ends when the worse one does.
    Equal,
}

/// Returns the severities of rules that a worse one stands in the way of, each with that one.
pub(super) fn severities<'a>(proofs: &Proofs<'a>) -> Vec<(Tier<'a>, Tier<'a>, Between)> {
    let mut found = Vec::new();
    for tiers in proofs.by_rule() {
        for (at, lesser) in tiers.iter().enumerate() {
            let worse = tiers[at + 1..].iter();
            let between = worse.filter_map(|worse| Some((worse, between(proofs, lesser, worse)?)));
            found.extend(between.map(|(worse, how)| (*lesser, *worse, how)).next());
        }
    }
    found
}

/// Compares a severity with a worse one, of its rule or of another.
pub(super) fn between(proofs: &Proofs<'_>, lesser: &Tier<'_>, worse: &Tier<'_>) -> Option<Between> {
    if lesser.standing != Standing::Open || worse.standing != Standing::Open {
        return None;
    }
    let asks = fleets(lesser.compiled.fleet, worse.compiled.fleet)?;
    if !begins_with(proofs, lesser, worse) {
        if asks != Asks::Same {
            return None;
        }
        if is_longer(proofs, lesser, worse) {
            return Some(Between::Longer);
        }
        let (own, other) = (lesser.compiled.condition, worse.compiled.condition);
        let is_sooner = has_shorter_windows(proofs.nodes(), own, other) == Some(true);
        return is_sooner.then_some(Between::Sooner);
    }
    let is_hidden = ends_with(proofs, lesser, worse);
    if asks == Asks::Same && begins_with(proofs, worse, lesser) {
        is_hidden.then_some(Between::Equal)
    } else {
        Some(Between::Inverted { is_hidden })
    }
}

/// Whether the worse one is held for longer, and asks for less of each minute than the lesser does, of
/// the same values.
fn is_longer(proofs: &Proofs<'_>, lesser: &Tier<'_>, worse: &Tier<'_>) -> bool {
    let body = |tier: &Tier<'_>| match proofs.nodes()[tier.compiled.condition.0 as usize] {
        Node::Hold { of, needed, .. } => (of, needed),
        _ => (tier.compiled.condition, 1),
    };
    let ((own, needed), (other, longer)) = (body(lesser), body(worse));
    if longer <= needed || own == other || !proofs.is_implied(lesser.at, other, own) {
        return false;
    }
    let values = compared(proofs, std::iter::once(own));
    let mut others = compared(proofs, std::iter::once(other)).into_iter();
    others.all(|value| values.contains(&value)) && !proofs.is_implied(lesser.at, own, other)
}

/// Whether another condition, or value, has shorter averages than one that is the same otherwise;
/// `None` if it is not.
fn has_shorter_windows(nodes: &[Node], one: NodeId, other: NodeId) -> Option<bool> {
    if one == other {
        return Some(false);
    }
    let (first, second) = (nodes[one.0 as usize], nodes[other.0 as usize]);
    let is_same = match (first, second) {
        (Node::Window(Reduce::Avg, a, long), Node::Window(Reduce::Avg, b, short)) => {
            return (a == b && short < long).then_some(true);
        }
        (Node::Window(Reduce::Avg, a, _), _) if a == other => return Some(true),
        (Node::Share(a, long), Node::Share(b, short)) => {
            return (a == b && short < long).then_some(true);
        }
        (Node::Compare(a, ..), Node::Compare(b, ..)) => a == b,
        // Which minutes count says nothing of how bad they are.
        (Node::Given(a, guard), Node::Given(b, by)) => {
            has_shorter_windows(nodes, guard, by)?;
            return has_shorter_windows(nodes, a, b);
        }
        (Node::And(..), Node::And(..)) | (Node::Or(..), Node::Or(..)) => true,
        (
            Node::Hold { needed, over, .. },
            Node::Hold {
                needed: other,
                over: minutes,
                ..
            },
        ) => (needed, over) == (other, minutes),
        _ => false,
    };
    let mut operands = first.operands().zip(second.operands());
    let all = |found: bool, (a, b)| Some(has_shorter_windows(nodes, a, b)? || found);
    is_same.then(|| operands.try_fold(false, all)).flatten()
}

/// How many domains a worse severity asks for, beside a lesser one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// As many.
    Same,
    /// Fewer.
    Fewer,
}

/// Compares how many domains two severities, or rules, ask for; `None` if the second asks for more,
/// or they do not count alike.
pub(super) fn fleets(lesser: Option<Fleet>, worse: Option<Fleet>) -> Option<Asks> {
    match (lesser, worse) {
        _ if lesser == worse => Some(Asks::Same),
        (Some(Fleet::Count(many)), Some(Fleet::Count(few))) if few < many => Some(Asks::Fewer),
        (Some(Fleet::Proportion(many)), Some(Fleet::Proportion(few))) if few < many => {
            Some(Asks::Fewer)
        }
        _ => None,
    }
}

/// Whether the other's condition counts as true whenever the first's does.
pub(super) fn begins_with(proofs: &Proofs<'_>, tier: &Tier<'_>, other: &Tier<'_>) -> bool {
    let (own, other) = (tier.compiled.condition, other.compiled.condition);
    own == other
        || readings(tier).all(|reading| {
            let (begins, rests) = match reading {
                OnUnknown::Hold | OnUnknown::Clear => (Asked::True, Asked::NotTrue),
                OnUnknown::Fire => (Asked::NotFalse, Asked::False),
            };
            proofs.is_impossible(tier.at, &[(own, begins), (other, rests)])
        })
}

/// Whether the first has ended whenever the other ends.
pub(super) fn ends_with(proofs: &Proofs<'_>, tier: &Tier<'_>, other: &Tier<'_>) -> bool {
    let end = |tier: &Tier<'_>, reading| {
        let (condition, until) = (tier.compiled.condition, tier.compiled.until);
        match (until, reading) {
            (Some(until), OnUnknown::Hold | OnUnknown::Fire) => {
                (until, Asked::True, Asked::NotTrue)
            }
            (Some(until), OnUnknown::Clear) => (until, Asked::NotFalse, Asked::False),
            (None, OnUnknown::Hold | OnUnknown::Fire) => (condition, Asked::False, Asked::NotFalse),
            (None, OnUnknown::Clear) => (condition, Asked::NotTrue, Asked::True),
        }
    };
    readings(tier).all(|reading| {
        let ((other, ends, _), (own, own_ends, goes_on)) =
            (end(other, reading), end(tier, reading));
        (other, ends) == (own, own_ends)
            || proofs.is_impossible(tier.at, &[(other, ends), (own, goes_on)])
    })
}

/// Returns how a rule reads what is unknown: as it says, and as what holds before it has a
/// history.
fn readings(tier: &Tier<'_>) -> impl Iterator<Item = OnUnknown> {
    let own = tier.rule.on_unknown;
    let other = (own != OnUnknown::Hold).then_some(own);
    std::iter::once(OnUnknown::Hold).chain(other)
}

/// Returns the values that conditions are made of, in ascending order.
pub(super) fn compared(
    proofs: &Proofs<'_>,
    conditions: impl Iterator<Item = NodeId>,
) -> Vec<NodeId> {
    let nodes = proofs.nodes();
    let mut open: Vec<NodeId> = conditions.collect();
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        match nodes[id.0 as usize] {
            Node::Literal(_) => {}
            Node::Compare(_, a, b) => {
                let is_value = |id: &NodeId| !matches!(nodes[id.0 as usize], Node::Literal(_));
                found.extend([a, b].into_iter().filter(is_value));
            }
            Node::NoData | Node::NoTraffic => found.push(id),
            node => open.extend(node.operands()),
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}
