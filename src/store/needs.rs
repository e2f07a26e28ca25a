//! What is to be read of samples, sorted so that it is read well: series that share rows together.

use std::collections::BTreeMap;

use super::commit::{Ids, all_ids};
use super::rows::lane_of;
use super::{Store, StoreError};
use crate::pipeline::Need;

/// How many minutes are read at once, of however many series: some 70 MiB once they are unpacked.
const READ_MINUTES_MAX: i64 = 200_000;

impl Store {
    /// Sorts needs into parts that [`Store::samples_of`] reads well: series that lie together, and not
    /// more minutes than there is room for.
    ///
    /// # Errors
    ///
    /// [`StoreError::Samples`] if the database fails.
    pub async fn lanes(&self, needs: &[Need]) -> Result<Vec<Vec<Need>>, StoreError> {
        let parts = self.parts(needs, READ_MINUTES_MAX).await?;
        let needs = |part: Vec<usize>| part.into_iter().map(|at| needs[at].clone()).collect();
        Ok(parts.into_iter().map(needs).collect())
    }

    /// Sorts needs, named by their places, into parts of which each is of one lane and has at most so many
    /// minutes, if it is not of one series.
    pub(super) async fn parts(
        &self,
        needs: &[Need],
        minutes_max: i64,
    ) -> Result<Vec<Vec<usize>>, StoreError> {
        let ids = self.ids_stored(needs).await?;
        let id = |need: &Need| ids.get(&need.series).copied().unwrap_or(-1);
        let mut sorted: Vec<(i64, usize)> = needs.iter().map(id).zip(0..).collect();
        sorted.sort_by_key(|(id, _)| *id);
        let mut parts: Vec<Vec<usize>> = Vec::new();
        let (mut lane, mut minutes) = (None, 0);
        for (id, at) in sorted {
            let more = (needs[at].to.epoch() - needs[at].from.epoch()).max(0);
            minutes += more;
            if lane != Some(lane_of(id)) || minutes_max < minutes {
                (lane, minutes) = (Some(lane_of(id)), more);
                parts.push(Vec::new());
            }
            if let Some(part) = parts.last_mut() {
                part.push(at);
            }
        }
        Ok(parts)
    }

    /// Sorts needs by lanes: their places and ids, as far as they are stored.
    pub(super) async fn by_lane(
        &self,
        needs: &[Need],
    ) -> Result<BTreeMap<i64, Vec<(usize, i64)>>, StoreError> {
        let ids = self.ids_stored(needs).await?;
        let mut lanes: BTreeMap<i64, Vec<(usize, i64)>> = BTreeMap::new();
        for (at, need) in needs.iter().enumerate() {
            if let Some(id) = ids.get(&need.series) {
                lanes.entry(lane_of(*id)).or_default().push((at, *id));
            }
        }
        Ok(lanes)
    }

    /// Returns the ids of these series, as far as they are stored.
    async fn ids_stored(&self, needs: &[Need]) -> Result<Ids, StoreError> {
        let wanted = || needs.iter().map(|need| &need.series);
        let known = self.known_of(wanted());
        if wanted().all(|series| known.contains_key(series)) {
            return Ok(known);
        }
        let stored = async { all_ids(&mut *self.reader.acquire().await?).await };
        let stored = stored.await.map_err(|error| self.samples_fault(error))?;
        self.remember(stored);
        Ok(self.known_of(wanted()))
    }
}
