//! The command `foghorn`.

use std::process::ExitCode;

/// The work of a rules file, and of a minute, is many small values: this allocator takes half of
/// the system's time for them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    foghorn::cli::main()
}
