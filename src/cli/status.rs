//! `foghorn status`.

use std::io::{self, Write as _};

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::Exit;
use super::client::{Format, Target, print_json, read};
use super::moment::second;

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
    rules_fault: Option<String>,
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
    let is_well = troubles(&status).next().is_none();
    Ok(if is_well { Exit::Done } else { Exit::Found })
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
        let name = &account.name;
        match (account.answered.map(second), &account.fault) {
            (Some(at), None) => writeln!(out, "Account {name}: answered {at}")?,
            (Some(at), Some(fault)) => {
                writeln!(out, "Account {name}: answered {at}, then: {fault}")?;
            }
            (None, None) => writeln!(out, "Account {name}: has not answered yet")?,
            (None, Some(fault)) => writeln!(out, "Account {name}: has not answered yet: {fault}")?,
        }
    }
    for of in &status.domains.failing {
        writeln!(out, "{} cannot be asked: {}", of.domain, of.why)?;
    }
    for of in &status.domains.warming {
        writeln!(out, "{} warms up until {}", of.domain, of.until)?;
    }
    for trouble in troubles(status) {
        writeln!(out, "Not healthy: {trouble}")?;
    }
    Ok(())
}

/// Returns what is not healthy, each thing once.
fn troubles(status: &Status) -> impl Iterator<Item = &String> {
    let others = status.not_ready.iter();
    let others = others.filter(|one| !status.troubles.contains(one));
    let troubles = status.troubles.iter().chain(others);
    troubles.chain(&status.rules_fault)
}
