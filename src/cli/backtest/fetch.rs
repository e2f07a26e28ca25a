//! The last minutes of the sources, asked for in the background of their budgets and kept beside the
//! store, so that a run that is interrupted goes on where it was and the next one asks for little.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::cache;
use super::latest::{Asked, Ends, Latest, judged, kept};
use super::progress::Progress;
use crate::clock::{Clock, Stopwatch};
use crate::config::{Config, Domains, Pace, Source};
use crate::daemon::sources;
use crate::pipeline::SeriesMark;
use crate::source::aliyun::Client;
use crate::source::budget::{Backoff, Budget};
use crate::source::{MinuteRange, Response, SourceError};
use crate::store::Store;
use crate::unit::{DomainName, Minute, Minutes, Series};

/// How many minutes a call asks for: the most that the API gives in steps of a minute.
const CALL_MINUTES: i64 = 60;
/// How often a call is tried that fails in passing: five tries take up to a minute and a half.
const TRIES_MAX: u32 = 5;
/// Of the calls of a second that the rules file allows, one in so many is made: a service that runs
/// on the same account comes first, and the file's own rate is half of what the source grants.
const SHARE: u32 = 2;
/// How many calls of one account are under way at once: as many as the largest budget has in a second, so that
/// answers which take a second do not hold it up.
const UNDERWAY_MAX: usize = 5;

/// What was asked for.
pub(super) struct Fetched {
    pub(super) store: Arc<Store>,
    /// How far each series is judged.
    pub(super) marks: Vec<SeriesMark>,
    /// The minutes at their ends, which are in no store.
    pub(super) latest: Latest,
    /// The first minute that was wanted.
    pub(super) from: Minute,
}

/// An account on its way.
struct Asking {
    source: Source,
    client: Arc<Client>,
    budget: Mutex<Budget>,
    watch: Stopwatch,
    /// What is still to be asked for.
    wanted: Mutex<VecDeque<(SeriesMark, Vec<MinuteRange>)>>,
    store: Arc<Store>,
    ends: Ends,
    progress: Arc<Mutex<Progress>>,
}

/// Asks for the last minutes of all domains of all sources.
pub(super) async fn fetch(config: &Config, back: Minutes) -> anyhow::Result<Fetched> {
    ensure!(
        !config.sources.is_empty(),
        "there is no `source:` to ask: add one, or `--data`"
    );
    let clock = clock(config);
    let ends = Ends::at(clock.now(), config);
    let (from, to) = (ends.settled - back, ends.settled);
    let (store, known) = cache::open(config, to - Minutes::WEEK).await?;
    let store = Arc::new(store);
    // Whoever leaves this function stops the simulators that it has started, and the calls.
    let stop = CancellationToken::new();
    let guard = stop.clone().drop_guard();
    let progress = Arc::new(Mutex::new(Progress::new("asking", 0)));
    let mut accounts = Vec::new();
    for source in &config.sources {
        let asking = Asking {
            client: sources::open(source, clock, &stop).await?,
            budget: Mutex::new(Budget::new(Duration::ZERO, (source.rate / SHARE).max(1))),
            watch: Stopwatch::start(),
            wanted: Mutex::default(),
            store: store.clone(),
            ends,
            progress: progress.clone(),
            source: source.clone(),
        };
        let domains = asking.domains().await?;
        let wanted = domains.into_iter().map(|domain| {
            let account = source.account.clone();
            let series = Series { account, domain };
            let known = known.iter().find(|mark| mark.series == series);
            missing(series, known, (from, to))
        });
        let wanted: VecDeque<_> = wanted.collect();
        let calls = wanted.iter().map(|(_, spans)| spans.len()).sum();
        locked(&progress).expect_more(calls);
        *locked(&asking.wanted) = wanted;
        accounts.push(Arc::new(asking));
    }
    let mut work = JoinSet::new();
    for asking in &accounts {
        for _ in 0..UNDERWAY_MAX {
            work.spawn(asking.clone().ask());
        }
    }
    let mut all = Vec::new();
    while let Some(asked) = work.join_next().await {
        all.extend(asked.context("ask the sources")??);
    }
    drop(guard);
    let (marks, latest) = judged(all, ends);
    Ok(Fetched {
        store,
        marks,
        latest,
        from,
    })
}

/// What is locked is never left half changed.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the time of the sources.
fn clock(config: &Config) -> Clock {
    let Pace { speed, start } = sources::pace(config);
    match (speed, start) {
        (1, None) => Clock::System,
        (speed, start) => Clock::running(start.unwrap_or(Clock::System.now()), speed),
    }
}

/// Returns how far a series is kept, and what is to be asked for so that it reaches from one minute
/// to the other: what is before, the latest first, then what comes after.
fn missing(
    series: Series,
    known: Option<&SeriesMark>,
    (from, to): (Minute, Minute),
) -> (SeriesMark, Vec<MinuteRange>) {
    // What is kept is gone on with only if there is no gap before or after it.
    let known = known.filter(|mark| mark.covered_from < mark.next);
    let known = known.filter(|mark| from <= mark.next && mark.covered_from <= to);
    let mark = known.cloned().unwrap_or(SeriesMark {
        series,
        judge_from: from,
        next: from,
        covered_from: from,
        history_begin: None,
    });
    let mut spans = Vec::new();
    let mut end = mark.covered_from;
    while from < end {
        let begin = hours_before(end).max(from);
        spans.push(MinuteRange {
            from: begin,
            to: end,
        });
        end = begin;
    }
    let mut begin = mark.next;
    while begin < to {
        let end = hour_after(begin).min(to);
        spans.push(MinuteRange {
            from: begin,
            to: end,
        });
        begin = end;
    }
    (mark, spans)
}

fn hours_before(minute: Minute) -> Minute {
    Minute::from_epoch(minute.epoch() - CALL_MINUTES).unwrap_or(minute)
}

fn hour_after(minute: Minute) -> Minute {
    Minute::from_epoch(minute.epoch() + CALL_MINUTES).unwrap_or(minute)
}

impl Asking {
    /// Returns the account's domains.
    async fn domains(&self) -> anyhow::Result<Vec<DomainName>> {
        let globs = match &self.source.domains {
            Domains::Listed(domains) => return Ok(domains.clone()),
            Domains::Discovered { globs, .. } => globs,
        };
        let mut tries = 0;
        loop {
            let sent = self.wait().await;
            match self.client.domains().await {
                Ok(mut domains) => {
                    domains.retain(|domain| globs.matches(domain.as_str()));
                    return Ok(domains);
                }
                Err(fault) => {
                    let what = "list the domains";
                    self.failed((&fault, sent), &mut tries, what).await?;
                }
            }
        }
    }

    /// Asks for series until none is left, and returns those that it had.
    async fn ask(self: Arc<Self>) -> anyhow::Result<Vec<Asked>> {
        let mut all = Vec::new();
        loop {
            let next = locked(&self.wanted).pop_front();
            let Some((mark, spans)) = next else {
                return Ok(all);
            };
            all.extend(self.series(mark, &spans).await?);
        }
    }

    /// Asks for what is missing of a series, and keeps of every answer what will not change; `None`
    /// if the source refuses the domain, which is told.
    async fn series(
        &self,
        mark: SeriesMark,
        spans: &[MinuteRange],
    ) -> anyhow::Result<Option<Asked>> {
        let end = self.ends.done.max(mark.next);
        let latest = Vec::new();
        let mut asked = Asked { mark, latest };
        for (done, span) in spans.iter().enumerate() {
            let domain = asked.mark.series.domain.clone();
            let answer = match self.answer(&domain, *span).await? {
                Ok(answer) => answer,
                Err(refused) => {
                    let mut progress = locked(&self.progress);
                    progress.tell(&format!("foghorn: {domain} is left out: {refused}"));
                    progress.step(spans.len() - done);
                    return Ok(None);
                }
            };
            let step = kept(&mut asked, answer, end);
            if asked.mark.covered_from < asked.mark.next {
                let kept = self.store.commit(&step).await;
                kept.context("keep the samples")?;
            }
            locked(&self.progress).step(1);
        }
        Ok(Some(asked))
    }

    /// Asks until there is an answer; or why the source refuses this domain.
    async fn answer(
        &self,
        domain: &DomainName,
        span: MinuteRange,
    ) -> anyhow::Result<Result<Response, String>> {
        let mut tries = 0;
        loop {
            let sent = self.wait().await;
            let fault = match self.client.fetch(domain, span).await {
                Ok(answer) => return Ok(Ok(answer)),
                Err(fault) => fault,
            };
            if let SourceError::Domain { message, mend } = &fault {
                return Ok(Err(format!("{message}: {mend}")));
            }
            let what = format!("ask for {domain} from {}", span.from);
            self.failed((&fault, sent), &mut tries, &what).await?;
        }
    }

    /// Waits until the budget has a call, and returns when that is.
    async fn wait(&self) -> Duration {
        loop {
            let now = self.watch.elapsed();
            let Err(wait) = locked(&self.budget).take(now) else {
                return now;
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Waits after a fault that may pass, of a call that was sent then.
    async fn failed(
        &self,
        (fault, sent): (&SourceError, Duration),
        tries: &mut u32,
        what: &str,
    ) -> anyhow::Result<()> {
        *tries += 1;
        let kept = "what came before is kept: the same command goes on from there";
        match fault {
            SourceError::Throttled { retry_after_ms, .. } if *tries < 10 * TRIES_MAX => {
                let rest = retry_after_ms.map(Duration::from_millis);
                locked(&self.budget).slow_down((sent, self.watch.elapsed()), rest);
            }
            SourceError::Passing { .. } if *tries < TRIES_MAX => {
                let wait = Backoff::SOURCE.wait(*tries, u64::from(*tries));
                tokio::time::sleep(wait).await;
            }
            SourceError::Throttled { .. } | SourceError::Passing { .. } => {
                bail!("{what}: {fault} ({kept})")
            }
            SourceError::Account { mend, .. } | SourceError::Domain { mend, .. } => {
                bail!("{what}: {fault}: {mend}")
            }
            SourceError::Defect { .. } => bail!("{what}: {fault}"),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::AccountName;

    fn minute(at: i64) -> Minute {
        Minute::from_epoch(29_000_000 + at).unwrap()
    }

    fn series() -> Series {
        Series {
            account: AccountName::from("main"),
            domain: DomainName::from("a.example.com"),
        }
    }

    fn asked(known: Option<(i64, i64)>, (from, to): (i64, i64)) -> Vec<(i64, i64)> {
        let known = known.map(|(first, next)| SeriesMark {
            series: series(),
            judge_from: minute(next),
            next: minute(next),
            covered_from: minute(first),
            history_begin: None,
        });
        let (_, spans) = missing(series(), known.as_ref(), (minute(from), minute(to)));
        let back = |minute: Minute| minute.epoch() - 29_000_000;
        spans
            .iter()
            .map(|of| (back(of.from), back(of.to)))
            .collect()
    }

    #[test]
    fn only_what_is_missing_is_asked_for_and_without_gaps() {
        assert_eq!(asked(None, (0, 130)), [(0, 60), (60, 120), (120, 130)]);
        assert_eq!(asked(Some((0, 130)), (0, 130)), []);
        assert_eq!(
            asked(Some((100, 130)), (0, 150)),
            [(40, 100), (0, 40), (130, 150)]
        );
        assert_eq!(asked(Some((0, 100)), (50, 150)), [(100, 150)]);
        // What is kept ends before: it is begun anew.
        assert_eq!(asked(Some((0, 40)), (50, 70)), [(50, 70)]);
    }
}
