//! How many messages transitions cause, at each receiver.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::dispatch::{AlertName, Current, Desk, Plan, ReceiverName};
use crate::engine::Transition;
use crate::unit::{Minute, Timespan};

/// How long after the last transition messages are counted that had to wait: the longest that the
/// words of a group are apart by default, and what gathers in a storm.
const AFTERWARDS: TimeDelta = TimeDelta::hours(1);

/// How many messages each receiver would have had; one with several channels has them on each.
pub type Messages = BTreeMap<ReceiverName, u64>;

/// Counts the messages that the plan makes of transitions, in order of their minutes, which are
/// told `settle` after these: in groups, with reminders and escalations that nobody has answered.
pub fn messages(plan: &Plan, settle: Timespan, transitions: &[Transition]) -> Messages {
    let receivers = plan.channels.keys();
    let mut counter = Counter {
        plan,
        settle: settle.delta(),
        desk: Desk::default(),
        counts: receivers.map(|name| (name.clone(), 0)).collect(),
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
    counter.counts
}

/// A desk whose messages are counted.
struct Counter<'a> {
    plan: &'a Plan,
    /// How long after its end a minute is judged.
    settle: TimeDelta,
    desk: Desk,
    counts: Messages,
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
                *self.counts.entry(ReceiverName(told.receiver)).or_default() += 1;
            }
        }
        self.desk.decided();
    }
}
