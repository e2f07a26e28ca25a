//! Inhibitions: alerts that mute others while they fire.

use std::collections::BTreeMap;

use super::route::{Match, matches};

/// While a source fires, targets that have these labels in common with it are muted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inhibition {
    /// The alerts that mute.
    pub source: Match,
    /// The alerts that are muted.
    pub target: Match,
    /// The labels that both must have in common.
    pub equal: Vec<String>,
}

/// The labels of an alert.
type Labels = BTreeMap<String, String>;

/// The alerts that mute others now.
#[derive(Debug, Default)]
pub struct Inhibitors<'a> {
    by_rule: Vec<(&'a Inhibition, Sources<'a>)>,
}

/// The alerts that mute by one inhibition, by the labels that targets have in common with them.
type Sources<'a> = BTreeMap<Vec<&'a str>, Vec<Source<'a>>>;

/// An alert that mutes others.
#[derive(Clone, Copy, Debug)]
struct Source<'a> {
    id: &'a str,
    /// Whether it is a target of the same inhibition as well.
    is_target: bool,
}

impl<'a> Inhibitors<'a> {
    /// Returns what mutes while these alerts fire: their firing ids and labels.
    pub fn new(
        inhibitions: &'a [Inhibition],
        firing: &(impl Iterator<Item = (&'a str, &'a Labels)> + Clone),
    ) -> Self {
        let by_rule = inhibitions.iter().map(|rule| {
            let mut sources: Sources<'_> = BTreeMap::new();
            for (id, labels) in firing.clone().filter(|(_, of)| matches(&rule.source, of)) {
                let is_target = matches(&rule.target, labels);
                let source = Source { id, is_target };
                sources.entry(rule.shared(labels)).or_default().push(source);
            }
            (rule, sources)
        });
        Self {
            by_rule: by_rule.collect(),
        }
    }

    /// Returns the firing id of an alert that mutes this one, if one does whose firing id counts.
    ///
    /// An alert never mutes itself; and of those that are source and target of one inhibition,
    /// none mutes another, or each would mute the other and nobody be told.
    pub fn of(&self, id: &str, labels: &Labels, counts: impl Fn(&str) -> bool) -> Option<&'a str> {
        self.by_rule.iter().find_map(|(rule, sources)| {
            if sources.is_empty() || !matches(&rule.target, labels) {
                return None;
            }
            let found = sources.get(&shared(&rule.equal, labels))?;
            let is_source = matches(&rule.source, labels);
            let mut others = found.iter().filter(|source| {
                source.id != id && !(is_source && source.is_target) && counts(source.id)
            });
            others.next().map(|source| source.id)
        })
    }
}

impl Inhibition {
    fn shared<'a>(&'a self, labels: &'a Labels) -> Vec<&'a str> {
        shared(&self.equal, labels)
    }
}

fn shared<'a>(equal: &[String], labels: &'a Labels) -> Vec<&'a str> {
    let value = |name: &String| labels.get(name).map_or("", String::as_str);
    equal.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::Glob;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(pair).collect()
    }

    fn matcher(pairs: &[(&str, &str)]) -> Match {
        let pair = |(name, glob): &(&str, &str)| ((*name).to_owned(), Glob::from(*glob));
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn a_source_mutes_what_shares_its_labels_and_never_itself() {
        let rules = [Inhibition {
            source: matcher(&[("severity", "critical")]),
            target: matcher(&[("rule", "*")]),
            equal: vec!["domain".to_owned()],
        }];
        let critical = labels(&[("rule", "a"), ("severity", "critical"), ("domain", "x")]);
        let minor = labels(&[("rule", "b"), ("severity", "info"), ("domain", "x")]);
        let elsewhere = labels(&[("rule", "b"), ("severity", "info"), ("domain", "y")]);
        let firing = [("1", &critical), ("2", &minor), ("3", &elsewhere)];
        let inhibitors = Inhibitors::new(&rules, &firing.into_iter());
        assert_eq!(inhibitors.of("1", &critical, |_| true), None);
        assert_eq!(inhibitors.of("2", &minor, |_| true), Some("1"));
        assert_eq!(inhibitors.of("2", &minor, |id| id != "1"), None);
        assert_eq!(inhibitors.of("3", &elsewhere, |_| true), None);
        // Two that are both sources and targets do not mute each other.
        let other = labels(&[("rule", "c"), ("severity", "critical"), ("domain", "x")]);
        assert_eq!(inhibitors.of("4", &other, |_| true), None);
    }
}
