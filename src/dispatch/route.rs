//! Routes: which receivers take an alert.

use std::collections::BTreeMap;
use std::fmt;

use crate::unit::Glob;

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

/// A route: alerts that match go to its receivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// What it takes; empty takes everything.
    pub matchers: Match,
    /// Where it goes.
    pub to: Vec<ReceiverName>,
    /// Whether later routes are asked as well.
    pub onward: Onward,
}

/// What happens after a route has matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Onward {
    /// The alert is taken.
    Stop,
    /// Later routes are asked too (`continue: true`).
    Continue,
}

impl Route {
    /// Whether the route takes an alert with these labels; a label that is not there is empty.
    pub fn takes(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = |name: &String| labels.get(name).map_or("", String::as_str);
        self.matchers
            .iter()
            .all(|(name, glob)| glob.matches(value(name)))
    }
}

/// Returns the receivers of an alert with these labels, each once, in the order of the routes.
pub fn receivers<'a>(
    routes: &'a [Route],
    labels: &BTreeMap<String, String>,
) -> Vec<&'a ReceiverName> {
    let mut found: Vec<&ReceiverName> = Vec::new();
    for route in routes.iter().filter(|route| route.takes(labels)) {
        for name in &route.to {
            if !found.contains(&name) {
                found.push(name);
            }
        }
        if route.onward == Onward::Stop {
            break;
        }
    }
    found
}
