//! What rules are called, and what was meant for a name.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::{BUILT_IN, NAME_BYTES_MAX};
use crate::config::keys;
use crate::config::outline::Place;
use crate::config::reader::{Fields, Reader};
use crate::diag::{Code, Diagnostic, Span, quoted};
use crate::yaml::{Kind, Node};

/// Reads the name of a rule, which no other rule has.
pub(super) fn name(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    names: &mut BTreeMap<String, Place>,
) -> Option<(String, Span)> {
    if fields.is_partial && fields.get("name").is_none() {
        return None;
    }
    let Some(node) = fields.get("name") else {
        let fault = Diagnostic::new(
            Code::Syntax,
            fields.head(reader.source),
            "the rule has no name",
        );
        reader.missing(fields, fault.help("add `name: origin-5xx`"));
        return None;
    };
    let text = reader.raw(node, "a name")?;
    if !is_rule_name(text) {
        let message = match text.trim() {
            "" => "the rule's name is empty".to_owned(),
            _ => format!("{} is no name for a rule", quoted(text)),
        };
        let meant = text.trim().replace(' ', "-");
        let fault = Diagnostic::new(Code::Syntax, node.span, message);
        reader.push(if is_rule_name(&meant) {
            fault.write(meant)
        } else {
            fault.help("a rule's name has at most 128 letters, digits, `_`, `.` and `-`, and begins with a letter or digit")
        });
        return None;
    }
    if BUILT_IN.contains(&text) {
        let message = format!("{} is the name of a built-in alert", quoted(text));
        reader.push(
            Diagnostic::new(Code::DuplicateName, node.span, message).help("choose another name"),
        );
        return None;
    }
    match names.entry(text.to_owned()) {
        Entry::Occupied(first) => {
            let message = format!("two rules are called {}", quoted(text));
            let fault = Diagnostic::new(Code::DuplicateName, node.span, message);
            let mut fault = fault.help("choose another name");
            fault = fault.relocate(reader.file, |span| span);
            fault.secondary.push(first.get().label("the first is here"));
            reader.push_placed(fault);
        }
        Entry::Vacant(free) => {
            free.insert(reader.at(node.span));
        }
    }
    Some((text.to_owned(), node.span))
}

/// `- origin-5xx:`, with the keys of the rule beneath.
pub(super) fn named_by_key(reader: &Reader<'_>, node: &Node) -> Option<Diagnostic> {
    let Kind::Map(pairs) = &node.kind else {
        return None;
    };
    let ((first, value), rest) = pairs.split_first()?;
    let name = first.text().filter(|name| !keys::RULE.contains(name))?;
    let has_when = |pairs: &[(Node, Node)]| {
        let mut keys = pairs.iter().filter_map(|(key, _)| key.text());
        keys.any(|key| key == "when")
    };
    let is_beside = value.is_null() && has_when(rest);
    let is_beneath = rest.is_empty() && matches!(&value.kind, Kind::Map(inner) if has_when(inner));
    let is_named = rest.iter().any(|(key, _)| key.text() == Some("name"));
    if is_named || !is_rule_name(name) || !(is_beside || is_beneath) {
        return None;
    }
    let fault = Diagnostic::new(
        Code::Syntax,
        first.span,
        "a rule's name stands behind `name:`",
    );
    let written = Span::new(first.span.start(), first.span.end() + 1);
    if is_beside && reader.source.get(written.range())?.ends_with(':') {
        let help = format!("write `name: {name}`");
        return Some(fault.help(help).fix(written, format!("name: {name}")));
    }
    Some(fault.help(format!(
        "write `name: {name}`, and the keys beneath it in the column of `name`"
    )))
}

/// Whether a text can be a rule's name.
pub(in crate::config) fn is_rule_name(text: &str) -> bool {
    text.len() <= NAME_BYTES_MAX
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}
