//! `foghorn status`.

use std::io::{self, Write as _};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;

use super::Exit;
use super::client::{Format, Target, print_json, read};

/// Arguments of `status`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn status
  foghorn status --url https://foghorn.example.com --format json

Exit status: 1 if something is not healthy.")]
pub struct Arguments {
    #[command(flatten)]
    target: Target,
}

#[derive(Deserialize)]
struct Status {
    version: String,
    now: DateTime<Utc>,
    started: DateTime<Utc>,
    not_ready: Vec<String>,
    troubles: Vec<String>,
    rules: usize,
    accounts: Vec<Account>,
    domains: Domains,
    alerts: Alerts,
    messages: Messages,
}

#[derive(Deserialize)]
struct Account {
    name: String,
    answered: Option<DateTime<Utc>>,
    fault: Option<String>,
}

#[derive(Deserialize)]
struct Domains {
    total: usize,
    warming: Vec<Warming>,
    failing: Vec<Failing>,
}

#[derive(Deserialize)]
struct Warming {
    domain: String,
    until: String,
}

#[derive(Deserialize)]
struct Failing {
    domain: String,
    why: String,
}

#[derive(Deserialize)]
struct Alerts {
    firing: usize,
    pending: usize,
    muted: usize,
    acknowledged: usize,
}

#[derive(Deserialize)]
struct Messages {
    waiting: u64,
    dead: u64,
}

/// Prints how the service is.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let answer = arguments.target.open()?.get(&["status"], &[])?;
    let status: Status = read(&answer)?;
    match arguments.target.format {
        Format::Json => print_json(&answer)?,
        Format::Human => print(&status)?,
    }
    let is_well = status.troubles.is_empty() && status.not_ready.is_empty();
    Ok(if is_well { Exit::Done } else { Exit::Found })
}

/// Says a time to the second, which is enough for people.
fn second(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn print(status: &Status) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "Foghorn {}, started {}, its time {}",
        status.version,
        second(status.started),
        second(status.now)
    )?;
    let Alerts {
        firing,
        pending,
        muted,
        acknowledged,
    } = status.alerts;
    writeln!(
        out,
        "Alerts: {firing} firing ({muted} not told, {acknowledged} taken on), {pending} pending"
    )?;
    writeln!(
        out,
        "Rules: {}; domains: {}",
        status.rules, status.domains.total
    )?;
    writeln!(
        out,
        "Messages: {} waiting, {} given up",
        status.messages.waiting, status.messages.dead
    )?;
    for account in &status.accounts {
        let answered = account.answered.map_or_else(|| "never".to_owned(), second);
        write!(out, "Account {}: answered {answered}", account.name)?;
        match &account.fault {
            Some(fault) => writeln!(out, ", then: {fault}")?,
            None => writeln!(out)?,
        }
    }
    for of in &status.domains.failing {
        writeln!(out, "{} cannot be asked: {}", of.domain, of.why)?;
    }
    for of in &status.domains.warming {
        writeln!(out, "{} warms up until {}", of.domain, of.until)?;
    }
    let troubles = status.troubles.iter();
    let others = status.not_ready.iter();
    for trouble in troubles.chain(others.filter(|one| !status.troubles.contains(one))) {
        writeln!(out, "Not healthy: {trouble}")?;
    }
    Ok(())
}
