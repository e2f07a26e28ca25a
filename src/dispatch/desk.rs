//! The desk: what fires, who has been told what of it, and what is to be told when.
//!
//! A state machine. Transitions, orders of people and the time come in; messages, notes and decisions
//! go out. It reads no clock: the same inputs at the same times give the same messages. Its state is
//! kept in notes, small documents that outlive a restart.
//!
//! [`Desk::take`] takes in what happened to alerts. [`Desk::flush`] looks once at all of it, after
//! everything of a step was taken in, so that it does not matter which of two alerts of one minute
//! came first. While nothing was taken in and nothing is due, a flush does nothing.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::decision::{Decided, Decision};
use super::flap::{FLAP, Flaps};
use super::group::{Group, GroupId};
use super::mute::Hold;
use super::notification::{Acknowledgement, AlertView, State};
use super::order::{Answer, Order};
use super::policy::Policy;
use super::route::{self, Route};
use super::silence::Silence;
use super::silences::{SILENCE, Silences};
use super::storm::{STORM, Storms};
use super::story::{AlertName, Member, Story};
use crate::unit::Minute;

/// The beginning of the names of notes of firings.
const STORY: &str = "alert/";
/// The beginning of the names of notes of groups.
const GROUP: &str = "group/";
/// The longest comment of an acknowledgement, in bytes.
const COMMENT_BYTES_MAX: usize = 4 * 1024;

/// What fires, and who has been told what of it.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    /// By firing id.
    pub(super) stories: BTreeMap<String, Story>,
    pub(super) groups: BTreeMap<GroupId, Group>,
    pub(super) silences: Silences,
    pub(super) flaps: Flaps,
    pub(super) storms: Storms,
    /// The places of the routes by their names.
    pub(super) routes: BTreeMap<String, usize>,
    /// The names of the notes that are to be written anew.
    pub(super) unwritten: BTreeSet<String>,
    decisions: Vec<Decision>,
    /// The firings that the pipeline keeps back.
    pub(super) held: BTreeSet<String>,
    /// Whether something came in since the last flush.
    pub(super) is_stirred: bool,
    /// When something is due next.
    pub(super) next: Option<DateTime<Utc>>,
    /// When it was flushed last.
    pub(super) flushed: Option<DateTime<Utc>>,
}

impl Desk {
    /// Takes in a stored note; those of others and those that cannot be read are left alone.
    pub fn restore(&mut self, name: &str, text: &str) {
        if let Some(id) = name.strip_prefix(STORY) {
            let Some(story) = Story::parse(text) else {
                return;
            };
            self.held.extend(story.hold.map(|_| id.to_owned()));
            self.stories.insert(id.to_owned(), story);
        } else if let Some(note) = name.strip_prefix(GROUP) {
            let group = serde_json::from_str(text).ok();
            self.groups.extend(GroupId::parse(note).zip(group));
        } else if name.starts_with(SILENCE) {
            self.silences.restore(text);
        } else if let Some(id) = name.strip_prefix(FLAP) {
            self.flaps.restore(id, text);
        } else if let Some(receiver) = name.strip_prefix(STORM) {
            self.storms.restore(receiver, text);
        }
    }

    /// Goes by this policy from now on: once after the notes were taken in, and whenever it changes.
    ///
    /// Who is told of what fires is looked up anew. Who was told of it already hears how it goes on,
    /// also if no route leads there any more.
    pub fn follow(&mut self, policy: &Policy, now: DateTime<Utc>) {
        self.forget_the_future(now);
        self.silences.take_file(&policy.silences);
        let places = 0..policy.routes.len();
        let named = places.map(|place| (route::route_id(&policy.routes, place), place));
        self.routes = named.collect();
        for group in self.groups.values_mut() {
            group.stories.clear();
        }
        for (id, story) in &self.stories {
            for member in &story.members {
                let group = self
                    .groups
                    .entry(member.group())
                    .or_insert_with(|| Group::new(String::new(), BTreeMap::new()));
                group.stories.insert(id.clone());
            }
        }
        let firing: Vec<String> = self
            .stories
            .iter()
            .filter(|(_, story)| story.fires())
            .map(|(id, _)| id.clone())
            .collect();
        for id in firing {
            self.route(policy, &id, now);
        }
        self.is_stirred = true;
    }

    /// Takes in what became of an alert; `hold` says why one that begins to fire is kept back.
    ///
    /// Gives back what was kept back and ended while minutes were caught up with: that is told as
    /// past, by whoever knows when all of it is there.
    pub fn take(
        &mut self,
        policy: &Policy,
        view: AlertView,
        hold: Option<Hold>,
        now: DateTime<Utc>,
    ) -> Option<AlertView> {
        let id = view.id.clone();
        self.is_stirred = true;
        let fires = view.state == State::Firing;
        let is_new = !self.stories.contains_key(&id);
        if let Some(story) = self.stories.get_mut(&id) {
            let view = match view.state {
                State::Ended => policy.last_seen(&story.view, view),
                State::Firing | State::Resolved => view,
            };
            if story.turn_into(view, now) {
                self.decide(&id, now, Decided::AcknowledgementLapsed);
            }
        } else {
            if let (true, Ok(fired)) = (fires, view.fired_at.parse::<Minute>()) {
                let note = self.flaps.fire(&view, fired);
                self.unwritten.insert(note);
            }
            let hold = hold.filter(|_| fires);
            self.held.extend(hold.map(|_| id.clone()));
            let story = Story::new(view, hold, now);
            self.stories.insert(id.clone(), story);
        }
        let story = self.stories.get(&id)?;
        let hold = story.hold.filter(|_| !fires);
        if let Some(note) = self.flaps.stir(story) {
            self.unwritten.insert(note);
        }
        self.touch_story(&id);
        if let Some(hold) = hold {
            let story = self.remove(&id)?;
            return (hold == Hold::CatchingUp).then_some(story.view);
        }
        if fires || is_new {
            self.route(policy, &id, now);
        }
        if is_new && self.stories.get(&id)?.members.is_empty() {
            self.decide(&id, now, Decided::Unrouted);
        }
        None
    }

    /// Does what a person asks for; the answer is theirs once what it changed is stored.
    pub fn order(&mut self, order: Order, now: DateTime<Utc>) -> Answer {
        let (answer, changed) = match order {
            Order::Silence { replaces, silence } => {
                self.silences.make(replaces.as_deref(), silence, now)
            }
            Order::Expire { id, .. } => (self.silences.expire(&id, now), vec![id]),
            Order::Acknowledge { alert, by, comment } => {
                return self.acknowledge(&alert, by, comment, now);
            }
        };
        if !changed.is_empty() {
            let notes = changed.iter().map(|id| format!("{SILENCE}{id}"));
            self.unwritten.extend(notes);
            self.is_stirred = true;
        }
        answer
    }

    fn acknowledge(
        &mut self,
        alert: &str,
        by: String,
        comment: String,
        now: DateTime<Utc>,
    ) -> Answer {
        if COMMENT_BYTES_MAX < by.len().max(comment.len()) {
            let why = format!("name and comment have at most {COMMENT_BYTES_MAX} bytes");
            return Answer::Refused { why };
        }
        let Some(story) = self.stories.get_mut(alert).filter(|story| story.fires()) else {
            return Answer::Unknown;
        };
        let at = now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        story.view.ack = Some(Acknowledgement {
            by: by.clone(),
            at,
            comment: comment.clone(),
        });
        story.is_ack_news = true;
        story.updated = now;
        self.unwritten.insert(format!("{STORY}{alert}"));
        self.is_stirred = true;
        self.decide(alert, now, Decided::Acknowledged { by, comment });
        Answer::Done {
            id: alert.to_owned(),
        }
    }

    /// Returns the silences that are or will be, and those that ended lately.
    pub fn silences(&self) -> impl Iterator<Item = &Silence> {
        self.silences.all()
    }

    /// Returns what fires, by firing id, and what is over and not told everywhere yet.
    pub fn stories(&self) -> impl Iterator<Item = &Story> {
        self.stories.values()
    }

    /// Returns the groups in which a firing is told, with their routes' places.
    pub fn groups_of<'a>(
        &'a self,
        story: &'a Story,
    ) -> impl Iterator<Item = (&'a Member, Option<usize>, &'a Group)> {
        story.members.iter().filter_map(|member| {
            let group = self.groups.get(&member.group())?;
            Some((member, self.routes.get(&group.route).copied(), group))
        })
    }

    /// Returns when something is due next, if nothing comes in before; now, if something came in.
    pub fn due(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.is_stirred {
            Some(now)
        } else {
            self.next
        }
    }

    /// Returns the alerts that flap, each with the minute of data with which it has come to rest if nothing
    /// happens to it until then. Minutes of data count, so it is no part of [`due`](Self::due).
    pub fn rests(&self) -> impl Iterator<Item = (&AlertName, Minute)> {
        self.flaps.rests()
    }

    /// Returns what was decided since this was asked last, and why.
    pub fn decided(&mut self) -> Vec<Decision> {
        std::mem::take(&mut self.decisions)
    }

    /// Puts what changed into the notes.
    pub fn keep(&mut self, notes: &mut BTreeMap<String, Option<String>>) {
        for name in std::mem::take(&mut self.unwritten) {
            let text = self.text_of(&name);
            notes.insert(name, text);
        }
    }

    fn text_of(&self, name: &str) -> Option<String> {
        // These types have nothing that JSON cannot hold.
        if let Some(id) = name.strip_prefix(STORY) {
            serde_json::to_string(self.stories.get(id)?).ok()
        } else if let Some(note) = name.strip_prefix(GROUP) {
            let group = self.groups.get(&GroupId::parse(note)?)?;
            serde_json::to_string(group).ok()
        } else if let Some(id) = name.strip_prefix(SILENCE) {
            self.silences.text_of(id)
        } else if let Some(id) = name.strip_prefix(FLAP) {
            self.flaps.text_of(id)
        } else {
            self.storms.text_of(name.strip_prefix(STORM)?)
        }
    }

    pub(super) fn decide(&mut self, firing: &str, at: DateTime<Utc>, what: Decided) {
        let firing = firing.to_owned();
        self.decisions.push(Decision { firing, at, what });
    }

    pub(super) fn touch_story(&mut self, id: &str) {
        self.unwritten.insert(format!("{STORY}{id}"));
    }

    pub(super) fn touch_group(&mut self, id: &GroupId) {
        self.unwritten.insert(format!("{GROUP}{}", id.note()));
    }

    /// Returns the route of a group; the defaults if its route is no more.
    pub(super) fn route_of<'a>(&self, policy: &'a Policy, group: &Group) -> Option<&'a Route> {
        let place = self.routes.get(&group.route)?;
        policy.routes.get(*place)
    }

    /// Looks up who is told of a firing. A receiver that was told of it keeps what it knows, also
    /// where the firing moves to another group.
    fn route(&mut self, policy: &Policy, id: &str, now: DateTime<Utc>) {
        let Some(story) = self.stories.get_mut(id) else {
            return;
        };
        let found = route::route_matches(&policy.routes, &story.labels);
        let mut before = std::mem::take(&mut story.members);
        for member in &before {
            if let Some(group) = self.groups.get_mut(&member.group()) {
                group.stories.remove(id);
            }
        }
        let mut members = Vec::with_capacity(found.len());
        for matched in found {
            let known = before.iter().position(|m| m.receiver == matched.receiver.0);
            let mut member = known.map_or_else(
                || Member::new(String::new(), matched.receiver.0.clone()),
                |at| before.remove(at),
            );
            member.is_escalated = false;
            let from = member.group();
            let is_moved = member.key != matched.key;
            member.key.clone_from(&matched.key);
            let of = member.group();
            let group = self.groups.entry(of.clone());
            let group = group.or_insert_with(|| Group::new(String::new(), matched.labels));
            group.route = matched.route_id;
            self.touch_group(&of);
            if is_moved {
                self.carry_on(id, &member, &from, now);
                let what = Decided::Routed {
                    route: matched.route,
                    group: matched.key,
                    receiver: matched.receiver.0,
                };
                self.decide(id, now, what);
            }
            members.push(member);
        }
        before.retain(|member| member.told.is_some());
        members.append(&mut before);
        for member in &members {
            if let Some(group) = self.groups.get_mut(&member.group()) {
                group.stories.insert(id.to_owned());
            }
        }
        self.touch_story(id);
        if let Some(story) = self.stories.get_mut(id) {
            story.members = members;
            story.forget_left_escalations();
        }
    }

    /// Removes a firing, and takes it out of its groups.
    pub(super) fn remove(&mut self, id: &str) -> Option<Story> {
        let story = self.stories.remove(id)?;
        self.held.remove(id);
        self.touch_story(id);
        for member in &story.members {
            self.leave(id, member);
        }
        Some(story)
    }

    /// Takes a firing out of a group.
    pub(super) fn leave(&mut self, id: &str, member: &Member) {
        let of = member.group();
        if let Some(group) = self.groups.get_mut(&of) {
            group.stories.remove(id);
            self.touch_group(&of);
        }
    }
}
