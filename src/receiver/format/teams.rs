//! `format: teams`: a workflow of Microsoft Teams, "when a webhook request is received".
//!
//! Source: Microsoft, "Create incoming webhooks with Workflows"; Adaptive Cards 1.4, `TextBlock`,
//! `FactSet`, `Action.OpenUrl`; limits of incoming webhooks.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::chat::{Fitted, fitted};
use super::markup::Markup;
use super::{Verdict, by_status};
use crate::config::Language;
use crate::dispatch::Notification;
use crate::receiver::words::Tone;
use crate::unit::Severity;

/// The largest body, in bytes, by Teams' limit of 28 KB.
const BODY_BYTES_MAX: usize = 27 * 1024;
/// How many buttons a card has: more are not shown.
const ACTIONS_MAX: usize = 4;

/// Returns the body: a message with one card.
pub(super) fn body(notification: &Notification, language: Language) -> Value {
    let message = fitted(notification, language, Markup::Teams, |message| {
        card(message).to_string().len() <= BODY_BYTES_MAX
    });
    card(&message)
}

fn card(message: &Fitted) -> Value {
    let mut blocks = vec![json!({
        "type": "TextBlock",
        "text": Markup::Teams.escape(&message.subject),
        "weight": "bolder",
        "size": "medium",
        "color": colour(message.letter.tone),
        "wrap": true,
    })];
    let texts = message.paragraphs.iter();
    blocks.extend(
        texts.map(
            |text| json!({"type": "TextBlock", "text": text, "wrap": true, "separator": true}),
        ),
    );
    let first = message.letter.alerts.first();
    let links = first.map_or(&[][..], |alert| &alert.links);
    let actions: Vec<Value> = links
        .iter()
        .filter(|link| link.is_web())
        .take(ACTIONS_MAX)
        .map(|link| json!({"type": "Action.OpenUrl", "title": link.name, "url": link.url}))
        .collect();
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": blocks,
                "actions": actions,
                "msteams": {"width": "Full"},
            },
        }],
    })
}

/// The colour of a text, in the words of cards.
const fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Firing(Severity::Critical) => "attention",
        Tone::Firing(Severity::Warning) => "warning",
        Tone::Firing(Severity::Info) => "accent",
        Tone::Over => "good",
        Tone::Unknown => "default",
    }
}

/// Workflows answer 202. The older connectors answer 200, also if the message was not taken: then
/// the text says so.
pub(super) fn verdict(status: StatusCode, body: &str) -> Verdict {
    match by_status(status) {
        Verdict::Taken if body.contains("failed") || body.contains("error") => {
            if body.contains("429") || body.contains("HTTP error 5") {
                Verdict::Later(None)
            } else {
                Verdict::Refused
            }
        }
        verdict => verdict,
    }
}
