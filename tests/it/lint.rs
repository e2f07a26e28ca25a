//! The linter as a whole: its manual, what comments silence, what it mends, its formats.

mod claims;
mod command;
mod comments;
mod fixes;
mod pages;

use std::collections::BTreeMap;

use foghorn::config::{self, Environment, Loaded, Overlay, Surroundings};

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
