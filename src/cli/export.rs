//! `foghorn export`.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;

use anyhow::{Context as _, bail};

use super::Exit;
use crate::pipeline::Kept;
use crate::samples::write_line;
use crate::store::Store;
use crate::unit::{Minute, ParseMinuteError, Series, counted};

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn export > samples.jsonl
  foghorn export --store sqlite:/var/lib/foghorn/foghorn.db --from 2026-11-22T00:00:00Z

Exit status: 1 if some samples are damaged, which are left out and named.")]
pub struct Arguments {
    /// The store, as the rules file names it.
    #[arg(long, default_value = "sqlite:foghorn.db")]
    store: String,
    /// Only samples of this account: needed where a domain is of several, as samples do not say of
    /// which they are.
    #[arg(long)]
    account: Option<String>,
    /// The first minute.
    #[arg(long, value_name = "TIME", value_parser = minute)]
    from: Option<Minute>,
    /// The minute after the last.
    #[arg(long, value_name = "TIME", value_parser = minute)]
    to: Option<Minute>,
}

fn minute(text: &str) -> Result<Minute, ParseMinuteError> {
    text.parse()
}

/// Writes the store's samples, by domain and minute.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Runtime::new().context("start the runtime")?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut written = Ok(());
    let mut unasked: u64 = 0;
    let damaged = runtime.block_on(async {
        let store = Store::read(&arguments.store)
            .await
            .context("open the store")?;
        let series = store.series().await.context("read the store")?;
        match &arguments.account {
            None => refuse_several(&series)?,
            Some(account) => refuse_unknown(&series, account)?,
        }
        let first = Minute::containing(chrono::DateTime::UNIX_EPOCH);
        let last = Minute::containing(chrono::DateTime::<chrono::Utc>::MAX_UTC);
        let (from, to) = (
            arguments.from.unwrap_or(first),
            arguments.to.unwrap_or(last),
        );
        let export = store.export(from, to, |row| {
            let is_wanted = arguments
                .account
                .as_deref()
                .is_none_or(|name| name == row.series.account.as_str());
            match &row.kept {
                Kept::Sample(sample) if is_wanted => {
                    let line = write_line(&row.series.domain, row.minute, sample);
                    written = writeln!(out, "{line}");
                }
                Kept::Unasked if is_wanted => unasked += 1,
                Kept::Sample(_) | Kept::Unasked => {}
            }
            if written.is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        export.await.context("export the samples")
    })?;
    written?;
    out.flush()?;
    for fault in &damaged {
        writeln!(io::stderr(), "left out: {fault}")?;
    }
    if 0 < unasked {
        let or_read = if damaged.is_empty() { "" } else { " or read" };
        writeln!(
            io::stderr(),
            "{} could not be asked for{or_read}: unknown to the store, absent from these samples",
            counted(unasked, "minute")
        )?;
    }
    Ok(if damaged.is_empty() {
        Exit::Done
    } else {
        Exit::Found
    })
}

/// Refuses an account that the store has never heard of: the name is misspelt.
fn refuse_unknown(series: &[Series], account: &str) -> anyhow::Result<()> {
    let known: BTreeSet<&str> = series.iter().map(|of| of.account.as_str()).collect();
    if known.is_empty() || known.contains(account) {
        return Ok(());
    }
    let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    bail!(
        "the store has no account `{account}`, but {}",
        known.join(", ")
    );
}

/// Refuses a store with a domain of several accounts, whose samples would be taken for those of one.
fn refuse_several(series: &[Series]) -> anyhow::Result<()> {
    for of in series.chunk_by(|a, b| a.domain == b.domain) {
        if let [one, other, ..] = of {
            bail!(
                "{} is of several accounts, and samples do not say of which they are: add `--account` with one of `{}`, `{}`",
                one.domain,
                one.account,
                other.account
            );
        }
    }
    Ok(())
}
