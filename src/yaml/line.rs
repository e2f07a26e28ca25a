//! A line of a file, and what it is by itself: its column, its key, an item of a list.

use super::faults::without_comment;
use super::marks::LINES_MAX;
use super::vocabulary::Vocabulary;

/// Lines longer than this are not looked at.
const LINE_BYTES_MAX: usize = 4096;

/// A line of the file.
#[derive(Clone, Copy)]
pub(super) struct Line<'t> {
    pub(super) start: usize,
    pub(super) text: &'t str,
}

impl<'t> Line<'t> {
    /// Returns the line that holds a byte.
    pub(super) fn at(text: &'t str, at: usize) -> Option<Self> {
        let start = text.get(..at)?.rfind('\n').map_or(0, |i| i + 1);
        let line = text[start..].lines().next().unwrap_or_default();
        (line.len() <= LINE_BYTES_MAX).then_some(Self { start, text: line })
    }

    /// Whether it is neither empty nor a comment.
    pub(super) fn says_something(self) -> bool {
        let content = self.text.trim();
        !content.is_empty() && !content.starts_with('#')
    }

    /// Returns the nearest line above that says something.
    pub(super) fn above(self, text: &'t str) -> Option<Self> {
        let mut at = self.start;
        for _ in 0..10 {
            let line = Self::at(text, at.checked_sub(1)?)?;
            if line.says_something() {
                return Some(line);
            }
            at = line.start;
        }
        None
    }

    /// Whether it is a line of a text that goes on over lines, literal, folded or plain: what looks like
    /// YAML there is none.
    pub(super) fn is_of_text(self, text: &'t str, vocabulary: &Vocabulary) -> bool {
        let mut column = self.content().0;
        let mut is_next = true;
        let above = std::iter::successors(self.above(text), |line| line.above(text));
        for line in above.take(LINES_MAX) {
            let (its, content) = line.content();
            if column <= its {
                continue;
            }
            let said = without_comment(content);
            let sign =
                said.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'));
            let is_block = sign.ends_with(" |") || sign.ends_with(" >");
            if is_block {
                return true;
            }
            let own = key_of(self).is_some_and(|(_, key)| vocabulary.has_key(key));
            if is_next && !own && line.item().0 < column && plain_value(line.text).is_some() {
                return true;
            }
            (column, is_next) = (its, false);
        }
        false
    }

    /// Whether what stands behind the key of a line, if it has one, is a map or list of one line.
    pub(super) fn is_of_flow(self) -> bool {
        let (_, content) = self.item();
        let value = key_of(self).map_or_else(
            // Whose colon may be missing.
            || content.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_'),
            |(_, key)| &content[key.len() + 1..],
        );
        let value = value.trim_start();
        value.starts_with(['{', '[']) && !value.starts_with("{{")
    }

    /// Whether it is the same line of the text.
    pub(super) fn is(self, other: Self) -> bool {
        self.start == other.start
    }

    pub(super) fn below(self, text: &'t str) -> Option<Self> {
        let next = self.start + text[self.start..].find('\n')? + 1;
        Self::at(text, next)
    }

    /// Returns the column of the content in bytes: behind the indentation, and what it is.
    pub(super) fn content(self) -> (usize, &'t str) {
        let content = self.text.trim_start();
        (self.text.len() - content.len(), content.trim_end())
    }

    /// Returns the column of what stands behind the dashes of a list, and what it is.
    pub(super) fn item(self) -> (usize, &'t str) {
        let (mut column, mut content) = self.content();
        while let Some(rest) = content.strip_prefix("- ") {
            column += 2 + (rest.len() - rest.trim_start().len());
            content = rest.trim_start();
        }
        (column, content)
    }
}

/// Returns the key that a line begins with, and its column.
pub(super) fn key_of(line: Line<'_>) -> Option<(usize, &str)> {
    let (column, content) = line.item();
    let (key, rest) = content.split_once(':')?;
    let is_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (is_key && (rest.is_empty() || rest.starts_with(' '))).then_some((column, key))
}

/// Returns where a text without quotes begins behind the key of a line.
pub(super) fn plain_value(line: &str) -> Option<usize> {
    let (column, key) = key_of(Line {
        start: 0,
        text: line,
    })?;
    let value = line[column + key.len() + 1..].trim_start();
    let is_plain = !value.is_empty()
        && !value.starts_with(['{', '[', '"', '\'', '|', '>', '&', '*', '!', '#']);
    is_plain.then_some(line.len() - value.len())
}
