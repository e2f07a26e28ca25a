//! The outbox: messages until they are delivered or given up, and what receivers answered.
//!
//! What is due is asked for by lane, see `lanes.rs`; what changes here stands in `delivery.rs`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::rows::{channel, count, time, unreadable};
use super::settled::Settled;
use super::{Lane, Store, StoreError, settled};
use crate::dispatch::{AlertOutcome, AlertView, Notification};

/// A message that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// What was to be sent, or `None` if the stored message cannot be read.
    pub notification: Option<Notification>,
    /// Those of its alerts that were not told; the receiver has the others.
    pub not_told: Vec<NotTold>,
    /// The delivery id.
    pub id: String,
    /// The receiver.
    pub receiver: String,
    /// Which of the receiver's channels.
    pub channel: u32,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was decided.
    pub created: DateTime<Utc>,
    /// When it was given up.
    pub at: DateTime<Utc>,
    /// The last answer.
    pub answer: String,
}

/// An alert of a message that was given up, which the receiver has not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotTold {
    /// The alert.
    pub alert: AlertView,
    /// What the receiver answered, or why it could not be asked.
    pub why: String,
}

impl DeadLetter {
    /// Returns which alerts were not told, by why.
    pub fn by_reason(&self) -> Vec<(&str, Vec<&AlertView>)> {
        let mut groups: Vec<(&str, Vec<&AlertView>)> = Vec::new();
        for NotTold { alert, why } in &self.not_told {
            match groups.iter_mut().find(|(known, _)| known == why) {
                Some((_, alerts)) => alerts.push(alert),
                None => groups.push((why, vec![alert])),
            }
        }
        groups
    }
}

/// What a try came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TryOutcome {
    /// It was delivered.
    Delivered,
    /// It is tried again.
    Retry,
    /// It was given up.
    Dead,
}

impl TryOutcome {
    /// Returns the word that the database keeps.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Retry => "retry",
            Self::Dead => "dead",
        }
    }
}

/// One try to deliver a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The delivery id.
    pub id: String,
    /// The receiver; empty if the message is forgotten already.
    pub receiver: String,
    /// Which of the receiver's channels.
    pub channel: u32,
    /// When.
    pub at: DateTime<Utc>,
    /// What it came to.
    pub outcome: TryOutcome,
    /// What the receiver answered.
    pub answer: String,
}

/// How many messages are in each state.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct OutboxSummary {
    /// Not delivered yet.
    pub waiting: u64,
    /// Given up, and not yet forgotten.
    pub dead: u64,
    /// When the message that is due for longest was due, of those that wait.
    pub oldest_due: Option<DateTime<Utc>>,
    /// The same by lane, for those that have messages waiting or given up.
    pub lanes: Vec<LaneSummary>,
}

/// How many messages of one channel of one receiver are in each state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneSummary {
    /// The receiver.
    pub receiver: String,
    /// Which of the receiver's channels.
    pub channel: u32,
    /// Not delivered yet.
    pub waiting: u64,
    /// Given up, and not yet forgotten.
    pub dead: u64,
    /// When the oldest message that waits was decided.
    pub oldest: Option<DateTime<Utc>>,
    /// What was answered to it last; empty if it has not been tried.
    pub answer: String,
}

impl Store {
    /// Returns how many messages are in each state.
    ///
    /// # Errors
    ///
    /// [`StoreError::Outbox`] if the database fails.
    pub async fn outbox_summary(&self) -> Result<OutboxSummary, StoreError> {
        self.summary()
            .await
            .map_err(|error| StoreError::Outbox(self.fault(error)))
    }

    async fn summary(&self) -> Result<OutboxSummary, sqlx::Error> {
        let mut lanes: BTreeMap<(String, u32), LaneSummary> = BTreeMap::new();
        // Beside a minimum, SQLite takes the other columns from the row that has it.
        let waiting = sqlx::query(
            "SELECT receiver, channel, COUNT(*), MIN(created), answer FROM outbox
             WHERE state = 'waiting' GROUP BY receiver, channel",
        );
        for row in waiting.fetch_all(&self.reader).await? {
            let lane = lane_of(&row, &mut lanes)?;
            lane.waiting = count(&row, 2)?;
            lane.oldest = Some(time(&row, 3)?);
            lane.answer = row.try_get(4)?;
        }
        // The second condition is that of the index by which they are found.
        let dead = sqlx::query(
            "SELECT receiver, channel, COUNT(*) FROM outbox
             WHERE state = 'dead' AND state <> 'waiting' GROUP BY receiver, channel",
        );
        for row in dead.fetch_all(&self.reader).await? {
            lane_of(&row, &mut lanes)?.dead = count(&row, 2)?;
        }
        let due = sqlx::query("SELECT MIN(next_at) FROM outbox WHERE state = 'waiting'");
        let due = due.fetch_one(&self.reader).await?;
        let is_due = due.try_get::<Option<i64>, _>(0)?.is_some();
        let lanes: Vec<LaneSummary> = lanes.into_values().collect();
        Ok(OutboxSummary {
            waiting: lanes.iter().map(|lane| lane.waiting).sum(),
            dead: lanes.iter().map(|lane| lane.dead).sum(),
            oldest_due: if is_due { Some(time(&due, 0)?) } else { None },
            lanes,
        })
    }

    /// Returns messages that were given up, the latest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Outbox`] if the database fails.
    pub async fn dead_letters(&self, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        self.given_up(None, limit).await
    }

    /// Returns the message with this id, if it was given up.
    ///
    /// # Errors
    ///
    /// [`StoreError::Outbox`] if the database fails.
    pub async fn dead_letter(&self, id: &str) -> Result<Option<DeadLetter>, StoreError> {
        Ok(self.given_up(Some(id), 1).await?.pop())
    }

    async fn given_up(&self, id: Option<&str>, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, message, attempts, created, receiver, channel, done_at, answer, seq
             FROM outbox WHERE state = 'dead' AND state <> 'waiting' AND ($1 IS NULL OR id = $1)
             ORDER BY done_at DESC, seq DESC LIMIT $2",
        );
        let rows = rows.bind(id.map(str::to_owned)).bind(i64::from(limit));
        let found = async {
            let mut db = self.reader.acquire().await?;
            let rows = rows.fetch_all(&mut *db).await?;
            let messages: Result<Vec<i64>, _> = rows.iter().map(|row| row.try_get(8)).collect();
            let settled = settled::of_messages(&mut db, &messages?).await?;
            let letters = rows.iter().map(|row| dead_letter(row, &settled));
            letters.collect()
        };
        let found: Result<_, sqlx::Error> = found.await;
        found.map_err(|error| StoreError::Outbox(self.fault(error)))
    }

    /// Returns the lane of a message, unless it is forgotten.
    ///
    /// # Errors
    ///
    /// [`StoreError::Outbox`] if the database fails.
    pub async fn lane(&self, id: &str) -> Result<Option<Lane>, StoreError> {
        let row = sqlx::query("SELECT receiver, channel FROM outbox WHERE id = $1");
        let row = row.bind(id.to_owned()).fetch_optional(&self.reader).await;
        let lane = |row: &SqliteRow| {
            let (receiver, channel) = (row.try_get(0)?, channel(row, 1)?);
            Ok(Lane { receiver, channel })
        };
        row.and_then(|row| row.as_ref().map(lane).transpose())
            .map_err(|error| StoreError::Outbox(self.fault(error)))
    }

    /// Returns the latest tries to deliver, the last first, at most `limit`; of one message, if
    /// an id is given.
    ///
    /// # Errors
    ///
    /// [`StoreError::Outbox`] if the database fails.
    pub async fn deliveries(
        &self,
        id: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let rows = sqlx::query(
            "SELECT d.id, d.at, d.outcome, d.answer, COALESCE(o.receiver, ''), COALESCE(o.channel, 0)
             FROM deliveries AS d LEFT JOIN outbox AS o ON o.id = d.id
             WHERE ($1 IS NULL OR d.id = $1) ORDER BY d.seq DESC LIMIT $2",
        );
        let rows = rows.bind(id.map(str::to_owned)).bind(i64::from(limit));
        let rows = rows.fetch_all(&self.reader).await;
        rows.and_then(|rows| rows.iter().map(delivery).collect())
            .map_err(|error| StoreError::Outbox(self.fault(error)))
    }
}

/// Returns the lane of a row, whose first columns are the receiver and the channel.
fn lane_of<'l>(
    row: &SqliteRow,
    lanes: &'l mut BTreeMap<(String, u32), LaneSummary>,
) -> Result<&'l mut LaneSummary, sqlx::Error> {
    let (receiver, channel): (String, _) = (row.try_get(0)?, channel(row, 1)?);
    let lane = lanes.entry((receiver.clone(), channel));
    Ok(lane.or_insert_with(|| LaneSummary {
        receiver,
        channel,
        waiting: 0,
        dead: 0,
        oldest: None,
        answer: String::new(),
    }))
}

fn dead_letter(
    row: &SqliteRow,
    settled: &BTreeMap<i64, Settled>,
) -> Result<DeadLetter, sqlx::Error> {
    let notification: Option<Notification> = serde_json::from_str(row.try_get(1)?).ok();
    let answer: String = row.try_get(7)?;
    let settled = settled.get(&row.try_get(8)?);
    let alerts = notification.iter().flat_map(|message| &message.alerts);
    let not_told = alerts.filter_map(|alert| {
        let why = match settled.and_then(|settled| settled.get(&alert.id)) {
            Some(AlertOutcome::Taken(_)) => return None,
            Some(outcome) => outcome.answer().to_owned(),
            None => answer.clone(),
        };
        Some(NotTold {
            alert: alert.clone(),
            why,
        })
    });
    Ok(DeadLetter {
        not_told: not_told.collect(),
        notification,
        id: row.try_get(0)?,
        receiver: row.try_get(4)?,
        channel: channel(row, 5)?,
        attempts: attempts(row, 2)?,
        created: time(row, 3)?,
        at: time(row, 6)?,
        answer,
    })
}

fn delivery(row: &SqliteRow) -> Result<Delivery, sqlx::Error> {
    let outcomes = [TryOutcome::Delivered, TryOutcome::Retry, TryOutcome::Dead];
    let word: &str = row.try_get(2)?;
    let outcome = outcomes
        .into_iter()
        .find(|outcome| outcome.as_str() == word);
    Ok(Delivery {
        id: row.try_get(0)?,
        receiver: row.try_get(4)?,
        channel: channel(row, 5)?,
        at: time(row, 1)?,
        outcome: outcome.ok_or_else(|| unreadable(2, "no outcome"))?,
        answer: row.try_get(3)?,
    })
}

pub(super) fn attempts(row: &SqliteRow, column: usize) -> Result<u32, sqlx::Error> {
    let attempts: i64 = row.try_get(column)?;
    Ok(u32::try_from(attempts).unwrap_or(u32::MAX))
}
