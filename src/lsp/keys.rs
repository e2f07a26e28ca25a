//! What may stand where in a rules file and in a file of rule tests.
//!
//! Keys, words and what they mean are those of the [schema](config::schema). What is named by
//! other parts of the files (receivers, domains, labels, rules) and where expressions stand is a
//! table here. A place is the keys that lead to it; items of lists are passed over.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::OnceLock;

use serde_json::Value;

use crate::config::{self, Document};
use crate::lang::Form;

/// What may stand at a place beside keys and words that the schema knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Things {
    /// Nothing that could be said beforehand.
    Any,
    /// An expression.
    Expression(Form),
    /// Names of receivers.
    Receivers,
    /// Names of rules.
    Rules,
    /// Domains.
    Domains,
    /// Names of labels.
    Labels,
    /// Names of labels as keys.
    LabelKeys,
    /// Domains as keys.
    DomainKeys,
    /// Severities, which the schema takes for any text.
    Severities,
    /// Names of accounts.
    Accounts,
    /// Values of the label that is the key.
    LabelValues,
    /// A template of what is told.
    Template,
}

/// The severities of labels.
pub(super) const SEVERITIES: [&str; 3] = ["info", "warning", "critical"];

/// Returns what may stand at a place.
pub(super) fn things(document: Document, path: &[&str]) -> Things {
    match (document, path) {
        (Document::Rules, ["let", _]) => Things::Expression(Form::Alone),
        (Document::Rules, ["rules", "when"] | ["rules", "when", _]) => {
            Things::Expression(Form::When)
        }
        (Document::Rules, ["labels" | "rules", "domains"]) => Things::Domains,
        (Document::Rules, ["rules", "summary"]) => Things::Template,
        (Document::Rules, ["notify", path @ ..]) => of_notify(path),
        (Document::Tests, ["tests", "samples"]) => Things::DomainKeys,
        (Document::Tests, ["tests", "only"]) => Things::Rules,
        (Document::Tests, ["tests", "delivered", "receiver"]) => Things::Receivers,
        (Document::Tests, ["tests", "expect" | "pending" | "delivered", label]) => of_label(label),
        _ => Things::Any,
    }
}

fn of_notify(path: &[&str]) -> Things {
    match path {
        ["routes" | "drills", "to"] | ["routes", "escalate", "to"] | ["fallback"] => {
            Things::Receivers
        }
        ["routes", "group_by"] | ["inhibit", "equal"] => Things::Labels,
        ["routes" | "silences", "match"] | ["inhibit", "source" | "target"] => Things::LabelKeys,
        ["routes" | "silences", "match", label] | ["inhibit", "source" | "target", label] => {
            match of_label(label) {
                Things::Any if *label == "account" => Things::Accounts,
                Things::Any => Things::LabelValues,
                things => things,
            }
        }
        _ => Things::Any,
    }
}

fn of_label(name: &str) -> Things {
    match name {
        "severity" => Things::Severities,
        "rule" => Things::Rules,
        "domain" => Things::Domains,
        _ => Things::Any,
    }
}

/// Returns the keys that a map at a place has, each once, with its form.
pub(super) fn keys(document: Document, path: &[&str]) -> Vec<(&'static str, &'static Value)> {
    let forms = forms(document, path);
    let maps = forms.iter().filter_map(|form| form.get("properties"));
    let keys = maps.filter_map(Value::as_object).flatten();
    let mut seen = BTreeSet::new();
    keys.map(|(name, form)| (name.as_str(), form))
        .filter(|(name, _)| seen.insert(*name))
        .collect()
}

/// Whether a place has a list, and nothing else.
pub(super) fn is_list(document: Document, path: &[&str]) -> bool {
    let form = forms(document, path).first().map(|form| &form["type"]);
    form.is_some_and(|of| of == "array" || of.get(0).is_some_and(|first| first == "array"))
}

/// Returns the words of which one stands at a place, each once.
pub(super) fn words(document: Document, path: &[&str]) -> Vec<&'static str> {
    let forms = forms(document, path);
    let words = forms.iter().filter_map(|form| form.get("enum"));
    let words = words.filter_map(Value::as_array).flatten();
    let mut seen = BTreeSet::new();
    words
        .filter_map(Value::as_str)
        .filter(|word| seen.insert(*word))
        .collect()
}

/// Returns what the key at the end of a path means, as Markdown.
pub(super) fn meaning(document: Document, path: &[&str]) -> Option<String> {
    let (name, map) = path.split_last()?;
    let keys = keys(document, map);
    let (_, form) = keys.iter().find(|(key, _)| key == name)?;
    let mut text = format!("**`{name}`**: {}", form.get("description")?.as_str()?);
    if let Some(default) = form.get("default") {
        let _ = write!(text, "\n\nDefault `{}`.", plain(default));
    }
    if let Some(example) = form.get("examples").and_then(|all| all.get(0)) {
        let _ = write!(text, "\n\nExample: `{name}: {}`", pasted(example));
    }
    Some(text)
}

/// Returns a value as it can stand behind a key.
fn pasted(value: &Value) -> String {
    let text = plain(value);
    let is_sign = |c: char| "{[]}*&!|>'\"%@`#,".contains(c);
    let is_eaten = text.starts_with(is_sign) || text.contains(": ") || text.contains(" #");
    if value.is_string() && is_eaten {
        value.to_string()
    } else {
        text
    }
}

/// Returns a value as people write it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Returns the forms that a value at a place may have, choices and items of lists included.
fn forms(document: Document, path: &[&str]) -> Vec<&'static Value> {
    let mut forms = all_forms(schema(document));
    for name in path {
        let of_key = |form: &&'static Value| {
            let known = form.get("properties").and_then(|keys| keys.get(*name));
            known.or_else(|| form.get("additionalProperties"))
        };
        forms = forms
            .iter()
            .filter_map(of_key)
            .flat_map(all_forms)
            .collect();
    }
    forms
}

/// Returns a form and those that it is made of.
fn all_forms(form: &'static Value) -> Vec<&'static Value> {
    let mut all = vec![form];
    let mut at = 0;
    while let Some(form) = all.get(at).copied() {
        let choices = ["anyOf", "oneOf", "allOf"].into_iter();
        let choices = choices
            .filter_map(|key| form.get(key)?.as_array())
            .flatten();
        all.extend(choices);
        all.extend(
            ["items", "then", "else"]
                .into_iter()
                .filter_map(|key| form.get(key)),
        );
        at += 1;
    }
    all
}

fn schema(document: Document) -> &'static Value {
    static RULES: OnceLock<Value> = OnceLock::new();
    static TESTS: OnceLock<Value> = OnceLock::new();
    let schema = match document {
        Document::Rules => &RULES,
        Document::Tests => &TESTS,
    };
    schema.get_or_init(|| config::schema(document))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &[&str]) -> String {
        let keys = keys(Document::Rules, path);
        let names: Vec<&str> = keys.iter().map(|(name, _)| *name).collect();
        names.join(" ")
    }

    #[test]
    fn what_must_be_a_list_is_known() {
        assert!(is_list(Document::Rules, &["rules"]));
        assert!(is_list(Document::Rules, &["notify", "routes"]));
        assert!(!is_list(Document::Rules, &["source"]));
        assert!(!is_list(Document::Rules, &["rules", "when"]));
    }

    #[test]
    fn keys_and_words_are_those_of_the_schema() {
        assert!(names(&[]).contains("rules settle source"), "{}", names(&[]));
        assert!(names(&["rules"]).contains("on_unknown"));
        assert_eq!(names(&["rules", "when"]), "critical info warning");
        assert!(names(&["source", "simulator"]).contains("speed"));
        assert!(names(&["notify", "receivers", "oncall"]).contains("webhook"));
        assert!(names(&["notify", "routes"]).contains("group_by"));
        assert_eq!(names(&["nothing", "like", "it"]), "");
        let words = words(Document::Rules, &["rules", "severity"]);
        assert_eq!(words, SEVERITIES);
        let said = meaning(Document::Rules, &["rules", "on_unknown"]).unwrap();
        assert!(said.contains("Default `hold`"), "{said}");
        let said = meaning(Document::Rules, &["rules", "summary"]).unwrap();
        assert!(said.contains("`summary: \"{{ domain }}: "), "{said}");
        assert_eq!(meaning(Document::Tests, &["tests", "expect", "nope"]), None);
        assert!(meaning(Document::Tests, &["tests", "expect", "at"]).is_some());
    }
}
