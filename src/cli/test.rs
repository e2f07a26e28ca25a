//! `foghorn test`.

use std::io::{self, BufWriter, Write};

use super::output::may_colour;
use super::{Exit, load};
use crate::config::{self, Environment, LoadedCases};
use crate::daemon::Disk;
use crate::diag::{Diagnostic, Files, Level, Span, position};
use crate::engine::{Rule, Subject, Transition};
use crate::replay::case::{self, Case, Expected, Moment};
use crate::unit::Minutes;

/// Arguments of `test`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn test rules.test.yaml
  foghorn test --filter burst --no-env tests/*.yaml

A test file:
  rules: rules.yaml
  tests:
    - name: a burst of 502 pages on-call after three minutes
      start: 2026-11-22T10:00:00Z
      requests: 1000
      samples:
        www.example.com: {\"502\": \"0x5 12 15 20x3 1x10\"}
      expect:
        - {at: 7m, rule: origin-5xx, domain: www.example.com, event: fired, severity: critical}
        - {at: 14m, rule: origin-5xx, domain: www.example.com, event: resolved}

A row is one code, in percent; the rest is 200. 0x5 are five minutes of 0, _ is a minute without
data, - one without traffic. An event that is not expected fails the test.")]
pub struct Arguments {
    /// The test files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Run only the tests whose names have this in them.
    #[arg(long, value_name = "NAME")]
    filter: Option<String>,
    /// Do not ask for secrets: a `${NAME}` that is not set is a warning.
    #[arg(long)]
    no_env: bool,
}

/// How many tests there were.
#[derive(Default)]
struct Count {
    passed: usize,
    failed: usize,
    left_out: usize,
    /// Files that could not be read.
    refused: usize,
}

/// Runs the tests. A file with errors does not keep the others from being run.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let environment = if arguments.no_env {
        Environment::Absent
    } else {
        Environment::Required
    };
    let mut count = Count::default();
    let mut out = BufWriter::new(io::stdout().lock());
    for path in &arguments.files {
        let loaded = config::load_cases(path, &Disk, environment)?;
        out.flush()?;
        report(&loaded)?;
        if !file(&mut out, &loaded, arguments.filter.as_deref(), &mut count)? {
            count.refused += 1;
        }
    }
    let run = count.passed + count.failed;
    if run == 0 && count.refused == 0 {
        if let Some(filter) = arguments.filter.as_deref().filter(|_| count.left_out > 0) {
            anyhow::bail!("no test has `{filter}` in its name");
        }
        anyhow::bail!("there are no tests");
    }
    let left_out = match count.left_out {
        0 => String::new(),
        left_out => format!(", {left_out} left out"),
    };
    let refused = match count.refused {
        0 => String::new(),
        1 => ", 1 file could not be used".to_owned(),
        refused => format!(", {refused} files could not be used"),
    };
    let Count { passed, failed, .. } = count;
    writeln!(out, "{passed} passed, {failed} failed{left_out}{refused}")?;
    out.flush()?;
    Ok(match (count.refused, count.failed) {
        (0, 0) => Exit::Done,
        (0, _) => Exit::Found,
        _ => Exit::Failed,
    })
}

/// Prints the faults of a test file, and those of its rules that stop a run.
fn report(loaded: &LoadedCases) -> io::Result<()> {
    load::report(&loaded.diagnostics, &loaded.files)?;
    if let Some(rules) = &loaded.rules {
        let stops = |d: &&Diagnostic| d.level == Level::Error && d.code.stops_a_run();
        let faults: Vec<Diagnostic> = rules.diagnostics.iter().filter(stops).cloned().collect();
        load::report(&faults, &rules.files)?;
    }
    Ok(())
}

/// Runs the tests of a file; `false` if it or its rules have errors.
fn file(
    out: &mut impl Write,
    loaded: &LoadedCases,
    filter: Option<&str>,
    count: &mut Count,
) -> io::Result<bool> {
    let config = loaded
        .rules
        .as_ref()
        .and_then(|rules| rules.config.as_ref());
    let (Some(cases), Some(config)) = (&loaded.cases, config) else {
        return Ok(false);
    };
    let rules: Vec<Rule> = config.rules.iter().map(|a| a.rule.clone()).collect();
    for (case, span) in cases {
        if filter.is_some_and(|filter| !case.name.contains(filter)) {
            count.left_out += 1;
            continue;
        }
        let moments = case::run(case, &config.program, &rules);
        if moments.iter().all(Moment::is_right) {
            count.passed += 1;
            writeln!(out, "{}  {}", word("ok    ", "32"), case.name)?;
        } else {
            count.failed += 1;
            writeln!(out, "{}  {}", word("FAILED", "1;31"), case.name)?;
            write!(out, "{}", timelines(&loaded.files, *span, case, &moments))?;
        }
    }
    Ok(true)
}

fn word(text: &str, colour: &str) -> String {
    if may_colour(&io::stdout()) {
        format!("\u{1b}[{colour}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

/// Returns what was expected and what happened, side by side, by minute.
fn timelines(files: &Files, span: Span, case: &Case, moments: &[Moment]) -> String {
    let place = files.iter().next().map(|file| {
        let at = position(&file.text, span.start);
        format!("{}:{}", file.name, at.line)
    });
    let mut lines = vec![[
        String::new(),
        "at".to_owned(),
        "expected".to_owned(),
        "happened".to_owned(),
    ]];
    for moment in moments {
        let mark = match (&moment.expected, &moment.happened) {
            (Some(_), Some(_)) => " ",
            (Some(_), None) => "-",
            (None, _) => "+",
        };
        lines.push([
            mark.to_owned(),
            time(moment.at),
            moment.expected.as_ref().map_or_else(String::new, expected),
            moment.happened.as_ref().map_or_else(String::new, happened),
        ]);
    }
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let (at, left) = (width(1).unwrap_or(0), width(2).unwrap_or(0));
    let mut text = format!(
        "        {}, from {}\n\n",
        place.unwrap_or_default(),
        case.start
    );
    for [mark, time, expected, happened] in &lines {
        let line = format!("      {mark:1} {time:at$}  {expected:left$}  {happened}");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    let missing = moments.iter().filter(|m| m.happened.is_none()).count();
    let surprising = moments.iter().filter(|m| m.expected.is_none()).count();
    let said = match (missing, surprising) {
        (0, surprising) => format!("+ {surprising} happened and was not expected"),
        (missing, 0) => format!("- {missing} was expected and did not happen"),
        (missing, surprising) => format!(
            "- {missing} was expected and did not happen; + {surprising} happened and was not expected"
        ),
    };
    text + "\n        " + &said + "\n\n"
}

fn time(minutes: i64) -> String {
    let minutes = u32::try_from(minutes).ok().and_then(Minutes::new);
    minutes.map_or_else(|| "0m".to_owned(), |minutes| minutes.to_string())
}

fn expected(expected: &Expected) -> String {
    let domain = expected.domain.as_ref().map(|domain| format!("{domain} "));
    let severity = expected.severity.map(|severity| format!(" {severity}"));
    format!(
        "{} {}{}{}",
        expected.rule,
        domain.unwrap_or_default(),
        expected.event.as_str(),
        severity.unwrap_or_default()
    )
}

fn happened(transition: &Transition) -> String {
    let domain = match &transition.key.subject {
        Subject::Series(series) => format!("{} ", series.domain),
        Subject::Fleet | Subject::Account { .. } => String::new(),
    };
    let event = case::happening(&transition.event).map_or("ended", case::Happening::as_str);
    format!(
        "{} {domain}{event} {}",
        transition.key.rule, transition.severity
    )
}
