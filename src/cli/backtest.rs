//! `foghorn backtest`.

use std::io::{self, BufWriter, Write};

use super::{Exit, load};
use crate::engine::{Event, Subject, Transition};
use crate::replay;
use crate::unit::{Minute, ParseMinuteError};

/// Arguments of `backtest`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn backtest rules.yaml --data samples.jsonl
  foghorn export | foghorn backtest rules.yaml --data - --format json")]
pub struct Arguments {
    /// The rules file.
    file: String,
    /// Samples as JSON lines, or saved answers of the source; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    data: String,
    /// The first minute that is judged; what lies before is only looked back upon.
    #[arg(long, value_name = "TIME", value_parser = minute)]
    judge_from: Option<Minute>,
    /// How the events are printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// How events are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// A JSON document a line.
    Json,
}

fn minute(text: &str) -> Result<Minute, ParseMinuteError> {
    text.parse()
}

/// Prints the events.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let Some(config) = load::rules(&arguments.file)?.config else {
        return Ok(Exit::Failed);
    };
    let Some(samples) = load::samples(&arguments.data)? else {
        return Ok(Exit::Failed);
    };
    let rules: Vec<_> = config
        .rules
        .iter()
        .map(|alerting| alerting.rule.clone())
        .collect();
    let events = replay::backtest(&config.program, &rules, &samples, arguments.judge_from);
    let mut out = BufWriter::new(io::stdout().lock());
    for event in &events {
        match arguments.format {
            Format::Json => {
                if let Some(line) = replay::event_line(event) {
                    writeln!(out, "{line}")?;
                }
            }
            Format::Human => writeln!(out, "{}", human(event))?,
        }
    }
    if arguments.format == Format::Human {
        let fired = events
            .iter()
            .filter(|event| event.event == Event::Fired)
            .count();
        writeln!(
            out,
            "{fired} alert(s) would have fired, over {} domain(s) and {} rule(s)",
            samples.len(),
            rules.len()
        )?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn human(transition: &Transition) -> String {
    let subject = match &transition.key.subject {
        Subject::Series(series) => series.domain.to_string(),
        Subject::Fleet | Subject::Account { .. } => "(all domains)".to_owned(),
    };
    let event = match &transition.event {
        Event::Fired => "fired".to_owned(),
        Event::SeverityChanged { from } => format!("changed from {from}"),
        Event::Resolved => "resolved".to_owned(),
        Event::Ended { reason } => format!("ended: {reason}"),
    };
    format!(
        "{}  {:8}  {}  {subject}  {event}",
        transition.minute, transition.severity, transition.key.rule
    )
}
