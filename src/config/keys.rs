//! The keys of each map of the files, in the order in which messages name them.
//!
//! The readers take them from here, and so does what guesses of a slip what it was meant to be
//! (`vocabulary.rs`).

/// The rules file.
pub(super) const FILE: &[&str] = &[
    "source",
    "settle",
    "max_lateness",
    "history",
    "let",
    "labels",
    "rules",
    "notify",
    "store",
    "objective",
    "web",
];
/// A further file.
pub(super) const FURTHER: &[&str] = &["let", "rules"];
/// An item of `rules:`.
pub(super) const RULE: &[&str] = &[
    "name",
    "when",
    "severity",
    "domains",
    "on_unknown",
    "labels",
    "summary",
    "runbook_url",
    "active_hours",
];
/// `when:` of several severities.
pub(super) const TIERS: &[&str] = &["info", "warning", "critical"];
/// `active_hours:`
pub(super) const ACTIVE_HOURS: &[&str] = &["days", "hours", "zone"];
/// An item of `labels:` of the file.
pub(super) const LABELS: &[&str] = &["domains", "labels"];
/// `source:`, by its kinds.
pub(super) const SOURCE: &[&str] = &["aliyun_cdn", "aliyun_dcdn", "simulator"];
/// `aliyun_cdn:` and `aliyun_dcdn:`
pub(super) const ALIYUN: &[&str] = &[
    "account",
    "domains",
    "discover",
    "endpoint",
    "credentials",
    "rate",
];
/// `simulator:`
pub(super) const SIMULATOR: &[&str] = &[
    "account", "domains", "discover", "seed", "speed", "start", "scenario", "rate",
];
/// `discover:`
pub(super) const DISCOVER: &[&str] = &["include", "exclude", "every"];
/// `credentials:`
pub(super) const CREDENTIALS: &[&str] = &["access_key_id", "access_key_secret", "security_token"];
/// `notify:`
pub(super) const NOTIFY: &[&str] = &[
    "email",
    "receivers",
    "routes",
    "give_up",
    "fallback",
    "inhibit",
    "silences",
    "drills",
    "watchdog",
];
/// `email:` of `notify:`, the mail server.
pub(super) const MAIL: &[&str] = &["server", "user", "password", "from"];
/// An item of a receiver, by its kinds.
pub(super) const CHANNEL: &[&str] = &["email", "webhook", "console", "alertmanager"];
/// `email:` of a receiver.
pub(super) const EMAIL: &[&str] = &["to", "language"];
/// `webhook:`
pub(super) const WEBHOOK: &[&str] = &[
    "url",
    "format",
    "secret",
    "language",
    "body",
    "routing_key",
    "api_key",
    "bot_token",
    "chat_id",
];
/// `console:`
pub(super) const CONSOLE: &[&str] = &["language"];
/// `alertmanager:`
pub(super) const ALERTMANAGER: &[&str] = &["urls"];
/// An item of `routes:`.
pub(super) const ROUTE: &[&str] = &[
    "match",
    "to",
    "continue",
    "group_by",
    "group_wait",
    "group_interval",
    "repeat_interval",
    "escalate",
];
/// `repeat_interval:` that grows.
pub(super) const REPEAT: &[&str] = &["every", "growth"];
/// An item of `escalate:`.
pub(super) const STEP: &[&str] = &["after", "to"];
/// An item of `inhibit:`.
pub(super) const INHIBITION: &[&str] = &["source", "target", "equal"];
/// An item of `silences:`.
pub(super) const SILENCE: &[&str] = &["match", "from", "to", "reason"];
/// An item of `drills:`.
pub(super) const DRILL: &[&str] = &["to", "days", "at", "zone"];
/// `watchdog:`
pub(super) const WATCHDOG: &[&str] = &["url", "every"];
/// `web:`
pub(super) const WEB: &[&str] = &["listen", "external_url", "users", "open"];

/// A file of rule tests.
pub(super) const CASES: &[&str] = &["rules", "tests"];
/// An item of `tests:`.
pub(super) const CASE: &[&str] = &[
    "name",
    "start",
    "samples",
    "requests",
    "only",
    "expect",
    "pending",
    "delivered",
];
/// An item of `expect:`.
pub(super) const EVENT: &[&str] = &["at", "rule", "domain", "event", "severity"];
/// An item of `pending:`.
pub(super) const PENDING: &[&str] = &["from", "to", "rule", "domain"];
/// An item of `delivered:`.
pub(super) const TOLD: &[&str] = &["at", "receiver", "rule", "domain", "status", "severity"];
