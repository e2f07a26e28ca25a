//! Killed at any moment, the service loses no message and gives none a second id.
//!
//! What it told is held against two things that share nothing with the killed run but the
//! traffic: the ids that a run without a kill sends, and the events that a backtest finds in the
//! samples that the killed run stored. Minutes that are judged in one step after a kill are told
//! as they are in the end, so a beginning or a change may be missing; an end never is. The traffic
//! is the same because the simulator makes each minute from the seed and `start:` puts both runs
//! into the same hours; the incidents end before the runs do, so that both sets are complete.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::hook::{Answer, Arrival, Hook, text};
use super::house::{House, START, Service, until};

/// How fast time passes while it is killed, and in the runs that nobody disturbs.
const SPEED: u32 = 240;
const SPEED_CALM: u32 = 600;
/// How many simulated minutes of incidents there are for each kill.
const MINUTES_PER_KILL: i64 = 6;

/// Numbers that look like chance and are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }
}

fn number(name: &str, default: u32) -> u32 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn rules(hook: &Hook, speed: u32, end: &str) -> String {
    format!(
        r#"
source:
  simulator:
    domains: [a.example.com, b.example.com, c.example.com]
    speed: {speed}
    start: {START}
    rate: 1000
    scenario:
      requests: {{night: 1000, day: 1000}}
      incidents:
        - {{domains: [a.example.com, b.example.com], codes: {{502: 40%}}, every: 26m, for: 5m, from: 2026-11-22T08:20:00Z, to: {end}}}
        - {{domains: [c.example.com], codes: {{503: 12%}}, every: 13m, for: 4m, from: 2026-11-22T08:20:00Z, to: {end}}}
        - {{domains: [b.example.com], codes: {{504: 70%}}, every: 37m, offset: 3m, for: 9m, shape: spike, from: 2026-11-22T08:20:00Z, to: {end}}}
max_lateness: 12h
rules:
  - name: origin-5xx
    when: 5xx > 10% for 2m until 5xx < 5% for 2m
  - name: tiers
    when: {{warning: 5xx > 8%, critical: 5xx > 45% for 2m}}
  - name: wide
    when: 5xx > 10% for 2m on at least 2 domains
    severity: critical
notify:
  email: {{server: "file:outbox/", from: "Foghorn <foghorn@example.com>"}}
  receivers:
    ops:
      - webhook: {{url: "{}"}}
      - email: {{to: [ops@example.com]}}
  routes: [{{to: [ops], group_by: [...], group_wait: 0s, group_interval: 0s}}]
web: {{listen: 127.0.0.1:0}}
"#,
        hook.url()
    )
}

/// Runs to the end of the incidents and until all is told.
fn finish(house: &House, hook: &Hook, end: &str) -> Service {
    let mut service = house.run();
    let end: DateTime<Utc> = end.parse().unwrap();
    service.judged(&(end + TimeDelta::minutes(20)).to_rfc3339());
    let wanted = ends(&backtested(house));
    until("all is told", || {
        let arrivals = hook.arrivals();
        ends(&told(&arrivals)) >= wanted && mails(house).len() >= messages(&arrivals).len()
    });
    service.stop();
    service
}

/// Kills the service in one of four ways: at any moment, when a message has come and is not
/// answered, right when it is answered, or right after the start.
fn kill(house: &House, hook: &Hook, dice: &mut Dice) -> &'static str {
    let way = dice.below(4);
    let wait = Duration::from_millis(dice.below(1_200));
    if way == 1 {
        hook.answer(Answer::Slow(Duration::from_secs(20), 200));
    }
    let mut service = Service::spawn(house.run_command());
    let before = hook.count();
    let patience = Instant::now() + Duration::from_secs(3);
    let word = match way {
        1 | 2 => {
            while hook.count() == before && Instant::now() < patience {
                thread::sleep(Duration::from_millis(1));
            }
            ["unanswered", "answered"][usize::from(way == 2)]
        }
        3 => {
            thread::sleep(wait / 8);
            "starting"
        }
        _ => {
            thread::sleep(wait);
            "any moment"
        }
    };
    assert!(service.is_running(), "{}", service.log());
    service.kill();
    hook.answer(Answer::Status(200));
    word
}

/// What is told of one rule and domain: events in order, by the alert's firing.
type Stories = BTreeMap<(String, String), Vec<(String, String, String)>>;

/// How many firings have come to their end.
fn ends(stories: &Stories) -> usize {
    let events = stories.values().flatten();
    events.filter(|(event, ..)| event == "resolved").count()
}

/// Fails if a story has what did not happen, or in another order, or lacks an end.
fn are_told_to_their_ends(told: &Stories, happened: &Stories) {
    for (whose, story) in told {
        let mut rest = happened[whose].iter();
        for event in story {
            assert!(
                rest.any(|of| of == event),
                "{whose:?}: {event:?} of {story:?}"
            );
        }
    }
    assert_eq!(ends(told), ends(happened));
}

/// The stories that arrived: what came again counts once. The order is kept within each firing of
/// an alert, which is what is promised: one firing may overtake the end of the one before.
fn told(arrivals: &[Arrival]) -> Stories {
    let mut seen = BTreeSet::new();
    let arrivals = arrivals.iter().filter(|a| seen.insert(a.id.clone()));
    let told = arrivals.flat_map(|arrival| {
        let (reason, alerts) = (arrival.reason(), arrival.alerts());
        // News of several firings are no change of one of them.
        let reason = match (reason.as_str(), alerts.len()) {
            ("changed", 2..) => "first".to_owned(),
            _ => reason,
        };
        alerts.into_iter().map(move |of| (reason.clone(), of))
    });
    let mut told: Vec<(String, Value)> = told.collect();
    told.sort_by_key(|(_, alert)| text(&alert["fired_at"]));
    let mut stories = Stories::new();
    for (reason, alert) in told {
        let story = (text(&alert["rule"]), text(&alert["domain"]));
        let story: &mut Vec<_> = stories.entry(story).or_default();
        for (event, minute) in events(&reason, &alert) {
            story.push((event.to_owned(), severity(event, &alert), minute));
        }
    }
    stories
}

/// The events that a message tells of an alert. On a machine on which a start takes seconds, which
/// are half an hour here, what began and ended meanwhile is told in a digest, and news of two
/// firings of one alert in one message.
fn events(reason: &str, alert: &Value) -> Vec<(&'static str, String)> {
    let fired = ("fired", text(&alert["fired_at"]));
    let resolved = ("resolved", text(&alert["ended_at"]));
    match (reason, alert["state"].as_str()) {
        ("digest", Some("resolved")) => vec![fired, resolved],
        ("first" | "changed" | "resolved", Some("resolved")) => vec![resolved],
        ("first", Some("firing")) => vec![fired],
        ("changed", Some("firing")) => vec![("severity_changed", String::new())],
        (other, state) => panic!("told as {other}, {state:?}: {alert}"),
    }
}

/// The severity of an event; of a beginning none, as it may be told with a later one.
fn severity(event: &str, of: &Value) -> String {
    match event {
        "fired" => String::new(),
        _ => text(&of["severity"]),
    }
}

/// The stories that a backtest finds in what the store kept.
fn backtested(house: &House) -> Stories {
    let (status, samples, errors) = house.command(&["export"]);
    assert_eq!(status, Some(0), "{errors}");
    fs::write(house.path().join("samples.jsonl"), samples).unwrap();
    let (status, events, errors) = house.command(&[
        "backtest",
        "rules.yaml",
        "--data",
        "samples.jsonl",
        "--format",
        "json",
    ]);
    assert_eq!(status, Some(0), "{errors}");
    let mut stories = Stories::new();
    for line in events.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let minute = match event["event"].as_str() {
            Some("severity_changed") => String::new(),
            _ => text(&event["minute"]),
        };
        let story = (text(&event["rule"]), text(&event["domain"]));
        let word = text(&event["event"]);
        let event = (word.clone(), severity(&word, &event), minute);
        stories.entry(story).or_default().push(event);
    }
    stories
}

/// The messages by id, and what each of them tells.
fn messages(arrivals: &[Arrival]) -> BTreeMap<String, String> {
    let mut messages = BTreeMap::new();
    for arrival in arrivals {
        // A beginning that is judged in one step with later changes is told as of the last of
        // them: another message than the one that tells it alone.
        let told = |alert: Value| {
            let words = ["rule", "domain", "fired_at", "minute", "ended_at"];
            words.map(|word| text(&alert[word])).join(" ")
        };
        let alerts: Vec<String> = arrival.alerts().into_iter().map(told).collect();
        let words = format!(" {} {}", arrival.reason(), alerts.join(", "));
        messages.insert(arrival.id.clone(), words);
    }
    messages
}

/// Fails if two runs tell a beginning or an end under different ids.
fn same_ids(got: &BTreeMap<String, String>, wanted: &BTreeMap<String, String>) {
    let ids = |of: &BTreeMap<String, String>| -> BTreeMap<String, String> {
        let whole = of.iter().filter(|(_, words)| !words.contains(" changed "));
        whole
            .map(|(id, words)| (words.clone(), id.clone()))
            .collect()
    };
    let (got, wanted) = (ids(got), ids(wanted));
    let both = got.iter().filter(|(words, _)| wanted.contains_key(*words));
    let mut compared = 0;
    for (words, id) in both {
        assert_eq!(*id, wanted[words], "{words}");
        compared += 1;
    }
    assert!(wanted.len() < 4 * compared, "many of them can be compared");
}

fn mails(house: &House) -> BTreeSet<String> {
    let entries = fs::read_dir(house.path().join("outbox")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.starts_with('.')).collect()
}

/// What came again must be the message that was under way when the process died, with the same
/// bytes: the last one that came before one of the kills.
fn check_repeats(arrivals: &[Arrival], kills: &[usize]) -> usize {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    let mut repeats = 0;
    for (place, arrival) in arrivals.iter().enumerate() {
        let Some(before) = first.insert(&arrival.id, place) else {
            continue;
        };
        repeats += 1;
        let is_cut_off = kills.contains(&(before + 1));
        assert!(is_cut_off, "{before} came again as {place}: {kills:?}");
        assert_eq!(arrivals[before].body, arrival.body);
    }
    repeats
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_killed_loses_nothing_and_repeats_only_what_was_under_way() {
    let kills = number("FOGHORN_KILLS", 20);
    let mut dice = Dice(number("FOGHORN_SEED", 1).into());
    let start: DateTime<Utc> = START.parse().unwrap();
    let length = TimeDelta::minutes(30 + MINUTES_PER_KILL * i64::from(kills));
    let end = (start + length).format("%Y-%m-%dT%H:%M:%SZ").to_string();

    let hook = Hook::new(Answer::Status(200)).await;
    let killed = House::new(&rules(&hook, SPEED, &end));
    let mut ways: BTreeMap<&str, u32> = BTreeMap::new();
    let mut came_before = Vec::new();
    for _ in 0..kills {
        *ways.entry(kill(&killed, &hook, &mut dice)).or_default() += 1;
        until("what it has sent has come", || !hook.is_connected());
        came_before.push(hook.count());
    }
    killed.write("rules.yaml", &rules(&hook, SPEED_CALM, &end));
    finish(&killed, &hook, &end);
    let arrivals = hook.arrivals();
    let repeats = check_repeats(&arrivals, &came_before);

    let calm_hook = Hook::new(Answer::Status(200)).await;
    let calm = House::new(&rules(&calm_hook, SPEED_CALM, &end));
    finish(&calm, &calm_hook, &end);
    let calm_arrivals = calm_hook.arrivals();

    let (got, wanted) = (messages(&arrivals), messages(&calm_arrivals));
    println!(
        "{kills} kills {ways:?}: {} deliveries, {} messages, {repeats} came again; {} messages without a kill",
        arrivals.len(),
        got.len(),
        wanted.len()
    );
    assert_eq!(calm_arrivals.len(), wanted.len(), "nothing comes again");
    assert!(wanted.len() > usize::try_from(kills).unwrap());
    same_ids(&got, &wanted);
    let stories = backtested(&killed);
    assert_eq!(backtested(&calm), stories);
    are_told_to_their_ends(&told(&arrivals), &stories);
    are_told_to_their_ends(&told(&calm_arrivals), &stories);
    assert_eq!(mails(&killed).len(), got.len());
    assert_eq!(mails(&calm).len(), wanted.len());
}
