//! What receivers are told in a rule test: the service's own step, driven by simulated time.
//!
//! The source of a test answers at once and knows every minute that has passed; beyond the last
//! minute of the samples it has nothing more. The domains of the test are all that there are. The
//! service steps every minute; here the minutes of a [lull](super::lull) are taken in at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::ACCOUNT;
use super::backtest::begins;
use super::fact::{Fact, What, since_start};
use super::lull::{Lulls, MINUTE};
use super::track::first_minute;
use crate::dispatch::{AlertView, Reason, State};
use crate::engine::Sample;
use crate::pipeline::{
    Input, Kept, Pipeline, Remembered, RuleMark, SeriesMark, Settling, Setup, Step, Watched,
};
use crate::samples::Samples;
use crate::unit::{AccountName, DomainName, Minute, Series, Timespan};

/// The longest that a minute waits in a test; what a file says beyond changes no decision, and
/// would only make the test slow.
const WAIT_MAX: Timespan = Timespan::from_seconds(86_400);

/// How long after the last minute was judged messages may still go out that had to wait for others,
/// step by step.
const AFTERWARDS: [TimeDelta; 4] = [
    MINUTE,
    TimeDelta::minutes(5),
    TimeDelta::minutes(15),
    TimeDelta::hours(1),
];

/// How often the pipeline steps in a rule test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Every minute, as the service does.
    EveryMinute,
    /// Where something may happen.
    WhereNeeded,
}

/// Returns what receivers are told of the minutes from `start` to `last`, in order.
pub(super) fn told(
    samples: &Samples,
    (start, last): (Minute, Minute),
    setup: &Setup,
    pace: Pace,
) -> Vec<Fact> {
    let firsts = samples.values().filter_map(first_minute);
    let Some(first) = firsts.min() else {
        return Vec::new();
    };
    let setup = Arc::new(of_test(setup, samples));
    let settling = setup.settling;
    let lulls =
        (pace == Pace::WhereNeeded).then(|| Lulls::new(setup.ruleset(), samples, last, settling));
    let mut drive = Drive::new(setup.clone(), samples, start);
    let mut now = first.start();
    let begin = drive.pipeline.begin(now);
    drive.conclude(&begin);
    let latest = last.end() + settling.settle.delta().max(settling.max_lateness.delta());
    while now <= latest && !drive.is_done(last) {
        now = match (&lulls, drive.next()) {
            (Some(lulls), Some(next)) => lulls.next_step(now, next, &drive.pipeline),
            (None, _) | (_, None) => now + MINUTE,
        };
        drive.step(now, drive.answers(now, last, settling));
        drive.pass(now, now + MINUTE);
    }
    for pause in AFTERWARDS {
        drive.pass(now, now + pause);
        now += pause;
        drive.step(now, Vec::new());
    }
    drive.told
}

/// Returns the setup with the domains of the samples alone.
fn of_test(setup: &Setup, samples: &Samples) -> Setup {
    let mut setup = setup.clone();
    let mut accounts: BTreeMap<AccountName, Vec<DomainName>> = BTreeMap::new();
    for (domain, _) in samples.iter().filter(|(_, minutes)| !minutes.is_empty()) {
        let account = account_of(&setup, domain);
        accounts.entry(account).or_default().push(domain.clone());
    }
    let listed = accounts.into_iter();
    setup.accounts = listed
        .map(|(name, of)| (name, Watched::Listed(of)))
        .collect();
    // Each channel of a receiver is told the same, so one stands for all.
    for channels in setup.policy.channels.values_mut() {
        channels.truncate(1);
    }
    setup.settling = Settling {
        settle: setup.settling.settle.min(WAIT_MAX),
        max_lateness: setup.settling.max_lateness.min(WAIT_MAX),
    };
    setup
}

/// Returns the account that a domain is of: the first that lists it, else the first that looks its
/// domains up, else the first of all.
fn account_of(setup: &Setup, domain: &DomainName) -> AccountName {
    let lists = |watched: &Watched| match watched {
        Watched::Listed(domains) => domains.contains(domain),
        Watched::Discovered => false,
    };
    let mut accounts = setup.accounts.iter();
    let lists_it = accounts.find(|(_, watched)| lists(watched));
    let mut accounts = setup.accounts.iter();
    let found = lists_it.or_else(|| accounts.find(|(_, of)| **of == Watched::Discovered));
    let found = found.or_else(|| setup.accounts.first_key_value());
    found.map_or_else(|| AccountName::from(ACCOUNT), |(name, _)| name.clone())
}

/// A pipeline on its way through the minutes of a test.
struct Drive<'a> {
    pipeline: Pipeline,
    tracks: BTreeMap<Series, Track<'a>>,
    start: Minute,
    told: Vec<Fact>,
}

/// A domain of the test.
struct Track<'a> {
    minutes: &'a BTreeMap<Minute, Sample>,
    /// The next minute to be judged.
    next: Minute,
}

impl<'a> Drive<'a> {
    fn new(setup: Arc<Setup>, samples: &'a Samples, start: Minute) -> Self {
        let mut tracks = BTreeMap::new();
        for (account, watched) in &setup.accounts {
            let Watched::Listed(domains) = watched else {
                continue;
            };
            for domain in domains {
                let series = Series {
                    account: account.clone(),
                    domain: domain.clone(),
                };
                let minutes = samples.get(domain);
                let next = minutes.and_then(first_minute);
                tracks.extend(
                    minutes
                        .zip(next)
                        .map(|(minutes, next)| (series, Track { minutes, next })),
                );
            }
        }
        let remembered = remembered(&setup, &tracks, samples, start);
        Self {
            pipeline: Pipeline::new(setup, remembered),
            tracks,
            start,
            told: Vec::new(),
        }
    }

    fn is_done(&self, last: Minute) -> bool {
        self.next().is_none_or(|next| last < next)
    }

    /// Returns the first minute that is not judged on all domains.
    fn next(&self) -> Option<Minute> {
        self.tracks.values().map(|track| track.next).min()
    }

    /// Returns what the source says at `now` of the minute that has just passed, and of those that
    /// have settled and are not judged yet.
    fn answers(&self, now: DateTime<Utc>, last: Minute, settling: Settling) -> Vec<Input> {
        let end = Minute::containing(now).min(last.next());
        let newest = end.previous();
        let settled = settling.first_unsettled(now).min(newest);
        let mut answers = Vec::with_capacity(2 * self.tracks.len());
        for (series, track) in &self.tracks {
            let mut ask = |from: Minute, to: Minute| {
                let samples = track.minutes.range(from..to);
                answers.push(Input::Answer {
                    series: series.clone(),
                    from,
                    to,
                    sent: now,
                    samples: samples.map(|(at, sample)| (*at, sample.clone())).collect(),
                });
            };
            ask(newest, end);
            if track.next < settled {
                ask(track.next, settled);
            }
        }
        answers
    }

    fn step(&mut self, now: DateTime<Utc>, inputs: Vec<Input>) {
        let step = self.pipeline.step(now, inputs);
        self.conclude(&step);
    }

    /// Lets time pass in which no source says anything, from one thing that is due to the next.
    fn pass(&mut self, mut now: DateTime<Utc>, until: DateTime<Utc>) {
        while let Some(due) = self.pipeline.due(now) {
            now = due.max(now + TimeDelta::seconds(1));
            if until <= now {
                return;
            }
            self.step(now, Vec::new());
        }
    }

    /// Takes in a step, and does the rebuilds that it asks for, as the service does.
    fn conclude(&mut self, step: &Step) {
        let now = step.now;
        self.take(step);
        while let Some(need) = self.pipeline.next_rebuild(now) {
            let track = self.tracks.get(&need.series);
            let known = track.filter(|_| need.from < need.to);
            let known = known.map(|track| track.minutes.range(need.from..need.to));
            let kept: Vec<(Minute, Kept)> = known
                .into_iter()
                .flatten()
                .map(|(minute, sample)| (*minute, Kept::Sample(sample.clone())))
                .collect();
            let step = self.pipeline.rebuild(now, &need, kept);
            self.take(&step);
        }
    }

    fn take(&mut self, step: &Step) {
        for mark in &step.series {
            if let Some(track) = self.tracks.get_mut(&mark.series) {
                track.next = mark.next;
            }
        }
        // Reminders are told by the clock, not by events.
        let told = step.outbox.iter();
        let told = told.filter(|told| told.reason != Reason::Reminder);
        for message in told {
            for view in &message.alerts {
                let minute = minute_of(message.reason, view);
                self.told
                    .push(fact(&message.receiver, view, minute, self.start));
            }
        }
    }
}

/// Returns the minute that decided what is told.
fn minute_of(reason: Reason, view: &AlertView) -> Option<Minute> {
    let is_later = matches!(
        reason,
        Reason::Unmuted | Reason::Acknowledged | Reason::Escalation | Reason::Settled
    );
    let minute = match view.state {
        State::Firing if is_later => &view.fired_at,
        State::Firing => &view.minute,
        State::Resolved | State::Ended => view.ended_at.as_ref()?,
    };
    minute.parse().ok()
}

fn fact(receiver: &str, view: &AlertView, minute: Option<Minute>, start: Minute) -> Fact {
    let minute = minute.or_else(|| view.fired_at.parse().ok());
    Fact {
        at: minute.map_or(0, |minute| since_start(minute, start)),
        rule: view.rule.clone(),
        domain: (!view.domain.is_empty()).then(|| DomainName::from(view.domain.as_str())),
        what: What::Told {
            receiver: receiver.to_owned(),
            status: view.state,
        },
        severity: view.severity.parse().ok(),
    }
}

/// Returns what a store would have of the time before the test: nothing but that every domain's
/// history begins with its first minute, from which on its rules are judged.
fn remembered(
    setup: &Setup,
    tracks: &BTreeMap<Series, Track<'_>>,
    samples: &Samples,
    start: Minute,
) -> Remembered {
    let series = tracks.iter().map(|(series, track)| SeriesMark {
        series: series.clone(),
        judge_from: track.next,
        next: track.next,
        covered_from: track.next,
        history_begin: Some(track.next),
    });
    let begins = begins(setup.rules(), samples, None);
    let rules = setup.rules().iter().zip(begins).enumerate();
    let rules = rules.map(|(place, (rule, begin))| {
        let from = begin.unwrap_or(start);
        RuleMark {
            name: rule.name.clone(),
            meaning: setup.meaning(place).to_owned(),
            from,
            fleet_next: rule.is_fleet().then_some(from),
        }
    });
    Remembered {
        series: series.collect(),
        rules: rules.collect(),
        ..Remembered::default()
    }
}
