//! `webhook:`: where messages are posted to, and in which form.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};

use super::channel::{Channel, Format, Language};
use super::receivers;
use crate::config::keys;
use crate::config::reader::{Fields, Origin, Reader};
use crate::config::secret::hidden;
use crate::config::{address, template};
use crate::diag::{Code, Diagnostic, Label};
use crate::yaml::Node;

/// The words of `format:`.
pub(in crate::config) const FORMATS: &[(&str, Kind)] = &[
    ("standard", Kind::Standard),
    ("alertmanager", Kind::Alertmanager),
    ("slack", Kind::Slack),
    ("dingtalk", Kind::Dingtalk),
    ("feishu", Kind::Feishu),
    ("wecom", Kind::Wecom),
    ("pagerduty", Kind::Pagerduty),
    ("opsgenie", Kind::Opsgenie),
    ("teams", Kind::Teams),
    ("telegram", Kind::Telegram),
    ("discord", Kind::Discord),
];

/// A word of `format:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::config) enum Kind {
    Standard,
    Alertmanager,
    Slack,
    Dingtalk,
    Feishu,
    Wecom,
    Pagerduty,
    Opsgenie,
    Teams,
    Telegram,
    Discord,
}

/// What a query parameter that holds a secret begins with.
const SECRET_PARAMETERS: [&str; 3] = ["access_token=", "token=", "key="];

/// The longest template of a body, in bytes: a screenful of JSON for each of several cases.
const BODY_BYTES_MAX: usize = 16 * 1024;

impl Kind {
    fn as_str(self) -> &'static str {
        let found = FORMATS.iter().find(|(_, kind)| *kind == self);
        found.map_or("standard", |(word, _)| word)
    }

    /// Returns the format that a key belongs to, if it is the key of one alone.
    fn of_key(key: &str) -> Option<Self> {
        match key {
            "body" => Some(Self::Standard),
            "routing_key" => Some(Self::Pagerduty),
            "api_key" => Some(Self::Opsgenie),
            "bot_token" | "chat_id" => Some(Self::Telegram),
            _ => None,
        }
    }

    /// Returns where messages go if the file does not say: services that have one address for all.
    const fn own_url(self) -> Option<&'static str> {
        match self {
            Self::Pagerduty => Some("https://events.pagerduty.com/v2/enqueue"),
            Self::Opsgenie => Some("https://api.opsgenie.com/v2/alerts"),
            Self::Telegram => Some("https://api.telegram.org"),
            _ => None,
        }
    }

    /// Returns what the address looks like, for those who left it out.
    const fn example_url(self) -> &'static str {
        match self {
            Self::Slack => "${SLACK_URL}",
            Self::Dingtalk => "https://oapi.dingtalk.com/robot/send?access_token=${DINGTALK_TOKEN}",
            Self::Feishu => "https://open.feishu.cn/open-apis/bot/v2/hook/${FEISHU_HOOK}",
            Self::Wecom => "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=${WECOM_KEY}",
            Self::Teams => "${TEAMS_URL}",
            Self::Discord => "${DISCORD_URL}",
            Self::Standard
            | Self::Alertmanager
            | Self::Pagerduty
            | Self::Opsgenie
            | Self::Telegram => "https://hooks.example.com/x",
        }
    }

    /// Whether who knows the address can send: then it is a secret as a whole.
    const fn has_secret_url(self) -> bool {
        matches!(
            self,
            Self::Slack | Self::Dingtalk | Self::Feishu | Self::Wecom | Self::Teams | Self::Discord
        )
    }

    /// Whether what is sent can be signed.
    const fn is_signed(self) -> bool {
        matches!(
            self,
            Self::Standard | Self::Alertmanager | Self::Dingtalk | Self::Feishu
        )
    }

    /// Whether the other side has no other lock than a signature by our `secret`.
    const fn needs_signature(self) -> bool {
        matches!(self, Self::Standard | Self::Alertmanager)
    }

    /// Whether words of ours are in it.
    const fn has_words(self) -> bool {
        !matches!(self, Self::Standard | Self::Alertmanager)
    }
}

/// Reads a webhook; `key` is that of the channel.
pub(super) fn read(reader: &mut Reader<'_>, key: &Node, node: &Node) -> Option<Channel> {
    let fields = reader.fields(node, "`webhook`", keys::WEBHOOK)?;
    if fields.is_partial {
        // Which other keys there may be depends on `format`.
        return None;
    }
    let kind = match fields.get("format") {
        // A word that is none has been told, and says nothing of the other keys.
        Some(format) => reader.word(format, FORMATS)?,
        None => Kind::Standard,
    };
    strangers(reader, &fields, kind);
    let secret = secret(reader, &fields, kind);
    let language = language(reader, &fields, kind);
    let format = format(reader, &fields, kind);
    let url = url(reader, &fields, kind)?;
    let is_loopback = reader
        .outline
        .addresses
        .last()
        .is_some_and(|a| a.is_loopback);
    if secret.is_none() && kind.needs_signature() && !is_loopback {
        let place = reader.at(key.span);
        if let Some(receiver) = reader.outline.receivers.last_mut() {
            receiver.unsigned_webhooks.push(place);
        }
    }
    Some(Channel::Webhook {
        url,
        secret,
        format: format?,
        language,
    })
}

/// Says which keys belong to other formats.
fn strangers(reader: &mut Reader<'_>, fields: &Fields<'_>, kind: Kind) {
    for name in keys::WEBHOOK {
        let Some(owner) = Kind::of_key(name).filter(|owner| *owner != kind) else {
            continue;
        };
        if let Some((key, _)) = fields.pair(name) {
            let (owner, kind) = (owner.as_str(), kind.as_str());
            let message = format!("`{name}` belongs to `format: {owner}`, and this is `{kind}`");
            let fault = Diagnostic::new(Code::Syntax, key.span, message);
            reader.push(fault.help(format!("remove it, or write `format: {owner}`")));
        }
    }
}

fn secret(reader: &mut Reader<'_>, fields: &Fields<'_>, kind: Kind) -> Option<SecretString> {
    if let Some((key, value)) = fields.pair("secret")
        && !kind.is_signed()
        && !value.is_null()
    {
        let message = format!(
            "`format: {}` has no signature, so that `secret` has nothing to do",
            kind.as_str()
        );
        let fault = Diagnostic::new(Code::Syntax, key.span, message);
        reader.push(fault.help("remove it"));
        return None;
    }
    let secret = hidden(reader, fields, "secret");
    if let (Some(secret), Some(node)) = (&secret, fields.get("secret"))
        && kind.needs_signature()
        && !is_signing_key(secret.expose_secret())
    {
        let message = "the webhook's secret begins with `whsec_`, and what follows is not base64";
        let fault = Diagnostic::new(Code::Secret, node.span, message);
        reader.push(fault.help("copy the secret again, whole, or leave out `whsec_`"));
    }
    secret
}

fn language(reader: &mut Reader<'_>, fields: &Fields<'_>, kind: Kind) -> Language {
    let Some((key, value)) = fields.pair("language") else {
        return Language::En;
    };
    let language = receivers::language(reader, value);
    if !kind.has_words() {
        let message = format!(
            "`format: {}` has no words in a language, so that `language` has no effect",
            kind.as_str()
        );
        let fault = Diagnostic::new(Code::NoEffect, key.span, message);
        reader.push(fault.help("remove it"));
    }
    language
}

fn format(reader: &mut Reader<'_>, fields: &Fields<'_>, kind: Kind) -> Option<Format> {
    Some(match kind {
        Kind::Standard => Format::Standard {
            body: match fields.get("body") {
                Some(node) => Some(body(reader, node)?),
                None => None,
            },
        },
        Kind::Alertmanager => Format::Alertmanager,
        Kind::Slack => Format::Slack,
        Kind::Dingtalk => Format::Dingtalk,
        Kind::Feishu => Format::Feishu,
        Kind::Wecom => Format::Wecom,
        Kind::Pagerduty => Format::Pagerduty {
            routing_key: needed(reader, fields, kind, "routing_key", "${PAGERDUTY_KEY}")?,
        },
        Kind::Opsgenie => Format::Opsgenie {
            api_key: needed(reader, fields, kind, "api_key", "${OPSGENIE_KEY}")?,
        },
        Kind::Teams => Format::Teams,
        Kind::Telegram => {
            let bot_token = needed(reader, fields, kind, "bot_token", "${TELEGRAM_TOKEN}");
            let chat_id = if let Some(node) = fields.get("chat_id") {
                chat(reader, node)
            } else {
                missing(reader, fields, kind, "chat_id", "-1001234567890");
                None
            };
            Format::Telegram {
                bot_token: bot_token?,
                chat_id: chat_id?,
            }
        }
        Kind::Discord => Format::Discord,
    })
}

/// Reads a secret without which the format cannot be sent.
fn needed(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    kind: Kind,
    name: &str,
    example: &str,
) -> Option<SecretString> {
    if fields.get(name).is_none_or(Node::is_null) {
        missing(reader, fields, kind, name, example);
        return None;
    }
    hidden(reader, fields, name)
}

fn missing(reader: &mut Reader<'_>, fields: &Fields<'_>, kind: Kind, name: &str, example: &str) {
    let message = format!("`format: {}` has no `{name}`", kind.as_str());
    let fault = Diagnostic::new(Code::Syntax, fields.head(reader.source), message);
    reader.push(fault.help(format!("add `{name}: \"{example}\"`")));
}

fn url(reader: &mut Reader<'_>, fields: &Fields<'_>, kind: Kind) -> Option<SecretString> {
    let Some((key, node)) = fields.pair("url") else {
        if let Some(url) = kind.own_url() {
            return Some(url.to_owned().into());
        }
        let head = fields.head(reader.source);
        let fault = Diagnostic::new(Code::Syntax, head, "the webhook has no `url`");
        let url = kind.example_url();
        reader.push(fault.help(if url.contains('$') {
            format!("add `url: \"{url}\"`")
        } else {
            format!("add `url: {url}`")
        }));
        return None;
    };
    let text = reader.set_text(node, "an address")?;
    let text = address::spoken_to(reader, text)?;
    let is_loopback = reader
        .outline
        .addresses
        .last()
        .is_some_and(|a| a.is_loopback);
    let holds_secret =
        |p: &&str| text.value.contains(&format!("?{p}")) || text.value.contains(&format!("&{p}"));
    let is_secret =
        (kind.has_secret_url() && !is_loopback) || SECRET_PARAMETERS.iter().any(holds_secret);
    if text.origin == Origin::File && is_secret {
        let label = Label {
            file: reader.file,
            span: key.span,
            text: "url".to_owned(),
        };
        reader.outline.literal_secrets.push(label);
    }
    Some(text.value.into())
}

/// Reads the template of a body, and tries it on a made-up message.
fn body(reader: &mut Reader<'_>, node: &Node) -> Option<String> {
    let text = reader.set_text(node, "a template")?;
    if BODY_BYTES_MAX < text.value.len() {
        reader.fault(Code::Limit, node.span, "a body is at most 16 KiB");
        return None;
    }
    template::body(reader, node, text)
}

/// Whether deliveries can be signed with the secret: what follows `whsec_` is base64. An empty
/// one is a variable that is not set, which is told as such.
/// Source: the Standard Webhooks specification, signature scheme.
fn is_signing_key(secret: &str) -> bool {
    match secret.strip_prefix("whsec_") {
        Some(key) => !key.is_empty() && STANDARD.decode(key).is_ok(),
        None => true,
    }
}

/// Reads the chat of a bot. Source: Telegram's Bot API, `sendMessage`.
fn chat(reader: &mut Reader<'_>, node: &Node) -> Option<String> {
    let text = reader.set_text(node, "a chat")?;
    let is_number = |text: &str| text.parse::<i64>().is_ok();
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_name = |text: &str| !text.is_empty() && text.chars().all(is_of_name);
    let is_chat = is_number(&text.value) || text.value.strip_prefix('@').is_some_and(is_name);
    if text.origin == Origin::File && !is_chat {
        let message = format!("{} is no chat of Telegram", text.shown());
        let fault = Diagnostic::new(Code::TypeMismatch, text.span, message).warning();
        let help = "a chat is a number, such as `-1001234567890`, or `@` and the name of a channel";
        reader.push(fault.help(help));
    }
    Some(text.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_cannot_sign_is_found_when_the_file_is_read() {
        for good in ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "any text", ""] {
            assert!(is_signing_key(good), "{good}");
        }
        for bad in ["whsec_", "whsec_$$$", "whsec_MfKQ9r8"] {
            assert!(!is_signing_key(bad), "{bad}");
        }
    }
}
