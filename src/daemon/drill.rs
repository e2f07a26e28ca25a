//! Drills: tests that go out by the rules file's calendar, each once.
//!
//! Until when drills were told is noted with the messages, in one transaction, so that a restart
//! tells none twice; one that was missed for longer than a while is not told late.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use tokio::sync::{Notify, watch};

use crate::causes;
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::dispatch::Notification;
use crate::receiver::{numbered, trial};
use crate::store::{Store, StoreError};
use crate::unit::stable_id;

/// How often the calendar is looked at, by the machine's time.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How late a drill may be that fell into a stop of the service: later it would surprise somebody.
const LATE_MAX: TimeDelta = TimeDelta::hours(1);
/// The setting that says until when drills were told.
const NOTE: &str = "drills";

/// Tells drills when they are due, for as long as it is left to. A store that fails is tried again.
pub(super) async fn run(
    store: Arc<Store>,
    config: watch::Receiver<Arc<Config>>,
    clock: Clock,
    wake: Arc<Notify>,
) {
    loop {
        let notify = config.borrow().clone();
        match tell(&store, &notify.notify, clock.now()).await {
            Ok(0) => {}
            Ok(told) => {
                tracing::info!(messages = told, "a drill goes out");
                wake.notify_one();
            }
            Err(fault) => tracing::warn!(error = %causes::of(&fault), "drills cannot be told"),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Puts the drills that are due at `now` into the outbox, and returns how many messages they are.
///
/// # Errors
///
/// When the store cannot be used; nothing is told then.
pub async fn tell(
    store: &Store,
    notify: &config::Notify,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    if notify.drills.is_empty() {
        return Ok(0);
    }
    let noted = store.meta(NOTE).await?;
    let noted = noted.and_then(|text| text.parse::<DateTime<Utc>>().ok());
    // At the first start there is no past to be told.
    let after = noted.map_or(now, |noted| noted.max(now - LATE_MAX));
    let messages = due(notify, after, now);
    if messages.is_empty() && noted.is_some() {
        return Ok(0);
    }
    let until = now.to_rfc3339_opts(SecondsFormat::Millis, true);
    store.tell(&messages, now, NOTE, &until).await?;
    Ok(messages.len())
}

/// Returns the messages of the drills that are due later than `after` and no later than `until`.
fn due(notify: &config::Notify, after: DateTime<Utc>, until: DateTime<Utc>) -> Vec<Notification> {
    let mut messages = Vec::new();
    for drill in &notify.drills {
        for time in drill.times(after, until) {
            for name in &drill.to {
                let channels = notify.receivers.get(name).into_iter();
                let channels = channels.flat_map(|channels| numbered(channels));
                messages.extend(channels.map(|(channel, _)| {
                    let parts = [&name.0, &channel.to_string(), &time.to_rfc3339()];
                    let id = stable_id(&["drill", parts[0], parts[1], parts[2]]);
                    trial(&id, &name.0, channel, time)
                }));
            }
        }
    }
    messages
}
