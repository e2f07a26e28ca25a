//! What is to be told now: the news of groups, when they are due.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::compose::Envelope;
use super::desk::Desk;
use super::escalate::EscalationCall;
use super::group::GroupId;
use super::notification::{AlertView, Notification, Reason, State};
use super::policy::Policy;
use super::storm::{Gate, STORM};
use super::story::{AlertName, Member, News, Story};
use crate::engine::Evidence;
use crate::unit::{Minute, Severity};

/// How many alerts one message tells of; more go in further ones. What a person scrolls through at
/// the most, and some hundred KiB.
pub(super) const ALERTS_MAX: usize = 500;

/// How an alert is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Current {
    /// The last minute that was judged.
    pub minute: Minute,
    /// The numbers of that minute, if they are there.
    pub evidence: Option<Evidence>,
}

/// One flush: what it goes by, and what comes of it.
pub(super) struct Round<'a> {
    pub(super) policy: &'a Policy,
    pub(super) now: DateTime<Utc>,
    pub(super) current: &'a dyn Fn(&AlertName) -> Option<Current>,
    pub(super) outbox: Vec<Notification>,
    /// The domains on which a receiver is told that rules fire, once they were looked for.
    pub(super) firing: Option<FiringDomains>,
}

/// Domains by receiver and rule.
pub(super) type FiringDomains = BTreeMap<String, BTreeMap<String, BTreeSet<(String, String)>>>;

/// What is due for a receiver.
#[derive(Default)]
pub(super) struct Due {
    /// The groups whose news are due.
    pub(super) groups: Vec<GroupId>,
    /// What is escalated to it.
    pub(super) calls: Vec<EscalationCall>,
}

/// A firing and what is to be heard of it.
pub(super) type Item = (String, News);

/// Returns what alerts are ordered by as people read them: what fires first, the worst first.
pub(super) fn worst_first_key(view: &AlertView) -> impl Ord + use<> {
    let severity = view.severity.parse::<Severity>().ok();
    (
        view.state,
        std::cmp::Reverse(severity),
        view.rule.clone(),
        view.account.clone(),
        view.domain.clone(),
        view.fired_at.clone(),
    )
}

impl Desk {
    /// Returns what is to be told now, and notes that it was told. `current` says how an alert is
    /// now.
    pub fn flush(
        &mut self,
        policy: &Policy,
        now: DateTime<Utc>,
        current: &dyn Fn(&AlertName) -> Option<Current>,
    ) -> Vec<Notification> {
        if self.flushed.replace(now).is_some_and(|last| now < last) {
            self.forget_the_future(now);
        }
        let is_due = self.is_stirred || self.next.is_some_and(|next| next <= now);
        if !is_due && !self.flaps.is_any() {
            return Vec::new();
        }
        let mut round = Round {
            policy,
            now,
            current,
            outbox: Vec::new(),
            firing: None,
        };
        self.pass_time(&round);
        self.look(&round);
        self.tell_due(&mut round);
        self.finish_steps(policy, now);
        self.remind(&mut round);
        self.tell_acknowledged(&mut round);
        self.tidy();
        self.is_stirred = false;
        self.next = self.next_due(policy, now);
        round.outbox
    }

    /// Tells the news of every group whose time has come, and what is to be escalated.
    fn tell_due(&mut self, round: &mut Round<'_>) {
        let mut due: BTreeMap<String, Due> = BTreeMap::new();
        let ids: Vec<GroupId> = self.groups.keys().cloned().collect();
        for id in ids {
            let has_news = !self.news_of(&id).is_empty();
            let Some(group) = self.groups.get_mut(&id) else {
                continue;
            };
            let news = has_news.then(|| group.news.unwrap_or(round.now));
            if group.news != news {
                group.news = news;
                self.touch_group(&id);
            }
            if self
                .news_due(round.policy, &id)
                .is_some_and(|at| at <= round.now)
            {
                due.entry(id.receiver.clone()).or_default().groups.push(id);
            }
        }
        for (receiver, calls) in self.calls(round.policy, round.now) {
            due.entry(receiver).or_default().calls = calls;
        }
        for (receiver, due) in due {
            let messages = due.groups.len() + due.calls.len();
            let gate = self.storms.gate(&receiver, messages, round.now);
            if gate != Gate::Closed {
                self.unwritten.insert(format!("{STORM}{receiver}"));
            }
            match gate {
                Gate::Closed => {}
                Gate::Each => {
                    for group in &due.groups {
                        self.tell_group(round, group);
                    }
                    for call in &due.calls {
                        self.tell_call(round, &receiver, call);
                    }
                }
                Gate::Together => self.tell_together(round, &receiver, &due),
            }
        }
    }

    /// Returns what a group's receiver has to hear.
    pub(super) fn news_of(&self, id: &GroupId) -> Vec<Item> {
        let Some(group) = self.groups.get(id) else {
            return Vec::new();
        };
        let news = group.stories.iter().filter_map(|story_id| {
            let story = self.stories.get(story_id)?;
            let member = story.members.iter().find(|m| m.is_of(id))?;
            Some((story_id.clone(), story.news(member)?))
        });
        news.collect()
    }

    /// Returns when the news of a group are due; those whose route is no more are due at once.
    fn news_due(&self, policy: &Policy, id: &GroupId) -> Option<DateTime<Utc>> {
        let group = self.groups.get(id)?;
        match self.route_of(policy, group) {
            Some(route) => group.news_due(route),
            None => group.news,
        }
    }

    fn tell_group(&mut self, round: &mut Round<'_>, id: &GroupId) {
        let (ends, news) = self.apart(self.news_of(id));
        for items in [ends, news] {
            let items = self.worst_first(items);
            if items.is_empty() {
                continue;
            }
            let reason = self.reason_of(id, &items);
            let Some(group) = self.groups.get(id) else {
                return;
            };
            let (key, labels) = (id.key.clone(), group.labels.clone());
            for chunk in items.chunks(ALERTS_MAX) {
                let envelope = Envelope {
                    receiver: &id.receiver,
                    key: &key,
                    labels: Some(&labels),
                    reason,
                    occasion: "",
                };
                self.post(round, &envelope, chunk);
                for (firing, _) in chunk {
                    self.note_heard(round.now, id, firing);
                }
            }
            self.restart_clock(round.now, id, &items);
        }
    }

    /// Counts the time to the next reminder from now on, if all that it would tell was told now.
    fn restart_clock(&mut self, now: DateTime<Utc>, id: &GroupId, told: &[Item]) {
        let told: BTreeSet<&String> = told.iter().map(|(firing, _)| firing).collect();
        let mut firing = self.reminded_of(id).into_iter().peekable();
        let is_some = firing.peek().is_some();
        if !is_some || !firing.all(|(firing, _)| told.contains(&firing)) {
            return;
        }
        if let Some(group) = self.groups.get_mut(id) {
            group.clock = Some(now);
        }
    }

    /// Sets apart the ends of alerts that fire again already: who keeps one entry for each alert
    /// must hear of them before.
    pub(super) fn apart(&self, items: Vec<Item>) -> (Vec<Item>, Vec<Item>) {
        let story = |item: &Item| self.stories.get(&item.0);
        let firing = items.iter().filter_map(story).filter(|s| s.fires());
        let firing: BTreeSet<AlertName> = firing.map(Story::alert).collect();
        items.into_iter().partition(|item| {
            story(item).is_some_and(|s| !s.fires() && firing.contains(&s.alert()))
        })
    }

    /// Orders firings as people read them.
    pub(super) fn worst_first(&self, mut items: Vec<Item>) -> Vec<Item> {
        items.sort_by_cached_key(|(id, _)| {
            self.stories
                .get(id)
                .map(|story| worst_first_key(&story.view))
        });
        items
    }

    /// Returns why a group is told these news: by what matters most of them.
    fn reason_of(&self, id: &GroupId, items: &[Item]) -> Reason {
        let has = |what: News| items.iter().any(|(_, of)| *of == what);
        let group = self.groups.get(id);
        let is_known_to_fire = |firing: &String| {
            let story = self.stories.get(firing);
            let member = story.and_then(|s| s.members.iter().find(|m| m.is_of(id)));
            member.is_some_and(Member::knows_it_fires)
        };
        if has(News::Fired) {
            // To whoever has heard of the end of all others it begins anew.
            return if group.is_some_and(|group| group.stories.iter().any(is_known_to_fire)) {
                Reason::Added
            } else {
                Reason::First
            };
        }
        for (what, reason) in [
            (News::Back, Reason::Unmuted),
            (News::Changed, Reason::Changed),
            (News::Flaps, Reason::Flapping),
            (News::Settled, Reason::Settled),
        ] {
            if has(what) {
                return reason;
            }
        }
        let told: BTreeSet<&String> = items.iter().map(|(id, _)| id).collect();
        let still_fires = |firing: &String| {
            let fires = self.stories.get(firing).is_some_and(Story::fires);
            fires && !told.contains(firing) && is_known_to_fire(firing)
        };
        if group.is_some_and(|group| group.stories.iter().any(still_fires)) {
            return Reason::PartlyResolved;
        }
        let is_resolved = |(id, _): &Item| {
            let story = self.stories.get(id);
            story.is_some_and(|story| story.view.state == State::Resolved)
        };
        if items.iter().any(is_resolved) {
            Reason::Resolved
        } else {
            Reason::Ended
        }
    }

    /// Notes that a receiver has heard of a firing in a group.
    pub(super) fn note_heard(&mut self, now: DateTime<Utc>, id: &GroupId, firing: &str) {
        let Some(story) = self.stories.get_mut(firing) else {
            return;
        };
        story.note_heard(id, now);
        let fires = story.fires();
        if let Some(group) = self.groups.get_mut(id) {
            group.sent = Some(now);
            group.news = None;
            if fires {
                group.clock.get_or_insert(now);
            }
        }
        self.touch_story(firing);
        self.touch_group(id);
    }

    /// Removes what is over and told everywhere, and groups in which nothing is left.
    fn tidy(&mut self) {
        let is_done = |story: &Story| {
            !story.fires() && story.members.iter().all(|member| story.is_done_for(member))
        };
        let has_done = |story: &Story| story.members.iter().any(|m| story.is_done_for(m));
        let stories = self.stories.iter();
        let done: Vec<String> = stories
            .filter(|(_, story)| is_done(story) || has_done(story))
            .map(|(id, _)| id.clone())
            .collect();
        for id in done {
            let Some(story) = self.stories.get_mut(&id) else {
                continue;
            };
            if is_done(story) {
                self.remove(&id);
                continue;
            }
            // Who has not heard of the end yet stays.
            let (done, left) = std::mem::take(&mut story.members)
                .into_iter()
                .partition::<Vec<_>, _>(|member| story.is_done_for(member));
            story.members = left;
            self.touch_story(&id);
            for member in done {
                self.leave(&id, &member);
            }
        }
        let empty = self.groups.iter().filter(|(_, g)| g.stories.is_empty());
        let empty: Vec<GroupId> = empty.map(|(id, _)| id.clone()).collect();
        for id in empty {
            self.groups.remove(&id);
            self.touch_group(&id);
        }
        self.stop_clocks();
    }

    /// Returns when something is due next.
    fn next_due(&self, policy: &Policy, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let groups = self.groups.iter().flat_map(|(id, group)| {
            let reminder = self.reminder_due(policy, group);
            let due = [self.news_due(policy, id), reminder].into_iter().flatten();
            let closed = self.storms.closed_until(&id.receiver, now);
            due.map(move |at| closed.map_or(at, |closed| closed.max(at)))
        });
        let rules: BTreeSet<&str> = self
            .stories
            .values()
            .map(|s| s.view.rule.as_str())
            .collect();
        let hours = rules.iter().filter_map(|rule| {
            let hours = policy.texts.get(*rule)?.active_hours.as_ref()?;
            Some(hours.look_again(now))
        });
        let silences = self.silences.next_change(now);
        let calls = self.next_call(policy, now);
        groups.chain(calls).chain(hours).chain(silences).min()
    }
}
