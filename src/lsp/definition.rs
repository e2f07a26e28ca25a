//! Where what is named is defined: `let:` names, receivers, rules.

use super::documents::Draft;
use super::keys::Things;
use super::sketch::{Cursor, Sketch, Step};
use super::spot::Spot;
use crate::diag::Span;

/// What a place names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A `let:` name.
    Let(String),
    /// A receiver.
    Receiver(String),
    /// A rule.
    Rule(String),
}

/// Returns what is named at a place, if it is something that a file defines.
pub(super) fn named(spot: &Spot<'_>) -> Option<Named> {
    let of = |span: Span| spot.text.get(span.range()).map(str::to_owned);
    if spot.expression().is_some() {
        return of(spot.word_of_expression()).map(Named::Let);
    }
    let Cursor::Value(index) = spot.cursor else {
        return None;
    };
    let scalar = spot.sketch.node(index)?.value?;
    match spot.things(index) {
        Things::Receivers => of(scalar.span).map(Named::Receiver),
        Things::Rules => of(scalar.span).map(Named::Rule),
        _ => None,
    }
}

/// Returns where a file defines a name.
pub(super) fn defined_in(text: &Draft, named: &Named) -> Option<Span> {
    let sketch = text.sketch();
    match named {
        Named::Let(name) => key_of(sketch, &["let"], name),
        Named::Receiver(name) => key_of(sketch, &["notify", "receivers"], name),
        Named::Rule(name) => rule(text, name),
    }
}

/// Returns the place of a key in the map that some keys lead to.
fn key_of(sketch: &Sketch, path: &[&str], name: &str) -> Option<Span> {
    let mut keys = sketch.keys(Some(map_at(sketch, path)?));
    keys.find(|(_, key, _)| *key == name).map(|(.., span)| span)
}

/// Returns the part that some keys lead to from the top of the file, if it has it.
pub(super) fn map_at(sketch: &Sketch, path: &[&str]) -> Option<usize> {
    let mut at = None;
    for name in path {
        let (index, ..) = sketch.keys(at).find(|(_, key, _)| key == name)?;
        at = Some(index);
    }
    at
}

/// Returns the place of the name of a rule.
fn rule(text: &Draft, name: &str) -> Option<Span> {
    let sketch = text.sketch();
    let mut nodes = sketch.nodes().filter_map(|(index, node)| {
        let is_name = matches!(&node.step, Step::Key(key, _) if key == "name");
        let scalar = node.value.filter(|_| is_name)?;
        let written = text.text.get(scalar.span.range());
        (written == Some(name)).then_some((index, scalar.span))
    });
    nodes
        .find(|(index, _)| sketch.path(Some(*index)) == ["rules", "name"])
        .map(|(_, span)| span)
}
