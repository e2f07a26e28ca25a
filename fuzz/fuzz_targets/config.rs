//! Any text is loaded as a rules file, linted and reported, without a panic and in bounds.
//!
//! `cargo +nightly fuzz run config -- -max_total_time=60`

#![no_main]

use foghorn::config::{self, Environment, Surroundings};
use foghorn::diag::{human, json};
use foghorn::lint;
use libfuzzer_sys::fuzz_target;

/// The text itself is every file, so that it can name itself as a further file.
struct World<'t>(&'t str);

impl Surroundings for World<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        (name.len() < 8).then(|| name.to_lowercase())
    }

    fn file(&self, _path: &str) -> Result<String, String> {
        Ok(self.0.to_owned())
    }

    fn glob(&self, pattern: &str) -> Result<Vec<String>, String> {
        Ok(vec![pattern.to_owned()])
    }
}

fuzz_target!(|text: &str| {
    let Ok(loaded) = config::load("rules.yaml", &World(text), Environment::Required) else {
        return;
    };
    let found = lint::run(&loaded);
    for label in found
        .iter()
        .flat_map(|d| d.secondary.iter().chain([&d.primary]))
    {
        let file = loaded
            .files
            .get(label.file)
            .expect("a place is in a file of the run");
        let place = file.text.get(label.span.range());
        assert!(place.is_some(), "a place is within its file");
    }
    let _ = human::render(&found, &loaded.files, human::Colour::Never);
    let _ = json::render(&found, &loaded.files);
});
