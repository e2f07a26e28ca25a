//! What `--fix` mends.

use std::collections::BTreeSet;
use std::path::Path;

use foghorn::config::Environment;
use foghorn::diag::{Basis, Code, Diagnostic, Files, Level};
use foghorn::lint::{self, Options};

use super::{load, world};
use crate::config::{mutate, numbers};

fn mended(text: &str) -> String {
    let options = Options::default();
    let done = lint::mend("rules.yaml", &world(text), Environment::Absent, &options).unwrap();
    let change = done.changes.into_iter().next();
    change.map_or(text.to_owned(), |change| change.new)
}

/// Each pair is a condition and what it becomes.
const CONDITIONS: [(&str, &str); 58] = [
    (
        "100 * requests(5xx) / requests > 10",
        "100.0 * requests(5xx) / requests > 10",
    ),
    (
        "requests(5xx) / requests * 100 > 10",
        "requests(5xx) / requests * 100.0 > 10",
    ),
    ("100 - 2xx > 10", "100% - 2xx > 10%"),
    ("100 - 2xx - 3xx > 10", "100% - 2xx - 3xx > 10%"),
    ("5xx is above 10%", "5xx > 10%"),
    ("5xx > 10% for 3 out of 5m", "5xx > 10% for 3 of 5m"),
    ("5xx > 10% for 3/5m", "5xx > 10% for 3 of 5m"),
    ("5?? > 10%", "5xx > 10%"),
    ("500...504 > +10%", "500..504 > 10%"),
    ("HTTP 502 > 10%", "502 > 10%"),
    ("5xx >= 10% and <= 20%", "5xx >= 10% and 5xx <= 20%"),
    (
        "5xx > 10% unless requests < 50 for 3m",
        "5xx > 10% given requests >= 50 for 3m",
    ),
    ("5xx > 10% && requests > 50", "5xx > 10% and requests > 50"),
    ("5xx > 10%||4xx > 50%", "5xx > 10% or 4xx > 50%"),
    ("5xx > 10% AND requests > 50", "5xx > 10% and requests > 50"),
    ("502||503 > 10%", "502|503 > 10%"),
    ("!(5xx > 10%)", "not (5xx > 10%)"),
    ("5xx% > 10%", "5xx > 10%"),
    ("5Xx > 10%", "5xx > 10%"),
    ("5xx > 10 %", "5xx > 10%"),
    ("5xx > 10 percent", "5xx > 10%"),
    ("5xx > 10", "5xx > 10%"),
    ("502 + 503 > 10", "502 + 503 > 10%"),
    ("5xx => 10%", "5xx >= 10%"),
    ("5xx ≥ 10%", "5xx >= 10%"),
    ("5xx above 10%", "5xx > 10%"),
    ("5xx ＞ １０％", "5xx > 10%"),
    ("5xx > 10% for 3", "5xx > 10% for 3m"),
    ("5xx > 10% for 3min", "5xx > 10% for 3m"),
    ("5xx > 10% for 3 m", "5xx > 10% for 3m"),
    ("5xx > 10% for 120s", "5xx > 10% for 2m"),
    ("5xx > 10% for 3m of 5m", "5xx > 10% for 3 of 5m"),
    ("5xx > 10% 3m", "5xx > 10% for 3m"),
    ("avg(5xx, 5m) > 10%", "avg(5xx over 5m) > 10%"),
    ("average(5xx over 5m) > 10%", "avg(5xx over 5m) > 10%"),
    (
        "share(502 + 503 over 5m) > 10%",
        "share(502|503 over 5m) > 10%",
    ),
    ("5xx > 0,5%", "5xx > 0.5%"),
    ("5xx > .5%", "5xx > 0.5%"),
    ("502,503 > 10%", "502|503 > 10%"),
    ("504..502 > 10%", "502..504 > 10%"),
    ("1% < 5xx < 5%", "1% < 5xx and 5xx < 5%"),
    (
        "5xx > 10% for 3m given requests > 50",
        "5xx > 10% given requests > 50 for 3m",
    ),
    ("5xx > 10% on 2 domains", "5xx > 10% on at least 2 domains"),
    ("badd > 10%", "bad > 10%"),
    (
        "5xx > 10 && requests >= 1_000 for 3mins",
        "5xx > 10% and requests >= 1000 for 3m",
    ),
    ("5xx > 1０%", "5xx > 10%"),
    ("5xx > 1０ percent", "5xx > 10%"),
    ("5０x > 1%", "50x > 1%"),
    ("5xx > 10% for 3０m", "5xx > 10% for 30m"),
    ("avg(5xx over 1０m) > 10%", "avg(5xx over 10m) > 10%"),
    (
        "5xx > 10% on at least 2０% of domains",
        "5xx > 10% on at least 20% of domains",
    ),
    ("5хх > 10% аnd no data", "5xx > 10% and no data"),
    ("502,503,504 > 10%", "502|503|504 > 10%"),
    ("avg(5xx) over 5m > 10%", "avg(5xx over 5m) > 10%"),
    ("5xx > 10% for 3 in 5m", "5xx > 10% for 3 of 5m"),
    ("5xx > 10% for the last 5m", "5xx > 10% for 5m"),
    ("5xx > 10% for 1h 30m", "5xx > 10% for 1h30m"),
    (
        "on at least 3 domains 5xx > 10%",
        "5xx > 10% on at least 3 domains",
    ),
];

#[test]
fn a_fault_with_one_certain_mend_is_mended() {
    for (faulty, sound) in CONDITIONS {
        for style in [
            "'CONDITION'",
            "|\n      # why\n      CONDITION # end",
            "\"CONDITION\"",
        ] {
            let file = |condition: &str| {
                let when = style.replace("CONDITION", condition);
                format!("let: {{bad: 5xx}}\nrules:\n  - name: a # x\n    when: {when}\n")
            };
            let loaded = load(&file(sound));
            let faults = lint::run(&loaded);
            assert!(loaded.config.is_some(), "{sound}: {faults:?}");
            assert_eq!(mended(&file(faulty)), file(sound), "{faulty}");
        }
    }
}

#[test]
fn what_stands_in_a_wrong_place_is_put_where_it_belongs() {
    let when = "5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 5m";
    let rule = |lines: &str| format!("rules:\n  - name: a\n{}", lines.replace("WHEN", when));
    for (faulty, sound) in [
        ("    critical: WHEN\n", "    when:\n      critical: WHEN\n"),
        (
            "    info: WHEN\n    critical: WHEN # why\n",
            "    when:\n      info: WHEN\n      critical: WHEN # why\n",
        ),
        (
            "    when:\n    warning: WHEN\n",
            "    when:\n      warning: WHEN\n",
        ),
        // Several lines are put nowhere.
        ("    critical:\n      WHEN\n", "    critical:\n      WHEN\n"),
        (
            "    when: WHEN\n    domains: [a.com] severity: critical\n",
            "    when: WHEN\n    domains: [a.com]\n    severity: critical\n",
        ),
        (
            "    when: WHEN\n    domains: [a.com] the main site\n",
            "    when: WHEN\n    domains: [a.com] the main site\n",
        ),
        (
            "    when: WHEN\n  - severity: critical\n    domains: [a.com]\n",
            "    when: WHEN\n    severity: critical\n    domains: [a.com]\n",
        ),
        (
            "    severity: info   # why\n     when: WHEN\n",
            "    severity: info   # why\n    when: WHEN\n",
        ),
        // A sentence may say anything, and a list of codes is no list.
        (
            "    when: WHEN\n    description: page if severity: critical\n",
            "    when: WHEN\n    summary: \"page if severity: critical\"\n",
        ),
        (
            "    when: WHEN\n    labels:\n      owner: Team web: shop\n",
            "    when: WHEN\n    labels:\n      owner: \"Team web: shop\"\n",
        ),
        // The severity that is less deep is put beside the others first.
        (
            "    when:\n    info: WHEN\n      critical: WHEN\n",
            "    when:\n      info: WHEN\n      critical: WHEN\n",
        ),
        // What was to follow nobody knows.
        (
            "    when: WHEN\n    summary: \"{{ domain }} and",
            "    when: WHEN\n    summary: \"{{ domain }} and",
        ),
    ] {
        assert_eq!(mended(&rule(faulty)), rule(sound), "{faulty}");
    }
    for (faulty, sound) in [
        (" history: 14d\nrules: []\n", "history: 14d\nrules: []\n"),
        (
            "let:\n  x: 5xx\n rules: [{name: a, when: \"x > 10%\"}]\n",
            "let:\n  x: 5xx\nrules: [{name: a, when: \"x > 10%\"}]\n",
        ),
        (
            "rules:\n  - name: a\n    when: 5xx > 10% given requests >= 50\n    for 3m\n",
            "rules:\n  - name: a\n    when: 5xx > 10% given requests >= 50\n      for 3m\n",
        ),
        (
            "let:\n  x：5xx\nrules: [{name: a, when: \"x > 10%\", labels: {team：web}}]\n",
            "let:\n  x: 5xx\nrules: [{name: a, when: \"x > 10%\", labels: {team: web}}]\n",
        ),
    ] {
        assert_eq!(mended(faulty), sound);
    }
    let text = "let:\n   a: 502|503\n  b: requests >= 50\nrules:\n  - name: a\n    when: a > 10% given b for 3m\n";
    assert_eq!(mended(text), text.replace("   a: 5", "  a: 5"));
}

#[test]
fn however_many_rules_are_torn_each_is_told_once_and_mended() {
    let rules = |dash: &str| {
        let rule = |at: usize| {
            format!(
                "  - name: a{at}\n    when: {} > 10% given requests >= 50 for 3m\n  {dash} severity: info\n",
                200 + at
            )
        };
        (0..130)
            .map(rule)
            .fold("rules:\n".to_owned(), |all, rule| all + &rule)
    };
    let found = lint::run(&load(&rules("-")));
    let errors = found.iter().filter(|found| found.level == Level::Error);
    let messages: Vec<&str> = errors.map(|found| found.message.as_str()).collect();
    let is_dash = |message: &&str| message.starts_with("this dash begins another rule");
    assert!(
        messages.iter().all(is_dash) && !messages.is_empty(),
        "{messages:?}"
    );
    assert_eq!(mended(&rules("-")), rules(" "));
}

#[test]
fn what_adds_nothing_is_removed_once_the_rest_of_the_condition_is_mended() {
    let rule = |when: &str| format!("rules:\n  - name: a\n    when: {when}\n");
    for (faulty, sound) in [
        (
            "5xx > 10% until 502 < 4% and 5xx + 502 < 6%",
            "5xx > 10% until 502 < 4% and 5xx < 6%",
        ),
        ("200 < 50% and 2xx + 200 < 90%", "200 < 50% and 2xx < 90%"),
        ("2xx < 50% and 2xx + 2xx < 90%", "2xx < 50%"),
    ] {
        assert_eq!(mended(&rule(faulty)), rule(sound), "{faulty}");
    }
}

#[test]
fn a_condition_that_yaml_takes_for_a_tag_is_quoted_as_a_whole() {
    let rule = |when: &str| format!("rules:\n  - name: a\n    when: {when} # why\n");
    let mended = mended(&rule("!(5xx > 10%)"));
    assert_eq!(mended, rule("\"not (5xx > 10%)\""));
}

#[test]
fn what_may_mean_two_things_is_left_to_a_person() {
    for condition in [
        "5xx > 0.1",
        "5xx > 10% for 90s",
        "5xx > 10% for 8d",
        "5xx > 10% for 6 of 5m",
        "mix(5xx over 5m) > 10%",
        "avg(5xx) > 10%",
        "requests > 1,000",
        "5xx > 10% for 3m and requests > 50",
        "6xx > 10%",
        "requests > 10%",
        "5xx > 10% over 5m",
        "bad2 > 10%",
        "50xx > 10%",
        "5xx > 1½%",
        "5xx > 10% for 1½h",
        "5xx > 10% for 2 3m",
        "5xx > 10% for 1 1m",
        "5xx > 10% for 5m 5m",
        "5xx > 10% for 3m5",
        "5xx > 20% or 5xx > 10% for 3m",
        "no traffic or no data for 10m",
        "5xx > 10% or 503 > 10% given requests >= 50 for 3m",
        "5xx > 10% > 5%",
        "500–504 > 10%",
        "!2xx > 10%",
        "5xx > 10% and !404 > 5%",
        "5xx > ${LIMIT}",
        "burn(5xx over 1h, 1) > 14.4",
        "2 * 502 > 10",
        "requests > 100 and 404 > 20",
        "requests > 100 and 2 * 404 > 20",
        "5xx > 10% given 404 > 20",
    ] {
        let text = format!("let: {{bad1: 5xx}}\nrules:\n  - name: a\n    when: '{condition}'\n");
        assert_eq!(mended(&text), text);
    }
}

#[test]
fn what_can_be_read_in_two_ways_is_not_judged() {
    let ambiguous = "5xx > 20% or 5xx > 10% for 3m";
    for text in [
        format!("rules:\n  - name: a\n    when: {ambiguous}\n"),
        format!("let: {{bad: {ambiguous}}}\nrules:\n  - name: a\n    when: bad\n"),
    ] {
        let found = lint::run(&load(&text));
        let codes: Vec<Code> = found.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [Code::Syntax], "{found:?}");
    }
    // Its types are told all the same.
    let text = format!("rules:\n  - name: a\n    when: {ambiguous} until 5xx < 5\n");
    let found = lint::run(&load(&text));
    let codes: Vec<Code> = found.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::Syntax, Code::TypeMismatch], "{found:?}");
}

#[test]
fn a_name_that_somebody_chose_is_not_exchanged_for_another() {
    let file = |names: &str, to: &str, when: &str| {
        format!(
            "let: {{gw: 502|503, busy: requests >= 50}}\nrules:\n  - name: a\n    when: {when}\nnotify:\n  receivers: {{{names}: [console: {{}}]}}\n  routes: [{{to: [{to}]}}]\n"
        )
    };
    for (known, written) in [
        ("ops-us", "ops-eu"),
        ("oncall", "oncall-eu"),
        ("dbb", "dba"),
        ("c", "cc"),
    ] {
        let text = file(known, written, "gw > 10% given busy");
        assert_eq!(mended(&text), text);
    }
    let text = file("chat", "chat", "gwy > 10% given busy");
    assert_eq!(mended(&text), text);
    for (known, written) in [("oncall", "on-call"), ("chat", "chta"), ("chat", "Chat")] {
        let when = "gw > 10% given busy";
        assert_eq!(
            mended(&file(known, written, when)),
            file(known, known, when)
        );
    }
}

#[test]
fn a_language_is_known_by_its_names_and_how_grave_something_is_is_not_guessed() {
    let file = |severity: &str, language: &str| {
        format!(
            "rules:\n  - name: a\n    when: 5xx > 10%\n    severity: {severity}\nnotify:\n  receivers: {{chat: [console: {{language: {language}}}]}}\n  routes: [{{to: [chat]}}]\n"
        )
    };
    for language in ["cn", "zh-CN", "zh_Hans", "Chinese", "中文"] {
        assert_eq!(
            mended(&file("info", language)),
            file("info", "zh"),
            "{language}"
        );
    }
    assert_eq!(mended(&file("info", "en-US")), file("info", "en"));
    for severity in ["high", "error", "page", "fatal", "low", "notice", "medium"] {
        let text = file(severity, "zh");
        assert_eq!(mended(&text), text);
    }
    assert_eq!(mended(&file("crit", "zh")), file("critical", "zh"));
    assert_eq!(mended(&file("warn", "zh")), file("warning", "zh"));
}

#[test]
fn an_item_in_a_wrong_column_is_moved_with_all_of_its_lines() {
    let first = "rules:\n  - name: a\n    when: 5xx > 10%\n";
    let item = |indent: &str| {
        format!("{indent}- name: b # why\n{indent}  when: 4xx > 10%\n\n{indent}  severity: info\n")
    };
    for indent in ["", " ", "   ", "    "] {
        for last in ["", "  - name: c\n    when: 404 > 10%\n"] {
            let text = format!("{first}{}{last}", item(indent));
            assert_eq!(
                mended(&text),
                format!("{first}{}{last}", item("  ")),
                "{text}"
            );
        }
    }
}

#[test]
fn a_slip_is_mended_where_it_is_and_its_neighbours_are_left_alone() {
    let rule = "rules:\n  - name: a\n    when: 5xx > 10%\n";
    let rules = |below: &str| format!("{rule}{below}");
    let source = "source:\n  - aliyun_cdn:\n      domains: [a.example.com]\n      credentials: {access_key_id: \"${AK}\", access_key_secret: \"${SK}\"}\n   - aliyun_dcdn:\n      domains: [b.example.com]\n";
    for (faulty, sound) in [
        // What is in quotes, or whole, is no fault of the line above; and the lines below the dash stand
        // where they belong.
        (
            format!("{source}{rule}"),
            format!("{source}{rule}").replace("   - aliyun_dcdn", "  - aliyun_dcdn"),
        ),
        (
            rules(
                "    summary: \"{{ domain }}: {{ value }}\"\n    runbook_url:https://w.example.com/a\n",
            ),
            rules(
                "    summary: \"{{ domain }}: {{ value }}\"\n    runbook_url: https://w.example.com/a\n",
            ),
        ),
        // Only the dash is in a wrong column.
        (
            rules(
                " - name: b\n    when: 4xx > 50%\n    summary: s\n  - name: c\n    when: 429 > 10%\n",
            ),
            rules(
                "  - name: b\n    when: 4xx > 50%\n    summary: s\n  - name: c\n    when: 429 > 10%\n",
            ),
        ),
        (
            rules(
                "notify:\n  receivers:\n    eu: [{webhook: {url: \"https://h.example.com/x\"}]\n    all: [{console: {}}]\n",
            ),
            rules(
                "notify:\n  receivers:\n    eu: [{webhook: {url: \"https://h.example.com/x\"}]\n    all: [{console: {}}]\n",
            ),
        ),
        (
            rules("    summary: \"{ domain }} is bad\"\n"),
            rules("    summary: \"{{ domain }} is bad\"\n"),
        ),
        (
            "rules:\n  name: a\n    when: 5xx > 10%\n".to_owned(),
            rule.to_owned(),
        ),
    ] {
        assert_eq!(mended(&faulty), sound, "{faulty}");
    }
    let told = |text: String| load(&text).diagnostics;
    let dash = told(format!("{source}{rule}"));
    let is_of_dash = |fault: &Diagnostic| fault.message.contains("begins in column 4");
    assert!(dash.iter().any(is_of_dash), "{dash:?}");
    let text = rules("notify:\n  receivers:\n    eu: [{webhook: {url: x}]\n    all: []\n");
    let brace = told(text);
    let is_of_brace =
        |fault: &Diagnostic| fault.help.as_deref() == Some("write `}` before the `]`");
    assert!(brace.iter().any(is_of_brace), "{brace:?}");
}

#[test]
fn what_is_missing_between_a_key_and_its_value_is_put_in_and_comments_stay() {
    let rule = "rules:\n  - name: a\n    when: 5xx > 10%\n";
    for (faulty, sound) in [
        (
            "    summary: Attention: x # why\n",
            "    summary: \"Attention: x\" # why\n",
        ),
        (
            "    summary: [CDN] x # why\n",
            "    summary: \"[CDN] x\" # why\n",
        ),
        ("    summary: @x # why\n", "    summary: \"@x\" # why\n"),
        ("    severity = info # why\n", "    severity: info # why\n"),
        ("    severity=info\n", "    severity: info\n"),
        ("    labels: {team:web}\n", "    labels: {team: web}\n"),
        ("    labels: {team=web}\n", "    labels: {team: web}\n"),
        (
            "    active_hours: {days:mon-fri}\n",
            "    active_hours: {days: mon-fri}\n",
        ),
        (
            "    active_hours: {days:[mon]}\n",
            "    active_hours: {days: [mon]}\n",
        ),
        (
            "    active_hours: {hours: 22:00-06:00\"}\n",
            "    active_hours: {hours: \"22:00-06:00\"}\n",
        ),
        (
            "    summary: \"{{ domain }}}\"\n",
            "    summary: \"{{ domain }}\"\n",
        ),
    ] {
        assert_eq!(mended(&format!("{rule}{faulty}")), format!("{rule}{sound}"));
    }
    // What may be a part of the text is left to a person.
    let text = format!("{rule}    summary: Attention: see issue #5\n");
    assert_eq!(mended(&text), text);
}

#[test]
fn a_number_gets_no_unit_and_a_misspelt_alias_no_quotes() {
    let rule =
        "rules:\n  - name: a\n    when: 5xx > 10% given requests >= 50 for 3m until 5xx < 5%\n";
    let anchor = format!("{rule}    domains: &sites [\"a.example.com\"]\n");
    let broken = anchor.replace(']', "");
    let alias = "  - name: b\n    when: 404 > 30%\n    domains: *site\n";
    let same = alias.replace("*site", "*sites");
    for text in [
        format!("{rule}history: 14\n"),
        format!("{rule}settle: 300\n"),
        format!("{anchor}{alias}"),
        format!("{broken}{same}"),
    ] {
        assert_eq!(mended(&text), text);
    }
    let zero = format!("{rule}settle: 0\n");
    assert_eq!(mended(&zero), zero.replace("settle: 0", "settle: 0s"));
}

#[test]
fn a_line_that_would_still_be_wrong_is_left_as_it_is() {
    for condition in [
        "600 > 10%",
        "5xx > 10% in 3 of 5m",
        "rate(http_5xx[5m]) > 0.1",
        "5xx >= 1 for 3m until 5xx < 0.5",
    ] {
        let text = format!("rules:\n  - name: a\n    when: '{condition}'\n");
        assert_eq!(mended(&text), text);
    }
}

#[test]
fn slips_in_yaml_are_mended_with_the_rest_as_it_was() {
    for (faulty, sound) in [
        ("settle: 5min # why", "settle: 5m # why"),
        ("history: 2w", "history: 14d"),
        ("setle: 5m", "settle: 5m"),
        (
            "\"history\" : 7d\nstor: sqlite:a.db",
            "\"history\" : 7d\nstore: sqlite:a.db",
        ),
        (
            "settle: 5m\nsettle: 5m # again",
            "settle: 5m\nsettle: 5m # again",
        ),
        ("settle: 5m\nsettle: 5m", "settle: 5m"),
        (
            "labels: [{domains: [*.example.com], labels: {a: b}}]",
            "labels: [{domains: [\"*.example.com\"], labels: {a: b}}]",
        ),
        (
            "labels: [{domains: ['*', !a.example.com], labels: {a: b}}]",
            "labels: [{domains: ['*', \"!a.example.com\"], labels: {a: b}}]",
        ),
    ] {
        let file =
            |head: &str| format!("# head\nrules: [{{name: a, when: 5xx > 10%}}] # kept\n{head}\n");
        assert_eq!(mended(&file(faulty)), file(sound));
    }
    for (faulty, sound) in [
        ("when:5xx > 10%", "when: 5xx > 10%"),
        ("when = 5xx > 10%", "when: 5xx > 10%"),
        ("when 5xx > 10%", "when: 5xx > 10%"),
        (
            "when: 5xx > 10%\n    summary: Look: here",
            "when: 5xx > 10%\n    summary: \"Look: here\"",
        ),
        (
            "when: 5xx > 10%\n    summary: {{ domain }} is ill",
            "when: 5xx > 10%\n    summary: \"{{ domain }} is ill\"",
        ),
        (
            "when: 5xx > 10%\n    summary: '{{ domian }} is ill'",
            "when: 5xx > 10%\n    summary: '{{ domain }} is ill'",
        ),
        (
            "when: 5xx > 10%\n   severity: info",
            "when: 5xx > 10%\n    severity: info",
        ),
        (
            "when: 5xx > 10%\n  name: c\n    when: 5xx > 2%",
            "when: 5xx > 10%\n  - name: c\n    when: 5xx > 2%",
        ),
        (
            "when: 5xx > 10%\n    severity: warn",
            "when: 5xx > 10%\n    severity: warning",
        ),
        (
            "when: >-\n      5xx > 10% # why\n      and no data",
            "when: |-\n      5xx > 10% # why\n      and no data",
        ),
    ] {
        let file = |rest: &str| {
            format!("rules:\n  - name: a # x\n    {rest}\n  - {{name: b, when: 5xx > 1%}}\n")
        };
        assert_eq!(mended(&file(faulty)), file(sound));
        let crlf = file(faulty).replace('\n', "\r\n");
        assert_eq!(mended(&crlf), file(sound).replace('\n', "\r\n"));
    }
}

#[test]
fn an_escaped_text_is_not_edited() {
    let text = "rules: [{name: a, when: \"5xx \\x3e 10\"}]\n";
    assert_eq!(mended(text), text);
}

#[test]
fn what_is_taken_away_takes_no_comment_with_it() {
    for condition in [
        "404 > 10%  # a\n      or 404 > 20%  # b, since c\n      or 403 > 30%",
        "502|503   # gateway\n      |502    # again\n      > 10%",
        "5xx > 10% given requests >= 50\n      and 5xx >= 0%  # always\n      for 3m",
    ] {
        let text = format!("rules:\n  - name: a\n    when: |\n      {condition}\n");
        assert_eq!(mended(&text), text);
    }
}

#[test]
fn more_equal_faults_than_are_told_at_once_are_mended_too() {
    for (written, meant, count) in [
        ("5xx > 10% && 4xx > 5%", "5xx > 10% and 4xx > 5%", 450),
        ("5xx + 502 > 10%", "5xx > 10%", 1_100),
    ] {
        let file = |condition: &str| {
            let rules = (0..count).map(|at| format!("- {{name: r{at}, when: {condition}}}\n"));
            format!("rules:\n{}", rules.collect::<String>())
        };
        assert_eq!(mended(&file(written)), file(meant));
    }
}

#[test]
fn mending_is_done_once() {
    for (_, text) in fixtures() {
        let once = mended(&text);
        assert_eq!(mended(&once), once);
    }
}

/// Returns the fixtures of the linter.
fn fixtures() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path.display().to_string(), text));
        }
    }
    found.sort();
    found
}

#[test]
fn whatever_a_file_says_mending_it_makes_no_sound_file_faulty() {
    for (seed, (_, text)) in (0..).zip(fixtures()) {
        let mut numbers = numbers(seed);
        for _ in 0..2 {
            let mutant = mutate(&text, &mut numbers);
            let before = load(&mutant).config.is_some();
            let after = mended(&mutant);
            assert!(
                !before || load(&after).config.is_some(),
                "{mutant}\n{after}"
            );
        }
    }
}

#[test]
fn a_finding_says_whether_its_mend_rests_on_a_proof() {
    let basis = |when: &str| {
        let found = lint::run(&load(&format!("rules:\n  - name: a\n    when: {when}\n")));
        let mut mended = found.into_iter().filter(|finding| finding.fix.is_some());
        mended.next().map(|finding| (finding.code, finding.basis))
    };
    for (when, code, expected) in [
        ("5xx > 10% or 5xx > 20%", Code::Redundant, Basis::Proof),
        ("5xx > 10% given 5xx >= 0%", Code::Redundant, Basis::Proof),
        ("5xx|502 > 10%", Code::Redundant, Basis::Proof),
        ("5xx > 10% for 5 of 5m", Code::Redundant, Basis::Place),
        ("5xx + 502 > 10%", Code::DoubleCount, Basis::Place),
        ("5xx => 10%", Code::Syntax, Basis::Place),
    ] {
        assert_eq!(basis(when), Some((code, expected)), "{when}");
    }
}

/// Makes the edits of one mend.
fn apply(finding: &Diagnostic, files: &Files) -> String {
    let file = files.get(finding.primary.file).unwrap();
    let mut edits = finding.fix.clone().unwrap().0;
    edits.sort_by_key(|edit| edit.span);
    let (mut text, mut at) = (String::new(), 0);
    for edit in &edits {
        assert_eq!(edit.file, finding.primary.file);
        text.push_str(&file.text[at..edit.span.start()]);
        text.push_str(&edit.text);
        at = edit.span.end();
    }
    text + &file.text[at..]
}

/// Each fix by itself, in every fixture: its finding is gone, and no error has come that was not
/// there, but for what could not be read before.
#[test]
fn every_mend_of_every_fixture_removes_its_finding_and_adds_no_error() {
    let mut mends = 0;
    for (name, text) in fixtures() {
        let loaded = load(&text);
        let before = lint::run(&loaded);
        let count = |found: &[Diagnostic], of: &Diagnostic| {
            let same = |f: &&Diagnostic| f.code == of.code && f.message == of.message;
            found.iter().filter(same).count()
        };
        let messages = |found: &[Diagnostic]| -> BTreeSet<String> {
            let errors = found.iter().filter(|f| f.level == Level::Error);
            errors.map(|f| f.message.clone()).collect()
        };
        for finding in before.iter().filter(|finding| finding.fix.is_some()) {
            mends += 1;
            let mended = apply(finding, &loaded.files);
            let after = lint::run(&load(&mended));
            assert!(
                count(&after, finding) < count(&before, finding),
                "{name}: {}\n{mended}",
                finding.message
            );
            let (old, new) = (messages(&before), messages(&after));
            let fresh: Vec<&String> = new.difference(&old).collect();
            let rules = load(&text).outline.rules;
            let was_unread = rules.iter().all(|rule| rule.tiers.is_empty());
            assert!(
                fresh.is_empty() || was_unread,
                "{name}: {} brings {fresh:?}\n{mended}",
                finding.message
            );
        }
    }
    assert!(mends > 20, "{mends}");
}

#[test]
fn a_mend_leaves_parentheses_in_pairs() {
    for condition in [
        "5xx > 10% and (4xx >= -5% and 4xx < 30%)",
        "(4xx >= -5% and 4xx < 30%) and 5xx > 10%",
        "5xx > 70% or (5xx > 35% or 4xx > 30%)",
        "(5xx > 10%) and (5xx > 5%)",
        "5xx > 10% and ((4xx >= -5%) and 4xx < 30%)",
        "(5xx > 10% or 5xx > 20%) and 2xx < 90%",
    ] {
        let text = format!("rules:\n  - name: a\n    when: {condition}\n");
        let found = lint::run(&load(&text));
        let redundant = found.iter().filter(|d| d.code.as_str() == "redundant");
        let (mut count, mut mends) = (0, 0);
        for fix in redundant
            .inspect(|_| count += 1)
            .filter_map(|d| d.fix.as_ref())
        {
            mends += 1;
            let mut new = text.clone();
            for edit in fix.0.iter().rev() {
                new.replace_range(edit.span.range(), &edit.text);
            }
            assert!(load(&new).config.is_some(), "{condition}: {new}");
        }
        assert!(0 < count, "{condition}");
        // One whose parentheses stand around both sides can be mended.
        let is_within = condition.ends_with("2xx < 90%");
        assert!(0 < mends || !is_within, "{condition}");
    }
}

#[test]
fn a_key_that_may_mean_one_of_two_is_not_mended() {
    let file = |kind: &str| {
        format!(
            "source: {{{kind}: {{account: main, domains: [www.example.com]}}}}\nrules:\n  - {{name: a, when: 5xx > 10% for 3m}}\n"
        )
    };
    for kind in ["alibaba_cloud", "aliyun", "cdn"] {
        assert_eq!(mended(&file(kind)), file(kind));
    }
    assert_eq!(mended(&file("dcdn")), file("aliyun_dcdn"));
}
