//! A lane at work: what it may send now, what a try came to, and what is noted of it.
//!
//! No task and no clock: the sender calls it with the time, and so does the simulation in the
//! tests, which lets the process die between any two of these calls.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::lasting::LastingFault;
use crate::config::Notify;
use crate::dispatch::{AlertOutcome, AlertTried, AlertView, Notification, answer_of};
use crate::receiver::breaker::{Breaker, Passage, Sign};
use crate::receiver::{Delivered, SendError, backoff, numbered};
use crate::store::{Claim, Lane, Store, StoreError, WaitingLane, Which};
use crate::unit::Timespan;

/// How many messages of a lane are asked for in one go: some seconds of a quick receiver.
const CLAIMS_MAX: u32 = 50;

/// What the rules file says of messages that cannot be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How long a delivery is retried.
    pub give_up: Timespan,
    /// Who takes what a receiver could not be given.
    pub fallback: Vec<Lane>,
}

impl Terms {
    /// Returns what the rules file says.
    pub fn of(notify: &Notify) -> Self {
        let lanes = notify.fallback.iter().flat_map(|name| {
            let channels = notify.receivers.get(name).into_iter();
            let channels = channels.flat_map(|channels| numbered(channels));
            channels.map(|(channel, _)| Lane {
                receiver: name.0.clone(),
                channel,
            })
        });
        Self {
            give_up: notify.give_up,
            fallback: lanes.collect(),
        }
    }
}

/// What is to be done with a message of a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// One try.
    Try(Claim),
    /// It is given up without one.
    GiveUp {
        /// The message.
        claim: Claim,
        /// Why.
        why: String,
    },
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageOutcome {
    /// It was delivered.
    Delivered(String),
    /// It is tried again.
    Retry {
        /// When.
        at: DateTime<Utc>,
        /// What the receiver answered.
        answer: String,
    },
    /// It is given up: what of it was not told is a dead letter.
    Dead(String),
}

/// A try of a message: what came of its alerts so far, in this try and, of what earlier ones have
/// settled, before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The alerts that were told, in order, and what came of each.
    tried: Vec<AlertTried>,
    /// How many alerts the message has.
    alerts: usize,
    /// How long the receiver asked to wait.
    after: Option<Duration>,
}

impl Attempt {
    /// Begins a try of a message.
    pub fn new(claim: &Claim) -> Self {
        Self {
            tried: claim.settled.clone(),
            alerts: claim.settled.len() + claim.notification.alerts.len(),
            after: None,
        }
    }

    /// Takes in what was answered when these alerts of it were told. Returns what is to be kept
    /// before more is told: what came of them, unless they are the whole message.
    pub fn take(
        &mut self,
        told: &Notification,
        answer: Result<Delivered, SendError>,
    ) -> &[AlertTried] {
        let outcome = match answer {
            Ok(delivered) => AlertOutcome::Taken(delivered.answer),
            Err(SendError::Reject { answer }) => AlertOutcome::Refused(answer),
            Err(SendError::Retry { after, answer }) => {
                self.after = self.after.max(after);
                AlertOutcome::Failed(answer)
            }
        };
        let before = self.tried.len();
        let tried = told.alerts.iter().map(|alert| AlertTried {
            alert: alert.clone(),
            outcome: outcome.clone(),
        });
        self.tried.extend(tried);
        let new = self.tried.get(before..).unwrap_or_default();
        if new.len() == self.alerts { &[] } else { new }
    }

    /// Whether the try goes on with further alerts, as far as its lane [does](LaneAtWork::goes_on): not
    /// if the receiver asked to wait. One that fails keeps back no other, as it may fail every time.
    pub const fn goes_on(&self) -> bool {
        self.after.is_none()
    }

    /// Returns what becomes of the message now that the try has ended.
    pub fn outcome(&self, claim: &Claim, give_up: Timespan, now: DateTime<Utc>) -> MessageOutcome {
        let answer = answer_of(&self.tried, self.alerts);
        let mut outcomes = self.tried.iter().map(|of| &of.outcome);
        if outcomes.clone().all(AlertOutcome::is_settled) {
            let is_refused = outcomes.any(|of| matches!(of, AlertOutcome::Refused(_)));
            return if is_refused {
                MessageOutcome::Dead(answer)
            } else {
                MessageOutcome::Delivered(answer)
            };
        }
        let (decided, id) = (claim.created, &claim.notification.id);
        let attempt = claim.attempts.saturating_add(1);
        match backoff::next_try(now, decided, give_up, attempt, id, self.after) {
            Some(at) => MessageOutcome::Retry { at, answer },
            None => MessageOutcome::Dead(given_up(give_up, &answer)),
        }
    }

    /// Returns the alerts of the message that its receiver has not taken.
    pub fn not_told<'a>(&'a self, claim: &'a Claim) -> Vec<&'a AlertView> {
        let tried = self.tried.iter();
        let failed = tried.filter(|of| !matches!(of.outcome, AlertOutcome::Taken(_)));
        let is_tried = |alert: &AlertView| self.tried.iter().any(|of| of.alert.id == alert.id);
        let rest = claim.notification.alerts.iter();
        let rest = rest.filter(|alert| !is_tried(alert));
        failed.map(|of| &of.alert).chain(rest).collect()
    }

    /// Whether some of the message was taken.
    pub fn is_in_part(&self) -> bool {
        let mut tried = self.tried.iter();
        tried.any(|of| matches!(of.outcome, AlertOutcome::Taken(_)))
    }
}

/// A lane and what is known of its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneAtWork {
    lane: Lane,
    breaker: Breaker,
    /// What the server answered last, for messages that are given up while nobody asks it.
    last_answer: String,
    /// Why its messages cannot be read, if they cannot.
    pub(super) unread: LastingFault,
}

impl LaneAtWork {
    /// Begins with what the outbox tells of a lane.
    pub fn new(waiting: &WaitingLane, now: DateTime<Utc>) -> Self {
        let lane = waiting.lane.clone();
        let name = format!("{} {}", lane.receiver, lane.channel);
        Self {
            breaker: Breaker::new(&name, waiting.failures, now),
            lane,
            last_answer: String::new(),
            unread: LastingFault::default(),
        }
    }

    /// Returns the lane.
    pub const fn lane(&self) -> &Lane {
        &self.lane
    }

    /// Returns when the server is asked next whether it is back, if the circuit is broken.
    pub const fn broken_until(&self) -> Option<DateTime<Utc>> {
        self.breaker.probe_at()
    }

    /// Whether there may be something to do for what waits.
    pub fn is_wanted(&self, waiting: &WaitingLane, terms: &Terms, now: DateTime<Utc>) -> bool {
        match self.breaker.passage(now) {
            Passage::Open => waiting.due_at <= now,
            Passage::One => true,
            Passage::Shut => waiting.oldest + terms.give_up.delta() <= now,
        }
    }

    /// Returns what is to be done next, in order; nothing if the lane rests.
    ///
    /// # Errors
    ///
    /// When the outbox cannot be read.
    pub async fn work(
        &self,
        store: &Store,
        terms: &Terms,
        now: DateTime<Utc>,
    ) -> Result<Vec<Work>, StoreError> {
        let passage = self.breaker.passage(now);
        let which = match passage {
            Passage::Open => Which::Due,
            Passage::One => Which::First,
            Passage::Shut => Which::DecidedBy(now - terms.give_up.delta()),
        };
        let claims = store.due(&self.lane, which, now, CLAIMS_MAX).await?;
        let work = claims.into_iter().map(|claim| match passage {
            _ if claim.is_end_alone => Work::GiveUp {
                claim,
                why: "not sent: this channel was never told that it began, as that message was \
                      given up; send that one again first"
                    .to_owned(),
            },
            Passage::Open | Passage::One => Work::Try(claim),
            Passage::Shut => Work::GiveUp {
                why: given_up(terms.give_up, &self.last_answer),
                claim,
            },
        });
        Ok(work.collect())
    }

    /// Whether the lane may go on with the work that it was given.
    pub fn goes_on(&self, now: DateTime<Utc>) -> bool {
        self.breaker.passage(now) == Passage::Open
    }

    /// Takes in what was answered to a request of a try. Returns whether the server is back, so that what waits may go.
    pub fn learn(&mut self, tried: &Result<Delivered, SendError>, now: DateTime<Utc>) -> bool {
        let sign = match tried {
            Ok(_) | Err(SendError::Reject { .. }) => Sign::Answers,
            Err(SendError::Retry { after, answer }) => {
                self.last_answer.clone_from(answer);
                Sign::Fails { after: *after }
            }
        };
        self.breaker.learn(sign, now)
    }

    /// Notes what became of a message, and hurries the others if the server `is_back`.
    ///
    /// # Errors
    ///
    /// When it cannot be stored: it is called again then.
    pub async fn note(
        &self,
        store: &Store,
        claim: &Claim,
        outcome: &MessageOutcome,
        is_back: bool,
        terms: &Terms,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let id = claim.notification.id.as_str();
        match outcome {
            MessageOutcome::Delivered(answer) => store.delivered(id, now, answer).await?,
            MessageOutcome::Retry { at, answer } => store.retry(id, now, answer, *at).await?,
            MessageOutcome::Dead(answer) => store.dead(id, now, answer, &terms.fallback).await?,
        }
        if is_back {
            store.hurry(&self.lane, now).await?;
        }
        Ok(())
    }
}

fn given_up(after: Timespan, answer: &str) -> String {
    let answer = if answer.is_empty() {
        "the receiver could not be reached"
    } else {
        answer
    };
    format!("given up after {after}: {answer}")
}
