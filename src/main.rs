//! The command `foghorn`.

fn main() {}
