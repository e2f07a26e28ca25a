//! What is known of one firing: what it is, what mutes it, and who has been told what.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::escalate::EscalationProgress;
use super::group::GroupId;
use super::mute::{Hold, Mute};
use super::notification::{AlertView, State};
use super::policy::matchable;

/// One firing of an alert, from its beginning until everybody concerned has heard of its end.
///
/// This is the form of its note, so fields are only ever added, with a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Story {
    /// What it is, as of its last transition.
    pub view: AlertView,
    /// Why the pipeline keeps it back, if it does.
    #[serde(default)]
    pub hold: Option<Hold>,
    /// What kept it back until it was freed, and when that was.
    #[serde(default)]
    pub freed: Option<(Hold, DateTime<Utc>)>,
    /// What muted it when it was looked at last.
    #[serde(default)]
    pub mutes: Vec<Mute>,
    /// Since when something mutes it, if something does.
    #[serde(default)]
    pub muted: Option<DateTime<Utc>>,
    /// How often people were to hear that it is muted no longer.
    #[serde(default)]
    pub returns: u32,
    /// Its part in an alert that flaps.
    #[serde(default)]
    pub role: Role,
    /// Who is told of it.
    #[serde(default)]
    pub members: Vec<Member>,
    /// How far its escalations are, by group; notes have them as `climbs`.
    #[serde(default, rename = "climbs")]
    pub escalations: BTreeMap<String, EscalationProgress>,
    /// Whether services that escalate by themselves have yet to hear that it was taken on.
    #[serde(default)]
    pub is_ack_news: bool,
    /// When it was heard of first; long ago in notes of before.
    #[serde(default)]
    pub began: DateTime<Utc>,
    /// When it last changed.
    pub updated: DateTime<Utc>,
    /// What routes, silences and inhibitions match.
    #[serde(skip)]
    pub labels: BTreeMap<String, String>,
}

/// The part of a firing in an alert that flaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// None.
    #[default]
    None,
    /// By it people hear that the alert flaps.
    Announces,
    /// By it they hear what the alert has settled as.
    Settles,
}

/// A receiver that is told of a firing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The key of the group in which it is told.
    pub key: String,
    /// The receiver.
    pub receiver: String,
    /// Whether it is told only because of an escalation.
    #[serde(default)]
    pub is_escalated: bool,
    /// What it was told last.
    #[serde(default)]
    pub told: Option<Said>,
    /// Whether it is to hear that the alert is muted no longer.
    #[serde(default)]
    pub is_back: bool,
    /// Whether it has heard what the firing's role has to say.
    #[serde(default)]
    pub has_heard: bool,
}

/// What a receiver was told of a firing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The state.
    pub state: State,
    /// The severity.
    pub severity: String,
}

/// What a receiver has yet to hear of a firing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    /// It fires.
    Fired,
    /// It fires and is muted no longer.
    Back,
    /// It has another severity.
    Changed,
    /// It fires, and nobody has taken it on.
    Called,
    /// It fires again and again.
    Flaps,
    /// It has come to rest.
    Settled,
    /// It is over.
    Over,
}

impl News {
    /// Returns its word, which is part of delivery ids.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fired => "fired",
            Self::Back => "back",
            Self::Changed => "changed",
            Self::Called => "called",
            Self::Flaps => "flaps",
            Self::Settled => "settled",
            Self::Over => "over",
        }
    }
}

impl Story {
    /// Returns the story that begins with this view.
    pub fn new(view: AlertView, hold: Option<Hold>, now: DateTime<Utc>) -> Self {
        Self {
            labels: matchable(&view),
            view,
            hold,
            freed: None,
            mutes: Vec::new(),
            muted: None,
            returns: 0,
            role: Role::None,
            members: Vec::new(),
            escalations: BTreeMap::new(),
            is_ack_news: false,
            began: now,
            updated: now,
        }
    }

    /// Reads a note.
    pub fn parse(text: &str) -> Option<Self> {
        let mut story: Self = serde_json::from_str(text).ok()?;
        story.labels = matchable(&story.view);
        Some(story)
    }

    /// Takes in what has become of it. An acknowledgement holds until the severity rises; returns
    /// whether it has lapsed by that. Then nobody has it, and all steps of escalation are before it.
    pub fn turn_into(&mut self, view: AlertView, now: DateTime<Utc>) -> bool {
        let ack = self.view.ack.take();
        let rises = self.view.severity.parse::<crate::unit::Severity>().ok()
            < view.severity.parse::<crate::unit::Severity>().ok();
        let lapses = ack.is_some() && rises;
        self.view = view;
        self.view.ack = ack.filter(|_| !lapses);
        self.labels = matchable(&self.view);
        self.updated = now;
        if lapses {
            for escalation in self.escalations.values_mut() {
                *escalation = EscalationProgress {
                    begins_anew: true,
                    ..EscalationProgress::new(now)
                };
            }
        }
        lapses
    }

    /// Takes in what mutes it now. Of what was told by itself nobody hears that it mutes no longer.
    pub fn be_muted(&mut self, mutes: Vec<Mute>, now: DateTime<Utc>) {
        let was = std::mem::replace(&mut self.mutes, mutes);
        self.updated = now;
        if was.is_empty() {
            self.muted = Some(now);
        }
        if !self.fires() {
            return;
        }
        let ended: Vec<Mute> = was
            .into_iter()
            .filter(|mute| !self.mutes.contains(mute))
            .collect();
        for member in &mut self.members {
            let knows = member.knows_it_fires();
            member.is_back |= ended.iter().any(|mute| mute.is_told_back(knows));
        }
        if self.mutes.is_empty() {
            self.come_back(now);
        }
    }

    /// Lets escalation go on where nothing mutes it any more: anew, where people are to hear of that.
    fn come_back(&mut self, now: DateTime<Utc>) {
        let lasted = self.muted.take().map(|since| now - since);
        let back = || self.members.iter().filter(|member| member.is_back);
        self.returns += u32::from(back().next().is_some());
        for (key, escalation) in &mut self.escalations {
            escalation.since += lasted.unwrap_or_default();
            escalation.begins_anew |= back().any(|member| member.key == *key);
        }
    }

    /// Forgets the escalations of groups in which it is told no more: where it comes back, they begin anew.
    pub fn forget_left_escalations(&mut self) {
        let routed = self.members.iter().filter(|member| !member.is_escalated);
        let routed: Vec<&String> = routed.map(|member| &member.key).collect();
        self.escalations.retain(|key, _| routed.contains(&key));
    }

    /// Notes that it was told in a group as it is now. With that its escalation begins there.
    pub fn note_heard(&mut self, group: &GroupId, now: DateTime<Utc>) {
        let fires = self.fires();
        let Some(member) = self.members.iter_mut().find(|m| m.is_of(group)) else {
            return;
        };
        member.hear(&self.view, self.role);
        if fires && !member.is_escalated {
            let escalation = self.escalations.entry(group.key.clone());
            let escalation = escalation.or_insert_with(|| EscalationProgress::new(now));
            if std::mem::take(&mut escalation.begins_anew) {
                escalation.since = now;
            }
        }
    }

    /// Whether it fires.
    pub fn fires(&self) -> bool {
        self.view.state == State::Firing
    }

    /// Whether it fires, nothing keeps it back, and nobody has heard of it.
    pub fn is_untold(&self) -> bool {
        let is_told = self.members.iter().any(|member| member.told.is_some());
        self.fires() && self.hold.is_none() && !is_told
    }

    /// Whether it fires, nothing mutes it, and nobody has taken it on.
    pub fn is_open(&self) -> bool {
        self.fires() && self.mutes.is_empty() && self.view.ack.is_none()
    }

    /// Returns which alert it is of, whenever it fires.
    pub fn alert(&self) -> AlertName {
        AlertName::of(&self.view)
    }

    /// Returns what a member has to hear now, if anything.
    pub fn news(&self, member: &Member) -> Option<News> {
        let is_muted = !self.mutes.is_empty();
        // Whoever knows that it fires hears of its end, whatever else mutes it.
        let waits = |mute: &Mute| matches!(mute, Mute::OutsideHours | Mute::Flapping);
        let ends = !self.fires() && member.knows_it_fires();
        let is_kept_back = if ends {
            self.mutes.iter().any(waits)
        } else {
            is_muted
        };
        let role = match self.role {
            Role::None => None,
            Role::Announces => Some(News::Flaps),
            Role::Settles => Some(News::Settled),
        };
        let hears_role = !member.is_escalated && !member.has_heard;
        match role {
            Some(what) if hears_role => return (!is_kept_back).then_some(what),
            // Until it settles, its comings and goings are kept back.
            Some(News::Flaps) => return None,
            Some(_) | None => {}
        }
        match (&member.told, self.fires()) {
            (None, false) => Some(News::Over),
            (Some(_), false) => (ends && !is_kept_back).then_some(News::Over),
            (_, true) if is_muted || member.is_escalated => None,
            (None, true) if member.is_back => Some(News::Back),
            (None, true) => Some(News::Fired),
            (Some(said), true) if said.severity != self.view.severity => Some(News::Changed),
            (Some(_), true) => {
                let is_news = member.is_back && self.view.ack.is_none();
                is_news.then_some(News::Back)
            }
        }
    }

    /// Whether a member is to be reminded of it: it knows that it fires, and nobody has taken it on.
    pub fn reminds(&self, member: &Member) -> bool {
        !member.is_escalated && self.is_open() && member.knows_it_fires()
    }

    /// Whether nothing is left to be told of it to this member.
    pub fn is_done_for(&self, member: &Member) -> bool {
        let is_told = member
            .told
            .as_ref()
            .is_some_and(|s| s.state != State::Firing);
        let is_heard = match self.role {
            Role::None => true,
            Role::Announces => false,
            Role::Settles => member.has_heard || member.is_escalated,
        };
        !self.fires() && is_told && is_heard
    }
}

impl Member {
    /// Returns the part of a receiver that has heard nothing yet.
    pub fn new(key: String, receiver: String) -> Self {
        Self {
            key,
            receiver,
            is_escalated: false,
            told: None,
            is_back: false,
            has_heard: false,
        }
    }

    /// Whether this is the group in which it is told.
    pub fn is_of(&self, group: &GroupId) -> bool {
        self.key == group.key && self.receiver == group.receiver
    }

    /// Returns the group in which it is told.
    pub fn group(&self) -> GroupId {
        GroupId {
            key: self.key.clone(),
            receiver: self.receiver.clone(),
        }
    }

    /// Whether it was told that the alert fires, and nothing since.
    pub fn knows_it_fires(&self) -> bool {
        self.told
            .as_ref()
            .is_some_and(|said| said.state == State::Firing)
    }

    /// Notes that it has been told of the firing as it is now.
    pub fn hear(&mut self, view: &AlertView, role: Role) {
        self.told = Some(Said {
            state: view.state,
            severity: view.severity.clone(),
        });
        self.is_back = false;
        self.has_heard = role != Role::None;
    }
}

/// The label of built-in alerts that says which of several causes they have.
pub const CAUSE: &str = "cause";

/// Which alert, whenever it fires.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AlertName {
    /// The rule.
    pub rule: String,
    /// The account; empty for a rule over many domains.
    pub account: String,
    /// The domain; empty for a rule over many domains.
    pub domain: String,
    /// The cause, of a built-in alert.
    pub cause: String,
}

impl AlertName {
    /// Returns which alert a view is of.
    pub fn of(view: &AlertView) -> Self {
        let is_built_in = view.domain.is_empty() && !view.account.is_empty();
        let cause = view.labels.get(CAUSE).filter(|_| is_built_in);
        Self {
            rule: view.rule.clone(),
            account: view.account.clone(),
            domain: view.domain.clone(),
            cause: cause.cloned().unwrap_or_default(),
        }
    }
}
