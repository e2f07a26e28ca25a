//! Whom a thing is for: receivers by their names, and alerts by labels and globs.

use crate::config::Notify;
use crate::config::reader::{Listed, Origin, Reader};
use crate::diag::{Code, Diagnostic, nearest, only_slip, quoted};
use crate::dispatch::{Match, ReceiverName};
use crate::unit::Glob;
use crate::yaml::{Kind, Node, head};

/// How many labels one match may ask for.
pub(in crate::config) const MATCHERS_MAX: usize = 32;

/// Reads names of receivers, which must exist.
pub(super) fn names(reader: &mut Reader<'_>, node: &Node, notify: &Notify) -> Vec<ReceiverName> {
    let items = node.one_or_many();
    if items.is_empty() {
        reader.fault(Code::Syntax, node.span, "this goes to no receiver");
    }
    let (mut found, mut listed) = (Vec::new(), Listed::default());
    for item in items {
        let Some(text) = reader.set_text(item, "the name of a receiver") else {
            continue;
        };
        if !reader.is_new(&text, &mut listed) {
            continue;
        }
        let name = ReceiverName(text.value.clone());
        let is_known = notify.receivers.contains_key(&name) || reader.lacks_receivers;
        if !is_known && !reader.is_full() {
            let message = format!("there is no receiver {}", text.shown());
            let known = notify.receivers.keys().map(|name| name.0.as_str());
            let only = only_slip(&text.value, known.clone());
            let only = only.filter(|_| text.origin == Origin::File);
            let near = nearest(&text.value, known.clone());
            let help = match near.filter(|_| text.origin == Origin::File) {
                Some(near) => format!("did you mean `{near}`?"),
                None if notify.receivers.is_empty() => "`receivers:` has none".to_owned(),
                None => format!(
                    "there are {}",
                    known.take(20).collect::<Vec<_>>().join(", ")
                ),
            };
            let fault = Diagnostic::new(Code::UnknownReceiver, text.span, message).help(help);
            reader.push(match only {
                Some(only) => fault.fix(text.span, only),
                None => fault,
            });
        }
        let place = reader.at(text.span);
        reader.outline.receiver_uses.push((name.clone(), place));
        found.push(name);
    }
    found
}

/// Reads the labels that an alert must have, each with a glob.
pub(super) fn matchers(reader: &mut Reader<'_>, node: &Node) -> Match {
    let mut matchers = Match::new();
    if matches!(&node.kind, Kind::Map(pairs) if pairs.len() > MATCHERS_MAX) {
        let message = format!("a match has at most {MATCHERS_MAX} labels");
        reader.fault(Code::Limit, head(reader.source, node.span), message);
        return matchers;
    }
    for (name, key, value) in reader.pairs(node, "a map of labels and globs") {
        if let Some(text) = reader.set_text(value, "one glob") {
            reader.hide(&text, &text.value);
            let glob = Glob::from(text.value.as_str());
            // What asks for nothing asks for no label.
            if !glob.matches("") {
                let place = reader.at(key.span);
                reader.outline.label_uses.push((name.to_owned(), place));
            }
            matchers.insert(name.to_owned(), glob);
        }
    }
    matchers
}

/// Says that a receiver is called twice, or by no name at all.
pub(super) fn is_receiver_name(reader: &mut Reader<'_>, key: &Node, name: &str) -> bool {
    let is_name = !name.is_empty()
        && name.len() <= 128
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
    if !is_name {
        let message = format!("{} is no name for a receiver", quoted(name));
        reader.push(
            Diagnostic::new(Code::Syntax, key.span, message)
                .help("names have letters, digits, `_`, `.` and `-`"),
        );
    }
    is_name
}
