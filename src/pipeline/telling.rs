//! What is told, and what is kept back: minutes that are judged long after they passed, and gaps
//! that a late source explains.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::step::Step;
use crate::dispatch::{AlertView, Plan, Reason, reason_of};
use crate::engine::{Event, Transition};
use crate::unit::Minute;

/// How much later than `max_lateness` a minute is judged before it counts as catching up.
const CATCHING_UP_AFTER: TimeDelta = TimeDelta::minutes(15);

/// The beginning of the names of notes of alerts that fire and were not told.
const HELD: &str = "held/";
/// The beginning of the names of notes of alerts that fired and ended untold.
const PAST: &str = "past/";

/// Why an alert that fires is not told yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Its minutes are caught up with: what ended meanwhile is told as past.
    CatchingUp,
    /// The account's source is late, which is told instead.
    SourceLate,
}

/// An alert that fires and is not told yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    why: Why,
    view: AlertView,
}

/// What is kept back, by firing id.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Telling {
    held: BTreeMap<String, Held>,
    past: BTreeMap<String, AlertView>,
    /// When the last of these was noted.
    past_at: Option<DateTime<Utc>>,
}

/// Whether a minute is judged so late that what it says is of the past.
pub fn is_catching_up(minute: Minute, now: DateTime<Utc>, max_lateness: TimeDelta) -> bool {
    now - minute.end() > max_lateness + CATCHING_UP_AFTER
}

impl Telling {
    /// Takes in a stored note; those of others and those that cannot be read are left alone.
    pub fn restore(&mut self, name: &str, text: &str) {
        if let Some(id) = name.strip_prefix(HELD) {
            self.held.extend(
                serde_json::from_str(text)
                    .ok()
                    .map(|held| (id.to_owned(), held)),
            );
        } else if let Some(id) = name.strip_prefix(PAST) {
            self.past.extend(
                serde_json::from_str(text)
                    .ok()
                    .map(|view| (id.to_owned(), view)),
            );
        }
    }

    /// Tells of a transition, or keeps it back for the reason given.
    pub fn tell(
        &mut self,
        plan: &Plan,
        transition: &Transition,
        words: Option<&str>,
        keep_back: Option<Why>,
        step: &mut Step,
    ) {
        let view = plan.view(transition, words);
        let id = view.id.clone();
        match (&transition.event, keep_back) {
            (Event::Fired, Some(why)) => self.hold(Held { why, view }, step),
            (Event::SeverityChanged { .. }, _) if self.held.contains_key(&id) => {
                let why = self.held.get(&id).map_or(Why::CatchingUp, |held| held.why);
                self.hold(Held { why, view }, step);
            }
            (Event::Resolved | Event::Ended { .. }, _) if self.held.contains_key(&id) => {
                let why = self.held.remove(&id).map(|held| held.why);
                step.notes.insert(format!("{HELD}{id}"), None);
                if why == Some(Why::CatchingUp) {
                    step.notes.insert(format!("{PAST}{id}"), json(&view));
                    self.past.insert(id, view);
                    self.past_at = Some(step.now);
                }
            }
            (event, _) => {
                let minute = transition.minute.to_string();
                step.outbox
                    .extend(plan.notify(&view, reason_of(event), &minute, step.now));
            }
        }
    }

    fn hold(&mut self, held: Held, step: &mut Step) {
        step.notes
            .insert(format!("{HELD}{}", held.view.id), json(&held));
        self.held.insert(held.view.id.clone(), held);
    }

    /// Tells of the alerts that are kept back no longer: `still` says whether one is.
    ///
    /// What is past is told once no series `is_behind` any more; those that are but have been
    /// refused for long are waited for a little, as they may come back one after the other.
    pub fn release(
        &mut self,
        plan: &Plan,
        still: impl Fn(Why, &AlertView) -> bool,
        (is_behind, is_refused): (bool, bool),
        step: &mut Step,
    ) {
        let free: Vec<String> = self
            .held
            .iter()
            .filter(|(_, h)| !still(h.why, &h.view))
            .map(|(id, _)| id.clone())
            .collect();
        for id in free {
            if let Some(held) = self.held.remove(&id) {
                step.notes.insert(format!("{HELD}{id}"), None);
                let minute = held.view.fired_at.clone();
                step.outbox
                    .extend(plan.notify(&held.view, Reason::First, &minute, step.now));
            }
        }
        let waited = step.now - *self.past_at.get_or_insert(step.now);
        let waits = is_behind
            || (is_refused && waited < CATCHING_UP_AFTER)
            || self.past.values().any(|view| still(Why::CatchingUp, view));
        if !self.past.is_empty() && !waits {
            self.past_at = None;
            let past: Vec<AlertView> = std::mem::take(&mut self.past).into_values().collect();
            step.notes
                .extend(past.iter().map(|view| (format!("{PAST}{}", view.id), None)));
            step.outbox.extend(plan.digest(&past, step.now));
        }
    }

    /// Whether nothing is kept back.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty() && self.past.is_empty()
    }
}

fn json<T: Serialize>(value: &T) -> Option<String> {
    // These types have nothing that JSON cannot hold.
    serde_json::to_string(value).ok()
}
