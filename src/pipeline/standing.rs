//! How rules stand on a series: for how long they have been unknown, and what was said last.

use super::intake::Ready;
use super::series::SeriesState;
use super::setup::Setup;
use crate::engine::{Ballot, Coverage, Rule, Traffic};
use crate::unit::Minute;

impl SeriesState {
    /// Counts the minutes with codes for which each rule has been unknown by a part of it. A guard
    /// that is not true leaves a rule unknown by design.
    pub(super) fn count_unknown(&mut self, minute: Minute, ready: &Ready, setup: &Setup) {
        let had_codes = matches!(ready, Ready::Sample(sample) if sample.has_codes());
        for place in self.engine.rules() {
            let rule = &setup.rules()[place];
            if self.unknown_part(rule).is_none() || minute < self.judge_from {
                self.unknown_for.remove(&place);
            } else if had_codes {
                *self.unknown_for.entry(place).or_default() += 1;
            }
        }
    }

    /// Goes by it that a rule has been unknown for long, if it still is: it is told already.
    pub fn stay_unknown(&mut self, place: usize, setup: &Setup, minutes: u32) {
        let rule = &setup.rules()[place];
        if self.unknown_part(rule).is_some() {
            self.unknown_for.insert(place, minutes);
        }
    }

    /// Returns the part by which a rule is unknown that is covered here.
    fn unknown_part<'r>(&self, rule: &'r Rule) -> Option<&'r str> {
        let part = self.engine.unknown_part(rule);
        let part = part.filter(|part| rule.compiled.tiers.iter().all(|t| t.text != *part));
        part.filter(|_| matches!(self.engine.coverage(rule), Coverage::Covered))
    }

    /// Returns what the last judged minute says to a rule of many domains.
    pub fn last_ballot(&self, rule: usize) -> Ballot {
        let ballot = self.engine.ballot(rule).unwrap_or(Ballot {
            firing: [None; 3],
            traffic: Traffic::None,
        });
        Ballot {
            traffic: Traffic::None,
            ..ballot
        }
    }
}
