//! Values of another form than the one that is wanted: what is to be written instead.

use std::str::FromStr;

use crate::diag::{Diagnostic, Span};
use crate::unit::StatusSet;
use crate::yaml::{Kind, Node};

/// What a text that becomes an item of `[…]` must not hold: there it means something else.
const OF_FLOW: [char; 6] = [',', '[', ']', '{', '}', '#'];

/// Adds to a fault of a node, with what is written there, how `what` is written.
pub(super) fn mend(fault: Diagnostic, (node, written): (&Node, &str), what: &str) -> Diagnostic {
    let span = Span::new(node.span.start(), node.span.start() + written.len());
    let is_list = what.starts_with("a list of");
    let is_of_rules = what.starts_with("a list of rules");
    match (&node.kind, what) {
        (Kind::Map(_) | Kind::List(_), _) if is_of_rules => {
            fault.help("begin each rule with a dash: `- name: origin-5xx`")
        }
        (Kind::Map(pairs), _) if is_list && pairs.is_empty() => {
            fault.help("write `[]`").fix(span, "[]")
        }
        (Kind::Map(_), _) if is_list && written.starts_with('{') => {
            let fault = fault.help("put it in brackets: `[{…}]`");
            fault.fix(span, format!("[{written}]"))
        }
        (Kind::Map(_), _) if is_list => fault.help("begin each entry with a dash: `- `"),
        (Kind::Scalar(_), _) if is_item(node, written, what) => {
            let list = format!("[{written}]");
            fault.help(format!("write `{list}`")).fix(span, list)
        }
        (Kind::List(_), "one glob") => {
            fault.help("write one value, and for each of the others an entry of its own")
        }
        (Kind::List(_), _) if what.starts_with("one of info") => fault.help(
            "write one; a rule of several severities has a condition for each: `when: {warning: …, critical: …}`",
        ),
        (Kind::Map(pairs), "a glob") if pairs.iter().any(|(key, _)| key.text() == Some("name")) => {
            fault.help("if a rule begins here, its dash stands in the column of the other rules' dashes")
        }
        (Kind::Map(_), "a glob") => {
            fault.help("write a list: `[\"*.example.com\", \"!static.example.com\"]`")
        }
        (Kind::List(items), "a map of receivers") if let Some((name, channel)) = named(items) => {
            fault.help(format!(
                "the name of a receiver is its key, and its channels are a list: `{name}: [{channel}: {{…}}]`"
            ))
        }
        (Kind::List(_), _) if what.starts_with("a map of") && written.starts_with('-') => {
            fault.help("leave the dashes out: each line begins with its name, `name: …`")
        }
        (_, "a map of labels and globs") => match node.text().and_then(pair) {
            Some(map) => fault.help(format!("write `{map}`")).fix(span, map),
            None => fault.help("write for example `{severity: critical}`"),
        },
        (Kind::List(items), "an expression") if let Some(codes) = codes(items) => {
            fault.help(format!("write `{codes}`")).fix(span, codes)
        }
        (Kind::Map(pairs), "an expression")
            if let Some(codes) = keys(pairs).and_then(|keys| codes(&keys)) =>
        {
            fault.help(format!("write `{codes}`")).fix(span, codes)
        }
        (Kind::List(items), "an expression") if items.iter().all(Node::has_keys) => {
            fault.help("leave the dashes out: `when: {warning: …, critical: …}` is a map")
        }
        (_, "an expression") => fault.help("write one text, such as `5xx > 10% for 3m`"),
        (Kind::List(items), "a map of labels") if let Some(map) = pairs(items) => {
            fault.help(format!("write `{map}`")).fix(span, map)
        }
        (_, "a map of labels") => fault.help("write for example `{team: media}`"),
        _ => fault,
    }
}

/// Whether a text can only be meant as the one item of the list that is wanted: a label, or the
/// path of a further file.
fn is_item(node: &Node, written: &str, what: &str) -> bool {
    let is_of_list = match what {
        "a list of labels" => true,
        _ => what.starts_with("a list of rules") && written.contains(".y"),
    };
    is_of_list
        && !node.is_null()
        && !written.starts_with(['*', '&', '!'])
        && !written.contains(OF_FLOW)
        && !written.contains('\n')
}

/// Adds to the fault of a node that should be a map with some keys how such a map is written.
pub(super) fn map(fault: Diagnostic, node: &Node, what: &str, keys: &[&str]) -> Diagnostic {
    if matches!(node.kind, Kind::List(_)) && what == "a rules file" {
        return fault.help("write `rules:` above it, and indent the list with two more spaces");
    }
    let text = node.text().unwrap_or_default().trim();
    let is_plain = !text.is_empty() && !text.contains(['"', '\\', '\n']);
    let is_url = text.starts_with("http://") || text.starts_with("https://");
    let is_address = text.contains('@') && !text.contains(char::is_whitespace) && !is_url;
    match what {
        "`webhook`" | "`watchdog`" if is_plain && is_url => {
            fault.write(format!("{{url: \"{text}\"}}"))
        }
        "`email`" if is_plain && is_address => fault.write(format!("{{to: [\"{text}\"]}}")),
        "a channel" if is_plain && is_url => {
            fault.help(format!("write `webhook: {{url: \"{text}\"}}`"))
        }
        "a channel" if is_plain && is_address => {
            fault.help(format!("write `email: {{to: [\"{text}\"]}}`"))
        }
        "a channel" if text == "console" => fault.help("write `console: {}`"),
        _ if keys.is_empty() => fault,
        _ => fault.help(format!("the keys here are {}", keys.join(", "))),
    }
}

/// `- name: oncall` and a channel below it: returns both.
fn named<'n>(items: &'n [Node<'n>]) -> Option<(&'n str, &'n str)> {
    let Kind::Map(pairs) = &items.first()?.kind else {
        return None;
    };
    let is_name = |key: &Node| key.text() == Some("name");
    let (_, name) = pairs.iter().find(|(key, _)| is_name(key))?;
    let (channel, _) = pairs.iter().find(|(key, _)| !is_name(key))?;
    let is_word = |text: &&str| {
        text.chars()
            .all(|c| c.is_alphanumeric() || "-_.".contains(c))
    };
    let named = name.text().filter(is_word)?;
    Some((named, channel.text().filter(is_word)?))
}

/// Returns the keys of a map that have no values.
fn keys<'n>(pairs: &[(Node<'n>, Node<'n>)]) -> Option<Vec<Node<'n>>> {
    let are_bare = pairs.iter().all(|(_, value)| value.is_null());
    are_bare.then(|| pairs.iter().map(|(key, _)| key.clone()).collect())
}

/// `[502, 503]`, as a set of codes.
fn codes(items: &[Node]) -> Option<String> {
    let is_code = |text: &&str| text.parse().is_ok_and(StatusSet::is_code);
    let codes = items.iter().map(|item| item.text().filter(is_code));
    let codes: Vec<&str> = codes.collect::<Option<_>>()?;
    (!codes.is_empty()).then(|| codes.join("|"))
}

/// `[team=web, layer=edge]`, as a map.
pub(super) fn pairs(items: &[Node]) -> Option<String> {
    let maps = items.iter().map(|item| item.text().and_then(pair));
    let maps: Vec<String> = maps.collect::<Option<_>>()?;
    let inner = maps.iter().map(|map| map.trim_matches(['{', '}']));
    let inner: Vec<&str> = inner.collect();
    (!inner.is_empty()).then(|| format!("{{{}}}", inner.join(", ")))
}

/// `severity=critical`, as a map.
pub(super) fn pair(text: &str) -> Option<String> {
    let (name, value) = text.split_once('=')?;
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let (name, value) = (name.trim(), value.trim().trim_matches('"'));
    let is_plain = |text: &str| !text.is_empty() && text.chars().all(is_word);
    (is_plain(name) && is_plain(value)).then(|| format!("{{{name}: {value}}}"))
}

/// Returns the time that a text says but for its zone, as far as it can be read with one.
pub(super) fn without_zone<T: FromStr>(text: &str) -> Option<String> {
    let begin = text.trim().replacen(' ', "T", 1);
    let mut whole = ["", ":00", "T00:00:00"]
        .into_iter()
        .map(|rest| format!("{begin}{rest}"));
    // A number is one with a zone or without.
    let is_time = |text: &String| text.contains('-') && format!("{text}Z").parse::<T>().is_ok();
    whole.find(is_time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::Minute;

    #[test]
    fn a_time_is_known_but_for_its_zone() {
        let time = |text| without_zone::<Minute>(text);
        for text in [
            "2026-12-01T03:00:00",
            "2026-12-01 03:00:00",
            "2026-12-01 03:00",
        ] {
            assert_eq!(time(text).as_deref(), Some("2026-12-01T03:00:00"), "{text}");
        }
        assert_eq!(time("2026-12-01").as_deref(), Some("2026-12-01T00:00:00"));
        assert_eq!((time("tomorrow"), time("2026-13-01")), (None, None));
    }

    #[test]
    fn a_matcher_of_another_program_is_a_map_here() {
        assert_eq!(
            pair("severity=critical").as_deref(),
            Some("{severity: critical}")
        );
        assert_eq!(
            pair("severity=\"critical\"").as_deref(),
            Some("{severity: critical}")
        );
        assert_eq!((pair("severity=~crit.*"), pair("critical")), (None, None));
    }
}
