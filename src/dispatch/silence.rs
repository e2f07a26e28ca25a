//! Silences: alerts that match are judged and shown, and nobody is told, for a time.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use crate::unit::Glob;

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

/// The largest compiled regular expression of a matcher, in bytes: a list of a thousand domains.
const REGEX_BYTES_MAX: usize = 256 * 1024;
/// How many matchers a silence may have.
const MATCHERS_MAX: usize = 32;
/// The longest name or value of a matcher, in bytes.
const MATCHER_BYTES_MAX: usize = 4 * 1024;

/// Why matchers hide nothing or cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HidesError {
    /// There is none, or each of them matches what has no labels.
    #[error("a silence needs a matcher that asks for something: these match every alert")]
    Everything,
    /// There are too many, or one is too long.
    #[error(
        "a silence has at most {MATCHERS_MAX} matchers, each of at most {MATCHER_BYTES_MAX} bytes"
    )]
    Limit,
    /// A regular expression that cannot be read, or is too large.
    #[error("`{value}` is no regular expression that can be used: {why}")]
    Regex {
        /// The expression.
        value: String,
        /// Why not.
        why: String,
    },
}

/// The matchers of a silence, ready to be held against alerts.
#[derive(Clone, Debug)]
pub struct Hides(Vec<(String, Test)>);

#[derive(Clone, Debug)]
enum Test {
    Equal(String),
    NotEqual(String),
    Regex(Regex),
    NotRegex(Regex),
    Glob(Glob),
}

impl Hides {
    /// Reads matchers that a person may ask for.
    ///
    /// # Errors
    ///
    /// When they match every alert, are too many or too long, or a regular expression cannot be
    /// used.
    pub fn parse(matchers: &[Matcher]) -> Result<Self, HidesError> {
        let hides = Self::of(matchers)?;
        if hides.0.iter().all(|(_, test)| test.matches("")) {
            return Err(HidesError::Everything);
        }
        Ok(hides)
    }

    /// Reads matchers, also if they match every alert.
    ///
    /// # Errors
    ///
    /// When they are too many or too long, or a regular expression cannot be used.
    pub fn of(matchers: &[Matcher]) -> Result<Self, HidesError> {
        let is_long =
            |m: &Matcher| MATCHER_BYTES_MAX < m.name.len() || MATCHER_BYTES_MAX < m.value.len();
        if MATCHERS_MAX < matchers.len() || matchers.iter().any(is_long) {
            return Err(HidesError::Limit);
        }
        let test = |matcher: &Matcher| Ok((matcher.name.clone(), Test::of(matcher)?));
        matchers
            .iter()
            .map(test)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether an alert with these labels is hidden; a label that is not there is empty.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = |name: &String| labels.get(name).map_or("", String::as_str);
        self.0.iter().all(|(name, test)| test.matches(value(name)))
    }
}

impl Test {
    fn of(matcher: &Matcher) -> Result<Self, HidesError> {
        let value = matcher.value.clone();
        Ok(match matcher.kind {
            MatcherKind::Equal => Self::Equal(value),
            MatcherKind::NotEqual => Self::NotEqual(value),
            MatcherKind::Regex => Self::Regex(regex(&value)?),
            MatcherKind::NotRegex => Self::NotRegex(regex(&value)?),
            MatcherKind::Glob => Self::Glob(Glob::from(value.as_str())),
        })
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Equal(value) => value == text,
            Self::NotEqual(value) => value != text,
            Self::Regex(regex) => regex.is_match(text),
            Self::NotRegex(regex) => !regex.is_match(text),
            Self::Glob(glob) => glob.matches(text),
        }
    }
}

fn regex(value: &str) -> Result<Regex, HidesError> {
    let whole = format!("^(?:{value})$");
    let mut builder = RegexBuilder::new(&whole);
    builder
        .size_limit(REGEX_BYTES_MAX)
        .dfa_size_limit(REGEX_BYTES_MAX);
    builder.build().map_err(|error| HidesError::Regex {
        value: value.to_owned(),
        why: match error {
            regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
            error => {
                let text = error.to_string();
                let last = text.lines().last().unwrap_or_default();
                last.trim_start_matches("error: ").to_owned()
            }
        },
    })
}

impl Silence {
    /// Whether it hides what it matches at this time.
    pub fn is_active(&self, now: DateTime<Utc>) -> bool {
        self.starts <= now && now < self.ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher(name: &str, kind: MatcherKind, value: &str) -> Matcher {
        Matcher {
            name: name.to_owned(),
            value: value.to_owned(),
            kind,
        }
    }

    #[test]
    fn all_matchers_must_match_and_a_label_that_is_not_there_is_empty() {
        let labels = [("rule", "origin-5xx"), ("domain", "img1.example.com")];
        let labels = labels.map(|(n, v)| (n.to_owned(), v.to_owned())).into();
        let hides = |matchers: &[Matcher]| Hides::parse(matchers).unwrap().matches(&labels);
        let rule = matcher("rule", MatcherKind::Equal, "origin-5xx");
        let img = matcher("domain", MatcherKind::Regex, r"img\d+\.example\.com");
        assert!(hides(&[rule.clone(), img.clone()]));
        assert!(!hides(&[
            rule.clone(),
            matcher("domain", MatcherKind::Regex, "img")
        ]));
        assert!(hides(&[
            rule.clone(),
            matcher("domain", MatcherKind::Glob, "img*")
        ]));
        assert!(hides(&[
            rule.clone(),
            matcher("team", MatcherKind::NotEqual, "edge")
        ]));
        assert!(!hides(&[
            rule,
            matcher("team", MatcherKind::NotRegex, "|edge")
        ]));
        assert!(hides(&[
            matcher("domain", MatcherKind::NotRegex, "www.*"),
            img
        ]));
    }

    #[test]
    fn matchers_that_hide_everything_or_cannot_be_used_are_refused() {
        assert_eq!(Hides::parse(&[]).unwrap_err(), HidesError::Everything);
        let any = matcher("rule", MatcherKind::Regex, ".*");
        assert_eq!(Hides::parse(&[any]).unwrap_err(), HidesError::Everything);
        for bomb in [r"(\w{1000}){1000}", "(", r"(a{1000}){1000}"] {
            let bomb = matcher("rule", MatcherKind::Regex, bomb);
            assert!(matches!(
                Hides::parse(&[bomb]),
                Err(HidesError::Regex { .. })
            ));
        }
        let many = vec![matcher("rule", MatcherKind::Equal, "x"); MATCHERS_MAX + 1];
        assert_eq!(Hides::parse(&many).unwrap_err(), HidesError::Limit);
        let long = matcher(
            "rule",
            MatcherKind::Equal,
            &"x".repeat(MATCHER_BYTES_MAX + 1),
        );
        assert_eq!(Hides::parse(&[long]).unwrap_err(), HidesError::Limit);
    }
}
