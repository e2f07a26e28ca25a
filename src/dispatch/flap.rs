//! Flapping: alerts that fire so often that each time is told no longer.
//!
//! Counted by minutes of data, not by the clock, so that a late source flaps no more and no less.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::notification::AlertView;
use super::story::{AlertName, Story};
use crate::unit::{Minute, stable_id};

/// The beginning of the names of notes of how often alerts fired.
pub const FLAP: &str = "flap/";
/// How often an alert may fire within `WITHIN` before it flaps.
pub const FIRINGS_MAX: usize = 5;
/// The span in which firings are counted, in minutes.
pub const WITHIN: i64 = 60;
/// For how long it must be at rest to have settled, in minutes.
pub const REST: i64 = 30;
/// How long firings are remembered by the clock: longer than any source may be behind.
const REMEMBERED: TimeDelta = TimeDelta::days(8);

/// How often alerts fired, by a stable id of the alert.
#[derive(Clone, Debug, Default)]
pub struct Flaps {
    alerts: BTreeMap<String, Flap>,
    /// How many of them flap.
    flapping: usize,
    /// Those that were at rest for long before they fired again, and are to be settled.
    rested: Vec<Settled>,
}

/// How often an alert fired: the form of its note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Flap {
    name: AlertName,
    /// The latest minutes that decided that it fires, ascending.
    firings: Vec<i64>,
    /// That it flaps, if it does.
    #[serde(default)]
    flapping: Option<Flapping>,
}

/// An alert that flaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Flapping {
    /// The minute of the firing that was one too many.
    since: i64,
    /// The minute in which something happened last.
    last: i64,
    /// Whether a firing has been chosen by which people hear of it.
    is_announced: bool,
}

impl Flaps {
    /// Takes in a stored note; one that cannot be read is left alone.
    pub fn restore(&mut self, id: &str, text: &str) {
        if let Ok(flap) = serde_json::from_str::<Flap>(text) {
            self.flapping += usize::from(flap.flapping.is_some());
            self.alerts.insert(id.to_owned(), flap);
        }
    }

    /// Returns what the note of an alert says, if there is one.
    pub fn text_of(&self, id: &str) -> Option<String> {
        serde_json::to_string(self.alerts.get(id)?).ok()
    }

    /// Counts a firing; returns the note that it changes.
    pub fn fire(&mut self, view: &AlertView, fired: Minute) -> String {
        let name = AlertName::of(view);
        let id = id_of(&name);
        let flap = self.alerts.entry(id.clone()).or_insert(Flap {
            name,
            firings: Vec::new(),
            flapping: None,
        });
        let fired = fired.epoch();
        if let Some(flapping) = flap.flapping.filter(|of| REST <= fired - of.last) {
            (flap.flapping, flap.firings) = (None, Vec::new());
            self.flapping -= 1;
            self.rested.push(Settled {
                name: flap.name.clone(),
                since: flapping.since,
                note: format!("{FLAP}{id}"),
            });
        }
        flap.firings.push(fired);
        flap.firings.retain(|minute| fired - minute < WITHIN);
        if FIRINGS_MAX < flap.firings.len() && flap.flapping.is_none() {
            self.flapping += 1;
            flap.flapping = Some(Flapping {
                since: fired,
                last: fired,
                is_announced: false,
            });
        }
        // More are not needed to tell that there are too many.
        let surplus = flap.firings.len().saturating_sub(FIRINGS_MAX + 1);
        flap.firings.drain(..surplus);
        format!("{FLAP}{id}")
    }

    /// Notes that something happened to a firing; returns the note that it changes, if it flaps.
    pub fn stir(&mut self, story: &Story) -> Option<String> {
        if self.flapping == 0 {
            return None;
        }
        let id = id_of(&story.alert());
        let flapping = self.alerts.get_mut(&id)?.flapping.as_mut()?;
        let minute = story.view.minute.parse::<Minute>().ok()?.epoch();
        flapping.last = flapping.last.max(minute);
        Some(format!("{FLAP}{id}"))
    }

    /// Whether any alert flaps.
    pub const fn is_any(&self) -> bool {
        self.flapping > 0
    }

    /// Whether a firing is one of an alert that flaps.
    pub fn has(&self, story: &Story) -> bool {
        self.is_any()
            && self
                .of(&story.alert())
                .is_some_and(|flapping| flapping.since <= fired_of(story))
    }

    /// Whether an alert flaps and nobody was chosen to hear of it by.
    pub fn is_unannounced(&self, name: &AlertName) -> bool {
        self.of(name).is_some_and(|flapping| !flapping.is_announced)
    }

    /// Notes whether a firing was chosen by which people hear of it; returns the note that changes.
    pub fn announce(&mut self, name: &AlertName, is_announced: bool) -> Option<String> {
        let id = id_of(name);
        let flapping = self.alerts.get_mut(&id)?.flapping.as_mut()?;
        flapping.is_announced = is_announced;
        Some(format!("{FLAP}{id}"))
    }

    /// Returns the alerts that have come to rest, and lets them flap no longer. `judged` says up to
    /// which minute an alert is judged; what is judged no longer is at rest.
    pub fn settle(&mut self, judged: impl Fn(&AlertName) -> Option<Minute>) -> Vec<Settled> {
        let mut settled = std::mem::take(&mut self.rested);
        if self.flapping == 0 {
            return settled;
        }
        for (id, flap) in &mut self.alerts {
            let Some(flapping) = flap.flapping else {
                continue;
            };
            let rests = judged(&flap.name).is_none_or(|at| REST <= at.epoch() - flapping.last);
            if rests {
                (flap.flapping, flap.firings) = (None, Vec::new());
                self.flapping -= 1;
                settled.push(Settled {
                    name: flap.name.clone(),
                    since: flapping.since,
                    note: format!("{FLAP}{id}"),
                });
            }
        }
        settled
    }

    /// Returns the alerts that flap, each with the minute with which it has come to rest if nothing happens
    /// to it until then.
    pub fn rests(&self) -> impl Iterator<Item = (&AlertName, Minute)> {
        let any = self.is_any().then(|| self.alerts.values());
        let flapping = any.into_iter().flatten();
        let flapping = flapping.filter_map(|flap| Some((&flap.name, flap.flapping?.last)));
        flapping.filter_map(|(name, last)| Some((name, Minute::from_epoch(last + REST)?)))
    }

    /// Forgets what was long ago; returns the notes that go.
    pub fn forget(&mut self, now: DateTime<Utc>) -> Vec<String> {
        let before = Minute::containing(now - REMEMBERED).epoch();
        let is_old = |flap: &Flap| {
            let last = flap.firings.last();
            flap.flapping.is_none() && last.is_none_or(|last| *last < before)
        };
        let old = self.alerts.iter().filter(|(_, flap)| is_old(flap));
        let old: Vec<String> = old.map(|(id, _)| id.clone()).collect();
        for id in &old {
            self.alerts.remove(id);
        }
        old.iter().map(|id| format!("{FLAP}{id}")).collect()
    }

    fn of(&self, name: &AlertName) -> Option<Flapping> {
        self.alerts.get(&id_of(name))?.flapping
    }
}

/// An alert that has come to rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Which.
    pub name: AlertName,
    /// The minute of the first firing that was kept back.
    since: i64,
    /// The note that changes.
    pub note: String,
}

impl Settled {
    /// Whether a firing was kept back by it.
    pub fn has(&self, story: &Story) -> bool {
        self.since <= fired_of(story) && story.alert() == self.name
    }
}

fn fired_of(story: &Story) -> i64 {
    let fired = story.view.fired_at.parse::<Minute>();
    fired.map_or(i64::MIN, Minute::epoch)
}

fn id_of(name: &AlertName) -> String {
    stable_id(&["flap", &name.rule, &name.account, &name.domain, &name.cause])
}
