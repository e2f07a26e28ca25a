//! What a backtest says is true: of rules that were not tried, of what still fires, of messages.

use std::fmt::Write as _;

use super::{Folder, minute};

/// Returns samples of domains, each with its percentage of 502 in each minute.
pub fn samples(domains: &[(&str, &[i64])]) -> String {
    let mut lines = String::new();
    for (domain, minutes) in domains {
        for (at, bad) in (0..).zip(*minutes) {
            writeln!(
                lines,
                r#"{{"domain":"{domain}","minute":"{}","codes":{{"200":{},"502":{bad}}},"counts":{{"200":{},"502":{bad}}}}}"#,
                minute(at),
                100 - bad,
                100 - bad,
            )
            .unwrap();
        }
    }
    lines
}

/// Returns what a rules file says over samples, in words.
pub fn said(rules: &str, domains: &[(&str, &[i64])]) -> (Folder, String) {
    let folder = Folder::new();
    folder.write("rules.yaml", rules);
    folder.write("samples.jsonl", samples(domains));
    let text = folder.backtest(&["--data", "samples.jsonl", "--report", "out.html"]);
    (folder, text)
}

#[test]
fn a_rule_that_is_about_no_domain_is_not_told_as_calm() {
    let rules = "\
rules:
  - {name: origin-5xx, when: 5xx > 10%, domains: [\"*.exmaple.com\", \"!a*\"]}
";
    let domains: [(&str, &[i64]); 2] = [("a.example.com", &[0, 50]), ("b.example.com", &[0, 50])];
    let (folder, text) = said(rules, &domains);
    let line =
        "origin-5xx applies to none of the 2 domains: its `domains:` are *.exmaple.com, !a*.\n";
    assert!(text.replace('\n', " ").contains(line.trim()), "{text}");
    assert!(!text.contains("would have fired"), "{text}");
    let page = folder.read("out.html");
    assert!(page.contains("applies to none of the 2 domains"));
    assert!(!page.contains("would have fired"));
    // Beside others, it is not among those that never fired.
    let more = format!(
        "{rules}  - {{name: calm, when: 5xx > 90%}}\n  - {{name: loud, when: 5xx > 20%}}\n"
    );
    let (folder, text) = said(&more, &domains);
    assert!(text.contains("Never fired: calm.\n"), "{text}");
    assert!(text.contains("origin-5xx applies to none"), "{text}");
    assert!(
        folder
            .read("out.html")
            .contains("origin-5xx applies to none")
    );
    let (_, text) = said(
        &more.replace("20%", "80%"),
        &[("a.example.com", &[0, 50]), ("b.example.com", &[0, 50])],
    );
    assert!(text.contains("Nothing else would have fired.\n"), "{text}");
}

#[test]
fn what_still_fires_at_the_end_is_told_with_its_worst_value() {
    let rules = "\
rules:
  - {name: origin-5xx, when: 5xx > 10% for 2m}
  - {name: wide, when: 5xx > 10% on at least 2 domains}
";
    let (folder, text) = said(
        rules,
        &[
            ("a.example.com", &[0, 20, 30, 60, 40]),
            ("b.example.com", &[0, 20, 20, 20, 20]),
            ("c.example.com", &[0, 0, 0, 20, 20]),
        ],
    );
    assert!(text.contains("origin-5xx a.example.com  60% 5xx"), "{text}");
    assert!(text.contains("3 domains"), "{text}");
    assert!(folder.read("out.html").contains("<td>60% 5xx</td>"));
}

#[test]
fn the_worst_value_is_that_of_the_worst_severity_wherever_it_was_reached() {
    let rules = "\
rules:
  - {name: early, when: avg(5xx over 3m) > 60% or 5xx > 10%}
  - name: both
    when:
      info: 2xx > 0% and 500 == 0%
      critical: 502 > 30%
";
    // Of the first minute no average is known yet. The critical severity is the worst at the fourth, and is left at
    // the fifth, for one that measures what is better then.
    let bad = [20, 20, 40, 90, 10, 20];
    let (folder, text) = said(rules, &[("a.example.com", &bad)]);
    let page = folder.read("out.html");
    for peak in ["<td>50% avg(5xx over 3m)</td>", "<td>90% 502</td>"] {
        assert!(page.contains(peak), "{peak}: {text}");
    }
    assert!(!page.contains("% 2xx</td>"), "{text}");
}

#[test]
fn an_alert_that_flaps_is_told_as_often_as_the_service_tells_it() {
    let rules = "\
rules:
  - {name: r, when: 5xx > 10%, severity: critical}
notify:
  receivers: {log: [console: {}]}
  routes: [{to: [log], group_interval: 1m}]
";
    let mut minutes = vec![0; 120];
    for at in 0..11 {
        minutes[10 + 2 * at] = 50;
    }
    let (_, text) = said(rules, &[("a.example.com", &minutes)]);
    // Five times that it fires and that it is over, that it flaps, and that it has settled.
    assert!(text.contains("log             12"), "{text}");
}

/// Returns two files of the same rules but for what is put in, compared.
fn compared(old: &str, new: &str, domains: &[(&str, &[i64])], format: &str) -> String {
    let folder = Folder::new();
    folder.write("old.yaml", format!("rules:\n{old}"));
    folder.write("rules.yaml", format!("rules:\n{new}"));
    folder.write("samples.jsonl", samples(domains));
    let against = [
        "--data",
        "samples.jsonl",
        "--against",
        "old.yaml",
        "--format",
    ];
    folder.backtest(&[&against[..], &[format]].concat())
}

#[test]
fn of_two_files_the_worst_differences_come_first_and_markdown_cuts_no_name() {
    // Forty short alerts that are for information, and behind them a long one that is critical.
    let mut minutes = [1, 0].repeat(40);
    minutes.extend([60; 9]);
    let name = "edge-bangkok-with-a-rather-long-name.ap.example.com";
    let old = "  - {name: loud, when: 5xx > 90%, severity: critical}\n";
    let new = "  - {name: loud, when: 5xx > 50%, severity: critical}\n  - {name: any, when: 5xx > 0.5%, severity: info}\n  - {name: calm, when: 5xx > 99%}\n";
    let human = compared(old, new, &[(name, &minutes)], "human");
    let differences = human.split("any ").last().unwrap();
    assert!(
        human.contains("New: any (41 alerts), calm (never fires)."),
        "{human}"
    );
    let first = human
        .lines()
        .find(|line| line.starts_with("added"))
        .unwrap();
    assert!(
        first.contains("loud") && first.contains("critical, 9m"),
        "{differences}"
    );
    let markdown = compared(old, new, &[(name, &minutes)], "markdown");
    assert!(!markdown.contains('…'), "{markdown}");
    assert!(markdown.contains(name), "{markdown}");
    let human = compared(new, new, &[(name, &minutes)], "human");
    assert!(
        !human.contains("New:") && !human.contains("Gone:"),
        "{human}"
    );
    let human = compared(new, old, &[(name, &minutes)], "human");
    assert!(
        human.contains("Gone: any (41 alerts), calm (never fires)."),
        "{human}"
    );
    assert!(
        human.replace('\n', " ").contains("no longer caught"),
        "{human}"
    );
}

#[test]
fn an_outage_of_everything_comes_before_a_long_alert_that_is_just_beyond_its_threshold() {
    let rules = "\
rules:
  - {name: origin-5xx, when: 5xx > 10%, severity: critical}
  - {name: burn, when: \"burn(5xx over 2m, 99.9%) > 14.4\", severity: critical, domains: [\"long*\"]}
  - when: {warning: 5xx > 1%, critical: 5xx > 50%}
    name: rising
  - {name: silent, when: (no data for 3m) and requests offset 10m > 0}
";
    let mut long = vec![0; 10];
    long.extend([3; 200]);
    let mut short = vec![0; 100];
    short.extend([5; 3]);
    short.extend([100; 15]);
    let (folder, text) = said(
        rules,
        &[("long.example.com", &long), ("short.example.com", &short)],
    );
    let page = folder.read("out.html");
    let worst = page.split("<li>").nth(1).unwrap();
    assert!(worst.contains("short.example.com"), "{worst}");
    assert!(worst.contains("at the worst 100% 5xx"), "{worst}");
    assert!(
        page.contains("rising (critical, at first warning)"),
        "{page}"
    );
    // What is compared with is no value of what is judged.
    assert!(
        page.contains("silent") && !page.contains("offset 10m</td>"),
        "{text}"
    );
}

#[test]
fn an_outage_is_told_once_with_all_its_rules_and_who_would_have_been_told() {
    let rules = "\
rules:
  - {name: origin, when: 5xx > 10%, severity: critical}
  - {name: gateway, when: 502 > 10%, severity: critical}
  - {name: third, when: 5xx > 70%, domains: [\"c.*\"], severity: warning}
  - {name: hours, when: 5xx > 5%, domains: [\"b.*\"], severity: warning, active_hours: {days: mon, hours: \"03:00-03:01\"}}
notify:
  receivers: {oncall: [console: {}]}
  routes: [{to: [oncall]}]
";
    let bad = |before: usize, percent: i64| -> Vec<i64> {
        let calm = |minutes| std::iter::repeat_n(0, minutes);
        let bad = std::iter::repeat_n(percent, 5);
        calm(before).chain(bad).chain(calm(60 - before)).collect()
    };
    let (folder, _) = said(
        rules,
        &[
            ("a.example.com", &bad(5, 90)),
            ("b.example.com", &bad(40, 8)),
            // By another rule of the same outage alone, which must be named there.
            ("c.example.com", &bad(5, 80)),
        ],
    );
    let page = folder.read("out.html");
    let worst = page.split("<ul>").nth(1).unwrap();
    let worst: Vec<&str> = worst.split("<li>").skip(1).collect();
    assert_eq!(worst.len(), 2, "{worst:?}");
    assert!(worst[0].contains("a.example.com"), "{worst:?}");
    let both = [
        "gateway (critical), also origin",
        "origin (critical), also gateway",
    ];
    assert!(both.iter().any(|said| worst[0].contains(said)), "{worst:?}");
    assert!(worst[0].contains(", third, for "), "{worst:?}");
    assert!(worst[0].contains("; told: oncall "), "{worst:?}");
    assert!(
        worst[1].contains("b.example.com") && worst[1].contains("; no message of its own"),
        "{worst:?}"
    );
}

#[test]
fn a_rule_of_many_domains_stands_for_the_alerts_on_them() {
    let rules = "\
rules:
  - {name: wide, when: 5xx > 10% on at least 3 domains, severity: critical}
  - {name: one, when: 5xx > 10%, severity: critical}
";
    let bad: Vec<i64> = [0; 5].into_iter().chain([50; 5]).chain([0; 5]).collect();
    let names = ["a", "b", "c", "d"].map(|name| format!("{name}.example.com"));
    let domains: Vec<(&str, &[i64])> = names.iter().map(|name| (name.as_str(), &bad[..])).collect();
    let (folder, _) = said(rules, &domains);
    let page = folder.read("out.html");
    let worst = page.split("<ul>").nth(1).unwrap();
    let worst = worst.split("</ul>").next().unwrap();
    assert_eq!(worst.matches("<li>").count(), 1, "{worst}");
    assert!(
        worst.contains("4 domains together, wide (critical), also one, for 5m"),
        "{worst}"
    );
}

#[test]
fn a_chart_shows_first_what_fired_there_and_says_what_it_leaves_out() {
    let mut rules = "rules:\n".to_owned();
    for place in 2..9 {
        let _ = writeln!(
            rules,
            "  - {{name: calm-{place}, when: \"avg(5xx over {place}m) > 99%\"}}"
        );
    }
    rules += "  - {name: any, when: 502 > 0.5%, severity: info}\n  - {name: loud, when: 5xx > 50%, severity: critical}\n";
    let (folder, _) = said(&rules, &[("a.example.com", &[0, 1, 0, 1, 60, 60])]);
    let page = folder.read("out.html");
    let data = page.split("id=\"data\">").nth(1).unwrap();
    let data = data.split("</script>").next().unwrap();
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    let curves = data["charts"][0]["curves"].as_array().unwrap();
    assert_eq!(curves.len(), 6);
    assert_eq!(
        (&curves[0]["text"], &curves[1]["text"]),
        (&"5xx".into(), &"502".into())
    );
    assert_eq!(data["charts"][0]["left"], 3);
    // The table and the charts know alerts by one order: the critical one first.
    assert_eq!(data["firings"][0][1], minute(4).epoch());
    let row = page.split("<table id=\"firings\">").nth(1).unwrap();
    let row = row.split("<tbody>").nth(1).unwrap();
    assert!(
        row.trim_start()
            .split("</tr>")
            .next()
            .unwrap()
            .contains("<td>critical</td>")
    );
}

#[test]
fn a_sweep_suggests_nothing_that_catches_nothing_and_names_what_is_missed() {
    let folder = Folder::new();
    let incident = |at: i64, name: &str| {
        let (from, to) = (minute(at), minute(at + 10));
        format!(
            "{{\"from\":\"{from}\",\"to\":\"{to}\",\"domain\":\"api.*\",\"name\":\"{name}\"}}\n"
        )
    };
    let swept = |known: String| {
        folder.write("known.jsonl", known);
        folder.backtest(&[
            "--data",
            "samples.jsonl",
            "--sweep",
            "origin-5xx: 5%..20%",
            "--incidents",
            "known.jsonl",
        ])
    };
    let text = swept(incident(100, "a calm one") + &incident(9_000, "next month"));
    assert!(
        !text.contains("<- now, suggested") && !text.contains("<- suggested"),
        "{text}"
    );
    assert!(
        text.contains("None of these catches any of the 1 incident."),
        "{text}"
    );
    assert!(
        text.replace('\n', " ")
            .contains("1 lies outside of the data and is not counted"),
        "{text}"
    );
    let text = swept(incident(100, "a calm one") + &incident(310, "the outage"));
    let plain = text.replace('\n', " ");
    assert!(
        plain.contains("It misses a calm one (2020-11-21 01:40, api.*)."),
        "{text}"
    );
    let text = swept(incident(9_000, "next month"));
    assert!(text.contains("No incident lies within the data"), "{text}");
    folder.write("known.jsonl", "\n");
    let sweep = ["--data", "samples.jsonl", "--sweep", "origin-5xx: 5%..20%"];
    let told = folder.refused(&[&sweep[..], &["--incidents", "known.jsonl"]].concat());
    assert!(told.contains("known.jsonl has no incident"), "{told}");
    // What the rule has now stands where it belongs.
    let text = folder.backtest(&[
        "--data",
        "samples.jsonl",
        "--sweep",
        "origin-5xx: 5%..45% step 20%",
    ]);
    let now = text
        .lines()
        .position(|line| line.contains("<- now"))
        .unwrap();
    let higher = text
        .lines()
        .position(|line| line.trim_start().starts_with("25%"))
        .unwrap();
    assert!(now < higher, "{text}");
}

#[test]
fn of_each_incident_it_is_said_which_alert_caught_it_first() {
    let folder = Folder::new();
    let incident = |at: i64, domain: &str, name: &str| {
        let (from, to) = (minute(at), minute(at + 10));
        format!(
            "{{\"from\":\"{from}\",\"to\":\"{to}\",\"domain\":\"{domain}\",\"name\":\"{name}\"}}\n"
        )
    };
    folder.write(
        "known.jsonl",
        incident(309, "api.*", "the outage")
            + &incident(100, "www.*", "unseen")
            + &incident(9_000, "*", "later"),
    );
    let known = ["--data", "samples.jsonl", "--incidents", "known.jsonl"];
    let text = folder.backtest(&known);
    for line in [
        "the outage (2020-11-21 05:09, api.*)  gateway api.example.com (critical)     2m\n",
        "unseen (2020-11-21 01:40, www.*)      no alert\n",
        "later (2020-11-27 06:00, *)           outside of the data\n",
        "1 of 2 incidents caught",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let told = folder.refused(&[&known[..], &["--format", "json"]].concat());
    assert!(told.contains("said in words"), "{told}");
}
