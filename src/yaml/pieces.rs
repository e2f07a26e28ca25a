//! The pieces of a file that can be left out, by the columns of its lines: a value, the entry of a
//! map, an item of a list, and all that these stand in.

use std::ops::Range;

/// A piece that may be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) place: Range<usize>,
    pub(super) mark: Mark,
}

/// What stands in the place of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A value.
    Value,
    /// A key with a value.
    Entry,
    /// An item of a list.
    Item,
    /// Blanks: where the piece stands no mark can.
    Nothing,
}

impl Mark {
    /// Returns what is written. With its colon it is no part of a text that goes on over lines.
    const fn sign(self) -> &'static str {
        match self {
            Self::Value => "~",
            Self::Entry => "~:",
            Self::Item => "- ~:",
            Self::Nothing => "",
        }
    }

    /// Returns how far behind the begin of the piece its first text stands.
    pub(super) const fn offset(self) -> usize {
        match self {
            Self::Item => 2,
            Self::Value | Self::Entry | Self::Nothing => 0,
        }
    }

    /// Puts the mark in the place of a piece, so that everything else stands where it stood.
    pub(super) fn set(self, text: &mut String, place: &Range<usize>) {
        let sign = self.sign();
        let blanks = text[place.clone()].bytes().skip(sign.len());
        let blanks = blanks.map(|b| if b == b'\n' { '\n' } else { ' ' });
        let instead: String = sign.chars().chain(blanks).collect();
        text.replace_range(place.clone(), &instead);
    }
}

/// A line that says something.
#[derive(Clone, Copy)]
pub(super) struct Line<'t> {
    pub(super) start: usize,
    pub(super) column: usize,
    pub(super) content: &'t str,
}

impl<'t> Line<'t> {
    /// Whether nobody knows its column: it begins with a tab, or with what only looks like a space.
    pub(super) fn is_strange(self) -> bool {
        self.content.starts_with(['\t', '\u{a0}', '\u{3000}'])
    }

    pub(super) fn end(self) -> usize {
        self.start + self.content.len()
    }

    pub(super) fn is_item(self) -> bool {
        self.content == "-" || self.content.starts_with("- ")
    }

    /// Returns what stands behind the dashes, and how far behind the begin.
    pub(super) fn entry(self) -> (usize, &'t str) {
        let mut rest = self.content;
        while let Some(behind) = rest.strip_prefix("- ") {
            rest = behind.trim_start();
        }
        (self.content.len() - rest.len(), rest)
    }

    pub(super) fn key(self) -> Option<&'t str> {
        self.pair().map(|(key, ..)| key)
    }

    /// Returns the key of the line and what stands behind its colon, with its place.
    pub(super) fn pair(self) -> Option<(&'t str, usize, &'t str)> {
        let (offset, entry) = self.entry();
        let (key, value) = entry.split_once(':')?;
        let is_key = |c: char| c.is_alphanumeric() || "_.-\"'".contains(c);
        if key.is_empty()
            || !key.chars().all(is_key)
            || !(value.is_empty() || value.starts_with(' '))
        {
            return None;
        }
        let value = value.trim_start();
        let value = if value.starts_with('#') { "" } else { value };
        let start = self.start + offset + (entry.len() - value.len());
        Some((key, start, value))
    }
}

/// Returns the lines of a text. One that begins with a tab, or with what only looks like a space,
/// stands in the column of the line above.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut found: Vec<Line<'_>> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_start_matches(' ');
        let mut column = line.len() - content.len();
        if content.starts_with(['\t', '\u{a0}', '\u{3000}'])
            && let Some(above) = found.last()
        {
            column = above.column + above.entry().0;
        }
        let begin = start + (line.len() - content.len());
        start += line.len();
        let content = content.trim_end();
        if !content.trim_start().is_empty() && !content.trim_start().starts_with('#') {
            found.push(Line {
                start: begin,
                column,
                content,
            });
        }
    }
    found
}

/// Returns the pieces that hold a place, the smallest first.
pub(super) fn at(text: &str, at: usize) -> Vec<Piece> {
    let lines = lines(text);
    let at = text.floor_char_boundary(at);
    let line_start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let behind = text[line_start..]
        .find('\n')
        .map_or(text.len(), |end| line_start + end);
    let Some(mut index) = lines
        .partition_point(|line| line.start < behind.max(1))
        .checked_sub(1)
    else {
        return Vec::new();
    };
    let mut found = Vec::new();
    own(&lines, index, &mut found);
    while let Some(above) = parent(&lines, index) {
        let (offset, _) = lines[above].entry();
        let is_beneath =
            lines[above].column + offset < lines[index].column || !lines[above].is_item();
        if is_beneath {
            let first = lines[above + 1].start;
            let end = end_beneath(&lines, above, lines[index].column);
            if lines[above]
                .pair()
                .is_some_and(|(.., value)| value.is_empty())
            {
                push(&mut found, first..end, Mark::Value);
            }
            own(&lines, above, &mut found);
        } else {
            item(&lines, above, &mut found);
        }
        index = above;
    }
    found
}

/// Adds a piece if there is room for its mark.
fn push(found: &mut Vec<Piece>, place: Range<usize>, mark: Mark) {
    if mark.sign().len() <= place.len() {
        found.push(Piece { place, mark });
    }
}

/// Adds the pieces that a line is by itself, with what is beneath it.
fn own(lines: &[Line<'_>], index: usize, found: &mut Vec<Piece>) {
    let line = lines[index];
    let (offset, _) = line.entry();
    let pair = line.pair();
    let has_value = pair.is_some_and(|(.., value)| !value.is_empty());
    let end = lines[last_beneath(lines, index)].end();
    if let Some((_, start, _)) = pair.filter(|_| has_value && !line.is_strange()) {
        push(found, start..end, Mark::Value);
    }
    let place = line.start + offset..end;
    if !line.is_strange() {
        push(found, place.clone(), Mark::Entry);
    }
    if line.is_item() {
        item(lines, index, found);
    } else {
        push(found, place, Mark::Nothing);
    }
}

/// Returns the last line that stands beneath the key of a line, or that line.
pub(super) fn last_beneath(lines: &[Line<'_>], index: usize) -> usize {
    let line = lines[index];
    let column = line.column + line.entry().0;
    let has_value = line.pair().is_some_and(|(.., value)| !value.is_empty());
    let beneath = |other: &&Line<'_>| {
        let is_item = !has_value && !line.is_item() && other.is_item();
        column < other.column || is_item && other.column == column
    };
    index + lines[index + 1..].iter().take_while(beneath).count()
}

/// Adds an item of a list as a whole. Its dash may stand in another column than those of the items
/// above that begin with the same key.
fn item(lines: &[Line<'_>], index: usize, found: &mut Vec<Piece>) {
    let line = lines[index];
    let section = |other: &&Line<'_>| other.column > 0 || other.is_item();
    let mut above = lines[..index].iter().rev().take_while(section);
    let sibling = above.find(|other| other.is_item() && other.key() == line.key());
    let wanted = sibling.map_or(line.column, |sibling| sibling.column);
    let ends = |other: &Line<'_>| {
        if other.is_item() {
            other.column == wanted || other.column <= line.column
        } else {
            other.column <= wanted.min(line.column)
        }
    };
    let of_it = lines[index + 1..].iter().take_while(|other| !ends(other));
    let end = of_it.last().map_or(line.end(), |last| last.end());
    push(found, line.start..end, Mark::Item);
    push(found, line.start..end, Mark::Nothing);
}

/// Returns the line that a line stands beneath.
fn parent(lines: &[Line<'_>], index: usize) -> Option<usize> {
    let line = lines[index];
    let is_above = |other: &Line<'_>| {
        let is_key = || other.pair().is_some_and(|(.., value)| value.is_empty());
        other.column < line.column
            || line.is_item() && !other.is_item() && other.column == line.column && is_key()
    };
    lines[..index].iter().rposition(is_above)
}

/// Returns where all ends that stands beneath a line whose nearest part is in a column.
fn end_beneath(lines: &[Line<'_>], above: usize, column: usize) -> usize {
    let line = lines[above];
    let own = line.column + line.entry().0;
    let is_beneath = |other: &&Line<'_>| {
        own < other.column || column <= own && other.is_item() && column <= other.column
    };
    let last = lines[above + 1..].iter().take_while(is_beneath).last();
    last.map_or(line.end(), |last| last.end())
}

/// Whether a place is on the first line that says something behind another.
pub(super) fn is_right_behind(text: &str, end: usize, at: usize) -> bool {
    let lines = lines(text);
    let next = lines.get(lines.partition_point(|line| line.start < end));
    next.is_some_and(|next| at <= next.end() + 1)
}

/// Returns what stands in a piece of a section, line by line; `None` of another section.
pub(super) fn lines_within<'t>(
    text: &'t str,
    section: &str,
    place: &Range<usize>,
) -> Option<Vec<&'t str>> {
    let lines = lines(text);
    let first = lines.partition_point(|line| line.start < place.start);
    let mut above = lines[..first].iter().rev();
    let begin = above.find(|line| line.column == 0 && !line.is_item())?;
    let within = lines[first..]
        .iter()
        .take_while(|line| line.start < place.end);
    (begin.pair()?.0 == section).then(|| within.map(|line| line.content.trim_start()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the pieces that hold what is marked, the smallest first.
    fn pieces(text: &str, place: &str) -> Vec<(Mark, String)> {
        let found = at(text, text.find(place).unwrap()).into_iter();
        found
            .map(|piece| (piece.mark, text[piece.place].to_owned()))
            .collect()
    }

    #[test]
    fn a_piece_is_a_value_an_entry_an_item_and_what_these_stand_in() {
        let text = "let:\n  a: 5xx\nrules:\n  - name: x\n    labels:\n      team: web\n# c\n  - name: y\nnotify:\n  to: q\n";
        let rule = "- name: x\n    labels:\n      team: web";
        let rules = "- name: x\n    labels:\n      team: web\n# c\n  - name: y";
        let labels = "labels:\n      team: web";
        let all = [
            (Mark::Value, "web"),
            (Mark::Entry, "team: web"),
            (Mark::Nothing, "team: web"),
            (Mark::Value, "team: web"),
            (Mark::Entry, labels),
            (Mark::Nothing, labels),
            (Mark::Item, rule),
            (Mark::Nothing, rule),
            (Mark::Value, rules),
        ];
        let found = pieces(text, "team");
        let found: Vec<(Mark, &str)> = found.iter().map(|(mark, of)| (*mark, &**of)).collect();
        assert_eq!(found[..all.len()], all);
    }

    #[test]
    fn an_item_in_a_wrong_column_has_all_of_its_lines() {
        for dash in ["- ", " - ", "   - ", "    - "] {
            let item = "- name: y\n    when: 4xx > 1%";
            let indent = dash.trim_end().trim_end_matches('-');
            let text = format!(
                "rules:\n  - name: x\n    when: 5xx > 1%\n{indent}{item}\n  - name: z\nnotify: {{}}\n"
            );
            let found = pieces(&text, "name: y");
            assert!(found.contains(&(Mark::Item, item.to_owned())), "{found:?}");
        }
    }

    #[test]
    fn a_mark_moves_nothing() {
        let mut text = "a: ä\n  b\nc: d\n".to_owned();
        Mark::Value.set(&mut text, &(3..9));
        assert_eq!(text, "a: ~ \n   \nc: d\n");
    }
}
