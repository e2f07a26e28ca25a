//! From when to when alerts are pending, as the engine's states say.

use super::fact::{Fact, What, since_start};
use crate::engine::{Rule, SeriesEngine};
use crate::unit::{DomainName, Minute};

/// Watches domains, one after the other, and notes when alerts are pending.
///
/// Rules of many domains are left out: such an alert is never pending, only its domains are.
pub(super) struct Watch<'a> {
    rules: &'a [Rule],
    start: Minute,
    domain: Option<DomainName>,
    /// Since when each rule is pending on the domain.
    since: Vec<Option<Minute>>,
    found: Vec<Fact>,
}

impl<'a> Watch<'a> {
    /// Returns a watch that has seen nothing.
    pub(super) fn new(rules: &'a [Rule], start: Minute) -> Self {
        Self {
            rules,
            start,
            domain: None,
            since: vec![None; rules.len()],
            found: Vec::new(),
        }
    }

    /// Looks at a domain after a minute was judged.
    pub(super) fn look(&mut self, minute: Minute, engine: &SeriesEngine) {
        if self.domain.as_ref() != Some(&engine.series().domain) {
            self.close_all();
            self.domain = Some(engine.series().domain.clone());
        }
        for place in engine.rules() {
            let is_fleet = self.rules.get(place).is_none_or(Rule::is_fleet);
            let alert = engine.alert(place).filter(|_| !is_fleet);
            let is_pending = alert.is_some_and(|alert| alert.pending_since().is_some());
            match (self.since[place], is_pending) {
                (None, true) => self.since[place] = Some(minute),
                (Some(since), false) => {
                    self.since[place] = None;
                    self.note(place, since, Some(minute));
                }
                (None, false) | (Some(_), true) => {}
            }
        }
    }

    /// Returns the pending states, by domain, in the order of their ends.
    pub(super) fn end(mut self) -> Vec<Fact> {
        self.close_all();
        self.found
    }

    fn close_all(&mut self) {
        for place in 0..self.since.len() {
            if let Some(since) = self.since[place].take() {
                self.note(place, since, None);
            }
        }
    }

    fn note(&mut self, place: usize, since: Minute, to: Option<Minute>) {
        self.found.push(Fact {
            at: since_start(since, self.start),
            rule: self.rules[place].name.clone(),
            domain: self.domain.clone(),
            what: What::Pending {
                to: to.map(|to| since_start(to, self.start)),
            },
            severity: None,
        });
    }
}
