//! What looks like a template where none is read.

use crate::config::reader::{Origin, Reader, Text};
use crate::diag::{Code, Diagnostic};

/// What is said of a template where none is read.
pub(in crate::config) const NO_TEMPLATE: &str = "only the `summary:` of a rule is a template";

/// Tells a text that looks like a template where none is read.
pub(in crate::config) fn no_template(reader: &mut Reader<'_>, text: &Text) {
    let has = |begin, end| {
        let behind = text.value.split_once(begin).map(|(_, behind)| behind);
        behind.is_some_and(|behind| behind.contains(end))
    };
    let is_one = has("{{", "}}") || has("{%", "%}");
    if is_one && text.origin == Origin::File {
        let message = "this is no template: it is told as it stands";
        let fault = Diagnostic::new(Code::Template, text.span, message).warning();
        reader.push(fault.help(NO_TEMPLATE));
    }
}
