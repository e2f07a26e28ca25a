//! What to ask an account for next: the present before the past, and trouble first. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::pipeline::Want;
use crate::source::MinuteRange;
use crate::unit::{DomainName, Minute, Minutes, Timespan};

/// The longest span of one call at one-minute steps.
/// Source: `DescribeDomainRealTimeSrcHttpCodeData`, time granularity.
const SPAN_MAX: Minutes = Minutes::new(60).unwrap();

/// How many calls in a row go to the present of calm domains while others wait for the past. Where
/// the rate is used up there is no moment without a call for the present, and rules that look
/// back would wait until the minutes lived fill their reach. One call in twenty is a day of the past
/// of 300 domains in eight hours; meanwhile figures of calm domains are 74 s old at the 99th percentile
/// instead of 60, as the service's benchmark reckons for 5 calls a second.
const PRESENT_IN_A_ROW_MAX: u32 = 19;

/// How far a poll looks back beyond what it needs, so that revisions are noticed.
const OVERLAP: Minutes = Minutes::new(20).unwrap();

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// The minutes of now.
    Present,
    /// Minutes that are to be judged and could not be asked for in time.
    Missed,
    /// Minutes that are looked back upon.
    Backfill,
}

/// A call to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The domain.
    pub domain: DomainName,
    /// The minutes.
    pub span: MinuteRange,
    /// What for.
    pub purpose: Purpose,
}

/// What is known of the calls of a domain.
#[derive(Clone, Debug, Default)]
struct CallHistory {
    /// The tick of the last call for the present that did not fail.
    tick: Option<Minute>,
    /// Since which tick it waits for its turn: that of its last call for the present, or, after
    /// one that failed, of when it may be asked again.
    since: Option<Minute>,
    /// Not before this, because the last call failed.
    not_before: Option<DateTime<Utc>>,
    /// How many calls have failed in a row.
    failures: u32,
    /// The first missed minute that was asked for last, and in which tick.
    missed: Option<(Minute, Minute)>,
    /// The first covered minute when the past was asked for last, and in which tick.
    backfill: Option<(Minute, Minute)>,
    /// What the domain is being asked for now.
    underway: BTreeSet<Purpose>,
}

/// What comes first: the purpose, whether the domain is calm, and the tick since which it waits.
type Rank = (Purpose, bool, Option<Minute>);

/// What is known of a domain, and where it waits.
#[derive(Clone, Debug)]
struct QueuedDomain {
    want: Want,
    asked: CallHistory,
    rank: Option<Rank>,
}

/// The agenda of one account.
///
/// Domains wait in order of their ranks, so that a choice does not look at all of them. What
/// depends on the time alone changes with the minute, and then all are ranked anew.
#[derive(Clone, Debug)]
pub struct Agenda {
    settle: Timespan,
    domains: BTreeMap<DomainName, QueuedDomain>,
    queue: BTreeSet<(Rank, DomainName)>,
    /// The domains that are left alone until a time.
    resting: BTreeSet<(DateTime<Utc>, DomainName)>,
    /// When a call was chosen last.
    now: DateTime<Utc>,
    /// How many calls were for the present since the last that was not.
    in_a_row: u32,
    /// The tick and the minute that the ranks are of.
    ranked: Option<(Minute, Minute)>,
}

impl Agenda {
    /// Returns the agenda of an account of which nothing is wanted yet.
    pub fn new(settle: Timespan) -> Self {
        Self {
            settle,
            domains: BTreeMap::new(),
            queue: BTreeSet::new(),
            resting: BTreeSet::new(),
            now: DateTime::UNIX_EPOCH,
            in_a_row: 0,
            ranked: None,
        }
    }

    /// Takes down what is wanted of a domain from now on.
    pub fn want(&mut self, domain: &DomainName, want: Option<Want>) {
        self.take_out(domain);
        match (want, self.domains.get_mut(domain)) {
            (Some(want), Some(entry)) => entry.want = want,
            (Some(want), None) => {
                let entry = QueuedDomain {
                    want,
                    asked: CallHistory::default(),
                    rank: None,
                };
                self.domains.insert(domain.clone(), entry);
            }
            (None, _) => {
                self.domains.remove(domain);
            }
        }
        self.put_in(domain);
    }

    /// Returns the call that matters most and notes it as under way; nothing if all is asked for.
    ///
    /// Each domain is asked once a minute for the present, at the moment in which a minute
    /// settles or as soon after as the budget allows: those that are pending or firing first,
    /// then those that have waited longest. Then come missed minutes, then the backfill.
    pub fn choose(&mut self, now: DateTime<Utc>) -> Option<Call> {
        let before = self.tick();
        self.now = now;
        let tick = self.tick();
        if tick < before {
            self.forget_times();
        }
        if self.ranked != Some((tick, Minute::containing(now))) {
            self.ranked = Some((tick, Minute::containing(now)));
            let all: Vec<DomainName> = self.domains.keys().cloned().collect();
            for domain in all {
                self.rank(&domain);
            }
        }
        while let Some((_, domain)) = self.resting.first().filter(|(until, _)| *until <= now) {
            let domain = domain.clone();
            self.resting.pop_first();
            self.rank(&domain);
        }
        let ((purpose, ..), domain) = self.first()?.clone();
        self.in_a_row = match purpose {
            Purpose::Present => self.in_a_row.saturating_add(1),
            Purpose::Missed | Purpose::Backfill => 0,
        };
        self.take_out(&domain);
        let QueuedDomain { want, asked, .. } = self.domains.get_mut(&domain)?;
        asked.underway.insert(purpose);
        match purpose {
            Purpose::Present => (asked.tick, asked.since) = (Some(tick), Some(tick)),
            Purpose::Missed => asked.missed = Some((want.first_unseen, tick)),
            Purpose::Backfill => asked.backfill = Some((want.covered_from, tick)),
        }
        let span = span_of(want, purpose, now);
        self.put_in(&domain);
        Some(Call {
            domain,
            span,
            purpose,
        })
    }

    /// Returns the domain whose turn it is.
    fn first(&self) -> Option<&(Rank, DomainName)> {
        let first = self.queue.first()?;
        let is_past_due = PRESENT_IN_A_ROW_MAX <= self.in_a_row;
        let past = ((Purpose::Missed, false, None), DomainName::from(""));
        match first.0 {
            (Purpose::Present, true, _) if is_past_due => {
                self.queue.range(past..).next().or(Some(first))
            }
            _ => Some(first),
        }
    }

    /// Notes that a call was answered.
    pub fn answered(&mut self, call: &Call) {
        self.change(&call.domain, |asked| {
            asked.underway.remove(&call.purpose);
            asked.not_before = None;
            asked.failures = 0;
        });
    }

    /// Notes that a call failed and returns how many have failed in a row; the domain is asked
    /// again not before `again`, and after those that have waited for longer.
    pub fn failed(&mut self, call: &Call, again: DateTime<Utc>) -> u32 {
        let since = self.tick_at(again);
        self.change(&call.domain, |asked| {
            asked.underway.remove(&call.purpose);
            asked.not_before = Some(again);
            (asked.tick, asked.missed, asked.backfill) = (None, None, None);
            asked.since = Some(since);
            asked.failures = asked.failures.saturating_add(1);
        });
        self.failures(&call.domain)
    }

    /// Returns how many calls for the domain have failed in a row.
    pub fn failures(&self, domain: &DomainName) -> u32 {
        let entry = self.domains.get(domain);
        entry.map_or(0, |entry| entry.asked.failures)
    }

    /// Returns how many domains there are.
    pub fn domain_count(&self) -> usize {
        self.domains.len()
    }

    fn tick(&self) -> Minute {
        self.tick_at(self.now)
    }

    fn tick_at(&self, time: DateTime<Utc>) -> Minute {
        Minute::containing(time - self.settle.delta())
    }

    /// Forgets when calls were made and how long domains rest: the clock was put back, and by
    /// what it shows now those times are yet to come.
    fn forget_times(&mut self) {
        self.resting.clear();
        self.queue.clear();
        for QueuedDomain { asked, rank, .. } in self.domains.values_mut() {
            (asked.tick, asked.since, asked.not_before) = (None, None, None);
            (asked.missed, asked.backfill) = (None, None);
            *rank = None;
        }
        self.ranked = None;
    }

    fn change(&mut self, domain: &DomainName, change: impl FnOnce(&mut CallHistory)) {
        self.take_out(domain);
        if let Some(entry) = self.domains.get_mut(domain) {
            change(&mut entry.asked);
        }
        self.put_in(domain);
    }

    fn rank(&mut self, domain: &DomainName) {
        self.take_out(domain);
        self.put_in(domain);
    }

    /// Takes a domain from where it waits.
    fn take_out(&mut self, domain: &DomainName) {
        let Some(entry) = self.domains.get_mut(domain) else {
            return;
        };
        if let Some(rank) = entry.rank.take() {
            self.queue.remove(&(rank, domain.clone()));
        }
        if let Some(until) = entry.asked.not_before {
            self.resting.remove(&(until, domain.clone()));
        }
    }

    /// Has a domain wait where it belongs now.
    fn put_in(&mut self, domain: &DomainName) {
        let (now, tick) = (self.now, self.tick());
        let Some(entry) = self.domains.get_mut(domain) else {
            return;
        };
        let QueuedDomain { want, asked, rank } = entry;
        if let Some(until) = asked.not_before.filter(|until| now < *until) {
            self.resting.insert((until, domain.clone()));
        } else if let Some(purpose) = purpose_of(want, asked, now, tick) {
            let place = (purpose, !want.is_urgent, asked.since);
            *rank = Some(place);
            self.queue.insert((place, domain.clone()));
        }
    }
}

/// Returns what a domain that does not rest is to be asked for.
fn purpose_of(
    want: &Want,
    asked: &CallHistory,
    now: DateTime<Utc>,
    tick: Minute,
) -> Option<Purpose> {
    let is_free = |purpose| !asked.underway.contains(&purpose);
    let is_behind = want.first_unseen < oldest_present(now);
    // Minutes that no answer settles are asked for once in a minute, as the present is.
    let was_asked = asked.missed == Some((want.first_unseen, tick));
    if is_behind && (!was_asked || !is_free(Purpose::Missed)) {
        return is_free(Purpose::Missed).then_some(Purpose::Missed);
    }
    if asked.tick < Some(tick) && is_free(Purpose::Present) {
        return Some(Purpose::Present);
    }
    // What was answered is covered once the judge has taken it in.
    let was_covered = asked.backfill == Some((want.covered_from, tick));
    (want.need_from < want.covered_from && !was_covered && is_free(Purpose::Backfill))
        .then_some(Purpose::Backfill)
}

/// Returns the first minute that one call can reach from now. The minute of now is not asked for:
/// it is not over.
fn oldest_present(now: DateTime<Utc>) -> Minute {
    Minute::containing(now) - SPAN_MAX
}

fn span_of(want: &Want, purpose: Purpose, now: DateTime<Utc>) -> MinuteRange {
    match purpose {
        Purpose::Present => {
            let to = Minute::containing(now);
            let from = want.next.min(to - OVERLAP).max(oldest_present(now));
            MinuteRange { from, to }
        }
        Purpose::Missed => MinuteRange {
            from: want.first_unseen,
            to: want.first_unseen + SPAN_MAX,
        },
        Purpose::Backfill => {
            let from = (want.covered_from - SPAN_MAX).max(want.need_from);
            MinuteRange {
                from,
                to: want.covered_from,
            }
        }
    }
}

/// Returns how long after `now` the next minute settles: when there is something to ask again.
pub fn until_next_tick(now: DateTime<Utc>, settle: Timespan) -> TimeDelta {
    let settled = now - settle.delta();
    Minute::containing(settled).end() - settled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::{AccountName, Series};

    const SETTLE: Timespan = Timespan::from_seconds(300);

    fn minute(n: i64) -> Minute {
        Minute::from_epoch(1_000_000 + n).unwrap()
    }

    fn want(domain: &str, next: i64, covered: i64, need: i64) -> Want {
        Want {
            series: Series {
                account: AccountName::from("main"),
                domain: DomainName::from(domain),
            },
            next: minute(next),
            first_unseen: minute(next),
            covered_from: minute(covered),
            need_from: minute(need),
            is_urgent: false,
        }
    }

    fn agenda(wants: &[Want]) -> Agenda {
        let mut agenda = Agenda::new(SETTLE);
        for want in wants {
            agenda.want(&want.series.domain, Some(want.clone()));
        }
        agenda
    }

    fn names(agenda: &mut Agenda, now: DateTime<Utc>) -> Vec<(String, Purpose)> {
        std::iter::from_fn(|| agenda.choose(now))
            .map(|c| (c.domain.to_string(), c.purpose))
            .collect()
    }

    #[test]
    fn the_present_comes_before_the_past_and_trouble_first() {
        let now = minute(0).start();
        let mut wants = [
            want("a", -6, -15, -500),
            want("b", -300, -300, -300),
            want("c", -6, -15, -15),
        ];
        wants[2].is_urgent = true;
        let got = names(&mut agenda(&wants), now);
        let want = [
            ("c", Purpose::Present),
            ("a", Purpose::Present),
            ("b", Purpose::Missed),
            ("a", Purpose::Backfill),
        ];
        assert_eq!(got, want.map(|(d, p)| (d.to_owned(), p)));
    }

    #[test]
    fn a_domain_is_polled_once_a_minute() {
        let mut agenda = agenda(&[want("a", -6, -15, -15)]);
        let call = agenda.choose(minute(0).start()).unwrap();
        agenda.answered(&call);
        let soon = minute(0).start() + TimeDelta::seconds(59);
        assert_eq!(agenda.choose(soon), None);
        assert!(agenda.choose(minute(1).start()).is_some());
    }

    #[test]
    fn who_has_waited_longest_comes_first_and_who_fires_before_all() {
        let wants = ["a", "b", "c"].map(|domain| want(domain, -6, -15, -15));
        let mut agenda = agenda(&wants);
        for domain in ["a", "b"] {
            let call = agenda.choose(minute(0).start()).unwrap();
            assert_eq!(call.domain.as_str(), domain);
            agenda.answered(&call);
        }
        let mut urgent = want("b", -5, -15, -15);
        urgent.is_urgent = true;
        agenda.want(&urgent.series.domain.clone(), Some(urgent));
        let later = names(&mut agenda, minute(1).start());
        let order: Vec<&str> = later.iter().map(|(domain, _)| domain.as_str()).collect();
        assert_eq!(order, ["b", "c", "a"]);
    }

    #[test]
    fn who_left_is_not_asked_and_a_call_under_way_ends_quietly() {
        let mut agenda = agenda(&[want("a", -6, -15, -100), want("b", -6, -15, -15)]);
        let call = agenda.choose(minute(0).start()).unwrap();
        agenda.want(&DomainName::from("a"), None);
        agenda.answered(&call);
        assert_eq!(agenda.failed(&call, minute(9).start()), 0);
        let left = names(&mut agenda, minute(0).start());
        assert_eq!(left, [("b".to_owned(), Purpose::Present)]);
    }

    #[test]
    fn backfill_is_newest_first_in_spans_of_an_hour() {
        let mut agenda = agenda(&[want("a", -6, -15, -100)]);
        let present = agenda.choose(minute(0).start()).unwrap();
        agenda.answered(&present);
        let call = agenda.choose(minute(0).start()).unwrap();
        assert_eq!(
            call.span,
            MinuteRange {
                from: minute(-75),
                to: minute(-15)
            }
        );
        agenda.answered(&call);
        let rest = want("a", -6, -75, -100);
        agenda.want(&rest.series.domain.clone(), Some(rest));
        let call = agenda.choose(minute(0).start()).unwrap();
        assert_eq!(
            call.span,
            MinuteRange {
                from: minute(-100),
                to: minute(-75)
            }
        );
    }

    #[test]
    fn where_the_rate_is_used_up_one_call_in_twenty_is_for_the_past() {
        let names: Vec<String> = (0..40).map(|n| format!("d{n:02}")).collect();
        let wants: Vec<Want> = names.iter().map(|d| want(d, -6, -15, -500)).collect();
        let mut agenda = agenda(&wants);
        let mut calls = BTreeMap::new();
        // Thirty calls a minute do not even ask all forty for the present.
        for n in 0..20 {
            for _ in 0..30 {
                let call = agenda.choose(minute(n).start()).unwrap();
                *calls.entry(call.purpose).or_default() += 1;
                agenda.answered(&call);
            }
        }
        assert_eq!(
            calls,
            BTreeMap::from([(Purpose::Present, 570), (Purpose::Backfill, 30)])
        );
    }

    #[test]
    fn no_call_spans_more_than_an_hour() {
        let mut agenda = agenda(&[want("a", -60, -60, -60), want("b", -61, -61, -61)]);
        for call in std::iter::from_fn(|| agenda.choose(minute(0).start())) {
            assert_eq!(call.span.to.epoch() - call.span.from.epoch(), 60);
        }
    }

    #[test]
    fn a_domain_that_failed_is_left_alone_until_its_time() {
        let mut agenda = agenda(&[want("a", -6, -15, -15)]);
        let now = minute(0).start();
        let call = agenda.choose(now).unwrap();
        assert_eq!(agenda.failed(&call, now + TimeDelta::seconds(30)), 1);
        assert_eq!(agenda.choose(now + TimeDelta::seconds(29)), None);
        assert!(agenda.choose(now + TimeDelta::seconds(30)).is_some());
    }

    #[test]
    fn a_domain_that_failed_comes_after_those_that_have_waited_longer() {
        let wants = ["a", "b", "c"].map(|domain| want(domain, -6, -15, -15));
        let mut agenda = agenda(&wants);
        let now = minute(0).start();
        let call = agenda.choose(now).unwrap();
        agenda.failed(&call, minute(2).start());
        for _ in ["b", "c"] {
            let call = agenda.choose(now).unwrap();
            agenda.answered(&call);
        }
        let later = names(&mut agenda, minute(2).start());
        let order: Vec<&str> = later.iter().map(|(domain, _)| domain.as_str()).collect();
        assert_eq!(order, ["b", "c", "a"]);
    }

    #[test]
    fn a_clock_that_is_put_back_keeps_no_domain_from_being_asked() {
        let mut agenda = agenda(&[want("a", -6, -15, -15), want("b", -300, -300, -300)]);
        let ahead = minute(60).start();
        let calls: Vec<Call> = std::iter::from_fn(|| agenda.choose(ahead)).collect();
        agenda.answered(&calls[0]);
        agenda.failed(&calls[1], ahead + TimeDelta::minutes(10));
        let now = minute(0).start() + TimeDelta::seconds(7);
        let got = names(&mut agenda, now);
        let want = [("a", Purpose::Present), ("b", Purpose::Missed)];
        assert_eq!(got, want.map(|(d, p)| (d.to_owned(), p)));
    }

    #[test]
    fn minutes_of_the_past_are_not_asked_for_twice_while_their_answer_is_judged() {
        let mut agenda = agenda(&[want("a", -6, -15, -100)]);
        for _ in [Purpose::Present, Purpose::Backfill] {
            let call = agenda.choose(minute(0).start()).unwrap();
            agenda.answered(&call);
        }
        assert_eq!(agenda.choose(minute(0).start()), None);
        let covered = want("a", -6, -75, -100);
        agenda.want(&covered.series.domain.clone(), Some(covered));
        assert!(agenda.choose(minute(0).start()).is_some());
    }
}
