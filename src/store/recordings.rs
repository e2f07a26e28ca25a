//! Samples read into recordings, for judging many minutes at once.
//!
//! What is read is what decides: of a sample with counts the proportions are left where they are.

use super::codec::Detail;
use super::rows::{LANE_SERIES, ids_of_lane};
use super::{Store, StoreError};
use crate::engine::Recording;
use crate::pipeline::{Kept, Need};

/// How many minutes are read into recordings at once: some 20 to 40 MiB.
const PART_MINUTES_MAX: i64 = 500_000;

impl Store {
    /// Sorts needs, named by their places, into parts that [`Store::recordings_of`] reads well: series that lie
    /// together, and not more minutes than there is room for.
    ///
    /// # Errors
    ///
    /// [`StoreError::Samples`] if the database fails.
    pub async fn recording_parts(&self, needs: &[Need]) -> Result<Vec<Vec<usize>>, StoreError> {
        self.parts(needs, PART_MINUTES_MAX).await
    }

    /// Returns what is kept of each of these, in their order; each series stands there once.
    ///
    /// # Errors
    ///
    /// [`StoreError::Samples`] if the database fails, [`StoreError::Damaged`] if a sample cannot
    /// be read.
    pub async fn recordings_of(&self, needs: &[Need]) -> Result<Vec<Recording>, StoreError> {
        let mut all = vec![Recording::default(); needs.len()];
        for (lane, wanted) in self.by_lane(needs).await? {
            let first = ids_of_lane(lane).0;
            let place = |id: i64| usize::try_from(id - first).ok();
            let mut places = vec![None; usize::try_from(LANE_SERIES).unwrap_or(0)];
            for (at, id) in &wanted {
                if let Some(slot) = place(*id).and_then(|place| places.get_mut(place)) {
                    *slot = Some(*at);
                }
            }
            let add = &mut |id, minute, kept: Kept| {
                let at = place(id).and_then(|place| places.get(place).copied().flatten());
                let recording = at.filter(|at| needs[*at].from <= minute && minute < needs[*at].to);
                match (recording, kept) {
                    (Some(at), Kept::Sample(sample)) => {
                        all[at].insert_new(minute, &sample);
                        return sample.into_parts();
                    }
                    (Some(at), Kept::Unasked) => all[at].insert_new_unasked(minute),
                    (None, Kept::Sample(_) | Kept::Unasked) => {}
                }
                Vec::new()
            };
            self.read_lane(lane, (needs, &wanted), Detail::Deciding, add)
                .await?;
        }
        Ok(all)
    }
}
