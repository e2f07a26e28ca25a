//! Escalation: who else is told of what nobody has taken on, step by step.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::compose::Envelope;
use super::desk::Desk;
use super::flush::{Item, Round};
use super::group::{Group, GroupId};
use super::notification::Reason;
use super::policy::Policy;
use super::story::{Member, News, Story};

/// The next step of an escalation.
struct NextStep<'a> {
    due: DateTime<Utc>,
    key: &'a str,
    step: u32,
    /// Who has yet to be told by it.
    to: Vec<&'a str>,
    /// The group in which the alert was told.
    group: &'a Group,
}

/// What a step of an escalation tells one receiver.
pub(super) struct EscalationCall {
    /// The key of the group that it is about.
    pub(super) key: String,
    /// The place of the step.
    pub(super) step: u32,
    /// The receiver's part in that group, with nothing told in it.
    group: Group,
    /// The firings that it tells of.
    pub(super) items: Vec<Item>,
}

/// How far the escalation of a firing in one group is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationProgress {
    /// From when its steps count: when it was told there, and later by as long as it was muted.
    pub since: DateTime<Utc>,
    /// How many steps are done.
    pub done: u32,
    /// Whether its steps count anew from when the group hears what it has yet to hear.
    #[serde(default)]
    pub begins_anew: bool,
    /// Who was told by the next step already, while a storm keeps it from others.
    #[serde(default)]
    pub called: BTreeSet<String>,
}

impl EscalationProgress {
    /// Returns the escalation of what was told now.
    pub const fn new(now: DateTime<Utc>) -> Self {
        Self {
            since: now,
            done: 0,
            begins_anew: false,
            called: BTreeSet::new(),
        }
    }
}

impl Desk {
    /// Returns the calls that are due, by receiver.
    pub(super) fn calls(
        &self,
        policy: &Policy,
        now: DateTime<Utc>,
    ) -> BTreeMap<String, Vec<EscalationCall>> {
        let mut due: BTreeMap<&str, BTreeMap<(&str, u32), EscalationCall>> = BTreeMap::new();
        for (id, story) in &self.stories {
            let steps = self.next_steps_of(policy, story);
            for step in steps.filter(|step| step.due <= now) {
                for receiver in step.to {
                    let calls = due.entry(receiver).or_default();
                    let call = calls.entry((step.key, step.step));
                    let call = call.or_insert_with(|| EscalationCall {
                        key: step.key.to_owned(),
                        step: step.step,
                        group: Group::new(step.group.route.clone(), step.group.labels.clone()),
                        items: Vec::new(),
                    });
                    call.items.push((id.clone(), News::Called));
                }
            }
        }
        due.into_iter()
            .map(|(receiver, calls)| (receiver.to_owned(), calls.into_values().collect()))
            .collect()
    }

    /// Returns the next steps of the escalations of a firing: none before its group has heard
    /// itself of what they would give away.
    fn next_steps_of<'a>(
        &'a self,
        policy: &'a Policy,
        story: &'a Story,
    ) -> impl Iterator<Item = NextStep<'a>> {
        let escalations = story.escalations.iter().filter(|_| story.is_open());
        escalations.filter_map(move |(key, escalation)| {
            let is_its = |m: &&Member| m.key == *key && !m.is_escalated && m.knows_it_fires();
            let mut its = story.members.iter().filter(is_its);
            let group = self.groups.get(&its.clone().next()?.group())?;
            if escalation.begins_anew && its.any(|member| story.news(member).is_some()) {
                return None;
            }
            let steps = &self.route_of(policy, group)?.escalate;
            let step = steps.get(usize::try_from(escalation.done).ok()?)?;
            let to = step.to.iter().map(|receiver| receiver.0.as_str());
            Some(NextStep {
                due: escalation.since + step.after.delta(),
                key,
                step: escalation.done,
                to: to
                    .filter(|name| !escalation.called.contains(*name))
                    .collect(),
                group,
            })
        })
    }

    /// Tells a receiver of what nobody has taken on in time.
    pub(super) fn tell_call(
        &mut self,
        round: &mut Round<'_>,
        receiver: &str,
        call: &EscalationCall,
    ) {
        let occasion = call.step.to_string();
        let envelope = Envelope {
            receiver,
            key: &call.key,
            labels: Some(&call.group.labels),
            reason: Reason::Escalation,
            occasion: &occasion,
        };
        self.post_all(round, &envelope, call.items.clone());
        self.note_called(round.now, receiver, call);
    }

    /// Notes that a receiver was told by a step, and knows of its firings from then on.
    pub(super) fn note_called(
        &mut self,
        now: DateTime<Utc>,
        receiver: &str,
        call: &EscalationCall,
    ) {
        for (firing, _) in &call.items {
            let Some(story) = self.stories.get_mut(firing) else {
                continue;
            };
            if let Some(escalation) = story.escalations.get_mut(&call.key) {
                escalation.called.insert(receiver.to_owned());
            }
            // Whoever is told of it by a route as well is not told again of what they have just heard.
            let its = story.members.iter().find(|m| m.receiver == receiver);
            let is_routed = its.is_some_and(|member| !member.is_escalated);
            let id = its.map_or_else(
                || GroupId {
                    key: call.key.clone(),
                    receiver: receiver.to_owned(),
                },
                Member::group,
            );
            if its.is_none() {
                let mut member = Member::new(id.key.clone(), id.receiver.clone());
                member.is_escalated = true;
                story.members.push(member);
            }
            story.note_heard(&id, now);
            let group = self.groups.entry(id.clone());
            let group = group.or_insert_with(|| call.group.clone());
            group.stories.insert(firing.clone());
            if is_routed {
                group.clock.get_or_insert(now);
            } else {
                group.sent = Some(now);
            }
            self.touch_group(&id);
            self.touch_story(firing);
        }
    }

    /// Goes on to the next step where everybody was told by the one before.
    pub(super) fn finish_steps(&mut self, policy: &Policy, now: DateTime<Utc>) {
        let mut done: Vec<(String, String)> = Vec::new();
        for (id, story) in &self.stories {
            let steps = self.next_steps_of(policy, story);
            let steps = steps.filter(|step| step.due <= now && step.to.is_empty());
            done.extend(steps.map(|step| (id.clone(), step.key.to_owned())));
        }
        for (id, key) in done {
            let story = self.stories.get_mut(&id);
            if let Some(escalation) = story.and_then(|story| story.escalations.get_mut(&key)) {
                escalation.done += 1;
                escalation.called.clear();
            }
            self.touch_story(&id);
        }
    }

    /// Returns when the next call is due; while a storm keeps it back, when that can be over.
    pub(super) fn next_call(&self, policy: &Policy, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let stories = self.stories.values();
        let steps = stories.flat_map(|story| self.next_steps_of(policy, story));
        let due = steps.map(|step| {
            let to = step.to.iter();
            let open = to.map(|name| self.storms.closed_until(name, now).unwrap_or(step.due));
            open.min().map_or(step.due, |open| open.max(step.due))
        });
        due.min()
    }
}
