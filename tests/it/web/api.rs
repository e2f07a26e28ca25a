//! `/api/v1`, and that it is as it is described.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use foghorn::config::{Channel, Language};
use foghorn::dispatch::{AlertView, Notification, Reason, State};
use foghorn::pipeline::{Order, Step};
use foghorn::receiver::numbered;
use foghorn::store::Which;
use foghorn::web::v1;
use serde_json::{Value, json};

use super::schema::faults;
use super::stand::{NOW, SILENCE, Stand, WWW, at, img};

fn described() -> Value {
    serde_json::from_str(v1::DESCRIPTION).unwrap()
}

/// Checks an answer against the description of its route.
fn check(method: &str, path: &str, status: u16, answer: &Value) {
    let whole = described();
    let responses = &whole["paths"][path][method]["responses"];
    let schema = &responses[status.to_string()]["content"]["application/json"]["schema"];
    assert!(
        !schema.is_null(),
        "{method} {path} is not said to answer {status}: {answer}"
    );
    let faults = faults(answer, schema, &whole);
    assert!(
        faults.is_empty(),
        "{method} {path}: {faults:#?}\n{answer:#}"
    );
}

/// Returns the number of the channel that each receiver has here.
fn console_number() -> u32 {
    let language = Language::default();
    numbered(&[Channel::Console { language }])[0].0
}

/// A message for oncall that nobody took.
pub async fn with_dead_letter(stand: &Stand) {
    with_message(stand, "deadbeef00").await;
    stand
        .store
        .dead("deadbeef00", at(NOW), "550 no such user", &[])
        .await
        .unwrap();
}

/// Puts a message to `oncall` into the outbox.
pub async fn with_message(stand: &Stand, id: &str) {
    with_message_to(stand, id, console_number()).await;
}

/// Puts a message to a channel of `oncall` into the outbox.
pub async fn with_message_to(stand: &Stand, id: &str, channel: u32) {
    let alert = super::stand::standing().alerts[0].view.clone();
    with_message_of(stand, id, channel, alert).await;
}

/// Puts a message to `oncall` that an alert is over into the outbox.
pub async fn with_end(stand: &Stand, id: &str) {
    let mut alert = super::stand::standing().alerts[0].view.clone();
    alert.state = State::Resolved;
    with_message_of(stand, id, console_number(), alert).await;
}

async fn with_message_of(stand: &Stand, id: &str, channel: u32, alert: AlertView) {
    let message = Notification {
        id: id.to_owned(),
        receiver: "oncall".to_owned(),
        channel,
        reason: Reason::First,
        group: [("rule".to_owned(), "origin-5xx".to_owned())].into(),
        timestamp: NOW.to_owned(),
        alerts: vec![alert],
        key: "group-0".to_owned(),
        others: Vec::new(),
        undelivered: None,
    };
    let step = Step {
        outbox: vec![message],
        now: at(NOW),
        ..Step::default()
    };
    stand.store.commit(&step).await.unwrap();
}

#[test]
fn every_route_is_described_and_every_description_has_a_route() {
    let whole = described();
    let paths = whole["paths"].as_object().unwrap();
    let described: BTreeSet<(String, String)> = paths
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().keys();
            methods.map(move |method| (method.clone(), path.clone()))
        })
        .collect();
    let routes = v1::routes().list.into_iter();
    let routes: BTreeSet<_> = routes.map(|(m, p)| (m.to_owned(), p.to_owned())).collect();
    assert_eq!(described, routes);
    assert_eq!(whole["openapi"], json!("3.1.0"));
}

#[tokio::test]
async fn answers_are_as_they_are_described() {
    let stand = Stand::new().await;
    with_dead_letter(&stand).await;
    let taking = json!({"by": "ann", "comment": "on it"});
    let path = format!("/api/v1/alerts/{}/ack", img());
    let (status, done) = stand.post(&path, &taking).await;
    assert_eq!(status, 200, "{done}");
    check("post", "/alerts/{id}/ack", 200, &done);
    for (route, path) in [
        ("/status", "/status".to_owned()),
        ("/rules", "/rules".to_owned()),
        ("/alerts", "/alerts".to_owned()),
        ("/alerts/{id}", format!("/alerts/{}", img())),
        ("/alerts/{id}", format!("/alerts/{WWW}")),
        ("/acknowledgements", "/acknowledgements".to_owned()),
        ("/history", "/history?limit=1&rule=origin-5xx".to_owned()),
        ("/domains", "/domains?domain=img*".to_owned()),
        (
            "/domains/{domain}/samples",
            "/domains/img.example.com/samples".to_owned(),
        ),
        ("/receivers", "/receivers".to_owned()),
        ("/deliveries", "/deliveries".to_owned()),
        ("/dead-letters", "/dead-letters".to_owned()),
        ("/silences", "/silences".to_owned()),
        ("/silences/{id}", format!("/silences/{SILENCE}")),
        ("/openapi.json", "/openapi.json".to_owned()),
    ] {
        let answer = stand.json(&format!("/api/v1{path}")).await;
        let is_empty = answer.as_array().is_some_and(Vec::is_empty);
        assert!(!is_empty, "{path}: nothing to hold against the description");
        check("get", route, 200, &answer);
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_as_it_is_described() {
    let stand = Stand::new().await;
    for (method, route, path, status) in [
        ("get", "/alerts", "/alerts?phase=over", 400),
        ("get", "/alerts", "/alerts?nonsense=1", 400),
        ("get", "/alerts", "/alerts?filter=x", 400),
        ("get", "/alerts/{id}", "/alerts/none", 404),
        ("post", "/alerts/{id}/ack", "/alerts/none/ack", 404),
        ("get", "/history", "/history?limit=0", 400),
        ("get", "/history", "/history?limit=1001", 400),
        ("get", "/history", "/history?from=yesterday", 400),
        (
            "get",
            "/domains/{domain}/samples",
            "/domains/other.example.com/samples",
            404,
        ),
        (
            "get",
            "/domains/{domain}/samples",
            "/domains/img.example.com/samples?from=2026-11-01T00:00:00Z&to=2026-11-03T00:00:00Z",
            400,
        ),
        (
            "post",
            "/dead-letters/{id}/resend",
            "/dead-letters/none/resend",
            404,
        ),
        ("get", "/silences", "/silences?state=old", 400),
        ("get", "/silences/{id}", "/silences/none", 404),
        ("delete", "/silences/{id}", "/silences/none", 404),
        ("post", "/silences", "/silences", 415),
    ] {
        let request = stand.request(method, &format!("/api/v1{path}"));
        let (got, body) = stand.send(request).await;
        assert_eq!(got, status, "{method} {path}: {body}");
        check(method, route, status, &serde_json::from_str(&body).unwrap());
    }
    let (status, body) = stand.get("/api/v1/nothing").await;
    assert_eq!(status, 404);
    assert!(serde_json::from_str::<Value>(&body).unwrap()["error"].is_string());
}

#[tokio::test]
async fn an_alert_has_its_story_and_is_taken_on() {
    let stand = Stand::new().await;
    let story = stand.json(&format!("/api/v1/alerts/{}", img())).await;
    assert_eq!(story["standing"]["muted_by"], json!([]));
    assert_eq!(story["history"][0]["event"], json!("fired"));
    assert_eq!(story["history"][0]["value"], json!("34.2%"));
    let path = format!("/api/v1/alerts/{}/ack", img());
    let (status, _) = stand.send(stand.request("post", &path)).await;
    assert_eq!(status, 200, "the body may be left out");
    assert_eq!(stand.post(&path, &json!({"by": "ann"})).await.0, 200);
    assert_eq!(stand.post(&path, &json!({"who": "ann"})).await.0, 400);
    assert_eq!(stand.post(&path, &json!({"by": "a\nb"})).await.0, 400);
    let red = json!({"comment": "\u{1b}[31mred"});
    assert_eq!(stand.post(&path, &red).await.0, 400);
    let taken = stand.json("/api/v1/acknowledgements").await;
    assert_eq!(taken[0]["by"], json!("ann"));
    assert_eq!(stand.orders().len(), 2);
}

#[tokio::test]
async fn a_silence_is_looked_at_before_it_is_made() {
    let stand = Stand::new().await;
    let wish =
        json!({"matchers": ["rule=origin-5xx", "domain=~\"img.*\""], "for": "2h", "author": "ann"});
    let (status, preview) = stand.post("/api/v1/silences/preview", &wish).await;
    assert_eq!(status, 200, "{preview}");
    check("post", "/silences/preview", 200, &preview);
    assert_eq!(preview["hides"][0]["domain"], json!("img.example.com"));
    assert_eq!(
        (
            preview["hides"].as_array().unwrap().len(),
            &preview["standing"]
        ),
        (1, &json!(3))
    );
    assert_eq!(stand.orders(), [], "looking changes nothing");

    let (status, made) = stand.post("/api/v1/silences", &wish).await;
    assert_eq!(status, 200, "{made}");
    check("post", "/silences", 200, &made);
    let id = made["id"].as_str().unwrap();
    let shown = stand.json(&format!("/api/v1/silences/{id}")).await;
    assert_eq!(shown["hides"], json!(1));
    let ends = shown["ends"].as_str().unwrap();
    assert!(
        ends.starts_with("2026-11-22T14:0"),
        "two hours from now: {ends}"
    );
    let delete = stand.request("delete", &format!("/api/v1/silences/{id}"));
    assert_eq!(stand.send(delete).await.0, 200);
    let over = stand.json("/api/v1/silences?state=expired").await;
    assert_eq!(over[0]["id"], json!(id));

    for bad in [
        json!({"matchers": ["rule=x"]}),
        json!({"matchers": ["rule=x"], "for": "2h", "ends": "2026-11-22T14:00:00Z"}),
        json!({"matchers": ["rule"], "for": "2h"}),
        json!({"matchers": [], "for": "2h"}),
        json!({"matchers": ["rule=x"], "for": "2 hours"}),
        json!({"matchers": ["rule=x"], "for": "99999d"}),
        json!({"matchers": ["rule=x"], "for": "2h", "more": 1}),
        json!({"matchers": ["rule=x"], "starts": "+262142-12-31T23:59:59Z", "for": "2h"}),
    ] {
        let (status, why) = stand.post("/api/v1/silences", &bad).await;
        assert!(
            status == 400 && why["error"].is_string(),
            "{bad}: {status} {why}"
        );
    }
    let with_alerts = json!({"matchers": ["rule=x"], "with_alerts": true});
    assert_eq!(stand.post("/api/v1/silences", &with_alerts).await.0, 200);
}

#[tokio::test]
async fn what_was_given_up_is_sent_again() {
    let stand = Stand::new().await;
    with_dead_letter(&stand).await;
    let dead = stand.json("/api/v1/dead-letters").await;
    assert_eq!(dead[0]["answer"], json!("550 no such user"));
    assert_eq!(dead[0]["place"], json!("console"));
    assert_eq!(dead[0]["about"], json!(["origin-5xx img.example.com"]));
    let alert = json!({"rule": "origin-5xx", "account": "main", "domain": "img.example.com"});
    let not_told = json!([{"why": "550 no such user", "alerts": [alert]}]);
    assert_eq!(dead[0]["not_told"], not_told);
    let receivers = stand.json("/api/v1/receivers").await;
    assert_eq!(receivers[1]["channels"][0]["dead"], json!(1));
    let (status, resent) = stand.post("/api/v1/dead-letters/resend", &json!({})).await;
    assert_eq!((status, &resent["resent"]), (200, &json!(["deadbeef00"])));
    check("post", "/dead-letters/resend", 200, &resent);
    assert_eq!(stand.json("/api/v1/dead-letters").await, json!([]));
    let lane = stand.store.waiting_lanes().await.unwrap().remove(0).lane;
    let due = stand
        .store
        .due(&lane, Which::Due, at("2026-11-22T12:01:00Z"), 10)
        .await
        .unwrap();
    assert_eq!(due[0].notification.id, "deadbeef00", "under the same id");

    // Under the same id: what is given up again is known.
    stand
        .store
        .dead("deadbeef00", at(NOW), "again", &[])
        .await
        .unwrap();
    let (status, one) = stand
        .post("/api/v1/dead-letters/deadbeef00/resend", &json!({}))
        .await;
    assert_eq!((status, &one["resent"]), (200, &json!(["deadbeef00"])));
    let (status, _) = stand
        .post("/api/v1/dead-letters/deadbeef00/resend", &json!({}))
        .await;
    assert_eq!(status, 404, "it waits already");
}

/// What is written to the log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn who_ended_a_silence_stands_on_the_log() {
    let stand = Stand::with("web: {users: {ann: \"a secret of ann\"}}").await;
    let log = Log::default();
    let written = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || written.clone())
        .finish();
    let logging = tracing::subscriber::set_default(subscriber);
    let request = stand.request("delete", &format!("/api/v1/silences/{SILENCE}"));
    let request = request.bearer_auth("a secret of ann");
    assert_eq!(stand.send(request).await.0, 200);
    drop(logging);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let line = format!("a silence was ended silence=\"{SILENCE}\" by=\"ann\"");
    assert!(log.contains(&line), "{log}");
}

#[tokio::test]
async fn orders_know_who_gives_them() {
    let stand = Stand::with("web: {users: {ann: \"a secret of ann\"}}").await;
    let path = format!("/api/v1/alerts/{}/ack", img());
    let request = stand.request("post", &path).bearer_auth("a secret of ann");
    assert_eq!(stand.send(request).await.0, 200);
    // A name that is given beside it takes nothing away.
    let post = async |path: &str, body: Value| {
        let request = stand.request("post", path).json(&body);
        let request = request.bearer_auth("a secret of ann");
        assert_eq!(stand.send(request).await.0, 200, "{path}");
    };
    post(&path, json!({"by": "admin"})).await;
    let wish = json!({"matchers": ["rule=x"], "for": "2h", "author": "admin"});
    post("/api/v1/silences", wish).await;
    let silence = json!({
        "matchers": [{"name": "alertname", "value": "x", "isRegex": false}],
        "startsAt": NOW, "endsAt": "2026-11-22T15:00:00Z", "createdBy": "admin", "comment": "",
    });
    post("/api/v2/silences", silence).await;
    let noted = stand.orders().into_iter().map(|order| match order {
        Order::Acknowledge { by, .. } | Order::Expire { by, .. } => by,
        Order::Silence { silence, .. } => silence.author,
    });
    let noted: Vec<String> = noted.collect();
    let admin = "admin (as ann)";
    assert_eq!(noted, ["ann", admin, admin, admin]);
}
