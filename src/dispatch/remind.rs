//! Reminders of what still fires, and who hears that somebody has taken it on.

use chrono::{DateTime, Utc};

use super::compose::Envelope;
use super::desk::Desk;
use super::flush::{Item, Round};
use super::group::{Group, GroupId};
use super::notification::Reason;
use super::policy::Policy;
use super::storm::STORM;
use super::story::{Member, News};

impl Desk {
    /// Reminds the receivers of the groups whose time has come.
    pub(super) fn remind(&mut self, round: &mut Round<'_>) {
        let due: Vec<GroupId> = self
            .groups
            .iter()
            .filter(|(_, group)| {
                let due = self.reminder_due(round.policy, group);
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
    pub(super) fn reminder_due(&self, policy: &Policy, group: &Group) -> Option<DateTime<Utc>> {
        let route = self.route_of(policy, group)?;
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
        open.map(|firing| (firing.clone(), News::Fired)).collect()
    }

    fn remind_of(&mut self, round: &mut Round<'_>, id: &GroupId, items: &[Item]) {
        let Some(group) = self.groups.get_mut(id) else {
            return;
        };
        group.reminders += 1;
        (group.clock, group.sent) = (Some(round.now), Some(round.now));
        let labels = group.labels.clone();
        let occasion = group.reminders.to_string();
        self.touch_group(id);
        self.post_all(
            round,
            &Envelope {
                receiver: &id.receiver,
                key: &id.key,
                labels: Some(&labels),
                reason: Reason::Reminder,
                occasion: &occasion,
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
        if let Some(escalation) = story.escalations.get(&from.key).cloned() {
            story
                .escalations
                .entry(to.key.clone())
                .or_insert(escalation);
        }
        let before = self.groups.get(from).map(|g| (g.clock, g.reminders));
        let (clock, reminders) = before.unwrap_or_default();
        if let Some(group) = self.groups.get_mut(&to).filter(|g| g.clock.is_none()) {
            (group.clock, group.reminders) = (clock.or(Some(now)), reminders);
        }
    }

    /// Tells services that escalate by themselves what a person has taken on. No storm keeps it back: nobody reads
    /// it, each is what a person has done, and until they hear of it those services call the next one.
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
                let envelope = Envelope {
                    receiver: &id.receiver,
                    key: &id.key,
                    labels: labels.as_ref(),
                    reason: Reason::Acknowledged,
                    occasion: &ack.at,
                };
                self.post(round, &envelope, &[(firing.clone(), News::Fired)]);
            }
        }
    }
}
