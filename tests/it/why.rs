//! The two questions of the morning after: why was I told, and who would be told.

use std::fs;
use std::path::Path;
use std::process::Command;

use foghorn::engine::Event;
use serde_json::Value;

use super::from_alert::live;

/// Runs a command in a folder: status, output, errors.
fn foghorn(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_foghorn"));
    let output = command
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn why_shows_the_minutes_that_decided_and_who_was_told() {
    let folder = tempfile::tempdir().unwrap();
    let history = live(folder.path()).await;
    let fired = history.iter().find(|row| {
        let of = &row.transition;
        of.event == Event::Fired && of.key.rule == "held" && of.key.columns().1 == "a.example.com"
    });
    let fired = fired.unwrap();
    let (status, told, said) = foghorn(folder.path(), &["why", &fired.firing[..8], "rules.yaml"]);
    assert_eq!(status, Some(0), "{said}");
    for part in [
        "held on a.example.com",
        "What happened",
        "fired: critical, 5xx = ",
        "%\n",
        "resolved",
        "The minutes that decided",
        "5xx > 10%",
        "route 1 gives it to console",
        "console is told: first",
        "console is told: ",
        "      console, delivery ",
        "no try is known",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    let json = foghorn(folder.path(), &["why", &fired.firing, "--format", "json"]).1;
    let found: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(found["alert"], fired.firing.as_str());
    assert_eq!(found["history"][0]["event"], "fired");
    let rows = found["minutes"][0]["severities"][0]["rows"]
        .as_array()
        .unwrap();
    let last = rows.last().unwrap();
    assert_eq!(last["minute"], fired.transition.minute.to_string());
    assert_eq!(last["condition"], true);
    assert_eq!(last["parts"][0]["truth"], true);
    let decisions = found["decisions"].as_array().unwrap();
    let first = decisions.iter().find(|d| d["what"] == "told").unwrap();
    assert_eq!(first["receiver"], "console");
    assert_eq!(first["reason"], "first");
    assert_eq!(first["deliveries"][0]["tries"], Value::Array(Vec::new()));
    assert_eq!(first["deliveries"][0]["place"], "console");
    assert!(first["deliveries"][0]["channel"].is_u64());
    let (status, _, said) = foghorn(folder.path(), &["why", "nothing"]);
    assert_eq!(status, Some(2));
    assert!(said.contains("no alert of"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn why_says_where_the_rule_as_it_is_now_would_not_have_decided_so() {
    let folder = tempfile::tempdir().unwrap();
    let history = live(folder.path()).await;
    let path = folder.path().join("rules.yaml");
    let rules = fs::read_to_string(&path).unwrap();
    fs::write(folder.path().join("now.yaml"), rules.replace("10%", "80%")).unwrap();
    let changed = "By the rule as it stands in now.yaml now, this would not have happened";
    for name in ["held", "wide"] {
        let fired = history.iter().find(|row| row.transition.key.rule == name);
        let id = &fired.unwrap().firing;
        let (_, told, _) = foghorn(folder.path(), &["why", id]);
        assert!(!told.contains("would not have happened"), "{told}");
        let (_, told, _) = foghorn(folder.path(), &["why", id, "now.yaml"]);
        assert_eq!(told.matches(changed).count(), 1, "{told}");
        let json = foghorn(folder.path(), &["why", id, "now.yaml", "--format", "json"]).1;
        let found: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(found["minutes"][0]["decides"], false);
    }
}

const RULES: &str = "\
source: {simulator: {account: main, domains: [www.example.com, img.example.com]}}
rules:
  - name: origin-5xx
    when: {warning: 5xx > 10% for 3m, critical: 5xx > 50% for 3m}
    active_hours: {days: mon-fri, hours: \"09:00-18:00\", zone: Asia/Shanghai}
  - name: wide
    when: 5xx > 10% on at least 2 domains
    labels: {team: edge}
notify:
  receivers: {oncall: [console: {}], chat: [console: {}], boss: [console: {}]}
  routes:
    - match: {severity: critical}
      to: [oncall]
      continue: true
      group_wait: 30s
      escalate: [{after: 15m, to: [boss]}]
    - match: {rule: origin-*}
      to: [chat, oncall]
  inhibit: [{source: {rule: wide}, target: {rule: origin-5xx}}]
  silences: [{match: {domain: img.*}, from: 2026-11-27T00:00:00Z, to: 2026-11-28T00:00:00Z, reason: move}]
";

#[test]
fn route_says_who_would_be_told_when_and_by_which_route() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rules.yaml"), RULES).unwrap();
    let ask = |arguments: &[&str]| foghorn(folder.path(), &[&["route"], arguments].concat());
    // A Friday, at noon in Shanghai.
    let noon = [
        "origin-5xx",
        "--domain",
        "www.example.com",
        "--at",
        "2026-11-27T04:00:00Z",
    ];
    let (status, told, said) = ask(&noon);
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(
        told,
        "\
origin-5xx on www.example.com, warning, if it fires at 2026-11-27T04:00:00Z
  route 2: chat is told at 2026-11-27T04:00:10Z at the earliest, with others of rule=origin-5xx; a reminder after 4h
  route 2: oncall is told at 2026-11-27T04:00:10Z at the earliest, with others of rule=origin-5xx; a reminder after 4h
  not told while an alert fires that matches the source of inhibition 1
origin-5xx on www.example.com, critical, if it fires at 2026-11-27T04:00:00Z
  route 1: oncall is told at 2026-11-27T04:00:30Z at the earliest, with others of rule=origin-5xx; a reminder after 4h
      15m later boss too, if nobody has acknowledged it
  route 2: chat is told at 2026-11-27T04:00:10Z at the earliest, with others of rule=origin-5xx; a reminder after 4h
  not told while an alert fires that matches the source of inhibition 1
"
    );
    // A Saturday: they are told on Monday.
    let night = [
        "--at",
        "2026-11-28T04:00:00Z",
        "--severity",
        "warning",
        "--format",
        "json",
    ];
    let json = ask(&[&noon[..3], &night].concat()).1;
    let found: Value = serde_json::from_str(&json).unwrap();
    let warning = &found["severities"][0];
    assert_eq!(warning["mutes"], serde_json::json!(["outside_hours"]));
    assert_eq!(warning["active_from"], "2026-11-30T01:00:00Z");
    assert_eq!(warning["receivers"][0]["told_at"], "2026-11-30T01:00:10Z");
    let hidden = [
        "origin-5xx",
        "--domain",
        "img.example.com",
        "--at",
        "2026-11-27T04:00:00Z",
    ];
    assert!(
        ask(&hidden)
            .1
            .contains("not told while silence file-1 hides it")
    );
    assert!(
        ask(&["wide"])
            .1
            .contains("no route takes it: nobody is told")
    );
    for (arguments, why) in [
        (vec!["origin-5x"], "did you mean `origin-5xx`?"),
        (vec!["origin-5xx"], "say which, `--domain D`"),
        (vec!["wide", "--domain", "a"], "leave `--domain` out"),
    ] {
        let (status, _, said) = ask(&arguments);
        assert_eq!(status, Some(2));
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn route_refuses_domains_and_accounts_that_no_source_has() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rules.yaml"), RULES).unwrap();
    let ask = |arguments: &[&str]| {
        foghorn(
            folder.path(),
            &[&["route", "origin-5xx"], arguments].concat(),
        )
    };
    for (arguments, why) in [
        (
            &["--domain", "ww.example.com"][..],
            "no domain is called `ww.example.com`; did you mean `www.example.com`?",
        ),
        (
            &["--domain", "www.example.com", "--account", "nobody"],
            "no account is called `nobody`; there are main",
        ),
    ] {
        let (status, _, said) = ask(arguments);
        assert_eq!(status, Some(2));
        assert!(said.contains(why), "{said}");
    }
}
