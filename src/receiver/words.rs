//! What a message says, in words: shared by mails and the console.
//!
//! An end without a recovery is never worded as one.

use chrono::{DateTime, Utc};

use crate::dispatch::summary::{duration, one_line, plain};
use crate::dispatch::{AlertView, Notification, Reason, State};
use crate::unit::{Minute, Severity};

/// The longest subject, in characters: what mail programs show of it is shorter still.
const SUBJECT_CHARS_MAX: usize = 150;
/// The longest value of a line, in characters.
const LINE_CHARS_MAX: usize = 1_000;
/// The longest answer of another receiver, in characters.
const ANSWER_CHARS_MAX: usize = 300;
/// The longest badge, in characters: severities are short words.
const BADGE_CHARS_MAX: usize = 20;
/// How many domains and labels are named in one line.
const NAMES_MAX: usize = 10;

/// An alert in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// Its state or severity in capitals: `CRITICAL`, `RESOLVED`, `ENDED`.
    pub badge: String,
    /// For how long it fires, or how long it did: `for 13m`; empty if nobody knows.
    pub lead: String,
    /// The rule that it is about.
    pub rule: String,
    /// Where it is, in one word; may be empty.
    pub place: String,
    /// What happened, as one sentence.
    pub sentence: String,
    /// The rule's summary; empty if it has none.
    pub summary: String,
    /// What is known, each with its name.
    pub rows: Vec<(&'static str, String)>,
    /// What to do next, each with its name: links.
    pub links: Vec<(&'static str, String)>,
    /// How loud it is.
    pub tone: Tone,
}

impl Told {
    /// Returns what it is about in one line: rule and place.
    pub(super) fn title(&self) -> String {
        let gap = if self.place.is_empty() { "" } else { " " };
        format!("{}{gap}{}", self.rule, self.place)
    }
}

/// How loud an alert in a message is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// It fires, that badly.
    Firing(Severity),
    /// It is over.
    Over,
    /// It can be judged no longer.
    Unknown,
}

/// Returns the subject of a message: one line that says it all.
///
/// The worst alert stands for the others, which are counted.
pub(super) fn subject(notification: &Notification) -> String {
    let rank = |alert: &&AlertView| match tone(alert) {
        Tone::Firing(severity) => 2 + severity as u8,
        Tone::Unknown => 1,
        Tone::Over => 0,
    };
    let Some(worst) = notification.alerts.iter().rev().max_by_key(rank) else {
        return "Foghorn: a message without alerts".to_owned();
    };
    let more = match notification.alerts.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let end = match (worst.state, notification.reason) {
        (State::Firing, Reason::Changed) => {
            format!(": now {}, {}", worst.severity, plain(worst))
        }
        (State::Firing, _) => format!(": {}", plain(worst)),
        (State::Resolved, Reason::Past) => format!(", in the past, for {}", lasted(worst)),
        (State::Resolved, _) => format!(" after {}", lasted(worst)),
        (State::Ended, _) => format!(", not judged any longer: {}", why(worst)),
    };
    let test = match notification.reason {
        Reason::Test => "[TEST] ",
        _ => "",
    };
    let badge = badge(worst);
    let title = title(worst);
    one_line(
        &format!("{test}[{badge}] {title}{more}{end}"),
        SUBJECT_CHARS_MAX,
    )
}

/// Returns an alert of a message in words.
pub(super) fn told(notification: &Notification, alert: &AlertView) -> Told {
    let links = [
        ("What to do", &alert.runbook_url),
        ("Look at it", &alert.url),
    ];
    let links = links.into_iter().filter(|(_, url)| !url.is_empty());
    Told {
        badge: badge(alert),
        lead: one_line(&lead(notification, alert), LINE_CHARS_MAX),
        rule: one_line(&alert.rule, LINE_CHARS_MAX),
        place: one_line(&place(alert), LINE_CHARS_MAX),
        sentence: one_line(
            &(undelivered(notification) + &sentence(notification.reason, alert)),
            LINE_CHARS_MAX,
        ),
        summary: one_line(&alert.summary, LINE_CHARS_MAX),
        rows: rows(notification, alert),
        links: links
            .map(|(name, url)| (name, one_line(url, LINE_CHARS_MAX)))
            .collect(),
        tone: tone(alert),
    }
}

fn tone(alert: &AlertView) -> Tone {
    match alert.state {
        State::Firing => Tone::Firing(alert.severity.parse().unwrap_or(Severity::Warning)),
        State::Resolved => Tone::Over,
        State::Ended => Tone::Unknown,
    }
}

fn badge(alert: &AlertView) -> String {
    let word = match alert.state {
        State::Firing => alert.severity.as_str(),
        State::Resolved => "resolved",
        State::Ended => "ended",
    };
    one_line(word, BADGE_CHARS_MAX).to_uppercase()
}

fn lead(notification: &Notification, alert: &AlertView) -> String {
    let end = match &alert.ended_at {
        None => notification.timestamp.as_str(),
        Some(ended) => ended.as_str(),
    };
    match (time(&alert.since), time(end)) {
        (Some(_), Some(_)) => match alert.ended_at {
            None => format!("for {}", span(&alert.since, end)),
            Some(_) => format!("after {}", span(&alert.since, end)),
        },
        _ => String::new(),
    }
}

fn title(alert: &AlertView) -> String {
    let place = place(alert);
    let gap = if place.is_empty() { "" } else { " " };
    format!("{}{gap}{place}", alert.rule)
}

/// Where it is, in one word: the domain, how many domains, or the account.
fn place(alert: &AlertView) -> String {
    match (alert.domain.as_str(), alert.domains.as_slice()) {
        ("", []) => alert.account.clone(),
        ("", [domain]) => domain.clone(),
        ("", domains) => format!("{} domains", domains.len()),
        (domain, _) => domain.to_owned(),
    }
}

/// Says who could not be told, of a message that went to the fallback.
fn undelivered(notification: &Notification) -> String {
    match &notification.undelivered {
        Some(of) => format!(
            "{} could not be told this ({}), so you are. ",
            of.receiver,
            one_line(&of.answer, ANSWER_CHARS_MAX)
        ),
        None => String::new(),
    }
}

fn sentence(reason: Reason, alert: &AlertView) -> String {
    let test = match reason {
        Reason::Test => "This is a test of telling. ",
        _ => "",
    };
    let happened = match (alert.state, reason) {
        (State::Firing, Reason::Changed) => {
            format!("It is {} now: {}.", alert.severity, plain(alert))
        }
        (State::Firing, _) => format!("It fires: {}.", plain(alert)),
        (State::Resolved, Reason::Past) => format!(
            "It fired and resolved while its minutes could not be asked for; it lasted {}.",
            lasted(alert)
        ),
        (State::Resolved, _) => format!("It is over after {}.", lasted(alert)),
        (State::Ended, _) => format!(
            "It can be judged no longer: {}. This is no recovery: whether the site is well is not known.",
            why(alert)
        ),
    };
    format!("{test}{happened}")
}

fn rows(notification: &Notification, alert: &AlertView) -> Vec<(&'static str, String)> {
    // Of what has no value, such as a source that fails, there is nothing to be unknown.
    let nothing = if alert.values.is_empty() {
        ""
    } else {
        "unknown"
    };
    let known = |text: &str| if text.is_empty() { nothing } else { text }.to_owned();
    let mut rows = vec![("Where", whereabouts(alert))];
    match &alert.ended_at {
        None => {
            let since = format!(
                "{}, for {}",
                moment(&alert.since),
                span(&alert.since, &notification.timestamp)
            );
            rows.push(("Since", since));
            rows.push(("Value", known(&alert.value)));
        }
        Some(ended) => {
            rows.push(("Began", moment(&alert.since)));
            let (until, value) = match alert.state {
                State::Ended => ("Judged until", "Last value"),
                State::Firing | State::Resolved => ("Over at", "Value now"),
            };
            rows.push((until, format!("{}, after {}", moment(ended), lasted(alert))));
            rows.push((value, known(&alert.value)));
        }
    }
    rows.push(("At its worst", known(&alert.peak)));
    rows.push(("Condition", alert.condition.clone()));
    for part in alert.values.iter().skip(1).take(NAMES_MAX) {
        rows.push(("Also", format!("{} is {}", part.text, known(&part.value))));
    }
    let labels: Vec<String> = alert
        .labels
        .iter()
        .take(NAMES_MAX)
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    rows.push(("Labels", labels.join(", ")));
    rows.into_iter()
        .map(|(name, value)| (name, one_line(&value, LINE_CHARS_MAX)))
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// Where it is, in full: domains by name, with the account.
fn whereabouts(alert: &AlertView) -> String {
    let mut names = match alert.domain.as_str() {
        "" => alert
            .domains
            .iter()
            .take(NAMES_MAX)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", "),
        domain => domain.to_owned(),
    };
    let more = alert.domains.len().saturating_sub(NAMES_MAX);
    if alert.domain.is_empty() && more > 0 {
        names = format!("{names} and {more} more");
    }
    match (names.is_empty(), alert.account.is_empty()) {
        (true, true) => String::new(),
        (true, false) => format!("account {}", alert.account),
        (false, true) => names,
        (false, false) => format!("{names} (account {})", alert.account),
    }
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
    match (time(from), time(to)) {
        (Some(from), Some(to)) => duration(Minute::containing(from), Minute::containing(to)),
        _ => "an unknown time".to_owned(),
    }
}

/// A time as people read it: `2026-11-22 10:00 UTC`.
fn moment(text: &str) -> String {
    time(text).map_or_else(
        || text.to_owned(),
        |time| time.format("%Y-%m-%d %H:%M UTC").to_string(),
    )
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    text.parse().ok()
}
