//! Which files are linted: each once, and further files with the file that names them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;

use super::super::files::{Wanted, identity, of_argument};
use super::super::load::{STDIN, report_unread, stdin_text};
use crate::config::{self, Environment, Overlay, Surroundings, Unreadable};
use crate::daemon::Disk;

/// The files to be linted.
pub(super) struct Input {
    /// The files by path, in order.
    pub(super) paths: Vec<String>,
    /// How many arguments could not be read.
    pub(super) unread: usize,
    /// The text of standard input, if it was asked for.
    stdin: Option<String>,
}

impl Input {
    /// Works out which files the arguments mean. What cannot be read is said and counted.
    pub(super) fn all(arguments: &[String], environment: Environment) -> anyhow::Result<Self> {
        let mut input = Self {
            paths: Vec::new(),
            unread: 0,
            stdin: None,
        };
        let mut seen = BTreeSet::new();
        for argument in arguments {
            if argument == STDIN {
                input.take_stdin()?;
                continue;
            }
            match of_argument(argument, Wanted::Rules) {
                Ok(paths) => {
                    let fresh = paths.into_iter().filter(|path| seen.insert(identity(path)));
                    input.paths.extend(fresh);
                }
                Err(fault) => {
                    input.unread += 1;
                    report_unread(&Unreadable::new(argument, fault.to_string()))?;
                }
            }
        }
        input.leave_out_further(environment);
        Ok(input)
    }

    /// Returns what is asked for files: standard input has a text of its own.
    pub(super) fn surroundings<'a>(&self, below: &'a dyn Surroundings) -> Overlay<'a> {
        let stdin = self
            .stdin
            .iter()
            .map(|text| (STDIN.to_owned(), text.clone()));
        Overlay {
            below,
            texts: stdin.collect::<BTreeMap<String, String>>(),
        }
    }

    /// Whether a path stands for standard input.
    pub(super) fn is_stdin(path: &str) -> bool {
        path == STDIN
    }

    fn take_stdin(&mut self) -> anyhow::Result<()> {
        if self.stdin.is_some() {
            return Ok(());
        }
        self.stdin = Some(stdin_text().context("read standard input")?);
        self.paths.push(STDIN.to_owned());
        Ok(())
    }

    /// Leaves out what another file names as its further file: by itself its names would be
    /// missing, and its findings would be told twice.
    fn leave_out_further(&mut self, environment: Environment) {
        if self.paths.len() < 2 {
            return;
        }
        let mut further = BTreeSet::new();
        for path in &self.paths {
            let surroundings = self.surroundings(&Disk);
            // Only a file that names files has more than one, and only those are read for it.
            let names_files = surroundings
                .file(path)
                .is_ok_and(|text| text.contains("rules:"));
            if !names_files {
                continue;
            }
            if let Ok(loaded) = config::load(path, &surroundings, environment) {
                let others = loaded.files.iter().skip(1);
                further.extend(others.map(|file| identity(&file.name)));
            }
        }
        self.paths.retain(|path| {
            let is_further = further.contains(&identity(path));
            let text = is_further.then(|| Disk.file(path).ok()).flatten();
            !text.is_some_and(|text| config::may_be_further(&text))
        });
    }
}
