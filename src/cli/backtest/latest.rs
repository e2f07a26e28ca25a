//! The last minutes of a source: which are kept for the next time, and which are judged.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::config::Config;
use crate::engine::Sample;
use crate::pipeline::{Kept, KeptSample, OTHER_DOMAIN_LATER, SeriesMark, Step};
use crate::source::Response;
use crate::unit::{AccountName, Minute, Series};

/// Minutes of which the source may still say something else, or anything at all: they are asked for
/// again the next time.
pub(super) type Latest = BTreeMap<Series, Vec<(Minute, Sample)>>;

/// How far minutes are asked for; each is the minute after the last.
#[derive(Clone, Copy)]
pub(super) struct Ends {
    /// Those that `settle` has passed for.
    pub(super) settled: Minute,
    /// Those that another domain of the account can show to be over.
    by_others: Minute,
    /// Those that `max_lateness` has passed for: what the source says of them is kept.
    pub(super) done: Minute,
}

impl Ends {
    /// Returns those of a time.
    pub(super) fn at(now: DateTime<Utc>, config: &Config) -> Self {
        let settled = now - config.settle.delta();
        Self {
            settled: Minute::containing(settled),
            by_others: Minute::containing(settled - OTHER_DOMAIN_LATER.delta()),
            done: Minute::containing(now - config.max_lateness.delta()),
        }
    }
}

/// What there is of a series.
pub(super) struct Asked {
    /// How far it is kept.
    pub(super) mark: SeriesMark,
    /// The minutes after that.
    pub(super) latest: Vec<(Minute, Sample)>,
}

impl Asked {
    /// Returns the last of the latest minutes that shows that those before it are over.
    fn shown(&self) -> Option<Minute> {
        let with_codes = self.latest.iter().filter(|(_, sample)| sample.has_codes());
        with_codes.map(|(minute, _)| *minute).max()
    }
}

/// Returns the step that keeps an answer up to `end`, and moves the mark over it.
pub(super) fn kept(asked: &mut Asked, answer: Response, end: Minute) -> Step {
    let Response {
        span,
        sent,
        samples,
        ..
    } = answer;
    let (done, latest): (Vec<_>, Vec<_>) = samples.into_iter().partition(|of| of.0 < end);
    asked.latest.extend(latest);
    let mark = &mut asked.mark;
    mark.covered_from = mark.covered_from.min(span.from);
    mark.next = mark.next.max(span.to.min(end));
    // Nothing of it was judged.
    mark.judge_from = mark.next;
    mark.history_begin = begin(mark.history_begin, &done);
    let mut step = Step::at(sent);
    let done = done.into_iter().map(|(minute, sample)| KeptSample {
        series: mark.series.clone(),
        minute,
        kept: Kept::Sample(sample),
    });
    step.samples = done.collect();
    step.series = vec![mark.clone()];
    step
}

/// Returns how far series are judged: as the service does, up to where the source has shown that it
/// is past a minute. What comes after is not absent but not yet there.
pub(super) fn judged(mut all: Vec<Asked>, ends: Ends) -> (Vec<SeriesMark>, Latest) {
    let mut shown: BTreeMap<AccountName, Minute> = BTreeMap::new();
    for asked in &all {
        if let Some(last) = asked.shown() {
            let of_account = shown.entry(asked.mark.series.account.clone());
            let of_account = of_account.or_insert(last);
            *of_account = last.max(*of_account);
        }
    }
    all.sort_by(|a, b| a.mark.series.cmp(&b.mark.series));
    let (mut marks, mut latest) = (Vec::new(), Latest::new());
    for mut asked in all {
        let own = asked.shown().map(Minute::next);
        let of_account = shown.get(&asked.mark.series.account);
        let of_account = of_account.map(|last| last.next().min(ends.by_others));
        let mut mark = asked.mark;
        mark.next = mark.next.max(own.max(of_account).unwrap_or(mark.next));
        mark.judge_from = mark.next;
        asked.latest.retain(|(minute, _)| *minute < mark.next);
        mark.history_begin = begin(mark.history_begin, &asked.latest);
        latest.insert(mark.series.clone(), asked.latest);
        marks.push(mark);
    }
    (marks, latest)
}

/// Returns the first minute with codes, if samples come to those before which it was known.
fn begin(known: Option<Minute>, samples: &[(Minute, Sample)]) -> Option<Minute> {
    let with_codes = samples.iter().filter(|(_, sample)| sample.has_codes());
    let with_codes = with_codes.map(|(minute, _)| *minute);
    with_codes.chain(known).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Part;
    use crate::source::MinuteRange;
    use crate::unit::DomainName;

    const ENDS: (i64, i64, i64) = (100, 97, 90);

    fn minute(at: i64) -> Minute {
        Minute::from_epoch(29_000_000 + at).unwrap()
    }

    fn sample(at: i64) -> (Minute, Sample) {
        let part = Part {
            code: Some(200),
            proportion: "100".parse().unwrap(),
            count: None,
        };
        (minute(at), Sample::new(vec![part]).unwrap())
    }

    /// Returns what there is of a domain that was kept up to minute 60, asked up to the last that
    /// has settled, and had samples of these minutes.
    fn asked(domain: &str, minutes: &[i64]) -> (Asked, Step) {
        let (settled, _, done) = ENDS;
        let mut asked = Asked {
            mark: SeriesMark {
                series: Series {
                    account: AccountName::from("main"),
                    domain: DomainName::from(domain),
                },
                judge_from: minute(60),
                next: minute(60),
                covered_from: minute(0),
                history_begin: None,
            },
            latest: Vec::new(),
        };
        let answer = Response {
            span: MinuteRange {
                from: minute(60),
                to: minute(settled),
            },
            sent: minute(105).start(),
            samples: minutes.iter().map(|at| sample(*at)).collect(),
            faults: Vec::new(),
        };
        let step = kept(&mut asked, answer, minute(done));
        (asked, step)
    }

    fn judged_to(all: &[(&str, &[i64])]) -> Vec<i64> {
        let (settled, by_others, done) = ENDS;
        let ends = Ends {
            settled: minute(settled),
            by_others: minute(by_others),
            done: minute(done),
        };
        let all = all.iter().map(|(domain, minutes)| asked(domain, minutes).0);
        let (marks, latest) = judged(all.collect(), ends);
        for mark in &marks {
            let latest = &latest[&mark.series];
            assert!(latest.iter().all(|(minute, _)| *minute < mark.next));
        }
        let next = marks.iter().map(|mark| mark.next.epoch() - 29_000_000);
        next.collect()
    }

    #[test]
    fn what_the_source_may_still_change_is_not_kept() {
        let (asked, step) = asked("a", &[70, 89, 90, 99]);
        let kept: Vec<Minute> = step.samples.iter().map(|of| of.minute).collect();
        assert_eq!(kept, [minute(70), minute(89)]);
        assert_eq!(step.series[0].next, minute(90));
        assert_eq!(step.series[0].history_begin, Some(minute(70)));
        assert_eq!(asked.latest, [sample(90), sample(99)]);
    }

    #[test]
    fn a_series_is_judged_as_far_as_the_source_has_shown_that_it_is() {
        assert_eq!(judged_to(&[("a", &[])]), [90]);
        assert_eq!(judged_to(&[("a", &[85])]), [90]);
        assert_eq!(judged_to(&[("a", &[85, 91, 93])]), [94]);
        assert_eq!(judged_to(&[("a", &[99])]), [100]);
        // Another domain shows it some minutes later.
        assert_eq!(judged_to(&[("a", &[91]), ("b", &[94])]), [95, 95]);
        assert_eq!(judged_to(&[("a", &[91]), ("b", &[99])]), [97, 100]);
    }
}
