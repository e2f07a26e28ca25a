//! What is told, and what is kept back: minutes that are judged long after they passed, and gaps
//! that a late source explains.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::step::Step;
use crate::dispatch::{AlertName, AlertView, Current, Desk, Hold, Policy};
use crate::engine::Transition;
use crate::unit::{AccountName, Minute};

/// How much later than `max_lateness` a minute is judged before it counts as catching up.
const CATCHING_UP_AFTER: TimeDelta = TimeDelta::minutes(15);

/// The beginning of the names of notes of alerts that fired and ended untold.
const PAST: &str = "past/";

/// The beginning of the names of notes of the accounts on whose domains alerts over many fire that
/// wait, or may have to wait, for late sources.
const FIRES_ON: &str = "fires-on/";

/// The desk, and what it is not given yet.
#[derive(Clone, Debug, Default)]
pub struct Telling {
    /// What fires, and who has been told what of it.
    pub desk: Desk,
    /// On whose domains alerts over many fire that wait for late sources, or that nobody has heard of yet, by
    /// firing id.
    pub fires_on: BTreeMap<String, Vec<AccountName>>,
    /// What ended while minutes were caught up with, by firing id.
    past: BTreeMap<String, AlertView>,
    /// When the last of these was noted.
    past_at: Option<DateTime<Utc>>,
    /// What of it is to be told once the hours of its rule begin.
    kept: BTreeMap<String, AlertView>,
}

/// Whether a minute is judged so late that what it says is of the past.
pub fn is_catching_up(minute: Minute, now: DateTime<Utc>, max_lateness: TimeDelta) -> bool {
    now - minute.end() > max_lateness + CATCHING_UP_AFTER
}

impl Telling {
    /// Takes in a stored note; those of others and those that cannot be read are left alone.
    pub fn restore(&mut self, name: &str, text: &str) {
        if let Some(id) = name.strip_prefix(PAST) {
            let view = serde_json::from_str(text).ok();
            self.past.extend(view.map(|view| (id.to_owned(), view)));
        } else if let Some(id) = name.strip_prefix(FIRES_ON) {
            let on: Vec<String> = serde_json::from_str(text).unwrap_or_default();
            let on = on.iter().map(|name| AccountName::from(name.as_str()));
            self.fires_on.insert(id.to_owned(), on.collect());
        } else {
            self.desk.restore(name, text);
        }
    }

    /// Notes on whose domains an alert over many fires that waits for late sources, or may have to.
    pub fn note_fires_on(&mut self, id: String, on: Vec<AccountName>, step: &mut Step) {
        let names: Vec<&str> = on.iter().map(AccountName::as_str).collect();
        step.notes.insert(format!("{FIRES_ON}{id}"), json(&names));
        self.fires_on.insert(id, on);
    }

    /// Goes on with that of those alerts that still wait, and forgets it of the others.
    pub fn keep_fires_on(
        &mut self,
        mut fires_on: BTreeMap<String, Vec<AccountName>>,
        step: &mut Step,
    ) {
        let held = self.desk.held().map(|(view, _)| &view.id);
        let untold = self.desk.stories().filter(|story| story.is_untold());
        let waits: BTreeSet<&String> = held.chain(untold.map(|of| &of.view.id)).collect();
        let gone = fires_on.extract_if(.., |id, _| !waits.contains(id));
        let gone = gone.map(|(id, _)| (format!("{FIRES_ON}{id}"), None));
        step.notes.extend(gone);
        self.fires_on = fires_on;
    }

    /// Takes in a transition, which is kept back for the reason given.
    pub fn tell(
        &mut self,
        policy: &Policy,
        transition: &Transition,
        words: Option<&str>,
        hold: Option<Hold>,
        step: &mut Step,
    ) {
        let view = policy.view(transition, words);
        if let Some(past) = self.desk.take(policy, view, hold, step.now) {
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
        policy: &Policy,
        still: impl Fn(Hold, &AlertView) -> bool,
        (is_behind, is_refused): (bool, bool),
        step: &mut Step,
    ) {
        let held = self.desk.held().filter(|(view, hold)| !still(*hold, view));
        let free: Vec<String> = held.map(|(view, _)| view.id.clone()).collect();
        for id in free {
            self.desk.free(&id, step.now);
        }
        // A time that is yet to come is of before the clock was put back.
        let past_at = self.past_at.map_or(step.now, |at| at.min(step.now));
        self.past_at = Some(past_at);
        let waited = step.now - past_at;
        let waits = is_behind
            || (is_refused && waited < CATCHING_UP_AFTER)
            || self.past.values().any(|view| still(Hold::CatchingUp, view));
        if !self.past.is_empty() && !waits {
            self.past_at = None;
            let past = std::mem::take(&mut self.past);
            let gone = past.keys().map(|id| (format!("{PAST}{id}"), None));
            step.notes.extend(gone);
            let past = past.into_values().collect();
            let past = self.desk.drop_muted_past(policy, past, step.now);
            for view in past {
                step.notes.insert(format!("{PAST}{}", view.id), json(&view));
                self.kept.insert(view.id.clone(), view);
            }
        }
        self.tell_past(policy, step);
    }

    /// Tells what is past, but for rules outside their active hours: that can wait.
    fn tell_past(&mut self, policy: &Policy, step: &mut Step) {
        let is_due = |_: &String, view: &mut AlertView| policy.is_active(&view.rule, step.now);
        let due: Vec<AlertView> = self
            .kept
            .extract_if(.., is_due)
            .map(|(_, view)| view)
            .collect();
        let gone = due.iter().map(|view| (format!("{PAST}{}", view.id), None));
        step.notes.extend(gone);
        let (told, decisions) = policy.digest(&due, step.now);
        step.outbox.extend(told);
        step.decisions.extend(decisions);
    }

    /// Tells what is due. `current` says how an alert is now.
    pub fn flush(
        &mut self,
        policy: &Policy,
        current: &dyn Fn(&AlertName) -> Option<Current>,
        step: &mut Step,
    ) {
        step.outbox
            .extend(self.desk.flush(policy, step.now, current));
    }

    /// Puts what changed into the step.
    pub fn keep(&mut self, step: &mut Step) {
        self.desk.keep(&mut step.notes);
        step.decisions.extend(self.desk.decided());
    }

    /// Whether something waits until minutes are caught up with.
    pub fn catches_up(&self) -> bool {
        let mut held = self.desk.held();
        !self.past.is_empty() || held.any(|(_, hold)| hold == Hold::CatchingUp)
    }

    /// Whether nothing is kept back.
    pub fn keeps_nothing_back(&self) -> bool {
        let is_past = !self.past.is_empty() || !self.kept.is_empty();
        !is_past && self.fires_on.is_empty() && self.desk.held().next().is_none()
    }
}

fn json<T: Serialize>(value: &T) -> Option<String> {
    // These types have nothing that JSON cannot hold.
    serde_json::to_string(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::{
        Calendar, Decided, Match, Reason, ReceiverChannel, ReceiverName, Route, RuleTexts,
    };
    use crate::engine::{AlertKey, Event, Evidence, Subject};
    use crate::unit::{Series, Severity, Zone};

    /// A policy that tells `ops` of the rule `office` from nine to six.
    fn policy() -> Policy {
        let ops = ReceiverName("ops".to_owned());
        let channel = ReceiverChannel {
            number: 0,
            hears_acknowledgements: false,
        };
        let hours = Calendar {
            days: [true; 7],
            hours: vec![(9 * 60, 18 * 60)],
            zone: Zone::UTC,
        };
        let texts = RuleTexts {
            active_hours: Some(hours),
            ..RuleTexts::default()
        };
        Policy {
            routes: vec![Route::new(Match::new(), vec![ops.clone()])],
            channels: BTreeMap::from([(ops, vec![channel])]),
            texts: BTreeMap::from([("office".to_owned(), texts)]),
            ..Policy::default()
        }
    }

    fn transition(event: Event, fired: &str, minute: &str) -> Transition {
        let fired: Minute = fired.parse().unwrap();
        let series = Series {
            account: "main".into(),
            domain: "a".into(),
        };
        Transition {
            key: AlertKey {
                rule: "office".to_owned(),
                subject: Subject::Series(series),
            },
            minute: minute.parse().unwrap(),
            event,
            severity: Severity::Warning,
            since: fired,
            fired,
            evidence: Evidence::default(),
        }
    }

    /// What is told at a time, once nothing is caught up with any more.
    fn release(telling: &mut Telling, policy: &Policy, at: &str) -> Step {
        let mut step = Step::at(at.parse().unwrap());
        telling.release(policy, |_, _| false, (false, false), &mut step);
        telling.keep(&mut step);
        step
    }

    fn catch_up(telling: &mut Telling, policy: &Policy, (fired, ended): (&str, &str)) {
        let mut step = Step::at("2026-11-23T18:30:00Z".parse().unwrap());
        let hold = Some(Hold::CatchingUp);
        let began = transition(Event::Fired, fired, fired);
        telling.tell(policy, &began, None, hold, &mut step);
        let over = transition(Event::Resolved, fired, ended);
        telling.tell(policy, &over, None, None, &mut step);
        telling.keep(&mut step);
    }

    #[test]
    fn what_was_told_in_its_hours_had_it_been_known_is_told_when_they_begin_again() {
        let (policy, mut telling) = (policy(), Telling::default());
        let span = ("2026-11-23T17:00:00Z", "2026-11-23T17:40:00Z");
        catch_up(&mut telling, &policy, span);
        let step = release(&mut telling, &policy, "2026-11-23T18:30:00Z");
        assert!(step.outbox.is_empty() && step.decisions.is_empty());
        // A restart changes nothing.
        let mut again = Telling::default();
        for (name, text) in &step.notes {
            again.restore(name, text.as_deref().unwrap_or_default());
        }
        let night = release(&mut again, &policy, "2026-11-23T23:00:00Z");
        assert!(night.outbox.is_empty() && !again.keeps_nothing_back());
        let morning = release(&mut again, &policy, "2026-11-24T09:00:00Z");
        assert_eq!(morning.outbox[0].reason, Reason::Past);
        assert!(again.keeps_nothing_back());
        assert!(morning.notes.values().all(Option::is_none));
    }

    #[test]
    fn why_the_past_is_not_told_is_noted() {
        let (policy, mut telling) = (policy(), Telling::default());
        let span = ("2026-11-23T18:00:00Z", "2026-11-23T18:10:00Z");
        catch_up(&mut telling, &policy, span);
        let step = release(&mut telling, &policy, "2026-11-23T18:30:00Z");
        assert!(telling.keeps_nothing_back());
        let [decision] = step.decisions.as_slice() else {
            panic!("{:?}", step.decisions)
        };
        let by = vec![crate::dispatch::Mute::OutsideHours];
        let receiver = "ops".to_owned();
        assert_eq!(decision.what, Decided::Dropped { receiver, by });
    }
}
