//! Lines and columns of a place.

/// A place in a text as people count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The offset in bytes, from 0.
    pub offset: usize,
}

/// Returns the line and column of a byte; one within a character counts as its first.
pub fn position(text: &str, offset: usize) -> Position {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Position {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        offset: at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_knows_the_place_of_every_byte_at_once() {
        let text = "a\n警報 x\r\n\nend";
        let mut files = crate::diag::Files::default();
        let id = files.add("a", text);
        let file = files.get(id).unwrap();
        for at in 0..text.len() + 2 {
            assert_eq!(file.position(at), position(text, at), "{at}");
        }
    }

    #[test]
    fn columns_count_characters_and_offsets_bytes() {
        let text = "a\n警報 x";
        let place = position(text, text.find('x').unwrap());
        assert_eq!((place.line, place.column, place.offset), (2, 4, 9));
        assert_eq!(position(text, 3).column, 1);
        assert_eq!(position(text, 1_000), position(text, text.len()));
    }
}
