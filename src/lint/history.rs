//! What rules would have done over recorded samples.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::{Loaded, Outline, RuleOutline};
use crate::engine::{Event, Rule};
use crate::lang::ast::When;
use crate::lang::{Compiler, Program};
use crate::replay;
use crate::samples::Samples;
use crate::unit::{Minute, Severity};

/// Recorded samples, and what the rules make of them.
pub(super) struct Past<'a> {
    pub(super) outline: &'a Outline,
    pub(super) samples: &'a Samples,
    pub(super) program: &'a Program,
    /// The rules, by name, each with how often it fired.
    pub(super) rules: BTreeMap<&'a str, (&'a Rule, usize)>,
    /// How many minutes there are from the first sample to the last, both included.
    pub(super) minutes: u64,
}

impl<'a> Past<'a> {
    /// Judges the samples; `None` if the rules have a fault that keeps them from running, or
    /// there are no samples.
    pub(super) fn of(loaded: &'a Loaded, samples: &'a Samples) -> Option<Self> {
        let config = loaded.config.as_ref()?;
        let rules: Vec<Rule> = config.rules.iter().map(|a| a.rule.clone()).collect();
        let first = samples
            .values()
            .filter_map(|minutes| minutes.keys().next())
            .min()?;
        let last = samples
            .values()
            .filter_map(|minutes| minutes.keys().next_back())
            .max()?;
        let mut counted: BTreeMap<&str, (&Rule, usize)> = BTreeMap::new();
        for alerting in &config.rules {
            counted.insert(&alerting.rule.name, (&alerting.rule, 0));
        }
        for event in replay::backtest(&config.program, &rules, samples, None) {
            if event.event == Event::Fired
                && let Some((_, count)) = counted.get_mut(event.key.rule.as_str())
            {
                *count += 1;
            }
        }
        Some(Self {
            outline: &loaded.outline,
            samples,
            program: &config.program,
            rules: counted,
            minutes: minutes_between(*first, *last),
        })
    }

    /// Returns the rules that were judged, each with its outline and how often it fired.
    pub(super) fn judged(&self) -> impl Iterator<Item = (&'a RuleOutline, &'a Rule, usize)> {
        let rules = self.outline.rules.iter();
        rules.filter_map(|outline| {
            let (rule, fired) = *self.rules.get(outline.name.as_str())?;
            Some((outline, rule, fired))
        })
    }

    /// Returns how often a rule would have fired with other conditions; `None` if these are not
    /// sound.
    pub(super) fn fired_with(
        &self,
        outline: &RuleOutline,
        rule: &Rule,
        whens: &[(Severity, When)],
    ) -> Option<usize> {
        let names = &self.outline.scopes.get(outline.scope)?.names;
        let mut compiler = Compiler::default();
        let compiled = compiler.rule(whens, names).ok()?;
        let rule = Rule {
            compiled: Arc::new(compiled),
            ..rule.clone()
        };
        let events = replay::backtest(&compiler.finish(), &[rule], self.samples, None);
        Some(events.iter().filter(|e| e.event == Event::Fired).count())
    }

    /// Returns how long the samples are, in words.
    pub(super) fn length(&self) -> String {
        match self.minutes {
            1 => "a minute".to_owned(),
            minutes if minutes < 2 * 60 => format!("{minutes} minutes"),
            minutes if minutes < 2 * 1440 => format!("{} hours", minutes / 60),
            minutes => format!("{} days", minutes / 1440),
        }
    }
}

fn minutes_between(first: Minute, last: Minute) -> u64 {
    u64::try_from(last.epoch() - first.epoch()).unwrap_or(0) + 1
}
