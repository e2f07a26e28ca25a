//! One series in the service: what is taken in, how far it is judged, and which rules wait for
//! the past.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::intake::{Intake, Ready};
use super::lost::{LOST_TURN, askable_from};
use super::past::{Past, observed};
use super::setup::Setup;
use super::shown::Shown;
use super::step::{AlertRow, Kept, KeptSample, SeriesMark, Step};
use crate::engine::{
    AlertKey, AlertState, Ballot, Observation, Sample, SeriesEngine, StoredAlert, Subject,
    Transition,
};
use crate::unit::{Minute, Minutes, Series};

/// What one minute of a series has to say to a rule of many domains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// The rule's place.
    pub rule: usize,
    /// The minute.
    pub minute: Minute,
    /// What it says.
    pub ballot: Ballot,
}

/// What became of some minutes.
#[derive(Clone, Debug, Default)]
pub struct JudgedMinutes {
    /// What happened to alerts.
    pub transitions: Vec<Transition>,
    /// What there is to say to rules of many domains.
    pub votes: Vec<Vote>,
    /// How many minutes were judged.
    pub minutes: u64,
}

/// The state of one series.
#[derive(Clone, Debug)]
pub struct SeriesState {
    /// What is taken in and not judged yet.
    pub intake: Intake,
    /// The first minute whose judgement counts.
    pub judge_from: Minute,
    /// Every minute from here up to the next one was asked for.
    pub covered_from: Minute,
    /// The first minute with codes, once one is known.
    pub history_begin: Option<Minute>,
    /// The values and alerts.
    pub engine: SeriesEngine,
    /// The rules whose reach is not covered yet, by name: they are judged once it is.
    pub warming: BTreeSet<String>,
    /// Whether the values must be worked out anew from stored samples.
    pub is_stale: bool,
    /// Whether it was answered or refused, in this life of the process.
    pub is_heard: bool,
    /// How many complete listings in a row were without it.
    pub missed_listings: u32,
    /// For how many minutes with codes each rule has been unknown, by place.
    pub unknown_for: BTreeMap<usize, u32>,
    /// The alerts as the store has them, by the rule's place.
    stored: BTreeMap<usize, String>,
}

impl SeriesState {
    /// Returns the state of a series that is as far as `mark` says; its values are stale.
    pub fn new(mark: &SeriesMark, setup: &Setup) -> Self {
        Self {
            intake: Intake::new(mark.next),
            judge_from: mark.judge_from,
            covered_from: mark.covered_from,
            history_begin: mark.history_begin,
            engine: SeriesEngine::new(mark.series.clone(), mark.history_begin, setup.ruleset()),
            warming: BTreeSet::new(),
            is_stale: true,
            is_heard: false,
            missed_listings: 0,
            unknown_for: BTreeMap::new(),
            stored: BTreeMap::new(),
        }
    }

    /// Returns the mark that says how far the series is.
    pub fn mark(&self) -> SeriesMark {
        SeriesMark {
            series: self.engine.series().clone(),
            judge_from: self.judge_from,
            next: self.intake.next(),
            covered_from: self.covered_from,
            history_begin: self.history_begin,
        }
    }

    /// Takes in what lies before the covered minutes, if it joins them; says whether it did.
    pub fn look_back(
        &mut self,
        from: Minute,
        to: Minute,
        samples: &[(Minute, Sample)],
        step: &mut Step,
    ) -> bool {
        if to < self.covered_from || self.covered_from <= from {
            return false;
        }
        let series = self.engine.series();
        for (minute, sample) in samples
            .iter()
            .filter(|(minute, _)| *minute < self.covered_from)
        {
            let kept = Kept::Sample(sample.clone());
            step.samples.push(KeptSample {
                series: series.clone(),
                minute: *minute,
                kept,
            });
        }
        let first = samples
            .iter()
            .filter(|(minute, sample)| *minute < self.covered_from && sample.has_codes())
            .map(|(minute, _)| *minute)
            .min();
        if let Some(first) =
            first.filter(|first| self.history_begin.is_none_or(|begin| *first < begin))
        {
            self.history_begin = Some(first);
            self.is_stale = true;
        }
        self.covered_from = from;
        true
    }

    /// Judges every minute that is ready by what the account has shown; of lost ones no more than are
    /// its turn.
    pub fn judge(
        &mut self,
        setup: &Setup,
        rule_from: &[Minute],
        (account, lost_before): (&Shown, Option<Minute>),
        step: &mut Step,
    ) -> JudgedMinutes {
        let mut outcome = JudgedMinutes::default();
        loop {
            let next = self.intake.next();
            let lost_before = lost_before.unwrap_or(next);
            let waits = next < lost_before && LOST_TURN <= outcome.minutes;
            let ready = (!waits).then(|| self.intake.pop(setup.settling, account, lost_before));
            let Some((minute, ready)) = ready.flatten() else {
                break;
            };
            self.note_history(minute, &ready);
            let observation = match &ready {
                Ready::Sample(sample) => Observation::Sample(sample),
                Ready::Absent => Observation::Absent,
                Ready::Unasked => Observation::Unasked,
            };
            self.advance(minute, observation, setup, rule_from, None, &mut outcome);
            self.count_unknown(minute, &ready, setup);
            self.keep(minute, ready, step);
            outcome.minutes += 1;
        }
        if outcome.minutes > 0 {
            step.series.push(self.mark());
            self.keep_alerts(setup, step);
        }
        outcome
    }

    /// Notes the first minute with codes.
    fn note_history(&mut self, minute: Minute, ready: &Ready) {
        if matches!(ready, Ready::Sample(sample) if sample.has_codes()) {
            self.history_begin.get_or_insert(minute);
        }
    }

    /// Puts what is to be kept of a minute into the step.
    fn keep(&self, minute: Minute, ready: Ready, step: &mut Step) {
        let kept = match ready {
            Ready::Sample(sample) => Kept::Sample(sample),
            Ready::Absent => return,
            Ready::Unasked => Kept::Unasked,
        };
        step.samples.push(KeptSample {
            series: self.engine.series().clone(),
            minute,
            kept,
        });
    }

    /// Moves the values on, judging the rules that are not warming up, or only those in `only`.
    fn advance(
        &mut self,
        minute: Minute,
        observation: Observation<'_>,
        setup: &Setup,
        rule_from: &[Minute],
        only: Option<&BTreeSet<String>>,
        outcome: &mut JudgedMinutes,
    ) {
        let (judge_from, warming) = (self.judge_from, &self.warming);
        let judges = |place: usize| {
            let name = &setup.rules()[place].name;
            let is_its_turn = match only {
                Some(only) => only.contains(name),
                None => !warming.contains(name),
            };
            is_its_turn && rule_from[place].max(judge_from) <= minute
        };
        outcome.transitions.extend(self.engine.advance(
            minute,
            observation,
            setup.ruleset(),
            judges,
        ));
        for rule in setup.fleets().filter(|rule| judges(*rule)) {
            if let Some(ballot) = self.engine.ballot(rule) {
                outcome.votes.push(Vote {
                    rule,
                    minute,
                    ballot,
                });
            }
        }
    }

    /// Takes over values that were worked out anew, and judges the rules that were waiting for these
    /// minutes and wait no longer.
    pub fn rebuild(
        &mut self,
        past: Past,
        setup: &Setup,
        rule_from: &[Minute],
        step: &mut Step,
    ) -> JudgedMinutes {
        let mut outcome = JudgedMinutes::default();
        let Past {
            need,
            engine,
            freed,
            asked,
            rest,
            ..
        } = past;
        let old = std::mem::replace(&mut self.engine, engine);
        for (rule, state) in old.alerts() {
            self.engine.take_up(rule, state.clone());
        }
        for (minute, observation) in observed(asked, need.to, &rest) {
            let freed = Some(&freed);
            self.advance(minute, observation, setup, rule_from, freed, &mut outcome);
        }
        self.warming.retain(|name| !freed.contains(name));
        self.is_stale = false;
        if !freed.is_empty() {
            step.notes.insert(self.warming_note(), self.warming_text());
        }
        self.keep_alerts(setup, step);
        outcome
    }

    /// Returns the warming rules whose reach is covered now: that of the first minute they judge, or
    /// that of the last one there is. In the second case nothing more is asked of the past, and what
    /// comes before the covered minutes is as unknown as before the history.
    pub fn freed(
        &self,
        setup: &Setup,
        rule_from: &[Minute],
        now: DateTime<Utc>,
    ) -> BTreeSet<String> {
        let askable = askable_from(now);
        let is_covered = |name: &&String| {
            setup.place_of(name).is_none_or(|place| {
                let first = self.needs(place, setup, rule_from).max(askable);
                let reach = Minutes::new(setup.rules()[place].compiled.reach);
                let lived = reach.map(|reach| self.intake.next() - reach);
                self.covered_from <= lived.map_or(first, |lived| lived.max(first))
            })
        };
        self.warming.iter().filter(is_covered).cloned().collect()
    }

    /// Whether a rule waits whose reach is covered now.
    pub fn frees_any(&self, setup: &Setup, rule_from: &[Minute], now: DateTime<Utc>) -> bool {
        !self.freed(setup, rule_from, now).is_empty()
    }

    /// Returns the first minute that a rule looks at when it is judged first.
    fn needs(&self, place: usize, setup: &Setup, rule_from: &[Minute]) -> Minute {
        let reach = setup.rules()[place].compiled.reach.saturating_sub(1);
        let first = rule_from[place].max(self.judge_from);
        Minutes::new(reach).map_or(first, |reach| first - reach)
    }

    /// Returns from where on samples are needed that nobody has asked for yet: after
    /// `covered_from` if there is nothing to ask for.
    pub fn need_from(&self, setup: &Setup, rule_from: &[Minute], now: DateTime<Utc>) -> Minute {
        let places = self.warming.iter().filter_map(|name| setup.place_of(name));
        let deepest = places
            .map(|place| self.needs(place, setup, rule_from))
            .min();
        deepest.map_or(self.covered_from, |need| need.max(askable_from(now)))
    }

    /// Returns from where on stored samples decide the values of now.
    pub fn rebuild_from(&self, setup: &Setup, rule_from: &[Minute], now: DateTime<Utc>) -> Minute {
        let reaches = self
            .engine
            .rules()
            .map(|rule| setup.rules()[rule].compiled.reach)
            .max()
            .unwrap_or(1);
        let freed = self.freed(setup, rule_from, now);
        let firsts = freed
            .iter()
            .filter_map(|name| setup.place_of(name))
            .map(|p| self.needs(p, setup, rule_from));
        let back =
            Minutes::new(reaches).map_or(self.intake.next(), |reach| self.intake.next() - reach);
        firsts
            .min()
            .map_or(back, |first| first.min(back))
            .max(self.covered_from)
    }

    /// Whether an alert of the series is pending or firing.
    pub fn is_urgent(&self) -> bool {
        !self.engine.is_calm()
    }

    /// Takes up an alert as the store has it.
    pub fn take_up(&mut self, place: usize, state: AlertState, text: String) {
        self.engine.take_up(place, state);
        self.stored.insert(place, text);
    }

    /// Notes what the store has of an alert that is not taken up.
    pub fn remember(&mut self, place: usize, text: String) {
        self.stored.insert(place, text);
    }

    /// Returns the alerts as the store has them.
    pub fn rows(&self, setup: &Setup) -> Vec<AlertRow> {
        let subject = Subject::Series(self.engine.series().clone());
        let row = |(place, text): (&usize, &String)| AlertRow {
            key: AlertKey {
                rule: setup.rules()[*place].name.clone(),
                subject: subject.clone(),
            },
            state: Some(text.clone()),
        };
        self.stored.iter().map(row).collect()
    }

    /// Puts the alerts that changed into the step.
    pub fn keep_alerts(&mut self, setup: &Setup, step: &mut Step) {
        if self.engine.is_calm() && self.stored.is_empty() {
            return;
        }
        for (place, state) in self.engine.alerts() {
            let text = (!state.is_initial()).then(|| StoredAlert::from(state).to_json());
            if self.stored.get(&place) == text.as_ref() {
                continue;
            }
            match &text {
                Some(text) => self.stored.insert(place, text.clone()),
                None => self.stored.remove(&place),
            };
            let subject = Subject::Series(self.engine.series().clone());
            let key = AlertKey {
                rule: setup.rules()[place].name.clone(),
                subject,
            };
            step.alerts.push(AlertRow { key, state: text });
        }
    }

    /// Returns the name of the note of the rules that are warming up here.
    pub fn warming_note(&self) -> String {
        warming_note(self.engine.series())
    }

    /// Returns the note's text, if there is anything to note.
    pub fn warming_text(&self) -> Option<String> {
        if self.warming.is_empty() {
            None
        } else {
            serde_json::to_string(&self.warming).ok()
        }
    }
}

/// Returns the name of the note of the rules that are warming up on a series.
pub fn warming_note(of: &Series) -> String {
    let Series { account, domain } = of;
    format!("warming/{account}/{domain}")
}
