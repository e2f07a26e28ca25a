//! What is asked, and how an answer is read.

use super::answers::{Answers, LIST_MAX, Sensitivity, Source};
use crate::diag::nearest;

/// The longest name or address of an answer, in bytes.
const WORD_BYTES_MAX: usize = 1_000;

/// One question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Source,
    Domains,
    Email,
    MailServer,
    MailUser,
    Runbooks,
    Sensitivity,
}

impl Topic {
    /// Every question, in the order in which they are asked.
    pub(super) const ALL: [Self; 7] = [
        Self::Source,
        Self::Domains,
        Self::Email,
        Self::MailServer,
        Self::MailUser,
        Self::Runbooks,
        Self::Sensitivity,
    ];

    /// Returns the option that answers it.
    pub(super) const fn option(self) -> &'static str {
        match self {
            Self::Source => "--source",
            Self::Domains => "--domain",
            Self::Email => "--email",
            Self::MailServer => "--mail-server",
            Self::MailUser => "--mail-user",
            Self::Runbooks => "--runbooks",
            Self::Sensitivity => "--sensitivity",
        }
    }

    /// Returns the question.
    pub(super) const fn question(self) -> &'static str {
        match self {
            Self::Source => "Where do the figures come from?",
            Self::Domains => "Which domains?",
            Self::Email => "Who gets mails, beside the console?",
            Self::MailServer => "By which mail server?",
            Self::MailUser => "Who logs in there?",
            Self::Runbooks => "Where does it say what to do about an alert?",
            Self::Sensitivity => "How soon should the rules speak up?",
        }
    }

    /// Returns what an answer looks like.
    pub(super) const fn explains(self) -> &'static str {
        match self {
            Self::Source | Self::Sensitivity => "a number, or the word",
            Self::Domains => {
                "names such as www.example.com, or globs of the account's domains: *.example.com !test-*"
            }
            Self::Email => "addresses, such as oncall@example.com",
            Self::MailServer => {
                "smtps://host:465, smtp://host:587 (STARTTLS), or file:outbox/ for files to look at"
            }
            Self::Runbooks => {
                "an address such as https://wiki.example.com/runbooks, to which a rule's name is added"
            }
            Self::MailUser => "a name; the password is taken from SMTP_PASSWORD, and never written",
        }
    }

    /// Returns the words to choose from, each with what it means; empty where there is no choice.
    pub(super) fn choices(self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::Source => Source::ALL.map(|s| (s.as_str(), s.says())).to_vec(),
            Self::Sensitivity => Sensitivity::ALL.map(|s| (s.as_str(), s.says())).to_vec(),
            Self::Domains | Self::Email | Self::MailServer | Self::MailUser | Self::Runbooks => {
                Vec::new()
            }
        }
    }

    /// Returns what holds without an answer, in words; `None` if an answer is needed.
    pub(super) const fn default(self) -> Option<&'static str> {
        match self {
            Self::Source => Some("simulator"),
            Self::Domains => Some("all"),
            Self::Email | Self::MailUser => Some("nobody"),
            Self::MailServer => None,
            Self::Runbooks => Some("nowhere"),
            Self::Sensitivity => Some("normal"),
        }
    }

    /// Whether it makes sense after the answers so far.
    pub(super) fn applies(self, answers: &Answers) -> bool {
        match self {
            Self::Source | Self::Domains | Self::Email | Self::Runbooks | Self::Sensitivity => true,
            Self::MailServer => !answers.email.is_empty(),
            Self::MailUser => {
                let server = answers.mail_server.as_deref();
                server.is_some_and(|server| server.starts_with("smtp"))
            }
        }
    }

    /// Returns what must be answered before it makes sense.
    pub(super) const fn needs(self) -> &'static str {
        match self {
            Self::MailUser => "it needs a --mail-server by SMTP",
            Self::MailServer => "it needs an --email",
            Self::Source | Self::Domains | Self::Email | Self::Runbooks | Self::Sensitivity => {
                "it needs nothing"
            }
        }
    }

    /// Puts an answer in, or says what is wrong with its form.
    pub(super) fn put(self, answers: &mut Answers, text: &str) -> Result<(), String> {
        match self {
            Self::Source => answers.source = choice(&Source::ALL, Source::as_str, text)?,
            Self::Sensitivity => {
                answers.sensitivity = choice(&Sensitivity::ALL, Sensitivity::as_str, text)?;
            }
            Self::Domains => answers.domains = words(text, "all")?,
            Self::Email => answers.email = words(text, "nobody")?,
            Self::MailServer => answers.mail_server = Some(one(text)?),
            Self::Runbooks => {
                answers.runbooks = match text {
                    "nowhere" => None,
                    text => Some(one(text)?),
                }
            }
            Self::MailUser => {
                answers.mail_user = match text {
                    "nobody" => None,
                    text => Some(one(text)?),
                }
            }
        }
        Ok(())
    }
}

/// Reads a choice: its number from 1, or its word.
fn choice<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str, text: &str) -> Result<T, String> {
    let numbered = text.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
    let by_number = numbered.and_then(|index| all.get(index));
    let by_word = || all.iter().find(|one| word(**one) == text);
    if let Some(found) = by_number.or_else(by_word) {
        return Ok(*found);
    }
    let known: Vec<&str> = all.iter().map(|one| word(*one)).collect();
    let text = text.escape_debug();
    Err(match nearest(&text.to_string(), known.iter().copied()) {
        Some(near) => format!("`{text}` is none of these; did you mean `{near}`?"),
        None => format!("`{text}` is none of {}", known.join(", ")),
    })
}

/// Reads words between spaces and commas; one word may stand for none.
fn words(text: &str, none: &str) -> Result<Vec<String>, String> {
    let separators = |c: char| c.is_whitespace() || c == ',';
    let mut words: Vec<String> = Vec::new();
    for word in text.split(separators).filter(|word| !word.is_empty()) {
        let word = one(word)?;
        if !words.contains(&word) {
            words.push(word);
        }
        if words.len() > LIST_MAX {
            return Err(format!(
                "at most {LIST_MAX}; write the others into the file"
            ));
        }
    }
    if words.is_empty() {
        return Err(format!("nothing is named; `{none}` would be an answer"));
    }
    if words == [none] {
        words.clear();
    }
    Ok(words)
}

fn one(text: &str) -> Result<String, String> {
    if text.len() > WORD_BYTES_MAX {
        return Err(format!("this is longer than {WORD_BYTES_MAX} bytes"));
    }
    if text.chars().any(char::is_control) {
        return Err("this has characters that cannot be seen".to_owned());
    }
    if text.contains("${") {
        return Err(
            "values from the environment are for the file: `${NAME}` is not taken here".to_owned(),
        );
    }
    Ok(text.to_owned())
}
