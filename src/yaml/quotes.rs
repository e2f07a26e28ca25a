//! Quotes that YAML stumbles over, said where they are missing or too many: YAML notices them lines
//! later, at the next quote that it takes for the end.

use serde_saphyr::granit_parser::{ErrorKind, ScanError};

use super::line::{Line, key_of, plain_value};
use super::marks::{LINES_MAX, begins_comment, begins_entry, begins_value, lines_up};
use super::vocabulary::Vocabulary;
use super::{entries, slips};
use crate::diag::{Code, Diagnostic, Span};

/// What can stand behind a backslash in double quotes. Source: YAML 1.2.2, section 5.7.
const ESCAPES: &str = "0abtnvfre \"/\\N_LPxuU\t\n\r";

/// How far above the place where YAML stopped an equals sign may stand.
const ASSIGNED_LINES: usize = 8;

/// What YAML says where more stands behind a text in quotes.
const TRAILING: &str = "invalid trailing content";

/// Finds the quote that YAML stumbled over.
pub(super) fn find(
    text: &str,
    at: usize,
    error: &ScanError,
    vocabulary: &Vocabulary,
) -> Option<Diagnostic> {
    assigned(text, at, vocabulary)
        .or_else(|| astray(text, at, error, vocabulary))
        .or_else(|| open_quote(text, at, vocabulary))
        .or_else(|| escape(text, at, &error.info()))
        .or_else(|| {
            let is_trailing = error.info().contains(TRAILING);
            let line = Line::at(text, at).filter(|line| is_trailing && line.is_of_flow())?;
            entries::find(line)
        })
        .or_else(|| inner_quote(text, at, &error.info()))
}

/// `summary = "{{ domain }}: {{ value }}"`: what stands in the quotes is read as if they were none.
fn assigned(text: &str, at: usize, vocabulary: &Vocabulary) -> Option<Diagnostic> {
    lines_up(text, at).take(ASSIGNED_LINES).find_map(|line| {
        let (key, value) = line.item().1.split_once('=')?;
        let is_quoted = value.trim_start().starts_with(['"', '\'']);
        let is_it = is_quoted && vocabulary.has_key(key.trim_end());
        (is_it && !line.is_of_text(text, vocabulary))
            .then(|| slips::without_colon(line, vocabulary))?
    })
}

/// `"\d"`
fn escape(text: &str, at: usize, info: &str) -> Option<Diagnostic> {
    let within = text[at..]
        .strip_prefix('"')
        .filter(|_| info.contains("escape"))?;
    let mut chars = within.char_indices();
    while let Some((place, c)) = chars.next() {
        if c != '\\' {
            continue;
        }
        let (_, escaped) = chars.next()?;
        if ESCAPES.contains(escaped) {
            continue;
        }
        let start = at + 1 + place;
        let span = Span::new(start, start + 1 + escaped.len_utf8());
        let message = format!("in double quotes `\\{escaped}` means nothing to YAML");
        let fault = Diagnostic::new(Code::Syntax, span, message);
        let help = "write the backslash twice, or put the text in single quotes";
        return Some(fault.help(help).fix(Span::new(start, start), "\\"));
    }
    None
}

/// `'it's'`
fn inner_quote(text: &str, at: usize, info: &str) -> Option<Diagnostic> {
    if !info.contains(TRAILING) {
        return None;
    }
    let closed = text[..at].trim_end();
    let sign = closed.chars().next_back()?;
    let end = closed.len();
    let rest = text[at..].lines().next()?;
    if let Some(mark) = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '，' | '、' | '；'))
    {
        let span = Span::new(at, at + mark.len_utf8());
        let message = format!("`{mark}` parts nothing in YAML");
        let fault = Diagnostic::new(Code::Syntax, span, message).help("write `,`");
        let blank = if rest[mark.len_utf8()..].starts_with(' ') {
            ","
        } else {
            ", "
        };
        return Some(fault.fix(span, blank));
    }
    let help = match sign {
        // Two texts beside each other.
        '"' | '\'' if end < at && rest.starts_with(['"', '\'']) => return None,
        '"' if rest.starts_with('"') => "leave one of the two quotes out",
        // `'5xx > 10%' and 4xx > 5%`
        '"' | '\'' if end < at => "put the quotes around all of the text, or leave them out",
        '\'' => "within single quotes, write a quote twice: `''`",
        '"' => "within double quotes, write a quote as `\\\"`",
        _ => return None,
    };
    if let Some(fault) = lost_before_comma(text, end - 1, sign) {
        return Some(fault);
    }
    let message = "this quote ends the text, and more stands behind it";
    let fault = Diagnostic::new(Code::Syntax, Span::new(end - 1, end), message).help(help);
    let is_of_flow = Line::at(text, at).is_none_or(Line::is_of_flow);
    let is_one = sign == '\'' && end == at && rest.matches('\'').count() == 1 && !is_of_flow;
    Some(if is_one {
        fault.fix(Span::new(at, at), "'")
    } else {
        fault
    })
}

/// `["a, "b"]`: a quote that begins the second text ends the first, whose own end is missing.
fn lost_before_comma(text: &str, end: usize, sign: char) -> Option<Diagnostic> {
    let line = Line::at(text, end)?;
    let before = &line.text[..end - line.start];
    let opened = before.rfind(sign).filter(|at| begins_value(before, *at))?;
    let first = before[opened + 1..].trim_end().strip_suffix(',')?;
    let count = |sign| before[..opened].matches(sign).count();
    if count('[') <= count(']') {
        return None;
    }
    if first.contains(',') || first.trim().is_empty() {
        return None;
    }
    let start = line.start + opened;
    let fault = Diagnostic::new(
        Code::Syntax,
        Span::new(start, start + 1),
        "this quote is not closed",
    );
    let behind = start + 1 + first.len();
    let fault = fault.help(format!("write `{sign}{first}{sign},`"));
    Some(fault.fix(Span::new(behind, behind), sign.to_string()))
}

/// `summary: "the origin` above another entry: the quote that is not closed, where YAML stumbles
/// over one that it takes for its end lines below.
fn open_quote(text: &str, at: usize, vocabulary: &Vocabulary) -> Option<Diagnostic> {
    let mut lines: Vec<Line<'_>> = lines_up(text, at).collect();
    lines.reverse();
    lines.into_iter().find_map(|line| {
        let (start, sign) = Quotes::of(line.text).open?;
        if line.is_of_text(text, vocabulary) || !begins_below(text, line, vocabulary) {
            return None;
        }
        // What ends a text of several lines does not begin another.
        let behind = line.start + start + 1;
        let closed = text[behind..].find(sign).map(|end| behind + end);
        let is_other = ended_by_other(line, start, sign).is_some();
        if !is_other && closed.is_some_and(|at| !begins_value(text, at)) {
            return None;
        }
        Some(unclosed(text, line, (start, sign)))
    })
}

/// Whether an entry begins below a line.
fn begins_below(text: &str, line: Line<'_>, vocabulary: &Vocabulary) -> bool {
    let mut below = std::iter::successors(line.below(text), |next| next.below(text));
    let next = below.find(|line| line.says_something());
    next.is_none_or(|next| begins_entry(next, vocabulary))
}

/// Says that the quote at a place of a line is not closed.
fn unclosed(text: &str, line: Line<'_>, (start, sign): (usize, char)) -> Diagnostic {
    if let Some(fault) = ended_by_other(line, start, sign) {
        return fault;
    }
    let span = Span::new(line.start + start, line.start + start + 1);
    let fault = Diagnostic::new(Code::Syntax, span, "this quote is not closed");
    // What a file that was cut says further on nobody knows.
    if line.start + line.text.len() == text.len() {
        let help = format!("the file ends within the text: write what is missing, and `{sign}`");
        return fault.help(help);
    }
    let fault = fault.help(format!("write `{sign}` where the text ends"));
    // In a list or a map of one line it may end before what follows there.
    let written = line.text.trim_end();
    let is_last = key_of(line)
        .is_some_and(|(column, key)| line.text[column + key.len() + 1..start].trim().is_empty());
    let end = line.start + written.len();
    if is_last && !written.contains(" #") {
        fault.fix(Span::new(end, end), sign.to_string())
    } else {
        fault
    }
}

/// `summary: 'the origin"`
fn ended_by_other(line: Line<'_>, start: usize, sign: char) -> Option<Diagnostic> {
    let other = if sign == '"' { '\'' } else { '"' };
    let rest = line.text[start + 1..].trim_end_matches([' ', ']', '}']);
    let inner = rest.strip_suffix(other)?;
    if inner.contains(other) {
        return None;
    }
    let end = line.start + start + 1 + inner.len();
    let place = Span::new(line.start + start, line.start + start + 1);
    let message = format!("the text begins with `{sign}` and ends with `{other}`");
    let fault = Diagnostic::new(Code::Syntax, place, message);
    let last = Span::new(end, end + 1);
    let fault = fault.help("write the same quote at both ends");
    Some(fault.also(last, "the other").fix(last, sign.to_string()))
}

/// `summary: {{ value }}"`, `{secret:"x"}`, `{secret "x"}`: a quote that is meant as the end of a text, or
/// stands behind a key without a blank, and that YAML takes for the beginning of one of several lines.
fn astray(text: &str, at: usize, error: &ScanError, vocabulary: &Vocabulary) -> Option<Diagnostic> {
    let (sign, mut opener) = match error.kind() {
        ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            let (closer, sign) = text[..at].trim_end().char_indices().next_back()?;
            let opener = text[..closer].rfind(sign)?;
            if !text[opener..closer].contains('\n') {
                return None;
            }
            (sign, opener)
        }
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::DocumentIndicatorInQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::UnknownQuotedScalarEscape => (text[at..].chars().next()?, at),
        _ => {
            let line = Line::at(text, at)?;
            return Quotes::of(line.text).fault(line, '"', vocabulary);
        }
    };
    if !matches!(sign, '"' | '\'') {
        return None;
    }
    // Where a line is sound by itself, its first quote has ended a text that began above it.
    for _ in 0..LINES_MAX {
        let line = Line::at(text, opener)?;
        let found = Quotes::of(line.text);
        if let Some(fault) = found.fault(line, sign, vocabulary) {
            return Some(fault);
        }
        if let Some((start, open)) = found.open {
            let is_open =
                begins_below(text, line, vocabulary) || ended_by_other(line, start, open).is_some();
            let is_opener = line.start + start == opener;
            return (is_opener && is_open).then(|| unclosed(text, line, (start, open)));
        }
        let first = line.start + line.text.find(sign)?;
        opener = text[..first].rfind(sign)?;
    }
    None
}

/// Says that a quote stands behind a key without what parts them, if one does.
fn behind_key(line: Line<'_>, at: usize, vocabulary: &Vocabulary) -> Option<Diagnostic> {
    let (before, behind) = line.text.split_at(at);
    let is_of_key = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begin_of = |before: &str| before.trim_end_matches(is_of_key).len();
    let (begin, key, end) = if let Some(key) = before.strip_suffix(':') {
        (begin_of(key), key, at)
    } else {
        let key = before.strip_suffix(' ')?;
        let begin = begin_of(key);
        let is_first = key[..begin].trim_end().ends_with(['{', ',']) && line.is_of_flow();
        if !(is_first || vocabulary.has_key(&key[begin..]) && begin == line.item().0) {
            return None;
        }
        (begin, key, at - 1)
    };
    if begin == key.len() {
        return None;
    }
    let sign = &behind[..1];
    let value = format!("{sign}…{sign}");
    Some(entries::unparted(line, begin..end, &value))
}

/// Says that a quote ends a text which begins with none.
fn without_begin(line: Line<'_>, at: usize) -> Diagnostic {
    let before = &line.text[..at];
    let sign = &line.text[at..=at];
    let start = line.start + at;
    let message = "no text begins with the quote that ends here";
    let fault = Diagnostic::new(Code::Syntax, Span::new(start, start + 1), message);
    let help = format!("write `{sign}` where the text begins, or remove this one");
    let fault = fault.help(help);
    // Within a list or a map of one line nobody knows where the text was to begin.
    let begin = key_of(line).and_then(|(column, key)| {
        let value = before.get(column + key.len() + 1..)?.trim_start();
        let is_text = value.starts_with("{{") || !value.starts_with(['[', '{']);
        let is_bare = is_text && !value.is_empty() && !value.contains(['"', '\'']);
        is_bare.then_some(start - value.len())
    });
    match begin {
        Some(begin) => fault.fix(Span::new(begin, begin), sign),
        None => fault,
    }
}

/// The quotes of a line, read by itself.
#[derive(Default)]
struct Quotes {
    /// One that begins a text which is not closed in this line.
    open: Option<(usize, char)>,
    /// Those that begin no text, and end none.
    strays: Vec<usize>,
}

impl Quotes {
    fn of(line: &str) -> Self {
        let mut found = Self::default();
        // A text without quotes may hold some.
        let plain = plain_value(line);
        let mut chars = line.char_indices();
        while let Some((at, c)) = chars.next() {
            match found.open {
                Some((_, '"')) if c == '\\' => drop(chars.next()),
                Some((_, sign)) if sign == c => found.open = None,
                None if begins_comment(line, at, c) => break,
                None if matches!(c, '"' | '\'') => {
                    // Behind the colon of a key without quotes a text needs a blank.
                    let is_glued = line[..at]
                        .strip_suffix(':')
                        .is_some_and(|key| !key.ends_with(['"', '\'']));
                    let is_within = plain.is_some_and(|plain| plain < at);
                    if begins_value(line, at) && !is_glued && !is_within {
                        found.open = Some((at, c));
                    } else {
                        found.strays.push(at);
                    }
                }
                Some(_) | None => {}
            }
        }
        found
    }

    /// Says what is wrong with those that neither begin a text nor end one, if anything is.
    fn fault(&self, line: Line<'_>, sign: char, vocabulary: &Vocabulary) -> Option<Diagnostic> {
        let mut strays = self.strays.iter();
        let glued = strays.find_map(|at| behind_key(line, *at, vocabulary));
        glued.or_else(|| {
            let is_of_sign = |at: &&usize| line.text[**at..].starts_with(sign);
            let of_sign: Vec<&usize> = self.strays.iter().filter(is_of_sign).collect();
            let is_odd = of_sign.len() % 2 == 1;
            let last = of_sign.last().filter(|_| is_odd)?;
            let behind = line.text[**last + 1..].trim_start();
            let is_end = behind.is_empty() || behind.starts_with([',', ']', '}', '#']);
            is_end.then(|| without_begin(line, **last))
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::yaml::marks::tests::told;

    /// Another rule, in which YAML notices that a quote above is missing.
    const BELOW: &str = "  - name: b\n    when: \"5xx > 1%\"\n    summary: 'it''s {{ domain }}'\n";

    #[test]
    fn a_quote_is_told_in_the_line_in_which_another_is_missing() {
        for (faulty, at, sound) in [
            ("summary: {{ value }}\"", "\"", "summary: \"{{ value }}\""),
            (
                "labels: {a: b, c: ${d}\"}",
                "\"",
                "labels: {a: b, c: ${d}\"}",
            ),
            (
                "labels: {a: b, c:\"${d}\"}",
                "c:",
                "labels: {a: b, c: \"${d}\"}",
            ),
            (
                "labels: {a: b, c \"${d}\"}",
                "c",
                "labels: {a: b, c: \"${d}\"}",
            ),
            (
                "summary:\"{{ a }}: {{ b | join(', ') }}\"",
                "summary:",
                "summary: \"{{ a }}: {{ b | join(', ') }}\"",
            ),
            ("summary: 'the origin", "'", "summary: 'the origin'"),
            ("summary: 'the origin\"", "'", "summary: 'the origin'"),
            ("labels: {a: \"b'}", "\"", "labels: {a: \"b\"}"),
            (
                "labels: {a: \"b'}\n    more:",
                "\"",
                "labels: {a: \"b\"}\n    more:",
            ),
            ("summary: \"the origin'", "\"", "summary: \"the origin\""),
            ("\"summary\": 'the origin", "'", "\"summary\": 'the origin"),
        ] {
            for below in [
                BELOW.to_owned(),
                format!("{BELOW}{BELOW}").replace("b\n", "'b'\n"),
                BELOW
                    .replace("when", "\"when\"")
                    .replace("summary", "'summary'"),
            ] {
                let text = |line: &str| {
                    format!("rules:\n  - name: a\n    when: 5xx > 1%\n    {line}\n{below}")
                };
                let told = told(&text(faulty));
                assert_eq!(told, (at.to_owned(), text(sound)), "{faulty}");
            }
        }
    }

    #[test]
    fn what_stands_behind_a_text_in_quotes_is_told_where_it_ends() {
        let told = |line: &str| told(&format!("store: {line}\n"));
        assert_eq!(told("'it's'").1, "store: 'it''s'\n");
        assert_eq!(told("\"a\" b").0, "\"");
        assert_eq!(told("'a' b").1, "store: 'a' b\n", "no quote is missing");
    }
}
