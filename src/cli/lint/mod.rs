//! `foghorn lint`.

mod codes;
mod files;
mod fix;
mod report;

use std::io::{self, Write};

use self::files::Input;
use self::report::{Format, Report};
use super::{Exit, load};
use crate::clock::Clock;
use crate::config::{self, Environment, Surroundings as _, Unreadable};
use crate::daemon::Disk;
use crate::diag::{Code, Files, Level};
use crate::lint::{self, Denied, Findings, Options};

/// Arguments of `lint`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn lint rules.yaml
  foghorn lint --format json --no-env rules.yaml rules.d/*.yaml
  foghorn lint --deny warnings --allow no-runbook rules.yaml
  foghorn lint --fix --dry-run rules.yaml
  foghorn lint --data samples.jsonl rules.yaml
  foghorn lint --explain no-traffic-guard

A folder stands for its `.yaml` and `.yml` files but those of rule tests, `-` for standard input.
A file of rule tests that is named is linted as one: what it says, not the rules that it tests.
Further files are read with the file that names them, and not once more by themselves.

`# foghorn: allow(CODE) reason` in a file silences a finding: at the end of a line those of the
line, on a line of its own those of what begins on the next. `allow(CODE) until 2027-01-31 reason`
does so until the end of that day.

Exit status: 0 no errors, 1 errors, 2 a file could not be read.")]
pub struct Arguments {
    /// The rules files, or folders of them.
    #[arg(
        required_unless_present_any = ["list", "explain"],
        value_name = "FILE"
    )]
    files: Vec<String>,
    /// How the findings are printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Make findings of a code errors; `warnings` stands for all codes. Can be repeated.
    #[arg(long, value_name = "CODE", hide_possible_values = true,
        value_parser = codes::listed(codes::denied, &["warnings"]))]
    deny: Vec<Denied>,
    /// Leave out the findings of a code that stops no run. Can be repeated.
    #[arg(long, value_name = "CODE", hide_possible_values = true,
        value_parser = codes::listed_allowed())]
    allow: Vec<Code>,
    /// Recorded samples: findings that only history can tell are told as well. `-` is standard
    /// input.
    #[arg(long, value_name = "SAMPLES", conflicts_with = "fix")]
    data: Option<String>,
    /// Do not ask for secrets: a `${NAME}` that is not set is a warning.
    #[arg(long)]
    no_env: bool,
    #[command(flatten)]
    mending: Mending,
    #[command(flatten)]
    manual: Manual,
}

/// Whether the files are mended.
#[derive(Debug, clap::Args)]
struct Mending {
    /// Mend in the files what has one certain mend, and print what is left.
    #[arg(long)]
    fix: bool,
    /// With `--fix`: write nothing, and print what would change.
    #[arg(long, requires = "fix", conflicts_with = "format")]
    dry_run: bool,
}

/// What is asked of the manual.
#[derive(Debug, clap::Args)]
struct Manual {
    /// Print all codes, each with its level and one sentence.
    #[arg(long, exclusive = true)]
    list: bool,
    /// Print the manual page of a code.
    #[arg(long, exclusive = true, value_name = "CODE", hide_possible_values = true,
        value_parser = codes::listed(codes::named, &[]))]
    explain: Option<Code>,
}

impl Arguments {
    fn environment(&self) -> Environment {
        if self.no_env {
            Environment::Absent
        } else {
            Environment::Required
        }
    }

    fn options(&self) -> Options {
        Options {
            today: Some(Clock::System.now().date_naive()),
            deny: self.deny.iter().copied().collect(),
            allow: self.allow.iter().copied().collect(),
        }
    }
}

/// Prints the findings of all files, or what there is to know of the codes.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    if arguments.manual.list {
        return codes::list();
    }
    if let Some(code) = arguments.manual.explain {
        return codes::explain(code);
    }
    let inputs = Input::all(&arguments.files, arguments.environment())?;
    if arguments.mending.fix {
        return fix::run(arguments, &inputs);
    }
    let samples = match arguments.data.as_deref().map(load::samples).transpose()? {
        Some(None) => return Ok(Exit::Failed),
        Some(samples) => samples,
        None => None,
    };
    let mut report = Report {
        unread: inputs.unread,
        ..Report::default()
    };
    for path in &inputs.paths {
        if let Some(found) = cases(path, &inputs, arguments) {
            report.add_cases(found)?;
            continue;
        }
        match config::load(path, &inputs.surroundings(&Disk), arguments.environment()) {
            Ok(mut loaded) => {
                let past = samples
                    .as_ref()
                    .map(|samples| lint::history(&loaded, samples));
                let past = past.unwrap_or_default();
                let findings = lint::judge_with(&loaded, past, &arguments.options());
                report.add(findings, std::mem::take(&mut loaded.files));
                if inputs.paths.last() == Some(path) {
                    // What ten thousand rules are made of is not taken apart just before the end; what
                    // has secrets is.
                    std::mem::forget(std::mem::take(&mut loaded.outline.rules));
                }
            }
            Err(unreadable) => report.unreadable(&unreadable)?,
        }
    }
    let mut out = io::stdout().lock();
    out.write_all(report.text(arguments.format).as_bytes())?;
    out.flush()?;
    Ok(exit(&report))
}

/// What was found in a file, with the files that the places are in.
type Found = Result<(Findings, Files), Unreadable>;

/// Returns what is found in a file of rule tests; `None` for any other file.
fn cases(path: &str, inputs: &Input, arguments: &Arguments) -> Option<Found> {
    let surroundings = inputs.surroundings(&Disk);
    if !config::may_be_cases(&surroundings.file(path).ok()?) {
        return None;
    }
    let loaded = config::load_cases(path, &surroundings, arguments.environment());
    Some(loaded.map(|loaded| {
        let findings = lint::judge_cases(&loaded, &arguments.options());
        (findings, loaded.files)
    }))
}

fn exit(report: &Report) -> Exit {
    if report.unread > 0 {
        Exit::Failed
    } else if crate::diag::count(&report.told, Level::Error) > 0 {
        Exit::Found
    } else {
        Exit::Done
    }
}
