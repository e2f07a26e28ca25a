//! `foghorn import`.

use std::io::{self, Write};

use anyhow::{Context as _, ensure};
use clap::builder::NonEmptyStringValueParser;

use super::store::now_of;
use super::{Exit, load};
use crate::clock::Clock;
use crate::pipeline::Kept;
use crate::samples::Samples;
use crate::store::{Imported, Store, StoreError};
use crate::unit::{AccountName, Minute, Series, counted};

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  foghorn import --account main samples.jsonl

The service must not run on the same store. Minutes that it has judged stay as they are. A minute
between the first and the last that is imported, and has no sample, was absent.")]
pub struct Arguments {
    /// Samples as JSON lines, or saved answers of the source; `-` is standard input.
    data: String,
    /// The account that the samples are of, as the rules file names it.
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    account: String,
    /// The store, as the rules file names it.
    #[arg(long, default_value = "sqlite:foghorn.db")]
    store: String,
}

/// Takes samples into the store.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let Some(samples) = load::samples(&arguments.data)? else {
        return Ok(Exit::Failed);
    };
    let runtime = tokio::runtime::Runtime::new().context("start the runtime")?;
    let domains = samples.len();
    let account = AccountName::from(arguments.account.as_str());
    let all = runtime.block_on(async {
        // Opening makes a store where there is none, which has no clock of its own: if its samples are
        // refused, none is made.
        let read = Store::read(&arguments.store).await;
        if matches!(read, Err(StoreError::Missing { .. })) {
            refuse_future(&samples, Minute::containing(Clock::System.now()))?;
        }
        let store = Store::open(&arguments.store)
            .await
            .context("open the store")?;
        if let Some(now) = now_of(&store).await? {
            refuse_future(&samples, now)?;
        }
        let mut all = Imported::default();
        for (domain, minutes) in samples {
            let account = account.clone();
            let series = Series { account, domain };
            let rows: Vec<_> = minutes
                .into_iter()
                .map(|(minute, sample)| (minute, Kept::Sample(sample)))
                .collect();
            let imported = store.import(&series, &rows).await;
            let imported = imported.context("import the samples")?;
            all.new += imported.new;
            all.changed += imported.changed;
            all.left_out += imported.left_out;
            all.apart += imported.apart;
        }
        store.close().await;
        anyhow::Ok(all)
    })?;
    tell(domains, all)
}

/// Refuses minutes that are still to come: a service would not ask for them any more.
fn refuse_future(samples: &Samples, now: Minute) -> anyhow::Result<()> {
    for (domain, minutes) in samples {
        let last = minutes.keys().next_back();
        ensure!(
            last.is_none_or(|last| *last <= now),
            "the sample of {domain} at {} is of a minute that is still to come: leave it out, or mend its time; nothing was imported",
            last.map_or_else(String::new, ToString::to_string)
        );
    }
    Ok(())
}

/// Says what became of the samples.
fn tell(domains: usize, all: Imported) -> anyhow::Result<Exit> {
    let Imported {
        new,
        changed,
        left_out,
        apart,
    } = all;
    let mut err = io::stderr().lock();
    let replaced = match changed {
        0 => String::new(),
        _ => format!(", {changed} in the place of others"),
    };
    writeln!(
        err,
        "{} of {}{replaced}",
        counted(new, "new sample"),
        counted(domains, "domain")
    )?;
    if 0 < apart {
        writeln!(
            err,
            "{apart} of them end before what is kept begins: only `export` sees them until the minutes between are imported"
        )?;
    }
    if 0 < left_out {
        writeln!(
            err,
            "left out: {}, whose minutes the service has judged: these stay as they were",
            counted(left_out, "sample")
        )?;
        return Ok(Exit::Found);
    }
    Ok(Exit::Done)
}
