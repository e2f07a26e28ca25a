//! `format: pagerduty`: events of version 2, one for each alert, under a key that is its firing's.
//!
//! `PagerDuty` keeps alerts by that key: a trigger that comes again tells nobody again, so that an
//! alert of which nobody knows whether it arrived may be sent once more.
//!
//! Source: `PagerDuty`, "Events API V2 overview", "Send an alert event", "API response codes and
//! retry logic".

use reqwest::StatusCode;
use serde_json::{Map, Value, json};

use super::{Verdict, by_status};
use crate::config::Language;
use crate::dispatch::summary::one_line;
use crate::dispatch::{AlertView, Notification, Reason, State};
use crate::receiver::words::{AlertWords, alert_words, colon, worst_first};
use crate::unit::Severity;

/// The longest summary, in characters, by `PagerDuty`'s limit.
const SUMMARY_CHARS_MAX: usize = 1_024;

/// Returns the events of a notification, the worst alert first.
pub(super) fn events(
    notification: &Notification,
    language: Language,
    routing_key: &str,
) -> Vec<Value> {
    let alerts = worst_first(notification);
    alerts
        .into_iter()
        .flat_map(|alert| events_of(notification, alert, language, routing_key))
        .collect()
}

fn events_of(
    notification: &Notification,
    alert: &AlertView,
    language: Language,
    routing_key: &str,
) -> Vec<Value> {
    let is_test = notification.reason == Reason::Test;
    // A test is not taken for the alert whose form it has.
    let key = if is_test { &notification.id } else { &alert.id };
    let short = |action: &str| json!({"routing_key": routing_key, "event_action": action, "dedup_key": key});
    let trigger = || trigger(notification, alert, language, short("trigger"));
    match alert.state {
        State::Firing if is_test => vec![trigger(), short("resolve")],
        // Whoever has not heard of it must first, and the acknowledgement keeps it quiet.
        State::Firing if alert.ack.is_some() => vec![trigger(), short("acknowledge")],
        State::Firing => vec![trigger()],
        // What can be judged no longer would stay open for ever.
        State::Resolved | State::Ended => vec![short("resolve")],
    }
}

fn trigger(
    notification: &Notification,
    alert: &AlertView,
    language: Language,
    mut event: Value,
) -> Value {
    let told = alert_words(notification, alert, language);
    event["client"] = "Foghorn".into();
    if !alert.url.is_empty() {
        event["client_url"] = alert.url.clone().into();
    }
    let links: Vec<Value> = told
        .links
        .iter()
        .filter(|link| link.is_web())
        .map(|link| json!({"href": link.url, "text": link.name}))
        .collect();
    if !links.is_empty() {
        event["links"] = links.into();
    }
    event["payload"] = json!({
        "summary": one_line(&summary(&told, colon(language)), SUMMARY_CHARS_MAX),
        "source": source(alert),
        "severity": severity(alert),
        "timestamp": alert.since,
        "component": alert.domain,
        "group": alert.account,
        "class": alert.rule,
        "custom_details": details(&told),
    });
    event
}

fn summary(told: &AlertWords, colon: &str) -> String {
    let what = match told.summary.as_str() {
        "" => told.brief.as_str(),
        summary => summary,
    };
    format!("[{}] {}{colon}{what}", told.badge, told.title())
}

/// What is affected; an event without it is refused.
fn source(alert: &AlertView) -> &str {
    let names = [&alert.domain, &alert.account, &alert.rule];
    let known = names.into_iter().find(|name| !name.is_empty());
    known.map_or("foghorn", String::as_str)
}

fn severity(alert: &AlertView) -> &'static str {
    match alert.severity.parse() {
        Ok(Severity::Critical) => "critical",
        Ok(Severity::Info) => "info",
        Ok(Severity::Warning) | Err(()) => "warning",
    }
}

fn details(told: &AlertWords) -> Map<String, Value> {
    let mut details = Map::new();
    for (name, text) in &told.rows {
        let entry = details.entry(*name).or_insert_with(|| "".into());
        let before = entry.as_str().unwrap_or_default();
        let text = match before {
            "" => text.clone(),
            before => format!("{before}; {text}"),
        };
        *entry = text.into();
    }
    details
}

/// What was taken is answered by 202 alone; another success is that of something in between.
pub(super) fn verdict(status: StatusCode) -> Verdict {
    match by_status(status) {
        Verdict::Taken if status != StatusCode::ACCEPTED => Verdict::Foreign,
        verdict => verdict,
    }
}
