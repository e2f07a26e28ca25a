//! The message that tries a receiver out: by `foghorn notify` and by drills.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::dispatch::{AlertView, Notification, Reason, State};
use crate::unit::{Minute, Severity, stable_id};

/// The name that a test has where other messages have that of a rule.
const RULE: &str = "foghorn-test";
/// What a test says, so that nobody takes it for an alert.
const SUMMARY: &str = "This is a test. Nothing is wrong, and there is nothing to do.";

/// Returns a test for a channel of a receiver, under a delivery id that the caller chooses.
pub fn trial(id: &str, receiver: &str, channel: u32, now: DateTime<Utc>) -> Notification {
    let minute = Minute::containing(now).to_string();
    let alert = AlertView {
        id: stable_id(&["trial", id]),
        rule: RULE.to_owned(),
        account: String::new(),
        domain: "test.example.com".to_owned(),
        domains: vec!["test.example.com".to_owned()],
        severity: Severity::Info.to_string(),
        state: State::Firing,
        since: minute.clone(),
        fired_at: minute.clone(),
        ended_at: None,
        condition: String::new(),
        value: String::new(),
        peak: String::new(),
        values: Vec::new(),
        labels: BTreeMap::new(),
        summary: SUMMARY.to_owned(),
        runbook_url: String::new(),
        url: String::new(),
        end_reason: String::new(),
        minute,
        ack_url: String::new(),
        silence_url: String::new(),
        ack: None,
    };
    Notification {
        id: id.to_owned(),
        receiver: receiver.to_owned(),
        channel,
        reason: Reason::Test,
        group: [("rule".to_owned(), RULE.to_owned())].into(),
        timestamp: now.to_rfc3339_opts(SecondsFormat::Secs, true),
        alerts: vec![alert],
        key: String::new(),
        others: Vec::new(),
        undelivered: None,
    }
}
