//! What one rules file would have done over a recording.

use std::collections::BTreeSet;

use anyhow::{bail, ensure};

use super::recording::{Recording, Rules};
use super::untried::Untried;
use crate::config::Config;
use crate::daemon::setup;
use crate::engine::{Rule, Transition};
use crate::replay::Judged;
use crate::replay::firing::{Firing, firings};
use crate::replay::messages::{Messages, messages};
use crate::replay::worst::{Outage, is_reference, tier_of, worst};
use crate::unit::{DomainName, Minute, Series};

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
    /// Of which rules it says nothing that they did not fire.
    pub(super) untried: Untried,
}

/// What was judged.
pub(super) struct Scope {
    /// What the recording is called.
    pub(super) name: String,
    /// Its series, in order.
    pub(super) series: Vec<Series>,
    /// The first minute that is judged, and the last.
    pub(super) span: (Minute, Minute),
    /// The first minute that a store has, where it is before those that are judged: the service only
    /// looked back upon it.
    pub(super) looked_back_from: Option<Minute>,
    /// The domains that several accounts have.
    shared: BTreeSet<DomainName>,
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
        let kept_from = recording.kept_from().map_or(first, |from| from.min(first));
        let from = judge_from.map_or(first, |from| from.max(kept_from));
        ensure!(
            from <= last,
            "there is no minute to judge in {name}: it ends at {last}"
        );
        let series = recording.series();
        let mut seen = BTreeSet::new();
        let again = series.iter().filter(|of| !seen.insert(&of.domain));
        Ok(Self {
            name,
            shared: again.map(|of| of.domain.clone()).collect(),
            series,
            span: (from, last),
            looked_back_from: Some(kept_from).filter(|kept| judge_from.is_none() && *kept < from),
        })
    }

    /// Returns what a series is called: its domain, with the account where several have it.
    pub(super) fn title(&self, series: &Series) -> String {
        let domain = &series.domain;
        if self.shared.contains(domain) {
            format!("{domain} ({})", series.account)
        } else {
            domain.to_string()
        }
    }

    /// Returns what the series of a firing is called; nothing of a rule of many.
    pub(super) fn place(&self, firing: &Firing) -> String {
        let series = firing.series();
        series.map_or_else(String::new, |series| self.title(series))
    }

    /// Returns how many minutes were judged, from the first to the last.
    pub(super) fn minutes(&self) -> u64 {
        let (first, last) = (self.span.0.epoch(), self.span.1.epoch() + 1);
        u64::try_from(last - first).unwrap_or(0)
    }
}

impl<'a> Outcome<'a> {
    /// Sums up what happened.
    pub(super) fn new(
        of: &'a Ruleful<'a>,
        judged: Judged,
        (recording, scope): (&Recording, &Scope),
    ) -> anyhow::Result<Self> {
        let setup = setup::of(of.config);
        let mut firings = firings(&judged);
        for firing in &mut firings {
            let tier = tier_of(&of.rules, firing);
            if tier.is_some_and(|tier| is_reference(&of.config.program, tier)) {
                firing.peak = None;
            }
        }
        let (_, last) = scope.span;
        Ok(Self {
            path: of.path,
            config: of.config,
            rules: &of.rules,
            firings,
            messages: messages(&setup, &judged, last),
            untried: Untried::of(of.set(), &judged, (recording, scope))?,
            transitions: judged.transitions,
        })
    }

    /// Returns the worst of what happened, up to the minute `last`, at most `most`, the worst first.
    pub(super) fn worst(&self, last: Minute, most: usize) -> Vec<Outage<'_>> {
        let program = self.config.program.as_ref();
        worst(&self.firings, (program, self.rules), last, most)
    }
}
