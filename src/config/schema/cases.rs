//! The form of files of rule tests.

use serde_json::{Value, json};

use super::forms::{duration, key, list, map, named, text, whole, word};
use super::rules::severity;
use crate::config::case_events::EVENTS;
use crate::config::case_samples::REQUESTS_MAX;

/// Returns the form of the whole file.
pub(super) fn file() -> Value {
    map([
        key("rules", text(), "The rules file, beside this one.")
            .needed()
            .example("rules.yaml"),
        key("tests", list(&test()), "The tests.")
            .needed()
            .example(json!([])),
    ])
}

fn test() -> Value {
    let code = json!({"pattern": "^[1-5][0-9][0-9]$"});
    let samples = named(&json!({}), &named(&code, &text()));
    map([
        key("name", text(), "What must hold, as a sentence; no two alike.")
            .needed()
            .example("a burst of 502 pages on-call after three minutes"),
        key("start", text(), "The first minute.")
            .default("2026-01-01T00:00:00Z")
            .example("2026-11-22T10:00:00Z"),
        key("samples", samples, "By domain and status code, percentages by minute; 200 has the rest. `20x3` are three minutes of 20, `_` is a minute without data, `-` one without traffic.")
            .needed()
            .example(json!({"www.example.com": {"502": "0x5 12 15 20x3 1x10"}})),
        key("requests", whole(1, REQUESTS_MAX), "Requests per minute, which make counts of the percentages.")
            .example(1000),
        key("expect", list(&event()), "All that happens: an event that is not listed fails the test.")
            .needed()
            .example(json!([])),
    ])
}

fn event() -> Value {
    let mut at = json!({"anyOf": [{"const": 0}, {"const": "0"}]});
    if let Some(choices) = at["anyOf"].as_array_mut() {
        choices.insert(0, duration());
    }
    let mut event = map([
        key(
            "at",
            at,
            "How long after `start` the minute is that decided.",
        )
        .needed()
        .example("7m"),
        key("rule", text(), "The rule.")
            .needed()
            .example("origin-5xx"),
        key(
            "domain",
            text(),
            "The domain; a rule of many domains has none.",
        )
        .example("www.example.com"),
        key(
            "event",
            word(EVENTS.iter().map(|(word, _)| *word)),
            "What happens.",
        )
        .needed()
        .example("fired"),
        key(
            "severity",
            severity(),
            "The severity; left out, any will do.",
        )
        .example("critical"),
    ]);
    let example =
        json!({"at": "7m", "rule": "origin-5xx", "domain": "www.example.com", "event": "fired"});
    event["examples"] = json!([example]);
    event
}
