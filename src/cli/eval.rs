//! `foghorn eval`.

use std::io::{self, BufWriter, Write};

use super::{Exit, load};
use crate::config::Environment;
use crate::diag::Files;
use crate::lang::program::Type;
use crate::lang::{Compiler, Names, parse_expr};
use crate::replay::{self, Evaluated, Value};

/// Arguments of `eval`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn eval '5xx > 10% for 3m' --data samples.jsonl
  foghorn eval 'avg(gateway over 5m)' --data samples.jsonl --rules rules.yaml --format json")]
pub struct Arguments {
    /// A condition or a value of the rule language, without `until` and `on … domains`.
    #[arg(allow_hyphen_values = true)]
    expression: String,
    /// Samples as JSON lines, or saved answers of the source; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    data: String,
    /// A rules file whose `let:` names the expression may use.
    #[arg(long, value_name = "FILE")]
    rules: Option<String>,
    /// How the values are printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// How values are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// A JSON document a line.
    Json,
}

/// Prints the values.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let names = match &arguments.rules {
        None => Names::default(),
        Some(path) => match load::rules_with(path, Environment::Given(&[]))?.config {
            Some(config) => config.names,
            None => return Ok(Exit::Failed),
        },
    };
    let mut compiler = Compiler::default();
    let (expr, mut faults) = parse_expr(&arguments.expression);
    let lowered = expr.filter(|_| faults.is_empty()).and_then(|expr| {
        let lowered = compiler.expr(&expr, &names);
        lowered.map_err(|found| faults.extend(found)).ok()
    });
    let Some(root) = lowered else {
        let mut files = Files::default();
        files.add("expression", arguments.expression.as_str());
        load::report(&faults, &files)?;
        return Ok(Exit::Failed);
    };
    let program = compiler.finish();
    let Some(samples) = load::samples(&arguments.data)? else {
        return Ok(Exit::Failed);
    };
    let mut out = BufWriter::new(io::stdout().lock());
    replay::eval(&program, root, &samples, |evaluated| {
        match arguments.format {
            Format::Json => writeln!(out, "{}", replay::eval_line(&evaluated)),
            Format::Human => writeln!(out, "{}", human(&evaluated, root.1)),
        }
    })?;
    out.flush()?;
    Ok(Exit::Done)
}

fn human(evaluated: &Evaluated<'_>, of: Type) -> String {
    let unit = match of {
        Type::Proportion => "%",
        Type::Number | Type::Condition => "",
    };
    let value = match evaluated.value {
        Value::Truth(Some(truth)) => truth.to_string(),
        Value::Decimal(Some(decimal)) => format!("{decimal}{unit}"),
        Value::Truth(None) | Value::Decimal(None) => "unknown".to_owned(),
    };
    format!("{}  {}  {value}", evaluated.minute, evaluated.domain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::{DomainName, Minute};

    #[test]
    fn a_proportion_is_printed_with_its_sign_and_a_number_without() {
        let evaluated = Evaluated {
            domain: &DomainName::from("a.example.com"),
            minute: Minute::from_epoch(0).unwrap(),
            value: Value::Decimal(Some("4.5".parse().unwrap())),
        };
        let begin = "1970-01-01T00:00:00Z  a.example.com  ";
        assert_eq!(human(&evaluated, Type::Proportion), format!("{begin}4.5%"));
        assert_eq!(human(&evaluated, Type::Number), format!("{begin}4.5"));
    }
}
