//! Messages that stand in for others: what a receiver could not be given goes to the fallback,
//! in the transaction that gives it up.

use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;

use super::delivery::insert_messages;
use super::lanes::Lane;
use super::rows::{count, millis, time};
use super::{Store, StoreError};
use crate::dispatch::{Notification, Undelivered};
use crate::unit::stable_id;

/// What was given up of critical alerts. That it does not wait must be said: else the index of what
/// is done is not used, and this is asked every second.
pub(super) const UNDELIVERABLE: &str = "
    SELECT COUNT(*), COALESCE(MAX(o.done_at), 0) FROM outbox AS o
    WHERE o.state = 'dead' AND o.state <> 'waiting' AND $1 <= o.done_at AND o.critical = 1
      AND o.stands_for IS NULL AND NOT EXISTS (
        SELECT 1 FROM outbox AS other
        WHERE other.stands_for = o.id AND other.state = 'delivered')";

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

/// Puts messages that stand in for one that was given up into the outbox, for each lane of the
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
    let messages = lanes.map(|lane| {
        let channel = lane.channel.to_string();
        Notification {
            id: stable_id(&["fallback", &message.id, &lane.receiver, &channel]),
            receiver: lane.receiver.clone(),
            channel: lane.channel,
            undelivered: Some(Undelivered {
                receiver: message.receiver.clone(),
                answer: answer.to_owned(),
            }),
            ..message.clone()
        }
    });
    let messages: Vec<_> = messages.collect();
    insert_messages(db, &messages, at, Some(&message.id)).await
}
