//! What became of messages, and sending again what was given up.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};

use super::{LIMIT_MAX, QueryParams, limit, time};
use crate::config::Notify;
use crate::dispatch::AlertView;
use crate::receiver::{found, numbered, place_of, places};
use crate::store::{DeadLetter, Delivery, OutboxSummary, Requeued, StoreError, TryOutcome};
use crate::web::Shown;
use crate::web::fault::{Fault, clipped};

/// A receiver, and what waits for it.
#[derive(Debug, Serialize)]
pub(super) struct Receiver {
    name: String,
    channels: Vec<ChannelState>,
}

#[derive(Debug, Serialize)]
struct ChannelState {
    channel: u32,
    place: String,
    waiting: u64,
    dead: u64,
    oldest_waiting: Option<String>,
    /// What was answered last to the oldest message that waits, if it was tried.
    answer: Option<String>,
}

/// `GET /receivers`
pub(super) async fn receivers(State(shown): State<Shown>) -> Result<Json<Vec<Receiver>>, Fault> {
    let summary = shown.store.outbox_summary().await?;
    let rules = shown.rules();
    let receivers = rules.notify.receivers.iter().map(|(name, channels)| {
        let numbers = numbered(channels).into_iter().map(|(number, _)| number);
        let lanes = numbers.zip(places(channels));
        let lanes = lanes.map(|(number, place)| lane(&name.0, number, place, &summary));
        Receiver {
            name: name.0.clone(),
            channels: lanes.collect(),
        }
    });
    Ok(Json(receivers.collect()))
}

fn lane(receiver: &str, number: u32, place: String, summary: &OutboxSummary) -> ChannelState {
    let mut lanes = summary.lanes.iter();
    let lane = lanes.find(|lane| lane.receiver == receiver && lane.channel == number);
    ChannelState {
        channel: number,
        place,
        waiting: lane.map_or(0, |lane| lane.waiting),
        dead: lane.map_or(0, |lane| lane.dead),
        oldest_waiting: lane.and_then(|lane| lane.oldest).map(time),
        answer: lane
            .map(|lane| lane.answer.clone())
            .filter(|answer| !answer.is_empty()),
    }
}

/// One try to deliver a message.
#[derive(Debug, Serialize)]
pub(super) struct Try {
    id: String,
    at: String,
    outcome: &'static str,
    answer: String,
}

impl From<&Delivery> for Try {
    fn from(delivery: &Delivery) -> Self {
        let outcome = match delivery.outcome {
            TryOutcome::Delivered => "delivered",
            TryOutcome::Retry => "retry",
            TryOutcome::Dead => "dead",
        };
        Self {
            id: delivery.id.clone(),
            at: time(delivery.at),
            outcome,
            answer: delivery.answer.clone(),
        }
    }
}

/// Which tries are asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tries {
    id: Option<String>,
    limit: Option<u32>,
}

/// `GET /deliveries`
pub(super) async fn deliveries(
    State(shown): State<Shown>,
    tries: QueryParams<Tries>,
) -> Result<Json<Vec<Try>>, Fault> {
    let Query(tries) = tries?;
    let limit = limit(tries.limit)?;
    let found = shown.store.deliveries(tries.id.as_deref(), limit).await?;
    Ok(Json(found.iter().map(Try::from).collect()))
}

/// A message that was given up.
#[derive(Debug, Serialize)]
pub(super) struct Dead {
    id: String,
    receiver: String,
    channel: u32,
    /// Where the channel leads, unless the rules file has it no more.
    place: Option<String>,
    attempts: u32,
    created: String,
    given_up: String,
    answer: String,
    reason: Option<&'static str>,
    /// The rules and domains that it could not tell of: the first few.
    about: Vec<String>,
    /// Which alerts were not told, by why.
    not_told: Vec<NotTold>,
    /// How many of its alerts were taken.
    taken: usize,
}

/// Alerts of a message that were not told for one reason.
#[derive(Debug, Serialize)]
struct NotTold {
    why: String,
    alerts: Vec<Alert>,
}

#[derive(Debug, Serialize)]
struct Alert {
    rule: String,
    account: String,
    domain: String,
}

/// How many alerts of a message are named in `about`.
const ABOUT_MAX: usize = 10;

impl Dead {
    fn new(letter: &DeadLetter, notify: &Notify) -> Self {
        let message = letter.notification.as_ref();
        let alerts = message.map_or(0, |message| message.alerts.len());
        let about = letter.not_told.iter().map(|of| of.alert.about());
        Self {
            id: letter.id.clone(),
            receiver: letter.receiver.clone(),
            channel: letter.channel,
            place: place_of(notify, &letter.receiver, letter.channel),
            attempts: letter.attempts,
            created: time(letter.created),
            given_up: time(letter.at),
            answer: letter.answer.clone(),
            reason: message.map(|message| message.reason.as_str()),
            about: about.take(ABOUT_MAX).collect(),
            not_told: letter.by_reason().into_iter().map(NotTold::from).collect(),
            taken: alerts.saturating_sub(letter.not_told.len()),
        }
    }
}

impl From<(&str, Vec<&AlertView>)> for NotTold {
    fn from((why, alerts): (&str, Vec<&AlertView>)) -> Self {
        let alerts = alerts.into_iter().map(|alert| Alert {
            rule: alert.rule.clone(),
            account: alert.account.clone(),
            domain: alert.domain.clone(),
        });
        Self {
            why: why.to_owned(),
            alerts: alerts.collect(),
        }
    }
}

/// How many dead letters are asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HowMany {
    limit: Option<u32>,
}

/// `GET /dead-letters`
pub(super) async fn dead_letters(
    State(shown): State<Shown>,
    asked: QueryParams<HowMany>,
) -> Result<Json<Vec<Dead>>, Fault> {
    let limit = limit(asked?.limit)?;
    let letters = shown.store.dead_letters(limit).await?;
    let rules = shown.rules();
    let dead = letters
        .iter()
        .map(|letter| Dead::new(letter, &rules.notify));
    Ok(Json(dead.collect()))
}

/// Which messages are sent again, and which cannot be.
#[derive(Debug, Default, Serialize)]
pub(super) struct Resent {
    resent: Vec<String>,
    not_resent: Vec<NotResent>,
}

/// A message that cannot be sent again.
#[derive(Debug, Serialize)]
struct NotResent {
    id: String,
    why: &'static str,
}

/// `POST /dead-letters/{id}/resend`: of a message that was taken in part, what was not taken.
pub(super) async fn resend(
    State(shown): State<Shown>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Resent>, Fault> {
    let Path(id) = id?;
    let letter = shown.store.dead_letter(&id).await?;
    let done = requeue(&shown, letter).await?;
    if done.resent.is_empty() && done.not_resent.is_empty() {
        let why = format!("no message {} was given up", clipped(&id));
        return Err(Fault::unknown(why));
    }
    Ok(Json(done))
}

/// `POST /dead-letters/resend`: all of them, as many as an answer may have.
pub(super) async fn resend_all(State(shown): State<Shown>) -> Result<Json<Resent>, Fault> {
    let letters = shown.store.dead_letters(LIMIT_MAX).await?;
    // In the order in which they were given up, so that stories are told in theirs.
    Ok(Json(requeue(&shown, letters.into_iter().rev()).await?))
}

/// Makes messages due again, except those that would be given up at once.
async fn requeue(
    shown: &Shown,
    letters: impl IntoIterator<Item = DeadLetter>,
) -> Result<Resent, Fault> {
    let rules = shown.rules();
    let mut done = Resent::default();
    for DeadLetter {
        id,
        receiver,
        channel,
        notification,
        ..
    } in letters
    {
        let why = if notification.is_none() {
            Some("it cannot be read: tell its receiver by hand")
        } else if found(&rules.notify, &receiver, channel).is_none() {
            Some(
                "the rules file has its channel no more: put the channel back, or tell its people \
                 by hand",
            )
        } else {
            None
        };
        if let Some(why) = why {
            done.not_resent.push(NotResent { id, why });
            continue;
        }
        match shown.store.requeue(&id, shown.clock.now()).await {
            Ok(Requeued::Waits) => done.resent.push(id),
            Ok(Requeued::IsEndAlone) => {
                let why = "its channel was never told that this began: send that message again \
                           first";
                done.not_resent.push(NotResent { id, why });
            }
            // Meanwhile somebody else had it sent again, or it was forgotten.
            Ok(Requeued::WasNotGivenUp) | Err(StoreError::UnknownDelivery { .. }) => {}
            Err(fault) => return Err(fault.into()),
        }
    }
    shown.wake.notify_one();
    Ok(done)
}
