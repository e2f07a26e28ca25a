//! When a minute may be judged: what sources have said so far, and whether it is the last word.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{Hash, Hasher};

use chrono::{DateTime, TimeDelta, Utc};

use super::shown::Shown;
use crate::engine::Sample;
use crate::unit::{Minute, MixedHash, Timespan};

/// How much later than its own domain's another domain's samples settle a minute.
pub const OTHER_DOMAIN_LATER: Timespan = Timespan::from_seconds(3 * 60);

/// How many judged minutes are remembered, to notice that the source changes its mind: more
/// than the overlap of two polls.
const REMEMBERED_MAX: usize = 64;

/// The waits that decide when a minute has settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settling {
    /// A minute is judged no sooner than this after its end.
    pub settle: Timespan,
    /// And no later than this, if the source could be asked.
    pub max_lateness: Timespan,
}

impl Settling {
    /// Returns the first minute that has not settled at `now`.
    pub fn first_unsettled(&self, now: DateTime<Utc>) -> Minute {
        Minute::containing(now - self.settle.delta())
    }

    /// Returns the first minute that a source may still be late with at `now`.
    pub fn first_open(&self, now: DateTime<Utc>) -> Minute {
        Minute::containing(now - self.longest())
    }

    /// Returns when a minute is judged, if a sample with codes of it or of a later minute has come for its domain at `own`
    /// and for a domain of the account at `other`, if ever.
    pub fn judged_at(
        &self,
        minute: Minute,
        own: Option<DateTime<Utc>>,
        other: Option<DateTime<Utc>>,
    ) -> DateTime<Utc> {
        let settled = minute.end() + self.settle.delta();
        let later = settled + OTHER_DOMAIN_LATER.delta();
        let own = own.map(|own| own.max(settled));
        let other = other.map(|other| other.max(later));
        let longest = minute.end() + self.longest();
        own.into_iter().chain(other).fold(longest, DateTime::min)
    }

    /// Returns the longest that a minute waits for a source that can be asked.
    fn longest(self) -> TimeDelta {
        self.max_lateness.delta().max(self.settle.delta())
    }
}

/// What the last request that covered a minute had for it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    sent: DateTime<Utc>,
    sample: Option<Sample>,
}

/// The minutes of one series that are not judged yet.
#[derive(Clone, Debug)]
pub struct Intake {
    next: Minute,
    waiting: BTreeMap<Minute, Seen>,
    shown: Shown,
    /// The digests of the minutes before the next one, as they were judged.
    judged: VecDeque<u64>,
}

/// A minute that is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ready {
    /// The source answered with this.
    Sample(Sample),
    /// The source was asked and has nothing.
    Absent,
    /// The source cannot be asked any more.
    Unasked,
}

impl Intake {
    /// Returns an intake that waits for `next` first.
    pub fn new(next: Minute) -> Self {
        Self {
            next,
            waiting: BTreeMap::new(),
            shown: Shown::default(),
            judged: VecDeque::new(),
        }
    }

    /// Returns the next minute to be judged.
    pub const fn next(&self) -> Minute {
        self.next
    }

    /// Returns the first minute from `next` on for which there is something to ask: no answer
    /// has covered it, or none so late that it is the last word.
    pub fn first_unseen(&self, settling: Settling) -> Minute {
        let mut minute = self.next;
        for (at, seen) in &self.waiting {
            if *at != minute || seen.sent - at.end() < settling.longest() {
                break;
            }
            minute = minute.next();
        }
        minute
    }

    /// Takes in an answer for the minutes from `from` up to `to`, and returns how many judged
    /// minutes it sees otherwise than they were judged.
    ///
    /// Of two answers the one that was asked for later holds. Minutes after `sent` are no news.
    pub fn take(
        &mut self,
        from: Minute,
        to: Minute,
        sent: DateTime<Utc>,
        samples: &[(Minute, Sample)],
    ) -> u64 {
        let to = to.min(Minute::containing(sent).next());
        let revised = samples
            .iter()
            .filter(|(minute, sample)| self.is_revised(*minute, sample))
            .count();
        for minute in from.max(self.next).until(to) {
            let seen = self
                .waiting
                .entry(minute)
                .or_insert(Seen { sent, sample: None });
            if seen.sent <= sent {
                *seen = Seen { sent, sample: None };
            }
        }
        let shown = samples
            .iter()
            .filter(|(minute, sample)| sample.has_codes() && *minute < to);
        if let Some(latest) = shown.map(|(minute, _)| *minute).max() {
            self.shown.note(latest, sent);
        }
        for (minute, sample) in samples {
            if let Some(seen) = self.waiting.get_mut(minute)
                && seen.sent == sent
            {
                seen.sample = Some(sample.clone());
            }
        }
        revised as u64
    }

    /// Returns the latest minute for which this domain has shown codes.
    pub fn latest_with_codes(&self) -> Option<Minute> {
        self.shown.latest()
    }

    /// Whether the next minute is ready, by what all domains of the account have shown.
    pub fn is_ready(&self, settling: Settling, account: &Shown) -> bool {
        let seen = self.waiting.get(&self.next);
        seen.is_some_and(|seen| self.is_settled(self.next, seen, settling, account))
    }

    /// Returns the next minute if it is ready, and moves on.
    ///
    /// `account` is what all domains of the account have shown; minutes before `lost_before` are lost
    /// if nobody asked for them in time.
    pub fn pop(
        &mut self,
        settling: Settling,
        account: &Shown,
        lost_before: Minute,
    ) -> Option<(Minute, Ready)> {
        let minute = self.next;
        let ready = match self.waiting.get(&minute) {
            Some(seen) if self.is_settled(minute, seen, settling, account) => {
                let seen = self.waiting.remove(&minute)?;
                seen.sample.map_or(Ready::Absent, Ready::Sample)
            }
            // An answer of before it settled is better than none, once there can be no other.
            Some(_) if minute < lost_before => {
                let seen = self.waiting.remove(&minute)?;
                seen.sample.map_or(Ready::Unasked, Ready::Sample)
            }
            None if minute < lost_before => Ready::Unasked,
            Some(_) | None => return None,
        };
        self.next = minute.next();
        self.remember(&ready);
        Some((minute, ready))
    }

    fn is_settled(&self, minute: Minute, seen: &Seen, settling: Settling, account: &Shown) -> bool {
        let waited = seen.sent - minute.end();
        let settle = settling.settle.delta();
        (waited >= settle && self.shown.is_past(minute, seen.sent))
            || (waited >= settle + OTHER_DOMAIN_LATER.delta() && account.is_past(minute, seen.sent))
            || waited >= settling.longest()
    }

    fn remember(&mut self, ready: &Ready) {
        if self.judged.len() == REMEMBERED_MAX {
            self.judged.pop_front();
        }
        let sample = match ready {
            Ready::Sample(sample) => Some(sample),
            Ready::Absent | Ready::Unasked => None,
        };
        self.judged.push_back(digest(sample));
    }

    fn is_revised(&self, minute: Minute, sample: &Sample) -> bool {
        let ago = usize::try_from(self.next.epoch() - minute.epoch()).unwrap_or(0);
        let place = self.judged.len().checked_sub(ago);
        let judged = place.and_then(|place| self.judged.get(place));
        judged.is_some_and(|judged| *judged != digest(Some(sample)))
    }
}

/// Returns a number that tells one sample from another.
fn digest(sample: Option<&Sample>) -> u64 {
    let mut hash = MixedHash::default();
    sample.hash(&mut hash);
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Part, Proportion};

    const SETTLING: Settling = Settling {
        settle: Timespan::from_seconds(300),
        max_lateness: Timespan::from_seconds(900),
    };

    fn minute(n: i64) -> Minute {
        Minute::from_epoch(1_000_000 + n).unwrap()
    }

    fn after_end(n: i64, seconds: i64) -> DateTime<Utc> {
        minute(n).end() + TimeDelta::seconds(seconds)
    }

    fn codes() -> Sample {
        let proportion: Proportion = "100".parse().unwrap();
        Sample::new(vec![Part {
            code: Some(200),
            proportion,
            count: Some(9),
        }])
        .unwrap()
    }

    fn pop(intake: &mut Intake, account: Option<Minute>) -> Option<Ready> {
        let mut shown = Shown::default();
        if let Some(latest) = account {
            shown.note(latest, after_end(0, 0));
        }
        intake
            .pop(SETTLING, &shown, minute(-10_000))
            .map(|(_, ready)| ready)
    }

    #[test]
    fn a_sample_is_judged_once_a_request_after_settling_shows_it() {
        let mut intake = Intake::new(minute(0));
        intake.take(
            minute(-9),
            minute(1),
            after_end(0, 299),
            &[(minute(0), codes())],
        );
        assert_eq!(pop(&mut intake, None), None);
        intake.take(
            minute(-9),
            minute(1),
            after_end(0, 300),
            &[(minute(0), codes())],
        );
        assert_eq!(pop(&mut intake, None), Some(Ready::Sample(codes())));
        assert_eq!(pop(&mut intake, None), None);
    }

    #[test]
    fn a_late_source_delays_and_invents_no_gap() {
        let mut intake = Intake::new(minute(0));
        for seconds in [300, 480, 899] {
            intake.take(minute(0), minute(1), after_end(0, seconds), &[]);
            assert_eq!(pop(&mut intake, Some(minute(-1))), None, "{seconds}");
        }
        intake.take(minute(0), minute(1), after_end(0, 900), &[]);
        assert_eq!(pop(&mut intake, None), Some(Ready::Absent));
    }

    #[test]
    fn a_later_sample_of_the_domain_makes_a_skipped_minute_absent() {
        let mut intake = Intake::new(minute(0));
        intake.take(
            minute(0),
            minute(2),
            after_end(0, 330),
            &[(minute(1), codes())],
        );
        assert_eq!(pop(&mut intake, None), Some(Ready::Absent));
        assert_eq!(pop(&mut intake, None), None);
    }

    #[test]
    fn another_domain_settles_a_minute_three_minutes_later() {
        let mut intake = Intake::new(minute(0));
        intake.take(minute(0), minute(1), after_end(0, 479), &[]);
        assert_eq!(pop(&mut intake, Some(minute(0))), None);
        intake.take(minute(0), minute(1), after_end(0, 480), &[]);
        assert_eq!(pop(&mut intake, Some(minute(0))), Some(Ready::Absent));
    }

    #[test]
    fn an_older_answer_that_comes_later_changes_nothing() {
        let mut intake = Intake::new(minute(0));
        intake.take(
            minute(0),
            minute(1),
            after_end(0, 310),
            &[(minute(0), codes())],
        );
        intake.take(minute(0), minute(1), after_end(0, 305), &[]);
        assert_eq!(pop(&mut intake, None), Some(Ready::Sample(codes())));
    }

    #[test]
    fn a_minute_that_nobody_can_ask_for_any_more_is_unasked() {
        let mut intake = Intake::new(minute(0));
        let nobody = Shown::default();
        assert_eq!(intake.pop(SETTLING, &nobody, minute(0)), None);
        assert_eq!(
            intake.pop(SETTLING, &nobody, minute(1)),
            Some((minute(0), Ready::Unasked))
        );
    }

    #[test]
    fn a_revision_of_a_judged_minute_is_counted_and_changes_nothing() {
        let mut intake = Intake::new(minute(0));
        let at = after_end(0, 300);
        assert_eq!(
            intake.take(minute(0), minute(1), at, &[(minute(0), codes())]),
            0
        );
        assert!(pop(&mut intake, None).is_some());
        assert_eq!(
            intake.take(minute(0), minute(1), at, &[(minute(0), codes())]),
            0
        );
        assert_eq!(
            intake.take(minute(0), minute(1), at, &[(minute(0), Sample::default())]),
            1
        );
        assert_eq!(intake.next(), minute(1));
    }

    #[test]
    fn each_minute_is_held_against_what_was_judged_of_it_as_long_as_that_is_remembered() {
        let last = i64::try_from(REMEMBERED_MAX).unwrap() + 9;
        let (from, to) = (minute(0), minute(last + 1));
        // Every other minute has codes, so that one taken for its neighbour shows.
        let seen = |n: i64| {
            if n % 2 == 0 {
                codes()
            } else {
                Sample::default()
            }
        };
        let all: Vec<_> = (0..=last).map(|n| (minute(n), seen(n))).collect();
        let mut intake = Intake::new(from);
        let at = after_end(last, 900);
        assert_eq!(intake.take(from, to, at, &all), 0);
        while pop(&mut intake, None).is_some() {}
        assert_eq!(intake.next(), to);
        assert_eq!(intake.take(from, to, at, &all), 0);
        let others: Vec<_> = (0..=last).map(|n| (minute(n), seen(n + 1))).collect();
        assert_eq!(intake.take(from, to, at, &others), REMEMBERED_MAX as u64);
    }

    #[test]
    fn minutes_after_the_request_are_no_news() {
        let mut intake = Intake::new(minute(0));
        intake.take(
            minute(0),
            minute(60),
            after_end(0, 0),
            &[(minute(50), codes())],
        );
        assert_eq!(intake.latest_with_codes(), None);
        assert!(intake.waiting.contains_key(&minute(1)));
        assert!(!intake.waiting.contains_key(&minute(2)));
    }

    #[test]
    fn what_was_asked_before_it_settled_is_asked_again() {
        let mut intake = Intake::new(minute(0));
        intake.take(minute(0), minute(4), after_end(2, 60), &[]);
        assert_eq!(intake.first_unseen(SETTLING), minute(0));
        intake.take(minute(0), minute(2), after_end(1, 900), &[]);
        assert_eq!(intake.first_unseen(SETTLING), minute(2));
    }

    #[test]
    fn what_a_later_request_shows_says_nothing_of_an_earlier_one() {
        let mut shown = Shown::default();
        shown.note(minute(3), after_end(0, 540));
        shown.note(minute(1), after_end(0, 500));
        shown.note(minute(2), after_end(0, 560));
        assert_eq!(shown.latest(), Some(minute(3)));
        assert_eq!(shown.since(minute(1)), Some(after_end(0, 500)));
        assert_eq!(shown.since(minute(2)), Some(after_end(0, 540)));
        let mut intake = Intake::new(minute(0));
        intake.take(minute(0), minute(1), after_end(0, 490), &[]);
        assert_eq!(intake.pop(SETTLING, &shown, minute(-9)), None);
        intake.take(minute(0), minute(1), after_end(0, 501), &[]);
        assert!(intake.pop(SETTLING, &shown, minute(-9)).is_some());
    }
}
