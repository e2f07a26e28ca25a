//! What a store has kept, as a backtest reads and judges it.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Context as _;
use tokio::runtime::Runtime;

use super::fetch::fetch;
use super::latest::Latest;
use super::progress::Progress;
use super::recording::Rules;
use crate::config::Config;
use crate::engine::{AlertKey, Plan, Recording as Samples, Ruleset, Sample, Subject};
use crate::pipeline::{FleetLeft, Kept, Need, RuleMark, SOURCE_FAILING, SeriesMark};
use crate::replay::{Judged, KeptBacktest, KeptFindings, KeptSpan, Track, fleets_judged_to};
use crate::store::Store;
use crate::unit::{AccountName, Minute, Minutes, Series};

/// The most threads that judge a store: each holds a part of it.
const THREADS_MAX: usize = 16;

/// What a store has kept.
pub(super) struct Stored {
    runtime: Runtime,
    store: Arc<Store>,
    pub(super) name: String,
    pub(super) marks: Vec<SeriesMark>,
    /// Minutes that are not in the store.
    latest: Latest,
    left: Vec<FleetLeft>,
    /// Since when rules are judged, and how far those over many domains are.
    rules: Vec<RuleMark>,
    /// The accounts of which domains, or all, cannot be asked.
    failing: BTreeSet<AccountName>,
    /// The first minute that is judged, where more is kept.
    judge_from: Option<Minute>,
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

/// Whether a service has judged a series.
fn is_judged(mark: &SeriesMark) -> bool {
    mark.judge_from < mark.next
}

impl Stored {
    /// Opens a store, also one that a service writes to. Its minutes are read while they are judged.
    pub(super) fn open(url: &str) -> anyhow::Result<Self> {
        let runtime = Runtime::new().context("start the runtime")?;
        let (store, loaded, left) = runtime.block_on(async {
            let store = Store::read(url).await.context("open the store")?;
            let loaded = store.load().await.context("read the store")?;
            let marks = &loaded.series;
            let first = marks.iter().map(|mark| mark.covered_from).min();
            let last = marks.iter().map(|mark| mark.next).max();
            let left = match first.zip(last) {
                Some((first, last)) => store.fleet_left(first, last).await,
                None => Ok(Vec::new()),
            };
            anyhow::Ok((store, loaded, left.context("read the store")?))
        })?;
        let failing = loaded.alerts.into_iter().filter_map(|row| match row.key {
            AlertKey {
                rule,
                subject: Subject::Account { account, .. },
            } if rule == SOURCE_FAILING => Some(account),
            _ => None,
        });
        Ok(Self {
            name: format!("the store {}", store.file()),
            runtime,
            store: Arc::new(store),
            marks: loaded.series,
            latest: Latest::new(),
            left,
            rules: loaded.rules,
            failing: failing.collect(),
            judge_from: None,
        })
    }

    /// Asks the sources of a rules file for their last minutes, as far as they are not kept already.
    pub(super) fn fetched(config: &Config, back: Minutes) -> anyhow::Result<Self> {
        let runtime = Runtime::new().context("start the runtime")?;
        let fetched = runtime.block_on(fetch(config, back))?;
        Ok(Self {
            name: format!("the last {back} of the source"),
            runtime,
            store: fetched.store,
            marks: fetched.marks,
            latest: fetched.latest,
            left: Vec::new(),
            rules: Vec::new(),
            failing: BTreeSet::new(),
            judge_from: Some(fetched.from),
        })
    }

    /// Returns from when on a series is judged; one that the service did not judge yet, because it
    /// was imported, from its first minute.
    pub(super) fn begin(&self, mark: &SeriesMark) -> Minute {
        let begin = if is_judged(mark) {
            mark.judge_from
        } else {
            mark.covered_from
        };
        self.judge_from.map_or(begin, |from| from.max(begin))
    }

    /// Returns the first minute that is kept, unless the source was just asked for so much and no more.
    pub(super) fn kept_from(&self) -> Option<Minute> {
        let marks = self.marks.iter().filter(|mark| is_judged(mark));
        let first = marks.map(|mark| mark.covered_from).min();
        first.filter(|_| self.judge_from.is_none())
    }

    pub(super) fn judge(
        &self,
        sets: &[Rules<'_>],
        judge_from: Option<Minute>,
    ) -> anyhow::Result<Vec<Judged>> {
        let plans: Vec<Plan> = sets.iter().map(|of| Plan::new(of.program)).collect();
        let judged_to = sets.iter();
        let judged_to = judged_to.map(|of| fleets_judged_to(of.program, of.rules, &self.rules));
        let judged_to: Vec<_> = judged_to.collect();
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
        let judged = sets.iter().zip(all).zip(judged_to);
        let judged = judged.map(|((set, all), judged_to)| set.end(all, &self.left, &judged_to));
        Ok(judged.collect())
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
            is_awaited: self.is_awaited(mark),
        }
    }

    /// Whether more will come of a series: a service judges it or the source was just asked, and no fault keeps it
    /// from being asked.
    fn is_awaited(&self, mark: &SeriesMark) -> bool {
        let is_asked = self.judge_from.is_some() || is_judged(mark);
        is_asked && !self.failing.contains(&mark.series.account)
    }

    pub(super) fn track(&self, mark: &SeriesMark) -> anyhow::Result<Option<Track>> {
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
