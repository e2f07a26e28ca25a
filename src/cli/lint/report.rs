//! What is printed of all files together.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::super::load::report_unread;
use super::super::output::may_colour;
use crate::config::Unreadable;
use crate::diag::sarif::Log;
use crate::diag::summary::{self, Totals};
use crate::diag::{
    Allowed, Code, Diagnostic, Edit, FileId, Files, Level, Span, github, human, json, sarif,
};
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
    /// The first file of each name.
    pub(super) by_name: BTreeMap<String, FileId>,
    /// The files of rule tests.
    pub(super) cases: BTreeSet<FileId>,
    /// What is told by file, place and code: where it is in `told`.
    pub(super) seen: BTreeSet<(FileId, Span, Code, usize)>,
}

impl Report {
    /// Takes in what was found in a file and its further files. What was found in a further file
    /// that another one names as well is told once.
    pub(super) fn add(&mut self, findings: Findings, files: Files) {
        let shift = self.files.append(files);
        for (file, id) in self
            .files
            .iter()
            .zip((0..).map(FileId))
            .skip(shift as usize)
        {
            self.by_name.entry(file.name.clone()).or_insert(id);
        }
        self.told.reserve(findings.told.len());
        for finding in findings.told {
            let finding = finding.shift(shift);
            if !self.is_told(&finding) {
                self.told.push(finding);
            }
        }
        let allowed = findings.allowed.into_iter();
        self.allowed.extend(allowed.map(|silent| Allowed {
            finding: silent.finding.shift(shift),
            reason: silent.reason,
        }));
    }

    /// Whether a finding was told before, and notes that it is told now.
    fn is_told(&mut self, finding: &Diagnostic) -> bool {
        let Diagnostic { code, primary, .. } = finding;
        let file = self.files.get(primary.file);
        let file = file.and_then(|file| self.by_name.get(&file.name)).copied();
        let (file, span) = (file.unwrap_or(primary.file), primary.span);
        let alike = (file, span, *code, 0)..=(file, span, *code, usize::MAX);
        let mut alike = self.seen.range(alike);
        let is_told = alike.any(|(.., at)| self.told[*at].message == finding.message);
        if !is_told {
            self.seen.insert((file, span, *code, self.told.len()));
        }
        is_told
    }

    /// Takes in what was found in a file of rule tests, if it could be read.
    pub(super) fn add_cases(
        &mut self,
        found: Result<(Findings, Files), Unreadable>,
    ) -> io::Result<()> {
        match found {
            Ok((findings, files)) => {
                let before = self.files.iter().count();
                self.add(findings, files);
                let all = self.files.iter().zip((0..).map(FileId));
                self.cases.extend(all.skip(before).map(|(_, id)| id));
                Ok(())
            }
            Err(unreadable) => self.unreadable(&unreadable),
        }
    }

    /// Says on standard error that a file cannot be read, and goes on.
    pub(super) fn unreadable(&mut self, fault: &Unreadable) -> io::Result<()> {
        self.unread += 1;
        report_unread(fault)
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
            mendable: self.mendable(),
        })
    }

    /// Returns how many findings `--fix` mends. It leaves files of rule tests alone, and lines that
    /// have errors of which nobody knows what was meant.
    fn mendable(&self) -> usize {
        let line_of = |file: FileId, span: Span| {
            let line = self.files.get(file)?.position(span.start()).line;
            Some((file, line))
        };
        let errors = self.told.iter().filter(|found| found.level == Level::Error);
        let unsure = errors.filter(|found| found.fix.is_none());
        let unsure = unsure.filter_map(|found| line_of(found.primary.file, found.primary.span));
        let unsure: BTreeSet<(FileId, usize)> = unsure.collect();
        let is_mended = |edit: &Edit| {
            !self.cases.contains(&edit.file)
                && line_of(edit.file, edit.span).is_some_and(|line| !unsure.contains(&line))
        };
        let fixes = self.told.iter().filter_map(|found| found.fix.as_ref());
        fixes.filter(|fix| fix.0.iter().all(is_mended)).count()
    }
}
