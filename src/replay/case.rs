//! Rule tests: samples, and the events that rules must make of them.

use std::collections::BTreeMap;

use super::backtest;
use crate::engine::{Event, Part, Proportion, Rule, Sample, Subject, Transition};
use crate::lang::Program;
use crate::samples::Samples;
use crate::unit::{DomainName, Minute, Severity};

/// The code of what the rows of a minute leave.
pub const REST: u16 = 200;

/// How many units make one hundred percent.
const WHOLE: i64 = 100_000_000_000_000_000;

/// A rule test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// The minute from which `at` counts: the first of the samples.
    pub start: Minute,
    /// What the source says.
    pub samples: Samples,
    /// Everything that must happen.
    pub expect: Vec<Expected>,
}

/// An event that must happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Minutes from the test's start to the minute that decides.
    pub at: u32,
    /// The rule.
    pub rule: String,
    /// The domain; `None` for a rule with `on at least … domains`.
    pub domain: Option<DomainName>,
    /// What happens.
    pub event: Happening,
    /// The severity, if the test says it.
    pub severity: Option<Severity>,
}

/// What can happen to an alert in a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happening {
    /// It began to fire.
    Fired,
    /// Its highest severity changed.
    SeverityChanged,
    /// It ended.
    Resolved,
}

impl Happening {
    /// Returns the word of test files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fired => "fired",
            Self::SeverityChanged => "severity_changed",
            Self::Resolved => "resolved",
        }
    }
}

/// A line of the two timelines: what was expected, what happened, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Minutes from the test's start.
    pub at: i64,
    /// The event that was expected.
    pub expected: Option<Expected>,
    /// The event that happened.
    pub happened: Option<Transition>,
}

impl Moment {
    /// Whether it is as expected.
    pub fn is_right(&self) -> bool {
        self.expected.is_some() && self.happened.is_some()
    }
}

/// Judges the samples of a test and returns its two timelines, by minute.
pub fn run(case: &Case, program: &Program, rules: &[Rule]) -> Vec<Moment> {
    let happened = backtest(program, rules, &case.samples, None);
    let at = |transition: &Transition| transition.minute.epoch() - case.start.epoch();
    let mut left: Vec<Option<&Expected>> = case.expect.iter().map(Some).collect();
    // An event whose severity the test says is not taken by one whose severity it does not.
    left.sort_by_key(|expected| expected.is_some_and(|e| e.severity.is_none()));
    let mut moments = Vec::new();
    for transition in happened {
        let found = left.iter_mut().find(|expected| {
            expected.is_some_and(|expected| is_met(expected, at(&transition), &transition))
        });
        moments.push(Moment {
            at: at(&transition),
            expected: found.and_then(Option::take).cloned(),
            happened: Some(transition),
        });
    }
    moments.extend(left.into_iter().flatten().map(|expected| Moment {
        at: i64::from(expected.at),
        expected: Some(expected.clone()),
        happened: None,
    }));
    moments.sort_by_key(|moment| moment.at);
    moments
}

fn is_met(expected: &Expected, at: i64, happened: &Transition) -> bool {
    let domain = match &happened.key.subject {
        Subject::Series(series) => Some(&series.domain),
        Subject::Fleet | Subject::Account { .. } => None,
    };
    i64::from(expected.at) == at
        && expected.rule == happened.key.rule
        && expected.domain.as_ref() == domain
        && happening(&happened.event) == Some(expected.event)
        && expected
            .severity
            .is_none_or(|severity| severity == happened.severity)
}

/// Returns the word for an event; `None` for an end that is no judgement.
pub fn happening(event: &Event) -> Option<Happening> {
    match event {
        Event::Fired => Some(Happening::Fired),
        Event::SeverityChanged { .. } => Some(Happening::SeverityChanged),
        Event::Resolved => Some(Happening::Resolved),
        Event::Ended { .. } => None,
    }
}

/// Why the rows of a minute make no sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MinuteFault {
    /// They add up to more than 100 %.
    Beyond,
    /// They include [`REST`], and do not add up to 100 %.
    Short,
}

/// Returns the sample of a minute: these codes, and the rest [`REST`]. With `requests`, each part
/// has a count, rounded to the nearest; what rounding leaves is [`REST`] as well.
///
/// # Errors
///
/// A [`MinuteFault`].
pub fn sample(
    codes: &BTreeMap<u16, Proportion>,
    requests: Option<u64>,
) -> Result<Sample, MinuteFault> {
    let sum: i64 = codes.values().map(|part| part.units()).sum();
    let rest = WHOLE - sum;
    if rest < 0 {
        return Err(MinuteFault::Beyond);
    }
    if codes.get(&REST).is_some_and(|part| part.units() > 0) && rest > 0 {
        return Err(MinuteFault::Short);
    }
    let listed = codes.iter().filter(|(code, _)| **code != REST);
    let mut left = requests;
    let mut parts = Vec::with_capacity(codes.len() + 1);
    for (code, proportion) in listed {
        let count = requests.map(|requests| {
            let count = count(*proportion, requests).min(left.unwrap_or(0));
            left = left.map(|left| left - count);
            count
        });
        parts.push(Part {
            code: Some(*code),
            proportion: *proportion,
            count,
        });
    }
    let whole = codes.get(&REST).map_or(0, |part| part.units()) + rest;
    parts.push(Part {
        code: Some(REST),
        proportion: Proportion::from_units(whole).unwrap_or_default(),
        count: left,
    });
    Ok(Sample::new(parts).unwrap_or_default())
}

/// Returns how many of so many requests a proportion is, rounded to the nearest.
pub fn count(proportion: Proportion, requests: u64) -> u64 {
    let units = i128::from(proportion.units()) * i128::from(requests);
    let rounded = crate::unit::div_half_even(units, i128::from(WHOLE));
    u64::try_from(rounded).unwrap_or(0)
}

/// Whether a proportion of so many requests is a whole number of them.
pub fn is_whole(proportion: Proportion, requests: u64) -> bool {
    i128::from(proportion.units()) * i128::from(requests) % i128::from(WHOLE) == 0
}
