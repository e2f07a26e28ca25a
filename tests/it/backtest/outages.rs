//! What is told of the worst: each outage once, with all that a reader must know of it.

use std::fmt::Write as _;

use super::Folder;
use super::said::{said, samples};

const TOLD: &str = "\
notify:
  receivers: {oncall: [console: {}]}
  routes: [{to: [oncall]}]
";

/// Returns minutes of zero, but for runs of so many percent that begin at a minute and last so long.
fn minutes(all: usize, bad: &[(usize, usize, i64)]) -> Vec<i64> {
    let of = |at| {
        let bad = bad
            .iter()
            .find(|(from, length, _)| (*from..from + length).contains(&at));
        bad.map_or(0, |(_, _, percent)| *percent)
    };
    (0..all).map(of).collect()
}

/// Returns what the page says of the worst.
fn worst(folder: &Folder) -> Vec<String> {
    let page = folder.read("out.html");
    let list = page.split("<ul>").nth(1).unwrap();
    let list = list.split("</ul>").next().unwrap();
    let said = list.split("<li>").skip(1);
    said.map(|said| said.split("</li>").next().unwrap().to_owned())
        .collect()
}

#[test]
fn an_alert_that_fires_again_and_again_is_told_as_such_and_one_of_another_day_by_itself() {
    let rules =
        format!("rules:\n  - {{name: origin, when: 5xx > 10% for 2m, severity: critical}}\n{TOLD}");
    let mut bad: Vec<(usize, usize, i64)> = (0..12).map(|at| (100 + 10 * at, 4, 20)).collect();
    bad[7].2 = 30;
    bad.push((1_000, 10, 15));
    let (folder, text) = said(&rules, &[("a.example.com", &minutes(1_440, &bad))]);
    assert_eq!(
        worst(&folder),
        [
            "Saturday 2020-11-21 01:41: a.example.com, origin (critical), 12 times until 03:34, the worst at 02:51 for 3m, at the worst 30% 5xx; told: oncall 01:47",
            "Saturday 2020-11-21 16:41: a.example.com, origin (critical), for 9m, at the worst 15% 5xx; told: oncall 16:47",
        ]
    );
    let row = "2020-11-21 01:41  1h53m  origin a.example.com 12x  30% 5xx\n";
    assert!(text.contains(row), "{text}");
    assert!(text.contains("\nNx: so often, "), "{text}");
}

#[test]
fn an_outage_of_a_rule_of_many_is_told_with_its_domains_and_how_bad_it_was_on_them() {
    let rules = format!(
        "rules:\n  - {{name: wide, when: 5xx > 10% for 3m on at least 2 domains, severity: critical}}\n  - {{name: origin, when: 5xx > 5%, severity: critical}}\n{TOLD}"
    );
    let bad = minutes(120, &[(30, 20, 40)]);
    let worse = minutes(120, &[(30, 20, 60)]);
    let later = minutes(120, &[(35, 10, 30)]);
    let (folder, _) = said(
        &rules,
        &[
            ("a.example.com", &bad),
            ("b.example.com", &worse),
            ("c.example.com", &later),
        ],
    );
    assert_eq!(
        worst(&folder),
        [
            "Saturday 2020-11-21 00:30: 3 domains together, wide (critical), also origin, for 20m, at first on a.example.com, b.example.com, at the worst 60% 5xx on b.example.com; told: oncall 00:36",
        ]
    );
}

#[test]
fn at_the_same_time_are_those_that_fired_in_one_minute() {
    let rules = "rules:\n  - {name: origin, when: 5xx > 10%, severity: critical}\n";
    // One long alert, which others meet one after the other, and two of them at once.
    let long = minutes(200, &[(10, 120, 50)]);
    let short = [20, 40, 60, 62].map(|from| minutes(200, &[(from, 5, 20)]));
    let names = ["b", "c", "d", "e"].map(|name| format!("{name}.example.com"));
    let mut domains: Vec<(&str, &[i64])> = vec![("a.example.com", &long)];
    domains.extend(
        names
            .iter()
            .map(String::as_str)
            .zip(short.iter().map(|of| &of[..])),
    );
    let (folder, _) = said(rules, &domains);
    let worst = worst(&folder);
    assert!(
        worst[0].contains("a.example.com and 2 more at the same time, origin (critical), for 2h,"),
        "{worst:?}"
    );
    assert!(
        worst.iter().any(|said| said.contains("b.example.com")),
        "{worst:?}"
    );
    assert!(
        worst.iter().any(|said| said.contains("c.example.com")),
        "{worst:?}"
    );
    assert_eq!(worst.len(), 3, "{worst:?}");
}

#[test]
fn an_alert_that_fires_all_the_time_leaves_room_for_the_others_in_the_list() {
    let rules = "\
rules:
  - {name: loud, when: 5xx > 10%, severity: critical, domains: [\"a.*\"]}
  - {name: late, when: 5xx > 10%, severity: warning, domains: [\"b.*\"]}
";
    let loud = [20, 0].repeat(700);
    let late = minutes(1_400, &[(1_300, 1, 20)]);
    let (folder, _) = said(rules, &[("a.example.com", &loud), ("b.example.com", &late)]);
    let page = folder.read("out.html");
    let table = page.split("id=\"firings\"").nth(1).unwrap();
    assert_eq!(table.matches("<td>loud</td>").count(), 499);
    assert!(table.contains("<td>2020-11-21 21:40</td><td>warning</td><td>late</td>"));
    assert!(table.contains("and 201 more: of alerts that fired often, the longest are listed"));
}

#[test]
fn a_change_that_loses_an_outage_says_so_at_the_top_whichever_is_the_worst() {
    let rule = |than: &str| {
        format!("rules:\n  - {{name: origin, when: 5xx > {than}, severity: critical}}\n")
    };
    let folder = Folder::new();
    folder.write("rules.yaml", rule("30%"));
    folder.write("old.yaml", rule("10%"));
    let mut lines = samples(&[("a.example.com", &minutes(300, &[(30, 40, 60)]))]);
    let _ = write!(
        lines,
        "{}",
        samples(&[
            ("b.example.com", &minutes(300, &[(100, 5, 20)])),
            ("c.example.com", &minutes(300, &[(200, 5, 20)])),
        ])
    );
    folder.write("samples.jsonl", lines);
    let text = folder.backtest(&["--data", "samples.jsonl", "--against", "old.yaml"]);
    let said = "Saturday's outage on a.example.com (40m) still caught; no longer caught: Saturday 01:40 on b.example.com, Saturday 03:20 on c.example.com";
    assert!(text.replace('\n', " ").contains(said), "{text}");
    let text = folder.backtest(&["--data", "samples.jsonl", "--against", "rules.yaml"]);
    assert!(!text.contains("no longer"), "{text}");
}
