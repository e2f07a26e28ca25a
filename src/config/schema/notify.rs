//! The form of `notify:` and `web:`.

use serde_json::{Value, json};

use super::forms::{
    Key, address, duration, key, list, map, map_of, matching, named, one_or_many, or_nothing, text,
    truth, whole, word,
};
use crate::config::notify::{
    FORMATS, GIVE_UP, GROWTH_MAX, LANGUAGES, MATCHERS_MAX, PEERS_MAX, RECIPIENTS_MAX,
    WATCHDOG_EVERY,
};
use crate::config::web::USER_CHARS_MAX;
use crate::dispatch::{GROUP_INTERVAL, GROUP_WAIT, REPEAT_INTERVAL};
use crate::unit::Timespan;

/// What an address of mail has at least: what else it must have is for the loader.
const MAILBOX: &str = "@";
/// No character of ASCII but letters, digits, `-`, `.` and `_`; other letters may stand in names.
const RECEIVER: &str =
    "^[^\\u0000-\\u002c\\u002f\\u003a-\\u0040\\u005b-\\u005e\\u0060\\u007b-\\u007f]+$";

/// Returns the form of `notify:`.
pub(super) fn section() -> Value {
    let mut several = list(&or_nothing(channel()));
    several["minItems"] = 1.into();
    let channels = json!({"anyOf": [several, channel()]});
    let receivers = named(&json!({"pattern": RECEIVER, "maxLength": 128}), &channels);
    map_of("`notify`", [
        key("email", mail_server(), "The mail server, shared by every email receiver.")
            .example(json!({"server": "smtps://mail.example.com:465", "user": "foghorn", "password": "${SMTP_PASSWORD}"})),
        key("receivers", receivers, "Who can be told: by name, a list of channels.")
            .needed()
            .example(json!({"screen": [{"console": {}}]})),
        key("routes", list(&route()), "Who is told of what: the first route that matches takes the alert.")
            .needed()
            .example(json!([{"to": ["screen"]}])),
        key("give_up", duration(), "How long a delivery is retried.")
            .default(GIVE_UP.to_string())
            .example("24h"),
        key("fallback", to(), "Who takes what a receiver could not be given.")
            .example(json!(["screen"])),
        key("inhibit", list(&inhibition()), "Alerts that mute others while they fire.")
            .example(json!([{"source": {"rule": "gateway"}, "target": {"rule": "origin-5xx"}}])),
        key("silences", list(&silence()), "Alerts that nobody is told of for a time.")
            .example(json!([{"match": {"team": "edge"}, "from": "2026-12-01T00:00:00+08:00", "to": "2026-12-01T06:00:00+08:00"}])),
        key("drills", one_or_many(&drill()), "Tests that go out by a calendar.")
            .example(json!([{"to": ["screen"], "days": "mon", "at": "10:00", "zone": "Asia/Shanghai"}])),
        key("watchdog", watchdog(), "An address that is pinged while all is well, so that its silence is the alarm.")
            .example(json!({"url": "https://heartbeat.example.com/foghorn"})),
    ])
}

fn mail_server() -> Value {
    let mut server = map([
        key("server", matching("^(smtps?://|file:).+"), "`smtps://host:465`; `smtp://host:587`, with STARTTLS; `smtp://host:25?tls=none`; or `file:outbox/`.")
            .needed()
            .example("smtps://mail.example.com:465"),
        key("user", text(), "The login's name, with a `password`.").example("foghorn"),
        key("password", text(), "The login's password.").example("${SMTP_PASSWORD}"),
        key("from", matching(MAILBOX), "The sender: an address, or a name with one.")
            .default("Foghorn <foghorn@localhost>")
            .example("Foghorn <foghorn@example.com>"),
    ]);
    server["dependentRequired"] = json!({"user": ["password"], "password": ["user"]});
    server
}

fn channel() -> Value {
    let mut to = one_or_many(&matching(MAILBOX));
    to["anyOf"][0]["minItems"] = 1.into();
    to["anyOf"][0]["maxItems"] = RECIPIENTS_MAX.into();
    let email = map([
        key(
            "to",
            to,
            "The recipients' addresses: each gets a mail of their own.",
        )
        .needed()
        .example(json!(["oncall@example.com"])),
        language("The language of the mail's words."),
    ]);
    let console = map([language("The language of the words.")]);
    map([
        key("email", email, "By mail.")
            .filled()
            .example(json!({"to": ["oncall@example.com"]})),
        key("webhook", webhook(), "By HTTP.")
            .filled()
            .example(json!({"url": "https://hooks.example.com/foghorn"})),
        key("console", console, "To standard output.").example(json!({})),
        key(
            "alertmanager",
            alertmanager(),
            "To Alertmanagers, again and again while it fires.",
        )
        .filled()
        .example(json!({"urls": ["http://127.0.0.1:9093"]})),
    ])
}

/// Returns the form of `repeat_interval:`.
fn repetition() -> Value {
    let repeat = map_of(
        "`repeat_interval`",
        [
            key("every", duration(), "How long after the first message.")
                .default(REPEAT_INTERVAL.to_string())
                .example("4h"),
            key(
                "growth",
                whole(1, GROWTH_MAX.into()),
                "How many times as long it is from each reminder to the next, up to a day.",
            )
            .default(1)
            .example(2),
        ],
    );
    json!({"anyOf": [duration(), repeat]})
}

fn language(says: &str) -> Key {
    key(
        "language",
        word(LANGUAGES.iter().map(|(word, _)| *word)),
        says,
    )
    .default("en")
    .example("zh")
}

fn webhook() -> Value {
    let mut webhook = map_of("`webhook`", [
        key("url", address(), "Where it is sent to, by POST. `pagerduty`, `opsgenie` and `telegram` know theirs.")
            .example("https://hooks.example.com/foghorn"),
        key("format", word(FORMATS.iter().map(|(word, _)| *word)), "The form of what is sent.")
            .default("standard")
            .example("slack"),
        key("secret", text(), "What it is signed with: of `standard` and `alertmanager` any text, or `whsec_` and a key in base64; of `dingtalk` and `feishu` the robot's.")
            .example("${HOOK_SECRET}"),
        language("The language of the words of chat formats, `pagerduty` and `opsgenie`."),
        key("body", text(), "A template that makes JSON, sent instead of our own form by `standard`.")
            .example("{\"text\": {{ alerts[0].summary }}}"),
        key("routing_key", text(), "Of `pagerduty`: the integration key of the service.")
            .example("${PAGERDUTY_KEY}"),
        key("api_key", text(), "Of `opsgenie`: the key of the API integration.")
            .example("${OPSGENIE_KEY}"),
        key("bot_token", text(), "Of `telegram`: the bot's token.").example("${TELEGRAM_TOKEN}"),
        key("chat_id", text(), "Of `telegram`: the chat, a number or the name of a channel.")
            .example("-1001234567890"),
    ]);
    let own = ["pagerduty", "opsgenie", "telegram"];
    let of = |format: &str, keys: &[&str]| {
        let mut properties = json!({"format": {"const": format}});
        for key in keys {
            properties[*key] = json!({"not": {"type": "null"}});
        }
        let required: Vec<&str> = ["format"].into_iter().chain(keys.iter().copied()).collect();
        json!({"required": required, "properties": properties})
    };
    webhook["anyOf"] = json!([
        {"required": ["url"], "properties": {"format": {"not": {"enum": own}}}},
        of("pagerduty", &["routing_key"]),
        of("opsgenie", &["api_key"]),
        of("telegram", &["bot_token", "chat_id"]),
    ]);
    webhook
}

fn route() -> Value {
    let step = map([
        key("after", duration(), "How long after the first message.")
            .needed()
            .example("15m"),
        key("to", to(), "Who is told then.")
            .needed()
            .example(json!(["screen"])),
    ]);
    let timed = |name, says: &str, default: Timespan, example: &str| {
        key(name, duration(), says)
            .default(default.to_string())
            .example(example)
    };
    let repeat = repetition();
    let labels = json!({"anyOf": [list(&text()), {"const": "..."}]});
    map_of("a route", [
        key(
            "match",
            matchers(),
            "Which alerts: label to glob, all of which must match. Default every alert.",
        )
        .example(json!({"severity": "critical"})),
        key("to", to(), "Who is told: names of receivers.")
            .needed()
            .example(json!(["screen"])),
        key(
            "continue",
            truth(),
            "Whether the next routes are asked as well.",
        )
        .default(false)
        .example(true),
        key(
            "group_by",
            labels,
            "The labels that alerts of one message have in common; `...` stands for all of them.",
        )
        .default(json!(["rule"]))
        .example(json!(["rule"])),
        timed(
            "group_wait",
            "How long news are collected before they are told.",
            GROUP_WAIT,
            "10s",
        ),
        timed(
            "group_interval",
            "How long between messages of a group whose alerts changed.",
            GROUP_INTERVAL,
            "1m",
        ),
        key(
            "repeat_interval",
            repeat,
            "When to remind while it still fires and nobody has acknowledged it.",
        )
        .default(REPEAT_INTERVAL.to_string())
        .example("4h"),
        key(
            "escalate",
            list(&step),
            "Who else is told if nobody acknowledged.",
        )
        .example(json!([{"after": "15m", "to": ["screen"]}])),
    ])
}

/// Returns the form of names of receivers.
fn to() -> Value {
    let mut to = one_or_many(&text());
    to["anyOf"][0]["minItems"] = 1.into();
    to
}

fn matchers() -> Value {
    let mut matchers = named(&json!({}), &text());
    matchers["maxProperties"] = MATCHERS_MAX.into();
    matchers
}

/// Returns the form of matchers that name a label at least.
fn some_matchers() -> Value {
    let mut matchers = matchers();
    matchers["minProperties"] = 1.into();
    matchers
}

fn inhibition() -> Value {
    map_of(
        "an inhibition",
        [
            key("source", some_matchers(), "The alerts that mute.")
                .needed()
                .example(json!({"rule": "gateway"})),
            key("target", some_matchers(), "The alerts that are muted.")
                .needed()
                .example(json!({"rule": "origin-5xx"})),
            key(
                "equal",
                one_or_many(&text()),
                "The labels that both must have in common.",
            )
            .example(json!(["domain"])),
        ],
    )
}

fn silence() -> Value {
    map_of(
        "a silence",
        [
            key("match", some_matchers(), "Which alerts.")
                .needed()
                .example(json!({"team": "edge"})),
            key("from", text(), "When it begins.").example("2026-12-01T00:00:00+08:00"),
            key("to", text(), "When it ends.").example("2026-12-01T06:00:00+08:00"),
            key("reason", text(), "Why.").example("migration"),
        ],
    )
}

fn alertmanager() -> Value {
    let mut urls = one_or_many(&address());
    urls["anyOf"][0]["minItems"] = 1.into();
    urls["anyOf"][0]["maxItems"] = PEERS_MAX.into();
    map([
        key("urls", urls, "The addresses of all peers of the cluster.")
            .needed()
            .example(json!(["http://127.0.0.1:9093"])),
    ])
}

fn drill() -> Value {
    map_of(
        "a drill",
        [
            key("to", to(), "Who gets the test.")
                .needed()
                .example(json!(["screen"])),
            key(
                "days",
                one_or_many(&text()),
                "On which days. Default every day.",
            )
            .example("mon-fri"),
            key("at", text(), "At what time of the day.")
                .needed()
                .example("10:00"),
            key("zone", text(), "In which time zone.")
                .default("UTC")
                .example("Asia/Shanghai"),
        ],
    )
}

fn watchdog() -> Value {
    map_of(
        "`watchdog`",
        [
            key("url", address(), "The address, which is asked by GET.")
                .needed()
                .example("https://heartbeat.example.com/foghorn"),
            key("every", duration(), "How often.")
                .default(WATCHDOG_EVERY.to_string())
                .example("1m"),
        ],
    )
}

/// Returns the form of `web:`.
pub(super) fn web() -> Value {
    let name =
        json!({"pattern": "^[^:\\u0000-\\u001f\\u007f-\\u009f]+$", "maxLength": USER_CHARS_MAX});
    let users = named(&name, &matching("."));
    map_of(
        "`web`",
        [
            key("listen", matching(":[0-9]+$"), "Where the service listens.")
                .default("127.0.0.1:9847")
                .example("127.0.0.1:9847"),
            key(
                "external_url",
                address(),
                "What its address is from outside, for links in messages.",
            )
            .example("https://foghorn.example.com"),
            key(
                "users",
                users,
                "Names and passwords of those who may look and act; a password is a token as well.",
            )
            .example(json!({"admin": "${FOGHORN_ADMIN}"})),
            key(
                "open",
                truth(),
                "Whether to listen beyond this machine though there are no users.",
            )
            .default(false),
        ],
    )
}
