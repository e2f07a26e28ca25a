//! Rules that could not be tried on a recording: that these never fired says nothing about them.

use std::collections::BTreeMap;

use super::outcome::Scope;
use super::recording::{Recording, Rules};
use super::words::{clip, duration, whole};
use crate::engine::Rule;
use crate::replay::blind::{Blind, blind};
use crate::replay::{Judged, Track};
use crate::unit::{Series, counted};

/// How many characters of a rule's globs are said.
const GLOBS_MAX: usize = 120;

/// Why rules could not be tried, by their names: what a sentence says of each.
#[derive(Debug, Default)]
pub(super) struct Untried(BTreeMap<String, String>);

impl Untried {
    /// Returns the rules that are about none of the domains, and those that were unknown in every minute of them.
    pub(super) fn of(
        set: Rules<'_>,
        judged: &Judged,
        (recording, scope): (&Recording, &Scope),
    ) -> anyhow::Result<Self> {
        let mut tracks: BTreeMap<&Series, Option<Track>> = BTreeMap::new();
        let mut found = BTreeMap::new();
        for (at, rule) in set.rules.iter().enumerate() {
            let mut about = scope.series.iter();
            let about = about.find(|of| rule.domains.matches(of.domain.as_str()));
            let Some(series) = about else {
                found.insert(rule.name.clone(), stranger(rule, scope));
                continue;
            };
            if judged.tried.get(at) == Some(&true) {
                continue;
            }
            // What one of its domains says stands for all.
            let track = match tracks.get(series) {
                Some(track) => track,
                None => tracks.entry(series).or_insert(recording.track(series)?),
            };
            if let Some(track) = track {
                let why = blind(set.program, rule, track, scope.span.0);
                found.insert(rule.name.clone(), unknown(&why, scope));
            }
        }
        Ok(Self(found))
    }

    /// Whether a rule was tried.
    pub(super) fn has_tried(&self, rule: &Rule) -> bool {
        !self.0.contains_key(&rule.name)
    }

    /// Says why of a rule that was not, as what stands behind its name.
    pub(super) fn why(&self, rule: &Rule) -> Option<&str> {
        self.0.get(&rule.name).map(String::as_str)
    }

    /// Says why of each of the rules that were not, in their order.
    pub(super) fn sentences(&self, rules: &[Rule]) -> Vec<String> {
        let said = rules.iter().filter_map(|rule| {
            let why = self.why(rule)?;
            Some(format!("{} {why}.", whole(&rule.name)))
        });
        said.collect()
    }
}

/// Says that a rule is about none of the domains, and what it is about.
fn stranger(rule: &Rule, scope: &Scope) -> String {
    let globs: Vec<String> = rule.domains.texts().collect();
    let domains = match scope.series.len() as u64 {
        1 => "not to the one domain".to_owned(),
        all => format!("to none of the {}", counted(all, "domain")),
    };
    let globs = clip(&globs.join(", "), GLOBS_MAX);
    format!("applies {domains}: its `domains:` are {globs}")
}

/// Says that a rule was unknown all the time, and why.
fn unknown(why: &Blind, scope: &Scope) -> String {
    let why = match why {
        Blind::Short { reach, minutes } => format!(
            ": it looks back {}, and the data is {}",
            duration(*reach),
            duration(*minutes)
        ),
        Blind::Uncounted => ": the samples have no counts of requests".to_owned(),
        Blind::Value(text) => format!(": `{}` was", whole(text)),
        Blind::Guarded => ": what stands behind its `given` was never true".to_owned(),
        Blind::Whole => String::new(),
    };
    let minutes = match scope.minutes() {
        1 => "in the one minute".to_owned(),
        all => format!("in all {}", counted(all, "minute")),
    };
    format!("was unknown {minutes}{why}")
}
