//! `foghorn notify`.

use std::io::{self, Write};

use anyhow::Context as _;

use super::output::may_colour;
use super::{Exit, load};
use crate::clock::Clock;
use crate::config::{Channel, Config};
use crate::receiver::{Colour, Console, SendError, Tools, numbered, places, send, trial};
use crate::unit::stable_id;

/// Arguments of `notify`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn notify oncall
  foghorn notify chat rules.example.yaml

Each channel of the receiver gets one test, the way an alert would go, and what each server
answered is printed. Exit status: 0 if every channel took it, 1 if one did not, 2 if none could
be tried.")]
pub struct Arguments {
    /// The receiver's name.
    receiver: String,
    /// The rules file.
    #[arg(default_value = "rules.yaml")]
    file: String,
}

/// Sends a test to a receiver.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let Some(config) = load::rules(&arguments.file)?.config else {
        return Ok(Exit::Failed);
    };
    let receivers = &config.notify.receivers;
    let found = receivers
        .iter()
        .find(|(name, _)| name.0 == arguments.receiver);
    let Some((_, channels)) = found else {
        let known: Vec<&str> = receivers.keys().map(|name| name.0.as_str()).collect();
        anyhow::bail!(
            "{}: there is no receiver {}; there are {}",
            arguments.file,
            arguments.receiver,
            known.join(", ")
        );
    };
    anyhow::ensure!(
        !channels.is_empty(),
        "{}: receiver {} has no channel",
        arguments.file,
        arguments.receiver
    );
    let runtime = tokio::runtime::Runtime::new().context("start the runtime")?;
    runtime.block_on(send_all(&config, &arguments.receiver, channels))
}

async fn send_all(config: &Config, receiver: &str, channels: &[Channel]) -> anyhow::Result<Exit> {
    let colour = if may_colour(&io::stdout()) {
        Colour::Ansi
    } else {
        Colour::Plain
    };
    let console = Console::new(Box::new(io::stdout()), colour);
    let tools = Tools::new(config.notify.email.as_ref(), console).context("prepare to tell")?;
    let mut exit = Exit::Done;
    for ((number, channel), place) in numbered(channels).into_iter().zip(places(channels)) {
        let now = Clock::System.now();
        let moment = now.to_rfc3339();
        let id = stable_id(&["notify", receiver, &number.to_string(), &moment]);
        let test = trial(&id, receiver, number, now);
        let (word, answer) = match send(&test, channel, &tools, now).await {
            Ok(delivered) => ("delivered", delivered.answer),
            Err(fault) => {
                exit = Exit::Found;
                let word = match fault {
                    SendError::Retry { .. } => "not delivered, an alert would be tried again",
                    SendError::Reject { .. } => "refused",
                };
                (word, fault.to_string())
            }
        };
        writeln!(io::stdout(), "{receiver}: {place}: {word}: {answer}")?;
    }
    Ok(exit)
}
