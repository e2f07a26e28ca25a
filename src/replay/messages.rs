//! How many messages transitions cause, at each receiver.

use std::collections::BTreeMap;

use crate::dispatch::{Plan, ReceiverName, reason_of};
use crate::engine::Transition;
use crate::unit::Timespan;

/// How many messages each receiver would have had; one with several channels has them on each.
pub type Messages = BTreeMap<ReceiverName, u64>;

/// Counts the messages that the plan makes of transitions, which are told `settle` after their
/// minutes.
pub fn messages(plan: &Plan, settle: Timespan, transitions: &[Transition]) -> Messages {
    let receivers = plan.channels.keys();
    let mut counts: Messages = receivers.map(|name| (name.clone(), 0)).collect();
    for of in transitions {
        let view = plan.view(of, None);
        let (minute, now) = (of.minute.to_string(), of.minute.end() + settle.delta());
        let told = plan.notify(&view, reason_of(&of.event), &minute, now);
        for told in told.iter().filter(|told| told.channel == 0) {
            *counts
                .entry(ReceiverName(told.receiver.clone()))
                .or_default() += 1;
        }
    }
    counts
}
