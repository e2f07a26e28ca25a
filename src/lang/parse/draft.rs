//! A text while its faults are mended: reading goes on behind each of them, and every place is
//! still one of the text as it was written.

use std::borrow::Cow;

use crate::diag::Span;

/// A replacement in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    /// What is replaced; empty where something is put in.
    pub(super) span: Span,
    /// By what.
    pub(super) text: String,
    /// Whether it says what was meant.
    pub(super) trust: Trust,
}

/// Whether an edit says what was meant, or only lets reading go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// It can be written into the file without asking: nothing else can have been meant.
    Certain,
    /// What is read behind it has a form, but nobody wrote its meaning, which is not to be judged.
    Guessed,
}

impl Edit {
    pub(super) fn replace(span: Span, text: impl Into<String>) -> Self {
        Self {
            span,
            text: text.into(),
            trust: Trust::Guessed,
        }
    }

    /// Says that nothing else can have been meant.
    pub(super) fn certain(self) -> Self {
        Self {
            trust: Trust::Certain,
            ..self
        }
    }

    pub(super) fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::replace(Span::new(at, at), text)
    }
}

/// The text as it is read.
#[derive(Clone, Debug)]
pub(super) struct Draft<'t> {
    pub(super) text: Cow<'t, str>,
    /// The text as it was written.
    written: &'t str,
    /// The rounds of edits, each in places of the text before it, ascending and apart.
    rounds: Vec<Vec<Edit>>,
}

impl<'t> Draft<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text: Cow::Borrowed(text),
            written: text,
            rounds: Vec::new(),
        }
    }

    /// Makes the edits, all in places of the present text. One that overlaps an earlier one is
    /// left out: it mends what is mended already.
    pub(super) fn apply(&mut self, mut edits: Vec<Edit>) {
        edits.sort_by_key(|edit| (edit.span.start(), edit.span.end()));
        let mut made: Vec<Edit> = Vec::new();
        let mut text = String::with_capacity(self.text.len());
        let mut done = 0;
        for edit in edits {
            if edit.span.start() < done || edit.span.end() < edit.span.start() {
                continue;
            }
            text.push_str(&self.text[done..edit.span.start()]);
            text.push_str(&edit.text);
            done = edit.span.end();
            made.push(edit);
        }
        text.push_str(&self.text[done..]);
        self.text = Cow::Owned(text);
        self.rounds.push(made);
    }

    /// Returns an edit of the present text as one of the written text, if what it replaces stands
    /// there as it does here, no comment is lost, and nobody has to ask: neither for this one nor
    /// for one that reading came past on its way here.
    pub(super) fn fix(&self, edit: &Edit) -> Option<(Span, String)> {
        let span = self.place(edit.span);
        let here = self.text.get(edit.span.range())?;
        let there = self.written.get(span.range())?;
        let comments = |text: &str| text.matches('#').count();
        let is_exact = edit.trust == Trust::Certain && here == there && !self.is_guessed();
        let keeps_comments = comments(here) <= comments(&edit.text);
        // A word gets blanks around it only where there are none.
        let blank = |side: Option<char>| side.is_none_or(char::is_whitespace);
        let mut text = edit.text.as_str();
        if blank(self.written[..span.start()].chars().next_back()) {
            text = text.trim_start_matches(' ');
        }
        if blank(self.written[span.end()..].chars().next()) {
            text = text.trim_end_matches(' ');
        }
        (is_exact && keeps_comments).then(|| (span, text.to_owned()))
    }

    /// Whether some of what is read was only guessed.
    pub(super) fn is_guessed(&self) -> bool {
        let mut edits = self.rounds.iter().flatten();
        edits.any(|edit| edit.trust == Trust::Guessed)
    }

    /// Returns the place in the written text.
    pub(super) fn place(&self, span: Span) -> Span {
        self.rounds.iter().rev().fold(span, |span, edits| {
            let start = before(edits, span.start(), Span::start);
            let end = before(edits, span.end(), Span::end);
            Span::new(start, end.max(start))
        })
    }
}

/// Returns where `offset` was before the edits; inside one of them, an end of what it replaced.
fn before(edits: &[Edit], offset: usize, inside: impl Fn(Span) -> usize) -> usize {
    let (mut old, mut new) = (0, 0);
    for edit in edits {
        let kept = edit.span.start() - old;
        if offset <= new + kept {
            break;
        }
        if offset < new + kept + edit.text.len() {
            return inside(edit.span);
        }
        new += kept + edit.text.len();
        old = edit.span.end();
    }
    old + (offset - new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_written_text_after_any_round() {
        let mut draft = Draft::new("a && b && c");
        let edit = |start| Edit::replace(Span::new(start, start + 2), "and");
        draft.apply(vec![edit(2), edit(7)]);
        assert_eq!(draft.text, "a and b and c");
        assert_eq!(draft.place(Span::new(2, 5)), Span::new(2, 4));
        assert_eq!(draft.place(Span::new(6, 7)), Span::new(5, 6));
        draft.apply(vec![Edit::insert(0, "(")]);
        assert_eq!(draft.place(Span::new(13, 14)), Span::new(10, 11));
        assert_eq!(draft.place(Span::new(0, 2)), Span::new(0, 1));
    }
}
