//! From the outbox to the receivers: each channel in its own time, so that a slow or dead one
//! delays no other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::chart;
use crate::clock::Clock;
use crate::config::{Channel, Config};
use crate::dispatch::{Notification, ReceiverName};
use crate::receiver::{Colour, Console, SendError, Tools, ToolsError, backoff, send_with_charts};
use crate::source::http::chain;
use crate::store::{Claim, Store};
use crate::telemetry::Health;
use crate::telemetry::Metrics;

/// How many due messages are looked at in one go.
const CLAIMS_MAX: u32 = 500;
/// How long the sender rests when it is not told of new messages.
const REST: Duration = Duration::from_secs(1);
/// How long the store rests after a fault.
const STORE_FAULT_REST: Duration = Duration::from_secs(1);

/// A channel of a receiver.
type ChannelKey = (String, u32);

/// What the sender works with.
#[derive(Clone)]
pub struct Deps {
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
pub async fn run(deps: Deps, stop: CancellationToken) -> anyhow::Result<()> {
    let mut config = deps.config.clone();
    let mut tools = Arc::new(tools_of(&config.borrow_and_update(), deps.colour)?);
    let mut busy: BTreeSet<ChannelKey> = BTreeSet::new();
    let mut working: JoinSet<ChannelKey> = JoinSet::new();
    while !stop.is_cancelled() {
        if config.has_changed().unwrap_or(false) {
            match tools_of(&config.borrow_and_update(), deps.colour) {
                Ok(new) => tools = Arc::new(new),
                Err(fault) => {
                    let error = chain(&fault);
                    tracing::error!(error, "mails go out as before the change of the rules file");
                }
            }
        }
        for (key, claims) in due(&deps, &busy).await {
            busy.insert(key.clone());
            let (deps, tools, stop) = (deps.clone(), tools.clone(), stop.clone());
            working.spawn(async move {
                deliver_all(&deps, &tools, claims, &stop).await;
                key
            });
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = deps.wake.notified() => {}
            () = tokio::time::sleep(REST) => {}
            Some(done) = working.join_next() => { busy.remove(&done?); }
        }
    }
    while working.join_next().await.is_some() {}
    Ok(())
}

fn tools_of(config: &Config, colour: Colour) -> Result<Tools, ToolsError> {
    Tools::new(
        config.notify.email.as_ref(),
        Console::new(Box::new(std::io::stdout()), colour),
    )
}

/// Returns what is due, by channel and in order, for channels that are not at work.
async fn due(deps: &Deps, busy: &BTreeSet<ChannelKey>) -> BTreeMap<ChannelKey, Vec<Claim>> {
    let now = deps.clock.now();
    let claims = match deps.store.due(now, CLAIMS_MAX).await {
        Ok(claims) => claims,
        Err(fault) => {
            tracing::error!(error = %chain(&fault), "the outbox cannot be read");
            tokio::time::sleep(STORE_FAULT_REST).await;
            return BTreeMap::new();
        }
    };
    match deps.store.oldest_waiting().await {
        Ok(oldest) => deps.health.delivering(oldest),
        Err(fault) => tracing::error!(error = %chain(&fault), "the outbox cannot be read"),
    }
    let mut by_channel: BTreeMap<ChannelKey, Vec<Claim>> = BTreeMap::new();
    for claim in claims {
        let key = (
            claim.notification.receiver.clone(),
            claim.notification.channel,
        );
        if !busy.contains(&key) {
            by_channel.entry(key).or_default().push(claim);
        }
    }
    by_channel
}

/// Sends one channel's messages one after the other. A message that has to wait keeps back the
/// later ones of its own alert: the store offers them only once it is done.
async fn deliver_all(deps: &Deps, tools: &Tools, claims: Vec<Claim>, stop: &CancellationToken) {
    for claim in claims {
        if stop.is_cancelled() {
            return;
        }
        let outcome = deliver(deps, tools, &claim).await;
        while let Err(fault) = note(deps, &claim, &outcome).await {
            tracing::error!(error = %chain(&fault), delivery = claim.notification.id, "the outcome of a delivery cannot be stored");
            if stop.is_cancelled() {
                return;
            }
            tokio::time::sleep(STORE_FAULT_REST).await;
        }
    }
}

/// What became of one try.
enum Outcome {
    Delivered(String),
    Retry { at: DateTime<Utc>, answer: String },
    Dead(String),
}

async fn deliver(deps: &Deps, tools: &Tools, claim: &Claim) -> Outcome {
    let notification = &claim.notification;
    let config = deps.config.borrow().clone();
    let Some(channel) = channel_of(&config, notification) else {
        return Outcome::Dead(format!(
            "receiver {} has no channel {} any more",
            notification.receiver, notification.channel
        ));
    };
    let charts = match channel {
        Channel::Email { .. } => chart::of(&deps.store, &config, notification).await,
        Channel::Webhook { .. } | Channel::Console { .. } => Vec::new(),
    };
    // Receivers hold the time of a try against their own clocks, whatever a simulator's shows.
    let now = Clock::System.now();
    match send_with_charts(notification, &charts, channel, tools, now).await {
        Ok(delivered) => Outcome::Delivered(delivered.answer),
        Err(SendError::Reject { answer }) => Outcome::Dead(answer),
        Err(SendError::Retry { after, answer }) => {
            let (decided, give_up) = (claim.created, config.notify.give_up);
            let attempt = claim.attempts + 1;
            match backoff::next_try(
                deps.clock.now(),
                decided,
                give_up,
                attempt,
                &notification.id,
                after,
            ) {
                Some(at) => Outcome::Retry { at, answer },
                None => Outcome::Dead(format!("given up after {give_up}: {answer}")),
            }
        }
    }
}

fn channel_of<'a>(config: &'a Config, notification: &Notification) -> Option<&'a Channel> {
    let channels = config
        .notify
        .receivers
        .get(&ReceiverName(notification.receiver.clone()))?;
    channels.get(usize::try_from(notification.channel).ok()?)
}

async fn note(
    deps: &Deps,
    claim: &Claim,
    outcome: &Outcome,
) -> Result<(), crate::store::StoreError> {
    let notification = &claim.notification;
    let (id, receiver) = (notification.id.as_str(), notification.receiver.as_str());
    let now = deps.clock.now();
    match outcome {
        Outcome::Delivered(answer) => {
            deps.store.delivered(id, now, answer).await?;
            deps.metrics.delivered(receiver);
            tracing::info!(receiver, delivery = id, answer, "delivered");
        }
        Outcome::Retry { at, answer } => {
            deps.store.retry(id, now, answer, *at).await?;
            deps.metrics.failed(receiver);
            tracing::warn!(receiver, delivery = id, attempts = claim.attempts + 1, again = %at, answer, "not delivered, will be tried again");
        }
        Outcome::Dead(answer) => {
            deps.store.dead(id, now, answer).await?;
            deps.metrics.dead(receiver);
            tracing::error!(
                receiver,
                delivery = id,
                answer,
                "not delivered and put with the dead letters: nobody was told by this channel"
            );
        }
    }
    Ok(())
}
