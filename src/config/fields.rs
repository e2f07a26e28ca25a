//! Maps of the file: those whose keys are the user's own, and those whose keys are known.

use std::collections::BTreeMap;

use super::empty;
use super::foreign;
use super::near::{nearest, only_nearest};
use super::outline::{Keys, Place};
use super::place::{head, own_line};
use super::read::Reader;
use super::tree::{Kind, Node};
use super::yaml_faults::quoted;
use crate::diag::{Code, Diagnostic, Span};

/// Up to how many keys of a map are compared with each other one by one.
const FEW: usize = 24;

/// A key's name, the key and its value.
type Pair<'n> = (&'n str, &'n Node, &'n Node);

/// The known keys of a map.
pub(super) struct Fields<'n> {
    pub(super) span: Span,
    /// Each by the name that the key has here.
    known: Vec<(&'static str, &'n Node, &'n Node)>,
    /// Whether a key that means something to another program was told, so that what is missing
    /// is missing for that.
    pub(super) is_foreign: bool,
    /// Whether keys of another map were to be put in, so that what is missing may stand there.
    pub(super) is_merged: bool,
}

impl<'n> Fields<'n> {
    /// Returns the value of a key that has one.
    pub(super) fn get(&self, name: &str) -> Option<&'n Node> {
        let value = self.pair(name).map(|(_, value)| value);
        value.filter(|value| !value.is_null())
    }

    /// Returns key and value, whatever the value is.
    pub(super) fn pair(&self, name: &str) -> Option<(&'n Node, &'n Node)> {
        let mut known = self.known.iter();
        let found = known.find(|(known, ..)| *known == name);
        found.map(|(_, key, value)| (*key, *value))
    }

    /// Returns the keys with the places of key and value in this file.
    pub(super) fn places(&self, reader: &Reader<'_>) -> Keys {
        let place = |node: &Node| -> Place { reader.at(node.span) };
        let fields = self.known.iter();
        Keys(
            fields
                .map(|(name, key, value)| (*name, (place(key), place(value))))
                .collect(),
        )
    }

    /// Notes that what is wrong in these says nothing of rules and their labels.
    pub(super) fn are_beside_rules(&self, reader: &mut Reader<'_>, names: &[&str]) {
        let known = self.known.iter().filter(|(name, ..)| names.contains(name));
        let places = known.map(|(_, _, value)| reader.at(value.span));
        let places: Vec<Place> = places.collect();
        reader.outline.beside_rules.extend(places);
    }

    /// Returns the place of the map, short enough to point at: its first line.
    pub(super) fn head(&self, source: &str) -> Span {
        head(source, self.span)
    }
}

impl Reader<'_> {
    /// Reads the pairs of a map whose keys are the user's own; keys that stand twice are told.
    pub(super) fn pairs<'n>(&mut self, node: &'n Node, what: &str) -> Vec<Pair<'n>> {
        let Kind::Map(pairs) = &node.kind else {
            self.expected(node, what);
            return Vec::new();
        };
        let mut found: Vec<Pair<'n>> = Vec::with_capacity(pairs.len());
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (key, value) in pairs {
            let Some(name) = key.text() else {
                self.expected(key, "a key");
                continue;
            };
            let first = if pairs.len() <= FEW {
                found.iter().position(|(other, ..)| *other == name)
            } else {
                seen.get(name).copied()
            };
            if let Some(first) = first {
                self.twice((name, key, value), found[first]);
                continue;
            }
            if FEW < pairs.len() {
                seen.insert(name, found.len());
            }
            found.push((name, key, value));
        }
        found
    }

    /// Says that a key stands twice.
    fn twice(&mut self, (name, key, value): Pair<'_>, (_, first, before): Pair<'_>) {
        let message = format!("the key {} stands twice in one map", quoted(name));
        let fault = Diagnostic::new(Code::DuplicateName, key.span, message);
        let fault = fault
            .also(first.span, "the first is here")
            .help("remove one of them");
        let line = own_line(self.source, key.span.to(value.span));
        let is_same = before.text().is_some() && before.text() == value.text();
        self.push(match line.filter(|_| is_same) {
            Some(line) => fault.fix(line, ""),
            None => fault,
        });
    }

    /// Reads a map with known keys; others are told, with the nearest known one.
    pub(super) fn fields<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        known: &[&'static str],
    ) -> Option<Fields<'n>> {
        if !matches!(node.kind, Kind::Map(_)) {
            let message = format!("{what} is a map, and this is {}", node.what());
            let help = format!("the keys here are {}", known.join(", "));
            let fault = Diagnostic::new(Code::TypeMismatch, node.span, message);
            self.push(if known.is_empty() {
                fault
            } else {
                fault.help(help)
            });
            return None;
        }
        let pairs = self.pairs(node, what);
        let mut fields = Fields {
            span: node.span,
            known: Vec::with_capacity(pairs.len()),
            is_foreign: false,
            is_merged: false,
        };
        let mut unknown = Vec::new();
        for (name, key, value) in pairs {
            match known.iter().find(|known| **known == name) {
                Some(known) => {
                    if value.is_null()
                        && let Some(fault) = empty::fault(what, name, key)
                    {
                        self.push(fault);
                    }
                    fields.known.push((*known, key, value));
                }
                None => unknown.push((name, key, value)),
            }
        }
        for pair in unknown {
            if self.is_full() {
                break;
            }
            self.unknown_key(pair, &mut fields, what, known);
        }
        Some(fields)
    }

    /// Says that a key is not known, and reads it as what was meant, where that is plain: then it
    /// is not missing, and what it says is looked at.
    fn unknown_key<'n>(
        &mut self,
        (name, key, value): Pair<'n>,
        fields: &mut Fields<'n>,
        what: &str,
        known: &[&'static str],
    ) {
        let message = format!("{what} has no key {}", quoted(name));
        let fault = Diagnostic::new(Code::UnknownName, key.span, message);
        if let Some(foreign) = foreign::key(what, name) {
            fields.is_foreign = true;
            fields.is_merged |= name == foreign::MERGE;
            let free = foreign.meant.filter(|meant| fields.pair(meant).is_none());
            let fault = fault.help(foreign.help);
            self.push(match free {
                Some(meant) => fault.fix(key.span, meant),
                None => fault,
            });
            fields.known.extend(free.map(|meant| (meant, key, value)));
            return;
        }
        let near = nearest(name, known.iter().copied());
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the keys here are {}", known.join(", ")),
        };
        let fault = fault.help(help);
        let only = only_nearest(name, known.iter().copied());
        self.push(match only.filter(|only| fields.pair(only).is_none()) {
            Some(only) => fault.fix(key.span, only),
            None => fault,
        });
        let near = near.and_then(|near| known.iter().find(|known| **known == near));
        if let Some(near) = near.filter(|near| fields.pair(near).is_none()) {
            fields.known.push((*near, key, value));
        }
    }
}
