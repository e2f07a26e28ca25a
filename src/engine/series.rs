//! One domain of one account: its values, and the alerts of every rule that is about it.

use super::alert::{AlertState, Coverage, Firing, TierState, part_values};
use super::evaluator::Evaluator;
use super::fleet::{Ballot, Traffic};
use super::plan::Plan;
use super::rule::Rule;
use super::sample::Observation;
use super::transition::{AlertKey, Evidence, Subject, Transition};
use crate::lang::program::Tier;
use crate::unit::{Minute, Series, Severity};

/// What all series share: the rules and how their conditions are run.
#[derive(Clone, Copy, Debug)]
pub struct Ruleset<'a> {
    /// The layout of the program that the rules were lowered into.
    pub plan: &'a Plan,
    /// The rules, in order. They are named by their place.
    pub rules: &'a [Rule],
}

/// The state of everything about one series.
///
/// Minutes are given in order, each once. A minute of which no rule is judged is only looked
/// back upon: values move, alerts do not. So a state is rebuilt by giving the minutes of the
/// reach again without judging, and taking up the alerts' stored states.
#[derive(Clone, Debug)]
pub struct SeriesEngine {
    series: Series,
    evaluator: Evaluator,
    history_begin: Option<Minute>,
    last: Option<(Minute, Traffic)>,
    judged: Vec<Judged>,
}

/// A rule that is about the series.
#[derive(Clone, Debug)]
struct Judged {
    rule: usize,
    state: AlertState,
    /// Whether the state is as at first: mostly it is, and stays so.
    is_initial: bool,
}

/// How a rule stands on a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    Inactive,
    /// The condition without its `for`s is true since then.
    Pending {
        /// The first minute of the run.
        since: Minute,
    },
    /// It fires. Of a rule of many domains: it fires here, silently.
    Firing(Firing),
}

/// The longest that any expression looks back, in minutes: eight days. After such a gap nothing
/// of what was before matters.
const REACH_MAX: i64 = 11_520;

impl SeriesEngine {
    /// Returns the state of a series of which nothing is known yet, with every rule whose globs
    /// match its domain. Without `history_begin` the history begins with the first sample that
    /// has codes; what lies before is as if nobody knew.
    pub fn new(series: Series, history_begin: Option<Minute>, ruleset: Ruleset<'_>) -> Self {
        let rules = ruleset.rules.iter().enumerate();
        let judged = rules.filter(|(_, rule)| rule.domains.matches(series.domain.as_str()));
        let judged = judged.map(|(at, rule)| Judged {
            rule: at,
            state: AlertState::new(rule),
            is_initial: true,
        });
        Self {
            judged: judged.collect(),
            evaluator: Evaluator::new(ruleset.plan),
            series,
            history_begin,
            last: None,
        }
    }

    /// Moves on by a minute, and judges those rules, named by their places, that `judges` says.
    /// Returns what happened to alerts, in the order of the rules.
    ///
    /// A minute that is not after the last one changes nothing. Minutes that were left out count
    /// as unasked.
    pub fn advance(
        &mut self,
        minute: Minute,
        observation: Observation<'_>,
        ruleset: Ruleset<'_>,
        judges: impl Fn(usize) -> bool,
    ) -> Vec<Transition> {
        if !self.pass_gap(minute, ruleset.plan) {
            return Vec::new();
        }
        let known = self.begin(minute, observation);
        self.evaluator.advance(ruleset.plan, known);
        self.judge(minute, ruleset, judges)
    }

    /// Moves on by a minute that is only looked back upon, and lies `ago` minutes before the first one whose values are
    /// asked for: of it, only what can still matter then is worked out.
    pub fn look_back(
        &mut self,
        minute: Minute,
        observation: Observation<'_>,
        ruleset: Ruleset<'_>,
        ago: u32,
    ) {
        let plan = ruleset.plan;
        let Some(gap) = self.gap(minute) else { return };
        for earlier in (1..=gap).rev() {
            let ago = ago.saturating_add(earlier);
            self.evaluator.look_back(plan, Observation::Unasked, ago);
        }
        let known = self.begin(minute, observation);
        self.evaluator.look_back(plan, known, ago);
    }

    /// Notes the minute that comes, and returns what is known of it: nothing, before the history.
    fn begin<'a>(&mut self, minute: Minute, observation: Observation<'a>) -> Observation<'a> {
        let traffic = match observation {
            Observation::Sample(sample) if sample.has_codes() => Traffic::Some,
            Observation::Sample(_) | Observation::Absent | Observation::Unasked => Traffic::None,
        };
        if self.history_begin.is_none() && traffic == Traffic::Some {
            self.history_begin = Some(minute);
        }
        self.last = Some((minute, traffic));
        let has_begun = self.history_begin.is_some_and(|begin| begin <= minute);
        if has_begun {
            observation
        } else {
            Observation::Unasked
        }
    }

    fn judge(
        &mut self,
        minute: Minute,
        ruleset: Ruleset<'_>,
        judges: impl Fn(usize) -> bool,
    ) -> Vec<Transition> {
        let mut transitions = Vec::new();
        for judged in &mut self.judged {
            let (at, state) = (judged.rule, &mut judged.state);
            let Some(rule) = ruleset.rules.get(at) else {
                continue;
            };
            // What stays as at first is soon seen; the rest is looked at with care.
            if (judged.is_initial && rests(rule, &self.evaluator)) || !judges(at) {
                continue;
            }
            let coverage = Coverage::at(minute, rule.compiled.reach, self.history_begin);
            if rule.is_fleet() {
                state.advance_silently(minute, rule, coverage, &self.evaluator);
            } else if let Some(change) = state.advance(minute, rule, coverage, &self.evaluator) {
                let key = AlertKey {
                    rule: rule.name.clone(),
                    subject: Subject::Series(self.series.clone()),
                };
                transitions.push(change.into_transition(key, minute));
            }
            judged.is_initial = judged.state.is_initial();
        }
        transitions
    }

    /// Counts the minutes between the last one and this one as unasked; whether there is
    /// anything to do for this one.
    fn pass_gap(&mut self, minute: Minute, plan: &Plan) -> bool {
        let gap = self.gap(minute);
        for _ in 0..gap.unwrap_or(0) {
            self.evaluator.advance(plan, Observation::Unasked);
        }
        gap.is_some()
    }

    /// Returns how many minutes lie between the last one and this one, so far as they matter; `None` if
    /// this one is not later.
    fn gap(&self, minute: Minute) -> Option<u32> {
        let Some((last, _)) = self.last else {
            return Some(0);
        };
        let gap = (minute.epoch() - last.epoch() - 1).min(REACH_MAX);
        u32::try_from(gap).ok()
    }

    /// Returns the series.
    pub fn series(&self) -> &Series {
        &self.series
    }

    /// Returns the first minute of the history, once one is known.
    pub fn history_begin(&self) -> Option<Minute> {
        self.history_begin
    }

    /// Returns the last minute that was given.
    pub fn last(&self) -> Option<Minute> {
        self.last.map(|(minute, _)| minute)
    }

    /// Returns the values of the last minute.
    pub fn values(&self) -> &Evaluator {
        &self.evaluator
    }

    /// Returns the places of the rules that are about the series, in order.
    pub fn rules(&self) -> impl Iterator<Item = usize> {
        self.judged.iter().map(|judged| judged.rule)
    }

    /// Returns the states of all alerts with the places of their rules, in order.
    pub fn alerts(&self) -> impl Iterator<Item = (usize, &AlertState)> {
        self.judged
            .iter()
            .map(|judged| (judged.rule, &judged.state))
    }

    /// Whether every alert is as at first: nothing is pending, nor fires, nor has just been.
    pub fn is_calm(&self) -> bool {
        self.judged.iter().all(|judged| judged.is_initial)
    }

    /// Returns the state of a rule's alert, if the rule is about the series.
    pub fn alert(&self, rule: usize) -> Option<&AlertState> {
        let place = self
            .judged
            .binary_search_by_key(&rule, |judged| judged.rule);
        place.ok().map(|place| &self.judged[place].state)
    }

    /// Takes up a rule's alert where another state left it; whether the rule is about the series.
    pub fn take_up(&mut self, rule: usize, state: AlertState) -> bool {
        let place = self
            .judged
            .binary_search_by_key(&rule, |judged| judged.rule);
        if let Ok(place) = place {
            self.judged[place].is_initial = state.is_initial();
            self.judged[place].state = state;
        }
        place.is_ok()
    }

    /// Returns what the series says in the count of a rule of many domains, at the last minute.
    pub fn ballot(&self, rule: usize) -> Option<Ballot> {
        let traffic = self.last.map_or(Traffic::None, |(_, traffic)| traffic);
        self.alert(rule).map(|state| Ballot::of(state, traffic))
    }

    /// Returns how a rule stands on the series.
    pub fn standing(&self, rule: usize, ruleset: Ruleset<'_>) -> Option<Standing> {
        let (state, rule) = (self.alert(rule)?, ruleset.rules.get(rule)?);
        Some(match (state.firing(rule), state.pending_since()) {
            (Some(firing), _) => Standing::Firing(firing),
            (None, Some(since)) => Standing::Pending { since },
            (None, None) => Standing::Inactive,
        })
    }

    /// Returns the numbers of the last minute behind a rule's alert, as it stands now: of the
    /// severity that fires or, while none does, of the highest that is pending.
    pub fn evidence(&self, rule: usize, ruleset: Ruleset<'_>) -> Option<(Severity, Evidence)> {
        let (state, rule) = (self.alert(rule)?, ruleset.rules.get(rule)?);
        let tiers = &rule.compiled.tiers;
        let (tier, peak) = match state.firing(rule) {
            Some(firing) => {
                let tier = rule.tier(firing.severity)?;
                (tier, firing.peak)
            }
            None => state
                .tiers
                .iter()
                .zip(tiers)
                .rev()
                .find_map(|(state, tier)| match state {
                    TierState::Pending(run) => Some((tier, run.peak)),
                    TierState::Inactive(_) | TierState::Firing { .. } => None,
                })?,
        };
        let evidence = Evidence {
            values: part_values(tier, &self.evaluator),
            peak,
            domains: Vec::new(),
            before: None,
        };
        Some((tier.severity, evidence))
    }

    /// Returns whether a rule's reach is covered at the last minute.
    pub fn coverage(&self, rule: &Rule) -> Coverage {
        self.last.map_or(Coverage::WarmingUp, |(minute, _)| {
            Coverage::at(minute, rule.compiled.reach, self.history_begin)
        })
    }

    /// Returns the part of a rule that is unknown at the last minute, in its canonical text, if a
    /// condition of the rule is: the first such part, or the whole where every part is known.
    pub fn unknown_part<'r>(&self, rule: &'r Rule) -> Option<&'r str> {
        let is_unknown = |tier: &&Tier| !self.evaluator.is_known(tier.condition);
        let tier = rule.compiled.tiers.iter().find(is_unknown)?;
        let mut parts = tier.parts.iter();
        let part = parts.find(|part| !self.evaluator.is_known(part.node));
        Some(part.map_or(&tier.text, |part| &part.text))
    }
}

/// Whether a minute with these values changes nothing of an alert that is as at first.
fn rests(rule: &Rule, values: &Evaluator) -> bool {
    let is_false = |id| values.truth(id) == Some(false);
    let mut tiers = rule.compiled.tiers.iter();
    tiers.all(|tier| is_false(tier.condition) && is_false(tier.unheld))
}
