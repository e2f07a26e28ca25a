//! What alerts can have, held against what somebody wants to silence: a label that none has is refused,
//! as it is in the rules file; a name that none has may yet come, and is spoken of.

use std::collections::BTreeSet;

use crate::config::{BUILT_IN_LABELS, BUILT_IN_RULES, Config};
use crate::diag::nearest;
use crate::dispatch::{CAUSE, Matcher, MatcherKind};
use crate::pipeline::Snapshot;
use crate::unit::Severity;

/// How many labels are named where none is near: a line.
const LABELS_SHOWN: usize = 20;

/// Says which label of these matchers no alert has, by the rules or as it stands.
///
/// # Errors
///
/// A sentence that says so, and what was meant or what there is.
pub(super) fn check_labels(
    matchers: &[Matcher],
    rules: &Config,
    standing: &Snapshot,
) -> Result<(), String> {
    let of_domains = rules.labels.iter().flat_map(|entry| entry.labels.keys());
    let of_rules = rules.rules.iter().flat_map(|rule| rule.labels.keys());
    let stand = standing.alerts.iter().flat_map(|of| of.labels.keys());
    let own = of_domains.chain(of_rules).chain(stand).map(String::as_str);
    let known: BTreeSet<&str> = own.chain(BUILT_IN_LABELS).chain([CAUSE]).collect();
    let mut asked = matchers.iter().map(|matcher| matcher.name.as_str());
    let Some(name) = asked.find(|name| !known.contains(name)) else {
        return Ok(());
    };
    let help = nearest(name, known.iter().copied()).map_or_else(
        || {
            let shown: Vec<&str> = known.iter().take(LABELS_SHOWN).copied().collect();
            format!("the labels are {}", shown.join(", "))
        },
        |near| format!("did you mean `{near}`?"),
    );
    Err(format!("no alert has a label `{name}`; {help}"))
}

/// Says which names these matchers ask for that are not there now.
pub(super) fn unknown_names(
    matchers: &[Matcher],
    rules: &Config,
    standing: &Snapshot,
) -> Vec<String> {
    let asked = matchers
        .iter()
        .filter(|of| of.kind == MatcherKind::Equal && !of.value.is_empty());
    let stand = |name: &str| {
        let alerts = standing.alerts.iter();
        let values = alerts.filter_map(|of| of.labels.get(name).map(String::as_str));
        values.collect::<BTreeSet<_>>()
    };
    let series = standing.series.iter().map(|of| &of.series);
    let said = asked.filter_map(|Matcher { name, value, .. }| {
        let mut known = stand(name);
        match name.as_str() {
            "rule" => {
                known.extend(rules.rules.iter().map(|rule| rule.rule.name.as_str()));
                known.extend(BUILT_IN_RULES);
            }
            "account" => known.extend(rules.sources.iter().map(|of| of.account.as_str())),
            "domain" => known.extend(series.clone().map(|of| of.domain.as_str())),
            "severity" => known.extend(Severity::ALL.map(Severity::as_str)),
            _ => return None,
        }
        if known.contains(value.as_str()) {
            return None;
        }
        let near = nearest(value, known);
        let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        Some(format!("no {name} is called `{value}`{near}"))
    });
    said.collect()
}
