//! The values of one series on their way from stored samples.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::rebuild::Need;
use super::series::SeriesState;
use super::setup::Setup;
use super::step::Kept;
use crate::engine::{Observation, SeriesEngine};
use crate::unit::Minute;

/// A series that is to be worked out anew and has not [looked back](Self::look_back) yet. That needs nothing of
/// the pipeline, so it is done where the samples are read, on any thread.
#[derive(Clone, Debug)]
pub struct Blank(Past);

/// A series that has looked back upon what the store has kept.
#[derive(Clone, Debug)]
pub struct Past {
    pub(super) need: Need,
    setup: Arc<Setup>,
    pub(super) engine: SeriesEngine,
    /// With which minute the history began when this was asked for.
    history_begin: Option<Minute>,
    /// The rules that wait for these minutes and wait no longer, by name.
    pub(super) freed: BTreeSet<String>,
    /// The first minute whose values are asked for.
    pub(super) asked: Minute,
    /// What is kept of the minutes from there on, ascending.
    pub(super) rest: Vec<(Minute, Kept)>,
}

impl Blank {
    /// Returns the samples that it is worked out from.
    pub fn need(&self) -> &Need {
        &self.0.need
    }

    /// Looks back upon what the store has kept of the minutes of its need, ascending.
    pub fn look_back(self, mut kept: Vec<(Minute, Kept)>) -> Past {
        let mut past = self.0;
        let asked = past.asked.min(past.need.to);
        let end = kept.partition_point(|(minute, _)| *minute < asked);
        past.rest = kept.split_off(end);
        for (minute, observation) in observed(past.need.from, asked, &kept) {
            let ago = u32::try_from(past.asked.epoch() - minute.epoch()).unwrap_or(0);
            let ruleset = past.setup.ruleset();
            past.engine.look_back(minute, observation, ruleset, ago);
        }
        past
    }
}

impl SeriesState {
    /// Returns what the values are worked out anew with, from these stored samples.
    pub fn blank(
        &self,
        need: Need,
        setup: &Arc<Setup>,
        rule_from: &[Minute],
        now: DateTime<Utc>,
    ) -> Blank {
        let freed = self.freed(setup, rule_from, now);
        let series = self.engine.series().clone();
        // The values of the last minute are there to be looked at as well.
        let judged = freed.iter().filter_map(|name| setup.place_of(name));
        let judged = judged.map(|place| rule_from[place].max(self.judge_from));
        let asked = judged.fold(self.intake.next().previous(), Minute::min);
        Blank(Past {
            engine: SeriesEngine::new(series, self.history_begin, setup.ruleset()),
            history_begin: self.history_begin,
            setup: setup.clone(),
            asked: asked.max(need.from),
            need,
            freed,
            rest: Vec::new(),
        })
    }

    /// Whether a past is of what is known of the series now.
    pub fn is_past(&self, past: &Past, setup: &Arc<Setup>) -> bool {
        Arc::ptr_eq(&past.setup, setup)
            && past.need.to == self.intake.next()
            && past.history_begin == self.history_begin
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
