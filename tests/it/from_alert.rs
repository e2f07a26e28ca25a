//! Alerts of a store as rule tests: what is written passes, and says what the service did.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use chrono::TimeDelta;
use foghorn::config::{Environment, load};
use foghorn::daemon::{Disk, setup};
use foghorn::engine::{Part, Sample};
use foghorn::pipeline::{Input, Pipeline, Remembered, Step};
use foghorn::store::{HistoryRow, Store};
use foghorn::unit::{Minute, Series};

const RULES: &str = "\
source: {simulator: {account: main, domains: [a.example.com, b.example.com, c.example.com]}}
rules:
  - name: held
    when: 5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 5m
    severity: critical
  - name: smooth
    when: {info: avg(5xx over 5m) > 8%, warning: share(5xx over 5m) > 14%}
  - name: daily
    when: avg(5xx over 5m) > 3 * avg(5xx over 5m offset 1d) and 5xx > 5% and 2xx < 97.013%
    domains: [a.example.com]
  - name: gone
    when: no data for 3m
  - name: wide
    when: 5xx > 10% for 2m on at least 60% of domains
  - name: unsure
    when: 5xx > 90%
    on_unknown: fire
    domains: [c.example.com]
store: sqlite:foghorn.db
";

/// How many minutes are known before the rules are judged: what `daily` looks back.
const BEFORE: i64 = 1_450;
/// How many are judged.
const JUDGED: i64 = 90;
const DOMAINS: [&str; 3] = ["a.example.com", "b.example.com", "c.example.com"];

fn minute(at: i64) -> Minute {
    Minute::from_epoch(29_700_000 + at).unwrap()
}

/// What the source has for a minute, counted from the first that is judged.
fn sample(domain: &str, at: i64) -> Option<Sample> {
    let share = match (domain, at) {
        ("a.example.com", 40..48) | ("b.example.com", 42..48) => 250,
        ("a.example.com", 60..63) => 70 + 31 * (at - 60),
        ("c.example.com", 20..26) => return None,
        ("c.example.com", 30..32) => return Some(Sample::default()),
        _ => 10,
    };
    let noise = (at * 7_919 + i64::try_from(domain.len()).unwrap()).rem_euclid(301);
    let total = u64::try_from(700 + noise).unwrap();
    let bad = total * u64::try_from(share).unwrap() / 1_000;
    let others = total / 90;
    let counts = [
        (Some(502), bad - bad / 3),
        (Some(504), bad / 3),
        (Some(404), others),
        (None, total % 3),
        (Some(200), total - bad - others - total % 3),
    ];
    let part = |(code, count): (Option<u16>, u64)| {
        // Sources round; and one of the domains is of a source that does not count.
        let percent = format!("{}e-2", count * 10_000 / total);
        Part {
            code,
            proportion: percent.parse().unwrap(),
            count: (domain != "c.example.com").then_some(count),
        }
    };
    Some(Sample::new(counts.map(part).to_vec()).unwrap())
}

/// Runs the service over these minutes, without a clock, into a store.
pub async fn live(folder: &Path) -> Vec<HistoryRow> {
    live_from(folder, 0).await
}

/// Runs the service from a minute on.
async fn live_from(folder: &Path, first: i64) -> Vec<HistoryRow> {
    let path = folder.join("rules.yaml");
    let url = format!("sqlite:{}", folder.join("foghorn.db").display());
    fs::write(&path, RULES).unwrap();
    let loaded = load(path.to_str().unwrap(), &Disk, Environment::Absent).unwrap();
    let config = loaded.config.unwrap();
    let store = Store::open(&url).await.unwrap();
    let mut pipeline = Pipeline::new(setup::of(&config), Remembered::default());
    let mut now = minute(first).start() + config.settle.delta();
    let step = pipeline.begin(now);
    conclude(&store, &mut pipeline, step).await;
    let mut from: BTreeMap<&str, i64> = DOMAINS.map(|domain| (domain, -BEFORE)).into();
    while now < minute(JUDGED).start() + config.max_lateness.delta() {
        let to = Minute::containing(now).min(minute(JUDGED));
        let until = to.epoch() - minute(0).epoch();
        let answer = |domain: &str| {
            let asked = *from.get(domain).unwrap()..until;
            let known = asked
                .clone()
                .filter_map(|at| Some((minute(at), sample(domain, at)?)));
            Input::Answer {
                series: Series {
                    account: "main".into(),
                    domain: domain.into(),
                },
                from: minute(asked.start),
                to,
                sent: now,
                samples: known.collect(),
            }
        };
        let answers = DOMAINS.map(answer).to_vec();
        let step = pipeline.step(now, answers);
        conclude(&store, &mut pipeline, step).await;
        for want in pipeline.wants(now).into_values().flatten() {
            let of = DOMAINS
                .iter()
                .find(|of| **of == want.series.domain.as_str());
            from.insert(of.unwrap(), want.next.epoch() - minute(0).epoch());
        }
        now += TimeDelta::minutes(1);
    }
    let fired = store.firings("", 100).await.unwrap();
    store.close().await;
    fired
}

async fn conclude(store: &Store, pipeline: &mut Pipeline, step: Step) {
    store.commit(&step).await.unwrap();
    while let Some(need) = pipeline.next_rebuild(step.now) {
        let kept = store
            .samples(&need.series, need.from, need.to)
            .await
            .unwrap();
        let rebuilt = pipeline.rebuild(step.now, &need, kept);
        store.commit(&rebuilt).await.unwrap();
    }
}

fn foghorn(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_foghorn"))
        .arg("test")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn an_alert_of_the_store_becomes_a_test_that_passes_and_fires_when_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let fired = live(folder.path()).await;
    let rules: std::collections::BTreeSet<&str> = fired
        .iter()
        .map(|row| row.transition.key.rule.as_str())
        .collect();
    let all = [
        "daily",
        "gone",
        "held",
        "rule-blind",
        "smooth",
        "unsure",
        "wide",
    ];
    assert_eq!(rules.into_iter().collect::<Vec<_>>(), all);
    let of_rules = fired
        .iter()
        .filter(|row| row.transition.key.rule != "rule-blind");
    for row in of_rules {
        let of = &row.transition;
        let output = foghorn(folder.path(), &["--from-alert", &row.firing]);
        let (written, said) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(
            (output.status.code(), said.as_str()),
            (Some(0), ""),
            "{written}"
        );
        let start = written
            .lines()
            .find_map(|line| line.trim().strip_prefix("start: "));
        let start: Minute = start.unwrap().parse().unwrap();
        assert!(30 <= of.since.epoch() - start.epoch(), "{start}");
        let at =
            foghorn::replay::fact::At(u32::try_from(of.minute.epoch() - start.epoch()).unwrap());
        let line = format!("{{at: {at}, rule: {}, ", of.key.rule);
        let is_it = |line_of: &str| line_of.contains(&line) && line_of.contains("event: fired");
        assert!(written.lines().any(is_it), "{line} {written}");
        fs::write(folder.path().join("written.test.yaml"), &written).unwrap();
        let output = foghorn(folder.path(), &["written.test.yaml"]);
        assert_eq!(text(&output.stderr), "", "{written}");
        assert!(
            text(&output.stdout).ends_with("1 passed, 0 failed\n"),
            "{written}"
        );
        assert!(!written.contains("NOTE"), "{written}");
    }
    let row = fired
        .iter()
        .find(|row| row.transition.key.rule == "held")
        .unwrap();
    let output = foghorn(
        folder.path(),
        &["--from-alert", &row.firing[..9], "rules.yaml"],
    );
    insta::assert_snapshot!(text(&output.stdout));
}

#[tokio::test]
async fn an_alert_that_fired_when_judging_began_is_not_said_to_be_of_other_rules() {
    let folder = tempfile::tempdir().unwrap();
    let rows = live_from(folder.path(), 45).await;
    let held = rows.iter().find(|row| row.transition.key.rule == "held");
    let output = foghorn(
        folder.path(),
        &["--from-alert", &held.unwrap().firing, "rules.yaml"],
    );
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stderr);
    assert!(said.contains("the service judged it from 20"), "{said}");
    assert!(!said.contains("was changed since"), "{said}");
    let changed = RULES.replace("for 3m until", "for 5m until");
    fs::write(folder.path().join("changed.yaml"), changed).unwrap();
    let output = foghorn(
        folder.path(),
        &["--from-alert", &held.unwrap().firing, "changed.yaml"],
    );
    let said = text(&output.stderr);
    assert!(said.contains("changed.yaml was changed since"), "{said}");
    assert!(!said.contains("the service judged it from"), "{said}");
}

#[tokio::test]
async fn an_alert_that_cannot_be_written_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    live(folder.path()).await;
    let refused = |id: &str, rules: &str, status: i32| {
        fs::write(folder.path().join("other.yaml"), rules).unwrap();
        let output = foghorn(folder.path(), &["--from-alert", id, "other.yaml"]);
        assert_eq!(output.status.code(), Some(status));
        text(&output.stderr) + &text(&output.stdout)
    };
    assert!(refused("nope", RULES, 2).contains("has the id `nope`; the latest are:\n"));
    assert!(refused("", RULES, 2).contains("the ids of several alerts begin with ``"));
    let listed = refused("nope", RULES, 2);
    let held = listed
        .lines()
        .find(|line| line.contains("  held on a.example.com"));
    let id = held.unwrap().split_whitespace().next().unwrap();
    let blind = listed
        .lines()
        .find(|line| line.contains("  rule-blind of account main"));
    let blind = blind.unwrap().split_whitespace().next().unwrap();
    assert!(refused(blind, RULES, 2).contains("there is no rule to test"));
    let gone = RULES.replace("name: held", "name: other");
    assert!(refused(id, &gone, 2).contains("which other.yaml has no longer"));
    let fleet = RULES.replace("5xx < 5% for 5m", "5xx < 5% for 5m on at least 2 domains");
    assert!(refused(id, &fleet, 2).contains("was changed since"));
    let changed = RULES.replace("for 3m until", "for 4m until");
    let said = refused(id, &changed, 0);
    assert!(
        said.contains("held on a.example.com does not fire at"),
        "{said}"
    );
    assert!(said.contains("# NOTE: Over these samples"), "{said}");
    let store = RULES.replace("foghorn.db", "none.db");
    assert!(refused(id, &store, 2).contains("none.db"));
}
