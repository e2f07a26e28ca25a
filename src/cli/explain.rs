//! `foghorn explain`.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use super::{Exit, load};
use crate::config::{self, Alerting, Config, Environment, nearest};
use crate::daemon::Disk;
use crate::diag::{Diagnostic, Files, Level};
use crate::engine::OnUnknown;
use crate::lang::explain::{Explanation, explain, explain_value, minutes};
use crate::lang::program::{Compiled, Type};
use crate::lang::{Compiler, Names, Program, parse_expr, parse_when};
use crate::pipeline::{Settling, TimeToTell};
use crate::unit::{Minutes, Severity, Timespan};

/// How wide the text is.
const WIDTH: usize = 96;
/// How wide the words on the left are.
const INDENT: usize = 12;
/// The service's own defaults.
const SETTLING: Settling = Settling {
    settle: Timespan::from_seconds(5 * 60),
    max_lateness: Timespan::from_seconds(15 * 60),
};

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn explain '5xx > 10% given requests >= 50 for 3m'
  foghorn explain 'avg(gateway over 5m) > 2%' --rules rules.yaml
  foghorn explain rules.yaml
  foghorn explain rules.yaml origin-5xx")]
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
}

/// Prints what an expression or the rules of a file say.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let subject = arguments.subject.as_str();
    let is_file = arguments.rule.is_some()
        || [".yaml", ".yml"].iter().any(|end| subject.ends_with(end))
        || Path::new(subject).is_file();
    let text = if is_file {
        let Some(config) = read(subject)? else {
            return Ok(Exit::Failed);
        };
        of_file(&config, arguments.rule.as_deref())?
    } else {
        let config = match &arguments.rules {
            Some(path) => match read(path)? {
                Some(config) => Some(config),
                None => return Ok(Exit::Failed),
            },
            None => None,
        };
        match of_expression(subject, config.as_ref()) {
            Ok(text) => text,
            Err(faults) => {
                let mut files = Files::default();
                files.add("expression", subject);
                load::report(&faults, &files)?;
                return Ok(Exit::Failed);
            }
        }
    };
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Exit::Done)
}

/// Reads a rules file without asking for secrets; its faults are printed.
fn read(path: &str) -> anyhow::Result<Option<Config>> {
    let loaded = config::load(path, &Disk, Environment::Absent)?;
    let stops = |d: &&Diagnostic| d.level == Level::Error && d.code.stops_a_run();
    let faults: Vec<Diagnostic> = loaded.diagnostics.iter().filter(stops).cloned().collect();
    load::report(&faults, &loaded.files)?;
    Ok(loaded.config)
}

fn of_file(config: &Config, name: Option<&str>) -> anyhow::Result<String> {
    let is_meant = |alerting: &&Alerting| name.is_none_or(|name| alerting.rule.name == name);
    let rules: Vec<&Alerting> = config.rules.iter().filter(is_meant).collect();
    if let Some(name) = name.filter(|_| rules.is_empty()) {
        let names = config
            .rules
            .iter()
            .map(|alerting| alerting.rule.name.as_str());
        match nearest(name, names) {
            Some(near) => anyhow::bail!("no rule is called `{name}`; did you mean `{near}`?"),
            None => anyhow::bail!("no rule is called `{name}`"),
        }
    }
    let mut text = String::new();
    for (place, alerting) in rules.into_iter().enumerate() {
        if place > 0 {
            text.push('\n');
        }
        let rule = &alerting.rule;
        let _ = writeln!(text, "{}", rule.name);
        let context = Context {
            names: &config.names,
            program: &config.program,
            settling: settling(Some(config)),
            on_unknown: rule.on_unknown,
        };
        text.push_str(&of_rule(&rule.compiled, &context, Headed::BySeverity));
    }
    Ok(text)
}

fn of_expression(text: &str, config: Option<&Config>) -> Result<String, Vec<Diagnostic>> {
    let none = Names::default();
    let names = config.map_or(&none, |config| &config.names);
    let mut compiler = Compiler::default();
    if let Some(text) = of_value(text, names) {
        return Ok(text);
    }
    let (when, faults) = parse_when(text);
    let Some(when) = when.filter(|_| faults.is_empty()) else {
        return Err(faults);
    };
    let told =
        |faults: Vec<(usize, Diagnostic)>| faults.into_iter().map(|(_, f)| f).collect::<Vec<_>>();
    let tiers = [(Severity::Warning, when)];
    let compiled = compiler.rule(&tiers, names).map_err(told)?;
    let context = Context {
        names,
        program: &compiler.finish(),
        settling: settling(config),
        on_unknown: OnUnknown::Hold,
    };
    Ok(of_rule(&compiled, &context, Headed::ByText))
}

/// Explains an expression that is no condition; `None` if it is one, or has faults.
fn of_value(text: &str, names: &Names) -> Option<String> {
    let (expr, faults) = parse_expr(text);
    let expr = expr.filter(|_| faults.is_empty())?;
    let mut compiler = Compiler::default();
    let (node, of) = compiler.expr(&expr, names).ok()?;
    let kind = match of {
        Type::Condition => return None,
        Type::Proportion => "a proportion, in percent",
        Type::Number => "a plain number",
    };
    let explanation = explain_value(&expr, names);
    let mut text = format!("{expr}\n\n");
    line(&mut text, "is", &explanation.fires);
    definitions(&mut text, &explanation);
    line(&mut text, "type", kind);
    line(&mut text, "unknown", &explanation.unknown);
    line(&mut text, "reach", &reach(compiler.reach(node)));
    Some(text)
}

/// What is around a rule.
struct Context<'a> {
    names: &'a Names,
    program: &'a Program,
    settling: Settling,
    on_unknown: OnUnknown,
}

fn settling(config: Option<&Config>) -> Settling {
    config.map_or(SETTLING, |config| Settling {
        settle: config.settle,
        max_lateness: config.max_lateness,
    })
}

/// What stands above the explanation of a condition.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Headed {
    BySeverity,
    ByText,
}

fn of_rule(compiled: &Compiled, context: &Context<'_>, headed: Headed) -> String {
    let mut text = String::new();
    for tier in &compiled.tiers {
        let Some(when) = parse_when(&tier.text).0 else {
            continue;
        };
        let _ = match headed {
            Headed::BySeverity => write!(text, "\n  {}: {}\n\n", tier.severity, tier.text),
            Headed::ByText => write!(text, "{}\n\n", tier.text),
        };
        let explanation = explain(&when, context.names);
        line(&mut text, "fires", &explanation.fires);
        line(&mut text, "resolves", &explanation.resolves);
        definitions(&mut text, &explanation);
        line(
            &mut text,
            "unknown",
            &unknown(&explanation, context.on_unknown),
        );
        line(&mut text, "reach", &reach(compiled.reach));
        let fired = TimeToTell::fired(context.program, tier, context.settling);
        line(&mut text, "told", &told(fired, "bad"));
        let resolved = TimeToTell::resolved(context.program, tier, context.settling);
        line(&mut text, "over", &told(resolved, "good"));
    }
    text
}

fn definitions(text: &mut String, explanation: &Explanation) {
    for (place, (name, said)) in explanation.names.iter().enumerate() {
        let word = if place == 0 { "where" } else { "" };
        line(text, word, &format!("`{name}` is: {said}"));
    }
}

fn unknown(explanation: &Explanation, on_unknown: OnUnknown) -> String {
    let then = match on_unknown {
        OnUnknown::Hold => "nothing changes: what fires goes on, and nothing begins",
        OnUnknown::Clear => "it counts as not so, and what fires resolves (`on_unknown: clear`)",
        OnUnknown::Fire => "it counts as so, and fires (`on_unknown: fire`)",
    };
    match explanation.unknown.as_str() {
        "never" => "never".to_owned(),
        unknown => format!("{unknown}; then {then}"),
    }
}

fn reach(reach: u32) -> String {
    match Minutes::new(reach) {
        None => "it looks at no minute: it is the same always".to_owned(),
        Some(Minutes::ONE) => "it looks at the judged minute alone".to_owned(),
        Some(reach) => format!(
            "it looks at {}, the judged minute included, and is unknown until the history has as many",
            minutes(reach)
        ),
    }
}

/// Says how long it takes, as a sum; `kind` is what the minutes must be.
fn told(time: Option<TimeToTell>, kind: &str) -> String {
    let Some(time) = time else {
        return "never by what the source says: no minute changes it".to_owned();
    };
    let count = |minutes: u32| Timespan::from_seconds(minutes.saturating_mul(60));
    let minutes = time.minutes;
    let mut terms = vec![match minutes.hold {
        0 => format!("1m for the {kind} minute itself"),
        hold => format!("{} of {kind} minutes", count(hold.saturating_add(1))),
    }];
    if minutes.window > 0 {
        terms.push(format!("{} more for a window", count(minutes.window)));
    }
    if minutes.offset > 0 {
        terms.push(format!("{} `offset`", count(minutes.offset)));
    }
    terms.push(format!("{} settle", time.settle));
    if time.absence.seconds() > 0 {
        terms.push(format!(
            "{} more, as long as nothing may still come",
            time.absence
        ));
    }
    terms.push(format!("up to {} polling", time.polling));
    format!(
        "after {} at the earliest, from the beginning of the first {kind} minute: {}",
        between(time.least(), time.most()),
        terms.join(" + ")
    )
}

/// Says two durations: `8 to 9 minutes`.
fn between(least: Timespan, most: Timespan) -> String {
    let minutes = |span: Timespan| span.seconds() / 60;
    let is_short = |span: Timespan| span.seconds() % 60 == 0 && minutes(span) < 60;
    if is_short(least) && is_short(most) {
        format!("{} to {} minutes", minutes(least), minutes(most))
    } else {
        format!("{least} to {most}")
    }
}

/// Writes a word and what there is to say of it, wrapped.
fn line(text: &mut String, word: &str, said: &str) {
    let mut width = INDENT;
    let _ = write!(text, "  {word:<w$}", w = INDENT - 2);
    for (place, part) in said.split(' ').enumerate() {
        let length = part.chars().count();
        if place > 0 && width + 1 + length > WIDTH {
            let _ = write!(text, "\n{:INDENT$}", "");
            width = INDENT;
        } else if place > 0 {
            text.push(' ');
            width += 1;
        }
        text.push_str(part);
        width += length;
    }
    text.push('\n');
}
