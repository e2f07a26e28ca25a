//! What is printed of all files together.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::super::output::may_colour;
use crate::config::Unreadable;
use crate::diag::sarif::Log;
use crate::diag::summary::{self, Totals};
use crate::diag::{Allowed, Code, Diagnostic, Files, Span, github, human, json, sarif};
use crate::lint::{self, Findings};

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people, in the look of rustc.
    Human,
    /// One JSON document.
    Json,
    /// SARIF 2.1.0, which code hosts and editors read.
    Sarif,
    /// Workflow commands, which GitHub shows beside the changed lines.
    Github,
}

/// The findings of all files.
#[derive(Default)]
pub(super) struct Report {
    pub(super) told: Vec<Diagnostic>,
    pub(super) allowed: Vec<Allowed>,
    pub(super) files: Files,
    /// How many files could not be read.
    pub(super) unread: usize,
    /// By file, place, code and message what is told.
    pub(super) seen: BTreeSet<(String, Span, Code, String)>,
}

impl Report {
    /// Takes in what was found in a file and its further files. What was found in a further file
    /// that another one names as well is told once.
    pub(super) fn add(&mut self, findings: Findings, files: Files) {
        let shift = self.files.append(files);
        for finding in findings.told {
            let finding = finding.shift(shift);
            let file = self.files.get(finding.primary.file);
            let name = file.map_or(String::new(), |file| file.name.clone());
            let key = (
                name,
                finding.primary.span,
                finding.code,
                finding.message.clone(),
            );
            if self.seen.insert(key) {
                self.told.push(finding);
            }
        }
        let allowed = findings.allowed.into_iter();
        self.allowed.extend(allowed.map(|silent| Allowed {
            finding: silent.finding.shift(shift),
            reason: silent.reason,
        }));
    }

    /// Takes in what was found in a file, if it could be read.
    pub(super) fn add_found(
        &mut self,
        found: Result<(Findings, Files), Unreadable>,
    ) -> io::Result<()> {
        match found {
            Ok((findings, files)) => {
                self.add(findings, files);
                Ok(())
            }
            Err(unreadable) => self.unreadable(&unreadable),
        }
    }

    /// Says on standard error that a file cannot be read, and goes on.
    pub(super) fn unreadable(&mut self, fault: &Unreadable) -> io::Result<()> {
        self.unread += 1;
        writeln!(io::stderr(), "foghorn: {fault}")
    }

    /// Returns the report.
    pub(super) fn text(&self, format: Format) -> String {
        match format {
            Format::Human => {
                let colour = if may_colour(&io::stdout()) {
                    human::Colour::Always
                } else {
                    human::Colour::Never
                };
                human::render(&self.told, &self.files, colour) + &self.summary()
            }
            Format::Json => json::render(&self.told, &self.files) + "\n",
            Format::Github => github::render(&self.told, &self.files),
            Format::Sarif => {
                let log = Log {
                    told: &self.told,
                    allowed: &self.allowed,
                    files: &self.files,
                    manual: lint::manual,
                };
                sarif::render(&log) + "\n"
            }
        }
    }

    pub(super) fn summary(&self) -> String {
        summary::render(&Totals {
            told: &self.told,
            allowed: self.allowed.len(),
            files: self.files.iter().count(),
            unread: self.unread,
        })
    }
}
