//! From the settings to running sources: clients for accounts, and simulators served on this
//! machine for those that are built in.

use std::sync::Arc;

use anyhow::Context as _;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::{
    Aliyun, Config, Credentials, Domains, Pace, Product, Simulator, Source, SourceKind,
};
use crate::source::aliyun::Client;
use crate::source::aliyun::credentials::Environment;
use crate::source::simulator::{Scenario, Settings, Weather, serve};
use crate::unit::DomainName;

/// The key of the built-in simulators, which listen on this machine only.
const KEY_ID: &str = "testid";
const KEY_SECRET: &str = "testsecret";

/// Returns how the service's clock runs: as its sources do, which all run in one time.
pub fn pace(config: &Config) -> Pace {
    config.sources.first().map_or(Pace::REAL, Source::pace)
}

/// Checks that the sources can be asked by this clock, whose pace stays until the next start. A
/// simulator goes by any.
///
/// # Errors
///
/// When a source of the world would be asked by a clock that runs otherwise than the machine's.
pub fn suits(config: &Config, clock: Clock) -> anyhow::Result<()> {
    let is_of_world = |source: &&Source| matches!(source.kind, SourceKind::Aliyun(_));
    let of_world = config.sources.iter().find(is_of_world);
    if let (Some(source), Clock::Running { .. }) = (of_world, clock) {
        anyhow::bail!(
            "account {} is asked by the machine's clock, and this foghorn runs by a simulator's: start it again",
            source.account
        );
    }
    Ok(())
}

/// Returns the client of an account; for a simulator, serves it first.
///
/// # Errors
///
/// When a simulator's scenario or port, or the client's endpoint cannot be used.
pub async fn open(
    source: &Source,
    clock: Clock,
    stop: &CancellationToken,
) -> anyhow::Result<Arc<Client>> {
    let settings = match &source.kind {
        SourceKind::Aliyun(settings) => settings.clone(),
        SourceKind::Simulator(simulator) => {
            let endpoint = simulate(source, simulator, clock, stop).await?;
            let secret = SecretString::from(KEY_SECRET);
            let key = Credentials {
                access_key_id: KEY_ID.to_owned(),
                access_key_secret: secret,
                security_token: None,
            };
            Aliyun {
                product: Product::Cdn,
                endpoint,
                credentials: Some(key),
            }
        }
    };
    let client = Client::open(&settings, Environment::of_process(), clock)
        .with_context(|| format!("prepare the source of account {}", source.account))?;
    Ok(Arc::new(client))
}

/// Serves a simulator and returns its address.
async fn simulate(
    source: &Source,
    settings: &Simulator,
    clock: Clock,
    stop: &CancellationToken,
) -> anyhow::Result<String> {
    let account = source.account.clone();
    let listed: Vec<DomainName> = match &source.domains {
        Domains::Listed(domains) => domains.clone(),
        Domains::Discovered { .. } => Vec::new(),
    };
    let scenario = match &settings.scenario {
        Some(text) => Scenario::parse(text)
            .with_context(|| format!("read the scenario of account {account}"))?,
        None if listed.is_empty() => Scenario::builtin(),
        None => Scenario::builtin_for(&listed),
    };
    let mut served = Settings::new(Weather::new(settings.seed, scenario), clock);
    for domain in listed {
        if !served.domains.contains(&domain) {
            served.domains.push(domain);
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .context("listen for the built-in simulator")?;
    let address = listener
        .local_addr()
        .context("listen for the built-in simulator")?;
    let stop = stop.clone();
    tokio::spawn(async move {
        if let Err(fault) = serve(listener, served, stop).await {
            tracing::error!(account = account.as_str(), error = %fault, "the built-in simulator has ended");
        }
    });
    Ok(format!("http://{address}"))
}
