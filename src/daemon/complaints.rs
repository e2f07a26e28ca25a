//! Which refusals of a source are told on the log: each cause when it begins, not once a minute
//! and domain.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::source::SourceError;
use crate::unit::{DomainName, Series};

/// How often faults that pass are told of one account, by the machine's time.
const PASSING_EVERY: Duration = Duration::from_mins(1);

/// What was told of one account and has not ended.
#[derive(Clone, Debug, Default)]
pub struct Complaints {
    /// Why all of the account is refused.
    account: Option<String>,
    /// Why a domain is refused.
    domains: BTreeMap<DomainName, String>,
    /// When a fault that passes was told last.
    passing: Option<Duration>,
}

impl Complaints {
    /// Tells of a refusal, unless its cause has been told; `now` is the machine's time.
    pub fn tell(&mut self, series: &Series, fault: &SourceError, now: Duration) {
        let (domain, account) = (series.domain.as_str(), series.account.as_str());
        if !self.is_new(series, fault, now) {
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
                tracing::error!(account, domain, error = %fault, "the source refuses");
            }
            SourceError::Throttled { .. } | SourceError::Passing { .. } => {
                tracing::warn!(account, domain, error = %fault, "the source did not answer, it will be asked again");
            }
        }
    }

    /// Notes that the source answered for a domain.
    pub fn answered(&mut self, series: &Series) {
        let (domain, account) = (series.domain.as_str(), series.account.as_str());
        if self.account.take().is_some() {
            tracing::info!(account, "the source answers again");
        }
        if self.domains.remove(&series.domain).is_some() {
            tracing::info!(account, domain, "the source answers again for the domain");
        }
    }

    fn is_new(&mut self, series: &Series, fault: &SourceError, now: Duration) -> bool {
        match fault {
            SourceError::Account { mend, .. } => {
                let cause = cause(mend);
                self.account.replace(cause.clone()).as_ref() != Some(&cause)
            }
            SourceError::Domain { mend, .. } => self.is_new_of(&series.domain, cause(mend)),
            SourceError::Defect { .. } => self.is_new_of(&series.domain, String::new()),
            SourceError::Throttled { .. } | SourceError::Passing { .. } => {
                let is_due = self.passing.is_none_or(|told| told + PASSING_EVERY <= now);
                if is_due {
                    self.passing = Some(now);
                }
                is_due
            }
        }
    }

    fn is_new_of(&mut self, domain: &DomainName, cause: String) -> bool {
        let before = self.domains.insert(domain.clone(), cause.clone());
        before != Some(cause)
    }
}

/// What to do names a cause, but for the numbers in it; what the source says has a new number
/// each time.
fn cause(mend: &str) -> String {
    mend.chars().filter(|c| !c.is_ascii_digit()).collect()
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

    fn refused(message: &str, mend: &str) -> SourceError {
        SourceError::Account {
            message: message.to_owned(),
            mend: mend.to_owned(),
        }
    }

    #[test]
    fn a_cause_of_the_account_is_new_once_until_the_source_answers() {
        let mut told = Complaints::default();
        let mut is_new = |domain: &str, fault| told.is_new(&series(domain), &fault, Duration::ZERO);
        assert!(is_new("a", refused("no (request 1)", "it is 901 s behind")));
        assert!(!is_new(
            "b",
            refused("no (request 2)", "it is 905 s behind")
        ));
        assert!(is_new("b", refused("no (request 3)", "grant it")));
        told.answered(&series("b"));
        assert!(told.is_new(&series("a"), &refused("no", "grant it"), Duration::ZERO));
    }

    #[test]
    fn a_domain_that_is_refused_is_told_by_itself() {
        let mut told = Complaints::default();
        let fault = SourceError::Domain {
            message: "offline".to_owned(),
            mend: "start it".to_owned(),
        };
        assert!(told.is_new(&series("a"), &fault, Duration::ZERO));
        assert!(told.is_new(&series("b"), &fault, Duration::ZERO));
        assert!(!told.is_new(&series("a"), &fault, Duration::from_hours(1)));
    }

    #[test]
    fn faults_that_pass_are_told_once_a_minute() {
        let mut told = Complaints::default();
        let fault = SourceError::Passing {
            message: "no answer".to_owned(),
        };
        assert!(told.is_new(&series("a"), &fault, Duration::ZERO));
        assert!(!told.is_new(&series("b"), &fault, Duration::from_secs(59)));
        assert!(told.is_new(&series("b"), &fault, Duration::from_secs(60)));
    }
}
