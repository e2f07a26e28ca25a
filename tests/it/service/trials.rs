//! The four moments at which a killed alerting system loses or repeats something: just after a
//! message, while it waits to group, while the alert ends, and just after a silence was made.
//!
//! Each is tried some times, `FOGHORN_TRIALS` of them.

use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::hook::{Answer, Hook};
use super::house::{House, START, Service, until};

/// How many times as fast as others its time passes.
const SPEED: u32 = 120;

fn trials() -> u32 {
    std::env::var("FOGHORN_TRIALS").map_or(2, |text| text.parse().unwrap())
}

/// One incident of so long; `wait` is the time in which a group gathers.
fn rules(hook: &Hook, wait: &str, length: &str) -> String {
    format!(
        r#"
source:
  simulator:
    domains: [a.example.com]
    speed: {SPEED}
    start: {START}
    rate: 1000
    scenario:
      requests: {{night: 1000, day: 1000}}
      incidents: [{{codes: {{502: 40%}}, from: 2026-11-22T08:20:00Z, for: {length}}}]
max_lateness: 12h
rules: [{{name: origin-5xx, when: 5xx > 10% for 3m until 5xx < 5% for 3m}}]
notify:
  receivers: {{ops: [{{webhook: {{url: "{}"}}}}]}}
  routes: [{{to: [ops], group_wait: {wait}, group_interval: 1m}}]
web: {{listen: 127.0.0.1:0}}
"#,
        hook.url()
    )
}

/// Waits until the alert is told to its end, and some more for what should not come.
fn hear_the_end(hook: &Hook, house: &House) -> Vec<(String, String)> {
    let mut service = house.run();
    until("the end is told", || {
        let arrivals = hook.arrivals();
        arrivals
            .iter()
            .any(|arrival| arrival.reason() == "resolved")
    });
    service.judged("2026-11-22T09:20:00Z");
    service.stop();
    let arrivals = hook.arrivals();
    let told = arrivals.iter().map(|a| (a.reason(), a.id.clone()));
    told.collect()
}

/// Waits until the beginning is told, and until the service knows that: what it cannot know to have
/// arrived it tells again.
fn beginning_told(hook: &Hook, service: &Service) {
    until("the beginning is told", || hook.count() == 1);
    until("the service knows", || {
        service.metric("foghorn_deliveries_total") >= 1.0
    });
}

/// Fails if anything but the beginning and the end was told, or anything twice.
fn told_once(told: &[(String, String)]) {
    let reasons: Vec<&str> = told.iter().map(|(reason, _)| reason.as_str()).collect();
    assert_eq!(reasons, ["first", "resolved"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_half_a_second_after_a_message_it_tells_that_message_no_second_time() {
    for _ in 0..trials() {
        let hook = Hook::new(Answer::Status(200)).await;
        let house = House::new(&rules(&hook, "0s", "10m"));
        let mut service = house.run();
        beginning_told(&hook, &service);
        thread::sleep(Duration::from_millis(500));
        service.kill();
        told_once(&hear_the_end(&hook, &house));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_a_group_gathers_it_tells_the_group() {
    for _ in 0..trials() {
        let hook = Hook::new(Answer::Status(200)).await;
        // Ten seconds, in which also a busy machine shows that it fires.
        let house = House::new(&rules(&hook, "20m", "40m"));
        let mut service = house.run();
        until("it fires", || {
            let (status, alerts) = service.get("/api/v1/alerts?phase=firing");
            assert_eq!(status, 200, "{alerts}");
            alerts.trim() != "[]"
        });
        assert_eq!(hook.count(), 0, "the group gathers");
        service.kill();
        told_once(&hear_the_end(&hook, &house));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_that_ends_while_the_service_is_dead_is_told_to_its_end() {
    for _ in 0..trials() {
        let hook = Hook::new(Answer::Status(200)).await;
        let house = House::new(&rules(&hook, "0s", "10m"));
        let mut service = house.run();
        beginning_told(&hook, &service);
        service.kill();
        // By then half an hour has passed, and what was bad has been good for long.
        thread::sleep(Duration::from_secs(15));
        told_once(&hear_the_end(&hook, &house));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silence_that_was_granted_outlives_a_kill() {
    for _ in 0..trials() {
        let hook = Hook::new(Answer::Status(200)).await;
        let house = House::new(&rules(&hook, "0s", "10m"));
        let mut service = house.run();
        let silence = [
            "silence",
            "add",
            "origin-5xx",
            "--for",
            "20h",
            "--author",
            "ann",
            "--comment",
            "disks",
        ];
        let url = format!("http://{}", service.address);
        let (status, _, errors) = house.command(&[&silence[..], &["--url", &url]].concat());
        service.kill();
        assert_eq!(status, Some(0), "{errors}");
        let mut service = house.run();
        let (status, silences) = service.get("/api/v1/silences");
        assert_eq!(status, 200, "{silences}");
        let silences: Value = serde_json::from_str(&silences).unwrap();
        assert_eq!(silences.as_array().map(Vec::len), Some(1), "{silences}");
        assert_eq!(silences[0]["comment"], "disks");
        service.judged("2026-11-22T09:00:00Z");
        service.stop();
        assert_eq!(hook.count(), 0, "it hides what fires");
    }
}
