//! `foghorn backtest`: what rules would have done.

mod human;
mod outcome;
mod progress;
mod recording;
mod timeline;
mod words;

use std::io::{self, BufWriter, Write};

use self::outcome::{Outcome, Ruleful, Scope};
use self::recording::Recording;
use self::timeline::{Glyphs, Look, Paint};
use super::output::may_colour;
use super::{Exit, load};
use crate::replay;
use crate::unit::{Minute, ParseMinuteError};

/// Arguments of `backtest`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn backtest rules.yaml --data samples.jsonl
  foghorn backtest rules.yaml --store sqlite:/var/lib/foghorn/foghorn.db
  foghorn export | foghorn backtest rules.yaml --data - --format json")]
pub struct Arguments {
    /// The rules file.
    file: String,
    /// Samples as JSON lines, or saved answers of the source, also packed with gzip or zstd; a
    /// folder of such files; `-` is standard input.
    #[arg(long, value_name = "PATH", conflicts_with = "store")]
    data: Option<String>,
    /// The store whose history is judged; by default that of the rules file.
    #[arg(long, value_name = "STORE")]
    store: Option<String>,
    /// The first minute that is judged; what lies before is only looked back upon.
    #[arg(long, value_name = "TIME", value_parser = minute)]
    judge_from: Option<Minute>,
    /// How the outcome is printed: in words, or an event a line.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// How the outcome is printed.
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

/// Prints what the rules would have done.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let Some(config) = load::rules(&arguments.file)?.config else {
        return Ok(Exit::Failed);
    };
    let store = arguments.store.as_ref().unwrap_or(&config.store);
    let recording = match &arguments.data {
        Some(path) => Recording::of_file(path)?,
        None => Some(Recording::of_store(store)?),
    };
    let Some(recording) = recording else {
        return Ok(Exit::Failed);
    };
    let rules = Ruleful::new(&arguments.file, &config);
    let judged = recording.judge(&[rules.set()], arguments.judge_from)?;
    let mut judged = judged.into_iter();
    let transitions = judged.next().unwrap_or_default();
    let mut out = BufWriter::new(io::stdout().lock());
    match arguments.format {
        Format::Json => {
            for line in transitions.iter().filter_map(replay::event_line) {
                writeln!(out, "{line}")?;
            }
        }
        Format::Human => {
            let scope = Scope::new(&recording, arguments.judge_from);
            let outcome = Outcome::new(&rules, transitions);
            write!(out, "{}", human::text(&outcome, &scope, look()))?;
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// Returns how timelines look on this terminal.
fn look() -> Look {
    // What a terminal can show is in the first of these that is set.
    let names = ["LC_ALL", "LC_CTYPE", "LANG"];
    let mut set = names.iter().filter_map(|name| std::env::var(name).ok());
    let locale = set.find(|value| !value.is_empty());
    let is_utf8 = locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    });
    Look {
        glyphs: if is_utf8 {
            Glyphs::Unicode
        } else {
            Glyphs::Ascii
        },
        paint: if may_colour(&io::stdout()) {
            Paint::Ansi
        } else {
            Paint::Plain
        },
    }
}
