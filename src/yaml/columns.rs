//! Keys that begin in another column than those beside them.

use super::items;
use super::line::{Line, key_of};
use super::marks::LINES_MAX;
use super::vocabulary::Vocabulary;
use crate::diag::{Code, Diagnostic, Span};

/// A key that begins in another column than those above it.
pub(super) fn misaligned(
    text: &str,
    (line, above): (Line<'_>, Line<'_>),
    at: usize,
    vocabulary: &Vocabulary,
) -> Option<Diagnostic> {
    let at = at.checked_sub(line.start)?;
    if line.content().1.starts_with("- ") {
        return items::headless(text, line, at, vocabulary)
            .or_else(|| items::misplaced(text, line, at));
    }
    let (column, key) = key_of(line)?;
    if at != column && at != column + key.len() {
        return None;
    }
    let (above_column, above_key) = key_of(above)?;
    if 0 < column && [vocabulary.list, vocabulary.names].contains(&key) {
        let above = std::iter::successors(Some(above), |line| line.above(text));
        let outermost = above
            .take(LINES_MAX)
            .find_map(|line| key_of(line).filter(|(at, _)| *at == 0));
        return outermost.map(|outermost| in_column(line, (column, key), outermost));
    }
    let mut wanted = (above_column, above_key);
    let is_first = above
        .above(text)
        .is_some_and(|list| list.text.trim_end().strip_suffix(':') == Some(vocabulary.list));
    if is_first && above_column < column && !above.content().1.starts_with("- ") {
        return Some(items::without_dash(above, above_column, above_key));
    }
    if above_column < column {
        // Below a key without a value, a deeper one is its map.
        let value = &above.text[above_column + above_key.len() + 1..];
        if value.trim().is_empty() {
            return None;
        }
    } else {
        // The nearest list item that begins where this key does, or left of it.
        let mut first = above;
        let mut item = Some(above);
        while let Some(candidate) = item {
            let (dash, content) = candidate.content();
            if dash <= column && content.starts_with("- ") {
                if let Some(fault) = dashed_map(text, candidate, (column, key), vocabulary) {
                    return Some(fault);
                }
                wanted = key_of(candidate).filter(|(wanted, _)| column < *wanted)?;
                break;
            }
            if dash < column {
                return without_parent(text, (line, column, key), (first, candidate), vocabulary);
            }
            first = candidate;
            item = candidate.above(text);
        }
        item?;
    }
    if wanted.0 == column {
        return None;
    }
    if wanted.1 == key && column < wanted.0 {
        return Some(items::without_dash(line, column, key));
    }
    Some(in_column(line, (column, key), wanted))
}

/// A dash before the first key of a map, whose other keys stand in the column of the dash.
fn dashed_map(
    text: &str,
    item: Line<'_>,
    (column, key): (usize, &str),
    vocabulary: &Vocabulary,
) -> Option<Diagnostic> {
    let (dash, first) = (item.content().0, key_of(item)?);
    let above = item.above(text)?;
    let (_, map) = key_of(above)?;
    let is_map = vocabulary.only_maps.contains(&map) && above.text.trim_end().ends_with(':');
    if dash != column || !is_map || !vocabulary.are_beside(first.1, key) {
        return None;
    }
    let start = item.start + dash;
    let message = format!(
        "a dash stands before `{}`, and `{map}:` is no list",
        first.1
    );
    let fault = Diagnostic::new(Code::Syntax, Span::new(start, start + 1), message);
    let blanks = Span::new(start, item.start + first.0);
    Some(fault.help("leave the dash out").fix(blanks, ""))
}

/// The first key of a file, in another column than the next outermost one, at which YAML stops.
pub(super) fn first_of_file(text: &str, at: usize, vocabulary: &Vocabulary) -> Option<Diagnostic> {
    let line = Line::at(text, at)?;
    let (wanted, beside) = key_of(line)?;
    let above = std::iter::successors(line.above(text), |line| line.above(text));
    let first = above.take(LINES_MAX).last()?;
    let (column, key) = key_of(first).filter(|_| !first.content().1.starts_with("- "))?;
    let is_first = first.above(text).is_none() && wanted == 0 && 0 < column;
    let are_deeper = || {
        let within = std::iter::successors(first.below(text), |line| line.below(text));
        let mut within = within.take(LINES_MAX).take_while(|within| !within.is(line));
        within.all(|within| within.text.trim().is_empty() || column < within.content().0)
    };
    if !is_first || !are_deeper() {
        return None;
    }
    if vocabulary.is_outermost(key) {
        return Some(in_column(first, (column, key), (wanted, beside)));
    }
    let start = first.start + column;
    let message = format!("above `{key}` a key is missing");
    let fault = Diagnostic::new(Code::Syntax, Span::new(start, start + key.len()), message);
    Some(fault.help(format!(
        "write the key that `{key}` belongs to, or begin the line with it"
    )))
}

/// Says that a key of a line stands in another column than those beside it, of which one is given.
fn in_column(line: Line<'_>, (column, key): (usize, &str), wanted: (usize, &str)) -> Diagnostic {
    let span = Span::new(line.start + column, line.start + column + key.len());
    let message = format!(
        "`{key}` begins in column {}, and the keys beside it in column {}",
        column + 1,
        wanted.0 + 1
    );
    let spaces = if wanted.0 == 1 { "space" } else { "spaces" };
    let help = match wanted.0 {
        0 => format!("begin the line with it, as `{}` does", wanted.1),
        _ => format!("indent it with {} {spaces}, as `{}` is", wanted.0, wanted.1),
    };
    let fault = Diagnostic::new(Code::Syntax, span, message).help(help);
    let indent = Span::new(line.start, line.start + column);
    fault.fix(indent, " ".repeat(wanted.0))
}

/// A key in another column than those above it, where a comment stands behind the one before: YAML
/// takes it for a text that goes on.
pub(super) fn below_comment(text: &str, at: usize, vocabulary: &Vocabulary) -> Option<Diagnostic> {
    let commented = Line::at(text, at)?;
    let below = std::iter::successors(commented.below(text), |line| line.below(text));
    let mut below = below.take(LINES_MAX);
    let line = below.find(|line| line.says_something())?;
    let (column, _) = key_of(line)?;
    misaligned(text, (line, commented), line.start + column, vocabulary)
}

/// A known key beneath a section, and above it deeper ones that nobody knows: what these stand beneath is
/// missing.
fn without_parent(
    text: &str,
    (line, column, key): (Line<'_>, usize, &str),
    (first, section): (Line<'_>, Line<'_>),
    vocabulary: &Vocabulary,
) -> Option<Diagnostic> {
    let (at, unknown) = key_of(first)?;
    let (outer, section) = key_of(section)?;
    // What is less deep than a list stands beside what that is beneath.
    let (dash, item) = first.content();
    if item.starts_with("- ") && outer < column && column < dash {
        return Some(in_column(line, (column, key), (outer, section)));
    }
    let has_value = !first.text[at + unknown.len() + 1..].trim().is_empty();
    let is_entry = has_value && !item.starts_with("- ");
    let is_next = first.below(text).is_some_and(|below| below.is(line));
    if is_entry && is_next && outer < column && column < at {
        // One of the two is odd: the first, where others begin as the second does, or that as usual.
        let next = line.below(text).filter(|next| !next.text.trim().is_empty());
        let is_usual = match next.and_then(key_of) {
            Some((other, _)) if outer < other => other == column,
            _ => column == outer + 2,
        };
        return Some(if is_usual {
            in_column(first, (at, unknown), (column, key))
        } else {
            in_column(line, (column, key), (at, unknown))
        });
    }
    if at <= column || !vocabulary.has_key(key) || vocabulary.has_key(unknown) {
        return None;
    }
    let start = first.start + at;
    let message =
        format!("above `{unknown}` a key is missing, or `{key}` begins in a wrong column");
    let fault = Diagnostic::new(
        Code::Syntax,
        Span::new(start, start + unknown.len()),
        message,
    );
    let beside = Span::new(line.start + column, line.start + column + key.len());
    let help = format!("write the key beneath `{section}:` that `{unknown}` belongs to");
    Some(fault.also(beside, "this is less deep").help(help))
}
