//! Routes: which receivers take an alert, with which others, and how often they hear of it.

use std::collections::BTreeMap;
use std::fmt;

use chrono::TimeDelta;

use crate::unit::{Glob, Timespan, stable_id};

/// The default of `group_wait:`.
pub const GROUP_WAIT: Timespan = Timespan::from_seconds(10);
/// The default of `group_interval:`.
pub const GROUP_INTERVAL: Timespan = Timespan::from_seconds(60);
/// The default of `repeat_interval:`.
pub const REPEAT_INTERVAL: Timespan = Timespan::from_seconds(4 * 3600);
/// How far reminders that become rarer are apart at the most: whoever is on call today hears of
/// it today.
const REPEAT_MAX: TimeDelta = TimeDelta::days(1);

/// The name of a receiver.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceiverName(pub String);

impl fmt::Display for ReceiverName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Label = glob, all of which must match; `rule`, `domain`, `account`, `severity` and every label.
pub type Match = BTreeMap<String, Glob>;

/// Whether labels match; a label that is not there is empty.
pub fn matches(matchers: &Match, labels: &BTreeMap<String, String>) -> bool {
    let value = |name: &String| labels.get(name).map_or("", String::as_str);
    matchers
        .iter()
        .all(|(name, glob)| glob.matches(value(name)))
}

/// A route: alerts that match go to its receivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// What it takes; empty takes everything.
    pub matchers: Match,
    /// Where it goes.
    pub to: Vec<ReceiverName>,
    /// Whether later routes are asked as well.
    pub onward: Onward,
    /// Which alerts are told together.
    pub group_by: GroupBy,
    /// How long news are collected before they are told.
    pub group_wait: Timespan,
    /// How long it is from one message of a group to the next at the least.
    pub group_interval: Timespan,
    /// When it is reminded of what still fires.
    pub repeat: Repeat,
    /// Who else is told if nobody acknowledges.
    pub escalate: Vec<Escalation>,
}

/// What happens after a route has matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Onward {
    /// The alert is taken.
    Stop,
    /// Later routes are asked too (`continue: true`).
    Continue,
}

/// Which alerts of a route are told together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// Those that have the values of these labels in common; none groups all of them.
    Labels(Vec<String>),
    /// Those that have all labels in common (`...`): each alert for itself.
    All,
}

/// When a group's receivers are reminded of what still fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// How long after the first message.
    pub every: Timespan,
    /// How many times as long it is from each reminder to the next; at least 1.
    pub growth: u32,
}

/// A step of an escalation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalation {
    /// How long after the alert was first told.
    pub after: Timespan,
    /// Who is told then.
    pub to: Vec<ReceiverName>,
}

impl Route {
    /// Returns the route of alerts that match to these receivers, with the defaults.
    pub fn new(matchers: Match, to: Vec<ReceiverName>) -> Self {
        Self {
            matchers,
            to,
            onward: Onward::Stop,
            group_by: GroupBy::Labels(vec!["rule".to_owned()]),
            group_wait: GROUP_WAIT,
            group_interval: GROUP_INTERVAL,
            repeat: Repeat {
                every: REPEAT_INTERVAL,
                growth: 1,
            },
            escalate: Vec::new(),
        }
    }

    /// Whether the route takes an alert with these labels; a label that is not there is empty.
    pub fn takes(&self, labels: &BTreeMap<String, String>) -> bool {
        matches(&self.matchers, labels)
    }

    /// Returns what an alert has in common with those that it is told with.
    fn shared(&self, labels: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        match &self.group_by {
            GroupBy::All => labels.clone(),
            GroupBy::Labels(names) => {
                let pair = |name: &String| Some((name.clone(), labels.get(name)?.clone()));
                names.iter().filter_map(pair).collect()
            }
        }
    }
}

impl Repeat {
    /// Returns how long it is to the next reminder after so many.
    pub fn interval(&self, reminders: u32) -> TimeDelta {
        let every = self.every.delta();
        let most = every.max(REPEAT_MAX);
        let factor = i32::try_from(self.growth)
            .ok()
            .and_then(|growth| growth.checked_pow(reminders));
        let grown = factor.and_then(|factor| every.checked_mul(factor));
        grown.map_or(most, |grown| grown.min(most))
    }
}

/// A receiver to which a route gives an alert, and the group in which it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteMatch {
    /// The place of the route.
    pub route: usize,
    /// The name of the route, which stays when others come or go.
    pub route_id: String,
    /// The key of the group.
    pub key: String,
    /// What its alerts have in common.
    pub labels: BTreeMap<String, String>,
    /// Who is told.
    pub receiver: ReceiverName,
}

/// Returns who is told of an alert with these labels, in the order of the routes. A receiver that a
/// route gives the alert to is not given it again by a later one.
pub fn route_matches(routes: &[Route], labels: &BTreeMap<String, String>) -> Vec<RouteMatch> {
    let mut found: Vec<RouteMatch> = Vec::new();
    for (place, route) in routes.iter().enumerate().filter(|(_, r)| r.takes(labels)) {
        let route_id = route_id(routes, place);
        let shared = route.shared(labels);
        let mut parts = vec!["group", &route_id];
        parts.extend(shared.iter().flat_map(|(n, v)| [n.as_str(), v.as_str()]));
        let key = stable_id(&parts);
        for receiver in &route.to {
            if found.iter().all(|matched| matched.receiver != *receiver) {
                found.push(RouteMatch {
                    route: place,
                    route_id: route_id.clone(),
                    key: key.clone(),
                    labels: shared.clone(),
                    receiver: receiver.clone(),
                });
            }
        }
        if route.onward == Onward::Stop {
            break;
        }
    }
    found
}

/// Returns the name of a route: what it matches, and which one it is of those that match the same.
pub fn route_id(routes: &[Route], place: usize) -> String {
    let Some(route) = routes.get(place) else {
        return String::new();
    };
    let before = &routes[..place];
    let same = before.iter().filter(|r| r.matchers == route.matchers);
    let count = same.count().to_string();
    let globs: Vec<(&str, String)> = route
        .matchers
        .iter()
        .map(|(name, glob)| (name.as_str(), glob.to_string()))
        .collect();
    let mut parts = vec!["route", count.as_str()];
    parts.extend(globs.iter().flat_map(|(n, g)| [*n, g.as_str()]));
    stable_id(&parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reminders_become_rarer_up_to_one_a_day() {
        let repeat = |hours: u32, growth| Repeat {
            every: Timespan::from_seconds(hours * 3600),
            growth,
        };
        let hours = |repeat: Repeat| [0, 1, 2, 3, 40].map(|n| repeat.interval(n).num_hours());
        assert_eq!(hours(repeat(4, 1)), [4, 4, 4, 4, 4]);
        assert_eq!(hours(repeat(4, 2)), [4, 8, 16, 24, 24]);
        assert_eq!(hours(repeat(48, 3)), [48, 48, 48, 48, 48]);
    }

    #[test]
    fn a_receiver_is_given_an_alert_once_and_routes_keep_their_names() {
        let name = |name: &str| ReceiverName(name.to_owned());
        let critical: Match = [("severity".to_owned(), Glob::from("critical"))].into();
        let mut first = Route::new(critical, vec![name("oncall"), name("chat")]);
        first.onward = Onward::Continue;
        let second = Route::new(Match::new(), vec![name("chat"), name("screen")]);
        let labels = [
            ("severity".to_owned(), "critical".to_owned()),
            ("rule".to_owned(), "r".to_owned()),
        ]
        .into();
        let found = route_matches(&[first.clone(), second.clone()], &labels);
        let told: Vec<(usize, &str)> = found
            .iter()
            .map(|l| (l.route, l.receiver.0.as_str()))
            .collect();
        assert_eq!(told, [(0, "oncall"), (0, "chat"), (1, "screen")]);
        let alone = route_matches(&[second], &labels);
        assert_eq!(alone[1].key, found[2].key, "other routes change no key");
    }
}
