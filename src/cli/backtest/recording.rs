//! What a backtest runs over: samples of files, or what a store has kept.

use std::collections::BTreeMap;
use std::thread;

use super::stored::Stored;
use crate::cli::load_packed::recordings;
use crate::config::Config;
use crate::engine::{Plan, Recording as Samples, Rule, Ruleset};
use crate::lang::Program;
use crate::replay::{ACCOUNT, Course, CourseFindings, Judged, Track};
use crate::samples::Recordings;
use crate::unit::{AccountName, Minute, Minutes, Series};

/// Rules and the program that they were lowered into.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) program: &'a Program,
    pub(super) rules: &'a [Rule],
}

/// Recorded minutes.
pub(super) enum Recording {
    /// Of files.
    File {
        /// What was read.
        path: String,
        /// What there is, in parts that can be judged on threads of their own.
        parts: Vec<Recordings>,
    },
    /// Of a store.
    Store(Box<Stored>),
}

impl Recording {
    /// Reads samples from a file, a folder or standard input; `None` if they have faults, which are
    /// printed.
    pub(super) fn of_file(path: &str) -> anyhow::Result<Option<Self>> {
        let parts = recordings(path)?;
        Ok(parts.map(|parts| Self::File {
            path: path.to_owned(),
            parts,
        }))
    }

    /// Opens a store, also one that a service writes to. Its minutes are read while they are judged.
    pub(super) fn of_store(url: &str) -> anyhow::Result<Self> {
        Ok(Self::Store(Box::new(Stored::open(url)?)))
    }

    /// Asks the sources of a rules file for their last minutes, as far as they are not kept already.
    pub(super) fn of_source(config: &Config, back: Minutes) -> anyhow::Result<Self> {
        Ok(Self::Store(Box::new(Stored::fetched(config, back)?)))
    }

    /// Returns what it is, for a headline.
    pub(super) fn name(&self) -> String {
        match self {
            Self::File { path, .. } if path == "-" => "standard input".to_owned(),
            Self::File { path, .. } => path.clone(),
            Self::Store(stored) => stored.name.clone(),
        }
    }

    /// Returns its series, in order.
    pub(super) fn series(&self) -> Vec<Series> {
        match self {
            Self::File { parts, .. } => {
                let mut domains: Vec<_> = parts.iter().flat_map(BTreeMap::keys).collect();
                domains.sort();
                let series = domains.into_iter().map(|domain| Series {
                    account: AccountName::from(ACCOUNT),
                    domain: domain.clone(),
                });
                series.collect()
            }
            Self::Store(stored) => stored.marks.iter().map(|of| of.series.clone()).collect(),
        }
    }

    /// Returns its first and its last minute; `None` if it has none.
    pub(super) fn span(&self) -> Option<(Minute, Minute)> {
        match self {
            Self::File { parts, .. } => {
                let all = || parts.iter().flat_map(BTreeMap::values);
                let first = all().filter_map(Samples::first).min();
                first.zip(all().filter_map(Samples::last).max())
            }
            Self::Store(stored) => {
                let marks = stored.marks.iter();
                let marks = marks.filter(|mark| mark.covered_from < mark.next);
                let first = marks.clone().map(|mark| stored.begin(mark));
                first
                    .min()
                    .zip(marks.map(|mark| mark.next.previous()).max())
            }
        }
    }

    /// Returns the first minute that a store has, also of those that were only looked back upon.
    pub(super) fn kept_from(&self) -> Option<Minute> {
        match self {
            Self::File { .. } => None,
            Self::Store(stored) => stored.kept_from(),
        }
    }

    /// Judges the minutes by several sets of rules, and returns what happened by each.
    pub(super) fn judge(
        &self,
        sets: &[Rules<'_>],
        judge_from: Option<Minute>,
    ) -> anyhow::Result<Vec<Judged>> {
        match self {
            Self::File { parts, .. } => {
                let judged = sets.iter();
                Ok(judged.map(|of| judge(*of, parts, judge_from)).collect())
            }
            Self::Store(stored) => stored.judge(sets, judge_from),
        }
    }

    /// Returns the minutes of one series; `None` if it has none.
    pub(super) fn track(&self, series: &Series) -> anyhow::Result<Option<Track>> {
        match self {
            Self::File { parts, .. } => {
                let span = self.span();
                let found = parts.iter().find_map(|part| part.get(&series.domain));
                Ok(found.zip(span).and_then(|(recording, (_, last))| {
                    let first = recording.first()?;
                    let minutes = first.until(last.next());
                    let kept = minutes.filter_map(|at| Some((at, Some(recording.sample(at)?))));
                    Some(Track {
                        series: series.clone(),
                        kept: kept.collect(),
                        first,
                        last,
                        history_begin: Some(first),
                        judge_from: first,
                    })
                }))
            }
            Self::Store(stored) => {
                let mark = stored.marks.iter().find(|mark| mark.series == *series);
                mark.map_or(Ok(None), |mark| stored.track(mark))
            }
        }
    }
}

/// Judges the parts of recordings, each on a thread of its own.
fn judge(of: Rules<'_>, parts: &[Recordings], judge_from: Option<Minute>) -> Judged {
    let plan = Plan::new(of.program);
    let ruleset = Ruleset {
        plan: &plan,
        rules: of.rules,
    };
    let Some(course) = Course::new(ruleset, parts.iter().flatten(), judge_from) else {
        return Judged::default();
    };
    let mut findings = CourseFindings::default();
    thread::scope(|scope| {
        let work = parts.iter().map(|part| {
            let course = &course;
            scope.spawn(move || course.judge_all(part.iter()))
        });
        for work in work.collect::<Vec<_>>() {
            match work.join() {
                Ok(found) => findings.append(found),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    course.end(findings)
}
