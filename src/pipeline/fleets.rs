//! Rules of many domains in the service: each minute is judged once all its domains have been.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::series::Vote;
use super::step::{AlertRow, FleetLeft, Step};
use super::take_up::{RULE_CHANGED, changed_fleet_note};
use crate::engine::{
    AlertKey, Ballot, Event, Evidence, FleetState, Rule, StoredFleet, Subject, Traffic, Transition,
};
use crate::unit::{Minute, Series};

/// The beginning of the names of notes of what a domain has said to a rule that is not judged so
/// far yet: the domain's own alert has moved on, and could not tell it again.
pub const VOTES: &str = "votes/";

/// A vote as a note has it: the minute, since when each severity fires, whether there was traffic.
type StoredVote = (i64, [Option<i64>; 3], bool);

/// A domain of the rule, as the series room sees it.
#[derive(Clone, Debug)]
pub struct Member<'a> {
    /// The series.
    pub series: &'a Series,
    /// The first minute that counts.
    pub from: Minute,
    /// Whether it could not be asked for as long as a minute may wait.
    pub is_failing: bool,
    /// What it said last.
    pub last: Ballot,
}

/// The state of one rule of many domains.
#[derive(Clone, Debug)]
pub struct FleetAlert {
    /// The next minute to be judged over all domains.
    pub next: Minute,
    state: FleetState,
    votes: BTreeMap<Minute, BTreeMap<Series, Ballot>>,
    stored: Option<String>,
    /// Whether the rule was changed while it fired, and no minute was judged by it as it is now.
    is_changed: bool,
    /// The series whose notes are to be written anew.
    unwritten: BTreeSet<Series>,
    /// The series that have a note.
    noted: BTreeSet<Series>,
    /// The last member that has not spoken of the next minute and must be waited for, when that
    /// was looked for last.
    waits_for: Option<Series>,
}

impl FleetAlert {
    /// Returns the state of a rule that is judged from `next` on.
    pub fn new(next: Minute) -> Self {
        Self {
            next,
            state: FleetState::default(),
            votes: BTreeMap::new(),
            stored: None,
            is_changed: false,
            unwritten: BTreeSet::new(),
            noted: BTreeSet::new(),
            waits_for: None,
        }
    }

    /// Whether nothing can be judged because one member has yet to speak; `is_asked` says of a
    /// member that it still is one and that nothing is known to keep it from being asked.
    pub fn waits(&self, is_asked: impl Fn(&Series) -> bool) -> bool {
        let Some(series) = &self.waits_for else {
            return false;
        };
        let spoken = self.votes.get(&self.next);
        is_asked(series) && spoken.is_none_or(|spoken| !spoken.contains_key(series))
    }

    /// Takes up what a series has said, as its note has it.
    pub fn restore(&mut self, series: &Series, text: &str) {
        let votes: Vec<StoredVote> = serde_json::from_str(text).unwrap_or_default();
        self.noted.insert(series.clone());
        for (minute, firing, traffic) in votes {
            let Some(minute) = Minute::from_epoch(minute).filter(|minute| self.next <= *minute)
            else {
                continue;
            };
            let ballot = Ballot {
                firing: firing.map(|since| since.and_then(Minute::from_epoch)),
                traffic: if traffic {
                    Traffic::Some
                } else {
                    Traffic::None
                },
            };
            let votes = self.votes.entry(minute).or_default();
            votes.insert(series.clone(), ballot);
        }
    }

    /// Returns the notes of what was said and is not judged yet, and of what is not settled.
    pub fn notes(&self, rule: &Rule) -> Vec<(String, String)> {
        let series: BTreeSet<&Series> = self.votes.values().flat_map(BTreeMap::keys).collect();
        let note = |series: &Series| Some((note_of(rule, series), self.text_of(series)?));
        let changed = self.is_changed.then(|| changed_fleet_note(&rule.name));
        let changed = changed.map(|name| (name, "[]".to_owned()));
        series.into_iter().filter_map(note).chain(changed).collect()
    }

    fn text_of(&self, series: &Series) -> Option<String> {
        let said = |(minute, votes): (&Minute, &BTreeMap<Series, Ballot>)| {
            let ballot = votes.get(series)?;
            let firing = ballot.firing.map(|since| since.map(Minute::epoch));
            Some((minute.epoch(), firing, ballot.traffic == Traffic::Some))
        };
        let votes: Vec<StoredVote> = self.votes.iter().filter_map(said).collect();
        (!votes.is_empty()).then(|| serde_json::to_string(&votes).unwrap_or_default())
    }

    /// Takes the state up as the store has it; by a rule that was changed since, if so.
    pub fn take_up(&mut self, state: FleetState, text: String, is_changed: bool) {
        self.state = state;
        self.stored = Some(text);
        self.is_changed = is_changed;
    }

    /// Returns the state as the store keeps it, if it is not as at first.
    pub fn row(&self, rule: &Rule) -> Option<AlertRow> {
        let key = AlertKey {
            rule: rule.name.clone(),
            subject: Subject::Fleet,
        };
        self.stored.clone().map(|text| AlertRow {
            key,
            state: Some(text),
        })
    }

    /// Whether it fires.
    pub const fn is_firing(&self) -> bool {
        self.state.firing.is_some()
    }

    /// Returns the numbers behind the alert, by what domains said last, if it fires.
    pub fn evidence(&self, rule: &Rule, ballots: &[(&Series, Ballot)]) -> Option<Evidence> {
        self.state.evidence(rule, ballots)
    }

    /// Takes in what a series says of a minute; what comes after the minute was judged is late.
    pub fn vote(&mut self, series: &Series, vote: &Vote) {
        if self.next <= vote.minute {
            self.unwritten.insert(series.clone());
            self.votes
                .entry(vote.minute)
                .or_default()
                .insert(series.clone(), vote.ballot);
        }
    }

    /// Forgets a series that has left.
    pub fn forget(&mut self, series: &Series) {
        for votes in self.votes.values_mut() {
            votes.remove(series);
        }
        self.unwritten.insert(series.clone());
    }

    /// Judges every minute for which all members have spoken, or need not be waited for.
    pub fn judge(
        &mut self,
        rule: &Rule,
        members: &[Member<'_>],
        max_lateness: TimeDelta,
        step: &mut Step,
    ) -> Vec<Transition> {
        let mut transitions = Vec::new();
        self.waits_for = None;
        while !self.votes.is_empty() {
            let minute = self.next;
            let left = match self.missing(minute, members, max_lateness, step.now) {
                Ok(left) => left,
                Err(awaited) => {
                    self.waits_for = Some(awaited);
                    break;
                }
            };
            let spoken = self.votes.remove(&minute).unwrap_or_default();
            self.unwritten.extend(spoken.keys().cloned());
            let ballots: Vec<(&Series, Ballot)> = members
                .iter()
                .filter(|member| member.from <= minute)
                .map(|member| {
                    (
                        member.series,
                        spoken.get(member.series).copied().unwrap_or(member.last),
                    )
                })
                .collect();
            step.fleet_left
                .extend(left.into_iter().map(|series| FleetLeft {
                    rule: rule.name.clone(),
                    minute,
                    series,
                }));
            let is_changed = std::mem::take(&mut self.is_changed);
            if is_changed {
                step.notes.insert(changed_fleet_note(&rule.name), None);
            }
            if let Some(change) = self.state.advance(minute, rule, &ballots) {
                let key = AlertKey {
                    rule: rule.name.clone(),
                    subject: Subject::Fleet,
                };
                let mut transition = change.into_transition(key, minute);
                if is_changed && transition.event == Event::Resolved {
                    let reason = RULE_CHANGED.to_owned();
                    transition.event = Event::Ended { reason };
                }
                transitions.push(transition);
            }
            self.next = minute.next();
        }
        self.keep(rule, step);
        transitions
    }

    /// Returns the members that are left as they stand at `minute`, or one that must be waited
    /// for: the last, as domains are mostly asked in their order. By the first it would have to be looked
    /// for the next one after each answer.
    fn missing(
        &self,
        minute: Minute,
        members: &[Member<'_>],
        max_lateness: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<BTreeSet<Series>, Series> {
        let nobody = BTreeMap::new();
        let spoken = self.votes.get(&minute).unwrap_or(&nobody);
        let waited = now - minute.end();
        let mut left = BTreeSet::new();
        for member in members
            .iter()
            .rev()
            .filter(|m| m.from <= minute && !spoken.contains_key(m.series))
        {
            if !member.is_failing || waited < max_lateness {
                return Err(member.series.clone());
            }
            left.insert(member.series.clone());
        }
        Ok(left)
    }

    /// Puts what is to be stored into the step.
    pub fn keep(&mut self, rule: &Rule, step: &mut Step) {
        for series in std::mem::take(&mut self.unwritten) {
            let text = self.text_of(&series);
            if self.noted.remove(&series) || text.is_some() {
                step.notes.insert(note_of(rule, &series), text.clone());
            }
            self.noted.extend(text.map(|_| series));
        }
        let text = self
            .is_firing()
            .then(|| StoredFleet::from(&self.state).to_json());
        if self.stored != text {
            self.stored.clone_from(&text);
            let key = AlertKey {
                rule: rule.name.clone(),
                subject: Subject::Fleet,
            };
            step.alerts.push(AlertRow { key, state: text });
        }
    }
}

fn note_of(rule: &Rule, of: &Series) -> String {
    let Series { account, domain } = of;
    format!("{VOTES}{}/{account}/{domain}", rule.name)
}
