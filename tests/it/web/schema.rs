//! As much of JSON Schema as the description of the API uses.

use serde_json::Value;

/// Returns what is wrong with a value, by the schema and the whole description.
pub fn faults(value: &Value, schema: &Value, whole: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(value, schema, whole, "", &mut found);
    found
}

fn check(value: &Value, schema: &Value, whole: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = whole.pointer(reference.trim_start_matches('#')).unwrap();
        return check(value, target, whole, at, found);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = |choice: &&Value| faults(value, choice, whole).is_empty();
        if choices.iter().filter(fits).count() != 1 {
            found.push(format!("{at}: not one of the choices: {value}"));
        }
        return;
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        other => panic!("{at}: a schema without a type: {other}"),
    };
    let is = |kind: &&str| match *kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{at}: no type {other}"),
    };
    if !types.iter().any(is) {
        found.push(format!("{at}: {value} is none of {types:?}"));
    }
    if let (Some(words), false) = (schema["enum"].as_array(), value.is_null())
        && !words.contains(value)
    {
        found.push(format!("{at}: {value} is none of {words:?}"));
    }
    if let (Some("date-time"), Some(text)) = (schema["format"].as_str(), value.as_str())
        && text.parse::<chrono::DateTime<chrono::Utc>>().is_err()
    {
        found.push(format!("{at}: {text} is no time"));
    }
    for (place, item) in value.as_array().into_iter().flatten().enumerate() {
        check(
            item,
            &schema["items"],
            whole,
            &format!("{at}/{place}"),
            found,
        );
    }
    let Some(object) = value.as_object() else {
        return;
    };
    for name in schema["required"].as_array().into_iter().flatten() {
        if !object.contains_key(name.as_str().unwrap()) {
            found.push(format!("{at}: {name} is missing"));
        }
    }
    for (name, value) in object {
        let (own, others) = (&schema["properties"][name], &schema["additionalProperties"]);
        match (own, others) {
            (Value::Null, Value::Bool(false)) => found.push(format!("{at}: {name} is unknown")),
            (Value::Null, Value::Object(_)) => {
                check(value, others, whole, &format!("{at}/{name}"), found);
            }
            (Value::Null, _) => {}
            (own, _) => check(value, own, whole, &format!("{at}/{name}"), found),
        }
    }
}
