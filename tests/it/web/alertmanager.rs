//! `/api/v2`, as Alertmanager's clients ask.

use serde_json::{Value, json};

use foghorn::dispatch::SilenceEnd;
use foghorn::pipeline::{Order, Snapshot};
use foghorn::receiver::alertmanager::fingerprint;

use super::stand::{NOW, SILENCE, Stand, img};

fn names(alerts: &Value, label: &str) -> Vec<String> {
    let alerts = alerts.as_array().unwrap().iter();
    let mut names: Vec<String> = alerts
        .map(|alert| alert["labels"][label].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn alerts_that_fire_are_listed_in_the_form_of_alertmanager() {
    let stand = Stand::new().await;
    let alerts = stand.json("/api/v2/alerts").await;
    assert_eq!(
        names(&alerts, "domain"),
        ["img.example.com", "www.example.com"],
        "what is pending is not there"
    );
    let is_img = |alert: &&Value| alert["labels"]["domain"] == json!("img.example.com");
    let alert = alerts.as_array().unwrap().iter().find(is_img).unwrap();
    let labels = serde_json::from_value(alert["labels"].clone()).unwrap();
    assert_eq!(
        alert,
        &json!({
            "annotations": {
                "summary": "img.example.com: <b>bad</b> & worse",
                "runbook_url": "https://wiki.example.com/origin-5xx",
                "condition": "5xx > 10% for 3m",
                "value": "34.2%",
                "peak": "40.0%",
            },
            "endsAt": "2026-11-22T12:05:00.000Z",
            "fingerprint": fingerprint(&labels),
            "receivers": [{"name": "oncall"}, {"name": "chat"}],
            "startsAt": "2026-11-22T11:32:00.000Z",
            "status": {"inhibitedBy": [], "mutedBy": [], "silencedBy": [], "state": "active"},
            "updatedAt": "2026-11-22T11:33:00.000Z",
            "generatorURL": format!("https://foghorn.example.com/alerts/{}", img()),
            "labels": {
                "alertname": "origin-5xx",
                "domain": "img.example.com",
                "account": "main",
                "severity": "critical",
                "team": "edge",
            },
        })
    );
}

#[tokio::test]
async fn alerts_are_chosen_by_state_receiver_and_matchers() {
    let stand = Stand::new().await;
    for (query, expected) in [
        ("silenced=false", vec!["img.example.com"]),
        ("active=false", vec!["www.example.com"]),
        ("active=false&silenced=false", vec![]),
        (
            "inhibited=false&unprocessed=false",
            vec!["img.example.com", "www.example.com"],
        ),
        (
            "filter=domain%3D%22img.example.com%22",
            vec!["img.example.com"],
        ),
        (
            "filter=alertname%3D~%22origin.*%22&filter=domain!~%22img.*%22",
            vec!["www.example.com"],
        ),
        ("filter=alertname%3Dslow", vec![]),
        ("receiver=on.*", vec!["img.example.com", "www.example.com"]),
        ("receiver=on", vec![]),
    ] {
        let alerts = stand.json(&format!("/api/v2/alerts?{query}")).await;
        assert_eq!(names(&alerts, "domain"), expected, "{query}");
    }
    for bad in [
        "filter=x",
        "filter=a%3D~%28",
        "receiver=%28",
        "active=maybe",
    ] {
        let (status, body) = stand.get(&format!("/api/v2/alerts?{bad}")).await;
        assert_eq!(status, 400, "{bad}");
        assert!(
            serde_json::from_str::<String>(&body).is_ok(),
            "{bad}: {body}"
        );
    }
}

#[tokio::test]
async fn groups_have_a_receiver_and_the_labels_that_their_alerts_share() {
    let stand = Stand::new().await;
    let groups = stand.json("/api/v2/alerts/groups").await;
    let groups = groups.as_array().unwrap();
    let receivers: Vec<&Value> = groups
        .iter()
        .map(|group| &group["receiver"]["name"])
        .collect();
    assert_eq!(receivers, ["chat", "oncall"]);
    for group in groups {
        assert_eq!(group["labels"], json!({"alertname": "origin-5xx"}));
        assert_eq!(group["alerts"].as_array().unwrap().len(), 2);
    }
    let muted = stand
        .json("/api/v2/alerts/groups?silenced=false&receiver=chat")
        .await;
    assert_eq!(muted.as_array().unwrap().len(), 1);
    assert_eq!(names(&muted[0]["alerts"], "domain"), ["img.example.com"]);
}

#[tokio::test]
async fn a_silence_is_made_changed_listed_and_ended() {
    let stand = Stand::new().await;
    let mut silence = json!({
        "matchers": [{"name": "alertname", "value": "origin.*", "isRegex": true}],
        "startsAt": "2026-11-22T10:00:00Z",
        "endsAt": "2026-11-22T15:00:00.000Z",
        "createdBy": "bob",
        "comment": "deploy",
    });
    let (status, made) = stand.post("/api/v2/silences", &silence).await;
    assert_eq!(status, 200, "{made}");
    let id = made["silenceID"].as_str().unwrap().to_owned();
    assert_eq!((id.len(), &id[14..15]), (36, "4"), "a UUID of version 4");
    let shown = stand.json(&format!("/api/v2/silence/{id}")).await;
    let begins = shown["startsAt"].as_str().unwrap();
    assert!(
        begins.starts_with("2026-11-22T12:0"),
        "a past beginning is now: {begins}"
    );
    assert_eq!(
        shown["matchers"][0],
        json!({"name": "alertname", "value": "origin.*", "isRegex": true, "isEqual": true})
    );
    assert_eq!(shown["status"], json!({"state": "active"}));
    assert_eq!(shown["annotations"], json!({}));

    // Changed as amtool does: all that was shown is sent back, with another end.
    silence["id"] = json!(id);
    silence["startsAt"] = shown["startsAt"].clone();
    silence["endsAt"] = json!("2026-11-22T16:00:00Z");
    let (status, again) = stand.post("/api/v2/silences", &silence).await;
    assert_eq!((status, &again["silenceID"]), (200, &json!(id)));

    let filter = "filter=alertname%3D~%22origin.*%22";
    let listed = stand.json(&format!("/api/v2/silences?{filter}")).await;
    assert_eq!(listed.as_array().unwrap().len(), 1, "by its text: {listed}");
    let textual = stand
        .json("/api/v2/silences?filter=alertname%3Dorigin-5xx")
        .await;
    assert_eq!(textual, json!([]));
    let all = stand.json("/api/v2/silences").await;
    let ids: Vec<&Value> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["id"])
        .collect();
    assert_eq!(ids, [&json!(SILENCE), &json!(id)], "by their ends");

    let path = format!("/api/v2/silence/{id}");
    assert_eq!(
        stand.send(stand.request("delete", &path)).await,
        (200, String::new())
    );
    let shown = stand.json(&path).await;
    assert_eq!(shown["status"]["state"], json!("expired"));
    let (status, body) = stand.send(stand.request("delete", &path)).await;
    assert_eq!(status, 404, "{body}");
    let alive = stand.json("/api/v2/silences?expired=false").await;
    assert_eq!(alive.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_silence_that_ends_with_its_alerts_still_does_when_it_is_changed() {
    let stand = Stand::new().await;
    let mut snapshot = Snapshot::clone(&stand.snapshot.borrow());
    snapshot.silences[0].end = SilenceEnd::WithAlerts;
    stand.snapshot.send_replace(snapshot.into());
    let mut silence = stand.json(&format!("/api/v2/silence/{SILENCE}")).await;
    silence["endsAt"] = json!("2026-11-22T15:00:00.000Z");
    assert_eq!(stand.post("/api/v2/silences", &silence).await.0, 200);
    silence["id"] = json!("");
    assert_eq!(stand.post("/api/v2/silences", &silence).await.0, 200);
    let ends = stand.orders().into_iter().map(|order| match order {
        Order::Silence { silence, .. } => silence.end,
        other => panic!("{other:?}"),
    });
    let ends: Vec<SilenceEnd> = ends.collect();
    assert_eq!(ends, [SilenceEnd::WithAlerts, SilenceEnd::AtTime]);
}

#[tokio::test]
async fn a_silence_that_cannot_be_ended_says_why_by_a_status_that_clients_show() {
    let stand = Stand::new().await;
    let delete = stand.request("delete", "/api/v2/silence/file-1");
    let (status, body) = stand.send(delete).await;
    assert_eq!(status, 500, "{body}");
    let why: String = serde_json::from_str(&body).unwrap();
    assert!(why.contains("stands in the rules file"), "{why}");
    let unknown = stand.request("delete", "/api/v2/silence/none");
    assert_eq!(stand.send(unknown).await.0, 404);
}

#[tokio::test]
async fn silences_that_make_no_sense_are_refused_with_a_sentence() {
    let stand = Stand::new().await;
    let good = json!({
        "matchers": [{"name": "rule", "value": "x", "isRegex": false, "isEqual": true}],
        "startsAt": NOW, "endsAt": "2026-11-22T15:00:00Z", "createdBy": "", "comment": "",
    });
    let with = |key: &str, value: Value| {
        let mut changed = good.clone();
        changed[key] = value;
        changed
    };
    let matcher = |name: &str, value: &str, is_regex: bool| {
        with(
            "matchers",
            json!([{"name": name, "value": value, "isRegex": is_regex}]),
        )
    };
    for (status, bad) in [
        (400, with("matchers", json!([]))),
        (400, matcher("rule", ".*", true)),
        (400, matcher("rule", "", false)),
        (400, matcher("rule", "(", true)),
        (400, matcher("", "x", false)),
        (400, with("endsAt", json!("2026-11-22T11:00:00Z"))),
        (400, with("endsAt", json!("9999-12-31T23:59:59Z"))),
        (400, with("startsAt", json!("2026-11-22T16:00:00Z"))),
        (400, with("startsAt", json!("tomorrow"))),
        (400, with("endsAt", json!("2027-11-22T15:00:00Z"))),
        (400, with("comment", json!("x".repeat(5_000)))),
        (400, json!({"matchers": []})),
        (
            404,
            with("id", json!("99999999-2222-4333-8444-555555555555")),
        ),
    ] {
        let (got, why) = stand.post("/api/v2/silences", &bad).await;
        assert!(why.is_string() && got == status, "{bad}: {got} {why}");
    }
    assert_eq!(stand.post("/api/v2/silences", &good).await.0, 200);
}

#[tokio::test]
async fn clients_find_what_they_ask_first() {
    let stand = Stand::new().await;
    let status = stand.json("/api/v2/status").await;
    assert_eq!(
        status["cluster"],
        json!({"status": "disabled", "peers": []})
    );
    assert_eq!(status["uptime"], json!("2026-11-22T12:00:00.000Z"));
    let config = status["config"]["original"].as_str().unwrap();
    assert_eq!(
        config,
        "route:
  receiver: \"nobody\"
  routes:
  - receiver: \"oncall\"
    matchers: [\"severity=~\\\"(?i)critical\\\"\"]
    continue: true
  - receiver: \"chat\"
receivers:
- name: \"chat\"
- name: \"oncall\"
- name: \"nobody\"
"
    );
    let receivers = stand.json("/api/v2/receivers").await;
    assert_eq!(
        receivers,
        json!([{"name": "chat", "labels": {}}, {"name": "oncall", "labels": {}}])
    );
    for path in ["/-/healthy", "/-/ready", "/healthz", "/readyz"] {
        assert_eq!(stand.get(path).await.0, 200, "{path}");
    }
    // Grafana takes a service that answers here for another one.
    assert_eq!(stand.get("/alertmanager/api/v2/status").await.0, 404);
    // Karma takes a version from this metric, and stumbles over one below 0.22.
    let (_, metrics) = stand.get("/metrics").await;
    assert!(!metrics.contains("alertmanager_build_info"));
    let reload = stand.send(stand.request("post", "/-/reload")).await;
    assert_eq!(reload, (500, "line 3 is wrong\n".to_owned()));
}

#[tokio::test]
async fn alerts_of_others_and_unknown_paths_are_refused_with_a_string() {
    let stand = Stand::new().await;
    let (status, why) = stand
        .post("/api/v2/alerts", &json!([{"labels": {"alertname": "x"}}]))
        .await;
    assert_eq!(status, 400);
    assert!(why.as_str().unwrap().contains("takes none from others"));
    for (method, path, expected) in [
        ("get", "/api/v2/nothing", 404),
        ("get", "/api/v2/silence/none", 404),
        ("put", "/api/v2/silences", 405),
        ("delete", "/api/v2/alerts", 405),
    ] {
        let (status, body) = stand.send(stand.request(method, path)).await;
        assert_eq!(status, expected, "{method} {path}");
        assert!(
            serde_json::from_str::<String>(&body).is_ok(),
            "{path}: {body}"
        );
    }
}

#[tokio::test]
async fn pages_of_other_sites_may_read_this_api_and_no_other() {
    let stand = Stand::new().await;
    let headers = |path: &'static str, method: &'static str| {
        let request = stand
            .request(method, path)
            .header("origin", "https://karma.example");
        async { request.send().await.unwrap().headers().clone() }
    };
    let read = headers("/api/v2/alerts", "get").await;
    assert_eq!(read["access-control-allow-origin"], "*");
    assert_eq!(read["cache-control"], "no-store");
    let asked = headers("/api/v2/silences", "options").await;
    assert_eq!(asked["access-control-allow-methods"], "GET, OPTIONS");
    let own = headers("/api/v1/alerts", "get").await;
    assert!(own.get("access-control-allow-origin").is_none());
}
