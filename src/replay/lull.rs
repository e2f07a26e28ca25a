//! The minutes of a rule test in which nothing can happen: the next step takes them in with its own.
//!
//! A step over many minutes tells what steps over each of them tell, where every domain has codes in
//! all of them, no alert changes, nothing is due, and nothing is kept back for a reason that time
//! takes away. Whatever is not sure to be such a minute has its own step.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::backtest::begins;
use super::course::{Course, CourseFindings};
use super::track::first_minute;
use crate::engine::{Recording, Ruleset};
use crate::pipeline::{Pipeline, Settling};
use crate::samples::Samples;
use crate::unit::Minute;

/// From one step of the service to the next, where nothing happens between.
pub(super) const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// What is known of a test's minutes before it is run.
pub(super) struct Lulls {
    /// The minutes in which an alert changes.
    changes: BTreeSet<Minute>,
    /// The minutes in which a domain has no codes.
    gaps: BTreeSet<Minute>,
    last: Minute,
    settling: Settling,
}

impl Lulls {
    /// Looks through the samples of a test, up to the minute `last`.
    pub(super) fn new(
        ruleset: Ruleset<'_>,
        samples: &Samples,
        last: Minute,
        settling: Settling,
    ) -> Self {
        let course = Course::until(ruleset, begins(ruleset.rules, samples, None), last);
        let mut findings = CourseFindings::default();
        for (domain, minutes) in samples {
            let recording = minutes.iter().collect::<Recording>();
            findings.append(course.judge_all(std::iter::once((domain, &recording))));
        }
        let changes = course.end(findings).transitions.into_iter();
        Self {
            changes: changes.map(|transition| transition.minute).collect(),
            gaps: gaps(samples, last),
            last,
            settling,
        }
    }

    /// Returns when the next step is, after one at `now`. `next` is the first minute that is not
    /// judged on all domains.
    pub(super) fn next_step(
        &self,
        now: DateTime<Utc>,
        next: Minute,
        pipeline: &Pipeline,
    ) -> DateTime<Utc> {
        let due = pipeline.due(now);
        let mut at = now + MINUTE;
        for _ in 0..pipeline.rests() {
            if due.is_some_and(|due| due < at + MINUTE) || !self.is_lull(at, next) {
                break;
            }
            at += MINUTE;
        }
        at
    }

    /// Whether a step at this time would only take in and judge minutes in which nothing happens.
    fn is_lull(&self, at: DateTime<Utc>, next: Minute) -> bool {
        let end = Minute::containing(at).min(self.last.next());
        let settled = self.settling.first_unsettled(at).min(end);
        let is_late = self.settling.max_lateness.delta() < at - self.last.end();
        settled <= self.last
            && !is_late
            && !has_any(&self.changes, next, settled)
            && !has_any(&self.gaps, next, end)
    }
}

/// Whether one of the minutes lies between two, the first included.
fn has_any(minutes: &BTreeSet<Minute>, from: Minute, to: Minute) -> bool {
    from < to && minutes.range(from..to).next().is_some()
}

/// Returns the minutes up to `last` in which a domain has no codes, or has not begun.
fn gaps(samples: &Samples, last: Minute) -> BTreeSet<Minute> {
    let mut coded: BTreeMap<Minute, usize> = BTreeMap::new();
    let (mut first, mut domains) = (None, 0);
    for minutes in samples.values().filter(|minutes| !minutes.is_empty()) {
        domains += 1;
        first = first.into_iter().chain(first_minute(minutes)).min();
        for (minute, _) in minutes.iter().filter(|(_, sample)| sample.has_codes()) {
            *coded.entry(*minute).or_default() += 1;
        }
    }
    let all = first.into_iter().flat_map(|first| first.until(last.next()));
    all.filter(|minute| coded.get(minute) != Some(&domains))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::Timespan;

    #[test]
    fn minutes_of_changes_and_gaps_and_the_last_have_their_own_steps() {
        let minute = |n: i64| Minute::from_epoch(1_000_000 + n).unwrap();
        let lulls = Lulls {
            changes: BTreeSet::from([minute(5)]),
            gaps: BTreeSet::from([minute(20)]),
            last: minute(40),
            settling: Settling {
                settle: Timespan::from_seconds(120),
                max_lateness: Timespan::from_seconds(600),
            },
        };
        // At the beginning of a minute the one three before it has settled.
        let is_lull = |at: i64, next: i64| lulls.is_lull(minute(at).start(), minute(next));
        assert!(is_lull(7, 2), "the fifth is settled a minute later");
        assert!(!is_lull(8, 2) && !is_lull(9, 2) && is_lull(9, 6));
        assert!(is_lull(20, 6) && !is_lull(21, 6), "the gap is asked for");
        assert!(!is_lull(23, 20) && is_lull(23, 21), "until it is judged");
        assert!(is_lull(42, 21) && !is_lull(43, 21), "the last is judged");
        let late = Lulls {
            settling: Settling {
                settle: Timespan::from_seconds(1_200),
                ..lulls.settling
            },
            ..lulls
        };
        let is_lull = |at: i64| late.is_lull(minute(at).start(), minute(25));
        assert!(is_lull(51) && !is_lull(52), "the source is late");
    }
}
