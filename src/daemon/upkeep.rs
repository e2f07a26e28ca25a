//! Keeps the store small, beside the judging: what is old is forgotten, and samples whose time is
//! over are packed. Both go in short turns, as writers wait meanwhile.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::watch;

use crate::causes;
use crate::clock::Clock;
use crate::pipeline::Setup;
use crate::store::{Prune, Repack, Store};
use crate::telemetry::Health;
use crate::unit::{Minute, Timespan};

/// How often there is something done, by the machine's time.
const EVERY: Duration = Duration::from_secs(10);
/// How many rows of a kind are forgotten in one go: some tens of milliseconds.
const PRUNE_BATCH: u32 = 20_000;
/// How long the history of alerts is kept: long enough to look back on a year.
const TRANSITIONS_KEPT: TimeDelta = TimeDelta::days(400);
/// How long after the end of a block its samples are packed: few come later than that.
const PACKED_AFTER: TimeDelta = TimeDelta::hours(1);
/// How many blocks of a lane are packed in a turn: of a hundred thousand domains there are 782 in
/// four hours, which take a quarter of an hour.
const PACKED_MAX: usize = 8;

/// What is kept up, and by what.
pub struct Deps {
    /// The store.
    pub store: Arc<Store>,
    /// The time.
    pub clock: Clock,
    /// The rules, which say how far back samples are needed.
    pub setups: watch::Receiver<Arc<Setup>>,
    /// How long samples are kept.
    pub history: Timespan,
    /// What is known of the clock.
    pub health: Health,
}

/// Keeps the store small for as long as the process lives.
pub async fn run(deps: Deps) {
    let mut lane = 0;
    let mut told = None;
    loop {
        tokio::time::sleep(EVERY).await;
        lane = pack(&deps, lane).await;
        if is_clock_right(&deps, &mut told) {
            prune(&deps).await;
        }
    }
}

/// Whether the clock can be gone by to say what is old; tells when that begins and ends. Before a source has
/// said what time it is, nobody knows.
fn is_clock_right(deps: &Deps, told: &mut Option<String>) -> bool {
    if !deps.health.is_clock_known() {
        return false;
    }
    let fault = deps.health.clock_fault();
    match (&fault, &told) {
        (Some(error), None) => {
            tracing::error!(
                error,
                "nothing is forgotten by age while the clock is wrong"
            );
        }
        (None, Some(_)) => tracing::info!("the clock is right again: what is old is forgotten"),
        _ => {}
    }
    let is_right = fault.is_none();
    *told = fault;
    is_right
}

/// Packs some blocks that are over, from this lane on; returns the lane to go on with.
async fn pack(deps: &Deps, mut lane: i64) -> i64 {
    let before = Minute::containing(deps.clock.now() - PACKED_AFTER);
    let mut minutes = 0;
    for _ in 0..PACKED_MAX {
        match deps.store.repack(&Repack { before, lane }).await {
            Ok(repacked) => {
                minutes += repacked.minutes;
                if repacked.is_damaged {
                    tracing::error!(
                        "the store has samples that cannot be read: `foghorn store check` says which"
                    );
                }
                let Some(next) = repacked.next else {
                    lane = 0;
                    break;
                };
                lane = next;
            }
            Err(fault) => {
                tracing::warn!(error = causes::of(&fault), "samples could not be packed");
                break;
            }
        }
    }
    if 0 < minutes {
        tracing::debug!(minutes, "samples were packed");
    }
    lane
}

/// Forgets what is older than the history, a batch at a time.
async fn prune(deps: &Deps) {
    let now = deps.clock.now();
    let before = now - deps.history.delta();
    let rules = deps.setups.borrow().clone();
    let reaches = rules.rules().iter().map(|rule| rule.compiled.reach);
    let prune = Prune {
        samples_before: Minute::containing(before),
        reach: reaches.max().unwrap_or(1),
        messages_before: before,
        transitions_before: Minute::containing(now - TRANSITIONS_KEPT),
        batch: PRUNE_BATCH,
    };
    match deps.store.prune(&prune).await {
        Ok(pruned) => tracing::debug!(
            samples = pruned.samples,
            more = pruned.more,
            "what is old was forgotten"
        ),
        Err(fault) => tracing::warn!(
            error = causes::of(&fault),
            "what is old could not be forgotten"
        ),
    }
}
