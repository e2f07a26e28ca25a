//! Firings: what began and ended between two transitions of one alert.

use std::collections::BTreeMap;

use super::judged::Judged;
use crate::engine::{AlertKey, Event, Subject, Transition};
use crate::lang::program::Type;
use crate::unit::{Decimal, DomainName, Minute, Severity};

/// One firing of one alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firing {
    /// Which alert.
    pub key: AlertKey,
    /// The worst severity that it had.
    pub severity: Severity,
    /// The severity with which it began.
    pub began: Severity,
    /// The first minute of the run that led to it.
    pub since: Minute,
    /// The minute that decided that it fires.
    pub fired: Minute,
    /// The first minute at which it fired no longer; `None` if it fires at the end.
    pub end: Option<Minute>,
    /// The worst value of the condition's first part, with the part's text and type.
    pub peak: Option<Peak>,
}

/// The worst value of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peak {
    /// The value.
    pub value: Decimal,
    /// The part, in canonical form.
    pub text: String,
    /// Its type.
    pub of: Type,
}

impl Firing {
    /// Returns the domain; `None` of a rule of many.
    pub fn domain(&self) -> Option<&DomainName> {
        match &self.key.subject {
            Subject::Series(series) => Some(&series.domain),
            Subject::Fleet | Subject::Account { .. } => None,
        }
    }

    /// Returns how many minutes it fired, up to and with `last` if it does not end.
    pub fn minutes(&self, last: Minute) -> u64 {
        let end = self.end.unwrap_or(last.next());
        u64::try_from(end.epoch() - self.fired.epoch()).unwrap_or(0)
    }

    /// Returns how many minutes of data it took to know: the first bad one and the deciding one
    /// included.
    pub fn minutes_to_know(&self) -> u64 {
        u64::try_from(self.fired.next().epoch() - self.since.epoch()).unwrap_or(0)
    }

    /// Whether it fires in one of the minutes from `from` up to, and without, `to`.
    pub fn fires_within(&self, from: Minute, to: Minute) -> bool {
        self.fired < to && self.end.is_none_or(|end| from < end)
    }

    /// Takes in what a transition says beyond how it began.
    fn follow(&mut self, of: &Transition) {
        self.severity = self.severity.max(of.severity);
        let part = of.evidence.values.first();
        if let Some((value, part)) = of.evidence.peak.zip(part) {
            self.peak = Some(Peak {
                value,
                text: part.text.clone(),
                of: part.of,
            });
        }
    }
}

/// Returns the firings of a backtest, in the order in which they began.
pub fn firings(judged: &Judged) -> Vec<Firing> {
    let mut found: Vec<Firing> = Vec::new();
    let mut open: BTreeMap<&AlertKey, usize> = BTreeMap::new();
    for of in &judged.transitions {
        match &of.event {
            Event::Fired => {
                open.insert(&of.key, found.len());
                let mut firing = Firing {
                    key: of.key.clone(),
                    severity: of.severity,
                    began: of.severity,
                    since: of.since,
                    fired: of.fired,
                    end: None,
                    peak: None,
                };
                firing.follow(of);
                found.push(firing);
            }
            Event::SeverityChanged { .. } => {
                if let Some(firing) = open.get(&of.key).and_then(|at| found.get_mut(*at)) {
                    firing.follow(of);
                }
            }
            Event::Resolved | Event::Ended { .. } => {
                let place = open.remove(&of.key);
                if let Some(firing) = place.and_then(|at| found.get_mut(at)) {
                    firing.follow(of);
                    firing.end = Some(of.minute);
                }
            }
        }
    }
    for still_firing in &judged.still_firing {
        // What is open at the end may have become worse since its last transition.
        let firing = open
            .get(&still_firing.key)
            .and_then(|at| found.get_mut(*at));
        if let Some((peak, value)) = firing
            .and_then(|of| of.peak.as_mut())
            .zip(still_firing.peak)
        {
            peak.value = value;
        }
    }
    found
}
