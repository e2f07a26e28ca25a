//! Entries that stand on one line: the line break between them is missing.

use super::line::{Line, key_of};
use super::marks::bare;
use super::vocabulary::Vocabulary;
use crate::diag::{Code, Diagnostic, Span};

/// `domains: [a.com] severity: critical`, where YAML stumbles over what stands behind the list.
pub(super) fn find(text: &str, at: usize, vocabulary: &Vocabulary) -> Option<Diagnostic> {
    let line = Line::at(text, at).filter(|line| !line.is_of_text(text, vocabulary))?;
    let (column, first) = key_of(line)?;
    let begin = column + first.len() + 1;
    let (begin, end) = second(line.text, begin)?;
    let key = &line.text[begin..end];
    if vocabulary.sentences.contains(&first) || !vocabulary.are_beside(first, key) {
        return None;
    }
    let before = line.text[..begin].trim_end();
    // Behind a heading, or a comma, it may be a map of one line without its braces.
    if before.len() <= column + first.len() + 1 || before.ends_with(',') {
        return None;
    }
    let message = format!("a line break is missing before `{key}:`");
    let span = Span::new(line.start + begin, line.start + end);
    let gap = Span::new(line.start + before.len(), line.start + begin);
    let fault = Diagnostic::new(Code::Syntax, span, message);
    let help = format!("begin a line with `{key}:`, below `{first}:`");
    Some(
        fault
            .help(help)
            .fix(gap, format!("\n{}", " ".repeat(column))),
    )
}

/// Returns where what may be a key stands behind a place of a line, outside of brackets and quotes.
fn second(line: &str, from: usize) -> Option<(usize, usize)> {
    let mut depth = 0_u32;
    for (at, c) in bare(line) {
        match c {
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth = depth.saturating_sub(1),
            ':' if depth == 0 && from <= at => {
                let begin = line[..at].rfind(' ')? + 1;
                let is_end = matches!(line[at + 1..].chars().next(), None | Some(' '));
                if is_end && from < begin {
                    return Some((begin, at));
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::yaml::marks::tests::told;

    #[test]
    fn an_entry_that_goes_on_behind_another_gets_a_line_of_its_own() {
        for (line, key, mended) in [
            (
                "domains: [a.b] labels: {c: d}",
                "labels",
                "    domains: [a.b]\n    labels: {c: d}\n",
            ),
            (
                "when: 5xx > 1%  summary: \"x\"",
                "summary",
                "    when: 5xx > 1%\n    summary: \"x\"\n",
            ),
            (
                "store: ${A} name: b",
                "name",
                "    store: ${A}\n    name: b\n",
            ),
            (
                "labels: {a: \"b\"} when: x",
                "when",
                "    labels: {a: \"b\"}\n    when: x\n",
            ),
        ] {
            let told = told(&format!("rules:\n  - name: a\n    {line}\n"));
            assert_eq!(told.0, key, "{line}");
            assert!(told.1.contains(mended), "{}", told.1);
        }
        let of_item = told("rules:\n  - name: a when: 5xx > 1%\n");
        assert!(
            of_item.1.contains("  - name: a\n    when: 5xx > 1%\n"),
            "{}",
            of_item.1
        );
    }

    #[test]
    fn a_sentence_with_a_colon_is_one() {
        let told = told("rules:\n  - name: a\n    summary: since 8, when: unknown\n");
        assert!(
            told.1.contains("summary: \"since 8, when: unknown\""),
            "{}",
            told.1
        );
    }
}
