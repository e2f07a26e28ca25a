//! A unified diff of a text and the replacements made in it.

use std::fmt::Write as _;

use crate::diag::Span;

/// How many unchanged lines are shown around a change.
const CONTEXT: usize = 3;

/// The replacements of a text: ascending, apart, each with its new text.
#[derive(Clone, Copy)]
pub struct Hunks<'a>(pub &'a [(Span, String)]);

/// Lines of the old text, by number, and what stands in their place.
struct Change {
    from: usize,
    to: usize,
    new: Vec<String>,
}

/// Returns the diff in the form that `patch` takes; empty without replacements.
pub fn unified(path: &str, old: &str, hunks: Hunks<'_>) -> String {
    let lines: Vec<&str> = old.split_inclusive('\n').collect();
    let changes = changes(old, &lines, hunks);
    let mut text = String::new();
    if !changes.is_empty() {
        let _ = write!(text, "--- {path}\n+++ {path}\n");
    }
    let mut shift = 0_i64;
    let mut rest = changes.as_slice();
    while let Some(first) = rest.first() {
        let near = |pair: &[Change]| pair[1].from <= pair[0].to + 2 * CONTEXT;
        let count = 1 + rest.windows(2).take_while(|pair| near(pair)).count();
        let (group, later) = rest.split_at(count);
        let begin = first.from.saturating_sub(CONTEXT);
        let last = group.last().map_or(first.to, |change| change.to);
        let end = (last + CONTEXT).min(lines.len());
        let grown: i64 = group.iter().map(growth).sum();
        let (length, begin_new) = (end - begin, signed(begin) + 1 + shift);
        let _ = writeln!(
            text,
            "@@ -{},{length} +{begin_new},{} @@",
            begin + 1,
            signed(length) + grown
        );
        shift += grown;
        body(&mut text, &lines, group, (begin, end));
        rest = later;
    }
    text
}

fn body(text: &mut String, lines: &[&str], group: &[Change], (begin, end): (usize, usize)) {
    let mut at = begin;
    for change in group {
        lines[at..change.from]
            .iter()
            .for_each(|l| line(text, ' ', l));
        lines[change.from..change.to]
            .iter()
            .for_each(|l| line(text, '-', l));
        change.new.iter().for_each(|l| line(text, '+', l));
        at = change.to;
    }
    lines[at..end].iter().for_each(|l| line(text, ' ', l));
}

fn line(text: &mut String, mark: char, line: &str) {
    text.push(mark);
    text.push_str(line);
    if !line.ends_with('\n') {
        text.push_str("\n\\ No newline at end of file\n");
    }
}

/// Returns the changed lines; replacements that share a line are one change.
fn changes(old: &str, lines: &[&str], Hunks(edits): Hunks<'_>) -> Vec<Change> {
    let mut begins = vec![0];
    for line in lines {
        begins.push(begins.last().copied().unwrap_or(0) + line.len());
    }
    // What is put in at the very end goes with the last line: there is none behind it.
    let last = lines.len().saturating_sub(1);
    let line_of = |offset: usize| {
        let line = begins.partition_point(|begin| *begin <= offset).max(1) - 1;
        line.min(last)
    };
    let mut changes: Vec<Change> = Vec::new();
    let mut rest = edits;
    while let Some((first, _)) = rest.first() {
        let from = line_of(first.start());
        let mut to = from;
        let (mut new, mut done) = (String::new(), begins[from]);
        while let Some((span, text)) = rest
            .first()
            .filter(|(s, _)| to == from || line_of(s.start()) < to)
        {
            new.push_str(&old[done..span.start()]);
            new.push_str(text);
            done = span.end();
            to = (line_of(span.end().max(span.start() + 1) - 1) + 1).min(lines.len());
            rest = &rest[1..];
        }
        new.push_str(&old[done..begins[to]]);
        let new = new.split_inclusive('\n').map(str::to_owned).collect();
        changes.push(narrow(lines, Change { from, to, new }));
    }
    changes
}

/// Leaves out the lines at both ends that are the same.
fn narrow(lines: &[&str], mut change: Change) -> Change {
    while change.from < change.to && change.new.first().is_some_and(|l| l == lines[change.from]) {
        change.new.remove(0);
        change.from += 1;
    }
    while change.from < change.to && change.new.last().is_some_and(|l| l == lines[change.to - 1]) {
        change.new.pop();
        change.to -= 1;
    }
    change
}

fn growth(change: &Change) -> i64 {
    signed(change.new.len()) - signed(change.to - change.from)
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_shows_changed_lines_with_three_around_them() {
        let lines: Vec<String> = (1..=20).map(|n| format!("line {n}\n")).collect();
        let old = lines.concat();
        let place = |what: &str| {
            let start = old.find(what).unwrap_or_default();
            Span::new(start, start + what.len())
        };
        let edits = [
            (place("line 2\n"), "LINE 2\n".to_owned()),
            (place("line 5\nline 6"), "line 5".to_owned()),
            (place("19"), "nineteen".to_owned()),
        ];
        let expected = [
            "--- a.yaml",
            "+++ a.yaml",
            "@@ -1,9 +1,8 @@",
            " line 1",
            "-line 2",
            "+LINE 2",
            " line 3",
            " line 4",
            " line 5",
            "-line 6",
            " line 7",
            " line 8",
            " line 9",
            "@@ -16,5 +15,5 @@",
            " line 16",
            " line 17",
            " line 18",
            "-line 19",
            "+line nineteen",
            " line 20",
            "",
        ];
        let diff = unified("a.yaml", &old, Hunks(&edits));
        assert_eq!(diff.split('\n').collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_put_in_at_the_end_changes_the_last_line() {
        let added = |old: &str, text: &str| {
            let end = Span::new(old.len(), old.len());
            unified("a.yaml", old, Hunks(&[(end, text.to_owned())]))
        };
        let missing = "\\ No newline at end of file\n";
        let expected = format!(
            "--- a.yaml\n+++ a.yaml\n@@ -1,2 +1,2 @@\n name: e\n-summary\n{missing}+summary: \n{missing}"
        );
        assert_eq!(added("name: e\nsummary", ": "), expected);
        let expected = "--- a.yaml\n+++ a.yaml\n@@ -1,1 +1,2 @@\n name: e\n+when: x\n";
        assert_eq!(added("name: e\n", "when: x\n"), expected);
        let expected = "--- a.yaml\n+++ a.yaml\n@@ -1,0 +1,1 @@\n+rules: []\n";
        assert_eq!(added("", "rules: []\n"), expected);
    }
}
