//! A quick reader of plain YAML: block maps and lists, scalars on one line, literal scalars, and
//! `[…]` and `{…}` on one line.
//!
//! Most of what people write is that, and a reader of all YAML took a quarter of the time of
//! linting ten thousand rules. Whatever is not plain beyond doubt is given up, all of it, and the
//! full reader reads the file; so this one has no faults of its own. That both give the same tree
//! is held by the tests below.

mod flow;

use super::tree::{Kind, NODES_MAX, Node, Scalar, Style};
use crate::diag::Span;

/// How deep plain files nest: the deepest that a rules file needs is half of it.
const DEPTH_MAX: usize = 16;
/// How long a key is: those of a rules file are words, and YAML's own limit is 1024 characters.
const KEY_BYTES_MAX: usize = 128;
/// What a reader of all YAML counts beside the nodes: the stream, and the document.
const EVENTS_BESIDE: usize = 4;

/// Returns the tree of a plain file, as the full reader would; `None` if it is not plain.
pub(super) fn read(text: &str) -> Option<Node> {
    if !text.ends_with('\n') || !is_printable(text) {
        return None;
    }
    let mut quick = Quick {
        text,
        line: None,
        next: 0,
        events: EVENTS_BESIDE,
    };
    quick.advance();
    if quick.line?.indent != 0 || is_item(quick.rest()) {
        return None;
    }
    let root = quick.block(0)?;
    (quick.line.is_none() && quick.events < NODES_MAX).then_some(root)
}

/// Whether no character is a break of lines to YAML, a tab, or refused by it.
fn is_printable(text: &str) -> bool {
    let is_plain = |byte: u8| byte == b'\n' || (b' '..=b'~').contains(&byte);
    text.bytes().all(is_plain)
        || text.chars().all(|c| match c {
            '\n' | ' '..='~' => true,
            '\u{2028}' | '\u{2029}' => false,
            c => ('\u{a0}'..='\u{d7ff}').contains(&c),
        })
}

/// What is left of a line that says something.
#[derive(Clone, Copy)]
struct Line {
    /// Where its content begins.
    at: usize,
    /// Where it ends: what follows are blanks.
    end: usize,
    /// In which column the content begins.
    indent: usize,
}

struct Quick<'t> {
    text: &'t str,
    /// The line that is to be read; `None` at the end.
    line: Option<Line>,
    /// Where the line after it begins.
    next: usize,
    /// How many events a reader of all YAML would have told.
    events: usize,
}

impl<'t> Quick<'t> {
    /// Goes to the next line that says something.
    fn advance(&mut self) {
        self.line = None;
        while self.line.is_none() && self.next < self.text.len() {
            let (start, end) = self.take_line();
            let line = &self.text[start..end];
            let content = line.trim_start_matches(' ');
            if !content.is_empty() && !content.starts_with('#') {
                let indent = line.len() - content.len();
                self.line = Some(Line {
                    at: start + indent,
                    end: start + line.trim_end_matches(' ').len(),
                    indent,
                });
            }
        }
    }

    /// Takes the next line, whatever it is, and returns where it begins and ends.
    fn take_line(&mut self) -> (usize, usize) {
        let start = self.next;
        let rest = &self.text.as_bytes()[start..];
        let end = memchr::memchr(b'\n', rest).map_or(self.text.len(), |length| start + length);
        self.next = (end + 1).min(self.text.len());
        (start, end)
    }

    /// Returns what is left of the line.
    fn rest(&self) -> &'t str {
        self.line
            .map_or("", |line| self.text.get(line.at..line.end).unwrap_or(""))
    }

    /// Returns where the next content begins, which is where YAML sees that a block has ended.
    fn here(&self) -> usize {
        self.line.map_or(self.text.len(), |line| line.at)
    }

    /// Goes on in the line.
    fn skip(&mut self, bytes: usize) -> Option<()> {
        let line = self.line.as_mut()?;
        (line.at, line.indent) = (line.at + bytes, line.indent + bytes);
        Some(())
    }

    /// Reads the map or list that begins here.
    fn block(&mut self, depth: usize) -> Option<Node> {
        let indent = self.line.filter(|_| depth < DEPTH_MAX)?.indent;
        if is_item(self.rest()) {
            self.list(indent, self.here(), depth)
        } else {
            self.map(indent, depth)
        }
    }

    fn map(&mut self, indent: usize, depth: usize) -> Option<Node> {
        let start = self.here();
        let mut pairs = Vec::new();
        self.events += 2;
        while self.line.is_some_and(|line| line.indent == indent) && !is_item(self.rest()) {
            let key = key(self.rest())?;
            let at = self.here();
            let name = self.scalar(Span::new(at, at + key.len()), Style::Plain)?;
            self.skip(key.len() + 1)?;
            pairs.push((name, self.value(indent, depth)?));
        }
        // The first pair was seen before this was taken for a map.
        let end = self.here();
        (!pairs.is_empty()).then_some(Node {
            span: Span::new(start, end),
            kind: Kind::Map(pairs),
        })
    }

    /// Reads what stands behind a key and its colon.
    fn value(&mut self, indent: usize, depth: usize) -> Option<Node> {
        let rest = self.rest();
        let blanks = rest.len() - rest.trim_start_matches(' ').len();
        match &rest[blanks..] {
            "|" => return self.literal(indent),
            value if value.is_empty() || value.starts_with('#') => {}
            _ => {
                self.skip(blanks)?;
                return self.inline(indent, depth);
            }
        }
        self.advance();
        let line = self.line?;
        if indent < line.indent {
            return self.block(depth + 1);
        }
        // The dashes of a list may stand in the column of its key.
        if line.indent == indent && is_item(self.rest()) {
            let dash = self.rest();
            let blanks = dash[1..].len() - dash[1..].trim_start_matches(' ').len();
            return self.list(indent, line.at + 1 + blanks, depth + 1);
        }
        None
    }

    fn list(&mut self, indent: usize, start: usize, depth: usize) -> Option<Node> {
        if DEPTH_MAX <= depth {
            return None;
        }
        let mut items = Vec::new();
        self.events += 2;
        while self.line.is_some_and(|line| line.indent == indent) && is_item(self.rest()) {
            let blanks = self.rest()[1..].len() - self.rest()[1..].trim_start_matches(' ').len();
            self.skip(1 + blanks)?;
            let rest = self.rest();
            if rest.is_empty() || is_item(rest) {
                return None;
            }
            items.push(if key(rest).is_some() {
                self.block(depth + 1)?
            } else {
                self.inline(indent, depth)?
            });
        }
        Some(Node {
            span: Span::new(start, self.here()),
            kind: Kind::List(items),
        })
    }

    /// Reads a value on this line, with which the line ends and the value does.
    fn inline(&mut self, indent: usize, depth: usize) -> Option<Node> {
        let rest = self.rest();
        let node = match rest.as_bytes().first()? {
            b'"' | b'\'' => self.quoted()?,
            b'[' | b'{' => self.flow(depth + 1)?,
            _ => {
                let length = plain(rest)?;
                let at = self.here();
                let node = self.scalar(Span::new(at, at + length), Style::Plain)?;
                self.skip(length)?;
                node
            }
        };
        let rest = self.rest();
        let is_end = rest.is_empty()
            || (rest.starts_with(' ') && rest.trim_start_matches(' ').starts_with('#'));
        self.advance();
        let goes_on = self.line.is_some_and(|line| indent < line.indent);
        (is_end && !goes_on).then_some(node)
    }

    fn scalar(&mut self, span: Span, style: Style) -> Option<Node> {
        let text = self.text.get(span.start..span.end)?;
        self.events += 1;
        Some(scalar(text, span, style))
    }

    /// Reads a text in quotes in which nothing is escaped.
    fn quoted(&mut self) -> Option<Node> {
        let rest = self.rest();
        let quote = *rest.as_bytes().first()?;
        let inner = &rest[1..];
        // Single quotes know no backslash, and a quote that is written twice stands for one.
        let (style, escape) = match quote {
            b'"' => (Style::DoubleQuoted, b'\\'),
            _ => (Style::SingleQuoted, quote),
        };
        let length = memchr::memchr2(quote, escape, inner.as_bytes())?;
        if inner.as_bytes()[length] != quote || inner.as_bytes().get(length + 1) == Some(&quote) {
            return None;
        }
        let at = self.here();
        let span = Span::new(at, at + length + 2);
        self.events += 1;
        self.skip(length + 2)?;
        Some(scalar(&inner[..length], span, style))
    }

    /// Reads the lines of `|`, which stand farther right than the key does.
    fn literal(&mut self, indent: usize) -> Option<Node> {
        let mut text = String::new();
        let (mut start, mut end, mut within, mut blanks) = (0, self.text.len(), None, 0);
        while self.next < self.text.len() {
            let before = self.next;
            let (at, line_end) = self.take_line();
            let line = &self.text[at..line_end];
            let column = line.len() - line.trim_start_matches(' ').len();
            let inner = match within {
                // Blank lines before the first are left to the full reader.
                None if line.len() == column || column <= indent => return None,
                None => {
                    start = at + column;
                    *within.insert(column)
                }
                Some(inner) => inner,
            };
            if line.len() == column {
                if inner < column {
                    return None;
                }
                blanks += 1;
                continue;
            }
            if column < inner {
                (self.next, end) = (before, at + column);
                break;
            }
            text.extend(std::iter::repeat_n('\n', std::mem::take(&mut blanks)));
            text.push_str(&line[inner..]);
            text.push('\n');
        }
        within?;
        self.events += 1;
        self.advance();
        Some(scalar(&text, Span::new(start, end), Style::Literal))
    }
}

fn scalar(text: &str, span: Span, style: Style) -> Node {
    let text = text.into();
    Node {
        span,
        kind: Kind::Scalar(Scalar { text, style }),
    }
}

/// Whether a line is an item of a list.
fn is_item(line: &str) -> bool {
    line == "-" || line.starts_with("- ")
}

/// Returns the key that a line begins with: a word, a colon, and a blank or nothing.
fn key(line: &str) -> Option<&str> {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    let length = line.bytes().take_while(|b| is_word(*b)).count();
    let behind = &line.as_bytes()[length..];
    let is_key = matches!(behind, [b':'] | [b':', b' ', ..])
        && line.starts_with(|c: char| c.is_ascii_alphanumeric())
        && length <= KEY_BYTES_MAX;
    is_key.then(|| &line[..length])
}

/// Returns how long the plain scalar is that a line consists of, but for a comment.
fn plain(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let first = *bytes.first()?;
    let is_begun = first.is_ascii_alphanumeric() || b"<./(+_$=~".contains(&first);
    if !is_begun && first.is_ascii() {
        return None;
    }
    let mut end = bytes.len();
    for at in memchr::memchr2_iter(b':', b'#', bytes) {
        if bytes[at] == b'#' {
            if bytes[at - 1] == b' ' {
                end = line[..at].trim_end_matches(' ').len();
                break;
            }
        } else if matches!(bytes.get(at + 1), None | Some(b' ')) {
            return None;
        }
    }
    Some(end)
}

#[cfg(test)]
mod tests;
