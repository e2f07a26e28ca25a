//! Lanes: each channel of each receiver, and what is due there.
//!
//! Messages of one lane that share an alert or a group go out in the order in which they were
//! decided; nothing else waits for anything. Where a receiver is told alert by alert and a message
//! has to be tried again, later ones wait for those of its alerts alone that were not taken. A lane
//! is asked for by itself, so that no other lane's queue, however long, stands before it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::outbox::attempts;
use super::rows::{channel, count, millis, time};
use super::settled::Settled;
use super::writing::Writing;
use super::{Store, StoreError, heard, settled};
use crate::dispatch::{AlertTried, Notification};

/// The lanes with messages that wait.
pub(super) const WAITING: &str = "
    SELECT receiver, channel, COUNT(*), MIN(next_at), MIN(created), SUM(attempts)
    FROM outbox WHERE state = 'waiting'
    GROUP BY receiver, channel ORDER BY receiver, channel";

/// The messages of a lane that no earlier one is in the way of.
pub(super) const DUE: &str = "
    SELECT w.id, w.message, w.attempts, w.created, w.seq FROM outbox AS w
    WHERE w.receiver = $1 AND w.channel = $2 AND w.state = 'waiting'
      AND w.next_at <= $3 AND w.created <= $4 AND NOT EXISTS (
        SELECT 1 FROM outbox_alerts AS mine JOIN outbox_alerts AS earlier
          ON earlier.receiver = mine.receiver AND earlier.channel = mine.channel
         AND earlier.alert = mine.alert AND earlier.seq < mine.seq
        WHERE mine.seq = w.seq)
    ORDER BY w.next_at, w.seq LIMIT $5";

/// Which column of `DUE` names the message.
const SEQ: usize = 4;

/// One channel of one receiver.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane {
    /// The receiver.
    pub receiver: String,
    /// The number of the receiver's channel, which follows from where that leads.
    pub channel: u32,
}

impl Lane {
    /// Returns the lane that a message goes by.
    pub fn of(notification: &Notification) -> Self {
        Self {
            receiver: notification.receiver.clone(),
            channel: notification.channel,
        }
    }
}

/// A lane with messages that wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingLane {
    /// Which.
    pub lane: Lane,
    /// How many messages wait.
    pub waiting: u64,
    /// When the next one is due, if no earlier one of its alert is in its way.
    pub due_at: DateTime<Utc>,
    /// When the oldest was decided.
    pub oldest: DateTime<Utc>,
    /// How many tries of these messages have failed.
    pub failures: u64,
}

/// A message that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What is to be sent: without the alerts that are settled already.
    pub notification: Notification,
    /// What came of those, where the receiver is told alert by alert.
    pub settled: Vec<AlertTried>,
    /// How often that was tried.
    pub attempts: u32,
    /// When it was decided; a delivery is given up by its age.
    pub created: DateTime<Utc>,
    /// Whether it tells of nothing but the ends of firings whose beginning this lane could not
    /// be told of.
    pub is_end_alone: bool,
}

/// Which messages of a lane are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those whose time has come.
    Due,
    /// The one whose time comes first, whether or not it has come.
    First,
    /// Those that were decided by then, whether or not their time has come.
    DecidedBy(DateTime<Utc>),
}

impl Store {
    /// Returns the lanes in which messages wait, due or not, by receiver and channel.
    ///
    /// # Errors
    ///
    /// [`StoreError::Outbox`] if the database fails.
    pub async fn waiting_lanes(&self) -> Result<Vec<WaitingLane>, StoreError> {
        let rows = sqlx::query(WAITING);
        let rows = rows.fetch_all(&self.reader).await;
        rows.and_then(|rows| rows.iter().map(waiting_lane).collect())
            .map_err(|error| StoreError::Outbox(self.fault(error)))
    }

    /// Returns messages of a lane that no earlier one is in the way of, those that are due for
    /// longest first, at most `limit`.
    ///
    /// A message stays due until its outcome is told, so a lane is asked again only when what it
    /// gave is done. A message whose stored form cannot be read is given up here.
    ///
    /// # Errors
    ///
    /// [`StoreError::Outbox`] if the database fails, [`StoreError::Delivery`] if a message that
    /// cannot be read could not be given up.
    pub async fn due(
        &self,
        lane: &Lane,
        which: Which,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Claim>, StoreError> {
        let (due_by, decided_by, limit) = match which {
            Which::Due => (millis(now), i64::MAX, limit),
            Which::First => (i64::MAX, i64::MAX, limit.min(1)),
            Which::DecidedBy(time) => (i64::MAX, millis(time), limit),
        };
        let rows = sqlx::query(DUE)
            .bind(lane.receiver.clone())
            .bind(i64::from(lane.channel));
        let rows = rows.bind(due_by).bind(decided_by).bind(i64::from(limit));
        let fault = |error| StoreError::Outbox(self.fault(error));
        let rows = rows.fetch_all(&self.reader).await.map_err(fault)?;
        let settled = self.settled_of(&rows).await.map_err(fault)?;
        let mut claims = Vec::with_capacity(rows.len());
        for row in rows {
            match claim(&row).map_err(fault)? {
                Ok(mut claim) => {
                    let seq: i64 = row.try_get(SEQ).map_err(fault)?;
                    if let Some(settled) = settled.get(&seq) {
                        settled::take_out(&mut claim, settled);
                    }
                    claims.push(claim);
                }
                Err(why) => {
                    let id: String = row.try_get(0).map_err(fault)?;
                    let answer = format!("the stored message cannot be read: {why}");
                    self.dead(&id, now, &answer, &[]).await?;
                }
            }
        }
        heard::mark_ends(&self.reader, lane, &mut claims)
            .await
            .map_err(fault)?;
        Ok(claims)
    }

    async fn settled_of(&self, rows: &[SqliteRow]) -> Result<BTreeMap<i64, Settled>, sqlx::Error> {
        let messages = rows.iter().map(|row| row.try_get(SEQ));
        let messages: Vec<i64> = messages.collect::<Result<_, _>>()?;
        let mut db = self.reader.acquire().await?;
        settled::of_messages(&mut db, &messages).await
    }

    /// Makes all messages of a lane due at `now` that would be due later: what kept them back is
    /// over.
    ///
    /// # Errors
    ///
    /// [`StoreError::Outbox`] if the database fails.
    pub async fn hurry(&self, lane: &Lane, now: DateTime<Utc>) -> Result<(), StoreError> {
        let hurried = async {
            let mut writing = Writing::begin(&self.writer).await?;
            let update = sqlx::query(
                "UPDATE outbox SET next_at = $3
                 WHERE receiver = $1 AND channel = $2 AND state = 'waiting' AND $3 < next_at",
            );
            let update = update.bind(lane.receiver.clone());
            let update = update.bind(i64::from(lane.channel)).bind(millis(now));
            let outcome = update.execute(writing.connection()).await;
            writing.finish(outcome).await
        };
        let hurried = hurried.await.map(|_| ());
        hurried.map_err(|error| StoreError::Outbox(self.fault(error)))
    }

    /// Makes all messages due at `now` that would be due after `latest`, which is later than any can be by now:
    /// the clock was put back since.
    ///
    /// # Errors
    ///
    /// [`StoreError::Outbox`] if the database fails.
    pub async fn put_back(
        &self,
        now: DateTime<Utc>,
        latest: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let moved = async {
            let mut writing = Writing::begin(&self.writer).await?;
            let update = sqlx::query(
                "UPDATE outbox SET next_at = $1 WHERE state = 'waiting' AND $2 < next_at",
            );
            let update = update.bind(millis(now)).bind(millis(latest));
            let outcome = update.execute(writing.connection()).await;
            writing.finish(outcome).await
        };
        let moved = moved.await.map(|_| ());
        moved.map_err(|error| StoreError::Outbox(self.fault(error)))
    }
}

fn waiting_lane(row: &SqliteRow) -> Result<WaitingLane, sqlx::Error> {
    Ok(WaitingLane {
        lane: Lane {
            receiver: row.try_get(0)?,
            channel: channel(row, 1)?,
        },
        waiting: count(row, 2)?,
        due_at: time(row, 3)?,
        oldest: time(row, 4)?,
        failures: count(row, 5)?,
    })
}

fn claim(row: &SqliteRow) -> Result<Result<Claim, serde_json::Error>, sqlx::Error> {
    let attempts = attempts(row, 2)?;
    let created = time(row, 3)?;
    let read = serde_json::from_str(row.try_get(1)?);
    Ok(read.map(|notification| Claim {
        notification,
        settled: Vec::new(),
        attempts,
        created,
        is_end_alone: false,
    }))
}
