//! A text in which lines have moved to the columns where they belong, and where its parts stand in
//! the text as it was.

use super::node::{Kind, Node};
use crate::diag::{Diagnostic, Edit, Fix, Span};

/// A text whose indentation is mended.
pub(crate) struct Indented {
    pub(crate) text: String,
    /// The pieces that stand in both texts, in order: the whole text but for blanks.
    runs: Vec<Run>,
}

/// What stands in both texts.
struct Run {
    /// Where it begins in the mended text.
    start: usize,
    /// Where it begins in the text as it was.
    was: usize,
    length: usize,
}

impl Indented {
    /// Returns a text with a mend made; `None` if that changes more than blanks, and puts in more than
    /// a line with the key of what stands below.
    pub(super) fn of(text: &str, mend: &Fix) -> Option<Self> {
        let [edit] = mend.0.as_slice() else {
            return None;
        };
        let (old, new) = (words(text.get(edit.span.range())?), words(&edit.text));
        let is_key = |(_, word): &(usize, &str)| word.ends_with(':');
        let are_alike = match new.len().checked_sub(old.len())? {
            0 => true,
            1 => new.first().is_some_and(is_key),
            _ => false,
        };
        (are_alike && ends_with(&new, &old)).then(|| Self::by(text, mend))?
    }

    /// Returns a text with a mend made, whatever that changes; `None` if it cannot be made.
    pub(crate) fn by(text: &str, mend: &Fix) -> Option<Self> {
        let mut edits: Vec<&Edit> = mend.0.iter().collect();
        edits.sort_by_key(|edit| edit.span);
        let run = |start, was, length| Run { start, was, length };
        let (mut mended, mut runs) = (String::with_capacity(text.len()), Vec::new());
        let mut at = 0;
        for edit in edits {
            let (from, to) = (edit.span.start(), edit.span.end());
            let before = text.get(at..from)?;
            runs.push(run(mended.len(), at, before.len()));
            mended.push_str(before);
            let (old, new) = (words(text.get(from..to)?), words(&edit.text));
            if ends_with(&new, &old) {
                let moved = old.iter().zip(&new[new.len() - old.len()..]);
                runs.extend(moved.map(|((was, word), (start, _))| {
                    run(mended.len() + start, from + was, word.len())
                }));
            }
            mended.push_str(&edit.text);
            at = to;
        }
        let rest = text.get(at..)?;
        runs.push(run(mended.len(), at, rest.len()));
        mended.push_str(rest);
        Some(Self { text: mended, runs })
    }

    /// Returns where a place of the mended text stands in the text as it was.
    pub(crate) fn was(&self, span: Span) -> Span {
        let of = |run: Option<&Run>, at: usize| {
            run.map_or(0, |run| run.was + (at - run.start).min(run.length))
        };
        let first = self.runs.partition_point(|run| run.start <= span.start());
        let start = of(self.runs[..first].last(), span.start());
        // What ends where a run begins belongs to the one before.
        let last = self.runs.partition_point(|run| run.start < span.end());
        let end = of(self.runs[..last].last(), span.end());
        Span::new(start, end.max(start))
    }

    /// Says of a part and all that is in it where they stood.
    pub(super) fn restore(&self, root: &mut Node) {
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            node.span = self.was(node.span);
            match &mut node.kind {
                Kind::Map(pairs) => {
                    open.extend(pairs.iter_mut().flat_map(|(key, value)| [key, value]));
                }
                Kind::List(items) => open.extend(items),
                Kind::Scalar(_) | Kind::Unread => {}
            }
        }
    }

    /// Says of a fault of the mended text where it stood. A mend of its own that moves lines is left
    /// out where these have moved already.
    pub(super) fn fault(&self, mut fault: Diagnostic) -> Diagnostic {
        let is_kept = |fix: &Fix| fix.0.iter().all(|edit| self.is_of_words(edit));
        fault.fix = fault.fix.filter(is_kept);
        let file = fault.primary.file;
        fault.relocate(file, |span| self.was(span))
    }

    /// Whether an edit changes words alone, or what has not moved.
    fn is_of_words(&self, edit: &Edit) -> bool {
        let [first, .., last] = self.runs.as_slice() else {
            return false;
        };
        if edit.span.end() <= first.length || last.start <= edit.span.start() {
            return true;
        }
        let run = self
            .runs
            .partition_point(|run| run.start <= edit.span.start());
        let run = self.runs[..run].last();
        let is_in_word = run.is_some_and(|run| edit.span.start() <= run.start + run.length);
        let written = self.text.get(edit.span.range());
        is_in_word
            && written.is_some_and(|written| !written.contains('\n'))
            && !edit.text.contains('\n')
            && !edit.text.trim().is_empty()
    }
}

/// Whether words end with others.
fn ends_with(words: &[(usize, &str)], last: &[(usize, &str)]) -> bool {
    let words = words.len().checked_sub(last.len()).map(|at| &words[at..]);
    words.is_some_and(|words| {
        let mut both = words.iter().zip(last);
        both.all(|((_, word), (_, last))| word == last)
    })
}

/// Returns what stands between blanks, each with its place.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    for part in text.split_inclusive(char::is_whitespace) {
        let word = part.trim_end();
        if !word.is_empty() {
            found.push((at, word));
        }
        at += part.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Code, FileId};

    fn mended(text: &str, span: Span, instead: &str) -> Option<Indented> {
        let edit = Edit {
            file: FileId(0),
            span,
            text: instead.to_owned(),
        };
        Indented::of(text, &Fix(vec![edit]))
    }

    #[test]
    fn every_word_is_known_by_where_it_stood() {
        let text = "a:\n   - b: ä  c\n     d: e\nf: g\n";
        let old = "   - b: ä  c\n     d: e";
        for (dash, key) in [("", "  "), (" ", "   "), ("      ", "        ")] {
            let new = format!("{dash}- b: ä  c\n{key}d: e");
            let indented = mended(text, Span::new(3, 3 + old.len()), &new).unwrap();
            for word in ["a:", "- b", "ä  c", "d: e", "e\nf", "f: g"] {
                let start = indented.text.find(word).unwrap();
                let was = indented.was(Span::new(start, start + word.len()));
                assert_eq!(&text[was.range()], word, "{new}");
            }
        }
    }

    #[test]
    fn a_mend_that_moves_lines_is_kept_where_nothing_has_moved() {
        let text = "a:\n   - b: c\n     d: e\nf: g\n";
        let old = "   - b: c\n     d: e";
        let indented = mended(text, Span::new(3, 3 + old.len()), "- b: c\n  d: e").unwrap();
        let kept = |place: &str, instead: &str| {
            let start = indented.text.find(place).unwrap();
            let span = Span::new(start, start + place.len());
            let fault = Diagnostic::new(Code::Syntax, span, "").fix(span, instead);
            let edit = indented.fault(fault).fix?.0.pop()?;
            Some(text[edit.span.range()].to_owned())
        };
        assert_eq!(kept("e", "x").as_deref(), Some("e"));
        assert_eq!(kept("\nf", "\n  f").as_deref(), Some("\nf"));
        assert_eq!(kept("  d: e", "    d: e"), None);
        assert_eq!(kept("- b: c\n  d: e", "x"), None);
    }

    #[test]
    fn what_changes_more_than_blanks_is_no_mend_of_columns() {
        assert!(mended("a b", Span::new(0, 3), "a: b").is_none());
        assert!(mended("a b", Span::new(1, 1), "\"").is_none());
        assert!(mended("a b", Span::new(0, 3), "a  b").is_some());
        assert!(mended("a: b\n", Span::new(0, 0), "let:\n").is_some());
        assert!(mended("a: b\n", Span::new(0, 4), "let:\n  a: b").is_some());
        assert!(mended("a: b\n", Span::new(0, 4), "let:\n  a: c").is_none());
    }
}
