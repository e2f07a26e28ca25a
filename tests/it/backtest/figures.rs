//! The figures of a backtest are of the time that was tried, and of what was tried in it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::said::{said, samples};
use super::{Folder, minute};

/// Returns so many minutes, of which some from `bad` up to `good` are at so many percent.
fn minutes(all: usize, (bad, good): (usize, usize), percent: i64) -> Vec<i64> {
    let is_bad = |at| (bad..good).contains(&at);
    let of = |at| if is_bad(at) { percent } else { 0 };
    (0..all).map(of).collect()
}

/// Returns the data of a report's charts.
fn drawn(folder: &Folder) -> Value {
    let page = folder.read("out.html");
    let data = page.split("id=\"data\">").nth(1).unwrap();
    serde_json::from_str(data.split("</script>").next().unwrap()).unwrap()
}

/// Returns samples of one domain without counts.
fn uncounted(minutes: &[i64]) -> String {
    let mut lines = String::new();
    for (at, bad) in (0..).zip(minutes) {
        let (minute, good) = (minute(at), 100 - bad);
        writeln!(
            lines,
            r#"{{"domain":"a.example.com","minute":"{minute}","codes":{{"200":{good},"502":{bad}}}}}"#
        )
        .unwrap();
    }
    lines
}

const REMINDED: &str = "\
rules:
  - {name: r, when: 5xx > 10%, severity: critical}
notify:
  receivers: {oncall: [console: {}], boss: [console: {}]}
  routes: [{to: [oncall], repeat_interval: REPEAT, escalate: [{after: 2h, to: [boss]}]}]
";

/// Returns how many messages each receiver would have had.
fn told(text: &str) -> Vec<(String, u64)> {
    let rows = text
        .lines()
        .skip_while(|line| !line.starts_with("RECEIVER"));
    let rows = rows.skip(1).take_while(|line| !line.is_empty());
    let row = |line: &str| {
        let mut words = line.split_whitespace();
        let name = words.next().unwrap().to_owned();
        (name, words.next().unwrap().parse().unwrap())
    };
    rows.map(row).collect()
}

#[test]
fn messages_are_counted_up_to_the_end_of_the_data_whether_an_alert_is_over_then_or_not() {
    let rules = REMINDED.replace("REPEAT", "1h");
    let of = |oncall, boss| vec![("boss".to_owned(), boss), ("oncall".to_owned(), oncall)];
    let days = 2 * 1_440;
    let (_, text) = said(&rules, &[("a.example.com", &minutes(days, (10, days), 50))]);
    assert_eq!(told(&text), of(48, 1), "{text}");
    // With the end of the outage, both are told of it.
    let good = minutes(days, (10, days - 10), 50);
    let (_, text) = said(&rules, &[("a.example.com", &good)]);
    assert_eq!(told(&text), of(49, 2), "{text}");
    // What fires in the last minute is still told, and nobody is reminded after it.
    let rules = REMINDED.replace("REPEAT", "5m");
    for fires in [28, 29] {
        let (_, text) = said(&rules, &[("a.example.com", &minutes(30, (fires, 30), 50))]);
        assert_eq!(told(&text), of(1, 0), "{text}");
    }
}

#[test]
fn a_minute_of_which_a_domain_has_no_sample_is_told_of_when_a_service_would_have_judged_it() {
    let rules = "\
rules:
  - {name: gone, when: no data for 5m}
notify:
  receivers: {oncall: [console: {}]}
  routes: [{to: [oncall]}]
";
    let bad = minutes(100, (0, 0), 0);
    // What others send says that a minute has passed. Where all are silent, the service tells of that by itself.
    let last = r#"{"domain":"z.example.com","minute":"2020-11-21T02:30:00Z","codes":{}}"#;
    for (others, told) in [(100, ""), (150, "oncall 01:53")] {
        let folder = Folder::new();
        folder.write("rules.yaml", rules);
        let lines = samples(&[
            ("a.example.com", &bad),
            ("b.example.com", &minutes(others, (0, 0), 0)),
        ]);
        folder.write("samples.jsonl", lines + last);
        folder.backtest(&["--data", "samples.jsonl", "--report", "out.html"]);
        let page = folder.read("out.html");
        let row = page.split("<tr>").find(|row| {
            row.contains("<td>2020-11-21 01:44</td>") && row.contains("<td>a.example.com</td>")
        });
        let cell = format!("<td>{told}</td>");
        assert!(row.unwrap().contains(&cell), "{row:?}");
    }
}

#[test]
fn while_the_whole_source_is_silent_rules_about_missing_data_tell_nobody() {
    let rules = "\
rules:
  - {name: gone, when: no data for 10m}
  - {name: all-gone, when: no data for 10m on at least 2 domains}
notify:
  receivers: {oncall: [console: {}]}
  routes: [{to: [oncall]}]
";
    let gap = |gap: std::ops::Range<i64>| {
        let lines = samples(&[
            ("a.example.com", &minutes(120, (0, 0), 0)),
            ("b.example.com", &minutes(120, (0, 0), 0)),
        ]);
        let is_there = |line: &&str| !gap.clone().any(|at| line.contains(&minute(at).to_string()));
        let lines: Vec<&str> = lines.lines().filter(is_there).collect();
        let folder = Folder::new();
        folder.write("rules.yaml", rules);
        folder.write("samples.jsonl", lines.join("\n"));
        let text = folder.backtest(&["--data", "samples.jsonl"]);
        assert!(text.contains("gone a.example.com"), "{text}");
        told(&text)
    };
    // Of 14 minutes `source-late` tells nothing.
    assert_eq!(gap(40..54), [("oncall".to_owned(), 4)]);
    assert_eq!(gap(40..70), [("oncall".to_owned(), 0)]);
}

#[test]
fn of_less_than_a_day_there_is_no_rate() {
    let rules = REMINDED.replace("REPEAT", "1h");
    let (folder, text) = said(&rules, &[("a.example.com", &minutes(120, (10, 20), 50))]);
    assert!(!text.contains("a day"), "{text}");
    let page = folder.read("out.html");
    assert!(page.contains("<td>oncall</td><td>2</td><td></td>"));
    let swept = folder.backtest(&["--data", "samples.jsonl", "--sweep", "r: 5%..20%"]);
    assert!(swept.contains("ALERTS  FIRING"), "{swept}");
    let (folder, text) = said(&rules, &[("a.example.com", &minutes(2_160, (10, 20), 50))]);
    assert!(text.contains("1.3 a day"), "{text}");
    let swept = folder.backtest(&["--data", "samples.jsonl", "--sweep", "r: 10%"]);
    assert!(swept.contains("ALERTS  A WEEK"), "{swept}");
    assert!(swept.contains("     1     4.7 "), "{swept}");
}

#[test]
fn a_rule_that_was_unknown_all_the_time_is_not_told_as_calm() {
    let day_ago = "5xx > 3 * avg(5xx over 10m offset 1d)";
    for (when, counts, why) in [
        (
            "5xx > 20% given requests >= 50 for 3m",
            false,
            "the samples have no counts of requests.",
        ),
        (
            "requests(5xx) > 9",
            false,
            "the samples have no counts of requests.",
        ),
        (day_ago, true, "it looks back 1d10m, and the data is 2h."),
        (
            "5xx > 20% given requests >= 500",
            true,
            "what stands behind its `given` was never true.",
        ),
        ("5xx / 4xx > 2", true, "`5xx / 4xx` was."),
    ] {
        let folder = Folder::new();
        folder.write("old.yaml", "rules:\n  - {name: calm, when: 5xx > 90%}\n");
        let rules = format!("rules:\n  - name: u\n    when: {when}\n");
        folder.write("rules.yaml", &rules);
        let bad = minutes(120, (0, 120), 50);
        let lines = if counts {
            samples(&[("a.example.com", &bad)])
        } else {
            uncounted(&bad)
        };
        folder.write("samples.jsonl", lines);
        let data = ["--data", "samples.jsonl"];
        let sentence = format!("u was unknown in all 120 minutes: {why}");
        let plain = |text: String| text.replace('\n', " ");
        let text = plain(folder.backtest(&[&data[..], &["--report", "out.html"]].concat()));
        assert!(text.contains(&sentence), "{text}");
        let page = folder.read("out.html");
        assert!(page.contains("u was unknown in all 120 minutes"), "{when}");
        for calm in [&text, &page] {
            assert!(!calm.contains("would have fired"), "{when}");
        }
        let against = ["--against", "old.yaml", "--format", "human"];
        let text = plain(folder.backtest(&[&data[..], &against].concat()));
        assert!(text.contains("New: u (not tried)."), "{text}");
        assert!(text.contains(&sentence), "{text}");
        let text = plain(folder.backtest(&[&data[..], &["--sweep", "u: for 1m..5m"]].concat()));
        assert!(
            text.contains(&sentence) && !text.contains("ALERTS"),
            "{text}"
        );
        // Beside others, it is not among those that never fired.
        folder.write("rules.yaml", rules + "  - {name: calm, when: 5xx > 90%}\n");
        let text = plain(folder.backtest(&data));
        assert!(text.contains("Nothing else would have fired."), "{text}");
    }
}

#[test]
fn a_rule_that_was_known_in_one_minute_was_tried() {
    let rules = "rules:\n  - {name: u, when: avg(5xx over 1h) > 60%}\n";
    let (_, text) = said(rules, &[("a.example.com", &minutes(30, (0, 30), 50))]);
    assert!(text.contains("Nothing would have fired."), "{text}");
}

#[test]
fn a_rule_of_many_is_known_after_the_minute_in_which_enough_were_bad() {
    let rules = "rules:\n  - {name: wide, when: 5xx > 10% for 2m on at least 2 domains}\n";
    let domains: [(&str, &[i64]); 2] = [
        ("a.example.com", &minutes(120, (10, 120), 50)),
        ("b.example.com", &minutes(120, (90, 120), 50)),
    ];
    let (folder, text) = said(rules, &domains);
    let row = text.lines().find(|line| line.starts_with("wide")).unwrap();
    assert!(row.ends_with(" 2m"), "{text}");
    // A rule of which one domain alone was bad before is another alert.
    folder.write("old.yaml", rules);
    folder.write("rules.yaml", rules.replace("for 2m", "for 20m"));
    let json = folder.backtest(&[
        "--data",
        "samples.jsonl",
        "--against",
        "old.yaml",
        "--format",
        "json",
    ]);
    let pair: Value = serde_json::from_str(json.trim()).unwrap();
    for side in ["old", "new"] {
        assert_eq!(pair[side]["since"], minute(90).to_string(), "{json}");
    }
}

#[test]
fn of_an_outage_within_which_judging_begins_it_is_not_known_after_how_long_it_was_known() {
    let rules = "rules:\n  - {name: r, when: 5xx > 10% for 3m}\n";
    let (folder, text) = said(rules, &[("a.example.com", &minutes(60, (20, 40), 50))]);
    assert!(text.contains("     18m  3m\n"), "{text}");
    let from = minute(30).to_string();
    let within = [
        "--data",
        "samples.jsonl",
        "--report",
        "out.html",
        "--judge-from",
        &from,
    ];
    let text = folder.backtest(&within);
    assert!(text.contains("     10m  not known\n"), "{text}");
    let page = folder.read("out.html");
    assert_eq!(page.matches("<td>not known</td>").count(), 2);
    assert!(!page.contains("took"));
}

#[test]
fn two_accounts_of_one_domain_are_told_apart() {
    let folder = Folder::new();
    let rules = "\
rules:
  - {name: r, when: 5xx > 10%, severity: critical}
notify:
  receivers: {oncall: [console: {}]}
  routes: [{to: [oncall], group_by: [account]}]
store: sqlite:two.db
";
    folder.write("rules.yaml", rules);
    for (account, bad) in [("calm", 0), ("loud", 50), ("mild", 20)] {
        let minutes = minutes(60, (10, 20), bad);
        folder.write("in.jsonl", samples(&[("a.example.com", &minutes)]));
        let import = [
            "import",
            "in.jsonl",
            "--store",
            "sqlite:two.db",
            "--account",
        ];
        let output = folder.run(&[&import[..], &[account]].concat());
        assert!(output.status.success(), "{output:?}");
    }
    let text = folder.backtest(&["--report", "out.html"]);
    for said in [
        "r  ",
        "2 of 3",
        "Without an alert of their own: 1 of 3 domains.",
        "a.example.com (loud)       1     10m  r 1",
        "r a.example.com (mild)  20% 5xx",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let page = folder.read("out.html");
    assert!(page.contains("on 2 domains; one had none"), "{text}");
    assert_eq!(page.matches("<td>oncall 00:16</td>").count(), 2);
    let charts = drawn(&folder)["charts"].as_array().unwrap().clone();
    let of = |chart: &Value| (chart["title"].clone(), chart["alerts"].clone());
    let titles: Vec<_> = charts.iter().map(of).collect();
    assert!(titles.contains(&(json!("a.example.com (calm)"), json!(0))));
    assert!(titles.contains(&(json!("a.example.com (loud)"), json!(1))));
    let calm = charts.iter().find(|of| of["alerts"] == 0).unwrap();
    assert_eq!(calm["spans"], json!([]));
}

#[test]
fn charts_show_all_alerts_however_many_there_are() {
    let rules = "rules:\n  - {name: r, when: 5xx > 10%, severity: info}\n";
    let minutes = [50, 0].repeat(6_000);
    let (folder, _) = said(rules, &[("a.example.com", &minutes)]);
    let data = drawn(&folder);
    let overview = data["overview"].as_array().unwrap();
    assert_eq!((overview.len(), &data["apart"]), (6_000, &json!(0)));
    let last = minute(11_998).epoch();
    assert_eq!(overview[5_999], json!([0, "info", last, last + 1]));
    // A chart has less room: what is close together is one there, and that is said.
    let chart = &data["charts"][0];
    assert_eq!(chart["alerts"], 6_000);
    let first = minute(0).epoch();
    assert_eq!(chart["spans"], json!([["info", true, first, last + 1]]));
    assert_eq!(chart["apart"], 1);
}

#[test]
fn a_negative_threshold_is_a_line_of_its_curve() {
    let rules = "rules:\n  - {name: r, when: change(2xx over 10m) < -20%}\n";
    let (folder, _) = said(rules, &[("a.example.com", &minutes(60, (20, 40), 50))]);
    let curve = &drawn(&folder)["charts"][0]["curves"][0];
    assert_eq!(curve["thresholds"][0]["value"], -20_000);
}

#[test]
fn an_alert_that_fired_before_an_incident_has_no_delay_and_an_incident_on_no_domain_is_no_miss() {
    let rules = "\
rules:
  - {name: r, when: 5xx > 10%, severity: critical}
  - {name: wide, when: 5xx > 10% on at least 1 domains}
";
    let incident = |at: i64, domain: &str| {
        let (from, to) = (minute(at), minute(at + 10));
        format!(
            "{{\"from\":\"{from}\",\"to\":\"{to}\",\"domain\":\"{domain}\",\"name\":\"at {at}\"}}\n"
        )
    };
    let (folder, _) = said(rules, &[("a.example.com", &minutes(300, (100, 200), 50))]);
    let known = incident(95, "a.*") + &incident(101, "a.*") + &incident(180, "a.*");
    folder.write("known.jsonl", known + &incident(150, "a.con"));
    let data = ["--data", "samples.jsonl", "--incidents", "known.jsonl"];
    let text = folder.backtest(&data);
    let after = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        line.split("  ").last().unwrap().trim().to_owned()
    };
    assert_eq!(after("at 95"), "6m", "{text}");
    assert_eq!(after("at 101"), "fired before", "{text}");
    assert_eq!(after("at 180"), "fired before", "{text}");
    assert_eq!(after("at 150"), "no such domain in the data", "{text}");
    let plain = text.replace('\n', " ");
    assert!(plain.contains("3 of 3 incidents caught"), "{text}");
    assert!(plain.contains("judges a minute 5m after its end"), "{text}");
    // A sweep says the same.
    let sweep = [&data[..], &["--sweep", "r: 10%"]].concat();
    let text = folder.backtest(&sweep);
    let row = text.lines().find(|line| line.contains("<- now")).unwrap();
    let cells: Vec<&str> = row.split_whitespace().collect();
    let expected = "10% - 1 1h40m 3 of 3 2 6m 6m 0 <- now, suggested";
    assert_eq!(cells.join(" "), expected, "{text}");
    let plain = text.replace('\n', " ");
    let lies = "1 lies on domains that the data has not and is not counted.";
    assert!(plain.contains(lies), "{text}");
    let json = folder.backtest(&[&sweep[..], &["--format", "json"]].concat());
    let row: Value = serde_json::from_str(json.trim()).unwrap();
    assert_eq!((&row["caught"], &row["before"]), (&json!(3), &json!(2)));
    assert_eq!(row["delay_worst_minutes"], 6);
}
