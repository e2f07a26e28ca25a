//! `format: wecom`: a robot of a `WeCom` group.
//!
//! Source: `WeCom`, "Group robot configuration" (markdown, limits) and "Global error codes".

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::chat::fitted;
use super::markup::Markup;
use super::{Verdict, by_code};
use crate::config::Language;
use crate::dispatch::Notification;

/// The longest text, in bytes, by `WeCom`'s limit.
const TEXT_BYTES_MAX: usize = 4_096;

/// What passes: a robot takes 20 messages in a minute.
const LATER: [(i64, Duration); 3] = [
    // The system is busy.
    (-1, Duration::from_secs(30)),
    // Called too often; too many calls at once.
    (45_009, Duration::from_mins(1)),
    (45_033, Duration::from_mins(1)),
];

/// Returns the body.
pub(super) fn body(notification: &Notification, language: Language) -> Value {
    let markup = Markup::Wecom;
    let whole = |message: &super::chat::Fitted| {
        let subject = markup.bold(&markup.escape(&message.subject));
        format!("{subject}\n{}", message.text())
    };
    let message = fitted(notification, language, markup, |message| {
        whole(message).len() <= TEXT_BYTES_MAX
    });
    json!({"msgtype": "markdown", "markdown": {"content": whole(&message)}})
}

/// Every answer is 200; its `errcode` decides.
pub(super) fn verdict(status: StatusCode, body: &str) -> Verdict {
    by_code(status, body, &["errcode"], &LATER)
}
