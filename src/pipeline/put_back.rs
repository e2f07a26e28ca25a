//! A clock that is put back: what was noted of times that are yet to come.

use chrono::{DateTime, Utc};

use super::Pipeline;
use super::fleets::FleetAlert;
use super::series::SeriesState;
use super::step::Step;
use crate::unit::{Minute, Series};

/// Domains that are judged again only in a time that is yet to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JudgedAhead {
    /// How many.
    pub domains: usize,
    /// The last minute with which one of them goes on.
    pub until: Minute,
}

impl Pipeline {
    /// Takes what was noted of times that are yet to come as of now: the clock was put back since.
    pub(super) fn forget_the_future(&mut self, step: &mut Step) {
        let now = step.now;
        for failing in self.failing.values_mut() {
            failing.since = failing.since.min(now);
        }
        for account in self.accounts.values_mut() {
            account.begun = account.begun.min(now);
            account.progress.forget_the_future(now);
            if let Some(unlisted) = &mut account.unlisted {
                unlisted.since = unlisted.since.min(now);
            }
        }
        self.begin_rules_anew(step);
        self.begin_series_anew(step);
    }

    /// Judges rules that were to be judged from a time on that is yet to come, and are not judged that far, from now on.
    fn begin_rules_anew(&mut self, step: &mut Step) {
        let from = self.setup.settling.first_unsettled(step.now);
        let mut is_any = false;
        // By what was judged that far it is the clock of now that is wrong.
        let judged = self.series.values().map(|of| of.intake.next()).max();
        for (place, mark) in self.marks.iter_mut().enumerate() {
            if !is_to_come(mark.from, step.now) || judged.is_some_and(|next| mark.from < next) {
                continue;
            }
            (mark.from, self.rule_from[place], is_any) = (from, from, true);
            let fleet = self.fleets.get_mut(&place);
            if let Some(fleet) = fleet.filter(|fleet| !fleet.is_firing()) {
                *fleet = FleetAlert::new(from);
                mark.fleet_next = Some(from);
            }
            step.rules.push(mark.clone());
        }
        if is_any {
            // What they look back upon was not there.
            self.stale.extend(self.series.keys().cloned());
            self.series.values_mut().for_each(|of| of.is_stale = true);
        }
    }

    /// Begins series anew that began in a time that is yet to come, and of which nothing was heard by then.
    fn begin_series_anew(&mut self, step: &mut Step) {
        let now = step.now;
        let is_blank = |state: &SeriesState| {
            let is_judged = state.judge_from < state.intake.next();
            let mut alerts = state.engine.alerts();
            !is_judged
                && state.history_begin.is_none()
                && alerts.all(|(_, alert)| alert.is_initial())
        };
        let series = self.series.iter();
        let blank = series.filter(|(_, of)| is_to_come(of.intake.next(), now) && is_blank(of));
        let blank: Vec<Series> = blank.map(|(series, _)| series.clone()).collect();
        for series in blank {
            for fleet in self.fleets.values_mut() {
                fleet.forget(&series);
            }
            let before = self.series.remove(&series);
            self.add(&series.account, &series.domain, step);
            if let (Some(before), Some(state)) = (before, self.series.get_mut(&series)) {
                state.is_heard = before.is_heard;
                state.missed_listings = before.missed_listings;
            }
        }
    }

    /// Returns the domains that were judged up to a time that is yet to come, if there are any.
    pub fn judged_ahead(&self, now: DateTime<Utc>) -> Option<JudgedAhead> {
        let next = self.series.values().map(|state| state.intake.next());
        let ahead = next.filter(|next| is_to_come(*next, now));
        ahead.fold(None, |of: Option<JudgedAhead>, next| {
            Some(JudgedAhead {
                domains: of.map_or(0, |of| of.domains) + 1,
                until: of.map_or(next, |of| of.until.max(next)),
            })
        })
    }
}

/// Whether a minute has not begun; the one that is under way a clock may show that is a little ahead.
fn is_to_come(minute: Minute, now: DateTime<Utc>) -> bool {
    Minute::containing(now).next() < minute
}
