//! Comments that speak to the linter: `# foghorn: …`.
//!
//! What they say is the matter of the room `lint`; here is only where they stand, because only
//! the readers of YAML and of conditions know what is a comment and what a text with a `#` in it.

use serde_saphyr::granit_parser::{Event, Parser, options};

use crate::diag::Span;

/// What begins such a comment.
const ADDRESS: &str = "foghorn";

/// How many comments of a file are looked at: more than these nobody wrote by hand.
const COMMENTS_MAX: usize = 100_000;

/// Returns the YAML comments that speak to the linter, from `#` to the end of the line.
///
/// Behind the place where the text is no YAML, it is what looks like one.
pub(super) fn of_file(text: &str) -> Vec<Span> {
    if !is_mentioned(text) {
        return Vec::new();
    }
    let mut options = options! {
        emit_unresolved_aliases: true,
        flow_nesting_limit: super::tree::DEPTH_MAX,
        block_nesting_limit: super::tree::DEPTH_MAX,
    };
    options.set_emit_comments(true);
    let events = Parser::new_from_str_with_options(text, options);
    let (mut found, mut read) = (Vec::new(), 0);
    for event in events.take(COMMENTS_MAX + super::tree::NODES_MAX) {
        let Ok((event, span)) = event else {
            found.extend(of_lines(text, read));
            break;
        };
        let Some(place) = span.byte_range() else {
            continue;
        };
        read = read.max(place.end);
        let Event::Comment(..) = event else {
            continue;
        };
        let line = text.get(place.start..).and_then(|rest| rest.lines().next());
        if let Some(line) = line.filter(|line| is_addressed(line)) {
            let end = place.start + line.trim_end().len();
            read = read.max(end);
            found.push(Span::new(place.start, end));
        }
    }
    found.truncate(COMMENTS_MAX);
    found
}

/// Returns what looks like such a comment from a byte on, where nobody can read YAML.
fn of_lines(text: &str, from: usize) -> Vec<Span> {
    let mut bounds = (0..=from.min(text.len())).rev();
    let start = bounds.find(|at| text.is_char_boundary(*at));
    let (mut found, mut start) = (Vec::new(), start.unwrap_or_default());
    for line in text[start..].split_inclusive('\n') {
        let mut signs = line.match_indices('#').map(|(sign, _)| sign);
        let sign = signs.find(|sign| {
            let before = &line[..*sign];
            (before.is_empty() || before.ends_with(char::is_whitespace))
                && is_addressed(&line[*sign..])
        });
        if let Some(sign) = sign {
            found.push(Span::new(start + sign, start + line.trim_end().len()));
        }
        start += line.len();
    }
    found
}

/// Returns the comments of a condition that speak to the linter, as places of its text.
pub(super) fn of_condition(text: &str) -> Vec<Span> {
    let mut at = 0;
    let mut found = Vec::new();
    if !is_mentioned(text) {
        return found;
    }
    for line in text.split_inclusive('\n') {
        if let Some(sign) = line.find('#').filter(|sign| is_addressed(&line[*sign..])) {
            found.push(Span::new(at + sign, at + line.trim_end().len()));
        }
        at += line.len();
    }
    found
}

/// Whether the linter is named at all, so that comments are to be looked for.
fn is_mentioned(text: &str) -> bool {
    ["foghorn", "Foghorn", "FOGHORN"]
        .iter()
        .any(|name| text.contains(name))
}

/// Whether a comment speaks to the linter.
fn is_addressed(comment: &str) -> bool {
    let words = comment.trim_start_matches('#').trim_start();
    let rest = words.get(..ADDRESS.len());
    rest.is_some_and(|name| name.eq_ignore_ascii_case(ADDRESS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_linter_may_be_written_with_a_capital() {
        assert_eq!(of_file("a: b # Foghorn: allow(slow) x\n").len(), 1);
        assert_eq!(of_condition("5xx > 1% # FOGHORN: allow(slow) x\n").len(), 1);
        assert_eq!(of_file("a: b # fog horn\n"), []);
    }

    #[test]
    fn behind_a_fault_of_yaml_comments_still_count() {
        let text = "a: 1 # foghorn: one\n   b: 2\nc: 3 # foghorn: two\nd: x#foghorn: not\n";
        let found = of_file(text);
        let found: Vec<&str> = found.iter().map(|s| &text[s.start..s.end]).collect();
        assert_eq!(found, ["# foghorn: one", "# foghorn: two"]);
    }

    #[test]
    fn only_comments_are_comments() {
        let text = "\
# foghorn: one
a: '# foghorn: not'  # foghorn: two
b: \"x # foghorn: not\"
c: |
  # foghorn: not
d: x#foghorn:not
e: [ # foghorn: three
  x]
# to foghorn: not
";
        let found = of_file(text);
        let found: Vec<&str> = found.iter().map(|s| &text[s.start..s.end]).collect();
        assert_eq!(
            found,
            ["# foghorn: one", "# foghorn: two", "# foghorn: three"]
        );
    }
}
