//! `receivers:`: who can be told, each by one or more channels.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret as _;

use super::notify::{hidden, is_receiver_name};
use super::outline::ReceiverOutline;
use super::read::{Origin, Reader};
use super::tree::{Kind, Node};
use super::{Channel, alertmanager, mail, web};
use crate::diag::{Code, Diagnostic, Label};
use crate::dispatch::ReceiverName;

const CHANNELS: &[&str] = &["email", "webhook", "console", "alertmanager"];
pub(super) const FORMATS: &[(&str, bool)] = &[
    ("standard", true),
    ("dingtalk", false),
    ("wecom", false),
    ("feishu", false),
    ("slack", false),
    ("alertmanager", false),
];
pub(super) const LANGUAGES: &[(&str, ())] = &[("en", ()), ("zh", ())];

/// What a query parameter that holds a secret begins with.
const SECRET_PARAMETERS: [&str; 3] = ["access_token=", "token=", "key="];

/// Reads the receivers.
pub(super) fn read(
    reader: &mut Reader<'_>,
    node: &Node,
    has_server: bool,
) -> BTreeMap<ReceiverName, Vec<Channel>> {
    let mut receivers = BTreeMap::new();
    for (name, key, value) in reader.pairs(node, "a map of receivers") {
        if !is_receiver_name(reader, key, name) {
            continue;
        }
        let place = reader.at(key.span);
        let name = ReceiverName(name.to_owned());
        reader.outline.receivers.push(ReceiverOutline {
            name: name.clone(),
            place,
            unsigned_webhooks: Vec::new(),
        });
        let mut channels = Vec::new();
        for item in value.one_or_many() {
            channels.extend(channel(reader, item, has_server));
        }
        if matches!(&value.kind, Kind::List(items) if items.is_empty()) || value.is_null() {
            let fault = Diagnostic::new(Code::Syntax, key.span, "the receiver has no channel");
            reader.push(
                fault.help("add `- console: {}`, `- email: {to: […]}` or `- webhook: {url: …}`"),
            );
        }
        receivers.insert(name, channels);
    }
    receivers
}

fn channel(reader: &mut Reader<'_>, node: &Node, has_server: bool) -> Vec<Channel> {
    if node.is_null() {
        return Vec::new();
    }
    let Some(fields) = reader.fields(node, "a channel", CHANNELS) else {
        return Vec::new();
    };
    let mut channels = Vec::new();
    if let Some((key, value)) = fields.pair("email") {
        if !has_server {
            let fault = Diagnostic::new(
                Code::Syntax,
                key.span,
                "there is an email receiver, and no mail server",
            );
            reader.push(
                fault.help(
                    "add `email: {server: \"smtps://mail.example.com\", from: …}` to `notify:`",
                ),
            );
        }
        channels.extend(email(reader, value));
    }
    if let Some((key, value)) = fields.pair("webhook") {
        let webhook = webhook(reader, value);
        let is_loopback = reader
            .outline
            .addresses
            .last()
            .is_some_and(|a| a.is_loopback);
        if let Some(Channel::Webhook { secret: None, .. }) = &webhook
            && !is_loopback
        {
            let place = reader.at(key.span);
            if let Some(receiver) = reader.outline.receivers.last_mut() {
                receiver.unsigned_webhooks.push(place);
            }
        }
        channels.extend(webhook);
    }
    if let Some((_, value)) = fields.pair("console") {
        if !value.is_null() {
            reader.fields(value, "`console`", &[]);
        }
        channels.push(Channel::Console);
    }
    if let Some(node) = fields.get("alertmanager") {
        channels.extend(alertmanager::read(reader, node));
    }
    channels
}

fn email(reader: &mut Reader<'_>, node: &Node) -> Option<Channel> {
    let fields = reader.fields(node, "`email`", &["to", "language"])?;
    if let Some((key, value)) = fields.pair("language") {
        reader.word(value, LANGUAGES);
        reader.no_effect(key);
    }
    let Some(list) = fields.get("to") else {
        let fault = Diagnostic::new(
            Code::Syntax,
            fields.head(reader.source),
            "the mail has no recipient",
        );
        reader.push(fault.help("add `to: [oncall@example.com]`"));
        return None;
    };
    let mut to = Vec::new();
    for item in list.one_or_many() {
        let Some(text) = reader.set_text(item, "an address") else {
            continue;
        };
        if mail::is_address(&text.value) {
            to.push(text.value);
        } else {
            let message = format!("{} is no mail address", text.shown());
            reader.push(
                Diagnostic::new(Code::Syntax, text.span, message)
                    .help("write it like oncall@example.com"),
            );
        }
    }
    Some(Channel::Email { to })
}

fn webhook(reader: &mut Reader<'_>, node: &Node) -> Option<Channel> {
    let fields = reader.fields(node, "`webhook`", &["url", "format", "secret"])?;
    if let Some(format) = fields.get("format")
        && reader.word(format, FORMATS) == Some(false)
    {
        let message = "this version sends webhooks in the format `standard` alone";
        let fault = Diagnostic::new(Code::Unsupported, format.span, message);
        reader.push(fault.help("write `format: standard`, or leave it out"));
    }
    let secret = hidden(reader, &fields, "secret");
    if let (Some(secret), Some(node)) = (&secret, fields.get("secret"))
        && !is_signing_key(secret.expose_secret())
    {
        let message = "the webhook's secret begins with `whsec_`, and what follows is not base64";
        let fault = Diagnostic::new(Code::Secret, node.span, message);
        reader.push(fault.help("copy the secret again, whole, or leave out `whsec_`"));
    }
    let Some((key, node)) = fields.pair("url") else {
        let fault = Diagnostic::new(
            Code::Syntax,
            fields.head(reader.source),
            "the webhook has no `url`",
        );
        reader.push(fault.help("add `url: https://hooks.example.com/x`"));
        return None;
    };
    let text = reader.set_text(node, "an address")?;
    let text = web::spoken_to(reader, text)?;
    let holds_secret =
        |p: &&str| text.value.contains(&format!("?{p}")) || text.value.contains(&format!("&{p}"));
    if text.origin == Origin::File && SECRET_PARAMETERS.iter().any(holds_secret) {
        let label = Label {
            file: reader.file,
            span: key.span,
            text: "url".to_owned(),
        };
        reader.outline.literal_secrets.push(label);
    }
    Some(Channel::Webhook {
        url: text.value.into(),
        secret,
    })
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
