//! Maps of the file: those whose keys are the user's own, and those whose keys are known.

use std::collections::BTreeMap;

use super::{Reader, empty, foreign, shape};
use crate::config::outline::{Keys, Place};
use crate::config::rules::{is_name, is_rule_name};
use crate::config::secret;
use crate::diag::{Code, Diagnostic, Span, nearest, only_nearest, quoted};
use crate::lang::ast::Kind as Condition;
use crate::lang::{parse_expr, parse_when};
use crate::yaml::{Kind, Node, head};

/// Up to how many keys of a map are compared with each other one by one.
const FEW: usize = 24;

/// `{when:"5xx > 1%"}`, `{severity = critical}`: a key and its value, between which no `: ` stands, so
/// that YAML reads both as a key without a value. Returns the key and what is to be written.
fn glued<'k>(source: &str, key: &'k Node<'k>, value: &Node) -> Option<(&'k str, Diagnostic)> {
    let text = key
        .text()
        .filter(|_| value.is_null() && value.span.start() == value.span.end())?;
    let is_of_key = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name = &text[..text.find(|c| !is_of_key(c))?];
    let behind = &text[name.len()..];
    let rest = behind.trim_start();
    let (sign, is_equals) = (rest.chars().next()?, rest.starts_with('='));
    let written = rest[sign.len_utf8()..].trim_start();
    let is_wide = rest.starts_with('：');
    let is_colon = is_wide || behind.starts_with(':') && !behind.starts_with("://");
    let is_whole = source.get(key.span.range()) == Some(text);
    let is_glued = (is_colon || is_equals) && !written.is_empty() && !written.starts_with('=');
    if !is_glued || name.is_empty() || !is_whole {
        return None;
    }
    let message = if is_equals {
        format!("an equals sign stands behind `{name}`, and a colon is wanted")
    } else if is_wide {
        format!("the colon behind `{name}` is a full-width one")
    } else {
        format!("a space is missing behind `{name}:`")
    };
    let start = key.span.start() + name.len();
    let separator = Span::new(start, key.span.end() - written.len());
    let fault = Diagnostic::new(Code::Syntax, key.span, message);
    let fault = fault.help(format!("write {}", quoted(&format!("{name}: {written}"))));
    Some((name, fault.fix(separator, ": ")))
}

/// `gateway：502|503`, which YAML reads as a text.
fn wide_colon(node: &Node) -> Option<Diagnostic> {
    let text = node.text()?;
    let colon = text.find('：')?;
    let name = &text[..colon];
    let is_of_key = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_whole = node.span.end() - node.span.start() == text.len();
    if name.is_empty() || !name.chars().all(is_of_key) || !is_whole {
        return None;
    }
    let start = node.span.start();
    let sign = Span::new(start + colon, start + colon + '：'.len_utf8());
    let message = format!("the colon behind `{name}` is a full-width one");
    let fault = Diagnostic::new(Code::Syntax, Span::new(start, sign.end()), message);
    Some(fault.help(format!("write `{name}: …`")).fix(sign, ": "))
}

/// Whether a map has a key that is [glued] to its value.
fn has_glued(source: &str, node: &Node) -> bool {
    matches!(&node.kind, Kind::Map(pairs)
        if pairs.iter().any(|(key, value)| glued(source, key, value).is_some()))
}

/// `labels {team: edge}`: returns the key that a colon is missing behind.
fn without_colon(name: &str, known: &[&'static str]) -> Option<&'static str> {
    let mut keys = known.iter();
    let meant = keys.find(|key| {
        let rest = name.strip_prefix(**key);
        rest.is_some_and(|rest| rest.starts_with([' ', '{', '[']))
    });
    meant.copied()
}

/// Returns what a rule's key is called here that is missing under its own name, and how that is
/// said: a condition says when the rule fires, whatever it is called.
fn called_otherwise(
    what: &str,
    (name, value): (&str, &Node),
    fields: &Fields<'_>,
) -> Option<(&'static str, &'static str)> {
    let is_missing = |key| fields.pair(key).is_none();
    if what != "a rule" {
        let is_let = matches!(what, "a rules file" | "a further file") && is_missing("let");
        let says = "names for expressions stand under one key: write `let`";
        return (is_let && has_names(value)).then_some(("let", says));
    }
    let text = value.text()?;
    let is_name = name.contains("name") || matches!(name, "id" | "title" | "rule");
    if is_missing("when") && is_condition(text) {
        Some(("when", "a rule says when it fires: write `when`"))
    } else if is_missing("name") && is_name && is_rule_name(text) {
        Some(("name", "a rule has a name: write `name`"))
    } else {
        None
    }
}

/// Whether a map can be that of `let:`: names, each with an expression.
fn has_names(node: &Node) -> bool {
    let is_named = |(name, value): &(Node, Node)| {
        let is_expr = |text: &str| {
            let (expr, faults) = parse_expr(text);
            expr.is_some() && faults.is_empty()
        };
        name.text().is_some_and(is_name) && value.text().is_some_and(is_expr)
    };
    matches!(&node.kind, Kind::Map(pairs) if !pairs.is_empty() && pairs.iter().all(is_named))
}

fn is_condition(text: &str) -> bool {
    let (when, faults) = parse_when(text);
    let of = when.filter(|_| faults.is_empty());
    of.is_some_and(|when| {
        matches!(
            when.condition.value,
            Condition::Comparison(..)
                | Condition::For(..)
                | Condition::Given(..)
                | Condition::And(..)
                | Condition::Or(..)
        )
    })
}

/// A key's name, the key and its value.
pub(super) type Pair<'n> = (&'n str, &'n Node<'n>, &'n Node<'n>);

/// The known keys of a map.
pub(in crate::config) struct Fields<'n> {
    pub(in crate::config) span: Span,
    /// Each by the name that the key has here.
    pub(super) known: Vec<(&'static str, &'n Node<'n>, &'n Node<'n>)>,
    /// Whether a key that means something to another program was told, so that what is missing
    /// is missing for that.
    pub(in crate::config) is_foreign: bool,
    /// Whether keys of another map were to be put in, or some could not be read: what is missing may
    /// stand there.
    pub(in crate::config) is_partial: bool,
}

impl<'n> Fields<'n> {
    /// Returns the value of a key that has one.
    pub(in crate::config) fn get(&self, name: &str) -> Option<&'n Node<'n>> {
        let value = self.pair(name).map(|(_, value)| value);
        value.filter(|value| !value.is_null())
    }

    /// Returns key and value, whatever the value is.
    pub(in crate::config) fn pair(&self, name: &str) -> Option<(&'n Node<'n>, &'n Node<'n>)> {
        let mut known = self.known.iter();
        let found = known.find(|(known, ..)| *known == name);
        found.map(|(_, key, value)| (*key, *value))
    }

    /// Returns the keys with the places of key and value in this file.
    pub(in crate::config) fn places(&self, reader: &Reader<'_>) -> Keys {
        let place = |node: &Node| -> Place { reader.at(node.span) };
        let fields = self.known.iter();
        Keys(
            fields
                .map(|(name, key, value)| (*name, (place(key), place(value))))
                .collect(),
        )
    }

    /// Notes that what is wrong in these says nothing of rules and their labels.
    pub(in crate::config) fn are_beside_rules(&self, reader: &mut Reader<'_>, names: &[&str]) {
        let known = self.known.iter().filter(|(name, ..)| names.contains(name));
        let places = known.map(|(_, _, value)| reader.at(value.span));
        let places: Vec<Place> = places.collect();
        reader.outline.beside_rules.extend(places);
    }

    /// Returns the place of the map, short enough to point at: its first line.
    pub(in crate::config) fn head(&self, source: &str) -> Span {
        head(source, self.span)
    }
}

impl Reader<'_> {
    /// Reads the pairs of a map whose keys are the user's own; keys that stand twice are told.
    pub(in crate::config) fn pairs<'n>(&mut self, node: &'n Node<'n>, what: &str) -> Vec<Pair<'n>> {
        let Kind::Map(pairs) = &node.kind else {
            match wide_colon(node) {
                Some(fault) => self.push(fault),
                None => self.expected(node, what),
            }
            return Vec::new();
        };
        // Where something was left out, what stands behind it may be of another map.
        let is_partial = node.lacks_parts();
        let mut found: Vec<Pair<'n>> = Vec::with_capacity(pairs.len());
        let mut repeated = Vec::new();
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (key, value) in pairs {
            let Some(name) = key.text() else {
                self.expected(key, "a key");
                continue;
            };
            if let Some((_, fault)) = glued(self.source, key, value) {
                self.push(fault);
                continue;
            }
            if key.is_null() && key.span.start() == key.span.end() {
                let message = "before this colon a key is missing";
                let fault = Diagnostic::new(Code::Syntax, head(self.source, value.span), message);
                self.push(fault.help("write the key before it, as in `severity: critical`"));
                continue;
            }
            let first = if pairs.len() <= FEW {
                found.iter().position(|(other, ..)| *other == name)
            } else {
                seen.get(name).copied()
            };
            if let Some(first) = first {
                repeated.push(((name, key, value), found[first]));
                // What is said of a name is said of the one that says something.
                if found[first].2.is_null() {
                    found[first] = (name, key, value);
                }
                continue;
            }
            if FEW < pairs.len() {
                seen.insert(name, found.len());
            }
            found.push((name, key, value));
        }
        if !is_partial && !repeated.is_empty() {
            self.say_repeated(node, found.first().copied(), &repeated);
        }
        found
    }

    /// Reads a map with known keys; others are told, with the nearest known one.
    pub(in crate::config) fn fields<'n>(
        &mut self,
        node: &'n Node<'n>,
        what: &str,
        known: &[&'static str],
    ) -> Option<Fields<'n>> {
        if !matches!(node.kind, Kind::Map(_)) && node.lacks_parts() {
            return None;
        }
        if !matches!(node.kind, Kind::Map(_)) {
            let message = format!("{what} is a map, and this is {}", node.what());
            let fault = Diagnostic::new(Code::TypeMismatch, node.span, message);
            self.push(shape::map(fault, node, what, known));
            return None;
        }
        let pairs = self.pairs(node, what);
        let mut fields = Fields {
            span: node.span,
            known: Vec::with_capacity(pairs.len()),
            is_foreign: false,
            // Behind a value that could not be read, another key may stand.
            is_partial: node.lacks_parts()
                || pairs.iter().any(|(.., value)| value.is_unread())
                || has_glued(self.source, node),
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
        if what == "a rule" {
            self.parts_of_when(&mut unknown, &mut fields);
            self.severities_of_when(&mut unknown, &mut fields);
        } else if what == "`when`" {
            self.parts_of_severities(&mut unknown, &mut fields);
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
        secret::stray(self, key, value);
        let message = format!("{what} has no key {}", quoted(name));
        let fault = Diagnostic::new(Code::UnknownName, key.span, message);
        if let Some(foreign) = foreign::key(what, name) {
            fields.is_foreign = true;
            fields.is_partial |= name == foreign::MERGE;
            let free = foreign.meant.filter(|meant| fields.pair(meant).is_none());
            let fault = match foreign.meant.filter(|meant| fields.pair(meant).is_some()) {
                Some(meant) => {
                    fault.help(format!("`{meant}` stands here as well: remove one of them"))
                }
                None => match foreign::written_out(name, value) {
                    Some(help) => fault.help(help),
                    None => fault.help(foreign.help),
                },
            };
            self.push(match free.filter(|_| foreign.is_certain) {
                Some(meant) => fault.fix(key.span, meant),
                None => fault,
            });
            fields.known.extend(free.map(|meant| (meant, key, value)));
            return;
        }
        if let Some(meant) = without_colon(name, known) {
            fields.is_partial = true;
            self.push(fault.help(format!("a colon is missing: write `{meant}: …`")));
            return;
        }
        if let Some((meant, help)) = called_otherwise(what, (name, value), fields) {
            self.push(fault.help(help).fix(key.span, meant));
            fields.known.push((meant, key, value));
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
