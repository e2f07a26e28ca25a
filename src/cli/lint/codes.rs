//! The codes on the command line: `--list`, `--explain`, and what `--deny` and `--allow` take.

use std::ffi::OsStr;
use std::io::{self, Write};

use clap::builder::{PossibleValue, TypedValueParser};

use super::super::Exit;
use crate::diag::{Code, nearest};
use crate::lint::{self, Denied};

/// Reads an argument, and lists for the completions of shells what it can be.
#[derive(Clone)]
pub(super) struct Listed<P> {
    parser: P,
    words: Vec<&'static str>,
}

/// Reads one of the codes, or of other words.
pub(super) fn listed<P>(parser: P, others: &[&'static str]) -> Listed<P> {
    let codes = Code::ALL.iter().map(|code| code.as_str());
    let words = others.iter().copied().chain(codes).collect();
    Listed { parser, words }
}

/// Reads one of the codes whose findings may be left out.
pub(super) fn listed_allowed() -> Listed<ReadCode> {
    let codes = Code::ALL.iter().copied();
    let codes = codes.filter(|code| lint::may_be_allowed(*code));
    Listed {
        parser: allowed,
        words: codes.map(Code::as_str).collect(),
    }
}

type ReadCode = fn(&str) -> Result<Code, String>;

impl<P: TypedValueParser> TypedValueParser for Listed<P> {
    type Value = P::Value;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Self::Value, clap::Error> {
        self.parser.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.words.iter().map(PossibleValue::new)))
    }
}

/// Reads what is denied: a code, or `warnings` for all.
pub(super) fn denied(text: &str) -> Result<Denied, String> {
    match text {
        "warnings" => Ok(Denied::Warnings),
        _ => named_or(text, &["warnings"]).map(Denied::Code),
    }
}

/// Reads a code.
pub(super) fn named(text: &str) -> Result<Code, String> {
    named_or(text, &[])
}

/// Reads a code whose findings may be left out.
pub(super) fn allowed(text: &str) -> Result<Code, String> {
    let code = named(text)?;
    if lint::may_be_allowed(code) {
        Ok(code)
    } else {
        Err(format!(
            "a file with `{code}` is refused by the service, so it cannot be allowed"
        ))
    }
}

fn named_or(text: &str, others: &[&str]) -> Result<Code, String> {
    if let Some(code) = Code::named(text) {
        return Ok(code);
    }
    let lower = text.to_ascii_lowercase().replace('_', "-");
    let known = Code::ALL.iter().map(|code| code.as_str());
    let known = known.chain(others.iter().copied());
    Err(match nearest(&lower, known) {
        Some(near) => format!("there is no such code; did you mean `{near}`?"),
        None => "there is no such code; `foghorn lint --list` lists them".to_owned(),
    })
}

/// Prints a line for each code: the code, its level, and what it finds.
pub(super) fn list() -> anyhow::Result<Exit> {
    let mut out = io::stdout().lock();
    let width = Code::ALL.iter().map(|code| code.as_str().len()).max();
    let width = width.unwrap_or(0);
    for code in Code::ALL {
        let sentence = lint::sentence(*code).unwrap_or_default();
        let line = format!(
            "{:width$}  {:7}  {sentence}",
            code.as_str(),
            code.level().as_str()
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// Prints the manual page of a code.
pub(super) fn explain(code: Code) -> anyhow::Result<Exit> {
    let mut out = io::stdout().lock();
    let level = code.level().as_str();
    match lint::manual(code) {
        Some(page) => write!(out, "# {code} ({level})\n\n{page}")?,
        None => writeln!(out, "# {code} ({level})")?,
    }
    out.flush()?;
    Ok(Exit::Done)
}
