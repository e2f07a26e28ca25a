//! Values that are worked out anew from stored samples, after a start and when rules look further
//! back than they did.

use chrono::{DateTime, Utc};

use super::step::{Kept, Step};
use super::{Pipeline, blind};
use crate::unit::{Minute, Series};

/// Stored samples that a series must be rebuilt from: `from` included, `to` not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The series.
    pub series: Series,
    /// The first minute.
    pub from: Minute,
    /// The minute after the last.
    pub to: Minute,
}

impl Pipeline {
    /// Returns the next series that must be rebuilt, if one must.
    pub fn next_rebuild(&mut self, now: DateTime<Utc>) -> Option<Need> {
        while let Some(series) = self.stale.pop_first() {
            if let Some(state) = self.series.get(&series) {
                let (from, to) = (
                    state.rebuild_from(&self.setup, &self.rule_from, now),
                    state.intake.next(),
                );
                return Some(Need { series, from, to });
            }
        }
        None
    }

    /// Rebuilds a series from its stored samples, and judges what waited for that.
    pub fn rebuild(&mut self, now: DateTime<Utc>, need: &Need, kept: &[(Minute, Kept)]) -> Step {
        self.rebuild_all(now, &[(need, kept)])
    }

    /// Rebuilds several series in one step.
    pub fn rebuild_all(
        &mut self,
        now: DateTime<Utc>,
        stored: &[(&Need, &[(Minute, Kept)])],
    ) -> Step {
        let mut step = Step::at(now);
        for (need, kept) in stored {
            self.rebuild_one(need, kept, &mut step);
        }
        self.judge_fleets(&mut step);
        self.telling.keep(&mut step);
        step
    }

    fn rebuild_one(&mut self, need: &Need, kept: &[(Minute, Kept)], step: &mut Step) {
        let setup = self.setup.clone();
        let Some(state) = self.series.get_mut(&need.series) else {
            return;
        };
        let mut outcome = state.rebuild(need.from, kept, &setup, &self.rule_from, step);
        for (place, rule) in setup.rules().iter().enumerate() {
            if self.blindness.is_blind(&need.series.account, &rule.name) {
                state.stay_unknown(place, &setup, blind::BLIND_AFTER);
            }
        }
        let ended = self.settle_changed_rules(&need.series, step);
        outcome.transitions.extend(ended);
        self.conclude(&need.series, outcome, step);
        self.judge(need.series.clone(), step);
    }
}
