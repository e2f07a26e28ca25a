//! What a rule test expects to happen.

use std::collections::BTreeSet;

use super::case_samples::minutes_text;
use super::near::nearest;
use super::read::{Fields, Reader};
use super::tree::Node;
use super::yaml_faults::quoted;
use crate::diag::{Code, Diagnostic};
use crate::engine::Rule;
use crate::replay::case::{Expected, Happening};
use crate::unit::{DomainName, Severity, Timespan};

const EXPECT_KEYS: &[&str] = &["at", "rule", "domain", "event", "severity"];
pub(super) const EVENTS: &[(&str, Happening)] = &[
    ("fired", Happening::Fired),
    ("severity_changed", Happening::SeverityChanged),
    ("resolved", Happening::Resolved),
];
const SEVERITIES: &[(&str, Severity)] = &[
    ("info", Severity::Info),
    ("warning", Severity::Warning),
    ("critical", Severity::Critical),
];

/// What an expected event is held against.
pub(super) struct Context<'a> {
    /// The rules; `None` if they have faults.
    pub(super) rules: Option<&'a [&'a Rule]>,
    pub(super) domains: &'a BTreeSet<DomainName>,
    pub(super) minutes: usize,
}

pub(super) fn expected(
    reader: &mut Reader<'_>,
    node: &Node,
    context: &Context<'_>,
) -> Option<Expected> {
    let fields = reader.fields(node, "an expected event", EXPECT_KEYS)?;
    let head = fields.head(reader.source);
    let mut needed = |name: &str, example: &str| {
        let found = fields.get(name);
        if found.is_none() {
            let fault = Diagnostic::new(Code::Syntax, head, format!("the event has no `{name}`"));
            reader.push(fault.help(format!("add `{name}: {example}`")));
        }
        found
    };
    let at_node = needed("at", "7m");
    let rule_node = needed("rule", "origin-5xx");
    let event_node = needed("event", "fired");
    let at = at_node.and_then(|node| at(reader, node, context.minutes));
    let event = event_node.and_then(|node| reader.word(node, EVENTS));
    let severity = fields
        .get("severity")
        .map(|node| reader.word(node, SEVERITIES));
    let (name, rule) = rule_of(reader, rule_node?, context)?;
    let domain = domain_of(reader, &fields, rule, context).ok()?;
    Some(Expected {
        at: at?,
        rule: name,
        domain,
        event: event?,
        severity: match severity {
            Some(read) => Some(read?),
            None => None,
        },
    })
}

fn at(reader: &mut Reader<'_>, node: &Node, minutes: usize) -> Option<u32> {
    let text = reader.set_text(node, "a duration")?;
    let span = text.value.parse::<Timespan>().ok();
    // `0m` is the first minute, and no duration of the language.
    let zero = matches!(text.value.as_str(), "0" | "0m").then_some(0);
    let whole = span
        .filter(|span| span.seconds() % 60 == 0)
        .map(|span| span.seconds() / 60);
    let Some(at) = zero.or(whole) else {
        let message = format!("{} is no time from the start", text.shown());
        let fault = Diagnostic::new(Code::Duration, text.span, message);
        reader.push(fault.help("write it in whole minutes: 0m, 7m or 1h30m"));
        return None;
    };
    if at as usize >= minutes && minutes > 0 {
        let last = minutes_text(minutes - 1);
        let message = format!("the last minute of the samples is at {last}");
        let fault = Diagnostic::new(Code::Duration, text.span, message);
        reader.push(fault.help("make a row longer, or expect the event earlier"));
        return None;
    }
    Some(at)
}

fn rule_of<'r>(
    reader: &mut Reader<'_>,
    node: &Node,
    context: &Context<'r>,
) -> Option<(String, Option<&'r Rule>)> {
    let name = reader.raw(node, "the name of a rule")?;
    let Some(rules) = context.rules else {
        return Some((name.to_owned(), None));
    };
    let found = rules.iter().find(|rule| rule.name == name);
    if found.is_none() {
        let names = rules.iter().map(|rule| rule.name.as_str());
        let message = format!("no rule is called {}", quoted(name));
        let fault = Diagnostic::new(Code::UnknownName, node.span, message);
        reader.push(match nearest(name, names.clone()) {
            Some(near) => fault.help(format!("did you mean `{near}`?")),
            None => fault.help(format!(
                "the rules are {}",
                names.take(20).collect::<Vec<_>>().join(", ")
            )),
        });
    }
    Some((name.to_owned(), Some(*found?)))
}

/// Returns the domain of an event, `None` for a rule of many domains; a fault is told.
fn domain_of(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    rule: Option<&Rule>,
    context: &Context<'_>,
) -> Result<Option<DomainName>, ()> {
    let node = fields.get("domain");
    match (node, rule.is_some_and(Rule::is_fleet)) {
        (Some(node), true) => {
            let message = "this rule is one alert for many domains, so its events have no domain";
            let fault = Diagnostic::new(Code::Syntax, node.span, message);
            reader.push(fault.help("leave `domain` out"));
            Err(())
        }
        (None, false) if rule.is_some() => {
            let place = fields.head(reader.source);
            let fault = Diagnostic::new(Code::Syntax, place, "the event has no `domain`");
            let first = context.domains.first();
            let example = first.map_or("www.example.com", DomainName::as_str);
            reader.push(fault.help(format!("add `domain: {example}`")));
            Err(())
        }
        (None, _) => Ok(None),
        (Some(node), false) => {
            let name = reader.raw(node, "the name of a domain").ok_or(())?;
            let domain = DomainName::from(name);
            if !context.domains.contains(&domain) {
                let names = context.domains.iter().map(DomainName::as_str);
                let message = format!("the test has no samples of {}", quoted(name));
                let fault = Diagnostic::new(Code::UnknownName, node.span, message);
                reader.push(match nearest(name, names) {
                    Some(near) => fault.help(format!("did you mean `{near}`?")),
                    None => fault.help("add rows for it to `samples`"),
                });
                return Err(());
            }
            Ok(Some(domain))
        }
    }
}
