//! Keys without a value: what an empty one would be read as, where that is no matter of course.
//!
//! `domains:` whose entries are all commented out is read as every domain, which nobody means. A
//! map or list of which nothing is left, such as `let:`, means just that, and templates of files
//! have such keys: they may be empty. Keys that a map must have are told where they are read.

use crate::diag::{Code, Diagnostic, quoted};
use crate::yaml::Node;

/// Returns what a map does without a key, if the key may not be empty.
fn without(what: &str, name: &str) -> Option<&'static str> {
    Some(match (what, name) {
        ("a rules file", "source") => "without it the file watches no domain",
        ("a rules file", "settle") => "without it, it is 5m",
        ("a rules file", "max_lateness" | "objective") => "without it, it is 15m",
        ("a rules file", "history") => "without it, it is 14d",
        ("a rules file", "store") => "without it, it is `sqlite:foghorn.db`",
        ("a rules file", "web") => "without it the page listens on 127.0.0.1:9847",
        ("a rule", "severity") => "without it, it is `warning`",
        ("a rule", "domains") => "without it the rule is about every domain",
        ("a rule", "on_unknown") => "without it, it is `hold`",
        ("a rule", "summary" | "runbook_url") => "without it the rule has none",
        ("a rule", "active_hours") => "without it people are told at any time",
        ("`active_hours`" | "a drill", "days") => "without it, it is every day",
        ("`active_hours`", "hours") => "without it, it is the whole day",
        ("`active_hours`" | "a drill", "zone") => "without it, it is UTC",
        ("a route", "match") => "without it every alert matches",
        ("a route", "continue") => "without it, it is `false`",
        ("a route", "group_by") => "without it, it is `[rule]`",
        ("a route", "escalate") => "without it nobody else is told",
        ("a silence", "from") => "without it the silence holds from the beginning",
        ("a silence", "to") => "without it the silence never ends",
        ("an inhibition", "equal") => "without it alerts of all domains are muted",
        ("`notify`", "give_up") => "without it, it is 24h",
        ("`notify`", "email" | "watchdog") => "without it there is none",
        ("`discover`", "include") => "without it every domain of the account is watched",
        ("`web`", "users") => "without it nobody is asked for a password",
        ("`aliyun_cdn`" | "`aliyun_dcdn`" | "`simulator`", "rate" | "account")
        | ("`discover`" | "`watchdog`" | "`repeat_interval`", "every")
        | ("`aliyun_cdn`" | "`aliyun_dcdn`", "endpoint")
        | ("`simulator`", "seed" | "speed" | "start" | "scenario")
        | ("a route", "group_wait" | "group_interval" | "repeat_interval")
        | ("`repeat_interval`", "growth")
        | ("`webhook`", "format" | "secret" | "body")
        | ("`web`", "listen" | "external_url" | "open") => "without it the default holds",
        _ => return None,
    })
}

/// Whether a map may have a key without a value.
pub(in crate::config) fn may_be_empty(what: &str, name: &str) -> bool {
    without(what, name).is_none()
}

/// Says that a key has no value, if it would be read as something that nobody wrote.
pub(super) fn fault(what: &str, name: &str, key: &Node) -> Option<Diagnostic> {
    let without = without(what, name)?;
    let message = format!("{} has no value", quoted(name));
    let fault = Diagnostic::new(Code::TypeMismatch, key.span, message);
    Some(fault.help(format!("write one, or remove the key: {without}")))
}
