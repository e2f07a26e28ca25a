//! The built-in alerts: when an account, a domain or a rule cannot be judged.
//!
//! Each is one alert per cause and account. They go by the time at which Foghorn looks, because
//! what they tell of is that there are no samples.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::step::AlertRow;
use crate::engine::{AlertKey, Event, Evidence, Firing, Subject, Transition};
use crate::unit::{AccountName, Minute, Series, Severity};

/// No sample with codes for any domain of an account for `max_lateness`.
pub const SOURCE_LATE: &str = "source-late";
/// An account or a domain cannot be asked.
pub const SOURCE_FAILING: &str = "source-failing";
/// A rule has been unknown on a domain that had samples.
pub const RULE_BLIND: &str = "rule-blind";

/// The names of the built-in rules, which no rule of a file may have.
pub const BUILT_IN: [&str; 3] = [SOURCE_LATE, SOURCE_FAILING, RULE_BLIND];

/// How long a source fails before it is told.
pub const FAILING_AFTER: TimeDelta = TimeDelta::minutes(10);
/// How long a rule is unknown before it is told, in minutes.
pub const BLIND_AFTER: u32 = 30;

/// The cause of a `source-failing` that is about the whole account.
pub const CAUSE_ACCOUNT: &str = "account";
/// The cause of a `source-failing` that is about some domains.
const CAUSE_DOMAINS: &str = "domains";
/// The cause of a `source-failing` that is about the list of an account's domains.
const CAUSE_LISTING: &str = "listing";

/// A built-in alert that fires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlindAlert {
    /// Since when the cause has been there, in minutes of the epoch.
    since: i64,
    /// When it was told.
    fired: i64,
}

impl BlindAlert {
    /// Returns what it shows.
    pub fn firing(&self) -> Firing {
        let minute =
            |epoch| Minute::from_epoch(epoch).unwrap_or(Minute::containing(DateTime::UNIX_EPOCH));
        Firing {
            severity: Severity::Critical,
            since: minute(self.since),
            fired: minute(self.fired),
            peak: None,
        }
    }
}

/// A cause that is there now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Which built-in rule tells of it.
    pub rule: &'static str,
    /// The account.
    pub account: AccountName,
    /// The cause, as a short stable word.
    pub word: String,
    /// Since when.
    pub since: Minute,
    /// What is said of it.
    pub words: String,
    /// The domains that it touches.
    pub domains: Vec<Series>,
}

/// Why a series cannot be asked, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// Since when.
    pub since: DateTime<Utc>,
    /// Whether the source refused the whole account.
    pub is_account: bool,
    /// What the source said, and what to do.
    pub words: String,
}

/// The built-in alerts that fire, by key.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Blindness {
    firing: BTreeMap<AlertKey, BlindAlert>,
}

impl Blindness {
    /// Whether the account's `source-late` fires.
    pub fn is_late(&self, account: &AccountName) -> bool {
        self.firing
            .keys()
            .any(|key| key.rule == SOURCE_LATE && key.columns().0 == account.as_str())
    }

    /// Returns since when the account, or domains of it, cannot be asked, if that is told.
    pub fn asking_fails_since(&self, account: &AccountName) -> Option<Minute> {
        self.fails_since(account, |cause| cause != CAUSE_LISTING)
    }

    /// Returns since when the account's domains cannot be listed, if that is told.
    pub fn listing_fails_since(&self, account: &AccountName) -> Option<Minute> {
        self.fails_since(account, |cause| cause == CAUSE_LISTING)
    }

    fn fails_since(&self, account: &AccountName, is_it: impl Fn(&str) -> bool) -> Option<Minute> {
        let told = self.firing.iter().filter(|(key, _)| {
            let (of_account, _, cause) = key.columns();
            key.rule == SOURCE_FAILING && of_account == account.as_str() && is_it(cause)
        });
        told.map(|(_, alert)| alert.firing().since).min()
    }

    /// Whether it is told that a rule is blind on an account.
    pub fn is_blind(&self, account: &AccountName, rule: &str) -> bool {
        self.firing.keys().any(|key| {
            let (of_account, _, cause) = key.columns();
            key.rule == RULE_BLIND && of_account == account.as_str() && cause == rule
        })
    }

    /// Returns how many built-in alerts fire.
    pub fn len(&self) -> usize {
        self.firing.len()
    }

    /// Takes a stored alert in.
    pub fn restore(&mut self, key: AlertKey, stored: BlindAlert) {
        self.firing.insert(key, stored);
    }

    /// Returns the alerts as the store has them.
    pub fn rows(&self) -> impl Iterator<Item = AlertRow> {
        self.firing.iter().map(|(key, alert)| AlertRow {
            key: key.clone(),
            state: serde_json::to_string(alert).ok(),
        })
    }

    /// Returns what is stored of an alert, if it fires.
    pub fn stored(&self, key: &AlertKey) -> Option<&BlindAlert> {
        self.firing.get(key)
    }

    /// Holds the causes that are there now against the alerts that fire, and returns what changed.
    ///
    /// An alert ends once its cause is gone, but not while nothing has been heard of its account
    /// that would tell: while `is_unsure`.
    pub fn update(
        &mut self,
        now: Minute,
        causes: &[Cause],
        is_unsure: impl Fn(&AlertKey) -> bool,
    ) -> Vec<(Transition, String)> {
        let mut changes = Vec::new();
        let mut present = BTreeSet::new();
        for cause in causes {
            let subject = Subject::Account {
                account: cause.account.clone(),
                cause: cause.word.clone(),
            };
            let key = AlertKey {
                rule: cause.rule.to_owned(),
                subject,
            };
            present.insert(key.clone());
            if let Entry::Vacant(place) = self.firing.entry(key.clone()) {
                let alert = BlindAlert {
                    since: cause.since.epoch(),
                    fired: now.epoch(),
                };
                let change = transition(key, &alert, now, Event::Fired, cause.domains.clone());
                place.insert(alert);
                changes.push((change, cause.words.clone()));
            }
        }
        let over = self
            .firing
            .keys()
            .filter(|key| !present.contains(*key) && !is_unsure(key));
        let over: Vec<AlertKey> = over.cloned().collect();
        for key in over {
            if let Some(alert) = self.firing.remove(&key) {
                let words = "The cause is gone.".to_owned();
                changes.push((
                    transition(key, &alert, now, Event::Resolved, Vec::new()),
                    words,
                ));
            }
        }
        changes
    }
}

/// Returns what the source said and what to do, as sentences.
pub fn with_mend(message: &str, mend: &str) -> String {
    if mend.is_empty() {
        message.to_owned()
    } else {
        format!("{message}. To mend it: {mend}")
    }
}

fn transition(
    key: AlertKey,
    alert: &BlindAlert,
    now: Minute,
    event: Event,
    domains: Vec<Series>,
) -> Transition {
    Transition {
        key,
        minute: now,
        event,
        severity: Severity::Critical,
        since: Minute::from_epoch(alert.since).unwrap_or(now),
        fired: Minute::from_epoch(alert.fired).unwrap_or(now),
        evidence: Evidence {
            domains,
            ..Evidence::default()
        },
    }
}

/// Returns the cause by which series of one account, of so many, cannot be asked.
///
/// It is the account's cause if the source refused the whole account or if every domain fails.
pub fn failing_cause(
    account: &AccountName,
    now: DateTime<Utc>,
    series: usize,
    failing: &[(&Series, &Failing)],
) -> Option<Cause> {
    let long = failing.iter().filter(|(_, f)| is_long(f, now));
    let long: Vec<&(&Series, &Failing)> = long.collect();
    let (worst, first) = long.iter().min_by_key(|(_, f)| (!f.is_account, f.since))?;
    let is_account = first.is_account || long.len() >= series;
    let scope = if is_account {
        format!("account {account} cannot be asked")
    } else {
        // What one of several gets need not be what the others get.
        let example = match long.len() {
            1 => String::new(),
            _ => format!(", {} for example", worst.domain),
        };
        format!(
            "{} of {series} domains of account {account} cannot be asked{example}",
            long.len()
        )
    };
    Some(Cause {
        rule: SOURCE_FAILING,
        account: account.clone(),
        word: if is_account {
            CAUSE_ACCOUNT
        } else {
            CAUSE_DOMAINS
        }
        .to_owned(),
        since: Minute::containing(first.since),
        words: format!("{scope}: {}", first.words),
        domains: long.iter().map(|(series, _)| (*series).clone()).collect(),
    })
}

/// Returns the cause by which the domains of an account cannot be listed.
pub fn listing_cause(
    account: &AccountName,
    now: DateTime<Utc>,
    unlisted: &Failing,
) -> Option<Cause> {
    is_long(unlisted, now).then(|| Cause {
        rule: SOURCE_FAILING,
        account: account.clone(),
        word: CAUSE_LISTING.to_owned(),
        since: Minute::containing(unlisted.since),
        words: format!(
            "the domains of account {account} cannot be listed, so that new ones are not watched: {}",
            unlisted.words
        ),
        domains: Vec::new(),
    })
}

fn is_long(failing: &Failing, now: DateTime<Utc>) -> bool {
    FAILING_AFTER <= now - failing.since
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::DomainName;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(1_000_000 + minutes)
    }

    fn failing(domains: &[&str], is_account: bool) -> BTreeMap<Series, Failing> {
        let series = |d: &&str| Series {
            account: AccountName::from("main"),
            domain: DomainName::from(*d),
        };
        let fault = Failing {
            since: at(0),
            is_account,
            words: "no key".to_owned(),
        };
        domains.iter().map(|d| (series(d), fault.clone())).collect()
    }

    fn cause(minutes: i64, series: usize, failing: &BTreeMap<Series, Failing>) -> Option<Cause> {
        let failing: Vec<(&Series, &Failing)> = failing.iter().collect();
        failing_cause(&AccountName::from("main"), at(minutes), series, &failing)
    }

    fn causes(minutes: i64, series: usize, of: &BTreeMap<Series, Failing>) -> Option<String> {
        cause(minutes, series, of).map(|cause| cause.word)
    }

    #[test]
    fn a_source_that_fails_is_told_after_ten_minutes_and_once_per_account() {
        let some = failing(&["a", "b"], false);
        assert_eq!(causes(9, 3, &some), None);
        assert_eq!(causes(10, 3, &some).as_deref(), Some("domains"));
        assert_eq!(causes(10, 2, &some).as_deref(), Some("account"));
        assert_eq!(
            causes(10, 3, &failing(&["a"], true)).as_deref(),
            Some("account")
        );
    }

    #[test]
    fn of_several_domains_one_is_named_whose_reason_is_told() {
        let words = |some: &_| cause(10, 3, some).unwrap().words;
        assert_eq!(
            words(&failing(&["a", "b"], false)),
            "2 of 3 domains of account main cannot be asked, a for example: no key"
        );
        assert_eq!(
            words(&failing(&["a"], false)),
            "1 of 3 domains of account main cannot be asked: no key"
        );
    }

    #[test]
    fn an_alert_begins_and_ends_with_its_cause() {
        let mut blindness = Blindness::default();
        let cause = cause(10, 1, &failing(&["a"], false)).unwrap();
        let now = Minute::containing(at(10));
        let changes = blindness.update(now, std::slice::from_ref(&cause), |_| false);
        assert_eq!(changes.len(), 1);
        assert!(changes[0].1.contains("no key"));
        assert_eq!(blindness.update(now.next(), &[cause], |_| false), []);
        let changes = blindness.update(now.next().next(), &[], |_| false);
        assert_eq!(changes[0].0.event, Event::Resolved);
    }
}
