//! Samples out of the store and into it: `export` and `import`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use sqlx::SqliteConnection;

use super::commit::{Ids, id_of, set_marks};
use super::load::series_mark;
use super::packed::Block;
use super::rows::{block_of, block_start, series, unreadable};
use super::view::{SampleRange, Unread, blocks};
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

/// What became of samples that were to be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Imported {
    /// How many are of minutes of which there was none.
    pub new: u64,
    /// How many took the place of others.
    pub changed: u64,
    /// How many were left out, because a service has judged their minutes otherwise.
    pub left_out: u64,
    /// How many of those that were taken lie before a gap, so that nothing looks at them until it
    /// is filled.
    pub apart: u64,
}

impl Store {
    /// Gives `each` what is kept from `from` up to, and without, `to`, by domain, account and
    /// minute, until it breaks. What comes into the store meanwhile may be among it or not. Minutes
    /// that cannot be read are given as not asked for; what there is of them is returned, each as
    /// [`StoreError::Damaged`].
    ///
    /// # Errors
    ///
    /// [`StoreError::Samples`] if the database fails.
    pub async fn export(
        &self,
        from: Minute,
        to: Minute,
        mut each: impl FnMut(KeptSample) -> ControlFlow<()>,
    ) -> Result<Vec<StoreError>, StoreError> {
        let fault = |error| StoreError::Samples(self.fault(error));
        let ends = async { blocks(&mut *self.reader.acquire().await?).await };
        let Some((first, last)) = ends.await.map_err(fault)? else {
            return Ok(Vec::new());
        };
        let mut unread = Vec::new();
        let from = Minute::from_epoch(block_start(first)).map_or(from, |first| from.max(first));
        let to = Minute::from_epoch(block_start(last + 1)).map_or(to, |last| to.min(last));
        let all = self.series().await?;
        // A long history is read piece by piece, so one series after the other.
        let is_long = from + READ_MINUTES < to;
        for series in all.chunks(if is_long { 1 } else { READ_SERIES }) {
            let mut begin = from;
            while begin < to {
                let end = to.min(begin + READ_MINUTES);
                let (flow, faults) = self.export_some(series, begin, end, &mut each).await?;
                unread.extend(faults);
                if flow.is_break() {
                    return Ok(unread);
                }
                begin = end;
            }
        }
        Ok(unread)
    }

    /// Returns every series that is or was asked for, by domain and account.
    ///
    /// # Errors
    ///
    /// [`StoreError::Samples`] if the database fails.
    pub async fn series(&self) -> Result<Vec<Series>, StoreError> {
        let fault = |error| StoreError::Samples(self.fault(error));
        let all = sqlx::query("SELECT account, domain FROM series ORDER BY domain, account");
        let all = all.fetch_all(&self.reader).await.map_err(fault)?;
        let all = all.iter().map(|row| series(row, 0));
        all.collect::<Result<_, _>>().map_err(fault)
    }

    async fn export_some(
        &self,
        of: &[Series],
        from: Minute,
        to: Minute,
        each: &mut impl FnMut(KeptSample) -> ControlFlow<()>,
    ) -> Result<(ControlFlow<()>, Vec<StoreError>), StoreError> {
        let need = |series: &Series| Need {
            series: series.clone(),
            from,
            to,
        };
        let needs: Vec<Need> = of.iter().map(need).collect();
        let (all, unread) = self.readable_samples_of(&needs).await?;
        for (series, minutes) in of.iter().zip(all) {
            for (minute, kept) in minutes {
                let sample = KeptSample {
                    series: series.clone(),
                    minute,
                    kept,
                };
                if each(sample).is_break() {
                    return Ok((ControlFlow::Break(()), unread));
                }
            }
        }
        Ok((ControlFlow::Continue(()), unread))
    }

    /// Takes in samples of one series, in one transaction.
    ///
    /// What a service has judged, or only found to be absent, stays as it was: of a series that
    /// was judged, only minutes before those that are covered are taken, and they count as covered
    /// if they leave no gap before those. Of any other series all are taken, in the place of what
    /// there is of their minutes. It is covered from the first to the last, as if the service had
    /// been stopped after it: a minute between that has no row was absent.
    ///
    /// # Errors
    ///
    /// [`StoreError::Import`] if the database fails.
    pub async fn import(
        &self,
        series: &Series,
        rows: &[(Minute, Kept)],
    ) -> Result<Imported, StoreError> {
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
    ) -> Result<Imported, sqlx::Error> {
        let mut writing = Writing::begin(&self.writer).await?;
        let db = writing.connection();
        let outcome = async {
            let ids = self.ids_of(db, [series].into()).await?;
            let imported = take_in(db, &ids, series, rows).await?;
            Ok((ids, imported))
        };
        let outcome = outcome.await;
        let (ids, imported) = writing.finish(outcome).await?;
        self.remember(ids);
        Ok(imported)
    }
}

async fn take_in(
    db: &mut SqliteConnection,
    ids: &Ids,
    series: &Series,
    rows: &[(Minute, Kept)],
) -> Result<Imported, sqlx::Error> {
    let id = id_of(ids, series);
    let mark = mark_of(&mut *db, series).await?;
    // From here on, what is not kept is known to have been absent, or is still to be judged.
    let judged = mark.as_ref().filter(|mark| is_judged(mark));
    let judged = judged.map(|mark| mark.covered_from);
    let mut kept = kept_of(&mut *db, id, rows).await?;
    let mut imported = Imported::default();
    let mut open = Vec::new();
    let mut blocks = BTreeSet::new();
    for row @ (minute, new) in rows {
        let known = kept.get(minute);
        if judged.is_some_and(|from| from <= *minute) {
            imported.left_out += u64::from(known != Some(new));
            continue;
        }
        open.push(row);
        if known == Some(new) {
            continue;
        }
        imported.new += u64::from(known.is_none());
        imported.changed += u64::from(known.is_some());
        kept.insert(*minute, new.clone());
        blocks.insert(block_of(*minute));
    }
    let block = |place: i64| {
        let minutes = kept.range(Minute::from_epoch(block_start(place))?..);
        let minutes = minutes.take_while(|(minute, _)| block_of(**minute) == place);
        Some(Block {
            place,
            series: id,
            minutes: minutes.map(|(at, kept)| (*at, kept.clone())).collect(),
        })
    };
    let blocks: Vec<Block> = blocks.into_iter().filter_map(block).collect();
    packed::set(db, &blocks).await?;
    if let Some(marked) = marked(series, mark, &open) {
        let is_apart = |row: &&&(Minute, Kept)| row.0 < marked.covered_from;
        imported.apart = open.iter().filter(is_apart).count() as u64;
        set_marks(db, ids, &[marked]).await?;
    }
    Ok(imported)
}

async fn mark_of(
    db: &mut SqliteConnection,
    series: &Series,
) -> Result<Option<SeriesMark>, sqlx::Error> {
    let mark = sqlx::query(
        "SELECT s.account, s.domain, m.judge_from, m.next, m.covered_from, m.history_begin
         FROM marks AS m JOIN series AS s ON s.id = m.series
         WHERE s.account = $1 AND s.domain = $2",
    );
    let mark = mark
        .bind(series.account.to_string())
        .bind(series.domain.to_string());
    let mark = mark.fetch_optional(db).await?;
    mark.as_ref().map(series_mark).transpose()
}

/// Whether a service has judged a minute of a series.
fn is_judged(mark: &SeriesMark) -> bool {
    mark.judge_from < mark.next
}

/// Returns what is kept in the blocks of these minutes, and between.
async fn kept_of(
    db: &mut SqliteConnection,
    id: i64,
    rows: &[(Minute, Kept)],
) -> Result<BTreeMap<Minute, Kept>, sqlx::Error> {
    let minutes = || rows.iter().map(|(minute, _)| *minute);
    let Some((first, last)) = minutes().min().zip(minutes().max()) else {
        return Ok(BTreeMap::new());
    };
    let start = |block: i64| Minute::from_epoch(block_start(block));
    let asked = SampleRange {
        ids: (id, id),
        from: start(block_of(first)).unwrap_or(first),
        to: start(block_of(last) + 1).unwrap_or(last.next()),
    };
    let kept = view::read(db, asked).await.map_err(|fault| match fault {
        Unread::Database(error) => error,
        Unread::Damaged { why, .. } => unreadable(0, why),
    })?;
    Ok(kept.into_values().flatten().collect())
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
    if is_judged(&mark) && end < mark.covered_from {
        return Some(mark);
    }
    if !is_judged(&mark) {
        mark.next = mark.next.max(end);
        mark.judge_from = mark.judge_from.max(mark.next);
    }
    mark.covered_from = mark.covered_from.min(first);
    mark.history_begin = begin.into_iter().chain(mark.history_begin).min();
    Some(mark)
}
