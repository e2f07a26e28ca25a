//! `foghorn status`.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::Exit;
use super::client::{Format, Target, print_json, read};
use super::moment::second;
use crate::unit::counted;

/// How many domains are named of those that cannot be asked for one reason.
const DOMAINS_MAX: usize = 5;

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
    ongoing: Vec<Ongoing>,
}

#[derive(Deserialize)]
struct Ongoing {
    what: String,
    since: DateTime<Utc>,
    times: u64,
    domains: usize,
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
    account: String,
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

#[derive(Deserialize)]
struct Receiver {
    name: String,
    channels: Vec<Channel>,
}

#[derive(Deserialize)]
struct Channel {
    place: String,
    waiting: u64,
    oldest_waiting: Option<DateTime<Utc>>,
    answer: Option<String>,
}

/// Prints how the service is.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let service = arguments.target.open()?;
    let answer = service.get(&["status"], &[])?;
    let status: Status = read(&answer)?;
    match arguments.target.format {
        Format::Json => print_json(&answer)?,
        Format::Human => {
            let receivers = match status.messages.waiting {
                0 => Vec::new(),
                _ => read(&service.get(&["receivers"], &[])?)?,
            };
            print(&status, &receivers)?;
        }
    }
    let is_well = troubles(&status).next().is_none();
    Ok(if is_well { Exit::Done } else { Exit::Found })
}

fn print(status: &Status, receivers: &[Receiver]) -> io::Result<()> {
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
        "Alerts: {firing} firing ({muted} muted, {acknowledged} taken on), {pending} pending"
    )?;
    writeln!(
        out,
        "Rules: {}; domains: {}",
        status.rules, status.domains.total
    )?;
    let Messages { waiting, dead } = status.messages;
    let hint = if dead == 0 {
        ""
    } else {
        " (`foghorn dead-letters list`)"
    };
    writeln!(out, "Messages: {waiting} waiting, {dead} given up{hint}")?;
    for receiver in receivers {
        for channel in &receiver.channels {
            // What was not tried yet is on its way.
            let tried = channel
                .oldest_waiting
                .map(second)
                .zip(channel.answer.as_ref());
            if let Some((since, answer)) = tried {
                let (name, place, waiting) = (&receiver.name, &channel.place, channel.waiting);
                writeln!(
                    out,
                    "{name}: {place}: {waiting} waiting, since {since}: {answer}"
                )?;
            }
        }
    }
    for account in &status.accounts {
        print_account(&mut out, account)?;
    }
    for (domains, why) in failing(status) {
        writeln!(out, "{domains} cannot be asked: {why}")?;
    }
    for of in &status.domains.warming {
        writeln!(
            out,
            "{}: some rules wait for what they look back upon, at least until its minute {}",
            of.domain, of.until
        )?;
    }
    for trouble in troubles(status) {
        let mut accounts = status.accounts.iter();
        match accounts.find(|account| account.is_trouble(trouble)) {
            Some(account) => writeln!(out, "Not healthy: account {}, see above", account.name)?,
            None => writeln!(out, "Not healthy: {trouble}")?,
        }
    }
    Ok(())
}

/// Prints how an account is.
fn print_account(out: &mut impl Write, account: &Account) -> io::Result<()> {
    let name = &account.name;
    match (account.answered.map(second), &account.fault) {
        (Some(at), None) => writeln!(out, "Account {name}: answered {at}")?,
        (Some(at), Some(fault)) => {
            writeln!(out, "Account {name}: answered {at}, then: {fault}")?;
        }
        (None, None) => writeln!(out, "Account {name}: has not answered yet")?,
        (None, Some(fault)) => writeln!(out, "Account {name}: has not answered yet: {fault}")?,
    }
    for of in &account.ongoing {
        let Ongoing {
            what,
            since,
            times,
            domains,
        } = of;
        let since = second(*since);
        writeln!(
            out,
            "Account {name}: since {since}, {}, lately of {}: {what}",
            counted(*times, "time"),
            counted(*domains, "domain")
        )?;
    }
    Ok(())
}

impl Account {
    /// Whether a trouble says again why this account does not answer.
    fn is_trouble(&self, trouble: &str) -> bool {
        let said = trouble.strip_prefix("account ");
        let said = said.and_then(|said| said.strip_prefix(&self.name));
        said.and_then(|said| said.strip_prefix(": ")) == self.fault.as_deref()
            && self.fault.is_some()
    }
}

/// Returns which domains cannot be asked, and why: once for all that have the same reason, which is
/// not told again where it is the whole account's.
fn failing(status: &Status) -> Vec<(String, String)> {
    let mut groups: Vec<(&Failing, Vec<&str>)> = Vec::new();
    for of in &status.domains.failing {
        let mut known = groups.iter_mut();
        match known.find(|(first, _)| first.account == of.account && first.why == of.why) {
            Some((_, domains)) => domains.push(&of.domain),
            None => groups.push((of, vec![&of.domain])),
        }
    }
    let told = groups.into_iter().map(|(of, domains)| {
        let shown = domains.iter().take(DOMAINS_MAX).copied();
        let shown = shown.collect::<Vec<_>>().join(", ");
        let domains = match domains.len().saturating_sub(DOMAINS_MAX) {
            0 => shown,
            more => format!("{shown} and {more} more"),
        };
        let mut accounts = status.accounts.iter();
        let account = accounts.find(|account| account.name == of.account);
        // An account that answers for others has had its last fault with one of its domains.
        let is_told = account.is_some_and(|account| {
            account.fault.as_deref() == Some(&of.why)
                && troubles(status).any(|trouble| account.is_trouble(trouble))
        });
        let why = if is_told {
            format!("as account {}, see above", of.account)
        } else {
            of.why.clone()
        };
        (domains, why)
    });
    told.collect()
}

/// Returns what is not healthy, each thing once.
fn troubles(status: &Status) -> impl Iterator<Item = &String> {
    let others = status.not_ready.iter();
    let others = others.filter(|one| !status.troubles.contains(one));
    let troubles = status.troubles.iter().chain(others);
    troubles.chain(&status.rules_fault)
}
