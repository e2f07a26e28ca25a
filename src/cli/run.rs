//! `foghorn run`.

use std::io::{self, IsTerminal};
use std::path::Path;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use super::output::may_colour;
use super::{Exit, load};
use crate::daemon::{self, Options};
use crate::receiver::Colour;

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn run rules.example.yaml
  FOGHORN_LOG=debug foghorn run rules.yaml

SIGHUP reads the file again; SIGTERM and Ctrl-C finish what is under way and stop.")]
pub struct Arguments {
    /// The rules file.
    #[arg(default_value = "rules.yaml")]
    file: String,
}

/// Runs the service.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    start_logging();
    if matches!(Path::new(&arguments.file).try_exists(), Ok(false)) {
        anyhow::bail!(
            "there is no {}: `foghorn init` writes one, and `foghorn run FILE` takes another",
            arguments.file
        );
    }
    let loaded = load::rules(&arguments.file)?;
    for warning in loaded.diagnostics.iter().filter(|d| !d.code.stops_a_run()) {
        tracing::warn!(
            code = warning.code.as_str(),
            "{}: {}",
            arguments.file,
            warning.message
        );
    }
    let Some(config) = loaded.config else {
        return Ok(Exit::Failed);
    };
    let colour = if may_colour(&io::stdout()) {
        Colour::Ansi
    } else {
        Colour::Plain
    };
    let options = Options {
        path: arguments.file.clone(),
        config,
        files: loaded.files,
        colour,
    };
    let runtime = tokio::runtime::Runtime::new().context("start the runtime")?;
    let ended = runtime.block_on(async {
        let stop = CancellationToken::new();
        let mut terminate = signal(SignalKind::terminate()).context("wait for signals")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("wait for signals")?;
        let told = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("told to stop: finishing what is under way");
            told.cancel();
        });
        daemon::run(options, stop).await
    });
    // A file system that hangs does not keep the process.
    runtime.shutdown_background();
    ended?;
    Ok(Exit::Done)
}

/// Logs to standard error: for people on a terminal, as JSON otherwise.
pub fn start_logging() {
    let filter = EnvFilter::try_from_env("FOGHORN_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    if io::stderr().is_terminal() {
        logs.with_ansi(may_colour(&io::stderr()))
            .with_target(false)
            .init();
    } else {
        logs.json().flatten_event(true).init();
    }
}
