//! A name that uses itself.
//!
//! ## What it finds
//!
//! A `let:` that stands, by way of others or not, in its own definition; a YAML alias within what it
//! names; an inhibition that mutes its own source. As a warning, two inhibitions of which each mutes what
//! the other one is made to tell first.
//!
//! ## Why it matters
//!
//! Such a name has no value. Of alerts that mute each other nobody is told while both fire.
//!
//! ## Example
//!
//! ```yaml
//! let:
//!   bad: worse > 10%
//!   worse: 5xx and bad
//! rules:
//!   - name: origin-5xx
//!     when: bad for 3m
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! let:
//!   worse: 5xx
//!   bad: worse > 10%
//! rules:
//!   - name: origin-5xx
//!     when: bad for 3m
//! ```

use std::collections::BTreeSet;

use super::{Checked, Extent};
use crate::config::{InhibitionOutline, Outline, RuleOutline};
use crate::diag::{Code, Diagnostic};
use crate::lint::labels::{Known, Labels, alerts, may_match, must_match};

/// How many alerts are held against how many inhibitions, and these against each other: of a file
/// beyond nothing is told.
const PAIRS_MAX: usize = 2_000_000;

/// Finds the inhibitions that mute each other's sources; what is a cycle otherwise is found by reading.
pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let outline = checked.outline;
    let inhibitions = &outline.inhibitions;
    if checked.labels == Extent::Part || inhibitions.len() < 2 {
        return Vec::new();
    }
    let alerts = all_alerts(outline);
    let tries = (alerts.len() + inhibitions.len()).saturating_mul(2 * inhibitions.len());
    if PAIRS_MAX < tries {
        return Vec::new();
    }
    let sides: Vec<Sides<'_>> = inhibitions
        .iter()
        .map(|of| Sides::of(of, &alerts))
        .collect();
    let mut found = Vec::new();
    for (at, second) in sides.iter().enumerate() {
        let others = sides[..at].iter();
        let mutual = others.filter_map(|first| Some((first, mutual(first, second, &alerts)?)));
        for (first, (one, other)) in mutual.take(1) {
            found.push(told(
                second.of,
                first.of,
                (&one.rule.name, &other.rule.name),
            ));
        }
    }
    found
}

/// The alerts of one severity of a rule.
struct Alert<'o> {
    rule: &'o RuleOutline,
    labels: Labels,
}

fn all_alerts(outline: &Outline) -> Vec<Alert<'_>> {
    let rules = outline.rules.iter();
    let tiers = rules.flat_map(|rule| rule.severities.iter().map(move |of| (rule, *of)));
    let alerts = tiers.flat_map(|(rule, severity)| {
        let alerts = alerts(outline, rule, severity, Known::Rules).into_iter();
        alerts.map(move |(_, labels)| Alert { rule, labels })
    });
    alerts.collect()
}

/// The alerts that are source and target of an inhibition for certain, by index.
struct Sides<'o> {
    of: &'o InhibitionOutline,
    sources: BTreeSet<usize>,
    targets: BTreeSet<usize>,
}

impl<'o> Sides<'o> {
    fn of(of: &'o InhibitionOutline, alerts: &[Alert<'_>]) -> Self {
        let matching = |matchers| {
            let all = alerts.iter().enumerate();
            let matching = all.filter(|(_, alert)| must_match(matchers, &alert.labels));
            matching.map(|(at, _)| at).collect()
        };
        Self {
            of,
            sources: matching(&of.source),
            targets: matching(&of.target),
        }
    }

    /// Whether one alert mutes another, and neither is what both are: those do not mute each other.
    fn mutes(&self, source: &Alert<'_>, target: &Alert<'_>) -> bool {
        let is_exempt = may_match(&self.of.target, &source.labels)
            && may_match(&self.of.source, &target.labels);
        !is_exempt && share(&self.of.equal, source, target)
    }
}

/// Returns two alerts, of which the first inhibition lets one mute the other, and the second the other
/// way round.
fn mutual<'a, 'o>(
    first: &Sides<'o>,
    second: &Sides<'o>,
    alerts: &'a [Alert<'o>],
) -> Option<(&'a Alert<'o>, &'a Alert<'o>)> {
    let of = |at: &usize| alerts.get(*at);
    let one = first.sources.intersection(&second.targets).find_map(of)?;
    let others = first.targets.intersection(&second.sources).filter_map(of);
    let mut others = others.filter(|other| one.rule.name != other.rule.name);
    let other = others.find(|other| first.mutes(one, other) && second.mutes(other, one))?;
    Some((one, other))
}

/// Whether two alerts can have these labels in common for certain.
fn share(equal: &[String], one: &Alert<'_>, other: &Alert<'_>) -> bool {
    let meet = || {
        let (a, b) = (&one.rule.domains.list, &other.rule.domains.list);
        let mut effort = PAIRS_MAX;
        a.can_match() && b.can_match() && (a.covers(b, &mut effort) || b.covers(a, &mut effort))
    };
    equal.iter().all(|name| {
        match (one.labels.get(name), other.labels.get(name)) {
            // Alerts of one domain have the same labels of it.
            (Some(None), Some(None)) => meet(),
            (Some(None), _) | (_, Some(None)) => false,
            (a, b) => a == b,
        }
    })
}

fn told(of: &InhibitionOutline, other: &InhibitionOutline, (one, two): (&str, &str)) -> Diagnostic {
    let message =
        format!("`{one}` and `{two}` mute each other: while both fire, nobody is told of either");
    let [place, _] = of.places;
    let mut finding = place.finding(Code::Cycle, message).warning();
    let [first, _] = other.places;
    finding
        .secondary
        .push(first.label("this one the other way round"));
    finding.help("keep the one that mutes the lesser of the two")
}
