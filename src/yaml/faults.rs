//! What YAML makes of a condition that it should not have touched, said with the mend.

use serde_saphyr::granit_parser::{ErrorKind, ScanError};

use super::anchors::Anchors;
use super::line::{Line, key_of};
use super::node::{Kind, Node, Style, plain};
use super::slips;
use super::vocabulary::Vocabulary;
use super::{columns, flow, marks, run_on};
use crate::diag::{Code, Diagnostic, Span, quoted};

/// How long a text may be that a mend repeats: longer ones are only pointed at.
const MENDED_CHARS_MAX: usize = 240;

/// What is said where nobody knows what was meant.
const UNEXPLAINED: &str = "this is no YAML";

/// The longest text that is put together again: no condition is longer.
const REJOINED_BYTES_MAX: usize = 4096;

/// Returns the text as a YAML scalar in quotes, for a mend.
pub(crate) fn in_quotes(text: &str) -> String {
    let text = text.trim();
    let inner = text
        .strip_prefix('“')
        .and_then(|text| text.strip_suffix('”'));
    let text = inner
        .filter(|inner| !inner.contains(['“', '”']))
        .unwrap_or(text);
    if text.contains('"') || text.contains('\\') {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        format!("\"{text}\"")
    }
}

/// Adds the mend that a text needs quotes, with the place of the text that gets them. A comment
/// behind it stays one; a text with a `#` that may be a part of it is left to a person.
pub(super) fn quote(fault: Diagnostic, span: Span, text: &str) -> Diagnostic {
    let written = text.len();
    let text = without_comment(text);
    let fault = fault.help(mend(text));
    if text.contains(" #") || text.contains('\n') || text.trim().is_empty() {
        fault
    } else {
        let end = span.end() - (written - text.len()).min(span.end() - span.start());
        fault.fix(Span::new(span.start(), end), in_quotes(text))
    }
}

/// Returns a text without the comment at its end, `# …`: a sign and a blank behind a blank.
pub(super) fn without_comment(text: &str) -> &str {
    let end = text.find(" # ").unwrap_or(text.len());
    text[..end].trim_end()
}

fn mend(text: &str) -> String {
    if text.chars().count() > MENDED_CHARS_MAX || text.contains('\n') {
        "put it in quotes".to_owned()
    } else {
        format!("put it in quotes: {}", in_quotes(text))
    }
}

/// `!static.example.com`, read as a tag.
pub(super) fn tag(span: Span, written: &str) -> Diagnostic {
    let message = format!(
        "YAML reads {} as a tag, because it begins with `!`",
        quoted(written)
    );
    let fault = Diagnostic::new(Code::Syntax, span, message).label("tags mean nothing here");
    quote(fault, span, written)
}

/// `{{ domain }}` without quotes.
pub(crate) fn unquoted_braces(span: Span, written: &str) -> Diagnostic {
    let place = Span::new(span.start(), span.start() + 2);
    let message = "YAML reads `{{` as the beginning of a map";
    let whole = Span::new(span.start(), span.start() + written.len());
    quote(
        Diagnostic::new(Code::Syntax, place, message),
        whole,
        written,
    )
}

/// More than 64 maps and lists within each other.
pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::new(Code::Limit, span, "maps and lists nest more than 64 deep")
        .help("a rules file needs fewer than 10 levels")
}

/// Puts together again what a flow map or list split at a comma within parentheses, and says so.
pub(super) fn rejoin<'t>(text: &'t str, node: &mut Node<'t>) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    match &mut node.kind {
        Kind::List(items) if items.iter().any(is_cut) => {
            let mut joined: Vec<Node> = Vec::with_capacity(items.len());
            let mut cut = None;
            for item in items.drain(..) {
                match joined.last_mut().filter(|last| is_cut(last)) {
                    Some(last) if item.text().is_some() => {
                        cut = cut.or(Some(last.span.end()));
                        join(text, last, item.span);
                    }
                    _ => {
                        faults.extend(split(joined.last(), cut.take()));
                        joined.push(item);
                    }
                }
            }
            faults.extend(split(joined.last(), cut));
            *items = joined;
        }
        Kind::Map(pairs) if pairs.iter().any(|(_, value)| is_cut(value)) => {
            let mut joined: Vec<(Node, Node)> = Vec::with_capacity(pairs.len());
            let mut cut = None;
            for (key, value) in pairs.drain(..) {
                match joined.last_mut().filter(|(_, last)| is_cut(last)) {
                    Some((_, last)) if value.is_null() && key.text().is_some() => {
                        cut = cut.or(Some(last.span.end()));
                        join(text, last, key.span);
                    }
                    _ => {
                        faults.extend(split(joined.last().map(|(_, last)| last), cut.take()));
                        joined.push((key, value));
                    }
                }
            }
            faults.extend(split(joined.last().map(|(_, last)| last), cut));
            *pairs = joined;
        }
        // Nothing was split.
        Kind::Scalar(_) | Kind::List(_) | Kind::Map(_) | Kind::Unread => {}
    }
    faults
}

/// Whether a parenthesis of the plain scalar is still open at its end.
fn is_cut(node: &Node) -> bool {
    let Kind::Scalar(scalar) = &node.kind else {
        return false;
    };
    let count = |wanted: u8| scalar.text.bytes().filter(|byte| *byte == wanted).count();
    scalar.style == Style::Plain
        && scalar.text.len() <= REJOINED_BYTES_MAX
        && count(b'(') > count(b')')
}

fn join<'t>(text: &'t str, cut: &mut Node<'t>, rest: Span) {
    let whole = cut.span.to(rest);
    *cut = plain(text.get(whole.range()).unwrap_or_default(), whole);
}

/// Says where a node that is whole again was split first: at the first comma from there.
fn split(node: Option<&Node>, cut: Option<usize>) -> Option<Diagnostic> {
    let (node, cut) = (node?, cut?);
    let written = node.text()?;
    let rest = written.get(cut.checked_sub(node.span.start())?..)?;
    let span = match rest.find(',') {
        Some(comma) => Span::new(cut + comma, cut + comma + 1),
        None => node.span,
    };
    let message =
        "YAML splits the condition at this comma, because it stands within `{…}` or `[…]`";
    let fault = Diagnostic::new(Code::Syntax, span, message);
    Some(quote(fault, node.span, written))
}

/// Whether a fault is in the words of YAML, because nobody knows what was meant.
pub(super) fn is_unexplained(fault: &Diagnostic) -> bool {
    fault.message.starts_with(UNEXPLAINED)
}

/// Whether YAML could be read further, and is not.
pub(super) fn is_limit(error: &ScanError) -> bool {
    *error.kind() == ErrorKind::RecursionLimitExceeded
}

/// Says what YAML does not accept, and what was probably meant.
pub(super) fn of_scan(text: &str, error: &ScanError, vocabulary: &Vocabulary) -> Diagnostic {
    let at = error
        .marker()
        .byte_offset()
        .unwrap_or(text.len())
        .min(text.len());
    let at = (0..=at)
        .rev()
        .find(|i| text.is_char_boundary(*i))
        .unwrap_or(0);
    let end = text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
    let span = Span::new(at, end);
    if is_limit(error) {
        return too_deep(span);
    }
    if let Some(fault) = run_on::find(text, at, vocabulary)
        .or_else(|| marks::find(text, at, error, vocabulary))
        .or_else(|| flow::find(text, at, error.kind(), vocabulary))
    {
        return fault;
    }
    if let Some(fault) = slips::unindented(text, at, vocabulary).or_else(|| eaten(text, at)) {
        return fault;
    }
    if let Some(fault) = slips::find(text, at, error.kind(), vocabulary) {
        return fault;
    }
    if let Some(fault) = columns::first_of_file(text, at, vocabulary) {
        return fault;
    }
    if *error.kind() == ErrorKind::CommentInterceptedScalar {
        if let Some(fault) = columns::below_comment(text, at, vocabulary) {
            return fault;
        }
        return Diagnostic::new(
            Code::Syntax,
            span,
            "the comment before this line ends the text that goes on here",
        )
        .help("write the text as a literal scalar, `|`, in which comments may stand");
    }
    let message = format!("{UNEXPLAINED}: {}", error.info());
    let fault = Diagnostic::new(Code::Syntax, span, message);
    fault.help(yaml_help(error.kind()).unwrap_or(
        "look at the indentation, the quotes and the brackets here and on the line above",
    ))
}

fn yaml_help(kind: &ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabNotAllowed => "indent with spaces",
        ErrorKind::MappingValueNotAllowed => "a text that holds `: ` stands in quotes",
        ErrorKind::UnclosedQuotedScalar => "close the quotes",
        ErrorKind::UnclosedFlowCollection { .. } => "close the brackets",
        ErrorKind::InvalidIndentation | ErrorKind::ExpectedBlockMappingKey => {
            "the keys of one map stand in one column, each followed by `: `"
        }
        _ => return None,
    })
}

/// Finds, on the line of the error or the one before, a value whose first character YAML takes for its own.
fn eaten(text: &str, at: usize) -> Option<Diagnostic> {
    let line_start = text[..at].rfind('\n').map_or(0, |i| i + 1);
    let before = line_start
        .checked_sub(1)
        .map(|end| text[..end].rfind('\n').map_or(0, |i| i + 1));
    let anchors = Anchors::of(text);
    [Some(line_start), before]
        .into_iter()
        .flatten()
        .find_map(|start| {
            let line = text[start..].lines().next().unwrap_or_default();
            if line.len() > 4096 {
                return None;
            }
            let values = [": ", "- ", "[", ", "];
            // What stands in quotes is taken as it is.
            let bare = marks::bare(line).into_iter();
            let offsets = bare.filter_map(|(at, _)| {
                let mark = values.iter().find(|mark| line[at..].starts_with(**mark))?;
                Some(at + mark.len())
            });
            let offsets: Vec<usize> = offsets.collect();
            offsets
                .into_iter()
                // A tag by itself is told where it is read.
                .filter(|offset| {
                    start == line_start || !line[*offset..].trim_start().starts_with('!')
                })
                .find_map(|offset| eaten_value(&anchors, line, start, offset))
        })
}

/// Cuts what stands behind a place of a line where the `{…}` or `[…]` around it goes on.
fn in_flow<'t>(before: &str, behind: &'t str) -> &'t str {
    let step = |depth: i32, c: char| match c {
        '{' | '[' => depth + 1,
        '}' | ']' => depth - 1,
        _ => depth,
    };
    if before.chars().fold(0, step) <= 0 {
        return behind;
    }
    let mut depth = 0;
    for (at, c) in behind.char_indices() {
        if depth == 0 && matches!(c, ',' | '}' | ']') {
            return &behind[..at];
        }
        depth = step(depth, c);
    }
    behind
}

/// Returns where the text begins that a line has behind its key; `None` where that is in quotes,
/// or a map or list.
fn begin_of_text(line: &str, line_start: usize) -> Option<usize> {
    let (column, key) = key_of(Line {
        start: line_start,
        text: line,
    })?;
    let value = line[column + key.len() + 1..].trim_start();
    let is_text = !value.starts_with(['{', '[', '"', '\'', '|', '>', '&', '*', '!']);
    is_text.then_some(line_start + line.len() - value.len())
}

fn eaten_value(
    anchors: &Anchors<'_>,
    line: &str,
    line_start: usize,
    offset: usize,
) -> Option<Diagnostic> {
    let value = in_flow(&line[..offset], &line[offset..]).trim_end();
    let skipped = value.len() - value.trim_start().len();
    let (value, start) = (value.trim_start(), line_start + offset + skipped);
    let head = value.split([',', ']', '}', ' ']).next().unwrap_or_default();
    let span = |len: usize| Span::new(start, start + len);
    if value.starts_with("{{") {
        let fault = unquoted_braces(span(value.len()), value);
        // Only the whole can be put in quotes: those in the middle of a text are a part of it.
        return Some(
            match begin_of_text(line, line_start).filter(|begin| *begin < start) {
                Some(begin) => {
                    let whole = line[begin - line_start..].trim_end();
                    let mark = whole
                        .chars()
                        .next()
                        .filter(|c| matches!(c, '“' | '”' | '‘' | '’'));
                    let fault = match mark {
                        Some(mark) => {
                            let message = format!("`{mark}` is no quotation mark of YAML");
                            let place = Span::new(begin, begin + mark.len_utf8());
                            Diagnostic::new(Code::Syntax, place, message)
                        }
                        None => Diagnostic { fix: None, ..fault },
                    };
                    quote(fault, Span::new(begin, begin + whole.len()), whole)
                }
                None => fault,
            },
        );
    }
    match value.chars().next()? {
        // What is an alias indeed is not what YAML stumbles over.
        '*' => (!anchors.has(head)).then(|| anchors.alias(span(head.len()), head, 0)),
        // What stands behind the tag is a part of the text that was meant.
        '!' => {
            let whole = value.split(" #").next().unwrap_or_default().trim_end();
            Some(tag(span(whole.len()), whole))
        }
        sign @ ('>' | '|') => {
            let is_of_header = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-');
            let rest = value[1..].trim_start_matches(is_of_header).trim_start();
            if rest.is_empty() || rest.starts_with('#') {
                return None;
            }
            let message = format!("YAML reads this `{sign}` as the beginning of a text below");
            let fault = Diagnostic::new(Code::Syntax, span(1), message);
            Some(fault.help("write what is missing before it, or leave it out"))
        }
        c @ ('%' | '@' | '`') => {
            let message = format!("a YAML text cannot begin with `{c}`");
            let fault = Diagnostic::new(Code::Syntax, span(1), message);
            Some(quote(fault, span(value.len()), value))
        }
        _ => None,
    }
}
