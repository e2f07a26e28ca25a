//! Which refusals of a source are told on the log: each cause when it begins and when it has
//! ended, not once a minute and domain. All times but those that are shown are by the machine, which no clock
//! that is set changes.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::ongoing::{Course, Ongoing, cause, tell_ended};
use crate::source::SourceError;
use crate::unit::{DomainName, Series};

/// The cause of all that is throttled.
const THROTTLED: &str = "throttled";

/// What is told once the source has answered for a while where it did not.
const ENDED: &str = "the source answers again: this fault has not come back for a while";

/// What was told of one account and has not ended.
#[derive(Clone, Debug)]
pub struct Complaints {
    /// Why all of the account is refused, and when that was told.
    account: Option<(String, Duration)>,
    /// Why a domain is refused, and when that was told.
    domains: BTreeMap<DomainName, (String, Duration)>,
    /// Why the source did not answer where asking again may help.
    passing: Ongoing,
}

impl Complaints {
    /// Returns an account of which nothing was told, in which a fault that passes has ended when
    /// it was not heard of for so long.
    pub const fn new(quiet: Duration) -> Self {
        Self {
            account: None,
            domains: BTreeMap::new(),
            passing: Ongoing::new(quiet),
        }
    }

    /// Tells of a refusal, unless its cause has been told. `at` is the time by the machine and by the
    /// service.
    pub fn tell(&mut self, series: &Series, fault: &SourceError, at: (Duration, DateTime<Utc>)) {
        let (domain, account) = (series.domain.as_str(), series.account.as_str());
        if !self.is_new(series, fault, at) {
            tracing::debug!(account, domain, error = %fault, "the source did not answer");
            return;
        }
        match fault {
            SourceError::Account { mend, .. } => {
                tracing::error!(account, error = %fault, mend, "the source refuses the whole account");
            }
            SourceError::Domain { mend, .. } => {
                tracing::error!(account, domain, error = %fault, mend, "the source refuses the domain");
            }
            SourceError::Defect { .. } => {
                let mend = fault.mend();
                tracing::error!(account, domain, error = %fault, mend, "foghorn and the source do not understand each other");
            }
            SourceError::Throttled { .. } | SourceError::Passing { .. } => {
                tracing::warn!(account, domain, error = %fault, "the source gave no answer that can be used, it will be asked again");
            }
        }
    }

    /// Notes that the source answered for a domain. A request that was sent before a refusal was
    /// told, and overtaken by it, is no sign that it is over.
    pub fn answered(&mut self, series: &Series, sent: Duration) {
        let (domain, account) = (series.domain.as_str(), series.account.as_str());
        let is_later = |told: &mut (String, Duration)| told.1 < sent;
        if self.account.take_if(is_later).is_some() {
            tracing::info!(account, "the source answers again");
        }
        let told = self.domains.get(&series.domain);
        if told.is_some_and(|(_, at)| *at < sent) {
            self.domains.remove(&series.domain);
            tracing::info!(account, domain, "the source answers again for the domain");
        }
        let ended = self.passing.answered(&series.domain, sent);
        tell_ended(account, &ended, ENDED);
    }

    /// Forgets a domain that is not asked for any more.
    pub fn forget(&mut self, account: &str, domain: &DomainName) {
        self.domains.remove(domain);
        let ended = self.passing.forget(domain);
        tell_ended(account, &ended, ENDED);
    }

    /// Returns the faults that pass and have not ended.
    pub fn courses(&self) -> impl Iterator<Item = &Course> {
        self.passing.courses()
    }

    fn is_new(
        &mut self,
        series: &Series,
        fault: &SourceError,
        at: (Duration, DateTime<Utc>),
    ) -> bool {
        let now = at.0;
        match fault {
            SourceError::Account { mend, .. } => {
                let cause = cause(mend);
                let is_new = self.account.as_ref().is_none_or(|(told, _)| *told != cause);
                if is_new {
                    self.account = Some((cause, now));
                }
                is_new
            }
            SourceError::Domain { mend, .. } => self.is_new_of(&series.domain, cause(mend), now),
            SourceError::Defect { .. } => self.is_new_of(&series.domain, String::new(), now),
            SourceError::Throttled { .. } => self.is_new_passing(series, THROTTLED, fault, at),
            SourceError::Passing { cause: of, .. } => {
                self.is_new_passing(series, &cause(of), fault, at)
            }
        }
    }

    fn is_new_passing(
        &mut self,
        series: &Series,
        cause: &str,
        fault: &SourceError,
        at: (Duration, DateTime<Utc>),
    ) -> bool {
        let named = (cause, &*fault.to_string());
        self.passing.heard(&series.domain, named, at, 1)
    }

    fn is_new_of(&mut self, domain: &DomainName, cause: String, now: Duration) -> bool {
        let told = self.domains.get(domain);
        let is_new = told.is_none_or(|(told, _)| *told != cause);
        if is_new {
            self.domains.insert(domain.clone(), (cause, now));
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::AccountName;

    fn series(domain: &str) -> Series {
        Series {
            account: AccountName::from("main"),
            domain: DomainName::from(domain),
        }
    }

    const QUIET: Duration = Duration::from_mins(10);

    const fn at(seconds: u64) -> (Duration, DateTime<Utc>) {
        (Duration::from_secs(seconds), DateTime::UNIX_EPOCH)
    }

    fn refused(message: &str, mend: &str) -> SourceError {
        SourceError::Account {
            message: message.to_owned(),
            mend: mend.to_owned(),
        }
    }

    #[test]
    fn a_cause_of_the_account_is_new_once_until_the_source_answers() {
        let mut told = Complaints::new(QUIET);
        let mut is_new = |domain: &str, fault| told.is_new(&series(domain), &fault, at(5));
        assert!(is_new("a", refused("no (request 1)", "it is 901 s behind")));
        assert!(!is_new(
            "b",
            refused("no (request 2)", "it is 905 s behind")
        ));
        assert!(is_new("b", refused("no (request 3)", "grant it")));
        told.answered(&series("b"), at(4).0);
        assert!(!told.is_new(&series("a"), &refused("no", "grant it"), at(6)));
        told.answered(&series("b"), at(6).0);
        assert!(told.is_new(&series("a"), &refused("no", "grant it"), at(0)));
    }

    #[test]
    fn a_domain_that_is_refused_is_told_by_itself() {
        let mut told = Complaints::new(QUIET);
        let fault = SourceError::Domain {
            message: "offline".to_owned(),
            mend: "start it".to_owned(),
        };
        assert!(told.is_new(&series("a"), &fault, at(0)));
        assert!(told.is_new(&series("b"), &fault, at(0)));
        assert!(!told.is_new(&series("a"), &fault, at(3_600)));
    }

    #[test]
    fn a_fault_that_passes_is_told_once_and_hides_no_other() {
        let mut told = Complaints::new(QUIET);
        let passing = |cause: &str, request: u32| SourceError::Passing {
            message: format!("{cause} (request {request})"),
            cause: cause.to_owned(),
        };
        assert!(told.is_new(&series("a"), &passing("no answer", 1), at(0)));
        assert!(told.is_new(&series("b"), &passing("ServiceBusy", 2), at(1)));
        assert!(!told.is_new(&series("b"), &passing("no answer", 3), at(59)));
        assert!(!told.is_new(&series("a"), &passing("no answer", 4), at(3_600)));
        told.answered(&series("a"), at(3_660).0);
        told.answered(&series("b"), at(3_660).0);
        assert!(!told.is_new(&series("a"), &passing("no answer", 5), at(3_670)));
        told.answered(&series("a"), at(4_270).0);
        assert_eq!(told.courses().count(), 0);
        assert!(told.is_new(&series("b"), &passing("no answer", 6), at(4_271)));
    }
}
