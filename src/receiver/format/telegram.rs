//! `format: telegram`: a bot of Telegram.
//!
//! Source: Telegram Bot API, `sendMessage`, "Making requests", `ResponseParameters`.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::chat::fitted;
use super::markup::Markup;
use super::{Post, Sending, Verdict, by_status};
use crate::dispatch::Notification;

/// The longest text, in units of UTF-16 with its tags, by Telegram's limit of 4 096 without them.
const TEXT_UNITS_MAX: usize = 4_096;

/// Returns the request to `bot`, its token, and its chat.
///
/// # Errors
///
/// The address cannot have a path.
pub(super) fn post(
    sending: &Sending<'_>,
    notification: &Notification,
    bot: (&str, &str),
) -> Result<Post, String> {
    let (token, chat) = bot;
    let mut url = sending.url.clone();
    url.path_segments_mut()
        .map_err(|()| "the webhook's url cannot have a path".to_owned())?
        .pop_if_empty()
        .extend([&format!("bot{token}"), "sendMessage"]);
    let markup = Markup::Telegram;
    let whole = |message: &super::chat::Fitted| {
        let subject = markup.bold(&markup.escape(&message.subject));
        format!("{subject}\n\n{}", message.text())
    };
    let message = fitted(notification, sending.language, markup, |message| {
        whole(message).encode_utf16().count() <= TEXT_UNITS_MAX
    });
    let body = json!({
        "chat_id": chat,
        "text": whole(&message),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": true},
    });
    Ok(Post {
        url,
        headers: Vec::new(),
        body: body.to_string(),
    })
}

/// The answer's `ok` decides, and its `parameters` say how long to wait.
pub(super) fn verdict(status: StatusCode, body: &str) -> Verdict {
    let answer: Value = serde_json::from_str(body).unwrap_or_default();
    match by_status(status) {
        // What was taken is repeated in the answer, which may be cut off and so be no JSON.
        Verdict::Taken if answer["ok"] == true || body.trim_start().starts_with("{\"ok\":true") => {
            Verdict::Taken
        }
        Verdict::Taken => Verdict::Foreign,
        Verdict::Later(_) => {
            let wait = answer["parameters"]["retry_after"].as_u64();
            Verdict::Later(wait.map(Duration::from_secs))
        }
        verdict @ (Verdict::Refused | Verdict::Foreign) => verdict,
    }
}
