//! From the outbox to the receivers: each channel in its own time, so that a slow or dead one
//! delays no other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::lane::{Attempt, LaneAtWork, MessageOutcome, Terms, Work};
use super::lasting::LastingFault;
use super::{chart, delivery_log};
use crate::causes;
use crate::clock::Clock;
use crate::config::{Channel, Config};
use crate::dispatch::{AlertTried, Notification};
use crate::receiver::{
    Colour, Console, Delivered, SendError, Tools, ToolsError, apart, backoff, found,
    send_with_charts,
};
use crate::store::{Claim, Lane, Store, StoreError, WaitingLane};
use crate::telemetry::{Health, Metrics};

/// How long the sender rests when it is not told of new messages.
const REST: Duration = Duration::from_secs(1);
/// How long the store rests after a fault.
const STORE_FAULT_REST: Duration = Duration::from_secs(1);
/// By how much the clock is put back at the least for that to matter: less is no longer than a retry waits.
const PUT_BACK_MIN: TimeDelta = TimeDelta::seconds(10);
/// How long a critical alert that could not be delivered stops the watchdog: by then somebody has
/// seen that it is silent, and a day's dead letters must not hide the next fault.
const UNDELIVERABLE_COUNTS: TimeDelta = TimeDelta::hours(24);

/// What the sender works with.
#[derive(Clone)]
pub struct SenderDeps {
    /// The outbox.
    pub store: Arc<Store>,
    /// The settings, which a reload may change.
    pub config: watch::Receiver<Arc<Config>>,
    /// The time.
    pub clock: Clock,
    /// Told of new messages.
    pub wake: Arc<Notify>,
    /// What the service knows of itself.
    pub health: Health,
    /// What is counted.
    pub metrics: Metrics,
    /// Whether the console may be coloured.
    pub colour: Colour,
}

/// Sends what is due until it is told to stop, and then finishes what is under way.
///
/// # Errors
///
/// When the tools of a configuration cannot be made.
pub async fn run(deps: SenderDeps, stop: CancellationToken) -> anyhow::Result<()> {
    let mut config = deps.config.clone();
    // One for all settings: what it is writing when they change must not be written again.
    let console = Console::new(Box::new(std::io::stdout()), deps.colour);
    let mut tools = Arc::new(tools_of(&config.borrow_and_update(), &console)?);
    // Lanes that rest; one that is at work is not here, and comes back with what it has learnt.
    let mut resting: BTreeMap<Lane, LaneAtWork> = BTreeMap::new();
    let mut busy: BTreeSet<Lane> = BTreeSet::new();
    let mut working: JoinSet<LaneAtWork> = JoinSet::new();
    let mut unread = LastingFault::default();
    let mut last = deps.clock.now();
    // No message waits for longer by itself than a receiver may ask for.
    put_back(&deps, last, backoff::RETRY_AFTER_MAX).await;
    while !stop.is_cancelled() {
        let now = deps.clock.now();
        if now + PUT_BACK_MIN < last {
            put_back(&deps, now, Duration::ZERO).await;
            resting.clear();
        }
        last = now;
        if config.has_changed().unwrap_or(false) {
            match tools_of(&config.borrow_and_update(), &console) {
                Ok(new) => tools = Arc::new(new),
                Err(fault) => {
                    let error = causes::of(&fault);
                    tracing::error!(error, "mails go out as before the change of the rules file");
                }
            }
        }
        let waiting = look(&deps, &mut unread).await;
        // What is known of a server is worth keeping while something waits for it.
        resting.retain(|lane, _| waiting.iter().any(|waiting| waiting.lane == *lane));
        for waiting in waiting {
            if busy.contains(&waiting.lane) {
                continue;
            }
            let now = deps.clock.now();
            let lane = resting.remove(&waiting.lane);
            let lane = lane.unwrap_or_else(|| LaneAtWork::new(&waiting, now));
            let terms = Terms::of(&deps.config.borrow().notify);
            if !lane.is_wanted(&waiting, &terms, now) {
                resting.insert(waiting.lane, lane);
                continue;
            }
            busy.insert(waiting.lane);
            let (deps, tools, stop) = (deps.clone(), tools.clone(), stop.clone());
            working.spawn(async move { deliver_all(&deps, &tools, lane, &stop).await });
        }
        tokio::select! {
            () = deps.wake.notified() => {}
            () = rest(&stop) => {}
            Some(done) = working.join_next() => {
                let lane = done?;
                busy.remove(lane.lane());
                resting.insert(lane.lane().clone(), lane);
            }
        }
    }
    while working.join_next().await.is_some() {}
    Ok(())
}

/// Lets nothing wait for a time that is further off than that: the clock was put back since it was set down.
async fn put_back(deps: &SenderDeps, now: DateTime<Utc>, furthest: Duration) {
    let furthest = TimeDelta::from_std(furthest).unwrap_or_default();
    if let Err(fault) = deps.store.put_back(now, now + furthest).await {
        tracing::error!(error = %causes::of(&fault), "if the clock was put back, messages may wait for the time that it showed before");
    }
}

async fn rest(stop: &CancellationToken) {
    let _ = tokio::time::timeout(REST, stop.cancelled()).await;
}

fn tools_of(config: &Config, console: &Console) -> Result<Tools, ToolsError> {
    Tools::new(config.notify.email.as_ref(), console.clone())
}

/// Returns the lanes in which messages wait, and tells how well delivering goes.
async fn look(deps: &SenderDeps, unread: &mut LastingFault) -> Vec<WaitingLane> {
    let now = deps.clock.now();
    let looked = async {
        let lost = deps.store.undeliverable(now - UNDELIVERABLE_COUNTS).await?;
        Ok::<_, StoreError>((deps.store.waiting_lanes().await?, lost))
    };
    match looked.await {
        Ok((waiting, lost)) => {
            let oldest = waiting.iter().map(|waiting| waiting.oldest).min();
            deps.health.delivering(Clock::System.now(), oldest);
            deps.health.undeliverable(lost.map(|lost| lost.messages));
            if unread.is_over() {
                tracing::info!("delivering goes on: the outbox can be read again");
            }
            waiting
        }
        Err(fault) => {
            let error = causes::of(&fault);
            if unread.is_news(&error) {
                tracing::error!(error, "nothing is delivered until the outbox can be read");
            }
            tokio::time::sleep(STORE_FAULT_REST).await;
            Vec::new()
        }
    }
}

/// Sends one lane's messages one after the other, until nothing is due there or its server is
/// down. A message that has to wait keeps back the later ones of its own alert: the store offers
/// them only once it is done.
async fn deliver_all(
    deps: &SenderDeps,
    tools: &Tools,
    mut lane: LaneAtWork,
    stop: &CancellationToken,
) -> LaneAtWork {
    loop {
        let terms = Terms::of(&deps.config.borrow().notify);
        let work = match lane.work(&deps.store, &terms, deps.clock.now()).await {
            Ok(work) => {
                lane.unread.is_over();
                work
            }
            Err(fault) => {
                delivery_log::unread(&deps.config.borrow().notify, &mut lane, &causes::of(&fault));
                return lane;
            }
        };
        if work.is_empty() {
            return lane;
        }
        for work in work {
            if stop.is_cancelled() {
                return lane;
            }
            let was_broken = lane.broken_until().is_some();
            let is_try = matches!(work, Work::Try(_));
            if !do_one(deps, tools, &mut lane, work, &terms, stop).await {
                return lane;
            }
            delivery_log::circuit(&deps.config.borrow().notify, &lane, was_broken);
            if is_try && !lane.goes_on(deps.clock.now()) {
                return lane;
            }
        }
    }
}

/// Does one thing of a lane and notes it. Returns whether it is noted, for the process may be told
/// to stop while the store cannot be written.
async fn do_one(
    deps: &SenderDeps,
    tools: &Tools,
    lane: &mut LaneAtWork,
    work: Work,
    terms: &Terms,
    stop: &CancellationToken,
) -> bool {
    let (claim, attempt, became, is_back) = match work {
        Work::GiveUp { claim, why } => {
            let attempt = Attempt::new(&claim);
            (claim, attempt, MessageOutcome::Dead(why), false)
        }
        Work::Try(claim) => {
            let mut attempt = Attempt::new(&claim);
            let config = deps.config.borrow().clone();
            let receiver = claim.notification.receiver.as_str();
            if let Some(channel) = found(&config.notify, receiver, claim.notification.channel) {
                let trying = Trying {
                    deps,
                    tools,
                    config: &config,
                    channel,
                    stop,
                };
                let Some(is_back) = trying.all(lane, &claim, &mut attempt).await else {
                    return false;
                };
                let became = attempt.outcome(&claim, terms.give_up, deps.clock.now());
                (claim, attempt, became, is_back)
            } else {
                let why = format!(
                    "receiver {receiver} has the channel no more that this was for: the rules \
                     file was changed"
                );
                (claim, attempt, MessageOutcome::Dead(why), false)
            }
        }
    };
    let mut told = LastingFault::default();
    loop {
        let now = deps.clock.now();
        let noted = lane.note(&deps.store, &claim, &became, is_back, terms, now);
        let Err(fault) = noted.await else {
            break;
        };
        if !may_note_again(&claim, &fault, &mut told, stop).await {
            return false;
        }
    }
    count(deps, &claim, &became);
    delivery_log::outcome(&deps.config.borrow().notify, &claim, &attempt, &became);
    true
}

/// Tells of a fault of the store, unless it was `told`, and rests. Returns whether to try to note it again: not if the
/// process is told to stop.
async fn may_note_again(
    claim: &Claim,
    fault: &StoreError,
    told: &mut LastingFault,
    stop: &CancellationToken,
) -> bool {
    let error = causes::of(fault);
    if told.is_news(&error) {
        let (receiver, delivery) = (&claim.notification.receiver, &claim.notification.id);
        tracing::error!(
            receiver,
            delivery,
            error,
            "what became of a message cannot be stored, and is tried until it can: its later ones wait"
        );
    }
    if stop.is_cancelled() {
        return false;
    }
    tokio::time::sleep(STORE_FAULT_REST).await;
    true
}

/// What a message is tried with.
struct Trying<'a> {
    deps: &'a SenderDeps,
    tools: &'a Tools,
    config: &'a Config,
    channel: &'a Channel,
    stop: &'a CancellationToken,
}

impl Trying<'_> {
    /// Makes one try of a message: of all of it, or of what is left of its alerts one by one, each
    /// of which is noted before the next is told. Returns whether the server is back, or nothing if
    /// the process is told to stop in between: the message then goes on from there.
    async fn all(
        &self,
        lane: &mut LaneAtWork,
        claim: &Claim,
        attempt: &mut Attempt,
    ) -> Option<bool> {
        let mut is_back = false;
        for (place, told) in apart(&claim.notification, self.channel).iter().enumerate() {
            if 0 < place && self.stop.is_cancelled() {
                return None;
            }
            let answer = self.once(told).await;
            is_back |= lane.learn(&answer, self.deps.clock.now());
            for tried in attempt.take(told, answer) {
                self.note_alert(claim, tried).await?;
            }
            if !attempt.goes_on() || !lane.goes_on(self.deps.clock.now()) {
                break;
            }
        }
        Some(is_back)
    }

    /// Notes what came of an alert. Returns nothing if the process is told to stop meanwhile.
    async fn note_alert(&self, claim: &Claim, tried: &AlertTried) -> Option<()> {
        let (store, id) = (&self.deps.store, &claim.notification.id);
        let mut told = LastingFault::default();
        while let Err(fault) = store.note_alert(id, tried, self.deps.clock.now()).await {
            if !may_note_again(claim, &fault, &mut told, self.stop).await {
                return None;
            }
        }
        delivery_log::refused(&self.config.notify, claim, tried);
        Some(())
    }

    /// Tells what is told in one go, once.
    async fn once(&self, told: &Notification) -> Result<Delivered, SendError> {
        let charts = match self.channel {
            Channel::Email { .. } => chart::of(&self.deps.store, self.config, told).await,
            Channel::Webhook { .. } | Channel::Alertmanager { .. } | Channel::Console { .. } => {
                Vec::new()
            }
        };
        // Receivers hold the time of a try against their own clocks, whatever a simulator's shows.
        let now = Clock::System.now();
        send_with_charts(told, &charts, self.channel, self.tools, now).await
    }
}

fn count(deps: &SenderDeps, claim: &Claim, outcome: &MessageOutcome) {
    let receiver = claim.notification.receiver.as_str();
    match outcome {
        MessageOutcome::Delivered(_) => deps.metrics.delivered(receiver),
        MessageOutcome::Retry { .. } => deps.metrics.failed(receiver),
        MessageOutcome::Dead(_) => deps.metrics.dead(receiver),
    }
}
