//! Flow collections: `{…}` and `[…]`, over as many lines as they take.

use super::scan::{Scan, closing};
use super::{NODES_MAX, Span, Step, Style};

/// How deep collections nest at the most, as the loader has it.
const DEPTH_MAX: usize = 64;

/// A collection that is not closed.
struct Frame {
    /// The part that holds it; none holds that of the whole file.
    holder: Option<usize>,
    is_map: bool,
    /// The key or item that what comes next belongs to.
    entry: Option<usize>,
}

impl Scan<'_> {
    /// Reads the collection that begins at a place, and returns where the next line begins. One
    /// that is not closed ends where a line is indented no more than its holder.
    pub(super) fn flow(&mut self, holder: Option<usize>, start: usize) -> usize {
        let column = holder.map_or(0, |holder| self.column_of(holder));
        let mut frames: Vec<Frame> = Vec::new();
        let mut at = start;
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(at).copied() {
            match byte {
                b'{' | b'[' => {
                    if frames.len() >= DEPTH_MAX || self.sketch.nodes.len() >= NODES_MAX {
                        break;
                    }
                    let holder = match frames.last_mut() {
                        None => holder,
                        Some(frame) => Some(self.entry(frame, at)),
                    };
                    self.set_flow(holder, Span::new(at, self.text.len()));
                    let (is_map, entry) = (byte == b'{', None);
                    frames.push(Frame {
                        holder,
                        is_map,
                        entry,
                    });
                    at += 1;
                }
                b'}' | b']' => {
                    at += 1;
                    if let Some(frame) = frames.pop() {
                        self.end_flow(frame.holder, Span::new(at, at));
                    }
                    if frames.is_empty() {
                        let end = self.end_of_line(at);
                        self.trailing_comment(at, end);
                        return self.next_line(end);
                    }
                }
                b',' => {
                    if let Some(frame) = frames.last_mut() {
                        frame.entry = None;
                    }
                    at += 1;
                }
                b'\n' if !self.goes_on(at + 1, column) => break,
                b'\n' | b' ' | b'\t' | b'\r' | b':' => at += 1,
                b'#' if bytes[at - 1].is_ascii_whitespace() => {
                    let end = self.end_of_line(at);
                    self.comment(at, end);
                    at = end;
                }
                _ => at = self.word(frames.last_mut(), at),
            }
        }
        // Not closed: it ends with the line before, with the blanks at the end of that.
        let end = self.text[..at].trim_end().len();
        let rest = &self.text[end..at];
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let end = (end + blanks).max(start);
        for frame in frames.into_iter().rev() {
            self.end_flow(frame.holder, Span::new(end, end + 1));
        }
        self.next_line(at.saturating_sub(1)).max(start + 1)
    }

    /// Whether the line at a place still belongs to a collection.
    fn goes_on(&self, at: usize, column: usize) -> bool {
        let end = self.end_of_line(at);
        let line = self.text.get(at..end).unwrap_or_default();
        let rest = line.trim_start();
        rest.is_empty() || line.len() - rest.len() > column || rest.starts_with(['}', ']'])
    }

    /// Returns the entry that a value belongs to; in a list each value is one.
    fn entry(&mut self, frame: &mut Frame, at: usize) -> usize {
        if let Some(entry) = frame.entry {
            return entry;
        }
        let step = Step::Item;
        let item = self.push_into(frame.holder, step, Span::new(at, at), None, at);
        frame.entry = Some(item);
        item
    }

    /// Reads a key or a scalar, and returns where it ends.
    fn word(&mut self, frame: Option<&mut Frame>, at: usize) -> usize {
        let line_end = self.end_of_line(at);
        let is_quoted = matches!(self.text.as_bytes()[at], b'"' | b'\'');
        let close = is_quoted.then(|| closing(self.text, at, at + 1, line_end));
        let (span, end, style) = match close {
            Some(Some(close)) => (Span::new(at + 1, close), close + 1, Style::Quoted),
            Some(None) => (Span::new(at + 1, line_end), line_end, Style::Quoted),
            None => {
                let end = self.plain_end(at, line_end);
                (Span::new(at, end), end, Style::Plain)
            }
        };
        let Some(frame) = frame else {
            return self.beyond(at, end);
        };
        let behind = self.text[end..line_end].trim_start();
        let colon = line_end - behind.len();
        let is_key = frame.is_map && frame.entry.is_none();
        if is_key && behind.starts_with(':') {
            let name = self.text[span.range()].to_owned();
            let step = Step::Key(name, Span::new(at, end));
            let whole = Span::new(at, colon + 1);
            let key = self.push_into(frame.holder, step, whole, None, colon + 1);
            frame.entry = Some(key);
            return colon + 1;
        }
        if is_key {
            let whole = Span::new(at, end);
            let bare = self.push_into(frame.holder, Step::Bare(whole), whole, None, end);
            frame.entry = Some(bare);
            return self.beyond(at, end);
        }
        let entry = self.entry(frame, at);
        let first = self.sketch.nodes.get(entry).and_then(|node| node.value);
        let span = first.map_or(span, |first| first.span.to(span));
        self.hold(entry, span, style);
        self.beyond(at, end)
    }

    /// Returns an end that is not before the next character: every step goes on.
    fn beyond(&self, at: usize, end: usize) -> usize {
        let first = self.text[at..].chars().next();
        end.max(at + first.map_or(1, char::len_utf8))
    }

    /// Returns where a plain scalar in a collection ends.
    fn plain_end(&self, at: usize, line_end: usize) -> usize {
        let bytes = &self.text.as_bytes()[..line_end];
        let ends = |place: usize| match bytes[place] {
            b',' | b'[' | b']' | b'{' | b'}' => true,
            b':' => bytes
                .get(place + 1)
                .is_none_or(|b| matches!(b, b' ' | b',' | b']' | b'}')),
            b'#' => bytes[place - 1] == b' ',
            _ => false,
        };
        let end = (at + 1..line_end).find(|place| ends(*place));
        let text = &self.text[at..end.unwrap_or(line_end)];
        at + text.trim_end().len()
    }

    fn set_flow(&mut self, holder: Option<usize>, span: Span) {
        if let Some(node) = holder.and_then(|holder| self.sketch.nodes.get_mut(holder)) {
            node.flow = Some(span);
        }
    }

    /// Says where a collection ends, and where it would still go on if something were written.
    fn end_flow(&mut self, holder: Option<usize>, end: Span) {
        if let Some(node) = holder.and_then(|holder| self.sketch.nodes.get_mut(holder)) {
            if let Some(flow) = node.flow.as_mut() {
                *flow = Span::new(flow.start(), end.end());
            }
            node.whole = Span::new(node.whole.start(), node.whole.end().max(end.start()));
        }
    }

    fn trailing_comment(&mut self, at: usize, end: usize) {
        let rest = &self.text[at..end];
        if let Some(place) = rest.find('#') {
            self.comment(at + place, end);
        }
    }
}
