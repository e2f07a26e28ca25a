//! What stands at a time: for pages, programs and receivers that are told again and again.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::dispatch::{AlertView, Mute, Silence};
use crate::unit::{Minute, Series};

/// All that a person may want to see at a time.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// When it was taken.
    pub at: DateTime<Utc>,
    /// The alerts that fire or are pending, by rule, account and domain.
    pub alerts: Vec<StandingAlert>,
    /// The silences that are or will be, and those that ended lately.
    pub silences: Vec<Silence>,
    /// How far each series is.
    pub series: Vec<StandingSeries>,
}

/// An alert that fires or is pending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingAlert {
    /// What is known of it, as of the last judged minute. A pending one has no id and no `fired_at`.
    pub view: AlertView,
    /// Whether it fires.
    pub phase: Phase,
    /// Its labels as routes and silences match them.
    pub labels: BTreeMap<String, String>,
    /// When it last changed.
    pub updated: DateTime<Utc>,
    /// Who is told of it, by the routes.
    pub receivers: Vec<String>,
    /// Who of these knows that it fires.
    pub knowing: Vec<String>,
    /// The groups that it is in.
    pub groups: Vec<StandingGroup>,
    /// Why it is not told at the moment; empty if nothing keeps it back.
    pub mutes: Vec<Mute>,
}

/// Whether an alert fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Its condition is true, but for its hold.
    Pending,
    /// It fires.
    Firing,
}

/// A group that an alert is told with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StandingGroup {
    /// The key of its messages.
    pub key: String,
    /// The place of its route, from 0.
    pub route: usize,
    /// What its alerts have in common.
    pub labels: BTreeMap<String, String>,
    /// The route's receivers.
    pub receivers: Vec<String>,
}

/// How far a series is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingSeries {
    /// Which.
    pub series: Series,
    /// The next minute to be judged.
    pub next: Minute,
    /// Until when rules warm up, if they do: at the earliest until the next minute while what
    /// they look back upon was not fetched, else until the domain's history covers the furthest.
    pub warming_until: Option<Minute>,
    /// Why it cannot be asked, if it cannot.
    pub failing: Option<String>,
}
