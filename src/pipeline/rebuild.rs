//! Values that are worked out anew from stored samples, after a start and when rules look further
//! back than they did.

use chrono::{DateTime, Utc};

use super::lost::Lost;
use super::past::{Blank, Past};
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

    /// Returns what a series is rebuilt with, unless it is gone: it must [look back](Blank::look_back) upon
    /// the stored samples and then be [taken over](Self::rebuild_all).
    pub fn blank(&self, now: DateTime<Utc>, need: Need) -> Option<Blank> {
        let state = self.series.get(&need.series)?;
        Some(state.blank(need, &self.setup, &self.rule_from, now))
    }

    /// Rebuilds a series from its stored samples, and judges what waited for that.
    pub fn rebuild(&mut self, now: DateTime<Utc>, need: &Need, kept: Vec<(Minute, Kept)>) -> Step {
        let blank = self.blank(now, need.clone());
        let past = blank.map(|blank| blank.look_back(kept));
        self.rebuild_all(now, past.into_iter().collect())
    }

    /// Takes over several series that have looked back, in one step, and judges what waited for that. What they looked
    /// back for may have changed meanwhile: then they are [asked for](Self::next_rebuild) again.
    pub fn rebuild_all(&mut self, now: DateTime<Utc>, pasts: Vec<Past>) -> Step {
        let mut step = Step::at(now);
        for past in pasts {
            self.rebuild_one(past, &mut step);
        }
        self.judge_fleets(&mut step);
        self.telling.keep(&mut step);
        step
    }

    fn rebuild_one(&mut self, past: Past, step: &mut Step) {
        let setup = self.setup.clone();
        let series = past.need.series.clone();
        let Some(state) = self.series.get_mut(&series) else {
            return;
        };
        if !state.is_past(&past, &setup) {
            self.stale.insert(series);
            return;
        }
        let mut outcome = state.rebuild(past, &setup, &self.rule_from, step);
        for (place, rule) in setup.rules().iter().enumerate() {
            if self.blindness.is_blind(&series.account, &rule.name) {
                state.stay_unknown(place, &setup, blind::BLIND_AFTER);
            }
        }
        let ended = self.settle_changed_rules(&series, step);
        outcome.transitions.extend(ended);
        self.conclude(&series, outcome, step);
        self.judge(series, Lost::Wait, step);
    }
}
