//! Keeps Alertmanagers told of what fires: each peer by a task of its own, so that a dead one
//! delays no other.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::causes;
use crate::clock::Clock;
use crate::config::{Channel, Config};
use crate::pipeline::{Phase, Snapshot};
use crate::receiver::alertmanager::{Known, RESEND, Told, post};
use crate::receiver::{Colour, Console, Tools, numbered, shown};
use crate::store::{Lane, Store};

/// How soon a peer is told again that did not take what it was told.
const AGAIN: Duration = Duration::from_secs(10);

/// A peer that is kept told.
#[derive(Clone, Debug)]
struct Peer {
    /// The channel that it is of.
    lane: Lane,
    url: SecretString,
}

/// Keeps the peers of all receivers told, for as long as it is left to.
///
/// # Errors
///
/// When HTTP cannot be set up.
pub async fn run(
    mut config: watch::Receiver<Arc<Config>>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    store: Arc<Store>,
) -> anyhow::Result<()> {
    let tools = Arc::new(Tools::new(
        None,
        Console::new(Box::new(std::io::sink()), Colour::Plain),
    )?);
    let mut peers = JoinSet::new();
    let mut before: Vec<Peer> = Vec::new();
    loop {
        let wanted = peers_of(&config.borrow_and_update());
        if !is_same(&wanted, &before) {
            // What the former tasks told runs out by itself if nobody keeps it up.
            peers.shutdown().await;
            for peer in &wanted {
                let (tools, store) = (tools.clone(), store.clone());
                peers.spawn(keep_told(tools, store, peer.clone(), snapshots.clone()));
            }
            before = wanted;
        }
        if config.changed().await.is_err() {
            // The service is about to end, and ends this with it.
            std::future::pending::<()>().await;
        }
    }
}

fn peers_of(config: &Config) -> Vec<Peer> {
    let mut peers = Vec::new();
    for (name, channels) in &config.notify.receivers {
        for (channel, of) in numbered(channels) {
            if let Channel::Alertmanager { urls } = of {
                let receiver = name.0.clone();
                let lane = Lane { receiver, channel };
                peers.extend(urls.iter().map(|url| Peer {
                    lane: lane.clone(),
                    url: url.clone(),
                }));
            }
        }
    }
    peers
}

fn is_same(some: &[Peer], others: &[Peer]) -> bool {
    let plain = |peer: &Peer| (peer.lane.clone(), peer.url.expose_secret().to_owned());
    some.iter().map(plain).eq(others.iter().map(plain))
}

/// Tells one peer of what fires, whenever that changes and every minute.
async fn keep_told(
    tools: Arc<Tools>,
    store: Arc<Store>,
    peer: Peer,
    mut snapshots: watch::Receiver<Arc<Snapshot>>,
) {
    let mut told = Told::default();
    let mut was_well = true;
    let mut heard = BTreeSet::new();
    loop {
        match store.heard_by(&peer.lane).await {
            Ok(now) => heard = now,
            Err(fault) => {
                let receiver = &peer.lane.receiver;
                tracing::warn!(receiver, error = %causes::of(&fault), "what an Alertmanager has heard of cannot be looked up");
            }
        }
        let snapshot = snapshots.borrow_and_update().clone();
        told.update(standing(&snapshot, &peer.lane, &heard), Clock::System.now());
        let is_well = tell(&tools, &peer, &told, was_well).await;
        was_well = is_well;
        let resend = RESEND.to_std().unwrap_or(AGAIN);
        let rest = tokio::time::sleep(if is_well { resend } else { AGAIN });
        tokio::pin!(rest);
        // A new minute changes values, which can wait; what begins or ends cannot.
        loop {
            tokio::select! {
                () = &mut rest => break,
                changed = snapshots.changed() => if changed.is_err() { return },
            }
            let snapshot = snapshots.borrow_and_update().clone();
            if told.update(standing(&snapshot, &peer.lane, &heard), Clock::System.now()) {
                break;
            }
        }
    }
}

/// Returns the alerts that fire and of which a channel is told by the routes, or has heard in the
/// stead of another; each with whether it may be begun with: one that is muted may if it is known there
/// from before a restart.
fn standing(snapshot: &Snapshot, lane: &Lane, heard: &BTreeSet<String>) -> Vec<(Known, bool)> {
    let has = |names: &[String]| names.contains(&lane.receiver);
    let firing = snapshot.alerts.iter();
    let firing = firing.filter(|alert| alert.phase == Phase::Firing);
    let told = firing.filter_map(|alert| {
        let has_heard = heard.contains(&alert.view.id);
        let is_known = has_heard || has(&alert.knowing);
        let is_told = has_heard || has(&alert.receivers);
        is_told.then(|| (Known::of(&alert.view), alert.mutes.is_empty() || is_known))
    });
    told.collect()
}

/// Tells a peer all of it, and the log when that begins or ceases to fail. Returns whether it
/// took it.
async fn tell(tools: &Tools, peer: &Peer, told: &Told, was_well: bool) -> bool {
    let now: chrono::DateTime<Utc> = Clock::System.now();
    let (receiver, url) = (&peer.lane.receiver, &peer.url);
    for body in told.bodies(now) {
        if let Err(fault) = post(tools, url, body, now).await {
            if was_well {
                let peer = shown(url.expose_secret());
                tracing::warn!(receiver, peer, error = %fault, "an Alertmanager is not kept told, and is tried again");
            }
            return false;
        }
    }
    if !was_well {
        let peer = shown(url.expose_secret());
        tracing::info!(receiver, peer, "the Alertmanager is kept told again");
    }
    true
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

    use super::*;
    use crate::dispatch::Mute;
    use crate::pipeline::StandingAlert;
    use crate::receiver::trial;

    fn lane(receiver: &str) -> Lane {
        Lane {
            receiver: receiver.to_owned(),
            channel: 0,
        }
    }

    /// An alert that fires and that a silence hides; `knowing` know of it.
    fn silenced(knowing: &[&str]) -> StandingAlert {
        let now = Clock::System.now();
        let view = trial("id", "am", 0, now).alerts.remove(0);
        StandingAlert {
            labels: view.labels.clone(),
            view,
            phase: Phase::Firing,
            updated: now,
            receivers: vec!["am".to_owned(), "ops".to_owned()],
            knowing: knowing.iter().map(|&name| name.to_owned()).collect(),
            groups: Vec::new(),
            mutes: vec![Mute::Silence("s".to_owned())],
        }
    }

    #[test]
    fn after_a_restart_a_peer_is_kept_told_of_what_it_knew_and_is_not_begun_with_what_is_muted() {
        for (knowing, is_begun) in [(vec!["am"], true), (vec!["ops"], false), (vec![], false)] {
            let snapshot = Snapshot {
                alerts: vec![silenced(&knowing)],
                ..Snapshot::default()
            };
            let told = standing(&snapshot, &lane("am"), &BTreeSet::new());
            let begun: Vec<bool> = told.into_iter().map(|(_, is_begun)| is_begun).collect();
            assert_eq!(begun, [is_begun], "{knowing:?}");
            assert_eq!(standing(&snapshot, &lane("chat"), &BTreeSet::new()), []);
        }
    }

    #[test]
    fn a_peer_is_kept_told_of_what_it_heard_in_the_stead_of_another() {
        let mut snapshot = Snapshot {
            alerts: vec![silenced(&["ops"])],
            ..Snapshot::default()
        };
        let heard = BTreeSet::from([snapshot.alerts[0].view.id.clone()]);
        let told = standing(&snapshot, &lane("fallback"), &heard);
        let begun: Vec<bool> = told.into_iter().map(|(_, is_begun)| is_begun).collect();
        assert_eq!(begun, [true]);
        snapshot.alerts.clear();
        assert_eq!(standing(&snapshot, &lane("fallback"), &heard), []);
    }
}
