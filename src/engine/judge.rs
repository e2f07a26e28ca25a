//! Recorded series, judged block by block.
//!
//! What comes out is what [`SeriesEngine`](super::SeriesEngine) gives minute by minute. An alert
//! that is as at first stays so while no condition of its rule is true, so those minutes are
//! passed over by words of bits: mostly that is all of them.

use super::alert::{AlertState, Coverage};
use super::evaluator::{BLOCK, Evaluator};
use super::fleet::{Ballot, Traffic};
use super::passed::Passed;
use super::recording::Recording;
use super::rule::{OnUnknown, Rule};
use super::series::Ruleset;
use super::transition::{AlertKey, Peak, Subject, Transition};
use crate::unit::{Minute, Series, Severity};

/// Judges recorded series, one after the other.
#[derive(Clone, Debug)]
pub struct Judge<'a> {
    ruleset: Ruleset<'a>,
}

/// What was found on recorded series.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Findings {
    /// What happened to alerts, with the places of their rules: series by series, rule by rule
    /// within some minutes, so in no order that means anything.
    pub transitions: Vec<(usize, Transition)>,
    /// What each series said in the counts of rules of many domains.
    pub voters: Vec<Voter>,
    /// What still fires after the last minute.
    pub still_firing: Vec<StillFiring>,
    /// Whether a condition of each rule, by its place, was known in a minute that was judged. Of rules beyond its
    /// end, none was.
    pub tried: Vec<bool>,
    /// When samples said that a minute had passed.
    pub passed: Passed,
}

/// An alert that fires after the last minute: its transitions do not say how bad it has become since
/// it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StillFiring {
    /// Which alert.
    pub key: AlertKey,
    /// Its severity.
    pub severity: Severity,
    /// How bad it became, as far as that is known.
    pub peak: Option<Peak>,
}

/// Which minutes of a series are judged.
#[derive(Clone, Copy, Debug)]
pub struct Extent<'a> {
    /// The first of which anything is known.
    pub first: Minute,
    /// The last.
    pub last: Minute,
    /// The one with which the history begins, if it does.
    pub history_begin: Option<Minute>,
    /// From when on each rule is judged, by its place, if not from the first minute.
    pub begins: &'a [Option<Minute>],
}

/// What one series said in the count of one rule of many domains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voter {
    /// The rule's place.
    pub rule: usize,
    /// The series.
    pub series: Series,
    /// From when each ballot stands, in ascending order.
    pub ballots: Vec<(Minute, Ballot)>,
}

/// A rule on the series that is judged.
struct Judged<'a> {
    at: usize,
    rule: &'a Rule,
    state: AlertState,
    /// Its place among the voters, if it is one of many domains.
    voter: Option<usize>,
}

/// Some minutes of a series.
#[derive(Clone, Copy)]
struct Block<'a> {
    series: &'a Series,
    history_begin: Option<Minute>,
    start: Minute,
    minutes: usize,
    /// The first of them that is judged.
    from: usize,
}

impl Findings {
    /// Takes in what was found on other series.
    pub fn append(&mut self, mut other: Self) {
        self.transitions.append(&mut other.transitions);
        self.voters.append(&mut other.voters);
        self.still_firing.append(&mut other.still_firing);
        let rules = self.tried.len().max(other.tried.len());
        self.tried.resize(rules, false);
        for (tried, others) in self.tried.iter_mut().zip(other.tried) {
            *tried |= others;
        }
        self.passed.append(other.passed);
    }
}

impl<'a> Judge<'a> {
    /// Returns the judge of these rules.
    pub fn new(ruleset: Ruleset<'a>) -> Self {
        Self { ruleset }
    }

    /// Returns what series are judged with, one after the other.
    pub fn evaluator(&self) -> Evaluator {
        Evaluator::for_blocks(self.ruleset.plan)
    }

    /// Judges a series. What lies before its first minute is as if nobody knew; so must be, in the
    /// recording, what lies before its history.
    pub fn judge(
        &self,
        series: &Series,
        recording: &Recording,
        extent: Extent<'_>,
        (evaluator, findings): (&mut Evaluator, &mut Findings),
    ) {
        let (last, before) = (extent.last, findings.transitions.len());
        let mut judged = self.judged(series, findings);
        let rules = self.ruleset.rules.len().max(findings.tried.len());
        findings.tried.resize(rules, false);
        evaluator.begin_anew(self.ruleset.plan);
        let mut start = extent.first;
        while start <= last {
            let (page, at) = recording.page(start);
            let minutes = evaluator.advance_block(self.ruleset.plan, recording, (start, last));
            for judged in &mut judged {
                let begin = extent.begins.get(judged.at).copied().flatten();
                let from = begin.map_or(0, |begin| begin.epoch() - start.epoch());
                let block = Block {
                    series,
                    history_begin: extent.history_begin,
                    start,
                    minutes,
                    from: usize::try_from(from.max(0)).unwrap_or(minutes).min(minutes),
                };
                let traffic = |at_minute: usize| {
                    let has = page.is_some_and(|page| page.has_traffic(at + at_minute));
                    if has { Traffic::Some } else { Traffic::None }
                };
                self.judge_block(judged, block, evaluator, traffic, findings);
            }
            start = later(start, minutes);
        }
        let is_decided = before < findings.transitions.len();
        findings.passed.note(series, recording, is_decided);
        let firing = judged
            .iter()
            .filter_map(|of| Some((of.rule, of.state.firing?)));
        findings
            .still_firing
            .extend(firing.map(|(rule, firing)| StillFiring {
                key: AlertKey {
                    rule: rule.name.clone(),
                    subject: Subject::Series(series.clone()),
                },
                severity: firing.severity,
                peak: Peak::of(rule, firing),
            }));
    }

    /// Returns the rules that are about a series.
    fn judged(&self, series: &Series, findings: &mut Findings) -> Vec<Judged<'a>> {
        let rules = self.ruleset.rules.iter().enumerate();
        let about = rules.filter(|(_, rule)| rule.domains.matches(series.domain.as_str()));
        let judged = about.map(|(at, rule)| Judged {
            at,
            rule,
            state: AlertState::new(rule),
            voter: rule.is_fleet().then(|| {
                findings.voters.push(Voter {
                    rule: at,
                    series: series.clone(),
                    ballots: Vec::new(),
                });
                findings.voters.len() - 1
            }),
        });
        judged.collect()
    }

    fn judge_block(
        &self,
        judged: &mut Judged<'_>,
        block: Block<'_>,
        evaluator: &mut Evaluator,
        traffic: impl Fn(usize) -> Traffic,
        findings: &mut Findings,
    ) {
        for tier in &judged.rule.compiled.tiers {
            evaluator.ask(self.ruleset.plan, tier.condition);
            evaluator.ask(self.ruleset.plan, tier.unheld);
        }
        if let Some(tried) = findings.tried.get_mut(judged.at) {
            *tried = *tried || is_known(judged.rule, evaluator, block);
        }
        if judged.voter.is_none() && judged.state.is_initial() && is_calm(judged.rule, evaluator) {
            return;
        }
        let stirs = stirs(judged.rule, evaluator, block.minutes);
        let voter = judged.voter.and_then(|at| findings.voters.get_mut(at));
        let Some(voter) = voter else {
            self.judge_alert(judged, block, evaluator, &stirs, findings);
            return;
        };
        for at in 0..block.minutes {
            let minute = later(block.start, at);
            let is_stirred = stirs[at / 64] >> (at % 64) & 1 != 0;
            if block.from <= at && (is_stirred || !judged.state.is_initial()) {
                self.ask(judged.rule, evaluator);
                evaluator.look_at(at);
                let coverage = block.coverage(judged.rule, minute);
                let state = &mut judged.state;
                state.advance_silently(minute, judged.rule, coverage, evaluator);
            }
            let ballot = Ballot::of(&judged.state, traffic(at));
            if voter.ballots.last().is_none_or(|(_, last)| *last != ballot) {
                voter.ballots.push((minute, ballot));
            }
        }
    }

    fn judge_alert(
        &self,
        judged: &mut Judged<'_>,
        block: Block<'_>,
        evaluator: &mut Evaluator,
        stirs: &[u64; WORDS],
        findings: &mut Findings,
    ) {
        let rule = judged.rule;
        let (mut at, mut has_asked) = (block.from, false);
        loop {
            if judged.state.is_initial() {
                match next_bit(stirs, at) {
                    Some(next) => at = next,
                    None => return,
                }
            }
            if block.minutes <= at {
                return;
            }
            let plan = self.ruleset.plan;
            if judged.state.firing.is_some()
                && let Some(end) = firing_until(rule, evaluator, (at, block.minutes))
                && judged.state.stays_firing(rule, plan, evaluator, at..end)
            {
                at = end;
                continue;
            }
            if !has_asked {
                self.ask(rule, evaluator);
                has_asked = true;
            }
            evaluator.look_at(at);
            let minute = later(block.start, at);
            let coverage = block.coverage(rule, minute);
            if let Some(change) = judged.state.advance(minute, rule, coverage, evaluator) {
                let key = AlertKey {
                    rule: rule.name.clone(),
                    subject: Subject::Series(block.series.clone()),
                };
                let transition = change.into_transition(key, minute);
                findings.transitions.push((judged.at, transition));
            }
            at += 1;
        }
    }

    /// Lets the evaluator work out all parts of a rule.
    fn ask(&self, rule: &Rule, evaluator: &mut Evaluator) {
        for tier in &rule.compiled.tiers {
            if let Some(until) = tier.until {
                evaluator.ask(self.ruleset.plan, until);
            }
            for part in &tier.parts {
                evaluator.ask(self.ruleset.plan, part.node);
            }
        }
    }
}

impl Block<'_> {
    fn coverage(self, rule: &Rule, minute: Minute) -> Coverage {
        Coverage::at(minute, rule.compiled.reach, self.history_begin)
    }
}

/// The words of a block.
const WORDS: usize = BLOCK.div_ceil(64);

/// Whether nothing is true in a block, nor read so: as it mostly is, and soon seen.
fn is_calm(rule: &Rule, evaluator: &Evaluator) -> bool {
    let is_void = |id| evaluator.planes(id).trues.iter().all(|word| *word == 0);
    let mut tiers = rule.compiled.tiers.iter();
    rule.on_unknown != OnUnknown::Fire
        && tiers.all(|tier| is_void(tier.condition) && is_void(tier.unheld))
}

/// Whether a condition is known in a minute of a block that is judged.
fn is_known(rule: &Rule, evaluator: &Evaluator, block: Block<'_>) -> bool {
    let mut tiers = rule.compiled.tiers.iter();
    tiers.any(|tier| {
        let known = evaluator.planes(tier.condition).known;
        next_bit(known, block.from).is_some_and(|at| at < block.minutes)
    })
}

/// Returns the minutes at which an alert that is as at first can become anything else: those at
/// which a condition is true, or is read so where it is unknown.
fn stirs(rule: &Rule, evaluator: &Evaluator, minutes: usize) -> [u64; WORDS] {
    let mut stirs = [0; WORDS];
    for tier in &rule.compiled.tiers {
        let condition = evaluator.planes(tier.condition);
        let unheld = evaluator.planes(tier.unheld);
        for (at, word) in stirs.iter_mut().enumerate() {
            let unknown = match rule.on_unknown {
                OnUnknown::Hold | OnUnknown::Clear => 0,
                OnUnknown::Fire => !condition.known[at],
            };
            *word |= condition.trues[at] | unheld.trues[at] | unknown;
        }
    }
    if let Some(word) = stirs.get_mut(minutes / 64) {
        *word &= !(u64::MAX << (minutes % 64));
    }
    stirs[minutes.div_ceil(64)..].fill(0);
    stirs
}

/// Returns how long from a minute on an alert that fires does not end, of a rule of one severity that
/// ends when its condition is false; at least a minute.
fn firing_until(
    rule: &Rule,
    evaluator: &Evaluator,
    (at, minutes): (usize, usize),
) -> Option<usize> {
    let [tier] = rule.compiled.tiers.as_slice() else {
        return None;
    };
    if tier.until.is_some() || rule.on_unknown != OnUnknown::Hold {
        return None;
    }
    let condition = evaluator.planes(tier.condition);
    let mut ends = [0; WORDS];
    for (word, end) in ends.iter_mut().enumerate() {
        *end = condition.known[word] & !condition.trues[word];
    }
    let end = next_bit(&ends, at).map_or(minutes, |end| end.min(minutes));
    (at < end).then_some(end)
}

/// Returns the first bit that is set, from `at` on.
fn next_bit(words: &[u64], at: usize) -> Option<usize> {
    let mut place = at / 64;
    let mut word = words.get(place)? & u64::MAX << (at % 64);
    while word == 0 {
        place += 1;
        word = *words.get(place)?;
    }
    Some(place * 64 + word.trailing_zeros() as usize)
}

/// Returns the minute so many after another: within a block there always is one, as a recording's
/// are.
fn later(minute: Minute, minutes: usize) -> Minute {
    let minutes = u32::try_from(minutes)
        .ok()
        .and_then(crate::unit::Minutes::new);
    minutes.map_or(minute, |minutes| minute + minutes)
}
