//! Gives the pipeline the stored samples that it asks for, those of some hundred domains at once.

use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::judge::{Deps, commit, wait_for_store};
use crate::pipeline::{Kept, Need, Pipeline};
use crate::store::{Store, StoreError};
use crate::unit::Minute;

/// The minutes of each of some series.
type Read = Result<Vec<Vec<(Minute, Kept)>>, StoreError>;

/// Rebuilds all that the pipeline asks for. What comes next is read, on another thread, while one
/// part is rebuilt.
pub async fn rebuild(
    deps: &Deps,
    pipeline: &mut Pipeline,
    stop: &CancellationToken,
) -> Result<(), StoreError> {
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
        let mut parts = parts.into_iter().map(Arc::new);
        let mut next = parts.next().map(|part| begin(deps, part));
        while let Some((part, reading)) = next {
            let read = finish(deps, &part, reading, stop).await?;
            next = parts.next().map(|part| begin(deps, part));
            let stored: Vec<(&Need, &[(Minute, Kept)])> =
                part.iter().zip(read.iter().map(Vec::as_slice)).collect();
            let step = pipeline.rebuild_all(deps.clock.now(), &stored);
            commit(deps, &step, stop).await?;
        }
    }
}

fn begin(deps: &Deps, part: Arc<Vec<Need>>) -> (Arc<Vec<Need>>, JoinHandle<Read>) {
    let (store, needs): (Arc<Store>, _) = (deps.store.clone(), part.clone());
    let reading = tokio::spawn(async move { store.deciding_samples_of(&needs).await });
    (part, reading)
}

/// Returns what was read, after as many tries as it takes.
async fn finish(
    deps: &Deps,
    part: &[Need],
    reading: JoinHandle<Read>,
    stop: &CancellationToken,
) -> Result<Vec<Vec<(Minute, Kept)>>, StoreError> {
    // A reader that ended otherwise than by itself is as good as none.
    let mut read = match reading.await {
        Ok(read) => read,
        Err(_) => deps.store.deciding_samples_of(part).await,
    };
    loop {
        match read {
            Ok(read) => return Ok(read),
            Err(fault) => wait_for_store(deps, fault, stop).await?,
        }
        read = deps.store.deciding_samples_of(part).await;
    }
}
