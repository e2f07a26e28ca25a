//! Forgetting what is old, a little at a time.

use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;

use super::meta::set_meta;
use super::rows::{BLOCK_MINUTES, block_of, block_start, ids_of_lane, millis};
use super::writing::Writing;
use super::{Spot, Store, StoreError, settled};
use crate::pipeline::Forgotten;
use crate::unit::Minute;

/// To delete a packed block of one series costs about as much as so many rows of other kinds.
const ROWS_OF_A_BLOCK: u32 = 40;

/// How many transitions a firing has at the least, as a rule: its beginning and its end.
const ROWS_OF_A_FIRING: u32 = 2;

/// Forgets messages. The states are named so that the index finds the old ones, and does not go
/// through all.
pub(super) const OLD_MESSAGES: &str = "
    DELETE FROM outbox WHERE seq IN (
      SELECT seq FROM outbox
      WHERE state IN ('delivered', 'dead') AND state <> 'waiting' AND done_at < $1 LIMIT $2)
    RETURNING seq";

/// The setting that says up to where samples were forgotten: the minute, and the reach that was left.
const FORGOTTEN_NOTE: &str = "forgotten";

/// What may be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prune {
    /// Samples before this minute, by the file's `history:`; those that are packed go by whole
    /// blocks, and those that are not packed yet wait for that.
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
    /// Minutes of samples.
    pub samples: u64,
    /// Messages.
    pub messages: u64,
    /// Transitions.
    pub transitions: u64,
    /// Whether a kind filled its batch, so that there may be more.
    pub more: bool,
}

impl Store {
    /// Returns up to where samples were forgotten, if any were.
    ///
    /// # Errors
    ///
    /// [`StoreError::Meta`] if the database fails.
    pub async fn forgotten(&self) -> Result<Option<Forgotten>, StoreError> {
        let found = async {
            let mut db = self.reader.acquire().await?;
            forgotten(&mut db).await
        };
        found
            .await
            .map_err(|error| self.meta_fault(FORGOTTEN_NOTE, error))
    }

    /// Forgets all samples, and how far series are: they begin anew.
    ///
    /// # Errors
    ///
    /// [`StoreError::Prune`] if the database fails.
    pub async fn forget_samples(&self) -> Result<(), StoreError> {
        let forgotten = async {
            let mut writing = Writing::begin(&self.writer).await?;
            let outcome = forget_all_samples(writing.connection()).await;
            writing.finish(outcome).await
        };
        forgotten
            .await
            .map_err(|error| StoreError::Prune(self.fault(error)))
    }

    /// Forgets one batch of what is old, in one transaction. Samples that a series still needs
    /// to judge its next minute stay, as do messages that wait and alerts that fire.
    ///
    /// # Errors
    ///
    /// [`StoreError::Prune`] if the database fails.
    pub async fn prune(&self, prune: &Prune) -> Result<Pruned, StoreError> {
        let pruned = async {
            let damaged: Vec<Spot> = self.damaged().iter().copied().collect();
            let mut writing = Writing::begin(&self.writer).await?;
            let outcome = forget(writing.connection(), prune, &damaged).await;
            let (pruned, gone) = writing.finish(outcome).await?;
            self.damaged().retain(|spot| !gone.contains(spot));
            Ok(pruned)
        };
        pruned
            .await
            .map_err(|error| StoreError::Prune(self.fault(error)))
    }
}

async fn forget_all_samples(db: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    for table in [
        "DELETE FROM recent",
        "DELETE FROM packed",
        "DELETE FROM samples",
        "DELETE FROM fleet_left",
        "DELETE FROM marks",
    ] {
        sqlx::query(table).execute(&mut *db).await?;
    }
    Ok(())
}

async fn forget(
    db: &mut SqliteConnection,
    prune: &Prune,
    damaged: &[Spot],
) -> Result<(Pruned, Vec<Spot>), sqlx::Error> {
    let gone = forget_damaged(db, prune, damaged).await?;
    let (samples, is_full) = forget_samples(db, prune).await?;
    let messages = sqlx::query_scalar(OLD_MESSAGES).bind(millis(prune.messages_before));
    let messages = messages.bind(i64::from(prune.batch));
    let messages: Vec<i64> = messages.fetch_all(&mut *db).await?;
    settled::forget(db, &messages).await?;
    let messages = messages.len() as u64;
    // Firing by firing: to look at all that are old would take the longer the more there are.
    let transitions = sqlx::query(
        "DELETE FROM transitions WHERE firing IN (
           SELECT firing FROM transitions
           WHERE event IN ('resolved', 'ended') AND minute < $1 ORDER BY minute LIMIT $2)",
    );
    let firings = (prune.batch / ROWS_OF_A_FIRING).max(1);
    let transitions = transitions.bind(prune.transitions_before.epoch());
    let transitions = transitions.bind(i64::from(firings)).execute(&mut *db);
    let transitions = transitions.await?.rows_affected();
    let may_be_more = u64::from(firings) <= transitions;
    forget_heard(db, prune).await?;
    let decisions = sqlx::query(
        "DELETE FROM decisions WHERE seq IN (SELECT seq FROM decisions WHERE at < $1 LIMIT $2)",
    );
    let decisions = decisions.bind(millis(prune.transitions_before.start()));
    let decisions = decisions.bind(i64::from(prune.batch)).execute(db);
    let decisions = decisions.await?.rows_affected();
    let full = messages.max(decisions);
    let pruned = Pruned {
        samples,
        messages,
        transitions,
        more: is_full || may_be_more || (0 < full && u64::from(prune.batch) <= full),
    };
    Ok((pruned, gone))
}

/// Forgets blocks that cannot be read, and so were never packed, and returns them. What a series of the
/// lane still needs stays: some of its minutes may be readable.
async fn forget_damaged(
    db: &mut SqliteConnection,
    prune: &Prune,
    damaged: &[Spot],
) -> Result<Vec<Spot>, sqlx::Error> {
    let mut gone = Vec::new();
    let end = block_of(prune.samples_before);
    for (lane, block) in damaged.iter().filter(|(_, block)| *block < end) {
        let (first, last) = ids_of_lane(*lane);
        let delete = sqlx::query(
            "DELETE FROM recent WHERE lane = $1 AND block = $2 AND NOT EXISTS (
               SELECT 1 FROM marks
               WHERE series BETWEEN $3 AND $4 AND (next - $5) / $6 <= $2)",
        );
        let delete = delete.bind(lane).bind(block).bind(first).bind(last);
        let delete = delete.bind(i64::from(prune.reach)).bind(BLOCK_MINUTES);
        if 0 < delete.execute(&mut *db).await?.rows_affected() {
            note_forgotten(db, end, prune.reach).await?;
            gone.push((*lane, *block));
        }
    }
    Ok(gone)
}

/// Forgets who heard of firings that are as old as the oldest transitions.
async fn forget_heard(db: &mut SqliteConnection, prune: &Prune) -> Result<(), sqlx::Error> {
    let heard = sqlx::query(
        "DELETE FROM heard WHERE (receiver, channel, firing) IN (
           SELECT receiver, channel, firing FROM heard WHERE at < $1 LIMIT $2)",
    );
    let heard = heard.bind(millis(prune.transitions_before.start()));
    let heard = heard.bind(i64::from(prune.batch)).execute(db);
    heard.await.map(|_| ())
}

/// Returns up to where samples were forgotten.
pub(super) async fn forgotten(db: &mut SqliteConnection) -> Result<Option<Forgotten>, sqlx::Error> {
    let note = sqlx::query_scalar("SELECT value FROM meta WHERE key = $1");
    let note: Option<String> = note.bind(FORGOTTEN_NOTE).fetch_optional(db).await?;
    let note = note.as_deref().and_then(|note| note.split_once(' '));
    Ok(note.and_then(|(before, reach)| {
        Some(Forgotten {
            before: Minute::from_epoch(before.parse().ok()?)?,
            reach: reach.parse().ok()?,
        })
    }))
}

/// Notes that all blocks before this one may be forgotten; that is never taken back.
async fn note_forgotten(
    db: &mut SqliteConnection,
    block: i64,
    reach: u32,
) -> Result<(), sqlx::Error> {
    let before = Minute::from_epoch(block_start(block));
    let known = forgotten(db).await?;
    match before.filter(|before| known.is_none_or(|known| known.before < *before)) {
        Some(before) => {
            let note = format!("{} {reach}", before.epoch());
            set_meta(db, FORGOTTEN_NOTE, &note).await
        }
        None => Ok(()),
    }
}

/// Returns how many minutes were forgotten, and whether there may be more.
async fn forget_samples(
    db: &mut SqliteConnection,
    prune: &Prune,
) -> Result<(u64, bool), sqlx::Error> {
    let before = prune.samples_before;
    let left = sqlx::query(
        "DELETE FROM fleet_left WHERE (minute, rule, series) IN (
           SELECT minute, rule, series FROM fleet_left WHERE minute < $1 LIMIT $2)",
    );
    let left = left.bind(before.epoch()).bind(i64::from(prune.batch));
    left.execute(&mut *db).await?;
    let packed = sqlx::query_scalar(
        "DELETE FROM packed WHERE (block, series) IN (
           SELECT p.block, p.series
           FROM packed AS p LEFT JOIN marks AS m ON m.series = p.series
           WHERE p.block < $1 AND (m.next IS NULL OR p.block < (m.next - $2) / $3)
           LIMIT $4)
         RETURNING minutes",
    );
    let packed = packed.bind(block_of(before)).bind(i64::from(prune.reach));
    let packed = packed.bind(BLOCK_MINUTES);
    let batch = (prune.batch / ROWS_OF_A_BLOCK).max(1);
    let minutes: Vec<i64> = packed.bind(i64::from(batch)).fetch_all(&mut *db).await?;
    let is_full = u64::from(batch) <= minutes.len() as u64;
    if !minutes.is_empty() {
        note_forgotten(db, block_of(before), prune.reach).await?;
    }
    let minutes: i64 = minutes.iter().sum();
    Ok((u64::try_from(minutes).unwrap_or(0), is_full))
}
