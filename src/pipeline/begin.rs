//! How the pipeline begins and changes: what is taken up of what was stored, which series and
//! rules come and go, and what that ends.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::blind::{BUILT_IN, Blindness};
use super::fleets::{FleetAlert, is_note_of_votes};
use super::series::SeriesState;
use super::setup::{Setup, Watched};
use super::step::{AlertRow, RuleMark, SeriesMark, Step};
use super::telling::Telling;
use super::{Account, Pipeline};
use crate::engine::{
    AlertKey, AlertState, Event, Evidence, Firing, FleetState, StoredAlert, StoredFleet, Subject,
    TierState, Transition,
};
use crate::unit::{AccountName, DomainName, Minute, Series};

/// In how many complete listings in a row a domain must be missing before it has left.
const MISSED_LISTINGS_MAX: u32 = 3;

const RULE_GONE: &str = "the rule was removed";
const RULE_CHANGED: &str = "the rule was changed, and as it is now it would not fire";
const DOMAIN_GONE: &str = "the domain is watched no longer";
const OUT_OF_SCOPE: &str = "the rule is about this domain no longer";

/// What the store had of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Remembered {
    /// How far each series is.
    pub series: Vec<SeriesMark>,
    /// Since when each rule is judged.
    pub rules: Vec<RuleMark>,
    /// The alerts that are not as at first.
    pub alerts: Vec<AlertRow>,
    /// The notes, by name.
    pub notes: BTreeMap<String, String>,
}

impl Pipeline {
    /// Returns a pipeline that has yet to [`begin`](Self::begin).
    pub fn new(setup: Arc<Setup>, remembered: Remembered) -> Self {
        let mut telling = Telling::default();
        for (name, text) in &remembered.notes {
            telling.restore(name, text);
        }
        Self {
            setup,
            series: BTreeMap::new(),
            accounts: BTreeMap::new(),
            failing: BTreeMap::new(),
            marks: Vec::new(),
            rule_from: Vec::new(),
            fleets: BTreeMap::new(),
            blindness: Blindness::default(),
            telling,
            stale: BTreeSet::new(),
            changed: BTreeMap::new(),
            looked: None,
            remembered,
        }
    }

    /// Takes up what was stored, as far as the setup still has it, and says what is new and what
    /// has ended.
    pub fn begin(&mut self, now: DateTime<Utc>) -> Step {
        let mut step = Step::at(now);
        let remembered = std::mem::take(&mut self.remembered);
        let changed = self.mark_rules(&remembered, &mut step);
        self.enrol(&remembered, &changed, &mut step);
        for row in remembered.alerts {
            self.take_up(row, &changed, &mut step);
        }
        self.stale.extend(self.series.keys().cloned());
        step
    }

    /// Goes by another setup from now on. Rules that mean the same keep their alerts.
    pub fn reconfigure(&mut self, setup: Arc<Setup>, now: DateTime<Utc>) -> Step {
        let mut old = std::mem::replace(self, Self::new(setup, self.remember()));
        (self.telling, self.blindness, self.looked) = (old.telling, old.blindness, old.looked);
        (self.accounts, self.failing) = (old.accounts, old.failing);
        let step = self.begin(now);
        for (series, state) in &mut self.series {
            if let Some(before) = old.series.remove(series) {
                (state.intake, state.missed_listings) = (before.intake, before.missed_listings);
            }
        }
        step
    }

    /// Returns what a restart would find in the store.
    fn remember(&self) -> Remembered {
        let mut alerts = Vec::new();
        let mut notes = BTreeMap::new();
        for (series, state) in &self.series {
            for place in state.engine.rules() {
                if let Some(alert) = state
                    .engine
                    .alert(place)
                    .filter(|alert| !alert.is_initial())
                {
                    let subject = Subject::Series(series.clone());
                    let key = AlertKey {
                        rule: self.setup.rules()[place].name.clone(),
                        subject,
                    };
                    alerts.push(AlertRow {
                        key,
                        state: Some(StoredAlert::from(alert).to_json()),
                    });
                }
            }
            notes.extend(
                state
                    .warming_text()
                    .map(|text| (state.warming_note(), text)),
            );
        }
        for (place, fleet) in &self.fleets {
            alerts.extend(fleet.row(&self.setup.rules()[*place]));
            notes.extend(fleet.notes().clone());
        }
        let series = self.series.values().map(SeriesState::mark).collect();
        Remembered {
            series,
            rules: self.marks.clone(),
            alerts,
            notes,
        }
    }

    /// Marks since when each rule is judged; returns the rules that mean something else than they
    /// did, or are new.
    fn mark_rules(&mut self, remembered: &Remembered, step: &mut Step) -> BTreeSet<String> {
        let mut changed = BTreeSet::new();
        let first = self.setup.settling.first_unsettled(step.now);
        for (place, rule) in self.setup.clone().rules().iter().enumerate() {
            let meaning = self.setup.meaning(place).to_owned();
            let known = remembered
                .rules
                .iter()
                .find(|mark| mark.name == rule.name && mark.meaning == meaning);
            let mark = known.cloned().unwrap_or_else(|| {
                changed.insert(rule.name.clone());
                RuleMark {
                    name: rule.name.clone(),
                    meaning,
                    from: first,
                    fleet_next: rule.is_fleet().then_some(first),
                }
            });
            if known.is_none() {
                step.rules.push(mark.clone());
            }
            if let Some(next) = mark.fleet_next {
                let mut fleet = FleetAlert::new(next);
                if known.is_some() {
                    fleet.take_up_votes(rule, &remembered.notes);
                }
                self.fleets.insert(place, fleet);
            }
            self.rule_from.push(mark.from);
            self.marks.push(mark);
        }
        let votes = remembered.notes.keys().filter(|n| is_note_of_votes(n));
        for name in votes {
            let is_taken_up = |fleet: &FleetAlert| fleet.notes().contains_key(name);
            if !self.fleets.values().any(is_taken_up) {
                step.notes.insert(name.clone(), None);
            }
        }
        let is_gone = |mark: &&RuleMark| self.setup.place_of(&mark.name).is_none();
        step.rules_removed.extend(
            remembered
                .rules
                .iter()
                .filter(is_gone)
                .map(|mark| mark.name.clone()),
        );
        changed
    }

    /// Makes the series of every account, as far as they were or new.
    fn enrol(&mut self, remembered: &Remembered, changed: &BTreeSet<String>, step: &mut Step) {
        let setup = self.setup.clone();
        for (name, watched) in &setup.accounts {
            self.accounts.entry(name.clone()).or_insert(Account {
                begun: step.now,
                latest_with_codes: None,
                answered: None,
                unlisted: None,
            });
            let of_account = remembered
                .series
                .iter()
                .filter(|mark| mark.series.account == *name);
            let known: BTreeMap<&DomainName, &SeriesMark> =
                of_account.map(|m| (&m.series.domain, m)).collect();
            let domains: Vec<DomainName> = match watched {
                Watched::Listed(domains) => domains.clone(),
                Watched::Discovered => known.keys().map(|domain| (*domain).clone()).collect(),
            };
            for domain in domains {
                match known.get(&domain) {
                    Some(mark) => self.resume(mark, remembered, changed),
                    None => self.add(name, &domain, step),
                }
            }
        }
        let is_gone = |mark: &&SeriesMark| !self.series.contains_key(&mark.series);
        step.series_removed.extend(
            remembered
                .series
                .iter()
                .filter(is_gone)
                .map(|mark| mark.series.clone()),
        );
        self.accounts
            .retain(|name, _| setup.accounts.contains_key(name));
        let series = &self.series;
        self.failing.retain(|of, _| series.contains_key(of));
    }

    fn resume(&mut self, mark: &SeriesMark, remembered: &Remembered, changed: &BTreeSet<String>) {
        let mut state = SeriesState::new(mark, &self.setup);
        let note = remembered.notes.get(&state.warming_note());
        let warming: BTreeSet<String> = note
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let names: Vec<&String> = state
            .engine
            .rules()
            .map(|place| &self.setup.rules()[place].name)
            .collect();
        let waits = |name: &&&String| warming.contains(**name) || changed.contains(**name);
        state.warming = names
            .iter()
            .filter(waits)
            .map(|name| (*name).clone())
            .collect();
        self.series.insert(mark.series.clone(), state);
    }

    /// Adds a series of which nothing is known: all its rules warm up.
    fn add(&mut self, account: &AccountName, domain: &DomainName, step: &mut Step) {
        let series = Series {
            account: account.clone(),
            domain: domain.clone(),
        };
        let next = self.setup.settling.first_open(step.now);
        let judge_from = self.setup.settling.first_unsettled(step.now);
        let mark = SeriesMark {
            series: series.clone(),
            judge_from,
            next,
            covered_from: next,
            history_begin: None,
        };
        let mut state = SeriesState::new(&mark, &self.setup);
        state.warming = state
            .engine
            .rules()
            .map(|place| self.setup.rules()[place].name.clone())
            .collect();
        step.notes
            .insert(state.warming_note(), state.warming_text());
        step.series.push(mark);
        self.stale.insert(series.clone());
        self.series.insert(series, state);
    }

    /// Takes a stored alert up where it still belongs, and ends it where it does not.
    fn take_up(&mut self, row: AlertRow, changed: &BTreeSet<String>, step: &mut Step) {
        let Some(text) = row.state else { return };
        let place = self.setup.place_of(&row.key.rule);
        match (&row.key.subject, place) {
            (Subject::Account { account, .. }, _) if BUILT_IN.contains(&row.key.rule.as_str()) => {
                if let Ok(stored) = serde_json::from_str(&text)
                    && self.accounts.contains_key(account)
                {
                    self.blindness.restore(row.key, stored);
                } else {
                    step.alerts.push(AlertRow {
                        key: row.key,
                        state: None,
                    });
                }
            }
            (Subject::Series(series), Some(place)) if self.is_about(place, series) => {
                self.take_up_series(
                    place,
                    &series.clone(),
                    text,
                    changed.contains(&row.key.rule),
                );
            }
            (Subject::Fleet, Some(place)) if !changed.contains(&row.key.rule) => {
                let state = StoredFleet::parse(&text).and_then(FleetState::try_from);
                if let (Ok(state), Some(fleet)) = (state, self.fleets.get_mut(&place)) {
                    fleet.take_up(state, text);
                }
            }
            (Subject::Series(_) | Subject::Fleet | Subject::Account { .. }, _) => {
                let reason = match (&row.key.subject, place) {
                    (_, None) => RULE_GONE,
                    (Subject::Series(series), Some(_)) if !self.series.contains_key(series) => {
                        DOMAIN_GONE
                    }
                    (Subject::Series(_), Some(_)) => OUT_OF_SCOPE,
                    (Subject::Fleet | Subject::Account { .. }, Some(_)) => RULE_CHANGED,
                };
                let firing = shown(&text);
                self.end(row.key, firing, reason, step);
            }
        }
    }

    fn is_about(&self, place: usize, series: &Series) -> bool {
        self.series
            .get(series)
            .is_some_and(|state| state.engine.alert(place).is_some())
    }

    fn take_up_series(&mut self, place: usize, series: &Series, text: String, is_changed: bool) {
        let Some(state) = self.series.get_mut(series) else {
            return;
        };
        if is_changed {
            if let Some(firing) = shown(&text) {
                self.changed
                    .entry(series.clone())
                    .or_default()
                    .push((place, firing));
            }
            state.remember(place, text);
            return;
        }
        let alert = StoredAlert::parse(&text)
            .and_then(|stored| stored.into_state(&self.setup.rules()[place]));
        if let Ok(alert) = alert {
            state.take_up(place, alert, text);
        }
    }

    /// Settles what becomes of alerts whose rules were changed, once the values are there: they go
    /// on unless the rule as it is now says that they would not fire.
    pub(super) fn settle_changed_rules(
        &mut self,
        series: &Series,
        step: &mut Step,
    ) -> Vec<Transition> {
        let mut ended = Vec::new();
        let setup = self.setup.clone();
        let Some(state) = self.series.get_mut(series) else {
            return ended;
        };
        for (place, was) in self.changed.remove(series).unwrap_or_default() {
            let rule = &setup.rules()[place];
            let values = state.engine.values();
            let known = state.engine.last().is_some();
            let fires = |tier: &crate::lang::program::Tier| {
                let until = tier.until.and_then(|until| values.truth(until));
                if until == Some(true) {
                    Some(false)
                } else {
                    values.truth(tier.condition)
                }
            };
            let truths: Vec<Option<bool>> = rule
                .compiled
                .tiers
                .iter()
                .map(|t| if known { fires(t) } else { None })
                .collect();
            let highest = truths.iter().rposition(|truth| *truth == Some(true));
            let unknown = truths.iter().rposition(Option::is_none);
            if let Some(at) = highest.or(unknown) {
                let firing = Firing {
                    severity: rule.compiled.tiers[at].severity,
                    ..was
                };
                let mut alert = AlertState::new(rule);
                alert.tiers[at] = TierState::Firing {
                    since: was.since,
                    fired: was.fired,
                    peak: was.peak,
                };
                alert.firing = Some(firing);
                state.engine.take_up(place, alert);
            } else {
                let key = AlertKey {
                    rule: rule.name.clone(),
                    subject: Subject::Series(series.clone()),
                };
                ended.push(ending(
                    key,
                    was,
                    state.intake.next().previous(),
                    RULE_CHANGED,
                ));
            }
        }
        state.keep_alerts(&setup, step);
        ended
    }

    /// Takes in a complete listing of an account's domains.
    pub(super) fn take_listing(
        &mut self,
        account: &AccountName,
        domains: &[DomainName],
        step: &mut Step,
    ) {
        let Some(Watched::Discovered) = self.setup.accounts.get(account) else {
            return;
        };
        if let Some(known) = self.accounts.get_mut(account) {
            known.unlisted = None;
        }
        for domain in domains {
            let series = Series {
                account: account.clone(),
                domain: domain.clone(),
            };
            match self.series.get_mut(&series) {
                Some(state) => state.missed_listings = 0,
                None => self.add(account, domain, step),
            }
        }
        let listed: BTreeSet<&DomainName> = domains.iter().collect();
        let mut left = Vec::new();
        for (series, state) in self
            .series
            .iter_mut()
            .filter(|(series, _)| series.account == *account)
        {
            if !listed.contains(&series.domain) {
                state.missed_listings += 1;
                if MISSED_LISTINGS_MAX <= state.missed_listings {
                    left.push(series.clone());
                }
            }
        }
        for series in left {
            self.remove(&series, step);
        }
    }

    /// Removes a series whose domain has left, and ends its alerts.
    fn remove(&mut self, series: &Series, step: &mut Step) {
        let Some(state) = self.series.remove(series) else {
            return;
        };
        self.failing.remove(series);
        for fleet in self.fleets.values_mut() {
            fleet.forget(series);
        }
        for place in state.engine.rules() {
            let Some(alert) = state
                .engine
                .alert(place)
                .filter(|alert| !alert.is_initial())
            else {
                continue;
            };
            let key = AlertKey {
                rule: self.setup.rules()[place].name.clone(),
                subject: Subject::Series(series.clone()),
            };
            self.end(key, alert.firing, DOMAIN_GONE, step);
        }
        step.notes.insert(state.warming_note(), None);
        step.series_removed.push(series.clone());
    }

    /// Takes an alert away, and tells so if it was firing.
    fn end(&mut self, key: AlertKey, firing: Option<Firing>, reason: &str, step: &mut Step) {
        step.alerts.push(AlertRow {
            key: key.clone(),
            state: None,
        });
        if let Some(firing) = firing {
            self.tell(
                ending(key, firing, Minute::containing(step.now), reason),
                None,
                step,
            );
        }
    }
}

fn ending(key: AlertKey, firing: Firing, minute: Minute, reason: &str) -> Transition {
    Transition {
        key,
        minute,
        event: Event::Ended {
            reason: reason.to_owned(),
        },
        severity: firing.severity,
        since: firing.since,
        fired: firing.fired,
        evidence: Evidence {
            peak: firing.peak,
            ..Evidence::default()
        },
    }
}

/// Returns what a stored alert shows, if it fires.
fn shown(text: &str) -> Option<Firing> {
    let of_series = StoredAlert::parse(text)
        .ok()
        .and_then(|stored| stored.firing().ok().flatten());
    let of_fleet = || {
        StoredFleet::parse(text)
            .and_then(FleetState::try_from)
            .ok()
            .and_then(|state| state.firing)
    };
    of_series.or_else(of_fleet)
}
