//! `foghorn simulate`.

use std::fs;
use std::net::SocketAddr;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Exit;
use super::run::start_logging;
use crate::clock::Clock;
use crate::source::simulator::{Scenario, Settings, Weather, serve};
use crate::unit::DomainName;

/// Arguments of `simulate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn simulate
  foghorn simulate --scenario outage.yaml --listen 127.0.0.1:18080 --seed 7")]
pub struct Arguments {
    /// What happens; without it, an incident every 20 minutes.
    #[arg(long, value_name = "FILE")]
    scenario: Option<String>,
    /// Where to listen.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:18080")]
    listen: SocketAddr,
    /// What the traffic comes from: the same seed gives the same minutes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many simulated minutes pass in one.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    speed: u32,
    /// The id of the key that requests are signed with.
    #[arg(long, default_value = "testid")]
    access_key_id: String,
    /// The key that requests are signed with.
    #[arg(long, default_value = "testsecret")]
    access_key_secret: String,
    /// Calls per second, beyond which requests are throttled.
    #[arg(long, value_name = "CALLS", default_value_t = 10)]
    rate: u32,
}

/// Serves the simulator until it is interrupted.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    start_logging();
    let scenario = match &arguments.scenario {
        Some(path) => {
            let text = fs::read_to_string(path).with_context(|| format!("read {path}"))?;
            Scenario::parse(&text).with_context(|| format!("read {path}"))?
        }
        None => Scenario::builtin(),
    };
    let runtime = tokio::runtime::Runtime::new().context("start the runtime")?;
    runtime.block_on(async {
        let clock = match arguments.speed {
            1 => Clock::System,
            speed => Clock::running(Clock::System.now(), speed),
        };
        let mut settings = Settings::new(Weather::new(arguments.seed, scenario), clock);
        settings.access_key_id.clone_from(&arguments.access_key_id);
        settings.access_key_secret = arguments.access_key_secret.as_str().into();
        settings.calls_per_second = Some(arguments.rate);
        let listener = TcpListener::bind(arguments.listen).await;
        let listener = listener.with_context(|| format!("listen on {}", arguments.listen))?;
        let address = listener.local_addr().context("listen")?;
        let domains: Vec<&str> = settings.domains.iter().map(DomainName::as_str).collect();
        tracing::info!(
            domains = domains.join(" "),
            access_key_id = settings.access_key_id,
            "the simulator serves http://{address}"
        );
        let stop = CancellationToken::new();
        let told = stop.clone();
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                told.cancel();
            }
        });
        serve(listener, settings, stop)
            .await
            .context("serve the simulator")
    })?;
    Ok(Exit::Done)
}
