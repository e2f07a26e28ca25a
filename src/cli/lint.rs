//! `foghorn lint`.

use std::io::{self, Write};

use super::Exit;
use super::output::may_colour;
use crate::config::{self, Environment};
use crate::daemon::Disk;
use crate::diag::{Diagnostic, Files, Level, human, json};
use crate::lint;

/// Arguments of `lint`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn lint rules.yaml
  foghorn lint --format json --no-env rules.yaml rules.d/*.yaml")]
pub struct Arguments {
    /// The rules files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// How the findings are printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Make warnings fail as errors do.
    #[arg(long, value_name = "WHAT", value_enum)]
    deny: Option<Deny>,
    /// Do not ask for secrets: a `${NAME}` that is not set is a warning.
    #[arg(long)]
    no_env: bool,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people, in the look of rustc.
    Human,
    /// One JSON document.
    Json,
}

/// What fails beside errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Deny {
    /// Every warning.
    Warnings,
}

/// Prints the findings of all files.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let environment = if arguments.no_env {
        Environment::Absent
    } else {
        Environment::Required
    };
    let mut files = Files::default();
    let mut findings: Vec<Diagnostic> = Vec::new();
    for path in &arguments.files {
        let loaded = config::load(path, &Disk, environment)?;
        let found = lint::run(&loaded);
        let shift = files.append(loaded.files);
        findings.extend(found.into_iter().map(|finding| finding.shift(shift)));
    }
    let errors = findings.iter().filter(|f| f.level == Level::Error).count();
    let warnings = findings.len() - errors;
    let mut out = io::stdout().lock();
    match arguments.format {
        Format::Json => writeln!(out, "{}", json::render(&findings, &files))?,
        Format::Human => {
            let colour = if may_colour(&io::stdout()) {
                human::Colour::Always
            } else {
                human::Colour::Never
            };
            write!(out, "{}", human::render(&findings, &files, colour))?;
            writeln!(out, "{}", summary(errors, warnings, arguments.files.len()))?;
        }
    }
    let fails = errors > 0 || (arguments.deny == Some(Deny::Warnings) && warnings > 0);
    Ok(if fails { Exit::Found } else { Exit::Done })
}

fn summary(errors: usize, warnings: usize, files: usize) -> String {
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let files = count(files, "file");
    match (errors, warnings) {
        (0, 0) => format!("no findings in {files}"),
        _ => format!(
            "{}, {} in {files}",
            count(errors, "error"),
            count(warnings, "warning")
        ),
    }
}
