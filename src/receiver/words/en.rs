//! The words of messages in English.

use super::alert::{Names, extent};
use super::{Counts, Tone, is_test, minutes, title};
use crate::config::Language;
use crate::dispatch::summary::{duration, one_line, plain};
use crate::dispatch::{Acknowledgement, AlertView, Notification, Reason, State};
use crate::unit::Severity;

/// The longest badge, in characters: severities are short words.
const BADGE_CHARS_MAX: usize = 20;

pub(super) const NAMES: Names = Names {
    whereabouts: "Where",
    since: "Since",
    value: "Value",
    began: "Began",
    over: "Over at",
    judged_until: "Judged until",
    value_now: "Value now",
    last_value: "Last value",
    against: "Compared with",
    worst: "At its worst",
    condition: "Condition",
    also: "Also",
    labels: "Labels",
    taken: "Acknowledged",
    runbook: "What to do",
    acknowledge: "Acknowledge",
    silence: "Silence",
    look: "Look at it",
    unknown: "unknown",
};

pub(super) fn badge(alert: &AlertView) -> String {
    let word = match alert.state {
        State::Firing => alert.severity.as_str(),
        State::Resolved => "resolved",
        State::Ended => "ended",
    };
    one_line(word, BADGE_CHARS_MAX).to_uppercase()
}

pub(super) fn subject(notification: &Notification, worst: &AlertView) -> String {
    let more = match notification.alerts.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let end = match (worst.state, notification.reason) {
        (State::Firing, Reason::Changed) => {
            format!(": now {}, {}", worst.severity, plain(worst))
        }
        (State::Firing, Reason::Reminder) => format!(": still, {}", plain(worst)),
        (State::Firing, Reason::Escalation) => format!(": not acknowledged, {}", plain(worst)),
        (State::Firing, Reason::Acknowledged) => format!(": acknowledged, {}", plain(worst)),
        (State::Firing, Reason::Unmuted) => format!(": muted no longer, {}", plain(worst)),
        (State::Firing, Reason::Flapping) => format!(": comes and goes, {}", plain(worst)),
        (State::Firing, Reason::Settled) => format!(": settled, {}", plain(worst)),
        (
            State::Firing,
            Reason::First
            | Reason::Added
            | Reason::PartlyResolved
            | Reason::Resolved
            | Reason::Ended
            | Reason::Past
            | Reason::Digest
            | Reason::Test,
        ) => format!(": {}", plain(worst)),
        (State::Resolved, Reason::Past) => format!(", in the past, for {}", lasted(worst)),
        (State::Resolved, Reason::Flapping) => ": comes and goes".to_owned(),
        (State::Resolved, _) => format!(" after {}", lasted(worst)),
        (State::Ended, _) => format!(", not judged any longer: {}", why(worst)),
    };
    let test = if is_test(notification) { "[TEST] " } else { "" };
    let badge = badge(worst);
    let title = title(worst, Language::En);
    format!("{test}[{badge}] {title}{more}{end}")
}

pub(super) fn brief(alert: &AlertView) -> String {
    match alert.state {
        State::Firing => plain(alert),
        State::Resolved => format!("over after {}", lasted(alert)),
        State::Ended => format!("not judged any longer, {}", why(alert)),
    }
}

pub(super) const fn headline(reason: Reason) -> &'static str {
    match reason {
        Reason::First => "These alerts fire.",
        Reason::Added => "Further alerts fire.",
        Reason::Changed => "The severity of alerts has changed.",
        Reason::PartlyResolved => "Some of these alerts are over; others still fire.",
        Reason::Resolved => "These alerts are over.",
        Reason::Ended => "Alerts can be judged no longer. That is no recovery.",
        Reason::Past => "These alerts fired and ended while their minutes could not be asked for.",
        Reason::Reminder => "A reminder: these alerts still fire.",
        Reason::Escalation => "Nobody has acknowledged these alerts.",
        Reason::Acknowledged => "Somebody has taken these alerts on.",
        Reason::Unmuted => "These alerts were muted, and still fire now that they are not.",
        Reason::Flapping => {
            "These alerts come and go so often that each time is told no longer, until they settle."
        }
        Reason::Settled => "These alerts came and went, and have settled.",
        Reason::Digest => "There were many messages in a short time; this one stands for them.",
        Reason::Test => "This is a test of telling.",
    }
}

/// Returns for example `512 alerts: 12 critical, 400 warning, 100 resolved`.
pub(super) fn counts(counts: &Counts) -> String {
    let all: usize = counts.values().sum();
    format!("{all} alerts: {}", list(counts))
}

pub(super) fn rest(counts: &Counts) -> String {
    let more: usize = counts.values().sum();
    format!(
        "And {more} more, which this message does not list: {}.",
        list(counts)
    )
}

fn list(counts: &Counts) -> String {
    let words: Vec<String> = counts
        .iter()
        .map(|(tone, count)| {
            let word = match tone.0 {
                Tone::Firing(Severity::Critical) => "critical",
                Tone::Firing(Severity::Warning) => "warning",
                Tone::Firing(Severity::Info) => "info",
                Tone::Unknown => "ended",
                Tone::Over => "resolved",
            };
            format!("{count} {word}")
        })
        .collect();
    words.join(", ")
}

pub(super) fn lead(notification: &Notification, alert: &AlertView) -> String {
    match (extent(notification, alert), &alert.ended_at) {
        (None, _) => String::new(),
        (Some((from, to)), None) => format!("for {}", duration(from, to)),
        (Some((from, to)), Some(_)) => format!("after {}", duration(from, to)),
    }
}

pub(super) fn sentence(notification: &Notification, alert: &AlertView) -> String {
    let test = if is_test(notification) {
        "This is a test of telling. "
    } else {
        ""
    };
    let now = plain(alert);
    let happened = match (alert.state, notification.reason) {
        (State::Firing, Reason::Changed) => format!("It is {} now: {now}.", alert.severity),
        (State::Firing, Reason::Reminder) => format!("It still fires: {now}."),
        (State::Firing, Reason::Escalation) => {
            format!("It fires, and nobody has acknowledged it: {now}.")
        }
        (State::Firing, Reason::Acknowledged) => {
            format!("It fires, and somebody has taken it on: {now}.")
        }
        (State::Firing, Reason::Unmuted) => {
            format!("It was muted, and still fires now that it is not: {now}.")
        }
        (State::Firing, Reason::Flapping) => format!(
            "It comes and goes so often that each time is told no longer, until it settles. Just now it fires: {now}."
        ),
        (State::Firing, Reason::Settled) => {
            format!("It came and went, and has settled: it fires, {now}.")
        }
        (
            State::Firing,
            Reason::First
            | Reason::Added
            | Reason::PartlyResolved
            | Reason::Resolved
            | Reason::Ended
            | Reason::Past
            | Reason::Digest
            | Reason::Test,
        ) => format!("It fires: {now}."),
        (State::Resolved, Reason::Past) => format!(
            "It fired and resolved while its minutes could not be asked for; it lasted {}.",
            lasted(alert)
        ),
        (State::Resolved, Reason::Flapping) => {
            "It comes and goes so often that each time is told no longer, until it settles. Just now it is over.".to_owned()
        }
        (State::Resolved, Reason::Settled) => {
            format!("It came and went, and has settled: it is over after {}.", lasted(alert))
        }
        (State::Resolved, _) => format!("It is over after {}.", lasted(alert)),
        (State::Ended, _) => format!(
            "It can be judged no longer: {}. This is no recovery: whether the site is well is not known.",
            why(alert)
        ),
    };
    format!("{test}{happened}")
}

/// Returns a time with how long it had been by then: `2026-11-22 10:00 UTC, for 13m`.
pub(super) fn after(at: &str, from: &str, to: &str, is_over: bool) -> String {
    let word = if is_over { "after" } else { "for" };
    format!("{at}, {word} {}", span(from, to))
}

pub(super) fn acknowledged(ack: &Acknowledgement, at: &str) -> String {
    let comment = if ack.comment.is_empty() {
        String::new()
    } else {
        format!(": {}", ack.comment)
    };
    format!("by {}, {at}{comment}", ack.by)
}

fn why(alert: &AlertView) -> String {
    match alert.end_reason.as_str() {
        "" => "no reason is known".to_owned(),
        reason => reason.trim_end_matches('.').to_owned(),
    }
}

fn lasted(alert: &AlertView) -> String {
    span(&alert.since, alert.ended_at.as_deref().unwrap_or_default())
}

/// How long it is between two times as a message writes them, in whole minutes.
fn span(from: &str, to: &str) -> String {
    match minutes(from, to) {
        Some((from, to)) => duration(from, to),
        None => "an unknown time".to_owned(),
    }
}
