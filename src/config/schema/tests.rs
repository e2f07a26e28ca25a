//! The schema and the loader are asked the same questions: the loader says which keys and words
//! it knows when it is given one that it does not.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Document, schema};
use crate::config::{Environment, Surroundings, load, load_cases};
use crate::diag::{Code, Diagnostic, Level};

/// What no key and no word is like.
const NOBODY: &str = "zzzzzzzzzzzz";

/// One file, beside which the rules of rule tests stand.
struct World(String);

impl Surroundings for World {
    fn variable(&self, _: &str) -> Option<String> {
        Some("x".to_owned())
    }

    fn file(&self, path: &str) -> Result<String, String> {
        let rules = "rules: [{name: origin-5xx, when: 5xx > 10%}]";
        Ok(match path {
            "file.yaml" => self.0.clone(),
            _ => rules.to_owned(),
        })
    }

    fn glob(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }
}

/// Returns what the loader says of a file, which has a mail server. JSON is YAML.
fn faults(document: Document, file: &Value) -> Vec<Diagnostic> {
    let mut file = file.clone();
    if let Some(notify) = file.get_mut("notify").and_then(Value::as_object_mut) {
        let server = json!({"server": "smtps://mail.example.com"});
        notify.entry("email").or_insert(server);
    }
    let world = World(file.to_string());
    let loaded = match document {
        Document::Rules => {
            load("file.yaml", &world, Environment::Required)
                .unwrap()
                .diagnostics
        }
        Document::Tests => {
            load_cases("file.yaml", &world, Environment::Required)
                .unwrap()
                .diagnostics
        }
    };
    assert!(loaded.len() < 200, "some faults are not told");
    loaded
}

/// Returns a value of a form: its example, or what it needs at least.
fn sample(form: &Value) -> Value {
    if let Some(example) = form["examples"].get(0) {
        return example.clone();
    }
    if let Some(choice) = form["anyOf"].get(0).filter(|_| form["type"].is_null()) {
        return sample(choice);
    }
    if form["type"] == "array" {
        return json!([]);
    }
    let needed = [&form["required"], &form["anyOf"][0]["required"]];
    let needed = needed.into_iter().filter_map(Value::as_array).flatten();
    let pair = |name: &Value| {
        let name = name.as_str().unwrap();
        (name.to_owned(), sample(&form["properties"][name]))
    };
    Value::Object(needed.map(pair).collect())
}

/// Returns a map of a form with this key, and what else it needs.
fn with(form: &Value, name: &str, value: Value) -> Value {
    // A source is of one kind, and lists its domains or discovers them.
    let is_alone = form["maxProperties"] == 1 || name == "discover";
    let mut map = if is_alone { json!({}) } else { sample(form) };
    // Keys of one format alone, with what else that format needs.
    let format = match name {
        "routing_key" => json!({"format": "pagerduty"}),
        "api_key" => json!({"format": "opsgenie"}),
        "bot_token" => json!({"format": "telegram", "chat_id": "-1"}),
        "chat_id" => json!({"format": "telegram", "bot_token": "${TOKEN}"}),
        "language" if !form["properties"]["format"].is_null() => json!({"format": "slack"}),
        _ => json!({}),
    };
    for (key, value) in format.as_object().unwrap() {
        map[key] = value.clone();
    }
    map[name] = value;
    map
}

/// A form, and how a value of it is put into a file in which all else is as it should be.
type Visit<'v> = dyn FnMut(&Value, Put<'_>) + 'v;
type Put<'p> = &'p dyn Fn(Value) -> Value;

/// Visits every form within a form.
fn walk(form: &Value, put: Put<'_>, visit: &mut Visit<'_>) {
    visit(form, put);
    let choices = form["anyOf"].as_array().into_iter().flatten();
    for choice in choices.filter(|choice| choice["required"].is_null() || !choice["type"].is_null())
    {
        walk(choice, put, visit);
    }
    if !form["then"].is_null() {
        walk(&form["then"], put, visit);
    }
    if form["items"].is_object() {
        walk(&form["items"], &|item| put(json!([item])), visit);
    }
    if form["additionalProperties"].is_object() {
        let name = match form["propertyNames"]["pattern"].as_str() {
            Some(codes) if codes.starts_with("^[1-5]") => "502",
            _ => "screen",
        };
        let put = |value| put(json!({ name: value }));
        walk(&form["additionalProperties"], &put, visit);
    }
    for (name, inner) in form["properties"].as_object().into_iter().flatten() {
        walk(inner, &|value| put(with(form, name, value)), visit);
    }
}

fn walk_all(visit: &mut dyn FnMut(Document, &Value, Put<'_>)) {
    for document in [Document::Rules, Document::Tests] {
        let whole = schema(document);
        walk(&whole, &|file| file, &mut |form, put| {
            visit(document, form, put);
        });
    }
}

/// The words that a help lists after its first words.
fn listed<'f>(found: &'f [Diagnostic], what: &str, begin: &str) -> BTreeSet<&'f str> {
    let found = found.iter().find(|fault| fault.message.contains(what));
    let help = found.and_then(|fault| fault.help.as_deref()?.strip_prefix(begin));
    let list = help.unwrap_or_default().split(", ");
    list.filter(|word| !word.is_empty()).collect()
}

#[test]
fn the_schema_has_the_keys_that_the_loader_knows() {
    let mut maps = 0;
    walk_all(&mut |document, form, put| {
        let Some(properties) = form["properties"].as_object() else {
            return;
        };
        maps += 1;
        let known: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
        let mut value = sample(form);
        value[NOBODY] = json!(1);
        let found = faults(document, &put(value));
        let what = format!("no key `{NOBODY}`");
        let told = found.iter().any(|fault| fault.message.contains(&what));
        assert!(told, "{known:?} of {}", put(sample(form)));
        assert_eq!(listed(&found, &what, "the keys here are "), known);
    });
    assert!(20 <= maps, "there are {maps} maps");
}

#[test]
fn the_schema_has_the_words_that_the_loader_knows() {
    let mut enums = 0;
    walk_all(&mut |document, form, put| {
        let Some(words) = form["anyOf"][0]["enum"].as_array() else {
            return;
        };
        enums += 1;
        let words: BTreeSet<&str> = words.iter().filter_map(Value::as_str).collect();
        let found = faults(document, &put(NOBODY.into()));
        let told = listed(&found, NOBODY, "write one of ");
        assert_eq!(told, words, "{}", put(NOBODY.into()));
    });
    assert!(7 <= enums, "there are {enums} lists of words");
}

#[test]
fn every_key_is_described_and_its_example_and_default_are_sound() {
    let mut keys = 0;
    walk_all(&mut |document, form, put| {
        for (name, inner) in form["properties"].as_object().into_iter().flatten() {
            keys += 1;
            let says = inner["description"].as_str().unwrap_or_default();
            assert!(says.ends_with('.'), "{name}: {says}");
            let values = [inner["examples"].get(0), inner.get("default")];
            for value in values.into_iter().flatten() {
                let file = put(with(form, name, value.clone()));
                let allowed = [Code::Unsupported, Code::UnknownReceiver];
                let grave = |fault: &Diagnostic| {
                    fault.level == Level::Error && !allowed.contains(&fault.code)
                };
                let found: Vec<_> = faults(document, &file).into_iter().filter(grave).collect();
                assert!(found.is_empty(), "{name}: {file}\n{found:#?}");
            }
        }
    });
    assert!(80 <= keys, "there are {keys} keys");
}

#[test]
fn a_word_of_the_language_is_no_name_in_the_schema_either() {
    let whole = schema(Document::Rules);
    let taken = &whole["properties"]["let"]["propertyNames"]["not"]["anyOf"][0]["enum"];
    let taken = taken.as_array().unwrap();
    assert!(25 <= taken.len(), "{taken:?}");
    for word in taken.iter().chain([&json!("p99")]) {
        let word = word.as_str().unwrap();
        let found = faults(Document::Rules, &json!({"let": {word: "5xx"}, "rules": []}));
        let told = found
            .iter()
            .any(|fault| fault.message.contains("is a word"));
        assert!(told, "{word}");
    }
}

#[test]
fn a_key_that_the_loader_wants_a_value_of_may_not_be_empty() {
    for document in [Document::Rules, Document::Tests] {
        let mut empty = 0;
        walk(&schema(document), &|file| file, &mut |form, put| {
            for (name, inner) in form["properties"].as_object().into_iter().flatten() {
                let is_null = |of: &Value| *of == "null" || of["type"] == "null";
                let types = [&inner["type"], &inner["anyOf"]];
                let mut types = types.into_iter().filter_map(Value::as_array).flatten();
                if types.any(is_null) {
                    empty += 1;
                    let told = faults(document, &put(with(form, name, Value::Null)));
                    let refused = told
                        .iter()
                        .find(|fault| fault.message.ends_with(" has no value"));
                    assert_eq!(refused, None, "{name}");
                }
            }
        });
        assert!(empty > 5, "{empty}");
    }
}

#[test]
fn a_login_at_the_mail_server_has_both_its_parts_in_the_schema_too() {
    let whole = schema(Document::Rules).to_string();
    for (one, other) in [("user", "password"), ("password", "user")] {
        assert!(whole.contains(&format!("\"{one}\":[\"{other}\"]")), "{one}");
    }
}
