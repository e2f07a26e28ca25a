//! The forms that values of the files have, said in the words of JSON Schema.
//!
//! YAML makes numbers and truths of texts that look like one, where the loader takes them as they
//! stand: so a text is a string, a number or a truth. `${NAME}` may stand for any word or number.

use serde_json::{Value, json};

use crate::config::reader::may_be_empty;

/// What a reference looks like, within a pattern.
const REFERENCE: &str = r"\$\{";

/// A key of a map.
pub(super) struct Key {
    name: &'static str,
    form: Value,
    presence: Presence,
}

/// Whether a key must be there, and whether it may be left empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Needed,
    Optional,
    Filled,
}

/// Returns a key that may be missing: its name, its form, what it says.
pub(super) fn key(name: &'static str, form: Value, says: &str) -> Key {
    let mut form = form;
    form["description"] = says.into();
    Key {
        name,
        form,
        presence: Presence::Optional,
    }
}

impl Key {
    /// The map has no meaning without it.
    pub(super) fn needed(self) -> Self {
        let presence = Presence::Needed;
        Self { presence, ..self }
    }

    /// May be missing, but if it stands there it has a value.
    pub(super) fn filled(self) -> Self {
        let presence = Presence::Filled;
        Self { presence, ..self }
    }

    /// What its value may look like.
    pub(super) fn example(mut self, example: impl Into<Value>) -> Self {
        self.form["examples"] = json!([example.into()]);
        self
    }

    /// What holds without it.
    pub(super) fn default(mut self, default: impl Into<Value>) -> Self {
        self.form["default"] = default.into();
        self
    }
}

/// Returns the form of a map with these keys and no others, which may be empty.
pub(super) fn map<const N: usize>(keys: [Key; N]) -> Value {
    map_of("", keys)
}

/// Returns the form of a map that the loader calls `what`: it says which keys may be empty.
pub(super) fn map_of<const N: usize>(what: &str, keys: [Key; N]) -> Value {
    let mut properties = serde_json::Map::new();
    let mut required: Vec<&str> = Vec::new();
    for key in keys {
        let form = match key.presence {
            Presence::Optional if may_be_empty(what, key.name) => or_nothing(key.form),
            Presence::Needed | Presence::Optional | Presence::Filled => key.form,
        };
        if key.presence == Presence::Needed {
            required.push(key.name);
        }
        properties.insert(key.name.to_owned(), form);
    }
    let mut map = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        map["required"] = required.into();
    }
    map
}

/// Returns the form of a map whose keys are the user's own.
pub(super) fn named(names: &Value, value: &Value) -> Value {
    json!({"type": "object", "propertyNames": names, "additionalProperties": value})
}

/// Returns the form of any text.
pub(super) fn text() -> Value {
    json!({"type": ["string", "number", "boolean"]})
}

/// Returns the form of a text of a pattern, or with a reference in it.
pub(super) fn matching(pattern: &str) -> Value {
    let mut text = text();
    text["pattern"] = format!("{pattern}|{REFERENCE}").into();
    text
}

/// Returns the form of one of a few words.
pub(super) fn word<'w>(words: impl IntoIterator<Item = &'w str>) -> Value {
    let words: Vec<&str> = words.into_iter().collect();
    json!({"anyOf": [{"enum": words}, reference()]})
}

/// Returns the form of `true` and `false`.
pub(super) fn truth() -> Value {
    json!({"anyOf": [{"enum": [true, false, "true", "false"]}, reference()]})
}

/// Returns the form of a whole number within these bounds.
pub(super) fn whole(min: u64, max: u64) -> Value {
    json!({"anyOf": [
        {"type": "integer", "minimum": min, "maximum": max},
        {"type": "string", "pattern": format!(r"^\+?[0-9]+$|{REFERENCE}")},
    ]})
}

/// Returns the form of a duration of the service, such as `1h30m`.
pub(super) fn duration() -> Value {
    let pattern = r"^(?=.)([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$";
    json!({"type": "string", "pattern": format!("{pattern}|{REFERENCE}")})
}

/// Returns the form of a web address.
pub(super) fn address() -> Value {
    matching(r"^https?://[^\s/?#]+\S*$")
}

/// Returns the form of a list.
pub(super) fn list(item: &Value) -> Value {
    json!({"type": "array", "items": item})
}

/// Returns the form of one thing or a list of them.
pub(super) fn one_or_many(item: &Value) -> Value {
    json!({"anyOf": [list(item), item]})
}

/// Returns a form that also takes nothing at all: `key:`, `key: null`.
pub(super) fn or_nothing(form: Value) -> Value {
    let mut form = form;
    if let Some(choices) = form.get_mut("anyOf").and_then(Value::as_array_mut) {
        choices.push(json!({"type": "null"}));
        return form;
    }
    match form.get_mut("type") {
        Some(Value::Array(types)) => types.push("null".into()),
        Some(one) => *one = json!([one.clone(), "null"]),
        None => {}
    }
    form
}

fn reference() -> Value {
    json!({"type": "string", "pattern": REFERENCE})
}
