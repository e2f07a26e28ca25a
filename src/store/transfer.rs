//! Samples out of the store and into it: `export` and `import`.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use sqlx::SqliteConnection;

use super::commit::{Ids, id_of, set_marks};
use super::load::series_mark;
use super::packed::Block;
use super::rows::{block_of, block_start, series, unreadable};
use super::view::{Asked, Unread, blocks};
use super::writing::Writing;
use super::{Store, StoreError, packed, view};
use crate::pipeline::{Kept, KeptSample, Need, SeriesMark};
use crate::unit::{Minute, Minutes, Series};

/// How many minutes of a series are read at once: the two weeks that are kept by default and a
/// little more, some megabytes.
const READ_MINUTES: Minutes = match Minutes::new(16 * 24 * 60) {
    Some(minutes) => minutes,
    None => Minutes::ONE,
};
/// How many series are read at once: those that share rows are then read together.
const READ_SERIES: usize = 16;

impl Store {
    /// Gives `each` what is kept from `from` up to, and without, `to`, by domain, account and
    /// minute, until it breaks. What comes into the store meanwhile may be among it or not.
    ///
    /// # Errors
    ///
    /// As [`Store::samples`].
    pub async fn export(
        &self,
        from: Minute,
        to: Minute,
        mut each: impl FnMut(KeptSample) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let fault = |error| StoreError::Samples(self.fault(error));
        let ends = async { blocks(&mut *self.reader.acquire().await?).await };
        let Some((first, last)) = ends.await.map_err(fault)? else {
            return Ok(());
        };
        let from = Minute::from_epoch(block_start(first)).map_or(from, |first| from.max(first));
        let to = Minute::from_epoch(block_start(last + 1)).map_or(to, |last| to.min(last));
        let all = sqlx::query("SELECT account, domain FROM series ORDER BY domain, account");
        let all = all.fetch_all(&self.reader).await.map_err(fault)?;
        let all = all.iter().map(|row| series(row, 0));
        let all = all.collect::<Result<Vec<_>, _>>().map_err(fault)?;
        // A long history is read piece by piece, so one series after the other.
        let is_long = from + READ_MINUTES < to;
        for series in all.chunks(if is_long { 1 } else { READ_SERIES }) {
            let mut begin = from;
            while begin < to {
                let end = to.min(begin + READ_MINUTES);
                if self
                    .export_some(series, begin, end, &mut each)
                    .await?
                    .is_break()
                {
                    return Ok(());
                }
                begin = end;
            }
        }
        Ok(())
    }

    async fn export_some(
        &self,
        of: &[Series],
        from: Minute,
        to: Minute,
        each: &mut impl FnMut(KeptSample) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, StoreError> {
        let need = |series: &Series| Need {
            series: series.clone(),
            from,
            to,
        };
        let needs: Vec<Need> = of.iter().map(need).collect();
        for (series, minutes) in of.iter().zip(self.samples_of(&needs).await?) {
            for (minute, kept) in minutes {
                let sample = KeptSample {
                    series: series.clone(),
                    minute,
                    kept,
                };
                if each(sample).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Takes in samples of one series, in one transaction; returns how many were new. Minutes
    /// that are kept already, and those that are judged already and were absent, stay as they
    /// are.
    ///
    /// The minutes from the first row to the last count as covered, if that leaves no gap
    /// before those that are covered already; a minute between that has no row was absent. A
    /// series that has no mark gets one, as if the service had been stopped after the last row.
    ///
    /// # Errors
    ///
    /// [`StoreError::Import`] if the database fails.
    pub async fn import(
        &self,
        series: &Series,
        rows: &[(Minute, Kept)],
    ) -> Result<u64, StoreError> {
        self.import_rows(series, rows)
            .await
            .map_err(|error| StoreError::Import {
                series: Box::new(series.clone()),
                fault: self.fault(error),
            })
    }

    async fn import_rows(
        &self,
        series: &Series,
        rows: &[(Minute, Kept)],
    ) -> Result<u64, sqlx::Error> {
        let mut writing = Writing::begin(&self.writer).await?;
        let db = writing.connection();
        let outcome = async {
            let ids = self.ids_of(db, [series].into()).await?;
            let new = take_in(db, &ids, series, rows).await?;
            Ok((ids, new))
        };
        let outcome = outcome.await;
        let (ids, new) = writing.finish(outcome).await?;
        self.remember(ids);
        Ok(new)
    }
}

async fn take_in(
    db: &mut SqliteConnection,
    ids: &Ids,
    series: &Series,
    rows: &[(Minute, Kept)],
) -> Result<u64, sqlx::Error> {
    let mark = sqlx::query(
        "SELECT s.account, s.domain, m.judge_from, m.next, m.covered_from, m.history_begin
         FROM marks AS m JOIN series AS s ON s.id = m.series
         WHERE s.account = $1 AND s.domain = $2",
    );
    let mark = mark
        .bind(series.account.to_string())
        .bind(series.domain.to_string());
    let mark = mark.fetch_optional(&mut *db).await?;
    let mark = mark.as_ref().map(series_mark).transpose()?;
    // From here on, what is not kept is known to have been absent, or is still to be judged.
    let end = mark.as_ref().map(|mark| mark.covered_from);
    let rows: Vec<&(Minute, Kept)> = rows
        .iter()
        .filter(|(minute, _)| end.is_none_or(|end| *minute < end))
        .collect();
    let Some(marked) = marked(series, mark, &rows) else {
        return Ok(0);
    };
    set_marks(db, ids, &[marked]).await?;
    pack_new(db, id_of(ids, series), &rows).await
}

/// Packs minutes that are not kept already with those of their blocks; returns how many were new.
async fn pack_new(
    db: &mut SqliteConnection,
    id: i64,
    rows: &[&(Minute, Kept)],
) -> Result<u64, sqlx::Error> {
    let mut blocks: BTreeMap<i64, BTreeMap<Minute, Kept>> = BTreeMap::new();
    for (minute, kept) in rows {
        let block = blocks.entry(block_of(*minute)).or_default();
        block.entry(*minute).or_insert_with(|| kept.clone());
    }
    let start = |block: i64| Minute::from_epoch(block_start(block));
    let ends = blocks.first_key_value().zip(blocks.last_key_value());
    let ends = ends.map(|((first, _), (last, _))| start(*first).zip(start(*last + 1)));
    let Some((from, to)) = ends.flatten() else {
        return Ok(0);
    };
    let mut new: u64 = blocks.values().map(|block| block.len() as u64).sum();
    let asked = Asked {
        ids: (id, id),
        from,
        to,
    };
    let kept = view::read(db, asked).await.map_err(|fault| match fault {
        Unread::Database(error) => error,
        Unread::Damaged { why, .. } => unreadable(0, why),
    })?;
    for (minute, kept) in kept.into_values().flatten() {
        if let Some(block) = blocks.get_mut(&block_of(minute)) {
            new -= u64::from(block.insert(minute, kept).is_some());
        }
    }
    let blocks = blocks.into_iter().map(|(block, minutes)| Block {
        place: block,
        series: id,
        minutes: minutes.into_iter().collect(),
    });
    packed::set(db, &blocks.collect::<Vec<_>>()).await?;
    Ok(new)
}

/// Returns the mark of a series with these rows taken in, `None` without rows.
fn marked(
    series: &Series,
    mark: Option<SeriesMark>,
    rows: &[&(Minute, Kept)],
) -> Option<SeriesMark> {
    let minutes = || rows.iter().map(|(minute, _)| *minute);
    let (first, end) = (minutes().min()?, minutes().max()?.next());
    let with_codes = rows.iter().filter_map(|(minute, kept)| match kept {
        Kept::Sample(sample) if sample.has_codes() => Some(*minute),
        Kept::Sample(_) | Kept::Unasked => None,
    });
    let begin = with_codes.min();
    let Some(mut mark) = mark else {
        return Some(SeriesMark {
            series: series.clone(),
            judge_from: end,
            next: end,
            covered_from: first,
            history_begin: begin,
        });
    };
    if mark.covered_from <= end {
        mark.covered_from = mark.covered_from.min(first);
        mark.history_begin = match (mark.history_begin, begin) {
            (Some(known), Some(begin)) => Some(known.min(begin)),
            (known, begin) => known.or(begin),
        };
    }
    Some(mark)
}
