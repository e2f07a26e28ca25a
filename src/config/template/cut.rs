//! Texts without quotes that YAML cuts where they have a `#` behind a blank.

use crate::diag::{Code, Diagnostic, Span, quoted};
use crate::yaml::{self, Kind, Node, Style};

/// Warns that what stands behind a template is a comment, and was hardly meant to be: it has values to
/// put in, or begins like a number, `#7`.
pub(super) fn at_comment(source: &str, node: &Node) -> Option<Diagnostic> {
    let is_plain = matches!(&node.kind, Kind::Scalar(scalar) if scalar.style == Style::Plain);
    let (written, rest) = source
        .split_at_checked(node.span.end())
        .filter(|_| is_plain)?;
    let written = written.get(node.span.start()..)?.trim_end();
    let line = rest.lines().next()?.trim_end();
    let comment = line.trim_start();
    let said = comment.strip_prefix('#')?;
    let values = said.split_once("{{").map(|(_, values)| values);
    let is_number = said.starts_with(|c: char| c.is_ascii_digit());
    if written.is_empty() || !is_number && !values.is_some_and(|values| values.contains("}}")) {
        return None;
    }
    let end = node.span.end() + line.len();
    let message = format!(
        "this is a comment: for YAML the text is {}",
        quoted(written)
    );
    let place = Span::new(end - comment.len(), end);
    let fault = Diagnostic::new(Code::Template, place, message).warning();
    let whole = source.get(node.span.start()..end)?;
    Some(fault.help(if whole.contains('\n') {
        "put the whole text in quotes".to_owned()
    } else {
        format!("put the whole line in quotes: `{}`", yaml::in_quotes(whole))
    }))
}
