//! What a rule test expects: events, pending states, and what receivers are told.

use std::collections::BTreeSet;

use crate::config::keys;
use crate::config::reader::{Fields, Listed, Reader, Text};
use crate::config::rules::BUILT_IN;
use crate::diag::{Code, Diagnostic, nearest, quoted};
use crate::dispatch::State;
use crate::engine::Rule;
use crate::replay::fact::{At, Fact, Happening, What};
use crate::unit::{DomainName, Severity, Timespan};
use crate::yaml::Node;

pub(in crate::config) const EVENTS: &[(&str, Happening)] = &[
    ("fired", Happening::Fired),
    ("severity_changed", Happening::SeverityChanged),
    ("resolved", Happening::Resolved),
];
pub(in crate::config) const STATES: &[(&str, State)] =
    &[("firing", State::Firing), ("resolved", State::Resolved)];
const SEVERITIES: &[(&str, Severity)] = &[
    ("info", Severity::Info),
    ("warning", Severity::Warning),
    ("critical", Severity::Critical),
];

/// What is known where a fact is expected.
pub(super) struct Context<'a> {
    /// The rules; `None` if they have faults.
    pub(super) rules: Option<&'a [&'a Rule]>,
    /// The receivers; `None` if the rules file has faults.
    pub(super) receivers: Option<&'a [&'a str]>,
    /// The domains of the samples; `None` if some could not be read.
    pub(super) domains: Option<&'a BTreeSet<DomainName>>,
    /// How many minutes the samples have; 0 if nobody knows.
    pub(super) minutes: usize,
    /// The rules that the test is about; `None` for all.
    pub(super) only: Option<&'a BTreeSet<String>>,
}

/// What an entry is called, and whether it may be of a built-in alert.
#[derive(Clone, Copy)]
struct Kind {
    word: &'static str,
    of_built_in: bool,
}

/// Reads an event.
pub(super) fn event(reader: &mut Reader<'_>, node: &Node, context: &Context<'_>) -> Option<Fact> {
    let kind = Kind {
        word: "the event",
        of_built_in: false,
    };
    let fields = reader.fields(node, "an expected event", keys::EVENT)?;
    let at_node = needed(reader, &fields, kind, "at", "7m");
    let rule_node = needed(reader, &fields, kind, "rule", "origin-5xx");
    let event_node = needed(reader, &fields, kind, "event", "fired");
    let at = at_node.and_then(|node| at(reader, node, context.minutes));
    let event = event_node.and_then(|node| reader.word(node, EVENTS));
    let severity = severity(reader, &fields);
    let (rule, domain) = alert(reader, &fields, rule_node?, context, kind)?;
    Some(Fact {
        at: at?,
        rule,
        domain,
        what: What::Event(event?),
        severity: severity.ok()?,
    })
}

/// Reads a pending state.
pub(super) fn pending(reader: &mut Reader<'_>, node: &Node, context: &Context<'_>) -> Option<Fact> {
    let kind = Kind {
        word: "the pending state",
        of_built_in: false,
    };
    let fields = reader.fields(node, "a pending state", keys::PENDING)?;
    let from_node = needed(reader, &fields, kind, "from", "5m");
    let rule_node = needed(reader, &fields, kind, "rule", "origin-5xx");
    let from = from_node.and_then(|node| at(reader, node, context.minutes));
    let to = match fields.get("to") {
        Some(node) => Some(pending_to(reader, node, from, context.minutes)?),
        None => None,
    };
    let name = reader.raw(rule_node?, "the name of a rule")?;
    let mut rules = context.rules.into_iter().flatten();
    if let (Some(node), true) = (
        rule_node,
        rules.any(|rule| rule.name == name && rule.is_fleet()),
    ) {
        let message = "this rule is one alert for many domains, which is never pending";
        let fault = Diagnostic::new(Code::Syntax, node.span, message);
        reader.push(fault.help("expect its events instead"));
        return None;
    }
    let (rule, domain) = alert(reader, &fields, rule_node?, context, kind)?;
    Some(Fact {
        at: from?,
        rule,
        domain,
        what: What::Pending { to },
        severity: None,
    })
}

fn pending_to(
    reader: &mut Reader<'_>,
    node: &Node,
    from: Option<u32>,
    minutes: usize,
) -> Option<u32> {
    let to = time(reader, node)?;
    if to as usize >= minutes && minutes > 0 {
        let message = format!("the last minute of the samples is at {}", last(minutes));
        let fault = Diagnostic::new(Code::Duration, node.span, message);
        reader.push(fault.help("leave `to` out: without it the alert is pending to the end"));
        return None;
    }
    if from.is_some_and(|from| to <= from) {
        let message = "the pending state ends before it begins";
        let fault = Diagnostic::new(Code::Duration, node.span, message);
        reader.push(fault.help("`to` is the minute that fires, or in which it is over"));
        return None;
    }
    Some(to)
}

/// Reads what a receiver is told.
pub(super) fn told(reader: &mut Reader<'_>, node: &Node, context: &Context<'_>) -> Option<Fact> {
    let kind = Kind {
        word: "the delivery",
        of_built_in: true,
    };
    let fields = reader.fields(node, "a delivery", keys::TOLD)?;
    let at_node = needed(reader, &fields, kind, "at", "7m");
    let receiver_node = needed(reader, &fields, kind, "receiver", "oncall");
    let rule_node = needed(reader, &fields, kind, "rule", "origin-5xx");
    let status_node = needed(reader, &fields, kind, "status", "firing");
    let receiver = receiver_node.and_then(|node| receiver(reader, node, context));
    let status = status_node.and_then(|node| reader.word(node, STATES));
    let severity = severity(reader, &fields);
    let is_built_in = rule_node
        .and_then(Node::text)
        .is_some_and(|name| BUILT_IN.contains(&name));
    // The built-in alerts go by the time of day, which runs on when the samples have ended.
    let at = at_node.and_then(|node| {
        if is_built_in {
            time(reader, node)
        } else {
            at(reader, node, context.minutes)
        }
    });
    let (rule, domain) = alert(reader, &fields, rule_node?, context, kind)?;
    Some(Fact {
        at: at?,
        rule,
        domain,
        what: What::Told {
            receiver: receiver?,
            status: status?,
        },
        severity: severity.ok()?,
    })
}

/// Reads the names of the rules that a test is about.
pub(super) fn only(
    reader: &mut Reader<'_>,
    node: &Node,
    rules: Option<&[&Rule]>,
) -> BTreeSet<String> {
    let (mut only, mut listed) = (BTreeSet::new(), Listed::default());
    for node in node.one_or_many() {
        if let Some(name) = reader.raw(node, "the name of a rule")
            && reader.is_new(&Text::of_file(node, name), &mut listed)
            && (BUILT_IN.contains(&name) || is_known(reader, node, name, rules))
        {
            only.insert(name.to_owned());
        }
    }
    only
}

fn needed<'n>(
    reader: &mut Reader<'_>,
    fields: &Fields<'n>,
    kind: Kind,
    name: &str,
    example: &str,
) -> Option<&'n Node<'n>> {
    let found = fields.get(name);
    if found.is_none() {
        let message = format!("{} has no `{name}`", kind.word);
        let fault = Diagnostic::new(Code::Syntax, fields.head(reader.source), message);
        reader.missing(fields, fault.help(format!("add `{name}: {example}`")));
    }
    found
}

/// Reads the severity, if there is one; a fault is told.
fn severity(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Result<Option<Severity>, ()> {
    match fields.get("severity") {
        Some(node) => reader.word(node, SEVERITIES).map(Some).ok_or(()),
        None => Ok(None),
    }
}

fn at(reader: &mut Reader<'_>, node: &Node, minutes: usize) -> Option<u32> {
    let at = time(reader, node)?;
    if at as usize >= minutes && minutes > 0 {
        let message = format!("the last minute of the samples is at {}", last(minutes));
        let fault = Diagnostic::new(Code::Duration, node.span, message);
        reader.push(fault.help("make a row longer, or expect it earlier"));
        return None;
    }
    Some(at)
}

/// Returns the last of so many minutes, as `at` is written.
fn last(minutes: usize) -> At {
    At(u32::try_from(minutes - 1).unwrap_or(u32::MAX))
}

fn time(reader: &mut Reader<'_>, node: &Node) -> Option<u32> {
    let text = reader.set_text(node, "a duration")?;
    let span = text.value.parse::<Timespan>().ok();
    // `0m` is the first minute, and no duration of the language.
    let zero = matches!(text.value.as_str(), "0" | "0m").then_some(0);
    let whole = span
        .filter(|span| span.seconds() % 60 == 0)
        .map(|span| span.seconds() / 60);
    let found = zero.or(whole);
    if found.is_none() {
        let message = format!("{} is no time from the start", text.shown());
        let fault = Diagnostic::new(Code::Duration, text.span, message);
        reader.push(fault.help("write it in whole minutes: 0m, 7m or 1h30m"));
    }
    found
}

fn receiver(reader: &mut Reader<'_>, node: &Node, context: &Context<'_>) -> Option<String> {
    let name = reader.raw(node, "the name of a receiver")?;
    let Some(known) = context.receivers else {
        return Some(name.to_owned());
    };
    if !known.contains(&name) {
        let message = format!("no receiver is called {}", quoted(name));
        let fault = Diagnostic::new(Code::UnknownReceiver, node.span, message);
        reader.push(fault.help(meant(name, known, "the receivers are")));
        return None;
    }
    Some(name.to_owned())
}

/// Returns the mend of an unknown name: the nearest one, or some of those that there are.
fn meant(name: &str, known: &[&str], list: &str) -> String {
    if let Some(near) = nearest(name, known.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    let some: Vec<&str> = known.iter().copied().take(20).collect();
    format!("{list} {}", some.join(", "))
}

/// Says that there is no such rule, if there is none.
fn is_known(reader: &mut Reader<'_>, node: &Node, name: &str, rules: Option<&[&Rule]>) -> bool {
    let Some(rules) = rules else { return true };
    let is_known = rules.iter().any(|rule| rule.name == name);
    if !is_known {
        let names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
        let message = format!("no rule is called {}", quoted(name));
        let fault = Diagnostic::new(Code::UnknownName, node.span, message);
        reader.push(fault.help(meant(name, &names, "the rules are")));
    }
    is_known
}

/// Reads which alert an entry is of: the rule's name and the domain.
fn alert(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    rule: &Node,
    context: &Context<'_>,
    kind: Kind,
) -> Option<(String, Option<DomainName>)> {
    let name = reader.raw(rule, "the name of a rule")?;
    if let Some(only) = context.only.filter(|only| !only.contains(name)) {
        let rules: Vec<&str> = only.iter().map(String::as_str).collect();
        let message = match rules.join(", ").as_str() {
            "" => "the test is about no rule".to_owned(),
            rules => format!("the test is only about {rules}"),
        };
        let fault = Diagnostic::new(Code::UnknownName, rule.span, message);
        reader.push(fault.help(format!("add {} to `only`", quoted(name))));
        return None;
    }
    if kind.of_built_in && BUILT_IN.contains(&name) {
        if let Some(node) = fields.get("domain") {
            let message = "this alert is built in, one for an account, so it has no domain";
            let fault = Diagnostic::new(Code::Syntax, node.span, message);
            reader.push(fault.help("leave `domain` out"));
            return None;
        }
        return Some((name.to_owned(), None));
    }
    if !is_known(reader, rule, name, context.rules) {
        return None;
    }
    let mut rules = context.rules.into_iter().flatten();
    let known = rules.find(|rule| rule.name == name).copied();
    let domain = domain_of(reader, fields, known, context, kind).ok()?;
    if let Some(rule) = known {
        beyond_rule(reader, fields, rule, domain.as_ref());
    }
    Some((name.to_owned(), domain))
}

/// Says of a severity and a domain that the rule never has them.
fn beyond_rule(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    rule: &Rule,
    domain: Option<&DomainName>,
) {
    let mut never = |node: &Node, message: String, help: String| {
        let fault = Diagnostic::new(Code::UnknownName, node.span, message).warning();
        reader.push(fault.help(help));
    };
    let name = quoted(&rule.name);
    if let Some(node) = fields.get("severity")
        && let Some(Ok(severity)) = node.text().map(str::parse)
        && rule.tier(severity).is_none()
    {
        let own = rule
            .compiled
            .tiers
            .iter()
            .map(|tier| tier.severity.as_str());
        let own: Vec<&str> = own.collect();
        let help = format!("it can be {}", own.join(", "));
        never(node, format!("{name} is never `{severity}`"), help);
    }
    let named = domain.zip(fields.get("domain"));
    if let Some((domain, node)) = named.filter(|(domain, _)| !rule.domains.matches(domain.as_str()))
    {
        let help = "what the rule is about is said by its `domains:`".to_owned();
        never(node, format!("{name} is not about `{domain}`"), help);
    }
}

/// Returns the domain of an entry, `None` for a rule of many domains; a fault is told.
fn domain_of(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    rule: Option<&Rule>,
    context: &Context<'_>,
    kind: Kind,
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
            let first = context.domains.and_then(BTreeSet::first);
            let example = first.map_or("www.example.com", DomainName::as_str);
            needed(reader, fields, kind, "domain", example);
            Err(())
        }
        (None, _) => Ok(None),
        (Some(node), false) => {
            let name = reader.raw(node, "the name of a domain").ok_or(())?;
            let domain = DomainName::from(name);
            if let Some(known) = context.domains.filter(|known| !known.contains(&domain)) {
                let names = known.iter().map(DomainName::as_str);
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
