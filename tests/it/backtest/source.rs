//! `--from`: the last days of the source itself.

use super::{Folder, RULES};

/// Rules over a simulator whose clock begins at a time of its own, so that every run is the same.
fn rules(seed: u32, more: &str) -> String {
    format!(
        "source:\n  simulator:\n    account: main\n    domains: [a.example.com, b.example.com]\n    seed: {seed}\n    start: 2026-11-22T10:00:00Z\n    rate: 200\n{more}{RULES}"
    )
}

/// What the source says of a minute that has settled, it will not change.
const AT_ONCE: &str = "max_lateness: 5m\n";

fn events(folder: &Folder, from: &str) -> String {
    folder.backtest(&["--from", from, "--format", "json"])
}

/// Returns what was kept of the source.
fn kept(folder: &Folder) -> String {
    let export = folder.run(&["export", "--store", "sqlite:foghorn.source.db"]);
    String::from_utf8(export.stdout).unwrap()
}

#[test]
fn the_last_hours_of_the_source_are_judged_and_kept_for_the_next_time() {
    let folder = Folder::new();
    folder.write("rules.yaml", rules(1, AT_ONCE));
    let first = events(&folder, "2h");
    assert!(first.contains(r#""event":"fired""#), "{first}");
    // What was kept is what was judged.
    let kept = kept(&folder);
    folder.write("kept.jsonl", &kept);
    assert!(kept.contains("2026-11-22T07:55:00Z") && kept.contains("2026-11-22T09:54:00Z"));
    assert!(!kept.contains("2026-11-22T07:54:00Z") && !kept.contains("2026-11-22T09:55:00Z"));
    assert_eq!(
        folder.backtest(&["--data", "kept.jsonl", "--format", "json"]),
        first
    );
    assert_eq!(events(&folder, "2h"), first);
    // Another source has other weather, though it has the same name.
    folder.write("rules.yaml", rules(2, AT_ONCE));
    events(&folder, "2h");
    assert_ne!(self::kept(&folder), kept);
    folder.write("rules.yaml", rules(1, AT_ONCE));
    assert_eq!(events(&folder, "2h"), first);
    assert_eq!(self::kept(&folder), kept);
    assert!(first.contains(&events(&folder, "1h")) || !events(&folder, "1h").is_empty());
    // What is before it is.
    let longer = events(&folder, "3h");
    assert!(longer.lines().count() > first.lines().count(), "{longer}");
    let words = folder.backtest(&["--from", "3h"]);
    assert!(
        words.contains("over the last 3h of the source\n"),
        "{words}"
    );
    assert!(
        words.contains("2026-11-22 06:55 to 2026-11-22 09:55 UTC, 3h"),
        "{words}"
    );
}

#[test]
fn minutes_that_the_source_does_not_have_yet_are_neither_absent_nor_kept() {
    let folder = Folder::new();
    folder.write(
        "rules.yaml",
        "source:
  simulator:
    domains: [a.example.com]
    start: 2026-11-22T10:00:00Z
    scenario: {late: [{by: 12m}]}
rules: [{name: silent, when: no data for 2m}, {name: there, when: not no data}]
",
    );
    let judged = events(&folder, "30m");
    assert!(judged.contains(r#""rule":"there""#), "{judged}");
    assert!(!judged.contains(r#""rule":"silent""#), "{judged}");
    let kept = kept(&folder);
    assert!(kept.contains("2026-11-22T09:44:00Z"), "{kept}");
    assert!(!kept.contains("2026-11-22T09:45:00Z"), "{kept}");
    assert_eq!(events(&folder, "30m"), judged);
}

#[test]
fn without_a_source_or_over_too_long_a_time_nothing_is_asked() {
    let folder = Folder::new();
    let told = folder.refused(&["--from", "2h"]);
    assert!(told.contains("there is no `source:` to ask"), "{told}");
    let output = folder.run(&["backtest", "rules.yaml", "--from", "8d"]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("the longest duration is 7d"), "{told}");
}
