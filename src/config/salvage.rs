//! What can be read of a file that YAML stumbles over: all but the rule, the name, or the section,
//! in which it does.
//!
//! Only what others do not build on is left out: a rule of `rules:`, or all of `notify:` or
//! `web:`; and a name of `let:`, whose users are not blamed then. Where YAML stumbles again and again, or a quote that is not closed swallows what
//! follows, nothing is read: half a file would give findings that are not true.

use std::collections::BTreeSet;
use std::ops::Range;

use super::anchors::Anchors;
use super::names;
use super::tree::{self, Node};
use crate::diag::{Code, Diagnostic};

/// How many rules or sections are left out: whoever has more faults begins with these.
const LEFT_OUT_MAX: usize = 4;
/// The sections that may be left out as a whole.
const SECTIONS: [&str; 2] = ["notify", "web"];

/// What could be read of a file.
#[derive(Default)]
pub(super) struct Read {
    pub(super) root: Option<Node>,
    pub(super) faults: Vec<Diagnostic>,
    /// The names of `let:` that were left out.
    pub(super) names: BTreeSet<String>,
}

/// Reads a file; where YAML stumbles, what is left of it.
pub(super) fn parse(text: &str) -> Read {
    let (root, faults) = tree::parse(text);
    let rest = root.is_none().then(|| rest(text, &faults)).flatten();
    rest.unwrap_or(Read {
        root,
        faults,
        names: BTreeSet::new(),
    })
}

/// Reads what is left, if that is sound.
fn rest(text: &str, faults: &[Diagnostic]) -> Option<Read> {
    let anchors = Anchors::of(text);
    let mut left = text.to_owned();
    let first = faults.last().filter(|fault| fault.code == Code::Syntax)?;
    let mut read = Read {
        faults: vec![first.clone()],
        ..Read::default()
    };
    for _ in 0..LEFT_OUT_MAX {
        let entry = entry(&left, read.faults.last()?.primary.span.start)?;
        read.names.extend(entry.names);
        blank(&mut left, entry.place);
        let (root, mut faults) = tree::parse(&left);
        // An alias of what was left out is no fault, and what it stands for is not known.
        let written =
            |fault: &Diagnostic| text.get(fault.primary.span.start..fault.primary.span.end);
        if faults
            .iter()
            .filter_map(written)
            .any(|written| anchors.has(written))
        {
            return None;
        }
        if root.is_some() {
            read.faults.extend(faults);
            return Some(Read { root, ..read });
        }
        let stumbled = faults.pop().filter(|fault| fault.code == Code::Syntax)?;
        read.faults.push(stumbled);
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

/// What is left out at once.
struct Entry {
    place: Range<usize>,
    /// The names that it may define.
    names: BTreeSet<String>,
}

/// Returns the lines of the rule, the name, or the section, that holds a place.
fn entry(text: &str, at: usize) -> Option<Entry> {
    let outermost = || {
        let at_edge = lines(text).filter(|line| line.indent == 0);
        // A line that is indented with a tab, or with what looks like a space, is within something.
        at_edge.filter(|line| !line.content.starts_with(['-', '\t', '\u{a0}', '\u{3000}']))
    };
    let section = outermost().take_while(|line| line.start <= at).last()?;
    let end = outermost().find(|line| at < line.start);
    let end = end.map_or(text.len(), |line| line.start);
    let whole = |place| Entry {
        place,
        names: BTreeSet::new(),
    };
    let key = section.content.split(':').next()?;
    if SECTIONS.contains(&key) {
        return Some(whole(section.start..end));
    }
    let is_let = section.content == "let:";
    if !is_let && section.content != "rules:" {
        return None;
    }
    let within = || lines(text).filter(|line| (section.start + 1..end).contains(&line.start));
    let is_item = |line: &Line<'_>| is_let || line.content.starts_with("- ");
    let indent = within().next().filter(is_item)?.indent;
    // A rule whose dash stands in a wrong column is one by itself: lists within a rule are farther
    // to the right, and their items have no name.
    let is_rule = move |line: &Line<'_>| {
        let is_left = line.indent < indent + 2 || line.content.starts_with("- name:");
        !is_let && is_left && line.content.starts_with("- ")
    };
    let items =
        || within().filter(move |line| (line.indent == indent && is_item(line)) || is_rule(line));
    let item = items().take_while(|line| line.start <= at).last()?.start;
    let next = items().find(|line| at < line.start);
    let place = item..next.map_or(end, |line| line.start);
    if is_let {
        let lines = within().filter(|line| place.contains(&line.start));
        let names: Option<BTreeSet<String>> = lines.map(|line| defined(&line)).collect();
        return Some(Entry {
            names: names?,
            place,
        });
    }
    // Of the only rule nothing would be left.
    (1 < items().count()).then(|| whole(place))
}

/// Returns the name that a line of `let:` may define; `None` if it may define something else.
fn defined(line: &Line<'_>) -> Option<String> {
    // Before the name may stand a tab.
    let (name, _) = line.content.trim_start().split_once(':')?;
    names::is_name(name).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_out(text: &str, at: &str) -> Option<String> {
        entry(text, text.find(at).unwrap()).map(|entry| text[entry.place].to_owned())
    }

    #[test]
    fn a_rule_or_a_section_is_left_out_and_what_others_build_on_is_not() {
        let text = "let:\n  a: 5xx\nrules:\n  - name: x\n    when: a > 1%\n# c\n  - name: y\n    - z\nnotify:\n  to: q\n";
        let left_out = |at| left_out(text, at);
        assert_eq!(left_out("- z").as_deref(), Some("  - name: y\n    - z\n"));
        assert_eq!(left_out("a: 5xx").as_deref(), Some("  a: 5xx\n"));
        assert_eq!(
            left_out("when").as_deref(),
            Some("  - name: x\n    when: a > 1%\n# c\n")
        );
        assert_eq!(left_out("q").as_deref(), Some("notify:\n  to: q\n"));
    }

    #[test]
    fn a_rule_in_a_wrong_column_is_left_out_alone() {
        for dash in ["- ", " - ", "   - ", "    - "] {
            let text = format!(
                "rules:\n  - name: x\n    when: 5xx > 1%\n{dash}name: y\n      when: 4xx > 1%\n  - name: z\n"
            );
            let left_out = left_out(&text, "name: y").unwrap();
            assert_eq!(left_out, format!("{dash}name: y\n      when: 4xx > 1%\n"));
        }
    }

    #[test]
    fn a_line_with_a_tab_costs_its_rule_and_no_more() {
        let rule = "  - name: x\n    when: 5xx > 1%\n";
        let text = format!("rules:\n  - name: y\n\twhen: 4xx > 1%\n{rule}");
        let left_out = left_out(&text, "\t");
        assert_eq!(left_out.as_deref(), Some("  - name: y\n\twhen: 4xx > 1%\n"));
    }

    #[test]
    fn everything_else_stands_where_it_stood() {
        let text = "rules:\n  - name: ä\n   when: [\n  - name: b\n    when: 5xx > 1%\n";
        let Read { root, faults, .. } = parse(text);
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
    fn a_name_is_left_out_with_all_that_its_lines_may_define() {
        let rule = "rules:\n  - name: a\n    when: b > 1%\n";
        let names = |lets: &str| {
            let read = parse(&format!("let:\n{lets}{rule}"));
            read.root
                .map(|_| read.names.into_iter().collect::<Vec<_>>())
        };
        let all = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(names("  a: ]\n  b: 5xx\n"), all(&["a"]));
        assert_eq!(names("  b: 5xx\n  a: 5xx: 4xx\n"), all(&["a"]));
        assert_eq!(names("  a: 5xx\n   b: 4xx\n  c: 2xx\n"), all(&["a", "b"]));
        assert_eq!(names("  a: ]\n  c: ]\n"), all(&["a", "c"]));
        assert_eq!(names("  a: 5xx\n\tb: 4xx\n  c: 2xx\n"), all(&["a", "b"]));
        assert_eq!(names("  a: 5xx\n   4xx: ]\n"), None, "no name");
        assert_eq!(names("  a: 5xx\n"), all(&[]));
    }

    #[test]
    fn where_others_build_on_it_or_it_happens_too_often_nothing_is_read() {
        let rule = "  - name: a\n    when: 5xx > 1%\n";
        let is_read = |text: &str| parse(text).root.is_some();
        assert!(is_read(&format!("rules:\n  - a: ]\n{rule}")));
        assert!(is_read(&format!("let:\n  a: ]\nrules:\n{rule}")));
        assert!(!is_read(&format!("let: {{a: ]}}\nrules:\n{rule}")));
        assert!(!is_read(&format!("labels:\n  a: ]\nrules:\n{rule}")));
        assert!(!is_read("rules:\n  - [\n"), "nothing would be left");
        let often = "  - a: ]\n".repeat(LEFT_OUT_MAX + 1);
        assert!(!is_read(&format!("rules:\n{often}{rule}")));
        let often = "  - a: ]\n".repeat(LEFT_OUT_MAX);
        assert!(is_read(&format!("rules:\n{often}{rule}")));
    }
}
