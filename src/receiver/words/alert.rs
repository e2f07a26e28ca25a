//! One alert in words.

use super::{LINE_CHARS_MAX, NAMES_MAX, Tone, badge, en, minutes, moment, names, place, tone, zh};
use crate::config::Language;
use crate::dispatch::summary::one_line;
use crate::dispatch::{AlertView, Notification, PartView, State};

/// The longest answer of another receiver, in characters.
const ANSWER_CHARS_MAX: usize = 300;

/// An alert in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::receiver) struct AlertWords {
    /// The id of its firing.
    pub id: String,
    /// Its state or severity: `CRITICAL`, `RESOLVED`, `ENDED`.
    pub badge: String,
    /// For how long it fires, or how long it did: `for 13m`; empty if nobody knows.
    pub lead: String,
    /// The rule that it is about.
    pub rule: String,
    /// Where it is, in one word; may be empty.
    pub place: String,
    /// What it is about in a few words: `5xx is 34.2%`.
    pub brief: String,
    /// What happened, as one sentence.
    pub sentence: String,
    /// The rule's summary; empty if it has none.
    pub summary: String,
    /// What is known, each with its name.
    pub rows: Vec<(&'static str, String)>,
    /// What to do next.
    pub links: Vec<Link>,
    /// How loud it is.
    pub tone: Tone,
}

/// Something to do next: its name and its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::receiver) struct Link {
    /// Its name.
    pub name: &'static str,
    /// Its address, as the rules file writes it.
    pub url: String,
}

impl Link {
    /// Whether it may be clicked: anything but the web stays text.
    pub(in crate::receiver) fn is_web(&self) -> bool {
        reqwest::Url::parse(&self.url).is_ok_and(|url| ["http", "https"].contains(&url.scheme()))
    }
}

impl AlertWords {
    /// Returns what it is about in one line: rule and place.
    pub(in crate::receiver) fn title(&self) -> String {
        let gap = if self.place.is_empty() { "" } else { " " };
        format!("{}{gap}{}", self.rule, self.place)
    }
}

/// The names of the rows and links.
pub(super) struct Names {
    pub(super) whereabouts: &'static str,
    pub(super) since: &'static str,
    pub(super) value: &'static str,
    pub(super) began: &'static str,
    pub(super) over: &'static str,
    pub(super) judged_until: &'static str,
    pub(super) value_now: &'static str,
    pub(super) last_value: &'static str,
    pub(super) against: &'static str,
    pub(super) worst: &'static str,
    pub(super) condition: &'static str,
    pub(super) also: &'static str,
    pub(super) labels: &'static str,
    pub(super) taken: &'static str,
    pub(super) runbook: &'static str,
    pub(super) acknowledge: &'static str,
    pub(super) silence: &'static str,
    pub(super) look: &'static str,
    pub(super) unknown: &'static str,
}

const fn names_of(language: Language) -> &'static Names {
    match language {
        Language::En => &en::NAMES,
        Language::Zh => &zh::NAMES,
    }
}

/// Returns an alert of a message in words.
pub(in crate::receiver) fn alert_words(
    notification: &Notification,
    alert: &AlertView,
    language: Language,
) -> AlertWords {
    let line = |text: &str| one_line(text, LINE_CHARS_MAX);
    let (lead, brief, sentence, summary) = match language {
        Language::En => (
            en::lead(notification, alert),
            en::brief(alert),
            en::sentence(notification, alert),
            alert.summary.clone(),
        ),
        Language::Zh => (
            zh::lead(notification, alert),
            zh::brief(alert),
            zh::sentence(notification, alert),
            zh::summary(alert),
        ),
    };
    AlertWords {
        id: alert.id.clone(),
        badge: badge(alert, language),
        lead: line(&lead),
        rule: line(&alert.rule),
        place: line(&place(alert, language)),
        brief: line(&brief),
        sentence: line(&(undelivered(notification, language) + &sentence)),
        summary: line(&summary),
        rows: rows(notification, alert, language),
        links: links(alert, language),
        tone: tone(alert),
    }
}

fn links(alert: &AlertView, language: Language) -> Vec<Link> {
    let names = names_of(language);
    let (acknowledge, silence) = match alert.state {
        State::Firing if alert.ack.is_some() => ("", alert.silence_url.as_str()),
        State::Firing => (alert.ack_url.as_str(), alert.silence_url.as_str()),
        // What is over needs neither.
        State::Resolved | State::Ended => ("", ""),
    };
    let all = [
        (names.acknowledge, acknowledge),
        (names.runbook, &alert.runbook_url),
        (names.silence, silence),
        (names.look, &alert.url),
    ];
    all.into_iter()
        .filter(|(_, url)| !url.is_empty())
        .map(|(name, url)| Link {
            name,
            url: one_line(url, LINE_CHARS_MAX),
        })
        .collect()
}

fn rows(
    notification: &Notification,
    alert: &AlertView,
    language: Language,
) -> Vec<(&'static str, String)> {
    let names = names_of(language);
    // Of what has no value, such as a source that fails, there is nothing to be unknown.
    let nothing = if alert.values.is_empty() {
        ""
    } else {
        names.unknown
    };
    let known = |text: &str| if text.is_empty() { nothing } else { text }.to_owned();
    let mut rows = vec![(names.whereabouts, whereabouts(alert, language))];
    let after = |from: &str, to: &str, at: &str| match language {
        Language::En => en::after(at, from, to, alert.ended_at.is_some()),
        Language::Zh => zh::after(at, from, to),
    };
    match &alert.ended_at {
        None => {
            let since = after(&alert.since, &notification.timestamp, &moment(&alert.since));
            rows.push((names.since, since));
            rows.push((names.value, known(&alert.value)));
        }
        Some(ended) => {
            rows.push((names.began, moment(&alert.since)));
            let (until, value) = match alert.state {
                State::Ended => (names.judged_until, names.last_value),
                State::Firing | State::Resolved => (names.over, names.value_now),
            };
            rows.push((until, after(&alert.since, ended, &moment(ended))));
            rows.push((value, known(&alert.value)));
        }
    }
    let (against, others): (Vec<&PartView>, Vec<&PartView>) = alert
        .values
        .iter()
        .skip(1)
        .take(NAMES_MAX)
        .partition(|part| is_against(alert, part));
    for part in against {
        let text = format!("{} ({})", known(&part.value), part.text);
        rows.push((names.against, text));
    }
    rows.push((names.worst, known(&alert.peak)));
    if let Some(ack) = &alert.ack {
        let at = moment(&ack.at);
        rows.push((
            names.taken,
            match language {
                Language::En => en::acknowledged(ack, &at),
                Language::Zh => zh::acknowledged(ack, &at),
            },
        ));
    }
    rows.push((names.condition, alert.condition.clone()));
    for part in others {
        let is = match language {
            Language::En => "is",
            Language::Zh => "为",
        };
        rows.push((
            names.also,
            format!("{} {is} {}", part.text, known(&part.value)),
        ));
    }
    rows.push((names.labels, labels(alert)));
    rows.into_iter()
        .map(|(name, value)| (name, one_line(&value, LINE_CHARS_MAX)))
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// The first labels in a line.
fn labels(alert: &AlertView) -> String {
    let labels = alert.labels.iter().take(NAMES_MAX);
    let labels: Vec<String> = labels
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    labels.join(", ")
}

/// What may stand before a comparison.
const BEFORE: [&str; 5] = ["(", " and ", " or ", "not ", " given "];

/// Whether the condition compares the value of an alert with this part of it.
fn is_against(alert: &AlertView, part: &PartView) -> bool {
    let Some(value) = alert.values.first() else {
        return false;
    };
    let compares = |comparator: &str| {
        let pair = format!("{} {comparator} {}", value.text, part.text);
        let mut found = alert.condition.match_indices(&pair);
        found.any(|(at, _)| {
            let before = &alert.condition[..at];
            let behind = alert.condition[at + pair.len()..].chars().next();
            let is_whole = matches!(behind, None | Some(' ' | ')'));
            is_whole && (at == 0 || BEFORE.iter().any(|word| before.ends_with(word)))
        })
    };
    [">", ">=", "<", "<=", "==", "!="].into_iter().any(compares)
}

/// Where it is, in full: domains by name, with the account.
fn whereabouts(alert: &AlertView, language: Language) -> String {
    let place = match alert.domain.as_str() {
        "" => names(&alert.domains, language),
        domain => domain.to_owned(),
    };
    match (place.is_empty(), alert.account.is_empty(), language) {
        (true, true, _) => String::new(),
        (true, false, Language::En) => format!("account {}", alert.account),
        (true, false, Language::Zh) => format!("账号 {}", alert.account),
        (false, true, _) => place,
        (false, false, Language::En) => format!("{place} (account {})", alert.account),
        (false, false, Language::Zh) => format!("{place}（账号 {}）", alert.account),
    }
}

/// How long an alert lasted, or has lasted until the message: from and to, if both are times.
pub(super) fn extent(
    notification: &Notification,
    alert: &AlertView,
) -> Option<(crate::unit::Minute, crate::unit::Minute)> {
    let end = alert.ended_at.as_deref().unwrap_or(&notification.timestamp);
    minutes(&alert.since, end)
}

/// Says who could not be told, of a message that went to the fallback.
fn undelivered(notification: &Notification, language: Language) -> String {
    let Some(of) = &notification.undelivered else {
        return String::new();
    };
    let (receiver, answer) = (&of.receiver, one_line(&of.answer, ANSWER_CHARS_MAX));
    match language {
        Language::En => format!("{receiver} could not be told this ({answer}), so you are. "),
        Language::Zh => format!("{receiver} 未能收到此消息（{answer}），因此转告您。"),
    }
}
