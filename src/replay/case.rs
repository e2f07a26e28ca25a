//! Rule tests: samples, and what rules must make of them.

use std::collections::BTreeSet;

use super::backtest::judge;
use super::fact::{Fact, What};
use super::only::Only;
pub use super::told::Pace;
use super::{pending, told};
use crate::pipeline::Setup;
use crate::samples::Samples;
use crate::unit::Minute;

/// A rule test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// The minute from which `at` counts: the first of the samples.
    pub start: Minute,
    /// The last minute: the source is asked for it, whether it has something for it or not.
    pub last: Minute,
    /// What the source says.
    pub samples: Samples,
    /// The rules that it is about; `None` for all.
    pub only: Option<BTreeSet<String>>,
    /// Every event that must happen.
    pub expect: Vec<Fact>,
    /// Every pending state that there must be, if the test asks.
    pub pending: Option<Vec<Fact>>,
    /// All that receivers must be told, if the test asks.
    pub delivered: Option<Vec<Fact>>,
}

/// A line of the two timelines: what was expected, what happened, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// What was expected.
    pub expected: Option<Fact>,
    /// What happened.
    pub happened: Option<Fact>,
}

/// How what happened stands to what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MomentOutcome {
    /// It is that.
    Right,
    /// It is of the same alert and minute, and is something else.
    Other,
    /// It did not happen.
    Missing,
    /// It was not expected.
    Surprising,
}

impl Moment {
    /// Returns how the two stand to each other.
    pub fn outcome(&self) -> MomentOutcome {
        match (&self.expected, &self.happened) {
            (Some(expected), Some(happened)) if expected.is_met_by(happened) => {
                MomentOutcome::Right
            }
            (Some(_), Some(_)) => MomentOutcome::Other,
            (Some(_), None) => MomentOutcome::Missing,
            (None, _) => MomentOutcome::Surprising,
        }
    }

    /// Returns its minute, from the test's start.
    pub fn at(&self) -> u32 {
        let fact = self.happened.as_ref().or(self.expected.as_ref());
        fact.map_or(0, |fact| fact.at)
    }
}

/// Judges the samples of a test and returns its two timelines, by minute.
///
/// Events and pending states are the engine's; what is delivered is what the pipeline, driven by
/// simulated time, puts into the outbox.
pub fn run(case: &Case, setup: &Setup) -> Vec<Moment> {
    let mut expected = case.expect.clone();
    expected.extend(case.pending.iter().flatten().cloned());
    expected.extend(case.delivered.iter().flatten().cloned());
    timelines(expected, happened(case, setup))
}

/// Returns what happens in a test, as far as it asks for it, by minute.
pub fn happened(case: &Case, setup: &Setup) -> Vec<Fact> {
    happened_at(case, setup, Pace::WhereNeeded)
}

/// Returns the same; the pace at which the pipeline steps makes no difference.
pub fn happened_at(case: &Case, setup: &Setup, pace: Pace) -> Vec<Fact> {
    // Of what the test is not about, nothing is worked out.
    let only = case.only.as_ref();
    let only = only.map(|names| Only::of(setup.program(), setup.rules(), names));
    let ruleset = only.as_ref().map_or_else(|| setup.ruleset(), Only::ruleset);
    let mut watch = case
        .pending
        .as_ref()
        .map(|_| pending::Watch::new(ruleset.rules, case.start));
    let span = (None, case.last);
    let transitions = judge(ruleset, &case.samples, span, |minute, engine| {
        if let Some(watch) = &mut watch {
            watch.look(minute, engine);
        }
    });
    let mut facts: Vec<Fact> = transitions
        .iter()
        .filter_map(|transition| Fact::of(transition, case.start))
        .collect();
    facts.extend(watch.map(pending::Watch::end).unwrap_or_default());
    if case.delivered.is_some() {
        facts.extend(told::told(
            &case.samples,
            (case.start, case.last),
            setup,
            pace,
        ));
    }
    if let Some(only) = &case.only {
        facts.retain(|fact| only.contains(&fact.rule));
    }
    facts
}

fn timelines(expected: Vec<Fact>, happened: Vec<Fact>) -> Vec<Moment> {
    let mut left: Vec<Option<Fact>> = expected.into_iter().map(Some).collect();
    // What a test says more exactly is not taken by what it says less exactly.
    left.sort_by_key(|fact| fact.as_ref().is_some_and(|fact| fact.severity.is_none()));
    let mut moments: Vec<Moment> = happened
        .into_iter()
        .map(|happened| Moment {
            expected: take(&mut left, |expected| expected.is_met_by(&happened)),
            happened: Some(happened),
        })
        .collect();
    for moment in moments.iter_mut().filter(|m| m.expected.is_none()) {
        if let Some(happened) = &moment.happened {
            moment.expected = take(&mut left, |expected| expected.is_near(happened));
        }
    }
    moments.extend(left.into_iter().flatten().map(|expected| Moment {
        expected: Some(expected),
        happened: None,
    }));
    moments.sort_by_cached_key(|moment| (moment.at(), kind(moment)));
    moments
}

/// Takes the first fact that is left and is meant.
fn take(left: &mut [Option<Fact>], is_meant: impl Fn(&Fact) -> bool) -> Option<Fact> {
    let is_meant = |fact: &&mut Option<Fact>| fact.as_ref().is_some_and(&is_meant);
    left.iter_mut().find(is_meant).and_then(Option::take)
}

/// Returns the place of a moment among those of its minute: events, pending states, deliveries.
fn kind(moment: &Moment) -> u8 {
    let fact = moment.happened.as_ref().or(moment.expected.as_ref());
    match fact.map(|fact| &fact.what) {
        Some(What::Event(_)) => 0,
        Some(What::Pending { .. }) => 1,
        Some(What::Told { .. }) | None => 2,
    }
}
