//! `foghorn test`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, BufWriter, Write};

use anyhow::Context as _;

use super::files::{Wanted, of_argument};
use super::junit::{self, Suite};
use super::output::may_colour;
use super::{Exit, from_alert, load, timelines};
use crate::config::{self, Environment, LoadedCases, Unreadable};
use crate::daemon::{Disk, setup};
use crate::diag::human::{self, Colour};
use crate::diag::{Diagnostic, Files, Level, Span, position};
use crate::dispatch::summary::one_line;
use crate::engine::{OnUnknown, Rule};
use crate::lang::program::{Node, NodeId};
use crate::pipeline::Setup;
use crate::replay::case::{self, Case, Moment, MomentOutcome};
use crate::replay::fact::Fact;
use crate::unit::{DomainName, counted};

/// The rules file of `--from-alert`, if none is named.
const RULES: &str = "rules.yaml";

/// How much of a test's name is printed.
const NAME_CHARS_MAX: usize = 200;

/// Arguments of `test`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn test rules.test.yaml
  foghorn test --filter burst --no-env --junit report.xml tests/*.yaml
  foghorn test --from-alert 3f0a rules.yaml > outage.test.yaml

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
      pending:
        - {from: 5m, to: 7m, rule: origin-5xx, domain: www.example.com}
      delivered:
        - {at: 7m, receiver: oncall, rule: origin-5xx, domain: www.example.com, status: firing}
        - {at: 14m, receiver: oncall, rule: origin-5xx, domain: www.example.com, status: resolved}

A row is one code, in percent; the rest is 200. 0x5 are five minutes of 0, _ is a minute without
data, - one without traffic. An event that is not expected fails the test; so does a pending state
or a delivery, where a test has `pending` or `delivered`. A folder stands for its files that are
called like rules.test.yaml.")]
pub struct Arguments {
    /// The test files, or folders of them; with `--from-alert` the rules file, by itself
    /// `rules.yaml`.
    #[arg(required_unless_present = "from_alert", value_name = "FILE")]
    files: Vec<String>,
    /// Run only the tests whose names have this in them.
    #[arg(long, value_name = "NAME")]
    filter: Option<String>,
    /// Write a report as JUnit XML as well.
    #[arg(long, value_name = "FILE")]
    junit: Option<String>,
    /// Do not ask for secrets: a `${NAME}` that is not set is a warning.
    #[arg(long)]
    no_env: bool,
    /// Print the time around an alert as a rule test: an id, or how one begins, from the store that
    /// the rules file names.
    #[arg(long, value_name = "ID", conflicts_with_all = ["filter", "junit"])]
    from_alert: Option<String>,
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

/// Runs the tests. A file with errors, or one that cannot be read, does not keep the others from
/// being run.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let environment = if arguments.no_env {
        Environment::Absent
    } else {
        Environment::Required
    };
    if let Some(id) = &arguments.from_alert {
        return match arguments.files.as_slice() {
            [] => from_alert::run(id, RULES, environment),
            [path] => from_alert::run(id, path, environment),
            _ => anyhow::bail!("`--from-alert` takes one rules file"),
        };
    }
    let mut count = Count::default();
    let mut suites = Vec::with_capacity(arguments.files.len());
    let mut out = BufWriter::new(io::stdout().lock());
    let mut paths = Vec::with_capacity(arguments.files.len());
    for argument in &arguments.files {
        match of_argument(argument, Wanted::Tests) {
            Ok(found) => paths.extend(found),
            Err(fault) => {
                let unreadable = Unreadable::new(argument, fault.to_string());
                load::report_unread(&unreadable)?;
                count.refused += 1;
                suites.push(refused(argument, unreadable.to_string()));
            }
        }
    }
    for path in &paths {
        out.flush()?;
        let loaded = match config::load_cases(path, &Disk, environment) {
            Ok(loaded) => loaded,
            Err(unreadable) => {
                load::report_unread(&unreadable)?;
                count.refused += 1;
                suites.push(refused(path, unreadable.to_string()));
                continue;
            }
        };
        report(&loaded)?;
        let suite = file(
            &mut out,
            path,
            &loaded,
            arguments.filter.as_deref(),
            &mut count,
        )?;
        suites.push(suite);
    }
    if let Some(path) = &arguments.junit {
        fs::write(path, junit::document(&suites)).with_context(|| format!("write {path}"))?;
    }
    conclude(&mut out, arguments.filter.as_deref(), &count)
}

/// Prints how many tests there were, and returns what that means.
fn conclude(out: &mut impl Write, filter: Option<&str>, count: &Count) -> anyhow::Result<Exit> {
    let run = count.passed + count.failed;
    if run == 0 && count.refused == 0 {
        if let Some(filter) = filter.filter(|_| count.left_out > 0) {
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
        refused => format!(", {} could not be used", counted(refused, "file")),
    };
    let (passed, failed) = (count.passed, count.failed);
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
    match rules_faults(loaded) {
        Some((faults, files)) => load::report(&faults, files),
        None => Ok(()),
    }
}

/// Returns the faults of the rules that stop a run.
fn rules_faults(loaded: &LoadedCases) -> Option<(Vec<Diagnostic>, &Files)> {
    let rules = loaded.rules.as_ref()?;
    let stops = |d: &&Diagnostic| d.level == Level::Error && d.code.stops_a_run();
    let faults = rules.diagnostics.iter().filter(stops).cloned().collect();
    Some((faults, &rules.files))
}

/// Runs the tests of a file, if neither it nor its rules have errors.
fn file(
    out: &mut impl Write,
    path: &str,
    loaded: &LoadedCases,
    filter: Option<&str>,
    count: &mut Count,
) -> io::Result<Suite> {
    let config = loaded
        .rules
        .as_ref()
        .and_then(|rules| rules.config.as_ref());
    let (Some(cases), Some(config)) = (&loaded.cases, config) else {
        count.refused += 1;
        return Ok(refused(path, faults(loaded)));
    };
    let mut suite = Suite {
        file: path.to_owned(),
        refused: None,
        tests: Vec::new(),
    };
    let setup = setup::of(config);
    for (case, span) in cases {
        if filter.is_some_and(|filter| !case.name.contains(filter)) {
            count.left_out += 1;
            continue;
        }
        let moments = case::run(case, &setup);
        let (mut uncounted, beside) = (uncounted(case, &setup), beside(case, &setup));
        let is_right = |moment: &Moment| moment.outcome() == MomentOutcome::Right;
        let line = line_of(&loaded.files, *span);
        let (name, mut failure) = (one_line(&case.name, NAME_CHARS_MAX), None);
        if moments.iter().all(is_right) {
            count.passed += 1;
            writeln!(out, "{}  {}", word("ok    ", "32"), name)?;
            let note = beside.or_else(|| note(&uncounted));
            if let Some(note) = note.filter(|_| case.expect.is_empty()) {
                writeln!(out, "        {note}")?;
            }
        } else {
            count.failed += 1;
            writeln!(out, "{}  {}", word("FAILED", "1;31"), name)?;
            let (text, said) = (timelines::table(&moments), timelines::summary(&moments));
            let place = format!("{path}:{line}, from {}", case.start);
            writeln!(out, "        {place}\n\n{text}\n        {said}\n")?;
            let missing = moments
                .iter()
                .filter(|moment| moment.outcome() == MomentOutcome::Missing);
            let missing = missing.filter_map(|moment| moment.expected.as_ref());
            let elsewhere = missing.clone().find_map(|fact| elsewhere(fact, &setup));
            let missing: BTreeSet<&str> = missing.map(|fact| fact.rule.as_str()).collect();
            uncounted.retain(|rule| missing.contains(rule));
            if let Some(note) = elsewhere.or_else(|| note(&uncounted)) {
                writeln!(out, "        {note}\n")?;
            }
            failure = Some((said, format!("{place}\n\n{text}")));
        }
        suite.tests.push(junit::Test {
            name: case.name.clone(),
            line,
            failure,
        });
    }
    Ok(suite)
}

/// Says that none of the rules is about any domain of a test.
fn beside(case: &Case, setup: &Setup) -> Option<String> {
    let only = case.only.as_ref();
    let is_of_test = |rule: &&Rule| only.is_none_or(|only| only.contains(&rule.name));
    let rules: Vec<&Rule> = setup.rules().iter().filter(is_of_test).collect();
    let is_judged = |domain: &DomainName| {
        let mut rules = rules.iter();
        rules.any(|rule| rule.domains.matches(domain.as_str()))
    };
    let first = case.samples.keys().next()?;
    let is_beside = !rules.is_empty() && !case.samples.keys().any(is_judged);
    let others = match case.samples.len() {
        1 => String::new(),
        all => format!(", nor about {}", counted(all - 1, "other domain")),
    };
    let of = if only.is_some() { " of `only`" } else { "" };
    is_beside.then(|| format!("no rule{of} is about `{first}`{others}, so nothing can fire"))
}

/// Says that what did not happen is of a rule that is not about the domain.
fn elsewhere(fact: &Fact, setup: &Setup) -> Option<String> {
    let domain = fact.domain.as_ref()?;
    let rule = setup.rules().iter().find(|rule| rule.name == fact.rule)?;
    let is_about = rule.domains.matches(domain.as_str());
    (!is_about).then(|| format!("`{}` is not about `{domain}` (`domains:`)", fact.rule))
}

/// Returns the rules that no sample of a test can make true: they ask how many requests there
/// were, and the test does not say.
fn uncounted<'s>(case: &Case, setup: &'s Setup) -> Vec<&'s str> {
    let mut samples = case.samples.values().flat_map(BTreeMap::values);
    // Of a minute without traffic it is known that there were none.
    if samples.any(|sample| sample.requests().is_some()) {
        return Vec::new();
    }
    let only = case.only.as_ref();
    let is_of_test = |rule: &&Rule| only.is_none_or(|only| only.contains(&rule.name));
    let nodes = &setup.program().nodes;
    let idle = setup.rules().iter().filter(is_of_test).filter(|rule| {
        let mut tiers = rule.compiled.tiers.iter();
        rule.on_unknown != OnUnknown::Fire
            && tiers.all(|tier| needs_requests(nodes, tier.condition))
    });
    idle.map(|rule| rule.name.as_str()).collect()
}

/// Says that rules cannot fire because requests are not counted.
fn note(rules: &[&str]) -> Option<String> {
    let (first, more) = rules.split_first()?;
    let others = match more {
        [] => String::new(),
        [other] => format!(" and `{other}`"),
        more => format!(" and {} other rules", more.len()),
    };
    Some(format!(
        "without `requests:` nobody knows how many there were, and `{first}`{others} cannot fire"
    ))
}

/// Whether a condition is guarded by a number of requests.
fn needs_requests(nodes: &[Node], condition: NodeId) -> bool {
    match nodes[condition.0 as usize] {
        Node::Hold { of, .. } => needs_requests(nodes, of),
        Node::Given(_, guard) => is_of_requests(nodes, guard),
        _ => false,
    }
}

fn is_of_requests(nodes: &[Node], guard: NodeId) -> bool {
    match nodes[guard.0 as usize] {
        Node::And(a, b) => is_of_requests(nodes, a) || is_of_requests(nodes, b),
        Node::Compare(_, a, b) => {
            let is_count = |id: NodeId| {
                let node = nodes[id.0 as usize];
                matches!(node, Node::Requests | Node::RequestsOf(_))
            };
            is_count(a) || is_count(b)
        }
        _ => false,
    }
}

/// Returns what there is to say of a file none of whose tests can be run.
fn refused(path: &str, why: String) -> Suite {
    Suite {
        file: path.to_owned(),
        refused: Some(why),
        tests: Vec::new(),
    }
}

/// Returns the faults that keep a file from being run, as they are printed.
fn faults(loaded: &LoadedCases) -> String {
    let mut text = human::render(&loaded.diagnostics, &loaded.files, Colour::Never);
    if let Some((faults, files)) = rules_faults(loaded) {
        text.push_str(&human::render(&faults, files, Colour::Never));
    }
    text
}

fn line_of(files: &Files, span: Span) -> usize {
    let file = files.iter().next();
    file.map_or(0, |file| position(&file.text, span.start()).line)
}

fn word(text: &str, colour: &str) -> String {
    if may_colour(&io::stdout()) {
        format!("\u{1b}[{colour}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}
