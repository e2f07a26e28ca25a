//! From a place in a scalar's text to the place in the file.
//!
//! A plain or quoted scalar on one line is shifted by a constant; folded, literal and multi-line
//! ones are walked beside the file's text; where escapes make the two texts differ, a place
//! falls back to the whole scalar.

use super::node::{Scalar, Style};
use crate::diag::{Diagnostic, FileId, Span};

/// How long a scalar is walked: conditions end at 4 KiB, templates at 16.
const WALKED_BYTES_MAX: usize = 64 << 10;

/// Where each byte of a scalar's text stands in the file.
#[derive(Clone, Debug)]
pub struct SourceMap {
    whole: Span,
    bytes: Bytes,
}

/// Where the bytes of a text stand.
#[derive(Clone, Debug)]
enum Bytes {
    /// Nobody knows.
    Unknown,
    /// In a row, as they do in the text.
    Row(Span),
    /// Each by itself, and the end after the last.
    Each(Vec<usize>),
}

impl SourceMap {
    /// Returns the place that can only tell where the whole is.
    pub fn whole(span: Span) -> Self {
        Self {
            whole: span,
            bytes: Bytes::Unknown,
        }
    }

    /// Works out where the text of a scalar stands.
    pub fn of(file: &str, span: Span, scalar: &Scalar) -> Self {
        let written = file
            .get(span.range())
            .filter(|_| scalar.text.len() <= WALKED_BYTES_MAX);
        let bytes = written.and_then(|written| {
            let (text, style) = (&scalar.text, scalar.style);
            let skipped = opening(written, style)?;
            let (written, base) = (&written[skipped..], span.start() + skipped);
            // A quote may be written as two, so its end is not where the text's is.
            let has_quote = style == Style::SingleQuoted && text.contains('\'');
            if written.starts_with(&**text) && !has_quote {
                return Some(Bytes::Row(Span::new(base, base + text.len())));
            }
            walk(text, written, base, style).map(Bytes::Each)
        });
        Self {
            whole: span,
            bytes: bytes.unwrap_or(Bytes::Unknown),
        }
    }

    /// Whether every byte has its own place.
    pub fn is_exact(&self) -> bool {
        !matches!(self.bytes, Bytes::Unknown)
    }

    /// Moves the places of a diagnostic from the text to the file. A mend that could only replace
    /// the whole is left out.
    pub fn relocate(&self, file: FileId, mut found: Diagnostic) -> Diagnostic {
        if !self.is_exact() {
            found.fix = None;
        }
        found.relocate(file, |span| self.locate(span))
    }

    /// Returns the place in the file of a place in the text.
    pub fn locate(&self, span: Span) -> Span {
        match &self.bytes {
            Bytes::Unknown => self.whole,
            Bytes::Row(row) => {
                let at = |offset: usize| row.start().saturating_add(offset).min(row.end());
                Span::new(at(span.start()), at(span.end().max(span.start())))
            }
            Bytes::Each(offsets) => {
                let last = offsets.len() - 1;
                let start = offsets[span.start().min(last)];
                let end = if span.end() <= span.start() {
                    start
                } else if span.end() > last {
                    offsets[last]
                } else {
                    offsets[span.end() - 1] + 1
                };
                Span::new(start, end.max(start))
            }
        }
    }
}

/// Returns where the content of a scalar stands: without quotes, header, and blanks around it;
/// `None` where escapes hide it.
pub(crate) fn content(file: &str, span: Span, scalar: &Scalar) -> Option<Span> {
    let written = file.get(span.range())?;
    let opening = opening(written, scalar.style)?;
    let inner = &written[opening..];
    let inner = match scalar.style {
        Style::SingleQuoted => inner.strip_suffix('\'')?,
        Style::DoubleQuoted => inner.strip_suffix('"')?,
        Style::Plain | Style::Literal | Style::Folded => inner,
    };
    let start = span.start() + opening + (inner.len() - inner.trim_start().len());
    Some(Span::new(start, start + inner.trim().len()))
}

/// Returns how many bytes stand before the content: quotes, or the header of a block scalar.
fn opening(written: &str, style: Style) -> Option<usize> {
    match style {
        Style::SingleQuoted => Some(usize::from(written.starts_with('\''))),
        Style::DoubleQuoted if written.contains('\\') => None,
        Style::DoubleQuoted => Some(usize::from(written.starts_with('"'))),
        Style::Literal | Style::Folded if written.starts_with(['|', '>']) => {
            written.find('\n').map(|i| i + 1)
        }
        Style::Plain | Style::Literal | Style::Folded => Some(0),
    }
}

/// Walks text and file side by side. Line breaks and indentation of the file that the text does
/// not have are skipped; a folded line break stands where the text has a space.
fn walk(text: &str, written: &str, base: usize, style: Style) -> Option<Vec<usize>> {
    let raw = written.as_bytes();
    let mut offsets = Vec::with_capacity(text.len() + 1);
    let mut at = 0;
    for c in text.chars() {
        let mut utf8 = [0; 4];
        let wanted = c.encode_utf8(&mut utf8).as_bytes();
        while at < raw.len() && !raw[at..].starts_with(wanted) && raw[at].is_ascii_whitespace() {
            at += 1;
        }
        if raw[at..].starts_with(wanted) {
            offsets.extend((0..wanted.len()).map(|i| base + at + i));
            at += wanted.len();
            if c == '\'' && style == Style::SingleQuoted && raw.get(at) == Some(&b'\'') {
                at += 1;
            }
        } else if c.is_whitespace() {
            offsets.extend((0..wanted.len()).map(|_| base + at.saturating_sub(1)));
        } else {
            return None;
        }
    }
    offsets.push(base + at);
    Some(offsets)
}

/// Cuts a place to its first line.
pub(crate) fn head(source: &str, span: Span) -> Span {
    let text = source.get(span.range()).unwrap_or_default();
    let line = text.lines().next().unwrap_or_default().trim_end();
    Span::new(span.start(), span.start() + line.len())
}

/// Returns the line that holds a place and nothing else, with its break.
pub(crate) fn own_line(source: &str, span: Span) -> Option<Span> {
    let start = source
        .get(..span.start())?
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let end = span.end() + source.get(span.end()..)?.find('\n').map_or(0, |at| at + 1);
    let is_blank = |text: &str| text.trim().is_empty();
    let is_own = is_blank(&source[start..span.start()])
        && is_blank(source.get(span.end()..end)?)
        && !source[span.range()].contains('\n');
    is_own.then_some(Span::new(start, end))
}
