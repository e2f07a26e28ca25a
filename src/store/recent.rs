//! Minutes as they come: one row for those of one step, of one block of minutes and one lane of
//! series.
//!
//! A row is the version, the number of minutes, for each its series, as the distance from the one before,
//! and its place in the block, and then the minutes. Rows are only added; of two that have the
//! same minute the first one holds.

use sqlx::SqliteConnection;

use super::codec::{put_minutes, take_minutes};
use super::commit::{Ids, id_of};
use super::rows::{block_of, block_start, ids_of_lane, lane_of};
use super::varint::{Unreadable, put, put_len, take, take_len};
use crate::pipeline::{Kept, KeptSample};
use crate::unit::Minute;

/// The version of the form.
const VERSION: u8 = 1;
/// How many minutes go into one row at the most: some 100 KiB, which are read as one.
const ROW_MINUTES_MAX: usize = 4_096;

/// Adds samples, whether or not their minutes are kept already.
pub(super) async fn insert(
    db: &mut SqliteConnection,
    ids: &Ids,
    samples: &[KeptSample],
) -> Result<(), sqlx::Error> {
    let mut rows: Vec<_> = samples
        .iter()
        .map(|sample| (id_of(ids, &sample.series), sample.minute, &sample.kept))
        .collect();
    let place = |(id, minute): (i64, Minute)| (lane_of(id), block_of(minute));
    rows.sort_by_key(|(id, minute, _)| (place((*id, *minute)), *id, *minute));
    let together = rows.chunk_by(|a, b| place((a.0, a.1)) == place((b.0, b.1)));
    for rows in together.flat_map(|rows| rows.chunks(ROW_MINUTES_MAX)) {
        let Some((id, minute, _)) = rows.first() else {
            continue;
        };
        let (lane, block) = place((*id, *minute));
        let insert = sqlx::query(
            "INSERT INTO recent (lane, block, seq, samples) VALUES ($1, $2,
               (SELECT COALESCE(MAX(seq), 0) + 1 FROM recent WHERE lane = $1 AND block = $2), $3)",
        );
        let insert = insert.bind(lane).bind(block).bind(pack(lane, block, rows));
        insert.execute(&mut *db).await?;
    }
    Ok(())
}

fn pack(lane: i64, block: i64, rows: &[(i64, Minute, &Kept)]) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    put_len(&mut bytes, rows.len());
    let mut previous = ids_of_lane(lane).0;
    for (id, minute, _) in rows {
        put(&mut bytes, id.abs_diff(previous));
        put(&mut bytes, minute.epoch().abs_diff(block_start(block)));
        previous = *id;
    }
    let minutes: Vec<&Kept> = rows.iter().map(|(_, _, kept)| *kept).collect();
    put_minutes(&mut bytes, &minutes);
    bytes
}

/// Reads a row.
///
/// # Errors
///
/// What is wrong with the bytes.
pub(super) fn unpack(
    lane: i64,
    block: i64,
    bytes: &[u8],
) -> Result<Vec<(i64, Minute, Kept)>, Unreadable> {
    let (&version, mut rest) = bytes.split_first().ok_or("it is empty")?;
    if version != VERSION {
        return Err("its version is unknown");
    }
    let len = take_len(&mut rest)?;
    let mut places = Vec::with_capacity(len);
    let mut id = ids_of_lane(lane).0;
    for _ in 0..len {
        let (distance, place) = (take(&mut rest)?, take(&mut rest)?);
        id = id.checked_add_unsigned(distance).ok_or("no such series")?;
        let minute = block_start(block).checked_add_unsigned(place);
        let minute = minute.and_then(Minute::from_epoch);
        let minute = minute.filter(|minute| block_of(*minute) == block);
        let minute = minute.ok_or("a minute lies outside its block")?;
        if lane_of(id) != lane {
            return Err("a series lies outside its lane");
        }
        places.push((id, minute));
    }
    let kept = take_minutes(&mut rest, len)?;
    if !rest.is_empty() {
        return Err("bytes are left over");
    }
    let rows = places.into_iter().zip(kept);
    Ok(rows
        .map(|((id, minute), kept)| (id, minute, kept))
        .collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_give_rows_or_an_error(bytes in prop::collection::vec(0..9_u8, 0..64)) {
            let _ = unpack(0, 0, &bytes);
            let _ = unpack(i64::MAX, i64::MIN, &[&[VERSION], bytes.as_slice()].concat());
        }
    }

    #[test]
    fn a_row_is_read_as_it_was_packed_and_belongs_to_its_place() {
        let minute = |at: i64| Minute::from_epoch(block_start(5) + at).unwrap();
        let unasked = Kept::Unasked;
        let rows = [(128, 0), (128, 239), (200, 7), (255, 7)];
        let rows = rows.map(|(id, at)| (id, minute(at), &unasked));
        let bytes = pack(1, 5, &rows);
        let read = unpack(1, 5, &bytes).unwrap();
        assert_eq!(read, rows.map(|(id, at, kept)| (id, at, kept.clone())));
        let outside = pack(1, 5, &[(256, minute(0), &unasked)]);
        assert_eq!(
            unpack(1, 5, &outside),
            Err("a series lies outside its lane")
        );
        let outside = pack(1, 5, &[(128, minute(240), &unasked)]);
        assert_eq!(
            unpack(1, 5, &outside),
            Err("a minute lies outside its block")
        );
    }
}
