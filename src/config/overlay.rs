//! Surroundings in which some files have another text: what a mend would make of them, or what an
//! editor has not saved yet.

use std::collections::BTreeMap;

use super::Surroundings;

/// Surroundings with other texts for some paths.
pub struct Overlay<'a> {
    /// What is asked for everything else.
    pub below: &'a dyn Surroundings,
    /// The texts by path, as the path is asked for.
    pub texts: BTreeMap<String, String>,
}

impl Surroundings for Overlay<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        self.below.variable(name)
    }

    fn file(&self, path: &str) -> Result<String, String> {
        match self.texts.get(path) {
            Some(text) => Ok(text.clone()),
            None => self.below.file(path),
        }
    }

    fn glob(&self, pattern: &str) -> Result<Vec<String>, String> {
        self.below.glob(pattern)
    }
}
