//! How many messages transitions cause, at each receiver, and who is told first of an alert and when.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::firing::Firing;
use super::judged::Judged;
use super::timing::{Release, Timing};
use crate::dispatch::{AlertName, Current, Desk, Hold, Notification, Policy, ReceiverName, State};
use crate::engine::Transition;
use crate::pipeline::Setup;
use crate::unit::Minute;

/// What receivers would have been told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Messages {
    /// How many messages each receiver would have had; one with several channels has them on each.
    pub counts: BTreeMap<ReceiverName, u64>,
    /// When each receiver would have been told first of each firing, by its id; the first first.
    first: BTreeMap<String, Vec<(String, DateTime<Utc>)>>,
}

impl Messages {
    /// Returns who would have been told first that an alert fires, and when: the first first.
    pub fn first_of(&self, firing: &Firing) -> &[(String, DateTime<Utc>)] {
        let first = self.first.get(&firing.key.firing_id(firing.fired));
        first.map(Vec::as_slice).unwrap_or_default()
    }

    fn note(&mut self, told: &Notification, now: DateTime<Utc>) {
        for view in told.alerts.iter().filter(|of| of.state == State::Firing) {
            let first = self.first.entry(view.id.clone()).or_default();
            if !first.iter().any(|(receiver, _)| *receiver == told.receiver) {
                first.push((told.receiver.clone(), now));
            }
        }
    }
}

/// Counts the messages that the policy makes of what was judged: in groups, with reminders and escalations that nobody
/// has answered. They are counted until the minute `last` is judged and what it decided has been collected: what
/// comes later is not of the time that is looked at, whether an alert is open then or over.
///
/// A minute is judged as by a service to which each sample comes at its minute's end. As there, rules that ask for
/// missing data wait while no domain of the account has any.
pub fn messages(setup: &Setup, judged: &Judged, last: Minute) -> Messages {
    let (policy, settling) = (&setup.policy, setup.settling);
    let receivers = policy.channels.keys();
    let timing = Timing { setup, judged };
    let mut counter = Counter {
        policy,
        settle: settling.settle.delta(),
        desk: Desk::default(),
        now: DateTime::UNIX_EPOCH,
        releases: BTreeSet::new(),
        latest: BTreeMap::new(),
        timing,
        messages: Messages {
            counts: receivers.map(|name| (name.clone(), 0)).collect(),
            ..Messages::default()
        },
    };
    let transitions = judged.transitions.iter();
    let told = transitions.map(|of| (timing.judged_at(of), of));
    let mut told: Vec<_> = told.collect();
    // Of one alert they stay in their order: none of its minutes is judged before an earlier one.
    told.sort_by_key(|(at, _)| *at);
    let Some((first, _)) = told.first() else {
        return counter.messages;
    };
    counter.desk.follow(policy, *first);
    for of in told.chunk_by(|(a, _), (b, _)| a == b) {
        let now = of.first().map_or(*first, |(at, _)| *at);
        counter.pass(now);
        for (_, of) in of {
            let kept_back = timing.kept_back(of, now);
            let view = policy.view(of, None);
            if let Some(Release::At(at)) = kept_back {
                counter.releases.insert((at, view.id.clone()));
            }
            counter.latest.insert(AlertName::of(&view), of);
            let hold = kept_back.map(|_| Hold::SourceLate);
            counter.desk.take(policy, view, hold, now);
        }
        counter.tell(now);
    }
    let settled = last.end() + settling.settle.delta();
    let end = told.last().map_or(settled, |(at, _)| settled.max(*at));
    let waits = policy.routes.iter().map(|route| route.group_wait.delta());
    let end = end + waits.max().unwrap_or_default();
    counter.pass(end + TimeDelta::seconds(1));
    counter.messages
}

/// A desk whose messages are counted.
struct Counter<'a> {
    policy: &'a Policy,
    /// How long after its end a minute is judged.
    settle: TimeDelta,
    desk: Desk,
    /// When something was told last, or would have been.
    now: DateTime<Utc>,
    /// Which alerts are kept back, and until when.
    releases: BTreeSet<(DateTime<Utc>, String)>,
    /// What happened to each alert last.
    latest: BTreeMap<AlertName, &'a Transition>,
    timing: Timing<'a>,
    messages: Messages,
}

impl Counter<'_> {
    /// Tells what is due before a time, each when it is. What is due at that time is told with what is judged then.
    fn pass(&mut self, until: DateTime<Utc>) {
        let mut tried = None;
        loop {
            // The service steps every minute while an alert flaps; here only the step that finds one
            // at rest counts.
            let rests = self.desk.rests();
            let soon = rests.filter(|(_, minute)| minute.end() + self.settle < until);
            let rest = soon
                .map(|(name, minute)| self.judged_at(name, minute))
                .min();
            let release = self.releases.first().map(|(at, _)| *at);
            let due = [self.desk.due(until), rest, release].into_iter().flatten();
            // What is due and cannot be told yet must not hold up what comes.
            let due = due
                .filter(|due| tried.is_none_or(|tried| tried < *due))
                .min();
            // What was due before it was known is told at once.
            let next = self.now + TimeDelta::seconds(1);
            let Some((due, at)) = due
                .map(|due| (due, due.max(next)))
                .filter(|(_, at)| *at < until)
            else {
                return;
            };
            // After what was told more may be due at the same time.
            tried = (!self.tell(at)).then_some(due);
        }
    }

    /// Tells what is due now, and counts it; says whether there was anything.
    fn tell(&mut self, now: DateTime<Utc>) -> bool {
        self.now = now;
        while let Some(release) = self.releases.pop_first() {
            if now < release.0 {
                self.releases.insert(release);
                break;
            }
            self.desk.free(&release.1, now);
        }
        // Whether an alert that flaps has come to rest is a question of minutes of data: all are judged up
        // to the minute that has just settled, but for those that wait for a silent domain.
        let settled = Minute::containing(now - self.settle).previous();
        let rests = self.desk.rests().filter(|(_, minute)| *minute <= settled);
        let waiting = rests.filter(|(name, minute)| now < self.judged_at(name, *minute));
        let waiting: BTreeMap<AlertName, Minute> = waiting
            .map(|(name, minute)| (name.clone(), minute.previous()))
            .collect();
        let current = |name: &AlertName| {
            let minute = waiting.get(name).map_or(settled, |of| settled.min(*of));
            Some(Current {
                minute,
                evidence: None,
            })
        };
        let told = self.desk.flush(self.policy, now, &current);
        let is_any = !told.is_empty();
        for told in told {
            if self.policy.is_by_first_channel(&told) {
                self.messages.note(&told, now);
                let counts = &mut self.messages.counts;
                *counts.entry(ReceiverName(told.receiver)).or_default() += 1;
            }
        }
        self.desk.decided();
        is_any
    }

    /// Returns when a minute of an alert is judged to which nothing happens until then.
    fn judged_at(&self, name: &AlertName, minute: Minute) -> DateTime<Utc> {
        match self.latest.get(name) {
            Some(of) => self.timing.reached_at(of, minute),
            None => minute.end() + self.settle,
        }
    }
}
