//! How the service is put together, and how it stops.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::wants::Wants;
use super::{PartEnded, drill, judge, peers, polling, reload, sender, setup, sources, upkeep};
use crate::clock::Clock;
use crate::config::{Config, Pace};
use crate::diag::Files;
use crate::dispatch::LinkKey;
use crate::pipeline::{Input, Pipeline, Remembered, Setup, Snapshot};
use crate::receiver::Colour;
use crate::store::Store;
use crate::telemetry::{Health, Metrics};
use crate::web;

/// How many inputs may wait for the judge: some seconds of the fastest polling.
const INPUTS_MAX: usize = 1_024;
/// How many orders of people may wait for the judge: more are refused by whoever takes them.
const ORDERS_MAX: usize = 64;
/// How long stopping may take, all in all.
const STOP_MAX: Duration = Duration::from_secs(9);
/// How long judging what was taken in may take of it.
const JUDGE_STOP_MAX: Duration = Duration::from_secs(3);
/// The note of what time it was for a clock that does not run as the machine's does.
pub const CLOCK_NOTE: &str = "clock";
/// How often that time is noted, by the machine's.
const CLOCK_NOTE_EVERY: Duration = Duration::from_millis(500);
/// The longest stop that a running clock counts: a simulator that was off for days goes on
/// where it was.
const CLOCK_STOP_MAX: TimeDelta = TimeDelta::hours(1);
/// The note of what links in messages are signed with.
const LINK_KEY_NOTE: &str = "link_key";
/// Why a page without users is not shown to other machines.
pub(super) const EXPOSED: &str = "the page would listen beyond this machine, and ask nobody for a password: give `web: {users: {NAME: \"${PASSWORD}\"}}`, listen on 127.0.0.1, or say `open: true` if everybody may silence alerts";

/// What the service is started with.
pub struct Options {
    /// The rules file's path.
    pub path: String,
    /// What it says.
    pub config: Config,
    /// The files as they were read.
    pub files: Files,
    /// Whether the console may be coloured.
    pub colour: Colour,
}

/// Runs the service until it is told to stop.
///
/// # Errors
///
/// When it cannot start, or when a part of it ends that should not.
pub async fn run(options: Options, stop: CancellationToken) -> anyhow::Result<()> {
    // From here on the signal waits to be taken, instead of ending the process.
    let hangup = signal(SignalKind::hangup()).context("wait for signals")?;
    let config = Arc::new(options.config);
    anyhow::ensure!(
        !config.sources.is_empty(),
        "{}: there is no `source:` to poll",
        options.path
    );
    let store = Store::open(&config.store).await.context("open the store")?;
    let clock = open_clock(&config, &store).await?;
    let link_key = open_link_key(&store).await?;
    let (health, metrics) = (Health::default(), Metrics::default());
    anyhow::ensure!(!config.web.is_exposed(), EXPOSED);
    let listener = TcpListener::bind(config.web.listen).await;
    let listener = listener
        .with_context(|| format!("listen on {} (`web: {{listen: …}}`)", config.web.listen))?;
    let (configs, config_reader) = watch::channel(config.clone());
    let house = House {
        store: Arc::new(store),
        clock,
        health,
        metrics,
        configs,
        wake: Arc::default(),
        path: options.path,
        colour: options.colour,
        link_key,
    };
    house.announce(&config, &listener);
    house
        .live(config_reader, options.files, hangup, listener, stop)
        .await
}

/// Returns the machine's clock, or, if all sources are simulators that run faster, one that goes
/// on where it was.
async fn open_clock(config: &Config, store: &Store) -> anyhow::Result<Clock> {
    let Pace { speed, start } = sources::pace(config);
    if speed == 1 && start.is_none() {
        return Ok(Clock::System);
    }
    let now = Clock::System.now();
    let noted = store.meta(CLOCK_NOTE).await.context("read the store")?;
    let origin = noted.as_deref().and_then(read_clock).map(|(shown, at)| {
        let stopped = (now - at).max(TimeDelta::zero());
        let passed = stopped
            .checked_mul(i32::try_from(speed).unwrap_or(i32::MAX))
            .unwrap_or(CLOCK_STOP_MAX);
        shown + passed.min(CLOCK_STOP_MAX)
    });
    Ok(Clock::running(origin.or(start).unwrap_or(now), speed))
}

/// Returns what links in messages are signed with: it is drawn once, so that they outlive a restart.
async fn open_link_key(store: &Store) -> anyhow::Result<LinkKey> {
    let noted = store.meta(LINK_KEY_NOTE).await.context("read the store")?;
    if let Some(key) = noted.as_deref().and_then(LinkKey::from_text) {
        return Ok(key);
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("draw a key for links")?;
    let key = LinkKey::new(bytes);
    let noting = store.set_meta(LINK_KEY_NOTE, &key.to_text()).await;
    noting.context("note the key for links")?;
    Ok(key)
}

/// Returns what a clock showed, and when by the machine's.
fn read_clock(note: &str) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let (shown, at) = note.split_once(' ')?;
    Some((shown.parse().ok()?, at.parse().ok()?))
}

/// What all parts share.
struct House {
    store: Arc<Store>,
    clock: Clock,
    health: Health,
    metrics: Metrics,
    configs: watch::Sender<Arc<Config>>,
    wake: Arc<Notify>,
    path: String,
    colour: Colour,
    link_key: LinkKey,
}

impl House {
    fn announce(&self, config: &Config, listener: &TcpListener) {
        let address = listener
            .local_addr()
            .map_or_else(|_| config.web.listen.to_string(), |a| a.to_string());
        tracing::info!(
            rules = config.rules.len(),
            sources = config.sources.len(),
            store = config.store,
            listen = address,
            speed = self.clock.speed(),
            "foghorn {} runs {}",
            env!("CARGO_PKG_VERSION"),
            self.path
        );
    }

    /// Starts every part and waits for the end.
    ///
    /// Only polling hears of `stop` itself: the other parts have tokens of their own, so that
    /// one that ends when it is told to is not taken for one that ended by itself.
    async fn live(
        self,
        config: watch::Receiver<Arc<Config>>,
        files: Files,
        hangup: Signal,
        listener: TcpListener,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let now_config = config.borrow().clone();
        let (inputs, taken) = mpsc::channel(INPUTS_MAX);
        let (setups, setup_reader) = watch::channel(setup::with_links(&now_config, &self.link_key));
        let wants = Wants::default();
        let (orders, orders_taken) = mpsc::channel(ORDERS_MAX);
        let pipeline = self.pipeline(setup_reader.borrow().clone()).await?;
        // Who asks before anything is judged sees what stood when the service ended.
        let kept = pipeline.snapshot(self.clock.now());
        let (standing, standing_reader) = watch::channel(Arc::new(kept));
        let [judge_stop, sender_stop, web_stop] = std::array::from_fn(|_| CancellationToken::new());
        let judging = judge::JudgeDeps {
            store: self.store.clone(),
            clock: self.clock,
            inputs: taken,
            setups: setup_reader.clone(),
            wants: wants.clone(),
            orders: orders_taken,
            standing,
            wake: self.wake.clone(),
            health: self.health.clone(),
            metrics: self.metrics.clone(),
        };
        let upkeep = upkeep::UpkeepDeps {
            store: self.store.clone(),
            clock: self.clock,
            setups: setup_reader,
            history: now_config.history,
            health: self.health.clone(),
        };
        let mut judge = tokio::spawn(judge::run(judging, pipeline, judge_stop.clone()));
        let mut sender = tokio::spawn(sender::run(
            self.sending(config.clone()),
            sender_stop.clone(),
        ));
        let listen = listener.local_addr().context("listen")?;
        let (reloads, reload_asks) = mpsc::channel(1);
        let shown = self.shown(config.clone(), standing_reader.clone(), (orders, reloads));
        let mut web = tokio::spawn(web::serve(listener, shown, web_stop.clone()));
        let (offers, offered) = mpsc::channel(1);
        let mut others = self.others(files, (hangup, reload_asks), offers);
        others.spawn(async move {
            upkeep::run(upkeep).await;
            Ok(())
        });
        self.tell_beside(&mut others, &config, standing_reader);
        let deps = self.polling((setups, inputs), (wants, offered), listen);
        let polling = polling::run(deps, stop.clone());
        let ended = tokio::select! {
            outcome = polling => outcome.context(PartEnded("polling")),
            outcome = &mut judge => unexpected("judging", flatten(outcome)),
            outcome = &mut sender => unexpected("sending", flatten(outcome)),
            outcome = &mut web => unexpected("serving", flatten(outcome)),
            Some(outcome) = others.join_next() => unexpected("a part beside", flatten(outcome)),
        };
        stop.cancel();
        finish((judge, judge_stop), (sender, sender_stop), (web, web_stop)).await;
        others.shutdown().await;
        if let Some(store) = Arc::into_inner(self.store) {
            store.close().await;
        }
        tracing::info!("foghorn has stopped");
        ended
    }

    async fn pipeline(&self, setup: Arc<Setup>) -> anyhow::Result<Pipeline> {
        let loaded = self.store.load().await.context("read the store")?;
        let remembered = Remembered {
            series: loaded.series,
            rules: loaded.rules,
            alerts: loaded.alerts,
            notes: loaded.notes,
        };
        Ok(Pipeline::new(setup, remembered))
    }

    fn shown(
        &self,
        config: watch::Receiver<Arc<Config>>,
        standing: watch::Receiver<Arc<Snapshot>>,
        (orders, reloads): (mpsc::Sender<web::OrderRequest>, mpsc::Sender<web::Reload>),
    ) -> web::Shown {
        web::Shown {
            health: self.health.clone(),
            metrics: self.metrics.clone(),
            store: self.store.clone(),
            config,
            standing,
            orders,
            reloads,
            wake: self.wake.clone(),
            clock: self.clock,
            link_key: self.link_key.clone(),
            begun: self.clock.now(),
            drawing: web::Shown::drawing(),
        }
    }

    fn polling(
        &self,
        (setups, inputs): (watch::Sender<Arc<Setup>>, mpsc::Sender<Input>),
        (wants, offers): (Wants, mpsc::Receiver<reload::Offer>),
        listen: SocketAddr,
    ) -> polling::PollingDeps {
        polling::PollingDeps {
            configs: self.configs.clone(),
            offers,
            setups,
            wants,
            inputs,
            clock: self.clock,
            health: self.health.clone(),
            metrics: self.metrics.clone(),
            link_key: self.link_key.clone(),
            listen,
        }
    }

    fn sending(&self, config: watch::Receiver<Arc<Config>>) -> sender::SenderDeps {
        sender::SenderDeps {
            store: self.store.clone(),
            config,
            clock: self.clock,
            wake: self.wake.clone(),
            health: self.health.clone(),
            metrics: self.metrics.clone(),
            colour: self.colour,
        }
    }

    /// Starts what goes on beside: the watch over the rules file, and the noting of the time.
    /// They end with the process.
    fn others(
        &self,
        files: Files,
        asks: (Signal, mpsc::Receiver<web::Reload>),
        offers: mpsc::Sender<reload::Offer>,
    ) -> JoinSet<anyhow::Result<()>> {
        let mut others = JoinSet::new();
        let known = (self.health.clone(), self.metrics.clone());
        let watching = reload::run(self.path.clone(), files, asks, offers, known);
        others.spawn(async move { watching.await.context("watch the rules file") });
        if matches!(self.clock, Clock::Running { .. }) {
            others.spawn(note_clock(self.store.clone(), self.clock));
        }
        others
    }

    /// Starts what is told beside the outbox: drills, and what keeps Alertmanagers told.
    fn tell_beside(
        &self,
        others: &mut JoinSet<anyhow::Result<()>>,
        config: &watch::Receiver<Arc<Config>>,
        standing: watch::Receiver<Arc<Snapshot>>,
    ) {
        let (store, wake) = (self.store.clone(), self.wake.clone());
        let drills = drill::run(store, config.clone(), self.clock, wake);
        others.spawn(async move {
            drills.await;
            Ok(())
        });
        let peers = peers::run(config.clone(), standing, self.store.clone());
        others.spawn(async move { peers.await.context("keep Alertmanagers told") });
    }
}

/// Notes what time it is every so often, so that a clock that runs goes on after a restart.
async fn note_clock(store: Arc<Store>, clock: Clock) -> anyhow::Result<()> {
    loop {
        let note = format!(
            "{} {}",
            clock.now().to_rfc3339(),
            Clock::System.now().to_rfc3339()
        );
        if let Err(fault) = store.set_meta(CLOCK_NOTE, &note).await {
            tracing::debug!(error = %fault, "the time could not be noted");
        }
        tokio::time::sleep(CLOCK_NOTE_EVERY).await;
    }
}

fn flatten<E: Into<anyhow::Error>>(
    outcome: Result<Result<(), E>, tokio::task::JoinError>,
) -> anyhow::Result<()> {
    outcome?.map_err(Into::into)
}

/// A part that ends by itself ends the service, with or without a fault.
fn unexpected(part: &'static str, outcome: anyhow::Result<()>) -> anyhow::Result<()> {
    outcome.context(PartEnded(part))?;
    Err(PartEnded(part).into())
}

/// Tells one part after the other that its turn to stop has come, and waits for each.
async fn finish<J, S, W>(
    (judge, judge_stop): (JoinHandle<J>, CancellationToken),
    (sender, sender_stop): (JoinHandle<S>, CancellationToken),
    (web, web_stop): (JoinHandle<W>, CancellationToken),
) {
    let deadline = tokio::time::Instant::now() + STOP_MAX;
    judge_stop.cancel();
    let judged = deadline.min(tokio::time::Instant::now() + JUDGE_STOP_MAX);
    wait_for("judging", judge, judged).await;
    sender_stop.cancel();
    wait_for("sending", sender, deadline).await;
    web_stop.cancel();
    wait_for("serving", web, deadline).await;
}

/// Waits for a part to finish what is under way, but no longer than the deadline.
async fn wait_for<T>(part: &'static str, task: JoinHandle<T>, deadline: tokio::time::Instant) {
    if task.is_finished() {
        return;
    }
    let abort = task.abort_handle();
    if tokio::time::timeout_at(deadline, task).await.is_err() {
        abort.abort();
        tracing::warn!(
            "{part} did not finish in time; what is left is stored and goes on at the next start"
        );
    }
}
