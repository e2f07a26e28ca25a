//! The body of a webhook: our own versionless wire form, to which fields are only ever added;
//! or one that a template of the rules file makes of the same fields.

use std::collections::BTreeMap;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error};
use serde::Serialize;

use super::summary::{self, duration};
use super::{Acknowledgement, AlertView, Notification, PartView, Reason, State, Undelivered};

/// The value of `type`.
const TYPE: &str = "foghorn.notification";

/// The most that the template of a body may do: a loop over a thousand alerts that writes twenty
/// fields of each.
pub const BODY_FUEL: u64 = 200_000;

/// The names that the template of a body has.
pub const BODY_VARIABLES: [&str; 9] = [
    "id",
    "timestamp",
    "reason",
    "status",
    "receiver",
    "group",
    "key",
    "others",
    "alerts",
];

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
    alerts: Vec<Alert<'a>>,
    key: &'a str,
    others: &'a [String],
    /// Who could not be given this, of a message that went to the fallback.
    #[serde(skip_serializing_if = "Option::is_none")]
    undelivered: Option<&'a Undelivered>,
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
    minute: &'a str,
    ack_url: &'a str,
    silence_url: &'a str,
    ack: Option<&'a Acknowledgement>,
}

/// Returns the JSON of a notification: the same bytes at every try.
pub fn json(notification: &Notification) -> String {
    let payload = Payload {
        r#type: TYPE,
        timestamp: &notification.timestamp,
        data: message(notification),
    };
    serde_json::to_string(&payload)
        .unwrap_or_else(|_| unreachable!("strings and maps by strings are always JSON"))
}

/// Returns what templates of bodies are rendered in: as those of summaries, but every value that
/// is written out is written as JSON, with its quotes.
pub fn environment() -> Environment<'static> {
    let mut environment = summary::environment();
    environment.set_fuel(Some(BODY_FUEL));
    environment.set_auto_escape_callback(|_| AutoEscape::Json);
    environment
}

/// Returns the body that a template makes of a notification.
///
/// # Errors
///
/// The template names what is not there, runs out of [fuel](BODY_FUEL), or is none.
pub fn render(template: &str, notification: &Notification) -> Result<String, Error> {
    let message = serde_json::to_value(message(notification)).map(value);
    let message = message.unwrap_or_else(|_| unreachable!("strings and maps by strings are JSON"));
    let field = |name: &str| match name {
        "id" => Value::from(&*notification.id),
        "timestamp" => Value::from(&*notification.timestamp),
        name => message.get_attr(name).unwrap_or_default(),
    };
    let context: BTreeMap<&str, Value> = BODY_VARIABLES
        .iter()
        .map(|name| (*name, field(name)))
        .collect();
    environment().render_named_str("body", template, Value::from(context))
}

fn value(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::from(()),
        serde_json::Value::Bool(truth) => Value::from(truth),
        serde_json::Value::Number(number) => Value::from(number.as_i64()),
        serde_json::Value::String(text) => Value::from(text),
        serde_json::Value::Array(items) => items.into_iter().map(value).collect(),
        serde_json::Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, of)| (name, value(of)));
            Value::from(fields.collect::<BTreeMap<String, Value>>())
        }
    }
}

fn message(notification: &Notification) -> Message<'_> {
    Message {
        reason: notification.reason,
        status: status(notification),
        receiver: &notification.receiver,
        group: &notification.group,
        alerts: notification.alerts.iter().map(alert).collect(),
        key: &notification.key,
        others: &notification.others,
        undelivered: notification.undelivered.as_ref(),
    }
}

/// Returns a made-up notification, to try templates on: two alerts, one of them over.
pub fn example() -> Notification {
    let alert = |state: State| AlertView {
        id: "0b7a4c1f6f7d4e3a9a5be2f9b1f0a6d2".to_owned(),
        rule: "origin-5xx".to_owned(),
        account: "main".to_owned(),
        domain: "www.example.com".to_owned(),
        domains: vec!["www.example.com".to_owned()],
        severity: "critical".to_owned(),
        state,
        since: "2026-11-22T10:00:00Z".to_owned(),
        fired_at: "2026-11-22T10:02:00Z".to_owned(),
        ended_at: (state != State::Firing).then(|| "2026-11-22T10:12:00Z".to_owned()),
        condition: "5xx > 10% for 3m".to_owned(),
        value: "34.2%".to_owned(),
        peak: "40.1%".to_owned(),
        values: vec![PartView {
            text: "5xx".to_owned(),
            value: "34.2%".to_owned(),
        }],
        labels: BTreeMap::from([("team".to_owned(), "edge".to_owned())]),
        summary: "34.2% of the \"origin's\" answers are 5xx".to_owned(),
        runbook_url: "https://wiki.example.com/origin-5xx".to_owned(),
        url: String::new(),
        end_reason: String::new(),
        minute: "2026-11-22T10:02:00Z".to_owned(),
        ack_url: String::new(),
        silence_url: String::new(),
        ack: None,
    };
    Notification {
        id: "5d0f3f1c0e6f4e0f8a3c1f2b7d9e6a54".to_owned(),
        receiver: "oncall".to_owned(),
        channel: 0,
        reason: Reason::First,
        group: BTreeMap::from([("rule".to_owned(), "origin-5xx".to_owned())]),
        timestamp: "2026-11-22T10:03:05Z".to_owned(),
        alerts: vec![alert(State::Firing), alert(State::Resolved)],
        key: String::new(),
        others: Vec::new(),
        undelivered: None,
    }
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
        minute: &view.minute,
        ack_url: &view.ack_url,
        silence_url: &view.silence_url,
        ack: view.ack.as_ref(),
    }
}
