//! The markups of chats: how bold and links are written, and what must be escaped so that a text
//! stays a text and mentions nobody.

use std::fmt::Write as _;

use crate::receiver::words::Tone;
use crate::unit::Severity;

/// The markup of a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Markup {
    /// Slack's mrkdwn. Source: Slack, "Formatting text for app surfaces".
    Slack,
    /// `DingTalk`'s subset of Markdown, which has no escapes.
    Dingtalk,
    /// The Markdown of Feishu's cards. Source: Feishu, "Rich text component", special characters.
    Feishu,
    /// `WeCom`'s subset of Markdown, which has no escapes.
    Wecom,
    /// The HTML that Telegram takes. Source: Telegram Bot API, "HTML style".
    Telegram,
    /// Discord's Markdown.
    Discord,
    /// Microsoft Teams' Markdown in adaptive cards.
    Teams,
}

impl Markup {
    /// Returns a text as it may stand in the markup.
    pub(super) fn escape(self, text: &str) -> String {
        match self {
            // Neither quotes nor apostrophes matter outside of attributes.
            Self::Slack | Self::Telegram => entities(text, "&<>"),
            Self::Feishu => entities(text, "&<>*_~`[]"),
            Self::Discord | Self::Teams => backslashes(&apart(text), "\\*_~`|<"),
            Self::Dingtalk | Self::Wecom => harmless(text),
        }
    }

    /// Returns a text, which is escaped, in bold.
    pub(super) fn bold(self, escaped: &str) -> String {
        match self {
            Self::Slack => format!("*{escaped}*"),
            Self::Telegram => format!("<b>{escaped}</b>"),
            Self::Feishu | Self::Discord | Self::Teams | Self::Dingtalk | Self::Wecom => {
                format!("**{escaped}**")
            }
        }
    }

    /// Returns a badge: in bold, and in colour where there are colours.
    pub(super) fn badge(self, badge: &str, tone: Tone) -> String {
        let bold = self.bold(&self.escape(badge));
        match self {
            Self::Wecom => {
                // Source: WeCom, group robots, markdown: info is green, comment grey, warning orange.
                let colour = match tone {
                    Tone::Firing(Severity::Critical | Severity::Warning) => "warning",
                    Tone::Over => "info",
                    Tone::Firing(Severity::Info) | Tone::Unknown => "comment",
                };
                format!("<font color=\"{colour}\">{}</font>", self.escape(badge))
            }
            Self::Dingtalk => format!("<font color={}>{bold}</font>", colour(tone)),
            Self::Slack | Self::Feishu | Self::Telegram | Self::Discord | Self::Teams => bold,
        }
    }

    /// Returns a link to an address of the web.
    pub(super) fn link(self, name: &str, url: &str) -> String {
        let name = self.escape(name);
        match self {
            Self::Slack => {
                // What ends or splits a link is encoded; the rest is escaped as text is.
                let url = url
                    .replace('|', "%7C")
                    .replace('<', "%3C")
                    .replace('>', "%3E");
                format!("<{}|{name}>", entities(&url, "&"))
            }
            Self::Telegram => {
                let url = entities(url, "&<>\"");
                format!("<a href=\"{url}\">{name}</a>")
            }
            Self::Feishu | Self::Discord | Self::Teams | Self::Dingtalk | Self::Wecom => {
                let url = url
                    .replace('(', "%28")
                    .replace(')', "%29")
                    .replace('<', "%3C")
                    .replace('>', "%3E");
                format!("[{name}]({url})")
            }
        }
    }

    /// Returns what ends a line.
    pub(super) const fn line(self) -> &'static str {
        match self {
            Self::Dingtalk => "  \n",
            // A single line break is a blank in adaptive cards.
            Self::Teams => "\n\n",
            Self::Slack | Self::Feishu | Self::Wecom | Self::Telegram | Self::Discord => "\n",
        }
    }
}

/// Returns the colour of a tone, as pages write it.
pub(in crate::receiver) const fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Firing(Severity::Critical) => "#b3261e",
        Tone::Firing(Severity::Warning) => "#9a6700",
        Tone::Firing(Severity::Info) => "#0550ae",
        Tone::Over => "#1a7f37",
        Tone::Unknown => "#6639ba",
    }
}

fn entities(text: &str, special: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            _ if !special.contains(c) => escaped.push(c),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => {
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
        }
    }
    escaped
}

fn backslashes(text: &str, special: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if special.contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Returns a text in which no bracket begins the address of a link.
fn apart(text: &str) -> String {
    text.replace("](", "] (")
}

/// Returns a text for markups without escapes: what would mention somebody or begin a tag stands
/// in its wide form. A comparison, with a space after its sign, stays as it is.
fn harmless(text: &str) -> String {
    let text = apart(text);
    let mut harmless = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let begins = chars.peek().is_some_and(|next| !matches!(next, ' ' | '='));
        harmless.push(match c {
            '<' if begins => '＜',
            '`' => '\'',
            c => c,
        });
    }
    harmless
}
