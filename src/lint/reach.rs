//! What comes to a route, as far as the file tells the alerts that there can be.

use std::collections::BTreeSet;

use super::asked::{Matcher, is_any, is_pattern};
use super::labels::{Known, Labels, alerts, built_in, may_match};
use super::routing::{Alert, Routing, Takes};
use crate::config::{Outline, Place};
use crate::dispatch::{Match, Onward, Route};
use crate::unit::{Glob, Severity};

/// How many pairs of route and alert are looked at: of a file beyond nothing is told.
const PAIRS_MAX: usize = 1_000_000;

/// How many alerts are looked through for the values that they have.
const ALERTS_MAX: usize = 50_000;

/// How many values of a label are named that alerts have.
const VALUES_SHOWN: usize = 4;

/// The alerts that there can be, and the routes that they come to.
pub(super) struct Reach<'r, 'o> {
    routing: &'r Routing<'o>,
    outline: &'o Outline,
    routes: &'o [(Route, Place)],
    of_rules: BTreeSet<Alert>,
    built_in: Vec<Alert>,
    /// The labels that rules say of their own.
    own: BTreeSet<&'o str>,
    /// The alerts with all their labels, once they are asked for.
    shown: Option<Vec<Labels>>,
}

/// Why nothing that rules make comes to a route.
pub(super) enum Unreached {
    /// No alert has all of this.
    NoneHas(Match),
    /// These earlier routes take whatever it asks for.
    Taken(BTreeSet<usize>),
    /// An earlier route takes what all rules make; the built-in alerts come to it.
    OnlyBuiltIn(usize),
}

impl<'r, 'o> Reach<'r, 'o> {
    /// Returns what comes to the routes; `None` if that is too much to look at.
    pub(super) fn of(
        outline: &'o Outline,
        routes: &'o [(Route, Place)],
        routing: &'r Routing<'o>,
    ) -> Option<Self> {
        let (of_rules, built_in) = routing.all_alerts();
        let alerts = of_rules.len() + built_in.len();
        let rules = outline.rules.iter();
        let own = rules.flat_map(|rule| rule.labels.keys().map(String::as_str));
        (alerts.saturating_mul(routes.len()) <= PAIRS_MAX).then(|| Self {
            routing,
            outline,
            routes,
            of_rules,
            built_in,
            own: own.chain(["rule", "severity"]).collect(),
            shown: None,
        })
    }

    /// Returns why no alert of a rule comes to a route that asks for something; `None` if one may, or
    /// may once there are more rules.
    pub(super) fn unreached(&self, route: usize) -> Option<Unreached> {
        if let Some(asked) = self.asked_in_vain(route) {
            return Some(Unreached::NoneHas(asked));
        }
        let own = self.routing.matchers(route);
        let its = self.of_rules.iter();
        let its: Vec<&Alert> = its.filter(|alert| self.may(own, alert)).collect();
        // One that takes whatever is left is for what is to come, and for the built-in alerts.
        let mut globs = own.iter().map(|matcher| self.routing.written(*matcher).1);
        if globs.all(is_any) || its.is_empty() {
            return None;
        }
        let is_built_in = self.built_in.iter().any(|alert| self.may(own, alert));
        let mut earlier = 0..route;
        if let Some(first) = earlier.find(|at| self.takes_all_by_pattern(*at)) {
            return Some(if is_built_in {
                Unreached::OnlyBuiltIn(first)
            } else {
                Unreached::Taken([first].into())
            });
        }
        let named = self.names_one(route)?;
        let takers: Option<BTreeSet<usize>> =
            its.iter().map(|alert| self.taker(alert, route)).collect();
        let takers = takers.filter(|_| !is_built_in)?;
        // Other severities of a domain may be still to come.
        let is_by_severity = |at: &usize| self.routes[*at].0.matchers.contains_key("severity");
        let may_come = named == "domain" && takers.iter().any(is_by_severity);
        (!may_come).then_some(Unreached::Taken(takers))
    }

    /// Returns the values that alerts have of one of the labels, if they have the rest of what is asked.
    pub(super) fn others(&mut self, asked: &Match) -> Option<String> {
        let alerts = self.shown.get_or_insert_with(|| shown(self.outline));
        let names = asked.keys().filter(|name| *name != "severity");
        let mut names = std::iter::once("severity").chain(names.map(String::as_str));
        names.find_map(|name| {
            asked.get(name)?;
            if self.outline.hidden_labels.contains(name) {
                return None;
            }
            let mut rest = asked.clone();
            rest.remove(name);
            let others = alerts.iter().filter(|labels| may_match(&rest, labels));
            let values: Option<BTreeSet<&str>> = others
                .map(|labels| labels.get(name).map_or(Some(""), |value| value.as_deref()))
                .collect();
            let values = values.filter(|values| !values.is_empty())?;
            if values.iter().all(|value| value.is_empty()) {
                return Some(format!("those that match the rest have no `{name}`"));
            }
            let hidden = &self.outline.hidden_texts;
            let shown = values.iter();
            let shown = shown.filter(|value| !value.is_empty() && !hidden.contains(**value));
            let shown: Vec<String> = shown.take(VALUES_SHOWN).map(|v| format!("`{v}`")).collect();
            let list = shown.join(", ");
            (!list.is_empty()).then(|| format!("of those that match the rest, `{name}` is {list}"))
        })
    }

    /// Returns as little as no alert has together of what a route asks for; `None` if one may have it.
    fn asked_in_vain(&self, route: usize) -> Option<Match> {
        let all = self.routing.matchers(route);
        let asked = all
            .iter()
            .copied()
            .filter(|m| !self.routing.written(*m).1.matches(""));
        let asked: Vec<Matcher> = asked.collect();
        let name = |matcher: &Matcher| self.routing.written(*matcher).0;
        let of_rule = asked.iter().filter(|m| self.own.contains(name(m)));
        let of_rule: Vec<Matcher> = of_rule.copied().collect();
        // A route may wait for rules that are still to come: of a severity that no rule has nothing is told.
        let has_severity = |glob: &Glob| {
            let mut severities = self.outline.rules.iter().flat_map(|rule| &rule.severities);
            severities.any(|severity: &Severity| glob.matches(severity.as_str()))
        };
        let is_told = |matcher: &&Matcher| {
            let (name, glob) = self.routing.written(**matcher);
            name != "severity" || has_severity(glob)
        };
        let of_all: Vec<Matcher> = asked.iter().filter(is_told).copied().collect();
        let mut tried = [of_rule, of_all].into_iter();
        let mut vain = tried.find(|tried| 1 < tried.len() && self.is_in_vain(tried))?;
        for matcher in vain.clone() {
            let rest: Vec<Matcher> = vain.iter().copied().filter(|m| *m != matcher).collect();
            if self.is_in_vain(&rest) {
                vain = rest;
            }
        }
        let written = vain.iter().map(|matcher| self.routing.written(*matcher));
        let written = written.map(|(name, glob)| (name.to_owned(), glob.clone()));
        Some(written.collect()).filter(|_| 1 < vain.len())
    }

    fn is_in_vain(&self, asked: &[Matcher]) -> bool {
        let mut all = self.of_rules.iter().chain(&self.built_in);
        !all.any(|alert| self.may(asked, alert))
    }

    fn may(&self, asked: &[Matcher], alert: &Alert) -> bool {
        self.routing.takes(asked, alert) != Takes::No
    }

    fn ends(&self, route: usize, alert: &Alert) -> bool {
        self.routes[route].0.onward == Onward::Stop
            && self.routing.takes(self.routing.matchers(route), alert) == Takes::Yes
    }

    /// Returns the route before another one that takes an alert for sure, and no later one is asked.
    fn taker(&self, alert: &Alert, before: usize) -> Option<usize> {
        let mut earlier = 0..before;
        earlier.find(|at| self.ends(*at, alert))
    }

    /// Whether a route takes the alerts of all rules, as its patterns happen to match them. One that
    /// gives names is for these, whatever other rules there will be.
    fn takes_all_by_pattern(&self, route: usize) -> bool {
        let mut globs = self.routes[route].0.matchers.values();
        globs.all(is_pattern) && self.of_rules.iter().all(|alert| self.ends(route, alert))
    }

    /// Returns by which label a route names a rule or a domain: what is to come makes no other one of that.
    fn names_one(&self, route: usize) -> Option<&'static str> {
        let matchers = &self.routes[route].0.matchers;
        let is_named = |name: &&str| matchers.get(*name).is_some_and(|glob| !is_pattern(glob));
        ["rule", "domain"].into_iter().find(is_named)
    }
}

/// Returns the alerts with their labels; none of a file that has too many.
fn shown(outline: &Outline) -> Vec<Labels> {
    let listed = super::checks::listed(outline);
    let count = listed.as_ref().map_or(1, Vec::len);
    let tiers = outline.rules.iter().map(|rule| rule.severities.len());
    if ALERTS_MAX < tiers.sum::<usize>().saturating_mul(count) {
        return Vec::new();
    }
    let known = match listed {
        Some(_) => Known::Domains,
        None => Known::Rules,
    };
    let rules = outline.rules.iter();
    let tiers = rules.flat_map(|rule| rule.severities.iter().map(move |of| (rule, *of)));
    let of_rules = tiers.flat_map(|(rule, severity)| alerts(outline, rule, severity, known));
    let built_in = built_in(outline).into_iter();
    let built_in = built_in.map(|(_, labels)| labels);
    of_rules.map(|(_, labels)| labels).chain(built_in).collect()
}
