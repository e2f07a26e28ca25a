//! Told to stop, the service finishes what is under way, in time, and loses nothing.

use std::time::Duration;

use super::hook::{Answer, Hook};
use super::house::{House, START, until};

/// How soon it must have ended.
const SOON: Duration = Duration::from_secs(10);

/// One incident that ends, so late that also a busy machine tells both in messages of their own, told
/// to the hook; a watchdog that pings another address.
fn rules(hook: &Hook, watchdog: &Hook) -> String {
    format!(
        "
source:
  simulator:
    domains: [a.example.com]
    speed: 240
    start: {START}
    rate: 1000
    scenario: {{incidents: [{{codes: {{502: 40%}}, from: 2026-11-22T08:10:00Z, for: 30m}}]}}
max_lateness: 12h
rules: [{{name: errors, when: 5xx > 10% for 2m}}]
notify:
  receivers: {{ops: [{{webhook: {{url: \"{}\"}}}}]}}
  routes: [{{to: [ops]}}]
  watchdog: {{url: \"{}\", every: 1s}}
web: {{listen: 127.0.0.1:0}}
",
        hook.url(),
        watchdog.url()
    )
}

fn reasons(hook: &Hook) -> Vec<String> {
    hook.arrivals()
        .iter()
        .map(super::hook::Arrival::reason)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_send_that_is_under_way_is_finished_and_not_repeated() {
    let watchdog = Hook::new(Answer::Status(200)).await;
    let hook = Hook::new(Answer::Slow(Duration::from_secs(2), 200)).await;
    let house = House::new(&rules(&hook, &watchdog));
    let mut service = house.run();
    until("the message is under way", || hook.count() == 1);
    assert!(service.stop() < SOON);
    hook.answer(Answer::Status(200));
    let mut service = house.run();
    until("the rest is told", || hook.count() == 2);
    service.judged("2026-11-22T09:00:00Z");
    service.stop();
    assert_eq!(reasons(&hook), ["first", "resolved"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_a_receiver_nor_a_watchdog_that_hangs_keeps_it_from_stopping() {
    let hung = Answer::Slow(Duration::from_mins(2), 200);
    let watchdog = Hook::new(hung).await;
    let hook = Hook::new(hung).await;
    let house = House::new(&rules(&hook, &watchdog));
    let mut service = house.run();
    until("both hang", || hook.count() == 1 && watchdog.count() >= 1);
    assert!(service.stop() < SOON, "{}", service.log());
    hook.answer(Answer::Status(200));
    let mut service = house.run();
    until("all is told", || hook.count() == 3);
    service.stop();
    let arrivals = hook.arrivals();
    assert_eq!(reasons(&hook), ["first", "first", "resolved"]);
    assert_eq!(
        (&arrivals[0].id, &arrivals[0].body),
        (&arrivals[1].id, &arrivals[1].body)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_at_any_moment_of_its_start_it_ends_well() {
    let quiet = Hook::new(Answer::Status(200)).await;
    let house = House::new(&rules(&quiet, &quiet));
    for wait in [0, 5, 20, 80, 320] {
        let mut service = house.run();
        std::thread::sleep(Duration::from_millis(wait));
        service.signal("-HUP");
        assert!(service.stop() < SOON);
    }
}
