//! How people are told: by mail, by webhook, on the console.
//!
//! [`send`] makes one try of one delivery and says what came of it: it is taken or not as a whole.
//! What a channel does not take as a whole, [`apart`] divides before. What is tried again, and when,
//! is decided by [`backoff`]; whom to tell was decided by [`dispatch`](crate::dispatch).
//!
//! A fault is *rejected* only if the receiver refuses this very message, or if nothing but a
//! change of the rules file can mend it; everything else may pass and is *retried*.

pub mod alertmanager;
pub mod backoff;
pub mod breaker;
mod channels;
pub mod chart;
mod clients;
pub mod console;
mod email;
mod folder;
mod format;
mod html;
mod sign;
mod smtp;
mod trial;
mod webhook;
mod words;

use std::time::Duration;

use chrono::{DateTime, Utc};

pub use channels::{apart, found, hears_acknowledgements, numbered, place_of, places};
pub use chart::Chart;
pub use console::{Colour, Console};
pub use trial::trial;
pub use webhook::shown;

use crate::config::{Channel, MailServer};
use crate::dispatch::{AlertView, Notification};

/// What is needed to tell people, made once and shared by all deliveries.
pub struct Tools {
    hooks: webhook::Hooks,
    mail: Option<email::Mailer>,
    console: Console,
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
            hooks: webhook::Hooks::open()?,
            mail: mail.map(email::Mailer::open).transpose()?,
            console,
        })
    }
}

/// Returns the alerts that a mail shows whole, each with its chart.
pub fn pictured(notification: &Notification) -> Vec<&AlertView> {
    let mut alerts = words::worst_first(notification);
    alerts.truncate(email::detailed(notification));
    alerts
}

/// Makes one try to tell a notification by a channel, without charts.
///
/// # Errors
///
/// Those of [`send_with_charts`].
pub async fn send(
    notification: &Notification,
    channel: &Channel,
    tools: &Tools,
    now: DateTime<Utc>,
) -> Result<Delivered, SendError> {
    send_with_charts(notification, &[], channel, tools, now).await
}

/// Makes one try to tell a notification by a channel; mails show these charts of its alerts.
///
/// `now` is the time of this try. A delivery that is tried again under the same id is told once,
/// as far as the receiver allows: webhooks carry the id, mails have it as their `Message-ID`,
/// files as their name, and services that keep alerts have the firing's id as its key.
///
/// # Errors
///
/// [`SendError::Retry`] for what may pass, [`SendError::Reject`] for what will not.
pub async fn send_with_charts(
    notification: &Notification,
    charts: &[Chart],
    channel: &Channel,
    tools: &Tools,
    now: DateTime<Utc>,
) -> Result<Delivered, SendError> {
    match channel {
        Channel::Webhook {
            url,
            secret,
            format,
            language,
        } => {
            let hook = webhook::Hook {
                url,
                secret: secret.as_ref(),
                format,
                language: *language,
            };
            tools.hooks.send(hook, notification, now).await
        }
        Channel::Email { to, language } => match &tools.mail {
            Some(mailer) => {
                let mail = email::Mail {
                    notification,
                    charts,
                    language: *language,
                    now,
                };
                mailer.send(to, &mail).await
            }
            None => Err(SendError::Reject {
                answer: "the rules file names no mail server (notify: email: server)".to_owned(),
            }),
        },
        Channel::Alertmanager { urls } => {
            alertmanager::send(tools.hooks.clients(), urls, notification, now).await
        }
        Channel::Console { language } => tools.console.tell(notification, *language).await,
    }
}

#[cfg(test)]
mod tests;
