//! From text to parts, line by line.

use std::cell::Cell;

use super::{NODES_MAX, Node, Scalar, Sketch, Span, Step, Style};

/// What some editors put before a text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Makes out the parts of a text.
pub(super) fn scan(text: &str) -> Sketch {
    let mut scan = Scan {
        text,
        sketch: Sketch::default(),
        open: Vec::new(),
        line: Cell::new(Span::default()),
    };
    let mut at = text.len() - text.trim_start_matches(BYTE_ORDER_MARK).len();
    while at < text.len() && scan.sketch.nodes.len() < NODES_MAX {
        at = scan.line(at);
    }
    scan.close(0, Kind::All);
    scan.sketch
}

/// Which open parts a line closes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Those at its own column too.
    All,
    /// Those at its own column unless they are keys, which can hold a list there.
    Items,
}

pub(super) struct Scan<'t> {
    pub(super) text: &'t str,
    pub(super) sketch: Sketch,
    /// The block parts that are not closed, from the outermost.
    open: Vec<usize>,
    /// The line that was last looked for: one of many words is looked for once.
    line: Cell<Span>,
}

impl Scan<'_> {
    /// Reads from the beginning of a line, and returns where the next one to read begins.
    fn line(&mut self, start: usize) -> usize {
        let end = self.end_of_line(start);
        let line = &self.text[start..end];
        let column = line.len() - line.trim_start_matches([' ', '\t']).len();
        let at = start + column;
        match line.trim() {
            "" => self.next_line(end),
            "---" | "..." => {
                self.close(0, Kind::All);
                self.next_line(end)
            }
            _ if line.starts_with("--- ") => {
                self.close(0, Kind::All);
                let rest = line[3..].trim_start();
                self.parts(end - rest.len(), 0, end)
            }
            _ => self.parts(at, column, end),
        }
    }

    /// Reads the dashes, the key and the value of a line.
    fn parts(&mut self, mut at: usize, mut column: usize, end: usize) -> usize {
        loop {
            let rest = &self.text[at..end];
            if rest.starts_with('#') {
                self.comment(at, end);
                return self.next_line(end);
            }
            if rest == "-" || rest.starts_with("- ") || rest.starts_with("-\t") {
                self.close(column, Kind::Items);
                let blank = rest.len() - rest[1..].trim_start().len();
                let item = self.push(Step::Item, Span::new(at, at + 1), Some(column), at + 1);
                self.open.push(item);
                if at + blank >= end {
                    return self.next_line(end);
                }
                at += blank;
                column += blank;
                continue;
            }
            if let Some((name, span, after)) = self.key(at, end) {
                self.close(column, Kind::All);
                let whole = Span::new(at, after);
                let key = self.push(Step::Key(name, span), whole, Some(column), after);
                self.open.push(key);
                return self.value(key, after, end);
            }
            return self.text_line(at, column, end);
        }
    }

    /// Reads a line, or the rest of one, that is no key: a scalar, or a word that may become one.
    fn text_line(&mut self, at: usize, column: usize, end: usize) -> usize {
        self.close(column, Kind::All);
        let holder = self.open.last().copied();
        let is_first = holder.is_none() && self.sketch.nodes.is_empty();
        if is_first && self.text[at..end].starts_with('{') {
            // The whole file is one map.
            return self.flow(None, at);
        }
        let span = self.scalar_on_line(at, end);
        let node = holder.and_then(|index| self.sketch.nodes.get_mut(index));
        match (holder, node) {
            (Some(_), Some(node)) if node.value.is_some() && node.flow.is_none() => {
                if let Some(scalar) = node.value.as_mut() {
                    scalar.span = Span::new(scalar.span.start(), span.end());
                }
                self.note_comment(span.end(), end);
                self.next_line(end)
            }
            (Some(index), Some(node)) if !node.has_children && node.flow.is_none() => {
                self.value(index, at, end)
            }
            _ => {
                let column = Some(column);
                self.push_into(holder, Step::Bare(span), span, column, span.end());
                self.note_comment(span.end(), end);
                self.next_line(end)
            }
        }
    }

    /// Reads what a part holds, from behind its colon or dash.
    fn value(&mut self, holder: usize, after: usize, end: usize) -> usize {
        let mut at = after;
        loop {
            let rest = &self.text[at..end];
            at += rest.len() - rest.trim_start().len();
            // Anchors and tags stand before what they name.
            let rest = &self.text[at..end];
            if !rest.starts_with(['&', '!']) || rest.starts_with("!=") {
                break;
            }
            at += rest.find(' ').unwrap_or(rest.len());
        }
        let rest = &self.text[at..end];
        match rest.as_bytes().first() {
            None => self.next_line(end),
            Some(b'#') => {
                self.comment(at, end);
                self.next_line(end)
            }
            Some(b'|' | b'>') if is_header(rest) => self.block(holder, at, end),
            Some(b'{' | b'[') => self.flow(Some(holder), at),
            Some(b'"' | b'\'') => self.quoted(holder, at, end),
            Some(_) => {
                let span = self.scalar_on_line(at, end);
                self.hold(holder, span, Style::Plain);
                self.note_comment(span.end(), end);
                self.next_line(end)
            }
        }
    }

    /// Reads a literal or folded scalar: all lines that are indented more than its holder.
    fn block(&mut self, holder: usize, at: usize, end: usize) -> usize {
        self.note_comment(at, end);
        let column = self.column_of(holder);
        let first = self.next_line(end);
        let (mut next, mut last) = (first, first);
        while next < self.text.len() {
            let line_end = self.end_of_line(next);
            let line = &self.text[next..line_end];
            let indent = line.len() - line.trim_start().len();
            let is_blank = line.trim().is_empty();
            if !is_blank && indent <= column {
                break;
            }
            // A line of blanks alone belongs to it where somebody is about to write.
            if !is_blank || indent > column {
                last = line_end;
            }
            next = self.next_line(line_end);
        }
        let span = Span::new(first.min(last), last);
        self.hold(holder, span, Style::Block);
        next
    }

    /// Reads a scalar in quotes; one that is not closed ends with its line, or where the next
    /// part begins.
    fn quoted(&mut self, holder: usize, at: usize, end: usize) -> usize {
        let column = self.column_of(holder);
        let mut line_end = end;
        let mut from = at + 1;
        loop {
            if let Some(close) = closing(self.text, at, from, line_end) {
                self.hold(holder, Span::new(at + 1, close), Style::Quoted);
                self.note_comment(close + 1, line_end);
                return self.next_line(line_end);
            }
            let next = self.next_line(line_end);
            let next_end = self.end_of_line(next);
            let line = &self.text[next..next_end];
            let indent = line.len() - line.trim_start().len();
            let goes_on = next < self.text.len() && indent > column && !line.contains(": ");
            if !goes_on {
                self.hold(holder, Span::new(at + 1, end), Style::Quoted);
                return self.next_line(end);
            }
            (from, line_end) = (next, next_end);
        }
    }

    /// Returns the key that stands at a place, its text, and where its colon ends.
    fn key(&self, at: usize, end: usize) -> Option<(String, Span, usize)> {
        let rest = &self.text[at..end];
        if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            let close = closing(self.text, at, at + 1, end)?;
            let behind = self.text[close + 1..end].trim_start();
            let after = end - behind.len() + 1;
            let is_key = behind == ":" || behind.starts_with(": ");
            let name = self.text[at + 1..close].replace([quote, '\\'], "");
            return is_key.then(|| (name, Span::new(at, close + 1), after));
        }
        if rest.starts_with(['{', '[', '|', '>', '#', '"', '\'']) {
            return None;
        }
        let bytes = rest.as_bytes();
        for (place, byte) in bytes.iter().enumerate() {
            let next = bytes.get(place + 1);
            match byte {
                b'#' if place > 0 && bytes[place - 1] == b' ' => return None,
                b':' if next.is_none_or(|b| matches!(b, b' ' | b'\t' | b'\r')) => {
                    let name = rest[..place].trim_end();
                    let span = Span::new(at, at + name.len());
                    return Some((name.to_owned(), span, at + place + 1));
                }
                _ => {}
            }
        }
        None
    }

    /// Returns the place of a plain scalar: up to a comment, without the blanks before it.
    fn scalar_on_line(&self, at: usize, end: usize) -> Span {
        let rest = &self.text[at..end];
        let text = rest.find(" #").map_or(rest, |comment| &rest[..comment]);
        Span::new(at, at + text.trim_end().len())
    }

    /// Notes the comment that stands on a line behind a place.
    fn note_comment(&mut self, from: usize, end: usize) {
        let rest = self.text.get(from..end).unwrap_or_default();
        if let Some(at) = rest.find(" #") {
            self.comment(from + at + 1, end);
        }
    }

    pub(super) fn comment(&mut self, at: usize, end: usize) {
        let text = self.text[at..end].trim_end();
        self.sketch.comments.push(Span::new(at, at + text.len()));
    }

    pub(super) fn hold(&mut self, holder: usize, span: Span, style: Style) {
        if let Some(node) = self.sketch.nodes.get_mut(holder) {
            node.value = Some(Scalar { span, style });
            node.whole = Span::new(node.whole.start(), node.whole.end().max(span.end()));
        }
    }

    fn push(&mut self, step: Step, whole: Span, column: Option<usize>, after: usize) -> usize {
        let parent = self.open.last().copied();
        self.push_into(parent, step, whole, column, after)
    }

    pub(super) fn push_into(
        &mut self,
        parent: Option<usize>,
        step: Step,
        whole: Span,
        column: Option<usize>,
        after: usize,
    ) -> usize {
        if let Some(parent) = parent.and_then(|parent| self.sketch.nodes.get_mut(parent)) {
            parent.has_children = true;
        }
        self.sketch.nodes.push(Node {
            parent,
            step,
            whole,
            column,
            after,
            value: None,
            flow: None,
            has_children: false,
        });
        self.sketch.nodes.len() - 1
    }

    /// Closes the parts that do not hold what begins at a column.
    fn close(&mut self, column: usize, kind: Kind) {
        while let Some(index) = self.open.last().copied() {
            let node = &self.sketch.nodes[index];
            let at = node.column.unwrap_or(0);
            let is_key = matches!(node.step, Step::Key(..));
            if at < column || at == column && kind == Kind::Items && is_key {
                return;
            }
            let end = node.whole.end();
            self.open.pop();
            if let Some(outer) = self.open.last().copied() {
                let outer = &mut self.sketch.nodes[outer];
                outer.whole = Span::new(outer.whole.start(), outer.whole.end().max(end));
            }
        }
    }

    /// Returns the column of a part.
    pub(super) fn column_of(&self, index: usize) -> usize {
        let node = self.sketch.nodes.get(index);
        node.and_then(|node| node.column).unwrap_or(0)
    }

    pub(super) fn end_of_line(&self, at: usize) -> usize {
        let line = self.line.get();
        if line.start() <= at && at < line.end() {
            return line.end();
        }
        let rest = self.text.get(at..).unwrap_or_default();
        let end = rest.find('\n').map_or(self.text.len(), |end| at + end);
        let has_return = end > at && self.text.as_bytes()[end - 1] == b'\r';
        let end = end - usize::from(has_return);
        self.line.set(Span::new(at, end));
        end
    }

    pub(super) fn next_line(&self, end: usize) -> usize {
        let rest = self.text.get(end..).unwrap_or_default();
        rest.find('\n').map_or(self.text.len(), |at| end + at + 1)
    }
}

/// Whether a text is the header of a block scalar, and not a condition that begins like one.
fn is_header(rest: &str) -> bool {
    let header = rest.split('#').next().unwrap_or_default().trim_end();
    let signs = &header[1..];
    signs.len() <= 2 && signs.chars().all(|c| matches!(c, '+' | '-' | '1'..='9'))
}

/// Returns where the quote that is opened at a place is closed, looked for in a range.
pub(super) fn closing(text: &str, open: usize, from: usize, end: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = *bytes.get(open)?;
    let mut at = from;
    while at < end {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 1,
            byte if byte == quote => {
                if quote == b'\'' && at + 1 < end && bytes[at + 1] == quote {
                    at += 1;
                } else {
                    return Some(at);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}
