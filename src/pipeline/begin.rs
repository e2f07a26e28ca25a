//! How the pipeline begins and changes: which rules and series there are from then on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::blind::Blindness;
use super::fleets::FleetAlert;
use super::progress::Progress;
use super::series::{SeriesState, warming_note};
use super::setup::{Setup, Watched};
use super::step::{AlertRow, Forgotten, RuleMark, SeriesMark, Step};
use super::take_up::changed_note;
use super::telling::Telling;
use super::{Account, Pipeline};
use crate::unit::{AccountName, DomainName, Series};

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
            lost: BTreeSet::new(),
            touched: Vec::new(),
            advanced: BTreeSet::new(),
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
        self.take_up_votes(&remembered, &changed, &mut step);
        self.take_up_changed(&remembered, &changed, &mut step);
        for row in remembered.alerts {
            self.take_up(row, &changed, &mut step);
        }
        self.stale.extend(self.series.keys().cloned());
        self.telling.desk.follow(&self.setup.policy, now);
        self.telling.keep(&mut step);
        self.touched.extend(self.series.keys().cloned());
        step
    }

    /// Goes by another setup from now on. Rules that mean the same keep their alerts; what the store
    /// has forgotten is asked for again where a rule looks that far back.
    pub fn reconfigure(
        &mut self,
        setup: Arc<Setup>,
        forgotten: Option<Forgotten>,
        now: DateTime<Utc>,
    ) -> Step {
        let mut remembered = self.remember();
        if let Some(forgotten) = forgotten {
            for mark in &mut remembered.series {
                mark.forget(forgotten);
            }
        }
        let mut old = std::mem::replace(self, Self::new(setup, remembered));
        (self.telling, self.looked) = (old.telling, old.looked);
        (self.accounts, self.failing) = (old.accounts, old.failing);
        let step = self.begin(now);
        self.touched.extend(old.series.keys().cloned());
        for (series, state) in &mut self.series {
            if let Some(before) = old.series.remove(series) {
                (state.intake, state.missed_listings) = (before.intake, before.missed_listings);
                state.is_heard = before.is_heard;
            }
        }
        step
    }

    /// Returns what a restart would find in the store.
    fn remember(&self) -> Remembered {
        let mut alerts = Vec::new();
        let mut notes = BTreeMap::new();
        for state in self.series.values() {
            alerts.extend(state.rows(&self.setup));
            notes.extend(
                state
                    .warming_text()
                    .map(|text| (state.warming_note(), text)),
            );
        }
        for (place, fleet) in &self.fleets {
            let rule = &self.setup.rules()[*place];
            alerts.extend(fleet.row(rule));
            notes.extend(fleet.notes(rule));
        }
        for (series, rules) in &self.changed {
            notes.extend(
                self.changed_text(rules)
                    .map(|text| (changed_note(series), text)),
            );
        }
        alerts.extend(self.blindness.rows());
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
                self.fleets.insert(place, FleetAlert::new(next));
            }
            self.rule_from.push(mark.from);
            self.marks.push(mark);
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
            let account = self.accounts.entry(name.clone()).or_insert(Account {
                begun: step.now,
                progress: Progress::default(),
                is_listing_heard: false,
                missed_at: None,
                heard: None,
                unlisted: None,
            });
            if *watched != Watched::Discovered {
                // Nobody lists its domains any more, so nothing would end this.
                account.unlisted = None;
            }
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
                    Some(mark) => self.resume(mark, remembered, changed, step),
                    None => self.add(name, &domain, step),
                }
            }
        }
        for SeriesMark { series, .. } in &remembered.series {
            if self.series.contains_key(series) {
                continue;
            }
            step.series_removed.push(series.clone());
            let note = warming_note(series);
            if remembered.notes.contains_key(&note) {
                step.notes.insert(note, None);
            }
        }
        self.accounts
            .retain(|name, _| setup.accounts.contains_key(name));
        let series = &self.series;
        self.failing.retain(|of, _| series.contains_key(of));
    }

    fn resume(
        &mut self,
        mark: &SeriesMark,
        remembered: &Remembered,
        changed: &BTreeSet<String>,
        step: &mut Step,
    ) {
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
        if state.warming != warming {
            step.notes
                .insert(state.warming_note(), state.warming_text());
        }
        self.series.insert(mark.series.clone(), state);
    }

    /// Adds a series of which nothing is known: all its rules warm up.
    pub(super) fn add(&mut self, account: &AccountName, domain: &DomainName, step: &mut Step) {
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
        self.touched.push(series.clone());
        self.series.insert(series, state);
    }
}
