//! Minutes that no source can be asked for any more.

use chrono::{DateTime, Utc};

use super::series::SeriesState;
use super::step::{SAMPLES_FULL, Step};
use super::{Account, Pipeline};
use crate::unit::{Minute, Minutes};

/// How far back a source can be asked: its seven days, less a margin for clocks and waiting.
/// Source: `DescribeDomainRealTimeSrcHttpCodeData`, 7 days.
const ASKABLE: Minutes = Minutes::new(7 * 24 * 60 - 10).unwrap();

/// Returns the first minute that sources can still be asked for.
pub fn askable_from(now: DateTime<Utc>) -> Minute {
    Minute::containing(now) - ASKABLE
}

/// How many lost minutes of a series are judged before it is the turn of others: rules of many domains
/// keep in mind what a domain has said ahead of the rest.
pub const LOST_TURN: u64 = 240;

/// What becomes of a series whose next minutes are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// They may be many, and wait for [their turn](Pipeline::judge_lost).
    Wait,
    /// They are judged now, as many as are its turn.
    Judge,
}

impl Account {
    /// Returns the first minute that the source can still be asked for, once it was heard. That is not for
    /// our clock alone to say, which may be wrong for a moment: the source has answered since.
    pub(super) fn lost_before(&self) -> Option<Minute> {
        self.heard.map(askable_from)
    }
}

impl SeriesState {
    /// Returns the next minute, if it lies before those that the source can still be asked for.
    pub(super) fn next_lost(&self, lost_before: Option<Minute>) -> Option<Minute> {
        let next = self.intake.next();
        lost_before.filter(|at| next < *at).map(|_| next)
    }
}

impl Pipeline {
    /// Looks for series whose next minutes are lost.
    pub(super) fn look_for_lost(&mut self) {
        for (series, state) in &self.series {
            let account = self.accounts.get(&series.account);
            if let Some(next) = state.next_lost(account.and_then(Account::lost_before)) {
                self.lost.insert((next, series.clone()));
            }
        }
    }

    /// Judges lost minutes, the earliest first, as many as one step holds; the next step goes on.
    pub(super) fn judge_lost(&mut self, step: &mut Step) {
        while step.samples.len() < SAMPLES_FULL
            && let Some((_, series)) = self.lost.pop_first()
        {
            self.judge(series, Lost::Judge, step);
        }
    }
}
