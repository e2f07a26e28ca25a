//! Rules that a dash too many tears in two.

use super::KEYS;
use crate::diag::{Code, Diagnostic, Span};
use crate::yaml::{Kind, Node};

/// Returns the items of a list of rules that are the rest of the one before, each by its place.
pub(super) fn torn(nodes: &[Node<'_>]) -> Vec<usize> {
    let pairs = nodes.windows(2).enumerate();
    let torn = pairs.filter(|(_, pair)| is_rest(&pair[0], &pair[1]));
    torn.map(|(at, _)| at + 1).collect()
}

/// Whether a rule has no name, and only keys that the named one before it lacks.
fn is_rest(before: &Node<'_>, node: &Node<'_>) -> bool {
    let (Kind::Map(first), Kind::Map(rest)) = (&before.kind, &node.kind) else {
        return false;
    };
    let has = |pairs: &[(Node<'_>, Node<'_>)], name: &str| {
        pairs.iter().any(|(key, _)| key.text() == Some(name))
    };
    let mut keys = rest.iter().map(|(key, _)| key.text().unwrap_or_default());
    !rest.is_empty()
        && !has(rest, "name")
        && has(first, "name")
        && keys.all(|key| KEYS.contains(&key) && !has(first, key))
}

/// Says of the dash before what belongs to the rule before that it is one too many.
pub(super) fn fault(source: &str, before: &Node<'_>, node: &Node<'_>) -> Diagnostic {
    let key = match &node.kind {
        Kind::Map(pairs) => pairs.first().map(|(key, _)| key),
        _ => None,
    };
    let key = key.unwrap_or(node);
    let start = key.span.start();
    let dash = source[..start].trim_end().strip_suffix('-').map(str::len);
    let name = |node: &Node<'_>| match &node.kind {
        Kind::Map(pairs) => {
            let mut pairs = pairs.iter();
            let named = pairs.find(|(key, _)| key.text() == Some("name"));
            named.and_then(|(_, value)| value.text()).map(str::to_owned)
        }
        _ => None,
    };
    let (name, word) = (
        name(before).unwrap_or_default(),
        key.text().unwrap_or_default(),
    );
    let place = dash.map_or(key.span, |dash| Span::new(dash, dash + 1));
    let message = "this dash begins another rule, which has no name";
    let fault = Diagnostic::new(Code::Syntax, place, message)
        .help(format!("leave it out if `{word}` belongs to `{name}`"));
    match dash {
        Some(dash) => fault.fix(Span::new(dash, dash + 1), " "),
        None => fault,
    }
}
