//! Domains that come and leave by the listings, and alerts that end because of it.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::Pipeline;
use super::blind::Failing;
use super::setup::Watched;
use super::step::{AlertRow, Step};
use crate::engine::{AlertKey, Event, Evidence, Firing, Subject, Transition};
use crate::unit::{AccountName, DomainName, Minute, Series};

/// Why the alerts of a domain that has left end.
pub const DOMAIN_GONE: &str = "the domain is watched no longer";

/// In how many complete listings in a row a domain must be missing before it has left.
const MISSED_LISTINGS_MAX: u32 = 3;

/// How long after a listing the next one counts, of those without a domain: a rules file that is
/// read again several times has the domains listed each time, and they may all hit one fault.
const LISTINGS_APART: TimeDelta = TimeDelta::seconds(30);

impl Pipeline {
    /// Takes in a complete listing of an account's domains.
    pub(super) fn take_listing(
        &mut self,
        account: &AccountName,
        domains: &[DomainName],
        step: &mut Step,
    ) {
        let Some(Watched::Discovered) = self.setup.accounts.get(account) else {
            return;
        };
        let Some(known) = self.accounts.get_mut(account) else {
            return;
        };
        (known.unlisted, known.is_listing_heard) = (None, true);
        // A time that is yet to come is of before the clock was put back.
        let is_soon = |at: DateTime<Utc>| at <= step.now && step.now < at + LISTINGS_APART;
        let counts = !known.missed_at.is_some_and(is_soon);
        if counts {
            known.missed_at = Some(step.now);
        }
        for domain in domains {
            let series = Series {
                account: account.clone(),
                domain: domain.clone(),
            };
            match self.series.get_mut(&series) {
                Some(state) => state.missed_listings = 0,
                None => self.add(account, domain, step),
            }
        }
        let listed: BTreeSet<&DomainName> = domains.iter().collect();
        let mut left = Vec::new();
        for (series, state) in self
            .series
            .iter_mut()
            .filter(|(series, _)| series.account == *account)
        {
            if counts && !listed.contains(&series.domain) {
                state.missed_listings += 1;
                if MISSED_LISTINGS_MAX <= state.missed_listings {
                    left.push(series.clone());
                }
            }
        }
        for series in left {
            self.remove(&series, step);
        }
    }

    /// Takes in why an account's domains cannot be listed.
    pub(super) fn take_unlisted(
        &mut self,
        account: &AccountName,
        words: String,
        now: DateTime<Utc>,
    ) {
        let Some(Watched::Discovered) = self.setup.accounts.get(account) else {
            return;
        };
        let told = self.blindness.listing_fails_since(account);
        if let Some(known) = self.accounts.get_mut(account) {
            let is_first = !std::mem::replace(&mut known.is_listing_heard, true);
            let since = told.filter(|_| is_first).map_or(now, Minute::start);
            let failing = known.unlisted.get_or_insert(Failing {
                since,
                is_account: true,
                words: String::new(),
            });
            failing.words = words;
        }
    }

    /// Removes a series whose domain has left, and ends its alerts.
    fn remove(&mut self, series: &Series, step: &mut Step) {
        let Some(state) = self.series.remove(series) else {
            return;
        };
        self.failing.remove(series);
        for fleet in self.fleets.values_mut() {
            fleet.forget(series);
        }
        let alerts = state.engine.alerts();
        for (place, alert) in alerts.filter(|(_, alert)| !alert.is_initial()) {
            let key = AlertKey {
                rule: self.setup.rules()[place].name.clone(),
                subject: Subject::Series(series.clone()),
            };
            self.end(key, alert.firing, DOMAIN_GONE, step);
        }
        step.notes.insert(state.warming_note(), None);
        step.series_removed.push(series.clone());
    }

    /// Takes an alert away, and tells so if it was firing.
    pub(super) fn end(
        &mut self,
        key: AlertKey,
        firing: Option<Firing>,
        reason: &str,
        step: &mut Step,
    ) {
        step.alerts.push(AlertRow {
            key: key.clone(),
            state: None,
        });
        if let Some(firing) = firing {
            self.tell(
                ending(key, firing, Minute::containing(step.now), reason),
                None,
                step,
            );
        }
    }
}

/// Returns the end of an alert that can be judged no longer.
pub fn ending(key: AlertKey, firing: Firing, minute: Minute, reason: &str) -> Transition {
    Transition {
        key,
        minute,
        event: Event::Ended {
            reason: reason.to_owned(),
        },
        severity: firing.severity,
        since: firing.since,
        fired: firing.fired,
        evidence: Evidence {
            peak: firing.peak,
            ..Evidence::default()
        },
    }
}
