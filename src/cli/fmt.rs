//! `foghorn fmt`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::diff::{Hunks, unified};
use super::files::{Wanted, identity, of_argument};
use super::load::{STDIN, stdin_text};
use super::replace::replace;
use super::{Exit, load};
use crate::config::{self, Environment, Formatted, Loaded, Overlay, Surroundings as _, Unreadable};
use crate::daemon::Disk;
use crate::diag::{Code, Diagnostic, FileId, Files, Level};
use crate::unit::counted;

/// Arguments of `fmt`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn fmt rules.yaml rules.d/*.yaml
  foghorn fmt --check rules.yaml
  foghorn fmt --stdout rules.yaml | diff rules.yaml -

Conditions are written in their one canonical form; nothing else in a file is touched. Further
files (`rules: [rules.d/*.yaml]`) are formatted with the file that names them, each once; with
--stdout only what is named here is. A folder stands for its `.yaml` and `.yml` files but those of
rule tests, `-` for standard input, which is printed. A file with errors is refused.")]
pub struct Arguments {
    /// The rules files, or folders of them.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Write nothing: print what would change, and exit with 1 if anything would.
    #[arg(long, conflicts_with = "stdout")]
    check: bool,
    /// Print the formatted text instead of writing it.
    #[arg(long)]
    stdout: bool,
}

/// Formats the files. A file that is refused does not keep the others from being formatted.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let (mut changed, mut refused) = (0_usize, 0_usize);
    let mut out = io::stdout().lock();
    let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
    let mut open: VecDeque<String> = VecDeque::new();
    for argument in &arguments.files {
        match of_argument(argument, Wanted::Rules) {
            Ok(paths) => open.extend(paths),
            Err(fault) => {
                load::report_unread(&Unreadable::new(argument, fault.to_string()))?;
                refused += 1;
            }
        }
    }
    while let Some(path) = open.pop_front() {
        let path = path.as_str();
        let prints = arguments.stdout || path == STDIN && !arguments.check;
        if !seen.insert(identity(path)) {
            continue;
        }
        let Some(Read {
            text,
            formatted,
            further,
        }) = read(path)?
        else {
            refused += 1;
            continue;
        };
        if prints {
            out.write_all(formatted.text.as_bytes())?;
            continue;
        }
        open.extend(further);
        if formatted.text == text {
            continue;
        }
        changed += 1;
        if arguments.check {
            write!(out, "{}", unified(path, &text, Hunks(&formatted.edits)))?;
        } else {
            replace(Path::new(path), &formatted.text)?;
            let conditions = counted(formatted.edits.len(), "condition");
            writeln!(io::stderr(), "formatted {conditions} of {path}")?;
        }
    }
    out.flush()?;
    Ok(if refused > 0 {
        Exit::Failed
    } else if arguments.check && changed > 0 {
        Exit::Found
    } else {
        Exit::Done
    })
}

fn text_of(path: &str) -> Result<String, String> {
    if path != STDIN {
        return Disk.file(path);
    }
    stdin_text().map_err(|error| error.to_string())
}

/// A file and what becomes of it.
struct Read {
    text: String,
    formatted: Formatted,
    /// The further files that it names.
    further: Vec<String>,
}

/// Reads and formats a file; its faults are printed. `None` is a file with errors, and one that
/// cannot be read.
fn read(path: &str) -> anyhow::Result<Option<Read>> {
    let text = match text_of(path) {
        Ok(text) => text,
        Err(reason) => {
            load::report_unread(&Unreadable::new(path, reason))?;
            return Ok(None);
        }
    };
    let mut files = Files::default();
    files.add(path, text.as_str());
    let formatted = match config::format(&text) {
        Ok(formatted) => formatted,
        Err(faults) => {
            load::report(&faults, &files)?;
            return Ok(None);
        }
    };
    // A pipe can be read only once.
    let read = Overlay {
        below: &Disk,
        texts: BTreeMap::from([(path.to_owned(), text.clone())]),
    };
    let loaded = config::load(path, &read, Environment::Absent)?;
    let further = loaded.files.iter().skip(1).map(|file| file.name.clone());
    let further = further.collect();
    let errors = errors(loaded, &text);
    if !errors.is_empty() {
        load::report(&errors, &files)?;
        return Ok(None);
    }
    load::report(&formatted.skipped, &files)?;
    Ok(Some(Read {
        text,
        formatted,
        further,
    }))
}

/// Returns the errors of the file itself that would stop a run. A further file may use names of
/// a main file that is not known here.
fn errors(loaded: Loaded, text: &str) -> Vec<Diagnostic> {
    let is_further = config::may_be_further(text);
    let stops = |fault: &Diagnostic| {
        let is_foreign = is_further && fault.code == Code::UnknownName;
        // What this version cannot do is no fault of the text.
        let is_foreign = is_foreign || fault.code == Code::Unsupported;
        let is_here = fault.primary.file == FileId(0);
        is_here && fault.level == Level::Error && fault.code.stops_a_run() && !is_foreign
    };
    loaded.diagnostics.into_iter().filter(stops).collect()
}
