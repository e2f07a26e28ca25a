//! What a file defines, for the editor's outline.

use super::definition::map_at;
use super::documents::Draft;
use super::sketch::{Sketch, Step};
use crate::diag::Span;

/// How many are listed.
const SYMBOLS_MAX: usize = 20_000;

/// Something that a file defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Symbol {
    /// Its name.
    pub(super) name: String,
    /// What it is.
    pub(super) of: Of,
    /// A few words of it.
    pub(super) detail: String,
    /// The place of its name.
    pub(super) span: Span,
    /// The place of all of it.
    pub(super) whole: Span,
}

/// What a file defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Let,
    Rule,
    Receiver,
    Test,
}

/// How long the few words may be.
const DETAIL_CHARS_MAX: usize = 100;

/// Returns what a file defines, in its order.
pub(super) fn symbols(text: &Draft) -> Vec<Symbol> {
    let sketch = text.sketch();
    let mut found = Vec::new();
    for (path, of) in [
        (&["let"][..], Of::Let),
        (&["notify", "receivers"], Of::Receiver),
    ] {
        let Some(map) = map_at(sketch, path) else {
            continue;
        };
        for (index, name, span) in sketch.keys(Some(map)) {
            found.extend(symbol(text, index, (name, of, span), index));
        }
    }
    for (list, of) in [("rules", Of::Rule), ("tests", Of::Test)] {
        found.extend(items(text, sketch, list, of));
    }
    found.sort_by_key(|symbol| symbol.whole);
    found.truncate(SYMBOLS_MAX);
    found
}

/// Returns the items of a list that have a name.
fn items(text: &Draft, sketch: &Sketch, list: &str, of: Of) -> Vec<Symbol> {
    let Some((list, ..)) = sketch.keys(None).find(|(_, name, _)| *name == list) else {
        return Vec::new();
    };
    let nodes = sketch.nodes();
    let items = nodes.filter(|(_, node)| node.parent == Some(list) && node.step == Step::Item);
    let named = items.filter_map(|(item, _)| {
        let mut keys = sketch.keys(Some(item));
        let (name, ..) = keys.find(|(_, key, _)| *key == "name")?;
        let span = sketch.node(name)?.value?.span;
        let when = sketch.keys(Some(item)).find(|(_, key, _)| *key == "when");
        let said = when.map_or(item, |(when, ..)| when);
        symbol(text, item, (text.text.get(span.range())?, of, span), said)
    });
    named.collect()
}

fn symbol(
    text: &Draft,
    index: usize,
    (name, of, span): (&str, Of, Span),
    said: usize,
) -> Option<Symbol> {
    let sketch = text.sketch();
    let whole = sketch.node(index)?.whole.to(span);
    let said = sketch.node(said)?.value.map(|scalar| scalar.span);
    let said = said.and_then(|said| text.text.get(said.range()));
    let words: Vec<&str> = said.unwrap_or_default().split_whitespace().collect();
    // A symbol without a name is none that editors take.
    let name = Some(name.trim()).filter(|name| !name.is_empty())?;
    Some(Symbol {
        name: name.to_owned(),
        of,
        detail: words.join(" ").chars().take(DETAIL_CHARS_MAX).collect(),
        span,
        whole,
    })
}
