//! The form of `rules:`, and of what its rules share with other sections: names, globs, labels.

use serde_json::{Value, json};

use super::forms::{address, key, map, map_of, matching, named, one_or_many, text, word};
use crate::config::labels::{BUILT_IN_LABELS, LABELS_MAX};
use crate::config::reader::GLOBS_MAX;
use crate::config::rules::{BUILT_IN, NAME_BYTES_MAX, ON_UNKNOWN, SEVERITIES};
use crate::lang::words;

const DAY: &str = r"\s*(mon|tue|wed|thu|fri|sat|sun)\s*";
const TIME: &str = r"\s*[0-2][0-9]:[0-5][0-9]\s*";

/// Returns the form of `rules:`: rules, or globs of further files.
pub(super) fn list_of_rules() -> Value {
    // A choice by what the item is, so that a fault in a rule is told as one of a rule.
    let item = json!({"if": {"type": "object"}, "then": rule(), "else": text()});
    json!({"type": "array", "items": item})
}

fn rule() -> Value {
    map_of("a rule", [
        key("name", name(), "Unique: letters, digits, `_`, `.` and `-`, beginning with a letter or digit.")
            .needed()
            .example("origin-5xx"),
        key("when", when(), "The condition under which it fires, or one for each severity.")
            .needed()
            .example("5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 5m"),
        key("severity", severity(), "How grave its alerts are; not beside a `when` of several severities.")
            .default("warning")
            .example("critical"),
        key("domains", globs(), "Which domains it judges: globs, of which the last that matches decides. Default all.")
            .example(json!(["*.example.com", "!static.example.com"])),
        key("on_unknown", word(ON_UNKNOWN.iter().map(|(word, _)| *word)), "What a minute means of which nothing is known: `hold` changes nothing, `clear` reads it as good, `fire` as bad.")
            .default("hold")
            .example("hold"),
        key("labels", labels(), "Labels of its alerts, for routes and messages.")
            .example(json!({"team": "edge"})),
        key("summary", text(), "A template for one sentence: `{{ domain }}`, `{{ value }}`, `{{ values['5xx'] }}`.")
            .example("{{ domain }}: {{ value }} of the origin's answers are 5xx"),
        key("runbook_url", address(), "Where it says what to do.")
            .example("https://wiki.example.com/origin-5xx"),
        key("active_hours", active_hours(), "When people are told of it; what still fires when they begin is told then.")
            .example(json!({"days": "mon-fri", "hours": "09:00-18:00", "zone": "Asia/Shanghai"})),
    ])
}

fn name() -> Value {
    let mut name = text();
    name["pattern"] = "^[A-Za-z0-9][A-Za-z0-9_.-]*$".into();
    name["maxLength"] = NAME_BYTES_MAX.into();
    name["not"] = json!({"enum": BUILT_IN});
    name
}

fn when() -> Value {
    let condition = || text();
    let [info, warning, critical] = ["info", "warning", "critical"].map(|severity| {
        let says = format!("The condition under which the alert is of the severity {severity}.");
        key(severity, condition(), &says)
            .filled()
            .example("5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 5m")
    });
    let mut severities = map([info, warning, critical]);
    severities["minProperties"] = 1.into();
    json!({"anyOf": [condition(), severities]})
}

/// Returns the form of a severity.
pub(super) fn severity() -> Value {
    word(SEVERITIES.iter().map(|(word, _)| *word))
}

/// Returns the form of a glob or a list of globs that match something.
pub(super) fn globs() -> Value {
    let mut globs = globs_or_none();
    globs["anyOf"][0]["minItems"] = 1.into();
    globs
}

/// Returns the form of a glob or a list of globs, which may be empty.
pub(super) fn globs_or_none() -> Value {
    let mut globs = one_or_many(&text());
    globs["anyOf"][0]["maxItems"] = GLOBS_MAX.into();
    globs
}

/// Returns the form of a map of labels.
pub(super) fn labels() -> Value {
    let names = json!({"pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "not": {"enum": BUILT_IN_LABELS}});
    let mut labels = named(&names, &text());
    labels["maxProperties"] = LABELS_MAX.into();
    labels
}

/// Returns the form of `let:`.
pub(super) fn names() -> Value {
    let taken: Vec<&str> = words().collect();
    let taken = json!({"anyOf": [{"enum": taken}, {"pattern": "^p[1-9][0-9]?$"}]});
    named(
        &json!({"pattern": "^[a-z][a-z0-9_]*$", "not": taken}),
        &text(),
    )
}

fn active_hours() -> Value {
    let days = matching(&format!("^{DAY}(-{DAY}|(,{DAY})*)$"));
    let hours = matching(&format!("^{TIME}-{TIME}$"));
    map_of(
        "`active_hours`",
        [
            key("days", one_or_many(&days), "Which days.").example("mon-fri"),
            key(
                "hours",
                one_or_many(&hours),
                "From when to when; may pass midnight.",
            )
            .example("09:00-18:00"),
            key("zone", one_or_many(&text()), "The time zone by its name.")
                .example("Asia/Shanghai"),
        ],
    )
}
