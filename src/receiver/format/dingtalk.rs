//! `format: dingtalk`: a robot of a `DingTalk` group.
//!
//! Source: `DingTalk`, "Custom robot access" (message type markdown, security settings by
//! signature, limits) and its table of error codes.

use std::time::Duration;

use reqwest::StatusCode;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::chat::fitted;
use super::markup::Markup;
use super::{Post, Sending, Verdict, by_code};
use crate::dispatch::Notification;
use crate::receiver::sign;

/// The largest body, in bytes, by `DingTalk`'s limit of 20 000.
const BODY_BYTES_MAX: usize = 19_500;

/// What passes, and how long it takes. Who sends more than 20 messages in a minute is refused for
/// ten minutes.
const LATER: [(i64, Duration); 5] = [
    // The system is busy.
    (-1, Duration::from_secs(30)),
    // What the robot may send in a day is sent.
    (90_030, Duration::from_hours(1)),
    // Sent too fast.
    (130_101, Duration::from_mins(10)),
    (410_100, Duration::from_mins(10)),
    // The limit of the organization is used up.
    (90_030, Duration::from_hours(1)),
];

/// Returns the request, signed in its address.
pub(super) fn post(sending: &Sending<'_>, notification: &Notification) -> Post {
    let mut url = sending.url.clone();
    if let Some(secret) = sending.secret {
        let timestamp = sending.now.timestamp_millis();
        let sign = sign::dingtalk(secret.expose_secret(), timestamp);
        url.query_pairs_mut()
            .append_pair("timestamp", &timestamp.to_string())
            .append_pair("sign", &sign);
    }
    let markup = Markup::Dingtalk;
    let body = |subject: &str, text: &str| -> Value {
        let text = format!("#### {}\n\n{text}", markup.escape(subject));
        let title = markup.escape(subject);
        json!({"msgtype": "markdown", "markdown": {"title": title, "text": text}})
    };
    let message = fitted(notification, sending.language, markup, |message| {
        let body = body(&message.subject, &message.text());
        body.to_string().len() <= BODY_BYTES_MAX
    });
    Post {
        url,
        headers: Vec::new(),
        body: body(&message.subject, &message.text()).to_string(),
    }
}

/// Every answer is 200; its `errcode` decides.
pub(super) fn verdict(status: StatusCode, body: &str) -> Verdict {
    by_code(status, body, &["errcode"], &LATER)
}
