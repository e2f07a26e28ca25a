//! The life of alerts, case by case.

use std::collections::BTreeMap;

use foghorn::engine::{
    Coverage, Event, FleetState, Observation, OnUnknown, Plan, Rule, Ruleset, Sample, SeriesEngine,
    Standing, StoredAlert, StoredError, StoredFleet, Transition,
};
use foghorn::lang::program::Program;
use foghorn::lang::{Compiler, Names, parse_when};
use foghorn::replay::{backtest, event_line};
use foghorn::samples::Samples;
use foghorn::unit::{DomainName, GlobList, Minute, Series, Severity};

fn minute(at: i64) -> Minute {
    Minute::from_epoch(29_000_000 + at).unwrap()
}

fn at(minute: Minute) -> i64 {
    minute.epoch() - 29_000_000
}

/// Compiles rules named `r0`, `r1`, …, each of severities and their conditions.
fn compile(rules: &[&[(Severity, &str)]]) -> (Program, Vec<Rule>) {
    let mut compiler = Compiler::default();
    let compiled = rules.iter().enumerate().map(|(at, tiers)| {
        let tiers: Vec<_> = tiers
            .iter()
            .map(|(severity, text)| (*severity, parse_when(text).0.unwrap()))
            .collect();
        Rule {
            name: format!("r{at}"),
            domains: GlobList::all(),
            on_unknown: OnUnknown::Hold,
            compiled: compiler.rule(&tiers, &Names::default()).unwrap().into(),
        }
    });
    let compiled = compiled.collect();
    (compiler.finish(), compiled)
}

fn sample(percent: u32) -> Sample {
    let line = format!(
        r#"{{"domain":"a","minute":"2026-11-22T10:00:00Z","codes":{{"502":{percent},"200":{}}}}}"#,
        100 - percent
    );
    let samples = foghorn::samples::parse(&line).unwrap();
    samples.into_values().flatten().next().unwrap().1
}

/// A minute of a row: a percentage of 502, `-` no traffic, `_` absent, `?` unasked.
enum Cell {
    Sample(Sample),
    Absent,
    Unasked,
}

fn row(text: &str) -> Vec<Cell> {
    let cell = |word: &str| match word {
        "-" => Cell::Sample(Sample::default()),
        "_" => Cell::Absent,
        "?" => Cell::Unasked,
        percent => Cell::Sample(sample(percent.parse().unwrap())),
    };
    text.split_whitespace().map(cell).collect()
}

fn observe(cell: &Cell) -> Observation<'_> {
    match cell {
        Cell::Sample(sample) => Observation::Sample(sample),
        Cell::Absent => Observation::Absent,
        Cell::Unasked => Observation::Unasked,
    }
}

fn series(domain: &str) -> Series {
    Series {
        account: "x".into(),
        domain: domain.into(),
    }
}

/// The transitions of one rule over a row.
fn run(tiers: &[(Severity, &str)], text: &str) -> Vec<Transition> {
    let (program, rules) = compile(&[tiers]);
    let plan = Plan::new(&program);
    let ruleset = Ruleset {
        plan: &plan,
        rules: &rules,
    };
    let mut engine = SeriesEngine::new(series("a"), Some(minute(0)), ruleset);
    let mut found = Vec::new();
    for (t, cell) in (0..).zip(row(text)) {
        found.extend(engine.advance(minute(t), observe(&cell), ruleset, |_| true));
    }
    found
}

/// `(since, fired)` of the first alert of a critical rule over a row.
fn first_run(when: &str, text: &str) -> (i64, i64) {
    let found = run(&[(Severity::Critical, when)], text);
    (at(found[0].since), at(found[0].fired))
}

#[test]
fn an_alert_is_since_the_first_minute_of_its_run() {
    assert_eq!(first_run("5xx > 10% for 3m", "0 20 20 20"), (1, 3));
    assert_eq!(first_run("5xx > 10% for 3m", "20 0 20 20 20"), (2, 4));
    assert_eq!(first_run("5xx > 10%", "0 20"), (1, 1));
}

#[test]
fn an_unknown_minute_does_not_break_a_run() {
    assert_eq!(first_run("5xx > 10% for 3m", "0 20 _ 20 20 20"), (1, 5));
    assert_eq!(first_run("5xx > 10% for 3m", "0 20 ? - 20 20 20"), (1, 6));
}

#[test]
fn a_hold_of_some_minutes_lets_as_many_pass_as_it_may_lack() {
    assert_eq!(first_run("5xx > 10% for 3 of 5m", "0 20 0 20 0 20"), (1, 5));
    assert_eq!(
        first_run("5xx > 10% for 3 of 5m", "20 20 0 0 0 20 20 20"),
        (5, 7)
    );
}

#[test]
fn an_alert_without_a_run_is_since_the_minute_that_fired_it() {
    let (program, mut rules) = compile(&[&[(Severity::Info, "5xx > 10% for 2m")]]);
    rules[0].on_unknown = OnUnknown::Fire;
    let plan = Plan::new(&program);
    let ruleset = Ruleset {
        plan: &plan,
        rules: &rules,
    };
    let mut engine = SeriesEngine::new(series("a"), Some(minute(0)), ruleset);
    let mut found = Vec::new();
    for (t, cell) in (0..).zip(row("5 5 - -")) {
        found.extend(engine.advance(minute(t), observe(&cell), ruleset, |_| true));
    }
    assert_eq!((at(found[0].since), at(found[0].fired)), (3, 3));
}

#[test]
fn the_numbers_behind_an_alert_are_those_of_its_severity() {
    let found = run(
        &[(Severity::Critical, "5xx > 10% and 200 < 95% for 2m")],
        "40 20 30 0",
    );
    let evidence = |i: usize| {
        let evidence = &found[i].evidence;
        let values = evidence.values.iter();
        let values = values.map(|v| format!("{}={}", v.text, v.value.unwrap()));
        (
            values.collect::<Vec<_>>().join(" "),
            evidence.peak.unwrap().to_string(),
        )
    };
    assert_eq!(evidence(0), ("5xx=20 200=80".to_owned(), "40".to_owned()));
    assert_eq!(found[1].event, Event::Resolved);
    assert_eq!(evidence(1), ("5xx=0 200=100".to_owned(), "40".to_owned()));
    let found = run(&[(Severity::Critical, "200 < 90% for 2m")], "20 40 0");
    assert_eq!(found[0].evidence.peak.unwrap().to_string(), "60");
}

#[test]
fn a_change_of_severity_stays_the_same_alert() {
    let tiers = [
        (Severity::Warning, "5xx > 5% for 2m"),
        (Severity::Critical, "5xx > 20%"),
    ];
    let found = run(&tiers, "6 6 6 30 6 0 30");
    let seen: Vec<_> = found
        .iter()
        .map(|t| {
            (
                at(t.minute),
                t.event.clone(),
                t.severity,
                at(t.since),
                at(t.fired),
            )
        })
        .collect();
    let changed = |from| Event::SeverityChanged { from };
    assert_eq!(
        seen,
        [
            (1, Event::Fired, Severity::Warning, 0, 1),
            (3, changed(Severity::Warning), Severity::Critical, 0, 1),
            (4, changed(Severity::Critical), Severity::Warning, 0, 1),
            (5, Event::Resolved, Severity::Warning, 0, 1),
            (6, Event::Fired, Severity::Critical, 6, 6),
        ]
    );
}

#[test]
fn a_condition_that_waits_for_its_hold_is_pending() {
    let (program, rules) = compile(&[&[(Severity::Critical, "5xx > 10% for 3m until 5xx < 5%")]]);
    let plan = Plan::new(&program);
    let ruleset = Ruleset {
        plan: &plan,
        rules: &rules,
    };
    let mut engine = SeriesEngine::new(series("a"), Some(minute(0)), ruleset);
    let mut seen = Vec::new();
    for (t, cell) in (0..).zip(row("0 20 _ 20 0 20 20 20 8 2")) {
        engine.advance(minute(t), observe(&cell), ruleset, |_| true);
        seen.push(match engine.standing(0, ruleset).unwrap() {
            Standing::Inactive => "i".to_owned(),
            Standing::Pending { since } => format!("p{}", at(since)),
            Standing::Firing(firing) => format!("f{}", at(firing.since)),
        });
    }
    assert_eq!(
        seen,
        ["i", "p1", "p1", "p1", "i", "p5", "p5", "f5", "f5", "i"]
    );
    let part = engine.unknown_part(&rules[0]);
    assert_eq!(part, None);
    engine.advance(minute(20), Observation::Absent, ruleset, |_| true);
    assert_eq!(engine.unknown_part(&rules[0]), Some("5xx"));
}

#[test]
fn what_is_read_as_false_where_it_is_unknown_is_pending_no_longer() {
    let (program, mut rules) = compile(&[&[(Severity::Critical, "5xx > 10% for 3m")]]);
    rules[0].on_unknown = OnUnknown::Clear;
    let plan = Plan::new(&program);
    let ruleset = Ruleset {
        plan: &plan,
        rules: &rules,
    };
    let mut engine = SeriesEngine::new(series("a"), Some(minute(0)), ruleset);
    let mut seen = String::new();
    for (t, cell) in (0..).zip(row("0 20 20 _ _ - 20 20 20 _")) {
        engine.advance(minute(t), observe(&cell), ruleset, |_| true);
        seen.push(match engine.standing(0, ruleset).unwrap() {
            Standing::Inactive => 'i',
            Standing::Pending { .. } => 'p',
            Standing::Firing(_) => 'f',
        });
    }
    assert_eq!(seen, "ippiiippfi");
}

#[test]
fn minutes_before_judging_are_only_looked_back_upon() {
    let (program, rules) = compile(&[
        &[(Severity::Critical, "5xx > 10% for 3m")],
        &[(Severity::Critical, "5xx > 10%")],
    ]);
    let plan = Plan::new(&program);
    let ruleset = Ruleset {
        plan: &plan,
        rules: &rules,
    };
    let mut engine = SeriesEngine::new(series("a"), Some(minute(0)), ruleset);
    for (t, cell) in (0..).zip(row("20 20 20")) {
        let found = engine.advance(minute(t), observe(&cell), ruleset, |rule| rule == 1);
        assert_eq!(found.len(), usize::from(t == 0));
    }
    let bad = sample(20);
    let found = engine.advance(minute(3), Observation::Sample(&bad), ruleset, |_| true);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].key.rule.as_str(), at(found[0].since)), ("r0", 3));
}

#[test]
fn a_minute_that_comes_again_changes_nothing_and_one_left_out_is_unasked() {
    let (program, rules) = compile(&[&[(Severity::Critical, "5xx > 10% for 2m")]]);
    let plan = Plan::new(&program);
    let ruleset = Ruleset {
        plan: &plan,
        rules: &rules,
    };
    let mut engine = SeriesEngine::new(series("a"), None, ruleset);
    let bad = sample(20);
    let bad = Observation::Sample(&bad);
    assert_eq!(engine.history_begin(), None);
    assert_eq!(engine.advance(minute(5), bad, ruleset, |_| true), []);
    assert_eq!(engine.history_begin(), Some(minute(5)));
    assert_eq!(engine.advance(minute(5), bad, ruleset, |_| true), []);
    assert_eq!(engine.advance(minute(4), bad, ruleset, |_| true), []);
    assert_eq!(engine.advance(minute(7), bad, ruleset, |_| true), []);
    assert_eq!(engine.advance(minute(8), bad, ruleset, |_| true).len(), 1);
    assert_eq!(engine.last(), Some(minute(8)));
    let far = minute(200_000_000);
    assert_eq!(
        engine.advance(far, Observation::Absent, ruleset, |_| true),
        []
    );
}

#[test]
fn a_minute_in_which_nothing_happens_asks_for_no_memory() {
    let (program, rules) = compile(&[
        &[
            (Severity::Warning, "5xx > 30% for 3m"),
            (
                Severity::Critical,
                "max(5xx over 1h) > 60% given requests >= 50 until 5xx < 5%",
            ),
        ],
        &[(
            Severity::Critical,
            "p90(5xx over 30m) > 90% on at least 2 domains",
        )],
        &[(Severity::Critical, "burn(5xx over 10m, 99%) > 99")],
    ]);
    let plan = Plan::new(&program);
    let ruleset = Ruleset {
        plan: &plan,
        rules: &rules,
    };
    let mut engine = SeriesEngine::new(series("a"), None, ruleset);
    let row = row("20 40 _ 15 - 0 ? 12 45 7");
    let measured = allocation_counter::measure(|| {
        for t in 0..500 {
            let cell = &row[usize::try_from(t).unwrap() % row.len()];
            let found = engine.advance(minute(t), observe(cell), ruleset, |_| true);
            assert!(found.is_empty());
        }
    });
    assert_eq!(measured.count_total, 0);
}

#[test]
fn a_rule_is_covered_when_its_reach_lies_within_the_history() {
    assert_eq!(
        Coverage::at(minute(2), 3, Some(minute(0))),
        Coverage::Covered
    );
    assert_eq!(
        Coverage::at(minute(1), 3, Some(minute(0))),
        Coverage::WarmingUp
    );
    assert_eq!(
        Coverage::at(minute(0), 0, Some(minute(0))),
        Coverage::Covered
    );
    assert_eq!(Coverage::at(minute(9), 1, None), Coverage::WarmingUp);
    assert_eq!(Coverage::begin(1, minute(4)), minute(4));
}

fn file(domains: &[(&str, i64, &str)]) -> Samples {
    let mut samples = Samples::new();
    for (domain, first, text) in domains {
        let minutes: &mut BTreeMap<_, _> = samples.entry(DomainName::from(*domain)).or_default();
        for (t, cell) in (*first..).zip(row(text)) {
            if let Cell::Sample(sample) = cell {
                minutes.insert(minute(t), sample);
            }
        }
    }
    samples
}

fn told(found: &[Transition]) -> Vec<String> {
    let line = |t: &Transition| {
        let (_, domain, _) = t.key.columns();
        let event = match t.event {
            Event::Fired => "fired",
            Event::SeverityChanged { .. } => "changed",
            Event::Resolved => "resolved",
            Event::Ended { .. } => "ended",
        };
        format!("{} {} {domain} {event}", at(t.minute), t.key.rule)
    };
    found.iter().map(line).collect()
}

#[test]
fn events_come_by_minute_then_rule_then_domain() {
    let (program, rules) = compile(&[
        &[(Severity::Critical, "no data for 2m")],
        &[(Severity::Critical, "5xx > 10%")],
        &[(Severity::Critical, "5xx > 10% on at least 2 domains")],
    ]);
    let samples = file(&[("b", 0, "20 20 20 0"), ("a", 1, "20 0")]);
    let found = backtest(&program, &rules, &samples, None);
    assert_eq!(
        told(&found),
        [
            "0 r1 b fired",
            "1 r1 a fired",
            "1 r2  fired",
            "2 r1 a resolved",
            "2 r2  resolved",
            "3 r1 b resolved",
        ]
    );
    assert_eq!(
        event_line(&found[0]).unwrap(),
        format!(
            r#"{{"minute":"{}","rule":"r1","domain":"b","event":"fired","severity":"critical"}}"#,
            minute(0)
        )
    );
    assert!(!event_line(&found[2]).unwrap().contains("domain"));
    let later = backtest(&program, &rules, &samples, Some(minute(2)));
    assert_eq!(told(&later), ["2 r1 b fired", "3 r1 b resolved"]);
}

#[test]
fn a_rule_of_many_domains_is_judged_once_all_have_a_history() {
    let (program, rules) = compile(&[&[(
        Severity::Critical,
        "5xx > 10% until 5xx < 1% on at least 1 domains",
    )]]);
    let samples = file(&[("a", 0, "20 5 5 20"), ("b", 1, "5 5 5")]);
    let found = backtest(&program, &rules, &samples, None);
    assert_eq!(told(&found), ["3 r0  fired"]);
    assert_eq!(found[0].evidence.domains.len(), 1);
    assert_eq!(found[0].evidence.values[0].text, "domains");
}

#[test]
fn a_stored_state_that_does_not_fit_is_refused() {
    let (_, rules) = compile(&[
        &[(Severity::Critical, "5xx > 10%")],
        &[
            (Severity::Warning, "5xx > 5%"),
            (Severity::Critical, "5xx > 10%"),
        ],
    ]);
    let text = r#"{"version":1,"tiers":[{"inactive":{"run":null}}]}"#;
    let stored = StoredAlert::parse(text).unwrap();
    assert!(stored.clone().into_state(&rules[0]).unwrap().is_initial());
    assert!(matches!(
        stored.into_state(&rules[1]),
        Err(StoredError::Severities)
    ));
    let future = text.replace("\"version\":1", "\"version\":2");
    assert!(matches!(
        StoredAlert::parse(&future),
        Err(StoredError::Version(2))
    ));
    assert!(matches!(StoredAlert::parse("{"), Err(StoredError::Json(_))));
    let wild = r#"{"version":1,"tiers":[{"firing":{"since":-1,"fired":0,"peak":null}}]}"#;
    let stored = StoredAlert::parse(wild).unwrap();
    assert!(matches!(
        stored.into_state(&rules[0]),
        Err(StoredError::Range(-1))
    ));
    let empty = StoredFleet::from(&FleetState::default()).to_json();
    let fleet = FleetState::try_from(StoredFleet::parse(&empty).unwrap()).unwrap();
    assert_eq!(fleet, FleetState::default());
}
