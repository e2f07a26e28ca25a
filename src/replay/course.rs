//! A backtest over recordings, of which parts can be judged on different threads.

use super::backtest::{ACCOUNT, Fleets, begins_of, order, places};
use crate::engine::{Extent, Findings, Judge, Recording, Ruleset, Transition};
use crate::unit::{AccountName, DomainName, Minute, Series};

/// What is to be judged: which rules, from when and until when.
#[derive(Clone, Debug)]
pub struct Course<'a> {
    ruleset: Ruleset<'a>,
    /// From when each rule is judged, if not from each domain's first minute.
    begins: Vec<Option<Minute>>,
    /// The last minute of all recordings.
    last: Minute,
    judge: Judge<'a>,
}

impl<'a> Course<'a> {
    /// Returns the backtest of all these recordings together, as [`backtest`](super::backtest()) has
    /// it; `None` if they have no sample.
    pub fn new<'r>(
        ruleset: Ruleset<'a>,
        recordings: impl Iterator<Item = (&'r DomainName, &'r Recording)> + Clone,
        judge_from: Option<Minute>,
    ) -> Option<Self> {
        let spans = recordings.clone();
        let spans = spans.map(|(domain, recording)| (domain.as_str(), recording.first()));
        let begins = begins_of(ruleset.rules, &spans.collect::<Vec<_>>(), judge_from);
        let last = recordings
            .filter_map(|(_, recording)| recording.last())
            .max()?;
        Some(Self::until(ruleset, begins, last))
    }

    pub(super) fn until(ruleset: Ruleset<'a>, begins: Vec<Option<Minute>>, last: Minute) -> Self {
        Self {
            ruleset,
            begins,
            last,
            judge: Judge::new(ruleset),
        }
    }

    /// Judges some of the recordings. The findings on all of them, put together in any order, are for
    /// [`end`](Self::end).
    pub fn judge_all<'r>(
        &self,
        recordings: impl Iterator<Item = (&'r DomainName, &'r Recording)>,
    ) -> Findings {
        let mut findings = Findings::default();
        for (domain, recording) in recordings {
            let series = Series {
                account: AccountName::from(ACCOUNT),
                domain: domain.clone(),
            };
            let Some(first) = recording.first() else {
                continue;
            };
            let extent = Extent {
                first,
                last: self.last,
                history_begin: Some(first),
                begins: &self.begins,
            };
            self.judge.judge(&series, recording, extent, &mut findings);
        }
        findings
    }

    /// Judges the rules of many domains by what was found on all recordings, and returns all that
    /// happened, by minute, then rule, then domain.
    pub fn end(&self, findings: Findings) -> Vec<Transition> {
        let rules = self.ruleset.rules;
        let mut fleets = Fleets::new(rules);
        fleets.take(findings.voters);
        let mut of_many = Vec::new();
        let is_left = |_: &str, _, _: &_| false;
        fleets.judge(rules, &self.begins, (self.last, is_left), &mut of_many);
        let places = places(rules);
        let mut found = findings.transitions;
        found.extend(of_many.into_iter().map(|transition| {
            let place = places.get(transition.key.rule.as_str());
            (place.copied().unwrap_or(rules.len()), transition)
        }));
        found.sort_unstable_by(|a, b| order(a.0, &a.1).cmp(&order(b.0, &b.1)));
        found
            .into_iter()
            .map(|(_, transition)| transition)
            .collect()
    }
}
