//! What rules would have done over what a store has kept, on as many threads as somebody likes.
//!
//! The engine is the same as for a file. What a store knows beyond samples is kept to: which
//! minutes could not be asked for, where a history begins, from when on a series was judged, and
//! which domains the service left as they stood when it judged a rule of many.

use std::collections::BTreeSet;

use super::backtest::{Fleets, sort};
use super::judged::Judged;
use super::members::Members;
use crate::engine::{Evaluator, Extent, Findings, Judge, Recording, Rule, Ruleset};
use crate::lang::Program;
use crate::pipeline::{FleetLeft, RuleMark};
use crate::unit::{Minute, Series};

/// A backtest over a store.
#[derive(Clone, Debug)]
pub struct KeptBacktest<'a> {
    ruleset: Ruleset<'a>,
    judge: Judge<'a>,
}

/// How far a series is kept and judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptSpan {
    /// The last minute of which anything is known.
    pub last: Minute,
    /// Where the history begins, if that is known; else with the first minute that has codes. No minute before
    /// it has any.
    pub history_begin: Option<Minute>,
    /// The first minute that is judged; those before are only looked back upon.
    pub judge_from: Minute,
    /// Whether rules over many domains wait for it: more will come of it.
    pub is_awaited: bool,
}

/// What was found on some series.
#[derive(Clone, Debug, Default)]
pub struct KeptFindings {
    findings: Findings,
    members: Members,
    /// From when each rule of many domains is judged: from the first of them on.
    begins: Vec<Option<Minute>>,
    /// Up to when all domains are judged for which each rule of many domains waits.
    awaited: Vec<Option<Minute>>,
    last: Option<Minute>,
}

impl KeptFindings {
    /// Takes in what was found on other series by the same rules.
    pub fn append(&mut self, other: Self) {
        self.findings.append(other.findings);
        self.members.append(other.members);
        for (own, others) in [
            (&mut self.begins, other.begins),
            (&mut self.awaited, other.awaited),
        ] {
            own.resize(others.len().max(own.len()), None);
            for (own, other) in own.iter_mut().zip(others) {
                *own = earlier(*own, other);
            }
        }
        self.last = self.last.max(other.last);
    }
}

/// Returns the earlier of those that there are.
fn earlier(a: Option<Minute>, b: Option<Minute>) -> Option<Minute> {
    a.into_iter().chain(b).min()
}

impl<'a> KeptBacktest<'a> {
    /// Returns the backtest of these rules.
    pub fn new(ruleset: Ruleset<'a>) -> Self {
        Self {
            ruleset,
            judge: Judge::new(ruleset),
        }
    }

    /// Judges some series, each from the first minute of which its recording knows anything. The findings on all
    /// series, put together in any order, are for [`end`](Self::end).
    pub fn judge_all<'r>(
        &self,
        recordings: impl Iterator<Item = (&'r Series, &'r Recording, KeptSpan)>,
    ) -> KeptFindings {
        let mut found = KeptFindings {
            begins: vec![None; self.ruleset.rules.len()],
            awaited: vec![None; self.ruleset.rules.len()],
            ..KeptFindings::default()
        };
        let mut evaluator = self.judge.evaluator();
        for (series, recording, span) in recordings {
            self.judge_one(series, recording, span, (&mut evaluator, &mut found));
        }
        found
    }

    fn judge_one(
        &self,
        series: &Series,
        recording: &Recording,
        span: KeptSpan,
        (evaluator, found): (&mut Evaluator, &mut KeptFindings),
    ) {
        let rules = self.ruleset.rules;
        let Some(first) = recording.first_known() else {
            return;
        };
        let history_begin = span.history_begin.or_else(|| recording.first_traffic());
        let begins = vec![Some(span.judge_from); rules.len()];
        let extent = Extent {
            first,
            last: span.last,
            history_begin,
            begins: &begins,
        };
        let before = found.findings.voters.len();
        let with = (evaluator, &mut found.findings);
        // What lies before the history is as if nobody knew.
        let known_from = history_begin.map_or(span.last.next(), |begin| begin);
        if first < known_from {
            let mut recording = recording.clone();
            recording.forget(first, known_from);
            self.judge.judge(series, &recording, extent, with);
        } else {
            self.judge.judge(series, recording, extent, with);
        }
        // A domain says nothing while it is not judged.
        if span.last < span.judge_from {
            found.findings.voters.truncate(before);
        }
        for voter in found.findings.voters.iter_mut().skip(before) {
            let ballots = &mut voter.ballots;
            let later = ballots.partition_point(|(at, _)| *at <= span.judge_from);
            ballots.drain(..later.saturating_sub(1));
            if let Some((at, _)) = ballots.first_mut() {
                *at = span.judge_from.max(*at);
            }
        }
        found
            .members
            .note(rules, series, span.judge_from, recording);
        found.last = found.last.max(Some(span.last));
        let ends = found.begins.iter_mut().zip(&mut found.awaited);
        for ((begin, awaited), rule) in ends.zip(rules) {
            if rule.is_fleet() && rule.domains.matches(series.domain.as_str()) {
                *begin = earlier(*begin, Some(span.judge_from));
                *awaited = earlier(*awaited, span.is_awaited.then_some(span.last));
            }
        }
    }

    /// Judges the rules of many domains, and returns what happened. `left` are the domains that such rules left as they
    /// stood. Each rule is judged [as far as the service judged it](fleets_judged_to), by its place; one that it did not
    /// judge, as far as all domains are judged for which it would wait.
    pub fn end(
        &self,
        found: KeptFindings,
        left: &[FleetLeft],
        judged_to: &[Option<Minute>],
    ) -> Judged {
        let rules = self.ruleset.rules;
        let mut fleets = Fleets::new(rules);
        fleets.take(found.findings.voters);
        let left: BTreeSet<(&str, Minute, &Series)> = left
            .iter()
            .map(|left| (left.rule.as_str(), left.minute, &left.series))
            .collect();
        let is_left = |rule: &str, minute, series: &Series| {
            !left.is_empty() && left.contains(&(rule, minute, series))
        };
        let transitions = found.findings.transitions.into_iter();
        let mut all = Judged {
            transitions: transitions.map(|(_, transition)| transition).collect(),
            still_firing: found.findings.still_firing,
            tried: found.findings.tried,
            passed: found.findings.passed,
            members: found.members,
            ..Judged::default()
        };
        if let Some(last) = found.last {
            let of = |lasts: &[Option<Minute>], at: usize| lasts.get(at).copied().flatten();
            let last = |at| {
                let judged = of(judged_to, at).or(of(&found.awaited, at));
                judged.unwrap_or(last)
            };
            fleets.judge(rules, &found.begins, (last, is_left), &mut all);
        }
        sort(&mut all.transitions, rules);
        all
    }
}

/// Returns the last minute to which a service has judged each rule over many domains, by the marks that it kept; `None`
/// of one that it did not judge as it is.
pub fn fleets_judged_to(
    program: &Program,
    rules: &[Rule],
    marks: &[RuleMark],
) -> Vec<Option<Minute>> {
    let nodes = program.meanings();
    let judged_to = |rule: &Rule| {
        let mark = marks.iter().find(|mark| mark.name == rule.name)?;
        let next = mark.fleet_next?;
        (mark.meaning == rule.meaning(&nodes)).then(|| next.previous())
    };
    rules.iter().map(judged_to).collect()
}
