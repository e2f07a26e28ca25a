//! The values of one series on their way from stored samples.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::rebuild::Need;
use super::setup::Setup;
use super::step::Kept;
use crate::engine::{Observation, SeriesEngine};
use crate::unit::Minute;

/// A series that is being worked out anew. Looking back needs nothing of the pipeline, so it is done
/// where the samples are read, on any thread.
#[derive(Clone, Debug)]
pub struct Past {
    pub(super) need: Need,
    pub(super) setup: Arc<Setup>,
    pub(super) engine: SeriesEngine,
    /// With which minute the history began when this was asked for.
    pub(super) history_begin: Option<Minute>,
    /// The rules that wait for these minutes and wait no longer, by name.
    pub(super) freed: BTreeSet<String>,
    /// The first minute whose values are asked for.
    pub(super) asked: Minute,
    /// What is kept of the minutes from there on, ascending.
    pub(super) rest: Vec<(Minute, Kept)>,
}

impl Past {
    /// Returns the samples that it is worked out from.
    pub fn need(&self) -> &Need {
        &self.need
    }

    /// Looks back upon what the store has kept of the minutes of its need, ascending; to be called once.
    pub fn look_back(&mut self, mut kept: Vec<(Minute, Kept)>) {
        let asked = self.asked.min(self.need.to);
        let end = kept.partition_point(|(minute, _)| *minute < asked);
        self.rest = kept.split_off(end);
        for (minute, observation) in observed(self.need.from, asked, &kept) {
            let ago = u32::try_from(self.asked.epoch() - minute.epoch()).unwrap_or(0);
            let ruleset = self.setup.ruleset();
            self.engine.look_back(minute, observation, ruleset, ago);
        }
    }
}

/// Returns what is known of each minute from the first up to, and without, the last; `kept` ascends.
pub(super) fn observed(
    from: Minute,
    to: Minute,
    kept: &[(Minute, Kept)],
) -> impl Iterator<Item = (Minute, Observation<'_>)> {
    let mut rows = kept.iter().peekable();
    from.until(to).map(move |minute| {
        while rows.next_if(|(at, _)| *at < minute).is_some() {}
        let observation = match rows.next_if(|(at, _)| *at == minute) {
            Some((_, Kept::Sample(sample))) => Observation::Sample(sample),
            Some((_, Kept::Unasked)) => Observation::Unasked,
            None => Observation::Absent,
        };
        (minute, observation)
    })
}
