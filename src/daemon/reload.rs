//! Reads the rules file again when it changes or when the process is told to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::signal::unix::Signal;
use tokio::sync::{mpsc, oneshot};

use super::answers::{Answers, NotingSurroundings};
use super::disk::Disk;
use crate::config::{self, Config, Environment, Loaded};
use crate::diag::{self, Diagnostic, Files, Level, Position};
use crate::telemetry::{Health, Metrics};
use crate::web::Reload;

/// How often the files are looked at: with the wait until they stand still, every two seconds.
const LOOK_EVERY: Duration = Duration::from_millis(1_700);
/// How long files that changed must stand still before they are taken: half a file may be a whole one
/// without receivers.
const STILL: Duration = Duration::from_millis(300);

/// Settings without an error, and where polling says whether it can use them.
pub type Offer = (Config, oneshot::Sender<Result<(), String>>);

/// The texts of the files that were read, by name.
type Texts = BTreeMap<String, Arc<str>>;

/// Watches the files of `path`, as long as it is left to; settings without an error are offered to
/// polling.
///
/// # Errors
///
/// When signals come no longer.
pub async fn run(
    path: String,
    read: Files,
    (mut hangup, mut asks): (Signal, mpsc::Receiver<Reload>),
    offers: mpsc::Sender<Offer>,
    (health, metrics): (Health, Metrics),
) -> anyhow::Result<()> {
    let note = |outcome: &Result<(), String>| {
        metrics.reloaded(outcome.is_ok());
        health.reloaded(outcome.as_ref().err().cloned());
    };
    let begun_with = texts(&read);
    let mut answers: Option<Answers> = None;
    loop {
        let trigger = tokio::select! {
            signal = hangup.recv() => {
                signal.context("no signals come any more")?;
                Trigger::Signal
            }
            Some(answer) = asks.recv() => Trigger::Request(answer),
            () = tokio::time::sleep(LOOK_EVERY) => Trigger::Time,
        };
        let is_wanted = !matches!(trigger, Trigger::Time);
        let (name, before) = (path.clone(), answers.take());
        let is_first = before.is_none();
        // Looking is quick, but a network file system may hang: not on the judge's thread.
        let looking = tokio::task::spawn_blocking(move || {
            if let Some(before) = before.filter(|before| !is_wanted && before.holds(&Disk)) {
                return (None, before);
            }
            let noting = NotingSurroundings::new(&Disk);
            let loaded = config::load(&name, &noting, Environment::Required);
            let now = noting.into_answers();
            if !is_wanted {
                std::thread::sleep(STILL);
                if !now.holds(&Disk) {
                    return (None, Answers::default());
                }
            }
            (Some(loaded), now)
        });
        let Ok((loaded, now)) = looking.await else {
            trigger.answer(Err("the rules file could not be looked at".to_owned()));
            continue;
        };
        answers = Some(now);
        let Some(loaded) = loaded else { continue };
        let loaded = match loaded {
            Ok(loaded) => loaded,
            Err(fault) => {
                tracing::error!(error = %fault, "the rules cannot be read again, the old ones stay");
                let refused = format!("{path} cannot be read, the old rules stay: {fault}");
                note(&Err(refused.clone()));
                trigger.answer(Err(refused));
                continue;
            }
        };
        // The first look only learns what to watch; from then on any other answer counts, that
        // of a secret's file too.
        if is_first && !is_wanted && texts(&loaded.files) == begun_with {
            continue;
        }
        let taken = take(loaded, &offers).await;
        note(&taken);
        trigger.answer(taken);
    }
}

/// Why the file is looked at.
enum Trigger {
    /// It may have changed.
    Time,
    /// The process was told to read it again.
    Signal,
    /// Somebody asks for it and waits for what comes of it.
    Request(Reload),
}

impl Trigger {
    /// Says what came of it to whoever waits for that.
    fn answer(self, outcome: Result<(), String>) {
        if let Self::Request(answer) = self {
            // Whoever asked may have gone.
            let _ = answer.send(outcome);
        }
    }
}

/// Has polling take the settings, or says why the old ones stay.
async fn take(loaded: Loaded, offers: &mpsc::Sender<Offer>) -> Result<(), String> {
    let Some(config) = loaded.config else {
        return Err(mistakes(loaded));
    };
    let rules = config.rules.len();
    let (reply, taken) = oneshot::channel();
    // Polling that is gone says nothing: the service is about to end.
    let _ = offers.send((config, reply)).await;
    let Ok(taken) = taken.await else {
        return Err("foghorn is stopping".to_owned());
    };
    match taken {
        Ok(()) => {
            tracing::info!(rules, "the rules were read again");
            Ok(())
        }
        Err(error) => {
            tracing::error!(error, "the changed rules cannot be used, the old ones stay");
            Err(format!(
                "the rules file cannot be used, the old rules stay: {error}"
            ))
        }
    }
}

/// Tells of the errors of a file, and returns them in short.
fn mistakes(loaded: Loaded) -> String {
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
    let files = &loaded.files;
    let messages: Vec<_> = faults.iter().map(|fault| in_short(fault, files)).collect();
    format!(
        "the rules file has errors, the old rules stay: {}",
        messages.join("; ")
    )
}

/// Returns where a fault is, with its file, line and column, and its message.
fn in_short(fault: &Diagnostic, files: &Files) -> String {
    let place = files.get(fault.primary.file).map(|file| {
        let Position { line, column, .. } = file.position(fault.primary.span.start());
        format!("{}:{line}:{column}: ", file.name)
    });
    format!("{}{}", place.unwrap_or_default(), fault.message)
}

fn texts(files: &Files) -> Texts {
    files
        .iter()
        .map(|file| (file.name.clone(), Arc::clone(&file.text)))
        .collect()
}
