//! The form of `source:`.

use serde_json::{Value, json};

use super::forms::{Key, address, duration, key, map, map_of, matching, one_or_many, text, whole};
use super::rules::{globs, globs_or_none};
use crate::config::sources::{DISCOVER_EVERY, RATE_DEFAULT, RATE_MAX, SPEED_MAX};

/// Returns the form of one source or a list of them.
pub(super) fn sources() -> Value {
    let cdn = aliyun("`aliyun_cdn`", "https://cdn.aliyuncs.com");
    let dcdn = aliyun("`aliyun_dcdn`", "https://dcdn.aliyuncs.com");
    let mut source = map([
        key("aliyun_cdn", cdn, "An account of Alibaba Cloud CDN.").filled(),
        key("aliyun_dcdn", dcdn, "An account of Alibaba Cloud DCDN.").filled(),
        key(
            "simulator",
            simulator(),
            "The built-in simulator, to try things out without an account.",
        )
        .filled(),
    ]);
    source["minProperties"] = 1.into();
    source["maxProperties"] = 1.into();
    one_or_many(&source)
}

fn aliyun(kind: &str, endpoint: &str) -> Value {
    let [account, domains, discover, rate] = shared();
    let keys = map_of(
        kind,
        [
            account,
            domains,
            discover,
            rate,
            key(
                "endpoint",
                address(),
                "The API's address, for accounts overseas.",
            )
            .default(endpoint)
            .example(endpoint),
            key(
                "credentials",
                credentials(),
                "The account's key. Without it the places of the official SDKs are looked at.",
            )
            .example(
                json!({"access_key_id": "${FOGHORN_AK}", "access_key_secret": "${FOGHORN_SK}"}),
            ),
        ],
    );
    asked_for_domains(keys)
}

fn simulator() -> Value {
    let [account, domains, discover, rate] = shared();
    let keys = map_of("`simulator`", [
        account,
        domains,
        discover,
        rate,
        key("seed", whole(0, u64::MAX), "What the weather comes from: another seed, other weather.")
            .default(1)
            .example(1),
        key("speed", whole(1, SPEED_MAX.into()), "How many simulated minutes pass in one.")
            .default(1)
            .example(30),
        key("start", text(), "The time at which its clock begins in a new store. Default now.")
            .example("2026-11-22T10:00:00Z"),
        key("scenario", json!({}), "What happens: the path of a scenario, its text, or the scenario itself. Default the built-in one.")
            .example(json!({"incidents": []})),
    ]);
    asked_for_domains(keys)
}

/// The keys that every source has.
fn shared() -> [Key; 4] {
    let domain = matching(r"^[^\s*?!/:]+$");
    let discover = map_of(
        "`discover`",
        [
            key("include", globs(), "Which domains of the account.")
                .default(json!(["*"]))
                .example(json!(["*.example.com"])),
            key("exclude", globs_or_none(), "Which of these are left out.")
                .example(json!(["test-*"])),
            key(
                "every",
                duration(),
                "How often the account is asked for its domains.",
            )
            .default(DISCOVER_EVERY.to_string())
            .example("10m"),
        ],
    );
    [
        key(
            "account",
            text(),
            "Its name in labels and messages; no two alike. Default its kind.",
        )
        .example("main"),
        key(
            "domains",
            one_or_many(&domain),
            "The domains that are asked for; or write `discover`.",
        )
        .example(json!(["www.example.com", "img.example.com"])),
        key(
            "discover",
            discover,
            "Every domain of the account that matches; or write `domains`.",
        )
        .example(json!({"include": ["*.example.com"]})),
        key(
            "rate",
            whole(1, RATE_MAX.into()),
            "Calls per second; an account has 10 for all that use it.",
        )
        .default(RATE_DEFAULT)
        .example(5),
    ]
}

fn asked_for_domains(mut keys: Value) -> Value {
    keys["anyOf"] = json!([{"required": ["domains"]}, {"required": ["discover"]}]);
    keys["examples"] = json!([{"domains": ["www.example.com"]}]);
    keys
}

fn credentials() -> Value {
    map([
        key("access_key_id", text(), "The key's id.")
            .needed()
            .example("${FOGHORN_AK}"),
        key("access_key_secret", text(), "The key.")
            .needed()
            .example("${FOGHORN_SK}"),
        key("security_token", text(), "The token of temporary keys.").example("${FOGHORN_TOKEN}"),
    ])
}
