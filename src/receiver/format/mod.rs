//! The forms in which webhooks say a message, one file for each: what is posted, how large it may
//! be, and what answer means that it was taken.

mod alertmanager;
mod chat;
mod dingtalk;
mod discord;
mod feishu;
mod markup;
mod opsgenie;
mod pagerduty;
mod slack;
mod standard;
mod teams;
mod telegram;
mod wecom;

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::{StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

pub(super) use markup::colour;

use crate::config::{Format, Language};
use crate::dispatch::Notification;

/// One request that tells a message, or an alert of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Post {
    /// Where it goes.
    pub url: Url,
    /// Headers beside that of the content's type.
    pub headers: Vec<(&'static str, String)>,
    /// What is posted.
    pub body: String,
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It was taken.
    Taken,
    /// It may be taken later, after this wait if one is named.
    Later(Option<Duration>),
    /// It will be refused again.
    Refused,
    /// It is a success, but not in the receiver's own form, such as a page of something in between:
    /// nobody knows that the message was taken, and it may be later.
    Foreign,
}

/// What a message is sent with.
pub(super) struct Sending<'a> {
    /// Where to, as the rules file says.
    pub url: Url,
    /// The key of the signature.
    pub secret: Option<&'a SecretString>,
    /// In which language.
    pub language: Language,
    /// The time of this try.
    pub now: DateTime<Utc>,
}

/// Returns the requests that tell a notification, in order: one, or one for each alert where the
/// service keeps alerts of its own.
///
/// # Errors
///
/// A sentence that says why there can be none.
pub(super) fn posts(
    format: &Format,
    sending: &Sending<'_>,
    notification: &Notification,
) -> Result<Vec<Post>, String> {
    let one = |body: Value| vec![plain(sending, body.to_string())];
    Ok(match format {
        Format::Standard { body } => {
            vec![standard::post(sending, notification, body.as_deref())?]
        }
        Format::Alertmanager => vec![standard::signed(
            sending,
            notification,
            alertmanager::body(notification),
        )?],
        Format::Slack => one(slack::body(notification, sending.language)),
        Format::Dingtalk => vec![dingtalk::post(sending, notification)],
        Format::Feishu => one(feishu::body(sending, notification)),
        Format::Wecom => one(wecom::body(notification, sending.language)),
        Format::Pagerduty { routing_key } => {
            pagerduty::events(notification, sending.language, routing_key.expose_secret())
                .into_iter()
                .map(|event| plain(sending, event.to_string()))
                .collect()
        }
        Format::Opsgenie { api_key } => {
            opsgenie::posts(sending, notification, api_key.expose_secret())
        }
        Format::Teams => one(teams::body(notification, sending.language)),
        Format::Telegram { bot_token, chat_id } => vec![telegram::post(
            sending,
            notification,
            (bot_token.expose_secret(), chat_id),
        )?],
        Format::Discord => one(discord::body(notification, sending.language)),
    })
}

fn plain(sending: &Sending<'_>, body: String) -> Post {
    Post {
        url: sending.url.clone(),
        headers: Vec::new(),
        body,
    }
}

/// Returns what an answer means in a format; `body` may be cut off.
pub(super) fn verdict(format: &Format, status: StatusCode, body: &str) -> Verdict {
    match format {
        Format::Standard { .. } | Format::Alertmanager => by_status(status),
        Format::Slack => slack::verdict(status, body),
        Format::Dingtalk => dingtalk::verdict(status, body),
        Format::Feishu => feishu::verdict(status, body),
        Format::Wecom => wecom::verdict(status, body),
        Format::Pagerduty { .. } => pagerduty::verdict(status),
        Format::Opsgenie { .. } => opsgenie::verdict(status),
        Format::Teams => teams::verdict(status, body),
        Format::Telegram { .. } => telegram::verdict(status, body),
        Format::Discord => discord::verdict(status, body),
    }
}

/// Whether the status of an answer alone says if a message was taken.
pub(super) const fn is_decided_by_status(format: &Format) -> bool {
    match format {
        Format::Standard { .. }
        | Format::Alertmanager
        | Format::Pagerduty { .. }
        | Format::Opsgenie { .. } => true,
        Format::Slack
        | Format::Dingtalk
        | Format::Feishu
        | Format::Wecom
        | Format::Teams
        | Format::Telegram { .. }
        | Format::Discord => false,
    }
}

/// Whether this beginning of an answer's body says if a message was taken, whatever follows.
pub(super) fn is_decided_by(format: &Format, body: &[u8]) -> bool {
    let body = body.trim_ascii();
    let is_object = || body.starts_with(b"{") && serde_json::from_slice::<Value>(body).is_ok();
    match format {
        Format::Slack => body == b"ok" || is_object(),
        Format::Dingtalk | Format::Feishu | Format::Wecom | Format::Telegram { .. } => is_object(),
        // By their status, or by words that may come anywhere.
        Format::Standard { .. }
        | Format::Alertmanager
        | Format::Pagerduty { .. }
        | Format::Opsgenie { .. }
        | Format::Teams
        | Format::Discord => false,
    }
}

/// Returns the secrets of a format, which no answer may repeat.
pub(super) fn secrets(format: &Format) -> Option<&SecretString> {
    match format {
        Format::Pagerduty { routing_key } => Some(routing_key),
        Format::Opsgenie { api_key } => Some(api_key),
        Format::Telegram { bot_token, .. } => Some(bot_token),
        Format::Standard { .. }
        | Format::Alertmanager
        | Format::Slack
        | Format::Dingtalk
        | Format::Feishu
        | Format::Wecom
        | Format::Teams
        | Format::Discord => None,
    }
}

/// Returns what a status means by itself: what the receiver will say again to the same request is
/// refused; a fault that may pass is for later.
fn by_status(status: StatusCode) -> Verdict {
    const PASSING: [StatusCode; 3] = [
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::TOO_EARLY,
        StatusCode::TOO_MANY_REQUESTS,
    ];
    if status.is_success() {
        Verdict::Taken
    } else if status.is_redirection() || (status.is_client_error() && !PASSING.contains(&status)) {
        Verdict::Refused
    } else {
        Verdict::Later(None)
    }
}

/// Returns what an answer means whose status alone says nothing: a number under one of these names
/// that must be zero. An answer without it is not the receiver's own.
fn by_code(status: StatusCode, body: &str, names: &[&str], later: &[(i64, Duration)]) -> Verdict {
    let answer: Option<Value> = serde_json::from_str(body).ok();
    let code = answer.as_ref().and_then(|answer| {
        let mut codes = names.iter().filter_map(|name| answer[*name].as_i64());
        codes.next()
    });
    match (code, by_status(status)) {
        (Some(0), Verdict::Taken) => Verdict::Taken,
        (None, Verdict::Taken) => Verdict::Foreign,
        (Some(code), verdict) => {
            let found = later.iter().find(|(known, _)| *known == code);
            match (found, verdict) {
                (Some((_, wait)), _) => Verdict::Later(Some(*wait)),
                (None, Verdict::Later(wait)) => Verdict::Later(wait),
                (None, _) => Verdict::Refused,
            }
        }
        (None, verdict) => verdict,
    }
}

#[cfg(test)]
mod tests;
