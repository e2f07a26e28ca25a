//! What a message says, in words: shared by mails, chats and the console, in each language.
//!
//! An end without a recovery is never worded as one. What the rules file says (names, labels,
//! conditions, summaries) stays as it is written; all else is in one language: [`en`], [`zh`].

mod alert;
mod count;
mod en;
mod figure;
mod zh;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

pub(super) use alert::{AlertWords, Link, alert_words};
pub(super) use figure::{alternative, caption};

use crate::config::Language;
use crate::dispatch::summary::one_line;
use crate::dispatch::{AlertView, Notification, Reason, State};
use crate::unit::{Minute, Severity};

/// The longest subject, in characters: what mail programs show of it is shorter still.
const SUBJECT_CHARS_MAX: usize = 150;
/// The longest value of a line, in characters.
const LINE_CHARS_MAX: usize = 1_000;
/// How many domains and labels are named in one line.
const NAMES_MAX: usize = 10;

/// A message in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Letter {
    /// All of it in one line.
    pub subject: String,
    /// Why it goes out, if its alerts are several; else they say it themselves.
    pub headline: String,
    /// How many alerts there are of each kind, if they are several.
    pub counts: String,
    /// The alerts that are shown, the worst first.
    pub alerts: Vec<AlertWords>,
    /// What is said of the alerts that are not shown; empty if all are.
    pub rest: String,
    /// The further domains that are affected, with the name of the line; empty if there are none.
    pub others: Option<(&'static str, String)>,
    /// How loud its worst alert is.
    pub tone: Tone,
    /// What stands between a name and its text.
    pub colon: &'static str,
}

/// How loud an alert in a message is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tone {
    /// It is over.
    Over,
    /// It can be judged no longer.
    Unknown,
    /// It fires, that badly.
    Firing(Severity),
}

/// Returns a message in words, with at most `shown` of its alerts.
pub(super) fn letter(notification: &Notification, language: Language, shown: usize) -> Letter {
    let sorted = worst_first(notification);
    let (listed, rest) = sorted.split_at(sorted.len().min(shown));
    let is_group = 1 < sorted.len();
    let headline = match language {
        _ if !is_group => "",
        Language::En => en::headline(notification.reason),
        Language::Zh => zh::headline(notification.reason),
    };
    let counts = match language {
        _ if !is_group => String::new(),
        Language::En => en::counts(&count::of(sorted.iter().copied())),
        Language::Zh => zh::counts(&count::of(sorted.iter().copied())),
    };
    let rest = match (rest.is_empty(), language) {
        (true, _) => String::new(),
        (false, Language::En) => en::rest(&count::of(rest.iter().copied())),
        (false, Language::Zh) => zh::rest(&count::of(rest.iter().copied())),
    };
    Letter {
        subject: subject_of(notification, language, sorted.first().copied()),
        headline: headline.to_owned(),
        counts,
        alerts: listed
            .iter()
            .map(|alert| alert_words(notification, alert, language))
            .collect(),
        rest,
        others: others(notification, language),
        tone: sorted.first().map_or(Tone::Unknown, |alert| tone(alert)),
        colon: colon(language),
    }
}

/// Returns the alerts of a message, the worst first; of those that are alike, in their order.
pub(super) fn worst_first(notification: &Notification) -> Vec<&AlertView> {
    let mut alerts: Vec<&AlertView> = notification.alerts.iter().collect();
    alerts.sort_by_key(|alert| std::cmp::Reverse(tone(alert)));
    alerts
}

/// Returns the subject of a message: one line that says it all. The worst alert stands for the
/// others, which are counted.
fn subject_of(
    notification: &Notification,
    language: Language,
    worst: Option<&AlertView>,
) -> String {
    let subject = match (worst, language) {
        (None, Language::En) => "Foghorn: a message without alerts".to_owned(),
        (None, Language::Zh) => "Foghorn：没有告警的消息".to_owned(),
        (Some(worst), Language::En) => en::subject(notification, worst),
        (Some(worst), Language::Zh) => zh::subject(notification, worst),
    };
    one_line(&subject, SUBJECT_CHARS_MAX)
}

/// Returns what stands between a name and its text.
pub(super) const fn colon(language: Language) -> &'static str {
    match language {
        Language::En => ": ",
        Language::Zh => "：",
    }
}

fn others(notification: &Notification, language: Language) -> Option<(&'static str, String)> {
    if notification.others.is_empty() {
        return None;
    }
    let names = names(&notification.others, language);
    let name = match language {
        Language::En => "Also affected",
        Language::Zh => "其他受影响域名",
    };
    Some((name, one_line(&names, LINE_CHARS_MAX)))
}

/// Returns names in one line: the first few of them, and how many more there are.
fn names(all: &[String], language: Language) -> String {
    let more = all.len().saturating_sub(NAMES_MAX);
    let first: Vec<&str> = all.iter().take(NAMES_MAX).map(String::as_str).collect();
    match language {
        Language::En if more == 0 => first.join(", "),
        Language::En => format!("{} and {more} more", first.join(", ")),
        Language::Zh if more == 0 => first.join("、"),
        Language::Zh => format!("{} 等 {} 个", first.join("、"), all.len()),
    }
}

pub(super) fn tone(alert: &AlertView) -> Tone {
    match alert.state {
        State::Firing => Tone::Firing(alert.severity.parse().unwrap_or(Severity::Warning)),
        State::Resolved => Tone::Over,
        State::Ended => Tone::Unknown,
    }
}

fn badge(alert: &AlertView, language: Language) -> String {
    match language {
        Language::En => en::badge(alert),
        Language::Zh => zh::badge(alert),
    }
}

fn title(alert: &AlertView, language: Language) -> String {
    let place = place(alert, language);
    let gap = if place.is_empty() { "" } else { " " };
    format!("{}{gap}{place}", alert.rule)
}

/// Where it is, in one word: the domain, how many domains, or the account.
fn place(alert: &AlertView, language: Language) -> String {
    match (alert.domain.as_str(), alert.domains.as_slice(), language) {
        ("", [], _) => alert.account.clone(),
        ("", [domain], _) => domain.clone(),
        ("", domains, Language::En) => format!("{} domains", domains.len()),
        ("", domains, Language::Zh) => format!("{} 个域名", domains.len()),
        (domain, _, _) => domain.to_owned(),
    }
}

/// The minutes of two times as a message writes them, if both are times.
fn minutes(from: &str, to: &str) -> Option<(Minute, Minute)> {
    let (from, to) = (time(from)?, time(to)?);
    Some((Minute::containing(from), Minute::containing(to)))
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

/// Whether the reason of a message is that somebody wants to see whether messages come.
fn is_test(notification: &Notification) -> bool {
    notification.reason == Reason::Test
}

/// How many alerts a message has of each kind, the worst kind first.
type Counts = BTreeMap<std::cmp::Reverse<Tone>, usize>;
