//! What findings claim of alerts, against what the engine makes of random samples.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use foghorn::diag::{Code, Diagnostic};
use foghorn::engine::{Event, Transition};
use foghorn::lint;
use foghorn::replay::backtest;
use foghorn::samples::{Samples, take_line};
use foghorn::unit::{Minute, Severity};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::load;

const BEGIN: i64 = 29_453_760;

/// The parts of a condition, one behind the other.
type Parts = [&'static str; 5];

fn parts() -> impl Strategy<Value = Parts> {
    let codes = select(vec!["5xx", "5xx", "500", "404"]);
    let levels = select(vec![" > 5%", " > 10%", " > 20%"]);
    let guards = select(vec!["", " given requests >= 50", " given 500 >= 1%"]);
    let holds = select(vec!["", " for 2m", " for 3m", " for 2 of 3m"]);
    let untils = select(vec![
        "",
        " until 5xx <= 5%",
        " until 5xx < 10% for 2m",
        " until 5xx <= 5% given requests >= 50",
        " until 5xx < 0%",
        " until 5xx > 2%",
        " until 404 < 10%",
    ]);
    (codes, levels, guards, holds, untils)
        .prop_map(|(code, level, guard, hold, until)| [code, level, guard, hold, until])
}

/// Returns two conditions that are often like each other, and yet about different minutes.
fn alike() -> impl Strategy<Value = (String, String)> {
    let is_other = vec(proptest::bool::weighted(0.3), 5);
    (parts(), parts(), is_other).prop_map(|(one, drawn, is_other)| {
        let choices = one.iter().zip(&drawn).zip(is_other);
        let other = choices.map(|((same, drawn), is_other)| if is_other { *drawn } else { *same });
        (one.concat(), other.collect())
    })
}

/// How many of a hundred answers are 500 and 404, and how many there are: 0 if nobody counted.
type Answers = (u64, u64, u64);

/// Returns the samples of minutes beside each other; of some there are none.
fn samples(minutes: &[Option<Answers>]) -> Samples {
    let mut samples = Samples::new();
    for (at, minute) in (BEGIN..).zip(minutes) {
        let Some((failed, missing, requests)) = minute else {
            continue;
        };
        let minute = Minute::from_epoch(at).unwrap();
        let of = |all: u64| {
            let part = |percent: u64| percent * all / 100;
            let (good, failed, missing) = (100 - failed - missing, part(*failed), part(*missing));
            format!(r#"{{"200":{},"500":{failed},"404":{missing}}}"#, part(good))
        };
        let mut codes = of(100);
        if 0 < *requests {
            write!(codes, r#","counts":{}"#, of(*requests)).unwrap();
        }
        let line = format!(r#"{{"domain":"www.example.com","minute":"{minute}","codes":{codes}}}"#);
        take_line(&line, &mut samples).unwrap();
    }
    samples
}

/// Returns the minutes in which a rule shows a severity.
fn shown(events: &[Transition], rule: &str, severity: Severity) -> BTreeSet<i64> {
    let events = events.iter().filter(|event| event.key.rule == rule);
    let changes: BTreeMap<i64, bool> = events
        .map(|event| {
            let fires = matches!(event.event, Event::Fired | Event::SeverityChanged { .. });
            (event.minute.epoch(), fires && event.severity == severity)
        })
        .collect();
    let is_shown = |minute: &i64| {
        changes
            .range(..=minute)
            .next_back()
            .is_some_and(|(_, on)| *on)
    };
    (BEGIN..BEGIN + 100).filter(is_shown).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// A severity that is never seen never shows, a rule that tells nothing new fires with the
    /// other, and what never fires or resolves does not, however unknown minutes are read.
    #[test]
    fn what_findings_say_of_alerts_is_so_for_every_reading_of_the_unknown(
        (one, other) in alike(),
        on_unknown in select(vec!["hold", "clear", "clear", "fire", "fire"]),
        minutes in vec(option::weighted(0.8, select(vec![
            (0, 0, 200), (5, 0, 200), (15, 0, 200), (30, 0, 200), (15, 15, 80), (30, 10, 40), (30, 0, 0),
        ])), 1..40),
    ) {
        let mut text = "rules:\n".to_owned();
        let rules = [
            ("one", format!("\"{one}\"")),
            ("other", format!("\"{other}\"")),
            ("tiers", format!("{{warning: \"{one}\", critical: \"{other}\"}}")),
        ];
        for (name, when) in &rules {
            writeln!(text, "- {{name: {name}, when: {when}, on_unknown: {on_unknown}}}").unwrap();
        }
        let loaded = load(&text);
        let config = loaded.config.as_ref().unwrap();
        let rules_read: Vec<_> = config.rules.iter().map(|a| a.rule.clone()).collect();
        let begin = Minute::from_epoch(BEGIN);
        for from in [None, begin] {
            let events = backtest(&config.program, &rules_read, &samples(&minutes), from);
            let fires = |rule| shown(&events, rule, Severity::Warning);
            for Diagnostic { message, primary, .. } in lint::run(&loaded) {
                let line = loaded.files.get(primary.file).unwrap().position(primary.span.start()).line;
                let rule = rules[line - 2].0;
                if message.contains("never seen") {
                    prop_assert!(fires("tiers").is_empty(), "{message}\n{text}");
                }
                if message.contains("tells nothing new") {
                    let by = if rule == "one" { "other" } else { "one" };
                    prop_assert!(fires(rule).is_subset(&fires(by)), "{message}\n{text}");
                }
                let of_rule = events.iter().filter(|event| event.key.rule == rule);
                if rule != "tiers" && message.contains("the alert never fires") {
                    prop_assert_eq!(of_rule.clone().count(), 0, "{}\n{}", message, text);
                }
                if rule != "tiers" && message.contains("never resolves") {
                    let resolved = of_rule.filter(|event| matches!(event.event, Event::Resolved));
                    prop_assert_eq!(resolved.count(), 0, "{}\n{}", message, text);
                }
            }
        }
    }
}

/// How many minutes a window under a hold adds is what the engine takes, after minutes that are all well,
/// of minutes that are just bad enough.
#[test]
fn the_minutes_that_a_window_adds_are_those_that_the_engine_takes() {
    for (when, hold) in [
        ("avg(5xx over 4m) > 10% for 6m", 6),
        ("median(5xx over 5m) > 10% for 10m", 10),
        ("median(5xx over 4m) > 10% for 6m", 6),
        ("median(2xx over 5m) < 90% for 6m", 6),
        ("p80(5xx over 10m) > 10% for 12m", 12),
        ("p20(2xx over 10m) < 90% for 12m", 12),
    ] {
        let loaded = load(&format!("rules:\n- {{name: a, when: \"{when}\"}}\n"));
        let told = lint::run(&loaded);
        let told = told
            .iter()
            .find(|found| found.code == Code::WindowShorterThanHold);
        let message = &told.unwrap().message;
        let (_, behind) = message.split_once("it adds up to ").unwrap();
        let words = behind.split_once(" until").unwrap().0;
        let adds = match words {
            "a minute" => 1,
            minutes => minutes.split_once(' ').unwrap().0.parse::<i64>().unwrap(),
        };
        let minutes: Vec<Option<Answers>> = (0..60)
            .map(|at| Some((if at < 30 { 0 } else { 11 }, 0, 100)))
            .collect();
        let config = loaded.config.as_ref().unwrap();
        let rules: Vec<_> = config.rules.iter().map(|a| a.rule.clone()).collect();
        let events = backtest(&config.program, &rules, &samples(&minutes), None);
        let fired = events.first().unwrap().minute.epoch() - (BEGIN + 30) + 1;
        assert_eq!(fired, hold + adds, "{when}: {message}");
    }
}
