//! The receivers' servers: what they take, refuse, and never answer.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use foghorn::dispatch::Notification;
use foghorn::receiver::{Delivered, SendError};
use foghorn::store::Lane;

use super::world::Chaos;
use crate::pipeline::source::Dice;

/// The receiver that takes what others could not be given.
pub const MANAGER: &str = "manager";
/// How often a server fails, in chances out of a thousand.
const FAILS: u64 = 300;
/// How often it takes a message and its answer is lost.
const SILENT: u64 = 30;
/// Of how many messages one is refused for good by a server that refuses.
const REFUSES_ONE_OF: u64 = 3;

/// A message that reached a server.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub lane: Lane,
    pub message: Notification,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub tries: u32,
    pub failed: u32,
    pub silent: u32,
    pub refused: u32,
    pub again: u32,
}

pub struct Servers {
    chaos: Chaos,
    dice: Dice,
    start: DateTime<Utc>,
    pub arrivals: Vec<Arrival>,
    pub counts: Counts,
    arrived: BTreeSet<(Lane, String)>,
    /// Messages that arrived, which the process cannot know.
    unknown: BTreeSet<(Lane, String)>,
}

impl Servers {
    pub fn new(chaos: Chaos, start: DateTime<Utc>) -> Self {
        Self {
            chaos,
            dice: Dice(chaos.seed() ^ 0x5e27),
            start,
            arrivals: Vec::new(),
            counts: Counts::default(),
            arrived: BTreeSet::new(),
            unknown: BTreeSet::new(),
        }
    }

    /// One try of a message, or of one alert of it. What is refused is so in every run; all else is chaos.
    pub fn try_once(
        &mut self,
        message: &Notification,
        now: DateTime<Utc>,
    ) -> Result<Delivered, SendError> {
        self.counts.tries += 1;
        let lane = Lane::of(message);
        let retry = |after, answer: &str| {
            let answer = answer.to_owned();
            Err(SendError::Retry { after, answer })
        };
        let is_chaotic = !matches!(self.chaos, Chaos::None);
        if is_chaotic && self.is_gone(&lane, now) {
            self.counts.failed += 1;
            return retry(None, "no answer: connection refused");
        }
        if is_chaotic && self.dice.chance(FAILS) {
            self.counts.failed += 1;
            let busy = self.dice.chance(100);
            return if busy {
                retry(Some(Duration::from_mins(2)), "429 Too Many Requests")
            } else {
                retry(None, "503 Service Unavailable")
            };
        }
        if refuses(&lane, &id_of(message)) {
            self.counts.refused += 1;
            let answer = "400 Bad Request".to_owned();
            return Err(SendError::Reject { answer });
        }
        self.take(&lane, message);
        if is_chaotic && self.dice.chance(SILENT) {
            self.counts.silent += 1;
            self.unknown.insert((lane, id_of(message)));
            return retry(None, "no answer in time");
        }
        Ok(Delivered {
            answer: "200 OK".to_owned(),
        })
    }

    /// The process died before it noted that a message had arrived.
    pub fn died_before_the_note(&mut self, message: &Notification) {
        let key = (Lane::of(message), id_of(message));
        if self.arrived.contains(&key) {
            self.unknown.insert(key);
        }
    }

    fn take(&mut self, lane: &Lane, message: &Notification) {
        let id = id_of(message);
        let key = (lane.clone(), id.clone());
        if !self.arrived.insert(key.clone()) {
            self.counts.again += 1;
            assert!(
                self.unknown.remove(&key),
                "{key:?} came again, though it was known to have come"
            );
        }
        self.arrivals.push(Arrival {
            lane: lane.clone(),
            message: Notification {
                id,
                ..message.clone()
            },
        });
    }

    /// One team in five vanishes for hours, at different times; the manager never does.
    fn is_gone(&self, lane: &Lane, now: DateTime<Utc>) -> bool {
        let Some(team) = team(lane) else {
            return false;
        };
        let from = self.start + TimeDelta::minutes(10 + i64::from(team));
        let hours = 2 + i64::from(team % 4);
        team % 5 == 0 && from <= now && now < from + TimeDelta::hours(hours)
    }
}

fn team(lane: &Lane) -> Option<u32> {
    lane.receiver.strip_prefix("team-")?.parse().ok()
}

/// Teams whose servers are told alert by alert.
pub const ONE_BY_ONE: [u32; 3] = [20, 21, 22];

/// What a server knows again what was told by: the message's id, and the alert's where each is told
/// by itself.
fn id_of(message: &Notification) -> String {
    let is_apart = team(&Lane::of(message)).is_some_and(|team| ONE_BY_ONE.contains(&team));
    match message.alerts.first().filter(|_| is_apart) {
        Some(alert) => format!("{} {}", message.id, alert.id),
        None => message.id.clone(),
    }
}

/// Whether a server refuses a message for good: those of some teams do so with every third.
fn refuses(lane: &Lane, id: &str) -> bool {
    let sum: u64 = id.bytes().map(u64::from).sum();
    may_refuse(lane) && sum.is_multiple_of(REFUSES_ONE_OF)
}

pub fn may_refuse(lane: &Lane) -> bool {
    matches!(team(lane), Some(11 | 12 | 22))
}
