//! Comments that speak to the linter: `# foghorn: …`.
//!
//! What they say is the matter of the room `lint`; here is only where they stand, because only
//! the readers of YAML and of conditions know what is a comment and what a text with a `#` in it.

use crate::diag::Span;
use crate::yaml;

/// What begins such a comment.
const ADDRESS: &str = "foghorn";

/// Returns the comments of a file that speak to the linter, from `#` to the end of the line.
pub(super) fn of_file(text: &str) -> Vec<Span> {
    if is_mentioned(text) {
        yaml::comments(text, is_addressed)
    } else {
        Vec::new()
    }
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
        let found: Vec<&str> = found.iter().map(|s| &text[s.range()]).collect();
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
        let found: Vec<&str> = found.iter().map(|s| &text[s.range()]).collect();
        assert_eq!(
            found,
            ["# foghorn: one", "# foghorn: two", "# foghorn: three"]
        );
    }
}
