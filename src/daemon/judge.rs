//! Takes in what sources say, judges it, and stores what follows, step by step.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::rebuild::rebuild;
use super::wants::Wants;
use crate::causes;
use crate::clock::Clock;
use crate::engine::{Event, Transition};
use crate::pipeline::{Answer, Input, JudgedAhead, Order, Pipeline, Setup, Snapshot, Step};
use crate::store::{Store, StoreError};
use crate::telemetry::{Health, Metrics};
use crate::unit::counted;

/// How many answers are judged in one step at the most.
const BATCH_MAX: usize = 256;
/// How often time passes for the judge when no source says anything, by the machine's time.
const TICK_MAX: Duration = Duration::from_secs(1);
/// How often what stands is published at the most, by the machine's time.
const PUBLISH_EVERY: Duration = Duration::from_secs(1);
/// How long the store rests after a fault.
const STORE_FAULT_REST: Duration = Duration::from_secs(1);

/// What a person asks for, and where the answer goes once what it changed is stored.
pub type PendingOrder = (Order, oneshot::Sender<Answer>);

/// What the judge works with.
pub struct JudgeDeps {
    /// Where steps are kept.
    pub store: Arc<Store>,
    /// The time.
    pub clock: Clock,
    /// What sources say.
    pub inputs: mpsc::Receiver<Input>,
    /// New rules.
    pub setups: watch::Receiver<Arc<Setup>>,
    /// What is wanted of the sources.
    pub wants: Wants,
    /// What people ask for, each with the place for its answer.
    pub orders: mpsc::Receiver<PendingOrder>,
    /// What stands, for those who look.
    pub standing: watch::Sender<Arc<Snapshot>>,
    /// Tells the sender of new messages.
    pub wake: Arc<Notify>,
    /// What the service knows of itself.
    pub health: Health,
    /// What is counted.
    pub metrics: Metrics,
}

/// Judges until it is told to stop; what is taken in by then is judged and stored.
///
/// # Errors
///
/// When the store cannot be used any more, which waiting would not mend.
pub async fn run(
    mut deps: JudgeDeps,
    mut pipeline: Pipeline,
    stop: CancellationToken,
) -> Result<(), StoreError> {
    let mut publishing = Publishing::default();
    let tick = TICK_MAX / deps.clock.speed();
    let begin = pipeline.begin(deps.clock.now());
    conclude(&mut deps, &mut pipeline, begin, &stop).await?;
    count(&deps, &pipeline);
    let mut counted = tokio::time::Instant::now();
    loop {
        let mut inputs = Vec::with_capacity(BATCH_MAX);
        let mut asked = None;
        tokio::select! {
            () = stop.cancelled() => {
                // What was taken in by now is judged and stored all the same.
                while let Ok(input) = deps.inputs.try_recv() {
                    inputs.push(input);
                }
                let step = pipeline.step(deps.clock.now(), inputs);
                return conclude(&mut deps, &mut pipeline, step, &stop).await;
            }
            () = tokio::time::sleep(tick) => {}
            Some(order) = deps.orders.recv() => asked = Some(order),
            taken = deps.inputs.recv_many(&mut inputs, BATCH_MAX) => if taken == 0 { return Ok(()) },
        }
        if deps.setups.has_changed().unwrap_or(false) {
            let forgotten = loop {
                match deps.store.forgotten().await {
                    Ok(forgotten) => break forgotten,
                    Err(fault) => wait_for_store(&deps, fault, &stop).await?,
                }
            };
            let setup = deps.setups.borrow_and_update().clone();
            let step = pipeline.reconfigure(setup, forgotten, deps.clock.now());
            conclude(&mut deps, &mut pipeline, step, &stop).await?;
        }
        if let Some((order, place)) = asked {
            let (step, answer) = pipeline.order(deps.clock.now(), order);
            conclude(&mut deps, &mut pipeline, step, &stop).await?;
            // Who was answered sees what it came to.
            publishing.publish(&deps, &pipeline);
            let _ = place.send(answer);
        }
        let step = pipeline.step(deps.clock.now(), inputs);
        publishing.is_due |= !step.is_empty();
        conclude(&mut deps, &mut pipeline, step, &stop).await?;
        publishing.publish_if_due(&deps, &pipeline);
        if counted.elapsed() >= PUBLISH_EVERY {
            counted = tokio::time::Instant::now();
            count(&deps, &pipeline);
        }
    }
}

/// When what stands is published.
#[derive(Debug, Default)]
struct Publishing {
    /// Whether something has changed since the last time.
    is_due: bool,
    last: Option<tokio::time::Instant>,
}

impl Publishing {
    fn publish_if_due(&mut self, deps: &JudgeDeps, pipeline: &Pipeline) {
        let is_soon = self.last.is_some_and(|last| last.elapsed() < PUBLISH_EVERY);
        if self.last.is_none() || (self.is_due && !is_soon) {
            self.publish(deps, pipeline);
        }
    }

    fn publish(&mut self, deps: &JudgeDeps, pipeline: &Pipeline) {
        self.last = Some(tokio::time::Instant::now());
        self.is_due = deps.standing.receiver_count() == 0;
        if !self.is_due {
            let snapshot = pipeline.snapshot(deps.clock.now());
            deps.standing.send_replace(Arc::new(snapshot));
        }
    }
}

/// Stores a step, rebuilds what it asks to be rebuilt, and says what is wanted now.
async fn conclude(
    deps: &mut JudgeDeps,
    pipeline: &mut Pipeline,
    step: Step,
    stop: &CancellationToken,
) -> Result<(), StoreError> {
    commit(deps, &step, stop).await?;
    // Sources are asked while what was stored is still read.
    deps.wants.pin(pipeline.changed_wants(deps.clock.now()));
    rebuild(deps, pipeline, stop).await?;
    if deps.health.judging(None) {
        tracing::info!("judging goes on: the store takes it again");
    }
    deps.health.judged(Clock::System.now());
    deps.wants.pin(pipeline.changed_wants(deps.clock.now()));
    Ok(())
}

/// Counts what stands, which takes a look at every domain.
fn count(deps: &JudgeDeps, pipeline: &Pipeline) {
    let (firing, series) = pipeline.standing();
    deps.metrics.standing(firing, series);
    let ahead = pipeline.judged_ahead(deps.clock.now()).map(ahead_text);
    if deps.health.judged_ahead(ahead.clone()) {
        if let Some(error) = ahead {
            tracing::error!(error, "domains were judged ahead of the time");
        } else {
            tracing::info!("all domains are judged again");
        }
    }
}

fn ahead_text(JudgedAhead { domains, until }: JudgedAhead) -> String {
    let domains = counted(domains, "domain");
    format!(
        "nothing is judged of {domains} until {until}, which is still to come: the clock is wrong now, or was put back \
         since; `foghorn store check` says what helps"
    )
}

/// Stores a step in one transaction. While the store cannot take it, judging stands still, so
/// that nothing is told that could be forgotten; sources keep what is not asked for meanwhile.
pub(super) async fn commit(
    deps: &JudgeDeps,
    step: &Step,
    stop: &CancellationToken,
) -> Result<(), StoreError> {
    if step.is_empty() {
        return Ok(());
    }
    while let Err(fault) = deps.store.commit(step).await {
        deps.metrics.commit_failed();
        wait_for_store(deps, fault, stop).await?;
    }
    for transition in &step.transitions {
        log(transition);
        deps.metrics.transition(word(&transition.event));
    }
    for (account, counts) in &step.counts {
        deps.metrics
            .judged(account.as_str(), counts.judged, counts.until);
        deps.metrics.revised(account.as_str(), counts.revised);
    }
    if !step.outbox.is_empty() {
        deps.wake.notify_one();
    }
    Ok(())
}

/// Waits a little, if waiting can mend the fault and nobody has asked to stop.
pub(super) async fn wait_for_store(
    deps: &JudgeDeps,
    fault: StoreError,
    stop: &CancellationToken,
) -> Result<(), StoreError> {
    let words = causes::of(&fault);
    let stuck = format!("judging stands still: {words}");
    // Not at every try: where the disk is full, the log is often on it as well.
    let is_news = deps.health.judging(Some(stuck));
    if !fault.is_passing() || stop.is_cancelled() {
        return Err(fault);
    }
    if is_news {
        tracing::error!(
            error = words,
            "judging stands still until the store can be written"
        );
    }
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(STORE_FAULT_REST) => {}
    }
    Ok(())
}

fn log(transition: &Transition) {
    let (account, domain, cause) = transition.key.columns();
    // An alert over many domains has no account, and only a built-in one has a cause.
    let [account, domain, cause] =
        [account, domain, cause].map(|text| (!text.is_empty()).then_some(text));
    tracing::info!(
        alert = transition.key.firing_id(transition.fired),
        rule = transition.key.rule,
        account,
        domain,
        cause,
        severity = transition.severity.as_str(),
        minute = %transition.minute,
        "alert {}", word(&transition.event)
    );
}

const fn word(event: &Event) -> &'static str {
    match event {
        Event::Fired => "fired",
        Event::SeverityChanged { .. } => "severity_changed",
        Event::Resolved => "resolved",
        Event::Ended { .. } => "ended",
    }
}
