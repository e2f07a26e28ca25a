//! Messages: from firings and a reason to a notification for each channel.

use std::collections::{BTreeMap, BTreeSet};

use chrono::SecondsFormat;

use super::decision::Decided;
use super::desk::Desk;
use super::flush::{Current, FiringDomains, Item, Round};
use super::link::LinkAct;
use super::notification::{AlertView, Notification, Reason};
use super::policy::{Policy, group_of};
use super::route::ReceiverName;
use super::story::{News, Story};
use super::summary;
use crate::unit::stable_id;

/// How many further domains a message names at the most.
const OTHERS_MAX: usize = 500;
/// How many alerts a message of all that fires shows; the worst come first.
const SHOWN_MAX: usize = 500;

/// A message before it has channels: to whom, and why.
pub(super) struct Envelope<'a> {
    pub(super) receiver: &'a str,
    pub(super) key: &'a str,
    /// What its alerts have in common; what they happen to share, if it is of no group.
    pub(super) labels: Option<&'a BTreeMap<String, String>>,
    pub(super) reason: Reason,
    /// What tells it from the same news told again.
    pub(super) occasion: &'a str,
}

impl Desk {
    /// Posts messages of what is told again, the worst alerts first.
    pub(super) fn post_all(
        &mut self,
        round: &mut Round<'_>,
        envelope: &Envelope<'_>,
        items: Vec<Item>,
    ) {
        for chunk in self.worst_first(items).chunks(SHOWN_MAX) {
            self.post(round, envelope, chunk);
        }
    }

    /// Puts a message for each channel of its receiver into the outbox.
    ///
    /// The delivery ids follow from what is told of whom, to whom and why: never from the time.
    pub(super) fn post(&mut self, round: &mut Round<'_>, envelope: &Envelope<'_>, items: &[Item]) {
        let mut parts = vec![envelope.key.to_owned(), envelope.reason.as_str().to_owned()];
        parts.push(envelope.occasion.to_owned());
        let mut alerts = Vec::with_capacity(items.len());
        for (id, what) in items {
            let Some(story) = self.stories.get(id) else {
                continue;
            };
            let returns = story.returns.to_string();
            let minute = story.view.minute.clone();
            parts.extend([id.clone(), minute, what.as_str().to_owned(), returns]);
            alerts.push(view_of(round, envelope.reason, story, *what));
        }
        if alerts.is_empty() {
            return;
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let told = stable_id(&parts);
        let others = self.others(round, envelope.receiver, &alerts);
        let group = envelope
            .labels
            .cloned()
            .unwrap_or_else(|| group_of(&alerts));
        let receiver = ReceiverName(envelope.receiver.to_owned());
        let is_ack = envelope.reason == Reason::Acknowledged;
        let channels = round.policy.channels_of(&receiver).iter().enumerate();
        let channels = channels.filter(|(_, channel)| !is_ack || channel.hears_acknowledgements);
        let mut deliveries = Vec::new();
        for (place, channel) in channels {
            let place = place.to_string();
            let id = stable_id(&["delivery", envelope.receiver, &place, &told]);
            deliveries.push(id.clone());
            round.outbox.push(Notification {
                id,
                receiver: envelope.receiver.to_owned(),
                channel: channel.number,
                reason: envelope.reason,
                group: group.clone(),
                timestamp: round.now.to_rfc3339_opts(SecondsFormat::Secs, true),
                alerts: alerts.clone(),
                key: envelope.key.to_owned(),
                others: others.clone(),
                undelivered: None,
            });
        }
        if is_ack && deliveries.is_empty() {
            return;
        }
        for view in &alerts {
            let what = Decided::Told {
                deliveries: deliveries.clone(),
                receiver: envelope.receiver.to_owned(),
                reason: envelope.reason,
                group: envelope.key.to_owned(),
                with: alerts.len() - 1,
            };
            self.decide(&view.id, round.now, what);
        }
    }

    /// Returns the domains on which the rules of these alerts fire beside those that are shown, as far
    /// as the receiver is told of them. One that is shown for another account has its account's name
    /// with it: that it is over there says nothing of this one.
    fn others(&self, round: &mut Round<'_>, receiver: &str, alerts: &[AlertView]) -> Vec<String> {
        let firing = round.firing.get_or_insert_with(|| self.firing_domains());
        let Some(firing) = firing.get(receiver) else {
            return Vec::new();
        };
        let rules: BTreeSet<&str> = alerts.iter().map(|view| view.rule.as_str()).collect();
        let shown: BTreeSet<(String, String)> = alerts.iter().flat_map(series_of).collect();
        let names: BTreeSet<&String> = shown.iter().map(|(domain, _)| domain).collect();
        let others = rules.iter().filter_map(|rule| firing.get(*rule)).flatten();
        let others = others.filter(|series| !shown.contains(series));
        let others: BTreeSet<String> = others
            .map(|(domain, account)| {
                if names.contains(domain) {
                    format!("{domain} ({account})")
                } else {
                    domain.clone()
                }
            })
            .collect();
        others.into_iter().take(OTHERS_MAX).collect()
    }

    fn firing_domains(&self) -> FiringDomains {
        let mut firing = FiringDomains::new();
        let stories = self.stories.values();
        for story in stories.filter(|story| story.fires() && story.mutes.is_empty()) {
            for member in &story.members {
                let rules = firing.entry(member.receiver.clone()).or_default();
                let domains = rules.entry(story.view.rule.clone()).or_default();
                domains.extend(series_of(&story.view));
            }
        }
        firing
    }
}

/// Returns the domains of an alert, each with its account.
fn series_of(view: &AlertView) -> impl Iterator<Item = (String, String)> {
    let domains = view.domains.iter();
    domains.map(|domain| (domain.clone(), view.account.clone()))
}

/// Returns an alert as a message shows it: with the numbers of now, where it is told of later than
/// it happened.
fn view_of(round: &Round<'_>, reason: Reason, story: &Story, what: News) -> AlertView {
    let is_of_now = matches!(
        reason,
        Reason::Reminder | Reason::Escalation | Reason::Acknowledged
    ) || matches!(what, News::Back | News::Settled | News::Called);
    if !is_of_now || !story.fires() {
        return story.view.clone();
    }
    match (round.current)(&story.alert()) {
        Some(current) => round.policy.refresh(&story.view, &current, reason),
        None => story.view.clone(),
    }
}

impl Policy {
    /// Returns an alert that can be judged no longer as its end is told: with the labels and
    /// numbers that it had last, since nothing was measured now and its rule may be gone.
    pub(super) fn last_seen(&self, last: &AlertView, end: AlertView) -> AlertView {
        let mut view = AlertView {
            state: end.state,
            ended_at: end.ended_at,
            end_reason: end.end_reason,
            minute: end.minute,
            url: end.url,
            ack_url: end.ack_url,
            silence_url: end.silence_url,
            ..last.clone()
        };
        let texts = self.texts.get(&view.rule).filter(|t| !t.summary.is_empty());
        if let (Some(texts), Ok(minute)) = (texts, view.minute.parse()) {
            view.summary = summary::render(&texts.summary, &view, Reason::Ended, minute);
        }
        view
    }

    /// Returns an alert that fires with its numbers of now.
    pub fn refresh(&self, view: &AlertView, current: &Current, reason: Reason) -> AlertView {
        let mut view = view.clone();
        let Some(evidence) = &current.evidence else {
            return view;
        };
        view.minute = current.minute.to_string();
        // The links of a message that comes weeks after the first must not have expired.
        view.ack_url = self.link(LinkAct::Acknowledge, &view.id, current.minute);
        view.silence_url = self.link(LinkAct::Silence, &view.id, current.minute);
        Self::take_numbers(&mut view, evidence);
        if let Some(texts) = self.texts.get(&view.rule).filter(|t| !t.summary.is_empty()) {
            view.summary = summary::render(&texts.summary, &view, reason, current.minute);
        }
        view
    }
}
