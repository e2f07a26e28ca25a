//! How far an account's source is, and with which minute it was back when it was late.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::shown::Shown;
use crate::unit::{Minute, Timespan};

/// For how many minutes it is remembered when requests were sent. More than the advances of a source that are.
const ASKED_MAX: usize = 128;

/// How far an account's source is.
///
/// All of it follows from which answers have come and when they were asked for: not from their order, nor
/// from the batches that they came in.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// What its domains have shown, as far as they have codes.
    shown: Shown,
    /// When the last request that was answered and reached up to its present was sent.
    answered: Option<DateTime<Utc>>,
    /// When the first of such requests were sent by which a source was late that had shown nothing after this
    /// minute, but not one that had shown the next.
    late: BTreeMap<Minute, DateTime<Utc>>,
    /// Whether the source was late before it showed the first minute that is remembered.
    was_late: bool,
    /// The minute with which it was back when it was late last, of those that are remembered no longer.
    back_before: Option<Minute>,
    /// The minute with which it was back when it was late last.
    back: Option<Minute>,
    /// Whether it was late, and with which minute it was back, when that was looked at last.
    seen: (bool, Option<Minute>),
}

impl Progress {
    /// Returns what the account's domains have shown.
    pub const fn shown(&self) -> &Shown {
        &self.shown
    }

    /// Returns when the last request that was answered and reached up to its present was sent.
    pub const fn answered(&self) -> Option<DateTime<Utc>> {
        self.answered
    }

    /// Returns the minute with which the source was back when it was late last, in this life of the process.
    pub const fn back(&self) -> Option<Minute> {
        self.back
    }

    /// Whether the last request was sent to a source that was late.
    pub fn is_late(&self, max_lateness: Timespan) -> bool {
        let ends = self.answered.zip(self.shown.latest());
        ends.is_some_and(|(sent, latest)| sent - latest.end() > max_lateness.delta())
    }

    /// Looks at whether the source is late and with which minute it was back; says whether either is news.
    pub fn look_at_lateness(&mut self, max_lateness: Timespan) -> bool {
        let seen = (self.is_late(max_lateness), self.back);
        std::mem::replace(&mut self.seen, seen) != seen
    }

    /// Notes that a request that reached up to its present was answered.
    pub fn note_answered(&mut self, sent: DateTime<Utc>, max_lateness: Timespan) {
        self.answered = self.answered.max(Some(sent));
        let late = Minute::containing(sent - max_lateness.delta() - TimeDelta::nanoseconds(1));
        let first = self
            .late
            .entry(late.previous())
            .or_insert(DateTime::<Utc>::MAX_UTC);
        if sent < *first {
            *first = sent;
            if ASKED_MAX < self.late.len() {
                self.late.pop_first();
            }
            self.look_back();
        }
    }

    /// Notes that a request that was sent then has shown codes as late as this minute; `is_told` says whether
    /// people have been told that the source is late. Says whether that is news.
    pub fn note_shown(&mut self, minute: Minute, sent: DateTime<Utc>, is_told: bool) -> bool {
        let first = self.shown.advances().next();
        if !self.shown.note(minute, sent) {
            return false;
        }
        match (first, self.shown.advances().next()) {
            (None, _) => self.was_late = is_told,
            // It was forgotten.
            (Some((minute, sent)), Some((_, next))) if sent < next => {
                self.back_before = self.was_late.then_some(minute).or(self.back_before);
                self.was_late = self.was_late_after(minute, next);
            }
            (Some(_), _) => {}
        }
        self.look_back();
        true
    }

    /// Takes what was noted of times that are yet to come as of now.
    pub fn forget_the_future(&mut self, now: DateTime<Utc>) {
        self.answered = self.answered.map(|sent| sent.min(now));
    }

    /// Whether a source that had shown nothing after this minute was late when a request was sent before this time.
    fn was_late_after(&self, minute: Minute, sent: DateTime<Utc>) -> bool {
        let first = self.late.range(minute..).next();
        first.is_some_and(|(_, first)| *first < sent)
    }

    /// Looks for the last minute with which the source was back.
    fn look_back(&mut self) {
        let advances = self.shown.advances().rev();
        let before = self.shown.advances().rev().skip(1);
        let mut back = advances.zip(before);
        let back = back.find(|((_, sent), (before, _))| self.was_late_after(*before, *sent));
        let first = self.shown.advances().next().filter(|_| self.was_late);
        let back = back.map(|(advance, _)| advance).or(first);
        self.back = back.map(|(minute, _)| minute).or(self.back_before);
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const MAX_LATENESS: Timespan = Timespan::from_seconds(900);

    fn minute(n: i64) -> Minute {
        Minute::from_epoch(1_000_000 + n).unwrap()
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        minute(0).start() + TimeDelta::seconds(seconds)
    }

    /// An answer: when it was asked for, and the latest minute with codes, if it has any.
    type Answer = (i64, Option<i64>);

    fn progress(answers: &[Answer], is_told: bool) -> Progress {
        let mut progress = Progress::default();
        for (sent, latest) in answers {
            if let Some(latest) = latest {
                progress.note_shown(minute(*latest), at(*sent), is_told);
            }
            progress.note_answered(at(*sent), MAX_LATENESS);
        }
        progress
    }

    fn back(answers: &[Answer]) -> Option<i64> {
        let back = progress(answers, false).back();
        back.map(|minute| minute.epoch() - 1_000_000)
    }

    #[test]
    fn a_source_is_back_if_a_request_before_found_it_late() {
        // The end of minute 0 is at 60 s, so it is late after 960 s.
        let silent = [(120, Some(0)), (900, None), (960, None)];
        assert_eq!(back(&silent), None);
        let in_time = [&silent[..], &[(961, Some(12))]].concat();
        assert_eq!(back(&in_time), None);
        let late = [&silent[..], &[(961, None), (990, Some(12))]].concat();
        assert_eq!(back(&late), Some(12));
        // Nobody asked meanwhile.
        assert_eq!(back(&[(120, Some(0)), (3_600, Some(55))]), None);
        // What comes later is no news, unless it was late all the same.
        let later = [&late[..], &[(1_000, Some(13))]].concat();
        assert_eq!(back(&later), Some(12));
        let still_late = [
            &silent[..],
            &[(961, None), (990, Some(0)), (1_100, Some(1))],
        ]
        .concat();
        assert_eq!(back(&still_late), Some(1));
        let nearer = [&still_late[..], &[(1_120, Some(12)), (1_130, Some(13))]].concat();
        assert_eq!(back(&nearer), Some(12));
    }

    #[test]
    fn a_source_that_was_told_as_late_before_anything_was_shown_is_back_with_the_first_minute() {
        let answers = [(990, Some(12)), (990, Some(13)), (1_050, Some(14))];
        let mut reversed = answers;
        reversed.reverse();
        for answers in [answers, reversed] {
            assert_eq!(progress(&answers, true).back(), Some(minute(13)));
            assert_eq!(progress(&answers, false).back(), None);
        }
    }

    #[test]
    fn with_which_minute_a_source_was_back_is_remembered() {
        let mut answers = vec![(120, Some(0)), (1_000, None), (1_060, Some(12))];
        answers.extend((14..200).map(|n| (n * 60 + 300, Some(n))));
        assert_eq!(back(&answers), Some(12));
    }

    /// The same by its meaning, looking at all answers at once.
    fn back_by_meaning(answers: &[Answer]) -> Option<i64> {
        let latest = |until: i64| {
            let shown = answers.iter().filter(|(sent, _)| *sent < until);
            shown.filter_map(|(_, latest)| *latest).max()
        };
        let is_late = |minute: i64, until: i64| {
            let mut sent = answers.iter().map(|(sent, _)| *sent);
            sent.any(|sent| sent < until && 900 < sent - (minute + 1) * 60)
        };
        let times = answers.iter().map(|(sent, _)| *sent);
        let advances = times.filter_map(|sent| Some((latest(sent)?, latest(sent + 1)?, sent)));
        let advances = advances.filter(|(before, now, _)| before < now);
        let back = advances.filter(|(before, _, sent)| is_late(*before, *sent));
        back.map(|(_, now, _)| now).max()
    }

    fn answers() -> impl Strategy<Value = Vec<Answer>> {
        let lag = prop_oneof![Just(None), (3..25_i64).prop_map(Some)];
        let answer = (0..120_i64, 0..3_i64, lag);
        let answer = answer.prop_map(|(minute, seconds, lag)| {
            let sent = minute * 60 + seconds * 7;
            (sent, lag.map(|lag| minute - lag))
        });
        vec(answer, 0..30)
    }

    proptest! {
        #[test]
        fn the_order_of_answers_does_not_matter(answers in answers()) {
            let expected = back_by_meaning(&answers);
            prop_assert_eq!(back(&answers), expected);
            let mut sorted = answers.clone();
            sorted.sort_unstable();
            prop_assert_eq!(back(&sorted), expected);
            sorted.reverse();
            prop_assert_eq!(back(&sorted), expected);
        }
    }
}
