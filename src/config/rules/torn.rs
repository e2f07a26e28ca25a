//! Rules that a dash too many tears in two.

use crate::config::keys;
use crate::diag::{Code, Diagnostic, Span};
use crate::yaml::{Kind, Node};

/// Returns the items of a list of rules that are the rest of the one before, each by its place, with
/// that of the rule.
pub(super) fn torn(nodes: &[Node<'_>]) -> Vec<(usize, usize)> {
    let mut torn = Vec::new();
    // The last rule that has a name, and its keys as far as they are known.
    let mut whole: Option<(usize, Vec<&str>)> = None;
    for (at, node) in nodes.iter().enumerate() {
        let Kind::Map(pairs) = &node.kind else {
            whole = None;
            continue;
        };
        let keys = pairs.iter().map(|(key, _)| key.text().unwrap_or_default());
        let keys: Vec<&str> = keys.collect();
        match &mut whole {
            Some((rule, known)) if is_rest(known, &keys) => {
                torn.push((at, *rule));
                known.extend(keys);
            }
            _ => whole = keys.contains(&"name").then_some((at, keys)),
        }
    }
    torn
}

/// Whether a rule has no name, and only keys that the named one before it lacks.
fn is_rest(known: &[&str], rest: &[&str]) -> bool {
    let mut rest = rest.iter().peekable();
    rest.peek().is_some()
        && rest.all(|key| *key != "name" && keys::RULE.contains(key) && !known.contains(key))
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
