//! `foghorn lsp`.

use std::io::{self, BufReader};

use anyhow::Context as _;

use super::Exit;
use crate::daemon::Disk;
use crate::lsp::{self, End};

/// Arguments of `lsp`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example, Neovim 0.11 or later:
  vim.lsp.config('foghorn', {
    cmd = { 'foghorn', 'lsp' },
    filetypes = { 'yaml' },
    root_markers = { 'rules.yaml' },
  })
  vim.lsp.enable('foghorn')

Editors start it and speak the Language Server Protocol over its standard input and output.")]
pub struct Arguments {
    /// Speak over standard input and output, as it does anyway: many editors say it.
    #[arg(long, hide = true)]
    stdio: bool,
}

/// Serves an editor until it says that it is done.
pub fn run(_: &Arguments) -> anyhow::Result<Exit> {
    let input = BufReader::new(io::stdin());
    let end = lsp::serve(input, io::stdout().lock(), &Disk).context("speak with the editor")?;
    Ok(match end {
        End::Told => Exit::Done,
        End::Abrupt => Exit::Found,
    })
}
