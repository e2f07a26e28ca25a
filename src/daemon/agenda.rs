//! What to ask an account for next: the present before the past, and trouble first. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::pipeline::Want;
use crate::source::Span;
use crate::unit::{DomainName, Minute, Minutes, Timespan};

/// The longest span of one call at one-minute steps.
/// Source: `DescribeDomainRealTimeSrcHttpCodeData`, time granularity.
const SPAN_MAX: Minutes = Minutes::new(60).unwrap();

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
    pub span: Span,
    /// What for.
    pub purpose: Purpose,
}

/// What is known of the calls of each domain.
#[derive(Clone, Debug, Default)]
struct Asked {
    /// The tick of the last call for the present.
    tick: Option<Minute>,
    /// Not before this, because the last call failed.
    not_before: Option<DateTime<Utc>>,
    /// How many calls have failed in a row.
    failures: u32,
    /// The first missed minute that was asked for last, and in which tick.
    missed: Option<(Minute, Minute)>,
    /// What the domain is being asked for now.
    underway: BTreeSet<Purpose>,
}

/// The agenda of one account.
#[derive(Clone, Debug, Default)]
pub struct Agenda {
    asked: BTreeMap<DomainName, Asked>,
}

impl Agenda {
    /// Returns the call that matters most and notes it as under way; nothing if all is asked for.
    ///
    /// Each domain is asked once a minute for the present, at the moment in which a minute
    /// settles or as soon after as the budget allows: those that are pending or firing first,
    /// then those that have waited longest. Then come missed minutes, then the backfill.
    pub fn choose(&mut self, wants: &[Want], now: DateTime<Utc>, settle: Timespan) -> Option<Call> {
        let tick = Minute::containing(now - settle.delta());
        let mut best: Option<(Purpose, bool, Option<Minute>, &Want)> = None;
        for want in wants {
            let asked = self.asked.get(&want.series.domain);
            let Some(purpose) = purpose_of(want, asked, now, tick) else {
                continue;
            };
            let rank = (purpose, !want.is_urgent, asked.and_then(|a| a.tick));
            if best
                .as_ref()
                .is_none_or(|(p, calm, waited, _)| rank < (*p, *calm, *waited))
            {
                best = Some((rank.0, rank.1, rank.2, want));
            }
        }
        let (purpose, _, _, want) = best?;
        let asked = self.asked.entry(want.series.domain.clone()).or_default();
        asked.underway.insert(purpose);
        match purpose {
            Purpose::Present => asked.tick = Some(tick),
            Purpose::Missed => asked.missed = Some((want.first_unseen, tick)),
            Purpose::Backfill => {}
        }
        Some(Call {
            domain: want.series.domain.clone(),
            span: span_of(want, purpose, now),
            purpose,
        })
    }

    /// Notes that a call was answered.
    pub fn answered(&mut self, call: &Call) {
        if let Some(asked) = self.asked.get_mut(&call.domain) {
            asked.underway.remove(&call.purpose);
            asked.not_before = None;
            asked.failures = 0;
        }
    }

    /// Notes that a call failed and returns how many have failed in a row; the domain is asked
    /// again not before `again`.
    pub fn failed(&mut self, call: &Call, again: DateTime<Utc>) -> u32 {
        let asked = self.asked.entry(call.domain.clone()).or_default();
        asked.underway.remove(&call.purpose);
        asked.not_before = Some(again);
        (asked.tick, asked.missed) = (None, None);
        asked.failures = asked.failures.saturating_add(1);
        asked.failures
    }

    /// Returns how many calls for the domain have failed in a row.
    pub fn failures(&self, domain: &DomainName) -> u32 {
        self.asked.get(domain).map_or(0, |asked| asked.failures)
    }
}

fn purpose_of(
    want: &Want,
    asked: Option<&Asked>,
    now: DateTime<Utc>,
    tick: Minute,
) -> Option<Purpose> {
    if asked
        .and_then(|a| a.not_before)
        .is_some_and(|time| now < time)
    {
        return None;
    }
    let is_free = |purpose| asked.is_none_or(|a| !a.underway.contains(&purpose));
    let is_behind = want.first_unseen < oldest_present(now);
    // Minutes that no answer settles are asked for once in a minute, as the present is.
    let was_asked = asked.and_then(|a| a.missed) == Some((want.first_unseen, tick));
    if is_behind && (!was_asked || !is_free(Purpose::Missed)) {
        return is_free(Purpose::Missed).then_some(Purpose::Missed);
    }
    if asked.and_then(|a| a.tick) < Some(tick) && is_free(Purpose::Present) {
        return Some(Purpose::Present);
    }
    (want.need_from < want.covered_from && is_free(Purpose::Backfill)).then_some(Purpose::Backfill)
}

/// Returns the first minute that one call can reach from now. The minute of now is not asked for:
/// it is not over.
fn oldest_present(now: DateTime<Utc>) -> Minute {
    Minute::containing(now) - SPAN_MAX
}

fn span_of(want: &Want, purpose: Purpose, now: DateTime<Utc>) -> Span {
    match purpose {
        Purpose::Present => {
            let to = Minute::containing(now);
            let from = want.next.min(to - OVERLAP).max(oldest_present(now));
            Span { from, to }
        }
        Purpose::Missed => Span {
            from: want.first_unseen,
            to: want.first_unseen + SPAN_MAX,
        },
        Purpose::Backfill => {
            let from = (want.covered_from - SPAN_MAX).max(want.need_from);
            Span {
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

    fn names(agenda: &mut Agenda, wants: &[Want], now: DateTime<Utc>) -> Vec<(String, Purpose)> {
        std::iter::from_fn(|| agenda.choose(wants, now, SETTLE))
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
        let got = names(&mut Agenda::default(), &wants, now);
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
        let mut agenda = Agenda::default();
        let wants = [want("a", -6, -15, -15)];
        let call = agenda.choose(&wants, minute(0).start(), SETTLE).unwrap();
        agenda.answered(&call);
        assert_eq!(
            agenda.choose(&wants, minute(0).start() + TimeDelta::seconds(59), SETTLE),
            None
        );
        assert!(agenda.choose(&wants, minute(1).start(), SETTLE).is_some());
    }

    #[test]
    fn backfill_is_newest_first_in_spans_of_an_hour() {
        let mut agenda = Agenda::default();
        let mut wants = [want("a", -6, -15, -100)];
        let present = agenda.choose(&wants, minute(0).start(), SETTLE).unwrap();
        agenda.answered(&present);
        let call = agenda.choose(&wants, minute(0).start(), SETTLE).unwrap();
        assert_eq!(
            call.span,
            Span {
                from: minute(-75),
                to: minute(-15)
            }
        );
        agenda.answered(&call);
        wants[0].covered_from = minute(-75);
        let call = agenda.choose(&wants, minute(0).start(), SETTLE).unwrap();
        assert_eq!(
            call.span,
            Span {
                from: minute(-100),
                to: minute(-75)
            }
        );
    }

    #[test]
    fn no_call_spans_more_than_an_hour() {
        let mut agenda = Agenda::default();
        let wants = [want("a", -60, -60, -60), want("b", -61, -61, -61)];
        for call in std::iter::from_fn(|| agenda.choose(&wants, minute(0).start(), SETTLE)) {
            assert_eq!(call.span.to.epoch() - call.span.from.epoch(), 60);
        }
    }

    #[test]
    fn a_domain_that_failed_is_left_alone_until_its_time() {
        let mut agenda = Agenda::default();
        let wants = [want("a", -6, -15, -15)];
        let now = minute(0).start();
        let call = agenda.choose(&wants, now, SETTLE).unwrap();
        assert_eq!(agenda.failed(&call, now + TimeDelta::seconds(30)), 1);
        assert_eq!(
            agenda.choose(&wants, now + TimeDelta::seconds(29), SETTLE),
            None
        );
        assert!(
            agenda
                .choose(&wants, now + TimeDelta::seconds(30), SETTLE)
                .is_some()
        );
    }
}
