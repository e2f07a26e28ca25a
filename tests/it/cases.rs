//! Rule tests: rows, files of tests with their faults, reports.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use foghorn::replay::row::{self, Cell};

/// What a row says, a word for each minute.
fn cells(text: &str) -> Vec<String> {
    let (entries, faults) = row::parse(text);
    assert_eq!(faults, [], "{text}");
    let word = |cell| match cell {
        Cell::Percent(part) => format!("{}", part.units() / 1_000_000_000_000),
        Cell::Absent => "_".to_owned(),
        Cell::Empty => "-".to_owned(),
    };
    entries.into_iter().map(|entry| word(entry.cell)).collect()
}

#[test]
fn a_row_has_a_word_or_a_run_for_each_minute() {
    assert_eq!(
        cells("0x2 12 20.5x2"),
        ["0", "0", "12000", "20500", "20500"]
    );
    assert_eq!(cells(" _ -x2  100\n 0x1"), ["_", "-", "-", "100000", "0"]);
    assert_eq!(cells(""), Vec::<String>::new());
    assert_eq!(cells("1x20160").len(), row::MINUTES_MAX);
}

#[test]
fn a_faulty_word_of_a_row_is_told_with_its_mend() {
    for (text, place, help) in [
        ("0x5 12% 3", "12%", "`12`"),
        ("0x5, 3", "0x5,", "`0x5`"),
        ("5%x3", "5%x3", "`5x3`"),
        ("0X5", "0X5", "`0x5`"),
        ("0 101", "101", "how many percent"),
        ("0 -3", "-3", "how many percent"),
        ("0x0", "0x0", "`0x5`"),
        ("0xq", "0xq", "`0x5`"),
        ("0 many", "many", "`0x5 12 20x3`"),
        ("0x20161", "0x20161", ""),
        ("0x99999999999999999999", "0x99999999999999999999", ""),
    ] {
        let (_, faults) = row::parse(text);
        assert_eq!(faults.len(), 1, "{text}");
        let span = faults[0].primary.span;
        assert_eq!(&text[span.start..span.end], place);
        let told = faults[0].help.clone().unwrap_or_default();
        assert!(told.contains(help), "{text}: {told}");
    }
}

const RULES: &str = "\
rules:
  - name: high
    when: {warning: 5xx > 10% for 2m, critical: 5xx > 50%}
  - name: wide
    when: 5xx > 10% on at least 2 domains
  - name: quiet
    when: no traffic for 2m
  - name: gone
    when: no data for 2m
  - name: busy
    when: 503 > 1% given requests >= 100
    severity: info
";

fn foghorn(folder: &Path, tests: &str, arguments: &[&str]) -> Output {
    fs::write(folder.join("rules.yaml"), RULES).unwrap();
    fs::write(folder.join("a.test.yaml"), tests).unwrap();
    Command::new(env!("CARGO_BIN_EXE_foghorn"))
        .arg("test")
        .args(arguments)
        .arg("a.test.yaml")
        .current_dir(folder)
        .output()
        .unwrap()
}

fn check(tests: &str, arguments: &[&str], status: i32) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = foghorn(folder.path(), tests, arguments);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let printed = text(output.stdout) + &text(output.stderr);
    assert_eq!(output.status.code(), Some(status), "{printed}");
    printed
}

const SOUND: &str = "\
rules: rules.yaml
tests:
  - name: severities, many domains, codes that add up
    start: 2026-11-22T10:00:00Z
    samples:
      a.example.com: {\"502\": \"0 8x3 60 8\", \"504\": \"0 8x5 0\"}
      b.example.com: {500: 0 0 11}
    expect:
      - {at: 2m, rule: high, domain: a.example.com, event: fired, severity: warning}
      - {at: 2m, rule: wide, event: fired}
      - {at: 3m, rule: wide, event: resolved}
      - {at: 4m, rule: high, domain: a.example.com, event: severity_changed, severity: critical}
      - {at: 5m, rule: high, domain: a.example.com, event: severity_changed, severity: warning}
      - {at: 6m, rule: high, domain: a.example.com, event: resolved}
  - name: minutes without traffic and without data
    samples:
      a.example.com: {\"502\": \"0 - -x2 0 _ 5 0\", \"504\": \"0x4 0 9 _\"}
    expect:
      - {at: 2m, rule: quiet, domain: A.example.com, event: fired, severity: warning}
      - {at: 2m, rule: gone, domain: a.example.com, event: fired}
      - {at: 4m, rule: quiet, domain: a.example.com, event: resolved}
      - {at: 4m, rule: gone, domain: a.example.com, event: resolved}
      - {at: 6m, rule: gone, domain: a.example.com, event: fired}
      - {at: 7m, rule: gone, domain: a.example.com, event: resolved}
  - name: counts
    requests: 1000
    samples: {a.example.com: {\"503\": \"2.5 0\"}}
    expect:
      - {at: 0m, rule: busy, domain: a.example.com, event: fired, severity: info}
      - {at: 1m, rule: busy, domain: a.example.com, event: resolved, severity: info}
  - name: without counts nothing is known of requests
    samples: {a.example.com: {\"503\": \"2.5 0\", \"200\": \"97.5 100\"}}
    expect: []
";

#[test]
fn tests_that_hold_pass() {
    let printed = check(SOUND, &[], 0);
    insta::assert_snapshot!(printed);
    let printed = check(SOUND, &["--filter", "counts"], 0);
    assert!(
        printed.ends_with("2 passed, 0 failed, 2 left out\n"),
        "{printed}"
    );
    let printed = check(SOUND, &["--filter", "nowhere"], 2);
    assert!(printed.contains("`nowhere`"), "{printed}");
}

#[test]
fn a_test_that_fails_shows_both_timelines() {
    let tests = SOUND
        .replace(
            "{at: 4m, rule: high, domain: a",
            "{at: 3m, rule: high, domain: a",
        )
        .replace(
            "event: resolved, severity: info",
            "event: resolved, severity: critical",
        )
        .replace(
            "expect: []",
            "expect:\n      - {at: 1m, rule: wide, event: fired}",
        );
    insta::assert_snapshot!(check(&tests, &[], 1));
    for (from, to) in [
        (
            "rule: wide, event: fired}\n",
            "rule: wide, event: resolved}\n",
        ),
        ("      - {at: 2m, rule: wide, event: fired}\n", ""),
        (
            "event: fired, severity: info",
            "event: fired, severity: warning",
        ),
    ] {
        assert!(SOUND.contains(from));
        let printed = check(&SOUND.replace(from, to), &[], 1);
        assert!(printed.contains("3 passed, 1 failed"), "{printed}");
    }
}

#[test]
fn faults_of_a_test_file_have_places_and_mends() {
    let tests = "\
rules: rules.yaml
tests:
  - name: one
    start: 2026-11-22T10:00:30Z
    sample: {}
    samples:
      a.example.com: {\"502\": \"0x5 12% 120x3 1xq\", 5xx: \"3\", 777: \"0,1\"}
    expect:
      - {at: 7, rule: hihg, domain: a.exampl.com, event: fire, severity: bad}
  - name: one
    requests: 10
    samples:
      a.example.com: {\"502\": \"60x5 12\", 503: \"50 _\"}
      b.example.com: {\"502\": \"_\", 503: \"-\"}
      c.example.com: {\"502\": \"10\", 200: \"20\"}
    expect:
      - {at: 70m, rule: high, domain: a.exampl.com, event: fired}
      - {at: 1m, rule: wide, domain: a.example.com, event: fired}
      - {at: 1m, rule: high, event: fired}
      - {}
  - samples: {a.example.com: {\"502\": \"1 2\"}}
  - name: three
    samples: {a.example.com: {\"502\": \"1 2\"}}
  - {name: four, expect: []}
  - {name: five, requests: 0, samples: {a.example.com: {}}, expect: []}
";
    insta::assert_snapshot!(check(tests, &[], 2));
    for (text, said) in [
        ("", "empty"),
        ("rules: none.yaml\ntests: []", "none.yaml"),
        ("rules: rules.yaml", "no `tests:`"),
        ("tests: []", "which rules"),
        ("rules: rules.yaml\ntests: []", "no tests"),
        ("rules: rules.yaml\ntests: [", "YAML"),
    ] {
        let printed = check(text, &[], 2);
        assert!(printed.contains(said), "{text}: {printed}");
    }
}

#[test]
fn the_example_passes_its_tests() {
    let output = Command::new(env!("CARGO_BIN_EXE_foghorn"))
        .args(["test", "rules.example.test.yaml"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{printed}");
    assert!(
        !printed.contains("FAILED") && printed.lines().count() > 6,
        "{printed}"
    );
}
