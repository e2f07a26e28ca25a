//! Lines and columns as editors count them.

use gen_lsp_types::{Position, Range};

use crate::diag::Span;

/// What a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes, where the editor offers it.
    Utf8,
    /// Units of UTF-16, which every editor knows.
    Utf16,
}

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub(super) struct Lines(Vec<usize>);

impl Lines {
    /// Finds the lines: each ends at a line feed, at a carriage return, or at both.
    pub(super) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            let ends = match byte {
                b'\n' => true,
                b'\r' => bytes.get(at + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends {
                starts.push(at + 1);
            }
        }
        Self(starts)
    }

    /// Returns the byte at a position; beyond a line its end, beyond the text its end.
    pub(super) fn offset(&self, text: &str, position: Position, encoding: Encoding) -> usize {
        let line = usize::try_from(position.line).unwrap_or(usize::MAX);
        let Some(start) = self.0.get(line).copied() else {
            return text.len();
        };
        let line = self.line(text, line);
        let column = usize::try_from(position.character).unwrap_or(usize::MAX);
        if encoding == Encoding::Utf8 || line.is_ascii() {
            return start + floor(line, column);
        }
        let mut units = 0;
        for (at, c) in line.char_indices() {
            units += c.len_utf16();
            if units > column {
                return start + at;
            }
        }
        start + line.len()
    }

    /// Returns the position of a byte; one within a character counts as its first.
    pub(super) fn position(&self, text: &str, offset: usize, encoding: Encoding) -> Position {
        let offset = floor(text, offset);
        let line = self.0.partition_point(|start| *start <= offset) - 1;
        let before = &text[self.0[line]..offset];
        let column = match encoding {
            Encoding::Utf8 => before.len(),
            Encoding::Utf16 if before.is_ascii() => before.len(),
            Encoding::Utf16 => before.encode_utf16().count(),
        };
        let number = |count| u32::try_from(count).unwrap_or(u32::MAX);
        Position::new(number(line), number(column))
    }

    /// Returns the range of a place.
    pub(super) fn range(&self, text: &str, span: Span, encoding: Encoding) -> Range {
        Range {
            start: self.position(text, span.start(), encoding),
            end: self.position(text, span.end().max(span.start()), encoding),
        }
    }

    /// Returns a line without its end.
    fn line<'t>(&self, text: &'t str, line: usize) -> &'t str {
        let start = self.0.get(line).copied().unwrap_or(text.len());
        let end = self.0.get(line + 1).copied().unwrap_or(text.len());
        text.get(start..end)
            .unwrap_or_default()
            .trim_end_matches(['\r', '\n'])
    }
}

/// Returns the bound of a character at or before a byte.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a: 1\r\nb: \"警😀x\"\rc\n\n";

    #[test]
    fn a_position_is_counted_in_what_was_agreed_on() {
        let lines = Lines::of(TEXT);
        let x = TEXT.find('x').unwrap();
        assert_eq!(
            lines.position(TEXT, x, Encoding::Utf16),
            Position::new(1, 7)
        );
        assert_eq!(
            lines.position(TEXT, x, Encoding::Utf8),
            Position::new(1, 11)
        );
        assert_eq!(
            lines.position(TEXT, x - 2, Encoding::Utf16),
            Position::new(1, 5)
        );
        assert_eq!(
            lines.position(TEXT, 10_000, Encoding::Utf16),
            Position::new(4, 0)
        );
    }

    #[test]
    fn every_byte_is_found_again_and_what_lies_beyond_is_cut() {
        let lines = Lines::of(TEXT);
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            for (at, _) in TEXT.char_indices().filter(|(_, c)| *c != '\n') {
                let position = lines.position(TEXT, at, encoding);
                assert_eq!(lines.offset(TEXT, position, encoding), at, "{position:?}");
            }
            let beyond = |line, column| lines.offset(TEXT, Position::new(line, column), encoding);
            assert_eq!(beyond(0, 99), 4);
            assert_eq!(beyond(99, 0), TEXT.len());
            assert_eq!(beyond(u32::MAX, u32::MAX), TEXT.len());
            let inside = lines.offset(TEXT, Position::new(1, 6), encoding);
            assert!(TEXT.is_char_boundary(inside));
        }
    }
}
