//! How a command ends and where its words go.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use crate::causes;
use crate::daemon::PartEnded;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, and nothing wrong.
    Done,
    /// It ran and found what it looks for.
    Found,
    /// It could not do its work, and has said why.
    Failed,
    /// It did its work until a part of it broke: a supervisor starts it again.
    Broken,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0_u8,
            Exit::Found => 1,
            Exit::Failed => 2,
            Exit::Broken => 3,
        })
    }
}

/// Turns a command's outcome into an exit status; an error is printed with all its causes.
///
/// A reader that went away is no failure of ours.
pub fn finish(outcome: anyhow::Result<Exit>) -> ExitCode {
    match outcome {
        Ok(exit) => exit.into(),
        Err(error) if is_broken_pipe(&error) => Exit::Done.into(),
        Err(error) => {
            let _ = writeln!(io::stderr(), "foghorn: {}", causes::of(error.as_ref()));
            status_of(&error).into()
        }
    }
}

/// Tells a service that broke from one that could not start, which it cannot the next time.
fn status_of(error: &anyhow::Error) -> Exit {
    match error.downcast_ref::<PartEnded>() {
        Some(_) => Exit::Broken,
        None => Exit::Failed,
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |cause: &(dyn std::error::Error + 'static)| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
    };
    error.chain().any(broken)
}

/// Whether what goes to `stream` may be coloured: on a terminal, unless `NO_COLOR` is set.
pub fn may_colour(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use anyhow::{Context as _, anyhow};

    use super::*;

    #[test]
    fn a_service_that_broke_is_started_again_and_one_that_cannot_start_is_not() {
        let broke = Err::<(), _>(anyhow!("the disk is gone")).context(PartEnded("judging"));
        assert_eq!(status_of(&broke.unwrap_err()), Exit::Broken);
        let refused = Err::<(), _>(anyhow!("in use")).context("open the store");
        assert_eq!(status_of(&refused.unwrap_err()), Exit::Failed);
    }
}
