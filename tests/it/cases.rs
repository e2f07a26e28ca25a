//! Rule tests: rows, files of tests with their faults, reports.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use foghorn::config::{Environment, Surroundings, load_cases};
use foghorn::daemon::setup;
use foghorn::dispatch::{FIRINGS_MAX, State};
use foghorn::replay::case::{self, Pace};
use foghorn::replay::fact::{Fact, Happening, What};
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
        ("0 1.2.3", "1.2.3", "`0x5 12 20x3`"),
        ("0x0", "0x0", "`0x5`"),
        ("0xq", "0xq", "`0x5`"),
        ("0 many", "many", "`0x5 12 20x3`"),
        ("0x20161", "0x20161", ""),
        ("0x99999999999999999999", "0x99999999999999999999", ""),
    ] {
        let (_, faults) = row::parse(text);
        assert_eq!(faults.len(), 1, "{text}");
        let span = faults[0].primary.span;
        assert_eq!(&text[span.range()], place);
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

#[test]
fn a_folder_stands_for_its_test_files() {
    let folder = tempfile::tempdir().unwrap();
    let whole = foghorn(folder.path(), SOUND, &["."]);
    let text = String::from_utf8(whole.stdout).unwrap();
    // It is named by itself as well.
    assert_eq!(text.matches("ok      counts").count(), 2, "{text}");
    assert_eq!(whole.status.code(), Some(0), "{text}");
    fs::create_dir(folder.path().join("empty")).unwrap();
    let none = foghorn(folder.path(), SOUND, &["empty"]);
    let said = String::from_utf8(none.stderr).unwrap();
    assert!(
        said.contains("read empty: the folder has no `.test.yaml` or `.test.yml` file"),
        "{said}"
    );
    assert_eq!(none.status.code(), Some(2));
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
fn a_test_of_domains_that_no_rule_is_about_says_so() {
    let rules = RULES.replace("5xx > 50%}", "5xx > 50%}\n    domains: [\"www.*\"]");
    let tests = |more: &str, expect: &str| {
        format!(
            "rules: other.yaml\ntests:\n  - name: x\n    only: [high]\n    samples: {{a.example.com: {{\"500\": 20x4}}{more}}}\n    expect: {expect}\n"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("other.yaml"), rules).unwrap();
    let run = |tests: &str| {
        let output = foghorn(folder.path(), tests, &[]);
        String::from_utf8(output.stdout).unwrap()
    };
    let beside = "no rule of `only` is about `a.example.com`, so nothing can fire";
    let said = run(&tests("", "[]"));
    assert!(said.contains(beside) && said.contains("1 passed"), "{said}");
    let said = run(&tests("", "[]").replace("    only: [high]\n", ""));
    assert!(!said.contains("so nothing can fire"), "{said}");
    let said = run(&tests(", www.example.com: {}", "[]"));
    assert!(!said.contains("so nothing can fire"), "{said}");
    let event = "[{at: 1m, rule: high, domain: a.example.com, event: fired}]";
    let said = run(&tests("", event));
    assert!(
        said.contains("`high` is not about `a.example.com` (`domains:`)"),
        "{said}"
    );
}

#[test]
fn a_name_that_only_names_wrongly_is_told_once() {
    let event = "[{at: 1m, rule: high, domain: a.example.com, event: fired}]";
    let tests = |only: &str| {
        format!(
            "rules: rules.yaml\ntests:\n  - name: x\n    only: {only}\n    samples: {{a.example.com: {{\"500\": 20x4}}}}\n    expect: {event}\n"
        )
    };
    let said = check(&tests("[hgh]"), &[], 2);
    assert!(said.contains("no rule is called `hgh`"), "{said}");
    assert!(!said.contains("the test is"), "{said}");
    let said = check(&tests("[]"), &[], 2);
    assert!(said.contains("the test is about no rule"), "{said}");
    let said = check(&tests("[wide]"), &[], 2);
    assert!(said.contains("the test is only about wide"), "{said}");
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
        ("rules: rules.yaml\ntests: [", "`[` is not closed"),
        (
            "let: {a: 502}\nrules: [{name: b, when: a > 1%}]\nnotify: {}",
            "this is a rules file",
        ),
    ] {
        let printed = check(text, &[], 2);
        assert!(printed.contains(said), "{text}: {printed}");
    }
}

#[test]
fn a_fault_of_yaml_in_a_test_file_hides_no_other() {
    let whole = "\
rules: rules.yaml
tests:
  - name: one
    requests: 1000
    samples:
      a.example.com: {\"502\": \"0x5 20x5\"}
    expect:
      - {at: 7m, rule: hihg, domain: a.example.com, event: fired}
  - name: two
    samples:
      a.example.com: {\"502\": \"0x5 20x5\"}
    expect: []
";
    for (from, to, told) in [
        (
            "    samples:",
            "     samples:",
            "`samples` begins in column 6",
        ),
        (
            "  - name: two",
            "   - name: two",
            "this item of the list begins in column 4",
        ),
        ("    expect: []", "\texpect: []", "with a tab"),
        ("event: fired}", "event: fired", "this `{` is not closed"),
        (
            "  - name: two",
            "---\ntests:\n  - name: two",
            "a second begins here",
        ),
        (
            "{\"502\": \"0x5 20x5\"}\n    expect: []",
            "{\"502\": \"0x5 20x5\n    expect: []",
            "is not closed",
        ),
    ] {
        let printed = check(&whole.replace(from, to), &[], 2);
        assert!(printed.contains(told), "{from}: {printed}");
        // What stands in a line that is not read is not told, and nothing is invented.
        let is_read = !to.ends_with("fired");
        let count = whole.matches(from).count() + usize::from(is_read);
        assert_eq!(
            printed.contains("no rule is called `hihg`"),
            is_read,
            "{printed}"
        );
        assert_eq!(printed.matches("error[").count(), count, "{to}: {printed}");
    }
}

#[test]
fn rows_that_stand_beside_their_domain_or_are_faulty_are_told_once() {
    let tests = "\
rules: rules.yaml
tests:
  - name: one
    samples:
      a.example.com:
      \"502\": \"0x5 20x5\"
    expect:
      - {at: 7m, rule: high, domain: a.example.com, event: fired}
";
    let printed = check(tests, &[], 2);
    assert!(
        printed.contains("the rows of `a.example.com` stand beside it"),
        "{printed}"
    );
    assert_eq!(printed.matches("error[").count(), 1, "{printed}");
    // How long it is nobody knows then.
    let faulty = tests.replace(
        "a.example.com:\n      \"502\": \"0x5 20x5\"",
        "a.example.com: {\"502\": \"0*5 20\"}",
    );
    let printed = check(&faulty, &[], 2);
    assert!(printed.contains("write `0x5`"), "{printed}");
    assert_eq!(printed.matches("error[").count(), 1, "{printed}");
}

#[test]
fn the_keys_of_promtool_are_told_with_those_that_say_the_same() {
    let printed = check(
        "\
rule_files: [rules.yaml]
rules: rules.yaml
tests:
  - name: one
    samples: {a.example.com: {\"502\": \"0x5 20x5\"}}
    exp_alerts:
      - {eval_time: 7m, alertname: hihg, domain: a.example.com, event: fired}
  - name: two
    interval: 1m
    input_series: []
    alert_rule_test: []
",
        &[],
        2,
    );
    for said in [
        "write `rules: rules.yaml`",
        "write `expect`",
        "write `at`",
        "write `rule`",
        "no rule is called `hihg`",
        "leave it out",
        "samples are rows by domain",
    ] {
        assert!(printed.contains(said), "{said}: {printed}");
    }
    assert_eq!(printed.matches("error[").count(), 8, "{printed}");
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

const ROUTED: &str = "\
source: {simulator: {account: main, domains: [a.example.com, b.example.com]}}
rules:
  - name: high
    when: {warning: 5xx > 10% for 3m, critical: 5xx > 50%}
  - name: wide
    when: 5xx > 10% for 2m on at least 2 domains
  - name: gone
    when: no data for 2m
notify:
  receivers:
    oncall: [{console: {}}, {console: {}}]
    chat: [{console: {}}]
  routes:
    - {match: {severity: critical}, to: [oncall, chat]}
    - {match: {account: elsewhere}, to: [oncall]}
    - {to: [chat]}
";

/// Runs tests of [`ROUTED`].
fn routed(tests: &str, arguments: &[&str], status: i32) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("routed.yaml"), ROUTED).unwrap();
    let output = foghorn(folder.path(), tests, arguments);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let printed = text(output.stdout) + &text(output.stderr);
    assert_eq!(output.status.code(), Some(status), "{printed}");
    printed
}

const TOLD: &str = "\
rules: routed.yaml
tests:
  - name: pending, told, worse, told again
    samples:
      a.example.com: {\"502\": \"0 20x3 60 20 0 20\"}
      b.example.com: {\"502\": \"0x8\"}
    expect:
      - {at: 3m, rule: high, domain: a.example.com, event: fired, severity: warning}
      - {at: 4m, rule: high, domain: a.example.com, event: severity_changed, severity: critical}
      - {at: 5m, rule: high, domain: a.example.com, event: severity_changed, severity: warning}
      - {at: 6m, rule: high, domain: a.example.com, event: resolved}
    pending:
      - {from: 1m, to: 3m, rule: high, domain: a.example.com}
      - {from: 7m, rule: high, domain: a.example.com}
    delivered:
      - {at: 3m, receiver: chat, rule: high, domain: a.example.com, status: firing, severity: warning}
      - {at: 4m, receiver: oncall, rule: high, domain: a.example.com, status: firing}
      - {at: 4m, receiver: chat, rule: high, domain: a.example.com, status: firing, severity: critical}
      - {at: 5m, receiver: chat, rule: high, domain: a.example.com, status: firing, severity: warning}
      - {at: 5m, receiver: oncall, rule: high, domain: a.example.com, status: firing, severity: warning}
      - {at: 6m, receiver: chat, rule: high, domain: a.example.com, status: resolved}
      - {at: 6m, receiver: oncall, rule: high, domain: a.example.com, status: resolved}
  - name: a domain without data beside one that has some
    samples:
      a.example.com: {\"502\": \"0 _x4 0\"}
      b.example.com: {\"502\": \"0x6\"}
    expect:
      - {at: 2m, rule: gone, domain: a.example.com, event: fired}
      - {at: 5m, rule: gone, domain: a.example.com, event: resolved}
    pending: [{from: 1m, to: 2m, rule: gone, domain: a.example.com}]
    delivered:
      - {at: 2m, receiver: chat, rule: gone, domain: a.example.com, status: firing}
      - {at: 5m, receiver: chat, rule: gone, domain: a.example.com, status: resolved}
  - name: two domains are one more message, of no domain
    only: [wide]
    samples:
      a.example.com: {\"502\": \"0 20x4 0\"}
      b.example.com: {\"502\": \"0x2 20x3 0\"}
    expect:
      - {at: 3m, rule: wide, event: fired}
      - {at: 5m, rule: wide, event: resolved}
    delivered:
      - {at: 3m, receiver: chat, rule: wide, status: firing}
      - {at: 5m, receiver: chat, rule: wide, status: resolved}
  - name: where all domains fall silent the source is late, which is told instead
    samples:
      a.example.com: {\"502\": \"0x5 _x20\"}
    expect:
      - {at: 6m, rule: gone, domain: a.example.com, event: fired}
    delivered:
      - {at: 21m, receiver: oncall, rule: source-late, status: firing, severity: critical}
      - {at: 21m, receiver: chat, rule: source-late, status: firing}
";

#[test]
fn pending_states_and_deliveries_are_held_against_what_the_service_would_do() {
    insta::assert_snapshot!(routed(TOLD, &[], 0));
}

#[test]
fn a_silence_without_an_end_hides_what_it_matches_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let silence = "notify:\n  silences: [{match: {domain: a.*}, reason: moving}]\n";
    let rules = ROUTED.replace("notify:\n", silence);
    fs::write(folder.path().join("routed.yaml"), rules).unwrap();
    let tests = "\
rules: routed.yaml
tests:
  - name: one of two is silenced
    only: [high]
    samples:
      a.example.com: {\"502\": \"0 60x3 0\"}
      b.example.com: {\"502\": \"0x2 60x2 0\"}
    expect:
      - {at: 1m, rule: high, domain: a.example.com, event: fired, severity: critical}
      - {at: 2m, rule: high, domain: b.example.com, event: fired, severity: critical}
      - {at: 4m, rule: high, domain: a.example.com, event: resolved}
      - {at: 4m, rule: high, domain: b.example.com, event: resolved}
    delivered:
      - {at: 2m, receiver: oncall, rule: high, domain: b.example.com, status: firing}
      - {at: 2m, receiver: chat, rule: high, domain: b.example.com, status: firing}
      - {at: 4m, receiver: oncall, rule: high, domain: b.example.com, status: resolved}
      - {at: 4m, receiver: chat, rule: high, domain: b.example.com, status: resolved}
";
    let output = foghorn(folder.path(), tests, &[]);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let printed = text(output.stdout) + &text(output.stderr);
    assert_eq!(output.status.code(), Some(0), "{printed}");
}

#[test]
fn a_pending_state_or_delivery_that_is_not_as_expected_fails_the_test() {
    let tests = TOLD
        .replace(
            "from: 1m, to: 3m, rule: high",
            "from: 1m, to: 4m, rule: high",
        )
        .replace(
            "      - {from: 7m, rule: high, domain: a.example.com}\n",
            "",
        )
        .replace(
            "{at: 4m, receiver: oncall, rule: high, domain: a.example.com, status: firing}",
            "{at: 4m, receiver: oncall, rule: high, domain: a.example.com, status: resolved}",
        )
        .replace("{at: 6m, receiver: chat", "{at: 5m, receiver: oncall")
        .replace(
            "at: 3m, receiver: chat, rule: wide",
            "at: 4m, receiver: chat, rule: wide",
        );
    insta::assert_snapshot!(routed(&tests, &[], 1));
    for line in TOLD.lines().filter(|line| line.contains("receiver:")) {
        let printed = routed(&TOLD.replace(&format!("{line}\n"), ""), &[], 1);
        assert!(printed.contains("3 passed, 1 failed"), "{line}: {printed}");
    }
}

#[test]
fn faults_of_what_is_expected_have_places_and_mends() {
    let tests = "\
rules: routed.yaml
tests:
  - name: one
    only: [high, hihg, source-late]
    samples: {a.example.com: {\"502\": \"0x5\"}}
    expect: []
    pending:
      - {from: 9m, to: 2m, rule: high, domain: a.example.com}
      - {from: 1m, to: 5m, rule: high, domain: a.example.com}
      - {from: 2m, to: 2m, rule: high, domain: a.example.com}
      - {from: 2m, rule: wide}
      - {rule: high, at: 3m, domain: b.example.com}
      - {from: 1m, to: 90s, rule: gone, domain: a.example.com}
    delivered:
      - {at: 5m, receiver: onkall, rule: high, domain: a.example.com, status: fired}
      - {at: 4m, receiver: x, rule: high, domain: a.example.com, status: ended}
      - {at: 99m, receiver: chat, rule: source-late, domain: a.example.com, status: firing}
      - {at: 1m, receiver: chat, rule: gone, domain: a.example.com, status: firing}
      - {}
  - name: two
    requests: 1000 many
    samples: {a.example.com: {\"502\": \"0x5\", requests: \"10x2 0 _\", othr: \"1\"}}
    expect: [{at: 1m, rule: source-late, event: fired}]
    pending: 3
    delivered: {}
";
    insta::assert_snapshot!(routed(tests, &[], 2));
}

#[test]
fn a_severity_or_domain_that_the_rule_never_has_is_told_before_the_test_fails() {
    let rules = "  - {at: 7m, rule: high, domain: a.example.com, event: fired, severity: info}";
    let tests = format!(
        "rules: routed.yaml\ntests:\n- name: one\n  only: [high]\n  requests: 1000 x5\n  samples: {{a.example.com: {{\"502\": \"0x8\"}}}}\n  expect:\n{rules}\n"
    );
    let printed = routed(&tests, &[], 2);
    for told in ["`high` is never `info`", "`x5` is no number of requests"] {
        assert!(printed.contains(told), "{printed}");
    }
}

#[test]
fn requests_are_by_minute_and_the_last_number_goes_on() {
    let tests = "\
rules: rules.yaml
tests:
  - name: the test's own
    requests: \"50x2 _ 1000\"
    samples: {a.example.com: {503: \"2 2 2 2 0\"}}
    expect:
      - {at: 3m, rule: busy, domain: a.example.com, event: fired}
      - {at: 4m, rule: busy, domain: a.example.com, event: resolved}
  - name: a domain's, whose parts are as recorded, and what has no code
    requests: 1000
    samples:
      a.example.com: {503: \"0 4.62\", requests: \"99 973\", other: \"0 50\"}
      b.example.com: {503: \"0 2.5 0\"}
    expect:
      - {at: 1m, rule: busy, domain: a.example.com, event: fired}
      - {at: 1m, rule: busy, domain: b.example.com, event: fired}
      - {at: 2m, rule: busy, domain: a.example.com, event: resolved}
      - {at: 2m, rule: busy, domain: b.example.com, event: resolved}
";
    insta::assert_snapshot!(check(tests, &[], 0), @r"
    ok      the test's own
    ok      a domain's, whose parts are as recorded, and what has no code
    2 passed, 0 failed
    ");
}

#[test]
fn a_report_for_machines_has_every_test_and_what_was_wrong() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("routed.yaml"), ROUTED).unwrap();
    fs::write(folder.path().join("b.test.yaml"), "rules: none.yaml").unwrap();
    let tests = TOLD
        .replace("at: 3m, rule: wide", "at: 2m, rule: wide")
        .replace("pending, told", "<pending> & \\\"told\\\"");
    let tests = tests
        .replace("name: <", "name: \"<")
        .replace("again\n", "again\"\n");
    let output = foghorn(
        folder.path(),
        &tests,
        &["--junit", "report.xml", "b.test.yaml"],
    );
    assert_eq!(output.status.code(), Some(2));
    let report = fs::read_to_string(folder.path().join("report.xml")).unwrap();
    insta::assert_snapshot!(report);
}

#[test]
fn rows_that_add_up_to_many_times_the_whole_are_refused() {
    let rows: Vec<String> = (100..600).map(|code| format!("{code}: \"100\"")).collect();
    let rows = rows.join(", ");
    let tests =
        format!("rules: rules.yaml\ntests: [{{name: a, samples: {{a: {{{rows}}}}}, expect: []}}]");
    let printed = check(&tests, &[], 2);
    assert!(printed.contains("more than 100%"), "{printed}");
}

/// The test files of a law, as if they were on a disk.
struct Texts<'a>(&'a str);

impl Surroundings for Texts<'_> {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, path: &str) -> Result<String, String> {
        Ok(match path {
            "rules.yaml" => LAWFUL.to_owned(),
            "routed.yaml" => ROUTED.to_owned(),
            "unknown.yaml" => LAWFUL.replace("notify:", &format!("{UNKNOWN}notify:")),
            _ => self.0.to_owned(),
        })
    }

    fn glob(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }
}

/// Rules of every kind, whose alerts all go to one receiver.
const LAWFUL: &str = "\
source: {simulator: {account: main, domains: [a, b, c]}}
rules:
  - {name: high, when: {warning: 5xx > 10% for 3m, critical: 5xx > 50% for 2 of 3m}}
  - {name: held, when: 5xx > 20% given requests >= 50 for 2m until 5xx < 5% for 2m}
  - {name: wide, when: 5xx > 10% for 2m on at least 2 domains}
  - {name: most, when: {info: 5xx > 5% on at least 50% of domains, warning: 5xx > 50% on at least 50% of domains}}
  - {name: gone, when: no data for 2m}
  - {name: quiet, when: no traffic for 2m, on_unknown: clear}
  - {name: slow, when: avg(5xx over 9m) > 12%}
notify:
  receivers: {all: [{console: {}}]}
  routes: [{to: [all], group_wait: 0s, group_interval: 0s}]
";

/// A rule that is unknown where no answer is a 504.
const UNKNOWN: &str = "  - {name: unknown, when: 502 / 504 > 2 for 2m}\n";

/// Returns a test of three domains whose rows the seed decides; the third always has traffic.
fn random(seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let words = ["0", "10", "20", "30", "60", "100", "_", "-"];
    let mut row = |kinds: u64| {
        let mut runs = vec!["0".to_owned()];
        for _ in 0..12 {
            let word = words[usize::try_from(next(kinds)).unwrap()];
            runs.push(format!("{word}x{}", 1 + next(6)));
        }
        runs.join(" ")
    };
    let (a, b, c) = (row(8), row(8), row(6));
    format!(
        "rules: rules.yaml\ntests:\n  - name: random\n    requests: \"100x9 20x5 _ 1000\"\n    \
         samples: {{a: {{\"502\": {a}}}, b: {{\"504\": {b}}}, c: {{\"500\": {c} 0x70}}}}\n    \
         expect: []\n    delivered: []\n"
    )
}

#[test]
fn a_receiver_of_everything_is_told_of_every_event_and_of_nothing_else() {
    let (mut told, mut flapping, mut merged) = (0, 0, 0);
    for seed in 0..60 {
        let text = random(seed);
        let loaded = load_cases("a.yaml", &Texts(&text), Environment::Absent).unwrap();
        assert_eq!(loaded.diagnostics, [], "{text}");
        let config = loaded.rules.unwrap().config.unwrap();
        let (case, _) = &loaded.cases.unwrap()[0];
        let (mut events, mut deliveries) = (Vec::new(), Vec::new());
        let mut firings: BTreeMap<_, Vec<u32>> = BTreeMap::new();
        for fact in case::happened(case, &setup::of(&config)) {
            if fact.what == What::Event(Happening::Fired) {
                let of = (fact.rule.clone(), fact.domain.clone());
                firings.entry(of).or_default().push(fact.at);
            }
            let of = (fact.at, fact.rule, fact.domain, fact.severity);
            match fact.what {
                What::Event(Happening::Resolved) => events.push((of, State::Resolved)),
                What::Event(_) => events.push((of, State::Firing)),
                What::Told { status, .. } => deliveries.push((of, status)),
                What::Pending { .. } => {}
            }
        }
        // Told by the service alone, because it has no minutes to judge rules by.
        deliveries.retain(|((_, rule, ..), _)| rule != "rule-blind");
        // The comings and goings of what flaps are kept back.
        let many = |at: &[u32]| at[FIRINGS_MAX] - at[0] < 60;
        firings.retain(|_, at| at.windows(FIRINGS_MAX + 1).any(many));
        flapping += firings.len();
        for told in [&mut events, &mut deliveries] {
            told.retain(|((_, rule, domain, _), _)| {
                !firings.contains_key(&(rule.clone(), domain.clone()))
            });
        }
        events.sort();
        deliveries.sort();
        assert!(deliveries.is_sorted_by(|a, b| a < b), "once: {text}");
        for delivery in &deliveries {
            assert!(events.contains(delivery), "{delivery:?} {text}");
        }
        // Of minutes that are judged in one step, an alert is told as it is in the end.
        for event in &events {
            let ((at, rule, domain, _), state) = event;
            let goes_on = deliveries
                .iter()
                .any(|((then, its, of, _), _)| at < then && (its, of) == (rule, domain));
            let is_merged = *state == State::Firing && goes_on;
            let is_told = deliveries.contains(event);
            assert!(is_told || is_merged, "{event:?} {text}");
            merged += usize::from(!is_told);
        }
        told += deliveries.len();
    }
    assert!(600 < told, "{told}");
    assert!(merged < told / 50 && flapping < 20, "{merged} {flapping}");
}

#[test]
fn a_test_tells_what_steps_of_every_minute_tell() {
    let (mut told, mut blind) = (0, 0);
    for seed in 0..8 {
        // With gaps, and without any: then most minutes are lulls.
        let gaps = random(seed);
        let none = gaps.replace("_x", "0x").replace("-x", "10x");
        let none = none.replace("20x5 _ 1000", "20x5 30 1000");
        for text in [gaps, none] {
            let routed = text.replace("rules.yaml", "routed.yaml");
            let routed = routed.replace("{a: {", "{a.example.com: {");
            let routed = routed.replace(", c: {", ", b.example.com: {");
            let unknown = text.replace("rules.yaml", "unknown.yaml");
            for text in [text, routed, unknown] {
                let loaded = load_cases("a.yaml", &Texts(&text), Environment::Absent).unwrap();
                let config = loaded.rules.unwrap().config.unwrap();
                let (case, _) = &loaded.cases.unwrap()[0];
                let setup = setup::of(&config);
                let needed = case::happened_at(case, &setup, Pace::WhereNeeded);
                let every = case::happened_at(case, &setup, Pace::EveryMinute);
                assert_eq!(needed, every, "{text}");
                told += every.len();
                let is_blind = |fact: &&Fact| fact.rule == "rule-blind";
                blind += every.iter().filter(is_blind).count();
            }
        }
    }
    assert!(1_000 < told && 0 < blind, "{told} {blind}");
}

#[test]
fn no_mutation_of_a_test_file_breaks_reading_or_running() {
    let words: Vec<&str> = TOLD.split_inclusive([' ', '\n']).collect();
    let odd = [
        "",
        "0x5 ",
        "_ ",
        "- ",
        "{",
        "}",
        "[",
        "99999999999999999999 ",
        "-1m ",
        "0m ",
        "pending: ",
        "delivered: ",
        "only: [] ",
        "requests: _ ",
        "\u{0} ",
        "start: 1970-01-01T00:00:00Z\n    ",
        "start: 9999-12-31T23:59:00Z\n    ",
        "20160x20160 ",
        "samples: {} ",
    ];
    let mut ran = 0;
    // Every word, and every odd one at many places.
    for at in 0..words.len() {
        let mut words = words.clone();
        words[at] = odd[at % odd.len()];
        let text = words.concat();
        let loaded = load_cases("a.yaml", &Texts(&text), Environment::Absent).unwrap();
        let config = loaded.rules.and_then(|rules| rules.config);
        let (Some(cases), Some(config)) = (loaded.cases, config) else {
            continue;
        };
        for (case, _) in &cases {
            ran += case::run(case, &setup::of(&config)).len();
        }
    }
    assert!(0 < ran);
}

#[test]
fn a_file_that_cannot_be_read_keeps_no_other_from_being_run() {
    let folder = tempfile::tempdir().unwrap();
    let tests = "rules: rules.yaml\ntests: [{name: a, samples: {a: {500: \"0\"}}, expect: []}]\n";
    let arguments = ["nope.yaml", "a.test.yaml", "--junit", "report.xml"];
    let output = foghorn(folder.path(), tests, &arguments);
    assert_eq!(output.status.code(), Some(2));
    let printed = String::from_utf8(output.stdout).unwrap();
    let count = "2 passed, 0 failed, 1 file could not be used\n";
    assert!(printed.ends_with(count), "{printed}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.starts_with("foghorn: read nope.yaml: "), "{told}");
    let report = fs::read_to_string(folder.path().join("report.xml")).unwrap();
    assert!(
        report.contains(r#"<testsuites name="foghorn test" tests="3" failures="0" errors="1">"#),
        "{report}"
    );
}

#[test]
fn the_name_of_a_test_is_printed_as_one_line_that_steers_no_terminal() {
    let tests = r#"{rules: rules.yaml, tests: [{name: "a\e[31m\nb", samples: {a: {500: "0"}}, expect: []}]}"#;
    let printed = check(tests, &[], 0);
    assert!(printed.contains("a [31m b\n"), "{printed:?}");
}
