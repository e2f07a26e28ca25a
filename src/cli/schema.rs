//! `foghorn schema`.

use std::io::{self, Write};

use super::Exit;
use crate::config::{Document, schema};

/// Arguments of `schema`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn schema > foghorn.schema.json
  foghorn schema --tests > foghorn.test.schema.json

An editor with the YAML language server completes and checks a file that begins with
  # yaml-language-server: $schema=foghorn.schema.json

The form is checked, and which keys and words there are. What the conditions mean is for `lint`.")]
pub struct Arguments {
    /// The schema of files of rule tests, instead of the rules file's.
    #[arg(long)]
    tests: bool,
}

/// Prints a schema.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let document = if arguments.tests {
        Document::Tests
    } else {
        Document::Rules
    };
    writeln!(io::stdout().lock(), "{:#}", schema(document))?;
    Ok(Exit::Done)
}
