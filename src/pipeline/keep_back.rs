//! Which alerts are told at once and which are kept back, and until when.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::telling::is_catching_up;
use super::{Account, Pipeline, Step, blind};
use crate::dispatch::{AlertView, Hold, Story};
use crate::engine::{Event, Subject, Transition};
use crate::unit::{AccountName, Minute, Series};

/// How long answers may be apart that belong together: about as long as requests of one moment take. So long after an
/// alert began to fire one may still show that its source was late, and after it was freed that it was over by then.
const MOMENT: TimeDelta = TimeDelta::seconds(30);

impl Pipeline {
    /// Stores a transition and tells of it, or keeps it back.
    pub(super) fn tell(&mut self, transition: Transition, words: Option<&str>, step: &mut Step) {
        self.keep_back_to_its_end(&transition, step.now);
        let on = accounts_of(&transition);
        let keep_back = self.reason_to_keep_back(&transition, &on, step.now);
        let is_of_absence = self.setup.is_of_absence(&transition.key.rule);
        if transition.event == Event::Fired
            && transition.key.subject == Subject::Fleet
            && is_of_absence
        {
            let id = transition.key.firing_id(transition.fired);
            let on = on.into_iter().cloned().collect();
            self.telling.note_fires_on(id, on, step);
        }
        self.telling
            .tell(&self.setup.policy, &transition, words, keep_back, step);
        step.transitions.push(transition);
    }

    /// Returns why an alert that fires on domains of these accounts is not told at once.
    fn reason_to_keep_back(
        &self,
        transition: &Transition,
        on: &BTreeSet<&AccountName>,
        now: DateTime<Utc>,
    ) -> Option<Hold> {
        if transition.event != Event::Fired {
            return None;
        }
        if self.is_catching_up(transition.minute, now) {
            return Some(Hold::CatchingUp);
        }
        self.is_of_late_sources(&transition.key.rule, on, transition.minute)
            .then_some(Hold::SourceLate)
    }

    /// Keeps back again what is over in the moment in which it was freed, and that nobody has heard of yet: had the
    /// answers that freed and ended it come at once, it would not have been freed.
    fn keep_back_to_its_end(&mut self, transition: &Transition, now: DateTime<Utc>) {
        if !matches!(transition.event, Event::Resolved | Event::Ended { .. }) {
            return;
        }
        let id = transition.key.firing_id(transition.fired);
        let freed = self.telling.desk.freed(&id);
        if let Some((hold, _)) = freed.filter(|(_, at)| now - *at < MOMENT) {
            self.telling.desk.keep_back(&id, hold);
        }
    }

    /// Whether an alert that began to fire with this minute on domains of these accounts may say no more than that
    /// their sources were late.
    fn is_of_late_sources(&self, rule: &str, on: &BTreeSet<&AccountName>, fired: Minute) -> bool {
        // What was judged beyond that minute in the same step decides whether it is freed, and when.
        let next = fired.next();
        let is_late = |name: &&AccountName| {
            let back = self.accounts.get(*name).and_then(|of| of.progress.back());
            self.may_be_late(name) || back.is_some_and(|at| next <= at)
        };
        self.setup.is_of_absence(rule) && on.iter().all(is_late)
    }

    /// Keeps back what began to fire before it was known that its source was late, and that nobody has heard of yet:
    /// of the answers of one moment the first may have come without those that show it.
    fn keep_back_untold(&mut self, now: DateTime<Utc>) {
        let max_lateness = self.setup.settling.max_lateness;
        let mut is_news = false;
        for account in self.accounts.values_mut() {
            is_news |= account.progress.look_at_lateness(max_lateness);
        }
        if !is_news {
            return;
        }
        let Self { setup, telling, .. } = &*self;
        let max_lateness = setup.settling.max_lateness.delta();
        let is_late = |story: &&Story| {
            let view = &story.view;
            let Ok(fired) = view.fired_at.parse() else {
                return false;
            };
            let own = AccountName::from(view.account.as_str());
            let on = match telling.fires_on.get(&view.id) {
                Some(on) => on.iter().collect(),
                None => BTreeSet::from([&own]),
            };
            // What was caught up with has waited for that.
            now - story.began < MOMENT
                && !is_catching_up(fired, now, max_lateness)
                && self.is_of_late_sources(&view.rule, &on, fired)
        };
        let untold = telling.desk.stories().filter(|story| story.is_untold());
        let late = untold.filter(is_late).map(|story| story.view.id.clone());
        for id in late.collect::<Vec<_>>() {
            self.telling.desk.keep_back(&id, Hold::SourceLate);
        }
    }

    /// Tells of what is kept back no longer.
    pub(super) fn release(&mut self, step: &mut Step) {
        self.keep_back_untold(step.now);
        if self.telling.keeps_nothing_back() {
            return;
        }
        let (setup, now) = (self.setup.clone(), step.now);
        let mut telling = std::mem::take(&mut self.telling);
        let late = self.late_accounts();
        let is_late = |name: &str, next: Option<Minute>| {
            let until = late.get(name).zip(next);
            until.is_some_and(|(until, next)| next <= *until)
        };
        let fleet_of = |view: &AlertView| self.fleets.get(&setup.place_of(&view.rule)?);
        let fires_on = std::mem::take(&mut telling.fires_on);
        let behind = if telling.catches_up() {
            self.behind(now)
        } else {
            BTreeMap::new()
        };
        let still = |hold: Hold, view: &AlertView| match hold {
            // Of many domains one that is judged says nothing yet: the alert goes by all of them.
            Hold::SourceLate if view.account.is_empty() => {
                let next = fleet_of(view).map(|fleet| fleet.next);
                let on = fires_on.get(&view.id).into_iter().flatten();
                let mut on = on.filter(|of| self.accounts.contains_key(*of)).peekable();
                on.peek().is_some() && on.all(|of| is_late(of.as_str(), next))
            }
            Hold::SourceLate if !late.contains_key(view.account.as_str()) => false,
            Hold::SourceLate => {
                let state = self.series.get(&series_of(view));
                is_late(&view.account, state.map(|state| state.intake.next()))
            }
            Hold::CatchingUp if view.account.is_empty() => {
                fleet_of(view).is_some_and(|fleet| self.is_catching_up(fleet.next, now))
            }
            Hold::CatchingUp => behind
                .get(&series_of(view))
                .is_some_and(|of| *of == Behind::Askable),
        };
        let is_any = |which: Behind| behind.values().any(|of| *of == which);
        telling.release(
            &setup.policy,
            still,
            (is_any(Behind::Askable), is_any(Behind::Refused)),
            step,
        );
        telling.keep_fires_on(fires_on, step);
        self.telling = telling;
    }

    /// Returns the accounts of which domains may have codes that nobody has judged, each with the last minute that must
    /// be judged until that is known: the one with which its source came back, or the last of all while it is late.
    fn late_accounts(&self) -> BTreeMap<AccountName, Minute> {
        let until = |(name, of): (&AccountName, &Account)| {
            // When the source was back in the life of an earlier process is not known any more: what that
            // kept back waits for the first minute that was shown to this one.
            let first = || of.progress.shown().advances().next();
            let back = of.progress.back();
            let back = back.or_else(|| first().map(|(minute, _)| minute));
            let until = self.may_be_late(name).then_some(Minute::LAST).or(back);
            Some((name.clone(), until?))
        };
        self.accounts.iter().filter_map(until).collect()
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

/// Returns the accounts of the domains that an alert is about.
fn accounts_of(transition: &Transition) -> BTreeSet<&AccountName> {
    let series = match &transition.key.subject {
        Subject::Series(series) => std::slice::from_ref(series),
        Subject::Fleet => &transition.evidence.domains,
        Subject::Account { .. } => &[],
    };
    series.iter().map(|of| &of.account).collect()
}

/// A series that is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behind {
    /// It can be asked, as far as is known.
    Askable,
    /// It has been refused for long.
    Refused,
}
