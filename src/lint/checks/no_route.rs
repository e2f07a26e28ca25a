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

use std::collections::BTreeSet;

use super::{Checked, no_domain};
use crate::config::{Outline, Place, RoutesOutline, RuleOutline};
use crate::diag::{Code, Diagnostic};
use crate::dispatch::Route;
use crate::lint::labels::{Known, alerts, built_in, may_match};
use crate::unit::Severity;

/// How many pairs of rule and route are tried, and of these with each domain: beyond, domains
/// count as unknown, and in the end the check is left out, so that a long file is linted at once.
const PAIRS_MAX: usize = 2_000_000;

/// How many findings are told: whoever has more begins with these.
const FINDINGS_MAX: usize = 100;

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let outline = checked.outline;
    let Some(RoutesOutline { place, routes, .. }) = outline.whole_routes() else {
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
    let known = if listed.is_some() {
        Known::Domains
    } else {
        Known::Rules
    };
    let rules = outline.rules.iter();
    let tiers = rules.flat_map(|rule| rule.severities.iter().map(move |severity| (rule, severity)));
    let untold =
        tiers.filter_map(|(rule, severity)| of_rule(outline, routes, rule, *severity, known));
    found.extend(checked.told(FINDINGS_MAX, untold));
    found
}

fn of_rule(
    outline: &Outline,
    routes: &[(Route, Place)],
    rule: &RuleOutline,
    severity: Severity,
    known: Known,
) -> Option<Diagnostic> {
    let mut untold: BTreeSet<String> = BTreeSet::new();
    let mut all = 0;
    for (domain, labels) in alerts(outline, rule, severity, known) {
        all += 1;
        if !routes
            .iter()
            .any(|(route, _)| may_match(&route.matchers, &labels))
        {
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

fn built_in_without_route(outline: &Outline, routes: &[(Route, Place)]) -> BTreeSet<&'static str> {
    let is_untold = |labels: &_| {
        let mut routes = routes.iter();
        !routes.any(|(route, _)| may_match(&route.matchers, labels))
    };
    let untold = built_in(outline).into_iter();
    let untold = untold.filter(|(_, labels)| is_untold(labels));
    untold.map(|(rule, _)| rule).collect()
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
