//! Minutes that no source can be asked for any more.

use chrono::{DateTime, Utc};

use super::Pipeline;
use super::step::{SAMPLES_FULL, Step};
use crate::unit::{AccountName, Minute, Minutes, Series};

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

impl Pipeline {
    /// Judges what is ready of a series, or has it rebuilt first. Lost minutes may be many, and wait
    /// for [their turn](Self::judge_lost).
    pub(super) fn judge(&mut self, series: Series, step: &mut Step) {
        if !self.note_lost(&series) {
            self.judge_ready(series, step);
        }
    }

    /// Notes whether the next minute of a series cannot be asked for any more. That is not for our
    /// clock alone to say, which may be wrong for a moment: the source has answered since.
    pub(super) fn note_lost(&mut self, series: &Series) -> bool {
        let next = self.series.get(series).map(|state| state.intake.next());
        let lost_before = self.lost_before(&series.account);
        let lost = next.zip(lost_before).filter(|(next, at)| next < at);
        if let Some((next, _)) = lost {
            self.lost.insert((next, series.clone()));
        }
        lost.is_some()
    }

    /// Returns the first minute that a source can still be asked for, once it was heard.
    pub(super) fn lost_before(&self, account: &AccountName) -> Option<Minute> {
        let heard = self.accounts.get(account)?.heard?;
        Some(askable_from(heard))
    }

    /// Looks for series whose next minutes are lost.
    pub(super) fn look_for_lost(&mut self) {
        let all: Vec<Series> = self.series.keys().cloned().collect();
        for series in all {
            self.note_lost(&series);
        }
    }

    /// Judges lost minutes, the earliest first, as many as one step holds; the next step goes on.
    pub(super) fn judge_lost(&mut self, step: &mut Step) {
        while step.samples.len() < SAMPLES_FULL
            && let Some((_, series)) = self.lost.pop_first()
        {
            self.judge_ready(series, step);
        }
    }
}
