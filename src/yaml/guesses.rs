//! Lines that may stand in a wrong column, and lines above which a key may have been lost: what a file
//! may have been meant to be that reads badly as it is. Only the reader of the whole can tell.

use std::ops::RangeInclusive;

use super::pieces::{Line, last_beneath, lines};
use super::vocabulary::Vocabulary;
use crate::diag::{Code, Diagnostic, Span};

/// How many lines around a fault may be those that have moved.
const HEADS_MAX: usize = 6;
/// How many columns are thought of for each.
const COLUMNS_MAX: usize = 5;
/// How many entries beside each other may have moved together.
const ENTRIES_MAX: usize = 6;

/// What may have been meant.
pub(crate) struct Guess {
    /// What is wrong then, with the mend.
    pub(crate) fault: Diagnostic,
    /// Whether lines come beneath a key that takes whatever stands there.
    pub(crate) is_free: bool,
    /// Whether a key above them is lost.
    pub(crate) is_lost: bool,
}

/// Whether a fault at a place may be one of the columns: it stands where a line begins, or where its
/// value should be.
pub(crate) fn is_of_form(text: &str, at: usize) -> bool {
    let start = text.get(..at).and_then(|before| before.rfind('\n'));
    let start = start.map_or(0, |end| end + 1);
    let whole = text.get(start..).and_then(|rest| rest.lines().next());
    let line = whole.and_then(|whole| lines(whole).first().copied());
    line.is_some_and(|line| {
        let at = at - start;
        let is_at_value = || line.end() <= at && line.content.ends_with(':');
        at == line.start || at == line.start + line.entry().0 || is_at_value()
    })
}

/// Returns how many lines of a text stand beneath a key in another column than two to the right of it.
pub(crate) fn oddly_indented(text: &str) -> usize {
    let lines = lines(text);
    let is_odd = |pair: &[Line<'_>]| {
        let (above, line) = (pair[0], pair[1]);
        let own = above.column + above.entry().0;
        let begins = above.pair().is_some_and(|(.., value)| value.is_empty());
        let is_beneath = own < line.column || own == line.column && line.is_item();
        begins && is_beneath && line.column != own + 2
    };
    lines.windows(2).filter(|pair| is_odd(pair)).count()
}

/// Returns where the lines stand beneath a fault of a key.
pub(crate) fn lines_beneath(text: &str, at: usize) -> Option<Span> {
    let lines = lines(text);
    let index = lines.partition_point(|line| line.end() < at);
    let line = lines.get(index)?;
    let is_of_key = at == line.start + line.entry().0;
    let end = lines[last_beneath(&lines, index)].end();
    is_of_key.then(|| Span::new(line.end(), end))
}

/// Returns what may have been meant with the lines around a fault, the likeliest first.
pub(crate) fn guesses(text: &str, at: usize, vocabulary: &Vocabulary) -> Vec<Guess> {
    let lines = lines(text);
    let index = lines.partition_point(|line| line.end() < at);
    if text.contains('\r') || index == lines.len() {
        return Vec::new();
    }
    let file = File {
        text,
        lines: &lines,
        vocabulary,
    };
    let mut heads = vec![index];
    heads.extend(file.around(index).into_iter().filter(|at| *at != index));
    heads.extend((index + 1 < lines.len()).then_some(index + 1));
    heads.truncate(HEADS_MAX);
    let blocks = |head: &usize| file.blocks(*head);
    let blocks = heads.iter().flat_map(blocks);
    // In which column a tab stands nobody knows.
    let is_plain =
        |block: &RangeInclusive<usize>| !lines[block.clone()].iter().any(|line| line.is_strange());
    let blocks: Vec<RangeInclusive<usize>> = blocks.filter(is_plain).collect();
    let moved = blocks.iter().flat_map(|block| file.moved(block));
    let keys = heads.iter().map(|head| file.entries(*head, usize::MAX));
    let lost = keys.flat_map(|block| file.lost(&block));
    moved.chain(lost).collect()
}

/// A file by its lines that say something.
struct File<'t> {
    text: &'t str,
    lines: &'t [Line<'t>],
    vocabulary: &'t Vocabulary,
}

impl File<'_> {
    /// Returns the line above another and those that it stands beneath, the nearest first.
    fn around(&self, index: usize) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for at in (0..index).rev() {
            let column = self.lines[at].column;
            if found
                .last()
                .is_none_or(|last| column < self.lines[*last].column)
            {
                found.push(at);
            }
            if column == 0 {
                break;
            }
        }
        found
    }

    /// Returns the blocks of lines that may have moved with a line: with all beneath it, alone, with
    /// others beside it, and with some that seem to stand beneath it and stand in the column of what does.
    fn blocks(&self, head: usize) -> Vec<RangeInclusive<usize>> {
        let own = self.last(head);
        let mut found = vec![head..=own];
        if head < own {
            found.push(head..=head);
        }
        let beside = (2..=ENTRIES_MAX).map(|most| self.entries(head, most));
        let beneath = (1..=ENTRIES_MAX).filter(|_| head < own);
        let beneath = beneath.map(|most| head..=*self.entries(head + 1, most).end());
        for block in beside.chain(beneath) {
            if !found.contains(&block) {
                found.push(block);
            }
        }
        found
    }

    /// Returns the last line of an entry, or of an item of a list.
    fn last(&self, index: usize) -> usize {
        let line = self.lines[index];
        if !line.is_item() {
            return last_beneath(self.lines, index);
        }
        let below = self.lines[index + 1..].iter();
        index + below.take_while(|other| line.column < other.column).count()
    }

    /// Returns so many entries, or fewer, of the map or list that a line begins.
    fn entries(&self, head: usize, most: usize) -> RangeInclusive<usize> {
        let first = self.lines[head];
        let mut last = self.last(head);
        for _ in 1..most {
            let is_of_file = |key: &str| first.column == 0 && self.vocabulary.is_outermost(key);
            let next = self.lines.get(last + 1).filter(|next| {
                let is_beside = next.column == first.column && next.is_item() == first.is_item();
                is_beside && next.key().is_some_and(|key| !is_of_file(key))
            });
            if next.is_none() {
                break;
            }
            last = self.last(last + 1);
        }
        head..=last
    }

    /// Returns what a block may have been meant to be in other columns, the nearest first.
    fn moved(&self, block: &RangeInclusive<usize>) -> Vec<Guess> {
        let head = self.lines[*block.start()];
        let mut columns = Vec::new();
        for at in self.around(*block.start()) {
            let line = self.lines[at];
            columns.push(line.column);
            let own = line.column + line.entry().0;
            columns.extend([own, own + 2]);
        }
        columns.retain(|column| *column != head.column);
        columns.sort_by_key(|column| (column.abs_diff(head.column), *column));
        columns.dedup();
        columns.truncate(COLUMNS_MAX);
        let guess = |column| self.in_column(block, column);
        columns.into_iter().filter_map(guess).collect()
    }

    /// Says that a block belongs into another column.
    fn in_column(&self, block: &RangeInclusive<usize>, column: usize) -> Option<Guess> {
        let (first, last) = (*block.start(), *block.end());
        let head = self.lines[first];
        let (name, place) = self.name(first)?;
        let beneath = self.beneath(first, column);
        let above = beneath.and_then(|above| Some((above, self.lines[above].key()?)));
        let wanted = match above {
            Some((above, key)) if column == self.own(above) && !head.is_item() => {
                format!(
                    "and `{key}`, beside which it belongs, in column {}",
                    column + 1
                )
            }
            // Behind a text lines would go on with it.
            Some((above, _)) if !self.opens(above) => return None,
            Some((_, key)) => format!("and what stands beneath `{key}:` in column {}", column + 1),
            None if column == 0 => "and it belongs to the left edge of the file".to_owned(),
            None => return None,
        };
        let message = format!("{name} begins in column {}, {wanted}", head.column + 1);
        let mut fault = Diagnostic::new(Code::Syntax, place, message);
        let is_run = self.last(first) < last;
        let is_more = is_run || first < last;
        if is_run {
            let mut entries = (first..=last).rev();
            let end = entries.find(|at| self.lines[*at].column == head.column)?;
            fault = fault.also(self.name(end)?.1, "as do those down to this one");
        }
        let with = if is_more {
            ", and the lines below it likewise"
        } else {
            ""
        };
        let spaces = if column == 1 { "space" } else { "spaces" };
        let help = match column {
            0 => format!("begin the line with it{with}"),
            _ => format!("indent it with {column} {spaces}{with}"),
        };
        let (span, text) = self.shifted(block, column, "")?;
        Some(Guess {
            fault: fault.help(help).fix(span, text),
            is_free: beneath.is_some_and(|above| self.is_free(above)),
            is_lost: false,
        })
    }

    /// Returns what may have been meant where the key that a block stood beneath is lost.
    fn lost(&self, block: &RangeInclusive<usize>) -> Vec<Guess> {
        let head = self.lines[*block.start()];
        let column = head.column.saturating_sub(2);
        let is_said = |key: &&str| {
            let mut outer = self.lines.iter().filter(|line| line.column == 0);
            outer.any(|line| line.key() == Some(key))
        };
        let is_outer = |key: &&str| self.vocabulary.is_outermost(key);
        let keys = self.vocabulary.sections.iter();
        let keys =
            keys.filter(|key| is_outer(key) == (column == 0) && !(column == 0 && is_said(key)));
        keys.filter_map(|key| self.beneath_lost(block, (column, key)))
            .collect()
    }

    /// Says that a key is lost above a block.
    fn beneath_lost(
        &self,
        block: &RangeInclusive<usize>,
        (column, key): (usize, &str),
    ) -> Option<Guess> {
        let head = self.lines[*block.start()];
        let (name, place) = self.name(*block.start())?;
        let message = format!("the line `{key}:` is missing above {name}");
        let fault = Diagnostic::new(Code::Syntax, place, message);
        let heading = format!("{}{key}:\n", " ".repeat(column));
        let help = if column < head.column {
            format!("write `{key}:` above it")
        } else {
            format!("write `{key}:` above it, and indent the lines that stand beneath it")
        };
        let (span, text) = if column < head.column {
            let start = head.start - head.column;
            (Span::new(start, start), heading)
        } else {
            self.shifted(block, column + 2, &heading)?
        };
        Some(Guess {
            fault: fault.help(help).fix(span, text),
            is_free: true,
            is_lost: true,
        })
    }

    /// Returns where all lines of a block stand, and the same in another column, below a heading.
    fn shifted(
        &self,
        block: &RangeInclusive<usize>,
        column: usize,
        heading: &str,
    ) -> Option<(Span, String)> {
        let (first, last) = (self.lines[*block.start()], self.lines[*block.end()]);
        let span = Span::new(first.start - first.column, last.end());
        let mut shifted = heading.to_owned();
        for (at, line) in self.text.get(span.range())?.split('\n').enumerate() {
            if 0 < at {
                shifted.push('\n');
            }
            let content = line.trim_start_matches(' ');
            if content.is_empty() {
                continue;
            }
            let its = line.len() - content.len() + column;
            // A comment may stand where it likes.
            let its = if content.starts_with('#') {
                its.saturating_sub(first.column)
            } else {
                its.checked_sub(first.column)?
            };
            shifted.extend(std::iter::repeat_n(' ', its));
            shifted.push_str(content);
        }
        Some((span, shifted))
    }

    /// Returns the column of the key of a line.
    fn own(&self, index: usize) -> usize {
        self.lines[index].column + self.lines[index].entry().0
    }

    /// Returns the line that one would stand beneath in a column, or beside whose key in an item of a list.
    fn beneath(&self, index: usize, column: usize) -> Option<usize> {
        let is_item = self.lines[index].is_item();
        let is_above = |at: &usize| {
            let line = self.lines[*at];
            line.column < column || is_item && !line.is_item() && line.column == column
        };
        (0..index).rev().find(is_above)
    }

    /// Whether something may stand beneath the key of a line.
    fn opens(&self, above: usize) -> bool {
        let pair = self.lines[above].pair();
        pair.is_some_and(|(.., value)| value.is_empty() || value.starts_with('&'))
    }

    /// Whether the keys beneath that of a line are whatever the user likes.
    fn is_free(&self, above: usize) -> bool {
        let line = self.lines[above];
        0 < line.column
            && line
                .key()
                .is_some_and(|key| self.vocabulary.free.contains(&key))
    }

    /// Returns how a line is called, and the place of what it is called by.
    fn name(&self, index: usize) -> Option<(String, Span)> {
        let line = self.lines[index];
        if line.is_item() {
            let place = Span::new(line.start, line.start + 1);
            return Some(("this item of the list".to_owned(), place));
        }
        let key = line.key()?;
        Some((
            format!("`{key}`"),
            Span::new(line.start, line.start + key.len()),
        ))
    }
}
