//! `format: slack`: an incoming webhook of Slack.
//!
//! Source: Slack, "Sending messages using incoming webhooks"; "Block Kit", section and header.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::chat::fitted;
use super::markup::{Markup, colour};
use super::{Verdict, by_status};
use crate::config::Language;
use crate::dispatch::Notification;

/// The longest text of a section, in characters, by Slack's limit of 3 000.
const SECTION_CHARS_MAX: usize = 2_900;

/// Returns the body: the subject for notices and for programs without blocks, and a section for
/// each paragraph beside a line in the colour of the worst alert.
pub(super) fn body(notification: &Notification, language: Language) -> Value {
    let message = fitted(notification, language, Markup::Slack, |message| {
        let short = |text: &String| text.chars().count() <= SECTION_CHARS_MAX;
        message.paragraphs.iter().all(short)
    });
    let sections: Vec<Value> = message
        .paragraphs
        .iter()
        .map(|text| json!({"type": "section", "text": {"type": "mrkdwn", "text": text}}))
        .collect();
    json!({
        "text": Markup::Slack.escape(&message.subject),
        "attachments": [{"color": colour(message.letter.tone), "blocks": sections}],
    })
}

/// What was taken is answered by `ok`; a workflow that stands for a webhook answers in JSON. What
/// is neither is not Slack's own.
pub(super) fn verdict(status: StatusCode, body: &str) -> Verdict {
    match by_status(status) {
        Verdict::Taken if body.trim() == "ok" => Verdict::Taken,
        Verdict::Taken => match serde_json::from_str::<Value>(body) {
            Ok(answer) if answer["ok"] == true => Verdict::Taken,
            Ok(_) => Verdict::Refused,
            Err(_) => Verdict::Foreign,
        },
        verdict => verdict,
    }
}
