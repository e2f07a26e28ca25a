//! What can be read of a file that YAML stumbles over: all but the smallest piece within which it
//! does, in whatever section that stands.
//!
//! Where nothing is wrong but the column in which an item of a list begins, all is read. Otherwise, in
//! the place of a piece a mark stands, which becomes an [unread](Kind::Unread) part of the tree.
//! What is unread is not missing: nothing is said of it, nor of what may stand there. Where YAML
//! stumbles again and again, nothing is read: half a file would give findings that are not true.

use std::collections::BTreeSet;
use std::ops::Range;

use super::indents::Indented;
use super::line::Line;
use super::node::{Kind, Node, Style};
use super::pieces::{self, Mark, Piece};
use super::tree::{self, Parsed};
use super::vocabulary::Vocabulary;
use super::{faults, items, marks, slips};
use crate::diag::{Diagnostic, Fix, Span};

/// How many pieces are left out: whoever has more faults begins with these.
pub(crate) const LEFT_OUT_MAX: usize = 20;
/// How many bytes are read in all while the smallest pieces are looked for: half a second's work. A
/// file of ten thousand rules is read some four times, a usual one hundreds of times.
const READ_BYTES_MAX: usize = 8 << 20;

/// What could be read of a text.
pub struct Salvaged<'t> {
    /// The tree, of which pieces may be [unread](Kind::Unread); `None` where nothing could be read.
    pub root: Option<Node<'t>>,
    /// What is wrong.
    pub faults: Vec<Diagnostic>,
    /// The [names](Vocabulary::names) that were left out.
    pub names: BTreeSet<String>,
}

/// Reads a text; where YAML stumbles, what is left of it.
pub fn salvage<'t>(text: &'t str, vocabulary: &Vocabulary) -> Salvaged<'t> {
    let mends = (READ_BYTES_MAX / text.len().max(1)).clamp(1, LEFT_OUT_MAX);
    read(text, vocabulary, mends)
}

/// Reads a text, in which so many mends of columns may be made.
fn read<'t>(text: &'t str, vocabulary: &Vocabulary, mends: usize) -> Salvaged<'t> {
    let Parsed {
        root,
        faults,
        stopped,
    } = tree::parse(text, vocabulary);
    let first = stopped.and_then(|at| Some((faults.last()?.clone(), at)));
    let left = first.and_then(|(fault, at)| {
        indented(text, &fault, vocabulary, mends).or_else(|| rest(text, (fault, at), vocabulary))
    });
    left.unwrap_or(Salvaged {
        root,
        faults,
        names: BTreeSet::new(),
    })
}

/// Reads a text as if an item of a list began where the others do, and a text within its key. Of a key in
/// a wrong column nobody knows whether it or those beside it have moved.
fn indented(
    text: &str,
    first: &Diagnostic,
    vocabulary: &Vocabulary,
    mends: usize,
) -> Option<Salvaged<'static>> {
    let is_of_item = |mend: &&Fix| mend.0.iter().all(|edit| items::moves_one(text, edit));
    let is_of_text = |mend: &&Fix| {
        let fault = slips::unindented(text, first.primary.span.start(), vocabulary);
        fault.and_then(|fault| fault.fix).as_ref() == Some(*mend)
    };
    let mend = first.fix.as_ref();
    let mend = mend.filter(|mend| is_of_item(mend) || is_of_text(mend))?;
    if marks::merge(text).is_some() {
        return None;
    }
    let indented = Indented::of(text, mend)?;
    let mut read = as_if(&indented, vocabulary, mends.checked_sub(1)?);
    read.root.as_ref()?;
    read.faults.insert(0, first.clone());
    Some(read)
}

/// Reads a text as if a mend that moves lines were made; `None` if it cannot be.
pub(crate) fn salvage_as_if(
    text: &str,
    mend: &Fix,
    vocabulary: &Vocabulary,
) -> Option<Salvaged<'static>> {
    let indented = Indented::of(text, mend)?;
    let mends = (READ_BYTES_MAX / text.len().max(1)).clamp(1, LEFT_OUT_MAX);
    Some(as_if(&indented, vocabulary, mends))
}

/// Reads a text in which lines have moved, and says where its parts stood.
fn as_if(indented: &Indented, vocabulary: &Vocabulary, mends: usize) -> Salvaged<'static> {
    let read = read(&indented.text, vocabulary, mends);
    let root = read.root.map(|root| {
        let mut root = root.into_owned();
        indented.restore(&mut root);
        root
    });
    let faults = read.faults.into_iter().map(|fault| indented.fault(fault));
    Salvaged {
        root,
        faults: faults.collect(),
        names: read.names,
    }
}

/// Reads what is left, from the first fault and the byte at which YAML stopped for it.
fn rest(
    text: &str,
    (first, mut stopped): (Diagnostic, usize),
    vocabulary: &Vocabulary,
) -> Option<Salvaged<'static>> {
    if marks::merge(text).is_some() {
        // Both sides of a conflict say what only one can.
        return None;
    }
    let mut left = text.to_owned();
    let mut tries = (READ_BYTES_MAX / text.len().max(1)).max(1);
    let mut at = first.primary.span.start();
    let (mut told, mut pieces) = (vec![first], Vec::new());
    loop {
        if pieces.len() >= LEFT_OUT_MAX {
            return None;
        }
        let piece = smallest((&left, text), (at, stopped), &mut tries, vocabulary)?;
        piece.mark.set(&mut left, &piece.place);
        pieces.push(piece);
        let parsed = tree::parse_left(&left, text, vocabulary);
        if let Some(root) = parsed.root {
            told.extend(parsed.faults);
            return marked(text, root.into_owned(), &pieces, vocabulary).map(|(root, names)| {
                Salvaged {
                    root: Some(root),
                    faults: told,
                    names,
                }
            });
        }
        stopped = parsed.stopped?;
        let Some(next) = parsed.faults.into_iter().next_back() else {
            continue;
        };
        let before = std::mem::replace(&mut at, next.primary.span.start());
        match told.pop_if(|last| goes_on(text, (last, before), &next)) {
            Some(mut last) => {
                last.secondary.clear();
                told.push(last.also(next.primary.span, "as do those down to this one"));
            }
            None => told.push(next),
        }
    }
}

/// Whether a key stands right below another, in the same wrong column.
fn goes_on(text: &str, (last, before): (&Diagnostic, usize), next: &Diagnostic) -> bool {
    // What is mended by blanks before it, and by how many.
    let indent = |fault: &Diagnostic| match fault.fix.as_ref()?.0.as_slice() {
        [edit] if edit.span.end() == fault.primary.span.start() && edit.text.trim().is_empty() => {
            Some(edit.text.len())
        }
        _ => None,
    };
    let lines = Line::at(text, before).zip(Line::at(text, next.primary.span.start()));
    let is_below = lines.is_some_and(|(above, below)| {
        let found = below.above(text);
        found.is_some_and(|found| found.content().0 == below.content().0 && above.is(found))
    });
    is_below && indent(last).is_some() && indent(last) == indent(next)
}

/// Returns the smallest piece at a place without which YAML reads on behind it.
fn smallest(
    (left, text): (&str, &str),
    (at, stopped): (usize, usize),
    tries: &mut usize,
    vocabulary: &Vocabulary,
) -> Option<Piece> {
    // Where a mark can stand, blanks in its place would only hide that something does.
    let mut stands = None;
    let mut pieces = pieces::at(left, at).into_iter();
    if left[at..].starts_with(slips::STRANGE_BLANKS) {
        // That is told before anything is read.
        return pieces.next();
    }
    pieces.find(|piece| {
        if piece.mark == Mark::Nothing && stands.as_ref() == Some(&piece.place) {
            return false;
        }
        let Some(fewer) = tries.checked_sub(1) else {
            return false;
        };
        *tries = fewer;
        let mut without = left.to_owned();
        piece.mark.set(&mut without, &piece.place);
        let read = tree::attempt(&without, text, vocabulary);
        let stop = read.stop.and_then(|stop| Some((stop.at(&without)?, stop)));
        let Some((next, stop)) = stop else {
            return read.root.is_some();
        };
        if next == stopped || next < piece.place.end {
            return false;
        }
        stands = Some(piece.place.clone());
        // Where it stumbles over what stands right behind, that belongs to the piece.
        !pieces::is_right_behind(&without, piece.place.end, next)
            || !faults::is_unexplained(&stop.fault(&without, vocabulary))
    })
}

/// Makes unread parts of the marks, and returns the names that are among them; `None` if
/// a mark has become a part of something else.
fn marked(
    text: &str,
    mut root: Node<'static>,
    pieces: &[Piece],
    vocabulary: &Vocabulary,
) -> Option<(Node<'static>, BTreeSet<String>)> {
    let mut names = BTreeSet::new();
    for piece in pieces {
        let defined = match piece.mark {
            Mark::Entry | Mark::Nothing => defined(text, piece, vocabulary),
            Mark::Value | Mark::Item => None,
        };
        match (defined, piece.mark) {
            (Some(defined), Mark::Nothing) => names.extend(defined),
            (Some(defined), _) => {
                mark(&mut root, piece)?;
                forget(&mut root, piece);
                names.extend(defined);
            }
            (None, Mark::Nothing) => {
                let written = &text[piece.place.clone()];
                let is_of_root = text[..piece.place.start].ends_with('\n')
                    && !written.starts_with(char::is_whitespace);
                let is_list = written
                    .strip_prefix(vocabulary.list)
                    .is_some_and(|rest| rest.starts_with(':'));
                lack(&mut root, &piece.place, is_of_root || is_list);
            }
            (None, _) => mark(&mut root, piece)?,
        }
    }
    Some((root, names))
}

/// Returns the names that a piece may define; `None` if it may define something else.
fn defined(text: &str, piece: &Piece, vocabulary: &Vocabulary) -> Option<BTreeSet<String>> {
    let lines = pieces::lines_within(text, vocabulary.names, &piece.place)?.into_iter();
    let names = lines.map(|line| {
        let (name, _) = line.split_once([':', ' '])?;
        (vocabulary.is_name)(name).then(|| name.to_owned())
    });
    names.collect()
}

/// Takes an entry of the outermost maps away of which all is known.
fn forget(root: &mut Node, piece: &Piece) {
    let Kind::Map(sections) = &mut root.kind else {
        return;
    };
    for (_, section) in sections {
        if let Kind::Map(pairs) = &mut section.kind {
            pairs.retain(|(key, _)| !key.is_unread() || key.span.start() != piece.place.start);
        }
    }
}

/// Makes unread what stands at the mark of a piece, also in the copies that aliases make; `None`
/// if nothing does.
fn mark(node: &mut Node, piece: &Piece) -> Option<()> {
    let at = piece.place.start + piece.mark.offset();
    let is_mark = |node: &Node| {
        let is_sign = matches!(&node.kind, Kind::Scalar(scalar)
            if scalar.style == Style::Plain && &*scalar.text == "~");
        is_sign && node.span.start() == at
    };
    let has_mark = |node: &Node| match &node.kind {
        Kind::Map(pairs) => pairs.first().is_some_and(|(key, _)| is_mark(key)),
        _ => false,
    };
    let mut found = None;
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        if piece.mark == Mark::Value && is_mark(node) || piece.mark == Mark::Item && has_mark(node)
        {
            *node = unread(&piece.place);
            found = Some(());
            continue;
        }
        match &mut node.kind {
            Kind::Map(pairs) => {
                for (key, value) in pairs {
                    if piece.mark == Mark::Entry && is_mark(key) {
                        (*key, *value) = (unread(&piece.place), unread(&piece.place));
                        found = Some(());
                    } else {
                        open.extend([key, value]);
                    }
                }
            }
            Kind::List(items) => open.extend(items),
            Kind::Scalar(_) | Kind::Unread => {}
        }
    }
    found
}

/// Notes in all that may have had a piece which left no mark that a part of it is unread.
fn lack(node: &mut Node, place: &Range<usize>, is_of_it: bool) {
    match &mut node.kind {
        Kind::Map(pairs) => {
            let is_before =
                |(key, _): &&mut (Node, Node)| !key.is_unread() && key.span.start() < place.start;
            let before = pairs.iter_mut().filter(is_before).last();
            // What stands above all is of no part.
            let is_first = before.is_none();
            if let Some((_, value)) = before {
                lack(value, place, true);
            }
            if is_of_it || is_first {
                pairs.push((unread(place), unread(place)));
            }
        }
        Kind::List(items) => {
            let is_before = |item: &&mut Node| !item.is_unread() && item.span.start() < place.start;
            if let Some(item) = items.iter_mut().filter(is_before).last() {
                lack(item, place, true);
            }
            items.push(unread(place));
        }
        Kind::Scalar(_) | Kind::Unread => {}
    }
    if node.is_null() {
        // It was all that stood beneath a key.
        node.kind = Kind::Unread;
    }
}

fn unread(place: &Range<usize>) -> Node<'static> {
    Node {
        span: Span::new(place.start, place.end),
        kind: Kind::Unread,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::vocabulary::tests::VOCABULARY;

    fn parse(text: &str) -> Salvaged<'_> {
        salvage(text, &VOCABULARY)
    }

    fn is_read(text: &str) -> bool {
        parse(text).root.is_some()
    }

    #[test]
    fn everything_else_stands_where_it_stood() {
        let text = "rules:\n  - name: ä\n   when: [\n  - name: b\n    when: 5xx > 1%\n";
        let Salvaged { root, faults, .. } = parse(text);
        assert_eq!(faults.len(), 1, "{faults:?}");
        let sound = text.replace("   when: [", "    when: x");
        let whole = tree::parse(&sound, &VOCABULARY).root.unwrap();
        assert_eq!(root.unwrap().span.end(), whole.span.end() - 1);
    }

    #[test]
    fn what_may_not_be_of_an_item_in_a_wrong_column_is_not_read_as_if_it_were() {
        let deep = "let:\n  a:\n    - name: x\n      when: y\n";
        let flat = "let:\n  a:\n  - name: x\n    when: y\n";
        for (list, lines, is_read) in [
            (deep, "  - name: y\n    when: z\n  b: c\n", true),
            (deep, "  - name: y\n    - name: z\n  b: c\n", true),
            (
                deep,
                "   - name: y\n     when: z\n    - name: z\n  b: c\n",
                true,
            ),
            (flat, "- name: y\n  - name: z\n  b: c\n", true),
            (flat, "- name: y\n  when: z\n  b: c\n", false),
            (flat, "- name: y\n  b: c\n", false),
        ] {
            let text = format!("{list}{lines}store: s\n");
            let Salvaged { root, faults, .. } = parse(&text);
            let is_whole = root.is_some_and(|root| root.is_whole());
            assert_eq!(is_whole, is_read, "{text}: {faults:?}");
        }
    }

    #[test]
    fn items_in_wrong_columns_are_read_where_they_stand() {
        let rule = "rules:\n  - name: x\n    when: 5xx > 1%\n";
        for (lines, others) in [
            (
                "    - name: y\n      when: |\n        4xx\n          > 1%\n",
                0,
            ),
            ("- name: y\n  when: |\n    4xx\n      > 1%\n", 0),
            (
                "   - name: y\n     when: 4xx > 1%\n    - name: z\n      when: 2xx < 1%\n",
                1,
            ),
            ("   - name: y\n     labels: {a: b\n  - name: z\n", 1),
        ] {
            let text = format!("{rule}{lines}store: s\n");
            let Salvaged { root, faults, .. } = parse(&text);
            assert_eq!(faults.len(), 1 + others, "{text}: {faults:?}");
            let root = root.unwrap();
            assert_eq!(root.is_whole(), !lines.contains('{'), "{text}");
            let mut open = vec![&root];
            while let Some(node) = open.pop() {
                match &node.kind {
                    Kind::Map(pairs) => open.extend(pairs.iter().flat_map(|(k, v)| [k, v])),
                    Kind::List(items) => open.extend(items),
                    Kind::Scalar(of) => {
                        let written = &text[node.span.range()];
                        let first = of.text.split_whitespace().next().unwrap();
                        assert!(written.contains(first), "{text}: {written}");
                    }
                    Kind::Unread => {}
                }
            }
        }
    }

    #[test]
    fn a_name_that_is_left_out_is_known_by_its_lines() {
        let rule = "rules:\n  - name: a\n    when: b > 1%\n";
        let names = |lets: &str| {
            let text = format!("let:\n{lets}{rule}");
            let read = parse(&text);
            assert!(read.root.is_some(), "{lets}");
            read.names.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(names("  a: 5xx\n   b: 4xx\n  c: 2xx\n"), ["b"]);
        assert_eq!(names("  a: 5xx\n\tb: 4xx\n  c: 2xx\n"), ["b"]);
        assert_eq!(
            names("  a: ]\n  b: 5xx\n"),
            [""; 0],
            "its value alone is unread"
        );
    }

    #[test]
    fn what_stands_in_the_place_of_a_piece_is_unread() {
        let unread = |text: &str| {
            let root = parse(text).root.unwrap();
            assert!(!root.is_whole(), "{text}");
            let mut found = Vec::new();
            let mut open = vec![&root];
            while let Some(node) = open.pop() {
                match &node.kind {
                    Kind::Unread => found.push(&text[node.span.range()]),
                    Kind::Map(pairs) => {
                        for (key, value) in pairs {
                            open.extend(Some(value).filter(|_| !key.is_unread()));
                            open.push(key);
                        }
                    }
                    Kind::List(items) => open.extend(items),
                    Kind::Scalar(_) => {}
                }
            }
            found.sort_unstable();
            found.iter().map(|of| (*of).to_owned()).collect::<Vec<_>>()
        };
        let rule = "rules:\n  - name: a\n    when: 5xx > 1%\n";
        for (text, of) in [
            (format!("labels:\n  a: ]\n{rule}"), "]"),
            (format!("store sqlite\n{rule}"), "store sqlite"),
            (format!("let: {{a: ]}}\n{rule}"), "{a: ]}"),
            (format!("{rule}    labels: {{a: b\n  - name: b\n"), "{a: b"),
            (format!("{rule}  - name: b\n\twhen: x\n"), "\twhen: x"),
            (
                format!("source:\n  a: &x ]\n{rule}    labels: *x\n"),
                "&x ]",
            ),
        ] {
            let found = unread(&text);
            assert!(found.iter().any(|found| found == of), "{text}: {found:?}");
        }
    }

    #[test]
    fn keys_below_each_other_in_one_wrong_column_are_told_once() {
        let text = "rules:\n  - name: a\n      when: x\n      summary: y\n      labels: {}\n  - name: b\n    when: x\n      summary: y\n";
        let faults = parse(text).faults;
        let begins: Vec<&str> = faults
            .iter()
            .map(|f| &text[f.primary.span.start()..][..4])
            .collect();
        assert_eq!(begins, ["when", "summ"], "{faults:?}");
        assert_eq!(
            faults[0].secondary[0].span.start(),
            text.find("labels").unwrap()
        );
    }

    #[test]
    fn every_item_that_had_a_piece_lacks_it() {
        let item = "  - name: a\n     when: 5xx > 1%\n";
        let text = format!("rules:\n{}", item.repeat(3));
        let root = parse(&text).root.unwrap();
        let Kind::Map(pairs) = &root.kind else {
            panic!("{root:?}");
        };
        let Kind::List(items) = &pairs[0].1.kind else {
            panic!("{root:?}");
        };
        let lacking = items
            .iter()
            .filter(|item| item.has_keys() && item.lacks_parts());
        assert_eq!(lacking.count(), 3, "{items:?}");
    }

    #[test]
    fn where_it_happens_too_often_nothing_is_read() {
        let rule = "  - name: a\n    when: 5xx > 1%\n";
        let often = "  - a: ]\n    b: c\n".repeat(LEFT_OUT_MAX + 1);
        assert!(!is_read(&format!("rules:\n{often}{rule}")));
        let often = "  - a: ]\n    b: c\n".repeat(LEFT_OUT_MAX);
        assert!(is_read(&format!("rules:\n{often}{rule}")));
        assert!(is_read("rules:\n  - [\n"));
    }
}
