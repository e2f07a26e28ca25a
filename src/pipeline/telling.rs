//! What is told, and what is kept back: minutes that are judged long after they passed, and gaps
//! that a late source explains.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::step::Step;
use crate::dispatch::{AlertName, AlertView, Current, Desk, Hold, Plan, Story};
use crate::engine::Transition;
use crate::unit::Minute;

/// How much later than `max_lateness` a minute is judged before it counts as catching up.
const CATCHING_UP_AFTER: TimeDelta = TimeDelta::minutes(15);

/// The beginning of the names of notes of alerts that fired and ended untold.
const PAST: &str = "past/";

/// The desk, and what it is not given yet.
#[derive(Clone, Debug, Default)]
pub struct Telling {
    /// What fires, and who has been told what of it.
    pub desk: Desk,
    /// What ended while minutes were caught up with, by firing id.
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
        match name.strip_prefix(PAST) {
            Some(id) => {
                let view = serde_json::from_str(text).ok();
                self.past.extend(view.map(|view| (id.to_owned(), view)));
            }
            None => self.desk.restore(name, text),
        }
    }

    /// Takes in a transition, which is kept back for the reason given.
    pub fn tell(
        &mut self,
        plan: &Plan,
        transition: &Transition,
        words: Option<&str>,
        hold: Option<Hold>,
        step: &mut Step,
    ) {
        let view = plan.view(transition, words);
        if let Some(past) = self.desk.take(plan, view, hold, step.now) {
            let note = format!("{PAST}{}", past.id);
            step.notes.insert(note, json(&past));
            self.past.insert(past.id.clone(), past);
            self.past_at = Some(step.now);
        }
    }

    /// Frees the alerts that are kept back no longer: `still` says whether one is.
    ///
    /// What is past is told once no series `is_behind` any more; those that are but have been
    /// refused for long are waited for a little, as they may come back one after the other.
    pub fn release(
        &mut self,
        plan: &Plan,
        still: impl Fn(Hold, &AlertView) -> bool,
        (is_behind, is_refused): (bool, bool),
        step: &mut Step,
    ) {
        let held = self.desk.held().filter(|(view, hold)| !still(*hold, view));
        let free: Vec<String> = held.map(|(view, _)| view.id.clone()).collect();
        for id in free {
            self.desk.free(&id);
        }
        let waited = step.now - *self.past_at.get_or_insert(step.now);
        let waits = is_behind
            || (is_refused && waited < CATCHING_UP_AFTER)
            || self.past.values().any(|view| still(Hold::CatchingUp, view));
        if !self.past.is_empty() && !waits {
            self.past_at = None;
            let mut past: Vec<AlertView> = std::mem::take(&mut self.past).into_values().collect();
            step.notes
                .extend(past.iter().map(|view| (format!("{PAST}{}", view.id), None)));
            past.retain(|view| {
                let story = Story::new(view.clone(), None, step.now);
                let outlook = self.desk.outlook(plan, step.now);
                outlook.mutes(&story, step.now).is_empty()
            });
            let (told, decisions) = plan.digest(&past, step.now);
            step.outbox.extend(told);
            step.decisions.extend(decisions);
        }
    }

    /// Tells what is due. `current` says how an alert is now.
    pub fn flush(
        &mut self,
        plan: &Plan,
        current: &dyn Fn(&AlertName) -> Option<Current>,
        step: &mut Step,
    ) {
        step.outbox.extend(self.desk.flush(plan, step.now, current));
    }

    /// Puts what changed into the step.
    pub fn keep(&mut self, step: &mut Step) {
        self.desk.keep(&mut step.notes);
        step.decisions.extend(self.desk.decided());
    }

    /// Whether nothing is kept back.
    pub fn keeps_nothing_back(&self) -> bool {
        self.past.is_empty() && self.desk.held().next().is_none()
    }
}

fn json<T: Serialize>(value: &T) -> Option<String> {
    // These types have nothing that JSON cannot hold.
    serde_json::to_string(value).ok()
}
