//! What is taken up of the alerts that were stored, and what ends because it no longer belongs.

use std::collections::{BTreeMap, BTreeSet};

use super::Pipeline;
use super::begin::Remembered;
use super::blind::{BUILT_IN, BlindAlert};
use super::fleets::VOTES;
use super::leave::{DOMAIN_GONE, ending};
use super::step::{AlertRow, Step};
use crate::engine::{
    AlertKey, AlertState, Event, Firing, FleetState, Rule, SeriesEngine, StoredAlert, StoredFleet,
    Subject, TierState, Transition,
};
use crate::lang::program::Tier;
use crate::unit::Series;

const RULE_GONE: &str = "the rule was removed";
pub(super) const RULE_CHANGED: &str = "the rule was changed, and as it is now it would not fire";
const RULE_OTHER: &str = "the rule was changed, and its alerts are about something else now";
const ACCOUNT_GONE: &str = "the account is watched no longer";
const OUT_OF_SCOPE: &str = "the rule is about this domain no longer";

/// The beginning of the names of notes of the rules that were changed while they fired, and what
/// became of that is not settled yet: by series, and by rule of those of many domains.
const CHANGED: &str = "changed/";

impl Pipeline {
    /// Takes up what the domains have said to rules of many that are not judged so far yet.
    pub(super) fn take_up_votes(
        &mut self,
        remembered: &Remembered,
        changed: &BTreeSet<String>,
        step: &mut Step,
    ) {
        for (name, text) in &remembered.notes {
            let Some(words) = name.strip_prefix(VOTES) else {
                continue;
            };
            let mut words = words.rsplitn(3, '/');
            let (domain, account) = (words.next(), words.next());
            let rule = words.next().unwrap_or_default();
            let series = Series {
                account: account.unwrap_or_default().into(),
                domain: domain.unwrap_or_default().into(),
            };
            let place = self.setup.place_of(rule);
            let place =
                place.filter(|place| !changed.contains(rule) && self.is_about(*place, &series));
            match place.and_then(|place| self.fleets.get_mut(&place)) {
                Some(fleet) => fleet.restore(&series, text),
                None => {
                    step.notes.insert(name.clone(), None);
                }
            }
        }
    }

    /// Takes up which alerts are not settled yet whose rules were changed.
    pub(super) fn take_up_changed(
        &mut self,
        remembered: &Remembered,
        changed: &BTreeSet<String>,
        step: &mut Step,
    ) {
        let mut unsettled: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, text) in &remembered.notes {
            if name.starts_with(CHANGED) {
                let rules = serde_json::from_str(text).unwrap_or_default();
                unsettled.insert(name.clone(), rules);
                step.notes.insert(name.clone(), None);
            }
        }
        for row in &remembered.alerts {
            let (Subject::Series(series), Some(text)) = (&row.key.subject, &row.state) else {
                continue;
            };
            let name = changed_note(series);
            let waits = unsettled
                .get(&name)
                .is_some_and(|r| r.contains(&row.key.rule));
            let place = self.setup.place_of(&row.key.rule);
            let place = place.filter(|place| self.is_about(*place, series));
            if let (Some(place), Some(firing)) = (place, shown(text))
                && (waits || changed.contains(&row.key.rule))
            {
                let of_series = self.changed.entry(series.clone()).or_default();
                of_series.push((place, firing));
            }
        }
        for (series, rules) in &self.changed {
            step.notes
                .insert(changed_note(series), self.changed_text(rules));
        }
    }

    pub(super) fn changed_text(&self, rules: &[(usize, Firing)]) -> Option<String> {
        let name = |(place, _): &(usize, Firing)| self.setup.rules()[*place].name.as_str();
        serde_json::to_string(&rules.iter().map(name).collect::<Vec<_>>()).ok()
    }

    /// Takes a stored alert up where it still belongs, and ends it where it does not.
    pub(super) fn take_up(&mut self, row: AlertRow, changed: &BTreeSet<String>, step: &mut Step) {
        let Some(text) = row.state else { return };
        let place = self.setup.place_of(&row.key.rule);
        match (&row.key.subject, place) {
            (Subject::Account { account, .. }, _) if BUILT_IN.contains(&row.key.rule.as_str()) => {
                let stored = serde_json::from_str::<BlindAlert>(&text).ok();
                match stored {
                    Some(stored) if self.accounts.contains_key(account) => {
                        self.blindness.restore(row.key, stored);
                    }
                    stored => {
                        let firing = stored.map(|stored| stored.firing());
                        self.end(row.key, firing, ACCOUNT_GONE, step);
                    }
                }
            }
            (Subject::Series(series), Some(place)) if self.is_about(place, series) => {
                let is_changed = changed.contains(&row.key.rule);
                self.take_up_series(place, &series.clone(), text, is_changed);
            }
            (Subject::Fleet, Some(place)) if self.fleets.contains_key(&place) => {
                let state = StoredFleet::parse(&text).and_then(FleetState::try_from);
                if let (Ok(state), Some(fleet)) = (state, self.fleets.get_mut(&place)) {
                    let note = changed_fleet_note(&row.key.rule);
                    // A note of before is being taken back by this step, unless it still holds.
                    let is_changed =
                        changed.contains(&row.key.rule) || step.notes.contains_key(&note);
                    fleet.take_up(state, text, is_changed);
                    if is_changed {
                        step.notes.insert(note, Some("[]".to_owned()));
                    }
                }
            }
            (Subject::Series(_) | Subject::Fleet | Subject::Account { .. }, _) => {
                let reason = match (&row.key.subject, place) {
                    (_, None) => RULE_GONE,
                    (Subject::Series(series), Some(_)) if !self.series.contains_key(series) => {
                        DOMAIN_GONE
                    }
                    (Subject::Series(_), Some(_)) => OUT_OF_SCOPE,
                    (Subject::Fleet | Subject::Account { .. }, Some(_)) => RULE_OTHER,
                };
                let firing = shown(&text);
                self.end(row.key, firing, reason, step);
            }
        }
    }

    pub(super) fn is_about(&self, place: usize, series: &Series) -> bool {
        self.series
            .get(series)
            .is_some_and(|state| state.engine.alert(place).is_some())
    }

    fn take_up_series(&mut self, place: usize, series: &Series, text: String, is_changed: bool) {
        let Some(state) = self.series.get_mut(series) else {
            return;
        };
        let is_unsettled = self
            .changed
            .get(series)
            .is_some_and(|rules| rules.iter().any(|(of, _)| *of == place));
        if is_changed || is_unsettled {
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
    /// on unless the rule as it is now says that they would not fire. Returns what there is to
    /// tell: those that end, and those that have another severity now.
    pub(super) fn settle_changed_rules(
        &mut self,
        series: &Series,
        step: &mut Step,
    ) -> Vec<Transition> {
        let mut happened = Vec::new();
        let setup = self.setup.clone();
        let Some(state) = self.series.get_mut(series) else {
            return happened;
        };
        let Some(changed) = self.changed.remove(series) else {
            return happened;
        };
        step.notes.insert(changed_note(series), None);
        for (place, was) in changed {
            let rule = &setup.rules()[place];
            let key = AlertKey {
                rule: rule.name.clone(),
                subject: Subject::Series(series.clone()),
            };
            let minute = state.intake.next().previous();
            if rule.is_fleet() {
                happened.push(ending(key, was, minute, RULE_OTHER));
                continue;
            }
            let Some(alert) = carried_over(was, rule, &state.engine) else {
                happened.push(ending(key, was, minute, RULE_CHANGED));
                continue;
            };
            let now = alert.firing.unwrap_or(was);
            state.engine.take_up(place, alert);
            if now.severity != was.severity {
                let evidence = state.engine.evidence(place, setup.ruleset());
                happened.push(Transition {
                    key,
                    minute,
                    event: Event::SeverityChanged { from: was.severity },
                    severity: now.severity,
                    since: now.since,
                    fired: now.fired,
                    evidence: evidence.map(|(_, of)| of).unwrap_or_default(),
                });
            }
        }
        state.keep_alerts(&setup, step);
        happened
    }
}

/// Returns the state by the rule as it is now of an alert that fired by the rule as it was; nothing
/// if it would not fire.
fn carried_over(was: Firing, rule: &Rule, engine: &SeriesEngine) -> Option<AlertState> {
    let tiers = &rule.compiled.tiers;
    let (values, is_known) = (engine.values(), engine.last().is_some());
    let truth = |tier: &Tier| {
        if tier.until.and_then(|until| values.truth(until)) == Some(true) {
            return Some(false);
        }
        values.truth(tier.condition)
    };
    let truths: Vec<Option<bool>> = tiers
        .iter()
        .map(|tier| is_known.then(|| truth(tier)).flatten())
        .collect();
    // What is unknown changes nothing: the severity that fired goes on. If the rule has none such
    // any more, the least of those that may be meant.
    let same = tiers.iter().position(|tier| tier.severity == was.severity);
    let kept = same.or_else(|| truths.iter().position(Option::is_none));
    let fires = |place: usize| truths[place].unwrap_or(kept == Some(place));
    let highest = (0..tiers.len()).rev().find(|place| fires(*place))?;
    let mut alert = AlertState::new(rule);
    for (place, state) in alert.tiers.iter_mut().enumerate() {
        if fires(place) {
            *state = TierState::Firing {
                since: was.since,
                fired: was.fired,
                peak: was.peak,
            };
        }
    }
    alert.firing = Some(Firing {
        severity: tiers[highest].severity,
        ..was
    });
    Some(alert)
}

/// Returns the name of the note of a rule of many domains that was changed.
pub(super) fn changed_fleet_note(rule: &str) -> String {
    format!("{CHANGED}/{rule}")
}

/// Returns the name of the note of a series whose rules were changed.
pub fn changed_note(of: &Series) -> String {
    let Series { account, domain } = of;
    format!("{CHANGED}{account}/{domain}")
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
