//! What was asked of the surroundings, so that the rules are read again only when an answer is
//! another one.
//!
//! Loading depends on the path and these answers alone. Kept are digests: files may be large,
//! and hold secrets.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::config::Surroundings;
use crate::unit::stable_id;

/// Something that a rules file asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
    Variable(String),
    File(String),
    Glob(String),
}

/// The questions of one loading, each with the digest of its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answers(BTreeMap<Question, String>);

impl Answers {
    /// Whether every answer would be the same again; where nothing was asked, nobody knows.
    pub(super) fn holds(&self, surroundings: &dyn Surroundings) -> bool {
        let is_same = |(question, answer): (&Question, &String)| {
            let now = match question {
                Question::Variable(name) => of_variable(surroundings.variable(name).as_deref()),
                Question::File(path) => of_file(&surroundings.file(path)),
                Question::Glob(pattern) => of_glob(&surroundings.glob(pattern)),
            };
            now == *answer
        };
        !self.0.is_empty() && self.0.iter().all(is_same)
    }
}

/// Surroundings that note what they are asked.
pub(super) struct NotingSurroundings<'a> {
    inner: &'a dyn Surroundings,
    answers: RefCell<Answers>,
}

impl<'a> NotingSurroundings<'a> {
    pub(super) fn new(inner: &'a dyn Surroundings) -> Self {
        let answers = RefCell::default();
        Self { inner, answers }
    }

    /// Returns what was asked.
    pub(super) fn into_answers(self) -> Answers {
        self.answers.into_inner()
    }

    fn note(&self, question: Question, digest: String) {
        self.answers.borrow_mut().0.insert(question, digest);
    }
}

impl Surroundings for NotingSurroundings<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        let value = self.inner.variable(name);
        self.note(
            Question::Variable(name.to_owned()),
            of_variable(value.as_deref()),
        );
        value
    }

    fn file(&self, path: &str) -> Result<String, String> {
        let text = self.inner.file(path);
        self.note(Question::File(path.to_owned()), of_file(&text));
        text
    }

    fn glob(&self, pattern: &str) -> Result<Vec<String>, String> {
        let paths = self.inner.glob(pattern);
        self.note(Question::Glob(pattern.to_owned()), of_glob(&paths));
        paths
    }
}

fn of_variable(value: Option<&str>) -> String {
    match value {
        Some(value) => stable_id(&["is", value]),
        None => stable_id(&["is not"]),
    }
}

fn of_file(text: &Result<String, String>) -> String {
    match text {
        Ok(text) => stable_id(&["is", text]),
        Err(why) => stable_id(&["is not", why]),
    }
}

fn of_glob(paths: &Result<Vec<String>, String>) -> String {
    match paths {
        Ok(paths) => {
            let paths = paths.iter().map(String::as_str);
            stable_id(&std::iter::once("are").chain(paths).collect::<Vec<_>>())
        }
        Err(why) => stable_id(&["are not", why]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with a secret of its own, and a folder with one further file.
    #[derive(Clone, Default)]
    struct House {
        secret: Option<String>,
        further: Vec<String>,
        text: String,
    }

    impl Surroundings for House {
        fn variable(&self, _: &str) -> Option<String> {
            self.secret.clone()
        }
        fn file(&self, _: &str) -> Result<String, String> {
            Ok(self.text.clone())
        }
        fn glob(&self, _: &str) -> Result<Vec<String>, String> {
            Ok(self.further.clone())
        }
    }

    #[test]
    fn another_answer_to_any_question_is_noticed_and_the_same_ones_are_not() {
        let house = House::default();
        let noting = NotingSurroundings::new(&house);
        assert!(noting.file("rules.yaml").is_ok());
        assert!(noting.glob("rules.d/*.yaml").is_ok());
        assert_eq!(noting.variable("TOKEN"), None);
        let answers = noting.into_answers();
        assert!(answers.holds(&house));
        let others: [fn(&mut House); 3] = [
            |house| house.text.push('x'),
            |house| house.further.push("rules.d/a.yaml".to_owned()),
            |house| house.secret = Some(String::new()),
        ];
        for change in others {
            let mut house = house.clone();
            change(&mut house);
            assert!(!answers.holds(&house));
        }
    }

    #[test]
    fn where_nothing_was_asked_nothing_holds() {
        assert!(!Answers::default().holds(&House::default()));
    }
}
