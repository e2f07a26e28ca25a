//! What may stand where in a rules file and in a file of rule tests, for completion.
//!
//! A place is the keys that lead to it; items of lists are passed over. What is wrong with a
//! file is not decided here.

use crate::lang::Form;

/// What may stand at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    /// The keys of a map.
    pub(super) keys: &'static [&'static str],
    /// Other things.
    pub(super) things: Things,
}

/// What may stand at a place beside known keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Things {
    /// Nothing that could be said beforehand.
    Any,
    /// An expression.
    Expression(Form),
    /// One of these words.
    Words(&'static [&'static str]),
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
}

const ROOT: &[&str] = &[
    "source", "settle", "max_lateness", "history", "let", "labels", "rules", "notify", "store",
    "objective", "web",
];
const KINDS: &[&str] = &["aliyun_cdn", "aliyun_dcdn", "simulator"];
const ALIYUN: &[&str] = &["account", "domains", "discover", "endpoint", "credentials", "rate"];
const SIMULATOR: &[&str] = &[
    "account", "domains", "discover", "seed", "speed", "start", "scenario", "rate",
];
const CREDENTIALS: &[&str] = &["access_key_id", "access_key_secret", "security_token"];
const RULE: &[&str] = &[
    "name", "when", "severity", "domains", "on_unknown", "labels", "summary", "runbook_url",
    "active_hours",
];
const NOTIFY: &[&str] = &[
    "email", "receivers", "routes", "give_up", "fallback", "inhibit", "silences", "watchdog",
];
const ROUTE: &[&str] = &[
    "match", "to", "continue", "group_by", "group_wait", "group_interval", "repeat_interval",
    "escalate",
];
const CHANNELS: &[&str] = &["email", "webhook", "console"];
const TEST: &[&str] = &["name", "start", "samples", "requests", "expect"];
const EVENT: &[&str] = &["at", "rule", "domain", "event", "severity"];
const SEVERITIES: &[&str] = &["info", "warning", "critical"];
const EVENTS: &[&str] = &["fired", "severity_changed", "resolved"];

/// Returns what may stand at a place of a rules file.
pub(super) fn of_rules(path: &[&str]) -> Expected {
    match path {
        [] => keys(ROOT),
        ["source"] => keys(KINDS),
        ["source", "simulator"] => keys(SIMULATOR),
        ["source", _] => keys(ALIYUN),
        ["source", _, "discover"] => keys(&["include", "exclude", "every"]),
        ["source", _, "credentials"] => keys(CREDENTIALS),
        ["let", _] => things(Things::Expression(Form::Alone)),
        ["labels"] => keys(&["domains", "labels"]),
        ["rules"] => keys(RULE),
        ["rules", "when"] => Expected {
            keys: SEVERITIES,
            things: Things::Expression(Form::When),
        },
        ["rules", "when", _] => things(Things::Expression(Form::When)),
        ["rules", "severity"] => things(Things::Words(SEVERITIES)),
        ["rules", "on_unknown"] => things(Things::Words(&["hold", "clear", "fire"])),
        ["rules", "active_hours"] => keys(&["days", "hours", "zone"]),
        ["labels" | "rules", "domains"] => things(Things::Domains),
        ["web"] => keys(&["listen", "external_url", "users"]),
        ["notify", rest @ ..] => of_notify(rest),
        _ => things(Things::Any),
    }
}

fn of_notify(path: &[&str]) -> Expected {
    match path {
        [] => keys(NOTIFY),
        ["email"] => keys(&["server", "user", "password", "from"]),
        ["receivers", _] => keys(CHANNELS),
        ["receivers", _, "email"] => keys(&["to", "language"]),
        ["receivers", _, "webhook"] => keys(&["url", "format", "secret"]),
        ["receivers", _, "email", "language"] => things(Things::Words(&["en", "zh"])),
        ["receivers", _, "webhook", "format"] => things(Things::Words(&["standard"])),
        ["routes"] => keys(ROUTE),
        ["routes", "continue"] => things(Things::Words(&["true", "false"])),
        ["routes", "escalate"] => keys(&["after", "to"]),
        ["routes", "to"] | ["routes", "escalate", "to"] | ["fallback"] => things(Things::Receivers),
        ["inhibit"] => keys(&["source", "target", "equal"]),
        ["routes", "group_by"] | ["inhibit", "equal"] => things(Things::Labels),
        ["routes" | "silences", "match"] | ["inhibit", "source" | "target"] => {
            things(Things::LabelKeys)
        }
        ["routes" | "silences", "match", label] | ["inhibit", "source" | "target", label] => {
            of_label(label)
        }
        ["silences"] => keys(&["match", "from", "to", "reason"]),
        ["watchdog"] => keys(&["url", "every"]),
        _ => things(Things::Any),
    }
}

fn of_label(name: &str) -> Expected {
    things(match name {
        "severity" => Things::Words(SEVERITIES),
        "rule" => Things::Rules,
        "domain" => Things::Domains,
        _ => Things::Any,
    })
}

/// Returns what may stand at a place of a file of rule tests.
pub(super) fn of_cases(path: &[&str]) -> Expected {
    match path {
        [] => keys(&["rules", "tests"]),
        ["tests"] => keys(TEST),
        ["tests", "samples"] => things(Things::DomainKeys),
        ["tests", "expect"] => keys(EVENT),
        ["tests", "expect", "event"] => things(Things::Words(EVENTS)),
        ["tests", "expect", label] => of_label(label),
        _ => things(Things::Any),
    }
}

fn keys(keys: &'static [&'static str]) -> Expected {
    let things = Things::Any;
    Expected { keys, things }
}

fn things(things: Things) -> Expected {
    Expected { keys: &[], things }
}
