//! Telling by mail: a text part that stands alone, an HTML part, a subject that says it all.
//!
//! How it leaves is for [`super::smtp`] and [`super::folder`].

use std::fmt::Write as _;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};

use super::chart::Chart;
use super::html::Figure;
use super::words::{AlertWords, Letter, alternative, letter};
use super::{Delivered, SendError, ToolsError, folder, html, smtp};
use crate::config::{Language, MailServer, MailTransport};
use crate::dispatch::{AlertView, Notification};
use crate::unit::stable_id;

/// How many alerts a mail lists; the others are counted.
const ALERTS_MAX: usize = 30;
/// How many alerts a mail shows with all that is known: all of a few, or the worst of many.
const FEW: usize = 5;
const DETAILED_OF_MANY: usize = 3;
/// How many alerts a mail refers to, so that its head stays short.
const REFERENCES_MAX: usize = 10;
/// The longest delivery id that becomes a file's name as it is, in bytes.
const NAME_BYTES_MAX: usize = 100;

/// What a mail says.
pub(super) struct Mail<'a> {
    /// The message.
    pub notification: &'a Notification,
    /// The charts of its alerts.
    pub charts: &'a [Chart],
    /// In which language.
    pub language: Language,
    /// The time of this try.
    pub now: DateTime<Utc>,
}

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

    /// Sends a mail to a recipient, once.
    pub(super) async fn send(&self, to: &str, mail: &Mail<'_>) -> Result<Delivered, SendError> {
        let reject = |answer: String| SendError::Reject { answer };
        let recipient: Mailbox = to
            .parse()
            .map_err(|_| reject(format!("`{to}` is not a mail address")))?;
        let message = compose(&self.from, &recipient, mail)
            .map_err(|error| reject(format!("the mail cannot be written: {error}")))?;
        let text = message.formatted();
        match &self.way {
            Way::Folder(path) => {
                match folder::write(path, &name(&mail.notification.id), &text).await {
                    Ok(()) => Ok(Delivered {
                        answer: "written".to_owned(),
                    }),
                    Err(error) => Err(SendError::Retry {
                        after: None,
                        answer: format!("write a mail to {}: {error}", path.display()),
                    }),
                }
            }
            Way::Smtp(relay) => {
                let to = &recipient.email;
                relay.send(&self.from.email, to, &text).await
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
    to: &Mailbox,
    mail: &Mail<'_>,
) -> Result<Message, ComposeError> {
    let (notification, language) = (mail.notification, mail.language);
    let letter = letter(notification, language, ALERTS_MAX);
    let detailed = detailed(notification);
    let figures = figures(&letter, detailed, mail.charts, from);
    let page = html::page(&letter, detailed, &figures, language).map_err(ComposeError::Page)?;
    let threads = threads(notification, from);
    let mut head = Message::builder()
        .from(from.clone())
        .to(to.clone())
        .subject(letter.subject.clone())
        .date(mail.now.into())
        .message_id(Some(message_id("delivery", &notification.id, from)))
        .raw_header(automatic());
    if let Some(first) = threads.first() {
        head = head
            .in_reply_to(first.clone())
            .references(threads.join(" "));
    }
    // Boundaries from the delivery id: the same mail at every try.
    let boundary = |of: &str| stable_id(&["boundary", of, &notification.id]);
    let text = SinglePart::plain(text(&letter, detailed, &figures, language));
    let alternative = MultiPart::alternative()
        .boundary(boundary("alternative"))
        .singlepart(text);
    let page = SinglePart::html(page);
    let parts = if figures.is_empty() {
        alternative.singlepart(page)
    } else {
        let related = MultiPart::related().boundary(boundary("related"));
        let mut related = related.singlepart(page);
        for figure in figures {
            related = related.singlepart(image(&figure));
        }
        alternative.multipart(related)
    };
    head.multipart(parts).map_err(ComposeError::Head)
}

/// Returns how many of a message's alerts are shown with all that is known.
pub(super) fn detailed(notification: &Notification) -> usize {
    if notification.alerts.len() <= FEW {
        FEW
    } else {
        DETAILED_OF_MANY
    }
}

/// Returns the charts of the alerts that are shown with all that is known, as far as there are any.
fn figures<'a>(
    letter: &Letter,
    detailed: usize,
    charts: &'a [Chart],
    from: &Mailbox,
) -> Vec<Figure<'a>> {
    let shown = letter.alerts.iter().take(detailed);
    shown
        .filter_map(|told| {
            let mut charts = charts.iter();
            let chart = charts.find(|chart| chart.alert == told.id && chart.is_worth_showing())?;
            let id = message_id("chart", &told.id, from);
            Some(Figure {
                id: id.trim_matches(['<', '>']).to_owned(),
                chart,
            })
        })
        .collect()
}

fn image(figure: &Figure<'_>) -> SinglePart {
    let Ok(kind) = ContentType::parse("image/png") else {
        unreachable!("`image/png` is a type")
    };
    let inline = Attachment::new_inline_with_name(figure.id.clone(), "chart.png".to_owned());
    inline.body(figure.chart.png(), kind)
}

/// Returns the ids by which mail programs gather the mails of an alert. Of several alerts the
/// oldest comes first: what a group's mails have in common the longest.
fn threads(notification: &Notification, from: &Mailbox) -> Vec<String> {
    let mut alerts: Vec<&AlertView> = notification.alerts.iter().collect();
    alerts.sort_by_key(|alert| (&alert.since, &alert.id));
    let alerts = alerts.into_iter().take(REFERENCES_MAX);
    alerts
        .map(|alert| message_id("alert", &alert.id, from))
        .collect()
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
pub(super) fn text(
    letter: &Letter,
    detailed: usize,
    figures: &[Figure<'_>],
    language: Language,
) -> String {
    let colon = letter.colon;
    let (whole, brief) = letter.alerts.split_at(letter.alerts.len().min(detailed));
    let mut paragraphs: Vec<Vec<String>> =
        vec![vec![letter.headline.clone(), letter.counts.clone()]];
    for told in whole {
        paragraphs.push(vec![
            format!("{}{colon}{}", told.badge, told.title()),
            told.sentence.clone(),
            told.summary.clone(),
        ]);
        let figure = figures.iter().find(|figure| figure.chart.alert == told.id);
        let mut lines: Vec<String> = told
            .links
            .iter()
            .map(|link| format!("{}{colon}{}", link.name, link.url))
            .collect();
        lines.extend(
            told.rows
                .iter()
                .map(|(name, value)| format!("{name}{colon}{value}")),
        );
        lines.extend(figure.map(|figure| alternative(figure.chart, language)));
        paragraphs.push(lines);
    }
    let line = |told: &AlertWords| format!("{} {}{colon}{}", told.badge, told.title(), told.brief);
    paragraphs.push(brief.iter().map(line).collect());
    paragraphs.push(vec![letter.rest.clone()]);
    let others = letter.others.iter();
    paragraphs.push(
        others
            .map(|(name, names)| format!("{name}{colon}{names}"))
            .collect(),
    );
    let mut text = String::new();
    for lines in paragraphs {
        let lines: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        if lines.is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.push_str("\r\n");
        }
        for line in lines {
            let _ = write!(text, "{line}\r\n");
        }
    }
    text
}
