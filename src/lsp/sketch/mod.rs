//! A rules file as far as it can be made out while it is being typed.
//!
//! No YAML parser: nothing is refused, and a line that is half written hides none of the
//! others. It knows maps, lists, flow collections, quotes, block scalars and comments, by
//! indentation and signs alone. What the file means is asked of `config`.

mod flow;
mod scan;

use crate::diag::Span;

/// How many parts of a file are made out: as many as the loader reads.
const NODES_MAX: usize = 500_000;

/// The parts of a file, in the order in which they begin.
#[derive(Debug, Default)]
pub(super) struct Sketch {
    nodes: Vec<Node>,
    comments: Vec<Span>,
}

/// A part of a file.
#[derive(Debug)]
pub(super) struct Node {
    /// The part that it belongs to.
    pub(super) parent: Option<usize>,
    /// What it is.
    pub(super) step: Step,
    /// From its key or dash to the end of all that belongs to it.
    pub(super) whole: Span,
    /// The column at which it begins; `None` in a flow collection.
    column: Option<usize>,
    /// Where what it holds may begin: behind the colon or the dash.
    after: usize,
    /// The scalar that it holds.
    pub(super) value: Option<Scalar>,
    /// The flow collection that it holds, brackets included.
    flow: Option<Span>,
    /// Whether other parts belong to it.
    has_children: bool,
}

/// What a part is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A key and its place.
    Key(String, Span),
    /// An item of a list.
    Item,
    /// A word where a key should be.
    Bare(Span),
}

/// A scalar as it stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scalar {
    /// Its text, without quotes and header.
    pub(super) span: Span,
    /// How it is written.
    pub(super) style: Style,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Quoted,
    /// Literal or folded.
    Block,
}

/// What stands at a place, or could.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cursor {
    /// A comment.
    Comment(Span),
    /// A key, of this part.
    Key(usize),
    /// What this part holds, or could hold.
    Value(usize),
    /// A key or an item that could be added to this part, or to the file; with what of it is
    /// written.
    Gap(Option<usize>, Span),
}

impl Sketch {
    /// Makes out the parts of a text.
    pub(super) fn of(text: &str) -> Self {
        scan::scan(text)
    }

    /// Returns the parts, in the order in which they begin, each with its index.
    pub(super) fn nodes(&self) -> impl Iterator<Item = (usize, &Node)> {
        self.nodes.iter().enumerate()
    }

    /// Returns a part.
    pub(super) fn node(&self, index: usize) -> Option<&Node> {
        self.nodes.get(index)
    }

    /// Returns the place of a part's key, if it has one.
    pub(super) fn key_span(&self, index: usize) -> Option<Span> {
        match self.node(index)?.step {
            Step::Key(_, span) => Some(span),
            Step::Item | Step::Bare(_) => None,
        }
    }

    /// Whether a part belongs to a flow collection.
    pub(super) fn is_in_flow(&self, index: usize) -> bool {
        self.node(index).is_some_and(|node| node.column.is_none())
    }

    /// Returns the keys that lead to a part, its own included; items of lists are passed over.
    pub(super) fn path(&self, index: Option<usize>) -> Vec<&str> {
        let mut path = Vec::new();
        let mut at = index;
        while let Some(node) = at.and_then(|at| self.nodes.get(at)) {
            if let Step::Key(name, _) = &node.step {
                path.push(name.as_str());
            }
            at = node.parent;
        }
        path.reverse();
        path
    }

    /// Returns the keys that stand directly in a part, or in the file, with their indices.
    pub(super) fn keys(&self, of: Option<usize>) -> impl Iterator<Item = (usize, &str, Span)> {
        let first = of.map_or(0, |of| of + 1);
        let end = of
            .and_then(|of| self.nodes.get(of))
            .map(|of| of.whole.end());
        let nodes = self.nodes.iter().enumerate().skip(first);
        nodes
            .take_while(move |(_, node)| end.is_none_or(|end| node.whole.start() <= end))
            .filter(move |(_, node)| node.parent == of)
            .filter_map(|(index, node)| match &node.step {
                Step::Key(name, span) => Some((index, name.as_str(), *span)),
                Step::Item | Step::Bare(_) => None,
            })
    }

    /// Returns what stands at a byte of the text.
    pub(super) fn at(&self, text: &str, offset: usize) -> Cursor {
        let here = self.comments.partition_point(|span| span.start() < offset);
        let comment = here.checked_sub(1).map(|at| self.comments[at]);
        let is_blank = |from: usize| {
            let gap = text.get(from..offset);
            gap.is_some_and(|gap| gap.chars().all(|c| matches!(c, ' ' | '\t')))
        };
        if let Some(comment) = comment.filter(|span| offset <= span.end() || is_blank(span.end())) {
            return Cursor::Comment(comment);
        }
        let before = self
            .nodes
            .partition_point(|node| node.whole.start() <= offset);
        let mut chain = Vec::new();
        let mut at = before.checked_sub(1);
        while let Some(index) = at {
            chain.push(index);
            at = self.nodes[index].parent;
        }
        chain
            .iter()
            .find_map(|index| self.touches(text, *index, offset))
            .unwrap_or_else(|| self.gap(text, &chain, offset))
    }

    /// Returns what a byte touches of one part.
    fn touches(&self, text: &str, index: usize, offset: usize) -> Option<Cursor> {
        let node = &self.nodes[index];
        let within = |span: Span| span.start() <= offset && offset <= span.end();
        match &node.step {
            Step::Key(_, span) if within(*span) => return Some(Cursor::Key(index)),
            Step::Bare(span) if within(*span) => return Some(Cursor::Gap(node.parent, *span)),
            Step::Key(..) | Step::Item | Step::Bare(_) => {}
        }
        if let Some(scalar) = node.value {
            let behind = text.get(scalar.span.end()..offset);
            let goes_on = scalar.style == Style::Plain
                && behind.is_some_and(|gap| gap.chars().all(|c| matches!(c, ' ' | '\t')));
            if within(scalar.span) || goes_on {
                return Some(Cursor::Value(index));
            }
        }
        let inside = node
            .flow
            .filter(|flow| flow.start() < offset && offset < flow.end());
        if inside.is_some() {
            return Some(self.in_flow(text, index, offset));
        }
        let is_open = node.value.is_none() && node.flow.is_none() && !node.has_children;
        let gap = text.get(node.after..offset);
        let same_line = gap.is_some_and(|gap| !gap.contains(['\n', ',']));
        let is_value = is_open && same_line && !matches!(node.step, Step::Bare(_));
        is_value.then_some(Cursor::Value(index))
    }

    /// Returns what could stand between the parts of a flow collection.
    fn in_flow(&self, text: &str, index: usize, offset: usize) -> Cursor {
        let children = self.nodes[index + 1..].iter().enumerate();
        let last = children
            .take_while(|(_, node)| node.whole.start() <= offset)
            .filter(|(_, node)| node.parent == Some(index))
            .last();
        let nothing = Span::new(offset, offset);
        let Some((place, child)) = last else {
            return Cursor::Gap(Some(index), nothing);
        };
        let gap = text.get(child.whole.end()..offset).unwrap_or_default();
        if gap.contains(',') || matches!(child.step, Step::Item) && !gap.is_empty() {
            Cursor::Gap(Some(index), nothing)
        } else {
            Cursor::Value(index + 1 + place)
        }
    }

    /// Returns what could stand at a place where nothing does, by its column.
    fn gap(&self, text: &str, chain: &[usize], offset: usize) -> Cursor {
        let before = text.get(..offset).unwrap_or_default();
        let line = before.rfind('\n').map_or(0, |newline| newline + 1);
        let written = &before[line..];
        let column = written.len() - written.trim_start_matches([' ', '-']).len();
        let nothing = Span::new(offset, offset);
        let is_outer = |index: &&usize| {
            let node = &self.nodes[**index];
            node.column.is_some_and(|at| at < column)
        };
        let Some(outer) = chain.iter().find(is_outer) else {
            return Cursor::Gap(None, nothing);
        };
        // What is indented below a plain scalar goes on with it.
        let node = &self.nodes[*outer];
        let goes_on = node
            .value
            .is_some_and(|scalar| scalar.style != Style::Quoted);
        if goes_on && !node.has_children {
            Cursor::Value(*outer)
        } else {
            Cursor::Gap(Some(*outer), nothing)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says what stands at the `│` of a text: the kind, and the keys that lead there.
    fn check(text: &str) -> String {
        let at = text.find('│').unwrap();
        let text = text.replacen('│', "", 1);
        let sketch = Sketch::of(&text);
        let path = |index| sketch.path(index).join("/");
        match sketch.at(&text, at) {
            Cursor::Comment(span) => format!("comment {}", &text[span.range()]),
            Cursor::Key(index) => format!("key {}", path(Some(index))),
            Cursor::Value(index) => {
                let value = sketch.node(index).unwrap().value;
                let value = value.map_or("", |value| &text[value.span.range()]);
                format!("value {} = {value}", path(Some(index)))
            }
            Cursor::Gap(parent, span) => {
                format!("gap {} {}", path(parent), &text[span.range()])
            }
        }
    }

    #[test]
    fn what_stands_at_a_place_is_known_by_its_indentation() {
        for (text, expected) in [
            (
                "rules:\n  - name: a\n    when: 5x│x > 10%",
                "value rules/when = 5xx > 10%",
            ),
            (
                "rules:\n- name: a\n  when:\n    critical: 5│xx",
                "value rules/when/critical = 5xx",
            ),
            ("rules:\n  - na│me: a", "key rules/name"),
            ("rules:\n  - name: a\n    sev│\nlet:\n", "gap rules sev"),
            ("rules:\n  - name: a\n    │\nlet:\n", "gap rules "),
            ("rules:\n  - name: a\n│", "gap  "),
            ("rules:\n  - name: a\n  │", "gap rules "),
            ("rules:\n  - │", "value rules = "),
            (
                "rules:\n  - when: |\n      5xx > 1%\n      and │\n",
                "value rules/when =       5xx > 1%\n      and ",
            ),
            (
                "rules:\n  - when: |\n      5xx # note: it\n      │\n    name: a",
                "value rules/when =       5xx # note: it\n      ",
            ),
            (
                "a:\n  when: 5xx > 1%\n    and 4│xx > 1%",
                "value a/when = 5xx > 1%\n    and 4xx > 1%",
            ),
            ("a: 'it''s│ so' # x", "value a = it''s so"),
            ("a: 1 # fo│o", "comment # foo"),
            ("a: 1 # foo  │\nb: 1", "comment # foo"),
            ("a:\n  # foo │\n  b: 1", "comment # foo"),
            ("notify:\n  re│", "value notify = re"),
            ("a: \"open│\nb: 1", "value a = open"),
            ("severity: │", "value severity = "),
            ("a: 5xx > │", "value a = 5xx >"),
            ("a: 5xx   │\n", "value a = 5xx"),
            ("a: '5xx' │\nb: 1", "gap  "),
            ("│", "gap  "),
        ] {
            assert_eq!(check(text), expected, "{text}");
        }
    }

    #[test]
    fn what_stands_at_a_place_of_a_flow_collection_is_known_too() {
        for (text, expected) in [
            (
                "routes:\n  - {match: {sev│}, to: [a]}",
                "gap routes/match sev",
            ),
            (
                "routes:\n  - {match: {severity: crit│ical}}",
                "value routes/match/severity = critical",
            ),
            ("to: [oncall, │]", "gap to "),
            ("to: [oncall, ch│at] # x", "value to = chat"),
            ("to: [│", "gap to "),
            ("to: [on│\nrules: []", "value to = on"),
            ("to: [on, │", "gap to "),
            ("to: [on, │\nrules: []", "gap to "),
            ("a: {b: 1,  │\r\nc: 1", "gap a "),
            ("a: {b: │, c: 1}", "value a/b = "),
            ("a: {b: 1, │}", "gap a "),
            ("a: {\n  b: 1,\n  │\n}\nc: 2", "gap a "),
            ("a: {\n  b: [1\nc│c: 2", "key cc"),
            ("a: {\"b\": \"x, │y\"}", "value a/b = x, y"),
            (
                "domains: [\"*.example.com\", \"!st│\"]",
                "value domains = !st",
            ),
            ("{rules: [{name: a, when: 5│xx}]}", "value rules/when = 5xx"),
            ("{\n  \"let\": {},\n  \"ru│les\": []\n}\n", "key rules"),
            ("--- {let: {}, ru│les: []}", "key rules"),
            ("--- # ours\nru│les: []", "key rules"),
            ("\u{feff}ru│les: []", "key rules"),
            ("{\nru│les: []", "key rules"),
        ] {
            assert_eq!(check(text), expected, "{text}");
        }
    }

    #[test]
    fn no_text_and_no_place_is_too_odd() {
        let pieces = [
            "a: ", "- ", "{", "}", "[", "]", ", ", "\"", "'", "|", ">", "#", "\n", "\n  ", "\r\n",
            "\u{3000}", "警", ":", "\\", "&x ", "!t ", "---\n", "\t", "word",
        ];
        let mut seed = 7_u64;
        for _ in 0..3_000 {
            let mut text = String::new();
            for _ in 0..12 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                text += pieces[usize::try_from(seed >> 33).unwrap() % pieces.len()];
            }
            let sketch = Sketch::of(&text);
            for (at, _) in text.char_indices().chain([(text.len(), ' ')]) {
                let _ = sketch.at(&text, at);
            }
            for (index, node) in sketch.nodes() {
                assert!(text.get(node.whole.range()).is_some(), "{text:?}");
                let _ = (sketch.path(Some(index)), sketch.keys(Some(index)).count());
            }
        }
    }
}
