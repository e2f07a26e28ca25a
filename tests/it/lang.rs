//! The rule language: what compiles, what is refused, and in which words.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use foghorn::diag::{Code, Diagnostic};
use foghorn::lang::ast::Expr;
use foghorn::lang::program::{Compiled, Node, Worst};
use foghorn::lang::{Compiler, EXPRESSION_MAX, Names, Program, parse_expr, parse_when};
use foghorn::unit::Severity;
use proptest::prelude::*;
use serde_json::Value;

use crate::generate;

/// The lines of a file of vectors.
fn vectors(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The faults of a rule of one severity.
fn faults(text: &str) -> Vec<Diagnostic> {
    let (when, mut faults) = parse_when(text);
    if let Some(when) = when {
        let tiers = [(Severity::Critical, when)];
        if let Err(more) = Compiler::default().rule(&tiers, &Names::default()) {
            faults.extend(more.into_iter().map(|(_, fault)| fault));
        }
    }
    faults
}

/// The faults as a person reads them, below the text.
fn told(text: &str) -> String {
    let mut page = format!("{text}\n");
    for fault in faults(text) {
        let (start, end) = (fault.primary.span.start(), fault.primary.span.end());
        let column = text[..start].chars().count();
        let width = text[start..end].chars().count().max(1);
        let marks = "^".repeat(width);
        let help = fault.help.unwrap_or_else(|| "NO HELP".to_owned());
        let (code, message) = (fault.code, fault.message);
        writeln!(page, "{:column$}{marks} {code}: {message}", "").unwrap();
        writeln!(page, "{:column$}  {help}", "").unwrap();
    }
    page
}

#[test]
fn what_must_be_refused_is_refused_with_its_mend() {
    let mut page = String::new();
    for case in vectors(include_str!("../vectors/rejected.jsonl")) {
        let text = case["expr"].as_str().unwrap();
        assert!(!faults(text).is_empty(), "{text}");
        writeln!(page, "{}", told(text)).unwrap();
    }
    insta::assert_snapshot!(page);
}

#[test]
fn common_mistakes_are_named_in_the_words_of_the_language() {
    let mut page = String::new();
    for text in include_str!("../lang/mistakes.txt").lines() {
        assert!(!faults(text).is_empty(), "{text}");
        writeln!(page, "{}", told(text)).unwrap();
    }
    insta::assert_snapshot!(page);
}

#[test]
fn every_expression_of_the_vectors_compiles() {
    for case in vectors(include_str!("../vectors/values.jsonl")) {
        let text = case["expr"].as_str().unwrap();
        let (expr, faults) = parse_expr(text);
        assert_eq!(faults, [], "{text}");
        let mut compiler = Compiler::default();
        let lowered = compiler.expr(&expr.unwrap(), &Names::default());
        assert!(lowered.is_ok(), "{text}: {lowered:?}");
    }
}

#[test]
fn every_rule_of_the_vectors_compiles() {
    let (events, fleet) = (
        include_str!("../vectors/events.jsonl"),
        include_str!("../vectors/fleet.jsonl"),
    );
    for case in vectors(events).into_iter().chain(vectors(fleet)) {
        let whens: BTreeMap<String, String> = serde_json::from_value(case["when"].clone()).unwrap();
        let mut tiers: Vec<_> = whens
            .iter()
            .map(|(severity, text)| {
                let (when, faults) = parse_when(text);
                assert_eq!(faults, [], "{text}");
                (severity.parse::<Severity>().unwrap(), when.unwrap())
            })
            .collect();
        tiers.sort_by_key(|(severity, _)| *severity);
        let compiled = Compiler::default().rule(&tiers, &Names::default());
        assert!(compiled.is_ok(), "{whens:?}: {compiled:?}");
    }
}

/// The tree of a text that is right.
fn expr(text: &str) -> Expr {
    let (expr, faults) = parse_expr(text);
    assert_eq!(faults, [], "{text}");
    expr.unwrap()
}

/// The names of a file, and the faults of their definitions in one line each.
fn names(definitions: &[(&str, &str)]) -> (Names, Vec<String>) {
    let parsed = definitions.iter();
    let parsed = parsed.map(|(name, text)| ((*name).to_owned(), expr(text)));
    let (names, faults) = Names::check(parsed.collect());
    let line =
        |(name, fault): &(String, Diagnostic)| format!("{name}: {}: {}", fault.code, fault.message);
    (names, faults.iter().map(line).collect())
}

/// A lowered rule of one severity, and the graph that it is in.
fn compiled(text: &str, names: &Names) -> (Compiled, Program) {
    let (when, faults) = parse_when(text);
    assert_eq!(faults, [], "{text}");
    let mut compiler = Compiler::default();
    let compiled = compiler.rule(&[(Severity::Critical, when.unwrap())], names);
    (compiled.unwrap(), compiler.finish())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_parses_to_what_was_printed(when in generate::when()) {
        let text = when.to_string();
        prop_assume!(text.len() <= EXPRESSION_MAX);
        let (again, faults) = parse_when(&text);
        prop_assert_eq!(&faults, &[], "{}", text);
        let again = again.unwrap();
        prop_assert_eq!(again.condition.unplaced(), when.condition.clone(), "{}", text);
        prop_assert_eq!(again.until.as_ref().map(Expr::unplaced), when.until.clone(), "{}", text);
        prop_assert_eq!(again.fleet.map(|fleet| fleet.value), when.fleet.map(|fleet| fleet.value));
        prop_assert_eq!(again.to_string(), text);
    }

    #[test]
    fn what_is_well_typed_compiles_but_for_its_limits(when in generate::when()) {
        let lowered = Compiler::default().rule(&[(Severity::Info, when.clone())], &Names::default());
        for (_, fault) in lowered.err().unwrap_or_default() {
            prop_assert!(matches!(fault.code, Code::Duration | Code::Limit), "{when}: {fault:?}");
        }
    }

    #[test]
    fn no_text_of_the_language_s_own_words_makes_the_parser_panic(
        words in proptest::collection::vec(proptest::sample::select(WORDS.to_vec()), 0..40),
        glue in proptest::sample::select(vec!["", " ", "\n"]),
    ) {
        let text = words.join(glue);
        let (value, faults) = parse_when(&text);
        prop_assert!(value.is_some() || !faults.is_empty(), "{}", text);
        for fault in faults {
            prop_assert!(text.get(fault.primary.span.range()).is_some());
            prop_assert!(fault.help.is_some(), "{}: {}", text, fault.message);
        }
    }

    #[test]
    fn no_text_at_all_makes_the_parser_panic(text in any::<String>()) {
        let (value, faults) = parse_expr(&text);
        prop_assert!(value.is_some() || !faults.is_empty());
        for fault in faults {
            prop_assert!(text.get(fault.primary.span.range()).is_some());
        }
    }
}

const WORDS: [&str; 44] = [
    "5xx", "502", "50x", "..", "|", "10%", "3", "200", "1.5", "3m", "1h30m", "(", ")", "and", "or",
    "not", "for", "of", "until", "given", "on", "at", "least", "domains", "no", "data", "traffic",
    "requests", "share", "burn", "avg", "p95", "over", "offset", ",", ">", "<=", "+", "-", "*",
    "/", "gateway", "%", "=",
];

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn the_canonical_form_has_only_the_parentheses_that_are_needed() {
    for (text, canonical) in [
        ("5XX>10.0%   for 90m", "5xx > 10% for 1h30m"),
        ("(5xx > 10%)", "5xx > 10%"),
        (
            "5xx > 1% and 4xx > 1% for 3m",
            "(5xx > 1% and 4xx > 1%) for 3m",
        ),
        (
            "5xx > 1% and 4xx > 1% given requests > 9",
            "(5xx > 1% and 4xx > 1%) given requests > 9",
        ),
        (
            "(no data for 10m) and 5xx > 1%",
            "(no data for 10m) and 5xx > 1%",
        ),
        (
            "(no data or 5xx > 1%) or 4xx > 1%",
            "no data or 5xx > 1% or 4xx > 1%",
        ),
        (
            "no data and (5xx > 1% or 4xx > 1%)",
            "no data and (5xx > 1% or 4xx > 1%)",
        ),
        ("502|503|502|5XX > 1%", "502|503|5xx > 1%"),
        ("500 .. 504 | 50X > 1%", "500..504|50x > 1%"),
        (
            "(5xx > 1% given requests > 9) for 3m",
            "5xx > 1% given requests > 9 for 3m",
        ),
        (
            "5xx > 1% given requests > 9 and 4xx > 1% for 3m",
            "5xx > 1% given requests > 9 and 4xx > 1% for 3m",
        ),
        (
            "5xx > 1% given (requests > 9 or no data) for 3m",
            "5xx > 1% given (requests > 9 or no data) for 3m",
        ),
        (
            "5xx > 1% given requests > 9 or no data",
            "5xx > 1% given requests > 9 or no data",
        ),
        ("not(5xx>1%)", "not 5xx > 1%"),
        ("not (5xx > 1% and no data)", "not (5xx > 1% and no data)"),
        (
            "5xx - (4xx - 3xx) > (1% + 2%) * 3",
            "5xx - (4xx - 3xx) > (1% + 2%) * 3",
        ),
        (
            "(5xx - 4xx) - 3xx > 1% + (2% * 3)",
            "5xx - 4xx - 3xx > 1% + 2% * 3",
        ),
        ("- (5xx offset 5m) < -(-1%)", "-5xx offset 5m < --1%"),
        ("(-5xx) offset 5m < 1%", "(-5xx) offset 5m < 1%"),
        (
            "avg(5xx over 5m offset 1h) > 1%",
            "avg(5xx over 5m) offset 1h > 1%",
        ),
        (
            "requests > 200.0 + 0200 + 600",
            "requests > 200.0 + 200.0 + 600",
        ),
        ("requests >= 500", "requests >= 500"),
        (
            "5xx > 1% # why\n for 3m # so\n on at least 03 domains",
            "5xx > 1% for 3m on at least 3 domains",
        ),
        (
            "5xx > 1% for 5 of 1h until 5xx < 1% on at least 50.0% of domains",
            "5xx > 1% for 5 of 1h until 5xx < 1% on at least 50% of domains",
        ),
    ] {
        let (when, faults) = parse_when(text);
        assert_eq!(faults, [], "{text}");
        assert_eq!(when.unwrap().to_string(), canonical, "{text}");
    }
}

#[test]
fn a_bare_code_is_a_number_only_directly_beside_one() {
    for text in [
        "requests >= 500",
        "(500) <= requests",
        "requests + 200 > 300",
        "burn(5xx over 1h, 99%) / 200 > 1",
        "404 > 3 * 1%",
        "502 / 503 > 0.5",
        "200 / requests > 1%",
        "requests(404) / 100 > 2",
    ] {
        assert!(faults(text).is_empty(), "{text}: {:?}", faults(text));
    }
    let (names, told) = names(&[("limit", "200")]);
    assert!(told.is_empty());
    let compare = Compiler::default().expr(&expr("requests > limit"), &names);
    assert_eq!(compare.unwrap_err()[0].code, Code::TypeMismatch);
}

#[test]
fn a_selector_that_names_one_name_twice_is_that_name() {
    let twice = expr("errors|errors");
    assert_eq!(twice.to_string(), "errors");
    assert_eq!(twice.unplaced(), expr("errors").unplaced());
    assert_ne!(twice.unplaced(), expr("errors|502").unplaced());
}

#[test]
fn hostile_nesting_is_refused_at_once() {
    let deep = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    for text in [
        "(".repeat(4096),
        deep("(", "5xx > 1%", ")", 1000),
        deep("not ", "5xx > 1%", "", 1000),
        format!("{}5xx > 1%", "-".repeat(4000)),
        deep("avg(", "5xx", " over 1m)", 300),
        deep("not (", "5xx > 1%", ")", 33),
        deep("-(", "5xx", ")", 33) + " > 1%",
        "5xx > 1% and ".repeat(400),
    ] {
        let (_, faults) = parse_when(&text);
        assert!(!faults.is_empty(), "{text:.40}");
        assert!(
            faults.iter().all(|fault| fault.code != Code::Syntax) || text.ends_with("and "),
            "{text:.40}: {faults:?}"
        );
    }
    for text in [
        deep("(", "5xx > 1%", ")", 64),
        deep("not ", "5xx > 1%", "", 64),
        deep("not (", "5xx > 1%", ")", 32),
        format!("{}5xx > 1%", "-".repeat(64)),
        deep("avg(", "5xx", " over 1m)", 64) + " > 1%",
    ] {
        assert!(
            faults(&text).is_empty(),
            "{:.40}: {:?}",
            text,
            faults(&text)
        );
        assert!(!faults(&text.replacen("5xx", "(5xx)", 1)).is_empty());
    }
}

#[test]
fn a_long_chain_is_refused_by_its_nodes_and_not_by_the_stack() {
    for text in [
        format!("5xx > 1%{}", "+1%".repeat(1300)),
        format!("requests > 1{}{}", "*1".repeat(900), "+1".repeat(900)),
        format!(
            "sum(1{} over 1m){} > requests",
            "*1".repeat(990),
            "+1".repeat(990)
        ),
    ] {
        let faults = faults(&text);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].code, Code::Limit);
    }
    let equal_parts = vec!["5xx>1%"; 450].join("or ");
    assert!(equal_parts.len() < EXPRESSION_MAX);
    assert!(faults(&equal_parts).is_empty());
}

#[test]
fn a_rule_has_at_most_a_thousand_nodes_names_put_in() {
    let (a, b) = ("+1".repeat(500), "*2".repeat(500));
    let (a, b) = (format!("requests{a}"), format!("requests{b}"));
    let (names, told) = names(&[("a", &a), ("b", &b)]);
    assert!(told.is_empty());
    let rule = |text| {
        let tiers = [(Severity::Info, parse_when(text).0.unwrap())];
        Compiler::default().rule(&tiers, &names)
    };
    assert!(rule("a > 1 and a + 0 > 1 and a < 7").is_ok());
    assert_eq!(rule("a > b").unwrap_err()[0].1.code, Code::Limit);
}

#[test]
fn a_text_beyond_the_limit_is_not_read() {
    let text = format!("5xx > 1%{}", " ".repeat(EXPRESSION_MAX - 8));
    assert!(faults(&text).is_empty());
    assert_eq!(faults(&(text + " "))[0].code, Code::Limit);
}

#[test]
fn names_stand_for_their_expression_and_codes_for_codes() {
    let (names, told) = names(&[
        ("gateway", "502|503"),
        ("bad", "gateway|504"),
        ("high", "bad > 10% for 3m"),
        ("usual", "avg(bad over 1h offset 5m)"),
    ]);
    assert!(told.is_empty(), "{told:?}");
    let (with, graph) = compiled("high and share(bad over 5m) > usual * 2", &names);
    let (without, plain) = compiled(
        "(502|503|504 > 10% for 3m) and share(502..504 over 5m) > avg(502..504 over 1h) offset 5m * 2",
        &Names::default(),
    );
    assert_eq!(graph, plain);
    assert_eq!(with.tiers[0].condition, without.tiers[0].condition);
    assert_eq!(with.reach, 65);
}

#[test]
fn faulty_names_are_told_once_where_they_are_defined() {
    let (names, told) = names(&[
        ("a", "b + 1%"),
        ("b", "c + 1%"),
        ("c", "a + 1%"),
        ("gatewy_share", "share(gatewy over 5m)"),
        ("gateway", "502|503"),
        ("wrong", "5xx > 10"),
        ("for", "5xx"),
        ("selfish", "selfish"),
        ("not_codes", "share(level over 5m)"),
        ("level", "10%"),
        ("user", "wrong and a > 1%"),
    ]);
    insta::assert_snapshot!(told.join("\n"));
    let used = Compiler::default().expr(&expr("wrong and user"), &names);
    assert_eq!(used.unwrap_err(), []);
}

#[test]
fn a_chain_of_names_costs_what_it_says_and_not_what_it_stands_for() {
    let chain: Vec<(String, String)> = (1..=100)
        .map(|i| (format!("a{i}"), format!("a{0} + a{0}", i - 1)))
        .chain([("a0".to_owned(), "5xx".to_owned())])
        .collect();
    let chain: Vec<(&str, &str)> = chain
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let (names, told) = names(&chain);
    assert_eq!(told, ["a65: limit: the expression nests more than 64 deep"]);
    let (rule, graph) = compiled("a63 > 1%", &names);
    assert_eq!(rule.reach, 1);
    assert_eq!(graph.nodes.len(), 66);
}

/// The kinds of the nodes, in order.
fn kinds(graph: &Program) -> String {
    let kind = |node: &Node| {
        let text = format!("{node:?}");
        let end = text.find(['(', ' ']).unwrap_or(text.len());
        text[..end].to_owned()
    };
    graph.nodes.iter().map(kind).collect::<Vec<_>>().join(" ")
}

#[test]
fn equal_parts_stand_once_in_the_graph_of_all_rules() {
    let mut compiler = Compiler::default();
    for text in [
        "5xx > 10% for 3m",
        "5xx > 10% for 3m until 5xx < 5%",
        "5xx > 10%",
    ] {
        let (when, _) = parse_when(text);
        let tiers = [(Severity::Critical, when.unwrap())];
        assert!(compiler.rule(&tiers, &Names::default()).is_ok());
    }
    let failed = parse_when("4xx > 1% and 5xx > 9").0.unwrap();
    assert!(
        compiler
            .rule(&[(Severity::Info, failed)], &Names::default())
            .is_err()
    );
    assert_eq!(
        kinds(&compiler.finish()),
        "Codes Literal Compare Hold Literal Compare"
    );
}

#[test]
fn change_and_burn_are_written_with_what_is_left() {
    let (_, graph) = compiled("change(5xx over 2m) > 1%", &Names::default());
    assert_eq!(kinds(&graph), "Codes Offset Subtract Literal Compare");
    let (rule, graph) = compiled("burn(5xx over 1h, 99.9%) > 14.4", &Names::default());
    assert_eq!(
        kinds(&graph),
        "Share Codes Window OrElse Literal Divide Literal Compare"
    );
    assert_eq!(rule.reach, 60);
}

#[test]
fn the_reach_is_what_a_value_may_look_at() {
    for (text, reach) in [
        ("5xx > 10%", 1),
        ("5xx > 10% for 3m", 3),
        ("avg(5xx over 5m) > 1% for 3m", 7),
        ("5xx offset 5m > 1%", 6),
        ("change(5xx over 5m) > 1%", 6),
        ("5xx > 1% until 5xx < 1% for 30m", 30),
        ("5xx > 2 * 5xx offset 7d", 10_081),
        ("avg(1% over 1h) < 2% for 3m", 0),
        ("share(5xx over 5m) > 1%", 5),
        ("max(avg(5xx over 2m) over 3m) > 5%", 4),
        ("avg(5xx over 7d) offset 1d > 1%", 11_520),
    ] {
        assert_eq!(compiled(text, &Names::default()).0.reach, reach, "{text}");
    }
    assert_eq!(
        faults("avg(5xx over 7d) offset 1441m > 1%")[0].code,
        Code::Duration
    );
    assert_eq!(
        faults("avg(5xx over 7d) offset 1d > 1% for 2m")[0].code,
        Code::Duration
    );
}

#[test]
fn a_tier_tells_what_it_compares_and_when_it_is_pending() {
    let (names, _) = names(&[("bad", "(5xx > 10% for 2 of 5m) and 404 < 5%")]);
    let text = "bad given requests >= 500 for 3 of 4m until 5xx<5%";
    let (rule, graph) = compiled(text, &names);
    let tier = &rule.tiers[0];
    assert_eq!(tier.slack, 3);
    assert_eq!(
        tier.text,
        "bad given requests >= 500 for 3 of 4m until 5xx < 5%"
    );
    let parts: Vec<_> = tier
        .parts
        .iter()
        .map(|part| (part.text.as_str(), part.worst))
        .collect();
    assert_eq!(
        parts,
        [
            ("5xx", Worst::Greatest),
            ("404", Worst::Least),
            ("requests", Worst::Greatest)
        ]
    );
    let mut open = vec![tier.unheld];
    while let Some(place) = open.pop() {
        let node = graph.nodes[place.0 as usize];
        assert!(!matches!(node, Node::Hold { .. }));
        open.extend(node.operands());
    }
    let (rule, _) = compiled("requests >= 50 and not 5xx <= 10%", &Names::default());
    let parts: Vec<_> = rule.tiers[0]
        .parts
        .iter()
        .map(|part| (part.text.as_str(), part.worst))
        .collect();
    assert_eq!(
        parts,
        [("5xx", Worst::Greatest), ("requests", Worst::Greatest)]
    );
}

#[test]
fn all_severities_are_about_many_domains_or_none() {
    let tier = |severity, text: &str| (severity, parse_when(text).0.unwrap());
    let tiers = [
        tier(Severity::Warning, "5xx > 1%"),
        tier(Severity::Critical, "5xx > 10% on at least 2 domains"),
    ];
    let faults = Compiler::default()
        .rule(&tiers, &Names::default())
        .unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].0, 0);
}

#[test]
fn an_expression_by_itself_has_neither_until_nor_domains() {
    for text in ["5xx > 1% until 5xx < 1%", "5xx > 1% on at least 2 domains"] {
        let (_, faults) = parse_expr(text);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].message.contains("belongs to a rule"));
    }
}
