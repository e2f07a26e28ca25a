//! What one rules file would have done over a recording.

use super::recording::{Recording, Rules};
use crate::config::Config;
use crate::daemon::setup;
use crate::engine::{Rule, Transition};
use crate::replay::Judged;
use crate::replay::firing::{Firing, firings};
use crate::replay::messages::{Messages, messages};
use crate::unit::{Minute, Series};

/// What one rules file would have done.
pub(super) struct Outcome<'a> {
    /// The file's path.
    pub(super) path: &'a str,
    /// What it says.
    pub(super) config: &'a Config,
    pub(super) rules: &'a [Rule],
    pub(super) transitions: Vec<Transition>,
    pub(super) firings: Vec<Firing>,
    /// How many messages each receiver would have had.
    pub(super) messages: Messages,
}

/// What was judged.
pub(super) struct Scope {
    /// What the recording is called.
    pub(super) name: String,
    /// Its series, in order.
    pub(super) series: Vec<Series>,
    /// The first minute that is judged, if there is one, and the last.
    pub(super) span: Option<(Minute, Minute)>,
}

/// A rules file, and its rules alone.
pub(super) struct Ruleful<'a> {
    pub(super) path: &'a str,
    pub(super) config: &'a Config,
    pub(super) rules: Vec<Rule>,
}

impl<'a> Ruleful<'a> {
    pub(super) fn new(path: &'a str, config: &'a Config) -> Self {
        let rules = config.rules.iter().map(|alerting| alerting.rule.clone());
        Self {
            path,
            config,
            rules: rules.collect(),
        }
    }

    /// Returns what the engine takes.
    pub(super) fn set(&self) -> Rules<'_> {
        Rules {
            program: &self.config.program,
            rules: &self.rules,
        }
    }
}

impl Scope {
    pub(super) fn new(recording: &Recording, judge_from: Option<Minute>) -> Self {
        let span = recording.span();
        Self {
            name: recording.name(),
            series: recording.series(),
            span: span
                .map(|(first, last)| (judge_from.map_or(first, |from| from.max(first)), last))
                .filter(|(first, last)| first <= last),
        }
    }

    /// Returns how many minutes were judged, from the first to the last.
    pub(super) fn minutes(&self) -> u64 {
        let (first, last) = match self.span {
            Some((first, last)) => (first.epoch(), last.epoch() + 1),
            None => (0, 0),
        };
        u64::try_from(last - first).unwrap_or(0)
    }
}

impl<'a> Outcome<'a> {
    /// Sums up what happened.
    pub(super) fn new(of: &'a Ruleful<'a>, judged: Judged) -> Self {
        let setup = setup::of(of.config);
        Self {
            path: of.path,
            config: of.config,
            rules: &of.rules,
            firings: firings(&judged),
            messages: messages(&setup.telling, of.config.settle, &judged.transitions),
            transitions: judged.transitions,
        }
    }
}
