//! `foghorn import`.

use std::io::{self, Write};

use anyhow::Context as _;

use super::{Exit, load};
use crate::pipeline::Kept;
use crate::store::Store;
use crate::unit::{AccountName, Series};

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  foghorn import --account main samples.jsonl

The service must not run on the same store. Minutes that it has judged stay as they are.")]
pub struct Arguments {
    /// Samples as JSON lines, or saved answers of the source; `-` is standard input.
    data: String,
    /// The account that the samples are of, as the rules file names it.
    #[arg(long)]
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
    let (domains, new) = runtime.block_on(async {
        let store = Store::open(&arguments.store)
            .await
            .context("open the store")?;
        let mut new = 0;
        let domains = samples.len();
        for (domain, minutes) in samples {
            let series = Series {
                account: AccountName::from(arguments.account.as_str()),
                domain,
            };
            let rows: Vec<_> = minutes
                .into_iter()
                .map(|(minute, sample)| (minute, Kept::Sample(sample)))
                .collect();
            new += store
                .import(&series, &rows)
                .await
                .context("import the samples")?;
        }
        store.close().await;
        anyhow::Ok((domains, new))
    })?;
    writeln!(io::stderr(), "{new} new samples of {domains} domain(s)")?;
    Ok(Exit::Done)
}
