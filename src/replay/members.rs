//! When the series that rules over many domains count had samples with codes: such a rule is judged
//! once the slowest of them is.

use std::collections::BTreeMap;

use crate::engine::{Activity, Recording, Rule};
use crate::unit::{Minute, Series};

/// The series that rules over many domains count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members(BTreeMap<Series, Member>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Member {
    judge_from: Minute,
    activity: Activity,
}

impl Members {
    /// Takes in a series that is judged from a minute on, if one of the rules counts it.
    pub(super) fn note(
        &mut self,
        rules: &[Rule],
        series: &Series,
        judge_from: Minute,
        recording: &Recording,
    ) {
        let counts = |rule: &Rule| rule.is_fleet() && rule.domains.matches(series.domain.as_str());
        if rules.iter().any(counts) {
            let activity = Activity::of(recording);
            let member = Member {
                judge_from,
                activity,
            };
            self.0.insert(series.clone(), member);
        }
    }

    /// Takes in other series.
    pub(super) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// Returns the series that a rule counts at a minute, each with the first minute from then on that has codes.
    pub(super) fn counted(
        &self,
        rule: &Rule,
        minute: Minute,
    ) -> impl Iterator<Item = (&Series, Option<Minute>)> {
        let members = self.0.iter();
        let judged = members.filter(move |(_, member)| member.judge_from <= minute);
        let counted = judged.filter(|(series, _)| rule.domains.matches(series.domain.as_str()));
        counted.map(move |(series, member)| (series, member.activity.next(minute)))
    }
}
