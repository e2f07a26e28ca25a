//! Labels: maps of texts by name.

use std::collections::BTreeMap;

use super::reader::{Origin, Reader};
use crate::diag::{Code, Diagnostic, quoted};
use crate::yaml::{Node, head};

/// The labels that every alert has by itself.
pub(crate) const BUILT_IN_LABELS: [&str; 4] = ["rule", "severity", "account", "domain"];
/// How many labels one map may have.
pub(super) const LABELS_MAX: usize = 64;

impl Reader<'_> {
    /// Reads a map of texts by name.
    pub(super) fn labels(&mut self, node: &Node) -> BTreeMap<String, String> {
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
