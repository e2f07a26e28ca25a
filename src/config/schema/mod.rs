//! The JSON Schema of the rules file and of files of rule tests, for editors.
//!
//! A table of keys, one file for each section, as the readers beside it have one. A schema is
//! never stricter than the loader, and knows the same keys and words: tests hold the two against
//! each other. What goes beyond form (names that must exist, conditions) is for `lint`.

mod cases;
mod forms;
mod notify;
mod rules;
mod sources;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::load::STORE;
use super::outline::Times;
use forms::{duration, key, list, map, map_of, matching, or_nothing};

/// Which file a schema is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// The rules file. Further files, which have `let:` and `rules:` alone, are of this form too.
    Rules,
    /// A file of rule tests.
    Tests,
}

/// Returns the JSON Schema, draft 2020-12, of a kind of file.
pub fn schema(document: Document) -> Value {
    let (title, mut schema) = match document {
        Document::Rules => ("Foghorn rules", rules_file()),
        Document::Tests => ("Foghorn rule tests", cases::file()),
    };
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["title"] = title.into();
    schema
}

fn rules_file() -> Value {
    let times = Times::default();
    let globs = rules::globs();
    let entry = map([
        key(
            "domains",
            globs,
            "Which domains: globs, of which the last that matches decides.",
        )
        .needed()
        .example(json!(["img*.example.com"])),
        key("labels", rules::labels(), "The labels of these domains.")
            .needed()
            .example(json!({"team": "media"})),
    ]);
    map_of("a rules file", [
        key("source", sources::sources(), "Where samples come from: one source, or a list of them.")
            .example(json!({"simulator": {"domains": ["www.example.com"]}})),
        key("settle", duration(), "A minute is judged no sooner than this after its end.")
            .default(times.settle.to_string())
            .example("5m"),
        key("max_lateness", duration(), "And no later than this, if the source could be asked.")
            .default(times.max_lateness.to_string())
            .example("15m"),
        key("history", duration(), "How long samples are kept; no rule may look back further.")
            .default(times.history.to_string())
            .example("14d"),
        key("let", rules::names(), "Names for expressions, which rules and other names may use.")
            .example(json!({"gateway": "502|503|504"})),
        key("labels", list(&entry), "Labels by domain, for routes and messages; of entries that match a domain later ones win.")
            .example(json!([{"domains": ["img*.example.com"], "labels": {"team": "media"}}])),
        key("rules", or_nothing(rules::list_of_rules()), "What is judged: a list of rules, or of globs of further files.")
            .needed()
            .example(json!([{"name": "origin-5xx", "when": "5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 5m"}])),
        key("notify", notify::section(), "Whom to tell, and by which route. Without it everything goes to the console.")
            .filled()
            .example(json!({"receivers": {"screen": [{"console": {}}]}, "routes": [{"to": ["screen"]}]})),
        key("store", matching("^(sqlite:.+|postgres(ql)?:.*)$"), "Where samples, alerts and messages are kept: a SQLite file.")
            .default(STORE)
            .example("sqlite:foghorn.db"),
        key("objective", duration(), "How soon after the first bad minute a person should be told.")
            .default(times.objective.to_string())
            .example("15m"),
        key("web", notify::web(), "What the service serves, and where.")
            .example(json!({"listen": "127.0.0.1:9847"})),
    ])
}
