//! The engine against the worked cases, and against the definitions themselves.

use std::collections::BTreeMap;
use std::sync::Arc;

use foghorn::engine::{
    Ballot, Evaluator, Event, Extent, Findings, Judge, Observation, OnUnknown, Part, Plan,
    Proportion, Recording, Rule, Ruleset, Sample, SeriesEngine, StoredAlert, Transition,
};
use foghorn::lang::ast::Comparator;
use foghorn::lang::program::{Compiled, Node, NodeId, Program, Reduce, Tier, Worst};
use foghorn::lang::{Compiler, Names, parse_expr, parse_when};
use foghorn::replay::{self, backtest};
use foghorn::samples::Samples;
use foghorn::unit::{Decimal, DomainName, GlobList, Minute, Severity, StatusSet};
use proptest::prelude::*;
use serde_json::Value as Json;

use crate::naive::{Known, Naive, Value, reach};

fn minute(at: usize) -> Minute {
    let start: Minute = "2026-11-22T10:00:00Z".parse().unwrap();
    Minute::from_epoch(start.epoch() + i64::try_from(at).unwrap()).unwrap()
}

fn cases(name: &str) -> Vec<Json> {
    let path = format!("{}/tests/vectors/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The samples of one domain, as the cases write them, taken in as lines of a file.
fn record(samples: &mut Samples, domain: &str, list: &Json) {
    for (at, sample) in list.as_array().unwrap().iter().enumerate() {
        if sample.is_null() {
            continue;
        }
        let codes = sample.get("codes").unwrap_or(sample);
        let counts = sample.get("counts").unwrap_or(&Json::Null);
        let line = serde_json::json!({
            "domain": domain, "minute": minute(at).to_string(), "codes": codes, "counts": counts,
        });
        foghorn::samples::take_line(&line.to_string(), samples).unwrap();
    }
}

/// Lets the file last as long as the case, whose last minutes may be absent.
fn lengthen(samples: &mut Samples, len: usize) {
    let filler = BTreeMap::from([(minute(len - 1), Sample::default())]);
    samples.insert(DomainName::from("zz-filler"), filler);
}

#[test]
fn every_worked_value_comes_out() {
    for case in cases("values") {
        let (expr, faults) = parse_expr(case["expr"].as_str().unwrap());
        assert_eq!(faults, [], "{case}");
        let mut compiler = Compiler::default();
        let node = compiler.expr(&expr.unwrap(), &Names::default()).unwrap();
        let mut samples = Samples::new();
        record(&mut samples, "a", &case["samples"]);
        lengthen(&mut samples, case["samples"].as_array().unwrap().len());
        let mut values = Vec::new();
        replay::eval(&compiler.finish(), node, &samples, |evaluated| {
            if evaluated.domain.as_str() == "a" {
                let line: Json = serde_json::from_str(&replay::eval_line(&evaluated)).unwrap();
                values.push(line["value"].clone());
            }
            Ok::<(), ()>(())
        })
        .unwrap();
        assert_eq!(Json::from(values), case["values"], "{case}");
    }
}

fn rule(name: &str, case: &Json, compiler: &mut Compiler) -> Rule {
    let tiers: Vec<_> = Severity::ALL
        .into_iter()
        .filter_map(|severity| {
            let text = case["when"].get(severity.as_str())?.as_str()?;
            let (when, faults) = parse_when(text);
            assert_eq!(faults, [], "{case}");
            Some((severity, when.unwrap()))
        })
        .collect();
    Rule {
        name: name.to_owned(),
        domains: GlobList::parse(["*", "!zz-filler"]),
        on_unknown: match case.get("on_unknown").and_then(Json::as_str) {
            Some("clear") => OnUnknown::Clear,
            Some("fire") => OnUnknown::Fire,
            _ => OnUnknown::Hold,
        },
        compiled: compiler.rule(&tiers, &Names::default()).unwrap().into(),
    }
}

/// The events of a case as it writes them.
fn told(found: &[Transition], with_severity: bool) -> Json {
    let lines = found.iter().map(|transition| {
        let text = replay::event_line(transition).unwrap();
        let mut line: Json = serde_json::from_str(&text).unwrap();
        let line = line.as_object_mut().unwrap();
        line.remove("rule");
        line.remove("domain");
        if !with_severity {
            line.remove("severity");
        }
        let at = transition.minute.epoch() - minute(0).epoch();
        line.insert("minute".to_owned(), at.into());
        Json::from(line.clone())
    });
    lines.collect::<Vec<_>>().into()
}

#[test]
fn every_worked_event_comes_out() {
    for case in cases("events") {
        let mut compiler = Compiler::default();
        let rules = [rule("r", &case, &mut compiler)];
        let mut samples = Samples::new();
        record(&mut samples, "a", &case["samples"]);
        lengthen(&mut samples, case["samples"].as_array().unwrap().len());
        let found = backtest(&compiler.finish(), &rules, &samples, None);
        assert_eq!(told(&found, true), case["events"], "{case}");
    }
}

#[test]
fn every_worked_event_of_many_domains_comes_out() {
    for case in cases("fleet") {
        let mut compiler = Compiler::default();
        let rules = [rule("r", &case, &mut compiler)];
        let mut samples = Samples::new();
        for (domain, list) in case["domains"].as_object().unwrap() {
            record(&mut samples, domain, list);
        }
        let found = backtest(&compiler.finish(), &rules, &samples, None);
        assert_eq!(told(&found, false), case["events"], "{case}");
    }
}

/// Alert states that go through the store at every minute, beside a machine that is made anew
/// from the past, give the same events.
#[test]
fn a_stored_alert_continues_as_if_nothing_had_happened() {
    for case in cases("events") {
        let mut compiler = Compiler::default();
        let rules = [rule("r", &case, &mut compiler)];
        let program = compiler.finish();
        let plan = Plan::new(&program);
        let ruleset = Ruleset {
            plan: &plan,
            rules: &rules,
        };
        let mut samples = Samples::new();
        record(&mut samples, "a", &case["samples"]);
        let recorded = &samples["a"];
        let observe = |at: usize| {
            recorded
                .get(&minute(at))
                .map_or(Observation::Absent, Observation::Sample)
        };
        let series = foghorn::unit::Series {
            account: "x".into(),
            domain: "a".into(),
        };
        let begin = recorded.keys().next().copied();
        let mut stored = None;
        let mut found = Vec::new();
        for at in 0..case["samples"].as_array().unwrap().len() {
            let mut engine = SeriesEngine::new(series.clone(), begin, ruleset);
            for past in 0..at {
                engine.advance(minute(past), observe(past), ruleset, |_| false);
            }
            if let Some(text) = stored {
                let state = StoredAlert::parse(text)
                    .unwrap()
                    .into_state(&rules[0])
                    .unwrap();
                assert!(engine.take_up(0, state));
            }
            found.extend(engine.advance(minute(at), observe(at), ruleset, |_| true));
            let text = StoredAlert::from(engine.alert(0).unwrap()).to_json();
            stored = Some(&*text.leak());
        }
        assert_eq!(told(&found, true), case["events"], "{case}");
        assert!(
            found
                .iter()
                .all(|t| t.since <= t.fired && t.fired <= t.minute)
        );
        assert!(
            found
                .iter()
                .all(|t| t.event != Event::Fired || t.fired == t.minute)
        );
    }
}

// ---- against the definitions ----

/// One step of a random program: what, of which operands, over how long.
type Draw = (u8, u16, u16, u32, u8);

const CODES: [Option<u16>; 7] = [
    Some(200),
    Some(206),
    Some(404),
    Some(500),
    Some(502),
    Some(599),
    None,
];

/// Returns a program of these steps; which nodes are conditions is given beside it.
fn program(draws: &[Draw]) -> (Program, Vec<bool>) {
    let mut nodes = Vec::new();
    let (mut values, mut conditions) = (Vec::new(), Vec::new());
    for draw in draws {
        let node = node(*draw, &values, &conditions);
        let is_condition = match node {
            Node::Offset(of, _) => conditions.contains(&of),
            Node::Compare(..)
            | Node::And(..)
            | Node::Or(..)
            | Node::Not(_)
            | Node::NoData
            | Node::NoTraffic
            | Node::Given(..)
            | Node::Hold { .. } => true,
            _ => false,
        };
        let id = NodeId(u32::try_from(nodes.len()).unwrap());
        nodes.push(node);
        if is_condition {
            conditions.push(id);
        } else {
            values.push(id);
        }
    }
    let is_condition = (0..nodes.len())
        .map(|at| conditions.iter().any(|id| id.0 as usize == at))
        .collect();
    (Program { nodes }, is_condition)
}

fn codes(pick: u8) -> StatusSet {
    match pick % 5 {
        0 => StatusSet::range(500, 599),
        1 => StatusSet::range(502, 502),
        2 => StatusSet::range(200, 299).union(StatusSet::range(404, 404)),
        3 => StatusSet::range(100, 599),
        _ => StatusSet::range(300, 301),
    }
}

fn leaf(pick: u8) -> Node {
    match pick % 8 {
        0 => Node::Requests,
        1 => Node::RequestsOf(codes(pick / 8)),
        2 => literal(pick / 8),
        _ => Node::Codes(codes(pick / 8)),
    }
}

fn literal(pick: u8) -> Node {
    let texts = [
        "0",
        "3",
        "-1.5",
        "0.000000001",
        "10",
        "9000000000",
        "1000000.000000001",
    ];
    Node::Literal(texts[usize::from(pick) % texts.len()].parse().unwrap())
}

fn node((what, a, b, over, pick): Draw, values: &[NodeId], conditions: &[NodeId]) -> Node {
    let of = |list: &[NodeId], at: u16| {
        // The later nodes are the deeper ones.
        let at = usize::from(at) % list.len().max(1);
        list.get(list.len().wrapping_sub(1 + at)).copied()
    };
    let (Some(x), Some(y)) = (of(values, a), of(values, b)) else {
        return leaf(pick);
    };
    let comparators = [
        Comparator::Greater,
        Comparator::GreaterOrEqual,
        Comparator::Less,
        Comparator::LessOrEqual,
        Comparator::Equal,
        Comparator::NotEqual,
    ];
    let compare = Node::Compare(comparators[usize::from(pick) % 6], x, y);
    let (Some(first), Some(second)) = (of(conditions, a), of(conditions, b)) else {
        return if what % 2 == 0 { compare } else { leaf(pick) };
    };
    let needed = u32::from(pick) % over + 1;
    match what % 28 {
        0 => Node::Offset(x, over),
        1 => Node::Negative(x),
        2 => Node::Add(x, y),
        3 => Node::Subtract(x, y),
        4 => Node::Multiply(x, y),
        5 => Node::Divide(x, y),
        6 => Node::OrElse(x, y),
        7 => Node::Window(Reduce::Avg, x, over),
        8 => Node::Window(Reduce::Sum, x, over),
        9 => Node::Window(Reduce::Min, x, over),
        10 => Node::Window(Reduce::Max, x, over),
        11 | 12 => Node::Window(Reduce::Percentile(pick % 99 + 1), x, over),
        13 => Node::Window(Reduce::Stddev, x, over),
        14 => Node::Share(codes(pick), over),
        15 | 16 => compare,
        17 => Node::And(first, second),
        18 => Node::Or(first, second),
        19 => Node::Not(first),
        20 => Node::NoData,
        21 => Node::NoTraffic,
        22 => Node::Given(first, second),
        23 => Node::Hold {
            of: first,
            needed: over,
            over,
        },
        24 => Node::Hold {
            of: first,
            needed,
            over,
        },
        25 => Node::Offset(first, over),
        _ => leaf(pick),
    }
}

fn sample() -> impl Strategy<Value = Sample> {
    let percent = prop_oneof![
        3 => (0_i64..=1_000).prop_map(|tenths| tenths * 100_000_000_000_000),
        1 => 0_i64..=100_000_000_000_000_000,
        1 => (0_i64..200).prop_map(|halves| halves * 500_000),
    ];
    let count = prop_oneof![
        4 => (0_u64..50).prop_map(Some),
        1 => Just(Some(0)),
        1 => (0_u64..10_000_000_000).prop_map(Some),
    ];
    let part = (0..CODES.len(), percent, count);
    let counted = prop_oneof![2 => Just(0_u8), 2 => Just(1), 1 => Just(2)];
    (proptest::collection::vec(part, 0..5), counted).prop_map(|(parts, counted)| {
        let parts = parts.into_iter().enumerate();
        let parts = parts.map(|(at, (code, units, count))| Part {
            code: CODES[code],
            proportion: Proportion::from_units(units).unwrap(),
            count: count.filter(|_| counted == 1 || (counted == 2 && at == 0)),
        });
        Sample::new(parts.collect()).unwrap()
    })
}

fn known() -> impl Strategy<Value = Known> {
    prop_oneof![
        12 => sample().prop_map(Known::Sample),
        2 => Just(Known::Sample(Sample::default())),
        2 => Just(Known::Absent),
        1 => Just(Known::Unasked),
    ]
}

fn observation(known: &Known) -> Observation<'_> {
    match known {
        Known::Sample(sample) => Observation::Sample(sample),
        Known::Absent => Observation::Absent,
        Known::Unasked => Observation::Unasked,
    }
}

/// Holds the engine against the definitions, and makes it anew after each of the cuts.
fn check(draws: &[Draw], minutes: &[Known], cuts: &[bool]) -> Result<(), TestCaseError> {
    let (program, is_condition) = program(draws);
    let ids = (0..program.nodes.len()).map(|at| NodeId(u32::try_from(at).unwrap()));
    let ids: Vec<NodeId> = ids.collect();
    let longest = ids.iter().map(|id| reach(&program, *id)).max().unwrap_or(0);
    let all = minutes.iter().cloned().enumerate();
    let all = all
        .map(|(t, known)| (i64::try_from(t).unwrap(), known))
        .collect();
    let naive = Naive::new(&program, all);
    let plan = Plan::new(&program);
    let mut evaluator = Evaluator::new(&plan);
    for (t, known) in minutes.iter().enumerate() {
        evaluator.advance(&plan, observation(known));
        if cuts[t % cuts.len()] {
            evaluator = Evaluator::new(&plan);
            let past = &minutes[(t + 1).saturating_sub(longest as usize)..=t];
            for (ago, known) in (0..past.len()).rev().zip(past) {
                // Every other time with nothing left out.
                if t % 2 == 0 {
                    evaluator.advance(&plan, observation(known));
                } else {
                    let ago = u32::try_from(ago).unwrap();
                    evaluator.look_back(&plan, observation(known), ago);
                }
            }
        }
        for id in &ids {
            let expected = naive.at(*id, i64::try_from(t).unwrap());
            let found = if is_condition[id.0 as usize] {
                evaluator.truth(*id).map(Value::Truth)
            } else {
                let units = |decimal: Decimal| Value::Units(decimal.units().into());
                evaluator.decimal(*id).map(units)
            };
            let node = program.nodes[id.0 as usize];
            prop_assert_eq!(found, expected, "{:?} {:?} at {}", id, node, t);
        }
    }
    Ok(())
}

fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig {
        cases: usual.cases.max(512),
        failure_persistence: None,
        ..usual
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_engine_agrees_with_the_definitions(
        draws in proptest::collection::vec(any::<Draw>().prop_map(|(w, a, b, over, p)| (w, a, b, over % 9 + 1, p)), 1..40),
        minutes in proptest::collection::vec(known(), 1..40),
        cuts in proptest::collection::vec(proptest::bool::weighted(0.1), 40),
    ) {
        check(&draws, &minutes, &cuts)?;
    }
}

/// A multiple of how many minutes the engine works out at once.
const BLOCK: i64 = 512;

/// Returns the minutes as a recording that crosses the end of a block, and its first minute.
/// Nothing in a recording is unasked.
fn recorded(minutes: &[Known], before: usize) -> (Recording, Minute) {
    let end = minute(0).epoch() / BLOCK * BLOCK;
    let start = Minute::from_epoch(end - i64::try_from(before).unwrap()).unwrap();
    let mut recording = Recording::default();
    for (t, known) in minutes.iter().enumerate() {
        let minute = Minute::from_epoch(start.epoch() + i64::try_from(t).unwrap()).unwrap();
        match known {
            Known::Sample(sample) => {
                // What was there before must not matter.
                recording.insert(minute, &counted(7));
                recording.insert(minute, sample);
            }
            Known::Unasked => recording.insert_new_unasked(minute),
            Known::Absent => {}
        }
    }
    (recording, start)
}

/// Holds blocks against single minutes: every value of every node.
fn check_blocks(
    (program, is_condition): (Program, Vec<bool>),
    minutes: &[Known],
    before: usize,
) -> Result<(), TestCaseError> {
    let (recording, start) = recorded(minutes, before);
    let after =
        |count: usize| Minute::from_epoch(start.epoch() + i64::try_from(count).unwrap()).unwrap();
    let plan = Plan::new(&program);
    let mut single = Evaluator::new(&plan);
    let mut blocks = Evaluator::for_blocks(&plan);
    let (mut t, last) = (0, after(minutes.len() - 1));
    while t < minutes.len() {
        let count = blocks.advance_block(&plan, &recording, (after(t), last));
        for at in 0..count {
            single.advance(&plan, observation(&minutes[t + at]));
            // Who asks for a node first has nothing of what it is made of.
            let ids = 0..program.nodes.len();
            let last_first: Vec<usize> = if before.is_multiple_of(2) {
                ids.collect()
            } else {
                ids.rev().collect()
            };
            for id in last_first {
                let (is_condition, node) = (is_condition[id], NodeId(u32::try_from(id).unwrap()));
                blocks.ask(&plan, node);
                blocks.look_at(at);
                let of = |evaluator: &Evaluator| {
                    if is_condition {
                        (evaluator.truth(node), None)
                    } else {
                        (None, evaluator.decimal(node))
                    }
                };
                let what = program.nodes[id];
                prop_assert_eq!(
                    of(&blocks),
                    of(&single),
                    "{:?} {:?} at {}",
                    node,
                    what,
                    t + at
                );
                prop_assert_eq!(blocks.is_known(node), single.is_known(node));
            }
        }
        t += count;
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn blocks_agree_with_single_minutes(
        draws in proptest::collection::vec(any::<Draw>().prop_map(|(w, a, b, over, p)| (w, a, b, over % 9 + 1, p)), 1..40),
        minutes in proptest::collection::vec(known(), 1..150),
        before in 0_usize..150,
    ) {
        check_blocks(program(&draws), &minutes, before)?;
    }

    #[test]
    fn a_recording_gives_back_what_was_put_in(
        minutes in proptest::collection::vec(known(), 1..300),
        before in 0_usize..300,
    ) {
        let (recording, start) = recorded(&minutes, before);
        for (t, known) in minutes.iter().enumerate() {
            let minute = Minute::from_epoch(start.epoch() + i64::try_from(t).unwrap()).unwrap();
            let found = recording.sample(minute);
            match known {
                Known::Sample(sample) => {
                    let found = found.unwrap();
                    prop_assert!(replay::record::is_alike(&found, sample), "{:?} {:?}", found, sample);
                }
                Known::Absent | Known::Unasked => prop_assert_eq!(found, None),
            }
        }
    }

    #[test]
    fn a_judged_recording_has_the_events_of_single_minutes(
        draws in proptest::collection::vec(any::<Draw>().prop_map(|(w, a, b, over, p)| (w, a, b, over % 9 + 1, p)), 8..30),
        minutes in proptest::collection::vec(known(), 1..200),
        before in 0_usize..200,
        begin in 0_usize..100,
        is_fleet in any::<bool>(),
    ) {
        let (mut program, is_condition) = program(&draws);
        let (recording, start) = recorded(&minutes, before);
        let nodes = || (0..).map(NodeId).zip(&is_condition);
        let conditions: Vec<NodeId> = nodes().filter(|(_, is)| **is).map(|(id, _)| id).collect();
        let values = nodes().filter(|(_, is)| !**is).map(|(id, _)| id);
        let parts: Vec<foghorn::lang::program::Part> = values.map(|node| foghorn::lang::program::Part {
            text: format!("{node:?}"),
            node,
            of: foghorn::lang::program::Type::Number,
            worst: if before.is_multiple_of(2) { Worst::Greatest } else { Worst::Least },
        }).collect();
        let mut rules = rules_over(&mut program, &conditions);
        for (at, rule) in rules.iter_mut().enumerate() {
            for tier in &mut Arc::make_mut(&mut rule.compiled).tiers {
                tier.parts = parts.iter().cycle().skip(at).take(parts.len()).cloned().collect();
                tier.fleet = (is_fleet && at % 2 == 0).then_some(foghorn::lang::ast::Fleet::Count(1));
            }
        }
        let plan = Plan::new(&program);
        let ruleset = Ruleset { plan: &plan, rules: &rules };
        let series = foghorn::unit::Series { account: "x".into(), domain: "a".into() };
        let after = |count: usize| Minute::from_epoch(start.epoch() + i64::try_from(count).unwrap()).unwrap();
        let begins: Vec<_> = (0..rules.len()).map(|at| (at % 3 == 1).then(|| after(begin))).collect();
        let last = after(240);

        let first = recording.first();
        let mut findings = Findings::default();
        if let Some(first) = first {
            let extent = Extent { first, last, history_begin: Some(first), begins: &begins };
            let judge = Judge::new(ruleset);
            let mut evaluator = judge.evaluator();
            // What was judged before must not matter.
            let mut others = Findings::default();
            judge.judge(&series, &recording, extent, (&mut evaluator, &mut others));
            judge.judge(&series, &recording, extent, (&mut evaluator, &mut findings));
        }

        let mut engine = SeriesEngine::new(series, first, ruleset);
        let mut expected = Vec::new();
        let mut ballots: Vec<Vec<(Minute, Ballot)>> = vec![Vec::new(); rules.len()];
        for minute in first.into_iter().flat_map(|first| first.until(last.next())) {
            let sample = recording.sample(minute);
            let known = usize::try_from(minute.epoch() - start.epoch()).unwrap();
            let is_unasked = matches!(minutes.get(known), Some(Known::Unasked));
            let absent = if is_unasked { Observation::Unasked } else { Observation::Absent };
            let observation = sample.as_ref().map_or(absent, Observation::Sample);
            let judges = |at: usize| begins[at].is_none_or(|begin| begin <= minute);
            expected.extend(engine.advance(minute, observation, ruleset, judges));
            for (at, ballots) in ballots.iter_mut().enumerate() {
                let ballot = engine.ballot(at).unwrap();
                if ballots.last().is_none_or(|(_, last)| *last != ballot) {
                    ballots.push((minute, ballot));
                }
            }
        }
        let place = |transition: &Transition| rules.iter().position(|r| r.name == transition.key.rule);
        let mut found: Vec<Transition> = findings.transitions.into_iter().map(|(_, it)| it).collect();
        found.sort_by_key(|transition| (transition.minute, place(transition)));
        prop_assert_eq!(found, expected);
        for voter in findings.voters {
            prop_assert_eq!(&voter.ballots, &ballots[voter.rule]);
        }
    }
}

proptest! {
    // Each has thousands of minutes.
    #![proptest_config(ProptestConfig { cases: config().cases / 16, ..config() })]

    #[test]
    fn long_windows_agree_in_blocks_and_in_single_minutes(
        draws in proptest::collection::vec(any::<Draw>().prop_map(|(w, a, b, over, p)| (w, a, b, over % 1500 + 1, p)), 1..20),
        minutes in proptest::collection::vec(known(), 200..400),
        times in 1_usize..6,
        before in 0_usize..600,
    ) {
        let minutes: Vec<Known> = minutes.iter().cycle().take(minutes.len() * times).cloned().collect();
        check_blocks(program(&draws), &minutes, before)?;
    }

    #[test]
    fn calm_hours_agree_in_blocks_and_in_single_minutes(
        draws in proptest::collection::vec(any::<Draw>().prop_map(|(w, a, b, over, p)| (w, a, b, over % 400 + 1, p)), 1..30),
        calm in proptest::collection::vec(sample(), 2),
        changes in proptest::collection::vec((0_usize..1_200, 1_usize..20, known()), 0..6),
        before in 0_usize..600,
    ) {
        let mut minutes: Vec<Known> = (0..1_200).map(|at| Known::Sample(calm[at % 2].clone())).collect();
        for (begin, len, known) in changes {
            let end = (begin + len).min(minutes.len());
            minutes[begin..end].fill(known);
        }
        check_blocks(program(&draws), &minutes, before)?;
    }
}

/// Windows of every kind over what is never below nought, what is never above it, and what is both.
fn windows(over: &[u32]) -> (Program, Vec<bool>) {
    let mut nodes = vec![
        Node::Codes(StatusSet::range(500, 599)),
        Node::Codes(StatusSet::range(404, 404)),
        Node::Negative(NodeId(0)),
        Node::Subtract(NodeId(0), NodeId(1)),
    ];
    for (at, over) in over.iter().enumerate() {
        for reduce in [
            Reduce::Avg,
            Reduce::Sum,
            Reduce::Min,
            Reduce::Max,
            Reduce::Percentile(90),
            Reduce::Stddev,
        ] {
            let of = [NodeId(0), NodeId(2), NodeId(3)][at % 3];
            nodes.push(Node::Window(reduce, of, *over));
        }
    }
    let conditions = vec![false; nodes.len()];
    (Program { nodes }, conditions)
}

/// A minute that is calm but for what its outage adds.
fn calm(at: usize, more: i64) -> Known {
    const TENTH: i64 = 100_000_000_000_000;
    let noise = |by: usize| i64::try_from(at * by % 13).unwrap();
    let part = |code: u16, tenths: i64| Part {
        code: Some(code),
        proportion: Proportion::from_units(tenths * TENTH).unwrap(),
        count: None,
    };
    let parts = vec![part(502, noise(7) + more), part(404, noise(5))];
    Known::Sample(Sample::new(parts).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..config() })]

    /// What is sketched of a block before it is worked out is held against it where it is.
    #[test]
    fn outages_enter_and_leave_long_windows_within_what_is_sketched(
        over in proptest::collection::vec(257_u32..1_500, 3),
        outages in proptest::collection::vec((0_usize..3_000, 1_usize..90, 0_i64..900, any::<bool>()), 1..8),
        before in 0_usize..600,
    ) {
        let mut minutes: Vec<Known> = (0..3_000).map(|at| calm(at, 0)).collect();
        for (begin, len, more, is_silent) in outages {
            for at in begin..(begin + len).min(minutes.len()) {
                minutes[at] = if is_silent { Known::Absent } else { calm(at, more) };
            }
        }
        check_blocks(windows(&over), &minutes, before)?;
    }
}

/// Events of rules over random conditions, with the state made anew, and the alerts taken from
/// what was stored, after each of the cuts; without cuts they are the same.
fn events(rules: &[Rule], plan: &Plan, minutes: &[Known], cuts: &[bool]) -> Vec<Transition> {
    let ruleset = Ruleset { plan, rules };
    let series = foghorn::unit::Series {
        account: "x".into(),
        domain: "a".into(),
    };
    let begin = Some(minute(0));
    let mut engine = SeriesEngine::new(series.clone(), begin, ruleset);
    let mut found = Vec::new();
    let reach = rules.iter().map(|rule| rule.compiled.reach as usize).max();
    for (t, known) in minutes.iter().enumerate() {
        found.extend(engine.advance(minute(t), observation(known), ruleset, |_| true));
        if !cuts[t % cuts.len()] {
            continue;
        }
        let mut anew = SeriesEngine::new(series.clone(), begin, ruleset);
        let first = (t + 1).saturating_sub(reach.unwrap_or(0));
        for (past, known) in minutes.iter().enumerate().take(t + 1).skip(first) {
            let known = observation(known);
            assert_eq!(anew.advance(minute(past), known, ruleset, |_| false), []);
        }
        for (at, rule) in rules.iter().enumerate() {
            let text = StoredAlert::from(engine.alert(at).unwrap()).to_json();
            let state = StoredAlert::parse(&text).unwrap().into_state(rule).unwrap();
            assert_eq!(Some(&state), engine.alert(at));
            assert!(anew.take_up(at, state));
        }
        engine = anew;
    }
    found
}

/// Returns rules over the last conditions of a program, each held for a while.
fn rules_over(program: &mut Program, conditions: &[NodeId]) -> Vec<Rule> {
    let mut rules = Vec::new();
    for (at, pair) in conditions.rchunks(2).take(6).enumerate() {
        // The simplest kind of rule, over which blocks make haste, is among them.
        let severities = [Severity::Warning, Severity::Critical];
        let severities = &severities[..if at % 3 == 0 { 1 } else { 2 }];
        let tiers = severities.iter().map(|severity| {
            let unheld = pair[0];
            let hold = Node::Hold {
                of: unheld,
                needed: 2,
                over: 3,
            };
            program.nodes.push(hold);
            Tier {
                severity: *severity,
                condition: NodeId(u32::try_from(program.nodes.len() - 1).unwrap()),
                unheld,
                until: (at % 2 == 1).then(|| pair[pair.len() - 1]),
                fleet: None,
                slack: 1,
                parts: Vec::new(),
                text: String::new(),
            }
        });
        let tiers: Vec<Tier> = tiers.collect();
        let ends = tiers
            .iter()
            .flat_map(|tier| [Some(tier.condition), tier.until]);
        let ends: Vec<NodeId> = ends.flatten().collect();
        let policies = [OnUnknown::Hold, OnUnknown::Clear, OnUnknown::Fire];
        rules.push(Rule {
            name: format!("r{at}"),
            domains: GlobList::all(),
            on_unknown: policies[at % 3],
            compiled: Arc::new(Compiled {
                reach: ends.iter().map(|id| reach(program, *id)).max().unwrap(),
                tiers,
            }),
        });
    }
    rules
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_state_that_is_made_anew_goes_on_with_the_same_events(
        draws in proptest::collection::vec(any::<Draw>().prop_map(|(w, a, b, over, p)| (w, a, b, over % 5 + 1, p)), 8..30),
        minutes in proptest::collection::vec(known(), 1..60),
        cuts in proptest::collection::vec(proptest::bool::weighted(0.2), 60),
    ) {
        let (mut program, is_condition) = program(&draws);
        let ids = (0..).map(NodeId).zip(is_condition);
        let conditions: Vec<NodeId> = ids.filter(|(_, is)| *is).map(|(id, _)| id).collect();
        let rules = rules_over(&mut program, &conditions);
        let plan = Plan::new(&program);
        let straight = events(&rules, &plan, &minutes, &[false]);
        prop_assert_eq!(events(&rules, &plan, &minutes, &cuts), straight);
    }
}

#[test]
fn a_minute_asks_for_no_memory_once_the_windows_are_there() {
    let codes = StatusSet::range(500, 599);
    let draws = (0..28)
        .map(|what| (what, 0, 1, 7, 3))
        .collect::<Vec<Draw>>();
    let mut nodes = program(&[(0, 0, 0, 1, 3), (0, 0, 0, 1, 3)]).0.nodes;
    nodes.extend(program(&draws).0.nodes.into_iter().skip(2));
    for reduce in [
        Reduce::Min,
        Reduce::Max,
        Reduce::Percentile(90),
        Reduce::Stddev,
    ] {
        nodes.push(Node::Window(reduce, NodeId(0), 60));
    }
    nodes.push(Node::Share(codes, 60));
    let plan = Plan::new(&Program { nodes });
    let part = |code, units: i64| Part {
        code: Some(code),
        proportion: Proportion::from_units(units).unwrap(),
        count: Some(units.unsigned_abs() / 1_000_000_000_000),
    };
    let samples: Vec<Sample> = (0..97_i64)
        .map(|at| at * 37 % 97 * 1_000_000_000_000_000)
        .map(|units| Sample::new(vec![part(200, 1_000_000_000_000_000), part(502, units)]).unwrap())
        .collect();
    let mut evaluator = Evaluator::new(&plan);
    let measured = allocation_counter::measure(|| {
        for at in 0..1_000 {
            let observation = match at % 11 {
                3 => Observation::Absent,
                7 => Observation::Unasked,
                _ => Observation::Sample(&samples[at % samples.len()]),
            };
            evaluator.advance(&plan, observation);
        }
    });
    assert_eq!(measured.count_total, 0);
}

/// A minute with so many responses.
fn counted(count: u64) -> Sample {
    if count == 0 {
        return Sample::default();
    }
    let part = Part {
        code: Some(200),
        proportion: Proportion::default(),
        count: Some(count),
    };
    Sample::new(vec![part]).unwrap()
}

#[test]
fn a_deviation_is_worked_out_up_to_a_million_and_of_a_whole_week() {
    let literal = |text: &str| Node::Literal(text.parse().unwrap());
    let nodes = vec![
        Node::Requests,
        literal("1000000"),
        Node::Subtract(NodeId(0), NodeId(1)),
        Node::Window(Reduce::Stddev, NodeId(2), 2),
        Node::Window(Reduce::Stddev, NodeId(2), 10_080),
    ];
    let plan = Plan::new(&Program { nodes });
    let mut evaluator = Evaluator::new(&plan);
    let mut give = |count| {
        evaluator.advance(&plan, Observation::Sample(&counted(count)));
        let text = |id| evaluator.decimal(id).map(|value| value.to_string());
        (text(NodeId(3)), text(NodeId(4)))
    };
    let million = Some("1000000".to_owned());
    for _ in 0..5_040 {
        give(2_000_000);
        assert_eq!(give(1).0.as_deref(), Some("999999.5"));
    }
    for _ in 0..5_040 {
        give(0);
        give(2_000_000);
    }
    assert_eq!(give(0), (million.clone(), million));
    assert_eq!(give(2_000_001), (None, None));
    assert_eq!(give(2_000_000), (None, None));
    assert_eq!(give(2_000_000), (Some("0".to_owned()), None));
}

#[test]
fn literals_are_known_before_the_history_begins() {
    let node = |text: &str| Node::Literal(text.parse().unwrap());
    let nodes = vec![
        node("3"),
        Node::Window(Reduce::Sum, NodeId(0), 5),
        Node::Codes(StatusSet::range(500, 599)),
        node("10"),
        Node::Compare(Comparator::Greater, NodeId(2), NodeId(3)),
        Node::Compare(Comparator::Greater, NodeId(0), NodeId(3)),
        Node::Not(NodeId(5)),
        Node::Or(NodeId(4), NodeId(6)),
        Node::Hold {
            of: NodeId(7),
            needed: 5,
            over: 5,
        },
    ];
    let plan = Plan::new(&Program { nodes });
    let mut evaluator = Evaluator::new(&plan);
    evaluator.advance(&plan, Observation::Absent);
    assert_eq!(evaluator.decimal(NodeId(1)).unwrap().to_string(), "15");
    assert_eq!(evaluator.truth(NodeId(8)), Some(true));
    assert_eq!(evaluator.truth(NodeId(4)), None);
}
