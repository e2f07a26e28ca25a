//! Blocks of minutes that are over: one row for those of one series.
//!
//! A row is the version, the runs of minutes that are kept, as gaps and lengths, and then the minutes.

use sqlx::SqliteConnection;

use super::batch::Insert;
use super::codec::{Detail, each_minute, put_minutes};
use super::rows::{BLOCK_MINUTES, block_of, block_start};
use super::varint::{Unreadable, put, put_len, take, take_len};
use crate::engine::Part;
use crate::pipeline::Kept;
use crate::unit::Minute;

/// The version of the form.
const VERSION: u8 = 1;

/// What is kept of one series in one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// Which block of minutes.
    pub(super) place: i64,
    /// The id of the series.
    pub(super) series: i64,
    /// The minutes, ascending.
    pub(super) minutes: Vec<(Minute, Kept)>,
}

/// Sets rows.
pub(super) async fn set(db: &mut SqliteConnection, blocks: &[Block]) -> Result<(), sqlx::Error> {
    let insert = Insert {
        head: "INSERT INTO packed (block, series, minutes, samples)",
        columns: 4,
        tail: "ON CONFLICT (block, series) DO UPDATE SET minutes = excluded.minutes,
               samples = excluded.samples",
    };
    let insert = insert.run(db, blocks, |query, of| {
        let minutes = i64::try_from(of.minutes.len()).unwrap_or(i64::MAX);
        let query = query.bind(of.place).bind(of.series);
        query.bind(minutes).bind(pack(of.place, &of.minutes))
    });
    insert.await.map(|_| ())
}

fn pack(block: i64, minutes: &[(Minute, Kept)]) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    let runs = || minutes.chunk_by(|a, b| a.0.epoch() + 1 == b.0.epoch());
    put_len(&mut bytes, runs().count());
    let mut end = block_start(block);
    for run in runs() {
        let first = run.first().map_or(end, |(minute, _)| minute.epoch());
        put(&mut bytes, first.abs_diff(end));
        put_len(&mut bytes, run.len());
        end = run.last().map_or(end, |(minute, _)| minute.epoch() + 1);
    }
    let kept: Vec<&Kept> = minutes.iter().map(|(_, kept)| kept).collect();
    put_minutes(&mut bytes, &kept);
    bytes
}

/// Reads a row, and gives `each` its minutes, which ascend. What that gives back is room for the next.
///
/// # Errors
///
/// What is wrong with the bytes; some minutes may have been given by then.
pub(super) fn unpack_with(
    block: i64,
    bytes: &[u8],
    detail: Detail,
    mut each: impl FnMut(Minute, Kept) -> Vec<Part>,
) -> Result<(), Unreadable> {
    let (&version, mut rest) = bytes.split_first().ok_or("it is empty")?;
    if version != VERSION {
        return Err("its version is unknown");
    }
    let mut minutes = Vec::new();
    let mut at = block_start(block);
    for _ in 0..take_len(&mut rest)? {
        let (gap, len) = (take(&mut rest)?, take(&mut rest)?);
        at = at
            .checked_add_unsigned(gap)
            .ok_or("it has too many minutes")?;
        if BLOCK_MINUTES.unsigned_abs() < len {
            return Err("it has too many minutes");
        }
        for _ in 0..len {
            let minute = Minute::from_epoch(at);
            let minute = minute.filter(|minute| block_of(*minute) == block);
            minutes.push(minute.ok_or("a minute lies outside its block")?);
            at += 1;
        }
    }
    each_minute(&mut rest, minutes.len(), detail, |at, kept| {
        each(minutes[at], kept)
    })?;
    if rest.is_empty() {
        Ok(())
    } else {
        Err("bytes are left over")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unpack(block: i64, bytes: &[u8]) -> Result<Vec<(Minute, Kept)>, Unreadable> {
        let mut read = Vec::new();
        unpack_with(block, bytes, Detail::Whole, |minute, kept| {
            read.push((minute, kept));
            Vec::new()
        })?;
        Ok(read)
    }

    fn minute(at: i64) -> Minute {
        Minute::from_epoch(block_start(3) + at).unwrap()
    }

    proptest! {
        #[test]
        fn minutes_with_gaps_are_read_as_they_were_packed(kept in prop::collection::btree_set(0..240_i64, 0..240)) {
            let minutes: Vec<_> = kept.into_iter().map(|at| (minute(at), Kept::Unasked)).collect();
            prop_assert_eq!(unpack(3, &pack(3, &minutes)), Ok(minutes));
        }

        #[test]
        fn any_bytes_give_minutes_or_an_error(bytes in prop::collection::vec(0..9_u8, 0..64)) {
            let _ = unpack(0, &bytes);
            let _ = unpack(i64::MAX, &[&[VERSION], bytes.as_slice()].concat());
        }
    }

    #[test]
    fn a_row_belongs_to_its_block() {
        let late = pack(3, &[(minute(240), Kept::Unasked)]);
        assert_eq!(unpack(3, &late), Err("a minute lies outside its block"));
        let twice = [&[VERSION, 3, 0], [200, 1, 0, 200, 1].as_slice()].concat();
        assert!(unpack(3, &twice).is_err());
    }
}
