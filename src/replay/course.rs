//! A backtest over recordings, of which parts can be judged on different threads.

use super::backtest::{ACCOUNT, Fleets, begins_of, order, places};
use super::judged::Judged;
use super::members::Members;
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

/// What was found on some recordings.
#[derive(Clone, Debug, Default)]
pub struct CourseFindings {
    findings: Findings,
    members: Members,
}

impl CourseFindings {
    /// Takes in what was found on other recordings.
    pub fn append(&mut self, other: Self) {
        self.findings.append(other.findings);
        self.members.append(other.members);
    }
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
    ) -> CourseFindings {
        let CourseFindings {
            mut findings,
            mut members,
        } = CourseFindings::default();
        let mut evaluator = self.judge.evaluator();
        let mut recordings = recordings.enumerate();
        while let Some((at, (domain, recording))) = recordings.next() {
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
            let with = (&mut evaluator, &mut findings);
            self.judge.judge(&series, recording, extent, with);
            members.note(self.ruleset.rules, &series, first, recording);
            if (at + 1).is_power_of_two() {
                // As many as there will be if it goes on like this: a list of so large things is
                // better not moved.
                let found = findings.transitions.len();
                let left = found.saturating_mul(recordings.size_hint().0) / (at + 1);
                findings.transitions.reserve(left);
            }
        }
        CourseFindings { findings, members }
    }

    /// Judges the rules of many domains by what was found on all recordings, and returns all that
    /// happened.
    pub fn end(&self, found: CourseFindings) -> Judged {
        let rules = self.ruleset.rules;
        let CourseFindings { findings, members } = found;
        let mut fleets = Fleets::new(rules);
        fleets.take(findings.voters);
        let mut of_many = Judged {
            still_firing: findings.still_firing,
            tried: findings.tried,
            passed: findings.passed,
            members,
            ..Judged::default()
        };
        let is_left = |_: &str, _, _: &_| false;
        let last = |_| self.last;
        fleets.judge(rules, &self.begins, (last, is_left), &mut of_many);
        let places = places(rules);
        let mut found = findings.transitions;
        let own = std::mem::take(&mut of_many.transitions);
        found.extend(own.into_iter().map(|transition| {
            let place = places.get(transition.key.rule.as_str());
            (place.copied().unwrap_or(rules.len()), transition)
        }));
        Judged {
            transitions: in_order(found),
            ..of_many
        }
    }
}

/// Puts transitions of rules at their places in order. They are large, so their places in the list are
/// put in order first, and each is moved once.
fn in_order(mut found: Vec<(usize, Transition)>) -> Vec<Transition> {
    let mut ranks: Vec<(Minute, usize, usize)> = found
        .iter()
        .enumerate()
        .map(|(at, (place, transition))| (transition.minute, *place, at))
        .collect();
    let full = |rank: &(Minute, usize, usize)| order(rank.1, &found[rank.2].1);
    ranks.sort_unstable_by(|a, b| {
        let by_time = (a.0, a.1).cmp(&(b.0, b.1));
        by_time.then_with(|| full(a).cmp(&full(b)).then(a.2.cmp(&b.2)))
    });
    // Round by round: each goes where it belongs, and what stood there goes on.
    for begin in 0..found.len() {
        let mut at = begin;
        loop {
            let from = std::mem::replace(&mut ranks[at].2, at);
            if from == begin {
                break;
            }
            found.swap(at, from);
            at = from;
        }
    }
    found.into_iter().map(|(_, it)| it).collect()
}
