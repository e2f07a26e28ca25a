//! The channels of a receiver: where each leads, and the number that the outbox knows it by.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::ExposeSecret as _;

use super::webhook::shown;
use super::words::worst_first;
use crate::config::{Channel, Format, Notify};
use crate::dispatch::{Notification, ReceiverName};
use crate::unit::stable_id;

/// Returns where a channel leads, as a person knows it, without secrets.
pub fn place(channel: &Channel) -> String {
    match channel {
        Channel::Email { to, .. } => format!("mail to {to}"),
        Channel::Webhook { url, .. } => format!("webhook {}", shown(url.expose_secret())),
        Channel::Alertmanager { urls } => {
            let peers: Vec<String> = urls.iter().map(|url| shown(url.expose_secret())).collect();
            format!("alertmanager {}", peers.join(", "))
        }
        Channel::Console { .. } => "console".to_owned(),
    }
}

/// Returns for each channel of a receiver where it leads and, of several that lead to one place, which
/// of them it is: `webhook https://chat.example.com/… (2 of 2)`.
pub fn places(channels: &[Channel]) -> Vec<String> {
    let places: Vec<String> = channels.iter().map(place).collect();
    let told = places.iter().enumerate().map(|(at, place)| {
        let is_it = |other: &&String| *other == place;
        let before = places.iter().take(at).filter(is_it).count();
        match places.iter().filter(is_it).count() {
            1 => place.clone(),
            many => format!("{place} ({} of {many})", before + 1),
        }
    });
    told.collect()
}

/// Returns what a person knows the channel of a receiver by that has this number, if the rules file
/// still has it.
pub fn place_of(notify: &Notify, receiver: &str, number: u32) -> Option<String> {
    let channels = channels_of(notify, receiver)?;
    places(channels).into_iter().nth(at(channels, number)?)
}

/// Whether a channel leads to a service that keeps alerts and escalates them by itself, so that it
/// has to hear that a person has taken one on.
pub fn hears_acknowledgements(channel: &Channel) -> bool {
    keeps_alerts(channel)
}

/// Divides a message into what a channel takes or refuses as a whole, in the order in which it is
/// told: the message itself, or each of its alerts, the worst first, where the service keeps
/// alerts of its own. What has no alerts left to tell is nothing.
pub fn apart(notification: &Notification, channel: &Channel) -> Vec<Notification> {
    if notification.alerts.is_empty() {
        return Vec::new();
    }
    if !keeps_alerts(channel) {
        return vec![notification.clone()];
    }
    let alerts = worst_first(notification).into_iter();
    let of_one = alerts.map(|alert| Notification {
        alerts: vec![alert.clone()],
        ..head(notification)
    });
    of_one.collect()
}

/// Returns a message without its alerts, which may be many.
fn head(of: &Notification) -> Notification {
    Notification {
        id: of.id.clone(),
        receiver: of.receiver.clone(),
        channel: of.channel,
        reason: of.reason,
        group: of.group.clone(),
        timestamp: of.timestamp.clone(),
        alerts: Vec::new(),
        key: of.key.clone(),
        others: of.others.clone(),
        undelivered: of.undelivered.clone(),
    }
}

fn keeps_alerts(channel: &Channel) -> bool {
    let Channel::Webhook { format, .. } = channel else {
        return false;
    };
    matches!(format, Format::Pagerduty { .. } | Format::Opsgenie { .. })
}

/// Returns channels of one receiver with the numbers that the outbox knows them by.
///
/// A number follows from where its channel leads, not from the place in the file nor from secrets:
/// a message that waits while the file changes goes where it was to go, or nowhere. Of several
/// that lead to one place, such as two robots of one chat service, the order counts.
pub fn numbered(channels: &[Channel]) -> Vec<(u32, &Channel)> {
    let mut of_place: BTreeMap<String, usize> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    let mut number = |channel: &Channel| {
        let place = place(channel);
        let before = of_place.entry(place.clone()).or_default();
        let id = stable_id(&["channel", &place, &before.to_string()]);
        *before += 1;
        let digits = id.get(..8).unwrap_or_default();
        let mut number = u32::from_str_radix(digits, 16).unwrap_or_default();
        while !taken.insert(number) {
            number = number.wrapping_add(1);
        }
        number
    };
    channels.iter().map(|c| (number(c), c)).collect()
}

/// Returns the channel of a receiver that has this number, if the rules file still has it.
pub fn found<'a>(notify: &'a Notify, receiver: &str, number: u32) -> Option<&'a Channel> {
    let channels = channels_of(notify, receiver)?;
    channels.get(at(channels, number)?)
}

fn channels_of<'a>(notify: &'a Notify, receiver: &str) -> Option<&'a [Channel]> {
    let receiver = ReceiverName(receiver.to_owned());
    notify.receivers.get(&receiver).map(Vec::as_slice)
}

/// Returns the place among the channels that has this number. In stores of before, the number is
/// the place itself.
fn at(channels: &[Channel], number: u32) -> Option<usize> {
    let found = numbered(channels)
        .iter()
        .position(|(its, _)| *its == number);
    let of_before = || usize::try_from(number).ok();
    found.or_else(of_before).filter(|at| *at < channels.len())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "a test that panics has failed")]

    use secrecy::SecretString;

    use super::*;
    use crate::config::Language;

    fn mail(to: &str) -> Channel {
        Channel::Email {
            to: to.to_owned(),
            language: Language::En,
        }
    }

    fn hook(url: &str) -> Channel {
        Channel::Webhook {
            url: SecretString::from(url),
            secret: None,
            format: Format::Slack,
            language: Language::En,
        }
    }

    fn numbers(channels: &[Channel]) -> Vec<u32> {
        numbered(channels).into_iter().map(|(n, _)| n).collect()
    }

    #[test]
    fn a_channel_keeps_its_number_when_others_come_go_and_change_places() {
        let [ann, bob, eve] = ["ann", "bob", "eve"].map(|n| mail(&format!("{n}@example.com")));
        let before = numbers(&[ann.clone(), bob.clone()]);
        let after = numbers(&[eve, bob, ann]);
        assert_eq!([after[2], after[1]], [before[0], before[1]]);
        assert!(!before.contains(&after[0]));
    }

    #[test]
    fn a_channel_is_found_by_its_number_and_by_the_one_of_before() {
        let [ann, bob] = ["ann", "bob"].map(|n| mail(&format!("{n}@example.com")));
        let channels = [ann, bob];
        let number = numbers(&channels)[1];
        assert_eq!(at(&channels, number), Some(1));
        assert_eq!(at(&channels, 1), Some(1));
        assert_eq!(at(&channels, number ^ 1), None);
    }

    #[test]
    fn a_new_secret_is_no_new_channel_and_two_of_one_place_are_two() {
        let (old, new) = (
            "https://chat.example.com/a?key=1",
            "https://chat.example.com/b",
        );
        assert_eq!(numbers(&[hook(old)]), numbers(&[hook(new)]));
        let both = numbers(&[hook(old), hook(new)]);
        assert_ne!(both[0], both[1]);
    }

    #[test]
    fn of_channels_that_lead_to_one_place_it_is_said_which_is_meant() {
        let robot = |key| hook(&format!("https://chat.example.com/robot?key={key}"));
        let channels = [robot(1), mail("ann@example.com"), robot(2)];
        assert_eq!(
            places(&channels),
            [
                "webhook https://chat.example.com/… (1 of 2)",
                "mail to ann@example.com",
                "webhook https://chat.example.com/… (2 of 2)",
            ]
        );
    }
}
