//! `rules:` and `let:`, of the main file and of further files: what is judged.

mod conditions;
mod further;
mod lets;
mod name;
mod tiers;
mod torn;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::lets::Scope;
use self::name::{name, named_by_key};
use self::tiers::{Lowered, TierRead, compile, outlined, severities, tiers};
use super::outline::{GlobsOutline, Place, RuleOutline};
use super::reader::{Fields, Reader};
use super::secret::{Part, within};
use super::{Alerting, keys, template};
use crate::diag::{Code, Diagnostic, Span};
use crate::dispatch::Calendar;
use crate::engine::{OnUnknown, Rule};
use crate::lang::{Compiler, Names};
use crate::unit::{Minutes, Severity};
use crate::yaml::Node;

pub(super) use further::all_rules;
pub(super) use lets::is_name;
pub(super) use name::is_rule_name;

/// The alerts that the service raises by itself.
pub const BUILT_IN: [&str; 3] = ["source-late", "source-failing", "rule-blind"];

/// How many rules a file and its further files may have.
const RULES_MAX: usize = 10_000;

/// How long the name of a rule may be.
pub(super) const NAME_BYTES_MAX: usize = 128;

pub(super) const SEVERITIES: &[(&str, Severity)] = &[
    ("info", Severity::Info),
    ("warning", Severity::Warning),
    ("critical", Severity::Critical),
];
pub(super) const ON_UNKNOWN: &[(&str, OnUnknown)] = &[
    ("hold", OnUnknown::Hold),
    ("clear", OnUnknown::Clear),
    ("fire", OnUnknown::Fire),
];

/// What the rules of all files come to.
pub(super) struct Rules<'a> {
    /// The main file's `let:` names.
    pub(super) main_names: Names,
    pub(super) compiler: Compiler,
    pub(super) sound: Vec<Alerting>,
    /// How long samples are kept: no rule may look back farther.
    pub(super) history: Minutes,
    /// The labels that domains may have, for templates.
    pub(super) domain_labels: &'a BTreeSet<String>,
    /// The names so far, each with its place.
    pub(super) names: BTreeMap<String, Place>,
}

/// How many rules are read together, in passes: what is done to many in a row stays at hand for the
/// processor, and so does what is known of a few.
const TOGETHER: usize = 64;

/// Reads the rules of one file.
fn read(reader: &mut Reader<'_>, nodes: &[Node], scope: &Scope, rules: &mut Rules<'_>) {
    let room = RULES_MAX.saturating_sub(reader.outline.rules.len());
    if let Some(node) = nodes.get(room) {
        let message = format!("there are more than {RULES_MAX} rules");
        reader.fault(Code::Limit, node.span, message);
    }
    let nodes = &nodes[..nodes.len().min(room)];
    reader.outline.rules.reserve(nodes.len());
    rules.sound.reserve(nodes.len());
    rules.compiler.reserve(nodes.len());
    let torn = torn::torn(nodes);
    for (at, rule) in &torn {
        let fault = torn::fault(reader.source, &nodes[*rule], &nodes[*at]);
        reader.push(fault);
    }
    let torn: Vec<usize> = torn.into_iter().map(|(at, _)| at).collect();
    for (at, nodes) in (0..).step_by(TOGETHER).zip(nodes.chunks(TOGETHER)) {
        let mut read = all_but_conditions(reader, (at, nodes), &torn, &mut rules.names);
        for rule in &mut read {
            rule.tiers = tiers(reader, &rule.fields);
        }
        for rule in read {
            take(reader, rule, scope, rules);
        }
    }
}

/// What the keys of a rule say.
struct RuleRead<'n> {
    whole: Span,
    fields: Fields<'n>,
    name: Option<(String, Span)>,
    domains: GlobsOutline,
    labels: Arc<BTreeMap<String, String>>,
    /// Whether all labels could be read.
    has_labels: bool,
    on_unknown: OnUnknown,
    runbook_url: Option<String>,
    active_hours: Option<Calendar>,
    /// The conditions, once they are read; `None` if there are none.
    tiers: Option<Vec<TierRead>>,
}

fn all_but_conditions<'n>(
    reader: &mut Reader<'_>,
    (first, nodes): (usize, &'n [Node<'n>]),
    torn: &[usize],
    names: &mut BTreeMap<String, Place>,
) -> Vec<RuleRead<'n>> {
    let last = reader.outline.rules.last();
    let mut labels = last.map(|rule| Arc::clone(&rule.labels));
    let mut read: Vec<RuleRead<'n>> = Vec::with_capacity(nodes.len());
    for (at, node) in (first..).zip(nodes) {
        if torn.binary_search(&at).is_ok() {
            continue;
        }
        let Some(mut fields) = keys(reader, node) else {
            continue;
        };
        fields.is_partial |= torn.binary_search(&(at + 1)).is_ok();
        let rule = one(reader, (node, fields), names, labels.as_ref());
        labels = Some(Arc::clone(&rule.labels));
        read.push(rule);
    }
    read
}

fn one<'n>(
    reader: &mut Reader<'_>,
    (node, fields): (&'n Node<'n>, Fields<'n>),
    names: &mut BTreeMap<String, Place>,
    before: Option<&Arc<BTreeMap<String, String>>>,
) -> RuleRead<'n> {
    let name = name(reader, &fields, names);
    let domains = fields
        .get("domains")
        .map(|node| (reader.whole(node), reader.globs(node)));
    let faults = reader.faults.len();
    let labels = labels(reader, &fields, before);
    let unread = fields.get("labels").is_some_and(Node::lacks_parts);
    let has_labels =
        reader.faults.len() == faults && !unread && !fields.is_partial && !reader.lacks_labels;
    let on_unknown = fields
        .get("on_unknown")
        .and_then(|node| reader.word(node, ON_UNKNOWN));
    let runbook_url = runbook_url(reader, &fields);
    let active_hours = fields
        .get("active_hours")
        .and_then(|node| super::calendar::read(reader, node));
    RuleRead {
        whole: node.span,
        fields,
        name,
        domains: GlobsOutline::of(reader.file, domains),
        labels,
        has_labels,
        on_unknown: on_unknown.unwrap_or(OnUnknown::Hold),
        runbook_url,
        active_hours,
        tiers: None,
    }
}

/// Compiles the conditions of a rule and takes it over.
fn take(reader: &mut Reader<'_>, read: RuleRead<'_>, scope: &Scope, rules: &mut Rules<'_>) {
    let RuleRead { fields, tiers, .. } = &read;
    let (severities, is_fleet) = severities(tiers.as_deref());
    let lowered = tiers
        .as_ref()
        .map(|tiers| compile(reader, tiers, scope, rules));
    let Lowered { whole, sound } = lowered.unwrap_or_default();
    let compiled = whole.map(Arc::new);
    let summary = fields.get("summary").and_then(|node| {
        template::read(
            reader,
            node,
            // Which labels there are nobody knows then.
            compiled.as_deref().filter(|_| read.has_labels),
            read.labels.keys().chain(rules.domain_labels),
        )
    });
    let (compiled, sound_tiers) = if is_known(fields) {
        (compiled, sound)
    } else {
        (None, Vec::new())
    };
    let Some((name, span)) = read.name else {
        return;
    };
    if let Some(compiled) = compiled.clone() {
        let rule = Rule {
            name: name.clone(),
            domains: read.domains.list.clone(),
            on_unknown: read.on_unknown,
            compiled,
        };
        rules.sound.push(Alerting {
            rule,
            labels: Arc::clone(&read.labels),
            summary,
            runbook_url: read.runbook_url,
            active_hours: read.active_hours,
        });
    }
    let rule = RuleOutline {
        name,
        place: reader.at(span),
        whole: reader.at(read.whole),
        keys: read.fields.places(reader),
        severities,
        tiers: outlined(reader, read.tiers),
        scope: scope.index,
        compiled,
        sound_tiers,
        on_unknown: read.on_unknown,
        is_fleet,
        labels: read.labels,
        domains: read.domains,
    };
    reader.outline.rules.push(rule);
}

/// Whether the severity and the domains of a rule are known: of others nothing is proved.
fn is_known(fields: &Fields<'_>) -> bool {
    let mut keys = ["severity", "domains"].into_iter();
    keys.all(|key| match fields.get(key) {
        Some(node) => node.is_whole(),
        None => !fields.is_partial,
    })
}

/// Reads the keys of a rule, if it is one.
fn keys<'n>(reader: &mut Reader<'_>, node: &'n Node<'n>) -> Option<Fields<'n>> {
    if node.is_null() {
        let fault = Diagnostic::new(Code::Syntax, node.span, "this rule is empty");
        reader.push(fault.help("remove its dash, or add `name:` and `when:`"));
        return None;
    }
    if let Some(fault) = named_by_key(reader, node) {
        reader.push(fault);
        return None;
    }
    reader.fields(node, "a rule", keys::RULE)
}

/// Reads the labels, which rules beside each other mostly share.
fn labels(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    before: Option<&Arc<BTreeMap<String, String>>>,
) -> Arc<BTreeMap<String, String>> {
    let is_missing = |key: &&str| !fields.is_partial && fields.pair(key).is_none();
    let labels = fields.get("labels").map(|node| {
        let missing: Vec<&str> = keys::RULE.iter().copied().filter(is_missing).collect();
        reader.labels(node, &missing)
    });
    let labels = labels.unwrap_or_default();
    match before {
        Some(before) if **before == labels => Arc::clone(before),
        _ => Arc::new(labels),
    }
}

fn runbook_url(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<String> {
    let node = fields.get("runbook_url")?;
    let text = within(reader, Part::Telling, |reader| {
        reader.set_text(node, "an address")
    })?;
    let text = super::address::address(reader, text)?;
    template::no_template(reader, &text);
    Some(text.value)
}
