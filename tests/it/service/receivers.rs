//! Receivers that are dead, slow, broken, busy or strange, and come back.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::hook::{Answer, Arrival, Hook};
use super::house::{House, START, until};

/// How long the slow one takes.
const SLOW: Duration = Duration::from_secs(6);

const RECEIVERS: [&str; 6] = ["well", "dead", "slow", "broken", "busy", "strange"];

fn rules(hooks: &BTreeMap<&str, Hook>) -> String {
    let receiver = |(name, hook): (&&str, &Hook)| {
        format!("    {name}: [{{webhook: {{url: \"{}\"}}}}]", hook.url())
    };
    let receivers: Vec<String> = hooks.iter().map(receiver).collect();
    let receivers = receivers.join("\n");
    format!(
        "
source:
  simulator:
    domains: [a.example.com, b.example.com]
    speed: 120
    start: {START}
    rate: 1000
    scenario:
      incidents: [{{codes: {{502: 40%}}, every: 13m, for: 4m, from: 2026-11-22T08:10:00Z, to: 2026-11-22T09:40:00Z}}]
max_lateness: 12h
rules: [{{name: errors, when: 5xx > 10% for 2m}}]
notify:
  receivers:
{receivers}
  routes: [{{to: [{}], group_by: [...], group_wait: 0s, group_interval: 0s}}]
web: {{listen: 127.0.0.1:0}}
",
        RECEIVERS.join(", ")
    )
}

/// What was accepted, by alert and in the order of arrival.
fn stories(arrivals: &[Arrival]) -> BTreeMap<String, Vec<String>> {
    let mut stories: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for arrival in arrivals.iter().filter(|arrival| arrival.status < 300) {
        let story = stories.entry(arrival.alert_id()).or_default();
        story.push(arrival.reason());
    }
    stories
}

#[tokio::test(flavor = "multi_thread")]
async fn receivers_that_fail_delay_no_other_and_get_everything_in_order_once_they_are_back() {
    let mut hooks = BTreeMap::new();
    for name in RECEIVERS {
        let hook = match name {
            "dead" => Hook::closed().await,
            "slow" => Hook::new(Answer::Slow(SLOW, 500)).await,
            "broken" => Hook::new(Answer::Status(500)).await,
            "busy" => Hook::new(Answer::Later(240)).await,
            "strange" => Hook::new(Answer::Status(404)).await,
            _ => Hook::new(Answer::Status(200)).await,
        };
        hooks.insert(name, hook);
    }
    let house = House::new(&rules(&hooks));
    let began = Instant::now();
    let mut service = house.run();
    until("the one that is well was told of three cycles", || {
        hooks["well"].count() >= 10
    });
    let slow = hooks["slow"].count();
    let tries = 1 + began.elapsed().as_secs() / SLOW.as_secs();
    assert!(slow as u64 <= tries, "one after the other: {slow}");
    until("the broken one is tried again", || {
        hooks["broken"].count() > 2
    });
    let strange: BTreeSet<String> = ids(&hooks["strange"].arrivals());
    assert!(!strange.is_empty());
    let busy = hooks["busy"].arrivals();
    let again = busy.iter().rposition(|arrival| arrival.id == busy[0].id);
    let waited = again.map(|last| busy[last].at - busy[0].at).unwrap();
    assert!(waited.is_zero() || waited > Duration::from_millis(1_900));

    hooks["dead"].open().await;
    for name in RECEIVERS {
        hooks[name].answer(Answer::Status(200));
    }
    service.judged("2026-11-22T09:50:00Z");
    until(
        "each of two domains and seven incidents is told to its end",
        || {
            let stories = stories(&hooks["well"].arrivals());
            let ended = |story: &&Vec<String>| story.last().is_some_and(|of| of == "resolved");
            stories.values().filter(ended).count() == 14
        },
    );
    let well = hooks["well"].count();
    let wanted = stories(&hooks["well"].arrivals());
    // On a busy machine a beginning may be judged in one step with its end, which is told alone then.
    let whole = ["first", "resolved"];
    let is_whole = |story: &Vec<String>| *story == whole || *story == whole[1..];
    assert!(
        wanted.len() == 14 && wanted.values().all(is_whole),
        "{wanted:?}"
    );
    for name in ["dead", "slow", "broken", "busy"] {
        until(name, || stories(&hooks[name].arrivals()) == wanted);
    }
    service.stop();
    let log = with_channels_named(service.log());
    let arrivals = hooks["strange"].arrivals();
    let refused: Vec<&Arrival> = arrivals.iter().filter(|a| a.status == 404).collect();
    let unheard = refused.iter().filter(|a| a.reason() == "first").count();
    assert_eq!(
        log.matches("put with the dead letters").count(),
        refused.len() + unheard,
        "an end is not sent whose beginning was refused"
    );
    assert_eq!(arrivals.len(), well - unheard);
    assert_eq!(ids(&arrivals).len(), arrivals.len(), "each came once");
    for hook in hooks.values() {
        same_bodies(&hook.arrivals());
    }
}

/// Each line of the log tells a channel by where it leads.
fn with_channels_named(log: String) -> String {
    let named = log
        .matches("\"channel\":\"webhook http://127.0.0.1")
        .count();
    assert_eq!(named, log.matches("\"channel\":").count());
    assert!(0 < named, "{log}");
    log
}

fn ids(arrivals: &[Arrival]) -> BTreeSet<String> {
    arrivals.iter().map(|arrival| arrival.id.clone()).collect()
}

fn same_bodies(arrivals: &[Arrival]) {
    let mut bodies = BTreeMap::new();
    for arrival in arrivals {
        let body = bodies.entry(&arrival.id).or_insert(&arrival.body);
        assert_eq!(*body, &arrival.body);
    }
}
