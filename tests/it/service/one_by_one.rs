//! A receiver that is told alert by alert, as `PagerDuty` is, and what it does not take.

use std::time::Duration;

use serde_json::{Value, json};

use super::hook::{Answer, Arrival, Hook, Plain, text};
use super::house::{House, START, Service, until};

/// An incident on three domains at once, which one message tells of: also where the machine is busy
/// and they are judged one after the other.
fn rules(hook: &Hook, fallback: &Hook) -> String {
    format!(
        r#"
source:
  simulator:
    domains: [a.example.com, b.example.com, c.example.com]
    speed: 120
    start: {START}
    rate: 1000
    scenario:
      requests: {{night: 1000, day: 1000}}
      incidents: [{{codes: {{502: 40%}}, from: 2026-11-22T08:20:00Z, for: 40h}}]
max_lateness: 12h
rules: [{{name: origin-5xx, when: 5xx > 10% for 3m}}]
notify:
  receivers:
    oncall: [{{webhook: {{format: pagerduty, url: "{}", routing_key: R0123456789R0123456789R012345678}}}}]
    manager: [{{webhook: {{url: "{}"}}}}]
  routes: [{{to: [oncall], group_by: [rule], group_wait: 40m, repeat_interval: 40h}}]
  fallback: [manager]
web: {{listen: 127.0.0.1:0}}
"#,
        hook.url(),
        fallback.url()
    )
}

/// The domain that an event is about.
fn domain(body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap();
    text(&body["payload"]["component"])
}

/// The domains that came, in the order in which they came first.
fn domains(arrivals: &[Arrival]) -> Vec<String> {
    let mut domains = Vec::new();
    for arrival in arrivals {
        let domain = domain(&arrival.body);
        if !domains.contains(&domain) {
            domains.push(domain);
        }
    }
    domains
}

/// What came, in order: which of the domains, and how it was answered.
fn came(arrivals: &[Arrival]) -> Vec<(usize, u16)> {
    let domains = domains(arrivals);
    let came = arrivals.iter().map(|arrival| {
        let domain = domain(&arrival.body);
        let place = domains.iter().position(|of| *of == domain);
        (place.unwrap() + 1, arrival.status)
    });
    came.collect()
}

/// Which of the domains a request is about, and whether it came before.
fn place(body: &str, before: &[Arrival]) -> (usize, bool) {
    let (domains, domain) = (domains(before), domain(body));
    match domains.iter().position(|of| *of == domain) {
        Some(place) => (place + 1, true),
        None => (domains.len() + 1, false),
    }
}

fn dead_letters(service: &Service) -> Value {
    let (status, body) = service.get("/api/v1/dead-letters");
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

/// The second is refused for good; the third is taken at its second try.
fn refuses_the_second(body: &str, before: &[Arrival]) -> Plain {
    Plain::Status(match place(body, before) {
        (2, _) => 400,
        (3, false) => 503,
        _ => 202,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn of_three_alerts_each_is_told_once_and_the_one_that_was_refused_is_the_dead_letter() {
    let hook = Hook::new(Answer::By(refuses_the_second)).await;
    let fallback = Hook::new(Answer::Status(200)).await;
    let house = House::new(&rules(&hook, &fallback));
    let mut service = house.run();
    until("it is given up in part", || {
        dead_letters(&service) != json!([])
    });
    let first = [(1, 202), (2, 400), (3, 503), (3, 202)];
    assert_eq!(came(&hook.arrivals()), first);
    let domains = domains(&hook.arrivals());
    let refused = format!("origin-5xx {}", domains[1]);

    let letter = dead_letters(&service)[0].clone();
    assert_eq!(letter["about"], json!([refused]));
    assert_eq!(letter["taken"], json!(2));
    let not_told = letter["not_told"].as_array().unwrap();
    assert_eq!(not_told.len(), 1, "{letter}");
    assert_eq!(not_told[0]["alerts"].as_array().unwrap().len(), 1);
    assert_eq!(not_told[0]["alerts"][0]["domain"], json!(domains[1]));
    assert!(text(&not_told[0]["why"]).starts_with("400 Bad Request from http://127.0.0.1"));
    let answer = format!("taken: 2 of 3 alerts; refused: {refused}: 400 Bad Request");
    assert!(text(&letter["answer"]).starts_with(&answer), "{letter}");

    until("the fallback is told", || fallback.count() == 1);
    let told = fallback.arrivals().remove(0).alerts();
    let told: Vec<String> = told.iter().map(|of| text(&of["domain"])).collect();
    assert_eq!(told, [domains[1].as_str()]);

    let url = format!("http://{}", service.address);
    let (_, out, errors) = house.command(&["dead-letters", "list", "--url", &url]);
    let why = format!("{refused}: 400 Bad Request from ");
    assert!(out.contains(&why), "{out}{errors}");
    assert!(out.contains("2 other alerts of this message were taken"));
    assert!(!out.contains(&domains[0]), "{out}");

    hook.answer(Answer::Status(202));
    let (_, out, errors) = house.command(&["dead-letters", "resend", "--all", "--url", &url]);
    assert!(
        out.starts_with("1 message is sent again\n"),
        "{out}{errors}"
    );
    assert!(out.ends_with(&format!("oncall: {refused}\n")), "{out}");
    until("it is sent again", || hook.count() == 5);
    until("it is no dead letter", || {
        let (_, status) = service.get("/api/v1/status");
        let status: Value = serde_json::from_str(&status).unwrap();
        status["messages"]["waiting"] == json!(0) && dead_letters(&service) == json!([])
    });
    service.stop();
    let all = [(1, 202), (2, 400), (3, 503), (3, 202), (2, 202)];
    assert_eq!(came(&hook.arrivals()), all);
    assert_eq!(fallback.count(), 1, "nobody else is told again");
    let log = service.log();
    assert_eq!(log.matches("the receiver refuses an alert").count(), 1);
    assert_eq!(log.matches("delivered in part").count(), 1);
    let line = log.lines().find(|line| line.contains("delivered in part"));
    let line: Value = serde_json::from_str(line.unwrap()).unwrap();
    assert!(
        line.to_string().contains(&format!("\"{refused}\"")),
        "{line}"
    );
}

/// The second fails whenever it comes.
fn never_takes_the_second(body: &str, before: &[Arrival]) -> Plain {
    match place(body, before) {
        (2, _) => Plain::Status(503),
        _ => Plain::Status(202),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_that_fails_every_time_keeps_back_no_other() {
    let hook = Hook::new(Answer::By(never_takes_the_second)).await;
    let fallback = Hook::new(Answer::Status(200)).await;
    let house = House::new(&rules(&hook, &fallback));
    let mut service = house.run();
    until("it is tried again", || hook.count() >= 4);
    service.stop();
    let first = [(1, 202), (2, 503), (3, 202), (2, 503)];
    let came = came(&hook.arrivals());
    assert_eq!(came[..4], first);
    assert!(came[4..].iter().all(|of| *of == (2, 503)), "{came:?}");
    let log = service.log();
    assert!(log.contains("taken: 2 of 3 alerts; failed: origin-5xx "));
    assert_eq!(fallback.count(), 0);
}

/// The second is not answered.
fn stalls_at_the_second(body: &str, before: &[Arrival]) -> Plain {
    match place(body, before) {
        (2, _) => Plain::Never,
        _ => Plain::Status(202),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_the_alerts_of_a_message_it_goes_on_with_the_one_under_way() {
    let hook = Hook::new(Answer::By(stalls_at_the_second)).await;
    let fallback = Hook::new(Answer::Status(200)).await;
    let house = House::new(&rules(&hook, &fallback));
    let mut service = house.run();
    until("the second is under way", || hook.count() == 2);
    service.kill();
    hook.answer(Answer::Status(202));
    let mut service = house.run();
    until("the rest is told", || hook.count() >= 4);
    until("it is noted", || {
        service.metric("foghorn_deliveries_total") >= 1.0
    });
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(dead_letters(&service), json!([]));
    service.stop();
    let all = [(1, 202), (2, 202), (2, 202), (3, 202)];
    assert_eq!(came(&hook.arrivals()), all);
    assert_eq!(fallback.count(), 0);
}
