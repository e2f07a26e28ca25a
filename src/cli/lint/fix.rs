//! `foghorn lint --fix`.

use std::io::{self, Write};
use std::path::Path;

use super::super::diff::{Hunks, unified};
use super::super::replace::replace;
use super::files::Input;
use super::report::Report;
use super::{Arguments, Exit, cases, exit};
use crate::daemon::Disk;
use crate::lint::{self, Mended};

/// Mends the files and prints what is left; with `--dry-run` only says what would change.
pub(super) fn run(arguments: &Arguments, inputs: &Input) -> anyhow::Result<Exit> {
    if inputs.paths.iter().any(|path| Input::is_stdin(path)) {
        anyhow::bail!("standard input cannot be mended: name a file");
    }
    let mut report = Report {
        unread: inputs.unread,
        ..Report::default()
    };
    let mut out = io::stdout().lock();
    for path in &inputs.paths {
        if let Some(found) = cases(path, inputs, arguments) {
            report.add_cases(found)?;
            continue;
        }
        let options = arguments.options();
        let mended = match lint::mend(path, &Disk, arguments.environment(), &options) {
            Ok(mended) => mended,
            Err(unreadable) => {
                report.unreadable(&unreadable)?;
                continue;
            }
        };
        for change in &mended.changes {
            if arguments.mending.dry_run {
                let diff = unified(&change.path, &change.old, Hunks(&change.hunks));
                out.write_all(diff.as_bytes())?;
            } else {
                replace(Path::new(&change.path), &change.new)?;
            }
        }
        say(&mended, arguments)?;
        report.add(mended.left, mended.loaded.files);
    }
    if arguments.mending.dry_run {
        out.flush()?;
        write!(io::stderr(), "{}", report.summary())?;
    } else {
        out.write_all(report.text(arguments.format).as_bytes())?;
        out.flush()?;
    }
    Ok(exit(&report))
}

/// Says on standard error what was mended.
fn say(mended: &Mended, arguments: &Arguments) -> io::Result<()> {
    let verb = if arguments.mending.dry_run {
        "would mend"
    } else {
        "mended"
    };
    let mut err = io::stderr().lock();
    for mend in &mended.mends {
        let finding = &mend.finding;
        let (path, line) = (&mend.path, mend.line);
        writeln!(
            err,
            "{verb} {path}:{line}: {} [{}]",
            finding.message, finding.code
        )?;
    }
    Ok(())
}
