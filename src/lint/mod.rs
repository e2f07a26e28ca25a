//! What is wrong with a rules file beyond what loading finds: one check, one file.
//!
//! A check is a function over what was read ([`Outline`]); the doc comment of its file is its
//! manual page. What is found while a file is read has a file and a page as well.

mod checks;
mod conditions;
mod history;
mod labels;
mod measures;
mod rewrite;
mod traffic;

use self::checks::Finds;
use self::conditions::Condition;
use self::history::Past;
use crate::config::{Loaded, Outline};
use crate::diag::{self, Code, Diagnostic, Files};
use crate::samples::Samples;

/// What the checks look at.
pub(crate) struct Checked<'a> {
    /// Whatever of the files could be read.
    pub(crate) outline: &'a Outline,
    /// The files.
    pub(crate) files: &'a Files,
    /// The conditions of its sound rules, taken apart.
    conditions: Vec<Condition<'a>>,
    /// Whether everything could be read, so that what is missing is not there.
    pub(crate) extent: Extent,
}

/// How much of the files could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Everything.
    Whole,
    /// Something is faulty, and may be missing.
    Part,
}

/// Returns all findings of a file: those of loading and those of the checks, by file, place and
/// code.
pub fn run(loaded: &Loaded) -> Vec<Diagnostic> {
    let checked = Checked {
        outline: &loaded.outline,
        files: &loaded.files,
        conditions: conditions::conditions(&loaded.outline),
        extent: if diag::is_clean(&loaded.diagnostics) {
            Extent::Whole
        } else {
            Extent::Part
        },
    };
    let found = checks::ALL.iter().flat_map(|check| match check.finds {
        Finds::Here(run) => run(&checked),
        Finds::InHistory(_) => Vec::new(),
    });
    let mut findings: Vec<Diagnostic> = loaded.diagnostics.iter().cloned().chain(found).collect();
    diag::sort(&mut findings);
    findings
}

/// Returns what only recorded samples can tell of the rules, by file, place and code; nothing
/// where the rules cannot be run.
pub fn history(loaded: &Loaded, samples: &Samples) -> Vec<Diagnostic> {
    let Some(past) = Past::of(loaded, samples) else {
        return Vec::new();
    };
    let found = checks::ALL.iter().flat_map(|check| match check.finds {
        Finds::InHistory(run) => run(&past),
        Finds::Here(_) => Vec::new(),
    });
    let mut findings: Vec<Diagnostic> = found.collect();
    diag::sort(&mut findings);
    findings
}

/// Returns the manual page of a code that a check finds, as Markdown.
pub fn manual(code: Code) -> Option<String> {
    let check = checks::ALL.iter().find(|check| check.code == code)?;
    let lines = check
        .source
        .lines()
        .map_while(|line| line.strip_prefix("//!"));
    let page: Vec<&str> = lines.map(|l| l.strip_prefix(' ').unwrap_or(l)).collect();
    Some(page.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_a_manual_page_with_its_headings() {
        for check in checks::ALL {
            let page = manual(check.code).unwrap();
            for heading in ["What it finds", "Why it matters", "Example", "Instead"] {
                assert!(
                    page.contains(&format!("## {heading}\n")),
                    "{}: {heading}",
                    check.code
                );
            }
        }
    }
}
