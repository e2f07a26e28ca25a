//! Columns as the words of the field, and back.

use chrono::{DateTime, Utc};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::engine::{AlertKey, Subject};
use crate::unit::{AccountName, DomainName, Minute, Series};

/// How many minutes a block of samples has: four hours. One row of one domain then fills a page
/// or two, and what is read beyond a range is little.
pub(super) const BLOCK_MINUTES: i64 = 240;

/// How many series share a row while their minutes are recent: a lane. A step of many domains is
/// then few rows, each about a page.
pub(super) const LANE_SERIES: i64 = 128;

/// Returns the block of samples that a minute is in.
pub(super) const fn block_of(minute: Minute) -> i64 {
    minute.epoch().div_euclid(BLOCK_MINUTES)
}

/// Returns the first minute of a block, the range's end for one that is beyond it.
pub(super) const fn block_start(block: i64) -> i64 {
    block.saturating_mul(BLOCK_MINUTES)
}

/// Returns the lane that a series is in.
pub(super) const fn lane_of(id: i64) -> i64 {
    id.div_euclid(LANE_SERIES)
}

/// Returns the first and the last id of a lane.
pub(super) const fn ids_of_lane(lane: i64) -> (i64, i64) {
    let first = lane.saturating_mul(LANE_SERIES);
    (first, first.saturating_add(LANE_SERIES - 1))
}

/// Returns the error for a column whose content is no such thing.
pub(super) fn unreadable(column: usize, why: &'static str) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_string(),
        source: why.into(),
    }
}

/// Reads a minute.
pub(super) fn minute(row: &SqliteRow, column: usize) -> Result<Minute, sqlx::Error> {
    let epoch: i64 = row.try_get(column)?;
    Minute::from_epoch(epoch).ok_or_else(|| unreadable(column, "no minute"))
}

/// Reads a minute that may be missing.
pub(super) fn minute_if_any(row: &SqliteRow, column: usize) -> Result<Option<Minute>, sqlx::Error> {
    match row.try_get::<Option<i64>, _>(column)? {
        Some(_) => minute(row, column).map(Some),
        None => Ok(None),
    }
}

/// Returns a time as the database keeps it.
pub(super) const fn millis(time: DateTime<Utc>) -> i64 {
    time.timestamp_millis()
}

/// Reads a time.
pub(super) fn time(row: &SqliteRow, column: usize) -> Result<DateTime<Utc>, sqlx::Error> {
    let millis: i64 = row.try_get(column)?;
    DateTime::from_timestamp_millis(millis).ok_or_else(|| unreadable(column, "no time"))
}

/// Reads a count.
pub(super) fn count(row: &SqliteRow, column: usize) -> Result<u64, sqlx::Error> {
    let count: i64 = row.try_get(column)?;
    u64::try_from(count).map_err(|_| unreadable(column, "a negative count"))
}

/// Reads which channel of a receiver it is.
pub(super) fn channel(row: &SqliteRow, column: usize) -> Result<u32, sqlx::Error> {
    let channel: i64 = row.try_get(column)?;
    u32::try_from(channel).map_err(|_| unreadable(column, "no channel"))
}

/// Reads a series from two columns, the account first.
pub(super) fn series(row: &SqliteRow, column: usize) -> Result<Series, sqlx::Error> {
    Ok(Series {
        account: AccountName::from(row.try_get::<&str, _>(column)?),
        domain: DomainName::from(row.try_get::<&str, _>(column + 1)?),
    })
}

/// Returns the word that tells the kinds of subjects apart.
pub(super) const fn subject_word(subject: &Subject) -> &'static str {
    match subject {
        Subject::Fleet => "fleet",
        Subject::Series(_) => "series",
        Subject::Account { .. } => "account",
    }
}

/// Reads an alert's key from five columns: rule, subject, account, domain, cause.
pub(super) fn alert_key(row: &SqliteRow, column: usize) -> Result<AlertKey, sqlx::Error> {
    let subject = match row.try_get::<&str, _>(column + 1)? {
        "fleet" => Subject::Fleet,
        "series" => Subject::Series(series(row, column + 2)?),
        "account" => Subject::Account {
            account: AccountName::from(row.try_get::<&str, _>(column + 2)?),
            cause: row.try_get(column + 4)?,
        },
        _ => return Err(unreadable(column + 1, "no subject")),
    };
    Ok(AlertKey {
        rule: row.try_get(column)?,
        subject,
    })
}
