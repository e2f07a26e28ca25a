//! What a report for people ends with: how many findings there are, and where to read on.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Code, Diagnostic, Level};
use crate::unit::counted;

/// How many codes are named to read about.
const CODES_MAX: usize = 5;

/// What a run of the linter came to.
#[derive(Clone, Copy, Debug)]
pub struct Totals<'a> {
    /// The findings that were printed.
    pub told: &'a [Diagnostic],
    /// How many findings are silenced in the files.
    pub allowed: usize,
    /// How many files were read.
    pub files: usize,
    /// How many files could not be read.
    pub unread: usize,
    /// How many of the findings a program can mend.
    pub mendable: usize,
}

/// Returns the last lines of a report, with a line break at the end.
pub fn render(totals: &Totals<'_>) -> String {
    let Totals {
        told,
        allowed,
        files,
        unread,
        mendable,
    } = *totals;
    let errors = super::count(told, Level::Error);
    let warnings = told.len() - errors;
    let mut text = match (errors, warnings) {
        (0, 0) => "no findings".to_owned(),
        _ => format!(
            "{}, {}",
            counted(errors, "error"),
            counted(warnings, "warning")
        ),
    };
    let _ = write!(text, " in {}", counted(files, "file"));
    let mut notes = Vec::new();
    if mendable > 0 {
        notes.push(format!("`--fix` can mend {mendable}"));
    }
    if allowed > 0 {
        notes.push(format!("{allowed} allowed"));
    }
    if unread > 0 {
        notes.push(format!("{} could not be read", counted(unread, "file")));
    }
    if !notes.is_empty() {
        let _ = write!(text, "; {}", notes.join("; "));
    }
    text.push('\n');
    text.push_str(&read_on(told));
    text
}

/// Says where the codes are explained.
fn read_on(told: &[Diagnostic]) -> String {
    let codes: BTreeSet<Code> = told.iter().map(|found| found.code).collect();
    let names: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => format!("for more about it: foghorn lint --explain {one}\n"),
        all => {
            let shown = all.iter().take(CODES_MAX);
            let shown = shown.copied().collect::<Vec<_>>().join(", ");
            let more = if all.len() > CODES_MAX { ", …" } else { "" };
            format!("for more about one of {shown}{more}: foghorn lint --explain CODE\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Span;

    #[test]
    fn the_summary_counts_and_says_where_to_read_on() {
        let found = |code| Diagnostic::new(code, Span::default(), "x");
        let totals = |told, mendable| Totals {
            told,
            allowed: 2,
            files: 1,
            unread: 0,
            mendable,
        };
        assert_eq!(
            render(&totals(&[], 0)),
            "no findings in 1 file; 2 allowed\n"
        );
        let told = [
            found(Code::Syntax).write("and"),
            found(Code::NoRunbook),
            found(Code::NoRunbook),
        ];
        assert_eq!(
            render(&totals(&told, 1)),
            "1 error, 2 warnings in 1 file; `--fix` can mend 1; 2 allowed\n\
             for more about one of syntax, no-runbook: foghorn lint --explain CODE\n"
        );
    }
}
