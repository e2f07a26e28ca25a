//! Whether the answers make files that are clean: the loader and lint judge them, so that `init`
//! knows no rules of its own about what an address or a domain is.

use super::answers::Answers;
use super::topic::Topic;
use super::{cases, text};
use crate::config::{self, Environment, Surroundings};
use crate::diag::Diagnostic;
use crate::lint;

/// What the files are called while they are looked at.
const RULES: &str = "rules.yaml";
const TESTS: &str = "rules.test.yaml";

/// The two files, and nothing else.
struct Draft {
    rules: String,
    tests: String,
}

impl Surroundings for Draft {
    fn variable(&self, name: &str) -> Option<String> {
        (name == text::PASSWORD).then(|| "set".to_owned())
    }

    fn file(&self, path: &str) -> Result<String, String> {
        match path {
            RULES => Ok(self.rules.clone()),
            TESTS => Ok(self.tests.clone()),
            _ => Err("no such file".to_owned()),
        }
    }

    fn glob(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }
}

/// Puts an answer in if the files stay clean with it, or says why not.
pub(super) fn take(topic: Topic, answers: &mut Answers, text: &str) -> Result<(), String> {
    let mut next = answers.clone();
    topic.put(&mut next, text)?;
    all(&next)?;
    *answers = next;
    Ok(())
}

/// Says what is wrong with the files that the answers make.
pub(super) fn all(answers: &Answers) -> Result<(), String> {
    let draft = Draft {
        rules: text::rules(answers, RULES),
        tests: cases::tests(answers, RULES),
    };
    let required = Environment::Required;
    let loaded = config::load(RULES, &draft, required).map_err(|why| why.to_string())?;
    nearest(&lint::run(&loaded))?;
    let cases = config::load_cases(TESTS, &draft, required).map_err(|why| why.to_string())?;
    nearest(&cases.diagnostics)
}

/// Tells one finding: of those that have one cause, the one that points at the least.
fn nearest(found: &[Diagnostic]) -> Result<(), String> {
    let length = |found: &&Diagnostic| found.primary.span.end() - found.primary.span.start();
    let Some(found) = found.iter().min_by_key(length) else {
        return Ok(());
    };
    Err(match &found.help {
        Some(help) => format!("{}; {help}", found.message),
        None => found.message.clone(),
    })
}
