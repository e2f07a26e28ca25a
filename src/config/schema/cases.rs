//! The form of files of rule tests.

use serde_json::{Value, json};

use super::forms::{Key, duration, key, list, map, named, one_or_many, text, word};
use super::rules::severity;
use crate::config::cases::{EVENTS, STATES};
use crate::replay::row::REQUESTS_MAX;

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
    let code = json!({"pattern": "^[1-5][0-9][0-9]$|^other$|^requests$"});
    let requests = json!({"anyOf": [
        {"type": "integer", "minimum": 1, "maximum": REQUESTS_MAX},
        {"type": "string"},
    ]});
    let samples = named(&json!({}), &named(&code, &text()));
    map([
        key("name", text(), "What must hold, as a sentence; no two alike.")
            .needed()
            .example("a burst of 502 pages on-call after three minutes"),
        key("start", text(), "The first minute.")
            .default("2026-01-01T00:00:00Z")
            .example("2026-11-22T10:00:00Z"),
        key("samples", samples, "By domain and status code, percentages by minute; 200 has the rest. `20x3` are three minutes of 20, `_` is a minute without data, `-` one without traffic; `other` is what has no code, `requests` how many there were.")
            .needed()
            .example(json!({"www.example.com": {"502": "0x5 12 15 20x3 1x10"}})),
        key("requests", requests, "Requests per minute, which make counts of the percentages: a number, or a row of them whose last goes on.")
            .example(1000),
        key("only", one_or_many(&text()), "The rules that it is about: what others do is not looked at.")
            .example(json!(["origin-5xx"])),
        key("expect", list(&event()), "All that happens: an event that is not listed fails the test.")
            .needed()
            .example(json!([])),
        key("pending", list(&pending()), "All pending states: one that is not listed fails the test. Left out, they are not looked at.")
            .filled()
            .example(json!([])),
        key("delivered", list(&delivered()), "All that receivers are told: what is not listed fails the test. Left out, it is not looked at.")
            .filled()
            .example(json!([])),
    ])
}

fn time(name: &'static str, says: &str) -> Key {
    let mut at = json!({"anyOf": [{"const": 0}, {"const": "0"}]});
    if let Some(choices) = at["anyOf"].as_array_mut() {
        choices.insert(0, duration());
    }
    key(name, at, says)
}

fn rule() -> Key {
    key("rule", text(), "The rule.")
        .needed()
        .example("origin-5xx")
}

fn domain() -> Key {
    let says = "The domain; a rule of many domains has none.";
    key("domain", text(), says).example("www.example.com")
}

fn pending() -> Value {
    let mut pending = map([
        time(
            "from",
            "How long after `start` the first minute is after which the alert is pending.",
        )
        .needed()
        .example("5m"),
        time(
            "to",
            "How long after `start` the minute is that decided that it is pending no longer; left out, it is to the end.",
        )
        .example("7m"),
        rule(),
        domain(),
    ]);
    let example =
        json!({"from": "5m", "to": "7m", "rule": "origin-5xx", "domain": "www.example.com"});
    pending["examples"] = json!([example]);
    pending
}

fn delivered() -> Value {
    let says = "How long after `start` the minute is that decided what is told.";
    let mut delivered = map([
        time("at", says).needed().example("7m"),
        key(
            "receiver",
            text(),
            "The receiver; it counts once, however many channels it has.",
        )
        .needed()
        .example("oncall"),
        rule(),
        domain(),
        key(
            "status",
            word(STATES.iter().map(|(word, _)| *word)),
            "The state of the alert as it is told.",
        )
        .needed()
        .example("firing"),
        key(
            "severity",
            severity(),
            "The severity; left out, any will do.",
        )
        .example("critical"),
    ]);
    let example = json!({"at": "7m", "receiver": "oncall", "rule": "origin-5xx", "domain": "www.example.com", "status": "firing"});
    delivered["examples"] = json!([example]);
    delivered
}

fn event() -> Value {
    let says = "How long after `start` the minute is that decided.";
    let mut event = map([
        time("at", says).needed().example("7m"),
        rule(),
        domain(),
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
