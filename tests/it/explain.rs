//! What `explain` says, read as a newcomer reads it.

use std::fmt::Write as _;
use std::process::{Command, Output};

use foghorn::lang::soonest::{Becomes, soonest};
use foghorn::lang::{Compiler, Names, parse_expr};

fn foghorn(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_foghorn"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

fn printed(arguments: &[&str]) -> String {
    let output = foghorn(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_rules_of_the_example_are_explained() {
    insta::assert_snapshot!(printed(&["explain", "rules.example.yaml"]));
    let one = printed(&["explain", "rules.example.yaml", "origin-wide"]);
    assert!(one.starts_with("origin-wide\n"), "{one}");
}

#[test]
fn every_form_of_the_language_is_explained() {
    let mut page = String::new();
    for text in [
        "502|503..504|50x > 2% for 3 of 5m",
        "requests >= 500 and requests(4xx) < 200 + requests(5xx) / 500",
        "burn(5xx over 1h, 99.9%) > 14.4 and burn(5xx over 5m, 99.9%) > 14.4",
        "5xx > 10% for 3m on at least 50% of domains",
        "median(5xx over 5m) != 1% or not (no data for 10m) or not 5xx > 1%",
        "change(5xx over 10m) > 5% given avg(requests over 1h) >= 50",
        "5xx > 1% and (4xx > 2% or 502 == 3%) and not no traffic for 5m",
        "share(404 over 1d) <= -1% * 2 - (1% - 2%)",
        "p95(5xx over 1h) / (5xx + 1%) > 2 until max(5xx over 5m) < 1%",
        "min(5xx over 3m) > stddev(5xx over 2h) offset 7d",
        "1% > 2%",
        "avg(5xx over 5m)",
        "sum(requests over 90m)",
    ] {
        writeln!(page, "{}", printed(&["explain", text])).unwrap();
    }
    writeln!(
        page,
        "{}",
        printed(&[
            "explain",
            "gateway|500 > 1% for 1m",
            "--rules",
            "rules.example.yaml"
        ])
    )
    .unwrap();
    insta::assert_snapshot!(page);
}

#[test]
fn names_are_said_where_they_are_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.yaml");
    let text = "settle: 2m\nlet:\n  gateway: 502|503\n  bad: gateway > limit\n  limit: 2 * avg(5xx over 1h)\nrules:\n  - {name: a, when: bad for 4m, on_unknown: clear}\n";
    std::fs::write(&path, text).unwrap();
    insta::assert_snapshot!(printed(&["explain", path.to_str().unwrap(), "a"]));
}

#[test]
fn faults_end_with_2() {
    for (arguments, said) in [
        (vec!["explain", "5xx >"], "a value is missing"),
        (vec!["explain", "5xx > 10"], "write `10%`"),
        (vec!["explain", "unknown > 10%"], "unknown"),
        (
            vec!["explain", "rules.example.yaml", "origin-5x"],
            "`origin-5xx`",
        ),
        (vec!["explain", "missing.yaml"], "missing.yaml"),
    ] {
        let output = foghorn(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(said), "{told}");
    }
}

#[test]
fn the_soonest_is_the_fewest_bad_minutes_that_suffice() {
    for (text, minutes) in [
        ("5xx > 10%", Some(1)),
        ("5xx > 10% for 3m", Some(3)),
        ("5xx > 10% for 3 of 5m", Some(3)),
        ("not (5xx < 10% for 3 of 5m)", Some(3)),
        ("not (5xx < 10% for 3m)", Some(1)),
        ("avg(5xx over 5m) > 1% for 2m", Some(2)),
        ("min(5xx over 5m) > 1%", Some(5)),
        ("max(5xx over 5m) > 1%", Some(1)),
        ("max(2xx over 5m) < 1%", Some(5)),
        ("median(5xx over 5m) > 1%", Some(3)),
        ("p95(5xx over 1h) > 1%", Some(4)),
        ("p95(2xx over 1h) < 1%", Some(57)),
        ("5xx > 1% and 4xx > 1% for 5m", Some(5)),
        ("5xx > 1% or (4xx > 1% for 5m)", Some(1)),
        ("5xx > 1% given (requests > 50 for 10m)", Some(1)),
        ("5xx offset 10m > 1%", Some(11)),
        ("5xx > 2 * avg(5xx over 1h offset 1d)", Some(1)),
        (
            "(no data for 10m) and avg(requests over 10m offset 1d) > 50",
            Some(10),
        ),
        ("change(5xx over 1h) > 1%", Some(1)),
        ("5xx > 1% or no data", Some(1)),
        ("1% > 2%", None),
    ] {
        let mut compiler = Compiler::default();
        let expr = parse_expr(text).0.unwrap();
        let (node, _) = compiler.expr(&expr, &Names::default()).unwrap();
        let found = soonest(&compiler.finish(), node, Becomes::True);
        assert_eq!(found.map(|found| found.minutes), minutes, "{text}");
        let waits = found.is_some_and(|found| found.waits_for_absence);
        assert_eq!(waits, text.starts_with("(no data"), "{text}");
    }
}
