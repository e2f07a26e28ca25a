//! Telling on the terminal: a few lines that are read at a glance.

use std::fmt::Write as _;
use std::io::Write;

use super::words::{Tone, letter};
use super::{Delivered, SendError};
use crate::config::Language;
use crate::dispatch::Notification;
use crate::unit::Severity;

/// How many alerts of a message are shown; the others are counted.
const ALERTS_MAX: usize = 20;

/// Where messages for the terminal are written.
pub struct Console {
    writer: Box<dyn Write + Send>,
    colour: Colour,
}

/// Whether the terminal shows colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Text alone.
    Plain,
    /// ANSI colours, by severity.
    Ansi,
}

impl Console {
    /// Returns a console that writes to `writer`.
    pub fn new(writer: Box<dyn Write + Send>, colour: Colour) -> Self {
        Self { writer, colour }
    }

    /// Writes a notification.
    pub(super) fn tell(
        &mut self,
        notification: &Notification,
        language: Language,
    ) -> Result<Delivered, SendError> {
        let mut text = text(notification, self.colour, language);
        // An empty line sets messages apart.
        text.push('\n');
        self.writer
            .write_all(text.as_bytes())
            .and_then(|()| self.writer.flush())
            .map(|()| Delivered {
                answer: "written".to_owned(),
            })
            .map_err(|error| SendError::Reject {
                answer: format!("the console takes no more: {error}"),
            })
    }
}

/// Returns a notification as lines for the terminal.
pub(super) fn text(notification: &Notification, colour: Colour, language: Language) -> String {
    let letter = letter(notification, language, ALERTS_MAX);
    let colon = letter.colon;
    let mut text = String::new();
    let head = [&letter.headline, &letter.counts];
    for line in head.into_iter().filter(|line| !line.is_empty()) {
        let _ = writeln!(text, "{line}");
    }
    for (index, told) in letter.alerts.iter().enumerate() {
        if index > 0 || !text.is_empty() {
            text.push('\n');
        }
        let (on, off) = match colour {
            Colour::Plain => ("", ""),
            Colour::Ansi => (ansi(told.tone), "\u{1b}[0m"),
        };
        let _ = writeln!(
            text,
            "{on}{}{off} {}{colon}{}",
            told.badge,
            told.title(),
            told.sentence
        );
        if !told.summary.is_empty() {
            let _ = writeln!(text, "    {}", told.summary);
        }
        for (name, value) in &told.rows {
            let _ = writeln!(text, "    {name}{colon}{value}");
        }
        for link in &told.links {
            let _ = writeln!(text, "    {}{colon}{}", link.name, link.url);
        }
    }
    if let Some((name, domains)) = &letter.others {
        let _ = writeln!(text, "    {name}{colon}{domains}");
    }
    if !letter.rest.is_empty() {
        let _ = writeln!(text, "\n{}", letter.rest);
    }
    text
}

const fn ansi(tone: Tone) -> &'static str {
    match tone {
        Tone::Firing(Severity::Critical) => "\u{1b}[1;31m",
        Tone::Firing(Severity::Warning) => "\u{1b}[1;33m",
        Tone::Firing(Severity::Info) => "\u{1b}[1;36m",
        Tone::Over => "\u{1b}[1;32m",
        Tone::Unknown => "\u{1b}[1;35m",
    }
}
