//! From a transition to the notifications that it causes.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};

use super::calendar::Calendar;
use super::decision::{Decided, Decision};
use super::flush::{ALERTS_MAX, worst_first_key};
use super::inhibit::Inhibition;
use super::link::{LINK_LIFE, Link, LinkAct, LinkKey};
use super::notification::{AlertView, Notification, PartView, Reason, State};
use super::route::{ReceiverName, Route, route_matches};
use super::silence::Silence;
use super::story::CAUSE;
use super::summary;
use crate::engine::{AlertKey, Event, Evidence, PartValue, Subject, Transition};
use crate::lang::program::Type;
use crate::unit::{Decimal, DomainName, GlobList, Minute, Series, Severity, stable_id};

/// What a message says of a rule beside what was judged.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RuleTexts {
    /// Labels of its alerts.
    pub labels: BTreeMap<String, String>,
    /// The template of its summary; empty if it has none.
    pub summary: String,
    /// Where to read what to do; empty if it does not say.
    pub runbook_url: String,
    /// The condition of each severity in canonical form.
    pub conditions: BTreeMap<Severity, String>,
    /// When people are told of it; always, if it does not say.
    pub active_hours: Option<Calendar>,
}

/// Labels for the domains that a list of globs matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainLabels {
    /// Which domains.
    pub domains: GlobList,
    /// Their labels.
    pub labels: BTreeMap<String, String>,
}

/// A channel of a receiver, as far as it matters to what is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiverChannel {
    /// Its number, which it keeps while the receiver's other channels change.
    pub number: u32,
    /// Whether it is told when a person takes an alert on.
    pub hears_acknowledgements: bool,
}

/// The notification policy: who is told of what, and in which words.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Policy {
    /// The routes, in order.
    pub routes: Vec<Route>,
    /// The channels of each receiver.
    pub channels: BTreeMap<ReceiverName, Vec<ReceiverChannel>>,
    /// What is said of each rule.
    pub texts: BTreeMap<String, RuleTexts>,
    /// Labels by domain: of the entries that match, later ones hold.
    pub labels: Vec<DomainLabels>,
    /// Which alerts mute which.
    pub inhibitions: Vec<Inhibition>,
    /// The silences of the rules file.
    pub silences: Vec<Silence>,
    /// The service's address from outside, without a slash at its end; empty if it has none.
    pub external_url: String,
    /// What links in messages are signed with; without it, or without an address, there are none.
    pub link_key: Option<LinkKey>,
}

impl Policy {
    /// Returns the alert of a transition as messages show it; `words` are its summary instead of
    /// the rule's, for the built-in alerts.
    pub fn view(&self, transition: &Transition, words: Option<&str>) -> AlertView {
        let texts = self
            .texts
            .get(&transition.key.rule)
            .cloned()
            .unwrap_or_default();
        let (account, domain, cause) = transition.key.columns();
        let id = transition.key.firing_id(transition.fired);
        let domains = match &transition.key.subject {
            Subject::Series(series) => vec![series.domain.to_string()],
            Subject::Fleet | Subject::Account { .. } => domains_of(&transition.evidence.domains),
        };
        let (state, end_reason) = match &transition.event {
            Event::Fired | Event::SeverityChanged { .. } => (State::Firing, String::new()),
            Event::Resolved => (State::Resolved, String::new()),
            Event::Ended { reason } => (State::Ended, reason.clone()),
        };
        let mut view = AlertView {
            rule: transition.key.rule.clone(),
            account: account.to_owned(),
            domain: domain.to_owned(),
            domains,
            severity: transition.severity.to_string(),
            state,
            since: transition.since.to_string(),
            fired_at: transition.fired.to_string(),
            ended_at: (state != State::Firing).then(|| transition.minute.to_string()),
            condition: texts
                .conditions
                .get(&transition.severity)
                .cloned()
                .unwrap_or_default(),
            value: String::new(),
            peak: String::new(),
            values: Vec::new(),
            labels: self.labels_of(transition, &texts, cause),
            summary: String::new(),
            runbook_url: texts.runbook_url.clone(),
            url: if self.external_url.is_empty() {
                String::new()
            } else {
                format!("{}/alerts/{id}", self.external_url)
            },
            end_reason,
            minute: transition.minute.to_string(),
            ack_url: String::new(),
            silence_url: String::new(),
            ack: None,
            id,
        };
        Self::take_numbers(&mut view, &transition.evidence);
        if state == State::Firing {
            view.ack_url = self.link(LinkAct::Acknowledge, &view.id, transition.minute);
            view.silence_url = self.link(LinkAct::Silence, &view.id, transition.minute);
        }
        view.summary = match words {
            Some(words) => words.to_owned(),
            // An end without numbers is told with those that were told last.
            None if texts.summary.is_empty() || state == State::Ended => String::new(),
            None => {
                let reason = reason_of(&transition.event);
                summary::render(&texts.summary, &view, reason, transition.minute)
            }
        };
        view
    }

    /// Returns the address by which a person answers a message that tells of this minute of a
    /// firing; empty if the service has no address or no key.
    pub fn link(&self, act: LinkAct, firing: &str, minute: Minute) -> String {
        let Some(key) = self
            .link_key
            .as_ref()
            .filter(|_| !self.external_url.is_empty())
        else {
            return String::new();
        };
        let link = Link {
            act,
            alert: firing.to_owned(),
            expires: minute.start() + LINK_LIFE,
        };
        format!("{}/act/{}", self.external_url, link.sign(key))
    }

    /// Puts the numbers behind it into an alert.
    pub(super) fn take_numbers(view: &mut AlertView, evidence: &Evidence) {
        let main = evidence.values.first();
        view.values = evidence.values.iter().map(part_view).collect();
        let value = view.values.first().map(|part| part.value.clone());
        view.value = value.unwrap_or_default();
        let peak = evidence.peak.zip(main);
        let peak = peak.map(|(peak, part)| with_unit(peak, part.of));
        view.peak = peak.unwrap_or_default();
        if view.domain.is_empty() && !evidence.domains.is_empty() {
            view.domains = domains_of(&evidence.domains);
        }
    }

    /// Whether people are told of a rule's alerts at this time.
    pub fn is_active(&self, rule: &str, at: DateTime<Utc>) -> bool {
        let hours = self.texts.get(rule).and_then(|t| t.active_hours.as_ref());
        hours.is_none_or(|hours| hours.is_active(at))
    }

    /// Returns the channels of a receiver; none of one that is no more.
    pub fn channels_of(&self, receiver: &ReceiverName) -> &[ReceiverChannel] {
        self.channels.get(receiver).map_or(&[], Vec::as_slice)
    }

    /// Whether a message goes by the first channel of its receiver: all of them are told the same.
    pub fn is_by_first_channel(&self, told: &Notification) -> bool {
        let receiver = ReceiverName(told.receiver.clone());
        let first = self.channels_of(&receiver).first();
        first.is_some_and(|channel| channel.number == told.channel)
    }

    /// Returns digests of what fired and ended while nobody could ask, for each channel, and what was
    /// decided by that; nothing if nothing did.
    pub fn digest(
        &self,
        past: &[AlertView],
        now: DateTime<Utc>,
    ) -> (Vec<Notification>, Vec<Decision>) {
        let mut by_receiver: BTreeMap<ReceiverName, Vec<AlertView>> = BTreeMap::new();
        for view in past {
            for matched in route_matches(&self.routes, &matchable(view)) {
                by_receiver
                    .entry(matched.receiver)
                    .or_default()
                    .push(view.clone());
            }
        }
        let (mut notifications, mut decisions) = (Vec::new(), Vec::new());
        for (receiver, mut alerts) in by_receiver {
            alerts.sort_by_cached_key(worst_first_key);
            for alerts in alerts.chunks(ALERTS_MAX) {
                let ids: Vec<&str> = alerts.iter().map(|view| view.id.as_str()).collect();
                let story = stable_id(&ids);
                let mut deliveries = Vec::new();
                for (place, channel) in self.channels_of(&receiver).iter().enumerate() {
                    let id = stable_id(&["delivery", &receiver.0, &place.to_string(), &story]);
                    deliveries.push(id.clone());
                    notifications.push(Notification {
                        id,
                        receiver: receiver.0.clone(),
                        channel: channel.number,
                        reason: Reason::Past,
                        group: group_of(alerts),
                        timestamp: now.to_rfc3339_opts(SecondsFormat::Secs, true),
                        alerts: alerts.to_vec(),
                        key: String::new(),
                        others: Vec::new(),
                        undelivered: None,
                    });
                }
                let told = Decided::Told {
                    deliveries,
                    receiver: receiver.0.clone(),
                    reason: Reason::Past,
                    group: String::new(),
                    with: alerts.len() - 1,
                };
                decisions.extend(alerts.iter().map(|view| Decision {
                    firing: view.id.clone(),
                    at: now,
                    what: told.clone(),
                }));
            }
        }
        (notifications, decisions)
    }

    fn labels_of(
        &self,
        transition: &Transition,
        texts: &RuleTexts,
        cause: &str,
    ) -> BTreeMap<String, String> {
        let mut labels = match &transition.key {
            AlertKey {
                subject: Subject::Series(series),
                ..
            } => self.labels_by_domain(&series.domain),
            AlertKey {
                subject: Subject::Fleet | Subject::Account { .. },
                ..
            } => BTreeMap::new(),
        };
        labels.extend(texts.labels.clone());
        if !cause.is_empty() {
            labels.insert(CAUSE.to_owned(), cause.to_owned());
        }
        labels
    }

    /// Returns the labels of a domain: of the entries that match, later ones hold.
    fn labels_by_domain(&self, domain: &DomainName) -> BTreeMap<String, String> {
        let matching = self
            .labels
            .iter()
            .filter(|entry| entry.domains.matches(domain.as_str()));
        matching.flat_map(|entry| entry.labels.clone()).collect()
    }
}

/// Returns why a transition is told.
pub const fn reason_of(event: &Event) -> Reason {
    match event {
        Event::Fired => Reason::First,
        Event::SeverityChanged { .. } => Reason::Changed,
        Event::Resolved => Reason::Resolved,
        Event::Ended { .. } => Reason::Ended,
    }
}

/// Returns what routes match an alert by: its labels, and its own names, which hold before them.
pub fn matchable(view: &AlertView) -> BTreeMap<String, String> {
    let mut labels = view.labels.clone();
    for (name, value) in [
        ("rule", &view.rule),
        ("domain", &view.domain),
        ("account", &view.account),
        ("severity", &view.severity),
    ] {
        labels.insert(name.to_owned(), value.clone());
    }
    labels
}

/// Returns what all alerts have in common of rule, account and domain.
pub(super) fn group_of(alerts: &[AlertView]) -> BTreeMap<String, String> {
    let Some(first) = alerts.first() else {
        return BTreeMap::new();
    };
    let mut group = BTreeMap::new();
    for name in ["rule", "account", "domain"] {
        let of = |view: &AlertView| match name {
            "rule" => view.rule.clone(),
            "account" => view.account.clone(),
            _ => view.domain.clone(),
        };
        let value = of(first);
        if !value.is_empty() && alerts.iter().all(|alert| of(alert) == value) {
            group.insert(name.to_owned(), value);
        }
    }
    group
}

fn domains_of(series: &[Series]) -> Vec<String> {
    let mut domains: Vec<String> = series.iter().map(|s| s.domain.to_string()).collect();
    domains.dedup();
    domains
}

fn part_view(part: &PartValue) -> PartView {
    PartView {
        text: part.text.clone(),
        value: part
            .value
            .map(|v| with_unit(v, part.of))
            .unwrap_or_default(),
    }
}

/// Returns a value as people read it: with its unit, and with fewer decimals the larger it is.
fn with_unit(value: Decimal, of: Type) -> String {
    let places = if value.units().abs() < Decimal::ONE.units() {
        3
    } else {
        1
    };
    let unit = match of {
        Type::Proportion => "%",
        Type::Number | Type::Condition => "",
    };
    format!("{value:.places$}{unit}")
}
