//! `foghorn store`.

use std::io::{self, Write};

use anyhow::Context as _;

use super::Exit;
use crate::clock::Clock;
use crate::daemon::CLOCK_NOTE;
use crate::store::{Checked, Store};
use crate::unit::{Minute, counted};

/// How many minutes a day has.
const DAY: u64 = 24 * 60;

/// Arguments of `store`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn store check
  foghorn store compact --store sqlite:/var/lib/foghorn/foghorn.db")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Look for what is wrong with a store. Changes nothing; the service may run.
    Check(Place),
    /// Make a store's file as small as what it holds. The service must not run.
    Compact(Place),
}

/// Where the store is.
#[derive(Debug, clap::Args)]
struct Place {
    /// The store, as the rules file names it.
    #[arg(long, default_value = "sqlite:foghorn.db")]
    store: String,
}

/// Checks or compacts a store.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Runtime::new().context("start the runtime")?;
    match &arguments.command {
        Command::Check(place) => runtime.block_on(check(&place.store)),
        Command::Compact(place) => runtime.block_on(compact(&place.store)),
    }
}

async fn check(url: &str) -> anyhow::Result<Exit> {
    let store = Store::read(url).await.context("open the store")?;
    let now = now_of(&store).await?;
    let checked = store.check(now).await.context("check the store")?;
    let mut out = io::stdout().lock();
    for finding in &checked.findings {
        writeln!(out, "error: {}\n  = mend: {}", finding.what, finding.mend)?;
    }
    let file = store.file();
    writeln!(out, "{file}: {}", summary(&checked))?;
    Ok(if checked.findings.is_empty() {
        Exit::Done
    } else {
        Exit::Found
    })
}

/// Returns the time, unless the service of a store has one of its own.
pub(super) async fn now_of(store: &Store) -> anyhow::Result<Option<Minute>> {
    let own = store.meta(CLOCK_NOTE).await.context("read the store")?;
    let now = Minute::containing(Clock::System.now());
    Ok(own.is_none().then_some(now))
}

fn summary(checked: &Checked) -> String {
    let Checked {
        findings,
        series,
        minutes,
        bytes,
    } = checked;
    // What a file has beside samples is most of a young one, and says nothing of its growth.
    let is_young = *minutes < series * DAY;
    let each = bytes.checked_div(*minutes).filter(|_| !is_young);
    let each = each.map_or(String::new(), |each| format!(", {each} bytes a minute"));
    let wrong = match findings.len() {
        0 => "nothing is wrong".to_owned(),
        1 => "1 thing is wrong".to_owned(),
        many => format!("{many} things are wrong"),
    };
    let [series, minutes, bytes] = [
        counted(*series, "domain"),
        counted(*minutes, "minute"),
        counted(*bytes, "byte"),
    ];
    format!("{series}, {minutes}, {bytes}{each}; {wrong}")
}

async fn compact(url: &str) -> anyhow::Result<Exit> {
    // Opening would make a store where there is none.
    let before = {
        let store = Store::read(url).await.context("open the store")?;
        let size = store.size().await.context("read the store")?;
        store.close().await;
        size
    };
    let store = Store::open(url).await.context("open the store")?;
    store.compact().await.context("compact the store")?;
    let after = store.size().await.context("read the store")?;
    writeln!(
        io::stdout(),
        "{}: {before} bytes before, {after} after, {} saved",
        store.file(),
        before.saturating_sub(after)
    )?;
    store.close().await;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_minute_takes_is_said_once_there_is_a_day_of_each_domain() {
        let of = |minutes| Checked {
            series: 3,
            minutes,
            bytes: 400_000,
            ..Checked::default()
        };
        assert_eq!(
            summary(&of(4_319)),
            "3 domains, 4319 minutes, 400000 bytes; nothing is wrong"
        );
        assert_eq!(
            summary(&of(4_320)),
            "3 domains, 4320 minutes, 400000 bytes, 92 bytes a minute; nothing is wrong"
        );
        assert_eq!(
            summary(&Checked::default()),
            "0 domains, 0 minutes, 0 bytes; nothing is wrong"
        );
    }
}
