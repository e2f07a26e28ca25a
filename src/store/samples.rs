//! Reading samples: one view of those that are packed, those that are recent, and those that a
//! store of format 1 left.

use std::collections::BTreeMap;

use sqlx::{Row as _, SqliteConnection};

use super::codec::Detail;
use super::old;
use super::rows::{block_of, block_start, ids_of_lane, lane_of};
use super::{Store, StoreError, packed, recent};
use crate::engine::Part;
use crate::pipeline::{Kept, Need};
use crate::unit::{Minute, Series};

/// The minutes of one series, ascending.
pub(super) type Minutes = Vec<(Minute, Kept)>;

/// Why samples could not be read.
#[derive(Debug)]
pub(super) enum Unread {
    /// The database failed.
    Database(sqlx::Error),
    /// A row is damaged.
    Damaged {
        /// The id of the series, or one of a row of several.
        series: i64,
        /// The minute, or the first of the row's block.
        minute: Minute,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl From<sqlx::Error> for Unread {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl Unread {
    pub(super) const fn damaged(series: i64, minute: Minute, why: &'static str) -> Self {
        Self::Damaged {
            series,
            minute,
            why,
        }
    }

    fn block(series: i64, block: i64, why: &'static str) -> Self {
        match Minute::from_epoch(block_start(block)) {
            Some(minute) => Self::damaged(series, minute, why),
            None => Self::Database(super::rows::unreadable(0, "no block")),
        }
    }
}

/// What was found, by series; of two of one minute the first one holds.
#[derive(Debug, Default)]
pub(super) struct Found(BTreeMap<i64, Minutes>);

impl Found {
    pub(super) fn add(&mut self, series: i64, minute: Minute, kept: Kept) {
        self.0.entry(series).or_default().push((minute, kept));
    }

    /// Returns the minutes of every series, in order.
    pub(super) fn sorted(mut self) -> BTreeMap<i64, Minutes> {
        for minutes in self.0.values_mut() {
            if !minutes.is_sorted_by(|a, b| a.0 < b.0) {
                // The sort is stable and the first of equal ones stays.
                minutes.sort_by_key(|(minute, _)| *minute);
                minutes.dedup_by_key(|(minute, _)| *minute);
            }
        }
        self.0
    }
}

/// What is to be read: series by their ids and a range of minutes, the end excluded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// The first and the last id; both are of one lane.
    pub(super) ids: (i64, i64),
    /// The first minute.
    pub(super) from: Minute,
    /// The minute after the last.
    pub(super) to: Minute,
}

impl Asked {
    fn wants(&self, series: i64, minute: Minute) -> bool {
        (self.ids.0..=self.ids.1).contains(&series) && self.from <= minute && minute < self.to
    }
}

/// Reads what was asked for, in one transaction.
pub(super) async fn read(
    db: &mut SqliteConnection,
    asked: Asked,
) -> Result<BTreeMap<i64, Minutes>, Unread> {
    let mut found = Found::default();
    read_each(db, asked, Detail::Whole, &mut |series, minute, kept| {
        found.add(series, minute, kept);
        Vec::new()
    })
    .await?;
    Ok(found.sorted())
}

/// Reads what was asked for, in one transaction, and gives it to `each`: of two of one minute the first one holds,
/// and minutes need not ascend. What `each` gives back is room for the next.
pub(super) async fn read_each(
    db: &mut SqliteConnection,
    asked: Asked,
    detail: Detail,
    each: &mut impl FnMut(i64, Minute, Kept) -> Vec<Part>,
) -> Result<(), Unread> {
    let Some((first, last)) = blocks(db).await? else {
        return Ok(());
    };
    // Without this, a wide range would look for blocks that cannot be there.
    let range = (
        block_of(asked.from).max(first),
        block_of(asked.to.previous()).min(last),
    );
    if let Some((first, last)) = old::blocks(db).await? {
        let range = (range.0.max(first), range.1.min(last));
        let mut rows = Found::default();
        old::read(db, asked.ids, range, &mut rows).await?;
        for (series, minutes) in rows.0 {
            let minutes = minutes.into_iter();
            minutes
                .filter(|(minute, _)| asked.wants(series, *minute))
                .for_each(|(minute, kept)| drop(each(series, minute, kept)));
        }
    }
    read_packed(db, asked, range, detail, each).await?;
    read_recent(db, asked, range, each).await
}

async fn read_packed(
    db: &mut SqliteConnection,
    asked: Asked,
    (first, last): (i64, i64),
    detail: Detail,
    each: &mut impl FnMut(i64, Minute, Kept) -> Vec<Part>,
) -> Result<(), Unread> {
    let rows = sqlx::query(
        "WITH RECURSIVE blocks (block) AS (
           SELECT $1 UNION ALL SELECT block + 1 FROM blocks WHERE block < $2)
         SELECT p.block, p.series, p.samples FROM blocks CROSS JOIN packed AS p
         WHERE p.block = blocks.block AND p.series BETWEEN $3 AND $4",
    );
    let rows = rows.bind(first).bind(last);
    let rows = rows.bind(asked.ids.0).bind(asked.ids.1);
    for row in rows.fetch_all(db).await? {
        let (block, series) = (row.try_get(0)?, row.try_get(1)?);
        let read = packed::unpack_with(block, row.try_get(2)?, detail, |minute, kept| {
            if asked.wants(series, minute) {
                each(series, minute, kept)
            } else {
                Vec::new()
            }
        });
        read.map_err(|why| Unread::block(series, block, why))?;
    }
    Ok(())
}

async fn read_recent(
    db: &mut SqliteConnection,
    asked: Asked,
    (first, last): (i64, i64),
    each: &mut impl FnMut(i64, Minute, Kept) -> Vec<Part>,
) -> Result<(), Unread> {
    let lane = lane_of(asked.ids.0);
    let rows = sqlx::query(
        "SELECT block, samples FROM recent WHERE lane = $1 AND block BETWEEN $2 AND $3
         ORDER BY block, seq",
    );
    let rows = rows.bind(lane).bind(first).bind(last);
    for row in rows.fetch_all(db).await? {
        let block = row.try_get(0)?;
        let samples = recent::unpack(lane, block, row.try_get(1)?);
        let samples = samples.map_err(|why| Unread::block(asked.ids.0, block, why))?;
        for (series, minute, kept) in samples {
            if asked.wants(series, minute) {
                drop(each(series, minute, kept));
            }
        }
    }
    Ok(())
}

/// Returns the first and the last block that hold samples, if there are any.
pub(super) async fn blocks(db: &mut SqliteConnection) -> Result<Option<(i64, i64)>, sqlx::Error> {
    // By lanes, each of which is one look into the index.
    let row = sqlx::query(
        "WITH RECURSIVE lanes (lane) AS (
           SELECT MIN(lane) FROM recent UNION ALL
           SELECT (SELECT MIN(r.lane) FROM recent AS r WHERE r.lane > lanes.lane)
           FROM lanes WHERE lanes.lane IS NOT NULL)
         SELECT (SELECT MIN(block) FROM packed), (SELECT MAX(block) FROM packed),
           MIN((SELECT MIN(r.block) FROM recent AS r WHERE r.lane = lanes.lane)),
           MAX((SELECT MAX(r.block) FROM recent AS r WHERE r.lane = lanes.lane))
         FROM lanes",
    );
    let row = row.fetch_one(&mut *db).await?;
    let end = |column: usize| row.try_get::<Option<i64>, _>(column);
    let mut ends = vec![end(0)?, end(1)?, end(2)?, end(3)?];
    if let Some((first, last)) = old::blocks(db).await? {
        ends.extend([Some(first), Some(last)]);
    }
    let blocks = || ends.iter().copied().flatten();
    Ok(blocks().min().zip(blocks().max()))
}

impl Store {
    /// Returns what is kept of a series from `from` up to, and without, `to`, ascending.
    ///
    /// # Errors
    ///
    /// [`StoreError::Samples`] if the database fails, [`StoreError::Damaged`] if a sample cannot
    /// be read.
    pub async fn samples(
        &self,
        series: &Series,
        from: Minute,
        to: Minute,
    ) -> Result<Vec<(Minute, Kept)>, StoreError> {
        let need = Need {
            series: series.clone(),
            from,
            to,
        };
        let read = self.samples_of(std::slice::from_ref(&need)).await?;
        Ok(read.into_iter().next().unwrap_or_default())
    }

    /// Returns what is kept of each of these, in their order; each series stands there once.
    /// Series that [share a lane](Self::lanes) are read at once.
    ///
    /// # Errors
    ///
    /// As [`Store::samples`].
    pub async fn samples_of(&self, needs: &[Need]) -> Result<Vec<Minutes>, StoreError> {
        self.read_all(needs, Detail::Whole).await
    }

    /// Returns the same but for what decides nothing: the proportions beside counts are nought.
    ///
    /// # Errors
    ///
    /// As [`Store::samples`].
    pub async fn deciding_samples_of(&self, needs: &[Need]) -> Result<Vec<Minutes>, StoreError> {
        self.read_all(needs, Detail::Deciding).await
    }

    async fn read_all(&self, needs: &[Need], detail: Detail) -> Result<Vec<Minutes>, StoreError> {
        let mut all = vec![Minutes::new(); needs.len()];
        let lanes = self.by_lane(needs).await?;
        for (lane, wanted) in lanes {
            let mut found = Found::default();
            let add = &mut |series, minute, kept| {
                found.add(series, minute, kept);
                Vec::new()
            };
            self.read_lane(lane, (needs, &wanted), detail, add).await?;
            let mut read = found.sorted();
            for (at, id) in wanted {
                let minutes = read.remove(&id).unwrap_or_default();
                let Need { from, to, .. } = needs[at];
                all[at] = minutes;
                all[at].retain(|(minute, _)| from <= *minute && *minute < to);
            }
        }
        Ok(all)
    }

    /// Reads the series of a lane that are wanted: by their places among the needs, and their ids. What comes may be more
    /// than each of them needs.
    pub(super) async fn read_lane(
        &self,
        lane: i64,
        (needs, wanted): (&[Need], &[(usize, i64)]),
        detail: Detail,
        each: &mut impl FnMut(i64, Minute, Kept) -> Vec<Part>,
    ) -> Result<(), StoreError> {
        let of_lane = || wanted.iter().map(|(at, _)| &needs[*at]);
        let ids = || wanted.iter().map(|(_, id)| *id);
        let whole = ids_of_lane(lane);
        let Some((from, to)) = (of_lane().map(|need| need.from).min())
            .zip(of_lane().map(|need| need.to).max())
            .filter(|(from, to)| from < to)
        else {
            return Ok(());
        };
        let asked = Asked {
            ids: (
                ids().min().unwrap_or(whole.0),
                ids().max().unwrap_or(whole.1),
            ),
            from,
            to,
        };
        let read = async {
            let mut db = self.reader.begin().await?;
            read_each(&mut db, asked, detail, each).await
        };
        read.await.map_err(|fault| {
            let of = |series: i64| wanted.iter().find(|(_, id)| *id == series);
            match fault {
                Unread::Database(error) => self.samples_fault(error),
                Unread::Damaged {
                    series,
                    minute,
                    why,
                } => StoreError::Damaged {
                    file: self.file().to_owned(),
                    series: Box::new(needs[of(series).unwrap_or(&wanted[0]).0].series.clone()),
                    minute,
                    why,
                },
            }
        })
    }

    pub(super) fn samples_fault(&self, error: sqlx::Error) -> StoreError {
        StoreError::Samples(self.fault(error))
    }
}
