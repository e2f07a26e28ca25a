//! What chats have in common: a message in the markup of the chat, as much of it as fits.

use super::markup::Markup;
use crate::config::Language;
use crate::dispatch::Notification;
use crate::dispatch::summary::one_line;
use crate::receiver::words::{AlertWords, Letter, letter};

/// How much of a message is shown: so many alerts with all that is known, then so many in a line
/// each. Tried in this order until it fits; what is not shown is counted.
const EXTENTS: [(usize, usize); 7] = [(3, 0), (1, 20), (1, 10), (1, 3), (1, 0), (0, 5), (0, 0)];
/// The longest line of a chat, in characters: a paragraph of a phone's screen.
const LINE_CHARS_MAX: usize = 400;
/// The longest address that is linked, in characters: a longer one would crowd out what is said.
const URL_CHARS_MAX: usize = 600;

/// A message cut to what fits.
pub(super) struct Fitted {
    /// All of it in one line.
    pub subject: String,
    /// The paragraphs, in markup.
    pub paragraphs: Vec<String>,
    /// The message that they say.
    pub letter: Letter,
}

impl Fitted {
    /// Returns all paragraphs as one text.
    pub(super) fn text(&self) -> String {
        self.paragraphs.join("\n\n")
    }
}

/// Returns as much of a message as `fits` says.
pub(super) fn fitted(
    notification: &Notification,
    language: Language,
    markup: Markup,
    fits: impl Fn(&Fitted) -> bool,
) -> Fitted {
    let count = notification.alerts.len();
    let mut last = None;
    for (detailed, brief) in EXTENTS {
        // A few alerts are shown whole, or the worst of them is.
        if detailed == 3 && 3 < count {
            continue;
        }
        let letter = letter(notification, language, detailed + brief);
        let fitted = Fitted {
            subject: letter.subject.clone(),
            paragraphs: paragraphs(&letter, detailed, markup),
            letter,
        };
        if fits(&fitted) {
            return fitted;
        }
        last = Some(fitted);
    }
    last.unwrap_or_else(|| unreachable!("there is always an extent to try"))
}

/// Returns the paragraphs of a message: why it goes out, its alerts, and what is not shown.
fn paragraphs(letter: &Letter, detailed: usize, markup: Markup) -> Vec<String> {
    let mut found = Vec::new();
    let lines: Vec<String> = [&letter.headline, &letter.counts]
        .into_iter()
        .filter(|text| !text.is_empty())
        .map(|text| markup.escape(text))
        .collect();
    found.extend((!lines.is_empty()).then(|| lines.join(markup.line())));
    let (whole, brief) = letter.alerts.split_at(letter.alerts.len().min(detailed));
    let head = if is_one(letter) {
        Head::Said
    } else {
        Head::Shown
    };
    found.extend(
        whole
            .iter()
            .map(|told| alert(told, head, letter.colon, markup)),
    );
    let lines: Vec<String> = brief
        .iter()
        .map(|told| line(told, letter.colon, markup))
        .collect();
    found.extend((!lines.is_empty()).then(|| lines.join(markup.line())));
    found.extend((!letter.rest.is_empty()).then(|| markup.escape(&letter.rest)));
    if let Some((name, text)) = &letter.others {
        found.push(row((name, text), letter.colon, markup));
    }
    found
}

/// Whether a message is of one alert, which its subject says already.
fn is_one(letter: &Letter) -> bool {
    letter.counts.is_empty()
}

/// Whether an alert is shown with a head of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    /// The message's subject has said it.
    Said,
    /// It says which alert this is.
    Shown,
}

/// Returns an alert with all that is known of it.
fn alert(told: &AlertWords, head: Head, colon: &str, markup: Markup) -> String {
    let lead = match told.lead.as_str() {
        "" => String::new(),
        lead => format!(" · {}", markup.escape(&short(lead))),
    };
    let mut lines = Vec::new();
    if head == Head::Shown {
        lines.push(format!(
            "{} {}{lead}",
            markup.badge(&told.badge, told.tone),
            markup.bold(&markup.escape(&short(&told.title())))
        ));
    }
    lines.push(markup.escape(&short(&told.sentence)));
    if !told.summary.is_empty() {
        lines.push(markup.escape(&short(&told.summary)));
    }
    let rows = told.rows.iter();
    lines.extend(rows.map(|(name, text)| row((name, text), colon, markup)));
    let links: Vec<String> = told
        .links
        .iter()
        .map(|link| {
            if link.is_web() && link.url.chars().count() <= URL_CHARS_MAX {
                markup.link(link.name, &link.url)
            } else {
                row((link.name, &link.url), colon, markup)
            }
        })
        .collect();
    if !links.is_empty() {
        lines.push(links.join(" · "));
    }
    lines.join(markup.line())
}

/// Returns an alert in one line.
fn line(told: &AlertWords, colon: &str, markup: Markup) -> String {
    format!(
        "{} {}{colon}{}",
        markup.badge(&told.badge, told.tone),
        markup.escape(&short(&told.title())),
        markup.escape(&short(&told.brief))
    )
}

fn row((name, text): (&str, &str), colon: &str, markup: Markup) -> String {
    format!("{name}{colon}{}", markup.escape(&short(text)))
}

fn short(text: &str) -> String {
    one_line(text, LINE_CHARS_MAX)
}
