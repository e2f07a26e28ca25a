//! What one step decided: the store keeps all of it in one transaction, or none.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::dispatch::{Decision, Notification};
use crate::engine::{AlertKey, Sample, Transition};
use crate::unit::{AccountName, Minute, Minutes, Series};

/// How many samples fill a step, so that what is lost waits for the next one: some tens of megabytes
/// until they are stored.
pub(super) const SAMPLES_FULL: usize = 100_000;

/// All that one step changed.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Step {
    /// The samples that were judged or looked back upon, as they were.
    pub samples: Vec<KeptSample>,
    /// How far each series that moved is.
    pub series: Vec<SeriesMark>,
    /// Since when each rule that is new or changed is judged.
    pub rules: Vec<RuleMark>,
    /// The names of rules that are no more.
    pub rules_removed: Vec<String>,
    /// Series that are asked for no longer; their marks go, their samples stay.
    pub series_removed: Vec<Series>,
    /// The states of alerts that changed.
    pub alerts: Vec<AlertRow>,
    /// The domains that a rule of many left as they stood.
    pub fleet_left: Vec<FleetLeft>,
    /// What happened to alerts, in order.
    pub transitions: Vec<Transition>,
    /// What is to be told, in order.
    pub outbox: Vec<Notification>,
    /// What was decided of alerts, and why, in order.
    pub decisions: Vec<Decision>,
    /// Small notes that outlive a restart, by name; `None` takes the note away.
    pub notes: BTreeMap<String, Option<String>>,
    /// What is counted; not stored.
    pub counts: BTreeMap<AccountName, Counts>,
    /// When it was decided.
    pub now: DateTime<Utc>,
}

/// What a step did for one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counts {
    /// How many minutes of domains were judged.
    pub judged: u64,
    /// The end of the latest of them, in seconds of the epoch.
    pub until: i64,
    /// How many samples came otherwise than they had been judged.
    pub revised: u64,
}

impl Step {
    /// Returns the step of that time in which nothing has happened yet.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self {
            now,
            ..Self::default()
        }
    }

    /// Whether there is nothing to keep or tell.
    pub fn is_empty(&self) -> bool {
        let same = Self {
            now: self.now,
            ..Self::default()
        };
        *self == same
    }
}

/// A minute of a series as it was judged. Minutes that are covered and not kept were absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSample {
    /// Whose.
    pub series: Series,
    /// When.
    pub minute: Minute,
    /// What.
    pub kept: Kept,
}

/// What is kept of a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// What the source answered, which may be empty.
    Sample(Sample),
    /// That the source could not be asked while it still had the minute.
    Unasked,
}

/// How far a series is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesMark {
    /// Which.
    pub series: Series,
    /// The first minute whose judgement counts; those before are looked back upon.
    pub judge_from: Minute,
    /// The next minute to be taken in.
    pub next: Minute,
    /// Every minute from here up to `next` was asked for, or is kept as unasked.
    pub covered_from: Minute,
    /// The first minute with codes, once one is known.
    pub history_begin: Option<Minute>,
}

impl SeriesMark {
    /// Takes down what the store has forgotten: that is covered no longer.
    pub fn forget(&mut self, forgotten: Forgotten) {
        self.covered_from = forgotten.covered(self.covered_from, self.next);
    }
}

/// What the store keeps no longer of every series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// Samples before this minute.
    pub before: Minute,
    /// But for this many minutes before the next one to be taken in.
    pub reach: u32,
}

impl Forgotten {
    /// Returns from where on a series is covered that was covered from `from` up to `next`.
    pub fn covered(self, from: Minute, next: Minute) -> Minute {
        let needed = Minutes::new(self.reach).map_or(next, |reach| next - reach);
        from.max(self.before.min(needed))
    }
}

/// Since when a rule is judged, as long as it means the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleMark {
    /// Its name.
    pub name: String,
    /// What it means: see [`Rule::meaning`](crate::engine::Rule::meaning).
    pub meaning: String,
    /// The first minute that is judged.
    pub from: Minute,
    /// For a rule of many domains, the next minute to be judged over all of them.
    pub fleet_next: Option<Minute>,
}

/// The state of an alert as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertRow {
    /// Which alert.
    pub key: AlertKey,
    /// Its state in the engine's own versioned form, or `None` when it is as at first.
    pub state: Option<String>,
}

/// A domain that could not be asked when a rule of many was judged, and was left as it stood.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FleetLeft {
    /// The rule.
    pub rule: String,
    /// The minute.
    pub minute: Minute,
    /// The domain.
    pub series: Series,
}
