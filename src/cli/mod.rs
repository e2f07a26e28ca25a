//! The command line: one file per command, results on standard output, all else on standard
//! error.

mod ack;
mod alerts;
mod around;
mod backtest;
mod client;
mod completions;
mod dead_letters;
mod diff;
mod eval;
mod explain;
mod export;
mod files;
mod fmt;
mod from_alert;
mod grid;
mod import;
mod init;
mod junit;
mod lint;
mod load;
mod load_packed;
mod lsp;
mod man;
mod moment;
mod notify;
mod output;
mod progress;
mod replace;
mod route;
mod run;
mod schema;
mod silence;
mod simulate;
mod status;
mod store;
mod test;
mod timelines;
mod unknown;
mod unpack;
mod why;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use output::Exit;

/// Alerting on the origin status codes of sites behind Alibaba Cloud CDN.
#[derive(Debug, Parser)]
#[command(
    name = "foghorn",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "Examples:
  foghorn run rules.example.yaml
  foghorn help backtest

Results go to standard output, all else to standard error. Exit status: 0 done and nothing wrong,
1 it found what it looks for, 2 it could not do its work, 3 a part of the service broke."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Write a first rules file, with its tests, from a few answers.
    Init(init::Arguments),
    /// Poll, judge and notify: the service.
    Run(run::Arguments),
    /// Find every fault of rules files, without the network.
    Lint(lint::Arguments),
    /// Say in plain English when an expression or a rule fires.
    Explain(explain::Arguments),
    /// Say of a past alert why it fired, who was told of it, and what servers answered.
    Why(why::Arguments),
    /// Say who would be told of an alert, when, and by which route.
    Route(route::Arguments),
    /// Run rule tests: samples, and the events that rules must make of them.
    Test(test::Arguments),
    /// Write every condition of rules files in its canonical form.
    Fmt(fmt::Arguments),
    /// Serve an editor: findings, hints and completion while rules are typed.
    Lsp(lsp::Arguments),
    /// Print the value of an expression at each minute of recorded samples.
    Eval(eval::Arguments),
    /// Print what rules would have done over recorded samples.
    Backtest(backtest::Arguments),
    /// Send a test to a receiver, and say what each server answered.
    Notify(notify::Arguments),
    /// Say how a running service is.
    Status(status::Arguments),
    /// List what fires and what is pending in a running service.
    Alerts(alerts::Arguments),
    /// Take an alert on, so that nobody is reminded or called.
    Ack(ack::Arguments),
    /// Make, list and end silences of a running service.
    Silence(silence::Arguments),
    /// List messages that could not be delivered, and send them again.
    DeadLetters(dead_letters::Arguments),
    /// Serve the source's API, with incidents, for trying things out.
    Simulate(simulate::Arguments),
    /// Write the store's samples as JSON lines.
    Export(export::Arguments),
    /// Read samples as JSON lines into the store.
    Import(import::Arguments),
    /// Look for what is wrong with a store, or make its file smaller.
    Store(store::Arguments),
    /// Print the completions of a shell.
    Completions(completions::Arguments),
    /// Print the manual page, or write those of all commands.
    Man(man::Arguments),
    /// Print the JSON Schema of the rules file, for editors.
    Schema(schema::Arguments),
}

/// Runs the command line and returns its exit status.
pub fn main() -> ExitCode {
    crate::source::http::install_tls();
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Command::Init(arguments) => init::run(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Lint(arguments) => lint::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Why(arguments) => why::run(&arguments),
        Command::Route(arguments) => route::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Fmt(arguments) => fmt::run(&arguments),
        Command::Lsp(arguments) => lsp::run(&arguments),
        Command::Eval(arguments) => eval::run(&arguments),
        Command::Backtest(arguments) => backtest::run(&arguments),
        Command::Notify(arguments) => notify::run(&arguments),
        Command::Status(arguments) => status::run(&arguments),
        Command::Alerts(arguments) => alerts::run(&arguments),
        Command::Ack(arguments) => ack::run(&arguments),
        Command::Silence(arguments) => silence::run(&arguments),
        Command::DeadLetters(arguments) => dead_letters::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Store(arguments) => store::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
    };
    output::finish(outcome)
}
