//! Telling by mail: a text part that stands alone, an HTML part, a subject that says it all.
//!
//! How it leaves is for [`super::smtp`] and [`super::folder`].

use std::fmt::Write as _;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::words::{Told, subject, told};
use super::{Delivered, SendError, ToolsError, folder, html, smtp};
use crate::config::{MailServer, MailTransport};
use crate::dispatch::Notification;
use crate::unit::stable_id;

/// How many alerts a mail lists; the others are counted.
const ALERTS_MAX: usize = 30;
/// How many alerts a mail refers to, so that its head stays short.
const REFERENCES_MAX: usize = 10;
/// The longest delivery id that becomes a file's name as it is, in bytes.
const NAME_BYTES_MAX: usize = 100;

/// A way to send mails, and who they are from.
pub(super) struct Mailer {
    from: Mailbox,
    way: Way,
}

enum Way {
    Folder(PathBuf),
    Smtp(Box<smtp::Relay>),
}

impl Mailer {
    /// Prepares for mails by this server; nothing is sent yet.
    pub(super) fn open(server: &MailServer) -> Result<Self, ToolsError> {
        let from = server.from.parse().map_err(|source| ToolsError::Sender {
            from: server.from.clone(),
            source,
        })?;
        let way = match &server.server {
            MailTransport::Folder(folder) => Way::Folder(PathBuf::from(folder)),
            MailTransport::Smtp { host, port, tls } => {
                let relay = smtp::Relay::open(host, *port, *tls, server.login.as_ref())?;
                Way::Smtp(Box::new(relay))
            }
        };
        Ok(Self { from, way })
    }

    /// Sends a notification to these recipients, once.
    pub(super) async fn send(
        &self,
        to: &[String],
        notification: &Notification,
        now: DateTime<Utc>,
    ) -> Result<Delivered, SendError> {
        let reject = |answer: String| SendError::Reject { answer };
        let mut recipients = Vec::new();
        for address in to {
            let mailbox: Mailbox = address
                .parse()
                .map_err(|_| reject(format!("`{address}` is not a mail address")))?;
            recipients.push(mailbox);
        }
        if recipients.is_empty() {
            return Err(reject("the email receiver has no recipients".to_owned()));
        }
        let message = compose(&self.from, &recipients, notification, now)
            .map_err(|error| reject(format!("the mail cannot be written: {error}")))?;
        let mail = message.formatted();
        match &self.way {
            Way::Folder(path) => match folder::write(path, &name(&notification.id), &mail).await {
                Ok(()) => Ok(Delivered {
                    answer: "written".to_owned(),
                }),
                Err(error) => Err(SendError::Retry {
                    after: None,
                    answer: format!("write a mail to {}: {error}", path.display()),
                }),
            },
            Way::Smtp(relay) => {
                let to: Vec<Address> = recipients.into_iter().map(|r| r.email).collect();
                relay
                    .send(&notification.id, &self.from.email, &to, &mail)
                    .await
            }
        }
    }
}

/// Why a mail cannot be written: a defect of ours.
#[derive(Debug, thiserror::Error)]
pub(super) enum ComposeError {
    #[error("{0}")]
    Head(#[source] lettre::error::Error),
    #[error("{0}")]
    Page(#[source] minijinja::Error),
}

pub(super) fn compose(
    from: &Mailbox,
    to: &[Mailbox],
    notification: &Notification,
    now: DateTime<Utc>,
) -> Result<Message, ComposeError> {
    let subject = subject(notification);
    let shown: Vec<Told> = notification
        .alerts
        .iter()
        .take(ALERTS_MAX)
        .map(|alert| told(notification, alert))
        .collect();
    let more = notification.alerts.len() - shown.len();
    let page = html::page(&subject, &shown, more).map_err(ComposeError::Page)?;
    let threads: Vec<String> = notification
        .alerts
        .iter()
        .take(REFERENCES_MAX)
        .map(|alert| message_id("alert", &alert.id, from))
        .collect();
    let mut head = Message::builder()
        .from(from.clone())
        .subject(subject)
        .date(now.into())
        .message_id(Some(message_id("delivery", &notification.id, from)))
        .raw_header(automatic());
    for mailbox in to {
        head = head.to(mailbox.clone());
    }
    if let Some(first) = threads.first() {
        head = head
            .in_reply_to(first.clone())
            .references(threads.join(" "));
    }
    // A boundary from the delivery id: the same mail at every try.
    let boundary = stable_id(&["boundary", &notification.id]);
    let parts = MultiPart::alternative()
        .boundary(boundary)
        .singlepart(SinglePart::plain(text(&shown, more)))
        .singlepart(SinglePart::html(page));
    head.multipart(parts).map_err(ComposeError::Head)
}

/// Tells mail programs not to answer with a note of absence. Source: RFC 3834, 5.
fn automatic() -> HeaderValue {
    HeaderValue::new(
        HeaderName::new_from_ascii_str("Auto-Submitted"),
        "auto-generated".to_owned(),
    )
}

/// Returns an id for the head of a mail.
///
/// All mails about one firing refer to an id of the alert that no mail has: mail programs gather
/// them into one thread by it, whether or not they have seen the first.
fn message_id(kind: &str, id: &str, from: &Mailbox) -> String {
    let domain = from.email.domain();
    let domain = if domain.is_ascii() { domain } else { "foghorn" };
    format!("<{kind}.{}@{domain}>", name(id))
}

/// Returns an id as it may stand in a file's name and a mail's head: itself, or its hash if it
/// has other characters than letters, digits, `-`, `_` and `.`.
fn name(id: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let usable = !id.is_empty() && id.len() <= NAME_BYTES_MAX && !id.starts_with('.');
    if usable && id.bytes().all(plain) {
        id.to_owned()
    } else {
        stable_id(&["delivery", id])
    }
}

/// The text part: short lines, no columns, because phones have neither width nor fixed fonts.
pub(super) fn text(alerts: &[Told], more: usize) -> String {
    let mut text = String::new();
    for told in alerts {
        if !text.is_empty() {
            text.push_str("\r\n");
        }
        let _ = write!(
            text,
            "{}: {}\r\n{}\r\n",
            told.badge,
            told.title(),
            told.sentence
        );
        if !told.summary.is_empty() {
            let _ = write!(text, "{}\r\n", told.summary);
        }
        text.push_str("\r\n");
        for (name, value) in told.links.iter().chain(&told.rows) {
            let _ = write!(text, "{name}: {value}\r\n");
        }
    }
    if more > 0 {
        let _ = write!(
            text,
            "\r\nAnd {more} more, which this mail does not list.\r\n"
        );
    }
    text
}
