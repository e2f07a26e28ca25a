//! `${NAME}`, `${NAME:-default}` and `${file:/path}` in the file's texts.
//!
//! What comes from there goes into values and nowhere else: messages name the reference.

use secrecy::SecretString;

use super::around;
use super::reader::{Fields, Origin, Reader, Text};
use crate::diag::{Code, Diagnostic, Label, Level, Span, quoted};
use crate::yaml::{Kind, Node};

/// What a name that is not set means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Environment {
    /// An error: the service needs it.
    Required,
    /// What is set is used. What is not is an error in the parts that a command goes by, and a
    /// warning in the others.
    Given(&'static [Part]),
    /// A warning: the file is only looked at (`--no-env`), and nothing is asked for.
    Absent,
}

/// A part of a rules file, by which commands go or do not go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// What decides what is judged and who is told: rules, labels, times, routes.
    Rules,
    /// Which accounts and domains are asked for.
    Source,
    /// Where and with which key they are asked for.
    Access,
    /// Where the store is.
    Store,
    /// What only messages and the page say or need: addresses and texts.
    Telling,
}

impl Environment {
    /// Whether the command goes by a part of the file.
    pub(super) fn goes_by(self, part: Part) -> bool {
        match self {
            Self::Required | Self::Absent => true,
            Self::Given(parts) => parts.contains(&part),
        }
    }
}

/// Reads what belongs to a part of the file.
pub(super) fn within<'a, T>(
    reader: &mut Reader<'a>,
    part: Part,
    read: impl FnOnce(&mut Reader<'a>) -> T,
) -> T {
    let around = std::mem::replace(&mut reader.part, part);
    let read = read(reader);
    reader.part = around;
    read
}

/// Puts in what stands for `${…}`.
pub(super) fn substitute(reader: &mut Reader<'_>, node: &Node, raw: &str) -> (String, Origin) {
    // Nearly no text has any, and one sign is looked for in no time.
    if !raw.contains('$') {
        return (raw.to_owned(), Origin::File);
    }
    let mut value = String::with_capacity(raw.len());
    let mut origin = Origin::File;
    let mut at = 0;
    while let Some(found) = raw[at..].find("${") {
        let start = at + found;
        value.push_str(&raw[at..start]);
        let Some(length) = raw[start..].find('}') else {
            let span = located(reader, node, Span::new(start, start + 2));
            let fault = Diagnostic::new(Code::Syntax, span, "this `${` is not closed");
            reader.push(fault.help("write `${NAME}`, `${NAME:-default}` or `${file:/path}`"));
            return (value, Origin::Unset);
        };
        let end = start + length + 1;
        let span = Span::new(start, end);
        match resolve(reader, node, &raw[start + 2..end - 1], span) {
            Some(text) => {
                value.push_str(&text);
                if origin == Origin::File {
                    origin = Origin::Elsewhere;
                }
            }
            None => origin = Origin::Unset,
        }
        at = end;
    }
    value.push_str(&raw[at..]);
    (value, origin)
}

fn located(reader: &Reader<'_>, node: &Node, span: Span) -> Span {
    reader.place(node).locate(span)
}

fn resolve(reader: &mut Reader<'_>, node: &Node, reference: &str, span: Span) -> Option<String> {
    if let Some(path) = reference.strip_prefix("file:") {
        if reader.environment == Environment::Absent {
            let message = format!("the content of {} is not read", quoted(path));
            unset(reader, node, span, message, "it is needed by `run`");
            return None;
        }
        return match reader.surroundings.file(&reader.beside(path)) {
            Ok(content) => Some(content.trim_end_matches(['\r', '\n']).to_owned()),
            Err(why) => {
                let message = format!("{} cannot be read: {why}", quoted(path));
                unset(
                    reader,
                    node,
                    span,
                    message,
                    "put the secret into this file, or mend the path",
                );
                None
            }
        };
    }
    let (name, default) = match reference.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (reference, None),
    };
    if !is_variable(name) {
        let message = format!("{} is no name of the environment", quoted(name));
        let fault = Diagnostic::new(Code::Syntax, located(reader, node, span), message);
        reader.push(fault.help("write `${NAME}`, `${NAME:-default}` or `${file:/path}`"));
        return None;
    }
    let found = match reader.environment {
        Environment::Required | Environment::Given(_) => reader.surroundings.variable(name),
        Environment::Absent => None,
    };
    let value = found.or_else(|| default.map(str::to_owned));
    if value.is_none() {
        let message = format!("`{name}` is not set in the environment");
        let help = format!("set it, or give a default: `${{{name}:-default}}`");
        unset(reader, node, span, message, &help);
    }
    value
}

fn unset(reader: &mut Reader<'_>, node: &Node, span: Span, message: String, help: &str) {
    let place = located(reader, node, span);
    let mut fault = Diagnostic::new(Code::Secret, place, message).help(help);
    let environment = reader.environment;
    if environment == Environment::Absent || !environment.goes_by(reader.part) {
        fault.level = Level::Warning;
    }
    reader.push(fault);
}

fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 256
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Reads a text that nobody may see, by its key.
pub(super) fn hidden(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    name: &str,
) -> Option<SecretString> {
    let (key, value) = fields.pair(name).filter(|(_, value)| !value.is_null())?;
    secret(reader, key, value)
}

/// Reads a text that nobody may see, and notes one that stands in the file.
pub(super) fn secret(reader: &mut Reader<'_>, key: &Node, node: &Node) -> Option<SecretString> {
    secret_text(reader, key, node).map(|text| text.value.into())
}

/// The same, for one that is looked at.
pub(super) fn secret_text(reader: &mut Reader<'_>, key: &Node, node: &Node) -> Option<Text> {
    let text = reader.text(node, "a secret")?;
    if let Some(name) = bare_reference(&text.value).filter(|_| text.origin == Origin::File) {
        let message = format!(
            "nothing is put in for {}: it is the secret itself",
            quoted(text.value.trim())
        );
        let fault = Diagnostic::new(Code::Secret, node.span, message).warning();
        let help = format!("if the variable is meant, write `${{{name}}}`");
        reader.push(fault.help(help));
        return Some(text);
    }
    if text.origin != Origin::File {
        around::of_secret(reader, node);
    } else if !text.value.is_empty() {
        reader.outline.literal_secrets.push(Label {
            file: reader.file,
            span: key.span,
            text: key.text().unwrap_or_default().to_owned(),
        });
    }
    Some(text)
}

/// Notes what stands as text under a key that is none where it stands, if that, or one below it, says
/// by its name that it is a secret.
pub(super) fn stray(reader: &mut Reader<'_>, key: &Node, value: &Node) {
    let mut open = vec![(key, value)];
    while let Some((key, value)) = open.pop() {
        match &value.kind {
            Kind::Map(pairs) => open.extend(pairs.iter().map(|(key, value)| (key, value))),
            Kind::List(items) => open.extend(items.iter().map(|item| (key, item))),
            Kind::Scalar(_) | Kind::Unread => {
                let name = key.text().unwrap_or_default();
                if value.text().is_some_and(may_be_secret) && says_secret(name) {
                    reader.outline.literal_secrets.push(Label {
                        file: reader.file,
                        span: key.span,
                        text: name.to_owned(),
                    });
                }
            }
        }
    }
}

/// Whether a key says by its name that its value is a secret: `smtpPassword`, `api-token`.
fn says_secret(key: &str) -> bool {
    const WORDS: [&str; 9] = [
        "password",
        "passwd",
        "passwort",
        "passphrase",
        "pwd",
        "secret",
        "token",
        "apikey",
        "authorization",
    ];
    /// What a key is called that is one to a door.
    const OF_KEY: [&str; 6] = [
        "api",
        "secret",
        "private",
        "routing",
        "signing",
        "integration",
    ];
    let mut name = String::with_capacity(key.len() + 4);
    let mut is_low = false;
    for c in key.chars() {
        if is_low && c.is_ascii_uppercase() {
            name.push('_');
        }
        is_low = c.is_ascii_lowercase();
        name.push(c.to_ascii_lowercase());
    }
    let mut words = name.rsplit(|c: char| !c.is_ascii_alphanumeric());
    let last = words.next().unwrap_or_default();
    WORDS.contains(&last) || last == "key" && words.next().is_some_and(|of| OF_KEY.contains(&of))
}

/// Whether a text can be a secret itself: not what stands for one, and not a switch.
fn may_be_secret(text: &str) -> bool {
    let text = text.trim();
    let is_switch = ["true", "false", "yes", "no", "null", "none", "~", ""].contains(&text);
    !is_switch && !text.starts_with(['$', '<']) && !text.contains("${") && !text.contains("{{")
}

/// `$SMTP_PASSWORD`, `{{ SMTP_PASSWORD }}`: returns the name of the variable that is hardly a secret.
fn bare_reference(text: &str) -> Option<&str> {
    let braces = || text.trim().strip_prefix("{{")?.strip_suffix("}}");
    let name = text.strip_prefix('$').or_else(braces)?.trim();
    let is_of_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    (is_variable(name) && name.chars().all(is_of_name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_by_its_last_words_that_its_value_is_a_secret() {
        for key in [
            "password",
            "smtpPassword",
            "API_TOKEN",
            "bot-token",
            "accessKeySecret",
            "api_key",
            "Authorization",
        ] {
            assert!(says_secret(key), "{key}");
        }
        for key in [
            "password_file",
            "tokens",
            "key",
            "access_key_id",
            "group_key",
            "secretary",
        ] {
            assert!(!says_secret(key), "{key}");
        }
    }
}
