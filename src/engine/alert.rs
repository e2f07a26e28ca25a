//! The life of one alert: what its conditions make of it, minute by minute.
//!
//! Every severity lives for itself ([`TierState`]); the alert shows the highest that fires
//! ([`AlertState`]). Nothing here knows of time or text: a minute comes with the values of that
//! minute, and what happened is given back.

use super::evaluator::Evaluator;
use super::plan::Plan;
use super::rule::{OnUnknown, Rule};
use super::transition::{AlertKey, Event, Evidence, PartValue, Peak, Transition};
use crate::lang::program::{Tier, Worst};
use crate::unit::{Decimal, Minute, Minutes, Severity};

/// The state of one rule on one series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertState {
    /// The states of its severities, from the least to the worst.
    pub tiers: Vec<TierState>,
    /// What it shows, if it fires.
    pub firing: Option<Firing>,
}

/// What an alert that fires shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Firing {
    /// The highest severity that fires.
    pub severity: Severity,
    /// The first minute of the run that led to firing.
    pub since: Minute,
    /// The minute that decided that it fires.
    pub fired: Minute,
    /// The worst value of the first part of that severity, since its run began.
    pub peak: Option<Decimal>,
}

/// The state of one severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TierState {
    /// The condition is not true; a run may have been interrupted for a short while.
    Inactive(Option<Run>),
    /// The condition without its `for`s is true, the whole not yet.
    Pending(Run),
    /// It fires.
    Firing {
        /// The first minute of the run that led to it.
        since: Minute,
        /// The minute that decided.
        fired: Minute,
        /// The worst value of the first part since then.
        peak: Option<Decimal>,
    },
}

/// A run of minutes in which the condition without its `for`s is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its first minute.
    pub since: Minute,
    /// How many false minutes there were after the last true one.
    pub lapse: u32,
    /// The worst value of the first part since its first minute.
    pub peak: Option<Decimal>,
}

/// Whether a rule's reach lies within the domain's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Coverage {
    /// It does: unknown means what the rule says.
    Covered,
    /// Not yet: unknown changes nothing.
    WarmingUp,
}

impl Coverage {
    /// Returns whether a rule with this reach is covered at `minute` by a history that begins
    /// then.
    pub fn at(minute: Minute, reach: u32, history_begin: Option<Minute>) -> Self {
        match history_begin {
            Some(begin) if Self::begin(reach, begin) <= minute => Self::Covered,
            Some(_) | None => Self::WarmingUp,
        }
    }

    /// Returns the first minute at which a rule with this reach is covered by a history that
    /// begins then.
    pub fn begin(reach: u32, history_begin: Minute) -> Minute {
        Minutes::new(reach.max(1) - 1).map_or(history_begin, |more| history_begin + more)
    }
}

/// A change of one alert, before it is said whose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub event: Event,
    /// What the alert shows, or showed at the end.
    pub firing: Firing,
    /// The numbers behind it.
    pub evidence: Evidence,
}

impl Firing {
    /// Returns the end of an alert that can be judged no longer, for this reason.
    pub fn end(self, reason: String) -> Change {
        Change {
            event: Event::Ended { reason },
            firing: self,
            evidence: Evidence {
                peak: self.peak,
                ..Evidence::default()
            },
        }
    }
}

impl Change {
    /// Returns the transition of this alert at this minute.
    pub fn into_transition(self, key: AlertKey, minute: Minute) -> Transition {
        Transition {
            key,
            minute,
            event: self.event,
            severity: self.firing.severity,
            since: self.firing.since,
            fired: self.firing.fired,
            evidence: self.evidence,
        }
    }
}

impl AlertState {
    /// Returns the state of a rule that was never judged.
    pub fn new(rule: &Rule) -> Self {
        Self {
            tiers: vec![TierState::Inactive(None); rule.compiled.tiers.len()],
            firing: None,
        }
    }

    /// Whether it is as at first, so that there is nothing to keep.
    pub fn is_initial(&self) -> bool {
        let initial = |tier: &TierState| *tier == TierState::Inactive(None);
        self.firing.is_none() && self.tiers.iter().all(initial)
    }

    /// Returns since when a severity is pending while nothing fires: the earliest of all.
    pub fn pending_since(&self) -> Option<Minute> {
        let since = |tier: &TierState| match tier {
            TierState::Pending(run) => Some(run.since),
            TierState::Inactive(_) | TierState::Firing { .. } => None,
        };
        if self.firing.is_some() {
            return None;
        }
        self.tiers.iter().filter_map(since).min()
    }

    /// Lets an alert of one severity fire on over some minutes of a block, if it fires; whether it does.
    pub(super) fn stays_firing(
        &mut self,
        rule: &Rule,
        plan: &Plan,
        values: &mut Evaluator,
        minutes: std::ops::Range<usize>,
    ) -> bool {
        let ([TierState::Firing { peak, .. }], Some(shown), [tier]) = (
            self.tiers.as_mut_slice(),
            &mut self.firing,
            rule.compiled.tiers.as_slice(),
        ) else {
            return false;
        };
        if let Some(part) = tier.parts.first()
            && !peak.is_some_and(|peak| values.is_outdone(part.node, part.worst, peak))
        {
            values.ask(plan, part.node);
            let worst = values.worst(part.node, part.worst, minutes);
            *peak = worse(part.worst, *peak, worst);
        }
        shown.peak = *peak;
        true
    }

    /// Judges a minute, and returns what happened.
    pub fn advance(
        &mut self,
        minute: Minute,
        rule: &Rule,
        coverage: Coverage,
        values: &Evaluator,
    ) -> Option<Change> {
        self.advance_silently(minute, rule, coverage, values);
        let shown = self.firing_tier(rule);
        let mut before = None;
        let (event, firing) = match (self.firing, shown) {
            (None, None) => return None,
            (None, Some(now)) => (Event::Fired, now),
            (Some(was), Some(now)) => {
                let kept = Firing {
                    since: was.since,
                    fired: was.fired,
                    ..now
                };
                if was.severity == now.severity {
                    self.firing = Some(kept);
                    return None;
                }
                before = Peak::of(rule, was);
                (Event::SeverityChanged { from: was.severity }, kept)
            }
            (Some(was), None) => (Event::Resolved, was),
        };
        self.firing = shown.map(|_| firing);
        let tier = rule.tier(firing.severity);
        Some(Change {
            event,
            firing,
            evidence: Evidence {
                values: tier.map(|t| part_values(t, values)).unwrap_or_default(),
                peak: firing.peak,
                domains: Vec::new(),
                before,
            },
        })
    }

    /// Judges a minute of a rule of many domains: every severity lives by itself, and nothing
    /// is shown.
    pub fn advance_silently(
        &mut self,
        minute: Minute,
        rule: &Rule,
        coverage: Coverage,
        values: &Evaluator,
    ) {
        for (state, tier) in self.tiers.iter_mut().zip(&rule.compiled.tiers) {
            let verdict = Verdict::of(tier, rule.on_unknown, coverage, values);
            *state = state.after(minute, tier, verdict);
        }
    }

    /// Returns what fires: what the alert shows, or, of a rule of many domains, which shows
    /// nothing for one, its highest severity that fires here.
    pub fn firing(&self, rule: &Rule) -> Option<Firing> {
        self.firing.or_else(|| self.firing_tier(rule))
    }

    fn firing_tier(&self, rule: &Rule) -> Option<Firing> {
        let mut pairs = self.tiers.iter().zip(&rule.compiled.tiers).rev();
        pairs.find_map(|(state, tier)| match *state {
            TierState::Firing { since, fired, peak } => Some(Firing {
                severity: tier.severity,
                since,
                fired,
                peak,
            }),
            TierState::Inactive(_) | TierState::Pending(_) => None,
        })
    }
}

pub(super) fn part_values(tier: &Tier, values: &Evaluator) -> Vec<PartValue> {
    let value = |part: &crate::lang::program::Part| PartValue {
        text: part.text.clone(),
        of: part.of,
        value: values.decimal(part.node),
    };
    tier.parts.iter().map(value).collect()
}

/// What the values of a minute say of one severity, as its rule reads them where they are unknown.
#[derive(Clone, Copy, Debug)]
struct Verdict {
    condition: Option<bool>,
    /// Whether there is an `until` and it is true.
    is_until: bool,
    /// Whether what fires ends now.
    resolves: bool,
    /// The condition without its `for`s.
    unheld: Option<bool>,
    /// The value of the first part.
    value: Option<Decimal>,
    worst: Worst,
}

impl Verdict {
    fn of(tier: &Tier, on_unknown: OnUnknown, coverage: Coverage, values: &Evaluator) -> Self {
        let (condition, until) = match (coverage, on_unknown) {
            (Coverage::WarmingUp, _) | (Coverage::Covered, OnUnknown::Hold) => (None, false),
            (Coverage::Covered, OnUnknown::Clear) => (Some(false), true),
            (Coverage::Covered, OnUnknown::Fire) => (Some(true), false),
        };
        // What is read as false is no run of true minutes either.
        let is_cleared = condition == Some(false);
        let unheld = values.truth(tier.unheld);
        let unheld = unheld.or_else(|| is_cleared.then_some(false));
        let condition = values.truth(tier.condition).or(condition);
        let until = tier.until.map(|id| values.truth(id).unwrap_or(until));
        let first = tier.parts.first();
        Self {
            condition,
            is_until: until == Some(true),
            resolves: until.unwrap_or(condition == Some(false)),
            unheld,
            value: first.and_then(|part| values.decimal(part.node)),
            worst: first.map_or(Worst::Greatest, |part| part.worst),
        }
    }

    fn fires(self) -> bool {
        self.condition == Some(true) && !self.is_until
    }

    fn worse(self, peak: Option<Decimal>) -> Option<Decimal> {
        worse(self.worst, peak, self.value)
    }
}

fn worse(worst: Worst, a: Option<Decimal>, b: Option<Decimal>) -> Option<Decimal> {
    match (a, b, worst) {
        (Some(a), Some(b), Worst::Greatest) => Some(a.max(b)),
        (Some(a), Some(b), Worst::Least) => Some(a.min(b)),
        (a, b, _) => a.or(b),
    }
}

impl TierState {
    /// Returns the state after a minute.
    fn after(self, minute: Minute, tier: &Tier, verdict: Verdict) -> Self {
        let (was_pending, run) = match self {
            Self::Firing { since, fired, peak } if !verdict.resolves => {
                let peak = verdict.worse(peak);
                return Self::Firing { since, fired, peak };
            }
            Self::Firing { .. } => (false, None),
            Self::Inactive(run) => (false, run),
            Self::Pending(run) => (true, Some(run)),
        };
        let is_running = verdict.unheld == Some(true) && !verdict.is_until;
        let run = Run::after(run, minute, tier.slack, is_running, verdict);
        if verdict.fires() {
            return Self::Firing {
                since: run.map_or(minute, |run| run.since),
                fired: minute,
                peak: run.map_or(verdict.value, |run| run.peak),
            };
        }
        let stays_pending = was_pending && verdict.unheld.is_none() && !verdict.is_until;
        match run {
            Some(run) if is_running || stays_pending => Self::Pending(run),
            run => Self::Inactive(run),
        }
    }
}

impl Run {
    /// Returns the run after a minute: an unknown minute does not end it, nor do as many false
    /// ones in a row as the condition's hold lets pass.
    fn after(
        run: Option<Self>,
        minute: Minute,
        slack: u32,
        is_running: bool,
        verdict: Verdict,
    ) -> Option<Self> {
        let began = || Self {
            since: minute,
            lapse: 0,
            peak: None,
        };
        let mut run = if is_running {
            run.unwrap_or_else(began)
        } else {
            run?
        };
        if is_running {
            run.lapse = 0;
        } else if verdict.unheld == Some(false) || verdict.is_until {
            run.lapse += 1;
            if slack < run.lapse {
                return None;
            }
        }
        run.peak = verdict.worse(run.peak);
        Some(run)
    }
}
