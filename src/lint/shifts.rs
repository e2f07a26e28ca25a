//! Where the places of a text are once it was edited.

use std::collections::BTreeMap;

use crate::diag::{Edit, FileId, Span};

/// By file, the edits that are made together, ascending, each with how many bytes it and those
/// before it add and take away.
pub(super) struct Shifts(BTreeMap<FileId, Vec<(Span, usize, usize)>>);

impl Shifts {
    /// Takes in edits that lie apart.
    pub(super) fn of<'e>(edits: impl Iterator<Item = &'e Edit>) -> Self {
        let mut by_file: BTreeMap<FileId, Vec<(Span, usize, usize)>> = BTreeMap::new();
        for Edit { file, span, text } in edits {
            let edit = (*span, text.len(), span.end() - span.start());
            by_file.entry(*file).or_default().push(edit);
        }
        for edits in by_file.values_mut() {
            edits.sort_unstable();
            let (mut all_added, mut all_taken) = (0, 0);
            for (_, added, taken) in edits {
                all_added += *added;
                all_taken += *taken;
                (*added, *taken) = (all_added, all_taken);
            }
        }
        Self(by_file)
    }

    /// Returns the place that has become of one, with all that was put in at its edges.
    pub(super) fn moved(&self, file: FileId, span: Span) -> Span {
        let edits = self.0.get(&file).map_or(&[][..], Vec::as_slice);
        let shift = |place: usize, before: usize| match before.checked_sub(1) {
            Some(last) => (place + edits[last].1).saturating_sub(edits[last].2),
            None => place,
        };
        let start = edits.partition_point(|(edit, ..)| edit.end() < span.start());
        let end = edits.partition_point(|(edit, ..)| edit.start() <= span.end());
        let start = shift(span.start(), start);
        Span::new(start, shift(span.end(), end).max(start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_moves_with_what_is_edited_before_it_and_grows_with_what_is_edited_in_it() {
        let file = FileId::default();
        let edit = |start, end, text: &str| Edit {
            file,
            span: Span::new(start, end),
            text: text.to_owned(),
        };
        let edits = [edit(20, 22, "xxxx"), edit(2, 5, ""), edit(30, 30, "y")];
        let shifts = Shifts::of(edits.iter());
        for (before, after) in [
            ((0, 1), (0, 1)),
            ((6, 10), (3, 7)),
            ((20, 22), (17, 21)),
            ((23, 30), (22, 30)),
            ((40, 41), (40, 41)),
        ] {
            let moved = shifts.moved(file, Span::new(before.0, before.1));
            assert_eq!((moved.start(), moved.end()), after, "{before:?}");
        }
    }
}
