//! Items of lists whose dash is missing, or stands in a wrong column.

use super::faults::without_comment;
use super::line::{Line, key_of};
use super::slips::write;
use super::vocabulary::Vocabulary;
use crate::diag::{Code, Diagnostic, Edit, Span};

/// How many lines above an item another of its list may stand.
const ITEM_LINES_MAX: usize = 200;

/// The first key of the items of the list that a [`Vocabulary`] knows.
const NAME: &str = "name";

/// An item of a list whose dash stands in another column than those above it.
pub(super) fn misplaced(text: &str, line: Line<'_>, at: usize) -> Option<Diagnostic> {
    let (dash, _) = line.content();
    let (column, key) = key_of(line)?;
    if at < dash || column + key.len() < at {
        return None;
    }
    let above = std::iter::successors(line.above(text), |above| above.above(text));
    let items = above.take(ITEM_LINES_MAX).filter(|above| {
        let (column, content) = above.content();
        content.starts_with("- ") && column != dash
    });
    let items: Vec<Line<'_>> = items.collect();
    // An item that begins with the same key is of the same list.
    let sibling = items.iter().find(|item| {
        let other = key_of(**item);
        other.is_some_and(|(_, other)| other == key)
    });
    let (wanted, _) = sibling.or(items.first())?.content();
    if let Some(first) = sibling
        && is_alone(text, *first, line)
    {
        return Some(in_column(text, *first, (dash, "below"), true));
    }
    Some(in_column(text, line, (wanted, "above"), sibling.is_some()))
}

/// Says in which column the dash of an item must stand, as those of others do.
fn in_column(
    text: &str,
    line: Line<'_>,
    (wanted, side): (usize, &str),
    may_move: bool,
) -> Diagnostic {
    let (dash, _) = line.content();
    let start = line.start + dash;
    let message = format!(
        "this item of the list begins in column {}, and those {side} it in column {}",
        dash + 1,
        wanted + 1
    );
    let help = match wanted {
        0 => "begin the line with its dash".to_owned(),
        1 => "put 1 space before its dash".to_owned(),
        _ => format!("put {wanted} spaces before its dash"),
    };
    let fault = Diagnostic::new(Code::Syntax, Span::new(start, start + 1), message).help(help);
    if !may_move || text.contains('\r') {
        return fault;
    }
    let (whole, moved) = moved(text, line, wanted);
    fault.fix(whole, moved)
}

/// Whether an item is the first of its list and stands in another column than the second and the third.
fn is_alone(text: &str, first: Line<'_>, second: Line<'_>) -> bool {
    let (dash, _) = second.content();
    let key = key_of(second).map(|(_, key)| key);
    let is_item = |line: Line<'_>| {
        line.content().1.starts_with("- ") && key_of(line).map(|(_, key)| key) == key
    };
    let is_first = first.above(text).is_some_and(|section| {
        let (column, content) = section.content();
        column <= dash && content.ends_with(':') && !content.starts_with("- ")
    });
    let below = std::iter::successors(second.below(text), |below| below.below(text));
    let mut below = below
        .take(ITEM_LINES_MAX)
        .filter(|line| !line.text.trim().is_empty());
    let next = below.find(|line| line.content().0 <= dash || is_item(*line));
    is_first && next.is_some_and(|third| is_item(third) && third.content().0 == dash)
}

/// A list whose first item has lost its dash, or the line with it: the next item stands in no list.
pub(super) fn headless(
    text: &str,
    line: Line<'_>,
    at: usize,
    vocabulary: &Vocabulary,
) -> Option<Diagnostic> {
    let (dash, _) = line.content();
    let own = key_of(line);
    if at < dash || own.is_some_and(|(column, key)| column + key.len() < at) {
        return None;
    }
    let above = std::iter::successors(line.above(text), |above| above.above(text));
    let mut first = None;
    for above in above.take(ITEM_LINES_MAX) {
        let (column, content) = above.content();
        if dash < column {
            let of_item = key_of(above).filter(|_| content.starts_with("- "));
            if of_item.is_some() && of_item.map(|(_, key)| key) == own.map(|(_, key)| key) {
                return None;
            }
            first = Some(above);
            continue;
        }
        let (_, section) = key_of(above)?;
        if content.starts_with("- ") || content.len() != section.len() + 1 {
            return None;
        }
        let first = first?;
        if own.is_some_and(|(_, key)| key == NAME) && section != vocabulary.list {
            // The items of that list stand beneath another section.
            let is_beside = dash == above.content().0;
            return is_beside.then(|| without_key(text, line, vocabulary));
        }
        if let Some(fault) = bare_map(first, dash) {
            return Some(fault);
        }
        let (column, of_first) = key_of(first)
            .filter(|(_, key)| !first.content().1.starts_with("- ") && vocabulary.has_key(key))?;
        let start = first.start + column;
        let message = format!("the list beneath `{section}:` begins without a dash");
        let fault = Diagnostic::new(
            Code::Syntax,
            Span::new(start, start + of_first.len()),
            message,
        );
        let next = Span::new(line.start + dash, line.start + dash + 1);
        let fault = fault.also(next, "the next item begins here");
        let (_, key) = own?;
        if of_first != key {
            return Some(fault.help(format!("write the item's line `- {key}: …` above this one")));
        }
        let fault = fault.help(format!("write `- {key}:`"));
        let blanks = Span::new(first.start + dash, start);
        return Some(if text.get(blanks.range()) == Some("  ") {
            fault.fix(blanks, "- ")
        } else {
            fault
        });
    }
    None
}

/// `{domains: [a.b]}` among the items of a list, whose dashes stand in a column.
fn bare_map(line: Line<'_>, dash: usize) -> Option<Diagnostic> {
    let (column, content) = line.content();
    if !content.starts_with('{') || content.starts_with("{{") || column < dash {
        return None;
    }
    let start = line.start + column;
    let message = "a dash is missing before this item of the list";
    let fault = Diagnostic::new(Code::Syntax, Span::new(start, start + 1), message);
    let indent = " ".repeat(dash) + "- ";
    let fault = fault.help("write `- {…}`");
    Some(fault.fix(Span::new(line.start, start), indent))
}

/// The map of a line that stands beneath items of a list without a dash of its own.
pub(super) fn without_own_dash(text: &str, line: Line<'_>) -> Option<Diagnostic> {
    let above = std::iter::successors(line.above(text), |above| above.above(text));
    let mut above = above.take(ITEM_LINES_MAX).map(Line::content).peekable();
    // It is the value of a key, or a part of what began above.
    let goes_on = |(_, content): &(usize, &str)| content.ends_with([':', ',', '{', '[']);
    if above.peek().is_none_or(goes_on) {
        return None;
    }
    let (dash, _) = above.find(|(_, content)| content.starts_with("- "))?;
    bare_map(line, dash)
}

/// A list that the text begins with, above the section at which YAML stumbles: the key that it belongs
/// to is missing.
pub(super) fn without_section(
    text: &str,
    section: Line<'_>,
    vocabulary: &Vocabulary,
) -> Option<Diagnostic> {
    if key_of(section)?.0 != 0 || section.text.starts_with("- ") {
        return None;
    }
    let first = Line::at(text, 0)?;
    let mut lines = std::iter::successors(Some(first), |line| line.below(text));
    let is_said = |line: &Line<'_>| {
        let (_, content) = line.content();
        !content.is_empty() && !content.starts_with(['#', '%']) && content != "---"
    };
    let line = lines.find(is_said)?;
    if !line.content().1.starts_with("- ") {
        return None;
    }
    Some(without_key(text, line, vocabulary))
}

/// `- settle: 5m` among the keys of a file.
pub(super) fn outermost(line: Line<'_>, at: usize, vocabulary: &Vocabulary) -> Option<Diagnostic> {
    let rest = line.text.strip_prefix("- ")?;
    let (column, key) = key_of(line)?;
    if !vocabulary.is_outermost(key) || line.start + column + key.len() < at {
        return None;
    }
    let dash = Span::new(line.start, line.start + 1);
    let message = format!("a dash stands before `{key}`, which is a key of the file");
    let fault = Diagnostic::new(Code::Syntax, dash, message).help("leave the dash out");
    let blanks = line.text.len() - rest.trim_start().len();
    Some(fault.fix(Span::new(line.start, line.start + blanks), ""))
}

/// Says that a list has no key, by its first item.
fn without_key(text: &str, line: Line<'_>, vocabulary: &Vocabulary) -> Diagnostic {
    let start = line.start + line.content().0;
    let message = "this list stands under no key";
    let fault = Diagnostic::new(Code::Syntax, Span::new(start, start + 1), message);
    if key_of(line).is_none_or(|(_, key)| key != NAME) {
        return fault.help("write the key of its section above it");
    }
    let list = vocabulary.list;
    let is_list = |other: &str| {
        other
            .strip_prefix(list)
            .is_some_and(|rest| rest.starts_with(':'))
    };
    fault.help(match text.lines().position(is_list) {
        Some(at) => format!("move it under `{list}:`, which stands in line {}", at + 1),
        None => format!("write `{list}:` above it"),
    })
}

/// Returns where an item stands with all of its lines, and what they are once its dash is in
/// another column.
fn moved(text: &str, first: Line<'_>, wanted: usize) -> (Span, String) {
    let (dash, _) = first.content();
    let shifted = |line: Line<'_>| {
        let (column, _) = line.content();
        let content = &line.text[column..];
        match content {
            "" => String::new(),
            _ => " ".repeat(column + wanted - dash.min(column + wanted)) + content,
        }
    };
    let mut lines = vec![shifted(first)];
    let mut end = first.start + first.text.len();
    // Where the other keys do not stand below the first, they are right already.
    let key = key_of(first).map(|(column, _)| column);
    let next = first.below(text).map(Line::content);
    if next.is_some_and(|(column, content)| !content.is_empty() && key != Some(column)) {
        return (Span::new(first.start, end), lines.join("\n"));
    }
    let mut last = first;
    while let Some(line) = last.below(text).filter(|line| {
        let (column, content) = line.content();
        let is_next = content.starts_with("- ") && column <= wanted;
        content.is_empty() || dash < column && !is_next
    }) {
        lines.push(shifted(line));
        end = line.start + line.text.len();
        last = line;
    }
    (Span::new(first.start, end), lines.join("\n"))
}

/// Whether a mend moves an item of a list, and no line that may as well be of what the list stands in.
pub(super) fn moves_one(text: &str, mend: &Edit) -> bool {
    let column = |line: &str| line.len() - line.trim_start().len();
    let wanted = column(&mend.text);
    let (Some(first), Some(moved)) = (
        Line::at(text, mend.span.start()),
        text.get(mend.span.range()),
    ) else {
        return false;
    };
    let above = std::iter::successors(first.above(text), |above| above.above(text));
    let mut keys = above.take(ITEM_LINES_MAX).filter_map(|line| {
        let (column, content) = line.content();
        let key = if content.starts_with("- ") {
            key_of(line).filter(|_| content.ends_with(':'))?.0
        } else {
            column
        };
        (key <= wanted).then_some(key)
    });
    let is_item = mend.text.trim_start().starts_with("- ");
    is_item
        && keys.next().is_some_and(|key| {
            let mut others = moved.lines().skip(1).filter(|line| !line.trim().is_empty());
            others.all(|line| key < column(line))
        })
}

/// A key below the dash of a list whose last item begins with the very key: a new item.
pub(super) fn without_dash(line: Line<'_>, column: usize, key: &str) -> Diagnostic {
    let start = line.start + column;
    let message = format!("a dash is missing before `{key}`: a new item of the list begins here");
    let (_, content) = line.content();
    let help = write(
        &format!("- {}", without_comment(content)),
        &format!("- {key}"),
    );
    let place = Span::new(start, start);
    Diagnostic::new(Code::Syntax, Span::new(start, start + key.len()), message)
        .help(help)
        .fix(place, "- ")
}

#[cfg(test)]
mod tests {
    use crate::yaml::marks::tests::told;

    #[test]
    fn of_three_items_the_first_in_another_column_is_the_one_that_is_wrong() {
        let rule =
            |indent: &str, name: &str| format!("{indent}- name: {name}\n{indent}  when: x\n\n");
        for indent in ["    ", "   ", "      "] {
            let rest = [rule("  ", "b"), rule("  ", "c"), "store: s\n".to_owned()].concat();
            let text = |first: &str| format!("rules:\n{}{rest}", rule(first, "a"));
            let faulty = text(indent);
            let (at, mended) = told(&faulty);
            assert_eq!((&*at, mended), ("-", text("  ")));
        }
        let two = ["rules:\n".to_owned(), rule("    ", "a"), rule("  ", "b")].concat();
        let mended = told(&two).1;
        assert!(
            mended.ends_with(&rule("    ", "b")),
            "nobody knows which has moved: {mended}"
        );
    }

    #[test]
    fn a_list_whose_first_item_has_no_dash_is_told_where_that_begins() {
        let rest = "  - name: b\n    when: 5xx > 1%\n";
        for (faulty, at, sound) in [
            (
                "    name: a\n    when: x\n",
                "name",
                "  - name: a\n    when: x\n",
            ),
            (
                "    when: x\n    summary: y\n",
                "when",
                "    when: x\n    summary: y\n",
            ),
            ("    when: >\n      x\n", "when", "    when: >\n      x\n"),
            ("    {name: a, when: x}\n", "{", "  - {name: a, when: x}\n"),
            ("   {name: a, when: x}\n", "{", "  - {name: a, when: x}\n"),
            (
                "  - name: c\n    when: x\n   {name: a, when: x}\n",
                "{",
                "  - name: c\n    when: x\n  - {name: a, when: x}\n",
            ),
            (
                "  - {name: c, when: x}\n    {name: a, when: x}\n",
                "{",
                "  - {name: c, when: x}\n  - {name: a, when: x}\n",
            ),
        ] {
            let text = |first: &str| format!("let:\n  a: b\nrules:\n{first}{rest}");
            assert_eq!(told(&text(faulty)), (at.to_owned(), text(sound)));
        }
    }

    #[test]
    fn a_list_that_the_text_begins_with_stands_under_no_key() {
        for list in [
            "# Mine.\n\n  - name: a\n    when: 5xx > 1%\nstore: s\n",
            "---\n- name: a\n  when: 5xx > 1%\nstore: s\n",
            "let:\n  gateway: 502\n- name: a\n  when: 5xx > 1%\n",
        ] {
            // An item may as well have lost its columns: nobody knows.
            assert_eq!(told(list), ("-".to_owned(), list.to_owned()));
        }
        let key = told("let:\n  a: b\n- store: s\n");
        assert_eq!(key, ("-".to_owned(), "let:\n  a: b\nstore: s\n".to_owned()));
        let list = "- {domains: [a.b], labels: {}}\nstore: s\n";
        assert_eq!(told(list), ("-".to_owned(), list.to_owned()));
    }
}
