//! The body of a webhook: our own versionless wire form, to which fields are only ever added.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::dispatch::summary::duration;
use crate::dispatch::{AlertView, Notification, PartView, Reason, State, Undelivered};

/// The value of `type`.
const TYPE: &str = "foghorn.notification";

#[derive(Debug, Serialize)]
struct Payload<'a> {
    r#type: &'static str,
    timestamp: &'a str,
    data: Message<'a>,
}

#[derive(Debug, Serialize)]
struct Message<'a> {
    reason: Reason,
    status: State,
    receiver: &'a str,
    group: &'a BTreeMap<String, String>,
    /// Who could not be given this, of a message that went to the fallback.
    #[serde(skip_serializing_if = "Option::is_none")]
    undelivered: Option<&'a Undelivered>,
    alerts: Vec<Alert<'a>>,
}

#[derive(Debug, Serialize)]
struct Alert<'a> {
    id: &'a str,
    rule: &'a str,
    account: &'a str,
    domain: &'a str,
    severity: &'a str,
    state: State,
    since: &'a str,
    fired_at: &'a str,
    ended_at: Option<&'a str>,
    value: &'a str,
    peak: &'a str,
    labels: &'a BTreeMap<String, String>,
    summary: &'a str,
    runbook_url: &'a str,
    url: &'a str,
    domains: &'a [String],
    condition: &'a str,
    values: &'a [PartView],
    duration: Option<String>,
    end_reason: &'a str,
}

/// Returns the JSON of a notification: the same bytes at every try.
pub fn json(notification: &Notification) -> String {
    let payload = Payload {
        r#type: TYPE,
        timestamp: &notification.timestamp,
        data: Message {
            reason: notification.reason,
            status: status(notification),
            receiver: &notification.receiver,
            group: &notification.group,
            undelivered: notification.undelivered.as_ref(),
            alerts: notification.alerts.iter().map(alert).collect(),
        },
    };
    serde_json::to_string(&payload)
        .unwrap_or_else(|_| unreachable!("strings and maps by strings are always JSON"))
}

/// Returns the state of the whole message: firing while one of its alerts is, and a recovery only
/// if all of them recovered.
pub fn status(notification: &Notification) -> State {
    let has = |state| notification.alerts.iter().any(|alert| alert.state == state);
    if has(State::Firing) {
        State::Firing
    } else if has(State::Ended) {
        State::Ended
    } else {
        State::Resolved
    }
}

fn alert(view: &AlertView) -> Alert<'_> {
    let lasted = view.ended_at.as_deref().and_then(|ended| {
        let (since, ended) = (view.since.parse().ok()?, ended.parse().ok()?);
        Some(duration(since, ended))
    });
    Alert {
        id: &view.id,
        rule: &view.rule,
        account: &view.account,
        domain: &view.domain,
        severity: &view.severity,
        state: view.state,
        since: &view.since,
        fired_at: &view.fired_at,
        ended_at: view.ended_at.as_deref(),
        value: &view.value,
        peak: &view.peak,
        labels: &view.labels,
        summary: &view.summary,
        runbook_url: &view.runbook_url,
        url: &view.url,
        domains: &view.domains,
        condition: &view.condition,
        values: &view.values,
        duration: lasted,
        end_reason: &view.end_reason,
    }
}
