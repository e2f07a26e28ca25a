//! Any conditions are linted and reported, without a panic and in bounds, and every mend can be
//! made.
//!
//! The text is cut at its newlines: the first line is the first rule's condition, the second its
//! `until`, and so on, so that most of the work is the reasoning about conditions.
//!
//! `cargo +nightly fuzz run lint -- -max_total_time=60 -dict=parse.dict`

#![no_main]

use std::fmt::Write as _;

use foghorn::config::{self, Environment, Surroundings};
use foghorn::diag::human;
use foghorn::lint;
use libfuzzer_sys::fuzz_target;

struct World(String);

impl Surroundings for World {
    fn variable(&self, _name: &str) -> Option<String> {
        None
    }

    fn file(&self, _path: &str) -> Result<String, String> {
        Ok(self.0.clone())
    }

    fn glob(&self, _pattern: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }
}

const SEVERITIES: [&str; 3] = ["info", "warning", "critical"];

fuzz_target!(|text: &str| {
    let mut file = String::from("let:\n  gateway: 502|503|504\nrules:\n");
    for (index, line) in text.lines().take(12).enumerate() {
        let quoted = line.replace('\'', "''");
        match index % 3 {
            0 => {
                let _ = writeln!(file, "  - name: r{index}\n    when: '{quoted}'");
            }
            1 => {
                let severity = SEVERITIES[line.len() % 3];
                let _ = writeln!(file, "    severity: {severity}\n    summary: '{quoted}'");
            }
            _ => {
                let _ = writeln!(
                    file,
                    "  - name: t{index}\n    when:\n      warning: '{quoted}'\n      critical: '{quoted} for 5m'"
                );
            }
        }
    }
    let Ok(loaded) = config::load("rules.yaml", &World(file), Environment::Absent) else {
        return;
    };
    let found = lint::run(&loaded);
    for finding in &found {
        for edit in finding.fix.iter().flat_map(|fix| &fix.0) {
            let file = loaded.files.get(edit.file).expect("an edit is in a file");
            let place = file.text.get(edit.span.range());
            assert!(place.is_some(), "an edit is within its file");
        }
    }
    let _ = human::render(&found, &loaded.files, human::Colour::Never);
});
