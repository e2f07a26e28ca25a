//! The linter as a whole: its manual, what comments silence, what it mends, its formats.

mod claims;
mod columns;
mod command;
mod comments;
mod fixes;
mod hidden;
mod pages;
mod pairs;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::NaiveDate;
use foghorn::config::{self, Environment, Loaded, Overlay, Surroundings};
use foghorn::diag::Code;
use foghorn::lint::{self, Options};

/// A world with nothing in it.
struct Nothing;

impl Surroundings for Nothing {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, _: &str) -> Result<String, String> {
        Err("no such file".to_owned())
    }

    fn glob(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }
}

/// A world with one file, `rules.yaml`.
fn world(text: &str) -> Overlay<'static> {
    Overlay {
        below: &Nothing,
        texts: BTreeMap::from([("rules.yaml".to_owned(), text.to_owned())]),
    }
}

fn load(text: &str) -> Loaded {
    config::load("rules.yaml", &world(text), Environment::Absent).unwrap()
}

#[test]
fn a_fault_in_a_key_that_says_nothing_of_labels_hides_no_fault_of_labels() {
    for key in [
        "runbook_url: wiki.example.com/b",
        "on_unknown: keep",
        "active_hours: {zone: x}",
    ] {
        let text = format!(
            "rules:\n  - name: a\n    when: 5xx > 10%\n    {key}\nnotify:\n  receivers: {{x: [{{console: {{}}}}]}}\n  routes: [{{to: [x], group_by: [accountx]}}]\n"
        );
        let found = foghorn::lint::run(&load(&text));
        let is_told = |of: &str| found.iter().any(|fault| fault.message.contains(of));
        assert!(is_told("accountx"), "{key}: {found:?}");
    }
}

#[test]
fn a_guard_behind_a_name_that_lets_only_quiet_minutes_pass_gets_no_second_one() {
    for (lets, when) in [
        (
            "busy: requests < 50",
            "5xx > 10% given busy for 3m until 5xx < 5% for 5m",
        ),
        (
            "hot: 5xx > 10% given requests < 50",
            "hot for 3m until 5xx < 5% for 5m",
        ),
    ] {
        let text = format!("let:\n  {lets}\nrules:\n  - name: a\n    when: {when}\n");
        let found = foghorn::lint::run(&load(&text));
        let guard = found
            .iter()
            .find(|fault| fault.code == Code::NoTrafficGuard);
        let help = guard.unwrap().help.as_deref().unwrap_or_default();
        assert!(help.contains("turn it round"), "{help}");
    }
}

#[test]
fn what_is_too_short_to_do_anything_is_an_error() {
    let rule = "rules:\n  - name: a\n    when: 5xx > 10%\n";
    let notify = "notify:\n  receivers: {x: [console: {}]}\n  routes: [{to: [x]}]\n";
    for (text, least) in [
        (format!("{rule}history: 0m\n"), "1m"),
        (format!("{rule}objective: 59s\n"), "1m"),
        (format!("{rule}{notify}  give_up: 0m\n"), "1m"),
        (
            format!("{rule}{notify}  watchdog: {{url: \"https://h.example.com\", every: 0m}}\n"),
            "1s",
        ),
        (
            format!("{rule}source: {{simulator: {{discover: {{every: 59s}}}}}}\n"),
            "1m",
        ),
    ] {
        let told = load(&text).diagnostics;
        let messages: Vec<&str> = told.iter().map(|fault| fault.message.as_str()).collect();
        assert_eq!(
            messages,
            [format!("this must be at least {least}")],
            "{text}"
        );
    }
}

#[test]
fn a_bracket_that_is_not_closed_at_the_end_of_its_line_is_one_finding() {
    let text = "rules:\n  - name: a\n    when: 5xx > 10%\nnotify:\n  receivers:\n    x:\n      - console: {\n  routes:\n    - to: [x]\n  give_up: 24h\n";
    let told = load(text).diagnostics;
    let messages: Vec<&str> = told.iter().map(|fault| fault.message.as_str()).collect();
    assert_eq!(messages, ["this `{` is not closed"]);
}

#[test]
fn a_silence_is_told_from_the_day_after_its_end() {
    let text = "\
rules:
  - name: a
    when: 5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 5m
notify:
  receivers: {screen: [console: {}]}
  routes: [{to: [screen]}]
  silences:
    - {match: {rule: a}, from: 2026-11-01T00:00:00Z, to: 2026-11-02T00:00:00Z, reason: migration}
";
    let loaded = load(text);
    let told = |day| {
        let options = Options {
            today: NaiveDate::from_ymd_opt(2026, 11, day),
            ..Options::default()
        };
        let told = lint::judge(&loaded, &options).told.into_iter();
        told.map(|finding| finding.code).collect::<Vec<Code>>()
    };
    assert_eq!(told(2), []);
    assert_eq!(told(3), [Code::Unused]);
    assert_eq!(lint::run(&loaded), []);
}

#[test]
fn a_domain_that_no_source_has_is_told_however_many_are_listed() {
    let name = |n: usize| format!("s{n}.example.com");
    let some = |from: usize, count: usize| {
        let names: Vec<String> = (from..from + count).map(name).collect();
        names.join(", ")
    };
    // Each of them in a rule, and one more.
    let rule = |from: usize| {
        let rule = format!("name: r{from}, when: 5xx > 10% for 3m");
        format!(
            "  - {{{rule}, domains: [{}]}}\n",
            some(from, 150.min(1_501 - from))
        )
    };
    let rules: String = (0..=1_500).step_by(150).map(rule).collect();
    let domains = some(0, 1_500);
    let text = format!("source: {{simulator: {{domains: [{domains}]}}}}\nrules:\n{rules}");
    let found = foghorn::lint::run(&load(&text));
    let of_domain = |fault: &&foghorn::diag::Diagnostic| fault.code == Code::NoDomain;
    let told: Vec<_> = found.iter().filter(of_domain).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].message.contains("s1500.example.com"), "{told:?}");
}

#[test]
fn of_rules_that_are_too_many_to_be_compared_one_finding_tells() {
    // Of no two of them does one say what the other says.
    let rule = |n: u32| {
        let (level, requests) = (f64::from(n) / 4.0 + 1.0, 1_000 - n * 5);
        format!(
            "  - {{name: r{n}, when: 5xx > {level}% given requests >= {requests} for 3m until 5xx < 1% for 3m}}\n"
        )
    };
    let rules: String = (0..190).map(rule).collect();
    let loaded = load(&format!("rules:\n{rules}"));
    assert_eq!(loaded.diagnostics, []);
    let found = foghorn::lint::run(&loaded);
    let codes: Vec<Code> = found.iter().map(|fault| fault.code).collect();
    assert_eq!(codes, [Code::Unproved]);
    assert!(found[0].message.contains("were not compared"), "{found:?}");
}

#[test]
fn what_makes_the_labels_of_a_group_idle_is_shown_wherever_it_stands() {
    for labels in ["[..., rule]", "[rule, rule, ...]"] {
        let text = format!(
            "rules: [{{name: a, when: 5xx > 10%}}]\nnotify: {{receivers: {{x: [console: {{}}]}}, routes: [{{to: [x], group_by: {labels}}}]}}\n"
        );
        let found = foghorn::lint::run(&load(&text));
        let idle = found.iter().find(|fault| fault.code == Code::NoEffect);
        let place = idle.unwrap().primary.span;
        assert_eq!(&text[place.range()], "...", "{labels}");
    }
}

#[test]
fn what_a_check_gives_up_on_takes_nothing_from_a_graver_one_wherever_the_rule_stands() {
    // An `or` of more sides than are compared with each other is given up on.
    let wide: Vec<String> = (1..=40).map(|at| format!("{} > 10%", 500 + at)).collect();
    let wide = format!("    when: {}\n", wide.join(" or "));
    // From fifty such rules on, nothing is proved of the rest of a file.
    for before in [0, 62, 63, 64] {
        for rules in [1, 70] {
            let mut text = "rules:\n".to_owned();
            for at in 0..before {
                let _ = write!(text, "  - name: plain{at}\n    when: 5xx > 10%\n");
            }
            for at in 0..rules {
                let _ = write!(text, "  - name: wide{at}\n{wide}");
            }
            text.push_str("  - name: grave\n    when: 5xx > 10% until 4xx > 200%\n");
            text.push_str("  - name: dead\n    when: 5xx > 60% and 2xx > 50%\n");
            let codes: Vec<Code> = lint::run(&load(&text)).iter().map(|of| of.code).collect();
            for code in [Code::NeverResolves, Code::NeverTrue] {
                assert!(codes.contains(&code), "{before} {rules}: {code:?}");
            }
        }
    }
}

#[test]
fn what_is_given_up_on_in_one_severity_hides_no_error_of_another_wherever_the_rule_stands() {
    let wide: Vec<String> = (1..=40).map(|at| format!("{} > 10%", 500 + at)).collect();
    let wide = wide.join(" or ");
    for before in [0, 62, 63, 64] {
        let mut text = "rules:\n".to_owned();
        for at in 0..before {
            let _ = write!(text, "  - name: plain{at}\n    when: 5xx > 10%\n");
        }
        let _ = write!(
            text,
            "  - name: both\n    when:\n      warning: {wide}\n      critical: 5xx > 20% until 4xx > 200%\n"
        );
        let found = lint::run(&load(&text));
        let is_told = found.iter().any(|of| of.code == Code::NeverResolves);
        assert!(is_told, "{before}");
    }
}

#[test]
fn of_very_many_findings_of_a_code_the_first_in_the_file_are_told() {
    let mut text = "rules:\n".to_owned();
    for at in 0..999 {
        let _ = write!(text, "  - name: r{at}\n    when: 5xx == {at}.5%\n");
    }
    text.push_str("  - name: last\n    when: (502 == 1.1% or 503 == 2.2%) and 504 == 3.3%\n");
    let found = lint::run(&load(&text));
    let told: Vec<&str> = found
        .iter()
        .filter(|of| of.code == Code::Equality)
        .map(|of| &text[of.primary.span.range()])
        .collect();
    assert_eq!((told.len(), told.last()), (1_000, Some(&"502 == 1.1%")));
}
