//! Conditions on labels: as text, as Alertmanager writes them, and held against alerts.

use crate::dispatch::{Hides, Matcher, MatcherKind};

/// The longest name of a label, in bytes.
const NAME_BYTES_MAX: usize = 256;

/// Returns the name that a label has here by the one that Alertmanager's clients use.
fn name_here(name: &str) -> &str {
    if name == "alertname" { "rule" } else { name }
}

/// Returns the name under which Alertmanager's clients know a label.
pub(super) fn name_there(name: &str) -> &str {
    if name == "rule" { "alertname" } else { name }
}

/// Returns the matcher of these parts, if it can match at all.
///
/// # Errors
///
/// A sentence that says what is wrong with it.
pub(super) fn made(name: &str, kind: MatcherKind, value: &str) -> Result<Matcher, String> {
    let is_name = |name: &str| {
        !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.contains(char::is_control)
    };
    if !is_name(name) {
        return Err("the name of a label is missing".to_owned());
    }
    let matcher = Matcher {
        name: name_here(name).to_owned(),
        value: value.to_owned(),
        kind,
    };
    all(std::slice::from_ref(&matcher))?;
    Ok(matcher)
}

/// Reads a matcher such as `rule=origin-5xx` or `domain=~"img.*"`.
///
/// # Errors
///
/// A sentence that says what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Matcher, String> {
    let text = text.trim();
    let bare = text.strip_prefix('{').and_then(|t| t.strip_suffix('}'));
    let text = bare.unwrap_or(text).trim().trim_end_matches(',');
    let bad = || {
        let shown: String = text.chars().take(60).collect();
        format!("`{shown}` is no matcher: write it like rule=origin-5xx or domain=~\"img.*\"")
    };
    let (name, rest) = if text.starts_with('"') {
        unquoted(text).ok_or_else(bad)?
    } else {
        let end = text.find(['=', '!']).ok_or_else(bad)?;
        (text[..end].trim().to_owned(), &text[end..])
    };
    let rest = rest.trim_start();
    let kinds = [
        ("=~", MatcherKind::Regex),
        ("!~", MatcherKind::NotRegex),
        ("!=", MatcherKind::NotEqual),
        ("=", MatcherKind::Equal),
    ];
    let found = kinds
        .into_iter()
        .find_map(|(sign, kind)| Some((kind, rest.strip_prefix(sign)?)));
    let (kind, value) = found.ok_or_else(bad)?;
    let value = value.trim();
    let value = if value.starts_with('"') {
        let (value, rest) = unquoted(value).ok_or_else(bad)?;
        if !rest.is_empty() {
            return Err(bad());
        }
        value
    } else {
        value.to_owned()
    };
    made(&name, kind, &value)
}

/// Reads a text in double quotes; returns it with what follows.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                'r' => value.push('\r'),
                other => value.push(other),
            },
            _ => value.push(c),
        }
    }
    None
}

/// Returns a matcher as it is written.
pub(super) fn text(matcher: &Matcher) -> String {
    let (sign, value) = match matcher.kind {
        MatcherKind::Equal => ("=", matcher.value.clone()),
        MatcherKind::NotEqual => ("!=", matcher.value.clone()),
        MatcherKind::Regex => ("=~", matcher.value.clone()),
        MatcherKind::NotRegex => ("!~", matcher.value.clone()),
        MatcherKind::Glob => ("=~", regex_of_glob(&matcher.value)),
    };
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("{}{sign}\"{}\"", matcher.name, value.replace('\n', "\\n"))
}

/// Returns the regular expression that matches what a glob does.
pub(super) fn regex_of_glob(glob: &str) -> String {
    let mut regex = String::from("(?i)");
    for c in glob.chars() {
        match c {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            _ => escape(c, &mut regex),
        }
    }
    regex
}

/// Writes a character so that a regular expression takes it for itself.
fn escape(c: char, regex: &mut String) {
    if r"\.+*?()|[]{}^$".contains(c) {
        regex.push('\\');
    }
    regex.push(c);
}

/// Prepares matchers that must all hold; none hold for everything.
///
/// # Errors
///
/// A sentence that says what is wrong with one of them.
pub(super) fn all(matchers: &[Matcher]) -> Result<Hides, String> {
    Hides::of(matchers).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn labels() -> BTreeMap<String, String> {
        [("rule", "origin-5xx"), ("domain", "img.example.com")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    fn holds(text: &str) -> bool {
        all(&[parse(text).unwrap()]).unwrap().matches(&labels())
    }

    #[test]
    fn matchers_are_read_as_alertmanager_writes_them() {
        for (written, printed) in [
            ("rule=origin-5xx", "rule=\"origin-5xx\""),
            ("alertname = \"a b\"", "rule=\"a b\""),
            ("{domain=~\"img.*\"}", "domain=~\"img.*\""),
            ("team!=\"a\\\"b\\\\c\"", "team!=\"a\\\"b\\\\c\""),
            ("team!~x|y", "team!~\"x|y\""),
            ("\"my label\"=\"v\"", "my label=\"v\""),
            ("team=", "team=\"\""),
        ] {
            assert_eq!(text(&parse(written).unwrap()), printed);
        }
        for bad in [
            "", "=", "rule", "rule~x", "=x", "a=\"b", "a=\"b\"c", "a=~(", "!",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_matcher_holds_for_the_whole_value_and_a_missing_label_is_empty() {
        assert!(holds("rule=origin-5xx") && !holds("rule=origin"));
        assert!(holds("domain=~img.*") && !holds("domain=~img"));
        assert!(holds("domain!~img") && !holds("rule!=origin-5xx"));
        assert!(holds("team=") && holds("team!=x") && holds("team=~.*"));
    }

    #[test]
    fn a_glob_is_written_as_a_regular_expression_that_matches_the_same() {
        let glob = Matcher {
            name: "domain".into(),
            value: "IMG*.example.???".into(),
            kind: MatcherKind::Glob,
        };
        assert!(all(std::slice::from_ref(&glob)).unwrap().matches(&labels()));
        assert!(holds(&text(&glob)));
    }

    #[test]
    fn an_expression_that_would_fill_the_memory_is_refused() {
        assert!(parse("a=~(((x{1000}){1000}){1000})").is_err());
        assert!(parse(&format!("a={}", "x".repeat(100_000))).is_err());
        assert!(parse(&format!("a=~{}", "(".repeat(5_000))).is_err());
    }
}
