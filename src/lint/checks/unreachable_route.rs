//! Routes behind one that takes everything.
//!
//! ## What it finds
//!
//! A route that never takes an alert, because an earlier route without `continue: true` takes
//! all that it matches, or because it asks for what no alert has: a severity, a rule, an account,
//! a domain, or a value of a label that does not exist, or for several of these that no alert of the
//! rules has together, such as a rule in a severity that it is not of, or a domain in one of which no
//! rule is that is about it. A route that names a rule or a domain, if earlier ones take each of its
//! alerts; and one that asks for something, if an earlier one takes the alerts of every rule by a
//! pattern (`rule: "shop-*"`), so that only the built-in alerts come to it. (A label that does not
//! exist is an `unknown-name`; a value that later entries of `labels:` override is told of them, as
//! `no-effect`.)
//!
//! ## Why it matters
//!
//! Its receivers are never told, and nobody notices until they should have been.
//!
//! ## Example
//!
//! ```yaml
//! routes:
//!   - to: [chat]
//!   - match: {severity: critical}
//!     to: [oncall]
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! routes:
//!   - match: {severity: critical}
//!     to: [oncall]
//!   - to: [chat]
//! ```

use std::collections::BTreeSet;

use super::unknown_name::{asks_for_unknown, labels};
use super::{Checked, Extent, no_domain};
use crate::config::{BUILT_IN_RULES, HIDDEN, Outline, Place, RoutesOutline};
use crate::diag::{Code, Diagnostic, Label, nearest};
use crate::dispatch::{Match, Onward, Route};
use crate::lint::reach::{Reach, Unreached};
use crate::unit::{DomainName, Glob, Severity};

/// What a route can ask for by `severity`.
const SEVERITIES: [Severity; 3] = [Severity::Info, Severity::Warning, Severity::Critical];

/// How many pairs of routes are compared: a thousand routes have half a million.
const PAIRS_MAX: usize = 1_000_000;

/// How many matchers are held against how many names: a file beyond is checked for what earlier
/// routes take alone.
const NAMES_MAX: usize = 10_000_000;

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let Some(RoutesOutline { routes, .. }) = &checked.outline.routes else {
        return Vec::new();
    };
    let asks_little = names_asked(checked.outline, routes) <= NAMES_MAX;
    let is_whole = checked.labels == Extent::Whole;
    let labels = is_whole.then(|| labels(checked.outline));
    let reach = is_whole.then(|| Reach::of(checked.outline, routes, checked.routing()));
    let mut reach = reach.flatten();
    let mut pairs = 0;
    let mut found = Vec::new();
    let mut ends: Vec<&(Route, Place)> = Vec::new();
    for (at, entry) in routes.iter().enumerate() {
        let (route, place) = entry;
        pairs += ends.len();
        if pairs > PAIRS_MAX {
            return found;
        }
        let is_told = |labels: &BTreeSet<&str>| asks_for_unknown(&route.matchers, labels);
        if labels.as_ref().is_some_and(is_told) {
            continue;
        }
        let mut asked = route.matchers.iter().filter(|_| asks_little);
        let nothing = asked.find_map(|(name, glob)| {
            let (why, near) = of_nothing(checked, name, glob)?;
            let mut finding = in_vain(*place, &why, near);
            let entry = overridden(checked, name, glob);
            finding.secondary.extend(entry);
            Some(finding)
        });
        if let Some(finding) = nothing {
            found.push(finding);
            continue;
        }
        let earlier = ends
            .iter()
            .find(|(end, _)| takes_all_of(&end.matchers, &route.matchers));
        if let Some((end, first)) = earlier {
            let what = if end.matchers.is_empty() {
                "this one takes everything"
            } else {
                "this one takes whatever that one would"
            };
            found.push(taken(*place, [*first], what));
            continue;
        }
        let unreached = reach
            .as_mut()
            .and_then(|reach| of_alerts(reach, routes, at));
        if let Some(finding) = unreached {
            found.push(finding);
        } else if route.onward == Onward::Stop {
            ends.push(entry);
        }
    }
    found
}

/// Returns the label of an entry of `labels:` that has what is asked for, and that later entries override.
fn overridden(checked: &Checked<'_>, label: &str, glob: &Glob) -> Option<Label> {
    let mut overridden = checked.overridden().keys();
    overridden.find_map(|(at, name)| {
        let entry = &checked.outline.labels[*at];
        let value = entry.entry.labels.get(*name).filter(|_| *name == label)?;
        let place = entry.keys.get(*name).filter(|_| glob.matches(value))?;
        Some(place.label("a later entry overrides this"))
    })
}

/// Says that no alert has what a route asks for.
fn in_vain(place: Place, why: &str, help: Option<String>) -> Diagnostic {
    let message = format!("no alert comes to this route: {why}");
    let finding = place.finding(Code::UnreachableRoute, message);
    let other = || "mend its `match:`, or remove the route".to_owned();
    finding.help(help.unwrap_or_else(other))
}

/// Says that earlier routes take the alerts of another.
fn taken(place: Place, earlier: impl IntoIterator<Item = Place>, what: &str) -> Diagnostic {
    let labels: Vec<Label> = earlier.into_iter().map(|of| of.label(what)).collect();
    let (message, help) = match labels.as_slice() {
        [_] => (
            "no alert comes to this route: an earlier one takes them all",
            "move it before the other, or add `continue: true` to the other",
        ),
        _ => (
            "no alert comes to this route: earlier ones take them all",
            "move it before the others, or add `continue: true` to one of them",
        ),
    };
    let mut finding = place.finding(Code::UnreachableRoute, message);
    finding.secondary = labels;
    finding.help(help)
}

/// Says that none of the alerts that the rules can make comes to a route.
fn of_alerts(
    reach: &mut Reach<'_, '_>,
    routes: &[(Route, Place)],
    at: usize,
) -> Option<Diagnostic> {
    let (_, place) = routes[at];
    Some(match reach.unreached(at)? {
        Unreached::NoneHas(asked) => {
            let written = asked.iter().map(|(name, glob)| format!("`{name}: {glob}`"));
            let written: Vec<String> = written.collect();
            let why = format!("none has {} together", written.join(" and "));
            in_vain(place, &why, reach.others(&asked))
        }
        Unreached::Taken(earlier) => {
            let earlier = earlier.into_iter().map(|first| routes[first].1);
            taken(place, earlier, "this one takes what is asked for there")
        }
        Unreached::OnlyBuiltIn(first) => {
            let message = "no rule's alert comes to this route: an earlier one takes them all";
            let mut finding = place.finding(Code::UnreachableRoute, message);
            let what = "this one takes the alerts of every rule";
            finding.secondary.push(routes[first].1.label(what));
            finding.help("move it before the other, or add `continue: true` to the other; for the built-in alerts alone, leave its `match:` out")
        }
    })
}

/// Returns how many names all matchers together are held against, at the most.
fn names_asked(outline: &Outline, routes: &[(Route, Place)]) -> usize {
    let of_rules: usize = outline.rules.iter().map(|rule| 1 + rule.labels.len()).sum();
    let entries = outline.labels.iter();
    let of_entries: usize = entries.map(|entry| entry.entry.labels.len()).sum();
    let names = of_rules + of_entries + outline.domain_places.len() + outline.sources.len();
    let matchers: usize = routes.iter().map(|(route, _)| route.matchers.len()).sum();
    names.saturating_mul(matchers)
}

/// Why no alert can have what a matcher asks for, and the question what was meant, if that is near.
type Nothing = (String, Option<String>);

/// Says that no alert can have what a matcher asks for.
pub(super) fn of_nothing(checked: &Checked<'_>, name: &str, glob: &Glob) -> Option<Nothing> {
    let outline = checked.outline;
    if checked.labels == Extent::Part || glob.matches("") {
        return None;
    }
    let rules = outline.rules.iter();
    let known: Vec<&str> = match name {
        "severity" => SEVERITIES
            .iter()
            .map(|severity| severity.as_str())
            .collect(),
        "rule" => {
            let names = rules.map(|rule| rule.name.as_str());
            names.chain(BUILT_IN_RULES).collect()
        }
        "account" => {
            let sources = outline.sources.iter();
            sources.map(|(source, _)| source.account.as_str()).collect()
        }
        "domain" => {
            let listed = no_domain::listed(outline)?;
            listed.into_iter().map(DomainName::as_str).collect()
        }
        label => {
            let by_domain = outline
                .labels
                .iter()
                .flat_map(|entry| entry.entry.labels.keys());
            let mut labels = rules.flat_map(|rule| rule.labels.keys()).chain(by_domain);
            // Others are told by their names; the causes of built-in alerts are not known.
            let is_own = labels.any(|own| own == label);
            return is_own.then(|| of_no_value(checked, label, glob)).flatten();
        }
    };
    // Without sources nobody knows the accounts.
    if known.is_empty() || known.iter().any(|value| glob.matches(value)) {
        return None;
    }
    if outline.hidden_texts.contains(glob.as_str()) {
        return Some((format!("{HIDDEN} is no {name}"), None));
    }
    let known = known.into_iter();
    let shown = known.filter(|value| !outline.hidden_texts.contains(*value));
    let why = format!("there is no {name} `{glob}`");
    let all = || {
        let names = SEVERITIES.map(Severity::as_str).join(", ");
        (name == "severity").then(|| format!("the severities are {names}"))
    };
    Some((why, meant(glob.as_str(), shown).or_else(all)))
}

/// Says that no alert has a label with such a value, as far as the file tells its values.
fn of_no_value(checked: &Checked<'_>, label: &str, glob: &Glob) -> Option<Nothing> {
    let outline = checked.outline;
    if outline.hidden_labels.contains(label) {
        return None;
    }
    let of_rules = outline
        .rules
        .iter()
        .filter_map(|rule| rule.labels.get(label));
    let entries = outline.labels.iter().enumerate();
    let entries = entries.filter_map(|(at, entry)| Some((at, entry.entry.labels.get(label)?)));
    let is_overridden = |(at, _): &(usize, _)| checked.overridden().contains_key(&(*at, label));
    let (dead, of_domains): (Vec<_>, Vec<_>) = entries.partition(is_overridden);
    let of_domains = of_domains.into_iter().map(|(_, value)| value);
    let values: BTreeSet<&str> = of_rules.chain(of_domains).map(String::as_str).collect();
    if values.iter().any(|value| glob.matches(value)) {
        return None;
    }
    if outline.hidden_texts.contains(glob.as_str()) {
        return Some((format!("{HIDDEN} is of no label `{label}`"), None));
    }
    if dead.iter().any(|(_, value)| glob.matches(value)) {
        let why = format!("a later entry of `labels:` overrides `{label}: {glob}`");
        let help =
            "the last entry that matches a domain decides: put the one with more domains first";
        return Some((why, Some(help.to_owned())));
    }
    let why = format!("none has `{label}: {glob}`");
    Some((why, meant(glob.as_str(), values.into_iter())))
}

fn meant<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    if written.starts_with('!') {
        let help =
            "a match says what it takes, not what it leaves out: put a route for that before";
        return Some(help.to_owned());
    }
    if written.contains(['|', '^', '$', '\\', '(']) || written.contains(".*") {
        let help = "globs are no regular expressions: `*` stands for any characters, and several values take an entry with its own match each";
        return Some(help.to_owned());
    }
    nearest(written, known).map(|near| format!("did you mean `{near}`?"))
}

/// Whether the first takes every alert that the second takes.
fn takes_all_of(first: &Match, second: &Match) -> bool {
    first.iter().all(|(name, glob)| {
        let takes_any = glob.as_str().chars().all(|c| c == '*') && !glob.as_str().is_empty();
        takes_any
            || second.get(name).is_some_and(|other| {
                let is_plain = !other.as_str().contains(['*', '?']);
                other == glob || (is_plain && glob.matches(other.as_str()))
            })
    })
}
