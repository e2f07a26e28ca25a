//! Lists of names, in which each stands once.

use std::collections::BTreeMap;

use super::{Origin, Reader, Text};
use crate::diag::{Code, Diagnostic, Span};
use crate::yaml::Node;

/// The items of a list that were read.
#[derive(Default)]
pub(in crate::config) struct Listed(BTreeMap<String, Span>);

impl Text {
    /// Returns a text as it stands in the file.
    pub(in crate::config) fn of_file(node: &Node, value: &str) -> Self {
        Self {
            value: value.to_owned(),
            span: node.span,
            origin: Origin::File,
        }
    }
}

impl Reader<'_> {
    /// Warns of an item that stands in its list already, and says whether it does not. It changes
    /// nothing, so that the file can be run. What comes from the environment may happen to be the same.
    pub(in crate::config) fn is_new(&mut self, text: &Text, listed: &mut Listed) -> bool {
        if text.origin != Origin::File {
            return true;
        }
        let Some(first) = listed.0.get(&text.value) else {
            listed.0.insert(text.value.clone(), text.span);
            return true;
        };
        let fault = listed_twice(text, *first);
        self.push(fault.warning());
        false
    }

    /// Says which globs stand twice in a list. One behind a glob of the other kind takes back what that
    /// has taken away, or the other way round.
    pub(super) fn twice_among(&mut self, globs: &[Text]) {
        let takes_away = |text: &Text| text.value.starts_with('!');
        let runs = globs.chunk_by(|a, b| takes_away(a) == takes_away(b));
        for globs in runs.filter(|globs| 1 < globs.len()) {
            let mut listed = Listed::default();
            for glob in globs {
                self.is_new(glob, &mut listed);
            }
        }
    }
}

/// Says that an item of a list stands there twice.
pub(in crate::config) fn listed_twice(text: &Text, first: Span) -> Diagnostic {
    let message = format!("{} is listed twice", text.shown());
    Diagnostic::new(Code::DuplicateName, text.span, message)
        .also(first, "the first is here")
        .help("remove one of them")
}
