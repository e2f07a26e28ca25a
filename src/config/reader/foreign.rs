//! Keys that people bring along from Prometheus, its promtool and Alertmanager, and what they are here.

use super::shape;
use crate::yaml::{Kind, Node};

/// The key by which YAML 1.1 puts the keys of one map into another.
pub(super) const MERGE: &str = "<<";

/// What is said of parts of a condition that stand by themselves.
pub(super) const PARTS_OF_ONE_TEXT: &str =
    "all of a condition is one text: `when: 5xx > 10% for 3m until 5xx < 5% for 5m`";

/// What a key of another program is here.
pub(super) struct Foreign {
    /// What is to be written instead.
    pub(super) help: &'static str,
    /// The key that says the same with the same value, if there is one.
    pub(super) meant: Option<&'static str>,
    /// Whether no other key can have been meant.
    pub(super) is_certain: bool,
}

/// Returns what a key means that another program has in such a map.
pub(super) fn key(what: &str, name: &str) -> Option<Foreign> {
    let (help, meant) = match (what, name) {
        (_, MERGE) => (
            "keys are not merged into a map here: write them out, or name what conditions share under `let:`",
            None,
        ),
        ("a rule", "alert") => ("a rule has a name: write `name`", Some("name")),
        ("a rule", "expr") => ("a rule says when it fires: write `when`", Some("when")),
        ("a rule", "condition" | "query") => {
            ("a rule says when it fires: write `when`", Some("when"))
        }
        ("a rule", "description" | "message" | "title") => (
            "what people are told in words is one text: write `summary`",
            Some("summary"),
        ),
        ("a rule", "runbook") => ("write `runbook_url`", Some("runbook_url")),
        ("a rule", "notify" | "source" | "web" | "store" | "let") => (
            "it stands beside `rules:`, at the left edge of the file",
            None,
        ),
        ("a rule", "to" | "receiver" | "receivers") => (
            "whom to tell is said by a route: `notify: {routes: [{match: {rule: NAME}, to: [NAME]}]}`",
            None,
        ),
        ("a rule", "enabled" | "disabled" | "enable" | "disable") => (
            "a rule that is there is judged: take it out with `#`, or keep its alerts back by `notify: {silences: […]}`",
            None,
        ),
        ("a rule", "group_by" | "group_wait" | "group_interval" | "repeat_interval") => (
            "how alerts are told is said by a route, under `notify: {routes: […]}`",
            None,
        ),
        ("a rule", "until") => (
            "when it ends stands in the condition: `when: 5xx > 10% until 5xx < 5% for 5m`",
            None,
        ),
        ("a rule", "given") => (
            "when it can be judged stands in the condition: `when: 5xx > 10% given requests >= 50`",
            None,
        ),
        ("a rule", "for") => (
            "how long it must hold stands in the condition: `when: 5xx > 10% for 10m`",
            None,
        ),
        ("a rule", "keep_firing_for") => (
            "when it ends stands in the condition: `when: 5xx > 10% until 5xx < 5% for 10m`",
            None,
        ),
        ("a rule", "annotations") => (
            "`summary:` and `runbook_url:` stand in the rule itself",
            None,
        ),
        ("a rule", "record") => (
            "values are not recorded: give them a name under `let:`",
            None,
        ),
        ("a rules file", "groups") => (
            "this is how Prometheus groups rules: here they stand in `rules:` one after the other",
            None,
        ),
        ("a rules file", "tests" | "test") => (
            "tests stand in a file of their own, with the name of this one: `rules: rules.yaml` and `tests:`",
            None,
        ),
        ("a rules file", "rule_files") => (
            "further files stand in `rules:`, such as `rules: [rules.d/*.yaml]`",
            None,
        ),
        ("a rules file", "receivers" | "routes" | "silences") => {
            ("it stands under `notify:`", None)
        }
        ("a rules file", "route") => ("write `notify: {routes: […]}`", None),
        ("a rules file", "inhibit" | "inhibit_rules" | "inhibitions") => {
            ("write `notify: {inhibit: […]}`", None)
        }
        ("a route", "receiver" | "receivers") => {
            ("the receivers of a route: write `to`", Some("to"))
        }
        ("a route", "matchers" | "match_re") => (
            "labels and globs stand in `match`: `match: {severity: critical, domain: \"*.example.com\"}`",
            None,
        ),
        ("a route", "routes") => (
            "routes do not nest: they stand one after the other, the first that matches takes the alert",
            None,
        ),
        ("an inhibition", "source_match" | "source_matchers") => {
            ("which alerts mute: write `source`", Some("source"))
        }
        ("an inhibition", "target_match" | "target_matchers") => {
            ("which alerts are muted: write `target`", Some("target"))
        }
        ("`notify`", "route") => (
            "routes are a list: `routes: [{to: [NAME]}]`, the first that matches takes the alert",
            None,
        ),
        ("`notify`", "inhibit_rules" | "inhibitions") => (
            "write `inhibit: [{source: {…}, target: {…}, equal: [domain]}]`",
            None,
        ),
        (
            "a source",
            "aliyun" | "alicdn" | "alibaba" | "alibaba_cloud" | "alibabacloud" | "cdn",
        ) => (
            "write `aliyun_cdn`, or `aliyun_dcdn` for DCDN",
            Some("aliyun_cdn"),
        ),
        ("a source", "dcdn") => ("write `aliyun_dcdn`", Some("aliyun_dcdn")),
        (
            "`aliyun_cdn`" | "`aliyun_dcdn`",
            "access_key_id" | "access_key_secret" | "access_key" | "secret_key" | "security_token",
        ) => (
            "write `credentials: {access_key_id: \"${KEY_ID}\", access_key_secret: \"${KEY_SECRET}\"}`",
            None,
        ),
        ("`email`", "smtp" | "smtp_server" | "smarthost" | "host" | "port") => (
            "the mail server is one address, and stands once: `notify: {email: {server: \"smtps://mail.example.com:465\", from: …}}`",
            None,
        ),
        ("`email`", "username") => ("write `user`", Some("user")),
        ("`email`", "server" | "from" | "user" | "password") => (
            "how all mails are sent stands once, under `notify: {email: {server: …, from: …}}`",
            None,
        ),
        ("`web`", "base_url" | "public_url" | "url") => {
            ("write `external_url`", Some("external_url"))
        }
        ("`web`", "port" | "host" | "bind" | "address") => (
            "where the page listens is one address with its port: `listen: 127.0.0.1:9847`",
            None,
        ),
        ("a silence", "until" | "end" | "ends_at" | "endsAt") => {
            ("when a silence ends: write `to`", Some("to"))
        }
        ("a silence", "for" | "duration") => (
            "when a silence ends is a time: write `to: 2026-12-01T06:00:00+08:00`",
            None,
        ),
        ("a silence", "start" | "starts_at" | "startsAt") => {
            ("when a silence begins: write `from`", Some("from"))
        }
        ("a silence", "comment" | "description") => {
            ("why it is silent: write `reason`", Some("reason"))
        }
        ("a silence", "matchers") => (
            "labels and globs stand in `match`: `match: {rule: origin-5xx, domain: \"*.example.com\"}`",
            None,
        ),
        ("a test file" | "a test" | "an expected event", _) => of_test(what, name)?,
        ("a channel", _) => return channel(name),
        ("`when`", _) => (of_when(name)?, None),
        ("a rules file", "domains") => (
            "which domains are watched stands under `source:`, which of them a rule is about in the rule",
            None,
        ),
        _ => return None,
    };
    Some(Foreign {
        help,
        meant,
        // Names of the house stand for both of its products.
        is_certain: (what, meant) != ("a source", Some("aliyun_cdn")),
    })
}

/// Returns what is said of matchers with the very labels that they ask for.
pub(super) fn written_out(name: &str, value: &Node) -> Option<String> {
    match (name, &value.kind) {
        ("matchers", Kind::List(items)) => Some(format!("write `match: {}`", shape::pairs(items)?)),
        ("matchers", Kind::Scalar(_)) => {
            Some(format!("write `match: {}`", shape::pair(value.text()?)?))
        }
        ("match_re", Kind::Map(pairs)) => {
            let [(label, value)] = pairs.as_slice() else {
                return None;
            };
            let words: Vec<&str> = value.text()?.split('|').collect();
            let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
            let are_words = words
                .iter()
                .all(|word| !word.is_empty() && word.chars().all(is_word));
            let label = label.text().filter(|_| are_words)?;
            let each = words
                .iter()
                .map(|word| format!("`match: {{{label}: {word}}}`"));
            let each: Vec<String> = each.collect();
            Some(match each.as_slice() {
                [one] => format!("write {one}"),
                _ => format!(
                    "a match has globs, and no regular expressions: write an entry for each, {}",
                    each.join(" and ")
                ),
            })
        }
        _ => None,
    }
}

/// Returns what is said of a key that promtool has in its files of tests, and the key that says the same.
fn of_test(what: &str, name: &str) -> Option<(&'static str, Option<&'static str>)> {
    Some(match (what, name) {
        ("a test file", "rule_files") => (
            "a test file tests one rules file: write `rules: rules.yaml`",
            None,
        ),
        ("a test file", "evaluation_interval" | "group_eval_order") | ("a test", "interval") => {
            ("samples and rules go by the minute: leave it out", None)
        }
        ("a test", "input_series") => (
            "samples are rows by domain and status code: `samples: {www.example.com: {\"502\": \"0x5 12 15 20x3\"}}`",
            None,
        ),
        ("a test", "alert_rule_test" | "exp_alerts") => {
            ("what must happen: write `expect`", Some("expect"))
        }
        ("a test", "promql_expr_test") => (
            "only rules are tested: give the expression to a rule, and expect its events",
            None,
        ),
        ("an expected event", "eval_time") => ("when it happens: write `at`", Some("at")),
        ("an expected event", "alertname") => ("which rule it is: write `rule`", Some("rule")),
        ("an expected event", "exp_alerts" | "exp_labels" | "exp_annotations") => (
            "each alert is an event of its own: `{at: 7m, rule: origin-5xx, domain: www.example.com, event: fired}`",
            None,
        ),
        _ => return None,
    })
}

/// Returns what is said of a key under `when:` that is a part of a condition.
fn of_when(name: &str) -> Option<&'static str> {
    Some(match name {
        "and" | "or" | "all" | "any" | "not" => {
            "conditions are joined in one text: `when: 5xx > 10% and requests >= 200`"
        }
        "condition" | "expr" => PARTS_OF_ONE_TEXT,
        "severity" => "each key is a severity: write `critical: 5xx > 50%`",
        _ => return None,
    })
}

/// Returns what a channel is called here that others have a key of its own for.
fn channel(name: &str) -> Option<Foreign> {
    let help = match name.trim_end_matches("_configs") {
        "slack" => "write `webhook: {format: slack, url: \"${SLACK_URL}\"}`",
        "dingtalk" | "dingding" => "write `webhook: {format: dingtalk, url: …}`",
        "feishu" | "lark" => "write `webhook: {format: feishu, url: …}`",
        "wecom" | "wechat" => "write `webhook: {format: wecom, url: …}`",
        "teams" | "msteams" => "write `webhook: {format: teams, url: \"${TEAMS_URL}\"}`",
        "discord" => "write `webhook: {format: discord, url: \"${DISCORD_URL}\"}`",
        "pagerduty" => "write `webhook: {format: pagerduty, routing_key: \"${PAGERDUTY_KEY}\"}`",
        "opsgenie" => "write `webhook: {format: opsgenie, api_key: \"${OPSGENIE_KEY}\"}`",
        "telegram" => {
            "write `webhook: {format: telegram, bot_token: \"${BOT_TOKEN}\", chat_id: …}`"
        }
        "webhook" if name != "webhook" => "write `webhook: {url: …}`",
        "email" if name != "email" => "write `email: {to: [oncall@example.com]}`",
        "url" => "write `webhook: {url: …}`",
        "to" => "write `email: {to: [oncall@example.com]}`",
        _ => return None,
    };
    Some(Foreign {
        help,
        meant: None,
        is_certain: false,
    })
}

/// Returns what a word means that another program, or another name of a product, has for it. It
/// is in small letters.
pub(super) fn word(written: &str) -> Option<&'static str> {
    // `zh-CN`, `en_US`
    let (language, _) = written.split_once(['-', '_']).unwrap_or_default();
    Some(match written {
        _ if language == "zh" => "zh",
        _ if language == "en" => "en",
        "cn" | "chinese" | "mandarin" | "中文" | "汉语" | "漢語" => "zh",
        "english" => "en",
        "dingding" | "ding" => "dingtalk",
        "lark" => "feishu",
        "wechat" | "weixin" | "wechatwork" | "qywechat" => "wecom",
        "msteams" => "teams",
        "generic" | "json" => "standard",
        "crit" => "critical",
        "information" => "info",
        "yes" | "on" => "true",
        "no" | "off" => "false",
        _ => return None,
    })
}

/// Returns what a word perhaps means: how grave others call it, of which each has his own scale.
pub(super) fn perhaps(written: &str) -> Option<&'static str> {
    Some(match written {
        "page" | "error" | "fatal" | "emergency" | "high" => "critical",
        "medium" => "warning",
        "notice" | "low" => "info",
        _ => return None,
    })
}
