//! The command `foghorn`.

use std::process::ExitCode;

// A rules file becomes many small values, and the system's allocator was a fifth of the time of
// linting a large one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    foghorn::cli::main()
}
