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
use crate::lang::soonest::soonest;
use crate::lang::{Compiler, Names, Program, parse_expr, parse_when};
use crate::unit::{Minutes, Severity, Timespan};

/// How wide the text is.
const WIDTH: usize = 96;
/// How wide the words on the left are.
const INDENT: usize = 12;
/// The service's own default.
const SETTLE: Timespan = Timespan::from_seconds(300);

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
            settle: config.settle,
            max_lateness: config.max_lateness,
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
        settle: config.map_or(SETTLE, |config| config.settle),
        max_lateness: config.map_or(Timespan::from_seconds(900), |config| config.max_lateness),
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
    settle: Timespan,
    max_lateness: Timespan,
    on_unknown: OnUnknown,
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
        let soonest = soonest(context.program, tier.condition);
        line(&mut text, "told", &told(soonest.minutes, context));
        if soonest.waits_for_absence {
            line(&mut text, "", &absence(context));
        }
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

fn told(soonest: Option<u32>, context: &Context<'_>) -> String {
    let Some(bad) = soonest.and_then(Minutes::new) else {
        return "never by what the source says: no minute changes it".to_owned();
    };
    let seconds = bad
        .get()
        .saturating_mul(60)
        .saturating_add(context.settle.seconds());
    let bad_text = match bad {
        Minutes::ONE => "1m for the bad minute itself, if it is bad enough".to_owned(),
        bad => format!("{bad} until enough minutes are bad"),
    };
    format!(
        "{} after the first bad minute begins, at the earliest: {bad_text}, and {} until its last one has settled",
        Timespan::from_seconds(seconds),
        context.settle
    )
}

fn absence(context: &Context<'_>) -> String {
    format!(
        "a minute for which nothing comes settles later: after {} once another domain of the account has a later one, else after {}",
        Timespan::from_seconds(context.settle.seconds().saturating_add(180)),
        context.max_lateness
    )
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
