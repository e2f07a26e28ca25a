//! The ways to reach a receiver, checked.

use std::fmt;

use secrecy::SecretString;

/// One way to reach a receiver.
#[derive(Clone, Debug)]
pub enum Channel {
    /// By mail, to one recipient: an `email:` with several of them is so many channels, so that
    /// none of them waits for another.
    Email {
        /// The recipient's address.
        to: String,
        /// The language of the mail's words.
        language: Language,
    },
    /// By HTTP POST.
    Webhook {
        /// Where to; may hold secrets, so it is never shown whole.
        url: SecretString,
        /// The key of the signature, for formats that have one.
        secret: Option<SecretString>,
        /// The form of what is sent.
        format: Format,
        /// The language of the message's words, for formats that have words.
        language: Language,
    },
    /// To Alertmanagers, as Prometheus tells them: all peers, again and again.
    Alertmanager {
        /// The peers' addresses, without `/api/v2` and without a slash at the end; may hold
        /// secrets.
        urls: Vec<SecretString>,
    },
    /// On the terminal.
    Console {
        /// The language of the words.
        language: Language,
    },
}

/// The language of the words of a message. What the rules file writes stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

/// The form of what a webhook sends. `Debug` shows no key.
#[derive(Clone)]
pub enum Format {
    /// Our own form, or one by a template.
    Standard {
        /// The template of the body; `None` sends our own.
        body: Option<String>,
    },
    /// What an Alertmanager sends to its webhooks, version 4.
    Alertmanager,
    /// An incoming webhook of Slack.
    Slack,
    /// A robot of a `DingTalk` group.
    Dingtalk,
    /// A robot of a Feishu or Lark group.
    Feishu,
    /// A robot of a `WeCom` group.
    Wecom,
    /// Events of `PagerDuty`, version 2.
    Pagerduty {
        /// The integration key of the service.
        routing_key: SecretString,
    },
    /// Alerts of Opsgenie, or of Jira Service Management.
    Opsgenie {
        /// The key of the API integration.
        api_key: SecretString,
    },
    /// A workflow of Microsoft Teams.
    Teams,
    /// A bot of Telegram.
    Telegram {
        /// The bot's token.
        bot_token: SecretString,
        /// The chat: a number, or `@` and the name of a channel.
        chat_id: String,
    },
    /// A webhook of Discord.
    Discord,
}

impl Format {
    /// Returns the word of the rules file.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Standard { .. } => "standard",
            Self::Alertmanager => "alertmanager",
            Self::Slack => "slack",
            Self::Dingtalk => "dingtalk",
            Self::Feishu => "feishu",
            Self::Wecom => "wecom",
            Self::Pagerduty { .. } => "pagerduty",
            Self::Opsgenie { .. } => "opsgenie",
            Self::Teams => "teams",
            Self::Telegram { .. } => "telegram",
            Self::Discord => "discord",
        }
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
