//! Silences: alerts that match are judged and shown, and nobody is told, for a time.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A silence, from the rules file or by a person.
///
/// This is the form that is stored, so fields are only ever added, with a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// Its id: a UUID, or `file-` and a number for one of the rules file.
    pub id: String,
    /// What it hides: alerts that match all of them.
    pub matchers: Vec<Matcher>,
    /// When it begins.
    pub starts: DateTime<Utc>,
    /// When it ends at the latest.
    pub ends: DateTime<Utc>,
    /// Whether it ends before that.
    pub end: SilenceEnd,
    /// Who made it.
    pub author: String,
    /// Why.
    pub comment: String,
    /// When it was made or changed.
    pub updated: DateTime<Utc>,
}

/// What ends a silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SilenceEnd {
    /// Its time alone.
    AtTime,
    /// Also that it has hidden alerts, and that the last of them is over.
    WithAlerts,
}

/// A condition on one label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Matcher {
    /// The label; one that an alert does not have is empty.
    pub name: String,
    /// What it is held against.
    pub value: String,
    /// How.
    pub kind: MatcherKind,
}

/// How a label is held against a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatcherKind {
    /// The same text (`=`).
    Equal,
    /// Another text (`!=`).
    NotEqual,
    /// A regular expression matches the whole of it (`=~`).
    Regex,
    /// It does not (`!~`).
    NotRegex,
    /// A glob matches it, as in the rules file.
    Glob,
}
