//! Backtests over a store: what it knows beyond samples is kept to.

use std::collections::BTreeMap;

use foghorn::engine::{Event, OnUnknown, Part, Plan, Rule, Ruleset, Sample, Transition};
use foghorn::lang::{Compiler, Names, parse_when};
use foghorn::pipeline::FleetLeft;
use foghorn::replay::{KeptBacktest, Track};
use foghorn::unit::{GlobList, Series, Severity};

use super::{Folder, minute};

/// Returns what a rule does over tracks, as minutes from the first and events.
fn judged(when: &str, tracks: &[Track], left: &[FleetLeft]) -> Vec<(i64, Event)> {
    let mut compiler = Compiler::default();
    let when = parse_when(when).0.unwrap();
    let tiers = [(Severity::Warning, when)];
    let compiled = compiler.rule(&tiers, &Names::default()).unwrap();
    let rules = [Rule {
        name: "a".to_owned(),
        domains: GlobList::all(),
        on_unknown: OnUnknown::Hold,
        compiled,
    }];
    let plan = Plan::new(&compiler.finish());
    let mut backtest = KeptBacktest::new(Ruleset {
        plan: &plan,
        rules: &rules,
    });
    for track in tracks {
        backtest.take(track);
    }
    let at = |of: &Transition| (of.minute.epoch() - minute(0).epoch(), of.event.clone());
    backtest.finish(left).iter().map(at).collect()
}

/// Returns a domain whose minutes from `bad` up to `good` are bad, of twenty.
fn track(domain: &str, (bad, good): (i64, i64)) -> Track {
    let sample = |at: i64| {
        let percent = if (bad..good).contains(&at) { "50" } else { "0" };
        let part = Part {
            code: Some(502),
            proportion: percent.parse().unwrap(),
            count: None,
        };
        Some(Sample::new(vec![part]).unwrap())
    };
    Track {
        series: Series {
            account: "main".into(),
            domain: domain.into(),
        },
        kept: (0..20)
            .map(|at| (minute(at), sample(at)))
            .collect::<BTreeMap<_, _>>(),
        first: minute(0),
        last: minute(19),
        history_begin: Some(minute(0)),
        judge_from: minute(0),
    }
}

#[test]
fn a_domain_that_was_left_as_it_stood_counts_as_it_stood() {
    let rule = "5xx > 10% on at least 2 domains";
    let tracks = [track("a", (2, 15)), track("b", (4, 15))];
    assert_eq!(
        judged(rule, &tracks, &[]),
        [(4, Event::Fired), (15, Event::Resolved)]
    );
    let left = |at: i64, domain: &str| FleetLeft {
        rule: "a".to_owned(),
        minute: minute(at),
        series: Series {
            account: "main".into(),
            domain: domain.into(),
        },
    };
    let left = [left(4, "b"), left(5, "b"), left(6, "b"), left(15, "a")];
    assert_eq!(
        judged(rule, &tracks, &left),
        [(7, Event::Fired), (15, Event::Resolved)]
    );
    let late = [track("a", (2, 15)), track("b", (4, 18))];
    let left = [left[3].clone()];
    assert_eq!(
        judged(rule, &late, &left),
        [(4, Event::Fired), (16, Event::Resolved)]
    );
}

#[test]
fn minutes_before_judging_and_minutes_that_could_not_be_asked_for_are_looked_back_upon() {
    let mut of = track("a", (2, 9));
    of.judge_from = minute(6);
    assert_eq!(
        judged("5xx > 10% for 3m", &[of.clone()], &[]),
        [(6, Event::Fired), (9, Event::Resolved)]
    );
    // Unknown, not absent: it holds what is.
    of.kept.insert(minute(9), None);
    assert_eq!(
        judged("5xx > 10% for 3m", &[of], &[]),
        [(6, Event::Fired), (10, Event::Resolved)]
    );
    let mut gap = track("a", (2, 9));
    gap.kept.remove(&minute(12));
    assert_eq!(
        judged("no data", &[gap.clone()], &[]),
        [(12, Event::Fired), (13, Event::Resolved)]
    );
    gap.kept.insert(minute(12), None);
    assert_eq!(judged("no data", &[gap], &[]), []);
    // A domain that comes later does not count before.
    let mut late = track("b", (0, 20));
    late.judge_from = minute(5);
    let all = [track("a", (0, 20)), late];
    assert_eq!(
        judged("5xx > 10% on at least 2 domains", &all, &[]),
        [(5, Event::Fired)]
    );
}

#[test]
fn an_imported_store_says_what_the_file_says() {
    let folder = Folder::new();
    let imported = folder.run(&["import", "--account", "main", "samples.jsonl"]);
    assert_eq!(imported.status.code(), Some(0));
    let of_file = folder.backtest(&["--data", "samples.jsonl", "--format", "json"]);
    assert!(of_file.lines().count() > 8);
    assert_eq!(folder.backtest(&["--format", "json"]), of_file);
    assert_eq!(
        folder.backtest(&["--store", "sqlite:foghorn.db", "--format", "json"]),
        of_file
    );
    let words = folder.backtest(&[]);
    assert!(
        words.starts_with("rules.yaml over the store foghorn.db\n"),
        "{words}"
    );
    let from = ["--judge-from", "2026-11-21T12:00:00Z", "--format", "json"];
    let mut of_data = vec!["--data", "samples.jsonl"];
    of_data.extend(from);
    assert_eq!(folder.backtest(&from), folder.backtest(&of_data));
    let told = folder.refused(&["--store", "sqlite:missing.db"]);
    assert!(told.contains("missing.db"), "{told}");
}
