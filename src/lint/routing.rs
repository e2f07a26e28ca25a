//! Which routes take the alerts of a rule, walked in their order as they are when one fires.
//!
//! An alert is what routes can tell of it: for each label that one of them asks for, which of their
//! globs match its value. So ten thousand rules and domains make few alerts.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::asked::{Asked, Matcher, Value, asked, is_any, places};
use super::checks::listed;
use super::labels::{built_in, said_of};
use crate::config::{Domains, Outline, Place, RuleOutline};
use crate::dispatch::{GROUP_WAIT, Onward, ReceiverName, Route};
use crate::unit::{DomainName, Glob, GlobList, Severity, Timespan};

/// How many globs are held against names, and routes against alerts, until the rest counts as unknown,
/// so that a long file is linted at once.
const EFFORT: usize = 5_000_000;

/// An alert: the values of the labels that are [asked](Routing::asked) for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Alert(Vec<Value>);

/// The values of an alert that a rule, or a domain, says.
type Said = Vec<Option<Value>>;

/// What the alerts of a rule go by: what it says itself, its domains, and whether they are all one.
type Key = (Said, GlobList, Option<bool>);

/// Whether a route takes an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Takes {
    /// It does not.
    No,
    /// It depends on what nobody knows beforehand.
    Maybe,
    /// It does.
    Yes,
}

/// The domains that routes cannot tell apart.
struct Alike<'o> {
    said: Said,
    domains: Vec<&'o DomainName>,
}

/// The routes of a file, and what they tell of its alerts.
pub struct Routing<'o> {
    outline: &'o Outline,
    routes: &'o [(Route, Place)],
    asked: Vec<Asked<'o>>,
    matchers: Vec<Vec<Matcher>>,
    /// The domains of all sources; `None` if they are not known.
    domains: Option<Vec<Alike<'o>>>,
    /// Which of these a list of globs takes.
    of_lists: RefCell<BTreeMap<GlobList, Rc<[usize]>>>,
    waits: RefCell<BTreeMap<Key, Option<GroupWait<'o>>>>,
    effort: Cell<usize>,
}

/// How long the alerts of a severity of a rule are collected until the first person is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupWait<'o> {
    /// The shortest.
    pub least: Timespan,
    /// The longest.
    pub most: Timespan,
    /// What some alert is collected for at the least.
    pub sure: Timespan,
    /// The route that collects that one so long; `None` for the default.
    pub route: Option<usize>,
    /// Its domain, if others are told sooner.
    pub domain: Option<&'o DomainName>,
}

impl<'o> Routing<'o> {
    /// Returns the routes of a file; of one without, none.
    pub fn of(outline: &'o Outline) -> Self {
        let routes = outline.routes.as_ref();
        let routes = routes.map_or(&[][..], |routes| routes.routes.as_slice());
        let asked = asked(outline, routes);
        let matchers = routes
            .iter()
            .map(|(route, _)| places(&asked, &route.matchers));
        let mut routing = Self {
            outline,
            routes,
            matchers: matchers.collect(),
            asked,
            domains: None,
            of_lists: RefCell::default(),
            waits: RefCell::default(),
            effort: Cell::new(EFFORT),
        };
        routing.domains = routing.known_domains();
        routing
    }

    /// Returns how long the alerts of a rule are collected before anybody is told; `None` if no route
    /// takes them.
    pub fn group_wait(&self, rule: &RuleOutline, severity: Severity) -> Option<GroupWait<'o>> {
        if self.outline.whole_routes().is_none() {
            return Some(GroupWait::usual());
        }
        let key = self.key(rule, severity);
        if let Some(known) = self.waits.borrow().get(&key) {
            return *known;
        }
        let mut found: Option<GroupWait<'o>> = None;
        let mut is_same = true;
        for (alert, of) in self.alerts_of(rule, &key.0) {
            let Some(wait) = self.wait_of(&alert) else {
                continue;
            };
            let domain = self.domain_of(rule, of);
            let Some(other) = &mut found else {
                found = Some(GroupWait { domain, ..wait });
                continue;
            };
            is_same &= other.sure == wait.sure;
            if other.sure < wait.sure {
                (other.sure, other.route, other.domain) = (wait.sure, wait.route, domain);
            }
            other.least = other.least.min(wait.least);
            other.most = other.most.max(wait.most);
        }
        let shown = |wait: GroupWait<'o>| GroupWait {
            domain: wait.domain.filter(|_| !is_same),
            ..wait
        };
        let found = found.map(shown);
        self.waits.borrow_mut().insert(key, found);
        found
    }

    /// Returns the alerts that the rules can make, and those that are built in.
    pub(super) fn all_alerts(&self) -> (BTreeSet<Alert>, Vec<Alert>) {
        let mut keys = BTreeSet::new();
        let mut of_rules = BTreeSet::new();
        for rule in &self.outline.rules {
            for severity in &rule.severities {
                let key = self.key(rule, *severity);
                if !keys.contains(&key) {
                    of_rules.extend(self.alerts_of(rule, &key.0).into_keys());
                    keys.insert(key);
                }
            }
        }
        let built_in = built_in(self.outline).into_iter();
        let built_in = built_in.map(|(_, labels)| {
            let labels = labels.iter();
            let labels = labels.map(|(name, value)| (name.as_str(), value.as_deref()));
            self.alert(self.said(labels), &[])
        });
        (of_rules, built_in.collect())
    }

    /// Returns the places of what a route asks for, by the names of labels.
    pub(super) fn matchers(&self, route: usize) -> &[Matcher] {
        self.matchers.get(route).map_or(&[], Vec::as_slice)
    }

    /// Returns the label and the glob of a matcher.
    pub(super) fn written(&self, (label, glob): Matcher) -> (&'o str, &'o Glob) {
        let asked = &self.asked[label];
        (asked.name, asked.globs[glob].glob)
    }

    /// Whether matchers take an alert.
    pub(super) fn takes(&self, matchers: &[Matcher], alert: &Alert) -> Takes {
        let of = |(label, at): &Matcher| {
            let asked = &self.asked[*label].globs[*at];
            match &alert.0[*label] {
                _ if asked.is_hidden => Takes::Maybe,
                Value::Known(matching) if matching.contains(at) => Takes::Yes,
                Value::Known(_) => Takes::No,
                Value::Unknown if is_any(asked.glob) => Takes::Yes,
                Value::Unknown => Takes::Maybe,
            }
        };
        matchers.iter().map(of).min().unwrap_or(Takes::Yes)
    }

    /// Whether so much can still be looked at.
    pub(super) fn spend(&self, effort: usize) -> bool {
        let left = self.effort.get().checked_sub(effort);
        self.effort.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Walks the routes with an alert.
    fn wait_of(&self, alert: &Alert) -> Option<GroupWait<'o>> {
        let waits = || self.routes.iter().map(|(route, _)| route.group_wait);
        if !self.spend(self.routes.len()) {
            return Some(GroupWait::all(waits().min()?, waits().max()?));
        }
        let mut told: BTreeSet<&ReceiverName> = BTreeSet::new();
        // What tells somebody for sure, what may, and what that comes to if it takes the alert alone.
        let mut sure: Option<(Timespan, usize)> = None;
        let mut least: Option<(Timespan, usize)> = None;
        let mut most: Option<Timespan> = None;
        let mut lone: Option<Timespan> = None;
        for (at, (route, _)) in self.routes.iter().enumerate() {
            let takes = self.takes(&self.matchers[at], alert);
            if takes == Takes::No {
                continue;
            }
            // Whom an earlier one tells is not told again.
            let is_news = route.to.iter().any(|receiver| !told.contains(receiver));
            let own = is_news.then_some((route.group_wait, at));
            least = least.into_iter().chain(own).min();
            match (takes, route.onward) {
                (Takes::Yes, onward) => {
                    sure = sure.into_iter().chain(own).min();
                    told.extend(&route.to);
                    if onward == Onward::Stop {
                        break;
                    }
                }
                (_, Onward::Stop) => {
                    most = most.max(sure.into_iter().chain(own).min().map(|w| w.0));
                }
                (_, Onward::Continue) => lone = lone.max(own.map(|wait| wait.0)),
            }
        }
        let most = most.max(sure.map_or(lone, |(wait, _)| Some(wait)));
        let (least, route) = least?;
        Some(GroupWait {
            route: Some(route),
            ..GroupWait::all(least, most.unwrap_or(least))
        })
    }

    /// Returns the alerts of a rule, with what it says itself, each with the place of its domains.
    fn alerts_of(&self, rule: &RuleOutline, own: &Said) -> BTreeMap<Alert, Option<usize>> {
        if rule.is_fleet == Some(true) {
            let none = self.said([("account", Some("")), ("domain", Some(""))]);
            return BTreeMap::from([(self.alert(none, own), None)]);
        }
        let known = self
            .domains
            .as_ref()
            .filter(|_| rule.is_fleet == Some(false));
        let of_list = known.and_then(|domains| self.of_list(domains, rule));
        let (Some(known), Some(of_list)) = (known, of_list) else {
            return BTreeMap::from([(self.alert(self.unknown(), own), None)]);
        };
        let found = of_list.iter();
        found
            .map(|at| (self.alert(known[*at].said.clone(), own), Some(*at)))
            .collect()
    }

    /// Returns which of the domains a rule is about; `None` if that is not known.
    fn of_list(&self, domains: &[Alike<'_>], rule: &RuleOutline) -> Option<Rc<[usize]>> {
        let list = &rule.domains.list;
        if let Some(found) = self.of_lists.borrow().get(list) {
            return Some(Rc::clone(found)).filter(|found| !found.is_empty());
        }
        let is_known = rule.domains.place.is_none() || rule.domains.is_of_file();
        let count: usize = domains.iter().map(|alike| alike.domains.len()).sum();
        if !is_known || !self.spend(count.saturating_mul(list.texts().count())) {
            return None;
        }
        let has = |alike: &Alike<'_>| alike.domains.iter().any(|d| list.matches(d.as_str()));
        let found = domains.iter().enumerate().filter(|(_, alike)| has(alike));
        let found: Rc<[usize]> = found.map(|(at, _)| at).collect();
        self.of_lists
            .borrow_mut()
            .insert(list.clone(), Rc::clone(&found));
        Some(found).filter(|found| !found.is_empty())
    }

    /// Returns a domain of a rule by its place.
    fn domain_of(&self, rule: &RuleOutline, place: Option<usize>) -> Option<&'o DomainName> {
        let alike = self.domains.as_ref()?.get(place?)?;
        let mut domains = alike.domains.iter();
        domains
            .find(|d| rule.domains.list.matches(d.as_str()))
            .copied()
    }

    fn key(&self, rule: &RuleOutline, severity: Severity) -> Key {
        let labels = rule.labels.iter();
        let labels = labels.map(|(name, value)| (name.as_str(), Some(value.as_str())));
        let own = [
            ("rule", Some(rule.name.as_str())),
            ("severity", Some(severity.as_str())),
        ];
        let said = self.said(own.into_iter().chain(labels));
        (said, rule.domains.list.clone(), rule.is_fleet)
    }

    /// Returns what is said of a domain of which nothing is known.
    fn unknown(&self) -> Said {
        let entries = self.outline.labels.iter();
        let names = entries.flat_map(|entry| entry.entry.labels.keys());
        let names = names.map(String::as_str).chain(["account", "domain"]);
        self.said(names.map(|name| (name, None)))
    }

    fn said<'a>(&self, labels: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Said {
        let mut said: Said = vec![None; self.asked.len()];
        for (name, value) in labels {
            let found = self.asked.binary_search_by(|asked| asked.name.cmp(name));
            if let Ok(at) = found {
                said[at] = Some(self.value(at, value));
            }
        }
        said
    }

    fn value(&self, label: usize, value: Option<&str>) -> Value {
        let asked = &self.asked[label];
        let is_known = !self.outline.hidden_labels.contains(asked.name);
        match value {
            Some(text)
                if is_known
                    && !self.outline.hidden_texts.contains(text)
                    && self.spend(1 + asked.patterns.len()) =>
            {
                Value::Known(asked.matching(text))
            }
            _ => Value::Unknown,
        }
    }

    /// Returns the alert of a rule on a domain: what the rule says itself holds before.
    fn alert(&self, of_domain: Said, own: &[Option<Value>]) -> Alert {
        let own = own.iter().cloned().chain(std::iter::repeat(None));
        let values = of_domain.into_iter().zip(own).enumerate();
        // A label that is not there is empty.
        let value = |(at, (domain, own)): (usize, (Option<Value>, Option<Value>))| {
            own.or(domain).unwrap_or_else(|| self.value(at, Some("")))
        };
        Alert(values.map(value).collect())
    }

    /// Returns the domains of all sources, if each source lists its own and it stands in the file.
    fn known_domains(&self) -> Option<Vec<Alike<'o>>> {
        let outline = self.outline;
        let all = listed(outline)?;
        let effort = all.len().saturating_mul(1 + outline.labels.len());
        let is_hidden = |domain: &&DomainName| outline.hidden_texts.contains(domain.as_str());
        if all.iter().any(is_hidden) || !self.spend(effort) {
            return None;
        }
        let mut found: BTreeMap<Said, Vec<&'o DomainName>> = BTreeMap::new();
        for (source, _) in &outline.sources {
            let Domains::Listed(domains) = &source.domains else {
                return None;
            };
            for domain in domains {
                let own = [
                    ("account", Some(source.account.as_str())),
                    ("domain", Some(domain.as_str())),
                ];
                let entries = outline.labels.iter();
                let of_entries = entries.flat_map(|entry| said_of(entry, domain));
                let said = self.said(of_entries.chain(own));
                found.entry(said).or_default().push(domain);
            }
        }
        let found = found.into_iter();
        Some(
            found
                .map(|(said, domains)| Alike { said, domains })
                .collect(),
        )
    }
}

impl GroupWait<'_> {
    /// Returns that of a file that does not say it.
    pub const fn usual() -> Self {
        Self::all(GROUP_WAIT, GROUP_WAIT)
    }

    /// Returns the wait of one alert that waits from so long to so long.
    const fn all(least: Timespan, most: Timespan) -> Self {
        Self {
            least,
            most,
            sure: least,
            route: None,
            domain: None,
        }
    }
}
