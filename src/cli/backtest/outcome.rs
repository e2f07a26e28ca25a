//! What one rules file would have done over a recording.

use anyhow::{bail, ensure};

use super::recording::{Recording, Rules};
use super::words::{clip, count, whole};
use crate::config::Config;
use crate::daemon::setup;
use crate::engine::{Rule, Transition};
use crate::replay::Judged;
use crate::replay::firing::{Firing, firings};
use crate::replay::messages::{Messages, messages};
use crate::replay::worst::{Outage, is_reference, tier_of, worst};
use crate::unit::{Minute, Series};

/// How many characters of a rule's globs are said.
const GLOBS_MAX: usize = 120;

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
    /// The first minute that is judged, and the last.
    pub(super) span: (Minute, Minute),
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
    /// Returns what is judged.
    ///
    /// # Errors
    ///
    /// If there is no minute to judge: a step that tries rules on an empty export must not pass for
    /// one that found nothing.
    pub(super) fn new(recording: &Recording, judge_from: Option<Minute>) -> anyhow::Result<Self> {
        let name = recording.name();
        let Some((first, last)) = recording.span() else {
            bail!("there is no minute to judge in {name}");
        };
        let from = judge_from.map_or(first, |from| from.max(first));
        ensure!(
            from <= last,
            "there is no minute to judge in {name}: it ends at {last}"
        );
        Ok(Self {
            name,
            series: recording.series(),
            span: (from, last),
        })
    }

    /// Says which rules are about none of the domains, and what they are about: a sentence for each.
    /// That such a rule never fires says nothing about it.
    pub(super) fn strangers(&self, rules: &[Rule]) -> Vec<String> {
        let strangers = rules.iter().filter(|rule| !self.has_any_of(rule));
        let said = strangers.map(|rule| {
            let globs: Vec<String> = rule.domains.texts().collect();
            let domains = match self.series.len() as u64 {
                1 => "not to the one domain".to_owned(),
                all => format!("to none of the {}", count(all, "domain")),
            };
            format!(
                "{} applies {domains}: its `domains:` are {}",
                whole(&rule.name),
                clip(&globs.join(", "), GLOBS_MAX)
            )
        });
        said.collect()
    }

    /// Whether a rule is about any of the domains.
    pub(super) fn has_any_of(&self, rule: &Rule) -> bool {
        let mut series = self.series.iter();
        series.any(|of| rule.domains.matches(of.domain.as_str()))
    }

    /// Returns how many minutes were judged, from the first to the last.
    pub(super) fn minutes(&self) -> u64 {
        let (first, last) = (self.span.0.epoch(), self.span.1.epoch() + 1);
        u64::try_from(last - first).unwrap_or(0)
    }
}

impl<'a> Outcome<'a> {
    /// Sums up what happened.
    pub(super) fn new(of: &'a Ruleful<'a>, judged: Judged) -> Self {
        let setup = setup::of(of.config);
        let mut firings = firings(&judged);
        for firing in &mut firings {
            let tier = tier_of(&of.rules, firing);
            if tier.is_some_and(|tier| is_reference(&of.config.program, tier)) {
                firing.peak = None;
            }
        }
        Self {
            path: of.path,
            config: of.config,
            rules: &of.rules,
            firings,
            messages: messages(&setup.telling, of.config.settle, &judged.transitions),
            transitions: judged.transitions,
        }
    }

    /// Returns the worst of what happened, up to the minute `last`, at most `most`, the worst first.
    pub(super) fn worst(&self, last: Minute, most: usize) -> Vec<Outage<'_>> {
        let program = self.config.program.as_ref();
        worst(&self.firings, (program, self.rules), last, most)
    }
}
