//! Firings: what began and ended between two transitions of one alert.

use std::collections::BTreeMap;

use super::judged::Judged;
use crate::engine::{AlertKey, Event, Peak, Subject, Transition};
use crate::unit::{DomainName, Minute, Series, Severity};

/// One firing of one alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firing {
    /// Which alert.
    pub key: AlertKey,
    /// The worst severity that it had.
    pub severity: Severity,
    /// The severity with which it began.
    pub began: Severity,
    /// The first minute of the run that led to it; of a rule of many domains, the first from which on as many as must
    /// were bad.
    pub since: Minute,
    /// The minute that decided that it fires.
    pub fired: Minute,
    /// The first minute at which it fired no longer; `None` if it fires at the end.
    pub end: Option<Minute>,
    /// The worst value of the first part of the condition of its worst severity.
    pub peak: Option<Peak>,
    /// The series that fired when it began, of a rule of many domains.
    pub on: Vec<Series>,
}

impl Firing {
    /// Returns the series; `None` of a rule of many.
    pub fn series(&self) -> Option<&Series> {
        match &self.key.subject {
            Subject::Series(series) => Some(series),
            Subject::Fleet | Subject::Account { .. } => None,
        }
    }

    /// Returns the domain; `None` of a rule of many.
    pub fn domain(&self) -> Option<&DomainName> {
        self.series().map(|series| &series.domain)
    }

    /// Returns how many minutes it fired, up to and with `last` if it does not end.
    pub fn minutes(&self, last: Minute) -> u64 {
        let end = self.end.unwrap_or(last.next());
        u64::try_from(end.epoch() - self.fired.epoch()).unwrap_or(0)
    }

    /// Returns how many minutes of data it took to know: the first bad one and the deciding one
    /// included. `None` if it was bad already in `first`, the first minute that is judged: nobody
    /// knows since when.
    pub fn minutes_to_know(&self, first: Minute) -> Option<u64> {
        let minutes = self.fired.next().epoch() - self.since.epoch();
        u64::try_from(minutes).ok().filter(|_| first < self.since)
    }

    /// Whether it fires in one of the minutes from `from` up to, and without, `to`.
    pub fn fires_within(&self, from: Minute, to: Minute) -> bool {
        self.fired < to && self.end.is_none_or(|end| from < end)
    }

    /// Takes in what a transition says beyond how it began.
    fn follow(&mut self, of: &Transition) {
        let evidence = &of.evidence;
        if let Event::SeverityChanged { from } = &of.event {
            self.worsen(*from, evidence.before.clone());
        }
        let part = evidence.values.first();
        let told = evidence.peak.zip(part).map(|(value, part)| Peak {
            value,
            text: part.text.clone(),
            of: part.of,
        });
        self.worsen(of.severity, told);
    }

    /// Takes in how bad it has become with a severity. What a lesser severity measures says nothing of the worst,
    /// unless both measure the same.
    fn worsen(&mut self, severity: Severity, told: Option<Peak>) {
        let measured = self.peak.as_ref().map(|peak| peak.text.as_str());
        let is_of_worst =
            self.severity <= severity || told.as_ref().map(|peak| peak.text.as_str()) == measured;
        if is_of_worst && (told.is_some() || self.severity < severity) {
            self.peak = told;
        }
        self.severity = self.severity.max(severity);
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
                let enough_since = match of.key.subject {
                    Subject::Fleet => {
                        let firing = (of.key.rule.clone(), of.fired);
                        judged.enough_since.get(&firing).copied()
                    }
                    Subject::Series(_) | Subject::Account { .. } => None,
                };
                let mut firing = Firing {
                    key: of.key.clone(),
                    severity: of.severity,
                    began: of.severity,
                    since: enough_since.unwrap_or(of.since),
                    fired: of.fired,
                    end: None,
                    peak: None,
                    on: of.evidence.domains.clone(),
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
    for of in &judged.still_firing {
        // What is open at the end may have become worse since its last transition.
        if let Some(firing) = open.get(&of.key).and_then(|at| found.get_mut(*at)) {
            firing.worsen(of.severity, of.peak.clone());
        }
    }
    found
}
