//! What a backtest runs over: samples of files, or what a store has kept.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Context as _;
use tokio::runtime::Runtime;

use super::fetch::fetch;
use super::latest::Latest;
use super::progress::Progress;
use crate::cli::load_packed::recordings;
use crate::config::Config;
use crate::engine::{Plan, Recording as Samples, Rule, Ruleset, Sample};
use crate::lang::Program;
use crate::pipeline::{FleetLeft, Kept, Need, SeriesMark};
use crate::replay::{
    ACCOUNT, Course, CourseFindings, Judged, KeptBacktest, KeptFindings, KeptSpan, Track,
};
use crate::samples::Recordings;
use crate::store::Store;
use crate::unit::{AccountName, Minute, Minutes, Series};

/// The most threads that judge a store: each holds a part of it.
const THREADS_MAX: usize = 16;

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

/// What a store has kept.
pub(super) struct Stored {
    runtime: Runtime,
    store: Arc<Store>,
    name: String,
    marks: Vec<SeriesMark>,
    /// Minutes that are not in the store.
    latest: Latest,
    left: Vec<FleetLeft>,
    /// The first minute that is judged, where more is kept.
    judge_from: Option<Minute>,
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
        let runtime = Runtime::new().context("start the runtime")?;
        let (store, marks, left) = runtime.block_on(async {
            let store = Store::read(url).await.context("open the store")?;
            let marks = store.load().await.context("read the store")?.series;
            let first = marks.iter().map(|mark| mark.covered_from).min();
            let last = marks.iter().map(|mark| mark.next).max();
            let left = match first.zip(last) {
                Some((first, last)) => store.fleet_left(first, last).await,
                None => Ok(Vec::new()),
            };
            anyhow::Ok((store, marks, left.context("read the store")?))
        })?;
        Ok(Self::Store(Box::new(Stored {
            name: format!("the store {}", store.file()),
            runtime,
            store: Arc::new(store),
            marks,
            latest: Latest::new(),
            left,
            judge_from: None,
        })))
    }

    /// Asks the sources of a rules file for their last minutes, as far as they are not kept already.
    pub(super) fn of_source(config: &Config, back: Minutes) -> anyhow::Result<Self> {
        let runtime = Runtime::new().context("start the runtime")?;
        let fetched = runtime.block_on(fetch(config, back))?;
        Ok(Self::Store(Box::new(Stored {
            name: format!("the last {back} of the source"),
            runtime,
            store: fetched.store,
            marks: fetched.marks,
            latest: fetched.latest,
            left: Vec::new(),
            judge_from: Some(fetched.from),
        })))
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

/// The parts of a store that are still to be judged.
struct Queue<'a> {
    parts: Mutex<std::slice::Iter<'a, Vec<usize>>>,
    progress: Mutex<Progress>,
}

impl<'a> Queue<'a> {
    fn next(&self) -> Option<&'a Vec<usize>> {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.next()
    }

    fn done(&self, series: usize) {
        let progress = self.progress.lock();
        progress
            .unwrap_or_else(PoisonError::into_inner)
            .step(series);
    }
}

/// Returns what is to be read of a series.
fn need(mark: &SeriesMark) -> Need {
    Need {
        series: mark.series.clone(),
        from: mark.covered_from,
        to: mark.next,
    }
}

impl Stored {
    /// Returns from when on a series is judged; one that the service did not judge yet, because it
    /// was imported, from its first minute.
    fn begin(&self, mark: &SeriesMark) -> Minute {
        let begin = if mark.judge_from < mark.next {
            mark.judge_from
        } else {
            mark.covered_from
        };
        self.judge_from.map_or(begin, |from| from.max(begin))
    }

    fn judge(&self, sets: &[Rules<'_>], judge_from: Option<Minute>) -> anyhow::Result<Vec<Judged>> {
        let plans: Vec<Plan> = sets.iter().map(|of| Plan::new(of.program)).collect();
        let sets = sets.iter().zip(&plans);
        let sets: Vec<KeptBacktest<'_>> = sets
            .map(|(of, plan)| {
                KeptBacktest::new(Ruleset {
                    plan,
                    rules: of.rules,
                })
            })
            .collect();
        let needs: Vec<Need> = self.marks.iter().map(need).collect();
        let parts = self.runtime.block_on(self.store.recording_parts(&needs));
        let parts = parts.context("read the samples")?;
        let queue = Queue {
            parts: Mutex::new(parts.iter()),
            progress: Mutex::new(Progress::new("judging", self.marks.len())),
        };
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let threads = threads.min(parts.len()).clamp(1, THREADS_MAX);
        let found: Vec<anyhow::Result<Vec<KeptFindings>>> = thread::scope(|scope| {
            let work = (0..threads).map(|_| {
                let (sets, needs, queue) = (&sets, &needs, &queue);
                scope.spawn(move || self.judge_parts(sets, needs, queue, judge_from))
            });
            let work: Vec<_> = work.collect();
            let done = work.into_iter().map(|work| match work.join() {
                Ok(found) => found,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            done.collect()
        });
        let mut all = vec![KeptFindings::default(); sets.len()];
        for found in found {
            for (all, found) in all.iter_mut().zip(found?) {
                all.append(found);
            }
        }
        let judged = sets.iter().zip(all);
        Ok(judged.map(|(set, all)| set.end(all, &self.left)).collect())
    }

    /// Reads and judges parts of the store until none is left.
    fn judge_parts(
        &self,
        sets: &[KeptBacktest<'_>],
        needs: &[Need],
        queue: &Queue<'_>,
        judge_from: Option<Minute>,
    ) -> anyhow::Result<Vec<KeptFindings>> {
        let mut all = vec![KeptFindings::default(); sets.len()];
        while let Some(part) = queue.next() {
            let wanted: Vec<Need> = part.iter().map(|at| needs[*at].clone()).collect();
            let read = self.runtime.block_on(self.store.recordings_of(&wanted));
            let mut read = read.context("read the samples")?;
            for (need, recording) in wanted.iter().zip(&mut read) {
                for (minute, sample) in self.latest_of(&need.series) {
                    recording.insert_new(*minute, sample);
                }
            }
            for (all, set) in all.iter_mut().zip(sets) {
                let recordings = part.iter().zip(&read).map(|(at, recording)| {
                    let mark = &self.marks[*at];
                    let span = self.kept_span(mark, recording, judge_from);
                    (&mark.series, recording, span)
                });
                all.append(set.judge_all(recordings));
            }
            queue.done(part.len());
        }
        Ok(all)
    }

    /// Returns the minutes of a series that are not in the store.
    fn latest_of(&self, series: &Series) -> &[(Minute, Sample)] {
        self.latest.get(series).map_or(&[], Vec::as_slice)
    }

    /// Returns how far a series is judged.
    fn kept_span(
        &self,
        mark: &SeriesMark,
        recording: &Samples,
        judge_from: Option<Minute>,
    ) -> KeptSpan {
        // What is older was forgotten, and is not absent.
        let begin = mark.history_begin.zip(recording.first_known());
        KeptSpan {
            last: mark.next.previous(),
            history_begin: begin.map(|(begin, first)| begin.max(first)),
            judge_from: judge_from.unwrap_or(self.begin(mark)),
        }
    }

    fn track(&self, mark: &SeriesMark) -> anyhow::Result<Option<Track>> {
        let kept = self
            .store
            .samples(&mark.series, mark.covered_from, mark.next);
        let kept = self.runtime.block_on(kept).context("read the samples")?;
        let kept = kept.into_iter().map(|(at, kept)| match kept {
            Kept::Sample(sample) => (at, Some(sample)),
            Kept::Unasked => (at, None),
        });
        let latest = self.latest_of(&mark.series).iter();
        let latest = latest.map(|(at, sample)| (*at, Some(sample.clone())));
        let kept: BTreeMap<Minute, _> = kept.chain(latest).collect();
        // What is older was forgotten, and is not absent.
        let first = kept.keys().next().copied();
        Ok(first.map(|first| Track {
            series: mark.series.clone(),
            kept,
            first,
            last: mark.next.previous(),
            history_begin: mark.history_begin.map(|begin| begin.max(first)),
            judge_from: self.begin(mark),
        }))
    }
}
