//! The linter as a whole: its manual, what comments silence, what it mends, its formats.

mod claims;
mod command;
mod comments;
mod fixes;
mod pages;

use std::collections::BTreeMap;

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
