//! `[…]` and `{…}` on one line.

use super::super::tree::{Kind, Node, Style};
use super::{DEPTH_MAX, KEY_BYTES_MAX, Quick};
use crate::diag::Span;

impl Quick<'_> {
    /// Reads `[…]` or `{…}`.
    pub(super) fn flow(&mut self, depth: usize) -> Option<Node> {
        let start = self.here();
        let is_map = self.rest().starts_with('{');
        let close = if is_map { '}' } else { ']' };
        if DEPTH_MAX <= depth {
            return None;
        }
        self.events += 2;
        self.skip(1)?;
        let (mut pairs, mut items) = (Vec::new(), Vec::new());
        self.skip_blanks()?;
        while !self.rest().starts_with(close) {
            let first = self.in_flow(depth)?;
            if is_map {
                first.text().filter(|text| text.len() <= KEY_BYTES_MAX)?;
                self.skip(self.rest().starts_with(": ").then_some(2)?)?;
                self.skip_blanks()?;
                pairs.push((first, self.in_flow(depth)?));
            } else {
                items.push(first);
            }
            self.skip_blanks()?;
            if self.rest().starts_with(", ") {
                self.skip(2)?;
                self.skip_blanks()?;
                // A comma at the end is left to the full reader.
                if self.rest().starts_with(close) {
                    return None;
                }
            } else if !self.rest().starts_with(close) {
                return None;
            }
        }
        self.skip(1)?;
        let kind = if is_map {
            Kind::Map(pairs)
        } else {
            Kind::List(items)
        };
        Some(Node {
            span: Span::new(start, self.here()),
            kind,
        })
    }

    fn in_flow(&mut self, depth: usize) -> Option<Node> {
        let rest = self.rest();
        match rest.as_bytes().first()? {
            b'"' | b'\'' => self.quoted(),
            b'[' | b'{' => self.flow(depth + 1),
            first if first.is_ascii_alphanumeric() => {
                let is_word = |b: u8| b.is_ascii_alphanumeric() || b" _./%<>=+*-|@".contains(&b);
                let length = rest.bytes().take_while(|b| is_word(*b)).count();
                let length = rest[..length].trim_end_matches(' ').len();
                let at = self.here();
                let node = self.scalar(Span::new(at, at + length), Style::Plain)?;
                self.skip(length)?;
                Some(node)
            }
            _ => None,
        }
    }

    fn skip_blanks(&mut self) -> Option<()> {
        let rest = self.rest();
        self.skip(rest.len() - rest.trim_start_matches(' ').len())
    }
}
