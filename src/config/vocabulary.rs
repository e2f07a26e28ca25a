//! The keys and names of each kind of file, from which the reader of YAML guesses what was meant.

use super::rules::is_name;
use crate::yaml::Vocabulary;

/// The words of rules files, and of what stands in further files.
pub(super) const VOCABULARY: Vocabulary = Vocabulary {
    keys: &KEYS,
    maps: &MAPS,
    sentences: &["summary"],
    lists: &[
        "domains", "equal", "exclude", "group_by", "include", "labels", "match", "source",
        "target", "to", "urls",
    ],
    joins: &["and", "or", "given", "for", "until", "on"],
    list: "rules",
    names: "let",
    is_name,
};

/// The words of files of rule tests.
pub(super) const OF_CASES: Vocabulary = Vocabulary {
    keys: &[
        "delivered",
        "expect",
        "name",
        "only",
        "pending",
        "requests",
        "rules",
        "samples",
        "start",
        "tests",
    ],
    maps: &[],
    sentences: &["name"],
    lists: &[],
    joins: &[],
    list: "tests",
    // There is no such section.
    names: "let",
    is_name,
};

/// The keys that stand in one map, the outermost first.
const MAPS: [&[&str]; 6] = [
    &[
        "history",
        "labels",
        "let",
        "max_lateness",
        "notify",
        "objective",
        "rules",
        "settle",
        "source",
        "store",
        "web",
    ],
    &[
        "active_hours",
        "domains",
        "labels",
        "name",
        "on_unknown",
        "runbook_url",
        "severity",
        "summary",
        "when",
    ],
    &[
        "active_hours",
        "continue",
        "escalate",
        "group_by",
        "group_interval",
        "group_wait",
        "match",
        "repeat_interval",
        "to",
    ],
    &["from", "password", "server", "user"],
    &["access_key_id", "access_key_secret", "security_token"],
    &["external_url", "listen", "open", "users"],
];

/// The keys that begin lines of a rules file.
const KEYS: [&str; 40] = [
    "access_key_id",
    "access_key_secret",
    "account",
    "active_hours",
    "continue",
    "credentials",
    "critical",
    "discover",
    "domains",
    "email",
    "endpoint",
    "external_url",
    "fallback",
    "from",
    "give_up",
    "group_by",
    "history",
    "info",
    "labels",
    "let",
    "listen",
    "match",
    "max_lateness",
    "name",
    "notify",
    "objective",
    "on_unknown",
    "receivers",
    "routes",
    "rules",
    "runbook_url",
    "server",
    "settle",
    "severity",
    "source",
    "store",
    "summary",
    "warning",
    "web",
    "when",
];
