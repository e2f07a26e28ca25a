//! Files of rule tests: samples in the mini-language of rows, and what rules must make of them.

mod facts;
mod order;
mod samples;

use std::collections::{BTreeMap, BTreeSet};

use memchr::memmem;

use self::facts::Context;
use super::load::reader;
use super::reader::{Fields, Reader};
use super::vocabulary::OF_CASES;
use super::{Config, Environment, Loaded, Surroundings, Unreadable, load};
use crate::config::keys;
use crate::diag::{Code, Diagnostic, Files, Span, quoted};
use crate::engine::Rule;
use crate::replay::case::Case;
use crate::replay::fact::Fact;
use crate::unit::{DomainName, Minute, Minutes};
use crate::yaml::{self, Kind, Node, head};

pub(super) use facts::{EVENTS, STATES};

/// How many tests a file may have.
const TESTS_MAX: usize = 1_000;
/// How many minutes of samples the domains of a file may have in all: hours of typing, seconds of
/// work.
const MINUTES_MAX: usize = 2_000_000;
/// Where tests begin that do not say it.
const START: i64 = 29_453_760;

/// Whether a text is a file of rule tests: it has `tests:` among its outermost keys, and no rules of
/// its own; or `test:`, which was meant so where `rules:` names a file.
pub fn may_be_cases(text: &str) -> bool {
    let has_rules = || values(text, "rules").any(|(value, below)| is_list(value, below));
    let has = |key| values(text, key).next().is_some();
    (has("tests") || has("test") && has("rules")) && !has_rules()
}

/// Returns what stands behind an outermost key on its line, and below that line.
fn values<'t>(text: &'t str, key: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
    let finder = memmem::Finder::new(key.as_bytes()).into_owned();
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let at = from + finder.find(&text.as_bytes()[from..])?;
            from = at + key.len();
            let is_outermost = at == 0 || text.as_bytes()[at - 1] == b'\n';
            let rest = text[from..].trim_start_matches([' ', '\t']);
            if let Some(value) = rest.strip_prefix(':').filter(|_| is_outermost) {
                return Some(value.split_once('\n').unwrap_or((value, "")));
            }
        }
    })
}

/// Whether what stands behind a key, or below it, is a list.
fn is_list(value: &str, below: &str) -> bool {
    let is_written = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let first = std::iter::once(value).chain(below.lines());
    let first = first.map(str::trim_start).find(is_written);
    first.is_some_and(|first| first.starts_with(['[', '-']))
}

/// What came of a file of rule tests.
#[derive(Debug)]
pub struct LoadedCases {
    /// The tests, each with its place, unless the file has an error.
    pub cases: Option<Vec<(Case, Span)>>,
    /// The rules file that it names; `None` if it names none that can be read.
    pub rules: Option<Loaded>,
    /// The faults of the test file.
    pub diagnostics: Vec<Diagnostic>,
    /// The test file.
    pub files: Files,
}

/// Loads a file of rule tests, and the rules file that it names.
///
/// # Errors
///
/// [`Unreadable`], if the file itself cannot be had; every other fault is a diagnostic.
pub fn load_cases(
    path: &str,
    surroundings: &dyn Surroundings,
    environment: Environment,
) -> Result<LoadedCases, Unreadable> {
    let unreadable = |reason: String| Unreadable::new(path, reason);
    let text = surroundings.file(path).map_err(unreadable)?;
    let mut files = Files::default();
    let id = files.add(path, text.as_str());
    let read = yaml::salvage(&text, &OF_CASES);
    let mut reader = reader(id, path, &text, surroundings, environment);
    reader.take_read(read.faults, read.names);
    let (mut cases, mut rules) = (Vec::new(), None);
    if let Some(node) = read.root.filter(|node| !node.is_null()) {
        if let Some(key) = rules_key(&node) {
            let message = "this is a rules file, and a file of rule tests is wanted here";
            let fault = Diagnostic::new(Code::Syntax, key.span, message);
            let name = path.rsplit('/').next().unwrap_or(path);
            let help =
                format!("tests stand in a file of their own, with `rules: {name}` and `tests:`");
            reader.push(fault.help(help));
        } else if let Some(fields) = reader.fields(&node, "a test file", keys::CASES) {
            rules = rules_file(&mut reader, &fields);
            cases = tests(&mut reader, &fields, rules.as_ref());
        }
    } else if reader.faults.is_empty() {
        let fault = Diagnostic::new(Code::Syntax, Span::default(), "the file is empty");
        reader.push(fault.help("a test file has `rules: rules.yaml` and `tests:`"));
    }
    let mut diagnostics = reader.faults;
    crate::diag::sort(&mut diagnostics);
    diagnostics.dedup();
    let is_sound = crate::diag::is_clean(&diagnostics) && rules.is_some();
    Ok(LoadedCases {
        cases: is_sound.then_some(cases),
        rules,
        diagnostics,
        files,
    })
}

/// Returns the key that shows that a file has rules, and no tests of them.
fn rules_key<'n>(node: &'n Node<'n>) -> Option<&'n Node<'n>> {
    let Kind::Map(pairs) = &node.kind else {
        return None;
    };
    let has_tests = pairs.iter().any(|(key, _)| key.text() == Some("tests"));
    let is_list = |value: &Node| matches!(value.kind, Kind::List(_));
    let mut rules = pairs
        .iter()
        .filter(|(key, value)| key.text() == Some("rules") && is_list(value));
    rules.next().filter(|_| !has_tests).map(|(key, _)| key)
}

fn rules_file(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<Loaded> {
    let Some(node) = fields.get("rules") else {
        if !fields.is_foreign {
            let message = "the file does not say which rules it tests";
            let fault = Diagnostic::new(Code::Syntax, fields.head(reader.source), message);
            reader.missing(fields, fault.help("add `rules: rules.yaml`"));
        }
        return None;
    };
    let text = reader.set_text(node, "the path of a rules file")?;
    let path = reader.beside(&text.value);
    match load(&path, reader.surroundings, reader.environment) {
        Ok(loaded) => Some(loaded),
        Err(unreadable) => {
            let message = format!("{} cannot be read: {}", text.shown(), unreadable.reason);
            let fault = Diagnostic::new(Code::UnknownName, text.span, message);
            reader.push(fault.help("paths begin in the folder of this file"));
            None
        }
    }
}

fn tests(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    rules: Option<&Loaded>,
) -> Vec<(Case, Span)> {
    let Some(node) = fields.get("tests") else {
        let message = "the file has no `tests:`";
        let fault = Diagnostic::new(Code::Syntax, fields.head(reader.source), message);
        reader.missing(
            fields,
            fault.help("add `tests: [{name: …, samples: …, expect: …}]`"),
        );
        return Vec::new();
    };
    let known = rules.and_then(|loaded| loaded.config.as_ref());
    let known = known.map(Known::of);
    let mut names: BTreeMap<String, Span> = BTreeMap::new();
    let mut cases = Vec::new();
    let mut minutes = 0;
    for item in reader.items(node, "a list of tests") {
        if cases.len() >= TESTS_MAX || minutes > MINUTES_MAX {
            let message = format!(
                "a file has at most {TESTS_MAX} tests, and {MINUTES_MAX} minutes of samples"
            );
            reader.fault(Code::Limit, head(reader.source, item.span), message);
            break;
        }
        if let Some(case) = test(reader, item, known.as_ref(), &mut names) {
            minutes += length(&case.0);
            cases.push(case);
        }
    }
    cases
}

/// Returns how many minutes the domains of a test have in all.
fn length(case: &Case) -> usize {
    let minutes = case.last.epoch() - case.start.epoch() + 1;
    usize::try_from(minutes).unwrap_or(0) * case.samples.len()
}

/// What a test may name of a sound rules file.
struct Known<'a> {
    rules: Vec<&'a Rule>,
    receivers: Vec<&'a str>,
}

impl<'a> Known<'a> {
    fn of(config: &'a Config) -> Self {
        let receivers = config.notify.receivers.keys();
        Self {
            rules: config.rules.iter().map(|alerting| &alerting.rule).collect(),
            receivers: receivers.map(|name| name.0.as_str()).collect(),
        }
    }
}

fn test(
    reader: &mut Reader<'_>,
    node: &Node,
    known: Option<&Known<'_>>,
    names: &mut BTreeMap<String, Span>,
) -> Option<(Case, Span)> {
    let fields = reader.fields(node, "a test", keys::CASE)?;
    let (name, place) = name(reader, &fields, names)?;
    let start = match fields.get("start") {
        Some(node) => samples::start(reader, node),
        None => None,
    };
    let start = start.or(Minute::from_epoch(START))?;
    let requests = fields.get("requests");
    let requests = requests.map(|node| samples::requests(reader, node));
    let requests = requests.unwrap_or_default();
    let samples = fields.get("samples");
    if samples.is_none() && !fields.is_foreign {
        let fault = Diagnostic::new(Code::Syntax, place, "the test has no samples");
        let help = "add `samples: {www.example.com: {\"502\": \"0x5 12 15 20x3\"}}`";
        reader.missing(&fields, fault.help(help));
    }
    let read = samples.map(|node| samples::domains(reader, node, start, &requests));
    // What could not be read may be what an event is about.
    let whole = read
        .as_ref()
        .filter(|_| samples.is_some_and(Node::is_whole));
    let domains: Option<BTreeSet<DomainName>> =
        whole.map(|read| read.samples.keys().cloned().collect());
    let rules = known.map(|known| known.rules.as_slice());
    let named = fields.get("only").filter(|node| node.is_whole());
    let only = named.map(|node| facts::only(reader, node, rules));
    // What is not called so is perhaps what an event is about.
    let is_asked = |only: &&BTreeSet<String>| {
        !only.is_empty() || named.is_some_and(|node| node.one_or_many().is_empty())
    };
    let context = Context {
        rules,
        receivers: known.map(|known| known.receivers.as_slice()),
        domains: domains.as_ref(),
        minutes: whole.map_or(0, samples::SamplesRead::known_minutes),
        only: only.as_ref().filter(is_asked),
    };
    let (expect, pending, delivered) = facts(reader, &fields, place, &context)?;
    let read = read?;
    let more = u32::try_from(read.minutes)
        .ok()
        .and_then(|minutes| Minutes::new(minutes.saturating_sub(1)));
    let case = Case {
        name,
        start,
        last: more.map_or(start, |more| start + more),
        samples: read.samples,
        only,
        expect,
        pending,
        delivered,
    };
    Some((case, place))
}

/// Events, pending states if they are asked for, and deliveries if they are.
type Facts = (Vec<Fact>, Option<Vec<Fact>>, Option<Vec<Fact>>);

fn facts(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    place: Span,
    context: &Context<'_>,
) -> Option<Facts> {
    let Some((_, expect)) = fields.pair("expect") else {
        let message = "the test does not say what must happen";
        let fault = Diagnostic::new(Code::Syntax, place, message);
        reader.missing(fields, fault.help(
            "add `expect: [{at: 7m, rule: origin-5xx, domain: www.example.com, event: fired}]`, or `expect: []` for nothing",
        ));
        return None;
    };
    let items = reader.items(expect, "a list of events");
    let read = items.iter().map(|node| {
        let event = facts::event(reader, node, context)?;
        Some((event, head(reader.source, node.span)))
    });
    let events: Vec<Option<(Fact, Span)>> = read.collect();
    // What could not be read may be what is missing.
    if expect.is_whole() && events.iter().all(Option::is_some) {
        let events: Vec<(Fact, Span)> = events.iter().flatten().cloned().collect();
        for fault in order::contradictions(&events) {
            reader.push(fault);
        }
    }
    let events = events.into_iter().flatten().map(|(event, _)| event);
    let events = events.collect();
    let pending = fields.pair("pending").map(|(_, node)| {
        let items = reader.items(node, "a list of pending states").iter();
        items
            .filter_map(|node| facts::pending(reader, node, context))
            .collect()
    });
    let delivered = fields.pair("delivered").map(|(_, node)| {
        let items = reader.items(node, "a list of deliveries").iter();
        items
            .filter_map(|node| facts::told(reader, node, context))
            .collect()
    });
    Some((events, pending, delivered))
}

fn name(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    names: &mut BTreeMap<String, Span>,
) -> Option<(String, Span)> {
    let Some(node) = fields.get("name") else {
        let place = fields.head(reader.source);
        let fault = Diagnostic::new(Code::Syntax, place, "the test has no name");
        let help = "add `name: a burst of 502 pages on-call after three minutes`";
        reader.missing(fields, fault.help(help));
        return None;
    };
    let name = reader.raw(node, "a name")?.trim().to_owned();
    if let Some(first) = names.get(&name) {
        let message = format!("two tests are called {}", quoted(&name));
        let fault = Diagnostic::new(Code::DuplicateName, node.span, message);
        reader.push(
            fault
                .also(*first, "the first is here")
                .help("choose another name"),
        );
    }
    names.insert(name.clone(), node.span);
    Some((name, head(reader.source, node.span)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_rules_of_its_own_is_no_file_of_tests() {
        for tests in [
            "tests:\n  - name: a\n",
            "rules: rules.yaml\ntests: []\n",
            "tests : []\nrules: rules.yaml\n",
            "rules: rules.yaml\ntest:\n  - name: a\n",
            "rules:\ntests: []\n",
        ] {
            assert!(may_be_cases(tests), "{tests}");
        }
        for rules in [
            "rules:\n  - name: tests\n",
            "rules:\n\n  # Of the origin.\n  - name: a\ntests: []\n",
            "rules: [{name: a, when: 5xx > 1%}]\ntests:\n  - name: a\n",
            "tests: []\nrules:\n- name: a\n",
            "let:\n  tests: 5xx\n",
        ] {
            assert!(!may_be_cases(rules), "{rules}");
        }
    }
}
