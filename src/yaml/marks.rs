//! Dashes and marks of a merge that YAML stumbles over, said where they stand: YAML notices them
//! lines later, or not as what they are.

use serde_saphyr::granit_parser::ScanError;

use super::line::Line;
use super::quotes;
use super::vocabulary::Vocabulary;
use crate::diag::{Code, Diagnostic, Span};

/// How many lines are looked at around the place where YAML stopped.
pub(super) const LINES_MAX: usize = 200;

/// How far above the place where YAML stopped a dash may stand.
const DASH_LINES: usize = 3;

/// Finds the mark that YAML stumbled over.
pub(super) fn find(
    text: &str,
    at: usize,
    error: &ScanError,
    vocabulary: &Vocabulary,
) -> Option<Diagnostic> {
    merge(text)
        .or_else(|| quotes::find(text, at, error, vocabulary))
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

/// Whether a text of YAML can begin at a place.
pub(super) fn begins_value(text: &str, at: usize) -> bool {
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let before = text[line..at].trim_end();
    // A dash in the middle of a text is one of the text.
    let is_item = before.trim_start_matches([' ', '-']).is_empty();
    is_item || before.ends_with([':', '[', '{', ','])
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
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match quote {
            Some('"') if c == '\\' => drop(chars.next()),
            Some(sign) if sign == c => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if begins_comment(text, at, c) => break,
            None => found.push((at, c)),
        }
    }
    found
}

/// Whether a comment begins with a character of a line.
pub(super) fn begins_comment(line: &str, at: usize, c: char) -> bool {
    c == '#' && (at == 0 || line[..at].ends_with([' ', '\t']))
}

/// Whether a line begins with a known key, in quotes or without, or with an item of a list.
pub(super) fn begins_entry(line: Line<'_>, vocabulary: &Vocabulary) -> bool {
    let (_, content) = line.content();
    let key = content
        .split_once(':')
        .filter(|(_, value)| value.is_empty() || value.starts_with(' '));
    let is_key = key.is_some_and(|(key, _)| vocabulary.has_key(key.trim_matches(['"', '\''])));
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
        let fault = faults.last().expect(text);
        let at = fault.primary.span;
        let mut mended = text.to_owned();
        for edit in fault.fix.iter().flat_map(|fix| &fix.0) {
            mended.replace_range(edit.span.range(), &edit.text);
        }
        (text[at.range()].to_owned(), mended)
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
