//! What rules would have done over what a store has kept, one series after the other.
//!
//! The engine is the same as for a file. What a store knows beyond samples is kept to: which
//! minutes could not be asked for, where a history begins, from when on a series was judged, and
//! which domains the service left as they stood when it judged a rule of many.

use std::collections::BTreeSet;

use super::backtest::{Fleets, sort};
use super::track::Track;
use crate::engine::{Ruleset, SeriesEngine, Transition};
use crate::pipeline::FleetLeft;
use crate::unit::{Minute, Series};

/// A backtest over a store on its way.
pub struct KeptBacktest<'a> {
    ruleset: Ruleset<'a>,
    fleets: Fleets,
    /// From when each rule of many domains is judged: from the first of them on.
    begins: Vec<Option<Minute>>,
    last: Option<Minute>,
    found: Vec<Transition>,
}

impl<'a> KeptBacktest<'a> {
    /// Returns a backtest that has seen no series yet.
    pub fn new(ruleset: Ruleset<'a>) -> Self {
        Self {
            ruleset,
            fleets: Fleets::new(ruleset.rules),
            begins: vec![None; ruleset.rules.len()],
            last: None,
            found: Vec::new(),
        }
    }

    /// Judges a series from its first minute to its last; those before [`Track::judge_from`] are
    /// only looked back upon.
    pub fn take(&mut self, track: &Track) {
        let ruleset = self.ruleset;
        let mut engine = SeriesEngine::new(track.series.clone(), track.history_begin, ruleset);
        for (minute, observation) in track.observations() {
            let is_judged = track.judge_from <= minute;
            let mut found = engine.advance(minute, observation, ruleset, |_| is_judged);
            self.found.append(&mut found);
            if is_judged {
                self.fleets.note(minute, &engine);
            }
        }
        self.last = self.last.max(Some(track.last));
        for (begin, rule) in self.begins.iter_mut().zip(ruleset.rules) {
            if rule.is_fleet() && rule.domains.matches(track.series.domain.as_str()) {
                let earlier = begin.map_or(track.judge_from, |begin| begin.min(track.judge_from));
                *begin = Some(earlier);
            }
        }
    }

    /// Judges the rules of many domains, and returns what happened by minute, then rule, then
    /// domain. `left` are the domains that such rules left as they stood.
    pub fn finish(self, left: &[FleetLeft]) -> Vec<Transition> {
        let Self {
            ruleset,
            fleets,
            begins,
            last,
            mut found,
        } = self;
        let left: BTreeSet<(&str, Minute, &Series)> = left
            .iter()
            .map(|left| (left.rule.as_str(), left.minute, &left.series))
            .collect();
        let is_left = |rule: &str, minute, series: &Series| {
            !left.is_empty() && left.contains(&(rule, minute, series))
        };
        if let Some(last) = last {
            fleets.judge(ruleset.rules, &begins, (last, is_left), &mut found);
        }
        sort(&mut found, ruleset.rules);
        found
    }
}
