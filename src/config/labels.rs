//! Labels: maps of texts by name, and which domains have which.

use std::collections::BTreeMap;

use super::DomainLabels;
use super::outline::{GlobsOutline, LabelsOutline, Place};
use super::reader::{Origin, Reader};
use crate::config::keys;
use crate::diag::{Code, Diagnostic, Span, quoted};
use crate::yaml::{Kind, Node, head};

/// The labels that every alert has by itself.
pub(crate) const BUILT_IN_LABELS: [&str; 4] = ["rule", "severity", "account", "domain"];
/// How many entries `labels:` may have: every domain is held against each of them.
const LABEL_ENTRIES_MAX: usize = 1_000;
/// How many labels one map may have.
pub(super) const LABELS_MAX: usize = 64;

impl Reader<'_> {
    /// Reads a map of texts by name; `missing` are the keys that the rule might have, and has not.
    pub(super) fn labels(&mut self, node: &Node, missing: &[&str]) -> BTreeMap<String, String> {
        let pairs = self.pairs(node, "a map of labels");
        let mut labels = BTreeMap::new();
        if pairs.len() > LABELS_MAX {
            let message = format!("a map has at most {LABELS_MAX} labels");
            self.fault(Code::Limit, head(self.source, node.span), message);
            return labels;
        }
        for (name, key, value) in pairs {
            if !is_label_name(name) {
                let message = format!("{} is no name for a label", quoted(name));
                let help =
                    "a label's name has letters, digits and `_`, and does not begin with a digit";
                self.push(Diagnostic::new(Code::Syntax, key.span, message).help(help));
            }
            if BUILT_IN_LABELS.contains(&name) {
                let message = format!("every alert has a label `{name}` already");
                let fault = Diagnostic::new(Code::DuplicateName, key.span, message);
                self.push(fault.help(match name {
                    "severity" => "a rule has a key of its own for it: `severity: critical`",
                    _ => "choose another name",
                }));
            }
            if let Some(text) = self.text(value, "a text") {
                if missing.contains(&name) {
                    let message = format!("`{name}` is a label here, and a key of a rule");
                    let fault = Diagnostic::new(Code::Syntax, key.span, message).warning();
                    self.push(
                        fault
                            .help("if it belongs to the rule, write it in the column of `labels:`"),
                    );
                } else {
                    super::template::no_template(self, &text);
                }
                if text.origin != Origin::File {
                    self.outline.hidden_labels.insert(name.to_owned());
                }
                labels.insert(name.to_owned(), text.value);
            }
        }
        labels
    }
}

fn is_label_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Reads `labels:` of a file: which domains have which.
pub(super) fn by_domain(reader: &mut Reader<'_>, node: &Node) -> Vec<LabelsOutline> {
    let mut entries = Vec::new();
    if let Some(fault) = without_globs(node) {
        reader.push(fault);
        reader.lacks_labels = true;
        return entries;
    }
    if node.one_or_many().len() > LABEL_ENTRIES_MAX {
        let message = format!("`labels` has at most {LABEL_ENTRIES_MAX} entries");
        reader.fault(Code::Limit, head(reader.source, node.span), message);
        return entries;
    }
    for item in reader.items(node, "a list of entries") {
        if let Some(fault) = beside_globs(item, head(reader.source, item.span)) {
            reader.push(fault);
            reader.lacks_labels = true;
            continue;
        }
        let Some(fields) = reader.fields(item, "an entry of `labels`", keys::LABELS) else {
            continue;
        };
        let (Some(domains), Some(labels)) = (fields.get("domains"), fields.get("labels")) else {
            let fault = Diagnostic::new(
                Code::Syntax,
                fields.head(reader.source),
                "an entry has `domains` and `labels`",
            );
            let help = "write `{domains: [\"img*.example.com\"], labels: {team: media}}`";
            reader.missing(&fields, fault.help(help));
            reader.lacks_labels |= fields.is_partial;
            continue;
        };
        let globs = GlobsOutline::of(
            reader.file,
            Some((reader.whole(domains), reader.globs(domains))),
        );
        reader.lacks_labels |= labels.lacks_parts();
        let entry = DomainLabels {
            domains: globs.list.clone(),
            labels: reader.labels(labels, &[]),
        };
        entries.push(LabelsOutline {
            entry,
            keys: keys(reader, labels),
            domains: globs,
        });
    }
    entries
}

/// Returns where the labels of an entry stand.
fn keys(reader: &Reader<'_>, labels: &Node) -> BTreeMap<String, Place> {
    let pairs = match &labels.kind {
        Kind::Map(pairs) => pairs.as_slice(),
        _ => &[],
    };
    let named = pairs
        .iter()
        .filter_map(|(key, _)| Some((key.text()?.to_owned(), reader.at(key.span))));
    named.collect()
}

/// `labels: {"*.example.com": {team: web}}`, or `labels: {team: web}`: no list of entries.
fn without_globs(node: &Node) -> Option<Diagnostic> {
    let Kind::Map(pairs) = &node.kind else {
        return None;
    };
    let (key, value) = pairs.first()?;
    let is_entry = |(key, _): &(Node, Node)| matches!(key.text(), Some("domains" | "labels"));
    if pairs.iter().any(is_entry) {
        return None;
    }
    let help = match &value.kind {
        Kind::Map(own) => entry(&[key.text()?], own.iter())?,
        _ => entry(&["*"], pairs.iter())?,
    };
    let message = "labels are a list of entries, each with its domains";
    let fault = Diagnostic::new(Code::TypeMismatch, key.span, message);
    Some(fault.help(format!("write `- {help}`")))
}

/// `{domains: ["*.example.com"], team: web}`: an entry whose labels stand beside its domains.
fn beside_globs(item: &Node, head: Span) -> Option<Diagnostic> {
    let Kind::Map(pairs) = &item.kind else {
        return None;
    };
    let named = |name: &str| pairs.iter().find(|(key, _)| key.text() == Some(name));
    let (_, globs) = named("domains").filter(|_| named("labels").is_none())?;
    let globs = globs.one_or_many().iter().map(Node::text);
    let globs: Vec<&str> = globs.collect::<Option<_>>()?;
    let own = pairs
        .iter()
        .filter(|(key, _)| key.text() != Some("domains"));
    let help = entry(&globs, own)?;
    let message = "the labels of an entry stand under `labels:`";
    let fault = Diagnostic::new(Code::Syntax, head, message);
    Some(fault.help(format!("write `{help}`")))
}

/// Returns how an entry is written, if all of its labels are plain words.
fn entry<'n>(
    globs: &[&str],
    labels: impl Iterator<Item = &'n (Node<'n>, Node<'n>)>,
) -> Option<String> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let is_plain = |text: &&str| !text.is_empty() && text.chars().all(is_word);
    let label = |(key, value): &(Node, Node)| {
        let name = key.text().filter(|name| is_label_name(name))?;
        let value = value.text().filter(is_plain)?;
        Some(format!("{name}: {value}"))
    };
    let labels: Vec<String> = labels.map(label).collect::<Option<_>>()?;
    let is_glob = |glob: &&str| !glob.contains(['"', '\\', '\n']);
    if labels.is_empty() || globs.is_empty() || !globs.iter().all(is_glob) {
        return None;
    }
    let globs: Vec<String> = globs.iter().map(|glob| format!("\"{glob}\"")).collect();
    let (globs, labels) = (globs.join(", "), labels.join(", "));
    Some(format!("{{domains: [{globs}], labels: {{{labels}}}}}"))
}
