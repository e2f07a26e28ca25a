//! A place in an open file, and what may stand there.

use super::documents::Draft;
use super::keys::{self, Things};
use super::sketch::{Cursor, Scalar, Sketch, Style};
use super::workspace::Role;
use crate::config;
use crate::diag::Span;
use crate::lang::Form;

/// A place that somebody points at.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    /// The file's text.
    pub(super) text: &'a str,
    /// Its parts.
    pub(super) sketch: &'a Sketch,
    /// Which keys and words the file has.
    pub(super) document: config::Document,
    /// The byte.
    pub(super) offset: usize,
    /// What stands there.
    pub(super) cursor: Cursor,
}

impl<'a> Spot<'a> {
    /// Returns what is at a byte of a file.
    pub(super) fn at(text: &'a Draft, role: &Role, offset: usize) -> Self {
        let sketch = text.sketch();
        Self {
            text: &text.text,
            sketch,
            document: match role {
                Role::Rules(_) | Role::Alone | Role::Foreign => config::Document::Rules,
                Role::Cases => config::Document::Tests,
            },
            offset,
            cursor: sketch.at(&text.text, offset),
        }
    }

    /// Returns what may stand at the value of a part, beside what the schema knows.
    pub(super) fn things(&self, index: usize) -> Things {
        keys::things(self.document, &self.sketch.path(Some(index)))
    }

    /// Returns the expression that the place is in, and what it is written for.
    pub(super) fn expression(&self) -> Option<(Form, Scalar)> {
        let Cursor::Value(index) = self.cursor else {
            return None;
        };
        let nothing = Scalar {
            span: Span::new(self.offset, self.offset),
            style: Style::Plain,
        };
        let scalar = self.sketch.node(index)?.value.unwrap_or(nothing);
        match self.things(index) {
            Things::Expression(form) => Some((form, scalar)),
            _ => None,
        }
    }

    /// Returns the word at the place: letters, digits and what else names have.
    pub(super) fn word(&self) -> Span {
        word_at(self.text, self.offset, |c| {
            c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '*' | '?' | '!')
        })
    }

    /// Returns the word of an expression at the place.
    pub(super) fn word_of_expression(&self) -> Span {
        word_at(self.text, self.offset, |c| {
            c.is_ascii_alphanumeric() || matches!(c, '_' | '%')
        })
    }
}

/// Returns the run of some characters around a byte.
pub(super) fn word_at(text: &str, offset: usize, is_part: impl Fn(char) -> bool + Copy) -> Span {
    let (before, behind) = text.split_at_checked(offset).unwrap_or((text, ""));
    let start = before.trim_end_matches(is_part).len();
    let length = behind.len() - behind.trim_start_matches(is_part).len();
    Span::new(start, before.len() + length)
}
