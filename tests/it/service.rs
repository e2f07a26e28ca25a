//! The service as its users meet it: the real program, in a folder of its own, on the built-in
//! simulator at a high speed, telling webhooks that these tests serve and mails that are files.
//!
//! `FOGHORN_KILLS=200 cargo test --test it service::kill` kills it 200 times instead of 20, and
//! `FOGHORN_SEED=7` chooses other moments. `FOGHORN_TRIALS=10` repeats each of the directed kills.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "processes are waited for by the real time, and what they said is shown"
)]

mod hook;
mod house;
mod kill;
mod one_by_one;
mod receivers;
mod reload;
mod shown;
mod sources;
mod start;
mod stop;
mod trials;
mod try_out;
mod unwritable;
