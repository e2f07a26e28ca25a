//! What the database has of the minutes of a lane, in one view: those that are packed, those that are
//! recent, and those that a store of format 1 left.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::codec::Detail;
use super::old;
use super::rows::{block_of, block_start, lane_of};
use super::{packed, recent};
use crate::engine::Part;
use crate::pipeline::Kept;
use crate::unit::Minute;

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

/// Minutes of a row that cannot be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lost {
    /// The id of the series; `None` for all of the lane, where a row is of several.
    series: Option<i64>,
    /// The first minute.
    from: Minute,
    /// The minute after the last.
    to: Minute,
    /// What is wrong with the row.
    why: &'static str,
}

impl Lost {
    pub(super) fn minute(series: i64, minute: Minute, why: &'static str) -> Self {
        Self {
            series: Some(series),
            from: minute,
            to: minute.next(),
            why,
        }
    }

    fn block(series: Option<i64>, block: i64, why: &'static str) -> Result<Self, Unread> {
        let ends = Minute::from_epoch(block_start(block))
            .zip(Minute::from_epoch(block_start(block.saturating_add(1))));
        let (from, to) = ends.ok_or_else(|| super::rows::unreadable(0, "no block"))?;
        Ok(Self {
            series,
            from,
            to,
            why,
        })
    }

    /// Returns what is told of it where `asked` was to be read.
    fn told(&self, asked: SampleRange) -> Unread {
        Unread::Damaged {
            series: self.series.unwrap_or(asked.ids.0),
            minute: self.from,
            why: self.why,
        }
    }
}

/// What was found, by series; of two of one minute the first one holds.
#[derive(Debug, Default)]
pub(super) struct MinutesBySeries(BTreeMap<i64, Minutes>);

impl MinutesBySeries {
    pub(super) fn add(&mut self, series: i64, minute: Minute, kept: Kept) {
        self.0.entry(series).or_default().push((minute, kept));
    }

    /// Returns the minutes of every series, in order.
    pub(super) fn sorted(mut self) -> BTreeMap<i64, Minutes> {
        self.0.values_mut().for_each(sort);
        self.0
    }
}

/// Puts minutes in order; of two of one minute the first one stays.
fn sort(minutes: &mut Minutes) {
    if !minutes.is_sorted_by(|a, b| a.0 < b.0) {
        // The sort is stable.
        minutes.sort_by_key(|(minute, _)| *minute);
        minutes.dedup_by_key(|(minute, _)| *minute);
    }
}

/// What is to be read: series by their ids and a range of minutes, the end excluded.
#[derive(Clone, Copy, Debug)]
pub(super) struct SampleRange {
    /// The first and the last id; both are of one lane.
    pub(super) ids: (i64, i64),
    /// The first minute.
    pub(super) from: Minute,
    /// The minute after the last.
    pub(super) to: Minute,
}

impl SampleRange {
    fn wants(&self, series: i64, minute: Minute) -> bool {
        (self.ids.0..=self.ids.1).contains(&series) && self.from <= minute && minute < self.to
    }
}

/// Reads what was asked for, in one transaction.
pub(super) async fn read(
    db: &mut SqliteConnection,
    asked: SampleRange,
) -> Result<BTreeMap<i64, Minutes>, Unread> {
    let mut found = MinutesBySeries::default();
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
    asked: SampleRange,
    detail: Detail,
    each: &mut impl FnMut(i64, Minute, Kept) -> Vec<Part>,
) -> Result<(), Unread> {
    let rows = Rows::read(db, asked).await?;
    if let Some(lost) = rows.lost.first() {
        return Err(lost.told(asked));
    }
    for (series, minutes) in rows.old {
        for (minute, kept) in minutes {
            drop(each(series, minute, kept));
        }
    }
    for (series, blocks) in rows.packed {
        for row in blocks {
            let taken = take_packed(asked, &row, detail, |minute, kept| {
                each(series, minute, kept)
            });
            taken?.map_err(|lost| lost.told(asked))?;
        }
    }
    for (series, minutes) in rows.recent {
        for (minute, kept) in minutes {
            drop(each(series, minute, kept));
        }
    }
    Ok(())
}

/// What was asked for as the database has it: the packed blocks, which are most of it, as bytes.
pub(super) struct Rows {
    asked: SampleRange,
    /// What a store of format 1 left.
    old: BTreeMap<i64, Minutes>,
    /// Blocks by series, ascending.
    packed: BTreeMap<i64, Vec<SqliteRow>>,
    recent: BTreeMap<i64, Minutes>,
    /// What of it cannot be read.
    lost: Vec<Lost>,
}

impl Rows {
    /// Reads them, in one transaction.
    pub(super) async fn read(
        db: &mut SqliteConnection,
        asked: SampleRange,
    ) -> Result<Self, Unread> {
        let mut rows = Self {
            asked,
            old: BTreeMap::new(),
            packed: BTreeMap::new(),
            recent: BTreeMap::new(),
            lost: Vec::new(),
        };
        let Some((first, last)) = blocks(db).await? else {
            return Ok(rows);
        };
        // Without this, a wide range would look for blocks that cannot be there.
        let range = (
            block_of(asked.from).max(first),
            block_of(asked.to.previous()).min(last),
        );
        if let Some((first, last)) = old::blocks(db).await? {
            let range = (range.0.max(first), range.1.min(last));
            let mut found = MinutesBySeries::default();
            rows.lost = old::read(db, asked.ids, range, &mut found).await?;
            rows.old = found.0;
            for (series, minutes) in &mut rows.old {
                minutes.retain(|(minute, _)| asked.wants(*series, *minute));
            }
        }
        for row in packed_rows(db, asked, range).await? {
            rows.packed.entry(row.try_get(1)?).or_default().push(row);
        }
        let (recent, lost) = read_recent(db, asked, range).await?;
        rows.recent = recent.0;
        rows.lost.extend(lost);
        Ok(rows)
    }

    /// Takes what there is of one series out, ascending. Of a row that cannot be read nobody knows
    /// any more what it held.
    pub(super) fn take(&mut self, series: i64, detail: Detail) -> Result<Minutes, Unread> {
        let mut minutes = self.old.remove(&series).unwrap_or_default();
        for row in self.packed.remove(&series).unwrap_or_default() {
            let before = minutes.len();
            let taken = take_packed(self.asked, &row, detail, |minute, kept| {
                minutes.push((minute, kept));
                Vec::new()
            });
            if let Err(lost) = taken? {
                minutes.truncate(before);
                self.lost.push(lost);
            }
        }
        minutes.extend(self.recent.remove(&series).unwrap_or_default());
        let of_series = |lost: &&Lost| lost.series.is_none_or(|of| of == series);
        for lost in self.lost.iter().filter(of_series) {
            let (from, to) = (lost.from.max(self.asked.from), lost.to.min(self.asked.to));
            minutes.extend(from.until(to).map(|minute| (minute, Kept::Unasked)));
        }
        sort(&mut minutes);
        Ok(minutes)
    }

    /// Returns what could not be read of all that was taken out.
    pub(super) fn unread(&self) -> impl Iterator<Item = Unread> {
        self.lost.iter().map(|lost| lost.told(self.asked))
    }
}

/// Reads packed blocks: the block, the series and the bytes of each, by blocks.
async fn packed_rows(
    db: &mut SqliteConnection,
    asked: SampleRange,
    (first, last): (i64, i64),
) -> Result<Vec<SqliteRow>, Unread> {
    let rows = sqlx::query(
        "WITH RECURSIVE blocks (block) AS (
           SELECT $1 UNION ALL SELECT block + 1 FROM blocks WHERE block < $2)
         SELECT p.block, p.series, p.samples FROM blocks CROSS JOIN packed AS p
         WHERE p.block = blocks.block AND p.series BETWEEN $3 AND $4",
    );
    let rows = rows.bind(first).bind(last);
    let rows = rows.bind(asked.ids.0).bind(asked.ids.1);
    Ok(rows.fetch_all(db).await?)
}

fn take_packed(
    asked: SampleRange,
    row: &SqliteRow,
    detail: Detail,
    mut each: impl FnMut(Minute, Kept) -> Vec<Part>,
) -> Result<Result<(), Lost>, Unread> {
    let (block, series) = (row.try_get(0)?, row.try_get(1)?);
    let read = packed::unpack_with(block, row.try_get(2)?, detail, |minute, kept| {
        if asked.wants(series, minute) {
            each(minute, kept)
        } else {
            Vec::new()
        }
    });
    match read {
        Ok(()) => Ok(Ok(())),
        Err(why) => Lost::block(Some(series), block, why).map(Err),
    }
}

async fn read_recent(
    db: &mut SqliteConnection,
    asked: SampleRange,
    (first, last): (i64, i64),
) -> Result<(MinutesBySeries, Vec<Lost>), Unread> {
    let lane = lane_of(asked.ids.0);
    let rows = sqlx::query(
        "SELECT block, samples FROM recent WHERE lane = $1 AND block BETWEEN $2 AND $3
         ORDER BY block, seq",
    );
    let rows = rows.bind(lane).bind(first).bind(last);
    let (mut found, mut lost) = (MinutesBySeries::default(), Vec::new());
    for row in rows.fetch_all(db).await? {
        let block = row.try_get(0)?;
        let samples = match recent::unpack(lane, block, row.try_get(1)?) {
            Ok(samples) => samples,
            Err(why) => {
                let of = Lost::block(None, block, why)?;
                // Once for all rows of a block.
                if lost.last().is_none_or(|last: &Lost| last.from != of.from) {
                    lost.push(of);
                }
                continue;
            }
        };
        for (series, minute, kept) in samples {
            if asked.wants(series, minute) {
                found.add(series, minute, kept);
            }
        }
    }
    Ok((found, lost))
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
