//! What fired and ended while minutes were caught up with, and of which nobody would have heard.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::decision::Decided;
use super::desk::Desk;
use super::mute::Mute;
use super::notification::AlertView;
use super::policy::Policy;
use super::route::route_matches;
use super::story::Story;
use crate::unit::Minute;

impl Desk {
    /// Returns what of the past is to be told, and notes of all else what muted it: from its first
    /// minute to its last, by what was then; or a silence that hides it now.
    pub fn drop_muted_past(
        &mut self,
        policy: &Policy,
        past: Vec<AlertView>,
        now: DateTime<Utc>,
    ) -> Vec<AlertView> {
        let past = past.into_iter().map(|view| Story::new(view, None, now));
        let past: Vec<Story> = past.collect();
        let muted = self.past_mutes(policy, &past, now);
        let mut told = Vec::new();
        for (story, by) in past.into_iter().zip(muted) {
            if by.is_empty() {
                told.push(story.view);
                continue;
            }
            for matched in route_matches(&policy.routes, &story.labels) {
                let (receiver, by) = (matched.receiver.0, by.clone());
                self.decide(&story.view.id, now, Decided::Dropped { receiver, by });
            }
        }
        told
    }

    /// Returns what muted each of these alerts, in their order; nothing of those that are to be told.
    fn past_mutes(&self, policy: &Policy, past: &[Story], now: DateTime<Utc>) -> Vec<Vec<Mute>> {
        let firing = self.stories.values().filter(|story| story.fires());
        let sources: Vec<&Story> = firing.chain(past).collect();
        let outlook = self.outlook_by(policy, &sources);
        let by_id = sources.iter().map(|story| (story.view.id.as_str(), *story));
        let by_id: BTreeMap<&str, &Story> = by_id.collect();
        // Of what fired while minutes were caught up with people hear now as well.
        let is_told = |source: &Story, at| {
            let mut mutes = self.mutes_of_its_own(policy, source, at);
            mutes.all(|mute| mute == Mute::CatchingUp)
        };
        let mutes_at = |story: &Story, minute: Minute| {
            outlook.mutes_by(story, minute.start(), |source| {
                by_id.get(source).is_some_and(|source| {
                    let (first, last) = span_of(source, now);
                    first <= minute && minute <= last && is_told(source, minute.start())
                })
            })
        };
        let mutes_of = |story: &Story| {
            let hiding = self.silences.hiding(&story.labels, now);
            let silences: Vec<Mute> = hiding.map(|id| Mute::Silence(id.to_owned())).collect();
            if !silences.is_empty() {
                return silences;
            }
            let (first, last) = span_of(story, now);
            let at_last = mutes_at(story, last);
            if at_last.is_empty() {
                return at_last;
            }
            mutes_at(story, first)
        };
        past.iter().map(mutes_of).collect()
    }
}

/// Returns the first and the last minute in which an alert fired.
fn span_of(story: &Story, now: DateTime<Utc>) -> (Minute, Minute) {
    let now = Minute::containing(now);
    let first = story.view.fired_at.parse().unwrap_or(now);
    let ended = story.view.ended_at.as_deref();
    let ended = ended.and_then(|minute| minute.parse::<Minute>().ok());
    let last = ended.map_or(now, Minute::previous);
    (first, last.max(first))
}
