//! `format: alertmanager`: what Alertmanager posts to its webhooks, version 4, so that whatever
//! reads that reads this.
//!
//! Source: Alertmanager, `notify/webhook/webhook.go` and `template/template.go`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::dispatch::{AlertView, Notification, Reason, State};
use crate::receiver::alertmanager::{fingerprint, labels};

/// What stands for the end of an alert that has none.
const NO_END: &str = "0001-01-01T00:00:00Z";

type Labels = BTreeMap<String, String>;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    receiver: String,
    status: &'static str,
    alerts: Vec<Alert<'a>>,
    #[serde(rename = "notification_reason")]
    notification_reason: &'static str,
    group_labels: Labels,
    common_labels: Labels,
    common_annotations: Labels,
    route_labels: Labels,
    #[serde(rename = "externalURL")]
    external_url: &'a str,
    version: &'static str,
    group_key: String,
    truncated_alerts: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Alert<'a> {
    status: &'static str,
    labels: Labels,
    annotations: Labels,
    starts_at: &'a str,
    ends_at: &'a str,
    #[serde(rename = "generatorURL")]
    generator_url: &'a str,
    fingerprint: String,
}

/// Returns the body.
pub(super) fn body(notification: &Notification) -> String {
    let alerts: Vec<Alert<'_>> = notification.alerts.iter().map(alert).collect();
    let is_firing = alerts.iter().any(|alert| alert.status == "firing");
    let group_labels: Labels = notification
        .group
        .iter()
        .map(|(name, value)| (label_name(name), value.clone()))
        .collect();
    let message = Message {
        receiver: quoted_meta(&notification.receiver),
        status: if is_firing { "firing" } else { "resolved" },
        notification_reason: reason(notification.reason),
        common_labels: common(alerts.iter().map(|alert| &alert.labels)),
        common_annotations: common(alerts.iter().map(|alert| &alert.annotations)),
        route_labels: Labels::new(),
        external_url: external_url(notification),
        version: "4",
        group_key: group_key(&notification.key, &group_labels),
        truncated_alerts: 0,
        group_labels,
        alerts,
    };
    serde_json::to_string(&message)
        .unwrap_or_else(|_| unreachable!("strings and maps by strings are always JSON"))
}

fn alert(view: &AlertView) -> Alert<'_> {
    let labels = labels(view);
    Alert {
        status: match view.state {
            State::Firing => "firing",
            // There is no third word; `end_reason` says what happened.
            State::Resolved | State::Ended => "resolved",
        },
        annotations: annotations(view),
        starts_at: &view.fired_at,
        ends_at: view.ended_at.as_deref().unwrap_or(NO_END),
        generator_url: &view.url,
        fingerprint: fingerprint(&labels),
        labels,
    }
}

fn annotations(view: &AlertView) -> Labels {
    let all = [
        ("summary", &view.summary),
        ("runbook_url", &view.runbook_url),
        ("condition", &view.condition),
        ("value", &view.value),
        ("peak", &view.peak),
        ("since", &view.since),
        ("end_reason", &view.end_reason),
        ("ack_url", &view.ack_url),
        ("silence_url", &view.silence_url),
    ];
    all.into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect()
}

fn label_name(name: &str) -> String {
    match name {
        "rule" => "alertname".to_owned(),
        name => name.to_owned(),
    }
}

/// Returns what all have in common.
fn common<'a>(mut sets: impl Iterator<Item = &'a Labels>) -> Labels {
    let mut common = sets.next().cloned().unwrap_or_default();
    for set in sets {
        common.retain(|name, value| set.get(name) == Some(value));
    }
    common
}

/// Returns a name as a regular expression that matches it alone, as Go quotes it.
fn quoted_meta(name: &str) -> String {
    let mut quoted = String::with_capacity(name.len());
    for c in name.chars() {
        if "\\.+*?()|[]{}^$".contains(c) {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted
}

/// Returns the key of a group: that of the route, a colon, and the labels. Routes of ours have no
/// matchers to name in it; our own key of the group stands for them.
fn group_key(key: &str, group: &Labels) -> String {
    let route = match key {
        "" => "{}".to_owned(),
        key => format!("{{}}/{{foghorn_group={}}}", quoted(key)),
    };
    let labels: Vec<String> = group
        .iter()
        .map(|(name, value)| format!("{name}={}", quoted(value)))
        .collect();
    format!("{route}:{{{}}}", labels.join(", "))
}

/// Returns a text in quotes, as Go writes them.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Returns the service's address, which stands before the path of every alert.
fn external_url(notification: &Notification) -> &str {
    let url = notification.alerts.first().map_or("", |alert| &alert.url);
    url.split_once("/alerts/").map_or("", |(base, _)| base)
}

const fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::First => "first notification",
        Reason::Added | Reason::Changed | Reason::Unmuted => "new alerts added",
        Reason::PartlyResolved => "some alerts resolved",
        Reason::Resolved | Reason::Ended => "all alerts resolved",
        Reason::Reminder | Reason::Escalation => "repeat interval elapsed",
        Reason::Past
        | Reason::Acknowledged
        | Reason::Flapping
        | Reason::Settled
        | Reason::Digest
        | Reason::Test => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(pairs: &[(&str, &str)]) -> Labels {
        let owned = pairs
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        owned.collect()
    }

    #[test]
    fn names_and_keys_are_quoted_as_go_quotes_them() {
        assert_eq!(quoted_meta("web.hook"), "web\\.hook");
        assert_eq!(quoted_meta("team-x"), "team-x");
        assert_eq!(group_key("", &Labels::new()), "{}:{}");
        let labels = set(&[("alertname", "Origin\"5xx"), ("domain", "a\nb")]);
        assert_eq!(
            group_key("", &labels),
            r#"{}:{alertname="Origin\"5xx", domain="a\nb"}"#
        );
        assert_eq!(
            group_key("k1", &Labels::new()),
            r#"{}/{foghorn_group="k1"}:{}"#
        );
    }
}
