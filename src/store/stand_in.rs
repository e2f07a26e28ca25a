//! Messages that stand in for others: what a receiver could not be given goes to the fallback,
//! in the transaction that gives it up; and who heard so of a firing hears of its end.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{Row as _, SqliteConnection};

use super::delivery::insert_messages;
use super::lanes::Lane;
use super::rows::{channel, count, millis, time};
use super::{Store, StoreError};
use crate::dispatch::{AlertView, Notification, State, Undelivered};
use crate::unit::stable_id;

/// What was given up of critical alerts, and nothing that stands in for it told of them. That it does not wait must be said: else the index of what
/// is done is not used, and this is asked every second.
pub(super) const UNDELIVERABLE: &str = "
    SELECT COUNT(*), COALESCE(MAX(o.done_at), 0) FROM outbox AS o
    WHERE o.state = 'dead' AND o.state <> 'waiting' AND $1 <= o.done_at AND o.critical = 1
      AND o.stands_for IS NULL AND NOT EXISTS (
        SELECT 1 FROM outbox AS other
        WHERE other.stands_for = o.id
          AND (other.critical = 1 AND other.state = 'delivered' OR other.critical = 2))";

/// The lanes that were given, in the stead of a lane, what it could not be told of a firing, and
/// that are not told of the firing themselves.
pub(super) const STOOD_IN: &str = "
    WITH decided AS MATERIALIZED (
      SELECT what FROM decisions WHERE firing = $1 AND json_valid(what))
    SELECT DISTINCT s.receiver, s.channel
    FROM decided, json_each(decided.what, '$.deliveries') AS told
         JOIN outbox AS o ON o.id = told.value
         JOIN outbox AS s ON s.stands_for = o.id
    WHERE o.receiver = $2 AND o.channel = $3 AND NOT EXISTS (
      SELECT 1 FROM decided AS own
      WHERE json_extract(own.what, '$.what') = 'told'
        AND json_extract(own.what, '$.receiver') = s.receiver)";

/// Critical alerts that fire and that somebody could not be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undeliverable {
    /// How many messages.
    pub messages: u64,
    /// When the latest was given up.
    pub latest: DateTime<Utc>,
}

impl Store {
    /// Returns what was given up since `since` of critical alerts that fired, if there is any.
    /// What a fallback was given in its stead does not count, nor what has been sent again since.
    ///
    /// # Errors
    ///
    /// [`StoreError::Outbox`] if the database fails.
    pub async fn undeliverable(
        &self,
        since: DateTime<Utc>,
    ) -> Result<Option<Undeliverable>, StoreError> {
        let row = sqlx::query(UNDELIVERABLE);
        let found = async {
            let row = row.bind(millis(since)).fetch_one(&self.reader).await?;
            let found = Undeliverable {
                messages: count(&row, 0)?,
                latest: time(&row, 1)?,
            };
            Ok(Some(found).filter(|found| 0 < found.messages))
        };
        found
            .await
            .map_err(|error| StoreError::Outbox(self.fault(error)))
    }
}

/// Puts messages that stand in for what was not told of one that was given up into the outbox, for each lane of the
/// fallback but those of the receiver itself. A message that comes to be given up again, after
/// it was sent again, is not told a second time: the ids follow from its own.
pub(super) async fn stand_in(
    db: &mut SqliteConnection,
    message: &Notification,
    answer: &str,
    at: DateTime<Utc>,
    fallback: &[Lane],
) -> Result<(), sqlx::Error> {
    let lanes = fallback
        .iter()
        .filter(|lane| lane.receiver != message.receiver);
    let messages = lanes.map(|lane| Notification {
        undelivered: Some(Undelivered {
            receiver: message.receiver.clone(),
            answer: answer.to_owned(),
        }),
        ..addressed(message, lane)
    });
    let messages: Vec<_> = messages.collect();
    insert_messages(db, &messages, at, Some(&message.id)).await
}

/// Puts the ends that a message tells into the lanes that stood in for its lane when that could not
/// be told of the beginnings. Those that were given what was not told of the message, as it was given
/// up, have the ends in that already.
pub(super) async fn pass_on_ends(
    db: &mut SqliteConnection,
    message: &Notification,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let any = "SELECT EXISTS (SELECT 1 FROM outbox WHERE stands_for IS NOT NULL)";
    if !sqlx::query_scalar(any).fetch_one(&mut *db).await? {
        return Ok(());
    }
    let mut ends: BTreeMap<Lane, Vec<AlertView>> = BTreeMap::new();
    for alert in message.alerts.iter().filter(|a| a.state != State::Firing) {
        let lanes = sqlx::query(STOOD_IN).bind(alert.id.clone());
        let lanes = lanes.bind(message.receiver.clone());
        let lanes = lanes.bind(i64::from(message.channel));
        for row in lanes.fetch_all(&mut *db).await? {
            let lane = Lane {
                receiver: row.try_get(0)?,
                channel: channel(&row, 1)?,
            };
            ends.entry(lane).or_default().push(alert.clone());
        }
    }
    let mut messages = Vec::with_capacity(ends.len());
    for (lane, mut alerts) in ends {
        let mut ends = addressed(message, &lane);
        if let Some(given) = given(db, &ends.id).await? {
            alerts.retain(|alert| !given.alerts.contains(alert));
            ends.id = stable_id(&["fallback", &ends.id, "ends"]);
        }
        if !alerts.is_empty() {
            messages.push(Notification { alerts, ..ends });
        }
    }
    insert_messages(db, &messages, at, Some(&message.id)).await
}

/// Returns the message that a lane was given under this id, if there is one that can be read.
async fn given(db: &mut SqliteConnection, id: &str) -> Result<Option<Notification>, sqlx::Error> {
    let message = sqlx::query_scalar("SELECT message FROM outbox WHERE id = $1");
    let message: Option<String> = message.bind(id.to_owned()).fetch_optional(db).await?;
    Ok(message.and_then(|message| serde_json::from_str(&message).ok()))
}

/// Returns a message as another lane is told it.
fn addressed(message: &Notification, lane: &Lane) -> Notification {
    let channel = lane.channel.to_string();
    Notification {
        id: stable_id(&["fallback", &message.id, &lane.receiver, &channel]),
        receiver: lane.receiver.clone(),
        channel: lane.channel,
        ..message.clone()
    }
}
