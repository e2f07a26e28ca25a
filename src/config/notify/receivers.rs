//! `receivers:`: who can be told, each by one or more channels.

use std::collections::BTreeMap;

use super::channel::{Channel, Language};
use super::whom::is_receiver_name;
use super::{alertmanager, mail, webhook};
use crate::config::keys;
use crate::config::outline::ReceiverOutline;
use crate::config::reader::{Listed, Origin, Reader};
use crate::diag::{Code, Diagnostic, Span};
use crate::dispatch::ReceiverName;
use crate::yaml::{Kind, Node, head};

/// The words of `language:`.
pub(in crate::config) const LANGUAGES: &[(&str, Language)] =
    &[("en", Language::En), ("zh", Language::Zh)];

/// How many recipients one `email:` may have: each gets a mail of their own, so that a longer
/// list is for a mailing list at the mail server.
pub(in crate::config) const RECIPIENTS_MAX: usize = 100;

/// Reads the receivers.
pub(super) fn read(
    reader: &mut Reader<'_>,
    node: &Node,
    has_server: bool,
) -> BTreeMap<ReceiverName, Vec<Channel>> {
    let mut receivers = BTreeMap::new();
    reader.lacks_receivers = !matches!(node.kind, Kind::Map(_)) || node.lacks_parts();
    for (name, key, value) in reader.pairs(node, "a map of receivers") {
        if !is_receiver_name(reader, key, name) {
            reader.lacks_receivers = true;
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
        let mut written = BTreeMap::new();
        for item in value.one_or_many() {
            listed_again(reader, item, &mut written);
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

/// Warns of a channel that its receiver has already, word by word.
fn listed_again<'r>(reader: &mut Reader<'r>, node: &Node, written: &mut BTreeMap<&'r str, Span>) {
    if node.is_null() || node.lacks_parts() {
        return;
    }
    let source: &'r str = reader.source;
    let Some(text) = source.get(node.span.range()) else {
        return;
    };
    let span = head(source, node.span);
    // An alias stands where its anchor does.
    let before = written.insert(text.trim(), span);
    if let Some(first) = before.filter(|first| *first != span) {
        let message = "the receiver has this channel already: each message is sent twice";
        let fault = Diagnostic::new(Code::DuplicateName, span, message).warning();
        let fault = fault.also(first, "the first is here");
        reader.push(fault.help("remove one of them"));
    }
}

fn channel(reader: &mut Reader<'_>, node: &Node, has_server: bool) -> Vec<Channel> {
    if node.is_null() {
        return Vec::new();
    }
    let Some(fields) = reader.fields(node, "a channel", keys::CHANNEL) else {
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
        channels.extend(webhook::read(reader, key, value));
    }
    if let Some((_, value)) = fields.pair("console") {
        channels.push(console(reader, value));
    }
    if let Some((_, value)) = fields.pair("alertmanager") {
        channels.extend(alertmanager::read(reader, value));
    }
    channels
}

fn console(reader: &mut Reader<'_>, node: &Node) -> Channel {
    let mut console = Channel::Console {
        language: Language::En,
    };
    if !node.is_null()
        && let Some(fields) = reader.fields(node, "`console`", keys::CONSOLE)
        && let Some(node) = fields.get("language")
    {
        console = Channel::Console {
            language: language(reader, node),
        };
    }
    console
}

/// Reads `language:`; one that is none has been told.
pub(super) fn language(reader: &mut Reader<'_>, node: &Node) -> Language {
    reader.word(node, LANGUAGES).unwrap_or_default()
}

/// Reads the recipients of mails, each a channel of their own.
fn email(reader: &mut Reader<'_>, node: &Node) -> Vec<Channel> {
    let Some(fields) = reader.fields(node, "`email`", keys::EMAIL) else {
        return Vec::new();
    };
    let language = match fields.get("language") {
        Some(node) => language(reader, node),
        None => Language::En,
    };
    let Some(list) = fields.get("to") else {
        let fault = Diagnostic::new(
            Code::Syntax,
            fields.head(reader.source),
            "the mail has no recipient",
        );
        reader.missing(&fields, fault.help("add `to: [oncall@example.com]`"));
        return Vec::new();
    };
    let items = list.one_or_many();
    if items.is_empty() {
        let fault = Diagnostic::new(Code::Syntax, list.span, "the mail has no recipient");
        reader.push(fault.help("write `to: [oncall@example.com]`"));
    }
    if RECIPIENTS_MAX < items.len() {
        let message = format!("there are more than {RECIPIENTS_MAX} recipients");
        let fault = Diagnostic::new(Code::Limit, head(reader.source, list.span), message);
        reader.push(fault.help("write the address of a mailing list"));
        return Vec::new();
    }
    let mut listed = Listed::default();
    let mut channels: Vec<Channel> = Vec::new();
    for item in items {
        let Some(text) = reader.set_text(item, "an address") else {
            continue;
        };
        if !mail::is_address(&text.value) {
            let message = format!("{} is no mail address", text.shown());
            let fault = Diagnostic::new(Code::Syntax, text.span, message);
            let meant = mail::addresses(&text.value).filter(|_| text.origin == Origin::File);
            reader.push(match meant.as_deref() {
                Some([one]) if one == text.value.trim() => {
                    fault.help(format!("leave the spaces around it out: write `{one}`"))
                }
                Some([one]) => fault.help(format!("write `{one}`")),
                Some(meant) => fault.help(format!("write a list of them: `{meant:?}`")),
                None => fault.help("write it like oncall@example.com"),
            });
            continue;
        }
        if !reader.is_new(&text, &mut listed) {
            continue;
        }
        // Whoever stands twice in a list is told once, wherever that comes from.
        let is_known = channels
            .iter()
            .any(|c| matches!(c, Channel::Email { to, .. } if *to == text.value));
        if !is_known {
            channels.push(Channel::Email {
                to: text.value,
                language,
            });
        }
    }
    channels
}
