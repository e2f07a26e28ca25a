//! Repacking: minutes of a lane whose block is over move from the rows of steps to rows of series.
//!
//! What is to be moved is read and packed first, while others write; the transaction then sets
//! the packed rows and deletes what they were made of, all or none. Rows that came meanwhile stay
//! for the next time.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use sqlx::{Row as _, SqliteConnection};

use super::packed::Block;
use super::rows::{block_of, block_start, ids_of_lane, lane_of};
use super::view::{self, Minutes, SampleRange, Unread};
use super::writing::Writing;
use super::{Spot, Store, StoreError, old, packed};
use crate::unit::Minute;

/// What is to be repacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repack {
    /// Blocks that end by then: what comes to them later is rare.
    pub before: Minute,
    /// Lanes from here on: where the last call said to go on.
    pub lane: i64,
}

/// What was repacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Repacked {
    /// How many minutes were written anew.
    pub minutes: u64,
    /// The lane to go on with; `None` if there is nothing more from the asked lane on.
    pub next: Option<i64>,
    /// Whether a row could not be read: it stays where it is, and with it those of its block. It is
    /// told once for as long as the store is open.
    pub is_damaged: bool,
}

/// A block of a lane that has something to move.
#[derive(Clone, Copy, Debug)]
struct Place {
    lane: i64,
    block: i64,
    /// The last row of a step that is moved.
    seq: i64,
    /// Whether it is here because of rows of format 1.
    is_old: bool,
}

impl Store {
    /// Packs the oldest block of one lane that is not packed and ends before `before`: the first such lane
    /// from the asked one on. Nothing changes for those who read.
    ///
    /// # Errors
    ///
    /// [`StoreError::Repack`] if the database fails.
    pub async fn repack(&self, repack: &Repack) -> Result<Repacked, StoreError> {
        let _alone = self.repacking.lock().await;
        let fault = |error| StoreError::Repack(self.fault(error));
        let place = async {
            let mut db = self.reader.begin().await?;
            let is_old = !self.is_old_damaged.load(Ordering::Relaxed);
            let damaged: Vec<Spot> = self.damaged().iter().copied().collect();
            next_place(&mut db, repack, is_old, &damaged).await
        };
        let Some(place) = place.await.map_err(fault)? else {
            return Ok(Repacked::default());
        };
        let blocks = match self.read_block(place).await {
            Ok(blocks) => blocks,
            Err(Unread::Database(error)) => return Err(fault(error)),
            Err(Unread::Damaged { .. }) => {
                // What is old goes by time and not by lanes: it would be met again at once.
                self.is_old_damaged
                    .fetch_or(place.is_old, Ordering::Relaxed);
                if !place.is_old {
                    // What comes after it is packed all the same.
                    self.damaged().insert((place.lane, place.block));
                }
                return Ok(Repacked {
                    minutes: 0,
                    next: Some(place.lane),
                    is_damaged: true,
                });
            }
        };
        let moved = async {
            let mut writing = Writing::begin(&self.writer).await?;
            let outcome = move_block(writing.connection(), place, &blocks).await;
            writing.finish(outcome).await
        };
        moved.await.map_err(fault)?;
        Ok(Repacked {
            minutes: blocks.iter().map(|of| of.minutes.len() as u64).sum(),
            next: Some(if place.is_old {
                repack.lane
            } else {
                place.lane
            }),
            is_damaged: false,
        })
    }

    /// Reads a block of a lane as it is to be packed.
    async fn read_block(&self, place: Place) -> Result<Vec<Block>, Unread> {
        let minute = |epoch| {
            let error = || Unread::Database(super::rows::unreadable(0, "no block"));
            Minute::from_epoch(epoch).ok_or_else(error)
        };
        let asked = SampleRange {
            ids: ids_of_lane(place.lane),
            from: minute(block_start(place.block))?,
            to: minute(block_start(place.block + 1))?,
        };
        let mut db = self.reader.begin().await?;
        let read: BTreeMap<i64, Minutes> = view::read(&mut db, asked).await?;
        let blocks = read.into_iter().map(|(series, minutes)| Block {
            place: place.block,
            series,
            minutes,
        });
        Ok(blocks.collect())
    }
}

async fn next_place(
    db: &mut SqliteConnection,
    repack: &Repack,
    is_old: bool,
    damaged: &[Spot],
) -> Result<Option<Place>, sqlx::Error> {
    let end = block_of(repack.before);
    let old = if is_old { old::first(db).await? } else { None };
    if let Some((block, series)) = old.filter(|(block, _)| *block < end) {
        let lane = lane_of(series);
        return Ok(Some(Place {
            lane,
            block,
            seq: last_seq(db, lane, block).await?,
            is_old,
        }));
    }
    // Lane by lane: each is one look into the index.
    let lanes = sqlx::query(
        "WITH RECURSIVE lanes (lane) AS (
           SELECT MIN(lane) FROM recent WHERE $1 <= lane UNION ALL
           SELECT (SELECT MIN(r.lane) FROM recent AS r WHERE r.lane > lanes.lane)
           FROM lanes WHERE lanes.lane IS NOT NULL)
         SELECT lane, (SELECT MIN(r.block) FROM recent AS r WHERE r.lane = lanes.lane
                       AND (r.lane, r.block) NOT IN (SELECT value ->> 0, value ->> 1 FROM json_each($3))) AS block
         FROM lanes WHERE block < $2 ORDER BY lane LIMIT 1",
    );
    let damaged =
        serde_json::to_string(damaged).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let found = lanes.bind(repack.lane).bind(end).bind(damaged);
    let Some(row) = found.fetch_optional(&mut *db).await? else {
        return Ok(None);
    };
    let (lane, block) = (row.try_get(0)?, row.try_get(1)?);
    Ok(Some(Place {
        lane,
        block,
        seq: last_seq(db, lane, block).await?,
        is_old: false,
    }))
}

async fn last_seq(db: &mut SqliteConnection, lane: i64, block: i64) -> Result<i64, sqlx::Error> {
    let last = "SELECT COALESCE(MAX(seq), 0) FROM recent WHERE lane = $1 AND block = $2";
    let last = sqlx::query_scalar(last).bind(lane).bind(block);
    last.fetch_one(db).await
}

async fn move_block(
    db: &mut SqliteConnection,
    place: Place,
    blocks: &[Block],
) -> Result<(), sqlx::Error> {
    packed::set(db, blocks).await?;
    let delete = sqlx::query("DELETE FROM recent WHERE lane = $1 AND block = $2 AND seq <= $3");
    let delete = delete.bind(place.lane).bind(place.block).bind(place.seq);
    delete.execute(&mut *db).await?;
    old::delete(db, ids_of_lane(place.lane), place.block).await
}
