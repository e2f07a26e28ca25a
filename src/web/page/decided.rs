//! What was decided of an alert, in words.

use serde::Serialize;

use super::words::{mute, taken_by, time};
use crate::dispatch::{AlertOutcome, Decided, Decision};
use crate::receiver::place_of;
use crate::store::TryOutcome;
use crate::web::Shown;
use crate::web::fault::Fault;

/// How many decisions are shown: the last ones.
const DECISIONS_MAX: usize = 100;
/// How many tries of one message are looked at for its last answer.
const TRIES: u32 = 1;

/// A decision, in words.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    at: String,
    what: String,
    /// What became of the messages, for those that told.
    answers: Vec<String>,
}

/// Returns the latest decisions of a firing, in their order.
pub(super) async fn rows(shown: &Shown, firing: &str) -> Result<Vec<Row>, Fault> {
    let decisions = shown.store.decisions(firing).await?;
    let skipped = decisions.len().saturating_sub(DECISIONS_MAX);
    let mut rows = Vec::with_capacity(decisions.len() - skipped);
    for decision in &decisions[skipped..] {
        rows.push(Row {
            at: time(decision.at),
            what: words(&decision.what),
            answers: answers(shown, firing, decision).await?,
        });
    }
    Ok(rows)
}

/// Returns what became of the alert in each message; the others of the message may have fared otherwise.
async fn answers(shown: &Shown, firing: &str, decision: &Decision) -> Result<Vec<String>, Fault> {
    let Decided::Told { deliveries, .. } = &decision.what else {
        return Ok(Vec::new());
    };
    let mut answers = Vec::with_capacity(deliveries.len());
    for id in deliveries {
        let last = shown.store.deliveries(Some(id), TRIES).await?;
        let own = shown.store.settled(id, firing).await?;
        let lane = shown.store.lane(id).await?;
        let place = lane.and_then(|of| place_of(&shown.rules().notify, &of.receiver, of.channel));
        let answer = match (own, last.first()) {
            (Some((_, AlertOutcome::Taken(answer))), _) => format!("delivered: {answer}"),
            (Some((_, outcome)), _) => format!("refused: {}", outcome.answer()),
            (None, None) => "waiting".to_owned(),
            (None, Some(delivery)) => {
                let outcome = match delivery.outcome {
                    TryOutcome::Delivered => "delivered",
                    TryOutcome::Retry => "tried, and again later",
                    TryOutcome::Dead => "given up",
                };
                format!("{outcome}: {}", delivery.answer)
            }
        };
        answers.push(match place {
            Some(place) => format!("{place}: {answer}"),
            None => answer,
        });
    }
    Ok(answers)
}

fn words(what: &Decided) -> String {
    let because = |by: &[crate::dispatch::Mute]| {
        let by: Vec<String> = by.iter().map(mute).collect();
        by.join(", ")
    };
    match what {
        Decided::Unrouted => "no route takes it: nobody is told".to_owned(),
        Decided::Routed {
            route, receiver, ..
        } => format!("goes to {receiver} by route {}", route + 1),
        Decided::Told {
            receiver,
            reason,
            with,
            ..
        } => {
            let reason = reason.as_str().replace('_', " ");
            match with.saturating_sub(1) {
                0 => format!("message to {receiver}: {reason}"),
                others => format!("message to {receiver} with {others} more: {reason}"),
            }
        }
        Decided::Muted { by } => format!("not told: {}", because(by)),
        Decided::Unmuted => "told again".to_owned(),
        Decided::Dropped { receiver, by } => match because(by).as_str() {
            "" => format!("over before {receiver} had heard of it"),
            why => format!("over before {receiver} had heard of it: {why}"),
        },
        Decided::Acknowledged { by, .. } => format!("taken on by {}", taken_by(by)),
        Decided::AcknowledgementLapsed => "got worse, so nobody has it any more".to_owned(),
        Decided::Flaps => "fires so often that it is told no longer each time".to_owned(),
        Decided::Settled => "has come to rest".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::Reason;

    #[test]
    fn a_message_that_may_still_wait_is_not_said_to_have_been_told() {
        let told = |with| {
            words(&Decided::Told {
                deliveries: Vec::new(),
                receiver: "oncall".to_owned(),
                reason: Reason::PartlyResolved,
                group: String::new(),
                with,
            })
        };
        assert_eq!(told(1), "message to oncall: partly resolved");
        assert_eq!(told(3), "message to oncall with 2 more: partly resolved");
    }
}
