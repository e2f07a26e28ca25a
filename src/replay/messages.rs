//! How many messages transitions cause, at each receiver, and who is told first of an alert and when.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::firing::Firing;
use crate::dispatch::{AlertName, Current, Desk, Notification, Plan, ReceiverName, State};
use crate::engine::Transition;
use crate::unit::{DomainName, Minute, Timespan};

/// How long after the last transition messages are counted that had to wait: the longest that the
/// words of a group are apart by default, and what gathers in a storm.
const AFTERWARDS: TimeDelta = TimeDelta::hours(1);

/// An alert by its rule, its domain, which is empty for a rule of many, and the minute that decided.
type Name = (String, String, String);

/// What receivers would have been told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Messages {
    /// How many messages each receiver would have had; one with several channels has them on each.
    pub counts: BTreeMap<ReceiverName, u64>,
    /// When each receiver would have been told first of each alert; the first first.
    first: BTreeMap<Name, Vec<(String, DateTime<Utc>)>>,
}

impl Messages {
    /// Returns who would have been told first that an alert fires, and when: the first first.
    pub fn first_of(&self, firing: &Firing) -> &[(String, DateTime<Utc>)] {
        let domain = firing.domain().map_or("", DomainName::as_str);
        let key = (
            firing.key.rule.clone(),
            domain.to_owned(),
            firing.fired.to_string(),
        );
        self.first.get(&key).map(Vec::as_slice).unwrap_or_default()
    }

    fn note(&mut self, told: &Notification, now: DateTime<Utc>) {
        for view in told.alerts.iter().filter(|of| of.state == State::Firing) {
            let key = (
                view.rule.clone(),
                view.domain.clone(),
                view.fired_at.clone(),
            );
            let first = self.first.entry(key).or_default();
            if !first.iter().any(|(receiver, _)| *receiver == told.receiver) {
                first.push((told.receiver.clone(), now));
            }
        }
    }
}

/// Counts the messages that the plan makes of transitions, in order of their minutes, which are
/// told `settle` after these: in groups, with reminders and escalations that nobody has answered.
pub fn messages(plan: &Plan, settle: Timespan, transitions: &[Transition]) -> Messages {
    let receivers = plan.channels.keys();
    let mut counter = Counter {
        plan,
        settle: settle.delta(),
        desk: Desk::default(),
        messages: Messages {
            counts: receivers.map(|name| (name.clone(), 0)).collect(),
            ..Messages::default()
        },
    };
    let at = |of: &Transition| of.minute.end() + settle.delta();
    let first = transitions.first().map_or(DateTime::UNIX_EPOCH, at);
    counter.desk.plan(plan, first);
    for of in transitions.chunk_by(|a, b| a.minute == b.minute) {
        let now = of.first().map_or(first, at);
        counter.pass(now);
        for of in of {
            counter.desk.take(plan, plan.view(of, None), None, now);
        }
        counter.tell(now);
    }
    counter.pass(transitions.last().map_or(first, at) + AFTERWARDS);
    counter.messages
}

/// A desk whose messages are counted.
struct Counter<'a> {
    plan: &'a Plan,
    /// How long after its end a minute is judged.
    settle: TimeDelta,
    desk: Desk,
    messages: Messages,
}

impl Counter<'_> {
    /// Tells what is due up to a time, each when it is.
    fn pass(&mut self, until: DateTime<Utc>) {
        let mut last = None;
        loop {
            // The service steps every minute while an alert flaps; here only the step that finds one
            // at rest counts.
            let rest = self.desk.next_rest();
            let rest = rest.map(|minute| minute.end() + self.settle);
            let due = [self.desk.due(until), rest].into_iter().flatten();
            // What is due and cannot be told yet must not hold up what comes.
            let due = due.filter(|due| *due <= until && last.is_none_or(|last| last < *due));
            let Some(due) = due.min() else {
                return;
            };
            last = Some(due);
            self.tell(due);
        }
    }

    /// Tells what is due now, and counts it.
    fn tell(&mut self, now: DateTime<Utc>) {
        // Every alert is judged up to the minute that has just settled: whether one that flaps has
        // come to rest is a question of minutes of data.
        let minute = Minute::containing(now - self.settle).previous();
        let current = |_: &AlertName| {
            Some(Current {
                minute,
                evidence: None,
            })
        };
        for told in self.desk.flush(self.plan, now, &current) {
            if self.plan.is_by_first_channel(&told) {
                self.messages.note(&told, now);
                let counts = &mut self.messages.counts;
                *counts.entry(ReceiverName(told.receiver)).or_default() += 1;
            }
        }
        self.desk.decided();
    }
}
