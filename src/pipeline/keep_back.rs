//! Which alerts are told at once and which are kept back, and until when.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::telling::is_catching_up;
use super::{Account, Pipeline, Step, blind};
use crate::dispatch::{AlertView, Hold};
use crate::engine::{Event, Subject, Transition};
use crate::unit::{Minute, Series};

impl Pipeline {
    /// Stores a transition and tells of it, or keeps it back.
    pub(super) fn tell(&mut self, transition: Transition, words: Option<&str>, step: &mut Step) {
        let keep_back = self.reason_to_keep_back(&transition, step.now);
        if keep_back == Some(Hold::SourceLate) && transition.key.subject == Subject::Fleet {
            let id = transition.key.firing_id(transition.fired);
            let on = transition.evidence.domains.clone();
            self.telling.late_on.insert(id, on);
        }
        self.telling
            .tell(&self.setup.telling, &transition, words, keep_back, step);
        step.transitions.push(transition);
    }

    fn reason_to_keep_back(&self, transition: &Transition, now: DateTime<Utc>) -> Option<Hold> {
        if transition.event != Event::Fired {
            return None;
        }
        let max_lateness = self.setup.settling.max_lateness.delta();
        let is_late = |series: &Series| self.may_have_codes(series, |of| of.progress.back());
        let is_late = match &transition.key.subject {
            Subject::Series(series) => is_late(series),
            Subject::Fleet => transition.evidence.domains.iter().all(is_late),
            Subject::Account { .. } => false,
        };
        let is_late = is_late && self.setup.is_of_absence(&transition.key.rule);
        let is_catching_up = is_catching_up(transition.minute, now, max_lateness);
        is_catching_up
            .then_some(Hold::CatchingUp)
            .or(is_late.then_some(Hold::SourceLate))
    }

    /// Whether a series may have codes that nobody has judged: its source is late, or it was and
    /// the minute with which it came back, as `back` has it, is not judged.
    fn may_have_codes(&self, series: &Series, back: impl Fn(&Account) -> Option<Minute>) -> bool {
        let back = self.accounts.get(&series.account).and_then(back);
        let next = self.series.get(series).map(|state| state.intake.next());
        self.may_be_late(&series.account) || back.zip(next).is_some_and(|(at, next)| next <= at)
    }

    /// Tells of what is kept back no longer.
    pub(super) fn release(&mut self, step: &mut Step) {
        if self.telling.keeps_nothing_back() {
            return;
        }
        let (setup, now) = (self.setup.clone(), step.now);
        let mut telling = std::mem::take(&mut self.telling);
        // What an earlier process kept back waits for the first minute that was shown to this one: when
        // the source was back is not known any more.
        let back = |of: &Account| {
            let first = || of.progress.shown().advances().next();
            of.progress
                .back()
                .or_else(|| first().map(|(minute, _)| minute))
        };
        let is_late = |series: &Series| self.may_have_codes(series, back);
        let late_on = std::mem::take(&mut telling.late_on);
        let behind = self.behind(step.now);
        let still = |hold: Hold, view: &AlertView| match hold {
            Hold::SourceLate if view.account.is_empty() => match late_on.get(&view.id) {
                Some(on) => {
                    let watched = on.iter().filter(|of| self.series.contains_key(of));
                    all_late(watched, is_late)
                }
                // What an earlier process kept back has the names of its domains alone.
                None => all_late(named(&view.domains, self.series.keys()), is_late),
            },
            Hold::SourceLate => is_late(&series_of(view)),
            Hold::CatchingUp if view.account.is_empty() => {
                let place = setup.place_of(&view.rule);
                let fleet = place.and_then(|place| self.fleets.get(&place));
                fleet.is_some_and(|fleet| self.is_catching_up(fleet.next, now))
            }
            Hold::CatchingUp => behind
                .get(&series_of(view))
                .is_some_and(|of| *of == Behind::Askable),
        };
        let is_any = |which: Behind| behind.values().any(|of| *of == which);
        telling.release(
            &setup.telling,
            still,
            (is_any(Behind::Askable), is_any(Behind::Refused)),
            step,
        );
        let held: BTreeSet<&String> = telling.desk.held().map(|(view, _)| &view.id).collect();
        let late_on = late_on.into_iter().filter(|(id, _)| held.contains(id));
        telling.late_on = late_on.collect();
        self.telling = telling;
    }

    /// Returns the series that are behind, and whether they can be asked now.
    fn behind(&self, now: DateTime<Utc>) -> BTreeMap<Series, Behind> {
        let behind = self.series.iter();
        let behind = behind.filter(|(_, state)| self.is_catching_up(state.intake.next(), now));
        let state = |series: &Series| match self.failing.get(series) {
            Some(failing) if now - failing.since >= blind::FAILING_AFTER => Behind::Refused,
            Some(_) | None => Behind::Askable,
        };
        behind
            .map(|(series, _)| (series.clone(), state(series)))
            .collect()
    }

    fn is_catching_up(&self, minute: Minute, now: DateTime<Utc>) -> bool {
        is_catching_up(minute, now, self.setup.settling.max_lateness.delta())
    }
}

/// Returns the series of an alert that is of one.
fn series_of(view: &AlertView) -> Series {
    Series {
        account: view.account.as_str().into(),
        domain: view.domain.as_str().into(),
    }
}

/// Returns the series that have these domains, of whatever account.
fn named<'a>(
    domains: &[String],
    watched: impl Iterator<Item = &'a Series>,
) -> impl Iterator<Item = &'a Series> {
    let domains: BTreeSet<&str> = domains.iter().map(String::as_str).collect();
    watched.filter(move |series| domains.contains(series.domain.as_str()))
}

/// Whether all of these are late; not, if there is none.
fn all_late<'a>(of: impl Iterator<Item = &'a Series>, is_late: impl Fn(&Series) -> bool) -> bool {
    let mut of = of.peekable();
    of.peek().is_some() && of.all(is_late)
}

/// A series that is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behind {
    /// It can be asked, as far as is known.
    Askable,
    /// It has been refused for long.
    Refused,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_over_many_waits_for_the_accounts_of_its_own_domains_alone() {
        let series = |account: &str, domain: &str| Series {
            account: account.into(),
            domain: domain.into(),
        };
        let watched = [series("a", "x"), series("a", "y"), series("b", "z")];
        let waits = |domains: &[&str]| {
            let domains: Vec<String> = domains.iter().map(ToString::to_string).collect();
            all_late(named(&domains, watched.iter()), |series| {
                series.account.as_str() == "a"
            })
        };
        assert!(waits(&["x", "y"]));
        // What an account says that is not late is known.
        assert!(!waits(&["x", "z"]));
        assert!(!waits(&["z"]));
        assert!(!waits(&["left"]));
        assert!(!waits(&[]));
    }
}
