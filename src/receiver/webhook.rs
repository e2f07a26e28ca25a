//! Telling by HTTP POST.
//!
//! One try of one delivery: when to try again is decided by [`super::backoff`].

use std::error::Error as _;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url, redirect};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Delivered, SendError, ToolsError, backoff, payload, sign};
use crate::dispatch::Notification;
use crate::dispatch::summary::one_line;

/// How long a connection may take, with its TLS.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// How long a whole try may take: receivers that work while we wait need some seconds.
const TRY_MAX: Duration = Duration::from_secs(30);
/// How much of an answer is read, in bytes: enough for a message that says what is wrong.
const ANSWER_BYTES_MAX: usize = 4 * 1024;
/// How much of an answer is kept, in characters.
const ANSWER_CHARS_MAX: usize = 200;
/// The shortest piece of a URL that is taken for a secret when an answer repeats it.
const SECRET_CHARS_MIN: usize = 6;
/// How many idle connections are kept to one host; a receiver gets few messages.
const IDLE_MAX: usize = 2;

/// Makes the HTTP client of all webhooks.
pub(super) fn client() -> Result<Client, ToolsError> {
    Client::builder()
        .user_agent(concat!("foghorn/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_MAX)
        .timeout(TRY_MAX)
        .pool_max_idle_per_host(IDLE_MAX)
        .build()
        .map_err(|source| ToolsError::Http { source })
}

/// Posts a notification once.
pub(super) async fn send(
    client: &Client,
    url: &SecretString,
    secret: Option<&SecretString>,
    notification: &Notification,
    now: DateTime<Utc>,
) -> Result<Delivered, SendError> {
    let target = Url::parse(url.expose_secret())
        .map_err(|error| reject(format!("the webhook's url cannot be used: {error}")))?;
    let body = payload::json(notification);
    let id = header(&notification.id)?;
    let mut request = client
        .post(target.clone())
        .header(CONTENT_TYPE, "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", now.timestamp());
    if let Some(secret) = secret {
        let signature = sign::signature(
            secret.expose_secret(),
            &notification.id,
            now.timestamp(),
            body.as_bytes(),
        )
        .map_err(|error| reject(error.to_string()))?;
        request = request.header("webhook-signature", signature);
    }
    match request.body(body).send().await {
        Ok(response) => judge(response, &target, now).await,
        Err(error) => Err(unreachable(error, &target)),
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

fn header(id: &str) -> Result<HeaderValue, SendError> {
    HeaderValue::from_str(id)
        .map_err(|_| reject("the delivery id does not fit into a header".to_owned()))
}

const fn reject(answer: String) -> SendError {
    SendError::Reject { answer }
}

/// Decides what an answer means.
///
/// What the receiver will say again to the same request is rejected; a fault that may pass is
/// retried.
pub(super) async fn judge(
    mut response: Response,
    url: &Url,
    now: DateTime<Utc>,
) -> Result<Delivered, SendError> {
    let status = response.status();
    let after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| backoff::retry_after(value, now));
    let text = answer_text(&mut response).await;
    let mut answer = format!("{status} from {}", place(url));
    if status.is_redirection() {
        answer.push_str(": redirects are not followed, the rules file must name the last address");
    } else if !text.is_empty() {
        answer = format!("{answer}: {}", without_secrets(&text, url));
    }
    if status.is_success() {
        Ok(Delivered { answer })
    } else if status.is_redirection() || (status.is_client_error() && !passes(status)) {
        Err(SendError::Reject { answer })
    } else {
        Err(SendError::Retry { after, answer })
    }
}

/// Whether a client error is one that passes.
fn passes(status: StatusCode) -> bool {
    [
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::TOO_EARLY,
        StatusCode::TOO_MANY_REQUESTS,
    ]
    .contains(&status)
}

/// Reads the beginning of an answer. Its status has decided, so a body that breaks off is no fault.
async fn answer_text(response: &mut Response) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = ANSWER_BYTES_MAX - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if bytes.len() == ANSWER_BYTES_MAX {
            break;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns the beginning of a receiver's text, without what of the URL it repeats.
fn without_secrets(text: &str, url: &Url) -> String {
    let queries: Vec<String> = url.query_pairs().map(|(_, v)| v.into_owned()).collect();
    let pieces = url
        .path_segments()
        .into_iter()
        .flatten()
        .chain(url.query())
        .chain(url.password())
        .chain(queries.iter().map(String::as_str));
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
pub(super) fn unreachable(error: reqwest::Error, url: &Url) -> SendError {
    let defect = error.is_builder();
    let timed_out = error.is_timeout();
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    let what = if timed_out {
        "no answer in time"
    } else {
        "no answer"
    };
    let answer = format!(
        "{what} from {}: {}",
        place(url),
        without_secrets(&text, url)
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
        );
        assert_eq!(clean, "no such /…/…?… (…) next");
    }
}
