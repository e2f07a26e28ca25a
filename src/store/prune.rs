//! Forgetting what is old, a little at a time.

use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;

use super::rows::{block_of, millis};
use super::writing::Writing;
use super::{Store, StoreError};
use crate::unit::Minute;

/// What may be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prune {
    /// Samples before this minute, by the file's `history:`.
    pub samples_before: Minute,
    /// How many minutes before its next one a series needs all the same: the largest reach of
    /// the rules. It matters for a series that is behind.
    pub reach: u32,
    /// Messages that were delivered or given up before this time.
    pub messages_before: DateTime<Utc>,
    /// Transitions of firings that ended before this minute, and what was decided before it.
    pub transitions_before: Minute,
    /// How many rows of each kind at the most: writers wait meanwhile.
    pub batch: u32,
}

/// How much was forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Samples.
    pub samples: u64,
    /// Messages.
    pub messages: u64,
    /// Transitions.
    pub transitions: u64,
    /// Whether a kind filled its batch, so that there may be more.
    pub more: bool,
}

impl Store {
    /// Forgets one batch of what is old, in one transaction. Samples that a series still needs
    /// to judge its next minute stay, as do messages that wait and alerts that fire.
    ///
    /// # Errors
    ///
    /// [`StoreError::Prune`] if the database fails.
    pub async fn prune(&self, prune: &Prune) -> Result<Pruned, StoreError> {
        let pruned = async {
            let mut writing = Writing::begin(&self.writer).await?;
            let outcome = forget(writing.connection(), prune).await;
            writing.finish(outcome).await
        };
        pruned
            .await
            .map_err(|error| StoreError::Prune(self.fault(error)))
    }
}

async fn forget(db: &mut SqliteConnection, prune: &Prune) -> Result<Pruned, sqlx::Error> {
    let samples = forget_samples(db, prune).await?;
    let messages = sqlx::query(
        "DELETE FROM outbox WHERE seq IN (
           SELECT seq FROM outbox WHERE state <> 'waiting' AND done_at < $1 LIMIT $2)",
    );
    let messages = messages.bind(millis(prune.messages_before));
    let messages = messages.bind(i64::from(prune.batch)).execute(&mut *db);
    let messages = messages.await?.rows_affected();
    // The end of a firing is kept last, so it goes last.
    let transitions = sqlx::query(
        "DELETE FROM transitions WHERE seq IN (
           SELECT seq FROM transitions WHERE firing IN (
             SELECT firing FROM transitions
             WHERE event IN ('resolved', 'ended') AND minute < $1)
           ORDER BY seq LIMIT $2)",
    );
    let transitions = transitions.bind(prune.transitions_before.epoch());
    let transitions = transitions.bind(i64::from(prune.batch)).execute(&mut *db);
    let transitions = transitions.await?.rows_affected();
    let decisions = sqlx::query(
        "DELETE FROM decisions WHERE seq IN (SELECT seq FROM decisions WHERE at < $1 LIMIT $2)",
    );
    let decisions = decisions.bind(millis(prune.transitions_before.start()));
    let decisions = decisions.bind(i64::from(prune.batch)).execute(db);
    let decisions = decisions.await?.rows_affected();
    let full = samples.max(messages).max(transitions).max(decisions);
    Ok(Pruned {
        samples,
        messages,
        transitions,
        more: 0 < full && u64::from(prune.batch) <= full,
    })
}

async fn forget_samples(db: &mut SqliteConnection, prune: &Prune) -> Result<u64, sqlx::Error> {
    let before = prune.samples_before;
    let left = sqlx::query(
        "DELETE FROM fleet_left WHERE (minute, rule, series) IN (
           SELECT minute, rule, series FROM fleet_left WHERE minute < $1 LIMIT $2)",
    );
    let left = left.bind(before.epoch()).bind(i64::from(prune.batch));
    left.execute(&mut *db).await?;
    let samples = sqlx::query(
        "DELETE FROM samples WHERE (block, series, minute) IN (
           SELECT s.block, s.series, s.minute
           FROM samples AS s LEFT JOIN marks AS m ON m.series = s.series
           WHERE s.block <= $1 AND s.minute < $2 AND (m.next IS NULL OR s.minute < m.next - $3)
           LIMIT $4)",
    );
    let samples = samples.bind(block_of(before)).bind(before.epoch());
    let samples = samples
        .bind(i64::from(prune.reach))
        .bind(i64::from(prune.batch));
    samples.execute(db).await.map(|done| done.rows_affected())
}
