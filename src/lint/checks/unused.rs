//! What nothing uses.
//!
//! ## What it finds
//!
//! A `let:` name that no condition uses, or only one that is itself unused; a receiver that no
//! route, escalation or `fallback:` names; an inhibition or a silence that matches no alert that
//! the rules can raise; an inhibition of which each source is a target and each target a source, since those
//! do not mute each other; a silence that ended before today.
//!
//! ## Why it matters
//!
//! It reads as if it did something. A receiver without a route is never told; a silence with a
//! mistyped label silences nothing.
//!
//! ## Example
//!
//! ```yaml
//! let:
//!   gateway: 502|503|504
//! rules:
//!   - name: errors
//!     when: 502|503 > 5% given requests >= 50 for 3m until 502|503 < 2% for 5m
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! let:
//!   gateway: 502|503|504
//! rules:
//!   - name: errors
//!     when: gateway > 5% given requests >= 50 for 3m until gateway < 2% for 5m
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::unknown_name::{asks_for_unknown, labels};
use super::unreachable_route::of_nothing;
use super::{Checked, Extent, no_domain};
use crate::config::{InhibitionOutline, Outline, ScopeOutline};
use crate::diag::{Code, Diagnostic};
use crate::dispatch::Match;
use crate::lang::ast::Expr;
use crate::lint::labels::{Known, Labels, alerts, built_in, may_match, must_match};

/// How many alerts are held against how many matches: a file beyond is not checked for mutes.
const PAIRS_MAX: usize = 2_000_000;

/// How many names are looked for in the text of a file that is faulty: each is a walk through it.
const NAMED_MAX: usize = 64;

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let outline = checked.outline;
    let mut found = names(outline);
    found.extend(receivers(outline));
    if checked.extent == Extent::Part {
        // What could not be read may use it: only what is named nowhere else is told.
        found.truncate(NAMED_MAX);
        found.retain(|finding| is_named_once(checked, finding));
    }
    if checked.labels == Extent::Whole {
        found.extend(mutes(checked));
    }
    found.extend(ended(checked));
    found
}

/// Whether what a finding is about is named in no other place of the one file that there is, nor
/// what somebody probably meant elsewhere.
fn is_named_once(checked: &Checked<'_>, finding: &Diagnostic) -> bool {
    let mut files = checked.files.iter();
    let (Some(file), None) = (files.next(), files.next()) else {
        return false;
    };
    let place = finding.primary.span;
    let Some(name) = file.text.get(place.range()) else {
        return false;
    };
    let name = name.trim_matches(['"', '\'']);
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let found = file.text.match_indices(name);
    let words = found.filter(|(at, _)| {
        let behind = &file.text[at + name.len()..];
        !file.text[..*at].ends_with(is_word) && !behind.starts_with(is_word)
    });
    let is_meant = |other: &Diagnostic| {
        let help = other.help.as_deref().unwrap_or_default();
        help.contains(&format!("`{name}`"))
    };
    // Further files that cannot be had leave no rules at all.
    !checked.outline.rules.is_empty()
        && words.take(2).count() == 1
        && !checked.read.iter().any(is_meant)
}

/// Finds the receivers that nothing is sent to.
fn receivers(outline: &Outline) -> Vec<Diagnostic> {
    let used: BTreeSet<_> = outline.receiver_uses.iter().map(|(name, _)| name).collect();
    let receivers = outline.receivers.iter();
    let idle = receivers.filter(|receiver| !used.contains(&receiver.name));
    let told = idle.map(|receiver| {
        let message = format!("nothing is sent to the receiver `{}`", receiver.name);
        let finding = receiver.place.finding(Code::Unused, message);
        finding.help(format!(
            "name it in a route, or in a step of `escalate:` if others are told first, `to: [{}]`, or remove it",
            receiver.name
        ))
    });
    told.collect()
}

/// Finds the `let:` names that no condition comes to.
fn names(outline: &Outline) -> Vec<Diagnostic> {
    let by_name = |scope: &ScopeOutline| -> BTreeMap<String, Option<Expr>> {
        let lets = scope.lets.iter();
        lets.map(|l| (l.name.clone(), l.expr.clone())).collect()
    };
    let scopes: Vec<_> = outline.scopes.iter().map(by_name).collect();
    // A name that a further file does not define is the main file's.
    let home = |scope: usize, name: &str| {
        let is_here = |scope: &usize| scopes.get(*scope).is_some_and(|s| s.contains_key(name));
        [scope, 0].into_iter().find(is_here)
    };
    let mut used: BTreeSet<(usize, String)> = BTreeSet::new();
    let mut open: Vec<(usize, &Expr)> = Vec::new();
    for rule in &outline.rules {
        for tier in &rule.tiers {
            open.push((rule.scope, &tier.when.condition));
            open.extend(tier.when.until.as_ref().map(|until| (rule.scope, until)));
        }
    }
    while let Some((scope, expr)) = open.pop() {
        for (name, _) in expr.names() {
            let Some(home) = home(scope, name) else {
                continue;
            };
            if used.insert((home, name.to_owned())) {
                let meaning = scopes[home].get(name).and_then(Option::as_ref);
                open.extend(meaning.map(|expr| (home, expr)));
            }
        }
    }
    let mut found = Vec::new();
    for (index, scope) in outline.scopes.iter().enumerate() {
        for name in &scope.lets {
            if !used.contains(&(index, name.name.clone())) {
                let message = format!("no condition uses `{}`", name.name);
                let finding = name.place.finding(Code::Unused, message);
                found.push(finding.help("remove it, or use it"));
            }
        }
    }
    found
}

/// Finds the silences that are over.
fn ended(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let Some(today) = checked.today else {
        return Vec::new();
    };
    let ends = checked.outline.silence_ends.iter();
    let over = ends.filter(|(end, _)| end.start().date_naive() < today);
    let told = over.map(|(end, place)| {
        let message = format!("this silence ended on {}", end.start().date_naive());
        let finding = place.finding(Code::Unused, message);
        finding.help("remove it, or write a later time if it must go on")
    });
    told.collect()
}

/// Finds the inhibitions and silences that match nothing.
fn mutes(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let outline = checked.outline;
    let alerts = all_alerts(outline);
    let matches = outline.inhibitions.len() * 2 + outline.silences.len();
    if alerts.is_empty() || alerts.len().saturating_mul(matches) > PAIRS_MAX {
        return Vec::new();
    }
    let known = labels(outline);
    let is_idle = |matchers: &Match| {
        let is_told = asks_for_unknown(matchers, &known);
        !is_told && !alerts.iter().any(|labels| may_match(matchers, labels))
    };
    let mut found = Vec::new();
    for inhibition in &outline.inhibitions {
        let [source, target] = inhibition.places;
        let sides = [
            ("mutes nothing", "target", &inhibition.target, target),
            ("never mutes", "source", &inhibition.source, source),
        ];
        let idle = sides
            .into_iter()
            .find(|(_, _, matchers, _)| is_idle(matchers));
        if let Some((what, side, matchers, place)) = idle {
            let message = format!("this inhibition {what}: no alert can match its `{side}`");
            let finding = place.finding(Code::Unused, message);
            let help = meant(checked, matchers);
            found.push(finding.help(help.unwrap_or("mend its labels, or remove it".to_owned())));
        } else if are_one(inhibition, &alerts) {
            let message = "this inhibition mutes nothing: all of its sources are its targets as well, and those do not mute each other";
            let finding = source.finding(Code::Unused, message);
            found.push(finding.help("let its `source` or its `target` match fewer alerts"));
        }
    }
    for (matchers, place) in outline.silences.iter().filter(|(m, _)| is_idle(m)) {
        let message = "this silence hides nothing: no alert can match it";
        let finding = place.finding(Code::Unused, message);
        let names: Vec<&str> = matchers.keys().map(String::as_str).collect();
        let help = meant(checked, matchers)
            .unwrap_or_else(|| format!("mend its labels ({}), or remove it", names.join(", ")));
        found.push(finding.help(help));
    }
    found
}

/// Whether each alert that may be the source of an inhibition is its target, and the other way round.
fn are_one(inhibition: &InhibitionOutline, alerts: &[Labels]) -> bool {
    let (source, target) = (&inhibition.source, &inhibition.target);
    alerts.iter().all(|labels| {
        let is_any = may_match(source, labels) || may_match(target, labels);
        !is_any || must_match(source, labels) && must_match(target, labels)
    })
}

/// Returns what is asked for that does not exist, with what was probably meant.
fn meant(checked: &Checked<'_>, matchers: &Match) -> Option<String> {
    let mut matchers = matchers.iter();
    let (why, near) = matchers.find_map(|(name, glob)| of_nothing(checked, name, glob))?;
    Some(near.map_or_else(
        || format!("{why}: mend its labels, or remove it"),
        |near| format!("{why}: {near}"),
    ))
}

/// Returns the labels of every alert that can be raised.
fn all_alerts(outline: &Outline) -> Vec<Labels> {
    let known = match no_domain::listed(outline) {
        Some(names) if names.len().saturating_mul(outline.rules.len()) <= PAIRS_MAX / 10 => {
            Known::Domains
        }
        _ => Known::Rules,
    };
    if outline.rules.is_empty() || (outline.inhibitions.is_empty() && outline.silences.is_empty()) {
        return Vec::new();
    }
    let mut all: Vec<Labels> = built_in(outline)
        .into_iter()
        .map(|(_, labels)| labels)
        .collect();
    for rule in &outline.rules {
        for severity in &rule.severities {
            let of_rule = alerts(outline, rule, *severity, known);
            all.extend(of_rule.into_iter().map(|(_, labels)| labels));
        }
    }
    all
}
