//! What is posted, held against what the vendors publish, and what their answers mean.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::*;
use crate::dispatch::{Acknowledgement, AlertView, Reason, State};
use crate::receiver::tests::{firing, over, told};

/// A service: its word, its format, and what its vendor's documents show.
fn services() -> Vec<(Format, &'static str)> {
    let key = || "s3cr3t-key".to_owned().into();
    vec![
        (
            Format::Alertmanager,
            include_str!("examples/alertmanager.json"),
        ),
        (Format::Slack, include_str!("examples/slack.json")),
        (Format::Dingtalk, include_str!("examples/dingtalk.json")),
        (Format::Feishu, include_str!("examples/feishu.json")),
        (Format::Wecom, include_str!("examples/wecom.json")),
        (
            Format::Pagerduty { routing_key: key() },
            include_str!("examples/pagerduty.json"),
        ),
        (
            Format::Opsgenie { api_key: key() },
            include_str!("examples/opsgenie.json"),
        ),
        (Format::Teams, include_str!("examples/teams.json")),
        (
            Format::Telegram {
                bot_token: "12:s3cr3t-key".to_owned().into(),
                chat_id: "-100".to_owned(),
            },
            include_str!("examples/telegram.json"),
        ),
        (Format::Discord, include_str!("examples/discord.json")),
    ]
}

fn posted(format: &Format, notification: &Notification, language: Language) -> Vec<Post> {
    let secret = "SEC0123".to_owned().into();
    let sending = Sending {
        url: "https://hooks.example.com/services/T0/B1?access_token=x"
            .parse()
            .unwrap(),
        secret: Some(&secret),
        language,
        now: "2026-11-22T10:13:06Z".parse().unwrap(),
    };
    posts(format, &sending, notification).unwrap()
}

fn body(post: &Post) -> Value {
    serde_json::from_str(&post.body).unwrap()
}

/// Says where a value has what an example has not: a key, or another type. `*` is any key.
fn strange(ours: &Value, example: &Value, at: &str) -> Vec<String> {
    match (ours, example) {
        (Value::Object(ours), Value::Object(example)) => ours
            .iter()
            .flat_map(|(key, value)| match example.get(key).or(example.get("*")) {
                Some(form) => strange(value, form, &format!("{at}.{key}")),
                None => vec![format!("{at}.{key} is not there")],
            })
            .collect(),
        (Value::Array(ours), Value::Array(example)) => ours
            .iter()
            .flat_map(|item| match example.first() {
                Some(form) => strange(item, form, &format!("{at}[]")),
                None => vec![format!("{at} is empty")],
            })
            .collect(),
        (Value::String(_), Value::String(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Null, Value::Null) => Vec::new(),
        _ => vec![format!("{at} is {ours}, and not like {example}")],
    }
}

/// A message of a group: so many alerts of all kinds.
fn group(count: usize) -> Notification {
    let alerts = (0..count).map(|n| AlertView {
        id: format!("f{n}"),
        domain: format!("d{n}.example.com"),
        severity: ["info", "warning", "critical"][n % 3].to_owned(),
        ..match n % 10 {
            8 => over(State::Resolved, ""),
            9 => over(State::Ended, "the rule was removed"),
            _ => firing(),
        }
    });
    told(Reason::Added, alerts.collect())
}

/// An alert whose every text is as long as it can be, and full of what markups take for theirs.
fn monstrous() -> AlertView {
    let text =
        "<!channel> @everyone <@U1> *[x](y)*_`~|\\\"' <at id=all></at> & 源站错误 🔥 ".repeat(15);
    AlertView {
        rule: text.clone(),
        domain: text.clone(),
        account: text.clone(),
        condition: text.clone(),
        summary: text.clone(),
        value: text.clone(),
        peak: text.clone(),
        labels: (0..20).map(|n| (format!("l{n}"), text.clone())).collect(),
        runbook_url: format!("https://x.example.com/{}", "a(b)|<c>\"".repeat(400)),
        ..firing()
    }
}

#[test]
fn what_is_posted_has_the_form_of_the_vendors_own_examples() {
    for (format, example) in services() {
        let example: Value = serde_json::from_str(example).unwrap();
        for notification in [
            told(Reason::First, vec![firing()]),
            told(Reason::Resolved, vec![over(State::Resolved, "")]),
            group(40),
        ] {
            for post in posted(&format, &notification, Language::Zh) {
                let is_act = post.url.path().ends_with("/close");
                let act = serde_json::from_str(include_str!("examples/opsgenie-act.json")).unwrap();
                let form = if is_act { &act } else { &example };
                let found = strange(&body(&post), form, format.as_str());
                assert!(found.is_empty(), "{found:#?}");
            }
        }
    }
}

#[test]
fn each_format_says_what_where_and_how_bad() {
    let mut shown = String::new();
    for (format, _) in services() {
        let message = told(Reason::First, vec![firing()]);
        for post in posted(&format, &message, Language::En) {
            let body = serde_json::to_string_pretty(&body(&post)).unwrap();
            for fact in ["origin-5xx", "www.example.com", "34.2%"] {
                assert!(body.contains(fact), "{format:?} {fact}: {body}");
            }
            let _ = write!(shown, "{}\n{} {body}\n\n", format.as_str(), post.url);
        }
    }
    insta::assert_snapshot!("formats", shown);
}

#[test]
fn in_chinese_each_format_is_in_chinese() {
    let mut shown = String::new();
    for (format, _) in services() {
        let message = told(Reason::Reminder, vec![firing()]);
        if matches!(format, Format::Alertmanager) {
            continue;
        }
        for post in posted(&format, &message, Language::Zh) {
            let body = serde_json::to_string_pretty(&body(&post)).unwrap();
            assert!(body.contains("严重"), "{format:?}: {body}");
            let _ = write!(shown, "{}\n{body}\n\n", format.as_str());
        }
    }
    insta::assert_snapshot!("formats_zh", shown);
}

#[test]
fn a_group_is_counted_and_its_worst_alerts_are_shown() {
    let message = group(500);
    let mut shown = String::new();
    for format in [Format::Dingtalk, Format::Wecom, Format::Discord] {
        for language in [Language::En, Language::Zh] {
            let body = body(&posted(&format, &message, language)[0]);
            let text = [
                "/markdown/text",
                "/markdown/content",
                "/embeds/0/description",
            ]
            .iter()
            .find_map(|at| body.pointer(at)?.as_str())
            .unwrap();
            let _ = write!(shown, "{} {language:?}\n{text}\n\n", format.as_str());
        }
    }
    insta::assert_snapshot!("groups", shown);
}

#[test]
fn whatever_is_said_it_fits_and_mentions_nobody() {
    let many = told(Reason::Digest, vec![monstrous(); 100]);
    let one = told(Reason::First, vec![monstrous()]);
    let names = Notification {
        others: vec!["x".repeat(5_000); 50],
        undelivered: None,
        ..group(600)
    };
    for (format, _) in services() {
        for message in [&many, &one, &names] {
            for post in posted(&format, message, Language::Zh).into_iter().take(5) {
                let body = body(&post);
                fits(&format, &post, &body);
                let has = |text: &str| post.body.contains(text);
                match format {
                    Format::Slack => assert!(!has("<!channel") && !has("<@U1")),
                    Format::Dingtalk | Format::Wecom => assert!(!has("<@U1") && !has("<!")),
                    // The head is plain text, in which nothing is a tag.
                    Format::Feishu => {
                        assert!(!body["card"]["elements"].to_string().contains("<at id"));
                    }
                    Format::Telegram { .. } => assert!(!has("<at ") && !has("<!")),
                    _ => {}
                }
            }
        }
    }
}

/// The vendors' own limits.
fn fits(format: &Format, post: &Post, body: &Value) {
    let text = |at: &str| body.pointer(at).and_then(Value::as_str).unwrap_or_default();
    let chars = |at: &str| text(at).chars().count();
    match format {
        Format::Slack => {
            let blocks = body["attachments"][0]["blocks"].as_array().unwrap();
            assert!(blocks.len() <= 50);
            for block in blocks {
                let text = block["text"]["text"].as_str().unwrap();
                assert!(!text.is_empty() && text.chars().count() <= 3_000);
            }
        }
        Format::Dingtalk => assert!(post.body.len() <= 20_000),
        Format::Feishu => assert!(post.body.len() <= 20 * 1024),
        Format::Wecom => assert!(text("/markdown/content").len() <= 4_096),
        Format::Pagerduty { .. } => {
            assert!(post.body.len() <= 512 * 1024 && chars("/payload/summary") <= 1_024);
        }
        Format::Opsgenie { .. } => {
            assert!(chars("/message") <= 130 && chars("/description") <= 15_000);
            assert!(chars("/alias") <= 512 && chars("/entity") <= 512);
            assert!(body["tags"].as_array().is_none_or(|tags| tags.len() <= 20));
            assert!(body["details"].to_string().chars().count() <= 8_000);
        }
        Format::Teams => assert!(post.body.len() <= 28 * 1024),
        Format::Telegram { .. } => {
            let units = text("/text").encode_utf16().count();
            assert!((1..=4_096).contains(&units));
        }
        Format::Discord => {
            assert!(
                chars("/embeds/0/title") <= 256,
                "{}",
                text("/embeds/0/title")
            );
            let units = text("/embeds/0/description").encode_utf16().count();
            assert!(units <= 4_096 && units + chars("/embeds/0/title") <= 6_000);
        }
        Format::Standard { .. } | Format::Alertmanager => {}
    }
}

const fn later(seconds: u64) -> Verdict {
    Verdict::Later(Some(Duration::from_secs(seconds)))
}

/// What services answer, with what it means.
const ANSWERS: &[(&str, u16, &str, Verdict)] = &[
    ("slack", 200, "ok", Verdict::Taken),
    ("slack", 400, "invalid_payload", Verdict::Refused),
    ("slack", 403, "action_prohibited", Verdict::Refused),
    ("slack", 404, "no_service", Verdict::Refused),
    ("slack", 410, "channel_is_archived", Verdict::Refused),
    ("slack", 429, "rate_limited", Verdict::Later(None)),
    ("slack", 500, "rollup_error", Verdict::Later(None)),
    ("slack", 200, "<html>Log in</html>", Verdict::Foreign),
    ("slack", 200, r#"{"ok":true}"#, Verdict::Taken),
    ("slack", 200, r#"{"ok":false}"#, Verdict::Refused),
    (
        "dingtalk",
        200,
        r#"{"errcode":0,"errmsg":"ok"}"#,
        Verdict::Taken,
    ),
    (
        "dingtalk",
        200,
        r#"{"errcode":310000,"errmsg":"sign not match"}"#,
        Verdict::Refused,
    ),
    (
        "dingtalk",
        200,
        r#"{"errcode":300001,"errmsg":"token is not exist"}"#,
        Verdict::Refused,
    ),
    (
        "dingtalk",
        200,
        r#"{"errcode":130101,"errmsg":"send too fast"}"#,
        later(600),
    ),
    (
        "dingtalk",
        200,
        r#"{"errcode":-1,"errmsg":"系统繁忙"}"#,
        later(30),
    ),
    ("dingtalk", 200, "<html></html>", Verdict::Foreign),
    ("dingtalk", 502, "", Verdict::Later(None)),
    (
        "feishu",
        200,
        r#"{"code":0,"msg":"success","data":{}}"#,
        Verdict::Taken,
    ),
    (
        "feishu",
        200,
        r#"{"Extra":null,"StatusCode":0,"StatusMessage":"success"}"#,
        Verdict::Taken,
    ),
    (
        "feishu",
        200,
        r#"{"code":19021,"data":{},"msg":"sign match fail or timestamp is not within one hour from current time"}"#,
        Verdict::Refused,
    ),
    (
        "feishu",
        400,
        r#"{"code":9499,"msg":"Bad Request","data":{}}"#,
        Verdict::Refused,
    ),
    (
        "feishu",
        200,
        r#"{"code":11232,"msg":"frequency limited"}"#,
        later(60),
    ),
    (
        "wecom",
        200,
        r#"{"errcode":0,"errmsg":"ok"}"#,
        Verdict::Taken,
    ),
    (
        "wecom",
        200,
        r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#,
        Verdict::Refused,
    ),
    (
        "wecom",
        200,
        r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#,
        later(60),
    ),
    (
        "pagerduty",
        202,
        r#"{"status":"success","message":"Event processed","dedup_key":"samplekeyhere"}"#,
        Verdict::Taken,
    ),
    ("pagerduty", 200, "<html></html>", Verdict::Foreign),
    (
        "pagerduty",
        400,
        r#"{"status":"invalid event"}"#,
        Verdict::Refused,
    ),
    ("pagerduty", 429, "", Verdict::Later(None)),
    ("pagerduty", 500, "", Verdict::Later(None)),
    (
        "opsgenie",
        202,
        r#"{"result":"Request will be processed","took":0.302,"requestId":"43a29c5c"}"#,
        Verdict::Taken,
    ),
    (
        "opsgenie",
        422,
        r#"{"message":"Request body is not processable"}"#,
        Verdict::Refused,
    ),
    (
        "opsgenie",
        401,
        r#"{"message":"Could not authenticate"}"#,
        Verdict::Refused,
    ),
    (
        "opsgenie",
        429,
        r#"{"message":"You are making too many requests!"}"#,
        Verdict::Later(None),
    ),
    ("teams", 202, "", Verdict::Taken),
    ("teams", 200, "1", Verdict::Taken),
    (
        "teams",
        200,
        "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x",
        Verdict::Later(None),
    ),
    (
        "teams",
        200,
        "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413",
        Verdict::Refused,
    ),
    (
        "telegram",
        200,
        r#"{"ok":true,"result":{"message_id":1}}"#,
        Verdict::Taken,
    ),
    (
        "telegram",
        200,
        r#"{"ok":true,"result":{"text":"cut o"#,
        Verdict::Taken,
    ),
    (
        "telegram",
        429,
        r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 34","parameters":{"retry_after":34}}"#,
        later(34),
    ),
    (
        "telegram",
        400,
        r#"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#,
        Verdict::Refused,
    ),
    (
        "telegram",
        401,
        r#"{"ok":false,"error_code":401}"#,
        Verdict::Refused,
    ),
    ("discord", 204, "", Verdict::Taken),
    ("discord", 200, "{}", Verdict::Taken),
    (
        "discord",
        429,
        r#"{"message":"You are being rate limited.","retry_after":64.57,"global":false}"#,
        later(65),
    ),
    (
        "discord",
        404,
        r#"{"message":"Unknown Webhook","code":10015}"#,
        Verdict::Refused,
    ),
    ("alertmanager", 200, "", Verdict::Taken),
    ("alertmanager", 307, "", Verdict::Refused),
];

#[test]
fn what_answers_mean_is_what_the_vendors_say() {
    for &(word, status, body, expected) in ANSWERS {
        let services = services();
        let (format, _) = services.iter().find(|(f, _)| f.as_str() == word).unwrap();
        let status = StatusCode::from_u16(status).unwrap();
        assert_eq!(
            verdict(format, status, body),
            expected,
            "{word} {status} {body}"
        );
    }
}

#[test]
fn services_that_keep_alerts_are_told_of_each_under_its_own_key() {
    let taken = AlertView {
        id: "t1".to_owned(),
        ack: Some(Acknowledgement {
            by: "alice".to_owned(),
            at: "2026-11-22T10:05:00Z".to_owned(),
            comment: "on it".to_owned(),
        }),
        ..firing()
    };
    let ended = AlertView {
        id: "e1".to_owned(),
        ..over(State::Ended, "the rule was removed")
    };
    let message = told(Reason::Added, vec![ended, firing(), taken]);
    let key: SecretString = "k".to_owned().into();
    let events = posted(
        &Format::Pagerduty {
            routing_key: key.clone(),
        },
        &message,
        Language::En,
    );
    let events: Vec<(String, String)> = events
        .iter()
        .map(|post| {
            let body = body(post);
            let text = |name: &str| body[name].as_str().unwrap().to_owned();
            (text("event_action"), text("dedup_key"))
        })
        .collect();
    let expected = [
        ("trigger", "a1b2"),
        ("trigger", "t1"),
        ("acknowledge", "t1"),
        ("resolve", "e1"),
    ];
    assert_eq!(events, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    let requests = posted(&Format::Opsgenie { api_key: key }, &message, Language::En);
    let paths: Vec<&str> = requests.iter().map(|post| post.url.path()).collect();
    let base = "/services/T0/B1";
    let expected = ["", "", "/t1/acknowledge", "/e1/close"].map(|tail| format!("{base}{tail}"));
    assert_eq!(paths, expected);
    assert!(
        requests[3]
            .url
            .query()
            .unwrap()
            .contains("identifierType=alias")
    );
    assert_eq!(
        requests[0].headers,
        [("authorization", "GenieKey k".to_owned())]
    );
}

#[test]
fn a_test_closes_what_it_opens_and_is_not_taken_for_an_alert() {
    let message = told(Reason::Test, vec![firing()]);
    let key = || "k".to_owned().into();
    let events = posted(
        &Format::Pagerduty { routing_key: key() },
        &message,
        Language::En,
    );
    let actions: Vec<Value> = events
        .iter()
        .map(|p| body(p)["event_action"].clone())
        .collect();
    assert_eq!(actions, [json!("trigger"), json!("resolve")]);
    assert!(events.iter().all(|post| body(post)["dedup_key"] == "d1"));
    let requests = posted(&Format::Opsgenie { api_key: key() }, &message, Language::En);
    assert_eq!(body(&requests[0])["alias"], "d1");
    assert!(requests[1].url.path().ends_with("/d1/close"));
}

#[test]
fn robots_are_signed_as_their_vendors_say() {
    let message = told(Reason::First, vec![firing()]);
    let dingtalk = &posted(&Format::Dingtalk, &message, Language::Zh)[0];
    let query: Vec<(String, String)> = dingtalk.url.query_pairs().into_owned().collect();
    let value = |name: &str| {
        query
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    };
    assert_eq!(value("access_token"), Some("x"));
    assert_eq!(value("timestamp"), Some("1795342386000"));
    assert_eq!(
        value("sign"),
        Some("XWzlbo9FzvijZWogk3gcfUb/KRq4htHCL3eDHAd+VoU=")
    );
    let feishu = body(&posted(&Format::Feishu, &message, Language::Zh)[0]);
    assert_eq!(feishu["timestamp"], "1795342386");
    assert_eq!(
        feishu["sign"],
        "KAFVIG5DGPriK/4a4o/weBzY58G75YmM2WPyplPe3LQ="
    );
}

#[test]
fn a_body_by_template_is_json_whatever_the_values_are() {
    let alert = AlertView {
        summary: "a \"quoted\"\nsummary </script> \\".to_owned(),
        ..firing()
    };
    let message = told(Reason::First, vec![alert]);
    let template = r#"{"text": {{ alerts[0].summary }}, "all": {{ alerts | length }}, "id": {{ id }},
        "rules": [{% for alert in alerts %}{{ alert.rule }}{% if not loop.last %},{% endif %}{% endfor %}]}"#;
    let format = |body: &str| Format::Standard {
        body: Some(body.to_owned()),
    };
    let post = &posted(&format(template), &message, Language::En)[0];
    assert_eq!(
        body(post),
        json!({"text": "a \"quoted\"\nsummary </script> \\", "all": 1, "id": "d1", "rules": ["origin-5xx"]})
    );
    let signed = post
        .headers
        .iter()
        .any(|(name, _)| *name == "webhook-signature");
    assert!(signed);
    // One that fails on the day, or makes something else, still tells: in our own form.
    for template in [
        "{{ alerts[7].summary }}",
        "no JSON",
        "{% for a in range(99999) %}{{ range(9999) | list }}{% endfor %}",
    ] {
        let post = &posted(&format(template), &message, Language::En)[0];
        assert_eq!(body(post)["type"], "foghorn.notification", "{template}");
    }
}
