//! `foghorn run`.

use std::io::{self, IsTerminal};
use std::path::Path;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

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
    let asked = std::env::var("FOGHORN_LOG").unwrap_or_default();
    let filter = filter(&asked);
    let is_understood = filter.is_some();
    let filter = filter.unwrap_or_else(|| EnvFilter::new("info"));
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
    if !is_understood {
        tracing::warn!(
            "FOGHORN_LOG is `error`, `warn`, `info`, `debug`, `trace`, `off`, or directives such as \
             `foghorn::daemon=debug`, and not `{asked}`: `info` is taken"
        );
    }
}

/// Returns what is to be logged; `None` if `asked` says nothing of that. A word that is no level would
/// name a part of the program, and nothing of all others would be logged, errors neither.
fn filter(asked: &str) -> Option<EnvFilter> {
    if asked.trim().is_empty() {
        return Some(EnvFilter::new("info"));
    }
    let mut directives = asked.split(',').map(str::trim);
    let is_known = |directive: &str| {
        directive.contains(['=', ':', '['])
            || directive.parse::<LevelFilter>().is_ok()
            || directive.is_empty()
    };
    directives
        .all(is_known)
        .then(|| EnvFilter::try_new(asked).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_no_level_does_not_turn_the_log_off() {
        let logged = |asked| filter(asked).map(|filter| filter.to_string());
        for unknown in ["warning", "verbose", "foghorn", "info,everything", "a=b=c"] {
            assert_eq!(logged(unknown), None, "{unknown}");
        }
        for known in ["debug", "WARN", "off", "foghorn::daemon=debug,info"] {
            assert!(logged(known).is_some(), "{known}");
        }
        assert_eq!(logged(""), Some("info".to_owned()));
    }
}
