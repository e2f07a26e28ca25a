//! How people are told: by mail, by webhook, on the console.
//!
//! [`send`] makes one try of one delivery and says what came of it. What is tried again, and
//! when, is decided by [`backoff`]; whom to tell was decided by [`dispatch`](crate::dispatch).
//!
//! A fault is *rejected* only if the receiver refuses this very message, or if nothing but a
//! change of the rules file can mend it; everything else may pass and is *retried*.

pub mod alertmanager;
pub mod backoff;
pub mod breaker;
pub mod console;
mod email;
mod folder;
mod html;
mod payload;
mod sign;
mod smtp;
mod trial;
mod webhook;
mod words;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

pub use console::{Colour, Console};
pub use trial::trial;
pub use webhook::shown;

use crate::config::{Channel, MailServer};
use crate::dispatch::Notification;

/// What is needed to tell people, made once and shared by all deliveries.
pub struct Tools {
    http: reqwest::Client,
    mail: Option<email::Mailer>,
    console: Mutex<Console>,
}

/// A notification has been taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// What the receiver said, in a few words, without secrets.
    pub answer: String,
}

/// Why a notification has not been taken, by what is to be done about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// A fault that may pass: to be tried again.
    #[error("{answer}")]
    Retry {
        /// How long the receiver asked to wait.
        after: Option<Duration>,
        /// What happened, without secrets.
        answer: String,
    },
    /// It would be refused again: to be parked, and told on the log.
    #[error("{answer}")]
    Reject {
        /// What happened, without secrets.
        answer: String,
    },
}

/// Why the tools cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ToolsError {
    /// TLS cannot be set up for HTTP; mostly there are no root certificates on the machine.
    #[error("prepare webhooks: are there root certificates (ca-certificates) on this machine?")]
    Http {
        /// The cause.
        source: reqwest::Error,
    },
    /// TLS cannot be set up for mail.
    #[error("prepare mail: are there root certificates (ca-certificates) on this machine?")]
    MailTls {
        /// The cause.
        source: lettre::transport::smtp::Error,
    },
    /// The sender of mails is not an address.
    #[error("`from` must be an address like `Foghorn <foghorn@example.com>`, not `{from}`")]
    Sender {
        /// What it is.
        from: String,
        /// The cause.
        source: lettre::address::AddressError,
    },
}

impl Tools {
    /// Prepares for telling: by this mail server, if there is one, and on this console.
    ///
    /// # Errors
    ///
    /// [`ToolsError::Http`] and [`ToolsError::MailTls`] if TLS cannot be set up,
    /// [`ToolsError::Sender`] if the mail server's `from` is not an address.
    pub fn new(mail: Option<&MailServer>, console: Console) -> Result<Self, ToolsError> {
        // Whoever installed a provider before us may keep theirs.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self {
            http: webhook::client()?,
            mail: mail.map(email::Mailer::open).transpose()?,
            console: Mutex::new(console),
        })
    }
}

/// Makes one try to tell a notification by a channel.
///
/// `now` is the time of this try. A delivery that is tried again under the same id is told once,
/// as far as the receiver allows: webhooks carry the id, mails have it as their `Message-ID`,
/// files as their name, and recipients who had a mail in this process do not get it again.
///
/// # Errors
///
/// [`SendError::Retry`] for what may pass, [`SendError::Reject`] for what will not.
pub async fn send(
    notification: &Notification,
    channel: &Channel,
    tools: &Tools,
    now: DateTime<Utc>,
) -> Result<Delivered, SendError> {
    match channel {
        Channel::Webhook { url, secret } => {
            webhook::send(&tools.http, url, secret.as_ref(), notification, now).await
        }
        Channel::Email { to } => match &tools.mail {
            Some(mailer) => mailer.send(to, notification, now).await,
            None => Err(SendError::Reject {
                answer: "the rules file names no mail server (notify: email: server)".to_owned(),
            }),
        },
        Channel::Alertmanager { urls } => {
            alertmanager::send(&tools.http, urls, notification, now).await
        }
        Channel::Console => {
            let mut console = tools.console.lock().unwrap_or_else(PoisonError::into_inner);
            console.tell(notification)
        }
    }
}

#[cfg(test)]
mod tests;
