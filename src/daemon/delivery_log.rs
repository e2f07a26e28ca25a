//! What the log says of deliveries. A channel is named by where it leads, as a person knows it.

use chrono::SubsecRound as _;

use super::lane::{Attempt, LaneAtWork, MessageOutcome};
use crate::config::Notify;
use crate::dispatch::{AlertOutcome, AlertTried, AlertView};
use crate::receiver::place_of;
use crate::store::{Claim, Lane};

/// Says that an alert was refused while others of its message are still to be told.
pub(super) fn refused(notify: &Notify, claim: &Claim, tried: &AlertTried) {
    let AlertTried { alert, outcome } = tried;
    if let AlertOutcome::Refused(answer) = outcome {
        let (receiver, channel) = of(notify, claim);
        tracing::error!(
            receiver,
            channel,
            delivery = claim.notification.id,
            rule = alert.rule,
            domain = alert.domain,
            answer,
            "the receiver refuses an alert: nobody is told of it by this channel"
        );
    }
}

/// Says that the messages of a lane cannot be read, once for each reason.
pub(super) fn unread(notify: &Notify, lane: &mut LaneAtWork, error: &str) {
    if lane.unread.is_news(error) {
        let Lane { receiver, channel } = lane.lane();
        let channel = name(notify, receiver, *channel);
        tracing::error!(
            receiver,
            channel,
            error,
            "messages of a channel cannot be read: they wait until they can"
        );
    }
}

/// Says that a circuit has opened or closed.
pub(super) fn circuit(notify: &Notify, lane: &LaneAtWork, was_broken: bool) {
    let Lane { receiver, channel } = lane.lane();
    let channel = name(notify, receiver, *channel);
    match lane.broken_until() {
        Some(until) if !was_broken => {
            let until = until.trunc_subsecs(0);
            tracing::warn!(receiver, channel, %until, "the channel is down: one message asks from time to time whether it is back, the others wait");
        }
        None if was_broken => {
            tracing::info!(
                receiver,
                channel,
                "the channel is back: what waited goes out"
            );
        }
        Some(_) | None => {}
    }
}

/// Says what became of a message.
pub(super) fn outcome(notify: &Notify, claim: &Claim, attempt: &Attempt, outcome: &MessageOutcome) {
    let (receiver, channel) = of(notify, claim);
    let delivery = claim.notification.id.as_str();
    match outcome {
        MessageOutcome::Delivered(answer) => {
            tracing::info!(receiver, channel, delivery, answer, "delivered");
        }
        MessageOutcome::Retry { at, answer } => {
            tracing::warn!(receiver, channel, delivery, attempts = claim.attempts + 1, again = %at.trunc_subsecs(0), answer, "not delivered, will be tried again");
        }
        MessageOutcome::Dead(answer) => {
            let not_told = attempt.not_told(claim).into_iter();
            let not_told = not_told.map(AlertView::about).collect::<Vec<_>>();
            let not_told = not_told.join(", ");
            let words = if attempt.is_in_part() {
                "delivered in part and put with the dead letters: of some alerts nobody was told by this channel"
            } else {
                "not delivered and put with the dead letters: nobody was told by this channel"
            };
            tracing::error!(receiver, channel, delivery, not_told, answer, "{words}");
        }
    }
}

fn of<'a>(notify: &Notify, claim: &'a Claim) -> (&'a str, String) {
    let message = &claim.notification;
    let channel = name(notify, &message.receiver, message.channel);
    (&message.receiver, channel)
}

fn name(notify: &Notify, receiver: &str, channel: u32) -> String {
    place_of(notify, receiver, channel)
        .unwrap_or_else(|| "a channel that the rules file has no more".to_owned())
}
