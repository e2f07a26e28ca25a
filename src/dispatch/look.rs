//! The look at what mutes what, once everything of a step was taken in.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::decision::Decided;
use super::desk::Desk;
use super::flush::Round;
use super::inhibit::Inhibitors;
use super::mute::{Hold, Mute};
use super::policy::Policy;
use super::silences::SILENCE;
use super::story::{AlertName, Role, Story};

/// What tells of any alert what mutes it.
#[derive(Debug)]
pub struct Outlook<'a> {
    desk: &'a Desk,
    policy: &'a Policy,
    inhibitors: Inhibitors<'a>,
}

impl Outlook<'_> {
    /// Returns what mutes an alert, in a lasting order.
    pub fn mutes(&self, story: &Story, now: DateTime<Utc>) -> Vec<Mute> {
        self.mutes_by(story, now, |_| true)
    }

    /// Returns what mutes an alert, of those that inhibit by those whose firing ids count.
    pub(super) fn mutes_by(
        &self,
        story: &Story,
        at: DateTime<Utc>,
        counts: impl Fn(&str) -> bool,
    ) -> Vec<Mute> {
        let hiding = self.desk.silences.hiding(&story.labels, at);
        let mut mutes: Vec<Mute> = hiding.map(|id| Mute::Silence(id.to_owned())).collect();
        let inhibitor = self.inhibitors.of(&story.view.id, &story.labels, counts);
        mutes.extend(inhibitor.map(|id| Mute::Inhibited(id.to_owned())));
        mutes.extend(self.desk.mutes_of_its_own(self.policy, story, at));
        mutes
    }
}

impl Desk {
    /// Lets time pass over silences, and settles what has come to rest.
    pub(super) fn pass_time(&mut self, round: &Round<'_>) {
        let firing = self.stories.values().filter(|story| story.fires());
        let firing = firing.map(|story| &story.labels);
        let changed = self.silences.pass_time(round.now, &firing);
        let notes = changed.iter().map(|id| format!("{SILENCE}{id}"));
        self.unwritten.extend(notes);
        self.unwritten.extend(self.flaps.forget(round.now));
        let judged = |name: &AlertName| (round.current)(name).map(|current| current.minute);
        for settled in self.flaps.settle(judged) {
            self.unwritten.insert(settled.note.clone());
            let its = self.stories.iter().filter(|(_, s)| settled.has(s));
            let its: Vec<String> = its.map(|(id, _)| id.clone()).collect();
            for id in its {
                if let Some(story) = self.stories.get_mut(&id) {
                    story.role = Role::Settles;
                    for member in &mut story.members {
                        member.has_heard = false;
                    }
                }
                self.touch_story(&id);
                self.decide(&id, round.now, Decided::Settled);
            }
        }
    }

    /// Looks at what mutes each firing, and drops what was over before anybody heard of it.
    pub(super) fn look(&mut self, round: &Round<'_>) {
        for (id, mutes) in self.mutes(round.policy, round.now) {
            self.take_mutes(&id, mutes, round.now);
        }
        if self.flaps.is_any() {
            self.announce(round.now);
        }
        self.drop_unheard(round.now);
    }

    /// Returns the firings that something else mutes than when they were looked at last.
    fn mutes(&self, policy: &Policy, now: DateTime<Utc>) -> Vec<(String, Vec<Mute>)> {
        let outlook = self.outlook(policy, now);
        let changed = self.stories.iter().filter_map(|(id, story)| {
            let mutes = outlook.mutes(story, now);
            (mutes != story.mutes).then(|| (id.clone(), mutes))
        });
        changed.collect()
    }

    /// Returns what tells of any alert what mutes it.
    ///
    /// What is kept back itself inhibits nothing, or nobody would hear of either. What a silence
    /// hides does: whoever made that knows of it.
    pub fn outlook<'a>(&'a self, policy: &'a Policy, now: DateTime<Utc>) -> Outlook<'a> {
        let is_source = |story: &&Story| {
            let mut mutes = self.mutes_of_its_own(policy, story, now);
            story.fires() && mutes.next().is_none()
        };
        let sources: Vec<&Story> = if policy.inhibitions.is_empty() {
            Vec::new()
        } else {
            self.stories.values().filter(is_source).collect()
        };
        self.outlook_by(policy, &sources)
    }

    /// Returns what tells of any alert what mutes it, while these inhibit others.
    pub(super) fn outlook_by<'a>(
        &'a self,
        policy: &'a Policy,
        sources: &[&'a Story],
    ) -> Outlook<'a> {
        let sources = sources.iter();
        let sources = sources.map(|story| (story.view.id.as_str(), &story.labels));
        Outlook {
            desk: self,
            policy,
            inhibitors: Inhibitors::new(&policy.inhibitions, &sources),
        }
    }

    /// Returns what mutes an alert that is neither a silence nor another alert, in a lasting order.
    pub(super) fn mutes_of_its_own(
        &self,
        policy: &Policy,
        story: &Story,
        at: DateTime<Utc>,
    ) -> impl Iterator<Item = Mute> {
        let is_outside = !policy.is_active(&story.view.rule, at);
        let flaps = story.role == Role::None && self.flaps.has(story);
        let hours = is_outside.then_some(Mute::OutsideHours).into_iter();
        let hold = story.hold.map(Hold::mute);
        hours.chain(hold).chain(flaps.then_some(Mute::Flapping))
    }

    fn take_mutes(&mut self, id: &str, mutes: Vec<Mute>, now: DateTime<Utc>) {
        let Some(story) = self.stories.get_mut(id) else {
            return;
        };
        if !story.fires() && !story.mutes.is_empty() {
            // What it was muted by while it fired decides whether its end is told.
            let is_untold = story.members.iter().any(|member| member.told.is_none());
            if is_untold {
                return;
            }
        }
        story.be_muted(mutes, now);
        let what = if story.mutes.is_empty() {
            story.fires().then_some(Decided::Unmuted)
        } else {
            let by = story.mutes.clone();
            Some(Decided::Muted { by })
        };
        self.touch_story(id);
        if let Some(what) = what {
            self.decide(id, now, what);
        }
    }

    /// Chooses, for each alert that has begun to flap, the firing by which people hear of it: the
    /// latest that nothing else mutes.
    fn announce(&mut self, now: DateTime<Utc>) {
        let mut chosen: BTreeMap<AlertName, (String, String)> = BTreeMap::new();
        for (id, story) in &self.stories {
            let is_free = story.mutes == [Mute::Flapping] && story.fires();
            let name = story.alert();
            if !is_free || !self.flaps.is_unannounced(&name) {
                continue;
            }
            let this = (story.view.fired_at.clone(), id.clone());
            let best = chosen.entry(name).or_insert_with(|| this.clone());
            *best = this.max(best.clone());
        }
        for (name, (_, id)) in chosen {
            let note = self.flaps.announce(&name, true);
            self.unwritten.extend(note);
            if let Some(story) = self.stories.get_mut(&id) {
                (story.role, story.mutes) = (Role::Announces, Vec::new());
                for member in &mut story.members {
                    member.has_heard = false;
                }
            }
            self.touch_story(&id);
            self.decide(&id, now, Decided::Flaps);
        }
    }

    /// Drops what was over, while something muted it, before a receiver had heard of it.
    fn drop_unheard(&mut self, now: DateTime<Utc>) {
        let is_unheard = |story: &Story| {
            !story.fires()
                && !story.mutes.is_empty()
                && story.members.iter().any(|member| member.told.is_none())
        };
        let unheard = self.stories.iter().filter(|(_, story)| is_unheard(story));
        let unheard: Vec<String> = unheard.map(|(id, _)| id.clone()).collect();
        for id in unheard {
            let Some(story) = self.stories.get_mut(&id) else {
                continue;
            };
            let by = story.mutes.clone();
            let (kept, dropped) = std::mem::take(&mut story.members)
                .into_iter()
                .partition(|member| member.told.is_some());
            story.members = kept;
            if story.role == Role::Announces && story.members.is_empty() {
                let name = story.alert();
                story.role = Role::None;
                let note = self.flaps.announce(&name, false);
                self.unwritten.extend(note);
            }
            self.touch_story(&id);
            for member in dropped {
                self.leave(&id, &member);
                let what = Decided::Dropped {
                    receiver: member.receiver,
                    by: by.clone(),
                };
                self.decide(&id, now, what);
            }
        }
    }
}
