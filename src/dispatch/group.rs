//! Groups: one receiver's part in the alerts of a route that are told together.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::route::Route;

/// Which group, and whose part in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupId {
    /// The key of the group.
    pub key: String,
    /// The receiver.
    pub receiver: String,
}

/// What one receiver hears of a group, and when.
///
/// This is the form of its note, so fields are only ever added, with a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The name of its route.
    pub route: String,
    /// What its alerts have in common.
    pub labels: BTreeMap<String, String>,
    /// Since when there is something to tell.
    #[serde(default)]
    pub news: Option<DateTime<Utc>>,
    /// When something was told last.
    #[serde(default)]
    pub sent: Option<DateTime<Utc>>,
    /// From when the next reminder counts.
    #[serde(default)]
    pub clock: Option<DateTime<Utc>>,
    /// How often it was reminded.
    #[serde(default)]
    pub reminders: u32,
    /// The firings that are told in it.
    #[serde(skip)]
    pub stories: BTreeSet<String>,
}

impl Group {
    /// Returns a group in which nothing has been told.
    pub fn new(route: String, labels: BTreeMap<String, String>) -> Self {
        Self {
            route,
            labels,
            news: None,
            sent: None,
            clock: None,
            reminders: 0,
            stories: BTreeSet::new(),
        }
    }

    /// Returns when its news are to be told: they are collected for a while, and one message does
    /// not follow another at once.
    pub fn news_due(&self, route: &Route) -> Option<DateTime<Utc>> {
        let collected = self.news? + route.group_wait.delta();
        let spaced = self.sent.map(|sent| sent + route.group_interval.delta());
        Some(spaced.map_or(collected, |spaced| spaced.max(collected)))
    }

    /// Returns when its receiver is to be reminded of what still fires.
    pub fn reminder_due(&self, route: &Route) -> Option<DateTime<Utc>> {
        let due = self.clock? + route.repeat.interval(self.reminders);
        let spaced = self.sent.map(|sent| sent + route.group_interval.delta());
        Some(spaced.map_or(due, |spaced| spaced.max(due)))
    }
}

impl GroupId {
    /// Returns the name of its note, without what all of them begin with.
    pub fn note(&self) -> String {
        format!("{}/{}", self.key, self.receiver)
    }

    /// Reads the name of a note.
    pub fn parse(note: &str) -> Option<Self> {
        let (key, receiver) = note.split_once('/')?;
        Some(Self {
            key: key.to_owned(),
            receiver: receiver.to_owned(),
        })
    }
}
