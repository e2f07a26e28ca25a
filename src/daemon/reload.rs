//! Reads the rules file again when it changes or when the process is told to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::signal::unix::Signal;
use tokio::sync::watch;

use super::disk::Disk;
use super::watched::{Asked, Watched};
use crate::config::{self, Config, Environment, Loaded};
use crate::diag::{self, Files, Level};
use crate::telemetry::Metrics;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The texts of the files that were read, by name.
type Texts = BTreeMap<String, String>;

/// Watches the files of `path`, as long as it is left to; settings without an error are passed on.
///
/// # Errors
///
/// When signals come no longer.
pub async fn run(
    path: String,
    read: Files,
    mut hangup: Signal,
    configs: watch::Sender<Arc<Config>>,
    metrics: Metrics,
) -> anyhow::Result<()> {
    let mut known = texts(&read);
    let mut asked = Asked::default();
    loop {
        let was_told = tokio::select! {
            told = hangup.recv() => {
                told.context("no signals come any more")?;
                true
            }
            () = tokio::time::sleep(LOOK_EVERY) => false,
        };
        let (name, before) = (path.clone(), std::mem::take(&mut asked));
        // Looking is quick, but a network file system may hang: not on the judge's thread.
        let looking = tokio::task::spawn_blocking(move || {
            if !was_told && before.holds(&Disk) {
                return (None, before);
            }
            let watched = Watched::new(&Disk);
            let loaded = config::load(&name, &watched, Environment::Required);
            (Some(loaded), watched.into_asked())
        });
        let Ok((loaded, now)) = looking.await else {
            continue;
        };
        asked = now;
        let Some(loaded) = loaded else { continue };
        let loaded = match loaded {
            Ok(loaded) => loaded,
            Err(fault) => {
                if was_told || !known.is_empty() {
                    tracing::error!(error = %fault, "the rules cannot be read again, the old ones stay");
                    metrics.reloaded(false);
                }
                known.clear();
                continue;
            }
        };
        let seen = texts(&loaded.files);
        if seen == known && !was_told {
            continue;
        }
        known = seen;
        take(loaded, &configs, &metrics);
    }
}

fn take(loaded: Loaded, configs: &watch::Sender<Arc<Config>>, metrics: &Metrics) {
    if let Some(config) = loaded.config {
        tracing::info!(rules = config.rules.len(), "the rules were read again");
        metrics.reloaded(true);
        configs.send_replace(Arc::new(config));
    } else {
        let faults: Vec<_> = loaded
            .diagnostics
            .into_iter()
            .filter(|d| d.level == Level::Error)
            .collect();
        let report = diag::human::render(&faults, &loaded.files, diag::human::Colour::Never);
        tracing::error!(
            errors = faults.len(),
            "the changed rules have errors, the old ones stay:\n{report}"
        );
        metrics.reloaded(false);
    }
}

fn texts(files: &Files) -> Texts {
    files
        .iter()
        .map(|file| (file.name.clone(), file.text.clone()))
        .collect()
}
