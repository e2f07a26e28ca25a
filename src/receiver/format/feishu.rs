//! `format: feishu`: a robot of a Feishu or Lark group.
//!
//! Source: Feishu, "Custom bot usage guide" (cards, signature verification, limits, error codes).

use std::time::Duration;

use reqwest::StatusCode;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::chat::fitted;
use super::markup::Markup;
use super::{Sending, Verdict, by_code};
use crate::dispatch::Notification;
use crate::receiver::sign;
use crate::receiver::words::Tone;
use crate::unit::Severity;

/// The largest body, in bytes, by Feishu's limit of 20 KB; the signature comes on top.
const BODY_BYTES_MAX: usize = 19_500;

/// What passes: a robot takes 5 messages in a second and 100 in a minute.
const LATER: [(i64, Duration); 4] = [
    (11_232, Duration::from_mins(1)),
    (11_233, Duration::from_mins(1)),
    (230_020, Duration::from_mins(1)),
    (99_991_400, Duration::from_mins(1)),
];

/// Returns the body: a card, signed if there is a secret.
pub(super) fn body(sending: &Sending<'_>, notification: &Notification) -> Value {
    let markup = Markup::Feishu;
    let card = |message: &super::chat::Fitted| -> Value {
        let elements: Vec<Value> = message
            .paragraphs
            .iter()
            .map(|text| json!({"tag": "div", "text": {"tag": "lark_md", "content": text}}))
            .collect();
        json!({
            "msg_type": "interactive",
            "card": {
                "config": {"wide_screen_mode": true},
                "header": {
                    "template": template(message.letter.tone),
                    "title": {"tag": "plain_text", "content": message.subject},
                },
                "elements": elements,
            },
        })
    };
    let message = fitted(notification, sending.language, markup, |message| {
        card(message).to_string().len() <= BODY_BYTES_MAX
    });
    let mut body = card(&message);
    if let Some(secret) = sending.secret {
        let timestamp = sending.now.timestamp();
        body["timestamp"] = timestamp.to_string().into();
        body["sign"] = sign::feishu(secret.expose_secret(), timestamp).into();
    }
    body
}

/// The colour of a card's head. Source: Feishu, "Card header".
const fn template(tone: Tone) -> &'static str {
    match tone {
        Tone::Firing(Severity::Critical) => "red",
        Tone::Firing(Severity::Warning) => "orange",
        Tone::Firing(Severity::Info) => "blue",
        Tone::Over => "green",
        Tone::Unknown => "purple",
    }
}

/// Every answer is 200; its `code`, or `StatusCode` as it was called, decides.
pub(super) fn verdict(status: StatusCode, body: &str) -> Verdict {
    by_code(status, body, &["code", "StatusCode"], &LATER)
}
