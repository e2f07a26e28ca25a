//! Keeps the store small, beside the judging: what is old is forgotten, and samples whose time is
//! over are packed. Both go in short turns, as writers wait meanwhile.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::watch;

use super::lasting::LastingFault;
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
pub struct UpkeepDeps {
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
pub async fn run(deps: UpkeepDeps) {
    let mut lane = 0;
    let mut told = Told::default();
    loop {
        tokio::time::sleep(EVERY).await;
        lane = pack(&deps, lane, &mut told.packing).await;
        prune_if_clock_is_right(&deps, &mut told).await;
    }
}

/// What was told of what lasts.
#[derive(Default)]
struct Told {
    clock: Option<String>,
    packing: LastingFault,
    pruning: LastingFault,
}

async fn prune_if_clock_is_right(deps: &UpkeepDeps, told: &mut Told) {
    if is_clock_right(deps, &mut told.clock) {
        prune(deps, &mut told.pruning).await;
    }
}

/// Whether the clock can be gone by to say what is old; tells when that begins and ends. Before a source has
/// said what time it is, nobody knows.
fn is_clock_right(deps: &UpkeepDeps, told: &mut Option<String>) -> bool {
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
async fn pack(deps: &UpkeepDeps, mut lane: i64, told: &mut LastingFault) -> i64 {
    let before = Minute::containing(deps.clock.now() - PACKED_AFTER);
    let mut minutes = 0;
    for _ in 0..PACKED_MAX {
        match deps.store.repack(&Repack { before, lane }).await {
            Ok(repacked) => {
                told.is_over();
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
                let error = causes::of(&fault);
                if told.is_news(&error) {
                    tracing::warn!(error, "samples could not be packed");
                }
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
async fn prune(deps: &UpkeepDeps, told: &mut LastingFault) {
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
        Ok(pruned) => {
            told.is_over();
            tracing::debug!(
                samples = pruned.samples,
                more = pruned.more,
                "what is old was forgotten"
            );
        }
        Err(fault) => {
            let error = causes::of(&fault);
            if told.is_news(&error) {
                tracing::warn!(error, "what is old could not be forgotten");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::dispatch::payload::example;
    use crate::dispatch::{Notification, Policy};
    use crate::lang::Compiler;
    use crate::pipeline::{Settling, Step};

    fn at(days: i64) -> DateTime<Utc> {
        let begin: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().unwrap();
        begin + TimeDelta::days(days)
    }

    /// What is kept up of a store with a dead letter of the first day, a month later.
    async fn deps() -> UpkeepDeps {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let step = Step {
            outbox: vec![Notification {
                id: "old".to_owned(),
                ..example()
            }],
            now: at(0),
            ..Step::default()
        };
        store.commit(&step).await.unwrap();
        store.dead("old", at(0), "400", &[]).await.unwrap();
        let settling = Settling {
            settle: Timespan::from_seconds(300),
            max_lateness: Timespan::from_seconds(900),
        };
        let program = Compiler::default().finish();
        let accounts = [].into();
        let setup = Setup::new(&program, Vec::new(), Policy::default(), settling, accounts);
        let health = Health::default();
        health.watch(["main"].into_iter());
        UpkeepDeps {
            store: Arc::new(store),
            clock: Clock::running(at(30), 1),
            setups: watch::channel(Arc::new(setup)).1,
            history: Timespan::from_seconds(14 * 86_400),
            health,
        }
    }

    #[tokio::test]
    async fn nothing_is_forgotten_by_age_before_a_source_has_shown_that_the_clock_is_right() {
        let (deps, mut told) = (deps().await, Told::default());
        let mut is_kept = async || {
            prune_if_clock_is_right(&deps, &mut told).await;
            !deps.store.dead_letters(9).await.unwrap().is_empty()
        };
        assert!(is_kept().await, "no source has said anything");
        deps.health.answered("main", at(0));
        deps.health.ahead("main", TimeDelta::days(30));
        assert!(is_kept().await, "the clock is ahead of the source");
        deps.health.ahead("main", TimeDelta::zero());
        assert!(!is_kept().await);
    }
}
