//! `format: opsgenie`: alerts of Opsgenie, or of Jira Service Management by its address, under an
//! alias that is the firing's.
//!
//! As with `pagerduty`, one that comes again under its alias is counted and tells nobody.
//!
//! Source: Opsgenie, "Alert API": create, acknowledge and close an alert, limits of its fields.

use reqwest::{StatusCode, Url};
use serde_json::{Map, Value, json};

use super::{Post, Sending, Verdict, by_status};
use crate::config::Language;
use crate::dispatch::summary::one_line;
use crate::dispatch::{AlertView, Notification, Reason, State};
use crate::receiver::words::{alert_words, colon, worst_first};
use crate::unit::Severity;

/// The limits of fields, in characters.
const MESSAGE_CHARS_MAX: usize = 130;
const DESCRIPTION_CHARS_MAX: usize = 15_000;
const ENTITY_CHARS_MAX: usize = 512;
/// The longest value of a detail, so that some ten of them stay within 8 000 in all.
const DETAIL_CHARS_MAX: usize = 300;
/// The limits of tags: how many, and how long.
const TAGS_MAX: usize = 20;
const TAG_CHARS_MAX: usize = 50;

/// Returns the requests that tell a notification, the worst alert first.
pub(super) fn posts(
    sending: &Sending<'_>,
    notification: &Notification,
    api_key: &str,
) -> Vec<Post> {
    let alerts = worst_first(notification);
    let requests = alerts
        .into_iter()
        .flat_map(|alert| requests(notification, alert, sending.language));
    requests
        .map(|(action, body)| Post {
            url: action.map_or_else(
                || sending.url.clone(),
                |(alias, action)| address(&sending.url, &alias, action),
            ),
            headers: vec![("authorization", format!("GenieKey {api_key}"))],
            body: body.to_string(),
        })
        .collect()
}

/// A request: what is done to which alias, or nothing to make an alert, and its body.
type Request = (Option<(String, &'static str)>, Value);

fn requests(notification: &Notification, alert: &AlertView, language: Language) -> Vec<Request> {
    let is_test = notification.reason == Reason::Test;
    // A test is not taken for the alert whose form it has.
    let alias = if is_test { &notification.id } else { &alert.id };
    let told = alert_words(notification, alert, language);
    let act = |action: &'static str, note: String| {
        let note = one_line(&note, DESCRIPTION_CHARS_MAX);
        let body = json!({"source": "Foghorn", "note": note});
        (Some((alias.clone(), action)), body)
    };
    let create = || (None, create(notification, alert, language, alias));
    match alert.state {
        State::Firing if is_test => vec![create(), act("close", told.sentence)],
        State::Firing => match &alert.ack {
            Some(ack) => vec![
                create(),
                act("acknowledge", format!("{} {}", ack.by, ack.comment)),
            ],
            None => vec![create()],
        },
        State::Resolved | State::Ended => vec![act("close", told.sentence)],
    }
}

fn create(
    notification: &Notification,
    alert: &AlertView,
    language: Language,
    alias: &str,
) -> Value {
    let (told, colon) = (alert_words(notification, alert, language), colon(language));
    let mut lines = vec![told.sentence.clone(), told.summary.clone()];
    lines.extend(
        told.rows
            .iter()
            .map(|(name, text)| format!("{name}{colon}{text}")),
    );
    let links = told.links.iter();
    lines.extend(links.map(|link| format!("{}{colon}{}", link.name, link.url)));
    lines.retain(|line| !line.is_empty());
    let description: String = lines
        .join("\n")
        .chars()
        .take(DESCRIPTION_CHARS_MAX)
        .collect();
    let mut details = Map::new();
    for (name, text) in [
        ("rule", &alert.rule),
        ("account", &alert.account),
        ("domain", &alert.domain),
        ("severity", &alert.severity),
        ("value", &alert.value),
        ("peak", &alert.peak),
        ("since", &alert.since),
        ("runbook_url", &alert.runbook_url),
    ] {
        if !text.is_empty() {
            details.insert(name.to_owned(), one_line(text, DETAIL_CHARS_MAX).into());
        }
    }
    let tags: Vec<String> = alert
        .labels
        .iter()
        .map(|(name, value)| one_line(&format!("{name}={value}"), TAG_CHARS_MAX))
        .take(TAGS_MAX)
        .collect();
    json!({
        "message": one_line(&format!("[{}] {}{colon}{}", told.badge, told.title(), told.brief), MESSAGE_CHARS_MAX),
        "alias": alias,
        "description": description,
        "entity": one_line(&told.place, ENTITY_CHARS_MAX),
        "source": "Foghorn",
        "priority": priority(alert),
        "tags": tags,
        "details": details,
    })
}

fn priority(alert: &AlertView) -> &'static str {
    match alert.severity.parse() {
        Ok(Severity::Critical) => "P1",
        Ok(Severity::Info) => "P5",
        Ok(Severity::Warning) | Err(()) => "P3",
    }
}

/// Returns where an action on an alias is asked for: below the address of all alerts.
fn address(alerts: &Url, alias: &str, action: &str) -> Url {
    let mut url = alerts.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend([alias, action]);
    }
    url.query_pairs_mut().append_pair("identifierType", "alias");
    url
}

/// What was taken is answered by 202 alone; another success is that of something in between.
pub(super) fn verdict(status: StatusCode) -> Verdict {
    match by_status(status) {
        Verdict::Taken if status != StatusCode::ACCEPTED => Verdict::Foreign,
        verdict => verdict,
    }
}
