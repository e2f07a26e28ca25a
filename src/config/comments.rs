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
/// Where the text is no YAML, it is those before the place where reading stops.
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
    let events = events.take(COMMENTS_MAX + super::tree::NODES_MAX);
    let comments = events.map_while(Result::ok).filter_map(|(event, span)| {
        let Event::Comment(..) = event else {
            return None;
        };
        let start = span.byte_range()?.start;
        let line = text.get(start..)?.lines().next()?;
        is_addressed(line).then(|| Span::new(start, start + line.trim_end().len()))
    });
    comments.take(COMMENTS_MAX).collect()
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
