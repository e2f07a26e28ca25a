//! The keys and names of each kind of file, from which the reader of YAML guesses what was meant.

use super::keys;
use super::rules::is_name;
use crate::yaml::Vocabulary;

/// The words of rules files, and of what stands in further files.
pub(super) const VOCABULARY: Vocabulary = Vocabulary {
    maps: MAPS,
    sentences: &["summary"],
    lists: &[
        "domains", "equal", "exclude", "group_by", "include", "labels", "match", "source",
        "target", "to", "urls",
    ],
    only_maps: &[
        "active_hours",
        "credentials",
        "let",
        "notify",
        "web",
        "when",
    ],
    sections: &[
        "credentials",
        "email",
        "labels",
        "let",
        "notify",
        "receivers",
        "routes",
        "rules",
        "source",
        "web",
        "webhook",
    ],
    free: &["labels", "match", "source", "target", "users"],
    prose: &[
        "after", "at", "every", "format", "from", "language", "open", "rate", "reason", "start",
        "to",
    ],
    joins: &["and", "or", "given", "for", "until", "on"],
    list: "rules",
    names: "let",
    is_name,
};

/// The words of files of rule tests.
pub(super) const OF_CASES: Vocabulary = Vocabulary {
    maps: MAPS_OF_CASES,
    sentences: &["name"],
    lists: &[],
    only_maps: &[],
    sections: &[],
    free: &[],
    prose: &[
        "at", "domain", "event", "from", "only", "pending", "requests", "rule", "start", "status",
        "to",
    ],
    joins: &[],
    list: "tests",
    // There is no such section.
    names: "let",
    is_name,
};

/// The keys that stand in one map, the outermost first.
const MAPS: &[&[&str]] = &[
    keys::FILE,
    keys::RULE,
    keys::TIERS,
    keys::ACTIVE_HOURS,
    keys::SOURCE,
    keys::ALIYUN,
    keys::SIMULATOR,
    keys::DISCOVER,
    keys::CREDENTIALS,
    keys::NOTIFY,
    keys::MAIL,
    keys::CHANNEL,
    keys::EMAIL,
    keys::WEBHOOK,
    keys::ALERTMANAGER,
    keys::ROUTE,
    keys::REPEAT,
    keys::STEP,
    keys::INHIBITION,
    keys::SILENCE,
    keys::DRILL,
    keys::WATCHDOG,
    keys::WEB,
];

/// The keys of files of rule tests that stand in one map, the outermost first.
const MAPS_OF_CASES: &[&[&str]] = &[
    keys::CASES,
    keys::CASE,
    keys::EVENT,
    keys::PENDING,
    keys::TOLD,
];
