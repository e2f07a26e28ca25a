//! `foghorn explain`.

mod english;
mod example;
mod happened;
mod minutes;
mod tracks;

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

pub(super) use self::happened::decimal;

use self::english::{Context, Examples, Headed, Hours, of_rule, of_value, settling};
use super::unknown::unknown;
use super::{Exit, load};
use crate::config::{self, Config, Environment, Outline, Part, RuleOutline};
use crate::daemon::Disk;
use crate::diag::{Diagnostic, Files, Level};
use crate::engine::OnUnknown;
use crate::lang::ast::When;
use crate::lang::{Names, parse_when};
use crate::lint::Routing;
use crate::replay::Dissected;
use crate::replay::table::{ROWS_MAX, Table};
use crate::unit::{DomainName, GlobList, Minute, Minutes, ParseMinuteError, Severity};

/// How wide the text is.
const WIDTH: usize = 96;

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn explain '5xx > 10% given requests >= 50 for 3m'
  foghorn explain 'avg(gateway over 5m) > 2%' --rules rules.yaml
  foghorn explain rules.yaml
  foghorn explain rules.yaml origin-5xx
  foghorn explain '5xx > 10% and 2xx > 85%' --example
  foghorn explain rules.yaml origin-5xx --at 2026-11-22T10:08:00Z --domain www.example.com
  foghorn explain '5xx > 10% for 3m' --at 2026-11-22T10:08:00Z --data samples.jsonl")]
pub struct Arguments {
    /// A condition or a value of the rule language, or a rules file.
    #[arg(value_name = "EXPR|FILE", allow_hyphen_values = true)]
    subject: String,
    /// The rule of the file; without it, every rule.
    #[arg(value_name = "RULE")]
    rule: Option<String>,
    /// A rules file whose `let:` names the expression may use.
    #[arg(long, value_name = "FILE", conflicts_with = "rule")]
    rules: Option<String>,
    /// Add a sample that makes each condition true.
    #[arg(long, conflicts_with = "at")]
    example: bool,
    /// Show the minutes up to this one instead: what each part was, and what became of it.
    #[arg(long, value_name = "TIME", value_parser = minute)]
    at: Option<Minute>,
    /// The domain whose minutes are shown.
    #[arg(long, requires = "at")]
    domain: Option<String>,
    /// The account, if several serve the domain.
    #[arg(long, requires = "at", conflicts_with = "data")]
    account: Option<String>,
    /// Samples as JSON lines, or saved answers of the source; `-` is standard input. Without it,
    /// the store of the rules file.
    #[arg(long, value_name = "FILE", requires = "at")]
    data: Option<String>,
    /// How many minutes are shown; by default the longest `for` and a few more.
    #[arg(long, value_name = "N", requires = "at",
        value_parser = clap::value_parser!(u32).range(1..=i64::from(ROWS_MAX)))]
    minutes: Option<u32>,
}

fn minute(text: &str) -> Result<Minute, ParseMinuteError> {
    text.parse()
}

/// Which minutes of what.
struct Minutely {
    at: Minute,
    domain: Option<DomainName>,
    account: Option<String>,
    data: Option<String>,
    minutes: Option<u32>,
}

impl Minutely {
    fn of(arguments: &Arguments) -> Option<Self> {
        Some(Self {
            at: arguments.at?,
            domain: arguments.domain.as_deref().map(DomainName::from),
            account: arguments.account.clone(),
            data: arguments.data.clone(),
            minutes: arguments.minutes,
        })
    }

    /// Returns how many minutes a table has: those of the longest outermost `for`, and some before.
    fn rows(&self, dissected: &Dissected) -> Minutes {
        let wholes = dissected.anatomies.iter();
        let wholes = wholes.flat_map(|a| [Some(&a.condition), a.until.as_ref()]);
        let holds = wholes.flatten().filter_map(|whole| whole.held);
        let longest = holds.map(|held| held.hold.over.get()).max().unwrap_or(1);
        let rows = self.minutes.unwrap_or((longest + 5).clamp(10, 20));
        Minutes::new(rows).unwrap_or(Minutes::ONE)
    }
}

/// Prints what an expression or the rules of a file say, or what they were at each minute.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let subject = arguments.subject.as_str();
    let is_file = arguments.rule.is_some()
        || [".yaml", ".yml"].iter().any(|end| subject.ends_with(end))
        || Path::new(subject).is_file();
    let path = if is_file {
        Some(subject)
    } else {
        arguments.rules.as_deref()
    };
    let loaded = match path {
        Some(path) => match read(path, parts(arguments))? {
            Some(loaded) => Some(loaded),
            None => return Ok(Exit::Failed),
        },
        None => None,
    };
    let asked = Minutely::of(arguments);
    let examples = if arguments.example {
        Examples::Wanted
    } else {
        Examples::Unasked
    };
    let text = match (&loaded, asked) {
        (Some(loaded), None) if is_file => {
            Some(of_file(loaded, arguments.rule.as_deref(), examples)?)
        }
        (Some(loaded), Some(asked)) if is_file => {
            minutes_of_rule(loaded, arguments.rule.as_deref(), &asked)?
        }
        (loaded, asked) => {
            match of_expression(subject, loaded.as_ref(), (asked.as_ref(), examples))? {
                Ok(text) => text,
                Err(faults) => {
                    let mut files = Files::default();
                    files.add("expression", subject);
                    load::report(&faults, &files)?;
                    None
                }
            }
        }
    };
    let Some(text) = text else {
        return Ok(Exit::Failed);
    };
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Exit::Done)
}

/// A rules file that has no fault which stops a run.
struct Sound {
    config: Config,
    outline: Outline,
}

/// Returns by which parts of the rules file it goes; of one that has only names for an expression,
/// by none.
const fn parts(arguments: &Arguments) -> &'static [Part] {
    match (&arguments.rules, arguments.at, &arguments.data) {
        (_, Some(_), None) => &[Part::Rules, Part::Store],
        (Some(_), ..) => &[],
        (None, ..) => &[Part::Rules],
    }
}

/// Reads a rules file; its faults are printed.
fn read(path: &str, parts: &'static [Part]) -> anyhow::Result<Option<Sound>> {
    let loaded = config::load(path, &Disk, Environment::Given(parts))?;
    let stops = |d: &&Diagnostic| d.level == Level::Error && d.code.stops_a_run();
    let faults: Vec<Diagnostic> = loaded.diagnostics.iter().filter(stops).cloned().collect();
    load::report(&faults, &loaded.files)?;
    let outline = loaded.outline;
    Ok(loaded.config.map(|config| Sound { config, outline }))
}

fn of_file(loaded: &Sound, name: Option<&str>, examples: Examples) -> anyhow::Result<String> {
    let mut text = String::new();
    let routing = Routing::of(&loaded.outline);
    for (place, rule) in rules(loaded, name)?.into_iter().enumerate() {
        if place > 0 {
            text.push('\n');
        }
        let _ = writeln!(text, "{}", rule.name);
        let Some(compiled) = &rule.compiled else {
            continue;
        };
        let context = Context {
            names: names(loaded, rule),
            program: &loaded.outline.program,
            settling: settling(Some(&loaded.config)),
            written: Some((&routing, rule)),
            on_unknown: rule.on_unknown,
            hours: hours(&loaded.config, &rule.name),
            examples,
        };
        let whens: Vec<&When> = rule.tiers.iter().map(|tier| &tier.when).collect();
        text.push_str(&of_rule(compiled, &whens, &context, Headed::BySeverity));
    }
    Ok(text)
}

/// Returns the rules of a file, or the one of that name.
fn rules<'a>(loaded: &'a Sound, name: Option<&str>) -> anyhow::Result<Vec<&'a RuleOutline>> {
    let all = || loaded.outline.rules.iter();
    let found: Vec<_> = all()
        .filter(|rule| name.is_none_or(|name| rule.name == name))
        .collect();
    if let Some(name) = name.filter(|_| found.is_empty()) {
        let names = all().map(|rule| rule.name.as_str());
        return Err(unknown("rule", name, names));
    }
    Ok(found)
}

/// Returns the names that a rule may use: the main file's, and its own file's.
fn names<'a>(loaded: &'a Sound, rule: &RuleOutline) -> &'a Names {
    let scope = loaded.outline.scopes.get(rule.scope);
    scope.map_or(&loaded.config.names, |scope| &scope.names)
}

fn hours(config: &Config, rule: &str) -> Hours {
    let mut rules = config.rules.iter();
    let found = rules.find(|alerting| alerting.rule.name == rule);
    match found.and_then(|alerting| alerting.active_hours.as_ref()) {
        Some(_) => Hours::Active,
        None => Hours::Always,
    }
}

/// Returns the table of a rule of a file; `None` if the samples have faults, which are printed.
fn minutes_of_rule(
    loaded: &Sound,
    name: Option<&str>,
    asked: &Minutely,
) -> anyhow::Result<Option<String>> {
    let dissected = dissect(loaded, name)?;
    let table = tracks::asked_table(&dissected, Some(&loaded.config), asked)?;
    Ok(table.map(|table| text_of(&table, &dissected)))
}

/// Returns the parts of one rule of a file.
fn dissect(loaded: &Sound, name: Option<&str>) -> anyhow::Result<Dissected> {
    let found = rules(loaded, name)?;
    let [rule] = found.as_slice() else {
        anyhow::bail!("`--at` shows one rule: name it after the file");
    };
    let tiers: Vec<(Severity, When)> = rule
        .tiers
        .iter()
        .map(|tier| (tier.severity, tier.when.clone()))
        .collect();
    let conditions = (tiers.as_slice(), names(loaded, rule));
    let dissected = Dissected::new(
        &rule.name,
        rule.domains.list.clone(),
        rule.on_unknown,
        conditions,
    );
    let Ok(dissected) = dissected else {
        anyhow::bail!("`{}` has faults: `foghorn lint` tells them", rule.name);
    };
    Ok(dissected)
}

/// Returns the minutes of a rule on a domain up to `at`, from the store, with the parts of the rule.
pub(super) fn minutes_of_store(
    path: &str,
    store: &str,
    (rule, account, domain): (&str, &str, &str),
    at: Minute,
) -> anyhow::Result<Option<(Table, Dissected)>> {
    let Some(mut loaded) = read(path, &[])? else {
        return Ok(None);
    };
    store.clone_into(&mut loaded.config.store);
    let asked = Minutely {
        at,
        domain: Some(DomainName::from(domain)),
        account: Some(account.to_owned()),
        data: None,
        minutes: None,
    };
    let dissected = dissect(&loaded, Some(rule))?;
    let table = tracks::asked_table(&dissected, Some(&loaded.config), &asked)?;
    Ok(table.map(|table| (table, dissected)))
}

/// Returns the table as people read it.
pub(super) fn text_of(table: &Table, dissected: &Dissected) -> String {
    minutes::text(table, dissected, Headed::BySeverity)
}

/// Explains an expression, or shows its minutes; `None` if the samples have faults, which are
/// printed.
fn of_expression(
    text: &str,
    loaded: Option<&Sound>,
    (asked, examples): (Option<&Minutely>, Examples),
) -> anyhow::Result<Result<Option<String>, Vec<Diagnostic>>> {
    let (none, config) = (Names::default(), loaded.map(|loaded| &loaded.config));
    let names = config.map_or(&none, |config| &config.names);
    if let Some(said) = of_value(text, names) {
        if examples == Examples::Wanted {
            anyhow::bail!("`--example` is for conditions, and this is a value");
        }
        if asked.is_some() {
            anyhow::bail!("`--at` shows conditions; `foghorn eval` prints the values of this one");
        }
        return Ok(Ok(Some(said)));
    }
    let (when, faults) = parse_when(text);
    let Some(when) = when.filter(|_| faults.is_empty()) else {
        return Ok(Err(faults));
    };
    let tiers = [(Severity::Warning, when)];
    let conditions = (tiers.as_slice(), names);
    let dissected = Dissected::new(
        "the condition",
        GlobList::all(),
        OnUnknown::Hold,
        conditions,
    );
    let dissected = match dissected {
        Ok(dissected) => dissected,
        Err(faults) => return Ok(Err(faults)),
    };
    if let Some(asked) = asked {
        let table = tracks::asked_table(&dissected, config, asked)?;
        return Ok(Ok(
            table.map(|table| minutes::text(&table, &dissected, Headed::ByText))
        ));
    }
    let context = Context {
        names,
        program: &dissected.program,
        settling: settling(config),
        written: None,
        on_unknown: OnUnknown::Hold,
        hours: Hours::Always,
        examples,
    };
    let [(_, when)] = &tiers;
    let compiled = &dissected.rule.compiled;
    Ok(Ok(Some(of_rule(
        compiled,
        &[when],
        &context,
        Headed::ByText,
    ))))
}
