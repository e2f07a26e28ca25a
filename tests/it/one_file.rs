//! Surroundings in which every path is the same text.

use foghorn::config::Surroundings;

/// A world of one file and without an environment.
pub struct OneFile(pub String);

impl Surroundings for OneFile {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, _: &str) -> Result<String, String> {
        Ok(self.0.clone())
    }

    fn glob(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }
}
