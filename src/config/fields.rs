//! A map of the file whose keys are known.

use std::collections::BTreeMap;

use super::outline::Place;
use super::place::head;
use super::read::Reader;
use super::tree::Node;
use crate::diag::Span;

/// The known keys of a map.
pub(super) struct Fields<'n> {
    pub(super) span: Span,
    fields: BTreeMap<&'n str, (&'n Node, &'n Node)>,
}

impl<'n> Fields<'n> {
    pub(super) fn new(span: Span, fields: BTreeMap<&'n str, (&'n Node, &'n Node)>) -> Self {
        Self { span, fields }
    }

    /// Returns the value of a key that has one.
    pub(super) fn get(&self, name: &str) -> Option<&'n Node> {
        self.fields
            .get(name)
            .map(|(_, value)| *value)
            .filter(|value| !value.is_null())
    }

    /// Returns key and value, whatever the value is.
    pub(super) fn pair(&self, name: &str) -> Option<(&'n Node, &'n Node)> {
        self.fields.get(name).copied()
    }

    /// Returns the keys with the places of key and value in this file.
    pub(super) fn places(&self, reader: &Reader<'_>) -> BTreeMap<String, (Place, Place)> {
        let place = |(key, value): &(&Node, &Node)| (reader.at(key.span), reader.at(value.span));
        let named = |(name, pair): (&&str, _)| (String::from(*name), place(pair));
        self.fields.iter().map(named).collect()
    }

    /// Returns the place of the map, short enough to point at: its first line.
    pub(super) fn head(&self, source: &str) -> Span {
        head(source, self.span)
    }
}
