//! Reminders of what still fires, escalations of what nobody has taken on, and who hears that somebody has.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::compose::Letter;
use super::desk::Desk;
use super::flush::{Item, Round};
use super::group::{Group, GroupId};
use super::notification::{Reason, State};
use super::plan::Plan;
use super::route::ReceiverName;
use super::storm::STORM;
use super::story::{Member, Story, What};

/// The next step of an escalation.
pub(super) struct Climbing<'a> {
    pub(super) due: DateTime<Utc>,
    key: &'a str,
    step: u32,
    to: &'a [ReceiverName],
    /// The group in which the alert was told.
    group: &'a Group,
}

impl Desk {
    /// Reminds the receivers of the groups whose time has come.
    pub(super) fn remind(&mut self, round: &mut Round<'_>) {
        let due: Vec<GroupId> = self
            .groups
            .iter()
            .filter(|(_, group)| {
                let due = self.reminder_due(round.plan, group);
                due.is_some_and(|due| due <= round.now)
            })
            .map(|(id, _)| id.clone())
            .collect();
        for id in due {
            let items = self.reminded_of(&id);
            if items.is_empty() {
                if let Some(group) = self.groups.get_mut(&id) {
                    group.clock = Some(round.now);
                }
                self.touch_group(&id);
                continue;
            }
            if !self.storms.admit(&id.receiver, round.now) {
                continue;
            }
            self.unwritten.insert(format!("{STORM}{}", id.receiver));
            self.remind_of(round, &id, &items);
        }
    }

    /// Returns when a group's receiver is to be reminded: not before it has heard the news, which
    /// a reminder would give away.
    pub(super) fn reminder_due(&self, plan: &Plan, group: &Group) -> Option<DateTime<Utc>> {
        let route = self.route_of(plan, group)?;
        group.news.is_none().then(|| group.reminder_due(route))?
    }

    pub(super) fn reminded_of(&self, id: &GroupId) -> Vec<Item> {
        let Some(group) = self.groups.get(id) else {
            return Vec::new();
        };
        let open = group.stories.iter().filter(|firing| {
            let story = self.stories.get(*firing);
            story.is_some_and(|story| {
                let mut its = story.members.iter().filter(|m| m.is_of(id));
                its.any(|member| story.reminds(member))
            })
        });
        open.map(|firing| (firing.clone(), What::Fired)).collect()
    }

    fn remind_of(&mut self, round: &mut Round<'_>, id: &GroupId, items: &[Item]) {
        let Some(group) = self.groups.get_mut(id) else {
            return;
        };
        group.reminders += 1;
        (group.clock, group.sent) = (Some(round.now), Some(round.now));
        let labels = group.labels.clone();
        let story = group.reminders.to_string();
        self.touch_group(id);
        self.post_all(
            round,
            &Letter {
                receiver: &id.receiver,
                key: &id.key,
                labels: Some(&labels),
                reason: Reason::Reminder,
                story: &story,
            },
            items.to_vec(),
        );
    }

    /// Lets the clock of reminders stand where nobody knows of anything that fires.
    pub(super) fn stop_clocks(&mut self) {
        let mut stopped = Vec::new();
        for (id, group) in &self.groups {
            let knows = |firing: &String| {
                let story = self.stories.get(firing);
                story.is_some_and(|s| {
                    let mut its = s.members.iter().filter(|m| m.is_of(id));
                    its.any(Member::knows_it_fires)
                })
            };
            if group.clock.is_some() && !group.stories.iter().any(knows) {
                stopped.push(id.clone());
            }
        }
        for id in stopped {
            if let Some(group) = self.groups.get_mut(&id) {
                (group.clock, group.reminders) = (None, 0);
            }
            self.touch_group(&id);
        }
    }

    /// Goes on with reminders and escalation where a receiver hears of a firing in another group from
    /// now on and has nothing new to hear: there is no news with which they would begin there.
    pub(super) fn carry_on(
        &mut self,
        firing: &str,
        member: &Member,
        from: &GroupId,
        now: DateTime<Utc>,
    ) {
        let Some(story) = self.stories.get_mut(firing) else {
            return;
        };
        let said = member.told.as_ref().filter(|_| member.knows_it_fires());
        if said.is_none_or(|said| said.severity != story.view.severity) {
            return;
        }
        let to = member.group();
        if let Some(climb) = story.climbs.get(&from.key).copied() {
            story.climbs.entry(to.key.clone()).or_insert(climb);
        }
        let before = self.groups.get(from).map(|g| (g.clock, g.reminders));
        let (clock, reminders) = before.unwrap_or_default();
        if let Some(group) = self.groups.get_mut(&to).filter(|g| g.clock.is_none()) {
            (group.clock, group.reminders) = (clock.or(Some(now)), reminders);
        }
    }

    /// Returns the next steps of the escalations of a firing.
    pub(super) fn climbs_of<'a>(&'a self, plan: &'a Plan, story: &'a Story) -> Vec<Climbing<'a>> {
        if !story.is_open() {
            return Vec::new();
        }
        let steps = story.climbs.iter().filter_map(|(key, climb)| {
            let is_its = |m: &&Member| m.key == *key && !m.is_escalated && m.knows_it_fires();
            let member = story.members.iter().find(is_its)?;
            let group = self.groups.get(&member.group())?;
            let steps = &self.route_of(plan, group)?.escalate;
            let step = steps.get(usize::try_from(climb.done).ok()?)?;
            Some(Climbing {
                due: climb.since + step.after.delta(),
                key,
                step: climb.done,
                to: &step.to,
                group,
            })
        });
        steps.collect()
    }

    /// Tells further receivers of what nobody has taken on in time.
    pub(super) fn escalate(&mut self, round: &mut Round<'_>) {
        type Step = (String, u32);
        let mut due: BTreeMap<Step, (Vec<ReceiverName>, Group, Vec<Item>)> = BTreeMap::new();
        for (id, story) in &self.stories {
            for step in self.climbs_of(round.plan, story) {
                if round.now < step.due {
                    continue;
                }
                let place = due.entry((step.key.to_owned(), step.step));
                let (_, _, items) = place.or_insert_with(|| {
                    let group = Group::new(step.group.route.clone(), step.group.labels.clone());
                    (step.to.to_vec(), group, Vec::new())
                });
                items.push((id.clone(), What::Fired));
            }
        }
        for ((key, step), (to, group, items)) in due {
            for (firing, _) in &items {
                let climb = self
                    .stories
                    .get_mut(firing)
                    .and_then(|story| story.climbs.get_mut(&key));
                if let Some(climb) = climb {
                    climb.done += 1;
                }
                self.touch_story(firing);
            }
            for ReceiverName(receiver) in to {
                let story = step.to_string();
                let letter = Letter {
                    receiver: &receiver,
                    key: &key,
                    labels: Some(&group.labels),
                    reason: Reason::Escalation,
                    story: &story,
                };
                self.post_all(round, &letter, items.clone());
                self.enlist(round.now, &key, &receiver, &group, &items);
            }
        }
    }

    /// Tells services that escalate by themselves what a person has taken on.
    pub(super) fn tell_acknowledged(&mut self, round: &mut Round<'_>) {
        let news = self.stories.iter().filter(|(_, story)| story.is_ack_news);
        let news: Vec<String> = news.map(|(id, _)| id.clone()).collect();
        for firing in news {
            let Some(story) = self.stories.get_mut(&firing) else {
                continue;
            };
            story.is_ack_news = false;
            // It may have ended, or worsened so that nobody has it now.
            let ack = story.view.ack.clone().filter(|_| story.fires());
            // Who has another severity to hear of hears of both at once.
            let knows = |member: &&Member| {
                let said = member.told.as_ref();
                member.knows_it_fires()
                    && said.is_some_and(|said| said.severity == story.view.severity)
            };
            let knowing = story.members.iter().filter(knows);
            let groups: Vec<GroupId> = knowing.map(Member::group).collect();
            self.touch_story(&firing);
            let Some(ack) = ack else {
                continue;
            };
            for id in groups {
                let labels = self.groups.get(&id).map(|group| group.labels.clone());
                let letter = Letter {
                    receiver: &id.receiver,
                    key: &id.key,
                    labels: labels.as_ref(),
                    reason: Reason::Acknowledged,
                    story: &ack.at,
                };
                self.post(round, &letter, &[(firing.clone(), What::Fired)]);
            }
        }
    }

    /// Notes that a receiver knows of these firings by an escalation, so that it hears of their end.
    fn enlist(
        &mut self,
        now: DateTime<Utc>,
        key: &str,
        receiver: &str,
        group: &Group,
        items: &[Item],
    ) {
        let id = GroupId {
            key: key.to_owned(),
            receiver: receiver.to_owned(),
        };
        for (firing, _) in items {
            let Some(story) = self.stories.get_mut(firing) else {
                continue;
            };
            let view = &story.view;
            if let Some(member) = story.members.iter_mut().find(|m| m.receiver == receiver) {
                // It is told in its own group, but not again of what it has just heard.
                if let Some(said) = member.told.as_mut().filter(|_| view.state == State::Firing) {
                    said.severity.clone_from(&view.severity);
                }
                self.touch_story(firing);
                continue;
            }
            let mut member = Member::new(key.to_owned(), receiver.to_owned());
            member.is_escalated = true;
            member.hear(&story.view, story.role);
            story.members.push(member);
            let group = self
                .groups
                .entry(id.clone())
                .or_insert_with(|| group.clone());
            group.stories.insert(firing.clone());
            group.sent = Some(now);
            self.touch_group(&id);
        }
    }
}
