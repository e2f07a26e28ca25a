//! What can be read of a file that YAML stumbles over: all but the rule, or the section, in which
//! it does.
//!
//! Only what others do not build on is left out: a rule of `rules:`, or all of `notify:` or
//! `web:`. Where YAML stumbles again and again, or a quote that is not closed swallows what
//! follows, nothing is read: half a file would give findings that are not true.

use std::ops::Range;

use super::tree::{self, Node};
use crate::diag::{Code, Diagnostic};

/// How many rules or sections are left out: whoever has more faults begins with these.
const LEFT_OUT_MAX: usize = 4;
/// The sections that may be left out as a whole.
const SECTIONS: [&str; 2] = ["notify", "web"];

/// Reads a file; where YAML stumbles, what is left of it.
pub(super) fn parse(text: &str) -> (Option<Node>, Vec<Diagnostic>) {
    let (root, faults) = tree::parse(text);
    match root {
        Some(root) => (Some(root), faults),
        None => rest(text, &faults).unwrap_or((None, faults)),
    }
}

/// Reads what is left, if that is sound.
fn rest(text: &str, faults: &[Diagnostic]) -> Option<(Option<Node>, Vec<Diagnostic>)> {
    let mut left = text.to_owned();
    let mut stumbled = vec![
        faults
            .last()
            .filter(|fault| fault.code == Code::Syntax)?
            .clone(),
    ];
    for _ in 0..LEFT_OUT_MAX {
        let place = entry(&left, stumbled.last()?.primary.span.start)?;
        blank(&mut left, place);
        let (root, mut faults) = tree::parse(&left);
        if root.is_some() {
            stumbled.extend(faults);
            return Some((root, stumbled));
        }
        stumbled.push(faults.pop().filter(|fault| fault.code == Code::Syntax)?);
    }
    None
}

/// Puts blanks in the place of a piece, so that everything else stands where it stood.
fn blank(text: &mut String, place: Range<usize>) {
    let blanks = text[place.clone()].bytes();
    let blanks: String = blanks
        .map(|b| if b == b'\n' { '\n' } else { ' ' })
        .collect();
    text.replace_range(place, &blanks);
}

/// A line with something in it.
struct Line<'t> {
    start: usize,
    indent: usize,
    content: &'t str,
}

fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    let all = text.split_inclusive('\n').map(move |line| {
        let content = line.trim_start_matches(' ');
        let found = Line {
            start,
            indent: line.len() - content.len(),
            content: content.trim_end(),
        };
        start += line.len();
        found
    });
    all.filter(|line| !line.content.is_empty() && !line.content.starts_with('#'))
}

/// Returns the lines of the rule, or of the section, that holds a place.
fn entry(text: &str, at: usize) -> Option<Range<usize>> {
    let outermost =
        || lines(text).filter(|line| line.indent == 0 && !line.content.starts_with('-'));
    let section = outermost().take_while(|line| line.start <= at).last()?;
    let end = outermost().find(|line| at < line.start);
    let end = end.map_or(text.len(), |line| line.start);
    let key = section.content.split(':').next()?;
    if SECTIONS.contains(&key) {
        return Some(section.start..end);
    }
    if section.content != "rules:" {
        return None;
    }
    let within = || lines(text).filter(|line| (section.start + 1..end).contains(&line.start));
    let is_item = |line: &Line<'_>| line.content.starts_with("- ");
    let indent = within().next().filter(is_item)?.indent;
    let items = || within().filter(move |line| line.indent == indent && is_item(line));
    let item = items().take_while(|line| line.start <= at).last()?.start;
    let next = items().find(|line| at < line.start);
    // Of the only rule nothing would be left.
    (1 < items().count()).then(|| item..next.map_or(end, |line| line.start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_out(text: &str, at: &str) -> Option<String> {
        entry(text, text.find(at).unwrap()).map(|place| text[place].to_owned())
    }

    #[test]
    fn a_rule_or_a_section_is_left_out_and_what_others_build_on_is_not() {
        let text = "let:\n  a: 5xx\nrules:\n  - name: x\n    when: a > 1%\n# c\n  - name: y\n    - z\nnotify:\n  to: q\n";
        let left_out = |at| left_out(text, at);
        assert_eq!(left_out("- z").as_deref(), Some("  - name: y\n    - z\n"));
        assert_eq!(left_out("x").as_deref(), None, "`let:`");
        assert_eq!(
            left_out("when").as_deref(),
            Some("  - name: x\n    when: a > 1%\n# c\n")
        );
        assert_eq!(left_out("q").as_deref(), Some("notify:\n  to: q\n"));
    }

    #[test]
    fn everything_else_stands_where_it_stood() {
        let text = "rules:\n  - name: ä\n   when: [\n  - name: b\n    when: 5xx > 1%\n";
        let (root, faults) = parse(text);
        assert_eq!(faults.len(), 1, "{faults:?}");
        let root = root.unwrap();
        assert_eq!(
            root.span.end,
            tree::parse(&text.replace("   when: [", "    when: x"))
                .0
                .unwrap()
                .span
                .end
                - 1
        );
    }

    #[test]
    fn where_others_build_on_it_or_it_happens_too_often_nothing_is_read() {
        let rule = "  - name: a\n    when: 5xx > 1%\n";
        let is_read = |text: &str| parse(text).0.is_some();
        assert!(is_read(&format!("rules:\n  - a: ]\n{rule}")));
        assert!(!is_read(&format!("let:\n  a: [\nrules:\n{rule}")));
        assert!(!is_read("rules:\n  - [\n"), "nothing would be left");
        let often = "  - a: ]\n".repeat(LEFT_OUT_MAX + 1);
        assert!(!is_read(&format!("rules:\n{often}{rule}")));
        let often = "  - a: ]\n".repeat(LEFT_OUT_MAX);
        assert!(is_read(&format!("rules:\n{often}{rule}")));
    }
}
