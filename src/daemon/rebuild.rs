//! Gives the pipeline what it asks for of the past: some hundred series at once are read and worked out on
//! threads of their own, and taken over one part after the other.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::judge::{JudgeDeps, commit, wait_for_store};
use crate::causes;
use crate::pipeline::{Blank, Need, Past, Pipeline};
use crate::store::{Store, StoreError};

/// How many parts are worked out at once at the most: each takes some 4 MB for a day of samples.
const PARTS_MAX: usize = 8;

/// A part, and what becomes of it.
type Part = (Vec<Need>, JoinHandle<Result<Vec<Past>, StoreError>>);

/// Rebuilds all that the pipeline asks for.
pub(super) async fn rebuild(
    deps: &JudgeDeps,
    pipeline: &mut Pipeline,
    stop: &CancellationToken,
) -> Result<(), StoreError> {
    let at_once = at_once();
    loop {
        let now = deps.clock.now();
        let needs: Vec<Need> = std::iter::from_fn(|| pipeline.next_rebuild(now)).collect();
        if needs.is_empty() {
            return Ok(());
        }
        let parts = loop {
            match deps.store.lanes(&needs).await {
                Ok(parts) => break parts,
                Err(fault) => wait_for_store(deps, fault, stop).await?,
            }
        };
        let mut parts = parts.into_iter();
        let mut begun: VecDeque<Part> = VecDeque::new();
        loop {
            let more = parts.by_ref().take(at_once - begun.len());
            begun.extend(more.map(|part| begin(deps, pipeline, part)));
            let Some(part) = begun.pop_front() else { break };
            let pasts = finish(deps, pipeline, part, stop).await?;
            let step = pipeline.rebuild_all(deps.clock.now(), pasts);
            commit(deps, &step, stop).await?;
        }
    }
}

/// Returns how many parts are to be worked out at once.
pub fn at_once() -> usize {
    std::thread::available_parallelism().map_or(1, |threads| threads.get().min(PARTS_MAX))
}

/// Reads the stored samples of series, and lets them look back upon these. Damaged ones are complained
/// of and left out: what cannot be read stops nobody from being woken.
///
/// # Errors
///
/// As [`Store::each_deciding_samples`].
pub async fn look_back(store: &Store, blank: Vec<Blank>) -> Result<Vec<Past>, StoreError> {
    let needs: Vec<Need> = blank.iter().map(|of| of.need().clone()).collect();
    let mut blank: Vec<Option<Blank>> = blank.into_iter().map(Some).collect();
    // In their own order, in whichever the store gives them.
    let mut pasts: Vec<Option<Past>> = blank.iter().map(|_| None).collect();
    let look_back = |at: usize, kept| pasts[at] = blank[at].take().map(|of| of.look_back(kept));
    for fault in store.each_deciding_samples(&needs, look_back).await? {
        tracing::error!(
            error = causes::of(&fault),
            "stored samples count as unknown; `foghorn store check` names all that are damaged"
        );
    }
    Ok(pasts.into_iter().flatten().collect())
}

fn begin(deps: &JudgeDeps, pipeline: &Pipeline, part: Vec<Need>) -> Part {
    let (store, blank): (Arc<Store>, _) = (deps.store.clone(), blank(deps, pipeline, &part));
    let work = tokio::spawn(async move { look_back(&store, blank).await });
    (part, work)
}

fn blank(deps: &JudgeDeps, pipeline: &Pipeline, part: &[Need]) -> Vec<Blank> {
    let now = deps.clock.now();
    let needs = part.iter().cloned();
    needs.filter_map(|need| pipeline.blank(now, need)).collect()
}

/// Returns what was worked out, after as many tries as it takes.
async fn finish(
    deps: &JudgeDeps,
    pipeline: &Pipeline,
    (part, work): Part,
    stop: &CancellationToken,
) -> Result<Vec<Past>, StoreError> {
    let mut done = match work.await {
        Ok(done) => done,
        // Work that ended otherwise than by itself is as good as none.
        Err(_) => look_back(&deps.store, blank(deps, pipeline, &part)).await,
    };
    loop {
        match done {
            Ok(pasts) => return Ok(pasts),
            Err(fault) => wait_for_store(deps, fault, stop).await?,
        }
        done = look_back(&deps.store, blank(deps, pipeline, &part)).await;
    }
}
