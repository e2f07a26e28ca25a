//! `format: discord`: a webhook of Discord.
//!
//! Source: Discord, "Execute webhook", "Embed limits", "Rate limits".

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::chat::fitted;
use super::markup::Markup;
use super::{Verdict, by_status};
use crate::config::Language;
use crate::dispatch::Notification;
use crate::receiver::words::Tone;
use crate::unit::Severity;

/// The longest description of an embed, in units of UTF-16, by Discord's limit.
const TEXT_UNITS_MAX: usize = 4_096;

/// Returns the body, which mentions nobody whatever it says.
pub(super) fn body(notification: &Notification, language: Language) -> Value {
    let markup = Markup::Discord;
    let message = fitted(notification, language, markup, |message| {
        message.text().encode_utf16().count() <= TEXT_UNITS_MAX
    });
    json!({
        "allowed_mentions": {"parse": []},
        "embeds": [{
            "title": markup.escape(&message.subject),
            "description": message.text(),
            "color": colour(message.letter.tone),
            "timestamp": notification.timestamp,
        }],
    })
}

/// The colour of an embed's edge, as a number.
const fn colour(tone: Tone) -> u32 {
    match tone {
        Tone::Firing(Severity::Critical) => 0x00b3_261e,
        Tone::Firing(Severity::Warning) => 0x009a_6700,
        Tone::Firing(Severity::Info) => 0x0005_50ae,
        Tone::Over => 0x001a_7f37,
        Tone::Unknown => 0x0066_39ba,
    }
}

/// What was taken is answered by 204. Who comes too often is told in the body how many seconds to
/// wait, with decimals.
pub(super) fn verdict(status: StatusCode, body: &str) -> Verdict {
    match by_status(status) {
        Verdict::Later(_) => {
            let answer: Value = serde_json::from_str(body).unwrap_or_default();
            let wait = answer["retry_after"].to_string();
            let seconds = wait.split('.').next().and_then(|whole| whole.parse().ok());
            // A second more than the whole ones covers the decimals.
            Verdict::Later(seconds.map(|whole: u64| Duration::from_secs(whole.saturating_add(1))))
        }
        verdict => verdict,
    }
}
