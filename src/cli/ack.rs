//! `foghorn ack`.

use std::io::{self, Write as _};

use serde_json::{Value, json};

use super::Exit;
use super::client::{Format, Listed, Target, by_beginning, print_json, read};

/// Arguments of `ack`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn ack 9f2c41d0 --comment 'looking at the balancer'

Nobody is reminded of it, and nobody else is called, until it gets worse or is over.")]
pub struct Arguments {
    /// The alert's id, or its beginning, as `foghorn alerts` shows it.
    alert: String,
    /// What you do about it.
    #[arg(long, default_value = "")]
    comment: String,
    /// Who.
    #[arg(long, env = "USER", default_value = "", hide_env_values = true)]
    author: String,
    #[command(flatten)]
    target: Target,
}

/// Takes an alert on.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let service = arguments.target.open()?;
    let firing = service.get(&["alerts"], &[("phase", "firing")])?;
    let firing: Vec<Value> = read(&firing)?;
    let ids = firing.iter().filter_map(|alert| alert["id"].as_str());
    let id = by_beginning(
        Listed {
            what: "alert that fires with the id",
            by: "foghorn alerts --firing",
        },
        &arguments.alert,
        ids.map(str::to_owned),
    )?;
    let taking = json!({"by": arguments.author, "comment": arguments.comment});
    let answer = service.post(&["alerts", &id, "ack"], &taking)?;
    match arguments.target.format {
        Format::Json => print_json(&answer)?,
        Format::Human => writeln!(io::stdout(), "{id} is taken on")?,
    }
    Ok(Exit::Done)
}
