//! `format: standard`: our own form, or what a template makes, signed by Standard Webhooks.

use secrecy::ExposeSecret as _;

use super::{Post, Sending};
use crate::dispatch::{Notification, payload};
use crate::receiver::sign;

/// The longest body that a template may make, in bytes: what receivers commonly take.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Returns the request.
///
/// A template that fails on the day sends our own form instead: somebody is told.
///
/// # Errors
///
/// What is wrong with the secret.
pub(super) fn post(
    sending: &Sending<'_>,
    notification: &Notification,
    template: Option<&str>,
) -> Result<Post, String> {
    let own = || payload::json(notification);
    let body = match template {
        None => own(),
        Some(template) => match payload::render(template, notification) {
            Ok(body) if body.len() <= BODY_BYTES_MAX && is_json(&body) => body,
            Ok(_) => {
                tracing::warn!(
                    receiver = notification.receiver,
                    "the template of the webhook's body makes no JSON of at most 1 MiB; our own form is sent"
                );
                own()
            }
            Err(error) => {
                tracing::warn!(
                    receiver = notification.receiver,
                    "the template of the webhook's body fails, and our own form is sent: {error}"
                );
                own()
            }
        },
    };
    signed(sending, notification, body)
}

/// Returns a request with the headers of Standard Webhooks.
///
/// # Errors
///
/// What is wrong with the secret.
pub(super) fn signed(
    sending: &Sending<'_>,
    notification: &Notification,
    body: String,
) -> Result<Post, String> {
    let timestamp = sending.now.timestamp();
    let mut headers = vec![
        ("webhook-id", notification.id.clone()),
        ("webhook-timestamp", timestamp.to_string()),
    ];
    if let Some(secret) = sending.secret {
        let secret = secret.expose_secret();
        let signature = sign::signature(secret, &notification.id, timestamp, body.as_bytes())
            .map_err(|error| error.to_string())?;
        headers.push(("webhook-signature", signature));
    }
    Ok(Post {
        url: sending.url.clone(),
        headers,
        body,
    })
}

fn is_json(body: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok()
}
