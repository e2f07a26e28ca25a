//! Entries of maps, most of them of one line, whose comma, colon or blank is missing.

use std::ops::Range;

use super::faults::without_comment;
use super::line::Line;
use super::marks::bare;
use super::vocabulary::Vocabulary;
use crate::diag::{Code, Diagnostic, Span, quoted};

/// Finds an entry of a line that nothing parts from what stands before it or behind it.
pub(super) fn find(line: Line<'_>) -> Option<Diagnostic> {
    let masked = masked(line.text);
    glued(line, &masked)
        .or_else(|| without_colon(line, &masked))
        .or_else(|| without_comma(line, &masked))
}

/// `- match: {rule: a}, to: [b]`: the keys of an item on one line, all of them known, without the braces
/// that they need there.
pub(super) fn without_braces(
    text: &str,
    line: Line<'_>,
    vocabulary: &Vocabulary,
) -> Option<Diagnostic> {
    let (column, content) = line.item();
    let content = without_comment(content);
    let end = column + content.len();
    let below = line
        .below(text)
        .filter(|below| !below.text.trim().is_empty());
    let goes_on = below.is_some_and(|below| column <= below.content().0);
    if column == line.content().0 || goes_on {
        return None;
    }
    let masked = masked(line.text);
    let mut depth = 0_usize;
    let mut begins = vec![column];
    for (at, byte) in masked[..end].iter().enumerate().skip(column) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => begins.push(at + 1),
            _ => {}
        }
    }
    let is_entry = |begin: &usize| {
        let part = line.text[*begin..end].trim_start();
        part.split_once(": ")
            .is_some_and(|(key, _)| vocabulary.has_key(key))
    };
    if depth != 0 || begins.len() < 2 || !begins.iter().all(is_entry) {
        return None;
    }
    let place = Span::new(line.start + column, line.start + end);
    let fault = Diagnostic::new(Code::Syntax, place, "a map on one line stands in braces");
    let meant = format!("{{{content}}}");
    let fault = fault.help(format!("write {}", quoted(&format!("- {meant}"))));
    Some(fault.fix(place, meant))
}

/// Returns the bytes of a line, with a quote for each that stands in quotes or in a comment.
fn masked(line: &str) -> Vec<u8> {
    let mut masked = vec![b'"'; line.len()];
    for (at, c) in bare(line) {
        let byte = u8::try_from(c).ok().filter(u8::is_ascii);
        masked[at..at + c.len_utf8()].fill(byte.unwrap_or(b'x'));
    }
    masked
}

fn is_of_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Returns where the word begins that ends before a place; `None` if none does.
fn word_before(masked: &[u8], end: usize) -> Option<usize> {
    let length = masked[..end].iter().rev().take_while(|b| is_of_key(**b));
    let begin = end - length.count();
    let first = masked[begin..end].iter().find(|b| **b != b'-')?;
    first.is_ascii_alphabetic().then_some(begin)
}

/// Returns what stands before a place, without the blanks at its end.
fn trimmed(masked: &[u8], end: usize) -> &[u8] {
    masked[..end].trim_ascii_end()
}

/// `gateway:502|503`, `credentials:{…}`
fn glued(line: Line<'_>, masked: &[u8]) -> Option<Diagnostic> {
    let (column, content) = line.item();
    let colon = column + content.find(':')?;
    let begin = word_before(masked, colon).filter(|begin| *begin == column)?;
    let next = masked.get(colon + 1)?;
    let has_other = masked.windows(2).any(|two| two == b": ");
    if has_other && !matches!(next, b'{' | b'[') || matches!(next, b' ' | b'/' | b'\\' | b':') {
        return None;
    }
    Some(unparted(line, begin..colon + 1, "…"))
}

/// `credentials {…}`, `{include ["*"]}`
fn without_colon(line: Line<'_>, masked: &[u8]) -> Option<Diagnostic> {
    let brackets = masked.iter().enumerate().skip(1);
    let mut brackets = brackets.filter(|(_, byte)| matches!(byte, b'{' | b'['));
    brackets.find_map(|(at, sign)| {
        let end = trimmed(masked, at).len();
        let begin = word_before(masked, end).filter(|_| end < at)?;
        let before = trimmed(masked, begin);
        let is_first = before.last().is_none_or(|last| match last {
            b'-' => before.trim_ascii_start() == b"-",
            _ => matches!(last, b'{' | b','),
        });
        if !is_first || is_word_of_list(masked, begin) {
            return None;
        }
        let value = format!("{}…", char::from(*sign));
        Some(unparted(line, begin..end, &value))
    })
}

/// Says that the colon is missing behind a key, or the blank if the colon is there.
pub(super) fn unparted(line: Line<'_>, written: Range<usize>, value: &str) -> Diagnostic {
    let place = Span::new(line.start + written.start, line.start + written.end);
    let written = &line.text[written];
    let (what, sign) = if written.ends_with(':') {
        ("a space", " ")
    } else {
        ("the colon", ":")
    };
    let message = format!("{what} is missing behind `{written}`");
    let key = written.trim_end_matches(':');
    let fault = Diagnostic::new(Code::Syntax, place, message);
    let fault = fault.help(format!("write `{key}: {value}`"));
    fault.fix(Span::new(place.end(), place.end()), sign)
}

/// Whether a word stands in a list of one line, where no keys are.
fn is_word_of_list(masked: &[u8], at: usize) -> bool {
    let mut depth = 0;
    let around = masked[..at].iter().rev().find(|byte| {
        match byte {
            b']' | b'}' => depth += 1,
            b'[' | b'{' if depth > 0 => depth -= 1,
            b'[' | b'{' => return true,
            _ => {}
        }
        false
    });
    around == Some(&b'[')
}

/// `{format: slack; url: x}`, `{url: "x" secret: "y"}`
fn without_comma(line: Line<'_>, masked: &[u8]) -> Option<Diagnostic> {
    let colons = masked.iter().enumerate().filter(|(at, byte)| {
        let next = masked.get(at + 1);
        **byte == b':' && matches!(next, None | Some(b' ' | b'{' | b'[' | b'"'))
    });
    colons.into_iter().find_map(|(colon, _)| {
        let begin = word_before(masked, colon)?;
        let before = trimmed(masked, begin);
        let is_within = before.contains(&b'{') && !is_word_of_list(masked, begin);
        let is_apart = before.len() < begin;
        let last = *before.last()?;
        if !is_within || matches!(last, b'{' | b',' | b':') || !is_apart && last != b';' {
            return None;
        }
        let key = &line.text[begin..colon];
        let place = Span::new(line.start + begin, line.start + colon);
        let end = line.start + before.len();
        let sign = line.text[..before.len()].chars().next_back()?;
        // A point may be the last of a text without quotes.
        let closed = before[..before.len() - 1].last();
        let is_closed = matches!(closed, Some(b'"' | b']' | b'}'));
        Some(match sign {
            '.' if is_closed => wrong_sign(sign, end),
            ';' | '；' | '，' | '、' => wrong_sign(sign, end),
            _ if matches!(last, b'"' | b']' | b'}') => {
                let message = format!("a comma is missing before `{key}`");
                let fault = Diagnostic::new(Code::Syntax, place, message);
                let fault = fault.help(format!("write `, {key}:`"));
                fault.fix(Span::new(end, end), ",")
            }
            _ => {
                let message = format!(
                    "within `{{…}}` a comma is missing before `{key}`, or quotes about the text"
                );
                let fault = Diagnostic::new(Code::Syntax, place, message);
                fault.help(format!(
                    "write `, {key}:`, or put the text with the colon in quotes"
                ))
            }
        })
    })
}

/// Says that a sign, which ends at a place, stands where a comma does.
fn wrong_sign(sign: char, end: usize) -> Diagnostic {
    let place = Span::new(end - sign.len_utf8(), end);
    let message = format!("`{sign}` parts nothing in YAML");
    let fault = Diagnostic::new(Code::Syntax, place, message);
    fault.help("write `,`").fix(place, ",")
}

#[cfg(test)]
mod tests {
    use crate::yaml::marks::tests::told;

    #[test]
    fn what_parts_entries_is_told_where_it_is_missing() {
        for (faulty, sound) in [
            ("- {a: b; c: d}", "- {a: b, c: d}"),
            ("- {a: b. c: d}", "- {a: b. c: d}"),
            ("- {a: b， c: d}", "- {a: b, c: d}"),
            ("- {a: \"b\". c: d}", "- {a: \"b\", c: d}"),
            ("- {a: \"b\" c: d}", "- {a: \"b\", c: d}"),
            ("- {a: \"b\"; c: d}", "- {a: \"b\", c: d}"),
            ("- {a: [b]  c: d}", "- {a: [b],  c: d}"),
            ("- {a: {b: c}. d: [e]}", "- {a: {b: c}, d: [e]}"),
            ("- {a [b, c], d: e}", "- {a: [b, c], d: e}"),
            ("- a {b: \"c\", d: e}", "- a: {b: \"c\", d: e}"),
            ("- a:{b: c, d: e}", "- a: {b: c, d: e}"),
            ("- {a: b of: c}", "- {a: b of: c}"),
        ] {
            let text = |line: &str| format!("let:\n  - {{a: b}}\n  {line}\n  - {{e: f}}\n");
            let (at, mended) = told(&text(faulty));
            assert_eq!(mended, text(sound), "{faulty}: {at}");
        }
        let text = |line: &str| format!("let:\n  a: b\n  {line}\n  e: f\n");
        let mended = told(&text("gateway:502|503")).1;
        assert_eq!(mended, text("gateway: 502|503"));
    }

    #[test]
    fn a_map_on_one_line_is_told_where_its_braces_are_missing() {
        for (faulty, sound) in [
            ("- name: a, domains: [b]", "- {name: a, domains: [b]}"),
            (
                "- labels: {rule: a}, domains: b  # c",
                "- {labels: {rule: a}, domains: b}  # c",
            ),
        ] {
            let text = |line: &str| format!("rules:\n  {line}\n  - name: c\n    when: d\n");
            let (at, mended) = told(&text(faulty));
            assert_eq!(mended, text(sound), "{faulty}: {at}");
        }
        for other in [
            "- name: a, b: c",
            "- name: a, when: b\n    labels: c",
            "- name: [a, when: b",
            "- name: \"a, when: b\" c",
        ] {
            let text = format!("rules:\n  {other}\n  - name: c\n");
            assert!(!told(&text).1.contains("{name"), "{other}");
        }
    }

    #[test]
    fn texts_of_several_lines_and_texts_in_quotes_are_no_entries() {
        let rule = |line: &str| format!("rules:\n  - name: a\n    when: x\n    {line}\n");
        for (line, at) in [
            (
                "summary: |\n      set [x] to {b: c d: e}\n   labels: y",
                "l",
            ),
            ("summary: >-\n      wiki:page\n   labels: y", "l"),
            ("summary: a\n      page [x] now\n   labels: y", "l"),
            (
                "summary: |\n      name: \"x\n    store: y\n    domains: [a.b",
                "[",
            ),
            ("summary: |\n      {a: b}\n   labels: y", "l"),
            ("labels:\n      {a: b} x", "x"),
            ("summary: 'it's {a: b; c: d}'", "'"),
            ("summary: \"json: \\\"{a: b; c: d}\\\" here\" now", "\""),
            ("summary: the name \"x\" is: gone", ":"),
            ("summary: a 27\" screen: broken", ":"),
            ("summary: \"on a, \"b\" fails\"", "\""),
            ("labels: {a: 'b'c, d: e'}", "'"),
        ] {
            let told = told(&rule(line));
            assert_eq!(told.0, at, "{line}");
            if !matches!(at, "l" | "[" | ":") && !line.contains("it's") {
                assert_eq!(told.1, rule(line), "nobody knows what is meant");
            }
        }
        let told = told(&rule("summary: it is down - 'nuff said\n    store: [a")).0;
        assert_eq!(told, "[");
    }
}
