//! Trying receivers out: by `foghorn notify`, and by drills.

use std::thread;
use std::time::Duration;

use super::hook::{Answer, Hook};
use super::house::{House, START, foghorn, until};

fn rules(hook: &Hook) -> String {
    format!(
        r#"
source: {{simulator: {{domains: [a.example.com], speed: 120, start: {START}, rate: 1000, scenario: {{incidents: []}}}}}}
rules: [{{name: errors, when: 5xx > 10% for 2m}}]
notify:
  email: {{server: "file:outbox/", from: "Foghorn <f@example.com>"}}
  receivers: {{ops: [webhook: {{url: "{}"}}, email: {{to: [ann@example.com, bob@example.com]}}]}}
  routes: [{{to: [ops]}}]
  drills: [{{to: [ops], at: "08:30"}}]
web: {{listen: 127.0.0.1:0}}
"#,
        hook.url()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_goes_to_every_channel_and_each_answer_is_said() {
    let hook = Hook::new(Answer::Status(200)).await;
    let house = House::new(&rules(&hook));
    let (status, said, errors) = house.command(&["notify", "ops", "rules.yaml"]);
    assert_eq!(status, Some(0), "{said}{errors}");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    assert!(
        lines[0].starts_with("ops: webhook http://127.0.0.1"),
        "{said}"
    );
    assert!(lines[0].contains(": delivered: 200"), "{said}");
    assert!(
        lines[1].starts_with("ops: mail to ann@example.com: delivered"),
        "{said}"
    );
    assert!(
        lines[2].starts_with("ops: mail to bob@example.com: delivered"),
        "{said}"
    );
    assert_eq!(hook.arrivals()[0].reason(), "test");
    for (answer, word) in [(500, "would be tried again: 500"), (404, "refused: 404")] {
        hook.answer(Answer::Status(answer));
        let (status, said, errors) = house.command(&["notify", "ops", "rules.yaml"]);
        assert_eq!(status, Some(1), "{said}{errors}");
        assert!(said.contains(word), "{said}");
        assert!(said.contains("bob@example.com: delivered"), "{said}");
    }
    let (status, _, errors) = house.command(&["notify", "oops", "rules.yaml"]);
    assert_eq!(status, Some(2));
    assert!(
        errors.contains("there is no receiver oops; there are ops"),
        "{errors}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_whose_time_comes_while_the_service_is_dead_is_held_once_it_is_back() {
    let hook = Hook::new(Answer::Status(200)).await;
    let house = House::new(&rules(&hook));
    let mut service = house.run();
    service.judged("2026-11-22T08:10:00Z");
    service.kill();
    assert_eq!(hook.count(), 0);
    // By then it is past half past eight.
    thread::sleep(Duration::from_secs(10));
    for _ in 0..2 {
        let mut service = house.run();
        until("the drill is held", || hook.count() == 1);
        assert_eq!(hook.arrivals()[0].reason(), "test");
        service.judged("2026-11-22T08:40:00Z");
        service.kill();
    }
    assert_eq!(hook.count(), 1, "and not a second time");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_to_this_machine_goes_past_the_proxy() {
    let proxy = Hook::new(Answer::Status(200)).await;
    // Nobody listens there.
    let nobody = "127.0.0.1:1";
    let rules = format!(
        r#"
source: {{simulator: {{domains: [a.example.com]}}}}
rules: [{{name: errors, when: 5xx > 10% for 2m}}]
notify:
  receivers: {{ops: [webhook: {{url: "http://{nobody}/x"}}, alertmanager: {{urls: ["http://{nobody}"]}}]}}
  routes: [{{to: [ops]}}]
"#
    );
    let house = House::new(&rules);
    let output = foghorn()
        .args(["notify", "ops"])
        .current_dir(house.path())
        .env_remove("http_proxy")
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .env("HTTP_PROXY", format!("http://{}", proxy.address))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(
        said.matches("would be tried again: no answer").count(),
        2,
        "{said}"
    );
    assert_eq!(proxy.count(), 0);
}
