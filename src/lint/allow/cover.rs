//! What a comment covers: its own line, or what begins on the next one.

use crate::diag::Span;

/// How many lines of comments may stand between an `allow` and what it covers.
const SKIPPED_MAX: usize = 100;

/// The bytes in which the findings begin that a comment silences.
#[derive(Clone, Debug)]
pub(super) struct Cover(Span);

impl Cover {
    /// Whether it holds a place.
    pub(super) fn holds(&self, at: usize) -> bool {
        (self.0.range()).contains(&at)
    }

    /// Returns where it ends.
    pub(super) fn end(&self) -> usize {
        self.0.end()
    }
}

/// Returns what the comment at a place of the text covers.
///
/// Behind something it is the line. On a line of its own it is the next line that is no comment;
/// where a list item or a key begins there, all of it: the lines that follow and are indented
/// further. Of `rules:` it is the line alone.
pub(super) fn of(text: &str, comment: Span) -> Cover {
    let start = text[..comment.start()].rfind('\n').map_or(0, |at| at + 1);
    if !text[start..comment.start()].trim().is_empty() {
        return Cover(Span::new(start, end_of_line(text, start)));
    }
    let mut at = end_of_line(text, start);
    for _ in 0..SKIPPED_MAX {
        if at >= text.len() || !line(text, at).trim_start().starts_with('#') {
            break;
        }
        at = end_of_line(text, at);
    }
    Cover(Span::new(at, end_of_entry(text, at)))
}

/// Returns where the entry that begins on a line ends, or the line, if no entry begins there.
fn end_of_entry(text: &str, start: usize) -> usize {
    let first = line(text, start);
    let content = first.trim_start();
    let column = first.len() - content.len();
    let is_item = is_item(content);
    let mut end = end_of_line(text, start);
    // Above all rules together stands nothing that is right for each that will ever be there.
    let is_all_rules = column == 0 && content.starts_with("rules:");
    if !is_item && (is_all_rules || !begins_with_key(content)) {
        return end;
    }
    while end < text.len() {
        let next = line(text, end);
        let content = next.trim_start();
        let indent = next.len() - content.len();
        let is_blank = content.is_empty() || content.starts_with('#');
        // The list of a key may begin in the key's own column.
        let is_of_key = !is_item && indent == column && self::is_item(content);
        if !is_blank && indent <= column && !is_of_key {
            break;
        }
        end = end_of_line(text, end);
    }
    end
}

fn is_item(content: &str) -> bool {
    content.starts_with("- ") || content.trim_end() == "-"
}

/// Whether a line begins with a key: a word and a colon.
fn begins_with_key(content: &str) -> bool {
    let Some((key, rest)) = content.split_once(':') else {
        return false;
    };
    let key = key.trim_matches(['"', '\'']);
    let is_key = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
    !key.is_empty() && key.chars().all(is_key) && !rest.starts_with(|c: char| !c.is_whitespace())
}

/// Returns the line that begins at a byte, without its break.
fn line(text: &str, at: usize) -> &str {
    text[at..].lines().next().unwrap_or_default()
}

/// Returns where the next line begins.
fn end_of_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(text: &str) -> &str {
        let at = text.find('#').unwrap();
        let Cover(span) = of(text, Span::new(at, at + 1));
        &text[span.range()]
    }

    #[test]
    fn behind_something_it_is_the_line() {
        assert_eq!(covered("a: 1\nb: 2 # x\nc: 3\n"), "b: 2 # x\n");
    }

    #[test]
    fn on_its_own_line_it_is_what_begins_on_the_next() {
        let rule = "  - name: a\n    when: 5xx > 1%\n\n    # why\n    summary: x\n";
        let text = format!("rules:\n  # x\n  # more\n{rule}  - name: b\n");
        assert_eq!(covered(&text), rule);
        let text = "receivers:\n  # x\n  oncall:\n  - console: {}\n  chat: []\n";
        assert_eq!(covered(text), "  oncall:\n  - console: {}\n");
        assert_eq!(
            covered("when: |\n  # x\n  5xx > 1%\n  and no data\n"),
            "  5xx > 1%\n"
        );
        assert_eq!(
            covered("# x\nweb:\n  listen: x\nstore: y\n"),
            "web:\n  listen: x\n"
        );
        assert_eq!(covered("# x\nrules:\n  - name: a\n"), "rules:\n");
        assert_eq!(covered("a: 1\n# x"), "");
    }
}
