//! Alerts that no route takes.
//!
//! ## What it finds
//!
//! A rule with a severity (and, where every source lists its domains, a domain) whose alerts
//! match no route; and built-in alerts that match none. What depends on a label that nobody
//! knows beforehand is not reported.
//!
//! ## Why it matters
//!
//! Such an alert fires and nobody is told.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m
//!     severity: warning
//! notify:
//!   receivers:
//!     oncall: [console: {}]
//!   routes:
//!     - match: {severity: critical}
//!       to: [oncall]
//! ```
//!
//! ## Instead
//!
//! The last route takes the rest:
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m
//!     severity: warning
//! notify:
//!   receivers:
//!     oncall: [console: {}]
//!     chat: [console: {}]
//!   routes:
//!     - match: {severity: critical}
//!       to: [oncall]
//!     - to: [chat]
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::{Checked, no_domain};
use crate::config::{BUILT_IN_RULES, Domains, Outline, Place, RuleOutline};
use crate::diag::{Code, Diagnostic};
use crate::dispatch::Route;
use crate::unit::{DomainName, Severity};

/// How many pairs of rule and route are tried, and of these with each domain: beyond, domains
/// count as unknown, and in the end the check is left out, so that a long file is linted at once.
const PAIRS_MAX: usize = 2_000_000;

/// How many findings are told: whoever has more begins with these.
const FINDINGS_MAX: usize = 100;

/// The labels of an alert; a label that is `None` is not known beforehand.
type Labels = BTreeMap<String, Option<String>>;

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let outline = checked.outline;
    let Some((place, routes)) = &outline.routes else {
        return Vec::new();
    };
    if routes.iter().any(|(route, _)| route.matchers.is_empty()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let missing = built_in_without_route(outline, routes);
    if !missing.is_empty() {
        let names: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
        let message = format!("no route takes the built-in {}", counted(&names));
        found
            .push(at(*place, message).help("end with a route that takes the rest: `- to: [NAME]`"));
    }
    let tries = outline.rules.len() * (routes.len() + outline.labels.len());
    if tries > PAIRS_MAX {
        return found;
    }
    let listed = no_domain::listed(outline).filter(|names| tries * names.len() <= PAIRS_MAX);
    let knows_domains = listed.is_some();
    let rules = outline.rules.iter();
    let tiers = rules.flat_map(|rule| rule.severities.iter().map(move |severity| (rule, severity)));
    let untold = tiers
        .filter_map(|(rule, severity)| of_rule(outline, routes, rule, *severity, knows_domains));
    found.extend(untold.take(FINDINGS_MAX));
    found
}

fn of_rule(
    outline: &Outline,
    routes: &[(Route, Place)],
    rule: &RuleOutline,
    severity: Severity,
    knows_domains: bool,
) -> Option<Diagnostic> {
    let mut untold: BTreeSet<String> = BTreeSet::new();
    let mut all = 0;
    for (domain, labels) in alerts(outline, rule, severity, knows_domains) {
        all += 1;
        if !routes.iter().any(|(route, _)| may_take(route, &labels)) {
            untold.insert(domain);
        }
    }
    if untold.is_empty() {
        return None;
    }
    let mut message = format!("no route takes `{}` of severity `{severity}`", rule.name);
    if untold.len() < all {
        let names: Vec<String> = untold.into_iter().collect();
        message = format!("{message} on {}", counted(&names));
    }
    let fault = at(rule.place, message);
    Some(fault.help("nobody would be told; end with a route that takes the rest: `- to: [NAME]`"))
}

/// Returns the alerts of a rule, each with the name of its domain, if that is known.
fn alerts(
    outline: &Outline,
    rule: &RuleOutline,
    severity: Severity,
    knows_domains: bool,
) -> Vec<(String, Labels)> {
    let known = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
    let mut base = Labels::from([
        known("rule", &rule.name),
        known("severity", severity.as_str()),
    ]);
    if rule.is_fleet == Some(true) {
        base.extend([known("account", ""), known("domain", "")]);
        base.extend(rule.labels.iter().map(|(name, value)| known(name, value)));
        return vec![(String::new(), base)];
    }
    if rule.is_fleet.is_none() || !knows_domains {
        let by_domain = outline
            .labels
            .iter()
            .flat_map(|entry| entry.entry.labels.keys());
        let unknown = by_domain.map(String::as_str).chain(["account", "domain"]);
        base.extend(unknown.map(|name| (name.to_owned(), None)));
        base.extend(rule.labels.iter().map(|(name, value)| known(name, value)));
        return vec![(String::new(), base)];
    }
    let mut alerts = Vec::new();
    for (source, _) in &outline.sources {
        let Domains::Listed(domains) = &source.domains else {
            continue;
        };
        for domain in domains
            .iter()
            .filter(|d| rule.domains.list.matches(d.as_str()))
        {
            let mut labels = base.clone();
            labels.extend([
                known("account", source.account.as_str()),
                known("domain", domain.as_str()),
            ]);
            labels.extend(labels_of(outline, domain));
            labels.extend(rule.labels.iter().map(|(name, value)| known(name, value)));
            let name = if outline.hidden_domains.contains(domain) {
                "a domain from the environment".to_owned()
            } else {
                format!("`{domain}`")
            };
            alerts.push((name, labels));
        }
    }
    alerts
}

fn labels_of(outline: &Outline, domain: &DomainName) -> Labels {
    let entries = outline.labels.iter().map(|entry| &entry.entry);
    let matching = entries.filter(|entry| entry.domains.matches(domain.as_str()));
    matching
        .flat_map(|entry| entry.labels.iter())
        .map(|(name, value)| (name.clone(), Some(value.clone())))
        .collect()
}

fn built_in_without_route(outline: &Outline, routes: &[(Route, Place)]) -> Vec<&'static str> {
    let accounts: Vec<Option<String>> = match outline.sources.as_slice() {
        [] => vec![None],
        sources => sources
            .iter()
            .map(|(s, _)| Some(s.account.as_str().to_owned()))
            .collect(),
    };
    let untold = |rule: &&str| {
        accounts.iter().any(|account| {
            let labels = Labels::from([
                ("rule".to_owned(), Some((*rule).to_owned())),
                (
                    "severity".to_owned(),
                    Some(Severity::Critical.as_str().to_owned()),
                ),
                ("account".to_owned(), account.clone()),
            ]);
            !routes.iter().any(|(route, _)| may_take(route, &labels))
        })
    };
    BUILT_IN_RULES.into_iter().filter(untold).collect()
}

/// Whether a route takes an alert, or may, as far as its labels are known.
fn may_take(route: &Route, labels: &Labels) -> bool {
    route
        .matchers
        .iter()
        .all(|(name, glob)| match labels.get(name) {
            Some(Some(value)) => glob.matches(value),
            Some(None) => true,
            None => glob.matches(""),
        })
}

/// Joins names, the first few of many.
fn counted(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = names
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn at(place: Place, message: String) -> Diagnostic {
    Diagnostic::new(Code::NoRoute, place.span, message).relocate(place.file, |span| span)
}
