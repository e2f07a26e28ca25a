//! Expressions in YAML scalars: read as they stand, faults placed to the column.

use super::lets::Scope;
use crate::config::comments;
use crate::config::reader::Reader;
use crate::diag::{Code, Diagnostic, Span};
use crate::yaml::{Kind, Node, SourceMap, Style, head};

/// Whether the meaning of an expression that was read is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It has no faults, or such that can only mean one thing.
    Known,
    /// One of its faults only its writer can mend: its names and types are checked, and what it
    /// says is not judged.
    Open,
}

/// Reads the expression in a node with the given parser; one that has faults and could be mended
/// is given as well, for more checks.
pub(super) fn parse<T>(
    reader: &mut Reader<'_>,
    node: &Node,
    parser: fn(&str) -> (Option<T>, Vec<Diagnostic>),
) -> (Option<T>, SourceMap, Meaning) {
    let place = reader.place(node);
    let Some(text) = reader.raw(node, "an expression") else {
        return (None, place, Meaning::Open);
    };
    // No plain text begins with `*`: that this is the alias of nothing is told.
    if style(node) == Some(Style::Plain) && text.starts_with('*') {
        return (None, place, Meaning::Open);
    }
    if let Some(span) = swallowing_comment(reader.source, node) {
        let message =
            "this comment swallows the lines that follow, because YAML folds them into one";
        let fault = Diagnostic::new(
            Code::Syntax,
            head(reader.source, place.locate(span)),
            message,
        );
        let help = "write the condition as a literal scalar, `|` instead of `>` or quotes, or move the comment out of it";
        let fault = fault.help(help);
        reader.push(match folded_sign(reader.source, node) {
            Some(sign) => fault.fix(sign, "|"),
            None => fault,
        });
        return (None, place, Meaning::Open);
    }
    if text.len() > reader.budget.expression_bytes {
        // Told once: what follows is not read either.
        if std::mem::take(&mut reader.budget.expression_bytes) > 0 {
            let message = "the expressions of a rules file are at most 4 MiB in all";
            let fault = Diagnostic::new(Code::Limit, head(reader.source, node.span), message);
            reader.push(fault.help("this one and those that follow are not read"));
        }
        return (None, place, Meaning::Open);
    }
    reader.budget.expression_bytes -= text.len();
    if style(node) != Some(Style::Plain) {
        let comments = comments::of_condition(text);
        let places = comments.iter().map(|span| reader.at(place.locate(*span)));
        let places: Vec<_> = places.filter(|_| place.is_exact()).collect();
        reader.outline.comments.extend(places);
    }
    let (found, faults) = parser(text.trim_end());
    let meaning = if faults.iter().all(|fault| fault.fix.is_some()) {
        Meaning::Known
    } else {
        Meaning::Open
    };
    for fault in faults {
        let file = reader.file;
        reader.push_placed(place.relocate(file, fault));
    }
    (found, place, meaning)
}

/// Returns the place of the `>` that makes a scalar folded.
fn folded_sign(source: &str, node: &Node) -> Option<Span> {
    let Kind::Scalar(scalar) = &node.kind else {
        return None;
    };
    let before = source.get(..node.span.start())?;
    let line = match scalar.style {
        // The place of a block scalar may begin with its content: its sign is on the line above.
        Style::Folded if source[node.span.start()..].starts_with('>') => before.len(),
        Style::Folded => before.trim_end().rfind('\n').map_or(0, |at| at + 1),
        Style::Literal | Style::Plain | Style::SingleQuoted | Style::DoubleQuoted => return None,
    };
    let header = source[line..].lines().next()?;
    let is_sign = |at: &usize| {
        let behind = header[at + 1..].trim_start_matches(['-', '+']);
        header[..*at].chars().all(|c| c != '#')
            && behind.chars().next().is_none_or(char::is_whitespace)
    };
    let sign = header.match_indices('>').map(|(at, _)| at).find(is_sign)?;
    Some(Span::new(line + sign, line + sign + 1))
}

fn style(node: &Node) -> Option<Style> {
    match &node.kind {
        Kind::Scalar(scalar) => Some(scalar.style),
        Kind::List(_) | Kind::Map(_) | Kind::Unread => None,
    }
}

/// Finds a comment in a scalar whose lines are folded.
fn swallowing_comment(source: &str, node: &Node) -> Option<Span> {
    let Kind::Scalar(scalar) = &node.kind else {
        return None;
    };
    let written = source.get(node.span.range())?;
    let is_folded = match scalar.style {
        Style::Folded => true,
        Style::Literal => false,
        Style::Plain | Style::SingleQuoted | Style::DoubleQuoted => written.contains('\n'),
    };
    let at = scalar.text.find('#').filter(|_| is_folded)?;
    let length = scalar.text[at..].lines().next().map_or(1, str::len);
    Some(Span::new(at, at + length))
}

/// Whether a fault is that a name does not exist, and the name is one that is defined and faulty,
/// or may be.
pub(super) fn blames(scope: &Scope, fault: &Diagnostic) -> bool {
    let quotes = |name: &String| fault.message.contains(&format!("`{name}`"));
    let is_unread = scope.is_unread && fault.message.starts_with("there is no name");
    fault.code == Code::UnknownName && (is_unread || scope.broken.iter().any(quotes))
}
