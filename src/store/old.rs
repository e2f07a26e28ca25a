//! Minutes as stores of format 1 kept them, a row for each: read until they are packed.

use sqlx::{Row as _, SqliteConnection};

use super::pack::unpack;
use super::rows::{BLOCK_MINUTES, block_start, minute};
use super::view::{Lost, MinutesBySeries, Unread};

/// How many minutes the blocks of format 1 had.
const OLD_BLOCK_MINUTES: i64 = 16;

/// Returns the first and the last block, as format 2 counts them, that have such rows.
pub(super) async fn blocks(db: &mut SqliteConnection) -> Result<Option<(i64, i64)>, sqlx::Error> {
    let ends = "SELECT (SELECT MIN(block) FROM samples), (SELECT MAX(block) FROM samples)";
    let row = sqlx::query(ends).fetch_one(db).await?;
    let first: Option<i64> = row.try_get(0)?;
    let last: Option<i64> = row.try_get(1)?;
    let new = |old: i64| {
        old.saturating_mul(OLD_BLOCK_MINUTES)
            .div_euclid(BLOCK_MINUTES)
    };
    Ok(first.map(new).zip(last.map(new)))
}

/// Reads the rows of these series in these blocks, ends included, and returns what cannot be read.
pub(super) async fn read(
    db: &mut SqliteConnection,
    ids: (i64, i64),
    blocks: (i64, i64),
    found: &mut MinutesBySeries,
) -> Result<Vec<Lost>, Unread> {
    let (first, last) = old_blocks(blocks);
    let rows = sqlx::query(
        "WITH RECURSIVE blocks (block) AS (
           SELECT $1 UNION ALL SELECT block + 1 FROM blocks WHERE block < $2)
         SELECT s.series, s.minute, s.kept FROM blocks CROSS JOIN samples AS s
         WHERE s.block = blocks.block AND s.series BETWEEN $3 AND $4
         ORDER BY s.series, s.minute",
    );
    let rows = rows.bind(first).bind(last).bind(ids.0).bind(ids.1);
    let mut lost = Vec::new();
    for row in rows.fetch_all(db).await? {
        let (series, minute) = (row.try_get(0)?, minute(&row, 1)?);
        match unpack(row.try_get(2)?) {
            Ok(kept) => found.add(series, minute, kept),
            Err(why) => lost.push(Lost::minute(series, minute, why)),
        }
    }
    Ok(lost)
}

/// Deletes the rows of these series in this block.
pub(super) async fn delete(
    db: &mut SqliteConnection,
    ids: (i64, i64),
    block: i64,
) -> Result<(), sqlx::Error> {
    let (first, last) = old_blocks((block, block));
    for old in first..=last {
        let delete =
            sqlx::query("DELETE FROM samples WHERE block = $1 AND series BETWEEN $2 AND $3");
        let delete = delete.bind(old).bind(ids.0).bind(ids.1);
        delete.execute(&mut *db).await?;
    }
    Ok(())
}

/// Returns the block, as format 2 counts it, and the series of the first row that there is.
pub(super) async fn first(db: &mut SqliteConnection) -> Result<Option<(i64, i64)>, sqlx::Error> {
    let first = "SELECT block, series FROM samples ORDER BY block, series LIMIT 1";
    let Some(row) = sqlx::query(first).fetch_optional(db).await? else {
        return Ok(None);
    };
    let old: i64 = row.try_get(0)?;
    let block = old
        .saturating_mul(OLD_BLOCK_MINUTES)
        .div_euclid(BLOCK_MINUTES);
    Ok(Some((block, row.try_get(1)?)))
}

fn old_blocks((first, last): (i64, i64)) -> (i64, i64) {
    let old = |block| block_start(block).div_euclid(OLD_BLOCK_MINUTES);
    (old(first), old(last.saturating_add(1)) - 1)
}
