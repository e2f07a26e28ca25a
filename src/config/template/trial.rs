//! Templates tried on made-up alerts, with values as the service will have them.

use std::collections::BTreeMap;

use minijinja::{Error, Template, Value};

use crate::dispatch::summary::FUEL;
use crate::lang::program::{Compiled, Tier, Type};

/// What a label may hold: a word, or a number. Whoever calculates with one knows which it is.
const LABELS: [&str; 2] = ["web", "1"];

/// What `value` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::config) enum Shown {
    /// What is compared first, of one domain.
    Compared(Type),
    /// How many domains fire, of an alert over many.
    Domains,
}

/// Renders a template for each severity of a rule, and returns how much fuel that took.
///
/// # Errors
///
/// The first error that an alert will have, whatever its labels hold.
pub(super) fn render(
    template: &Template<'_, '_>,
    compiled: &Compiled,
    labels: &[String],
) -> Result<u64, Error> {
    let mut kinds: Vec<Type> = compiled.tiers.iter().map(kind).collect();
    kinds.dedup();
    let mut spent = 0;
    for kind in kinds {
        spent += of_kind(template, compiled, (kind, labels))?;
    }
    Ok(spent)
}

/// Returns what `value` shows, if it is of one type for every severity.
pub(super) fn shown(compiled: &Compiled) -> Option<Shown> {
    let mut all = compiled.tiers.iter().map(|tier| match tier.fleet {
        Some(_) => Shown::Domains,
        None => Shown::Compared(kind(tier)),
    });
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

fn of_kind(
    template: &Template<'_, '_>,
    compiled: &Compiled,
    (kind, labels): (Type, &[String]),
) -> Result<u64, Error> {
    let [word, number] = LABELS;
    let done = match template.render_captured(context(compiled, kind, (labels, word))) {
        Err(_) if !labels.is_empty() => {
            template.render_captured(context(compiled, kind, (labels, number)))
        }
        first => first,
    };
    let levels = done?.state().fuel_levels();
    Ok(levels.map_or(FUEL, |(spent, _)| spent))
}

/// Returns the type of what `value` shows: of a rule over many domains how many fire.
fn kind(tier: &Tier) -> Type {
    match (&tier.fleet, tier.parts.first()) {
        (Some(_), _) => Type::Number,
        (None, Some(part)) => part.of,
        (None, None) => Type::Condition,
    }
}

/// Returns how the service writes a value.
fn written(kind: Type) -> Value {
    Value::from(match kind {
        Type::Proportion => "34.2%",
        Type::Number => "34.2",
        Type::Condition => "unknown",
    })
}

fn context(compiled: &Compiled, kind: Type, (names, label): (&[String], &str)) -> Value {
    let parts = compiled.tiers.iter().flat_map(|tier| &tier.parts);
    let values: BTreeMap<String, Value> = parts
        .map(|part| (part.text.clone(), written(part.of)))
        .collect();
    let names = names.iter();
    let labels: BTreeMap<String, Value> = names
        .map(|name| (name.clone(), Value::from(label)))
        .collect();
    let is_fleet = compiled.tiers.iter().any(|tier| tier.fleet.is_some());
    let domain = if is_fleet { "" } else { "www.example.com" };
    Value::from(BTreeMap::from([
        ("rule", Value::from("origin-5xx")),
        ("severity", Value::from("critical")),
        ("state", Value::from("firing")),
        ("reason", Value::from("first")),
        ("account", Value::from("main")),
        ("domain", Value::from(domain)),
        ("domains", Value::from(vec!["www.example.com"])),
        ("labels", Value::from(labels)),
        ("value", written(kind)),
        ("values", Value::from(values)),
        ("since", Value::from("2026-11-22T10:00:00Z")),
        ("until", Value::from("2026-11-22T10:12:00Z")),
        ("duration", Value::from("12m")),
        ("peak", written(kind)),
        ("runbook_url", Value::from("https://wiki.example.com/x")),
        ("url", Value::from("https://foghorn.example.com/x")),
        ("ack_url", Value::from("https://foghorn.example.com/x")),
        ("silence_url", Value::from("https://foghorn.example.com/x")),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::summary::VARIABLES;
    use crate::lang::{Compiler, Names, parse_when};
    use crate::unit::Severity;

    #[test]
    fn every_variable_is_tried() {
        let (when, _) = parse_when("5xx > 10%");
        let whens = [(Severity::Warning, &when.unwrap())];
        let compiled = Compiler::default().rule(&whens, &Names::default()).unwrap();
        let context = context(&compiled, Type::Proportion, (&[], "web"));
        for name in VARIABLES {
            assert!(!context.get_attr(name).unwrap().is_undefined(), "{name}");
        }
    }
}
