//! Reading samples.

use std::collections::BTreeSet;

use super::codec::Detail;
use super::rows::ids_of_lane;
use super::view::{Minutes, Rows, SampleRange, Unread, read_each};
use super::{Store, StoreError};
use crate::engine::Part;
use crate::pipeline::{Kept, Need};
use crate::unit::{Minute, Series};

/// Returns what is asked of a lane for all that is wanted of it, if that is any minute.
fn asked_of(lane: i64, (needs, wanted): (&[Need], &[(usize, i64)])) -> Option<SampleRange> {
    let of_lane = || wanted.iter().map(|(at, _)| &needs[*at]);
    let ids = || wanted.iter().map(|(_, id)| *id);
    let whole = ids_of_lane(lane);
    let (from, to) = (of_lane().map(|need| need.from).min())
        .zip(of_lane().map(|need| need.to).max())
        .filter(|(from, to)| from < to)?;
    Some(SampleRange {
        ids: (
            ids().min().unwrap_or(whole.0),
            ids().max().unwrap_or(whole.1),
        ),
        from,
        to,
    })
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
        let (all, unread) = self.readable_samples_of(needs).await?;
        match unread.into_iter().next() {
            Some(fault) => Err(fault),
            None => Ok(all),
        }
    }

    /// Returns the same, with minutes that cannot be read as not asked for, and what there is of them.
    pub(super) async fn readable_samples_of(
        &self,
        needs: &[Need],
    ) -> Result<(Vec<Minutes>, Vec<StoreError>), StoreError> {
        let mut all = vec![Minutes::new(); needs.len()];
        let keep = |at: usize, minutes| all[at] = minutes;
        let unread = self.each_samples(needs, Detail::Whole, keep).await?;
        Ok((all, unread))
    }

    /// Gives the same to `each`, by its place among the needs, one series after the other and without what decides
    /// nothing: the proportions beside counts are nought. Minutes that cannot be read are as unknown as those
    /// nobody could ask for; what there is of them is returned, each as [`StoreError::Damaged`].
    ///
    /// # Errors
    ///
    /// [`StoreError::Samples`] if the database fails; some may have been given by then.
    pub async fn each_deciding_samples(
        &self,
        needs: &[Need],
        each: impl FnMut(usize, Minutes),
    ) -> Result<Vec<StoreError>, StoreError> {
        self.each_samples(needs, Detail::Deciding, each).await
    }

    /// Reads lane by lane. Of most only one series at a time is more than bytes: what is read is soon forgotten
    /// again, and stays near the processor until then.
    async fn each_samples(
        &self,
        needs: &[Need],
        detail: Detail,
        mut each: impl FnMut(usize, Minutes),
    ) -> Result<Vec<StoreError>, StoreError> {
        let mut unread = Vec::new();
        let lanes = self.by_lane(needs).await?;
        let stored: BTreeSet<usize> = lanes.values().flatten().map(|(at, _)| *at).collect();
        for at in (0..needs.len()).filter(|at| !stored.contains(at)) {
            each(at, Minutes::new());
        }
        for (lane, wanted) in lanes {
            let told = |fault| self.unread(fault, (needs, &wanted));
            let mut rows = match asked_of(lane, (needs, &wanted)) {
                Some(asked) => {
                    let read = async {
                        let mut db = self.reader.begin().await?;
                        Rows::read(&mut db, asked).await
                    };
                    Some(read.await.map_err(told)?)
                }
                None => None,
            };
            for (at, id) in &wanted {
                let mut minutes = match &mut rows {
                    Some(rows) => rows.take(*id, detail).map_err(told)?,
                    None => Minutes::new(),
                };
                let Need { from, to, .. } = needs[*at];
                minutes.retain(|(minute, _)| from <= *minute && *minute < to);
                each(*at, minutes);
            }
            unread.extend(rows.iter().flat_map(Rows::unread).map(told));
        }
        Ok(unread)
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
        let Some(asked) = asked_of(lane, (needs, wanted)) else {
            return Ok(());
        };
        let read = async {
            let mut db = self.reader.begin().await?;
            read_each(&mut db, asked, detail, each).await
        };
        read.await
            .map_err(|fault| self.unread(fault, (needs, wanted)))
    }

    /// Returns the error of samples of a lane that could not be read.
    fn unread(&self, fault: Unread, (needs, wanted): (&[Need], &[(usize, i64)])) -> StoreError {
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
    }

    pub(super) fn samples_fault(&self, error: sqlx::Error) -> StoreError {
        StoreError::Samples(self.fault(error))
    }
}
