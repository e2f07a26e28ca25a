//! Quotes, dashes and marks of a merge that YAML stumbles over, said where they stand:
//! YAML notices them lines later, or not as what they are.

use serde_saphyr::granit_parser::ScanError;

use super::slips::{Line, key_of};
use super::vocabulary::Vocabulary;
use crate::diag::{Code, Diagnostic, Span};

/// How many lines are looked at around the place where YAML stopped.
pub(super) const LINES_MAX: usize = 200;

/// How far above the place where YAML stopped a dash may stand.
const DASH_LINES: usize = 3;

/// What can stand behind a backslash in double quotes. Source: YAML 1.2.2, section 5.7.
const ESCAPES: &str = "0abtnvfre \"/\\N_LPxuU\t\n\r";

/// Finds the mark that YAML stumbled over.
pub(super) fn find(
    text: &str,
    at: usize,
    error: &ScanError,
    vocabulary: &Vocabulary,
) -> Option<Diagnostic> {
    merge(text)
        .or_else(|| open_quote(text, at, vocabulary))
        .or_else(|| escape(text, at, &error.info()))
        .or_else(|| inner_quote(text, at, &error.info()))
        .or_else(|| dash(text, at, vocabulary))
}

/// `<<<<<<< HEAD`
pub(super) fn merge(text: &str) -> Option<Diagnostic> {
    let is_mark = |at: &usize| *at == 0 || text[..*at].ends_with('\n');
    let found = text.match_indices("<<<<<<<").map(|(at, _)| at);
    let at = found.into_iter().find(is_mark)?;
    let has_end = text[at..].contains("\n>>>>>>>");
    let message = "a merge left both sides of a conflict here";
    let fault = Diagnostic::new(Code::Syntax, Span::new(at, at + 7), message);
    let help = "choose one side, and remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`";
    has_end.then(|| fault.help(help))
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
    if !info.contains("invalid trailing content") {
        return None;
    }
    let sign = text[..at].chars().next_back()?;
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
        '"' if rest.starts_with('"') => "leave one of the two quotes out",
        '\'' => "within single quotes, write a quote twice: `''`",
        '"' => "within double quotes, write a quote as `\\\"`",
        _ => return None,
    };
    if let Some(fault) = lost_before_comma(text, at - 1, sign) {
        return Some(fault);
    }
    let message = "this quote ends the text, and more stands behind it";
    let fault = Diagnostic::new(Code::Syntax, Span::new(at - 1, at), message).help(help);
    let is_one = sign == '\'' && rest.matches('\'').count() == 1;
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
        let (start, sign) = quote_left_open(line.text)?;
        let mut below = std::iter::successors(line.below(text), |next| next.below(text));
        let next = below.find(|next| !next.text.trim().is_empty());
        // What ends a text of several lines does not begin another.
        let behind = line.start + start + 1;
        let closed = text[behind..].find(sign).map(|end| behind + end);
        if !next.is_none_or(|next| begins_entry(next, vocabulary))
            || closed.is_some_and(|at| !begins_value(text, at))
        {
            return None;
        }
        let span = Span::new(line.start + start, line.start + start + 1);
        let fault = Diagnostic::new(Code::Syntax, span, "this quote is not closed");
        let fault = fault.help(format!("write `{sign}` where the text ends"));
        // In a list or a map of one line it may end before what follows there.
        let written = line.text.trim_end();
        let is_last = key_of(line).is_some_and(|(column, key)| {
            line.text[column + key.len() + 1..start].trim().is_empty()
        });
        let end = line.start + written.len();
        Some(if is_last && !written.contains(" #") {
            fault.fix(Span::new(end, end), sign.to_string())
        } else {
            fault
        })
    })
}

/// Returns where a quote stands that begins a text of a line and is not closed there, and the
/// quote.
fn quote_left_open(line: &str) -> Option<(usize, char)> {
    let mut open = None;
    let mut chars = line.char_indices();
    while let Some((at, c)) = chars.next() {
        match open {
            Some((_, '"')) if c == '\\' => drop(chars.next()),
            Some((_, sign)) if sign == c => open = None,
            None if c == '#' && (at == 0 || line[..at].ends_with(' ')) => break,
            None if matches!(c, '"' | '\'') && begins_value(line, at) => open = Some((at, c)),
            Some(_) | None => {}
        }
    }
    open
}

/// Whether a text of YAML can begin at a place.
pub(super) fn begins_value(text: &str, at: usize) -> bool {
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let before = text[line..at].trim_end();
    before.is_empty() || before.ends_with([':', '-', '[', '{', ','])
}

/// `-name: a`, `– name: a`
fn dash(text: &str, at: usize, vocabulary: &Vocabulary) -> Option<Diagnostic> {
    lines_up(text, at).take(DASH_LINES).find_map(|line| {
        let (column, content) = line.content();
        let start = line.start + column;
        if let Some(mark) = content
            .chars()
            .next()
            .filter(|c| matches!(c, '–' | '—' | '−' | '－'))
            && let Some((key, _)) = content[mark.len_utf8()..].split_once(':')
            && vocabulary.has_key(key.trim())
        {
            let span = Span::new(start, start + mark.len_utf8());
            let message = format!("`{mark}` is no dash of YAML");
            let fault = Diagnostic::new(Code::Syntax, span, message);
            let is_apart = content[mark.len_utf8()..].starts_with(' ');
            let fault = fault.help(format!("write `- {}:`", key.trim()));
            return Some(fault.fix(span, if is_apart { "-" } else { "- " }));
        }
        let rest = content.strip_prefix('-')?;
        let (key, _) = rest.split_once(':')?;
        if !vocabulary.has_key(key) {
            return None;
        }
        let message = "a space is missing behind `-`";
        let fault = Diagnostic::new(Code::Syntax, Span::new(start, start + 1), message);
        let behind = Span::new(start + 1, start + 1);
        Some(fault.help(format!("write `- {key}:`")).fix(behind, " "))
    })
}

/// Returns the characters of a line that stand in no quotes and no comment, with their places.
pub(super) fn bare(text: &str) -> Vec<(usize, char)> {
    let mut quote = None;
    let mut found = Vec::new();
    for (at, c) in text.char_indices() {
        match quote {
            Some(sign) if sign == c => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if c == '#' && text[..at].ends_with(' ') => break,
            None => found.push((at, c)),
        }
    }
    found
}

/// Whether a line begins with a known key or an item of a list.
pub(super) fn begins_entry(line: Line<'_>, vocabulary: &Vocabulary) -> bool {
    let (_, content) = line.content();
    let is_key = key_of(line).is_some_and(|(_, key)| vocabulary.has_key(key));
    is_key || content.starts_with("- ")
}

/// Returns the line of a place and those above it, without empty ones.
pub(super) fn lines_up(text: &str, at: usize) -> impl Iterator<Item = Line<'_>> {
    let first = Line::at(text, at);
    std::iter::successors(first, move |line| line.above(text)).take(LINES_MAX)
}

#[cfg(test)]
pub(super) mod tests {
    use crate::yaml::tree;
    use crate::yaml::vocabulary::tests::VOCABULARY;

    /// Returns what is pointed at, and the text once it is mended.
    pub(in crate::yaml) fn told(text: &str) -> (String, String) {
        let faults = tree::parse(text, &VOCABULARY).faults;
        let fault = faults.last().unwrap();
        let at = fault.primary.span;
        let mut mended = text.to_owned();
        for edit in fault.fix.iter().flat_map(|fix| &fix.0) {
            mended.replace_range(edit.span.start..edit.span.end, &edit.text);
        }
        (text[at.start..at.end].to_owned(), mended)
    }

    #[test]
    fn marks_are_told_with_what_is_to_be_written() {
        let rule = "rules:\n  - name: a\n    when: 5xx > 1%\n";
        let told = |line: &str| told(&format!("{rule}{line}\n"));
        assert_eq!(told("    summary: [CDN] {{ domain }}").0, "[CDN]");
        let (at, mended) = told("    summary: [CDN] {{ domain }}");
        assert!(at == "[CDN]" && mended.ends_with("\"[CDN] {{ domain }}\"\n"));
        let (at, mended) = told("    summary: \"a \\d b\"");
        assert!(
            at == "\\d" && mended.ends_with("\"a \\\\d b\"\n"),
            "{at} {mended}"
        );
        let (at, mended) = told("    summary: 'it's broken'");
        assert!(
            at == "'" && mended.ends_with("'it''s broken'\n"),
            "{at} {mended}"
        );
        let (at, mended) = told("  -name: b");
        assert!(
            at == "-" && mended.ends_with("  - name: b\n"),
            "{at} {mended}"
        );
        assert_eq!(told("<<<<<<< HEAD\n=======\n>>>>>>> x").0, "<<<<<<<");
    }
}
