//! Telling by HTTP POST, in one of the [`format`]s.
//!
//! One try of one delivery: when to try again is decided by [`super::backoff`].

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::{Response, Url};
use secrecy::{ExposeSecret as _, SecretString};

use super::clients::{Clients, TRY_MAX};
use super::format::{self, Post, Sending, Verdict};
use super::{Delivered, SendError, ToolsError, backoff};
use crate::causes;
use crate::config::{Format, Language};
use crate::dispatch::Notification;
use crate::dispatch::summary::one_line;

/// How long the words of an answer are waited for once its status has decided.
const WORDS_WAIT: Duration = Duration::from_secs(2);
/// How much of an answer is read, in bytes: enough for a message that says what is wrong.
const ANSWER_BYTES_MAX: usize = 4 * 1024;
/// How much of an answer is kept, in characters.
const ANSWER_CHARS_MAX: usize = 200;
/// The shortest piece of a URL that is taken for a secret when an answer repeats it.
const SECRET_CHARS_MIN: usize = 6;

/// What all webhooks share.
pub(super) struct Hooks {
    clients: Clients,
}

/// A webhook of the rules file.
pub(super) struct Hook<'a> {
    pub url: &'a SecretString,
    pub secret: Option<&'a SecretString>,
    pub format: &'a Format,
    pub language: Language,
}

impl Hooks {
    /// Makes what all webhooks share.
    pub(super) fn open() -> Result<Self, ToolsError> {
        Ok(Self {
            clients: Clients::open()?,
        })
    }

    /// Posts a notification once. Where it takes several requests, they go out until one is not taken.
    pub(super) async fn send(
        &self,
        hook: Hook<'_>,
        notification: &Notification,
        now: DateTime<Utc>,
    ) -> Result<Delivered, SendError> {
        let url = Url::parse(hook.url.expose_secret())
            .map_err(|error| reject(format!("the webhook's url cannot be used: {error}")))?;
        let sending = Sending {
            url,
            secret: hook.secret,
            language: hook.language,
            now,
        };
        let posts = format::posts(hook.format, &sending, notification).map_err(reject)?;
        let mut answer = String::new();
        for post in posts {
            Delivered { answer } = self.post(post, hook.format, now).await?;
        }
        Ok(Delivered { answer })
    }

    async fn post(
        &self,
        post: Post,
        format: &Format,
        now: DateTime<Utc>,
    ) -> Result<Delivered, SendError> {
        let mut request = self
            .clients
            .to(&post.url)
            .post(post.url.clone())
            .header(CONTENT_TYPE, "application/json");
        for (name, value) in post.headers {
            let mut value = HeaderValue::from_str(&value)
                .map_err(|_| reject(format!("`{name}` does not fit into a header")))?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        match request.body(post.body).send().await {
            Ok(response) => judge(response, &post.url, format, now).await,
            Err(error) => Err(unreachable(error, &post.url, format)),
        }
    }

    /// Returns the clients of all that goes by HTTP.
    pub(super) const fn clients(&self) -> &Clients {
        &self.clients
    }
}

/// Returns a URL as it may be shown: without user, path and query, which may hold secrets.
pub fn shown(url: &str) -> String {
    match Url::parse(url) {
        Ok(url) => place(&url),
        Err(_) => "(not a url)".to_owned(),
    }
}

fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or("?");
    let port = url.port().map_or(String::new(), |port| format!(":{port}"));
    format!("{}://{host}{port}/…", url.scheme())
}

const fn reject(answer: String) -> SendError {
    SendError::Reject { answer }
}

/// Decides what an answer means, by its format.
pub(super) async fn judge(
    mut response: Response,
    url: &Url,
    format: &Format,
    now: DateTime<Utc>,
) -> Result<Delivered, SendError> {
    let status = response.status();
    let asked = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| backoff::retry_after(value, now));
    let wait = if format::is_decided_by_status(format) {
        WORDS_WAIT
    } else {
        TRY_MAX
    };
    let text = answer_text(&mut response, format, wait).await;
    let mut answer = format!("{status} from {}", place(url));
    if status.is_redirection() {
        answer.push_str(": redirects are not followed, the rules file must name the last address");
    } else if !text.is_empty() {
        answer = format!("{answer}: {}", without_secrets(&text, url, format));
    }
    match format::verdict(format, status, &text) {
        Verdict::Taken => Ok(Delivered { answer }),
        Verdict::Refused => Err(SendError::Reject { answer }),
        Verdict::Later(wait) => Err(SendError::Retry {
            after: wait.max(asked),
            answer,
        }),
        Verdict::Foreign => {
            let format = format.as_str();
            let answer = format!(
                "{answer}, which is not how {format} says that it took a message: is the address right, and does nothing stand in between?"
            );
            Err(SendError::Retry {
                after: asked,
                answer,
            })
        }
    }
}

/// Reads the beginning of an answer, as far as it comes in this time and says more than whether the
/// message was taken: a body that breaks off or is left open is no fault.
async fn answer_text(response: &mut Response, format: &Format, wait: Duration) -> String {
    let mut bytes = Vec::new();
    let reading = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            let room = ANSWER_BYTES_MAX - bytes.len();
            bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if bytes.len() == ANSWER_BYTES_MAX || format::is_decided_by(format, &bytes) {
                break;
            }
        }
    };
    // What came until then is in `bytes`.
    let _ = tokio::time::timeout(wait, reading).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns the beginning of a receiver's text, without what it repeats of the URL and the key.
fn without_secrets(text: &str, url: &Url, format: &Format) -> String {
    let queries: Vec<String> = url.query_pairs().map(|(_, v)| v.into_owned()).collect();
    let pieces = url
        .path_segments()
        .into_iter()
        .flatten()
        .chain(url.query())
        .chain(url.password())
        .chain(queries.iter().map(String::as_str))
        .chain(format::secrets(format).map(secrecy::ExposeSecret::expose_secret));
    let mut clean = text.to_owned();
    let mut pieces: Vec<&str> = pieces
        .filter(|piece| piece.chars().count() >= SECRET_CHARS_MIN)
        .collect();
    pieces.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
    for piece in pieces {
        clean = clean.replace(piece, "…");
    }
    one_line(&clean, ANSWER_CHARS_MAX)
}

/// Decides what it means that there was no answer: everything of the network may pass.
pub(super) fn unreachable(error: reqwest::Error, url: &Url, format: &Format) -> SendError {
    let defect = error.is_builder();
    let timed_out = error.is_timeout();
    let text = causes::of(&error.without_url());
    let what = if timed_out {
        "no answer in time"
    } else {
        "no answer"
    };
    let answer = format!(
        "{what} from {}: {}",
        place(url),
        without_secrets(&text, url, format)
    );
    if defect {
        SendError::Reject { answer }
    } else {
        SendError::Retry {
            after: None,
            answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_secrets() {
        assert_eq!(
            shown("https://user:word@hooks.example.com:8443/T0/B1?token=x"),
            "https://hooks.example.com:8443/…"
        );
        assert_eq!(shown("nonsense"), "(not a url)");
    }

    #[test]
    fn an_answer_that_repeats_the_secret_is_cleaned() {
        let url = Url::parse("https://h.example.com/services/abcdef123?access_token=s3cr%20et99");
        let clean = without_secrets(
            "no such /services/abcdef123?access_token=s3cr%20et99 (s3cr et99)\r\nnext",
            &url.unwrap(),
            &Format::Slack,
        );
        assert_eq!(clean, "no such /…/…?… (…) next");
        let url = Url::parse("https://events.pagerduty.com/v2/enqueue").unwrap();
        let routing_key = "R0123456789".to_owned().into();
        let clean = without_secrets(
            "bad key R0123456789",
            &url,
            &Format::Pagerduty { routing_key },
        );
        assert_eq!(clean, "bad key …");
    }
}
