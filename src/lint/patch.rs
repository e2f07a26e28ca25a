//! A text that is edited again and again, and still knows what of it is as it was written.

use crate::diag::{Edit, Span};

/// A part of the text.
#[derive(Clone, Debug)]
enum Piece {
    /// As it stands in the text as it was written.
    Kept(Span),
    /// New.
    New(String),
}

/// A text and what was edited in it.
#[derive(Clone, Debug)]
pub(super) struct Patch {
    written: String,
    pieces: Vec<Piece>,
}

impl Patch {
    /// Returns a text in which nothing is edited.
    pub(super) fn new(text: &str) -> Self {
        Self {
            written: text.to_owned(),
            pieces: vec![Piece::Kept(Span::new(0, text.len()))],
        }
    }

    /// Returns the text as it was written.
    pub(super) fn written(&self) -> &str {
        &self.written
    }

    /// Returns the text as it is now.
    pub(super) fn text(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Kept(span) => self.written[span.range()].to_owned(),
            Piece::New(text) => text.clone(),
        };
        self.pieces.iter().map(piece).collect()
    }

    /// Makes edits in places of the present text: ascending, apart and on bounds of characters.
    pub(super) fn apply(&mut self, edits: &[&Edit]) {
        let mut pieces = Vec::with_capacity(self.pieces.len() + 2 * edits.len());
        let mut left = std::mem::take(&mut self.pieces).into_iter();
        let (mut here, mut at) = (left.next(), 0);
        for edit in edits {
            // What stands before the edit is kept, what it replaces is dropped.
            for (until, is_kept) in [(edit.span.start(), true), (edit.span.end(), false)] {
                while let Some(piece) = here.take_if(|_| at < until) {
                    let length = length(&piece);
                    let (head, tail) = split(piece, (until - at).min(length));
                    at += self::length(&head);
                    pieces.extend(Some(head).filter(|_| is_kept));
                    here = tail.or_else(|| left.next());
                }
            }
            pieces.push(Piece::New(edit.text.clone()));
        }
        pieces.extend(here);
        pieces.extend(left);
        self.pieces = pieces;
    }

    /// Returns what was replaced in the text as it was written: ascending and apart, each with
    /// its new text.
    pub(super) fn hunks(&self) -> Vec<(Span, String)> {
        let mut hunks = Vec::new();
        let (mut at, mut new) = (0, String::new());
        let end = Piece::Kept(Span::new(self.written.len(), self.written.len()));
        for piece in self.pieces.iter().chain([&end]) {
            match piece {
                Piece::New(text) => new.push_str(text),
                Piece::Kept(span) => {
                    if at < span.start() || !new.is_empty() {
                        hunks.push((Span::new(at, span.start()), std::mem::take(&mut new)));
                    }
                    at = span.end();
                }
            }
        }
        hunks
    }
}

fn length(piece: &Piece) -> usize {
    match piece {
        Piece::Kept(span) => span.end() - span.start(),
        Piece::New(text) => text.len(),
    }
}

/// Splits a piece behind so many bytes, at most its length.
fn split(piece: Piece, at: usize) -> (Piece, Option<Piece>) {
    if at >= length(&piece) {
        return (piece, None);
    }
    match piece {
        Piece::Kept(span) => {
            let middle = span.start() + at;
            let tail = Piece::Kept(Span::new(middle, span.end()));
            (Piece::Kept(Span::new(span.start(), middle)), Some(tail))
        }
        Piece::New(mut text) => {
            let tail = text.split_off(at);
            (Piece::New(text), Some(Piece::New(tail)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::FileId;

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit {
            file: FileId(0),
            span: Span::new(start, end),
            text: text.to_owned(),
        }
    }

    #[test]
    fn edits_of_several_rounds_are_told_in_places_of_the_written_text() {
        let mut patch = Patch::new("a && b && c");
        patch.apply(&[&edit(2, 4, "and"), &edit(7, 9, "and")]);
        assert_eq!(patch.text(), "a and b and c");
        patch.apply(&[&edit(0, 0, "("), &edit(3, 8, "d e"), &edit(13, 13, ")")]);
        assert_eq!(patch.text(), "(a ad eand c)");
        let expected = [(0, 0, "("), (2, 7, "ad e"), (7, 9, "and"), (11, 11, ")")];
        let joined = [(0, 0, "("), (2, 9, "ad eand"), (11, 11, ")")];
        let hunks: Vec<_> = patch.hunks();
        let hunks: Vec<_> = hunks
            .iter()
            .map(|(s, t)| (s.start(), s.end(), t.as_str()))
            .collect();
        assert!(hunks == joined || hunks == expected, "{hunks:?}");
        let mut new = String::new();
        let mut at = 0;
        for (start, end, text) in hunks {
            new.push_str(&patch.written()[at..start]);
            new.push_str(text);
            at = end;
        }
        new.push_str(&patch.written()[at..]);
        assert_eq!(new, patch.text());
    }
}
