//! The labels that alerts will have, as far as a file tells them.

use std::collections::BTreeMap;

use crate::config::{BUILT_IN_RULES, Domains, LabelsOutline, Loaded, Outline, RuleOutline};
use crate::diag::{Code, Diagnostic, FileId, Level};
use crate::dispatch::{CAUSE, Match};
use crate::unit::{DomainName, Severity};

/// The labels of an alert; a label that is `None` is not known beforehand.
pub(super) type Labels = BTreeMap<String, Option<String>>;

/// What alerts are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Rules and their domains: every source lists its own.
    Domains,
    /// Rules alone.
    Rules,
}

/// How many bytes of globs of `labels:` are held against bytes of others: the rest is taken for what decides.
const OVERRIDDEN_EFFORT: usize = 20_000_000;

/// The keys of a rule that say nothing of the labels of its alerts.
const BESIDE_LABELS: [&str; 4] = ["active_hours", "on_unknown", "runbook_url", "summary"];

/// Whether no fault hides a rule, or a label of its alerts: each is of a kind that hides none, or
/// stands in a condition that could be read for all that, in a [key](BESIDE_LABELS) that says nothing of
/// labels, or in a part of the file that says nothing of rules.
pub(super) fn are_all_read(loaded: &Loaded) -> bool {
    let outline = &loaded.outline;
    let errors = loaded.diagnostics.iter();
    let errors = errors.filter(|fault| fault.level == Level::Error && !hides_nothing(fault.code));
    let mut errors = errors.peekable();
    if errors.peek().is_none() {
        return true;
    }
    let read = outline.rules.iter().filter(|rule| {
        let severities = rule.severities.len();
        0 < severities && rule.tiers.len() == severities
    });
    let conditions = read.filter_map(|rule| rule.keys.get("when"));
    let beside = outline.rules.iter();
    let beside = beside.flat_map(|rule| BESIDE_LABELS.iter().filter_map(|key| rule.keys.get(key)));
    let values: BTreeMap<(FileId, usize), usize> = conditions
        .chain(beside)
        .map(|(_, value)| ((value.file, value.span.start()), value.span.end()))
        .collect();
    let is_in_value = |fault: &Diagnostic| {
        let (file, span) = (fault.primary.file, fault.primary.span);
        let before = values.range(..=(file, span.start())).next_back();
        before.is_some_and(|((other, _), end)| *other == file && span.end() <= *end)
    };
    let is_beside = |fault: &Diagnostic| {
        let (file, span) = (fault.primary.file, fault.primary.span);
        let mut parts = outline.beside_rules.iter().filter(|part| part.file == file);
        parts.any(|part| part.span.start() <= span.start() && span.end() <= part.span.end())
    };
    errors.all(|fault| is_in_value(fault) || is_beside(fault))
}

/// Whether faults of a code hide no rule and no label, wherever they stand.
fn hides_nothing(code: Code) -> bool {
    matches!(
        code,
        Code::Duration
            | Code::HoldCount
            | Code::Template
            | Code::UnknownReceiver
            | Code::NoRoute
            | Code::NoDomain
            | Code::Cycle
    )
}

/// Returns the alerts of a rule, each with the name of its domain, if that is known.
pub(super) fn alerts(
    outline: &Outline,
    rule: &RuleOutline,
    severity: Severity,
    what: Known,
) -> Vec<(String, Labels)> {
    let known = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
    let mut base = Labels::from([
        known("rule", &rule.name),
        known("severity", severity.as_str()),
    ]);
    if rule.is_fleet == Some(true) {
        base.extend([known("account", ""), known("domain", "")]);
        base.extend(rule.labels.iter().map(|(name, value)| known(name, value)));
        return vec![(String::new(), base)];
    }
    if rule.is_fleet.is_none() || what == Known::Rules {
        let by_domain = outline
            .labels
            .iter()
            .flat_map(|entry| entry.entry.labels.keys());
        let unknown = by_domain.map(String::as_str).chain(["account", "domain"]);
        base.extend(unknown.map(|name| (name.to_owned(), None)));
        base.extend(rule.labels.iter().map(|(name, value)| known(name, value)));
        return vec![(String::new(), base)];
    }
    let mut alerts = Vec::new();
    for (source, _) in &outline.sources {
        let Domains::Listed(domains) = &source.domains else {
            continue;
        };
        for domain in domains
            .iter()
            .filter(|d| rule.domains.list.matches(d.as_str()))
        {
            let mut labels = base.clone();
            labels.extend([
                known("account", source.account.as_str()),
                known("domain", domain.as_str()),
            ]);
            labels.extend(labels_of(outline, domain));
            labels.extend(rule.labels.iter().map(|(name, value)| known(name, value)));
            let name = if outline.hidden_texts.contains(domain.as_str()) {
                "a domain from the environment".to_owned()
            } else {
                format!("`{domain}`")
            };
            alerts.push((name, labels));
        }
    }
    alerts
}

fn labels_of(outline: &Outline, domain: &DomainName) -> Labels {
    let entries = outline.labels.iter().map(|entry| &entry.entry);
    let matching = entries.filter(|entry| entry.domains.matches(domain.as_str()));
    matching
        .flat_map(|entry| entry.labels.iter())
        .map(|(name, value)| (name.clone(), Some(value.clone())))
        .collect()
}

/// Returns what an entry of `labels:` says of a domain; of one whose globs are not known, that nobody
/// knows it.
pub(super) fn said_of<'o>(
    entry: &'o LabelsOutline,
    domain: &DomainName,
) -> impl Iterator<Item = (&'o str, Option<&'o str>)> {
    let is_known = entry.domains.is_of_file();
    let is_said = !is_known || entry.domains.list.matches(domain.as_str());
    let labels = entry.entry.labels.iter().filter(move |_| is_said);
    labels.map(move |(name, value)| (name.as_str(), Some(value.as_str()).filter(|_| is_known)))
}

/// The labels of entries of `labels:` that later entries always override: each entry by its index and each
/// label by its name, with the index of the entry that decides.
pub(super) type Overridden<'o> = BTreeMap<(usize, &'o str), usize>;

/// Finds the labels that no domain has as an entry says, because a later entry has all of its domains.
pub(super) fn overridden(outline: &Outline) -> Overridden<'_> {
    let mut effort = OVERRIDDEN_EFFORT;
    let mut found = Overridden::new();
    let mut later: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, entry) in outline.labels.iter().enumerate().rev() {
        let own = &entry.domains;
        // Of what could not be read nobody knows what it has.
        let can_override = own.is_of_file();
        for name in entry.entry.labels.keys() {
            let others = later.entry(name).or_default();
            let by = others.iter().find(|other| {
                let other = &outline.labels[**other].domains.list;
                own.list.can_match() && other.covers(&own.list, &mut effort)
            });
            found.extend(by.map(|by| ((at, name.as_str()), *by)));
            if can_override {
                others.push(at);
            }
        }
    }
    found
}

/// Returns the built-in alerts of every account, by the names of their rules.
pub(super) fn built_in(outline: &Outline) -> Vec<(&'static str, Labels)> {
    let accounts: Vec<Option<String>> = match outline.sources.as_slice() {
        [] => vec![None],
        sources => sources
            .iter()
            .map(|(source, _)| Some(source.account.as_str().to_owned()))
            .collect(),
    };
    let known = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
    let of = |rule: &'static str, account: &Option<String>| {
        let labels = Labels::from([
            known("rule", rule),
            known("severity", Severity::Critical.as_str()),
            ("account".to_owned(), account.clone()),
            (CAUSE.to_owned(), None),
        ]);
        (rule, labels)
    };
    let rules = BUILT_IN_RULES.into_iter();
    rules
        .flat_map(|rule| accounts.iter().map(move |account| of(rule, account)))
        .collect()
}

/// Whether a match takes an alert, or may, as far as its labels are known.
pub(super) fn may_match(matchers: &Match, labels: &Labels) -> bool {
    matchers.iter().all(|(name, glob)| match labels.get(name) {
        Some(Some(value)) => glob.matches(value),
        Some(None) => true,
        None => glob.matches(""),
    })
}

/// Whether a match takes an alert for certain, as far as its labels are known.
pub(super) fn must_match(matchers: &Match, labels: &Labels) -> bool {
    matchers.iter().all(|(name, glob)| match labels.get(name) {
        Some(Some(value)) => glob.matches(value),
        Some(None) => false,
        None => glob.matches(""),
    })
}
