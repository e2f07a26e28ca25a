//! The command `foghorn`.

use std::process::ExitCode;

fn main() -> ExitCode {
    foghorn::cli::main()
}
