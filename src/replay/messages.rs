//! How many messages transitions cause, at each receiver.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::dispatch::{Desk, Notification, Plan, ReceiverName};
use crate::engine::Transition;
use crate::unit::Timespan;

/// How long after the last transition messages are counted that had to wait: the longest that the
/// words of a group are apart by default, and what gathers in a storm.
const AFTERWARDS: TimeDelta = TimeDelta::hours(1);

/// How many messages each receiver would have had; one with several channels has them on each.
pub type Messages = BTreeMap<ReceiverName, u64>;

/// Counts the messages that the plan makes of transitions, in order of their minutes, which are
/// told `settle` after these: in groups, with reminders and escalations that nobody has answered.
pub fn messages(plan: &Plan, settle: Timespan, transitions: &[Transition]) -> Messages {
    let receivers = plan.channels.keys();
    let mut counts: Messages = receivers.map(|name| (name.clone(), 0)).collect();
    let mut count = |told: Vec<Notification>| {
        for told in told
            .into_iter()
            .filter(|told| plan.is_by_first_channel(told))
        {
            *counts.entry(ReceiverName(told.receiver)).or_default() += 1;
        }
    };
    let mut desk = Desk::default();
    let at = |of: &Transition| of.minute.end() + settle.delta();
    let first = transitions.first().map_or(DateTime::UNIX_EPOCH, at);
    desk.plan(plan, first);
    for of in transitions.chunk_by(|a, b| a.minute == b.minute) {
        let now = of.first().map_or(first, at);
        pass(&mut desk, plan, now, &mut count);
        for of in of {
            desk.take(plan, plan.view(of, None), None, now);
        }
        count(desk.flush(plan, now, &|_| None));
    }
    let end = transitions.last().map_or(first, at) + AFTERWARDS;
    pass(&mut desk, plan, end, &mut count);
    counts
}

/// Tells what is due up to a time, each when it is.
fn pass(
    desk: &mut Desk,
    plan: &Plan,
    until: DateTime<Utc>,
    count: &mut impl FnMut(Vec<Notification>),
) {
    let mut last = None;
    while let Some(due) = desk.due(until).filter(|due| *due <= until) {
        // What is due and cannot be told yet must not hold up what comes.
        if last.is_some_and(|last| due <= last) {
            break;
        }
        last = Some(due);
        count(desk.flush(plan, due, &|_| None));
        desk.decided();
    }
}
