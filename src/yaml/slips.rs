//! What slips of the hand YAML stumbles over: found in the lines around the place where it
//! stopped, and said in the words of the file.

use serde_saphyr::granit_parser::ErrorKind;

use super::faults::{quote, without_comment};
use super::line::{Line, key_of};
use super::marks::LINES_MAX;
use super::vocabulary::Vocabulary;
use super::{columns, entries, items};
use crate::diag::{Code, Diagnostic, Span, quoted};

/// Characters that only look like spaces.
pub(super) const STRANGE_BLANKS: [char; 2] = ['\u{a0}', '\u{3000}'];

/// How many lines below a text a tab may stand that YAML stumbles over.
const BELOW_MAX: usize = 10;

/// Finds the slip at the place where YAML stopped.
pub(super) fn find(
    text: &str,
    at: usize,
    kind: &ErrorKind,
    vocabulary: &Vocabulary,
) -> Option<Diagnostic> {
    let line = Line::at(text, at)?;
    let above = line.above(text);
    let below = std::iter::successors(line.below(text), |line| line.below(text));
    let below = below
        .take(BELOW_MAX)
        .find(|line| !line.text.trim().is_empty());
    let around = [above, Some(line), below];
    around
        .into_iter()
        .flatten()
        .find_map(tab)
        .or_else(|| slashes(line).or_else(|| slashes(above?)))
        .or_else(|| reference(line, at))
        .or_else(|| {
            [Some(line), above]
                .into_iter()
                .flatten()
                .find_map(|line| without_colon(line, vocabulary))
        })
        .or_else(|| items::outermost(line, at, vocabulary))
        .or_else(|| items::without_section(text, line, vocabulary))
        .or_else(|| columns::misaligned(text, (line, above?), at, vocabulary))
        .or_else(|| entries::without_braces(text, line, vocabulary))
        .or_else(|| colon_in_text(line, (at, kind), vocabulary))
        .or_else(|| dash_behind_key(line, at, kind))
        .or_else(|| no_colon(text, line, (at, kind), vocabulary))
        .or_else(|| {
            let lines = [Some(line), above].into_iter().flatten();
            let mut lines = lines.filter(|line| !line.is_of_text(text, vocabulary));
            lines.find_map(|line| {
                items::without_own_dash(text, line).or_else(|| entries::find(line))
            })
        })
}

/// Finds a line that is indented with characters which only look like spaces, before YAML takes
/// them for the beginning of a text.
pub(super) fn strange_indentation(text: &str, vocabulary: &Vocabulary) -> Option<Diagnostic> {
    let strange = STRANGE_BLANKS;
    let mut next = 0;
    let mut lines = text.split_inclusive('\n').map(|whole| {
        let start = next;
        next += whole.len();
        let text = whole.trim_end_matches(['\n', '\r']);
        Line { start, text }
    });
    lines.find_map(|line| {
        let (end, content) = line.content();
        let start = line.text[..end].find(strange)?;
        let key = content.trim_start_matches("- ").split(':').next()?;
        if !vocabulary.has_key(key) {
            return None;
        }
        let span = Span::new(line.start + start, line.start + end);
        let message = format!(
            "this line is indented with a character that only looks like a space (U+{:04X})",
            u32::from(line.text[start..].chars().next()?)
        );
        let fault = Diagnostic::new(Code::Syntax, span, message);
        let width = line.text[start..end].chars().count();
        Some(
            fault
                .help("write plain spaces")
                .fix(span, " ".repeat(width)),
        )
    })
}

/// A tab in the indentation.
fn tab(line: Line<'_>) -> Option<Diagnostic> {
    let (end, _) = line.content();
    let tab = line.text[..end].find('\t')?;
    let span = Span::new(line.start + tab, line.start + tab + 1);
    let message = "this line is indented with a tab, and YAML takes spaces only";
    Some(Diagnostic::new(Code::Syntax, span, message).help("replace the tab by spaces"))
}

/// `// …`, a comment of other languages.
fn slashes(line: Line<'_>) -> Option<Diagnostic> {
    let (column, content) = line.content();
    let sign = content.strip_prefix("//")?;
    let start = line.start + column;
    let place = Span::new(start, start + 2);
    let fault = Diagnostic::new(Code::Syntax, place, "a comment of YAML begins with `#`");
    let blank = if sign.starts_with(' ') { "" } else { " " };
    let help = "write `#` instead of `//`";
    Some(fault.help(help).fix(place, format!("#{blank}")))
}

/// `${NAME}` without quotes within `{…}` or `[…]`.
fn reference(line: Line<'_>, at: usize) -> Option<Diagnostic> {
    let column = (at - line.start).min(line.text.len());
    let found = line.text.match_indices("${").filter_map(|(start, _)| {
        let end = start + line.text[start..].find('}')? + 1;
        Some((start, end))
    });
    let (start, end) = found
        .into_iter()
        .find(|(start, end)| (*start..=*end).contains(&column))?;
    let written = &line.text[start..end];
    let span = Span::new(line.start + start, line.start + end);
    let message = format!(
        "YAML reads the `{{` of {} as the beginning of a map",
        quoted(written)
    );
    let fault = Diagnostic::new(Code::Syntax, span, message);
    Some(quote(fault, span, written))
}

/// `when 5xx > 10%`, `when = 5xx > 10%`, `when:5xx > 10%`, `when：5xx > 10%`.
pub(super) fn without_colon(line: Line<'_>, vocabulary: &Vocabulary) -> Option<Diagnostic> {
    let (column, content) = line.item();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let word = content.split(|c| !is_word(c)).next()?;
    if !vocabulary.has_key(word) {
        return None;
    }
    let rest = &content[word.len()..];
    let (message, value) = match rest.strip_prefix(':') {
        Some(value) if value.is_empty() || value.starts_with(' ') => return None,
        Some(value) => (format!("a space is missing behind `{word}:`"), value),
        None if rest.starts_with('：') => {
            let value = rest.trim_start_matches('：');
            (
                format!("the colon behind `{word}` is a full-width one"),
                value,
            )
        }
        None if rest.trim_start().starts_with('=') => (
            format!("an equals sign stands behind `{word}`, and a colon is wanted"),
            rest.trim_start().trim_start_matches('='),
        ),
        None if rest.starts_with(';') => (
            format!("a semicolon stands behind `{word}`, and a colon is wanted"),
            &rest[1..],
        ),
        None if (rest.is_empty() || rest.starts_with(' '))
            && !(vocabulary.prose.contains(&word) && goes_on(rest)) =>
        {
            (
                format!("the colon is missing behind `{word}`"),
                rest.trim_start(),
            )
        }
        None => return None,
    };
    let start = line.start + column;
    let said = without_comment(value.trim());
    let said = if said.starts_with('#') { "" } else { said };
    let written = format!("{word}: {said}");
    let fault = Diagnostic::new(Code::Syntax, Span::new(start, start + word.len()), message);
    let begin = start + content.len() - value.trim_start().len();
    let separator = Span::new(start + word.len(), begin);
    // A key without a value is a fault of its own, which no program can mend.
    let fault = if said.is_empty() {
        fault
    } else {
        fault.fix(separator, ": ")
    };
    Some(fault.help(write(&written, word)))
}

/// `to be mended`, where `to` is a key as well.
fn goes_on(rest: &str) -> bool {
    let rest = without_comment(rest.trim());
    !rest.starts_with(['[', '{', '"', '\'', '$']) && rest.contains(' ')
}

/// Says what is to be written: the whole, or where it is long, its key.
pub(super) fn write(whole: &str, key: &str) -> String {
    match quoted(whole) {
        cut if cut.ends_with("…`") => format!("write `{key}:` before the text"),
        whole => format!("write {whole}"),
    }
}

/// `busy requests >= 50`, where names are the user's own.
fn no_colon(
    text: &str,
    line: Line<'_>,
    (at, kind): (usize, &ErrorKind),
    vocabulary: &Vocabulary,
) -> Option<Diagnostic> {
    let (column, content) = line.item();
    let content = without_comment(content);
    let (word, rest) = content.split_once(' ')?;
    let is_of_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if *kind != ErrorKind::SimpleKeyExpected
        || at != line.start + column
        || !word.chars().all(is_of_word)
    {
        return None;
    }
    if vocabulary.joins.contains(&word)
        && let Some((_, key)) = line.above(text).and_then(key_of)
    {
        let message = format!("this line goes on with the text of `{key}`, and is not indented");
        let more = Span::new(line.start, line.start);
        let fault = Diagnostic::new(Code::Syntax, Span::new(at, at + content.len()), message);
        let help = format!("indent it with {} spaces", column + 2);
        return Some(fault.help(help).fix(more, "  "));
    }
    let message = "this line has no colon, and stands among keys";
    let fault = Diagnostic::new(Code::Syntax, Span::new(at, at + content.len()), message);
    let meant = quoted(&format!("{word}: {}", rest.trim()));
    Some(fault.help(format!("write {meant}, if `{word}` is a key")))
}

/// `when: - 5xx > 10%`
fn dash_behind_key(line: Line<'_>, at: usize, kind: &ErrorKind) -> Option<Diagnostic> {
    let (column, key) = key_of(line)?;
    let value = &line.text[column + key.len() + 1..];
    let start = line.start + line.text.len() - value.trim_start().len();
    if *kind != ErrorKind::BlockSequenceEntryNotAllowed || at != start {
        return None;
    }
    let message = format!("behind `{key}:` a list cannot begin on the same line");
    let fault = Diagnostic::new(Code::Syntax, Span::new(at, at + 1), message);
    Some(fault.help(if value.contains(": ") {
        "begin the list on the next line"
    } else {
        "leave the dash out, or begin the list on the next line"
    }))
}

/// `when: |`, or `when:`, and its text in the column of the key.
pub(super) fn unindented(text: &str, at: usize, vocabulary: &Vocabulary) -> Option<Diagnostic> {
    let is_text = |line: &Line<'_>| {
        let (_, content) = line.content();
        let is_key = key_of(*line).is_some_and(|(_, key)| vocabulary.has_key(key));
        !is_key && !content.starts_with("- ") && content != "-"
    };
    let line = Line::at(text, at).filter(|line| key_of(*line).is_none())?;
    let above = std::iter::successors(line.above(text), |line| line.above(text));
    let above = above
        .take(LINES_MAX)
        .find(|above| key_of(*above).is_some())?;
    let (column, key) = key_of(above)?;
    let lines = std::iter::successors(above.below(text), |line| line.below(text));
    let said = lines.filter(|line| !line.text.trim().is_empty());
    let lines: Vec<Line<'_>> = said.take(LINES_MAX).take_while(is_text).collect();
    let is_within = |line: &Line<'_>| line.content().0 <= column;
    let end = lines.iter().position(|line| !is_within(line));
    let lines = &lines[..end.unwrap_or(lines.len())];
    let (first, last) = (*lines.first()?, *lines.last()?);
    if line.start < first.start || last.start < line.start {
        // Its text stands between them.
        return None;
    }
    let header = above.text.trim_end_matches(['-', '+', ' ']);
    let is_block = header.ends_with(": |") || header.ends_with(": >");
    let (_, content) = first.content();
    let word = content.split(' ').next().unwrap_or_default();
    // Of a key that has lost its colon another is said.
    let is_plain = header.ends_with(':')
        && vocabulary.has_key(key)
        && !vocabulary.sections.contains(&key)
        && !(vocabulary.has_key(word) && word.len() < content.len());
    if !is_block && !is_plain {
        return None;
    }
    let place = |line: Line<'_>| {
        let (indent, content) = line.content();
        Span::new(line.start + indent, line.start + indent + content.len())
    };
    let message = format!("this text is not indented below `{key}:`");
    let mut fault = Diagnostic::new(Code::Syntax, place(first), message);
    if !last.is(first) {
        fault = fault.also(place(last), "nor is it down to this line");
    }
    let least = lines.iter().map(|line| line.content().0).min()?;
    let whole = Span::new(first.start, last.start + last.text.len());
    let indented = text.get(whole.range())?.split('\n').map(|line| {
        let more = " ".repeat(column + 2 - least);
        if line.trim().is_empty() {
            line.to_owned()
        } else {
            more + line
        }
    });
    let indented: Vec<String> = indented.collect();
    let help = format!("indent it with {} spaces", column + 2);
    Some(fault.help(help).fix(whole, indented.join("\n")))
}

/// `summary: Attention: the origin`.
fn colon_in_text(
    line: Line<'_>,
    (at, kind): (usize, &ErrorKind),
    vocabulary: &Vocabulary,
) -> Option<Diagnostic> {
    if *kind != ErrorKind::MappingValueNotAllowed {
        return None;
    }
    let (column, key) = key_of(line)?;
    let value = line.text[column + key.len() + 1..].trim();
    let start = line.text.len() - line.text[column + key.len() + 1..].trim_start().len();
    if at <= line.start + start || value.starts_with(['{', '[', '"', '\'']) {
        return None;
    }
    let begin = line.start + start;
    let span = Span::new(begin, begin + value.len());
    if vocabulary.free.contains(&key) && is_pair(value) {
        let message = "a map on the line of its key stands in braces";
        let fault = Diagnostic::new(Code::Syntax, span, message);
        let meant = format!("{{{value}}}");
        return Some(fault.help(format!("write `{meant}`")).fix(span, meant));
    }
    let message = "this colon makes YAML read the text as a map";
    let fault = Diagnostic::new(Code::Syntax, Span::new(at, at + 1), message);
    Some(quote(fault, span, value))
}

/// Whether a text is one name and what it has, and nothing that means more in braces.
fn is_pair(text: &str) -> bool {
    let is_of_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '*' | ' ');
    let is_plain = |text: &str| !text.is_empty() && text.chars().all(is_of_word);
    let in_quotes = |text: &str, sign| {
        let inner = text
            .strip_prefix(sign)
            .and_then(|text| text.strip_suffix(sign));
        inner.is_some_and(is_plain)
    };
    text.split_once(": ").is_some_and(|(name, value)| {
        let is_bare = is_plain(value) && value.starts_with(char::is_alphanumeric);
        is_plain(name) && (is_bare || in_quotes(value, '"') || in_quotes(value, '\''))
    })
}
