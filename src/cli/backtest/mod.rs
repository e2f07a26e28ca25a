//! `foghorn backtest`: what rules would have done.

mod against;
mod cache;
mod fetch;
mod human;
mod incidents;
mod latest;
mod outcome;
mod ranges;
mod recording;
mod report;
mod stored;
mod sweep;
mod timeline;
mod untried;
mod words;

use std::fs;
use std::io::{self, BufWriter, Write};

use anyhow::{Context as _, ensure};

use self::against::Against;
use self::incidents::Incident;
use self::outcome::{Outcome, Ruleful, Scope};
use self::ranges::Sweep;
use self::recording::Recording;
use self::timeline::{Glyphs, Look, Paint, WIDTH, WIDTH_MAX};
use super::output::may_colour;
use super::progress;
use super::{Exit, load};
use crate::config::{Config, Environment, Loaded, Part};
use crate::replay;
use crate::unit::{Minute, Minutes, ParseMinuteError, ParseMinutesError};

/// Arguments of `backtest`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn backtest rules.yaml --data samples.jsonl
  foghorn backtest rules.yaml --from 7d --report week.html
  foghorn backtest rules.yaml --data week.jsonl.gz --against main.yaml --format markdown
  foghorn backtest rules.yaml --sweep 'origin-5xx: 5%..20%; for 1m..10m' --incidents known.jsonl
  foghorn export | foghorn backtest rules.yaml --data - --format json

Without `--data` and `--from`, the history of the rules file's store is judged.")]
pub struct Arguments {
    /// The rules file.
    file: String,
    /// Samples as JSON lines, or saved answers of the source, also packed with gzip or zstd; a
    /// folder of such files; `-` is standard input.
    #[arg(long, value_name = "PATH")]
    data: Option<String>,
    /// The store whose history is judged; by default that of the rules file.
    #[arg(long, value_name = "STORE", conflicts_with = "data")]
    store: Option<String>,
    /// How far back the sources are asked, at most 7d. What they say is kept beside the store, and a
    /// run that is interrupted goes on where it was.
    #[arg(long, value_name = "DURATION", value_parser = minutes, conflicts_with_all = ["data", "store"])]
    from: Option<Minutes>,
    /// The first minute that is judged; what lies before is only looked back upon.
    #[arg(long, value_name = "TIME", value_parser = minute)]
    judge_from: Option<Minute>,
    /// The rules as they were before: what would have been added, removed and moved since.
    #[arg(long, value_name = "FILE")]
    against: Option<String>,
    /// A rule with other thresholds and holds: `RULE: 5%..20%; for 1m..10m`. A range may have a
    /// step (`5%..20% step 1%`), a rule a severity (`RULE/critical`).
    #[arg(long, value_name = "SWEEP", conflicts_with = "against")]
    sweep: Option<String>,
    /// Incidents that people know of, a JSON document a line: which rule was the first to catch each,
    /// or, with `--sweep`, which variant catches the most.
    /// `{"from":"2026-11-22T10:00:00Z","to":"2026-11-22T10:40:00Z","domain":"*.example.com"}`.
    #[arg(long, value_name = "FILE", conflicts_with = "against")]
    incidents: Option<String>,
    /// Write a report for people, one HTML file with charts, into this file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["against", "sweep"])]
    report: Option<String>,
    /// How the outcome is printed: in words, as JSON lines, or, with `--against`, as Markdown.
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
    /// For a pull request.
    Markdown,
}

fn minute(text: &str) -> Result<Minute, ParseMinuteError> {
    text.parse()
}

fn minutes(text: &str) -> Result<Minutes, ParseMinutesError> {
    text.parse()
}

/// Prints what the rules would have done.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    ensure!(
        arguments.format != Format::Markdown || arguments.against.is_some(),
        "`--format markdown` compares: add `--against FILE`"
    );
    ensure!(
        arguments.format != Format::Json
            || arguments.incidents.is_none()
            || arguments.sweep.is_some(),
        "what caught incidents is said in words: leave `--format json` away, or add `--sweep`"
    );
    let sweep = arguments.sweep.as_deref().map(Sweep::parse).transpose()?;
    let Some((loaded, config)) = rules(&arguments.file, parts(arguments))? else {
        return Ok(Exit::Failed);
    };
    let old = match &arguments.against {
        Some(path) => match rules(path, &[Part::Rules])? {
            Some((_, config)) => Some((path, config)),
            None => return Ok(Exit::Failed),
        },
        None => None,
    };
    let Some(recording) = recording(arguments, &config)? else {
        return Ok(Exit::Failed);
    };
    let scope = Scope::new(&recording, arguments.judge_from)?;
    let with = (&recording, &scope);
    let mut out = BufWriter::new(io::stdout().lock());
    match (sweep, &old) {
        (Some(sweep), _) => {
            let text = swept(arguments, &sweep, (&loaded, &config), with)?;
            out.write_all(text.as_bytes())?;
        }
        (None, Some((path, old))) => {
            let text = compared(arguments, (&config, path, old), with)?;
            out.write_all(text.as_bytes())?;
        }
        (None, None) => judged(arguments, &config, with, &mut out)?,
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// Returns by which parts of the rules file the backtest goes.
const fn parts(arguments: &Arguments) -> &'static [Part] {
    match (arguments.from, &arguments.data, &arguments.store) {
        (Some(_), ..) => &[Part::Rules, Part::Source, Part::Access, Part::Store],
        (None, None, None) => &[Part::Rules, Part::Store],
        (None, Some(_), _) | (None, None, Some(_)) => &[Part::Rules],
    }
}

/// Reads a rules file; `None` if it has faults, which are printed.
fn rules(path: &str, parts: &'static [Part]) -> anyhow::Result<Option<(Loaded, Config)>> {
    let mut loaded = load::rules_with(path, Environment::Given(parts))?;
    let config = loaded.config.take();
    Ok(config.map(|config| (loaded, config)))
}

fn recording(arguments: &Arguments, config: &Config) -> anyhow::Result<Option<Recording>> {
    match (&arguments.data, arguments.from) {
        (Some(path), _) => Recording::of_file(path),
        (None, Some(back)) => Recording::of_source(config, back).map(Some),
        (None, None) => {
            let store = arguments.store.as_ref().unwrap_or(&config.store);
            Recording::of_store(store).map(Some)
        }
    }
}

/// Writes what the rules would have done, and the report that is asked for.
fn judged(
    arguments: &Arguments,
    config: &Config,
    (recording, scope): (&Recording, &Scope),
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let rules = Ruleful::new(&arguments.file, config);
    let incidents = known(arguments)?;
    let mut judged = recording.judge(&[rules.set()], arguments.judge_from)?;
    let judged = judged.pop().unwrap_or_default();
    if arguments.format == Format::Json && arguments.report.is_none() {
        return Ok(write_lines(&judged.transitions, out)?);
    }
    let outcome = Outcome::new(&rules, judged, (recording, scope))?;
    if let Some(path) = &arguments.report {
        let page = report::page(&outcome, scope, recording)?;
        fs::write(path, page).with_context(|| format!("write {path}"))?;
        writeln!(io::stderr(), "the report is in {path}")?;
    }
    match arguments.format {
        Format::Json => write_lines(&outcome.transitions, out)?,
        Format::Human | Format::Markdown => {
            out.write_all(human::text(&outcome, scope, look()).as_bytes())?;
            if let Some(incidents) = incidents {
                let text = incidents::text(&incidents, &outcome, scope);
                write!(out, "\n{text}")?;
            }
        }
    }
    Ok(())
}

/// Writes events one by one: a backtest can have a million of them, whose text is not held as a whole.
fn write_lines(transitions: &[crate::engine::Transition], out: &mut impl Write) -> io::Result<()> {
    for line in transitions.iter().filter_map(replay::event_line) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// Returns what a change of the rules would have changed.
fn compared(
    arguments: &Arguments,
    (config, old_path, old_config): (&Config, &str, &Config),
    (recording, scope): (&Recording, &Scope),
) -> anyhow::Result<String> {
    let new = Ruleful::new(&arguments.file, config);
    let old = Ruleful::new(old_path, old_config);
    let judged = recording.judge(&[old.set(), new.set()], arguments.judge_from)?;
    let mut judged = judged.into_iter();
    let with = (recording, scope);
    let old = Outcome::new(&old, judged.next().unwrap_or_default(), with)?;
    let new = Outcome::new(&new, judged.next().unwrap_or_default(), with)?;
    let against = Against::new(scope, &old, &new);
    Ok(match arguments.format {
        Format::Human => against.human(look()),
        Format::Json => against.json(),
        Format::Markdown => against.markdown(),
    })
}

/// Reads the incidents that are given.
fn known(arguments: &Arguments) -> anyhow::Result<Option<Vec<Incident>>> {
    let known = arguments.incidents.as_deref().map(incidents::read);
    known.transpose()
}

/// Returns what a rule would have done with other thresholds and holds.
fn swept(
    arguments: &Arguments,
    sweep: &Sweep,
    (loaded, config): (&Loaded, &Config),
    (recording, scope): (&Recording, &Scope),
) -> anyhow::Result<String> {
    let incidents = known(arguments)?;
    let swept = sweep::sweep(
        sweep,
        loaded,
        (recording, scope),
        arguments.judge_from,
        incidents.as_deref(),
    )?;
    Ok(match arguments.format {
        Format::Json => swept.json(),
        Format::Human | Format::Markdown => swept.human(scope, config.settle),
    })
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
        width: width(),
    }
}

/// Returns how many columns lines have: those of the terminal, where there is one.
fn width() -> usize {
    let terminal = terminal_size::terminal_size_of(io::stdout());
    terminal.map_or(WIDTH, |(width, _)| {
        usize::from(width.0).clamp(WIDTH, WIDTH_MAX)
    })
}
