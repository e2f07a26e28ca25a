//! What `explain` says, read as a newcomer reads it.

use std::fmt::Write as _;
use std::process::{Command, Output};

use foghorn::lang::soonest::{Becomes, soonest};
use foghorn::lang::{Compiler, Names, parse_expr, parse_when};
use foghorn::pipeline::TimeToTell;
use foghorn::unit::{Severity, Timespan};

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

/// What is said of an expression, in one line.
fn said(text: &str) -> String {
    let words = printed(&["explain", "--", text]);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn where_one_minute_is_taken_to_decide_a_window_it_is_said_that_it_can_take_more() {
    for text in [
        "avg(requests over 5m) < 10",
        "share(5xx over 1h) > 1%",
        "5xx > 1% until burn(5xx over 1h, 99.9%) < 1",
        "stddev(5xx over 10m) > 1%",
        "avg(avg(5xx over 5m) over 5m) > 50%",
        "max(avg(5xx over 5m) over 5m) > 50% for 3m",
    ] {
        assert!(said(text).contains("it can take more"), "{text}");
    }
    for text in [
        "requests < 10",
        "avg(5xx over 5m) > 10%",
        "avg(5xx over 5m) > 2 * 5%",
        "-5xx < -10%",
        "max(requests over 5m) < 10",
        "5xx > 10% given avg(requests over 5m) > 50",
    ] {
        assert!(!said(text).contains("it can take more"), "{text}");
    }
    let compared = said("avg(5xx over 5m) > 3 * avg(5xx over 1h)");
    assert_eq!(compared.matches("it can take more").count(), 1);
}

#[test]
fn of_what_cannot_be_it_is_said_why_and_not_how_soon() {
    let never = said("5xx > 60% and 2xx > 50%");
    assert!(never.contains("never that cannot be: "), "{never}");
    assert!(!never.contains(" told "), "{never}");
    assert!(!said("5xx > 60% and 2xx > 30%").contains("never"));
}

#[test]
fn an_unknown_minute_clears_by_until_where_there_is_one() {
    let rules = "rules:\n  - {name: a, when: 5xx > 10% for 3m until 5xx < 5% for 5m, on_unknown: clear}\n  - {name: b, when: 5xx > 10% for 3m, on_unknown: clear}\n";
    let folder = Folder::with(rules, &[]);
    let of = |name: &str| {
        let output = folder.run(&["explain", "rules.yaml", name]);
        let words = String::from_utf8(output.stdout).unwrap();
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(of("a").contains("what fires resolves if `until` is unknown (`on_unknown: clear`)"));
    assert!(of("b").contains("what fires resolves (`on_unknown: clear`)"));
}

#[test]
fn one_domain_is_said_as_one() {
    let said = printed(&["explain", "5xx > 10% on at least 1 domains"]);
    assert!(
        said.contains("while at least 1 domain fires; a domain fires when"),
        "{said}"
    );
    assert!(
        said.contains("when no domain fires; a domain resolves with"),
        "{said}"
    );
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
        ("avg(5xx over 10m) > 50%", Some(6)),
        ("avg(5xx over 10m) >= 50%", Some(5)),
        ("avg(5xx over 10m) > 10% for 3m", Some(4)),
        ("10% <= avg(5xx over 10m)", Some(1)),
        ("avg(2xx over 10m) < 50%", Some(6)),
        ("avg(2xx over 10m) <= 50%", Some(5)),
        ("not (avg(2xx over 10m) > 50%)", Some(5)),
        ("-avg(5xx over 10m) < -50%", Some(6)),
        ("2 * avg(5xx over 10m) - 10% > 90%", Some(6)),
        ("avg(5xx / 2 over 10m) offset 5m > 25%", Some(11)),
        ("sum(5xx over 10m) > 500%", Some(6)),
        ("sum(5xx over 10m) / 10 > 10% given requests > 9", Some(2)),
        ("avg(5xx over 10m) > 100%", Some(10)),
        ("avg(avg(5xx over 5m) over 10m) > 50%", Some(1)),
        ("share(5xx over 10m) > 50%", Some(1)),
        ("burn(5xx over 1h, 99.9%) > 14.4", Some(1)),
        ("avg(5xx over 5m) > 2 * avg(5xx over 1h)", Some(1)),
        ("avg(requests over 5m) > 500", Some(1)),
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

#[test]
fn that_there_are_no_requests_settles_as_late_as_silence() {
    for (text, fires, resolves) in [
        ("no traffic", true, false),
        ("requests == 0 for 5m", true, false),
        ("requests < 1", true, false),
        ("0 >= requests", true, false),
        ("requests <= 0.5", true, false),
        ("not requests > 0", true, false),
        ("requests != 0", false, true),
        ("1 <= requests", false, true),
        ("requests < 2", false, false),
        ("requests > 1", false, false),
        ("requests(5xx) == 0", false, false),
    ] {
        let mut compiler = Compiler::default();
        let expr = parse_expr(text).0.unwrap();
        let (node, _) = compiler.expr(&expr, &Names::default()).unwrap();
        let program = compiler.finish();
        let waits = |becomes| soonest(&program, node, becomes).unwrap().waits_for_absence;
        let found = (waits(Becomes::True), waits(Becomes::False));
        assert_eq!(found, (fires, resolves), "{text}");
    }
}

/// A folder with samples of 2020-11-22 from 10:00 on and a rules file.
struct Folder(tempfile::TempDir);

impl Folder {
    /// Takes rows of percentages of 502 by domain: `12@40` are 12 % of 40 requests instead of 1000,
    /// `_` is a minute without data, `-` one without traffic.
    fn with(rules: &str, rows: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut lines = String::new();
        for (domain, row) in rows {
            for (at, cell) in row.split_whitespace().enumerate() {
                let minute = format!("2020-11-22T{:02}:{:02}:00Z", 10 + at / 60, at % 60);
                let (percent, requests) = cell.split_once('@').unwrap_or((cell, "1000"));
                let (codes, counts) = match percent {
                    "_" => continue,
                    "-" => (String::new(), String::new()),
                    percent => {
                        let requests: u32 = requests.parse().unwrap();
                        let bad = percent.parse::<u32>().unwrap() * requests / 100;
                        let good = requests - bad;
                        let rest = 100 - percent.parse::<u32>().unwrap();
                        (
                            format!(r#""502":"{percent}","200":"{rest}""#),
                            format!(r#","counts":{{"502":{bad},"200":{good}}}"#),
                        )
                    }
                };
                writeln!(
                    lines,
                    r#"{{"domain":"{domain}","minute":"{minute}","codes":{{{codes}}}{counts}}}"#
                )
                .unwrap();
            }
        }
        std::fs::write(folder.path().join("samples.jsonl"), lines).unwrap();
        std::fs::write(folder.path().join("rules.yaml"), rules).unwrap();
        Self(folder)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_foghorn"))
            .args(arguments)
            .current_dir(self.0.path())
            .output()
            .unwrap()
    }

    /// Prints the table of a rule up to a time of that day.
    fn table(&self, rule: &str, at: &str, more: &[&str]) -> String {
        let at = format!("2020-11-22T{at}:00Z");
        let mut arguments = vec!["explain", "rules.yaml", rule, "--at", &at];
        arguments.extend(["--data", "samples.jsonl"]);
        arguments.extend(more);
        let output = self.run(&arguments);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{told}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Returns what is said of what cannot be shown.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    }
}

fn rule(when: &str) -> String {
    format!("rules: [{{name: a, when: '{when}'}}]\n")
}

#[test]
fn a_table_shows_what_made_a_hold_begin_anew() {
    let rules = rule("5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 5m");
    let folder = Folder::with(&rules, &[("www", "0 12 15 4 12 13 20 12")]);
    insta::assert_snapshot!(folder.table("a", "10:07", &["--domain", "www"]));
}

#[test]
fn a_table_shows_how_until_counts_and_what_sets_it_back() {
    let rules = rule("5xx > 10% for 2m until 5xx < 5% for 3m");
    let folder = Folder::with(&rules, &[("www", "12 12 3 2 8 1 _ 1 2 3 20 0")]);
    insta::assert_snapshot!(folder.table("a", "10:11", &[]));
    // What fired before the first row is told all the same.
    insta::assert_snapshot!(folder.table("a", "10:08", &["--minutes", "2"]));
}

#[test]
fn a_gap_is_unknown_and_the_hold_begins_anew() {
    let folder = Folder::with(
        &rule("5xx > 10% for 3m"),
        &[("www", "0 12 12 _ - 12 12 12 2 2")],
    );
    insta::assert_snapshot!(folder.table("a", "10:09", &[]));
}

#[test]
fn some_of_the_last_minutes_are_counted_as_they_come_and_go() {
    let folder = Folder::with(
        &rule("5xx > 10% for 3 of 5m"),
        &[("www", "12 0 12 0 0 0 12 12 0 12 0 0 0")],
    );
    insta::assert_snapshot!(folder.table("a", "10:12", &["--minutes", "13"]));
}

#[test]
fn a_guard_that_is_not_true_leaves_a_minute_out() {
    let rules = rule("5xx > 10% given requests >= 50 for 2m");
    let folder = Folder::with(&rules, &[("www", "0 50 50@10 50 50 50@10 0@10 0")]);
    insta::assert_snapshot!(folder.table("a", "10:07", &[]));
}

#[test]
fn every_severity_has_its_table_and_parts_of_names_are_shown() {
    let rules = "let: {gateway: 502|503, limit: 2 * avg(5xx over 3m), bad: gateway > limit}\nrules:\n  \
        - name: a\n    when: {warning: bad and not no data or gateway > 30%, critical: (bad or (no data for 2m)) and change(5xx over 2m) > 5% and avg(requests over 5m) >= 50}\n";
    let folder = Folder::with(rules, &[("www", "1 1 1 9 40 _ _ 2 1")]);
    insta::assert_snapshot!(folder.table("a", "10:08", &[]));
}

#[test]
fn a_rule_of_many_domains_shows_how_many_fire() {
    let folder = Folder::with(
        &rule("5xx > 10% for 2m on at least 2 domains"),
        &[
            ("a.example.com", "0 12 12 12 12 0"),
            ("b.example.com", "0 0 12 12 0 0"),
            ("c.example.com", "0 0 0 0 0 0"),
        ],
    );
    insta::assert_snapshot!(folder.table("a", "10:05", &["--domain", "a.example.com"]));
}

#[test]
fn the_state_of_a_table_is_that_of_a_backtest() {
    let cells = ["0", "12", "20", "4", "40@10", "_", "-", "14", "8", "30"];
    for when in [
        "5xx > 10% for 2m",
        "5xx > 10% for 2 of 4m until 5xx < 5% for 2m",
        "5xx > 10% given requests >= 50 for 2m until 5xx < 9%",
    ] {
        // A row that is no pattern, and the same every time.
        let row: Vec<&str> = (1_usize..=200)
            .map(|n| cells[((n * n * 2_654_435_761) >> 13) % cells.len()])
            .collect();
        let folder = Folder::with(&rule(when), &[("www", &row.join(" "))]);
        let table = folder.table("a", "13:19", &["--minutes", "200"]);
        let times = |word: &str| -> Vec<String> {
            let lines = table.lines().filter(|line| line.contains(word));
            lines
                .filter_map(|line| Some(line.split_whitespace().next()?.to_owned()))
                .collect()
        };
        let arguments = ["--data", "samples.jsonl", "--format", "json"];
        let events = folder.run(&[&["backtest", "rules.yaml"], &arguments[..]].concat());
        let events = String::from_utf8(events.stdout).unwrap();
        let happened = |word: &str| -> Vec<String> {
            let event = format!(r#""event":"{word}""#);
            let lines = events.lines().filter(|line| line.contains(&event));
            // A line begins with its minute.
            lines.map(|line| line[22..27].to_owned()).collect()
        };
        assert!(happened("fired").len() > 3, "{events}");
        assert_eq!(times("it fires:"), happened("fired"), "{when}");
        assert_eq!(times("it resolves:"), happened("resolved"), "{when}");
    }
}

#[test]
fn an_expression_has_a_table_as_well() {
    let folder = Folder::with(&rule("5xx > 10%"), &[("www", "0 12 15 4")]);
    let at = "2020-11-22T10:03:00Z";
    let output = folder.run(&[
        "explain",
        "5xx > 10% for 2m",
        "--at",
        at,
        "--data",
        "samples.jsonl",
    ]);
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap());
}

#[test]
fn what_cannot_be_shown_says_why() {
    let rules = "rules:\n  - {name: a, when: 5xx > 10%, domains: [\"www*\"]}\n  - {name: b, when: 5xx > 10%}\n";
    let folder = Folder::with(rules, &[("www", "0 0 0 0"), ("img", "_ 0")]);
    let at = |rule: &'static str, at: &'static str, domain: &'static str| {
        let arguments = [
            "explain",
            "rules.yaml",
            rule,
            "--at",
            at,
            "--domain",
            domain,
        ];
        folder.refused(&[arguments.as_slice(), &["--data", "samples.jsonl"]].concat())
    };
    for (told, said) in [
        (
            at("a", "2020-11-22T10:09:00Z", "www"),
            "the samples of `www` end at 2020-11-22T10:03:00Z",
        ),
        (
            at("b", "2020-11-22T10:00:00Z", "img"),
            "the samples of `img` begin at 2020-11-22T10:01:00Z",
        ),
        (
            at("a", "2020-11-22T10:01:00Z", "wwv"),
            "did you mean `www`?",
        ),
        (
            at("a", "2020-11-22T10:01:00Z", "img"),
            "`a` is not about `img`",
        ),
        (at("a", "10:01", "www"), "a minute is written like"),
        (
            at("c", "2020-11-22T10:01:00Z", "www"),
            "no rule is called `c`",
        ),
    ] {
        assert!(told.contains(said), "{told}");
    }
}

#[test]
fn what_is_not_said_enough_of_says_what_to_add() {
    let rules = "rules:\n  - {name: a, when: 5xx > 10%, domains: [\"www*\"]}\n  - {name: b, when: 5xx > 10%}\n";
    let folder = Folder::with(rules, &[("www", "0 0 0 0"), ("img", "_ 0")]);
    for (told, said) in [
        (
            folder.refused(&["explain", "rules.yaml", "--at", "2020-11-22T10:01:00Z"]),
            "name it after the file",
        ),
        (
            folder.refused(&["explain", "rules.yaml", "a", "--domain", "www"]),
            "--at",
        ),
        (
            folder.refused(&[
                "explain",
                "rules.yaml",
                "b",
                "--at",
                "2020-11-22T10:01:00Z",
                "--data",
                "samples.jsonl",
            ]),
            "`img`, `www`",
        ),
        (
            folder.refused(&["explain", "5xx > 1%", "--at", "2020-11-22T10:01:00Z"]),
            "--data",
        ),
        (
            folder.refused(&[
                "explain",
                "5xx",
                "--at",
                "2020-11-22T10:01:00Z",
                "--data",
                "samples.jsonl",
            ]),
            "foghorn eval",
        ),
        (
            folder.refused(&["explain", "rules.yaml", "a", "--at", "2020-11-22T10:01:00Z"]),
            "foghorn.db",
        ),
    ] {
        assert!(told.contains(said), "{told}");
    }
}

#[test]
fn without_a_file_of_samples_the_store_has_them() {
    let folder = Folder::with(&rule("5xx > 10% for 2m"), &[("www", "0 12 _ 12 12 12 0")]);
    for account in ["main", "other"] {
        let output = folder.run(&["import", "--account", account, "samples.jsonl"]);
        assert_eq!(output.status.code(), Some(0));
    }
    let at = "2020-11-22T10:06:00Z";
    let asked = ["explain", "rules.yaml", "a", "--at", at, "--domain", "www"];
    let told = folder.refused(&asked);
    assert!(
        told.contains("add `--account` with one of `main`, `other`"),
        "{told}"
    );
    let output = folder.run(&[asked.as_slice(), &["--account", "main"]].concat());
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(shown, folder.table("a", "10:06", &[]));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("as if it had"), "{told}");
}

#[test]
fn names_of_further_files_are_explained_with_their_rules() {
    let folder = Folder::with(
        "let: {gateway: 502|503}\nrules: [more.yaml]\n",
        &[("www", "0 12 15")],
    );
    let more = "let: {bad: gateway > 10%}\nrules: [{name: a, when: bad for 2m}]\n";
    std::fs::write(folder.0.path().join("more.yaml"), more).unwrap();
    let output = folder.run(&["explain", "rules.yaml", "a"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("where     `bad` is: "), "{told}");
    insta::assert_snapshot!(folder.table("a", "10:02", &[]));
}

#[test]
fn the_time_to_tell_is_a_sum_of_its_terms() {
    let settling = foghorn::pipeline::Settling {
        settle: Timespan::from_seconds(300),
        max_lateness: Timespan::from_seconds(420),
    };
    for (text, fired, resolved) in [
        ("5xx > 10% for 3m until 5xx < 5% for 5m", Some(8), Some(10)),
        ("5xx > 10% for 3m", Some(8), Some(6)),
        ("5xx > 10% for 3 of 5m", Some(8), Some(8)),
        // While an average of the hour is below 5 %, which takes two bad minutes, it does not fire.
        ("5xx > 10% until avg(5xx over 1h) < 5%", Some(8), Some(63)),
        ("5xx > 10% until 5xx offset 10m < 5%", Some(16), Some(16)),
        ("min(5xx over 5m) > 1% for 2m", Some(11), Some(6)),
        ("5xx offset 10m > 1%", Some(16), Some(16)),
        // An absent minute is waited for three minutes more, but not beyond `max_lateness`.
        ("no data for 10m", Some(17), Some(6)),
        ("1% > 2%", None, None),
    ] {
        let (Some(when), _) = parse_when(text) else {
            panic!("{text}")
        };
        let mut compiler = Compiler::default();
        let tiers = [(Severity::Warning, when)];
        let compiled = compiler.rule(&tiers, &Names::default()).unwrap();
        let program = compiler.finish();
        let tier = &compiled.tiers[0];
        let minutes = |time: Option<TimeToTell>| {
            let time = time?;
            assert_eq!(time.most().seconds() - time.least().seconds(), 60);
            Some(time.least().seconds() / 60)
        };
        assert_eq!(
            minutes(TimeToTell::fired(&program, tier, settling)),
            fired,
            "{text}"
        );
        assert_eq!(
            minutes(TimeToTell::resolved(&program, tier, settling)),
            resolved,
            "{text}"
        );
    }
}

#[test]
fn an_example_makes_the_condition_true() {
    for (text, reach) in [
        ("5xx > 10% for 3m", 3),
        ("5xx > 60% and 2xx > 30% and not 502 > 1%", 1),
        ("5xx > 10% given requests >= 50 for 3m", 3),
        ("avg(5xx over 5m) > 3 * 404 and 404 > 1%", 5),
        ("no traffic for 2m", 2),
    ] {
        let told = printed(&["explain", text, "--example"]);
        let sample = told.lines().find(|line| line.trim_start().starts_with('{'));
        let sample = sample.unwrap_or_else(|| panic!("{told}")).trim();
        let lines: Vec<String> = (0..reach)
            .map(|at| sample.replace("T00:00", &format!("T00:0{at}")))
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.jsonl");
        std::fs::write(&path, lines.join("\n")).unwrap();
        let values = printed(&["eval", text, "--data", path.to_str().unwrap()]);
        assert!(
            values.trim_end().ends_with("  true"),
            "{text}: {told}{values}"
        );
    }
    insta::assert_snapshot!(printed(&[
        "explain",
        "5xx > 10% given requests >= 50 for 3m until 5xx < 5%",
        "--example"
    ]));
    let told = printed(&["explain", "5xx > 60% and 2xx > 50%", "--example"]);
    assert!(told.contains("example   there is none: "), "{told}");
    let told = printed(&["explain", "no data for 2m", "--example"]);
    assert!(told.contains("like this one: a minute without "), "{told}");
}

#[test]
fn what_no_route_takes_is_told_to_nobody() {
    let rules = "rules:\n  - {name: a, when: 5xx > 10% for 3m, severity: warning}\n  - {name: b, when: 5xx > 10% for 3m, severity: critical, active_hours: {hours: \"09:00-17:00\"}}\nnotify:\n  receivers: {x: [console: {}]}\n  routes: [{match: {severity: critical}, to: [x]}]\n";
    let folder = Folder::with(rules, &[]);
    let said = |name: &str| {
        let output = folder.run(&["explain", "rules.yaml", name]);
        let words = String::from_utf8(output.stdout).unwrap();
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let (untold, hours) = (said("a"), "outside of `active_hours` nobody is told");
    assert!(
        untold.ends_with("told nobody: no route takes it"),
        "{untold}"
    );
    let told = said("b");
    assert!(told.contains("told after 8m10s"), "{told}");
    assert!(told.ends_with(hours), "{told}");
}

#[test]
fn news_are_collected_by_the_route_that_takes_the_alert() {
    let rules = "source:\n  simulator: {domains: [www.example.com, api.example.com]}\nlabels:\n  - {domains: [\"api.*\"], labels: {team: api}}\nrules:\n  - name: a\n    when: {warning: 5xx > 10% for 3m, critical: 5xx > 40% for 3m}\n  - {name: b, when: 4xx > 10% for 3m, domains: [\"www.*\"]}\nnotify:\n  receivers: {x: [console: {}], y: [console: {}]}\n  routes:\n    - {match: {severity: critical}, to: [x], group_wait: 2h}\n    - {match: {team: api}, to: [y], group_wait: 20m}\n    - {to: [y]}\n";
    let told = |rules: &str, name: &str| -> Vec<String> {
        let folder = Folder::with(rules, &[]);
        let output = folder.run(&["explain", "rules.yaml", name]);
        let words = String::from_utf8(output.stdout).unwrap();
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let told = words.split(" told after ").skip(1);
        told.map(|told| told.split(" over ").next().unwrap().to_owned())
            .collect()
    };
    let a = told(rules, "a");
    assert!(a[0].starts_with("8m10s to 29m,"), "{a:?}");
    assert!(
        a[0].contains("10s to 20m `group_wait`, by the route"),
        "{a:?}"
    );
    assert!(a[1].starts_with("2h8m to 2h9m,"), "{a:?}");
    assert!(a[1].contains("2h `group_wait`"), "{a:?}");
    let b = told(rules, "b");
    assert!(b[0].starts_with("8m10s to 9m10s,"), "{b:?}");
    // Of domains that no source lists either route may take the alert.
    let found = rules.replace(
        "source:\n  simulator: {domains: [www.example.com, api.example.com]}\n",
        "",
    );
    let b = told(&found, "b");
    assert!(b[0].starts_with("8m10s to 29m,"), "{b:?}");
}
