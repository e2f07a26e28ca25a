//! Rules of many domains in the service: each minute is judged once all its domains have been.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use serde::{Deserialize, Serialize};

use super::series::Vote;
use super::step::{AlertRow, FleetLeft, Step};
use crate::engine::{
    AlertKey, Ballot, FleetState, Rule, StoredFleet, Subject, Traffic, Transition,
};
use crate::unit::{AccountName, DomainName, Minute, Series, Severity};

/// What the names of the notes of votes begin with.
const NOTE: &str = "votes/";

/// What a series has said to a rule and the rule has not judged yet, as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct StoredVotes {
    account: String,
    domain: String,
    votes: Vec<StoredVote>,
}

/// One vote: the minutes count from 1970.
#[derive(Debug, Serialize, Deserialize)]
struct StoredVote {
    minute: i64,
    firing: [Option<i64>; Severity::ALL.len()],
    traffic: bool,
}

/// A domain of the rule, as the series room sees it.
#[derive(Clone, Debug)]
pub struct Member<'a> {
    /// The series.
    pub series: &'a Series,
    /// The first minute that counts.
    pub from: Minute,
    /// Whether it could not be asked for as long as a minute may wait.
    pub is_failing: bool,
    /// The next minute that it will speak of, unless it warms up and may speak of any.
    pub next: Option<Minute>,
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
    /// The votes as the store has them, by the name of their note.
    stored_votes: BTreeMap<String, String>,
}

impl FleetAlert {
    /// Returns the state of a rule that is judged from `next` on.
    pub fn new(next: Minute) -> Self {
        Self {
            next,
            state: FleetState::default(),
            votes: BTreeMap::new(),
            stored: None,
            stored_votes: BTreeMap::new(),
        }
    }

    /// Takes the state up as the store has it.
    pub fn take_up(&mut self, state: FleetState, text: String) {
        self.state = state;
        self.stored = Some(text);
    }

    /// Takes up the votes that were not judged yet, from the notes as the store has them.
    pub fn take_up_votes(&mut self, rule: &Rule, notes: &BTreeMap<String, String>) {
        let begin = note_of(&rule.name);
        let of_rule = notes.range(begin.clone()..);
        for (name, text) in of_rule.take_while(|(name, _)| name.starts_with(&begin)) {
            self.stored_votes.insert(name.clone(), text.clone());
            let Ok(stored) = serde_json::from_str::<StoredVotes>(text) else {
                continue;
            };
            let series = Series {
                account: AccountName::from(stored.account.as_str()),
                domain: DomainName::from(stored.domain.as_str()),
            };
            for vote in stored.votes {
                if let Some(minute) = Minute::from_epoch(vote.minute) {
                    let ballot = ballot_of(&vote);
                    let votes = self.votes.entry(minute).or_default();
                    votes.insert(series.clone(), ballot);
                }
            }
        }
    }

    /// Returns the notes of the votes that are not judged yet.
    pub const fn notes(&self) -> &BTreeMap<String, String> {
        &self.stored_votes
    }

    /// Notes which votes are not judged yet: a series that has spoken does not speak of the
    /// minute again after a restart.
    fn keep_votes(&mut self, rule: &Rule, step: &mut Step) {
        let mut pending: BTreeMap<&Series, Vec<StoredVote>> = BTreeMap::new();
        for (minute, votes) in &self.votes {
            for (series, ballot) in votes {
                let vote = stored_vote(*minute, *ballot);
                pending.entry(series).or_default().push(vote);
            }
        }
        let texts = pending.into_iter().filter_map(|(series, votes)| {
            let stored = StoredVotes {
                account: series.account.to_string(),
                domain: series.domain.to_string(),
                votes,
            };
            let name = format!(
                "{}{}/{}",
                note_of(&rule.name),
                series.account,
                series.domain
            );
            Some((name, serde_json::to_string(&stored).ok()?))
        });
        let texts: BTreeMap<String, String> = texts.collect();
        for name in self.stored_votes.keys() {
            if !texts.contains_key(name) {
                step.notes.insert(name.clone(), None);
            }
        }
        for (name, text) in &texts {
            if self.stored_votes.get(name) != Some(text) {
                step.notes.insert(name.clone(), Some(text.clone()));
            }
        }
        self.stored_votes = texts;
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

    /// Takes in what a series says of a minute; what comes after the minute was judged is late.
    pub fn vote(&mut self, series: &Series, vote: &Vote) {
        if self.next <= vote.minute {
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
        while !self.votes.is_empty() {
            let minute = self.next;
            let Some(left) = self.missing(minute, members, max_lateness, step.now) else {
                break;
            };
            let spoken = self.votes.remove(&minute).unwrap_or_default();
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
            if let Some(change) = self.state.advance(minute, rule, &ballots) {
                let key = AlertKey {
                    rule: rule.name.clone(),
                    subject: Subject::Fleet,
                };
                transitions.push(change.into_transition(key, minute));
            }
            self.next = minute.next();
        }
        self.keep(rule, step);
        self.keep_votes(rule, step);
        transitions
    }

    /// Returns the members that are left as they stand at `minute`, or nothing if one must be
    /// waited for.
    fn missing(
        &self,
        minute: Minute,
        members: &[Member<'_>],
        max_lateness: TimeDelta,
        now: DateTime<Utc>,
    ) -> Option<BTreeSet<Series>> {
        let nobody = BTreeMap::new();
        let spoken = self.votes.get(&minute).unwrap_or(&nobody);
        let waited = now - minute.end();
        let mut left = BTreeSet::new();
        for member in members
            .iter()
            .filter(|m| m.from <= minute && !spoken.contains_key(m.series))
        {
            let is_past = member.next.is_some_and(|next| minute < next);
            if !is_past && (!member.is_failing || waited < max_lateness) {
                return None;
            }
            left.insert(member.series.clone());
        }
        Some(left)
    }

    fn keep(&mut self, rule: &Rule, step: &mut Step) {
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

/// What the names of the notes of a rule's votes begin with; no rule has a slash in its name.
fn note_of(rule: &str) -> String {
    format!("{NOTE}{rule}/")
}

/// Whether a note of that name holds votes.
pub fn is_note_of_votes(name: &str) -> bool {
    name.starts_with(NOTE)
}

fn stored_vote(minute: Minute, ballot: Ballot) -> StoredVote {
    StoredVote {
        minute: minute.epoch(),
        firing: ballot.firing.map(|since| since.map(Minute::epoch)),
        traffic: ballot.traffic == Traffic::Some,
    }
}

fn ballot_of(vote: &StoredVote) -> Ballot {
    Ballot {
        firing: vote.firing.map(|since| since.and_then(Minute::from_epoch)),
        traffic: if vote.traffic {
            Traffic::Some
        } else {
            Traffic::None
        },
    }
}
