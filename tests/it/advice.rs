//! The checks over conditions: good rules are left alone, manual pages show what they say, and
//! what is advised can be pasted.

use std::fs;
use std::path::{Path, PathBuf};

use foghorn::config::{self, Environment, Loaded, Surroundings};
use foghorn::diag::{Code, Diagnostic, Edit, Level, human};
use foghorn::lang::parse_when;
use foghorn::lint;

/// A world of one file and without an environment.
struct Only(String);

impl Surroundings for Only {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, path: &str) -> Result<String, String> {
        if path == "rules.yaml" {
            return Ok(self.0.clone());
        }
        Err("no such file".to_owned())
    }

    fn glob(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }
}

fn lint(text: &str) -> (Vec<Diagnostic>, Loaded) {
    let world = Only(text.to_owned());
    let loaded = config::load("rules.yaml", &world, Environment::Absent).unwrap();
    (lint::run(&loaded), loaded)
}

fn report(found: &[Diagnostic], loaded: &Loaded) -> String {
    human::render(found, &loaded.files, human::Colour::Never)
}

fn yaml_files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "yaml"));
    paths.sort();
    paths
}

/// The codes of the checks over conditions.
const CODES: [Code; 13] = [
    Code::DoubleCount,
    Code::Equality,
    Code::Fraction,
    Code::NoHysteresis,
    Code::NoTrafficGuard,
    Code::GuardByAnd,
    Code::WindowShorterThanHold,
    Code::Slow,
    Code::Coarse,
    Code::NoDataEarly,
    Code::RiskyClear,
    Code::NoSummary,
    Code::NoRunbook,
];

/// Returns the fixtures of the checks over conditions, each with its findings of these codes.
fn advised() -> Vec<(String, Vec<Diagnostic>)> {
    let paths = yaml_files("tests/lint").into_iter();
    let texts = paths.map(|path| fs::read_to_string(path).unwrap());
    let found = texts.map(|text| {
        let (mut found, _) = lint(&text);
        found.retain(|finding| CODES.contains(&finding.code));
        (text, found)
    });
    found.filter(|(_, found)| !found.is_empty()).collect()
}

#[test]
fn good_rules_are_left_alone() {
    let mut rules = 0;
    for path in yaml_files("tests/good") {
        let (mut found, loaded) = lint(&fs::read_to_string(&path).unwrap());
        // What is not set here is set where they run.
        found.retain(|finding| finding.code != Code::Secret);
        assert!(
            found.is_empty(),
            "{}:\n{}",
            path.display(),
            report(&found, &loaded)
        );
        rules += loaded.config.unwrap().rules.len();
    }
    assert!(60 <= rules, "there are {rules} good rules");
}

/// Returns the rules files under a heading of a manual page.
fn examples<'a>(page: &'a str, heading: &str) -> Vec<&'a str> {
    let section = page.split("\n## ").find(|part| part.starts_with(heading));
    let blocks = section.unwrap_or_default().split("```");
    let yaml = blocks.filter_map(|block| block.strip_prefix("yaml\n"));
    yaml.filter(|block| block.lines().any(|line| line == "rules:"))
        .collect()
}

#[test]
fn the_example_of_a_manual_page_has_its_finding_alone_and_what_stands_instead_has_none() {
    for code in CODES {
        let page = lint::manual(code).unwrap();
        let (bad, good) = (examples(&page, "Example"), examples(&page, "Instead"));
        assert!(!bad.is_empty() && !good.is_empty(), "{code}");
        for text in bad {
            let (found, loaded) = lint(text);
            let codes: Vec<Code> = found.iter().map(|finding| finding.code).collect();
            assert_eq!(codes, [code], "{}", report(&found, &loaded));
        }
        for text in good {
            let (found, loaded) = lint(text);
            assert!(found.is_empty(), "{code}:\n{}", report(&found, &loaded));
        }
    }
}

#[test]
fn a_condition_that_is_advised_can_be_pasted() {
    let mut tried = 0;
    for (_, found) in advised() {
        for finding in found {
            let help = finding.help.unwrap_or_default();
            let Some(rest) = help.strip_prefix("write `") else {
                continue;
            };
            let text = rest.split('`').next().unwrap_or_default();
            let is_condition = [" > ", " < ", " >= ", " <= "]
                .iter()
                .any(|op| text.contains(op));
            if !is_condition {
                continue;
            }
            let (when, faults) = parse_when(text);
            assert!(faults.is_empty(), "{text}: {faults:?}");
            assert_eq!(when.unwrap().to_string(), text);
            tried += 1;
        }
    }
    assert!(20 <= tried, "{tried}");
}

fn mended(text: &str, edits: &[Edit]) -> String {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort();
    let mut text = text.to_owned();
    for edit in edits.iter().rev() {
        text.replace_range(edit.span.range(), &edit.text);
    }
    text
}

#[test]
fn a_mend_removes_its_finding_and_makes_no_fault() {
    let mut tried = 0;
    for (text, found) in advised() {
        for finding in &found {
            let Some(fix) = &finding.fix else { continue };
            tried += 1;
            let mended = mended(&text, &fix.0);
            let (after, loaded) = lint(&mended);
            let count = |found: &[Diagnostic]| {
                let alike = found.iter().filter(|other| other.code == finding.code);
                alike.count()
            };
            assert!(count(&after) < count(&found), "{mended}");
            let errors = after.iter().filter(|other| other.level == Level::Error);
            assert_eq!(errors.count(), 0, "{}", report(&after, &loaded));
        }
    }
    assert!(4 <= tried, "{tried}");
}

#[test]
fn names_that_multiply_are_walked_within_a_limit() {
    let pairs = (1..60).map(|i| {
        let before = i - 1;
        format!("  n{i}: n{before} and n{before}\n  v{i}: v{before} + v{before}\n")
    });
    let rules = (0..50).map(|i| format!("  - {{name: r{i}, when: n59 or v59 > 10% and n58}}\n"));
    let (pairs, rules): (String, String) = (pairs.collect(), rules.collect());
    let text = format!("let:\n  n0: 5xx > 10%\n  v0: 5xx\n{pairs}rules:\n{rules}");
    let (found, _) = lint(&text);
    assert!(!found.is_empty());
    assert!(found.len() < 5_000, "{}", found.len());
}
