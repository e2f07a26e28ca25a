//! `foghorn completions`.

use std::io;

use clap::CommandFactory;
use clap_complete::Shell;

use super::Exit;

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  foghorn completions bash > /etc/bash_completion.d/foghorn")]
pub struct Arguments {
    /// Which shell.
    shell: Shell,
}

/// Prints the completions.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut super::Arguments::command(),
        "foghorn",
        &mut script,
    );
    io::Write::write_all(&mut io::stdout().lock(), &script)?;
    Ok(Exit::Done)
}
