//! Rules of many domains: one alert while enough of them fire at once.

use super::alert::{AlertState, Change, Firing, TierState};
use super::rule::Rule;
use super::transition::{Event, Evidence, PartValue};
use crate::lang::ast::Fleet;
use crate::lang::program::Type;
use crate::unit::{Decimal, Minute, Series, Severity};

/// What the value of an alert over many domains is called, and its type: how many of them fire.
pub(super) const PART: (&str, Type) = ("domains", Type::Number);

/// What one domain says at one minute: since when each severity fires on it, and whether it had
/// traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// For each severity of the rule, from the least to the worst, the first minute of the run
    /// that led to firing, if it fires.
    pub firing: [Option<Minute>; Severity::ALL.len()],
    /// Whether the minute has a sample with codes.
    pub traffic: Traffic,
}

/// Whether a domain had traffic in a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Traffic {
    /// It has a sample with codes.
    Some,
    /// It has none, or nobody could ask.
    None,
}

impl Ballot {
    /// Returns what the silent state of a domain says.
    pub fn of(state: &AlertState, traffic: Traffic) -> Self {
        let mut firing = [None; Severity::ALL.len()];
        for (place, tier) in firing.iter_mut().zip(&state.tiers) {
            *place = match tier {
                TierState::Firing { since, .. } => Some(*since),
                TierState::Inactive(_) | TierState::Pending(_) => None,
            };
        }
        Self { firing, traffic }
    }
}

/// The state of the one alert of a rule of many domains. Its peak is the largest number of
/// domains that fired at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FleetState {
    /// What it shows, if it fires.
    pub firing: Option<Firing>,
}

impl FleetState {
    /// Judges a minute over the domains of that minute, and returns what happened.
    pub fn advance(
        &mut self,
        minute: Minute,
        rule: &Rule,
        ballots: &[(&Series, Ballot)],
    ) -> Option<Change> {
        let shown = highest(minute, rule, ballots);
        let (event, firing) = match (self.firing, shown) {
            (None, None) => return None,
            (None, Some(now)) => (Event::Fired, now),
            (Some(was), Some(now)) => {
                let kept = Firing {
                    since: was.since,
                    fired: was.fired,
                    peak: was.peak.max(now.peak),
                    ..now
                };
                if was.severity == now.severity {
                    self.firing = Some(kept);
                    return None;
                }
                (Event::SeverityChanged { from: was.severity }, kept)
            }
            (Some(was), None) => (Event::Resolved, was),
        };
        self.firing = shown.map(|_| firing);
        Some(Change {
            event,
            firing,
            evidence: evidence(rule, firing, ballots),
        })
    }
}

impl FleetState {
    /// Returns the numbers behind the alert, by what domains say now, if it fires.
    pub fn evidence(&self, rule: &Rule, ballots: &[(&Series, Ballot)]) -> Option<Evidence> {
        Some(evidence(rule, self.firing?, ballots))
    }

    /// Returns the first minute from which on as many domains as must are in the runs that they fire by, if the
    /// alert fires; its `since` is the first minute of the first of these runs.
    pub fn enough_since(&self, rule: &Rule, ballots: &[(&Series, Ballot)]) -> Option<Minute> {
        let severity = self.firing?.severity;
        let mut tiers = rule.compiled.tiers.iter();
        let at = tiers.position(|tier| tier.severity == severity)?;
        let needed = Tally::of(rule, at, ballots)?.needed;
        let runs = ballots.iter();
        let runs = runs.filter_map(|(_, ballot)| ballot.firing.get(at).copied().flatten());
        let mut runs: Vec<Minute> = runs.collect();
        runs.sort_unstable();
        runs.get(usize::try_from(needed).ok()?.checked_sub(1)?)
            .copied()
    }
}

/// How many domains fire at one severity, and how many must.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// How many fire.
    pub firing: u32,
    /// How many must, at least 1.
    pub needed: u32,
    /// The first minute of the runs of those that fire.
    pub since: Option<Minute>,
}

impl Tally {
    /// Counts what the domains of a minute say of a severity, named by its place; `None` if the
    /// rule has no such severity, or is not one of many domains.
    pub fn of(rule: &Rule, tier: usize, ballots: &[(&Series, Ballot)]) -> Option<Self> {
        let fleet = rule.compiled.tiers.get(tier)?.fleet?;
        let mut firing = 0_u32;
        let mut weighed = 0_u32;
        let mut since: Option<Minute> = None;
        for (_, ballot) in ballots {
            let fires = ballot.firing.get(tier).copied().flatten();
            weighed += u32::from(fires.is_some() || ballot.traffic == Traffic::Some);
            if let Some(run) = fires {
                firing += 1;
                since = Some(since.map_or(run, |first| first.min(run)));
            }
        }
        Some(Self {
            firing,
            needed: needed(fleet, weighed),
            since,
        })
    }

    /// Whether enough domains fire.
    pub fn is_enough(self) -> bool {
        self.needed <= self.firing
    }
}

/// Returns the highest severity that enough domains fire at.
fn highest(minute: Minute, rule: &Rule, ballots: &[(&Series, Ballot)]) -> Option<Firing> {
    let mut tiers = rule.compiled.tiers.iter().enumerate().rev();
    tiers.find_map(|(at, tier)| {
        let tally = Tally::of(rule, at, ballots)?;
        tally.is_enough().then_some(Firing {
            severity: tier.severity,
            since: tally.since.map_or(minute, |since| since.min(minute)),
            fired: minute,
            peak: Decimal::from_integer(i64::from(tally.firing)),
        })
    })
}

/// Returns how many domains must fire, of so many that fire or have traffic: at least one.
fn needed(fleet: Fleet, weighed: u32) -> u32 {
    let needed = match fleet {
        Fleet::Count(count) => count,
        Fleet::Proportion(proportion) => {
            let whole = i128::from(Decimal::HUNDRED.units());
            let part = i128::from(proportion.units()) * i128::from(weighed);
            u32::try_from((part + whole - 1) / whole).unwrap_or(u32::MAX)
        }
    };
    needed.max(1)
}

fn evidence(rule: &Rule, firing: Firing, ballots: &[(&Series, Ballot)]) -> Evidence {
    let tiers = &rule.compiled.tiers;
    let at = tiers.iter().position(|t| t.severity == firing.severity);
    let fires = |ballot: &Ballot| {
        let since = at.and_then(|at| ballot.firing.get(at).copied());
        since.flatten().is_some()
    };
    let firing_now = ballots.iter().filter(|(_, ballot)| fires(ballot));
    let mut domains: Vec<Series> = firing_now.map(|(series, _)| (*series).clone()).collect();
    domains.sort();
    let count = i64::try_from(domains.len()).unwrap_or(i64::MAX);
    Evidence {
        values: vec![PartValue {
            text: PART.0.to_owned(),
            of: PART.1,
            value: Decimal::from_integer(count),
        }],
        peak: firing.peak,
        domains,
        before: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proportion_of_domains_is_rounded_up_and_at_least_one() {
        let percent = |text: &str| Fleet::Proportion(text.parse().unwrap());
        assert_eq!(needed(percent("50"), 3), 2);
        assert_eq!(needed(percent("60"), 2), 2);
        assert_eq!(needed(percent("0.000000001"), 1_000), 1);
        assert_eq!(needed(percent("100"), 7), 7);
        assert_eq!(needed(percent("50"), 0), 1);
        assert_eq!(needed(percent("33.333333333"), 3), 1);
        assert_eq!(needed(Fleet::Count(4), 3), 4);
    }
}
