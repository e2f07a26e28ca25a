//! Everything that asks the sources, by the settings of now and anew whenever they change.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::assemble::EXPOSED;
use super::reload::Offer;
use super::wants::Wants;
use super::{listing, poller, setup, sources, watchdog};
use crate::clock::Clock;
use crate::config::{Config, Domains, Source, Web};
use crate::dispatch::LinkKey;
use crate::pipeline::{Input, Setup};
use crate::source::aliyun::Client;
use crate::telemetry::{Health, Metrics};
use crate::unit::AccountName;

/// What polling works with.
pub struct PollingDeps {
    /// The settings of now, for all other parts.
    pub configs: watch::Sender<Arc<Config>>,
    /// Changed settings.
    pub offers: mpsc::Receiver<Offer>,
    /// What the judge goes by.
    pub setups: watch::Sender<Arc<Setup>>,
    /// What the judge wants to be asked for.
    pub wants: Wants,
    /// Where answers go.
    pub inputs: mpsc::Sender<Input>,
    /// The time.
    pub clock: Clock,
    /// What the service knows of itself.
    pub health: Health,
    /// What is counted.
    pub metrics: Metrics,
    /// What links in messages are signed with.
    pub link_key: LinkKey,
    /// Where the page listens: another address needs a restart.
    pub listen: SocketAddr,
}

/// Where it is said whether settings can be used.
type Reply = oneshot::Sender<Result<(), String>>;

/// What one set of settings is polled with, until it is replaced.
struct Round {
    config: Arc<Config>,
    clients: Vec<(Source, Arc<Client>)>,
    heartbeat: Option<reqwest::Client>,
    stop: CancellationToken,
}

/// Polls until it is told to stop.
///
/// # Errors
///
/// When the first settings cannot be used, or when a part ends by itself.
pub async fn run(mut deps: PollingDeps, stop: CancellationToken) -> anyhow::Result<()> {
    let first = deps.configs.borrow().clone();
    let mut round = deps.open(first.clone(), &stop).await?;
    loop {
        let mut parts = deps.start(&round);
        let next = deps.next(&mut parts, &stop).await;
        round.stop.cancel();
        parts.join_all().await;
        let Some((new, reply)) = next? else {
            return Ok(());
        };
        tell_what_waits(&first, &round.config, &new.config);
        deps.configs.send_replace(new.config.clone());
        deps.setups
            .send_replace(setup::with_links(&new.config, &deps.link_key));
        round = new;
        // Whoever asked may have gone.
        let _ = reply.send(Ok(()));
    }
}

impl PollingDeps {
    /// Waits for settings that can be used, and returns them with whom to answer;
    /// `None` when it is told to stop.
    async fn next(
        &mut self,
        parts: &mut JoinSet<()>,
        stop: &CancellationToken,
    ) -> anyhow::Result<Option<(Round, Reply)>> {
        loop {
            let (new, reply) = tokio::select! {
                () = stop.cancelled() => return Ok(None),
                Some(ended) = parts.join_next() => {
                    ended.context("polling has ended")?;
                    anyhow::ensure!(stop.is_cancelled(), "polling has ended by itself");
                    return Ok(None);
                }
                offer = self.offers.recv() => offer.context("wait for settings")?,
            };
            match self.open(Arc::new(new), stop).await {
                Ok(new) => return Ok(Some((new, reply))),
                Err(fault) => {
                    let _ = reply.send(Err(format!("{fault:#}")));
                }
            }
        }
    }

    /// Prepares what these settings need, and starts nothing but their simulators.
    async fn open(&self, config: Arc<Config>, stop: &CancellationToken) -> anyhow::Result<Round> {
        let stop = stop.child_token();
        // What does not come to an end of its own accord ends with a round that is not used.
        let unused = stop.clone().drop_guard();
        sources::suits(&config, self.clock)?;
        let web = Web {
            listen: self.listen,
            ..config.web.clone()
        };
        // Also where the file listens from the next start on, which would be refused.
        let is_exposed = web.is_exposed() || config.web.is_exposed();
        anyhow::ensure!(!is_exposed, EXPOSED);
        let mut clients = Vec::new();
        for source in &config.sources {
            let client = sources::open(source, self.clock, &stop).await?;
            clients.push((source.clone(), client));
        }
        let heartbeat = match &config.notify.watchdog {
            Some(of) => Some(watchdog::client(&of.url).context("prepare the watchdog")?),
            None => None,
        };
        unused.disarm();
        Ok(Round {
            config,
            clients,
            heartbeat,
            stop,
        })
    }

    fn start(&self, round: &Round) -> JoinSet<()> {
        let mut parts = JoinSet::new();
        let accounts = round.clients.iter().map(|(source, _)| &source.account);
        self.health.watch(accounts.map(AccountName::as_str));
        for (source, client) in &round.clients {
            if let Domains::Discovered { globs, every } = &source.domains {
                let discovery = listing::Discovery {
                    account: source.account.clone(),
                    client: client.clone(),
                    globs: globs.clone(),
                    every: *every,
                    health: self.health.clone(),
                };
                let inputs = self.inputs.clone();
                let stop = round.stop.clone();
                parts.spawn(listing::run(discovery, inputs, self.clock, stop));
            }
            let deps = poller::PollerDeps {
                account: source.account.clone(),
                client: client.clone(),
                rate: source.rate,
                settle: round.config.settle,
                wants: self.wants.of(&source.account),
                inputs: self.inputs.clone(),
                clock: self.clock,
                health: self.health.clone(),
                metrics: self.metrics.clone(),
            };
            parts.spawn(poller::run(deps, round.stop.clone()));
        }
        if let (Some(settings), Some(http)) = (&round.config.notify.watchdog, &round.heartbeat) {
            let heart = watchdog::Heart {
                http: http.clone(),
                url: settings.url.clone(),
                every: settings.every.into(),
            };
            let (health, stop) = (self.health.clone(), round.stop.clone());
            parts.spawn(watchdog::run(heart, health, self.clock, stop));
        }
        parts
    }
}

/// Says which changes of the file take effect with the next start only: what it says otherwise than
/// at this start, and was not told already.
fn tell_what_waits(first: &Config, old: &Config, new: &Config) {
    let is_new = [first, old].map(|before| {
        let (pace, new_pace) = (sources::pace(before), sources::pace(new));
        [
            before.store != new.store,
            before.history != new.history,
            before.web.listen != new.web.listen,
            pace.start != new_pace.start,
            pace.speed != new_pace.speed,
        ]
    });
    let [since_start, since_last] = is_new;
    let keys = ["store", "history", "web.listen", "start", "speed"];
    for (place, key) in keys.into_iter().enumerate() {
        if since_start[place] && since_last[place] {
            tracing::warn!(
                key,
                "this change takes effect when foghorn is started again"
            );
        }
    }
}
