//! Conditions on labels: as text, as Alertmanager writes them, and held against alerts.

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};

use crate::dispatch::{Matcher, MatcherKind};
use crate::unit::Glob;

/// The longest name of a label, in bytes.
const NAME_BYTES_MAX: usize = 256;
/// The longest value that a label is held against, in bytes: some hundred domains in one expression.
const VALUE_BYTES_MAX: usize = 8 * 1024;
/// The most memory that a regular expression may take, in bytes.
const REGEX_BYTES_MAX: usize = 1024 * 1024;

/// Returns a label of an alert under the name that Alertmanager's clients use for its rule.
pub(super) fn name_here(name: &str) -> &str {
    if name == "alertname" { "rule" } else { name }
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
    if VALUE_BYTES_MAX < value.len() {
        return Err(format!(
            "the value for `{name}` is longer than {VALUE_BYTES_MAX} bytes"
        ));
    }
    let matcher = Matcher {
        name: name_here(name).to_owned(),
        value: value.to_owned(),
        kind,
    };
    Held::new(&matcher)?;
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
    let (name, rest) = match text.strip_prefix('"') {
        Some(_) => unquoted(text).ok_or_else(bad)?,
        None => {
            let end = text.find(['=', '!']).ok_or_else(bad)?;
            (text[..end].trim().to_owned(), &text[end..])
        }
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
    let value = match value.strip_prefix('"') {
        Some(_) => match unquoted(value).ok_or_else(bad)? {
            (value, "") => value,
            _ => return Err(bad()),
        },
        None => value.to_owned(),
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
            _ => regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    regex
}

/// A matcher, ready to be held against many alerts.
pub(super) struct Held {
    name: String,
    test: Test,
}

enum Test {
    Equal(String),
    NotEqual(String),
    Regex(Regex),
    NotRegex(Regex),
    Glob(Glob),
}

impl Held {
    /// Prepares a matcher.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with its regular expression.
    pub(super) fn new(matcher: &Matcher) -> Result<Self, String> {
        let test = match matcher.kind {
            MatcherKind::Equal => Test::Equal(matcher.value.clone()),
            MatcherKind::NotEqual => Test::NotEqual(matcher.value.clone()),
            MatcherKind::Regex => Test::Regex(regex(&matcher.value)?),
            MatcherKind::NotRegex => Test::NotRegex(regex(&matcher.value)?),
            MatcherKind::Glob => Test::Glob(Glob::from(matcher.value.as_str())),
        };
        let name = matcher.name.clone();
        Ok(Self { name, test })
    }

    /// Whether an alert with these labels matches; a label that is not there is empty.
    pub(super) fn holds(&self, labels: &BTreeMap<String, String>) -> bool {
        self.holds_for(labels.get(&self.name).map_or("", String::as_str))
    }

    /// Whether a label of this value matches.
    pub(super) fn holds_for(&self, value: &str) -> bool {
        match &self.test {
            Test::Equal(text) => value == text,
            Test::NotEqual(text) => value != text,
            Test::Regex(regex) => regex.is_match(value),
            Test::NotRegex(regex) => !regex.is_match(value),
            Test::Glob(glob) => glob.matches(value),
        }
    }
}

/// Prepares matchers that must all hold.
///
/// # Errors
///
/// A sentence that says what is wrong with one of them.
pub(super) fn all(matchers: &[Matcher]) -> Result<Vec<Held>, String> {
    matchers.iter().map(Held::new).collect()
}

/// Returns the regular expression that matches the whole of a text.
///
/// # Errors
///
/// A sentence that says what is wrong with it.
pub(super) fn regex(text: &str) -> Result<Regex, String> {
    // By itself first, so that a parenthesis too many does not change what surrounds it.
    let built = Regex::new(text).and_then(|_| {
        RegexBuilder::new(&format!("^(?:{text})$"))
            .dot_matches_new_line(true)
            .size_limit(REGEX_BYTES_MAX)
            .dfa_size_limit(REGEX_BYTES_MAX)
            .build()
    });
    built.map_err(|error| {
        let shown: String = text.chars().take(60).collect();
        let error = error.to_string();
        let why = error.lines().next_back().unwrap_or_default().trim();
        format!("`{shown}` is no regular expression: {why}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> BTreeMap<String, String> {
        [("rule", "origin-5xx"), ("domain", "img.example.com")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    fn holds(text: &str) -> bool {
        Held::new(&parse(text).unwrap()).unwrap().holds(&labels())
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
            "", "=", "rule", "rule~x", "=x", "a=\"b", "a=\"b\"c", "a=~(", "a=~x)(y", "!",
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
        assert!(Held::new(&glob).unwrap().holds(&labels()));
        assert!(holds(&text(&glob)));
    }

    #[test]
    fn an_expression_that_would_fill_the_memory_is_refused() {
        assert!(parse("a=~(((x{1000}){1000}){1000})").is_err());
        assert!(parse(&format!("a={}", "x".repeat(VALUE_BYTES_MAX + 1))).is_err());
        assert!(parse(&format!("a=~{}", "(".repeat(5_000))).is_err());
    }
}
